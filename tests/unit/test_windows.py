"""Windows: from when until when they are open, asked of the clocks themselves."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pulumi_upkeep.plan.windows import Window

NEW_YORK = "America/New_York"


def window(on: str, opens: str, closes: str) -> Window:
    return Window.model_validate({"on": on, "from": opens, "to": closes})


@pytest.mark.parametrize("timezone", [NEW_YORK, "Europe/London", "Australia/Lord_Howe", "Etc/UTC"])
@pytest.mark.parametrize(
    ("on", "opens", "closes"),
    [
        ("Wednesday", "03:00", "05:00"),
        ("first Sunday", "01:00", "05:00"),
        # London's and New York's clocks change within these, and within the hour they skip.
        ("fourth Sunday", "00:30", "01:30"),
        ("second Sunday", "02:30", "04:00"),
        ("second Sunday", "01:30", "02:30"),
        ("second Sunday", "02:00", "03:00"),
        ("second Sunday", "02:15", "02:45"),
        ("Sunday", "01:30", "01:45"),
        ("Saturday", "23:00", "02:00"),
    ],
)
def test_two_years_agree_with_the_clocks_minute_by_minute(
    timezone: str, on: str, opens: str, closes: str
) -> None:
    """Not by the arithmetic that made them: every minute around each change of the clocks is asked
    what the clocks show, and those of one ordinary week."""
    ours = window(on, opens, closes)
    zone = ZoneInfo(timezone)
    start, end = date(2026, 1, 1), date(2028, 1, 1)
    days = list(ours.openings(start, end))
    assert len(days) >= 24
    told = {day: ours.stretch(day, timezone) for day in days}
    minute = timedelta(minutes=1)
    for day in days:
        noon = datetime.combine(day - timedelta(days=1), datetime.min.time(), zone)
        after = datetime.combine(day + timedelta(days=2), datetime.min.time(), zone)
        ordinary = noon.utcoffset() == after.utcoffset()
        if ordinary and day > days[0]:
            assert told[day][0] == datetime.combine(day, ours.from_, zone)
            assert told[day][1] - told[day][0] == ours.length
            continue
        moment = noon.astimezone(UTC)
        covers = []
        while moment < after.astimezone(UTC):
            shown = moment.astimezone(zone)
            of_this = shown.date() == day or (
                ours.to <= ours.from_ and shown.date() == day + timedelta(days=1)
            )
            if of_this and ours.covers(shown.replace(tzinfo=None)) and _opened(ours, day, shown):
                covers.append(moment)
            moment += minute
        if covers:
            assert told[day] == (covers[0], covers[-1] + minute), day
        else:
            # Skipped from its beginning to its end.
            assert told[day][0] >= told[day][1], day


def _opened(ours: Window, day: date, shown: datetime) -> bool:
    """Whether what the clocks show belongs to the opening of that day."""
    if shown.date() == day:
        return shown.time() >= ours.from_
    return shown.time() < ours.to
