"""Dashboards: what somebody on call sees, with the figures that the alerts are on."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pulumi
import pytest
from datadog_api_client.v1.model.dashboard import Dashboard
from pulumi_upkeep import Dashboards
from pulumi_upkeep.observe.alarm import Metric
from pulumi_upkeep.observe.dashboard.cloudwatch import metric_query
from pulumi_upkeep.observe.dashboard.panel import Kind, Marker, Panel, Query
from pulumi_upkeep.observe.dashboards import panel_args
from pulumi_upkeep.observe.queries.traces import Requests

from sandbox.datadog.models import faults
from tests.components.support import UNKNOWN, Recording, deploy

DASHBOARD = "datadog:index/dashboardJson:DashboardJson"
BYNOMI: dict[str, Any] = {
    "environment": "prod",
    "company": "Bynomi",
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "address": "https://monitoring.bynomi.com/production",
    "alert_when": {
        "response_time": {"above": "1000 ms", "percentile": 95, "severity": "p1"},
        "error_rate": {"above": "1 %", "severity": "p1"},
        "cpu": {"above": "80 %", "severity": "p2"},
        "memory": {"above": "70 %", "severity": "p2"},
        "database_connections": {"above": "60 %", "severity": "p1"},
        "storage": {"above": "90 %", "severity": "p2"},
    },
    "services": {
        "web": {
            "datadog": "bynomi-web",
            "operation": "http.request",
            "runbook": "application-server-failure-web",
            "latency": {"warns_at": "75 %"},
        }
    },
    "databases": {
        "orders": {
            "identifier": "orders-prod-use1-1",
            "memory": 16 * 1024**3,
            "connections": 1600,
            "storage": 100 * 1024**3,
        }
    },
    "servers": {"web": {"group": "bynomi-prod-web"}},
    "load_balancers": {"web": {"load_balancer": "app/web/1", "target_group": "targetgroup/web/1"}},
    "checks": {"names": ["homepage", "cart"], "within": "2 seconds"},
    "protection": {
        "backups": [
            {
                "entry": "database-use1",
                "called": "database",
                "tier": "daily",
                "place": "account",
                "at_most": "29 hours",
            },
            {
                "entry": "database-use1",
                "called": "database",
                "tier": "daily",
                "place": "backups",
                "at_most": "26 hours",
            },
        ],
        "proofs": {"database-weekly": "8 days"},
        "drills": {"database-failure": "35 days"},
        "replicas": {"orders-usw2-1": {"named": "orders-prod-usw2-1", "at_most": "5 minutes"}},
        "buckets": {"images-usw2": {"named": "bynomi-images-usw2", "at_most": "15 minutes"}},
        "standby": {"web": {"group": "standby-web", "running": 1}},
    },
    "objectives": {"web answers": {"id": "abc123", "days": 30}},
    "regions": ["us-west-2", "us-east-1"],
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        Dashboards("dashboard", args, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program, preview=preview)


def text_of(args: Any) -> str:
    return str(declare(args).one(DASHBOARD).props["dashboard"])


def definition(args: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text_of(args))
    return found


def widgets(args: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each widget's definition with its group's title."""
    for group in definition(args)["widgets"]:
        for widget in group["definition"]["widgets"]:
            yield group["definition"]["title"], widget["definition"]


def titled(args: Any, title: str) -> dict[str, Any]:
    (found,) = [each for _, each in widgets(args) if each.get("title") == title]
    return found


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


def panel(**more: Any) -> dict[str, Any]:
    return {"title": "a panel", "kind": "value", "group": "now", "queries": [{"text": "q"}], **more}


# ---- one resource, the same bytes ---------------------------------------------------------------


def test_declares_exactly_this(preview: bool) -> None:
    recording = declare(BYNOMI, preview)
    assert [
        (each.type, each.name, each.parent, each.provider) for each in recording.children()
    ] == [(DASHBOARD, "dashboard", "upkeep:index:Dashboards::dashboard", "datadog")]
    known = not preview
    assert recording.outputs_of("dashboard") == {
        "dashboardId": "dashboard-id" if known else UNKNOWN,
        "url": "https://app.datadoghq.com/dashboard/dashboard-id" if known else UNKNOWN,
    }


