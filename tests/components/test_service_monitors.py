"""ServiceMonitors: what is watched of a service, who speaks for it, and when it is quiet."""

import copy
import re
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import ServiceMonitors
from pulumi_upkeep.datadog import Provider, ProviderArgs
from pulumi_upkeep.observe.queries.reading import read

from sandbox.datadog.monitor_rules import faults
from tests.components.support import UNKNOWN, Recording, deploy

MONITOR = "datadog:index/monitor:Monitor"
GIB = 1024**3
HITS = "sum:trace.web.request.hits{env:prod,service:bynomi-web}.as_count()"
ERRORS = "sum:trace.web.request.errors{env:prod,service:bynomi-web}.as_count()"
RATE = f"{ERRORS} / {HITS} * 100"
P95 = "p95:trace.web.request{env:prod,service:bynomi-web}"
ANOMALY = (
    "interval=180, alert_window='last_15m', count_default_zero='{counts}', seasonality='weekly', "
    "timezone='america/new_york') >= 1"
)
FORECAST = "'linear', 1, interval='60m', history='1w', model='default')"
SERVICE: dict[str, Any] = {
    "datadog": "bynomi-web",
    "operation": "web.request",
    "owner": "shop",
    "runbook": "application-server-failure-web",
    "latency": {"unusual": {"severity": "p3"}},
    "errors": {"unusual": {"severity": "p3"}},
    "traffic": {"severity": "p1"},
    "saturation": {"severity": "p2"},
    "databases": {"orders": {"identifier": "orders-prod-use1-1", "storage": 100 * GIB}},
    "servers": {"web": {"group": "bynomi-prod-web"}},
}
EVERYTHING: dict[str, Any] = {
    "services": {"web": SERVICE},
    "environment": "prod",
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "handles": {severity: f"@{severity}@bynomi.com" for severity in ("p0", "p1", "p2", "p3")},
    "owners": {"shop": "@slack-bynomi-alerts"},
    "timezone": "America/New_York",
    "alert_when": {
        "response_time": {"above": "1000 ms", "percentile": 95, "severity": "p1"},
        "error_rate": {"above": "1 %", "of_at_least": 100, "severity": "p1"},
    },
}


def with_service(**changed: Any) -> dict[str, Any]:
    """Everything, with some keys of the service changed; None takes a key away."""
    args = copy.deepcopy(EVERYTHING)
    service = args["services"]["web"] | changed
    args["services"]["web"] = {key: value for key, value in service.items() if value is not None}
    return args


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        ServiceMonitors("services", args, pulumi.ResourceOptions(provider=provider))

    return deploy(program, preview=preview)


def monitors(args: Any = EVERYTHING, preview: bool = False) -> dict[str, dict[str, Any]]:
    """The monitors' properties by part."""
    found = declare(args, preview).of(MONITOR)
    return {name.removeprefix("services-web-"): dict(each.props) for name, each in found.items()}


