"""How long the certificate of a host is still good."""

from ...datadog import SyntheticsTestAssertionArgs, SyntheticsTestRequestDefinitionArgs
from ...plan.synthetic_runs import CERTIFICATE_EVERY
from ...plan.words import Severity
from .settings import Settings
from .synthetic import Synthetic

_HTTPS_PORT = 443


def certificate_test(settings: Settings, host: str, severity: Severity) -> Synthetic:
    """The test of one host; ``host`` may state a port."""
    days = settings.certificate_expires_in.days
    hostname, _, port = host.partition(":")
    return Synthetic(
        part=f"certificate-{host}",
        says=f"the certificate of {host} is invalid or ends within {days} days",
        over=f"the certificate of {host} is good for more than {days} days",
        page="certificate",
        severity=severity,
        every=max(CERTIFICATE_EVERY, settings.every),
        locations=settings.locations_of_host(host),
        subtype="ssl",
        request=SyntheticsTestRequestDefinitionArgs(host=hostname, port=port or str(_HTTPS_PORT)),
        assertions=(
            SyntheticsTestAssertionArgs(
                type="certificate", operator="isInMoreThan", target=str(days)
            ),
        ),
    )
