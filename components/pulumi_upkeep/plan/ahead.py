"""When something that comes back is announced: a schedule of its own, so much before the other.

The cloud's scheduler knows no "two weeks before": the announcement has days of its own, chosen so
that it is never later than that. Where the calendar does not divide, it is some days earlier.
"""

from datetime import date, timedelta

from .schedule import (
    QUARTERS,
    WEEKDAYS,
    DayOfYear,
    NthWeekday,
    Schedule,
    aws_day,
)

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
# Each is known before the one before it has come: a month is at least so long.
LONGEST_AHEAD = {
    "week": 6 * _DAY,
    "month": 4 * _WEEK,
    "quarter": 4 * _WEEK,
    "year": 12 * _WEEK,
}
_COMMON_YEAR, _SHORTEST_MONTH = 2027, 28


def cron_ahead(schedule: Schedule, lead: timedelta) -> str:
    """The cron expression of the announcement, at least ``lead`` (whole days) before each run.

    Earlier still by three days at most before a day of the month, by one before a day of the year,
    by less than two weeks before a weekday of the month, and by less than three before one of the
    year: whole weeks are counted, and each month of five of them adds one.
    Raises ``ValueError`` for schedules that come several times a week, and a lead that is longer
    than :data:`LONGEST_AHEAD`.
    """
    if not isinstance(schedule.every, str) or lead > LONGEST_AHEAD.get(schedule.every, -_DAY):
        raise ValueError(f"nothing is announced {lead} before what runs {schedule.says()}")
    at, days, on = schedule.times[0], lead // _DAY, schedule.on
    day, month, weekday = "?", "*", "?"
    if schedule.every == "week":
        weekday = str(aws_day(WEEKDAYS[(WEEKDAYS.index(on) - days) % 7]))
        return f"cron({at.minute} {at.hour} ? * {weekday} *)"
    if isinstance(on, DayOfYear) and isinstance(on.day, int):
        # In a leap year a day more lies between, where it is February's.
        told = date(_COMMON_YEAR, on.month, on.day) - lead
        return f"cron({at.minute} {at.hour} {told.day} {told.month} ? *)"
    months: tuple[int, ...] = ()
    if isinstance(on, DayOfYear):
        months, on = (on.month,), on.day
    elif schedule.every == "quarter":
        months = QUARTERS
    if isinstance(on, NthWeekday):
        # Of four in each month: the fifth, where there is one, makes a week more.
        earlier, nth = divmod(on.nth - 1 - -(-days // 7), 4)
        weekday, back = f"{aws_day(on.weekday)}#{nth + 1}", -earlier
    else:
        assert isinstance(on, int)
        back = 0 if on > days else 1
        day = str(on - days + (_SHORTEST_MONTH if back else 0))
    if months:
        month = ",".join(str(each) for each in sorted((m - 1 - back) % 12 + 1 for m in months))
    return f"cron({at.minute} {at.hour} {day} {month} {weekday} *)"
