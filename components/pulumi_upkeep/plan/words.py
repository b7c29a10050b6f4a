"""The plan's words: durations, percentages, clock times, days, severities and secrets.

Each is written as people write it (``30 days``, ``80 %``, ``"02:00"``), parsed once into a value
that can be computed with, and written back the same way, so that a chapter of the plan can be
handed to a component as it stands.
"""

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from .faults import NotInWords, nearest
from .spelling import Spelling, dashed


class Words(BaseModel):
    """A block of the plan: unknown keys are refused, values do not change once read."""

    # A block's validator is built when something is first validated by it: of two hundred blocks a
    # program uses a few by themselves, and builds the rest as parts of those.
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    def in_words(self) -> Any:
        """The block as it was written: what a component takes as arguments, and checks again."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


# ---- durations ---------------------------------------------------------------------------------

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
# A month of retention is 31 days and a year 366: what is promised for a month is kept for the
# longest one.
_CALENDAR_UNITS = {"month": timedelta(days=31), "year": timedelta(days=366)}
_DURATION = re.compile(r"^(\d+)\s*(ms|(?:second|minute|hour|day|week|month|year)s?)$")


def parse_duration(written: Any) -> timedelta:
    """``30 days`` as a timedelta; units from ms to years."""
    if isinstance(written, timedelta):
        return written
    match = _DURATION.match(written.strip()) if isinstance(written, str) else None
    if match is None:
        number = re.match(r"^\s*(\d+)", str(written))
        example = f"`{number.group(1)} days`" if number else "`30 days`"
        raise NotInWords("not a duration", f"write a number and a unit, such as {example}")
    count = int(match.group(1))
    unit = match.group(2) if match.group(2) == "ms" else match.group(2).rstrip("s")
    length = (_UNITS | _CALENDAR_UNITS)[unit]
    if count == 0:
        raise NotInWords("a duration of nothing", f"at least `1 {unit}`")
    return count * length


def say_duration(length: timedelta) -> str:
    """A timedelta as the plan writes it: a whole number of the largest unit that divides it.

    Exact: ``parse_duration(say_duration(x)) == x`` for every length in whole milliseconds.
    """
    for unit in ("day", "hour", "minute", "second"):
        count, rest = divmod(length, _UNITS[unit])
        if count and not rest:
            return _counted(count, unit)
    return f"{length // timedelta(milliseconds=1)} ms"


def tell_duration(length: timedelta) -> str:
    """A computed length as people say it, in at most two units: ``7 hours 5 minutes``."""
    if length < timedelta(seconds=1):
        return "nothing" if not length else say_duration(length)
    for unit, finer in (("day", "hour"), ("hour", "minute"), ("minute", "second")):
        # Rounded up: a computed worst case is never said to be better than it is.
        rounded = -(-length // _UNITS[finer]) * _UNITS[finer]
        count, rest = divmod(rounded, _UNITS[unit])
        # Up to two days people count hours: 25 hours, not 1 day 1 hour.
        if count > (1 if unit == "day" and rest else 0):
            parts = [_counted(count, unit)]
            if rest:
                parts.append(_counted(rest // _UNITS[finer], finer))
            return " ".join(parts)
    return _counted(-(-length // _UNITS["second"]), "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(say_duration, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _DURATION.pattern.replace(r"\s", " "),
            "examples": ["15 minutes", "6 hours", "30 days"],
        }
    ),
]


# ---- percentages -------------------------------------------------------------------------------

_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")


def parse_percentage(written: Any) -> float:
    """``80 %`` as 80.0; above 0 and at most 100."""
    match = _PERCENT.match(written.strip()) if isinstance(written, str) else None
    if match is None:
        if isinstance(written, (int, float)) and not isinstance(written, bool):
            raise NotInWords("not a percentage", f"write `{written:g} %`")
        raise NotInWords("not a percentage", "write a number and the sign, such as `80 %`")
    value = float(match.group(1))
    if not 0 < value <= 100:
        raise NotInWords("a percentage lies above 0 and at most at 100", "at most `100 %`")
    return value


Percentage = Annotated[
    float,
    BeforeValidator(parse_percentage),
    PlainSerializer(lambda value: f"{value:g} %", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)? ?%$", "examples": ["80 %"]}),
]


# ---- clock times and days ----------------------------------------------------------------------

_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")


def parse_clock(written: Any) -> time:
    """``"02:00"``, on a 24-hour clock in the plan's time zone."""
    if isinstance(written, time):
        return written
    match = _CLOCK.match(written) if isinstance(written, str) else None
    if match is None:
        remedy = 'write it on a 24-hour clock and in quotes, such as `"02:00"`'
        if isinstance(written, int) and 0 <= written < 24 * 60:
            remedy = f'put it in quotes: `"{written // 60:02}:{written % 60:02}"`'
        elif isinstance(written, str) and _CLOCK.match(f"0{written}"):
            remedy = f'two digits: `"0{written}"`'
        raise NotInWords("not a clock time", remedy)
    return time(int(match.group(1)), int(match.group(2)))