@pytest.mark.slow
def test_datadogs_own_model_takes_it() -> None:
    assert faults(Dashboard, definition(BYNOMI)) == []
    broken = definition(BYNOMI)
    broken["widgets"][0]["definition"]["widgets"][0]["definition"]["colour"] = "red"
    assert faults(Dashboard, broken) != []


@pytest.mark.slow
@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_panel_of_every_kind_is_valid(kind: str) -> None:
    special: dict[str, dict[str, Any]] = {
        "slo": {"ids": ["abc"], "queries": [], "days": 7},
        "alert": {"ids": ["42"], "queries": []},
        "note": {"text": "**see** [there](https://example.com/)", "queries": []},
    }
    of_kind = special.get(kind, {})
    if kind in ("timeseries", "value", "toplist"):
        of_kind = {
            "queries": [
                {"text": "avg:a{*} by {host}", "name": "a"},
                {"text": "env:prod", "source": "logs", "compute": "avg:@duration", "by": ["host"]},
                {"text": "env:prod", "source": "rum"},
            ],
            "markers": [
                {"value": 2, "label": "alert"},
                {"value": 1.5, "level": "warning"},
                {"value": 9, "level": "target", "comparison": "<"},
            ],
            "unit": "parcels",
            "span": "1d",
            "runbook": "https://example.com/runbook",
            "drawn": "bars",
            "each": "max(x, 0) / 2",
        }
    args = {**BYNOMI, "panels": [panel(kind=kind, **of_kind)]}
    assert faults(Dashboard, definition(args)) == []


def test_the_same_facts_give_the_same_bytes() -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return value

    shuffled = turned(BYNOMI)
    shuffled["regions"] = ["us-east-1", "us-west-2"]
    shuffled["checks"] = {"names": ["cart", "homepage"], "within": "2 seconds"}
    shuffled["protection"]["backups"] = BYNOMI["protection"]["backups"][::-1]
    assert text_of(shuffled) == text_of(BYNOMI)


def test_what_is_only_known_later_is_waited_for(preview: bool) -> None:
    def program() -> None:
        made = pulumi.CustomResource("aws:rds/instance:Instance", "orders", {"identifier": "o-1"})
        slow = pulumi.Output.concat(made.urn.apply(lambda _: "known"), "-later")
        late: Any = {
            **BYNOMI,
            "protection": {"replicas": {"orders": {"named": slow, "at_most": "5 minutes"}}},
            "objectives": {"web": {"id": slow}},
            "panels": [panel(title="note", kind="note", queries=[], text=slow)],
        }
        Dashboards("dashboard", late)

    text = deploy(program, preview=preview).one(DASHBOARD).props["dashboard"]
    found = json.loads(text)
    inner = [
        each["definition"] for group in found["widgets"] for each in group["definition"]["widgets"]
    ]
    assert [each["slo_id"] for each in inner if each["type"] == "slo"] == ["known-later"]
    assert "known-later" in [each.get("content") for each in inner]
    assert "max:aws.rds.replica_lag{dbinstanceidentifier:known-later}" in text


# ---- where things stand ------------------------------------------------------------------------


def test_groups_answer_in_the_order_in_which_somebody_on_call_asks() -> None:
    assert [each["definition"]["title"] for each in definition(BYNOMI)["widgets"]] == [
        "1  Is it us? What is broken now",
        "2  What customers feel",
        "3  Since when, and what changed",
        "4  Where: services, database, servers",
        "5  What protects us",
        "6  What may still go wrong: error budgets",
        "7  Where to look next",
    ]
    less = {key: BYNOMI[key] for key in ("environment", "company", "runbooks")}
    assert [each["definition"]["title"] for each in definition(less)["widgets"]] == [
        "1  Is it us? What is broken now",
        "2  Since when, and what changed",
        "3  Where to look next",
    ]


def test_who_knows_more_of_the_logs_shows_them() -> None:
    logs = panel(title="Errors by pattern", kind="logs", group="next")
    shown = [each.get("title") for _, each in widgets({**BYNOMI, "panels": [logs]})]
    assert "Errors by pattern" in shown
    assert "Logs: newest errors" not in shown
    assert "Logs: newest errors" in [each.get("title") for _, each in widgets(BYNOMI)]


