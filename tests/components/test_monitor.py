"""The factory of monitors: what every one of them gets, and what it refuses."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pulumi
import pytest
from pulumi_upkeep.component import UpkeepComponent
from pulumi_upkeep.observe.monitor import MonitorContext, MonitorWatch, declare_monitor
from pulumi_upkeep.observe.queries.compiled import Compiled
from pulumi_upkeep.observe.queries.composite import MOST, unless
from pulumi_upkeep.observe.queries.condition import Condition
from pulumi_upkeep.observe.queries.threshold import Threshold
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.words import Severity

from tests.components.support import UNKNOWN, Registration, deploy

MONITOR = "datadog:index/monitor:Monitor"
WATCH = MonitorWatch(
    part="web-latency",
    says="web is slow",
    over="web answers in time",
    severity="p1",
    compiled=Threshold(
        "p95:trace.http.request{env:prod,service:shop}",
        timedelta(minutes=5),
        Condition(">", 1000, warning=800),
    ).compile(),
    runbook="service-latency",
    no_data="show_no_data",
    service="shop",
    owner="shop",
    unit="ms",
    evaluation_delay=timedelta(minutes=1),
)
CONTEXT = MonitorContext(
    handles={"p0": "@a@x.example", "p1": "@oncall-ops", "p2": "@c@x.example", "p3": "@d@x.example"},
    runbooks="https://wiki.x.example/runbooks/",
    environment="prod",
    dashboard="https://monitoring.x.example/production",
    owners={"shop": "@slack-x-shop"},
    timezone="America/New_York",
)


class _Component(UpkeepComponent):
    def __init__(self, watch: MonitorWatch, context: MonitorContext) -> None:
        super().__init__("services")
        declare_monitor(self, watch, context)


def declared(
    watch: MonitorWatch = WATCH, context: MonitorContext = CONTEXT, *, preview: bool = False
) -> Registration:
    return deploy(lambda: _Component(watch, context), preview=preview).one(MONITOR)


def test_a_monitor(preview: bool) -> None:
    monitor = declared(preview=preview)
    assert monitor.name == "services-web-latency"
    assert monitor.parent == "upkeep:index:_Component::services"
    assert monitor.props == {
        "name": "bynomi-prod-services-web-latency",
        "type": "query alert",
        "query": ("avg(last_5m):p95:trace.http.request{env:prod,service:shop} > 1000"),
        "message": (
            "{{#is_alert}}P1: web is slow ({{value}} ms, limit {{threshold}} ms). "
            "Since {{local_time 'first_triggered_at' 'America/New_York'}}.{{/is_alert}}"
            "{{#is_warning}}Warning before P1: web is slow, soon ({{value}} ms, limit "
            "{{warn_threshold}} ms).{{/is_warning}}"
            "{{#is_recovery}}Over: web answers in time.{{/is_recovery}} Owner: shop. "
            "Runbook: https://wiki.x.example/runbooks/service-latency "
            "Dashboard: https://monitoring.x.example/production "
            "Last deployment: https://app.datadoghq.com/apm/services/shop?env=prod @slack-x-shop "
            "{{^is_warning}}{{^is_warning_recovery}}@oncall-ops"
            "{{/is_warning_recovery}}{{/is_warning}}"
        ),
        "priority": "2",
        "monitorThresholds": {"critical": "1000", "warning": "800"},
        "onMissingData": "show_no_data",
        "evaluationDelay": 60,
        "renotifyInterval": 60,
        "requireFullWindow": False,
        "includeTags": True,
        "tags": ["env:prod", "project:bynomi", "service:shop", "severity:p1", "team:shop"],
        "validate": False,
    }


def test_handles_that_are_not_known_yet(preview: bool) -> None:
    def program() -> None:
        topic: Any = pulumi.Output.from_input("@sns-x")
        _Component(WATCH, replace(CONTEXT, handles={**CONTEXT.handles, "p1": topic}))

    message = deploy(program, preview=preview).one(MONITOR).props["message"]
    assert message == UNKNOWN or "@sns-x" in message


def test_a_silent_monitor_tells_nobody_and_reminds_nobody() -> None:
    props = declared(replace(WATCH, silent=True)).props
    assert "@" not in props["message"]
    assert "renotifyInterval" not in props


def test_what_waits_for_business_hours_is_said_once() -> None:
    assert "renotifyInterval" not in declared(replace(WATCH, severity="p2")).props
    assert declared(replace(WATCH, severity="p0")).props["renotifyInterval"] == 30
    later = replace(WATCH, remind_every=timedelta(hours=6))
    assert declared(later).props["renotifyInterval"] == 360


def test_a_composite_has_no_value_no_threshold_and_no_option_for_silence() -> None:
    compiled = Compiled("composite", "1 && 2", None)
    props = declared(replace(WATCH, compiled=compiled, query="12 && 34")).props
    assert props["query"] == "12 && 34"
    assert "{{value}}" not in props["message"]
    assert "onMissingData" not in props
    assert "monitorThresholds" not in props


def test_silence_that_is_told_says_so() -> None:
    message = declared(replace(WATCH, no_data="show_and_notify_no_data")).props["message"]
    assert (
        "{{#is_no_data}}P1: no data, so nobody can tell whether web is slow.{{/is_no_data}}"
        in message
    )


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        ("{{host.name}} is slow", "the query does not group by it"),
        ("{host} is slow", "single braces are sent as they are"),
        ("it is slow{{/is_alert}}", "closes a block that is not open"),
    ],
)
def test_a_broken_message_is_refused(says: str, fault: str) -> None:
    with pytest.raises(pulumi.RunError, match="_Component 'services'") as refused:
        declared(replace(WATCH, says=says))
    assert "web-latency.message = " in str(refused.value)
    assert fault in str(refused.value)


def test_a_threshold_that_differs_from_the_query_is_refused() -> None:
    other = replace(WATCH.compiled, query=WATCH.compiled.query.replace("1000", "900"))
    with pytest.raises(pulumi.RunError, match="differs from the query's 900"):
        declared(replace(WATCH, compiled=other))


@pytest.mark.parametrize(
    ("severity", "priority"), [("p0", "1"), ("p1", "2"), ("p2", "3"), ("p3", "4")]
)
def test_datadog_knows_no_p0_and_takes_a_text(severity: Severity, priority: str) -> None:
    assert declared(replace(WATCH, severity=severity)).props["priority"] == priority


@pytest.mark.parametrize("quiet", [0, 1, MOST - 1, MOST])
def test_a_composite_joins_two_to_ten(quiet: int) -> None:
    def join() -> None:
        unless("1", *("2" for _ in range(quiet)))

    if 1 <= quiet < MOST:
        deploy(join)
        return
    with pytest.raises(PlanError, match=f"composite = {quiet + 1}: joins 2 to 10 monitors"):
        deploy(join)
