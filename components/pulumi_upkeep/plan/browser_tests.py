"""Browser tests: what only a browser sees, for it costs 24 times what a request does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from .faults import Fault, NotInWords, PlanError
from .synthetics import BrowserInterval, Locations
from .variables import Variable, VariableUrl, texts_of, used_in, variable_faults
from .words import Name, Secret, Severity, Words

# Source: Datadog's API, SyntheticsDeviceID, the three that browser tests are offered with.
Device = Literal["chrome.laptop_large", "chrome.tablet", "chrome.mobile_small"]


class Typed(Words):
    """Text that is typed.

    into   CSS selector of the field
    text   may name variables
    """

    into: str
    text: str


class BrowserStep(Words):
    """One thing that is done, or looked at: exactly one of these.

    click             CSS selector
    type              text, and the field it is typed into
    go_to             an address
    see               text that the page must show
    see_element       CSS selector of what the page must have
    address_contains   text that the page's address must contain
    """

    click: str | None = None
    type: Typed | None = None
    go_to: VariableUrl | None = None
    see: str | None = None
    see_element: str | None = None
    address_contains: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "BrowserStep":
        if len(self.model_fields_set) != 1:
            raise NotInWords("a step does one thing", "write each on its own")
        return self

    @property
    def does(self) -> str:
        """Which of them it is."""
        return next(iter(self.model_fields_set))

    def checks(self) -> bool:
        """Whether it looks at something, instead of doing it."""
        return self.does in ("see", "see_element", "address_contains")

    def texts(self) -> dict[str, str]:
        """What may name variables, by path."""
        return texts_of(self.model_dump(exclude_none=True))


class BrowserTest(Words):
    """A page that is opened and used in a browser.

    url         where it begins
    because     what a browser sees and a journey of requests does not: why it pays
    every       5 minutes to a week, whole seconds; default 15 minutes
    devices     default a large laptop; each is a run of its own
    severity    default that of all checks
    locations   default those of all checks
    steps       at least one that looks at something
    secrets     variable -> the Pulumi secret that holds it
    """

    url: VariableUrl
    because: Annotated[str, StringConstraints(min_length=1)]
    every: BrowserInterval = timedelta(minutes=15)
    devices: Annotated[tuple[Device, ...], Field(min_length=1)] = ("chrome.laptop_large",)
    severity: Severity | None = None
    locations: Locations | None = None
    steps: tuple[BrowserStep, ...]
    secrets: dict[Variable, Secret] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sees_something(self) -> "BrowserTest":
        if faults := list(self._faults()):
            raise PlanError(faults)
        return self

    def _faults(self) -> Iterator[Fault]:
        if not any(step.checks() for step in self.steps):
            yield Fault("steps", "looks at nothing, so cannot fail", None, "add `see: some text`")
        used: set[str] = set()
        for index, step in enumerate(self.steps):
            texts = step.texts()
            yield from variable_faults(texts, set(self.secrets), f"steps.{index}.")
            used |= {name for text in texts.values() for name in used_in(text)}
        for name in self.secrets:
            if name not in used:
                yield Fault(f"secrets.{name}", "no step names it", None, "leave it out")


BrowserTests = dict[Name, BrowserTest]
