"""ACM: certificates."""

from collections.abc import Sequence

import pulumi

from ..thin import look_up, results


@results
class GetCertificateResult:
    """A certificate."""

    arn: str


async def get_certificate(
    domain: str | None = None,
    most_recent: bool | None = None,
    statuses: Sequence[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetCertificateResult:
    """The certificate of a domain, which may be a wildcard such as ``*.example.com``."""
    return await look_up(
        "aws:acm/getCertificate:getCertificate",
        GetCertificateResult,
        opts,
        domain=domain,
        most_recent=most_recent,
        statuses=statuses,
    )