def test_groups_stand_below_each_other_and_hold_their_widgets() -> None:
    y = 0
    for group in definition(BYNOMI)["widgets"]:
        layout = group["layout"]
        assert (layout["x"], layout["y"], layout["width"]) == (0, y, 12)
        lowest = 0
        for each in group["definition"]["widgets"]:
            place = each["layout"]
            assert place["x"] + place["width"] <= 12
            lowest = max(lowest, place["y"] + place["height"])
        # And a row for the group's title.
        assert layout["height"] == lowest + 1
        y += layout["height"]


def test_it_can_be_narrowed_to_a_service() -> None:
    assert definition(BYNOMI)["template_variables"] == [
        {
            "name": "service",
            "prefix": "service",
            "available_values": ["bynomi-web"],
            "defaults": ["*"],
        }
    ]
    logs = titled(BYNOMI, "Logs: newest errors")
    assert logs["requests"][0]["query"]["query_string"].endswith(" $service")
    # Without services there is no variable, and no search asks for one.
    alone = {**BYNOMI, "services": {}}
    assert definition(alone)["template_variables"] == []
    assert "$service" not in text_of(alone)


# ---- the alerts' own figures -------------------------------------------------------------------


def lines(widget: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["value"], each["label"].strip()) for each in widget.get("markers", [])]


@pytest.mark.slow
def test_thresholds_are_drawn_where_the_alerts_have_them() -> None:
    assert lines(titled(BYNOMI, "web: response time")) == [
        ("y = 1000", "alert > 1000 ms"),
        ("y = 750", "warning > 750 ms"),
    ]
    assert {
        what: lines(titled(BYNOMI, f"Database orders: {what}"))[0][0]
        for what in ("processor", "memory", "connections", "storage")
    } == {
        "processor": "y = 80",
        "memory": "y = 70",
        "connections": "y = 60",
        "storage": "y = 90",
    }
    assert lines(titled(BYNOMI, "Servers web: fullest disk")) == [("y = 90", "alert > 90%")]
    assert lines(titled(BYNOMI, "Replica orders-usw2-1: behind its source")) == [
        ("y = 300", "alert > 300 s")
    ]
    assert lines(titled(BYNOMI, "Outside checks: response time")) == [
        ("y = 2000", "alert > 2000 ms")
    ]


def test_without_a_threshold_there_is_no_line() -> None:
    unlimited = {**BYNOMI, "alert_when": {}}
    assert lines(titled(unlimited, "Database orders: processor")) == []
    assert lines(titled(unlimited, "web: response time")) == []


def test_the_queries_of_a_service_are_those_of_its_monitors() -> None:
    metrics = Requests.of("bynomi-web", "http.request", "prod")
    request = titled(BYNOMI, "web: response time")["requests"][0]
    assert [each["query"] for each in request["queries"]] == [
        metrics.latency(50),
        metrics.latency(95),
    ]
    assert [each["formula"] for each in request["formulas"]] == ["1000 * a", "1000 * b"]
    (failing,) = [
        each
        for group, each in widgets(BYNOMI)
        if group.startswith("2") and each.get("title") == "web: requests that fail"
    ]
    failed, asked = (each["query"] for each in failing["requests"][0]["queries"])
    assert f"{failed} / {asked} * 100" == metrics.error_rate
    assert failing["requests"][0]["formulas"][0]["formula"] == "100 * default_zero(a) / b"


def test_what_is_free_is_shown_as_what_is_used() -> None:
    request = titled(BYNOMI, "Database orders: memory")["requests"][0]
    assert request["formulas"] == [
        {
            "alias": "memory",
            "formula": f"100 - 100 * a / {16 * 1024**3}",
            "number_format": {"unit": {"type": "canonical_unit", "unit_name": "percent"}},
        }
    ]
    assert titled(BYNOMI, "Database orders: memory")["yaxis"] == {
        "include_zero": True,
        "min": "0",
        "max": "100",
    }