ClockTime = Annotated[
    time,
    BeforeValidator(parse_clock),
    PlainSerializer(lambda value: value.strftime("%H:%M"), when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _CLOCK.pattern, "examples": ["02:00"]}),
]

Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# ---- severities --------------------------------------------------------------------------------

Severity = Literal["p0", "p1", "p2", "p3"]
SEVERITIES: tuple[Severity, ...] = ("p0", "p1", "p2", "p3")

# ---- names, places and addresses ----------------------------------------------------------------

# A name people choose in the plan; it becomes part of physical names, rule names and host names.
Name = Annotated[
    str,
    Spelling(
        r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$",
        "a name has lower-case letters, digits and hyphens within it, 40 characters at most",
        "home-page",
        dashed,
    ),
]

# Where something stands: the region that serves, or the one that takes over.
Place = Literal["primary", "recovery"]

# Source: botocore 1.41, endpoints of "backup", partition aws; 2026-11.
# fmt: off
REGIONS = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",
    "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
    "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
    "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)
# fmt: on


def parse_region(written: str) -> str:
    """An AWS region's code, such as ``us-east-1``."""
    if written not in REGIONS:
        close = nearest(written, REGIONS)
        remedy = f"did you mean `{close}`?" if close else "write its code, such as `us-east-1`"
        raise NotInWords("not a region of AWS", remedy)
    return written


Region = Annotated[
    str,
    AfterValidator(parse_region),
    WithJsonSchema({"type": "string", "enum": list(REGIONS)}),
]

# Abbreviations that people write and that do not say whose clocks are meant. Three of them (EST,
# MST, HST) are names of the IANA database, where they stand still all year.
_ABBREVIATIONS = {
    "EST": ("America/New_York", "New York's", "Etc/GMT+5", "UTC-5"),
    "EDT": ("America/New_York", "New York's", "Etc/GMT+4", "UTC-4"),
    "CST": ("America/Chicago", "Chicago's", "Etc/GMT+6", "UTC-6"),
    "CDT": ("America/Chicago", "Chicago's", "Etc/GMT+5", "UTC-5"),
    "MST": ("America/Denver", "Denver's", "Etc/GMT+7", "UTC-7"),
    "MDT": ("America/Denver", "Denver's", "Etc/GMT+6", "UTC-6"),
    "PST": ("America/Los_Angeles", "Los Angeles'", "Etc/GMT+8", "UTC-8"),
    "PDT": ("America/Los_Angeles", "Los Angeles'", "Etc/GMT+7", "UTC-7"),
    "HST": ("Pacific/Honolulu", "Honolulu's", "Etc/GMT+10", "UTC-10"),
    "GMT": ("Europe/London", "London's", "Etc/UTC", "UTC"),
    "BST": ("Europe/London", "London's", "Etc/GMT-1", "UTC+1"),
    "WET": ("Europe/Lisbon", "Lisbon's", "Etc/UTC", "UTC"),
    "CET": ("Europe/Paris", "Paris'", "Etc/GMT-1", "UTC+1"),
    "CEST": ("Europe/Paris", "Paris'", "Etc/GMT-2", "UTC+2"),
    "MET": ("Europe/Paris", "Paris'", "Etc/GMT-1", "UTC+1"),
    "EET": ("Europe/Athens", "Athens'", "Etc/GMT-2", "UTC+2"),
    "IST": ("Asia/Kolkata", "Kolkata's", "Etc/GMT-1", "UTC+1"),
    "JST": ("Asia/Tokyo", "Tokyo's", "Etc/GMT-9", "UTC+9"),
}

