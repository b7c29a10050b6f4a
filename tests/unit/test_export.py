"""What a team already has, as text of the plan."""

from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.observe.queries.condition import Condition
from pulumi_upkeep.observe.queries.threshold import Threshold
from pulumi_upkeep.observe.queries.traces import Requests
from pulumi_upkeep.plan.backups import BackupEntry
from pulumi_upkeep.plan.monitoring import Monitoring
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.schedule import Schedule
from pulumi_upkeep.plan.uptime import Uptime

from tools.upkeep.export import left, text
from tools.upkeep.export.alarms import alarms_of
from tools.upkeep.export.backups import schedule_words
from tools.upkeep.export.checks import checks_of
from tools.upkeep.export.monitors import monitors_of
from tools.upkeep.export.part import Part, slug
from tools.upkeep.paths import PROJECT

PLAN = load_plan(PROJECT / "Pulumi.prod.yaml")


def alarm(name: str, threshold: float, **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "Namespace": "AWS/RDS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders-prod-use1-1"}],
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        **more,
    }


def check(name: str, **more: Any) -> dict[str, Any]:
    return {
        "public_id": "abc-def-ghi",
        "name": name,
        "type": "api",
        "subtype": "http",
        "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
        "config": {
            "request": {"method": "GET", "url": "https://www.bynomi.com/"},
            "assertions": [
                {"type": "statusCode", "operator": "is", "target": 200},
                {"type": "responseTime", "operator": "lessThan", "target": 900},
                {"type": "body", "operator": "contains", "target": "Bynomi"},
            ],
        },
        "options": {"tick_every": 300, "monitor_priority": 1},
        **more,
    }


SCHEDULES = st.one_of(
    st.builds(lambda at: {"every": "day", "at": at}, st.times()),
    st.builds(
        lambda at, on: {"every": "week", "on": on, "at": at},
        st.times(),
        st.sampled_from(["Monday", "Wednesday", "Sunday"]),
    ),
    st.builds(
        lambda at, on: {"every": "month", "on": on, "at": at},
        st.times(),
        st.sampled_from([1, 28, "first Sunday", "third Friday"]),
    ),
    st.builds(
        lambda at, hours: {"every": f"{hours} hours", "at": at},
        st.times(),
        st.sampled_from([2, 3, 6, 12]),
    ),
)


@given(SCHEDULES)
def test_a_schedule_becomes_the_words_that_it_was_made_of(words: dict[str, Any]) -> None:
    at: time = words["at"]
    schedule = Schedule.model_validate({**words, "at": f"{at:%H:%M}"})
    found = schedule_words(schedule.cron())
    assert found is not None
    assert Schedule.model_validate(found).cron() == schedule.cron()


@pytest.mark.parametrize("cron", ["cron(0 2 1-7 * ? *)", "cron(*/5 * * * ? *)", "rate(1 day)"])
def test_a_schedule_without_words_is_none(cron: str) -> None:
    assert schedule_words(cron) is None


def test_alarms_become_thresholds_and_are_taken_over() -> None:
    found = alarms_of(
        [
            alarm("orders CPU", 90),
            alarm("orders CPU again", 70),
            alarm(
                "web CPU",
                75,
                Namespace="AWS/EC2",
                Dimensions=[{"Name": "AutoScalingGroupName", "Value": "bynomi-prod-web"}],
            ),
            alarm("connections", 80, MetricName="DatabaseConnections"),
            alarm("a stranger's", 80, Dimensions=[{"Name": "DBInstanceIdentifier", "Value": "x"}]),
        ],
        PLAN,
    )
    assert found.adopt == {
        "alarms": {
            "resources-database-orders-cpu": "orders CPU",
            "resources-server-web-cpu": "web CPU",
        }
    }
    said = found.chapters["monitoring"]
    assert said == {"alert_when": {"cpu": {"above": "75 %", "severity": "p2"}}}
    Monitoring.model_validate(said)
    assert found.left == (
        'alarm "a stranger\'s": watches what `estate` lacks',
        "alarm 'connections': the plan watches AWS/RDS/DatabaseConnections otherwise",
        "alarm 'orders CPU again': watches the same as 'orders CPU'; remove one",
        "alarm 'web CPU': above 75 %, others above 90 %; the plan has one threshold, the lower",
        "monitoring.alert_when: every severity is taken to be p2; state your own",
    )


