"""Services: what customers use, who owns it, what it runs on, and from when it is not well.

Source: Bynomi's plan, "Performance Monitoring" and "Alert Thresholds" (BY-2.1, BY-2.3), and the
prize draw's, "alert on threshold breaches and on anomalies" (PD-1.2).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    model_validator,
)

from .faults import Fault, NotInWords, nearest
from .limits import ANOMALY_DEVIATIONS, ANOMALY_WINDOW, FORECAST_AHEAD, PERCENTILE
from .measured import Day
from .monitoring import SUSTAINED, AlertWhen, Sustained, in_whole_minutes
from .recovery import runbook_names
from .spelling import Spelling, dashed
from .teams import unknown, unknown_team
from .words import Duration, Name, Percentage, Severity, Words

if TYPE_CHECKING:
    from .plan import Plan

# Datadog: a tag's value has lower-case letters, digits, `_ - : . /`, at most 200 characters; names
# of services are unified tags and end within 100.
DatadogService = Annotated[
    str,
    Spelling(
        r"^[a-z][a-z0-9_./-]{0,99}$",
        "a service's name begins with a lower-case letter and has letters, digits and _-./, at "
        "most 100 characters [Datadog, unified service tagging]",
        "bynomi-web",
        dashed,
    ),
]
# The name of the spans that begin a request, as the tracer of the language gives it.
Operation = Annotated[
    str,
    Spelling(
        r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$",
        "the name of a span has lower-case words with points between them [Datadog, APM]",
        "http.request",
        lambda written: ".".join(written.lower().split()),
    ),
]
Page = Annotated[
    str,
    Spelling(
        r"^[a-z0-9]([a-z0-9/-]*[a-z0-9])?$",
        "a page's name below `runbooks` has lower-case letters, digits, hyphens and slashes",
        "database-failure",
        lambda written: re.sub(r"[^a-z0-9/]+", "-", written.lower()).strip("-/"),
    ),
]

# What a service must have (:mod:`.proofs.coverage`), in the order in which it is shown.
Aspect = Literal["uptime", "latency", "errors", "saturation", "objective", "runbook", "owner"]
ASPECTS: tuple[Aspect, ...] = (
    "uptime",
    "latency",
    "errors",
    "saturation",
    "objective",
    "runbook",
    "owner",
)

# What a service's monitors watch in place of the load balancer's.
OfServers = Literal["response_time", "error_rate"]

# Below so many requests within the time a share or a percentile of them says nothing.
ENOUGH_REQUESTS = 100


def _a_part(share: float) -> float:
    if share >= 100:
        raise NotInWords(
            "lies on the healthy side of the threshold, so below the whole of it [Datadog]",
            "such as `90 %`",
        )
    return share


Part = Annotated[Percentage, AfterValidator(_a_part)]


class Unusual(Words):
    """Behaviour unlike the metric's own of the last weeks: Datadog's anomaly detection.

    severity     who hears of it
    lasting      how long it must be unlike itself; 15 minutes to 1 day, default 15 minutes
    deviations   width of what is usual, 1 to 6; default 3
    """

    severity: Severity
    lasting: Annotated[Duration, AfterValidator(in_whole_minutes), ANOMALY_WINDOW.validator] = (
        timedelta(minutes=15)
    )
    deviations: Annotated[int, ANOMALY_DEVIATIONS.validator] = 3


class Latency(Words):
    """How long requests may take.

    above         default: the company's, ``monitoring.alert_when.response_time``
    severity      default: the company's
    percentile    of the requests, 1 to 99.99; default the company's, or 95
    lasting       whole minutes; default the company's, or 5 minutes
    warns_at      per cent of ``above`` from which the owner is warned; default 80 %
    recovers_at   per cent of ``above`` (and of the warning) below which it is over; default 90 %
    unusual       alert where it is slower than usual too; default: not watched
    """

    above: Duration | None = None
    severity: Severity | None = None
    percentile: Annotated[float, PERCENTILE.validator] | None = None
    lasting: Sustained | None = None
    warns_at: Part = Field(default="80 %", validate_default=True)
    recovers_at: Part = Field(default="90 %", validate_default=True)
    unusual: Unusual | None = None


class Errors(Words):
    """What share of requests may fail.

    above         default: the company's, ``monitoring.alert_when.error_rate``
    severity      default: the company's
    of_at_least   requests within ``lasting`` below which neither the share of errors nor the time
                  they take is judged; default the company's, or 100
    lasting       whole minutes; default the company's, or 5 minutes
    warns_at      per cent of ``above`` from which the owner is warned; default 80 %
    recovers_at   per cent of ``above`` (and of the warning) below which it is over; default 90 %
    unusual       alert where more fail than usual too; default: not watched
    """

    above: Percentage | None = None
    severity: Severity | None = None
    of_at_least: Annotated[int, Field(ge=1)] | None = None
    lasting: Sustained | None = None
    warns_at: Part = Field(default="80 %", validate_default=True)
    recovers_at: Part = Field(default="90 %", validate_default=True)
    unusual: Unusual | None = None


class Traffic(Unusual):
    """Requests that fall away, against what is usual at that hour of the week.

    severity      who hears of it
    lasting       how long it must be unlike itself; 15 minutes to 1 day, default 15 minutes
    deviations    width of what is usual, 1 to 6; default 3
    of_at_least   requests within ``lasting`` a week before, below which nothing is said: at night
                  three customers fewer are no fault; default 100
    """

    of_at_least: Annotated[int, Field(ge=1)] = ENOUGH_REQUESTS


class Saturation(Words):
    """What fills up: storage of the databases and disks of the servers that the service runs on.

    severity      who hears of it
    full_within   how far ahead is looked; 12 hours to 90 days, default 7 days
    """

    severity: Severity
    full_within: Annotated[Duration, FORECAST_AHEAD.validator] = timedelta(days=7)


class RunsOn(Words):
    """Things of the estate.

    servers, databases   by their names there
    """

    servers: tuple[Name, ...] = ()
    databases: tuple[Name, ...] = ()


class Exemption(Words):
    """Something that the service does not have, for a while.

    from_     ``uptime``, ``latency``, ``errors``, ``saturation``, ``objective``, ``runbook`` or
              ``owner``
    because   the reason
    until     the last day it holds
    """

    from_: Aspect = Field(alias="from")
    because: Annotated[str, StringConstraints(min_length=1)]
    until: Day


class Watched(Words):
    """What a service's monitors need to know of it.

    datadog     its name in Datadog: the tag ``service``
    operation   the name of the spans that begin its requests, such as ``http.request``: its metrics
                are ``trace.<operation>``
    owner       the team that hears of it beside whoever the severity tells
    runbook     the page, below ``runbooks``, of what is done when it fails
    latency, errors, traffic, saturation   what is watched of it
    """

    datadog: DatadogService
    operation: Operation
    owner: Name | None = None
    runbook: Page | None = None
    latency: Latency = Latency()
    errors: Errors = Errors()
    traffic: Traffic | None = None
    saturation: Saturation | None = None

    def slow(self, company: AlertWhen) -> "Slow | None":
        """From when it is slow; None where neither the service nor the company says so."""
        own, theirs = self.latency, company.response_time
        above = own.above or (theirs.above if theirs else None)
        severity = own.severity or (theirs.severity if theirs else None)
        if above is None or severity is None:
            return None
        return Slow(
            above,
            severity,
            own.lasting or (theirs.lasting if theirs else SUSTAINED),
            own.percentile or (theirs.percentile if theirs else 95),
            own.warns_at / 100,
            own.recovers_at / 100,
        )

    def failing(self, company: AlertWhen) -> "Failing | None":
        """From when too many requests fail; None where neither says so."""
        own, theirs = self.errors, company.error_rate
        above = own.above or (theirs.above if theirs else None)
        severity = own.severity or (theirs.severity if theirs else None)
        if above is None or severity is None:
            return None
        return Failing(
            above,
            severity,
            own.lasting or (theirs.lasting if theirs else SUSTAINED),
            own.warns_at / 100,
            own.recovers_at / 100,
        )

    def enough(self, company: AlertWhen) -> "tuple[int, timedelta]":
        """Requests, and the time within which fewer are too few to judge."""
        own, theirs = self.errors, company.error_rate
        return (
            own.of_at_least or (theirs.of_at_least if theirs else ENOUGH_REQUESTS),
            own.lasting or (theirs.lasting if theirs else SUSTAINED),
        )


@dataclass(frozen=True)
class Slow:
    """From when a service is slow; ``warns_at`` and ``recovers_at`` are shares of ``above``."""

    above: timedelta
    severity: Severity
    lasting: timedelta
    percentile: float
    warns_at: float
    recovers_at: float


@dataclass(frozen=True)
class Failing:
    """From when too many requests fail, in per cent of them."""

    above: float
    severity: Severity
    lasting: timedelta
    warns_at: float
    recovers_at: float


class Service(Watched):
    """A service of the company.

    means         what it is, in a few words
    owner         the team that hears of it beside whoever the severity tells
    datadog       its name in Datadog: the tag ``service``
    operation     the name of the spans that begin its requests, such as ``http.request``
    runs_on       servers and databases of the estate; default: nothing there
    importance    the class of ``objectives.functions`` that it serves
    checks        checks of ``uptime`` that ask it from outside, and ``journey-<name>``,
                  ``browser-<name>``, ``dns-<name>`` of its other tests
    runbook       the page, below ``runbooks``, of what is done when it fails
    latency       how long its requests may take; default: the company's threshold
    errors        what share of them may fail; default: the company's threshold
    traffic       when they fall away; default: not watched
    saturation    when what it runs on will be full; default: not watched
    exempt        what it does not have, with the reason and for how long
    """

    means: str
    runs_on: RunsOn = RunsOn()
    importance: Name | None = None
    checks: tuple[Name, ...] = ()
    exempt: tuple[Exemption, ...] = ()

    @model_validator(mode="after")
    def _is_exempt_once(self) -> "Service":
        named = [entry.from_ for entry in self.exempt]
        if twice := sorted({aspect for aspect in named if named.count(aspect) > 1}):
            raise NotInWords(f"is exempt from `{twice[0]}` twice", "leave one of them out")
        return self


Services = dict[Name, Service]


def service_faults(plan: "Plan", broken: Iterable[str] = ()) -> Iterator[Fault]:
    """What services name and other chapters do not have; broken chapters are not asked."""
    broken = {*broken}
    known: dict[str, Mapping[str, Any]] = {}
    if "estate" not in broken:
        known |= {
            "servers": plan.estate.servers,
            "databases": plan.estate.databases,
        }
    first: dict[tuple[str, str], str] = {}
    for name, service in sorted(plan.services.items()):
        at = f"services.{name}"
        for kind, things in known.items():
            for index, thing in enumerate(getattr(service.runs_on, kind)):
                if thing not in things:
                    what = "database" if kind == "databases" else "server group"
                    path = f"{at}.runs_on.{kind}.{index}"
                    yield unknown(path, thing, what, f"estate.{kind}", list(things))
        if service.owner is not None and "teams" not in broken:
            yield from unknown_team(plan, f"{at}.owner", service.owner)
        functions = plan.objectives.functions if "objectives" not in broken else None
        if functions is not None and service.importance not in (None, *functions):
            chapter = "objectives.functions"
            yield unknown(
                f"{at}.importance", str(service.importance), "class", chapter, list(functions)
            )
        if "uptime" not in broken:
            checks = plan.uptime.test_names() if plan.uptime else []
            for index, check in enumerate(service.checks):
                if check not in checks:
                    path = f"{at}.checks.{index}"
                    yield unknown(path, check, "check", "uptime.checks", checks)
        if service.saturation is not None and not (
            service.runs_on.servers or service.runs_on.databases
        ):
            yield Fault(
                f"{at}.saturation",
                "it runs on nothing of the estate that could be full",
                None,
                "name it in `runs_on`, or leave it out",
            )
        if "recovery" not in broken:
            yield from _runbook(plan, f"{at}.runbook", service.runbook)
        if "monitoring" not in broken:
            yield from _half_said(plan, at, service)
        asked = (service.datadog, service.operation)
        if asked in first:
            yield Fault(
                f"{at}.datadog",
                f"`services.{first[asked]}` is the same operation of the same service: two "
                "watchers of one condition",
                service.datadog,
                "leave one of them out",
            )
        first.setdefault(asked, name)


# Pages of runbooks that the plan itself makes: named by what happens, and by what fails.
_MADE = re.compile(r"^(database-failure|application-server-failure|complete-outage)(-|$)")


def _runbook(plan: "Plan", path: str, page: str | None) -> Iterator[Fault]:
    """A runbook's page that is called like those the plan makes, and that it does not make."""
    made = [runbook.page for runbook in runbook_names(plan.recovery)]
    if page is None or page in made or not _MADE.match(page):
        return
    close = nearest(page, made)
    yield Fault(
        path,
        "no such runbook in `recovery`",
        page,
        f"did you mean `{close}`?" if close else "add it there, or name a page of your own",
    )


