"""Tests of the routes: a page every week over every route, acknowledged or alarmed.

A subscription that nobody confirmed, a phone that changed hands, a channel that was archived: a
route fails without a sound. One that is not tested is not a route.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from .faults import Fault, NotInWords
from .runs import skipped_faults
from .schedule import Schedule, say_every
from .spelling import Spelling
from .words import SEVERITIES, Duration, Severity, say_duration

if TYPE_CHECKING:
    from .plan import Plan

# Secrets Manager: letters, digits and /_+=.@-, at most 512 characters [API reference].
SecretId = Annotated[
    str,
    Spelling(
        r"^[A-Za-z0-9/_+=.@-]{1,512}$",
        "the name of a secret in Secrets Manager: letters, digits and /_+=.@-",
        "bynomi-prod-datadog",
    ),
]
# People have a day to acknowledge before a route counts as dead.
GRACE = timedelta(days=1)
# CloudWatch: an alarm looks back at most 7 days, so the age is a metric of its own, in days.
DAY = timedelta(days=1)


class RouteTests(Schedule):
    """When every route is tested.

    every                 ``week`` or ``month``
    at, on                as in every schedule; business hours are kind
    severities            whose routes; default all four
    acknowledged_within   how old the last acknowledged test of a route may be, in whole days; at
                          least a day more than the time between two. Default that
    datadog_keys          name of a secret in Secrets Manager with ``api_key`` and ``app_key``:
                          with it Datadog's side is tested, too. Default: it is not
    """

    severities: Annotated[tuple[Severity, ...], Field(min_length=1)] = SEVERITIES
    acknowledged_within: Duration | None = None
    datadog_keys: SecretId | None = None

    @model_validator(mode="after")
    def _is_acknowledged_in_time(self) -> "RouteTests":
        if self.every not in ("week", "month"):
            raise NotInWords(
                f"every {say_every(self.every)}: people acknowledge each of them",
                "write `every: week` or `every: month`",
            )
        if self.acknowledged_within is None:
            return self
        least = self.longest_interval + GRACE
        if self.acknowledged_within % DAY or self.acknowledged_within < least:
            whole = max(least, -(-self.acknowledged_within // DAY) * DAY)
            rule = (
                "the age is counted in whole days"
                if self.acknowledged_within % DAY
                else f"shorter than the time between two tests and a day to acknowledge, "
                f"{say_duration(least)}: it would ring while all is well"
            )
            raise NotInWords(rule, f"nearest: `acknowledged_within: {say_duration(whole)}`")
        return self

    @property
    def oldest(self) -> timedelta:
        """How old the last acknowledged test of a route may be."""
        return self.acknowledged_within or self.longest_interval + GRACE


def told_by(plan: "Plan", severity: Severity) -> Severity:
    """The severity whose route tells that the route of another one is dead.

    The one that reaches the most people and channels which the dead one does not; of two alike the
    graver, P0 last: a dead route is no outage.
    """
    dead = _recipients(plan, severity)
    order: tuple[Severity, ...] = ("p1", "p2", "p3", "p0")
    others = [other for other in order if other != severity]
    return max(others, key=lambda other: len(_recipients(plan, other) - dead))


def route_test_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Routes whose death nobody would hear of, and tests at a time that spring skips."""
    tests = plan.route_tests
    if tests is None:
        return
    if "timezone" not in broken:
        so = "no test would be sent [EventBridge Scheduler]"
        yield from skipped_faults(tests, plan.timezone, so, "route_tests.at")
    for index, severity in enumerate(tests.severities):
        if severity in tests.severities[:index]:
            yield Fault(
                f"route_tests.severities.{index}", "is named twice", severity, "leave it out"
            )
        other = told_by(plan, severity)
        if not _recipients(plan, other) - _recipients(plan, severity):
            yield Fault(
                f"route_tests.severities.{index}",
                f"every severity reaches only whom {severity} reaches, so that nobody would hear "
                "that its route is dead",
                severity,
                f"let another one reach somebody else: `severities.{other}.email`",
            )


def _recipients(plan: "Plan", severity: Severity) -> frozenset[tuple[str, str]]:
    definition = plan.severities[severity]
    return frozenset(
        {("email", each) for each in definition.email}
        | {("sms", each if isinstance(each, str) else each.secret) for each in definition.sms}
        | {("slack", each) for each in definition.slack}
    )
