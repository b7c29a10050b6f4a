"""What a notice says, on the plan's clocks: day, times with their abbreviation, and the length."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

# Some zones have no letters, only an offset: ``-03``.
_OFFSET = re.compile(r"^[+-]\d")


def announcement(
    notice: Mapping[str, Any], company: str, opens: datetime, closes: datetime, zone: ZoneInfo
) -> tuple[str, str]:
    """Title and text of a notice."""
    words = _words(company, opens, closes, zone)
    return notice["title"].format(**words, new=""), notice["text"].format(**words, new="")


def correction(
    notice: Mapping[str, Any],
    company: str,
    was: tuple[datetime, datetime],
    new: tuple[datetime, datetime] | None,
    zone: ZoneInfo,
) -> tuple[str, str]:
    """Title and text of what is said of an opening that was announced and is moved to ``new``, or
    called off where that is None."""
    words = _words(company, *was, zone)
    words["new"] = _words(company, *new, zone)["when"] if new else ""
    kind = "moved" if new else "cancelled"
    title = f"{kind.capitalize()}: {notice['title'].format(**words)}"
    return title, notice[kind].format(**words)


def _words(company: str, opens: datetime, closes: datetime, zone: ZoneInfo) -> dict[str, str]:
    begins, ends = opens.astimezone(zone), closes.astimezone(zone)
    same_day, same_clocks = begins.date() == ends.date(), _clocks(begins) == _clocks(ends)
    day = f"{begins:%A} {begins.day} {begins:%B %Y}"
    opens_at = f"{begins:%H:%M} {_clocks(begins)}"
    closes_at = f"{'' if same_day else f'{ends:%A} '}{ends:%H:%M} {_clocks(ends)}"
    length = _length(closes - opens)
    short = f"{begins:%H:%M}-{ends:%H:%M} {_clocks(ends)}"
    when = short if same_day and same_clocks else f"{opens_at} to {closes_at}"
    return {
        "company": company,
        "day": day,
        "opens": opens_at,
        "closes": closes_at,
        "length": length,
        "when": f"{day}, {when} ({length})",
    }


def _clocks(moment: datetime) -> str:
    name = moment.tzname() or ""
    return f"UTC{name}" if _OFFSET.match(name) else name


def _length(length: timedelta) -> str:
    hours, minutes = divmod(round(length / timedelta(minutes=1)), 60)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((hours, "hour"), (minutes, "minute"))
        if count
    ]
    return " ".join(parts)
