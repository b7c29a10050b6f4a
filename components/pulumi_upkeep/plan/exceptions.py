"""Openings that are cancelled or moved, as schedulers can be told of them.

No scheduler of the three takes a list of exceptions. Each takes months, and days by number: so a
month in which an opening is left out is told apart from the others. Such a thing holds every year,
and is told for eleven months from this one on: what is left out then comes back in the
next year, and what is declared changes with the month and not before. Deploy once in eleven months.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .windows import Window

# With the last night of the month before no month is met twice.
MONTHS_TOLD = 11
MONTHS = range(1, 13)


def told(today: date) -> tuple[date, date]:
    """From which day to before which one exceptions are told: the same for every day of a month.

    From the day before it: an opening of that night reaches into the month.
    """
    first = today.replace(day=1)
    return first - timedelta(days=1), months_after(first, MONTHS_TOLD)


def left_out(window: "Window", today: date) -> tuple[date, ...]:
    """The days of its recurrence that are to be told to be left out, sorted."""
    first, before = _told_of(window, today)
    return tuple(day for day in window.left_out if first <= day < before)


def added(window: "Window", today: date) -> tuple[date, ...]:
    """The days beside its recurrence that are to be told, sorted."""
    first, before = _told_of(window, today)
    return tuple(day for day in window.added if first <= day < before)


def _told_of(window: "Window", today: date) -> tuple[date, date]:
    """The same for a window; a month less where an opening is left out in each of the twelve months
    that it touches: without a month that stays whole there would be nothing that comes back."""
    first, before = told(today)
    months = {day.month for day in window.left_out if first <= day < before}
    return first, months_after(before, -1) if len(months) == len(MONTHS) else before


def months_left(window: "Window", today: date) -> tuple[int, ...]:
    """The months in which nothing is left out."""
    without = {day.month for day in left_out(window, today)}
    return tuple(month for month in MONTHS if month not in without)


def in_months_left_out(window: "Window", today: date) -> dict[tuple[int, int], tuple[int, ...]]:
    """Year and month in which something is left out -> the days of its recurrence that stay."""
    without = left_out(window, today)
    return {
        (first.year, first.month): tuple(
            day.day
            for day in window.kept().openings(first, months_after(first, 1))
            if day not in without
        )
        for first in sorted({day.replace(day=1) for day in without})
    }


def months_after(first: date, months: int) -> date:
    """The first day of the month that lies so many months after another first day."""
    whole = first.year * 12 + first.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)
