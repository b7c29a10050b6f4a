"""Objectives: what the plan promises to lose at most, to be back within, and to keep.

Source: Bynomi's plan, "Disaster Recovery"; clauses of its chapter on objectives.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, WithJsonSchema

from .backups import Retention
from .faults import NotInWords
from .schedule import Every, parse_every, say_every
from .words import Duration, Name, Words

# What a promise covers: the failures that are judged today.
Failure = Literal["instance", "region", "corruption"]
FAILURES: tuple[Failure, ...] = ("instance", "region", "corruption")


class DataClass(Words):
    """Data of one importance.

    rpo     recovery point objective: what may be lost
    holds   the data's name -> the database or bucket of the estate that holds it
    after   the failures the promise covers; default: all of instance, region and corruption
    """

    rpo: Duration
    after: Annotated[tuple[Failure, ...], Field(min_length=1)] = FAILURES
    holds: dict[str, Name] = Field(min_length=1)


class FunctionClass(Words):
    """Functions of one importance.

    rto     recovery time objective: back within
    needs   the function's name -> databases, server groups and buckets of the estate it needs
    after   the failures the promise covers; default: all of instance, region and corruption
    """

    rto: Duration
    after: Annotated[tuple[Failure, ...], Field(min_length=1)] = FAILURES
    needs: dict[str, Annotated[tuple[Name, ...], Field(min_length=1)]] = Field(min_length=1)


def _parse_each(written: Any) -> Every:
    if isinstance(written, str) and not written.startswith("every "):
        raise NotInWords("not how often", f"write `every {say_every(parse_every(written))}`")
    return parse_every(str(written).removeprefix("every "))


Each = Annotated[
    Any,
    BeforeValidator(_parse_each),
    PlainSerializer(lambda every: f"every {say_every(every)}", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^every (day|week|month|quarter|[0-9]+ hours?)$"}),
]


Kept = Annotated[
    Annotated[Retention, Tag("<duration>")] | Annotated[dict[Each, Retention], Tag("<table>")],
    Discriminator(lambda written: "<table>" if isinstance(written, dict) else "<duration>"),
]


class Objectives(Words):
    """The promises; every one is proved from what the plan declares, or refused.

    data        by importance
    functions   by importance
    retention   the database or bucket -> how far back it can be restored. A duration
                (``30 days``) promises that every backup of it is kept so long. A table
                (``every day: 7 days``, ``every month: 1 year``) promises how finely: within the
                last 7 days to the day, within the last year to the month.
    """

    data: dict[Name, DataClass] = Field(default_factory=dict)
    functions: dict[Name, FunctionClass] = Field(default_factory=dict)
    retention: dict[Name, Kept] = Field(default_factory=dict)
