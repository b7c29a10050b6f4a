"""What a plan says of single alerts, and every alert that a program declares.

The two factories of alerts ask the book that is open while they work: who tells, whether at all,
and in which windows not. A stack opens one around its program::

    with AlertBook(tuned=plan.tuned, windows=...) as book:
        ...                    # declares everything
    book.require()             # names that no alert has, and what may not be quiet

Without an open book every alert is as its component declares it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import pulumi

from ..plan.faults import Fault, PlanError, nearest
from ..plan.quiet import Quiets
from ..plan.tuned import Limit, Tuned, in_force
from ..plan.words import Severity

if TYPE_CHECKING:
    from ..plan import Plan

Kind = Literal["alarm", "monitor", "check"]

# Why an alert is never quiet in a window.
GUARDS_DATA = (
    "watches what keeps data or proves that it is kept (backups, copies, replicas, writers, "
    "proofs), and that is never quiet"
)


@dataclass(frozen=True)
class Alert:
    """An alert, as its component declares it.

    name       the component's and the part's: ``resources-database-orders-cpu``
    kind       ``alarm`` of CloudWatch, ``monitor`` or ``check`` (a synthetic test) of Datadog
    about      kind and name of the thing it is about: ``("database", "orders")``; None where it
               watches something that no window quiets
    service    Datadog's name of the service
    check      name of the uptime check
    """

    name: str
    severity: Severity
    kind: Kind
    about: tuple[str, str] | None = None
    service: str | None = None
    check: str | None = None

    @property
    def guards_data(self) -> bool:
        """Whether nothing may quiet it: CloudWatch watches what must be seen whatever else."""
        return self.kind == "alarm" and self.about is None


@dataclass(frozen=True)
class QuietScope:
    """Whose alerts a window quiets, by the names that alerts carry.

    services     Datadog's names of the services
    checks       uptime checks of the services
    things       kind and name of what alarms are about: ``("server", "web")``
    alerts       single ones
    severities   those that are quiet
    """

    services: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    things: frozenset[tuple[str, str]] = frozenset()
    alerts: frozenset[str] = frozenset()
    severities: frozenset[Severity] = frozenset({"p1", "p2", "p3"})

    @classmethod
    def of(cls, plan: "Plan", quiets: Quiets) -> "QuietScope":
        """That of a window of a plan: a service's alarms are those of the servers it runs on."""
        services = [plan.services[name] for name in quiets.services]
        servers = {*quiets.servers, *(name for each in services for name in each.runs_on.servers)}
        return cls(
            services=frozenset(each.datadog for each in services),
            checks=frozenset(check for each in services for check in each.checks),
            things=frozenset(
                {(kind, name) for kind in ("server", "load-balancer") for name in servers}
                | {("database", name) for name in quiets.databases}
            ),
            alerts=frozenset(quiets.alerts),
            severities=frozenset(quiets.severities),
        )

    def holds(self, alert: Alert) -> bool:
        """Whether an alert is quiet in the window."""
        if alert.guards_data or alert.severity not in self.severities:
            return False
        return (
            alert.name in self.alerts
            or alert.about in self.things
            or alert.service in self.services
            or alert.check in self.checks
        )


@dataclass(frozen=True)
class Told:
    """How an alert is told.

    severity   whose topic or handles hear of it
    silenced   nobody does
    above      another limit; None: its own
    windows    names of the windows in which it is quiet, sorted
    """

    severity: Severity
    silenced: bool = False
    above: Limit | None = None
    windows: tuple[str, ...] = ()

    @property
    def tags(self) -> frozenset[str]:
        """By these tags the downtimes of windows find a monitor."""
        return frozenset(f"quiet:{name}" for name in self.windows)


@dataclass(frozen=True)
class Declared:
    """An alarm that was declared: its name in CloudWatch, and by which provider and region."""

    alert: Alert
    told: Told
    alarm_name: pulumi.Input[str]
    provider: pulumi.ProviderResource | None
    region: str | None


