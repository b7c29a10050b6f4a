"""ReleaseWatch: what rings after a deployment, from when, and what ends it."""

from datetime import timedelta
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import ReleaseWatch
from pulumi_upkeep.observe.queries.reading import read

from tests.components.support import UNKNOWN, Recording, deploy

MONITOR = "datadog:index/monitor:Monitor"
BYNOMI: dict[str, Any] = {
    "environment": "prod",
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "handles": {"p0": "@a@x.example", "p1": "@b@x.example", "p2": "@c", "p3": "@d"},
    "owners": {"shop": "@slack-bynomi-alerts"},
    "timezone": "America/New_York",
    "alert_when": {
        "response_time": {"above": "1000 ms", "severity": "p1"},
        "error_rate": {"above": "1 %", "severity": "p1"},
    },
    "services": {"web": {"datadog": "bynomi-web", "operation": "web.request", "owner": "shop"}},
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        ReleaseWatch("release-watch", args, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program, preview=preview)


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


def test_what_is_declared(preview: bool) -> None:
    recording = declare(BYNOMI, preview)
    assert {(each.type, each.name) for each in recording.children()} == {
        (MONITOR, f"release-watch-{name}")
        for name in (
            "nothing-deployed",
            "web-errors",
            "web-errors-part",
            "web-few-requests",
            "web-latency",
            "web-latency-part",
        )
    }
    assert {(each.provider, each.parent) for each in recording.children()} == {
        ("datadog", "upkeep:index:ReleaseWatch::release-watch")
    }
    assert recording.outputs_of("release-watch") == {
        "monitors": UNKNOWN
        if preview
        else {name: f"release-watch-{name}-id" for name in ("web-errors", "web-latency")}
    }


def test_what_tells_of_a_deployment_is_exactly_this(preview: bool) -> None:
    assert declare(BYNOMI, preview).one(MONITOR, "release-watch-nothing-deployed").props == {
        "name": "bynomi-prod-release-watch-nothing-deployed",
        "type": "query alert",
        "query": "sum(last_1d):default_zero(sum:upkeep.deployments{env:prod}.as_count()) < 1",
        "message": (
            "{{#is_alert}}P3: nothing was deployed within 1 day: nothing is watched more closely "
            "({{value}}, limit {{threshold}}). "
            "Since {{local_time 'first_triggered_at' 'America/New_York'}}.{{/is_alert}}"
            "{{#is_recovery}}Over: something was deployed within 1 day.{{/is_recovery}} "
            "Runbook: https://internal.bynomi.com/docs/runbooks/release-watch"
        ),
        "priority": "4",
        "monitorThresholds": {"critical": "1"},
        "requireFullWindow": False,
        "includeTags": True,
        "tags": ["env:prod", "project:bynomi", "role:part", "severity:p3"],
        "validate": False,
    }


def test_a_closer_limit_is_exactly_this() -> None:
    recording = declare(BYNOMI)
    assert recording.one(MONITOR, "release-watch-web-latency").props == {
        "name": "bynomi-prod-release-watch-web-latency",
        "type": "composite",
        "query": (
            "release-watch-web-latency-part-id && !release-watch-web-few-requests-id "
            "&& !release-watch-nothing-deployed-id"
        ),
        "message": (
            "{{#is_alert}}P2: after a deployment within 1 day, 5 % of the requests to web take "
            "longer than 500 ms ({{a.value}} s, limit 0.5 s). "
            "Since {{local_time 'first_triggered_at' 'America/New_York'}}.{{/is_alert}}"
            "{{#is_warning}}Warning before P2: after a deployment within 1 day, 5 % of the "
            "requests to web take longer than 500 ms, soon ({{a.value}} s, limit 0.4 s)."
            "{{/is_warning}}{{#is_recovery}}Over: web answers in time.{{/is_recovery}} "
            "Owner: shop. Runbook: https://internal.bynomi.com/docs/runbooks/release-watch "
            "Last deployment: https://app.datadoghq.com/apm/services/bynomi-web?env=prod "
            "@slack-bynomi-alerts {{^is_warning}}{{^is_warning_recovery}}@c"
            "{{/is_warning_recovery}}{{/is_warning}}"
        ),
        "priority": "3",
        "requireFullWindow": False,
        "includeTags": True,
        "tags": ["env:prod", "project:bynomi", "service:bynomi-web", "severity:p2", "team:shop"],
        "validate": False,
    }
    parts = recording.of(MONITOR)
    assert parts["release-watch-web-latency-part"].props["query"] == (
        "percentile(last_5m):p95:trace.web.request{env:prod,service:bynomi-web} > 0.5"
    )
    assert parts["release-watch-web-errors-part"].props["query"] == (
        "sum(last_5m):sum:trace.web.request.errors{env:prod,service:bynomi-web}.as_count() / "
        "sum:trace.web.request.hits{env:prod,service:bynomi-web}.as_count() * 100 > 0.5"
    )


def test_the_parts_tell_nobody() -> None:
    silent = [each for each in declare(BYNOMI).children() if "role:part" in each.props["tags"]]
    assert len(silent) == 4
    assert not any("@" in each.props["message"] for each in silent)


def test_a_services_own_limits_come_first_and_its_share_is_taken_of_them() -> None:
    own = {"latency": {"above": "800 ms", "percentile": 99}, "errors": {"above": "0.5 %"}}
    web = BYNOMI["services"]["web"] | own
    closer = BYNOMI | {"services": {"web": web}, "at": "25 %", "severity": "p1"}
    found = declare(closer).of(MONITOR)
    latency = found["release-watch-web-latency-part"].props
    assert (latency["query"], latency["priority"]) == (
        "percentile(last_5m):p99:trace.web.request{env:prod,service:bynomi-web} > 0.2",
        "2",
    )
    assert found["release-watch-web-errors-part"].props["query"].endswith("> 0.125")


# ---- that it ends by itself --------------------------------------------------------------------


def rings(recording: Recording, *, age: timedelta | None, slow: float, requests: int) -> bool:
    """Whether the latency monitor rings: each part's query is read back and judged on what Datadog
    would find in its window, so that nothing here knows how it was made."""

    def alerts(name: str) -> bool:
        found = read(recording.one(MONITOR, name).props["query"])
        if "upkeep.deployments" in found.metric:
            value = float(age is not None and age < found.window)
        else:
            value = slow if "p95:" in found.metric else requests
        comparison, critical = found.compares
        return value > critical if comparison == ">" else value < critical

    query = recording.one(MONITOR, "release-watch-web-latency").props["query"]
    loud, *quiet = [each.removesuffix("-id") for each in query.split(" && ")]
    return alerts(loud) and not any(alerts(each.removeprefix("!")) for each in quiet)


@pytest.mark.parametrize("lasting", ["24 hours", "6 hours"])
def test_it_rings_for_so_long_after_a_deployment_and_not_a_minute_more(lasting: str) -> None:
    recording = declare(BYNOMI | {"lasting": lasting})
    hours = timedelta(hours=int(lasting.split()[0]))
    minute = timedelta(minutes=1)
    for age, expected in (
        (minute, True),
        (hours - minute, True),
        (hours, False),
        (hours + minute, False),
        # Nobody ever deployed anything.
        (None, False),
    ):
        assert rings(recording, age=age, slow=0.6, requests=1000) is expected, age


def test_it_rings_only_above_its_share_and_with_enough_to_judge_by() -> None:
    recording = declare(BYNOMI)
    age = timedelta(hours=1)
    assert not rings(recording, age=age, slow=0.5, requests=1000)
    assert rings(recording, age=age, slow=0.51, requests=100)
    assert not rings(recording, age=age, slow=0.51, requests=99)


# ---- what cannot stand -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            {"alert_when": {}},
            "services.web: has no limits that could be watched more closely; state `alert_when` "
            "for all services, or its `latency` and `errors`",
        ),
        ({"at": "100 %"}, "100 % of a limit is no closer than the limit; nearest: `at: 99 %`"),
        (
            {"lasting": "8 days"},
            "lasting = 8 days: how long a metric is looked at lies between 1 minute and 7 days "
            "(Datadog, metric monitors, 1 to 10,080 m); nearest: `7 days`",
        ),
        (
            {"lasting": "90 minutes"},
            "lasting = 90 minutes: Datadog looks back by the hour, so in whole hours; "
            "nearest: `2 hours`",
        ),
        (
            {
                "services": {
                    "web": BYNOMI["services"]["web"],
                    "shop": BYNOMI["services"]["web"],
                }
            },
            "services.web.operation: `services.shop` watches it already: one condition has one "
            "watcher; leave it out here",
        ),
        ({"at": "0.01 %"}, "at = 0.01 %: less than 1 ms of `services.web`; closer to 100 %"),
    ],
)
def test_what_is_refused(edit: dict[str, Any], said: str) -> None:
    assert said in refusal(BYNOMI | edit)
