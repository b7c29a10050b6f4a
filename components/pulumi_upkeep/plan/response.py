"""Response: until when somebody answers, in the plan's own words.

``15 minutes`` at any hour, ``2 hours`` of business hours, ``2 business days``, and the next day for
what comes outside of them. Source: Bynomi's plan, "Response Time Targets"; clause BY-5.3.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from .faults import NotInWords
from .rotations import after_hours, opens
from .words import parse_duration, say_duration

if TYPE_CHECKING:
    from .severities import BusinessHours, SeverityDefinition

_DAY = timedelta(days=1)
_BUSINESS_DAYS = re.compile(r"^(\d+)\s*business days?$")

# When somebody answers what comes outside business hours, where not so long after they begin.
OffHours = Literal["next day"]


@dataclass(frozen=True, order=True)
class BusinessDays:
    """So many days of business hours: what comes on Monday at ten is due two of them later on
    Wednesday at ten."""

    count: int

    def __str__(self) -> str:
        return f"{self.count} business day{'' if self.count == 1 else 's'}"


Within = timedelta | BusinessDays


def parse_within(written: Any) -> Within:
    """``2 hours`` or ``2 business days``."""
    if isinstance(written, BusinessDays):
        return written
    match = _BUSINESS_DAYS.match(written.strip()) if isinstance(written, str) else None
    if match is None:
        return parse_duration(written)
    if not int(match[1]):
        raise NotInWords("a duration of nothing", "at least `1 business day`")
    return BusinessDays(int(match[1]))


def say_within(within: Within) -> str:
    """As the plan writes it."""
    return str(within) if isinstance(within, BusinessDays) else say_duration(within)


RespondWithin = Annotated[
    timedelta | BusinessDays,
    BeforeValidator(parse_within),
    PlainSerializer(say_within, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(\d+) *(ms|(business day|second|minute|hour|day|week|month|year)s?)$",
            "examples": ["15 minutes", "2 hours", "2 business days"],
        }
    ),
]


def fits_hours(within: Within, hours: str, off_hours: str | None) -> None:
    """Raises ``NotInWords`` where the words do not go together."""
    if hours == "always":
        if isinstance(within, BusinessDays):
            count = within.count
            days = f"{count} day{'' if count == 1 else 's'}"
            rule = f"`respond_within: {within}`, and `hours: always` knows no business days"
            raise NotInWords(rule, f"write `hours: business`, or `respond_within: {days}`")
        if off_hours:
            raise NotInWords(
                "`off_hours`, and with `hours: always` there are none", "leave `off_hours` out"
            )
    elif isinstance(within, timedelta) and not within % _DAY:
        count = within // _DAY
        meant = BusinessDays(count)
        raise NotInWords(
            f"`respond_within: {say_duration(within)}` of business hours: a day has 24 hours, and "
            "fewer of them are business hours",
            f"write `respond_within: {meant}`",
        )


def length_within(within: Within, hours: "BusinessHours") -> timedelta:
    """How much time within business hours it is."""
    if isinstance(within, timedelta):
        return within
    day = date(2027, 1, 1)
    return within.count * (datetime.combine(day, hours.to) - datetime.combine(day, hours.from_))


def due(
    definition: "SeverityDefinition",
    hours: "BusinessHours",
    since: datetime,
    tz: str,
    closed: Collection[date] = (),
) -> datetime:
    """Until when somebody answers what comes at a moment (aware). In UTC.

    Business hours alone count, without holidays. With ``off_hours: next day`` what comes outside of
    them is due when they end on the next day that has any.
    """
    since = since.astimezone(UTC)
    within = definition.respond_within
    if definition.hours == "always":
        assert isinstance(within, timedelta)
        return since + within
    opening = opens(hours, since, tz, closed)
    if definition.off_hours and opening > since:
        zone = ZoneInfo(tz)
        day = opening.astimezone(zone).date()
        return datetime.combine(day, hours.to, zone).astimezone(UTC)
    return after_hours(hours, since, length_within(within, hours), tz, closed)


def say_target(definition: "SeverityDefinition") -> str:
    """A target in a line: ``2 hours of business hours, next day outside of them``."""
    within = say_within(definition.respond_within)
    if definition.hours == "always":
        return f"{within}, at any hour"
    of_hours = "" if isinstance(definition.respond_within, BusinessDays) else " of business hours"
    off = f", {definition.off_hours} outside of them" if definition.off_hours else ""
    return f"{within}{of_hours}{off}"
