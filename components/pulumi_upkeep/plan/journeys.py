"""Journeys: what a customer does, request by request, each with what the one before answered.

Source: Bynomi's plan, "Endpoints Monitored": cart and checkout are one way, not two pages.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from .faults import Fault, NotInWords, PlanError
from .synthetics import Interval, Locations, ResponseTime
from .variables import Variable, VariableUrl, texts_of, used_in, variable_faults
from .words import Name, Secret, Severity, Words

FEWEST_STEPS = 2
# A path such as `$.cart.id`.
JsonPath = Annotated[str, StringConstraints(pattern=r"^\$")]


class Taken(Words):
    """A value of an answer, by one of three.

    json      by its JSON path in the body: ``$.cart.id``
    header    of a header by its name
    pattern   by a regular expression in the body
    secret    whether Datadog shows it to nobody; default true: it may let others in
    """

    json_path: JsonPath | None = Field(default=None, alias="json")
    header: str | None = None
    pattern: str | None = None
    secret: bool = True

    @model_validator(mode="after")
    def _is_one(self) -> "Taken":
        given = [each for each in (self.json_path, self.header, self.pattern) if each is not None]
        if len(given) != 1:
            raise NotInWords("is taken from one place", "one of `json`, `header` and `pattern`")
        return self


class Step(Words):
    """One request, and what must be true of its answer.

    name            what the customer does
    url             with its scheme; may name variables: ``https://x/carts/{{ CART }}``
    method          default GET
    headers, body   what is sent; may name variables
    status          the status the answer must have; default 200
    within          response time; default that of all checks
    body_contains   text the answer must contain
    json            JSON path -> the value it must have
    take            variable -> where in the answer it is; later steps name it ``{{ VARIABLE }}``
    """

    name: str
    url: VariableUrl
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    status: Annotated[int, Field(ge=100, le=599)] = 200
    within: ResponseTime | None = None
    body_contains: str | None = None
    json_values: dict[JsonPath, str] = Field(default_factory=dict, alias="json")
    take: dict[Variable, Taken] = Field(default_factory=dict)

    def texts(self) -> dict[str, str]:
        """What may name variables, by path."""
        held = {
            "url": self.url,
            "headers": self.headers,
            "body": self.body or "",
            "body_contains": self.body_contains or "",
            "json": self.json_values,
        }
        return texts_of(held)


class Journey(Words):
    """Several requests in a row; the first that fails is the failure.

    every       30 seconds to a week, whole seconds; default 5 minutes. Each step is one run that
                is paid for
    severity    default that of all checks
    locations   default those of all checks
    steps       at least two, in order
    secrets     variable -> the Pulumi secret that holds it; Datadog keeps it as a secure variable
    """

    every: Interval = timedelta(minutes=5)
    severity: Severity | None = None
    locations: Locations | None = None
    steps: tuple[Step, ...]
    secrets: dict[Variable, Secret] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _holds_together(self) -> "Journey":
        if len(self.steps) < FEWEST_STEPS:
            rule = "a journey of one request" if self.steps else "a journey of nothing"
            remedy = "add a step, or make it one of `checks`"
            raise PlanError([Fault("steps", rule, None, remedy)])
        if faults := list(self._faults()):
            raise PlanError(faults)
        return self

    def _faults(self) -> Iterator[Fault]:
        known = set(self.secrets)
        used: set[str] = set()
        first: dict[str, int] = {}
        for index, step in enumerate(self.steps):
            texts = step.texts()
            yield from variable_faults(texts, known, f"steps.{index}.")
            used |= {name for text in texts.values() for name in used_in(text)}
            for name in step.take:
                if name in known:
                    yield Fault(
                        f"steps.{index}.take.{name}",
                        "the name is taken already",
                        None,
                        "give each variable a name of its own",
                    )
                first.setdefault(name, index)
            known |= set(step.take)
        for name, index in first.items():
            if name not in used and name not in self.secrets:
                yield Fault(
                    f"steps.{index}.take.{name}", "no later step names it", None, "leave it out"
                )
        for name in self.secrets:
            if name not in used:
                yield Fault(f"secrets.{name}", "no step names it", None, "leave it out")


Journeys = dict[Name, Journey]
