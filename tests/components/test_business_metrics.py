"""BusinessMetrics: what is watched, when it is quiet, and whom it tells."""

from typing import Any

import pulumi
import pytest
import time_machine
from pulumi_upkeep import BusinessMetrics

from tests.components.support import UNKNOWN, Recording, deploy

MONITOR = "datadog:index/monitor:Monitor"
DOWNTIME = "datadog:index/downtimeSchedule:DowntimeSchedule"
# A Sunday, 08:00 in New York.
NOW = "2026-11-22T13:00:00+00:00"
BYNOMI: dict[str, Any] = {
    "environment": "prod",
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "handles": {"p0": "@a@x.example", "p1": "@b@x.example", "p2": "@c", "p3": "@d"},
    "owners": {"shop": "@slack-bynomi-alerts"},
    "timezone": "America/New_York",
    "metrics": {
        "orders": {
            "metric": "bynomi.orders",
            "owner": "shop",
            "falls": {"below": "50 %", "over": "1 hour", "by_at_least": 20, "severity": "p1"},
            "stops": {"lasting": "30 minutes", "hours": "business", "severity": "p0"},
        },
        "revenue": {
            "metric": "bynomi.revenue",
            "unit": "US dollars",
            "falls": {"below": "40 %", "by_at_least": 500, "severity": "p2"},
        },
        "registrations": {
            "metric": "bynomi.registrations",
            "stops": {"lasting": "6 hours", "severity": "p2"},
        },
        "visits": {"metric": "bynomi.visits"},
    },
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        BusinessMetrics("business", args, pulumi.ResourceOptions(providers=[provider]))

    with time_machine.travel(NOW, tick=False):
        return deploy(program, preview=preview)


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


def test_what_is_declared(preview: bool) -> None:
    recording = declare(BYNOMI, preview)
    assert {(each.type, each.name) for each in recording.children()} == {
        (MONITOR, "business-orders-falls"),
        (MONITOR, "business-orders-stops"),
        (MONITOR, "business-registrations-stops"),
        (MONITOR, "business-revenue-falls"),
        (DOWNTIME, "business-outside-mo-tu-we-th-fr-0900-1700-30m-america-new-york"),
    }
    assert {(each.provider, each.parent) for each in recording.children()} == {
        ("datadog", "upkeep:index:BusinessMetrics::business")
    }
    assert recording.outputs_of("business") == {
        "monitors": UNKNOWN
        if preview
        else {
            name: f"business-{name}-id"
            for name in ("orders-falls", "orders-stops", "registrations-stops", "revenue-falls")
        }
    }


def test_falling_away_is_exactly_this(preview: bool) -> None:
    assert declare(BYNOMI, preview).one(MONITOR, "business-orders-falls").props == {
        "name": "bynomi-prod-business-orders-falls",
        "type": "query alert",
        "query": (
            "sum(last_1h):default_zero(week_before(sum:bynomi.orders{env:prod}.as_count())) * 0.5 "
            "- default_zero(sum:bynomi.orders{env:prod}.as_count()) >= 20"
        ),
        "message": (
            "{{#is_alert}}P1: orders fell below 50 % of last week's, compared over 1 hour "
            "({{value}} orders too few, limit {{threshold}} orders too few). "
            "Since {{local_time 'first_triggered_at' 'America/New_York'}}.{{/is_alert}}"
            "{{#is_recovery}}Over: orders came back to 50 % of last week's, or nearly."
            "{{/is_recovery}} Owner: shop. "
            "Runbook: https://internal.bynomi.com/docs/runbooks/business-falls "
            "@b@x.example @slack-bynomi-alerts"
        ),
        "priority": "2",
        "monitorThresholds": {"critical": "20"},
        "evaluationDelay": 60,
        "renotifyInterval": 60,
        "requireFullWindow": False,
        "includeTags": True,
        "tags": ["env:prod", "project:bynomi", "severity:p1", "team:shop"],
        "validate": False,
    }


def test_stopping_is_exactly_this(preview: bool) -> None:
    recording = declare(BYNOMI, preview)
    stops = recording.one(MONITOR, "business-orders-stops").props
    assert stops["query"] == (
        "sum(last_30m):default_zero(sum:bynomi.orders{env:prod}.as_count()) <= 0"
    )
    assert stops["monitorThresholds"] == {"critical": "0"}
    assert stops["message"].startswith(
        "{{#is_alert}}P0: no orders for 30 minutes in business hours ({{value}} orders, limit "
        "{{threshold}} orders)."
    )
    assert stops["tags"] == [
        "env:prod",
        "hours:business-30m",
        "project:bynomi",
        "severity:p0",
        "team:shop",
    ]
    # A query that takes silence for zero takes no option for silence.
    assert "onMissingData" not in stops
    always = recording.one(MONITOR, "business-registrations-stops").props
    assert always["tags"] == ["env:prod", "project:bynomi", "severity:p2"]
    assert "in business hours" not in always["message"]
    assert (
        recording.one(MONITOR, "business-revenue-falls")
        .props["message"]
        .startswith(
            "{{#is_alert}}P2: revenue fell below 40 % of last week's, compared over 1 hour "
            "({{value}} US dollars too few, limit {{threshold}} US dollars too few)."
        )
    )


def test_outside_business_hours_is_exactly_this(preview: bool) -> None:
    downtime = declare(BYNOMI, preview).one(DOWNTIME)
    assert downtime.props == {
        "monitorIdentifier": {
            "monitorTags": ["env:prod", "hours:business-30m", "project:bynomi"],
        },
        "scope": "*",
        "displayTimezone": "America/New_York",
        "message": (
            "Outside business hours, and for their first 30 minutes: a silence is told where all "
            "of it lies within them."
        ),
        "muteFirstRecoveryNotification": False,
        "notifyEndStates": ["alert"],
        "notifyEndTypes": ["expired"],
        "recurringSchedule": {
            "recurrences": [
                {
                    "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR",
                    "duration": "570m",
                    "start": "2026-11-23T00:00:00",
                },
                {
                    "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR",
                    "duration": "7h",
                    "start": "2026-11-23T17:00:00",
                },
                {
                    "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=SA,SU",
                    "duration": "25h",
                    "start": "2026-11-28T00:00:00",
                },
            ],
            "timezone": "America/New_York",
        },
    }
    # Tomorrow's next start is another one: what is in force stays.
    assert downtime.ignore_changes == ("recurringSchedule",)


def test_the_monitors_that_are_quiet_are_those_that_carry_its_tags() -> None:
    recording = declare(BYNOMI)
    wanted = set(recording.one(DOWNTIME).props["monitorIdentifier"]["monitorTags"])
    quiet = {
        name for name, each in recording.of(MONITOR).items() if wanted <= set(each.props["tags"])
    }
    assert quiet == {"business-orders-stops"}


def test_other_hours_are_another_downtime_and_other_silences_too() -> None:
    orders = BYNOMI["metrics"]["orders"]
    sooner = orders | {"metric": "b.entries", "stops": orders["stops"] | {"lasting": "1 hour"}}
    recording = declare(
        BYNOMI
        | {
            "metrics": {"orders": orders, "entries": sooner},
            "business_hours": {"on": ["Monday", "Saturday"], "opens": "08:30", "closes": "20:00"},
        }
    )
    assert sorted(recording.of(DOWNTIME)) == [
        "business-outside-mo-sa-0830-2000-1h-america-new-york",
        "business-outside-mo-sa-0830-2000-30m-america-new-york",
    ]


def test_doors_that_close_before_they_open_are_refused() -> None:
    hours = {"opens": "17:00", "closes": "09:00"}
    assert refusal(BYNOMI | {"business_hours": hours}) == (
        "BusinessMetrics 'business': 1 fault\n"
        "  business_hours: closes before it opens; let `closes` lie after `opens` on the same day"
    )


def test_without_business_hours_nothing_is_quiet() -> None:
    metrics = {"orders": {"metric": "o", "stops": {"lasting": "1 hour", "severity": "p0"}}}
    assert declare(BYNOMI | {"metrics": metrics}).of(DOWNTIME) == {}


def test_names_do_not_depend_on_order() -> None:
    turned = dict(reversed(BYNOMI["metrics"].items()))
    assert declare(BYNOMI).registrations == declare(BYNOMI | {"metrics": turned}).registrations


def test_bad_arguments_are_all_refused_at_once() -> None:
    bad = {
        "orders": {
            "metric": "bynomi orders",
            "falls": {"below": "50", "by_at_least": 0, "severity": "p9"},
            "stops": {"lasting": "soon", "severity": "p0"},
        }
    }
    assert refusal(BYNOMI | {"metrics": bad}).splitlines() == [
        "BusinessMetrics 'business': 5 faults",
        "  metrics.orders.falls.below = 50: not a percentage; write a number and the sign, such "
        "as `80 %`",
        "  metrics.orders.falls.by_at_least = 0: 1 at least; nearest: `1`",
        "  metrics.orders.falls.severity = p9: not one of p0, p1, p2, p3",
        "  metrics.orders.metric = bynomi orders: a metric's name begins with a letter and has "
        "letters, digits, `_` and `.`, at most 200 [Datadog, custom metrics]; write "
        "`bynomi.orders`",
        "  metrics.orders.stops.lasting = soon: not a duration; write a number and a unit, such "
        "as `30 days`",
    ]


def test_a_silence_longer_than_the_day_is_refused() -> None:
    long = {
        "metric": "o",
        "stops": {"lasting": "8 hours", "hours": "business", "severity": "p0"},
    }
    assert refusal(BYNOMI | {"metrics": {"orders": long}}) == (
        "BusinessMetrics 'business': 1 fault\n"
        "  metrics.orders.stops.lasting = 8 hours: business hours are 8 hours a day: so long a "
        "silence never lies within them; shorter, or `hours: always`"
    )
