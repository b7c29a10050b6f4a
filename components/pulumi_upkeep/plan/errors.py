"""Errors: what browsers and services report, who hears of which, and how soon.

Source: Bynomi's plan, "Error Tracking" (BY-2.4, BY-2.5, BY-2.6), and the prize draw's, "alert on
new or high-frequency errors" (PD-1.3). Errors of one kind at one place are one issue; Datadog
groups them, and alerts are per issue.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from .faults import Fault, NotInWords
from .limits import ERROR_WINDOW
from .monitoring import in_whole_minutes
from .services import DatadogService
from .teams import unknown, unknown_team
from .words import Duration, Name, Percentage, Severity, Words

if TYPE_CHECKING:
    from .plan import Plan

# What browsers show of a page while it is recorded [Datadog, `defaultPrivacyLevel`].
Privacy = Literal["mask", "mask-user-input", "allow"]
# Those of a session without an error cost as much and say nothing of errors.
Keeps = Literal["errors", "everything"]

# Others mean something in Datadog's search and would have to be escaped twice; `*` stands for them.
_TYPE = re.compile(r"^[A-Za-z0-9_.$*-]+$")


def _parse_type(written: str) -> str:
    if written and not written.strip("*"):
        raise NotInWords("stands for every type", "leave `type` out")
    if not _TYPE.match(written):
        near = re.sub(r"\*+", "*", re.sub(r"[^A-Za-z0-9_.$*-]", "*", written))
        raise NotInWords(
            "a type of errors has letters, digits, `.`, `_`, `$`, `-` and `*` for anything else",
            f"write `{near}`" if near.strip("*") else "such as `Payment*`",
        )
    return written


def _one_or_more(given: Any) -> Any:
    """One is written as it is, several as a list."""
    return (given,) if isinstance(given, str) else given


ErrorType = Annotated[str, AfterValidator(_parse_type)]
ErrorTypes = Annotated[
    tuple[ErrorType, ...],
    BeforeValidator(_one_or_more, json_schema_input_type=str | list[str]),
]
ServiceNames = Annotated[
    tuple[Name, ...],
    BeforeValidator(_one_or_more, json_schema_input_type=Name | list[Name]),
]
Within = Annotated[Duration, AfterValidator(in_whole_minutes), ERROR_WINDOW.validator]


class FrontEnd(Words):
    """A site, as visitors' browsers run it.

    datadog   its name in Datadog: the tag ``service`` of what browsers send
    owner     the team that hears of its errors; default: the chapter's
    sample    per cent of the visits that are watched; default 100 %
    privacy   what is hidden of what visitors type: ``mask-user-input``, ``mask`` (all text) or
              ``allow`` (nothing); default ``mask-user-input``
    keeps     ``errors``: what belongs to an error; ``everything``: each view and request too;
              default ``errors``
    """

    datadog: DatadogService
    owner: Name | None = None
    sample: Percentage = Field(default="100 %", validate_default=True)
    privacy: Privacy = "mask-user-input"
    keeps: Keeps = "errors"


class NewErrors(Words):
    """An error that was never seen before, or is back after it was resolved.

    Datadog tells both alike: a regression is put up for review again, as a new one is.

    severity   who hears of it
    at_least   how often it must occur; default 1
    within     the time in which they are counted, and after which a single one is forgotten;
               1 minute to 2 days, default 1 day
    """

    severity: Severity
    at_least: Annotated[int, Field(ge=1)] = 1
    within: Within = timedelta(days=1)

    @model_validator(mode="before")
    @classmethod
    def _regressions_are_new(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "regressed" in given:
            raise NotInWords(
                "`regressed` is no key of its own: Datadog tells of a regression as of a new error",
                "leave it out",
            )
        return given


class FrequentErrors(Words):
    """An error that occurs often.

    above      how often, of one error
    severity   who hears of it
    within     the time in which they are counted; 1 minute to 2 days, default 1 hour
    """

    above: Annotated[int, Field(ge=1)]
    severity: Severity
    within: Within = timedelta(hours=1)


class ErrorRoute(Words):
    """Errors that are somebody's in particular; the first route that takes an error keeps it.

    type       of the errors, or a list; ``*`` stands for anything: ``Payment*``. Default: any
    service    a name of ``front_end`` or ``back_end``, or a list. Default: any
    owner      the team that hears of them
    severity   of all of them, new or frequent; default: that of ``new`` and of ``frequent``
    name       what its alerts are called; default: its types and services
    """

    type: ErrorTypes = ()
    service: ServiceNames = ()
    owner: Name
    severity: Severity | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _takes_some(self) -> "ErrorRoute":
        if not (self.type or self.service):
            raise NotInWords("takes every error", "name a `type`, a `service` or both")
        return self

    @property
    def called(self) -> str:
        """What its alerts are called: ``payment-web``."""
        if self.name:
            return self.name
        words = [re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") for word in self.type]
        return "-".join(word for word in [*words, *self.service] if word)[:40].rstrip("-")

    def takes(self, services: Collection[str]) -> list[str]:
        """Those of some services whose errors it takes, sorted."""
        return sorted(name for name in services if not self.service or name in self.service)


# What the errors that no route takes are called, before the name of the team they go to.
REST = "rest"


class ErrorMonitors(Words):
    """What a component needs to know of errors; see :class:`TrackedErrors`."""

    front_end: dict[Name, FrontEnd] = Field(default_factory=dict)
    new: NewErrors | None = None
    frequent: FrequentErrors | None = None
    owner: Name | None = None
    routes: tuple[ErrorRoute, ...] = ()


class TrackedErrors(ErrorMonitors):
    """Errors of browsers and services.

    front_end     by name: the sites whose visitors' browsers report
    back_end      names of ``services`` that report; default: all of them
    new           errors never seen before, or back again; default: nobody hears of them
    frequent      errors that occur often; default: nobody hears of them
    owner         the team that hears of what no route takes, where a service names none;
                  default none
    routes        errors that are somebody's in particular, in order
    slack_for     severities that must be told in Slack: one without a channel is refused;
                  default none
    tickets_for   severities that must open a ticket: one without ``tickets`` is refused;
                  default none
    """

    back_end: tuple[Name, ...] | None = None
    slack_for: tuple[Severity, ...] = ()
    tickets_for: tuple[Severity, ...] = ()

    def reporting(self, plan: "Plan") -> list[str]:
        """The services of the plan that report errors, sorted."""
        return sorted(plan.services if self.back_end is None else self.back_end)

    def severities(self) -> list[Severity]:
        """The severities that an error of this plan may have, sorted."""
        kinds = [kind.severity for kind in (self.new, self.frequent) if kind]
        return sorted({*kinds, *(route.severity for route in self.routes if route.severity)})


# ---- which error goes where ----------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """The errors of one service that a route takes, once those before it have had theirs.

    types      patterns; empty: any
    without    patterns of those that an earlier route takes
    """

    types: tuple[str, ...]
    without: tuple[str, ...]


def shares(
    routes: Sequence[ErrorRoute], services: Collection[str]
) -> tuple[list[dict[str, Share]], dict[str, Share]]:
    """What each route takes of each service, and what is left of each.

    A route without a share is never reached. Shares of one service never overlap, and together they
    are all of its errors.
    """
    taken: dict[str, list[str]] = {name: [] for name in services}
    gone: set[str] = set()
    found: list[dict[str, Share]] = []
    for route in routes:
        mine: dict[str, Share] = {}
        for name in route.takes(services):
            if name in gone:
                continue
            before = taken[name]
            types = tuple(t for t in route.type if not any(covers(b, t) for b in before))
            if route.type and not types:
                continue
            clash = [b for b in before if not types or any(overlap(b, t) for t in types)]
            mine[name] = Share(types, _widest(clash))
            taken[name] = [*before, *types]
            if not route.type:
                gone.add(name)
        found.append(mine)
    rest = {name: Share((), _widest(taken[name])) for name in sorted({*services} - gone)}
    return found, rest


def _widest(patterns: Sequence[str]) -> tuple[str, ...]:
    """The patterns without those that another one covers, sorted."""
    unique = sorted({*patterns})
    return tuple(each for each in unique if not any(o != each and covers(o, each) for o in unique))


def covers(wide: str, narrow: str) -> bool:
    """Whether every type that one pattern matches is matched by another one, too."""
    # A star of the narrow one stands for anything, which only a star of the wide one takes.
    expression = "".join(".*" if each == "*" else re.escape(each) for each in wide)
    return re.fullmatch(expression, narrow) is not None


def overlap(one: str, other: str) -> bool:
    """Whether some type is matched by both patterns."""
    # Which rests of `other` may still have to be matched, after each character of `one`.
    ends = _with_stars({0}, other)
    for each in one:
        if each == "*":
            ends = set(range(min(ends), len(other) + 1)) if ends else ends
        else:
            ends = {
                at + (other[at] != "*")
                for at in ends
                if at < len(other) and other[at] in (each, "*")
            }
        ends = _with_stars(ends, other)
    return len(other) in ends


def _with_stars(ends: set[int], pattern: str) -> set[int]:
    """Positions of a pattern, and those behind the stars there, which may stand for nothing."""
    found = set(ends)
    for at in ends:
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found


# ---- what it says of other chapters --------------------------------------------------------------


def error_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """What the chapter names and others do not have; broken chapters are not asked."""
    errors = plan.errors
    if errors is None:
        return
    if "teams" not in broken:
        yield from _teams(plan, errors)
    if "severities" not in broken:
        yield from _told(plan, errors)
    if "services" in broken:
        return
    for index, name in enumerate(errors.back_end or ()):
        if name not in plan.services:
            path = f"errors.back_end.{index}"
            yield unknown(path, name, "service", "services", list(plan.services))
    yield from _sites(plan, errors)
    services = [*errors.front_end, *errors.reporting(plan)]
    if not services:
        yield Fault(
            "errors",
            "nothing reports an error",
            None,
            "name a site in `front_end`, or a service in the chapter `services`",
        )
    yield from route_faults(errors, services, "errors.")


def _sites(plan: "Plan", errors: TrackedErrors) -> Iterator[Fault]:
    """Sites and services whose errors could not be told apart."""
    reporting: dict[str, str] = {}
    for name in errors.reporting(plan):
        called = plan.services[name].datadog if name in plan.services else None
        if called in reporting:
            yield Fault(
                "errors.back_end",
                f"`services.{name}` and `services.{reporting[called]}` are one to Datadog, and "
                "would report each error twice",
                called,
                "name one of them here",
            )
        elif called is not None:
            reporting[called] = name
    for name, site in errors.front_end.items():
        if name in plan.services:
            yield Fault(
                f"errors.front_end.{name}",
                "`services` has one of that name, and routes could not tell them apart",
                None,
                "give it a name of its own, such as `site`",
            )
        if site.datadog in reporting:
            yield Fault(
                f"errors.front_end.{name}.datadog",
                f"is the name of `services.{reporting[site.datadog]}`: what browsers report could "
                "not be told from what servers do",
                site.datadog,
                f"such as `{site.datadog}-browser`",
            )


def _teams(plan: "Plan", errors: TrackedErrors) -> Iterator[Fault]:
    if errors.owner is not None:
        yield from unknown_team(plan, "errors.owner", errors.owner)
    for name, site in errors.front_end.items():
        if site.owner is not None:
            yield from unknown_team(plan, f"errors.front_end.{name}.owner", site.owner)
    for index, route in enumerate(errors.routes):
        yield from unknown_team(plan, f"errors.routes.{index}.owner", route.owner)


def _told(plan: "Plan", errors: TrackedErrors) -> Iterator[Fault]:
    """Severities that are not told where the chapter says that they are."""
    for key, wanted, lacks, remedy in (
        ("slack_for", "slack", "tells no channel in Slack", "add `slack: [incidents]`"),
        ("tickets_for", "tickets", "opens no ticket", "add `tickets`"),
    ):
        for index, severity in enumerate(getattr(errors, key)):
            if not getattr(plan.severities[severity], wanted, None):
                yield Fault(
                    f"errors.{key}.{index}",
                    f"`severities.{severity}` {lacks}",
                    severity,
                    f"{remedy} there, or leave it out here",
                )
    if not (errors.slack_for and errors.tickets_for):
        return
    for severity in errors.severities():
        if severity not in (*errors.slack_for, *errors.tickets_for):
            yield Fault(
                "errors.tickets_for",
                f"errors may be {severity}, which is neither told in Slack nor opens a ticket",
                None,
                f"add `{severity}` here or to `slack_for`",
            )


def route_faults(errors: ErrorMonitors, services: Collection[str], at: str = "") -> Iterator[Fault]:
    """Routes that are never reached, name what does not report, or are called alike."""
    if not (errors.new or errors.frequent):
        yield Fault(
            f"{at}new",
            "nobody hears of any error: there is neither `new` nor `frequent`",
            None,
            "such as `new: {severity: p2}`",
        )
    known = True
    called: dict[str, int] = {}
    for index, route in enumerate(errors.routes):
        path = f"{at}routes.{index}"
        for number, name in enumerate(route.service):
            if name not in services:
                known = False
                yield unknown(
                    f"{path}.service.{number}",
                    name,
                    "service",
                    f"{at}front_end` or `{at}back_end",
                    list(services),
                )
        name = route.called
        if not name or name == REST or name.startswith(f"{REST}-"):
            yield Fault(
                f"{path}.name",
                "what is left over is called so" if name else "its types give no name",
                name or None,
                "give it a `name`",
            )
        elif name in called:
            yield Fault(
                f"{path}.name",
                f"`{at}routes.{called[name]}` is called so too",
                name,
                "give one of them a `name` of its own",
            )
        called.setdefault(name, index)
    if not known:
        return
    for index, mine in enumerate(shares(errors.routes, services)[0]):
        if not mine and services:
            yield Fault(
                f"{at}routes.{index}",
                "is never reached: routes before it take all of its errors",
                None,
                "move it up, or leave it out",
            )