def test_a_tile_is_red_beyond_its_limit_and_green_within() -> None:
    (formula,) = titled(BYNOMI, "database daily, account")["requests"][0]["formulas"]
    assert formula["conditional_formats"] == [
        {"comparator": ">", "value": 29, "palette": "white_on_red"},
        {"comparator": "<=", "value": 29, "palette": "white_on_green"},
    ]
    (query,) = titled(BYNOMI, "database daily, account")["requests"][0]["queries"]
    assert query == {
        "aggregator": "last",
        "data_source": "metrics",
        "name": "a",
        "query": "max:upkeep.recovery.backup_age{entry:database-use1,place:account,tier:daily}",
    }
    (formula,) = titled(BYNOMI, "Standby web: ready servers")["requests"][0]["formulas"]
    assert formula["conditional_formats"][0]["comparator"] == "<"
    (formula,) = titled(BYNOMI, "web: p95 response time")["requests"][0]["formulas"]
    assert [each["palette"] for each in formula["conditional_formats"]] == [
        "white_on_red",
        "white_on_yellow",
        "white_on_green",
    ]


def test_a_standby_that_does_not_run_has_no_tile() -> None:
    pilot = {**BYNOMI, "protection": {"standby": {"web": {"group": "g", "running": 0}}}}
    assert not [each for _, each in widgets(pilot) if "Standby" in each.get("title", "")]


def test_a_standby_that_is_looked_at_says_whether_it_could_take_over() -> None:
    seen = {"web": {"group": "g", "running": 0, "looked_at": "bynomi-prod-standby-web"}}
    request = titled({**BYNOMI, "protection": {"standby": seen}}, "Standby web: prepared")
    (query,) = request["requests"][0]["queries"]
    assert query["query"] == "min:upkeep.recovery.ready{standby:bynomi-prod-standby-web}"


def test_many_services_are_lists_and_not_tiles() -> None:
    services = {
        f"s{number}": {"datadog": f"s-{number}", "operation": "http.request"} for number in range(5)
    }
    many = {**BYNOMI, "services": services}
    now = [each["type"] for group, each in widgets(many) if group.startswith("1")]
    assert now == ["query_value", "toplist", "toplist", "manage_status", "note"]
    few = {**BYNOMI, "services": {name: services[name] for name in ("s0", "s1", "s2", "s3")}}
    assert "toplist" not in [each["type"] for _, each in widgets(few)]


@pytest.mark.slow
@pytest.mark.parametrize(("count", "own"), [(6, True), (7, False)])
def test_of_many_things_the_worst_share_a_panel(count: int, own: bool) -> None:
    database = BYNOMI["databases"]["orders"]
    args = {
        **BYNOMI,
        "services": {
            f"s{n}": {"datadog": f"s-{n}", "operation": "http.request" if n else "job.run"}
            for n in range(count)
        },
        "databases": {f"d{n}": {**database, "identifier": f"d-{n}"} for n in range(count)},
        "servers": {f"g{n}": {"group": f"g-{n}"} for n in range(count)},
        "load_balancers": {},
    }
    titles = [each.get("title") for _, each in widgets(args)]
    assert ("s1: response time" in titles) is own
    assert ("Database d1: memory" in titles) is own
    assert ("Servers g1: memory" in titles) is own
    assert faults(Dashboard, definition(args)) == []
    if not own:
        request = titled(args, "Slowest services: p95 response time")["requests"][0]
        assert [each["query"] for each in request["queries"]] == [
            f"top(p95:trace.{operation}{{env:prod,$service}} by {{service}}, 10, 'max', 'desc')"
            for operation in ("http.request", "job.run")
        ]
        request = titled(args, "Databases: least memory left")["requests"][0]
        assert [each["query"] for each in request["queries"]] == [
            "top(avg:aws.rds.freeable_memory{dbinstanceidentifier IN "
            "(d-0,d-1,d-2,d-3,d-4,d-5,d-6)} by {dbinstanceidentifier}, 10, 'min', 'asc')"
        ]


@pytest.mark.slow
def test_a_thousand_of_everything_are_one_dashboard() -> None:
    args = {
        **BYNOMI,
        "services": {
            f"s{n}": {"datadog": f"s-{n}", "operation": "http.request"} for n in range(1000)
        },
        "servers": {f"g{n}": {"group": f"g-{n}"} for n in range(1000)},
        "load_balancers": {},
    }
    found = definition(args)
    assert faults(Dashboard, found) == []
    assert sum(len(group["definition"]["widgets"]) for group in found["widgets"]) < 40


def test_load_balancers_tell_where_no_service_is_traced() -> None:
    untraced = {**BYNOMI, "services": {}}
    request = titled(untraced, "web: response time")["requests"][0]
    assert [each["query"] for each in request["queries"]] == [
        "avg:aws.applicationelb.target_response_time.p95{loadbalancer:app/web/1}"
    ]


