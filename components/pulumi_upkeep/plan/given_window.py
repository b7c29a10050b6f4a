"""A window of the plan as components are given it, whatever they do with it.

The plan writes ``from`` and ``to``. A component's arguments are typed, where ``from`` is a word of
Python's own: there they are ``opens`` and ``closes``. Why an opening is called off or moved is
between the plan and its readers; of a component nobody asks it.
"""

from typing import Any, TypedDict

from pydantic import Field, ValidationError, model_validator

from .faults import Fault, NotInWords, PlanError, from_validation
from .measured import Day
from .windows import Window
from .words import Words

_NOT_SAID = "not said to this component"
_NAMED_HERE = {"from": "opens", "to": "closes"}


class WindowTimes(TypedDict):
    """When a window is open: what every component is told of it."""

    on: str
    opens: str
    closes: str
    cancelled: list[str]
    moved: dict[str, str]


def window_times(window: Window) -> WindowTimes:
    """A window of the plan as arguments of a component."""
    return {
        "on": str(window.on),
        "opens": f"{window.from_:%H:%M}",
        "closes": f"{window.to:%H:%M}",
        "cancelled": [each.on.isoformat() for each in window.cancelled],
        "moved": {each.on.isoformat(): each.to.isoformat() for each in window.moved},
    }


class GivenWindow(Words):
    """Those arguments, checked by the plan's own rules. A component adds keys of its own.

    on          ``Wednesday`` (every week) or ``first Sunday`` (every month)
    opens       clock time, ``03:00``
    closes      clock time; on the next day where it is not after ``opens``
    cancelled   days on which it would open and does not; default none
    moved       days on which it would open -> days on which it does instead; default none
    """

    on: str
    opens: str
    closes: str
    cancelled: tuple[Day, ...] = ()
    moved: dict[Day, Day] = Field(default_factory=dict)

    def beside(self) -> dict[str, Any]:
        """What else of a component's keys the plan's window has, by the plan's names."""
        return {}

    def window(self) -> Window:
        """The window that the plan would have; raises where it could not."""
        return Window.model_validate(
            {
                "on": self.on,
                "from": self.opens,
                "to": self.closes,
                "cancelled": [{"on": day, "because": _NOT_SAID} for day in self.cancelled],
                "moved": [
                    {"on": day, "to": to, "because": _NOT_SAID} for day, to in self.moved.items()
                ],
                **self.beside(),
            }
        )

    @model_validator(mode="after")
    def _is_a_window(self) -> "GivenWindow":
        if self.opens == self.closes:
            raise NotInWords(
                "opens and closes at the same time", "let `closes` differ from `opens`"
            )
        try:
            self.window()
        except ValidationError as error:
            raise PlanError(map(_renamed, from_validation(error, Window))) from None
        return self


def _renamed(fault: Fault) -> Fault:
    """A fault of the plan's window, at the key that stands here."""
    first, dot, rest = fault.path.partition(".")
    path = f"{_NAMED_HERE.get(first, first)}{dot}{rest}"
    return Fault(path, fault.rule, fault.value, fault.remedy)
