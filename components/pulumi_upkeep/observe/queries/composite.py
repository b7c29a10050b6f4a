"""Monitors joined: one alerts, unless others do.

The way to be quiet: "too many fail" alone would wake somebody over one request of three at night,
so it is joined with "and there are not too few requests to judge by".
"""

import pulumi

from ...plan.faults import Fault, PlanError
from .compiled import Compiled

# Datadog: at most 10 monitors, none of them composite.
MOST = 10
# What stands for the first monitor of a composite in its message [Datadog, composite monitor
# variables].
FIRST = "a"


def unless(first: pulumi.Input[str], *quiet: pulumi.Input[str]) -> pulumi.Output[str]:
    """The query ``1 && !2``: the first monitor alerts and none of the others does; all by id.

    Raises ``PlanError`` where there are none to be quiet for, or more than Datadog joins.
    """
    if not 1 <= len(quiet) < MOST:
        raise PlanError(
            [
                Fault(
                    "composite",
                    f"joins 2 to {MOST} monitors [Datadog]",
                    f"{len(quiet) + 1}",
                    f"at most `{MOST}`",
                )
            ]
        )
    parts: list[pulumi.Input[str]] = [first]
    for other in quiet:
        parts += [" && !", other]
    return pulumi.Output.concat(*parts)


def composite() -> Compiled:
    """What a composite is besides its query, which only its parts' ids make: it has no threshold
    of its own."""
    return Compiled("composite", "", None)
