"""What Datadog refuses of service levels, logs, scanners, webhooks and the rest beyond shapes."""

from typing import Any

import pytest

from tests.unit.datadog_http import Http, changed

SLO = "/api/v1/slo"
MONITORS = "/api/v1/monitor"
INDEXES = "/api/v1/logs/config/indexes"
OBJECTIVE: dict[str, Any] = {
    "name": "web is available",
    "type": "metric",
    "query": {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"},
    "thresholds": [{"timeframe": "30d", "target": 99.9, "warning": 99.95}],
    "timeframe": "30d",
    "target_threshold": 99.9,
}
CORRECTION: dict[str, Any] = {
    "data": {
        "type": "correction",
        "attributes": {
            "category": "Scheduled Maintenance",
            "slo_id": "SLO",
            "start": 1_900_000_000,
            "end": 1_900_003_600,
        },
    }
}
INDEX: dict[str, Any] = {
    "name": "bynomi-prod",
    "filter": {"query": "env:prod"},
    "num_retention_days": 30,
    "daily_limit": 1_000,
    "daily_limit_reset": {"reset_time": "00:00", "reset_utc_offset": "+14:00"},
    "daily_limit_warning_threshold_percentage": 99.99,
    "exclusion_filters": [{"name": "debug", "filter": {"query": "a", "sample_rate": 1.0}}],
    "tags": ["env:prod"],
}


@pytest.fixture(scope="module")
def running() -> Http:
    return Http()


@pytest.fixture
def http(running: Http) -> Http:
    running.clear()
    return running


def alert(query: str) -> dict[str, Any]:
    return {"name": "burning", "type": "slo alert", "query": query, "message": "m"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("name", " ", "name: must not be empty"),
        ("thresholds", [], "thresholds: must not be empty"),
        (
            "thresholds.0.target",
            100,
            "thresholds[0].target: must be above 0 and below 100, got 100",
        ),
        ("thresholds.0.target", 0, "thresholds[0].target: must be above 0 and below 100, got 0"),
        (
            "thresholds.0.warning",
            99.9,
            "thresholds[0].warning: must be above the target 99.9 and below 100, got 99.9",
        ),
        ("thresholds.0.timeframe", "14d", "thresholds[0].timeframe: '14d' is none of: "),
        (
            "thresholds.0.timeframe",
            "custom",
            "thresholds[0].timeframe: must be one of 7d, 30d, 90d",
        ),
        ("timeframe", "7d", "timeframe: 7d is none of the thresholds"),
        ("target_threshold", 99.0, "target_threshold: must be that of the timeframe 30d"),
        ("query", ..., "query: missing required field for an SLO of type metric"),
        ("monitor_ids", [1], "monitor_ids: not for an SLO of type metric"),
        ("type", "monitor", "monitor_ids: missing required field for an SLO of type monitor"),
    ],
)
def test_a_wrong_slo_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    base = changed(OBJECTIVE, "monitor_ids", []) if path == "monitor_ids" else OBJECTIVE
    faults = http.faults(SLO, changed(base, path, value))
    assert any(fault.startswith(expected) for fault in faults), faults
    assert http.call("GET", SLO)[1]["data"] == []
    assert http.faults(SLO, base) == []