# What lies beside the zones on a computer and is read like one: its own clocks, and copies that
# count leap seconds. No cloud knows these names.
_NO_ZONE = re.compile(r"(posix|right)/|(localtime|posixrules|Factory)$")


def parse_timezone(written: str) -> str:
    """A time zone of the IANA database, such as ``America/New_York``; never an abbreviation."""
    if (abbreviation := written.strip().upper()) in _ABBREVIATIONS:
        zone, whose, fixed, offset = _ABBREVIATIONS[abbreviation]
        raise NotInWords(
            f"`{written}` does not say whose clocks: read by the letter it is {offset} all year, "
            "without summer time",
            f"write `{zone}` for {whose} clocks, or `{fixed}` for {offset} all year",
        )
    if _NO_ZONE.match(written):
        zone = written.partition("/")[2] or "America/New_York"
        raise NotInWords("no time zone that AWS and Datadog know", f"write a name such as `{zone}`")
    try:
        ZoneInfo(written)
    except (KeyError, ValueError, OSError):
        remedy = "write a name of the IANA database, such as `America/New_York`"
        if close := _nearest_timezone(written):
            remedy = f"did you mean `{close}`?"
        raise NotInWords("not a time zone", remedy) from None
    return written


def _nearest_timezone(written: str) -> str | None:
    known = sorted(available_timezones())
    plain = {zone.lower(): zone for zone in known}
    cities = {zone.rpartition("/")[2].lower(): zone for zone in known if "/" in zone}
    word = written.strip().lower().replace(" ", "_")
    found = nearest(word, plain) or nearest(word.rpartition("/")[2], cities)
    return (plain | cities)[found] if found else None


TimeZone = Annotated[
    str,
    AfterValidator(parse_timezone),
    WithJsonSchema({"type": "string", "examples": ["America/New_York", "Etc/UTC"]}),
]

_URL = re.compile(r"^https?://[^\s/?#]+([/?#]\S*)?$")


def parse_url(written: str) -> str:
    """An address with its scheme, such as ``https://www.bynomi.com/``."""
    if "://" not in written:
        raise NotInWords("an address without its scheme", f"write `https://{written.lstrip('/')}`")
    if not _URL.match(written):
        raise NotInWords("not an address", "write one such as `https://www.bynomi.com/`")
    return written


Url = Annotated[
    str,
    AfterValidator(parse_url),
    WithJsonSchema({"type": "string", "pattern": r"^https?://[^\s]+$"}),
]

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")


def parse_email(written: str) -> str:
    """An address that mail can be sent to."""
    if not _EMAIL.match(written):
        raise NotInWords("not an email address", "write one such as `devops@bynomi.com`")
    return written


Email = Annotated[
    str,
    AfterValidator(parse_email),
    WithJsonSchema({"type": "string", "pattern": r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"}),
]


class Secret(Words):
    """The name of a Pulumi secret at the top level of the stack file (``<project>:<name>``).

    The plan holds the name and never the value: what is nested in structured configuration comes
    out of the engine as plain text.
    """

    secret: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


# ---- what only exists at deployment ------------------------------------------------------------

# A value that may still be unknown (a Pulumi Output): carried through, never looked into.
Later = Any
