"""Holidays: days on which nobody has to be at work, although the week says they had.

A holiday lies outside business hours, whole. It is told by its date: what the law moves from year
to year no rule of ours would follow. Source: Bynomi's plan, "Response Time Targets", whose business
hours and business days leave them out.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from .faults import Fault
from .findings import Finding
from .measured import Day
from .occasion import Occasion
from .words import Words

if TYPE_CHECKING:
    from .plan import Plan

# So long before the last holiday of the list somebody has to think of the next ones.
RUNS_OUT = timedelta(days=30)


class Holiday(Words):
    """One day.

    on     the day, in quotes
    name   as people call it
    """

    on: Day
    name: Annotated[str, Field(min_length=1)]


Holidays = tuple[Holiday, ...]


def days_off(holidays: Holidays | None) -> frozenset[date]:
    """The days; none where the chapter is left out or cannot be read."""
    return frozenset(each.on for each in holidays or ())


def holiday_faults(plan: "Plan") -> Iterator[Fault]:
    """A day that stands there twice."""
    first: dict[date, int] = {}
    for index, holiday in enumerate(plan.holidays):
        if holiday.on in first:
            other = first[holiday.on]
            yield Fault(
                f"holidays.{index}.on",
                f"is `holidays.{other}` already, {plan.holidays[other].name}",
                holiday.on.isoformat(),
                "leave one of them out",
            )
        first.setdefault(holiday.on, index)


def holiday_findings(plan: "Plan", today: date | None = None) -> list[Finding]:
    """Holidays of years that are over, and a list that ends before somebody looks at it again."""
    now = today or date.today()
    found = [
        Finding(
            "holiday-over",
            f"holidays.{index}",
            f"{holiday.name} was on {holiday.on}, in a year that is over",
            f"leave it out, or give it its day in {now.year}",
        )
        for index, holiday in enumerate(plan.holidays or ())
        if holiday.on.year < now.year
    ]
    last = max((holiday.on for holiday in plan.holidays or ()), default=None)
    if last is not None and last - now < RUNS_OUT:
        found.append(
            Finding(
                "holidays-run-out",
                "holidays",
                f"none is named after {last}: every later weekday counts as a working day",
                f"name those of {last.year + 1}",
            )
        )
    return found


def holiday_sayings(plan: "Plan") -> list[str]:
    """What no deployment can make true of holidays, a sentence each.

    Datadog's downtimes begin in the future when they are made, so that one of a single day would be
    another thing on the day after: a silence is told on a holiday, too.
    """
    quiet = sorted(
        name
        for name, metric in (plan.business or {}).items()
        if metric.stops is not None and metric.stops.hours == "business"
    )
    if not plan.holidays or not quiet:
        return []
    days = ", ".join(sorted(each.on.isoformat() for each in plan.holidays))
    return [
        f"business metrics ({', '.join(quiet)}): Datadog's downtimes know no holidays: on {days} a "
        "silence within business hours is told as on any working day"
    ]


def holiday_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Each holiday from ``start`` to before ``end``, from midnight to midnight."""
    zone = ZoneInfo(plan.timezone)
    for index, holiday in enumerate(plan.holidays):
        if start <= holiday.on < end:
            midnight = datetime.combine(holiday.on, time(0), zone)
            next_one = datetime.combine(holiday.on + timedelta(days=1), time(0), zone)
            yield Occasion(
                starts=midnight.astimezone(UTC),
                ends=next_one.astimezone(UTC),
                kind="holiday",
                name=holiday.name,
                path=f"holidays.{index}",
                says=f"{holiday.name}: outside business hours",
            )