def test_an_slo_and_its_monitors_hold_each_other(http: Http) -> None:
    monitor = {
        "name": "m",
        "type": "query alert",
        "query": "avg(last_5m):avg:a{*} > 1",
        "message": "m",
    }
    id_ = http.made(MONITORS, monitor)["id"]
    by_monitor = {
        "name": "healthy",
        "type": "monitor",
        "monitor_ids": [id_],
        "thresholds": [{"timeframe": "7d", "target": 99}],
    }
    wrong = changed(by_monitor, "monitor_ids", [id_, 1])
    assert http.faults(SLO, wrong) == ["monitor_ids: there is no monitor 1"]
    slo = http.made(SLO, by_monitor)["data"][0]["id"]

    assert http.call("DELETE", f"{MONITORS}/{id_}")[0] == 409
    assert http.call("DELETE", f"{MONITORS}/{id_}?force=true")[0] == 200

    burning = alert(f'error_budget("{slo}").over("7d") > 75')
    alert_id = http.made(MONITORS, burning)["id"]
    status, answer = http.call("DELETE", f"{SLO}/{slo}")
    assert (status, answer["errors"]) == (409, [f"SLO {slo} is referenced by monitor {alert_id}"])
    assert http.call("DELETE", f"{SLO}/{slo}?force=true") == (200, {"data": [slo], "errors": {}})
    assert http.call("DELETE", f"{SLO}/{slo}")[0] == 404


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ('burn_rate("SLO").over("30d").long_window("1h").short_window("5m") > 14.4', None),
        ('burn_rate("SLO").over("30d").long_window("48h") > 1000', None),
        ('error_budget("SLO").over("30d") > 75', None),
        ('burn_rate("SLO").over("30d").long_window("1h") > 1000.1', "a burn rate above 1000"),
        ('burn_rate("SLO").over("30d").long_window("49h") > 2', "long_window must be 1 to 48"),
        ('burn_rate("SLO").over("30d").long_window("59m") > 2', "long_window must be 1 to 48"),
        (
            'burn_rate("SLO").over("30d").long_window("1h").short_window("60m") > 2',
            "must be shorter",
        ),
        ('burn_rate("SLO").over("30d") > 2', "needs a long_window"),
        ('burn_rate("SLO").over("7d").long_window("1h") > 2', "the SLO has no timeframe '7d'"),
        ('burn_rate("other").over("30d").long_window("1h") > 2', "there is no SLO other"),
        ('error_budget("SLO").over("30d").long_window("1h") > 75', "has no windows"),
        ("avg(last_5m):avg:a{*} > 1", "it must be error_budget"),
    ],
)
def test_burn_rates_are_read(http: Http, query: str, fault: str | None) -> None:
    slo = http.made(SLO, OBJECTIVE)["data"][0]["id"]
    faults = http.faults(MONITORS, alert(query.replace("SLO", slo)))
    assert (faults == []) is (fault is None), faults
    assert fault is None or fault in faults[0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"end": 1_900_000_000}, "end: must be after start"),
        ({"end": None}, None),
        ({"duration": 60}, "duration: only with an rrule"),
        ({"rrule": "FREQ=DAILY"}, "end: a recurring correction has a duration"),
        ({"slo_id": "other"}, "SLO other not found"),
    ],
)
def test_a_wrong_correction_is_refused(http: Http, change: Any, expected: str | None) -> None:
    slo = http.made(SLO, OBJECTIVE)["data"][0]["id"]
    path = f"{SLO}/correction"
    good = changed(CORRECTION, "data.attributes.slo_id", slo)
    bad = changed(good, "data.attributes", {**good["data"]["attributes"], **change})
    faults = http.faults(path, bad)
    assert expected is None or expected in faults
    assert faults != []
    assert http.faults(path, good) == []
    recurring = changed(good, "data.attributes.end", ...)
    recurring["data"]["attributes"].update(rrule="FREQ=WEEKLY;COUNT=3", duration=60)
    assert http.faults(path, recurring) == []
    recurring["data"]["attributes"]["rrule"] = "FREQ=WEEKLY;BYDAY=MO"
    assert "BYDAY is not supported" in http.faults(path, recurring)[0]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("name", "Bynomi", "must begin with a small letter"),
        ("name", "1st", "must begin with a small letter"),
        ("name", "by_nomi", "must begin with a small letter"),
        ("num_retention_days", 31, "num_retention_days: 31 is not in the contract: 3, 7, 15, 30"),
        ("daily_limit", 0, "daily_limit: must be at least 1, got 0"),
        ("daily_limit", ..., "daily_limit_warning_threshold_percentage: needs a daily_limit"),
        ("daily_limit_reset.reset_time", "00:30", "reset_time: must be HH:00"),
        ("daily_limit_reset.reset_utc_offset", "+15:00", "must be -12:00 to +14:00"),
        ("daily_limit_warning_threshold_percentage", 49.9, "must be at least 50"),
        ("daily_limit_warning_threshold_percentage", 100, "must be at most 99.99"),
        ("exclusion_filters.0.filter.sample_rate", 1.1, "sample_rate: must be 0 to 1"),
        ("tags", ["prod"], "tags: 'prod' must be key:value"),
    ],
)
def test_a_wrong_log_index_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    (fault,) = http.faults(INDEXES, changed(INDEX, path, value))
    assert expected in fault
    assert http.call("GET", INDEXES)[1] == {"indexes": []}
    assert http.faults(INDEXES, INDEX) == []


