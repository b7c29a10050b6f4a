"""Single alerts as the plan has them told: another limit, severity, silence; quiet in windows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from pulumi_upkeep import ResourceAlarms, UptimeChecks
from pulumi_upkeep.component import UpkeepComponent
from pulumi_upkeep.observe.alarm import Metric, Watch, declare_alarm
from pulumi_upkeep.observe.alert_book import Alert, AlertBook, QuietScope
from pulumi_upkeep.observe.monitor import MonitorContext, MonitorWatch, declare_monitor
from pulumi_upkeep.observe.queries.condition import Condition
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.observe.queries.threshold import Threshold
from pulumi_upkeep.plan.tuned import Tuned

from tests.components.recovery import topics
from tests.components.support import Registration, deploy

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
MONITOR = "datadog:index/monitor:Monitor"
TEST = "datadog:index/syntheticsTest:SyntheticsTest"
RUNBOOKS = "https://runbooks.example.com"
TODAY = date(2026, 11, 22)
CPU = "resources-database-orders-cpu"
HANDLES: Any = {
    "p0": "@p0@x.example",
    "p1": "@p1@x.example",
    "p2": "@p2@x.example",
    "p3": "@p3@x.example",
}


class _Watched(UpkeepComponent):
    """A monitor of a service, and an alarm that guards data."""

    def __init__(self) -> None:
        super().__init__("shop")
        watch = MonitorWatch(
            part="web-latency",
            says="web is slow",
            over="web answers in time",
            severity="p1",
            compiled=Threshold(
                "p95:trace.http.request{env:prod,service:shop}",
                timedelta(minutes=5),
                Condition(">", 1000, warning=800, critical_recovery=900, warning_recovery=700),
            ).compile(),
            runbook="service-latency",
            no_data="show_no_data",
            service="shop",
            unit="ms",
        )
        declare_monitor(self, watch, MonitorContext(HANDLES, RUNBOOKS, "prod"))
        declare_alarm(
            self,
            Watch(
                part="two-writers",
                says="two members take writes",
                severity="p0",
                threshold=1,
                missing_data="notBreaching",
                metric=Metric("Upkeep/Recovery", "Writers", {}, "Maximum"),
            ),
            topics(),
            RUNBOOKS,
        )


def _program() -> None:
    args: Any = {
        "topics": topics(),
        "runbooks": RUNBOOKS,
        "alert_when": {
            "cpu": {"above": "80 %", "severity": "p2"},
            "memory": {"above": "80 %", "severity": "p2"},
        },
        "databases": {
            "orders": {
                "identifier": "orders-1",
                "memory": 1000,
                "connections": 100,
                "storage": 1000,
            }
        },
    }
    ResourceAlarms("resources", args)
    checks: Any = {
        "every": "1 minute",
        "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
        "severity": "p1",
        "within": "1000 ms",
        "checks": {"cart": {"url": "https://x.example/cart"}},
        "certificate_expires_in": "14 days",
        "runbooks": RUNBOOKS,
        "handles": HANDLES,
    }
    UptimeChecks("uptime", checks)
    _Watched()


def told(
    *tuned: dict[str, Any], preview: bool = False, **windows: QuietScope
) -> tuple[Callable[[str, str], Registration], AlertBook]:
    """What is declared, by type and name, and the book after it."""
    entries = [
        Tuned.model_validate({"because": "noisy while we move", "until": "2027-03-01", **entry})
        for entry in tuned
    ]
    book = AlertBook(tuned=entries, windows=windows, today=TODAY)

    def program() -> None:
        with book:
            _program()

    return deploy(program, preview=preview).one, book


def faults(*tuned: dict[str, Any], **windows: QuietScope) -> list[str]:
    _, book = told(*tuned, preview=False, **windows)
    return [str(fault) for fault in book.faults()]


@pytest.mark.slow
def test_without_an_entry_every_alert_is_as_declared(preview: bool) -> None:
    plain = deploy(_program, preview=preview)
    one, book = told(preview=preview)
    for found in plain.children():
        assert one(found.type, found.name).props == found.props
    assert book.faults() == []


@pytest.mark.slow
def test_an_alarm_takes_another_limit_and_says_so(preview: bool) -> None:
    one, book = told({"alert": CPU, "above": "90 %"}, preview=preview)
    alarm = one(ALARM, CPU).props
    assert alarm["threshold"] == 90
    assert "above 90 %" in alarm["alarmDescription"]
    # Of no other alarm, and nothing else of this one.
    memory = one(ALARM, "resources-database-orders-memory").props
    assert memory["threshold"] == 200
    assert alarm["alarmActions"] == [topics()["p2"]]
    # A share of memory becomes bytes that are left.
    one, _ = told({"alert": "resources-database-orders-memory", "above": "90 %"})
    assert one(ALARM, "resources-database-orders-memory").props["threshold"] == 100
    assert book.faults() == []


def test_a_monitor_takes_another_limit_in_query_and_options(preview: bool) -> None:
    one, book = told({"alert": "shop-web-latency", "above": "1500 ms"}, preview=preview)
    monitor = one(MONITOR, "shop-web-latency").props
    assert read(monitor["query"]).compares == (">", 1500)
    assert monitor["monitorThresholds"] == {
        "critical": "1500",
        "warning": "1200",
        "criticalRecovery": "1350",
        "warningRecovery": "1050",
    }
    assert book.faults() == []


def test_another_severity_tells_other_people(preview: bool) -> None:
    one, _ = told(
        {"alert": CPU, "severity": "p3"},
        {"alert": "shop-web-latency", "severity": "p3"},
        {"alert": "uptime-cart", "severity": "p2"},
        preview=preview,
    )
    alarm = one(ALARM, CPU).props
    assert (alarm["alarmActions"], alarm["okActions"]) == ([topics()["p3"]], [topics()["p3"]])
    assert alarm["alarmDescription"].startswith("P3: ")
    assert alarm["tags"] == {"severity": "p3"}
    monitor = one(MONITOR, "shop-web-latency").props
    assert (monitor["priority"], "severity:p3" in monitor["tags"]) == ("4", True)
    assert "@p3@x.example" in monitor["message"]
    assert "@p1@x.example" not in monitor["message"]
    check = one(TEST, "uptime-cart").props
    assert "P2: " in check["message"]
    assert "@p2@x.example" in check["message"]


def test_what_is_silenced_is_still_evaluated(preview: bool) -> None:
    one, _ = told(
        {"alert": CPU, "silenced": True},
        {"alert": "shop-web-latency", "silenced": True},
        {"alert": "uptime-cart", "silenced": True},
        preview=preview,
    )
    alarm = one(ALARM, CPU).props
    assert alarm.get("alarmActions") is None
    assert alarm.get("okActions") is None
    assert alarm["threshold"] == 80
    for kind, name in ((MONITOR, "shop-web-latency"), (TEST, "uptime-cart")):
        assert "@p" not in one(kind, name).props["message"]


@pytest.mark.slow
def test_an_entry_that_is_over_does_nothing() -> None:
    one, book = told({"alert": CPU, "silenced": True, "until": "2026-11-21"})
    assert one(ALARM, CPU).props["alarmActions"] == [topics()["p2"]]
    assert book.faults() == []
    one, _ = told({"alert": CPU, "silenced": True, "until": "2026-11-22"})
    assert one(ALARM, CPU).props.get("alarmActions") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            {"alert": "resources-database-order-cpu", "silenced": True},
            "tuned.0.alert = resources-database-order-cpu: no alert of this stack has that name; "
            f"did you mean `{CPU}`?",
        ),
        (
            {"alert": "shop-two-writers", "silenced": True},
            "tuned.0.silenced = true: shop-two-writers is a P0, which is never silenced; mend its "
            "cause, or give it another limit with `above`",
        ),
        (
            {"alert": "shop-two-writers", "severity": "p2"},
            "tuned.0.severity = p2: shop-two-writers is a P0, which is never made less than it is; "
            "mend its cause, or give it another limit with `above`",
        ),
        (
            {"alert": CPU, "above": "1500 ms"},
            f"tuned.0.above = 1500 ms: {CPU} has no such limit to be moved; write it in the unit "
            "of its threshold in `monitoring.alert_when`; other limits stand in the chapter that "
            "makes the alert",
        ),
        (
            {"alert": "shop-web-latency", "above": "90 %"},
            "tuned.0.above = 90 %: shop-web-latency is measured in ms; write `1500 ms`",
        ),
        (
            {"alert": "shop-web-latency", "above": "1 second"},
            "tuned.0.above = 1 second: shop-web-latency is its limit already; leave the entry out",
        ),
        (
            {"alert": "uptime-cart", "above": "1500 ms"},
            "tuned.0.above = 1500 ms: uptime-cart asks from outside: its limit is "
            "`uptime.checks.cart.within`; write it there",
        ),
    ],
)
def test_what_cannot_be_tuned_is_refused(entry: dict[str, Any], says: str) -> None:
    assert faults(entry) == [says]


# ---- windows ------------------------------------------------------------------------------------

SHOP = QuietScope(
    services=frozenset({"shop"}),
    checks=frozenset({"cart"}),
    things=frozenset({("database", "orders")}),
)


def test_a_window_quiets_what_is_in_scope_and_nothing_else(preview: bool) -> None:
    one, book = told(preview=preview, weekly=SHOP)
    assert "quiet:weekly" in one(MONITOR, "shop-web-latency").props["tags"]
    assert "quiet:weekly" in one(TEST, "uptime-cart").props["tags"]
    assert "quiet:weekly" not in one(TEST, "uptime-certificate-x.example").props["tags"]
    assert book.quiets_monitors("weekly")
    quiet = {each.alert.name for each in book.alarms if each.told.windows == ("weekly",)}
    # Processor and memory of the database; never what guards data.
    assert quiet == {CPU, "resources-database-orders-memory"}
    assert len(book.quiet_alarms("weekly", None)) == 2
    assert book.faults() == []


def test_a_graver_alert_than_the_window_says_rings() -> None:
    one, book = told(weekly=QuietScope(services=SHOP.services, severities=frozenset({"p2", "p3"})))
    assert "quiet:weekly" not in one(MONITOR, "shop-web-latency").props["tags"]
    assert not book.quiets_monitors("weekly")


def test_what_guards_data_or_is_graver_is_never_quiet_by_name() -> None:
    assert faults(weekly=QuietScope(alerts=frozenset({"shop-two-writers"}))) == [
        "windows.weekly.quiets.alerts = shop-two-writers: watches what keeps data or proves that "
        "it is kept (backups, copies, replicas, writers, proofs), and that is never quiet; leave "
        "it out"
    ]
    grave = QuietScope(alerts=frozenset({"shop-web-latency"}), severities=frozenset({"p2", "p3"}))
    assert faults(weekly=grave) == [
        "windows.weekly.quiets.alerts = shop-web-latency: is a P1, and the window quiets up to "
        "P2; leave it out, or say `up_to: p1`"
    ]
    assert faults(weekly=QuietScope(alerts=frozenset({"shop-web-latenzy"}))) == [
        "windows.weekly.quiets.alerts = shop-web-latenzy: no alert of this stack has that name; "
        "did you mean `shop-web-latency`?"
    ]


def test_single_alerts_are_quiet_by_name() -> None:
    one, book = told(weekly=QuietScope(alerts=frozenset({CPU, "shop-web-latency"})))
    assert "quiet:weekly" in one(MONITOR, "shop-web-latency").props["tags"]
    assert len(book.quiet_alarms("weekly", None)) == 1
    assert book.faults() == []


def test_what_another_alert_speaks_for_is_not_tuned_by_itself() -> None:
    book = AlertBook(
        tuned=[
            Tuned.model_validate(
                {
                    "alert": "part",
                    "silenced": True,
                    "because": "noisy while we move",
                    "until": "2027-03-01",
                }
            )
        ],
        today=TODAY,
    )
    told_ = book.ask(Alert("part", "p0", "alarm"), silent=True)
    assert (told_.severity, told_.silenced) == ("p0", False)
    assert [str(fault) for fault in book.faults()] == [
        "tuned.0.alert = part: tells nobody by itself: another alert speaks for it; name that one, "
        "or write another limit in the chapter that makes it"
    ]