def refused(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as error:
        declare(args)
    return str(error.value)


# Part -> type, query (ids of the mocked cloud), thresholds, what silence means, delay in seconds.
EXPECTED: dict[str, tuple[str, str, dict[str, str] | None, str | None, int | None]] = {
    "latency-part": (
        "query alert",
        f"percentile(last_5m):{P95} > 1",
        {"critical": "1", "warning": "0.8", "criticalRecovery": "0.9", "warningRecovery": "0.72"},
        "resolve",
        60,
    ),
    "errors-part": (
        "query alert",
        f"sum(last_5m):{RATE} > 1",
        {"critical": "1", "warning": "0.8", "criticalRecovery": "0.9", "warningRecovery": "0.72"},
        "resolve",
        60,
    ),
    "latency-unusual-part": (
        "query alert",
        f"avg(last_75m):anomalies({P95}, 'agile', 3, direction='above', "
        + ANOMALY.format(counts="false"),
        {"critical": "1", "criticalRecovery": "0"},
        "resolve",
        60,
    ),
    "errors-unusual-part": (
        "query alert",
        f"avg(last_75m):anomalies({RATE}, 'agile', 3, direction='above', "
        + ANOMALY.format(counts="false"),
        {"critical": "1", "criticalRecovery": "0"},
        "resolve",
        60,
    ),
    "traffic-part": (
        "query alert",
        f"avg(last_75m):anomalies({HITS}, 'agile', 3, direction='below', "
        + ANOMALY.format(counts="true"),
        {"critical": "1", "criticalRecovery": "0"},
        "default",
        60,
    ),
    "few-requests": (
        "query alert",
        f"sum(last_5m):{HITS} < 100",
        {"critical": "100"},
        "default",
        60,
    ),
    "usually-few-requests": (
        "query alert",
        f"sum(last_15m):week_before({HITS}) < 100",
        {"critical": "100"},
        "default",
        60,
    ),
    **{
        part: (
            "composite",
            f"services-web-{part}-part-id && !services-web-{quiet}-id",
            None,
            None,
            None,
        )
        for part, quiet in (
            ("latency", "few-requests"),
            ("errors", "few-requests"),
            ("latency-unusual", "few-requests"),
            ("errors-unusual", "few-requests"),
            ("traffic", "usually-few-requests"),
        )
    },
    "database-orders-filling": (
        "query alert",
        "min(next_1w):forecast(min:aws.rds.free_storage_space"
        f"{{dbinstanceidentifier:orders-prod-use1-1}}, {FORECAST} <= 5368709120",
        {"critical": "5368709120", "criticalRecovery": "10737418240"},
        "show_no_data",
        900,
    ),
    "server-web-filling": (
        "query alert",
        "max(next_1w):forecast(max:system.disk.in_use{autoscaling_group:bynomi-prod-web,"
        f"!device:/dev/loop*}} by {{host}}, {FORECAST} >= 0.95",
        {"critical": "0.95", "criticalRecovery": "0.9"},
        "show_no_data",
        60,
    ),
}


def test_exactly_these_monitors() -> None:
    found = monitors()
    assert {
        part: (
            props["type"],
            props["query"],
            props.get("monitorThresholds"),
            props.get("onMissingData"),
            props.get("evaluationDelay"),
        )
        for part, props in found.items()
    } == EXPECTED
    assert found["server-web-filling"]["newGroupDelay"] == 3600


@pytest.mark.slow
def test_children_inherit_parent_and_provider(preview: bool) -> None:
    recording = declare(EVERYTHING, preview)
    assert {(each.parent, each.provider) for each in recording.children()} == {
        ("upkeep:index:ServiceMonitors::services", "datadog")
    }
    if preview:
        # Ids are only known once something is deployed.
        return
    assert set(recording.outputs_of("services")["monitors"]) == {
        *("web-latency", "web-errors", "web-latency-unusual", "web-errors-unusual"),
        *("web-traffic", "web-database-orders-filling", "web-server-web-filling"),
    }


def test_parts_tell_nobody_and_each_condition_has_one_voice() -> None:
    found = monitors()
    silent = {part for part, props in found.items() if "@" not in props["message"]}
    assert silent == {part for part, props in found.items() if "role:part" in props["tags"]}
    joined = {
        part
        for props in found.values()
        if props["type"] == "composite"
        for part in re.findall(r"services-web-([a-z-]+)-id", props["query"])
    }
    assert silent == joined


def test_each_is_told_by_its_severity_and_owner() -> None:
    told = {part: props for part, props in monitors().items() if "role:part" not in props["tags"]}
    assert {part: (props["priority"], props["tags"]) for part, props in told.items()} == {
        part: (
            {"p1": "2", "p2": "3", "p3": "4"}[severity],
            [
                *("env:prod", "project:bynomi", "service:bynomi-web"),
                *(f"severity:{severity}", "team:shop"),
            ],
        )
        for part, severity in (
            ("latency", "p1"),
            ("errors", "p1"),
            ("traffic", "p1"),
            ("latency-unusual", "p3"),
            ("errors-unusual", "p3"),
            ("database-orders-filling", "p2"),
            ("server-web-filling", "p2"),
        )
    }
    assert {part: props.get("renotifyInterval") for part, props in told.items()} == {
        **dict.fromkeys(("latency", "errors", "traffic"), 60),
        **dict.fromkeys(
            (
                *("latency-unusual", "errors-unusual"),
                *("database-orders-filling", "server-web-filling"),
            )
        ),
    }


def test_what_is_joined_says_its_value_and_limits() -> None:
    message = monitors()["latency"]["message"]
    assert message.startswith(
        "{{#is_alert}}P1: 5 % of the requests to web take longer than 1 second ({{a.value}} s, "
        "limit 1 s). "
    )
    assert "soon ({{a.value}} s, limit 0.8 s).{{/is_warning}}" in message
    # A warning wakes nobody: it is the owner's.
    assert message.endswith(
        "@slack-bynomi-alerts {{^is_warning}}{{^is_warning_recovery}}@p1@bynomi.com"
        "{{/is_warning_recovery}}{{/is_warning}}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("part", [part for part in EXPECTED if EXPECTED[part][0] != "composite"])
def test_datadog_takes_every_query_and_it_reads_back(part: str) -> None:
    props = monitors()[part]
    limits = props["monitorThresholds"]
    windows = props.get("monitorThresholdWindows")
    options: dict[str, Any] = {
        "thresholds": {re.sub("R", "_r", name): float(value) for name, value in limits.items()},
        "on_missing_data": props["onMissingData"],
    }
    if windows:
        options["threshold_windows"] = {
            "trigger_window": windows["triggerWindow"],
            "recovery_window": windows["recoveryWindow"],
        }
    monitor = {
        "type": props["type"],
        "query": props["query"],
        "name": props["name"],
        "priority": int(props["priority"]),
        "options": options,
    }
    assert faults(monitor, {}) == []
    assert read(props["query"]).compares[1] == float(limits["critical"])


def test_a_service_states_its_own_thresholds() -> None:
    found = monitors(
        with_service(
            latency={
                "above": "250 ms",
                "percentile": 99,
                "severity": "p2",
                "lasting": "10 minutes",
            },
            errors={
                "above": "0.5 %",
                "of_at_least": 20,
                "lasting": "15 minutes",
                "warns_at": "50 %",
                "recovers_at": "80 %",
            },
            traffic=None,
            saturation=None,
            databases=None,
            servers=None,
        )
    )
    assert set(found) == {"latency", "latency-part", "errors", "errors-part", "few-requests"}
    assert found["latency-part"]["query"] == (
        "percentile(last_10m):p99:trace.web.request{env:prod,service:bynomi-web} > 0.25"
    )
    assert found["latency"]["priority"] == "3"
    assert found["errors-part"]["query"].endswith(" > 0.5")
    assert found["errors-part"]["monitorThresholds"] == {
        "critical": "0.5",
        "warning": "0.25",
        "criticalRecovery": "0.4",
        "warningRecovery": "0.2",
    }
    assert found["errors"]["priority"] == "2", "the company's severity"
    assert found["few-requests"]["query"] == f"sum(last_15m):{HITS} < 20"


def test_a_service_needs_no_thresholds_of_a_company() -> None:
    args = with_service(
        latency={"above": "1 second", "severity": "p2"},
        errors=None,
        traffic=None,
        saturation=None,
        databases=None,
        servers=None,
        owner=None,
    )
    del args["alert_when"], args["owners"], args["timezone"]
    found = monitors(args)
    assert set(found) == {"latency", "latency-part", "few-requests"}
    assert found["latency"]["tags"] == [
        *("env:prod", "project:bynomi", "service:bynomi-web", "severity:p2"),
    ]


@pytest.mark.slow
def test_the_names_of_what_fills_up_may_come_later(preview: bool) -> None:
    def program() -> None:
        later: Any = pulumi.Output.from_input("made-here")
        args: Any = with_service(databases={"orders": {"identifier": later, "storage": GIB}})
        ServiceMonitors("services", args)

    found = deploy(program, preview=preview).of(MONITOR)
    query = found["services-web-database-orders-filling"].props["query"]
    assert query == UNKNOWN or "{dbinstanceidentifier:made-here}" in query


@pytest.mark.slow
def test_the_order_of_services_changes_nothing() -> None:
    other = copy.deepcopy(SERVICE) | {"datadog": "bynomi-api"}
    for key in ("saturation", "databases", "servers"):
        del other[key]
    one = EVERYTHING | {"services": {"web": SERVICE, "api": other}}
    two = EVERYTHING | {"services": {"api": other, "web": SERVICE}}
    assert declare(one).registrations == declare(two).registrations


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "says"),
    [
        (
            with_service(latency={"warns_at": "100 %"}),
            "services.web.latency.warns_at = 100 %: lies on the healthy side of the threshold",
        ),
        (
            with_service(traffic={"severity": "p1", "lasting": "10 minutes"}),
            "services.web.traffic.lasting = 10 minutes: how long something is unlike itself lies "
            "between 15 minutes and 1 day (Datadog, anomaly, trigger_window); nearest: "
            "`15 minutes`",
        ),
        (
            with_service(traffic={"severity": "p1", "lasting": "2 days"}),
            "services.web.traffic.lasting = 2 days: how long something is unlike itself",
        ),
        (
            with_service(errors={"unusual": {"severity": "p3", "deviations": 7}}),
            "services.web.errors.unusual.deviations = 7: a number of deviations lies between 1 and "
            "6 (Datadog, anomaly, bounds); nearest: `6`",
        ),
        (
            with_service(saturation={"severity": "p2", "full_within": "6 hours"}),
            "services.web.saturation.full_within = 6 hours: how far a forecast looks lies between "
            "12 hours and 90 days",
        ),
        (
            with_service(latency={"lasting": "90 seconds"}),
            "services.web.latency.lasting = 90 seconds: metrics are looked at by the minute",
        ),
        (with_service(datadog="Bynomi Web"), "services.web.datadog = Bynomi Web: "),
        (with_service(operation="web request"), "services.web.operation = web request: "),
        (
            with_service(databases=None, servers=None),
            "services.web.saturation: nothing that could be full; name the `databases` or "
            "`servers` it runs on",
        ),
        (
            {**EVERYTHING, "services": {"web": SERVICE, "shop": SERVICE}},
            "services.web.operation: `services.shop` watches it already: one condition has one "
            "watcher",
        ),
        (
            {**with_service(traffic=None, saturation=None, latency=None, errors=None)}
            | {"alert_when": {}},
            "services.web: nothing of it is watched",
        ),
        ({**EVERYTHING, "handles": {"p0": "@a"}}, "handles.p1: missing"),
        (
            with_service(errors={"warns_at": "99.999999999999 %"}),
            "services.web: warning = 1: must be below `critical`, which is 1 [Datadog]",
        ),
    ],
)
def test_what_cannot_be_is_refused(args: Any, says: str) -> None:
    assert says in refused(args)
