"""Coverage: whether every service has all that a service must have, or says why not and how long.

What is missing is refused: a service that nobody asks from outside, or that belongs to nobody, is
found out by its customers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from ..findings import Finding
from ..monitoring import AlertWhen
from ..services import ASPECTS, Aspect, Exemption, Service, company_thresholds
from ..words import say_duration

if TYPE_CHECKING:
    from ..plan import Plan

# An exemption's end refuses deployments: it is said so long before.
NOTICE = timedelta(days=14)

State = Literal["covered", "exempt", "missing"]

# Thresholds that say when a thing has no room left, each with the words for it.
_SATURATION: dict[str, tuple[tuple[str, str], ...]] = {
    "servers": (("cpu", "cpu"), ("memory", "memory")),
    "databases": (
        ("cpu", "cpu"),
        ("memory", "memory"),
        ("database_connections", "connections"),
    ),
}
# What would do for each.
_REMEDIES: dict[Aspect, str] = {
    "uptime": "`checks: [<of uptime.checks>]`",
    "latency": "`monitoring.alert_when.response_time`, or its own `latency: {above, severity}`",
    "errors": "`monitoring.alert_when.error_rate`, or its own `errors: {above, severity}`",
    "saturation": "name what it runs on in `runs_on`",
    "objective": "`importance: <of objectives.functions>`",
    "runbook": "`runbook: <a page below runbooks>`",
    "owner": "`owner: <of teams>`",
}
# What that means, in a sentence.
_MISSING: dict[Aspect, str] = {
    "uptime": "no check asks it from outside",
    "latency": "nobody hears when it is slow",
    "errors": "nobody hears when its requests fail",
    "saturation": "nobody hears when what it runs on has no room left",
    "objective": "it has no service level",
    "runbook": "nothing says what is done when it fails",
    "owner": "it belongs to nobody",
}


@dataclass(frozen=True)
class Cell:
    """One aspect of a service.

    by      what covers it, or the reason of its exemption; empty where it is missing
    until   the last day of the exemption that covers it; of one that has ended, where it is missing
    lacks   where it is missing, what exactly, with the remedy
    """

    aspect: Aspect
    state: State
    by: str = ""
    until: date | None = None
    lacks: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Covered:
    """A service and its cells, in the order of ``ASPECTS``."""

    service: str
    cells: tuple[Cell, ...]

    def __getitem__(self, aspect: Aspect) -> Cell:
        return self.cells[ASPECTS.index(aspect)]


def coverage(plan: "Plan", today: date) -> tuple[Covered, ...]:
    """Every service of the plan, by name, as it is covered on a day."""
    return tuple(
        Covered(name, tuple(_cell(plan, plan.services[name], aspect, today) for aspect in ASPECTS))
        for name in sorted(plan.services)
    )


def coverage_findings(plan: "Plan", covered: Sequence[Covered], today: date) -> Iterator[Finding]:
    """What services lack, and exemptions that are not needed or are over."""
    for row in covered:
        at = f"services.{row.service}"
        service = plan.services[row.service]
        for cell in row.cells:
            if cell.state == "missing":
                lacks, remedy = cell.lacks
                ended = f", and its exemption ended on {cell.until}" if cell.until else ""
                yield Finding(
                    "not-covered",
                    at,
                    f"{row.service} is not covered for {cell.aspect}: {lacks}{ended}",
                    f"{remedy}, or an entry of `exempt` with the reason and its last day",
                )
        for index, exemption in enumerate(service.exempt):
            path, left = f"{at}.exempt.{index}", exemption.until - today
            if row[exemption.from_].state == "covered":
                ended = f", and that ended on {exemption.until}" if left < timedelta() else ""
                yield Finding(
                    "exemption-unused",
                    path,
                    f"{row.service} is exempt from `{exemption.from_}`, which it has{ended}",
                    "leave the entry out",
                )
            elif timedelta() <= left < NOTICE:
                yield Finding(
                    "exemption-ends-soon",
                    path,
                    f"{exemption.until} is the last day on which {row.service} is exempt from "
                    f"`{exemption.from_}`; then it is refused",
                    "see to it, or give it a later day",
                )


def _cell(plan: "Plan", service: Service, aspect: Aspect, today: date) -> Cell:
    by, lacks = _covers(plan, service, aspect)
    if by:
        return Cell(aspect, "covered", by)
    exemption = _exemption(service, aspect)
    if exemption is not None and exemption.until >= today:
        return Cell(aspect, "exempt", exemption.because, exemption.until)
    until = exemption.until if exemption else None
    return Cell(aspect, "missing", "", until, lacks or (_MISSING[aspect], _REMEDIES[aspect]))


def _exemption(service: Service, aspect: Aspect) -> Exemption | None:
    return next((each for each in service.exempt if each.from_ == aspect), None)


def _covers(plan: "Plan", service: Service, aspect: Aspect) -> tuple[str, tuple[str, str] | None]:
    """What covers an aspect; without it, what is lacking where that can be said more closely."""
    company = company_thresholds(plan)
    match aspect:
        case "uptime":
            return ", ".join(service.checks), None
        case "latency":
            slow = service.slow(company)
            return (f"above {say_duration(slow.above)}, {slow.severity}" if slow else ""), None
        case "errors":
            failing = service.failing(company)
            return (f"above {failing.above:g} %, {failing.severity}" if failing else ""), None
        case "saturation":
            return _saturation(service, company)
        case "objective":
            return _objective(plan, service)
        case "runbook":
            return service.runbook or "", None
        case "owner":
            return service.owner or "", None


def _saturation(service: Service, company: AlertWhen) -> tuple[str, tuple[str, str] | None]:
    """Everything it runs on must be watched for what it can run out of."""
    on = {
        kind: list(getattr(service.runs_on, kind))
        for kind in _SATURATION
        if getattr(service.runs_on, kind)
    }
    missing = sorted(
        {key for kind in on for key, _ in _SATURATION[kind] if getattr(company, key) is None}
    )
    if not on or missing:
        if not on:
            return "", None
        things = " and ".join(name for names in on.values() for name in names)
        return "", (
            f"nobody hears when {things} has no room left: no threshold on {', '.join(missing)}",
            " and ".join(f"`monitoring.alert_when.{key}`" for key in missing),
        )
    words = {word for kind in on for _, word in _SATURATION[kind]}
    things = ", ".join(name for names in on.values() for name in names)
    return f"{', '.join(sorted(words))} of {things}", None


def _objective(plan: "Plan", service: Service) -> tuple[str, tuple[str, str] | None]:
    importance = service.importance
    if importance is None:
        return "", None
    if importance not in plan.service_levels:
        return "", (
            f"`service_levels` promises nothing for its importance, {importance}",
            f"`service_levels.{importance}`",
        )
    return importance, None
