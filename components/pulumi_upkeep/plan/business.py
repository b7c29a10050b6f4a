"""Business: what the company lives by, and what it means when there is less of it, or none.

Source: the prize draw's plan, "Track business metrics (Registrations, Draw Entries, Orders,
Revenue)" (PD-1.5).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from .faults import Fault
from .limits import METRIC_WINDOW
from .monitoring import in_whole_minutes
from .schedule import WEEKDAYS
from .severities import BusinessHours, Hours
from .spelling import Spelling
from .teams import unknown_team
from .words import Duration, Name, Percentage, Severity, Weekday, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan

# Datadog: begins with a letter, then letters, digits, `_` and `.`, at most 200 characters.
MetricName = Annotated[
    str,
    Spelling(
        r"^[A-Za-z][A-Za-z0-9_.]{0,199}$",
        "a metric's name begins with a letter and has letters, digits, `_` and `.`, at most 200 "
        "[Datadog, custom metrics]",
        "bynomi.orders",
        lambda written: re.sub(r"[^A-Za-z0-9_.]+", ".", written).strip("."),
    ),
]
# It stands in messages: braces would be a variable there, and an `@` tells somebody.
Unit = Annotated[
    str,
    Spelling(
        r"^[^{}@\n]{1,40}$",
        "a unit is 1 to 40 characters without braces, `@` and line ends",
        "US dollars",
    ),
]
Window = Annotated[Duration, AfterValidator(in_whole_minutes), METRIC_WINDOW.validator]

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


class Falls(Words):
    """Fewer than at the same time a week before.

    below         per cent of what there was then
    of            ``last week``
    over          the time that is compared; 1 minute to 7 days, default 1 hour
    by_at_least   how many must be missing to that share: the floor that keeps quiet nights quiet
    severity      who hears of it
    """

    below: Percentage
    of: Literal["last week"] = "last week"
    over: Window = timedelta(hours=1)
    by_at_least: Annotated[int, Field(ge=1)]
    severity: Severity


class Stops(Words):
    """None at all.

    lasting    how long; 1 minute to 7 days
    hours      ``always``, or ``business``: told only where all of that time lies within the plan's
               business hours; default always
    severity   who hears of it
    """

    lasting: Window
    hours: Hours = "always"
    severity: Severity


class BusinessMetric(Words):
    """Something that is counted.

    metric   Datadog's name of the count
    unit     of what is counted, for people: ``US dollars``; default: its name in this chapter
    owner    the team that hears of it beside whoever the severity tells; default none
    falls    when there is less than a week before; default: not watched
    stops    when there is none; default: not watched
    """

    metric: MetricName
    unit: Unit | None = None
    owner: Name | None = None
    falls: Falls | None = None
    stops: Stops | None = None

    def counted_in(self, name: str) -> str:
        """What a number of it is of, for people: ``draw entries``, ``US dollars``."""
        return self.unit or called(name)


def called(name: str) -> str:
    """A metric's name, for people: ``draw entries``."""
    return name.replace("-", " ")


Business = dict[Name, BusinessMetric]


def business_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """What the chapter says of others and that is not so; broken chapters are not asked."""
    first: dict[str, str] = {}
    for name, entry in (plan.business or {}).items():
        path = f"business.{name}"
        if entry.owner is not None and "teams" not in broken:
            yield from unknown_team(plan, f"{path}.owner", entry.owner)
        if entry.metric in first:
            yield Fault(
                f"{path}.metric",
                f"`business.{first[entry.metric]}` counts it already: two watchers of one thing",
                entry.metric,
                "leave one of them out",
            )
        first.setdefault(entry.metric, name)
    if "business_hours" not in broken:
        yield from hours_faults(plan.business or {}, plan.business_hours, "business.")


def hours_faults(metrics: Business, hours: BusinessHours, at: str = "") -> Iterator[Fault]:
    """A silence that business hours are too short for: it would never be told."""
    length = _since_midnight(hours.to) - _since_midnight(hours.from_)
    for name, entry in metrics.items():
        stops = entry.stops
        if stops is not None and stops.hours == "business" and stops.lasting >= length:
            yield Fault(
                f"{at}{name}.stops.lasting",
                f"business hours are {say_duration(length)} a day: so long a silence never lies "
                "within them",
                say_duration(stops.lasting),
                "shorter, or `hours: always`",
            )


# ---- when nobody is told -------------------------------------------------------------------------


@dataclass(frozen=True)
class QuietTime:
    """A stretch that comes back each week, on the plan's clocks.

    days      on which it begins
    from_     clock time
    lasts     how long
    """

    days: tuple[Weekday, ...]
    from_: time
    lasts: timedelta

    def opens_on(self, day: date) -> bool:
        """Whether it begins on a day."""
        return WEEKDAYS[day.weekday()] in self.days


def outside(hours: BusinessHours, lasting: timedelta) -> tuple[QuietTime, ...]:
    """When a silence of some length does not lie within business hours.

    In stretches from midnight to midnight, because Datadog counts a downtime's length from its
    start: one over a weekend would end an hour off where the clocks change in it. A free day's
    stretch is an hour longer than the day, for the day that has 25; the next one begins quietly
    anyway.
    """
    working = tuple(day for day in WEEKDAYS if day in hours.on)
    free = tuple(day for day in WEEKDAYS if day not in hours.on)
    # The silence is full only so long after the doors have opened.
    morning = _since_midnight(hours.from_) + lasting
    evening = _DAY - _since_midnight(hours.to)
    found = [
        QuietTime(working, time(0), morning),
        QuietTime(working, hours.to, evening),
    ]
    if free:
        found.append(QuietTime(free, time(0), _DAY + min(_HOUR, morning)))
    return tuple(found)


def _since_midnight(clock: time) -> timedelta:
    return datetime.combine(date.min, clock) - datetime.combine(date.min, time(0))