def test_the_name_of_a_deleted_log_index_is_gone(http: Http) -> None:
    http.made(INDEXES, INDEX)
    assert http.faults(INDEXES, INDEX) == ["LogsIndex bynomi-prod already exists."]
    assert http.call("DELETE", f"{INDEXES}/bynomi-prod")[0] == 200
    assert http.faults(INDEXES, INDEX) == [
        "name: 'bynomi-prod' was deleted; its name cannot be used again"
    ]
    assert http.faults(INDEXES, changed(INDEX, "name", "bynomi-prod-2")) == []


def test_a_change_of_a_log_index_can_take_its_limit_away(http: Http) -> None:
    http.made(INDEXES, INDEX)
    change = {"filter": {"query": "env:prod"}, "disable_daily_limit": True}
    answer = http.made(f"{INDEXES}/bynomi-prod", change, "PUT")
    assert "daily_limit" not in answer
    assert answer["num_retention_days"] == 30


GROUP: dict[str, Any] = {
    "data": {
        "type": "sensitive_data_scanner_group",
        "attributes": {
            "name": "g",
            "filter": {"query": "*"},
            "is_enabled": True,
            "product_list": ["logs"],
        },
    },
    "meta": {},
}
RULE: dict[str, Any] = {
    "data": {
        "type": "sensitive_data_scanner_rule",
        "attributes": {"name": "r", "pattern": "x{8,}", "text_replacement": {"type": "none"}},
        "relationships": {
            "group": {"data": {"id": "GROUP", "type": "sensitive_data_scanner_group"}}
        },
    },
    "meta": {},
}
CONFIG = "/api/v2/sensitive-data-scanner/config"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("pattern", "(", "is not a regular expression"),
        ("pattern", "x*", "matches nothing at all"),
        ("pattern", ..., "either a pattern or"),
        ("text_replacement", {"type": "replacement_string"}, "replacement_string: with type"),
        (
            "text_replacement",
            {"type": "partial_replacement_from_end"},
            "number_of_chars: with a partial",
        ),
        ("text_replacement", {"type": "hash", "should_save_match": True}, "should_save_match"),
        ("priority", 6, "must be at most 5"),
    ],
)
def test_a_wrong_scanning_rule_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    group = http.made(f"{CONFIG}/groups", GROUP)["data"]["id"]
    assert "there is no group GROUP" in http.faults(f"{CONFIG}/rules", RULE)[0]
    rule = changed(RULE, "data.relationships.group.data.id", group)
    (fault,) = http.faults(f"{CONFIG}/rules", changed(rule, f"data.attributes.{path}", value))
    assert expected in fault
    assert http.faults(f"{CONFIG}/rules", rule) == []
    # A group takes its rules along.
    assert http.call("DELETE", f"{CONFIG}/groups/{group}", {"meta": {}})[0] == 200
    assert http.call("GET", CONFIG)[1]["included"] == []


def test_a_scanner_without_a_product_is_refused(http: Http) -> None:
    wrong = changed(GROUP, "data.attributes.product_list", [])
    assert http.faults(f"{CONFIG}/groups", wrong) == ["product_list: missing required field"]


WEBHOOKS = "/api/v1/integration/webhooks/configuration/webhooks"
WEBHOOK: dict[str, Any] = {
    "name": "bynomi_issues-1",
    "url": "https://example.com",
    "payload": '{"id": $ID, "text": "$EVENT_MSG"}',
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("name", "bynomi issues", "may hold letters, digits, hyphens and underscores only"),
        ("url", "example.com", "has no scheme"),
        ("payload", '{"id": ', "payload: is not a JSON object"),
    ],
)
def test_a_wrong_webhook_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    (fault,) = http.faults(WEBHOOKS, changed(WEBHOOK, path, value))
    assert expected in fault
    assert http.faults(WEBHOOKS, WEBHOOK) == []
    assert http.faults(WEBHOOKS, WEBHOOK) == ["WebhooksIntegration bynomi_issues-1 already exists."]


