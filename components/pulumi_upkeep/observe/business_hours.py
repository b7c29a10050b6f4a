"""Business hours as an argument: what several components take alike."""

from typing import NotRequired, TypedDict

from pydantic import Field, model_validator

from ..plan.faults import NotInWords
from ..plan.severities import BusinessHours
from ..plan.words import ClockTime, Weekday, Words

_USUAL = BusinessHours()


class BusinessHoursArgs(TypedDict):
    """When the doors are open."""

    on: NotRequired[list[str]]
    """Weekdays. Default: Monday to Friday."""
    opens: NotRequired[str]
    """Clock time. Default: ``09:00``."""
    closes: NotRequired[str]
    """Clock time, later on the same day. Default: ``17:00``."""


class Doors(Words):
    """The argument, checked."""

    on: tuple[Weekday, ...] = Field(default=_USUAL.on, min_length=1)
    opens: ClockTime = _USUAL.from_
    closes: ClockTime = _USUAL.to

    @model_validator(mode="after")
    def _open_before_they_close(self) -> "Doors":
        if self.closes <= self.opens:
            rule = "closes before it opens"
            raise NotInWords(rule, "let `closes` lie after `opens` on the same day")
        return self

    def hours(self) -> BusinessHours:
        """The hours, as the plan has them."""
        return BusinessHours.model_validate({"on": self.on, "from": self.opens, "to": self.closes})
