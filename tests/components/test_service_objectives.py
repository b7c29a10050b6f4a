"""ServiceObjectives: what is promised, how fast it may burn, and what does not count."""

from typing import Any

import pulumi
import pytest
from pulumi_upkeep import ServiceObjectives
from pulumi_upkeep.observe.message_faults import message_faults
from pulumi_upkeep.observe.queries.reading import read

from tests.components.support import Recording, deploy

OBJECTIVE = "datadog:index/serviceLevelObjective:ServiceLevelObjective"
CORRECTION = "datadog:index/sloCorrection:SloCorrection"
MONITOR = "datadog:index/monitor:Monitor"
PARENT = "upkeep:index:ServiceObjectives::objectives"
BYNOMI: dict[str, Any] = {
    "services": {
        "web": {
            "datadog": "bynomi-web",
            "operation": "web.request",
            "importance": "critical",
            "owner": "shop",
            "monitors": {"homepage": 12, "cart": 11},
        }
    },
    "levels": {
        "critical": {
            "availability": "99.9 %",
            "over": "30 days",
            "latency": {"below": "1000 ms", "of": "99 %"},
        }
    },
    "handles": {"p0": "@zero", "p1": "@one @oncall-shop", "p2": "@two", "p3": "@three"},
    "owners": {"shop": "@slack-shop"},
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "environment": "prod",
    "dashboard": "https://monitoring.bynomi.com/production",
    "timezone": "America/New_York",
    "corrections": {
        "weekly-2026-11-25": {
            "start": 1795593600,
            "end": 1795600800,
            "services": ["web"],
            "description": "Maintenance window weekly: Wednesday 03:00-05:00, America/New_York",
        }
    },
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        given = args() if callable(args) else args
        made = ServiceObjectives("objectives", given, pulumi.ResourceOptions(providers=[provider]))
        for budget in made.budgets:
            pulumi.export(f"{budget.service}/{budget.kind}/{budget.days}", budget.title)

    return deploy(program, preview=preview)


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


def test_declares_exactly_these(preview: bool) -> None:
    recording = declare(BYNOMI, preview)

    burns = [
        f"objectives-web-{kind}-burn-{rate}"
        for kind in ("availability", "latency")
        for rate in ("1-in-48h", "14.4-in-1h", "3-in-24h", "6-in-6h")
    ]
    assert recording.names() == [
        *((MONITOR, name) for name in burns),
        *((OBJECTIVE, f"objectives-web-{kind}") for kind in ("availability", "latency", "uptime")),
        (CORRECTION, "objectives-weekly-2026-11-25"),
        ("upkeep:index:ServiceObjectives", "objectives"),
    ]
    assert {(each.parent, each.provider) for each in recording.children()} == {(PARENT, "datadog")}


def test_availability_is_requests_without_an_error(preview: bool) -> None:
    assert declare(BYNOMI, preview).one(OBJECTIVE, "objectives-web-availability").props == {
        "name": "bynomi-prod-objectives-web-availability",
        "type": "metric",
        "description": "99.9 % of the requests to web succeed over 30 days.",
        "query": {
            "numerator": "sum:trace.web.request.hits{env:prod,service:bynomi-web}.as_count() - "
            "sum:trace.web.request.errors{env:prod,service:bynomi-web}.as_count()",
            "denominator": "sum:trace.web.request.hits{env:prod,service:bynomi-web}.as_count()",
        },
        "thresholds": [{"timeframe": "30d", "target": 99.9}],
        "timeframe": "30d",
        "targetThreshold": 99.9,
        "tags": [
            "env:prod",
            "importance:critical",
            "project:bynomi",
            "service:bynomi-web",
            "team:shop",
        ],
        "validate": False,
    }


def test_latency_counts_the_requests_that_are_soon_enough() -> None:
    props = declare(BYNOMI).one(OBJECTIVE, "objectives-web-latency").props

    assert props["query"] == {
        "numerator": "count(v: v<1):trace.web.request{env:prod,service:bynomi-web}.as_count()",
        "denominator": "count:trace.web.request{env:prod,service:bynomi-web}.as_count()",
    }
    assert props["description"] == (
        "99 % of the requests to web are answered within 1 second over 30 days."
    )
    assert props["targetThreshold"] == 99


def test_uptime_is_the_time_in_which_every_check_is_well(preview: bool) -> None:
    props = declare(BYNOMI, preview).one(OBJECTIVE, "objectives-web-uptime").props

    assert props["type"] == "monitor"
    assert props["monitorIds"] == [11, 12]
    assert "query" not in props
    assert props["description"] == "99.9 % of the time every check of web is well over 30 days."


def test_a_burn_rate_asks_of_its_objective_by_both_windows() -> None:
    found = declare(BYNOMI).one(MONITOR, "objectives-web-availability-burn-14.4-in-1h").props

    asked = read(found["query"])
    assert (asked.metric, asked.compares, asked.options) == (
        "objectives-web-availability-id",
        (">", 14.4),
        {"over": "30", "short": "5m"},
    )
    assert found["monitorThresholds"] == {"critical": "14.4"}
    assert found["type"] == "slo alert"
    assert found["priority"] == "2"
    assert "onMissingData" not in found
    assert found["tags"] == [
        "env:prod",
        "objective:availability",
        "project:bynomi",
        "service:bynomi-web",
        "severity:p1",
        "team:shop",
    ]


def test_every_message_is_right_and_leads_somewhere() -> None:
    for name, each in declare(BYNOMI).of(MONITOR).items():
        message = each.props["message"]
        assert message_faults(message, each.props["query"]) == []
        assert "https://internal.bynomi.com/docs/runbooks/error-budget" in message, name
        assert "https://monitoring.bynomi.com/production" in message


def test_the_message_of_a_fast_burn() -> None:
    recording = declare(BYNOMI)
    message = recording.one(MONITOR, "objectives-web-availability-burn-6-in-6h").props["message"]
    assert message == (
        "{{#is_alert}}P1: the error budget of web (availability) burns {{long_window_burn_rate}} "
        "times as fast as it may over 6 hours, {{short_window_burn_rate}} times over the last 30 "
        "minutes (limit 6: the whole of it is gone in 5 days). Promised is that 99.9 % of the "
        "requests to web succeed over 30 days. Since {{local_time 'first_triggered_at' "
        "'America/New_York'}}.{{/is_alert}}{{#is_recovery}}Over: the error budget of web "
        "(availability) burns less than 6 times as fast as it may.{{/is_recovery}} Owner: shop. "
        "Runbook: https://internal.bynomi.com/docs/runbooks/error-budget Dashboard: "
        "https://monitoring.bynomi.com/production Last deployment: "
        "https://app.datadoghq.com/apm/services/bynomi-web?env=prod @oncall-shop @one @slack-shop"
    )


def test_a_slow_burn_goes_where_tickets_go() -> None:
    props = declare(BYNOMI).one(MONITOR, "objectives-web-latency-burn-1-in-48h").props

    assert props["message"].endswith("@slack-shop @three")
    assert "the whole of it is gone in 30 days" in props["message"]
    assert "renotifyInterval" not in props


@pytest.mark.slow
def test_a_window_is_corrected_for_the_objectives_of_its_services(preview: bool) -> None:
    services = {
        **BYNOMI["services"],
        "api": {"datadog": "bynomi-api", "operation": "http.request", "importance": "critical"},
    }
    both = {"both": BYNOMI["corrections"]["weekly-2026-11-25"] | {"services": ["web", "api"]}}
    found = declare(
        BYNOMI | {"services": services, "corrections": BYNOMI["corrections"] | both}, preview
    ).of(CORRECTION)

    assert found["objectives-weekly-2026-11-25"].props == {
        "category": "Scheduled Maintenance",
        "description": "Maintenance window weekly: Wednesday 03:00-05:00, America/New_York",
        "start": 1795593600,
        "end": 1795600800,
        "timezone": "America/New_York",
        "sloQuery": "env:prod project:bynomi service:bynomi-web",
    }
    assert found["objectives-both"].props["sloQuery"] == (
        "env:prod project:bynomi service:(bynomi-api OR bynomi-web)"
    )


def test_gives_ids_and_what_a_dashboard_says_of_them() -> None:
    recording = declare(BYNOMI)

    assert recording.outputs_of("objectives")["objectives"] == {
        f"web-{kind}": f"objectives-web-{kind}-id" for kind in ("availability", "latency", "uptime")
    }
    assert sorted(recording.exports) == ["web/availability/30", "web/latency/30", "web/uptime/30"]
    assert recording.exports["web/latency/30"] == (
        "99 % of the requests to web are answered within 1 second over 30 days"
    )


def test_a_service_that_nobody_asks_and_a_level_without_latency() -> None:
    args = BYNOMI | {
        "services": {
            "api": {"datadog": "api", "operation": "http.request", "importance": "critical"}
        },
        "levels": {
            "critical": {
                "availability": "90 %",
                "over": "7 days",
                "warning": "95 %",
                "fast_burn": "p0",
            }
        },
        "corrections": {},
        "owners": {},
    }
    recording = declare(args)

    (objective,) = recording.of(OBJECTIVE).values()
    assert objective.props["thresholds"] == [{"timeframe": "7d", "target": 90, "warning": 95}]
    assert objective.props["warningThreshold"] == 95
    # 16.8 is more than everything failing.
    assert {
        name.rpartition("burn-")[2]: each.props["tags"][-1]
        for name, each in recording.of(MONITOR).items()
    } == {"5.6-in-6h": "severity:p0", "2.8-in-24h": "severity:p3", "1-in-48h": "severity:p3"}


@pytest.mark.slow
def test_what_is_known_late_flows_through() -> None:
    def late() -> Any:
        handles = {key: pulumi.Output.from_input("@late") for key in ("p0", "p1", "p2", "p3")}
        web = BYNOMI["services"]["web"] | {"monitors": {"homepage": pulumi.Output.from_input(99)}}
        return BYNOMI | {"handles": handles, "services": {"web": web}}

    recording = declare(late)

    assert recording.one(OBJECTIVE, "objectives-web-uptime").props["monitorIds"] == [99]
    assert all("@late" in each.props["message"] for each in recording.of(MONITOR).values())


def test_refuses_everything_at_once() -> None:
    args = BYNOMI | {
        "services": {"web": BYNOMI["services"]["web"] | {"importance": "kritical"}},
        "corrections": {"odd": {"start": 10, "end": 10, "services": ["api"], "description": "x"}},
    }
    assert refusal(args) == (
        "ServiceObjectives 'objectives': 3 faults\n"
        "  corrections.odd.end = 10: lies not after `start`\n"
        "  corrections.odd.services.0 = api: no such name in `services`; known: web\n"
        "  services.web.importance = kritical: no such class in `levels`; did you mean `critical`?"
    )


def test_a_level_is_refused_as_the_plan_refuses_it() -> None:
    bad = {"availability": "100 %", "over": "28 days"}
    assert refusal(BYNOMI | {"levels": {"critical": bad}}) == (
        "ServiceObjectives 'objectives': 2 faults\n"
        "  levels.critical.availability = 100 %: leaves nothing that may fail, so nothing to alert "
        "on: above 0 and below 100 % [Datadog]; such as `99.9 %`\n"
        "  levels.critical.over = 28 days: the time of a service level is one of 7 days, 30 days, "
        "90 days (Datadog, timeframe of an SLO); nearest: `30 days`"
    )


def test_the_same_words_in_another_order_give_the_same_bytes() -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return value

    assert [each.props for each in declare(turned(BYNOMI)).registrations] == [
        each.props for each in declare(BYNOMI).registrations
    ]