@pytest.mark.parametrize(
    ("metric", "query"),
    [
        (
            Metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "o"}, "Average"),
            "avg:aws.rds.cpuutilization{dbinstanceidentifier:o}",
        ),
        (
            Metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", {"LoadBalancer": "l"}, "Sum"),
            "sum:aws.applicationelb.httpcode_target_5xx{loadbalancer:l}.as_count()",
        ),
        (
            Metric("AWS/ApplicationELB", "UnHealthyHostCount", {"TargetGroup": "t"}, "Maximum"),
            "max:aws.applicationelb.un_healthy_host_count{targetgroup:t}",
        ),
        (
            Metric("AWS/ApplicationELB", "TargetResponseTime", {"LoadBalancer": "l"}, "p99.9"),
            "avg:aws.applicationelb.target_response_time.p99{loadbalancer:l}",
        ),
        (
            Metric("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": "g"}, "Average"),
            "avg:aws.ec2.cpuutilization{autoscaling_group:g}",
        ),
        (
            Metric("CWAgent", "disk_used_percent", {"path": "/", "A": "b"}, "Maximum"),
            "max:cwagent.disk_used_percent{a:b,path:/}",
        ),
        (Metric("Upkeep/Recovery", "LateJobs", {}, "Maximum"), "max:upkeep.recovery.late_jobs{*}"),
    ],
)
def test_metrics_are_named_as_datadogs_integration_names_them(metric: Metric, query: str) -> None:
    assert metric_query(metric) == query


# ---- panels of others --------------------------------------------------------------------------


def test_a_panel_survives_being_an_argument() -> None:
    given = Panel(
        "Orders of the day",
        "value",
        "customers",
        queries=(Query("sum:a{*}", "a"), Query("sum:b{*}")),
        formula="100 * a / b",
        unit="%",
        markers=(Marker(5, "least", "critical", "<"),),
        span="1d",
        runbook="https://example.com/",
        width=3,
    )
    shown = titled({**BYNOMI, "panels": [panel_args(given)]}, given.title)
    assert shown["custom_links"] == [{"label": "Runbook", "link": "https://example.com/"}]
    assert shown["time"] == {"live_span": "1d"}
    assert shown["requests"][0]["formulas"][0] == {
        "alias": "a",
        "conditional_formats": [
            {"comparator": "<", "value": 5, "palette": "white_on_red"},
            {"comparator": ">=", "value": 5, "palette": "white_on_green"},
        ],
        "formula": "100 * a / b",
        "number_format": {"unit": {"type": "canonical_unit", "unit_name": "percent"}},
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        ("ms", {"type": "canonical_unit", "unit_name": "millisecond"}),
        ("a" * 12, {"type": "custom_unit_label", "label": "a" * 12}),
        # Datadog takes no longer one.
        ("a" * 13, None),
        ("", None),
    ],
)
def test_a_unit_is_shown_where_datadog_can(unit: str, shown: dict[str, Any] | None) -> None:
    args = {**BYNOMI, "panels": [panel(unit=unit)]}
    assert faults(Dashboard, definition(args)) == []
    (formula,) = titled(args, "a panel")["requests"][0]["formulas"]
    assert formula.get("number_format", {}).get("unit") == shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"queries": []}, "a value shows nothing without a query"),
        ({"kind": "slo", "queries": []}, "a panel `slo` shows one thing"),
        ({"kind": "slo", "queries": [], "ids": ["a", "b"]}, "a panel `slo` shows one thing"),
        ({"kind": "note", "queries": []}, "an empty note"),
        ({"kind": "logs", "queries": [{"text": "a"}, {"text": "b"}]}, "has one search"),
        ({"title": "web: p95 response time"}, "has a panel of that name"),
        ({"kind": "pie"}, "panels.0.kind = pie"),
        ({"group": "elsewhere"}, "panels.0.group = elsewhere"),
        ({"days": 31}, "panels.0.days = 31"),
        ({"width": 13}, "panels.0.width = 13"),
    ],
)
def test_a_panel_that_shows_nothing_is_refused(wrong: dict[str, Any], says: str) -> None:
    text = refusal({**BYNOMI, "panels": [panel(**wrong)]})
    assert text.startswith("Dashboards 'dashboard'")
    assert says in text
