"""One address: its status, how soon it answers, and what the answer holds."""

from datetime import timedelta

from ...datadog import SyntheticsTestRequestDefinitionArgs
from ...plan.uptime import Check
from ...plan.words import say_duration
from .settings import Settings
from .synthetic import Synthetic, answered


def check_test(settings: Settings, name: str) -> Synthetic:
    """The test of one check."""
    check = settings.checks[name]
    within = check.within or settings.within
    return Synthetic(
        part=name,
        says=f"{name} does not answer as promised: {_promised(check, within)}",
        over=f"{name} answers again",
        page=f"uptime-{name}",
        severity=check.severity or settings.severity,
        every=settings.every,
        locations=check.locations or settings.locations,
        subtype="http",
        request=SyntheticsTestRequestDefinitionArgs(method="GET", url=check.url),
        assertions=tuple(answered(check.status, within, check.body_contains)),
        follow_redirects=True,
    )


def _promised(check: Check, within: timedelta) -> str:
    body = "" if check.body_contains is None else ", with the text it should hold"
    return f"status {check.status} within {say_duration(within)}{body}, asked at {check.url}"
