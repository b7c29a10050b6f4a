"""Objectives: what the plan promises to lose at most, to be back within, and to keep.

Source: Bynomi's plan, "Disaster Recovery"; clauses of its chapter on objectives.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
    model_validator,
)

from .faults import Fault, NotInWords, PlanError
from .retention import Retention
from .schedule import Every, parse_every, say_every
from .words import Duration, Name, Words, say_duration

# What can fail, from the smallest to the largest; corruption is what no copy that follows helps
# against.
Failure = Literal["instance", "zone", "region", "corruption", "account"]
FAILURES: tuple[Failure, ...] = ("instance", "zone", "region", "corruption", "account")

After = Annotated[tuple[Failure, ...], Field(min_length=1)]


def _covered(after: tuple[Failure, ...], exceptions: Mapping[Failure, timedelta]) -> None:
    """Refuses another figure for a failure that the promise does not cover."""
    faults = [
        Fault(
            f"except.{failure}",
            "another figure for a failure that `after` leaves out",
            say_duration(length),
            f"add `{failure}` to `after`, or leave it out here",
        )
        for failure, length in exceptions.items()
        if failure not in after
    ]
    if faults:
        raise PlanError(faults)


class DataClass(Words):
    """Data of one importance.

    rpo      recovery point objective: what may be lost
    holds    the data's name -> the database or bucket of the estate that holds it
    after    the failures the promise covers; default: all of instance, zone, region, corruption
             and account. What is left out is computed and shown all the same
    except   failure -> what may be lost after it instead; default: the same after each
    """

    rpo: Duration
    after: After = FAILURES
    except_: dict[Failure, Duration] = Field(default_factory=dict, alias="except")
    holds: dict[str, Name] = Field(min_length=1)

    @model_validator(mode="after")
    def _excepts_what_it_covers(self) -> "DataClass":
        _covered(self.after, self.except_)
        return self

    def promised(self, failure: Failure) -> timedelta:
        """What may be lost after a failure."""
        return self.except_.get(failure, self.rpo)


class FunctionClass(Words):
    """Functions of one importance.

    rto      recovery time objective: back within
    needs    the function's name -> databases, server groups and buckets of the estate it needs
    after    the failures the promise covers; default: all of instance, zone, region, corruption
             and account. What is left out is computed and shown all the same
    except   failure -> back within after it instead; default: the same after each
    """

    rto: Duration
    after: After = FAILURES
    except_: dict[Failure, Duration] = Field(default_factory=dict, alias="except")
    needs: dict[str, Annotated[tuple[Name, ...], Field(min_length=1)]] = Field(min_length=1)

    @model_validator(mode="after")
    def _excepts_what_it_covers(self) -> "FunctionClass":
        _covered(self.after, self.except_)
        return self

    def promised(self, failure: Failure) -> timedelta:
        """Back within, after a failure."""
        return self.except_.get(failure, self.rto)


def _parse_each(written: Any) -> Every:
    if isinstance(written, str) and not written.startswith("every "):
        raise NotInWords("not how often", f"write `every {say_every(parse_every(written))}`")
    return parse_every(str(written).removeprefix("every "))


Each = Annotated[
    Any,
    BeforeValidator(_parse_each),
    PlainSerializer(lambda every: f"every {say_every(every)}", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^every (day|week|month|[0-9]+ hours?)$"}),
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
    A class that is named ``critical`` is flagged while it rests on figures nobody has measured.
    """

    data: dict[Name, DataClass] = Field(default_factory=dict)
    functions: dict[Name, FunctionClass] = Field(default_factory=dict)
    retention: dict[Name, Kept] = Field(default_factory=dict)
