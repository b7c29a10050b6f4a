"""Tuned alerts: a single alert that is told otherwise for a while, with the reason.

The plan's thresholds hold for everything of a kind. One noisy database is no reason to move them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from .faults import Fault, NotInWords, shown
from .findings import Finding
from .measured import Day
from .quiet import AlertName
from .words import Severity, Words, parse_duration

if TYPE_CHECKING:
    from .plan import Plan

_LIMIT = re.compile(r"^(\d+(?:\.\d+)?)\s*(%|ms|(?:second|minute|hour|day)s?)?$")


@dataclass(frozen=True)
class Limit:
    """A limit as it is written, and its figure.

    written   ``90 %``, ``1500 ms``, ``20``
    kind      ``%``; ``seconds`` of every length; empty of a count
    value     per cent, seconds, or the count
    """

    written: str
    kind: str
    value: float


def parse_limit(written: Any) -> Limit:
    """``90 %``, ``1500 ms`` or a plain number."""
    if isinstance(written, Limit):
        return written
    match = None if isinstance(written, bool) else _LIMIT.match(str(written).strip())
    if match is None:
        raise NotInWords("not a limit", "write `90 %`, `1500 ms` or a number")
    number, unit = match.groups()
    text = str(written).strip()
    if unit == "%":
        if not 0 < float(number) <= 100:
            raise NotInWords("a percentage lies above 0 and at most at 100", "at most `100 %`")
        return Limit(text, "%", float(number))
    if unit is not None:
        return Limit(text, "seconds", parse_duration(text).total_seconds())
    return Limit(text, "", float(number))


AlertLimit = Annotated[
    Any,
    BeforeValidator(parse_limit),
    PlainSerializer(lambda limit: limit.written, when_used="json"),
    WithJsonSchema({"type": ["string", "number"], "examples": ["90 %", "1500 ms", 20]}),
]


class Tuned(Words):
    """One alert, told otherwise.

    alert      its name, as Pulumi shows it: ``resources-database-orders-cpu``
    because    why; at least a few words
    until      the last day it holds; after it the alert is as the plan has it, and the entry is
               reported
    above      another limit, in the unit of the one it has: ``90 %``, ``1500 ms``, ``20``
    severity   another severity, so other people
    silenced   true: it tells nobody; it is still evaluated and shown
    Exactly one of the last three. A P0 is neither silenced nor made less.
    """

    alert: AlertName
    because: Annotated[str, Field(min_length=10)]
    until: Day
    above: AlertLimit | None = None
    severity: Severity | None = None
    silenced: bool | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Tuned":
        if self.silenced is False:
            raise NotInWords("`silenced: false` says nothing", "leave the entry out")
        said = [self.above is not None, self.severity is not None, self.silenced is not None]
        if sum(said) != 1:
            rule = "says nothing of the alert" if not any(said) else "says several things at once"
            raise NotInWords(rule, "exactly one of `above`, `severity` and `silenced: true`")
        return self

    def says(self) -> str:
        """What it does, in words."""
        if self.silenced:
            return "silenced"
        if self.severity:
            return f"told as {self.severity.upper()}"
        return f"above {self.above.written}" if self.above else ""


TunedAlerts = tuple[Tuned, ...]


def tuned_faults(plan: "Plan") -> Iterator[Fault]:
    """An alert that is tuned twice: which of the two holds?"""
    first: dict[str, int] = {}
    for index, entry in enumerate(plan.tuned):
        if entry.alert in first:
            yield Fault(
                f"tuned.{index}.alert",
                f"`tuned.{first[entry.alert]}` tunes it already",
                entry.alert,
                "leave one of them out",
            )
        first.setdefault(entry.alert, index)


def tuned_findings(plan: "Plan", today: date | None = None) -> list[Finding]:
    """Entries whose last day is over: they do nothing any more."""
    now = today or date.today()
    return [
        Finding(
            "tuned-and-over",
            f"tuned.{index}",
            f"{entry.alert} was {entry.says()} until {entry.until}, and is as the plan has it "
            f"since (because: {shown(entry.because)})",
            "leave the entry out, or give it a later `until` with a reason that still holds",
        )
        for index, entry in enumerate(plan.tuned)
        if entry.until < now
    ]


def in_force(tuned: TunedAlerts, today: date) -> dict[str, tuple[int, Tuned]]:
    """Alert -> the place of its entry and the entry; without those that are over."""
    return {
        entry.alert: (index, entry) for index, entry in enumerate(tuned) if entry.until >= today
    }
