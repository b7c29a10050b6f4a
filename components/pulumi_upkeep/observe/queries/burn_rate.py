"""An objective, and how fast its error budget burns.

A burn rate of 1 uses the budget up exactly within the objective's time. Both windows must burn: the
long one says that it matters, the short one that it still goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ...plan.faults import Fault, PlanError
from ...plan.service_levels import BURN_WINDOW, SHORT_PART, fastest
from ...plan.words import say_duration
from .compiled import Compiled
from .condition import Condition, number

_HOUR = timedelta(hours=1)
SHORTEST, LONGEST = BURN_WINDOW.least, BURN_WINDOW.most
Period = Literal[7, 30, 90]


@dataclass(frozen=True)
class BurnRate:
    """Alerts while an objective's budget burns too fast.

    target          of the objective, in per cent: 99.9
    over            days of the objective: 7, 30 or 90
    rate            how many times faster than the budget allows; at most 1 / (1 - target)
    long, short     the windows; ``short`` is a twelfth of ``long`` by custom. Default: a twelfth
    warning         a slower rate that warns. Default: none
    Raises ``PlanError`` with every figure that Datadog would refuse.
    """

    target: float
    over: Period
    rate: float
    long: timedelta
    short: timedelta | None = None
    warning: float | None = None

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise PlanError(faults)

    @property
    def shorter(self) -> timedelta:
        """The short window."""
        return self.short or self.long / SHORT_PART

    @property
    def most(self) -> float:
        """The rate at which everything fails: no burn is faster."""
        return fastest(self.target)

    def _faults(self) -> Iterator[Fault]:
        if not 0 < self.target < 100:
            yield Fault("target", "above 0 and below 100 % [Datadog]", f"{self.target:g}", "`99.9`")
        elif not 0 < self.rate <= self.most:
            yield Fault(
                "rate",
                f"an objective of {self.target:g} % burns at most {number(round(self.most, 2))} "
                "times too fast, when everything fails [Datadog]",
                number(self.rate),
                f"at most {number(int(self.most * 10) / 10)}",
            )
        if not SHORTEST <= self.long <= LONGEST:
            near = SHORTEST if self.long < SHORTEST else LONGEST
            yield Fault(
                "long",
                "the long window is 1 to 48 hours [Datadog]",
                say_duration(self.long),
                f"nearest: `{say_duration(near)}`",
            )
        if self.shorter >= self.long:
            yield Fault(
                "short",
                "must be shorter than the long window [Datadog]",
                say_duration(self.shorter),
                f"a twelfth: `{say_duration(self.long / SHORT_PART)}`",
            )

        minute = timedelta(minutes=1)
        for name, length in (("long", self.long), ("short", self.shorter)):
            if length % minute:
                yield Fault(
                    name,
                    "Datadog counts in whole minutes",
                    say_duration(length),
                    f"nearest: `{say_duration(-(-length // minute) * minute)}`",
                )

    def budget_spent(self) -> float:
        """The share of the whole budget that is gone when the long window has burnt so fast."""
        return self.rate * (self.long / timedelta(days=self.over))

    def compile(self, objective: str) -> Compiled:
        """The monitor's query on an objective by its id."""
        when = Condition(">", self.rate, warning=self.warning)
        query = (
            f'burn_rate("{objective}").over("{self.over}d")'
            f'.long_window("{_hours(self.long)}").short_window("{_minutes(self.shorter)}")'
        )
        return Compiled("slo alert", f"{query} {when.text()}", when.thresholds())


def _hours(length: timedelta) -> str:
    """``24h``: Datadog takes the long window in hours, a day as well; otherwise in minutes."""
    return _minutes(length) if length % _HOUR else f"{length // _HOUR}h"


def _minutes(length: timedelta) -> str:
    """``5m``: Datadog takes the short window in minutes."""
    return f"{length // timedelta(minutes=1)}m"