METRICS = "/api/v2/logs/config/metrics"
METRIC: dict[str, Any] = {
    "data": {
        "id": "bynomi.errors",
        "type": "logs_metrics",
        "attributes": {"compute": {"aggregation_type": "count"}, "filter": {"query": "*"}},
    }
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("id", "1errors", "must begin with a letter"),
        ("attributes.compute.path", "@duration", "for a distribution, and only for it"),
        ("attributes.compute.aggregation_type", "distribution", "for a distribution"),
        ("attributes.compute.include_percentiles", True, "only for a distribution"),
    ],
)
def test_a_wrong_log_metric_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    (fault,) = http.faults(METRICS, changed(METRIC, f"data.{path}", value))
    assert expected in fault
    assert http.faults(METRICS, METRIC) == []


ARCHIVES = "/api/v2/logs/config/archives"
ARCHIVE: dict[str, Any] = {
    "data": {
        "type": "archives",
        "attributes": {
            "name": "a",
            "query": "*",
            "destination": {
                "type": "s3",
                "bucket": "bynomi-logs",
                "integration": {"account_id": "123456789012", "role_name": "r"},
                "encryption": {"type": "SSE_KMS", "key": "arn:aws:kms:us-east-1:1:key/1"},
            },
        },
    }
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("destination.bucket", "Bynomi", "is not the name of a bucket"),
        ("destination.integration.account_id", "12", "must be 12 digits"),
        ("destination.encryption.key", ..., "encryption.key: with SSE_KMS"),
        ("destination.encryption.type", "SSE_S3", "encryption.key: with SSE_KMS"),
    ],
)
def test_a_wrong_log_archive_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    (fault,) = http.faults(ARCHIVES, changed(ARCHIVE, f"data.attributes.{path}", value))
    assert expected in fault
    assert http.faults(ARCHIVES, ARCHIVE) == []
    assert "exists already" in http.faults(ARCHIVES, ARCHIVE)[0]


PIPELINE: dict[str, Any] = {
    "name": "p",
    "filter": {"query": "*"},
    "processors": [
        {"type": "status-remapper", "sources": ["level"]},
        {"type": "pipeline", "name": "inner", "filter": {"query": "*"}, "processors": []},
    ],
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("name", "", "name: must not be empty"),
        ("filter", ..., "filter: missing required field"),
        ("processors.0.sources", [], "processors[0].sources: must not be empty"),
        ("processors.1.processors", [{"type": "pipeline"}], "cannot hold a pipeline"),
        ("processors.0.type", "zork", "processors[0]"),
    ],
)
def test_a_wrong_pipeline_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    pipelines = "/api/v1/logs/config/pipelines"
    (fault,) = http.faults(pipelines, changed(PIPELINE, path, value))
    assert expected in fault
    assert http.faults(pipelines, PIPELINE) == []


DASHBOARD: dict[str, Any] = {
    "title": "d",
    "layout_type": "ordered",
    "template_variables": [{"name": "env"}],
    "widgets": [
        {"definition": {"type": "timeseries", "requests": [{"q": "avg:a{$env}"}]}},
    ],
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("title", " ", "title: must not be empty"),
        ("template_variables", [], "a query uses $env, which is not there"),
        ("template_variables", [{"name": "env"}, {"name": "env"}], "each name once"),
        ("layout_type", "free", "widgets[0].layout: missing"),
        ("widgets.0.definition.type", "zork", "widgets[0].definition"),
        (
            "widgets.0.definition",
            {"type": "slo", "view_type": "detail", "slo_id": "other"},
            "there is no SLO other",
        ),
    ],
)
def test_a_wrong_dashboard_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    dashboards = "/api/v1/dashboard"
    (fault,) = http.faults(dashboards, changed(DASHBOARD, path, value))
    assert expected in fault
    assert http.faults(dashboards, DASHBOARD) == []


def test_teams_have_handles_of_their_own(http: Http) -> None:
    team = {"data": {"type": "team", "attributes": {"name": "Shop", "handle": "shop"}}}
    assert (
        "small letters"
        in http.faults("/api/v2/team", changed(team, "data.attributes.handle", "The Shop"))[0]
    )
    assert http.faults("/api/v2/team", team) == []
    assert "exists already" in http.faults("/api/v2/team", team)[0]