def test_synthetic_tests_become_checks() -> None:
    odd = check("DNS", subtype="dns", public_id="jkl-mno-pqr")
    found = checks_of([check("Home page"), odd])
    assert found.adopt == {"checks": {"uptime-home-page": "abc-def-ghi"}}
    assert found.chapters["uptime"] == {
        "every": "5 minutes",
        "locations": ["aws:eu-central-1", "aws:us-east-1", "aws:us-west-2"],
        "severity": "p0",
        "within": "1000 ms",
        "checks": {
            "home-page": {
                "url": "https://www.bynomi.com/",
                "within": "900 ms",
                "body_contains": "Bynomi",
            }
        },
    }
    Uptime.model_validate(found.chapters["uptime"])
    assert found.left == (
        "synthetic test 'DNS' (jkl-mno-pqr): only tests of an address by HTTP are exported",
    )


def monitor(id_: int, query: str, type_: str = "query alert") -> dict[str, Any]:
    return {"id": id_, "name": f"number {id_}", "type": type_, "query": query}


def test_monitors_become_thresholds_of_services() -> None:
    web = "{service:bynomi-web,env:prod}"
    found = monitors_of(
        [
            monitor(3, f"avg(last_5m):p99:trace.web.request{web} > 1.5", "metric alert"),
            monitor(4, f"avg(last_5m):p95:trace.web.request{web} > 2"),
            monitor(
                5,
                f"sum(last_5m):sum:trace.web.request.errors{web}.as_count() / "
                f"sum:trace.web.request.hits{web}.as_count() > 0.02",
            ),
            monitor(6, "avg(last_5m):p95:trace.web.request{service:other} > 2"),
            monitor(7, "avg(last_5m):avg:system.cpu.user{*} > 80"),
            monitor(8, "1 && 2", "composite"),
        ],
        PLAN,
    )
    assert found.adopt == {
        "monitors": {"services-web-latency-part": 3, "services-web-errors-part": 5}
    }
    assert found.chapters == {
        "services": {
            "web": {"latency": {"above": "1500 ms", "percentile": 99}, "errors": {"above": "2 %"}}
        }
    }
    assert found.left == (
        "monitor 'number 4' (4): watches the same as monitor 3; remove one",
        "monitor 'number 6' (6): watches service other, which `services` lacks",
        "monitor 'number 7' (7): the plan watches what it asks for otherwise",
        "monitor 'number 8' (8): the plan watches what it asks for otherwise",
    )


def test_our_own_queries_are_read_back_as_they_were_written() -> None:
    """What ServiceMonitors asks would be exported as the plan says it."""
    requests, minutes = Requests.of("bynomi-web", "web.request", "prod"), timedelta(minutes=5)
    latency = Threshold(requests.latency(95), minutes, Condition(">", 1.0)).compile()
    errors = Threshold(requests.error_rate, minutes, Condition(">", 1.0), "sum").compile()
    found = monitors_of([monitor(1, latency.query), monitor(2, errors.query)], PLAN)
    assert found.chapters["services"]["web"] == {
        "latency": {"above": "1000 ms", "percentile": 95},
        "errors": {"above": "1 %"},
    }


def test_nothing_there_is_no_chapter() -> None:
    assert checks_of([]) == Part()
    assert alarms_of([], PLAN) == Part()


def test_names_are_words_of_the_plan_and_never_two_of_one() -> None:
    assert slug("Home page (EU)") == "home-page-eu"
    assert slug("Home page", ["home-page"]) == "home-page-2"
    assert len(slug("x" * 80)) <= 38
    assert slug("???") == "unnamed"


def test_the_text_holds_chapters_adoption_and_what_was_left() -> None:
    parts = [
        Part({"replicas": {"a": {"of": "orders"}}}, {"replicas": {"a": "orders-read"}}, ("one",)),
        Part({"replicas": {"b": {"of": "orders"}}}, {"replicas": {"b": "other"}}),
    ]
    assert left(parts) == ["one"]
    assert text(parts) == (
        "config:\n"
        "  upkeep:replicas:\n"
        "    a:\n"
        "      of: orders\n"
        "    b:\n"
        "      of: orders\n"
        "  upkeep:adopt:\n"
        "    replicas:\n"
        "      a: orders-read\n"
        "      b: other\n"
        "\n"
        "# Left, since the plan has no words for it:\n"
        "# - one\n"
    )


def test_an_entry_that_was_exported_can_be_read() -> None:
    BackupEntry.model_validate(
        {
            "protects": {"databases": ["orders"]},
            "tiers": {"nightly": {**(schedule_words("cron(0 3 * * ? *)") or {}), "keep": "3 days"}},
        }
    )
