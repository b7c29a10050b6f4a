"""Service levels: what share of requests succeeds, and in time, for each class of functions; and
how fast the rest may be used up before somebody is told.

Source of the burn rates: Google, The Site Reliability Workbook, "Alerting on SLOs", table 5-8, and
Datadog, "Burn Rate Alerts", its recommended values for 7, 30 and 90 days.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from .faults import Fault, NotInWords, PlanError
from .limits import Choice, Limit
from .teams import unknown
from .words import Duration, Name, Percentage, Severity, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

LEVEL_TIME = Choice(
    "the time of a service level", (7 * _DAY, 30 * _DAY, 90 * _DAY), "Datadog, timeframe of an SLO"
)
BURN_WINDOW = Limit("the long window of a burn rate", _HOUR, 48 * _HOUR, "Datadog, long_window")
# Custom, and Datadog's own default: the short window tells that it still goes on.
SHORT_PART = 12
# Decimals that Datadog keeps of a target: of a share of events, and of time.
EVENT_DECIMALS = 3
TIME_DECIMALS = {7: 2, 30: 2, 90: 3}
TIME_DECIMALS_SOURCE = "Datadog, monitor-based SLOs"
# Monitors of which one objective of time is made.
MOST_MONITORS = 20
MOST_MONITORS_SOURCE = "Datadog, monitor-based SLOs: up to 20 monitors"

Days = Literal[7, 30, 90]

# How fast and within what time: a share of the budget that is gone by then. Google's slowest, 1
# within 3 days, is longer than Datadog looks back: 2 days are the nearest.
_LADDERS: dict[Days, tuple[tuple[float, int], ...]] = {
    7: ((16.8, 1), (5.6, 6), (2.8, 24), (1, 48)),
    30: ((14.4, 1), (6, 6), (3, 24), (1, 48)),
    90: ((21.6, 1), (10.8, 6), (4.5, 24), (1, 48)),
}
# Of a ladder, the rates that somebody is called for; the others are tickets.
_FAST = 2


def _a_target(share: float) -> float:
    if share >= 100:
        raise NotInWords(
            "leaves nothing that may fail, so nothing to alert on: above 0 and below 100 % "
            "[Datadog]",
            "such as `99.9 %`",
        )
    if round(share, EVENT_DECIMALS) != share:
        near = f"{round(share, EVENT_DECIMALS):g}" if round(share, 3) < 100 else "99.999"
        raise NotInWords(
            f"Datadog keeps {EVENT_DECIMALS} decimals of a target", f"nearest: `{near} %`"
        )
    return share


Target = Annotated[Percentage, AfterValidator(_a_target)]


class LatencyLevel(Words):
    """How many requests are answered how soon.

    below   answered in less than this
    of      this share of all requests
    """

    below: Duration
    of: Target


class BurnRateAlert(Words):
    """One alert on how fast the budget of failures is used up; 1 uses it up exactly in time.

    rate       times faster than the budget allows; at most 1 / (1 - target)
    within     the long window, 1 to 48 hours
    lasting    the short window, which must burn as fast: that it still goes on; shorter than
               ``within``, default a twelfth of it
    severity   who hears of it
    """

    rate: Annotated[float, Field(gt=0)]
    within: Annotated[Duration, BURN_WINDOW.validator]
    lasting: Duration | None = None
    severity: Severity

    @model_validator(mode="after")
    def _short_is_shorter(self) -> "BurnRateAlert":
        if self.lasting is not None and self.lasting >= self.within:
            fault = Fault(
                "lasting",
                "must be shorter than `within` [Datadog, short_window]",
                say_duration(self.lasting),
                f"a twelfth: `{say_duration(self.within / SHORT_PART)}`",
            )
            raise PlanError([fault])
        for key, length in (("within", self.within), ("lasting", self.short)):
            if length % timedelta(minutes=1):
                near = -(-length // timedelta(minutes=1)) * timedelta(minutes=1)
                rule, would = "Datadog counts in whole minutes", f"nearest: `{say_duration(near)}`"
                raise PlanError([Fault(key, rule, say_duration(length), would)])
        return self

    @property
    def short(self) -> timedelta:
        """The short window."""
        return self.within / SHORT_PART if self.lasting is None else self.lasting


class ServiceLevel(Words):
    """What one class of functions promises of each of its services.

    availability   share of requests without an error
    over           7, 30 or 90 days, the last of which are always looked at; default 30 days
    latency        how many requests are answered how soon; default: not promised
    uptime         share of the time in which its uptime checks are well; default that of
                   ``availability``. Of services that have checks
    warning        share of good requests below which the page shows a warning; default: none
    fast_burn      who hears when the budget would be gone within days; default p1
    slow_burn      who hears when it will not last; default p3
    burn_rates     alerts instead of the usual four. Default, over 30 days: 14.4 within 1 hour and 6
                   within 6 hours are fast, 3 within 1 day and 1 within 2 days are slow; those that
                   a low target cannot reach are left out
    """

    availability: Target
    over: Annotated[Duration, LEVEL_TIME.validator] = 30 * _DAY
    latency: LatencyLevel | None = None
    uptime: Target | None = None
    warning: Target | None = None
    fast_burn: Severity = "p1"
    slow_burn: Severity = "p3"
    burn_rates: tuple[BurnRateAlert, ...] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "ServiceLevel":
        if faults := [*self._warning_faults(), *self._rate_faults()]:
            raise PlanError(faults)
        return self

    @property
    def days(self) -> Days:
        """``over`` in days."""
        days: Days = self.over.days  # type: ignore[assignment]
        return days

    @property
    def time_target(self) -> float:
        """The share of time in which checks are well."""
        return self.availability if self.uptime is None else self.uptime

    def alerts(self, target: float) -> tuple[BurnRateAlert, ...]:
        """The burn rates that are watched of an objective, the fastest first."""
        if self.burn_rates is not None:
            return tuple(sorted(self.burn_rates, key=lambda alert: (-alert.rate, alert.within)))
        return tuple(
            BurnRateAlert(
                rate=rate,
                within=hours * _HOUR,
                severity=self.fast_burn if index < _FAST else self.slow_burn,
            )
            for index, (rate, hours) in enumerate(_LADDERS[self.days])
            if rate <= fastest(target)
        )

    def _warning_faults(self) -> Iterator[Fault]:
        if self.warning is None:
            return
        if self.warning <= self.availability:
            yield Fault(
                "warning",
                f"must be above the target, which is {self.availability:g} % [Datadog]",
                f"{self.warning:g} %",
                f"such as `{round((self.availability + 100) / 2, EVENT_DECIMALS):g} %`",
            )

    def _rate_faults(self) -> Iterator[Fault]:
        targets = [self.availability] + ([self.latency.of] if self.latency else [])
        lowest = min(targets)
        seen: set[tuple[float, timedelta]] = set()
        for index, alert in enumerate(self.burn_rates or ()):
            at = f"burn_rates.{index}"
            if alert.rate > fastest(lowest):
                yield Fault(
                    f"{at}.rate",
                    f"{lowest:g} % burns at most {fastest(lowest):g} times too fast, when "
                    "everything fails [Datadog]",
                    f"{alert.rate:g}",
                    # Not rounded up: that would be refused in turn.
                    f"nearest: `{int(fastest(lowest) * 100) / 100:g}`",
                )
            if (alert.rate, alert.within) in seen:
                yield Fault(at, "says what another one says", None, "leave one of them out")
            seen.add((alert.rate, alert.within))


def fastest(target: float) -> float:
    """The rate at which everything fails: no budget burns faster."""
    return round(100 / (100 - target), 6)


ServiceLevels = dict[Name, ServiceLevel]


def service_level_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Levels of a class that there is not, and checks that Datadog cannot make one of."""
    classes = None if "objectives" in broken else plan.objectives.functions
    for name, level in plan.service_levels.items():
        if classes is not None and name not in classes:
            yield unknown(
                f"service_levels.{name}", name, "class", "objectives.functions", list(classes)
            )
        decimals = TIME_DECIMALS[level.days]
        checked = {} if "services" in broken else checked_services(plan, name)
        if checked and round(level.time_target, decimals) != level.time_target:
            yield Fault(
                f"service_levels.{name}.uptime",
                f"Datadog keeps {decimals} decimals of a target of time over {level.days} days "
                f"({TIME_DECIMALS_SOURCE})",
                f"{level.time_target:g} %",
                f"nearest: `{min(round(level.time_target, decimals), 99.99):g} %`",
            )
        for service, checks in checked.items():
            if len(checks) > MOST_MONITORS:
                yield Fault(
                    f"services.{service}.checks",
                    f"one objective is made of at most {MOST_MONITORS} ({MOST_MONITORS_SOURCE})",
                    str(len(checks)),
                    "name those that tell whether customers are served",
                )


def checked_services(plan: "Plan", importance: str) -> dict[str, tuple[str, ...]]:
    """The services of a class that are asked from outside, with their checks."""
    return {
        name: service.checks
        for name, service in plan.services.items()
        if service.importance == importance and service.checks
    }