VARIABLES = "/api/v1/synthetics/variables"
VARIABLE: dict[str, Any] = {
    "name": "CUSTOMER",
    "description": "",
    "tags": [],
    "value": {"value": "anna", "secure": True},
}


def test_a_secure_value_is_never_told(http: Http) -> None:
    made = http.made(VARIABLES, VARIABLE)
    listed = http.call("GET", VARIABLES)[1]["variables"]
    assert made["value"] == listed[0]["value"] == {"secure": True}
    (wrong,) = http.faults(VARIABLES, changed(VARIABLE, "name", "customer"))
    assert "capital letters" in wrong
    assert "exists already" in http.faults(VARIABLES, VARIABLE)[0]


ENTITIES = "/api/v2/catalog/entity"
ENTITY: dict[str, Any] = {
    "apiVersion": "v3",
    "kind": "service",
    "metadata": {"name": "web", "owner": "shop"},
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("apiVersion", "v2.2", "apiVersion: must be v3"),
        ("kind", "zork", "kind"),
        ("metadata.name", ..., "missing required field 'name'"),
        ("metadata.colour", "red", "unknown field 'colour'"),
    ],
)
def test_a_wrong_entity_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    (fault,) = http.faults(ENTITIES, changed(ENTITY, path, value))
    assert expected in fault
    assert http.made(ENTITIES, ENTITY)["data"][0]["attributes"]["owner"] == "shop"
    assert http.made(ENTITIES, changed(ENTITY, "metadata.owner", "operations"))
    (held,) = http.call("GET", f"{ENTITIES}?filter[ref]=service:web")[1]["data"]
    assert held["attributes"]["owner"] == "operations"


PAGES = "/api/v2/statuspages"
PAGE: dict[str, Any] = {
    "data": {
        "type": "status_pages",
        "attributes": {
            "name": "Bynomi",
            "domain_prefix": "bynomi",
            "type": "public",
            "visualization_type": "bars_only",
        },
    }
}
COMPONENT: dict[str, Any] = {
    "data": {
        "type": "components",
        "attributes": {"name": "Shop", "type": "component", "position": 0},
    }
}


def test_components_stand_in_their_order(http: Http) -> None:
    page = http.made(PAGES, PAGE)["data"]["id"]
    assert "is taken" in http.faults(PAGES, PAGE)[0]
    wrong = changed(PAGE, "data.attributes.domain_prefix", "by nomi")
    assert "small letters" in http.faults(PAGES, wrong)[0]
    path = f"{PAGES}/{page}/components"
    far = changed(COMPONENT, "data.attributes.position", 1)
    assert http.faults(path, far) == ["position: must be 0 to 0, got 1"]
    http.made(path, COMPONENT)
    http.made(path, changed(COMPONENT, "data.attributes.name", "Payments"))
    shown = http.call("GET", f"{PAGES}/{page}")[1]["data"]["attributes"]["components"]
    assert [(each["name"], each["position"]) for each in shown] == [("Payments", 0), ("Shop", 1)]
    group = changed(COMPONENT, "data.attributes.type", "group")
    assert http.faults(path, group) == ["components: a group needs at least one"]


def test_a_private_location_has_to_be_there(http: Http) -> None:
    test = {
        "name": "t",
        "type": "api",
        "subtype": "http",
        "message": "",
        "locations": ["pl:office"],
        "config": {
            "request": {"method": "GET", "url": "https://bynomi.com"},
            "assertions": [{"type": "statusCode", "operator": "is", "target": 200}],
        },
        "options": {"tick_every": 60},
    }
    tests = "/api/v1/synthetics/tests/api"
    assert http.faults(tests, test) == ["locations: 'pl:office' is not a private location"]
    location = {"name": "office", "description": "", "tags": []}
    made = http.made("/api/v1/synthetics/private-locations", location)["private_location"]["id"]
    assert http.faults(tests, changed(test, "locations", [made])) == []
    assert http.call("DELETE", f"/api/v1/synthetics/private-locations/{made}")[0] == 409