@dataclass
class AlertBook:
    """See the module.

    tuned     the plan's; those that are over by ``today`` do nothing
    windows   name of each window that quiets something -> its scope
    today     default: this day
    """

    tuned: Sequence[Tuned] = ()
    windows: Mapping[str, QuietScope] = field(default_factory=dict)
    today: date | None = None
    alerts: dict[str, Alert] = field(default_factory=dict, init=False)
    alarms: list[Declared] = field(default_factory=list, init=False)
    # By the alert's name: as it is told, and the id in Datadog.
    monitors: dict[str, tuple[Severity, pulumi.Input[str]]] = field(
        default_factory=dict, init=False
    )
    _parts: set[str] = field(default_factory=set, init=False)
    _faults: list[Fault] = field(default_factory=list, init=False)
    _opened: Token["AlertBook | None"] | None = field(default=None, init=False)

    def open(self) -> None:
        """Every alert that is declared from here on is told by this book."""
        self._opened = _OPEN.set(self)

    def close(self) -> None:
        """Alerts are told as they were before it was opened."""
        if self._opened is not None:
            _OPEN.reset(self._opened)
            self._opened = None

    def __enter__(self) -> "AlertBook":
        self.open()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def ask(self, alert: Alert, *, silent: bool = False) -> Told:
        """Writes an alert down; a ``silent`` one tells nobody by itself: another speaks for it."""
        if silent:
            self._parts.add(alert.name)
            return Told(alert.severity)
        self.alerts[alert.name] = alert
        told = self._tuned(alert)
        meant = replace(alert, severity=told.severity)
        return replace(
            told,
            windows=tuple(sorted(n for n, scope in self.windows.items() if scope.holds(meant))),
        )

    def _tuned(self, alert: Alert) -> Told:
        found = in_force(tuple(self.tuned), self.today or date.today()).get(alert.name)
        if found is None:
            return Told(alert.severity)
        index, entry = found
        path = f"tuned.{index}"
        if alert.severity == "p0" and entry.above is None:
            done = "silenced" if entry.silenced else "made less than it is"
            if entry.severity != "p0":
                self.refuse(
                    Fault(
                        f"{path}.{'silenced' if entry.silenced else 'severity'}",
                        f"{alert.name} is a P0, which is never {done}",
                        "true" if entry.silenced else entry.severity,
                        "mend its cause, or give it another limit with `above`",
                    )
                )
                return Told(alert.severity)
        return Told(entry.severity or alert.severity, bool(entry.silenced), entry.above)

    def refuse(self, fault: Fault) -> None:
        """A fault that :meth:`require` raises, with all the others."""
        self._faults.append(fault)

    def refuse_limit(self, name: str, rule: str, remedy: str) -> None:
        """Another limit that an alert cannot take."""
        for index, entry in enumerate(self.tuned):
            if entry.alert == name and entry.above is not None:
                self.refuse(Fault(f"tuned.{index}.above", rule, entry.above.written, remedy))

    def declared(self, alarm: Declared) -> None:
        """Writes down an alarm as CloudWatch will know it."""
        self.alarms.append(alarm)

    def quiet_alarms(
        self, window: str, provider: pulumi.ProviderResource | None
    ) -> list[pulumi.Input[str]]:
        """The names in CloudWatch of the alarms that a window quiets, of one provider."""
        found = {
            each.alert.name: each.alarm_name
            for each in self.alarms
            if window in each.told.windows and each.provider is provider
        }
        return [found[name] for name in sorted(found)]

    def quiets_monitors(self, window: str) -> bool:
        """Whether a window quiets anything of Datadog's."""
        scope = self.windows[window]
        return any(each.kind != "alarm" and scope.holds(each) for each in self.alerts.values())

    def faults(self) -> list[Fault]:
        """What is said of alerts that there are not, or that may not be quiet."""
        return [*self._faults, *self._unknown(), *self._never_quiet()]

    def require(self) -> None:
        """Raises ``PlanError`` with every fault."""
        if found := self.faults():
            raise PlanError(found)

    def _unknown(self) -> Iterator[Fault]:
        for index, entry in enumerate(self.tuned):
            if entry.alert not in self.alerts:
                yield self._no_such(f"tuned.{index}.alert", entry.alert)
        for name, scope in self.windows.items():
            for alert in sorted(scope.alerts - self.alerts.keys()):
                yield self._no_such(f"windows.{name}.quiets.alerts", alert)

    def _no_such(self, path: str, name: str) -> Fault:
        if name in self._parts:
            return Fault(
                path,
                "tells nobody by itself: another alert speaks for it",
                name,
                "name that one, or write another limit in the chapter that makes it",
            )
        close = nearest(name, self.alerts)
        remedy = f"did you mean `{close}`?" if close else "`make page` names every alert"
        return Fault(path, "no alert of this stack has that name", name, remedy)

    def _never_quiet(self) -> Iterator[Fault]:
        for name, scope in self.windows.items():
            for each in sorted(scope.alerts & self.alerts.keys()):
                alert = self.alerts[each]
                path = f"windows.{name}.quiets.alerts"
                if alert.guards_data:
                    yield Fault(path, GUARDS_DATA, each, "leave it out")
                elif alert.severity not in scope.severities:
                    grave = alert.severity.upper()
                    yield Fault(
                        path,
                        f"is a {grave}, and the window quiets up to "
                        f"{min(scope.severities).upper()}",
                        each,
                        f"leave it out, or say `up_to: {alert.severity}`",
                    )


_OPEN: ContextVar[AlertBook | None] = ContextVar("alert_book", default=None)


def open_book() -> AlertBook | None:
    """The book that is open; None where every alert is as declared."""
    return _OPEN.get()


def told(alert: Alert, *, silent: bool = False) -> Told:
    """How an alert is told by the open book; as it is declared where there is none."""
    book = open_book()
    return Told(alert.severity) if book is None else book.ask(alert, silent=silent)


def check_told(name: str, check: str, severity: Severity) -> Told:
    """How an uptime check is told. Its limit is how soon it wants an answer: not tuned here."""
    how = told(Alert(name, severity, "check", check=check))
    book = open_book()
    if how.above is not None and book is not None:
        book.refuse_limit(
            name,
            f"{name} asks from outside: its limit is `uptime.checks.{check}.within`",
            "write it there",
        )
    return how


def quiet_scopes(plan: "Plan") -> dict[str, QuietScope]:
    """The windows of a plan that quiet something, by name."""
    return {
        name: QuietScope.of(plan, window.quiets)
        for name, window in plan.windows.items()
        if window.quiets is not None
    }
