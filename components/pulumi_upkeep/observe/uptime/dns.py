"""Whether a name is answered, soon, and with what it should be."""

from ...datadog import SyntheticsTestAssertionArgs, SyntheticsTestRequestDefinitionArgs
from ...plan.words import say_duration
from .settings import Settings
from .synthetic import Synthetic, milliseconds


def dns_test(settings: Settings, name: str) -> Synthetic:
    """The test of one name."""
    check = settings.dns[name]
    wanted = f"a record {check.record}"
    if check.answers:
        wanted = f"{check.record} {', '.join(check.answers)}"
    return Synthetic(
        part=f"dns-{name}",
        says=f"{check.name} is not answered with {wanted} within {say_duration(check.within)}",
        over=f"{check.name} is answered again",
        page="dns",
        severity=check.severity or settings.severity,
        every=check.every,
        locations=check.locations or settings.locations,
        subtype="dns",
        request=SyntheticsTestRequestDefinitionArgs(host=check.name),
        assertions=(
            *(
                SyntheticsTestAssertionArgs(
                    type="recordSome", operator="is", property=check.record, target=answer
                )
                for answer in sorted(check.answers)
            ),
            *(
                ()
                if check.answers
                else (
                    SyntheticsTestAssertionArgs(
                        type="recordSome", operator="matches", property=check.record, target=".+"
                    ),
                )
            ),
            SyntheticsTestAssertionArgs(
                type="responseTime", operator="lessThan", target=milliseconds(check.within)
            ),
        ),
    )
