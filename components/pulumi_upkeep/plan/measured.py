"""Measured figures: how long something took, in an execution that can be looked up.

A figure here takes the place of an assumed one, or of the vendor's. Only what ran in a real account
counts: what the sandbox shows says nothing of AWS's own durations.
"""

import calendar
import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from .faults import NotInWords
from .words import Duration, Name, Words

# What a term is measured of: a kind of thing of the estate, or the account as a whole.
Kind = Literal["databases", "buckets", "servers", "account"]

Measurable = Literal[
    "failover",
    "promote-replica",
    "repoint",
    "restore-database",
    "restore-bucket",
    "roll-back-bucket",
    "read-from-replica",
    "replace-server",
    "grow-standby",
    "launch-standby",
    "open-switch",
    "resolvers-follow",
    "copy-to-region",
    "copy-to-account",
    "rebuild-account",
]

# The terms that an execution can measure, each with the kinds of things it is measured of.
MEASURABLE: dict[Measurable, tuple[Kind, ...]] = {
    "failover": ("databases",),
    "promote-replica": ("databases",),
    "repoint": ("databases",),
    "restore-database": ("databases",),
    "restore-bucket": ("buckets",),
    "roll-back-bucket": ("buckets",),
    "read-from-replica": ("buckets",),
    "replace-server": ("servers",),
    "grow-standby": ("servers",),
    "launch-standby": ("servers",),
    "open-switch": ("servers",),
    "resolvers-follow": ("servers",),
    "copy-to-region": ("databases", "buckets"),
    "copy-to-account": ("databases", "buckets"),
    "rebuild-account": ("account",),
}
ACCOUNT = "account"

# The sandbox gives this beginning to the id of everything it executes, so that none of it is ever
# taken for a measurement.
SIMULATED_EXECUTION = "5a4db0c5-"
_EXECUTION = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.I)
_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$", re.ASCII)
_LAST_MONTH = 12
# A date beyond them is a slip, or stands for "for ever".
YEARS = range(2000, 2100)


def parse_execution(written: str) -> str:
    """The id of an execution of Systems Manager Automation, or of a job of AWS Backup."""
    if not _EXECUTION.match(written):
        raise NotInWords(
            "not the id of an execution",
            "write that of an execution of Systems Manager Automation or of a job of AWS Backup, "
            "such as `4105a4fc-f944-11e6-9d32-0a1b2c3d495f`",
        )
    if written.lower().startswith(SIMULATED_EXECUTION):
        raise NotInWords(
            "an execution of the sandbox: what is simulated measures nothing",
            "leave the entry out, until it was run in a real account",
        )
    return written


def parse_date(written: Any) -> date:
    """``"2026-11-01"`` as a date. One that looks like a date and is none is told why: 29 February
    of most years, 31 November, a month 13."""
    if isinstance(written, date):
        return written
    match = _DATE.match(written) if isinstance(written, str) else None
    year, month, day = (int(part) for part in match.groups()) if match else (0, 0, 0)
    if not (year and month and day):
        raise NotInWords(
            "not a date", 'write year, month and day in quotes, such as `"2026-11-01"`'
        )
    if year not in YEARS:
        rule = f"the year {year}: dates of a plan lie between {YEARS[0]} and {YEARS[-1]}"
        raise NotInWords(rule, "write the day that is meant; nothing holds for ever")
    if month > _LAST_MONTH:
        raise NotInWords(f"there is no month {month}", "write year, month and day in this order")
    last = calendar.monthrange(year, month)[1]
    if day > last:
        raise NotInWords(
            f"{calendar.month_name[month]} {year} has {last} days",
            f'nearest: `"{year:04}-{month:02}-{last:02}"`',
        )
    return date(year, month, day)


Day = Annotated[
    date,
    BeforeValidator(parse_date),
    PlainSerializer(lambda day: day.isoformat(), when_used="json"),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "examples": ["2026-11-01"]}
    ),
]
Execution = Annotated[
    str,
    AfterValidator(parse_execution),
    WithJsonSchema(
        {"type": "string", "pattern": _EXECUTION.pattern.replace("0-9a-f", "0-9A-Fa-f")}
    ),
]


class Measurement(Words):
    """One figure, measured.

    term        what was measured
    of          the database, bucket or server group of the estate it was measured of; ``account``
                for ``rebuild-account``
    took        how long it took
    execution   the id of the execution of Systems Manager Automation, or of the job of AWS Backup,
                that it was read from; one of the sandbox is refused
    on          the day, in quotes; after a year a measurement is noted as old
    Of several measurements of one thing the longest counts.
    """

    term: Measurable
    of: Name
    took: Duration
    execution: Execution
    on: Day


Measured = tuple[Measurement, ...]