def _half_said(plan: "Plan", at: str, service: Service) -> Iterator[Fault]:
    """A threshold without a severity, or figures beside a threshold that nobody states."""
    company = company_thresholds(plan)
    for key, limit, theirs, example in (
        ("latency", service.latency, company.response_time, "1000 ms"),
        ("errors", service.errors, company.error_rate, "1 %"),
    ):
        if theirs is not None:
            continue
        said = limit.model_fields_set - {"unusual"}
        if limit.above is None and said:
            yield Fault(
                f"{at}.{key}.above",
                "nobody says from when: neither the service nor `monitoring.alert_when`",
                None,
                f"such as `{example}`",
            )
        elif limit.above is not None and limit.severity is None:
            yield Fault(f"{at}.{key}.severity", "nobody says who hears of it", None, "such as `p1`")


def company_thresholds(plan: "Plan") -> AlertWhen:
    """The thresholds of ``monitoring.alert_when``; none where the chapter is left out."""
    return plan.monitoring.alert_when if plan.monitoring else AlertWhen()


def watched_by_services(plan: "Plan", servers: str) -> list[OfServers]:
    """What a service's monitors watch of a group of servers, so that nobody else has to: the keys
    of ``monitoring.alert_when``."""
    company = company_thresholds(plan)
    on = [each for each in plan.services.values() if servers in each.runs_on.servers]
    found: list[OfServers] = []
    if any(service.slow(company) for service in on):
        found.append("response_time")
    if any(service.failing(company) for service in on):
        found.append("error_rate")
    return found


def filling(plan: "Plan") -> dict[str, RunsOn]:
    """What each service's monitors watch while it fills up. Several services may run on one thing:
    the one that takes it gravest watches it, and among equals the first by name."""
    watchers: dict[tuple[str, str], tuple[Severity, str]] = {}
    for name, service in plan.services.items():
        if service.saturation is not None:
            claim = (service.saturation.severity, name)
            for thing in _things(service):
                watchers[thing] = min(claim, watchers.get(thing, claim))

    def of(name: str, service: Service) -> RunsOn:
        mine = [thing for thing in _things(service) if watchers.get(thing, ("", ""))[1] == name]
        return RunsOn(
            servers=tuple(thing for kind, thing in mine if kind == "servers"),
            databases=tuple(thing for kind, thing in mine if kind == "databases"),
        )

    return {name: of(name, service) for name, service in plan.services.items()}


def _things(service: Service) -> list[tuple[str, str]]:
    return [
        *(("servers", servers) for servers in service.runs_on.servers),
        *(("databases", database) for database in service.runs_on.databases),
    ]
