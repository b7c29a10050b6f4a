"""What the summary says of a deployed environment, from a state that a deployment left."""

import copy
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan.check import StackReport
from rich.console import Console

from tools.upkeep import deployed, summary, summary_page
from tools.upkeep.operation import Operated
from tools.upkeep.state import State, state_from

EXPORT = json.loads(
    (Path(__file__).parent / "data" / "deployed_prod.json").read_text(encoding="utf-8")
)
CHECKED_ONLY = {
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "not in the sandbox"
}


@pytest.fixture
def state() -> State:
    return state_from(EXPORT)


def test_who_hears_of_what_comes_from_the_subscriptions(state: State) -> None:
    # Phones are told by their secret's name; the topic that Datadog uses for SMS adds nobody.
    assert deployed.heard_by(state) == {
        "p0": {
            "email": ["dev@bynomi.com", "devops@bynomi.com"],
            "slack": ["#incidents"],
            "sms": ["onCallPhone"],
        },
        "p1": {"email": ["devops@bynomi.com"], "slack": ["#incidents"], "sms": ["onCallPhone"]},
        "p2": {"email": ["dev@bynomi.com"], "slack": ["#alerts"]},
        "p3": {"email": ["dev@bynomi.com"], "slack": ["#alerts"]},
    }


def test_whoever_only_datadog_reaches_comes_from_its_handles(state: State) -> None:
    handles = {"p0": "@a@bynomi.com @oncall-bynomi-prod-operations", "p1": "@case-shop @slack-x-y"}
    paged = replace(state, outputs={**state.outputs, "datadog_handles": handles})
    heard = deployed.heard_by(paged)
    assert heard["p0"]["on_call"] == ["bynomi-prod-operations"]
    assert heard["p1"]["tickets"] == ["shop"]
    assert "tickets" not in heard["p0"]
    assert "On-Call bynomi-prod-operations" in next(iter(summary_page._heard(heard)))


def test_what_is_watched_is_counted_by_severity(state: State) -> None:
    watched = deployed.watched(state)
    assert watched["alarms"] == {"p1": 4, "p2": 1}
    assert watched["uptime_checks"] == [
        {
            "name": "certificate-www.bynomi.com",
            "of": "ssl",
            "target": "www.bynomi.com",
            "every_seconds": 3600,
            "locations": ["aws:eu-central-1", "aws:us-east-1", "aws:us-west-2"],
            "severity": "p0",
        },
        {
            "name": "homepage",
            "of": "http",
            "target": "https://www.bynomi.com/",
            "every_seconds": 60,
            "locations": ["aws:eu-central-1", "aws:us-east-1", "aws:us-west-2"],
            "severity": "p0",
        },
    ]


def test_each_backup_rule_says_what_when_how_long_and_where_to(state: State) -> None:
    rules = {(rule["plan"], rule["tier"]): rule for rule in deployed.backed_up(state)}
    assert set(rules) == {
        ("database", "daily"),
        ("database", "six-hourly"),
        ("database", "point-in-time"),
        ("files", "daily"),
        ("files", "two-hourly"),
    }
    assert rules["database", "daily"] == {
        "plan": "database",
        "tier": "daily",
        "protects": ["orders-prod-use1-1"],
        "point_in_time": False,
        "schedule": "cron(0 2 * * ? *)",
        "when": "every day at 02:00",
        "timezone": "America/New_York",
        "keep_days": 30,
        "cold_after_days": None,
        "vault": "bynomi-prod-database-backups",
        "account": "123456789012",
        "copies": [
            {
                "account": "123456789012",
                "region": "us-west-2",
                "vault": "bynomi-prod-database-copies",
                "keep_days": 30,
            }
        ],
    }
    assert rules["database", "six-hourly"]["when"] == "every 6 hours from 05:00"
    assert rules["database", "point-in-time"]["point_in_time"]
    assert rules["files", "daily"]["protects"] == [
        "bynomi-prod-product-images",
        "bynomi-prod-user-uploads",
    ]


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("cron(0 2 * * ? *)", "every day at 02:00"),
        ("cron(30 2,14 * * ? *)", "every day at 02:30 and 14:30"),
        ("cron(15 * * * ? *)", "every hour at :15"),
        ("cron(0 1/2 * * ? *)", "every 2 hours from 01:00"),
        ("cron(0 3 ? * 1 *)", "every Sunday at 03:00"),
        ("cron(0 3 ? * WED *)", "every Wednesday at 03:00"),
        ("cron(0 3 ? * SUN#1 *)", "first Sunday of the month at 03:00"),
        ("cron(0 10 ? 1,4,7,10 3#2 *)", "second Tuesday of the quarter at 10:00"),
        ("cron(0 10 ? 10 2#1 *)", "first Monday of October at 10:00"),
        ("cron(0 10 15 3 ? *)", "15 March at 10:00"),
        ("cron(0 3 1 * ? *)", "day 1 of the month at 03:00"),
        ("cron(0 3 1 1,4,7,10 ? *)", "day 1 of the quarter at 03:00"),
        ("cron(0 3 1 1,2 ? *)", "cron(0 3 1 1,2 ? *)"),
        ("rate(1 day)", "rate(1 day)"),
        (None, ""),
    ],
)
def test_a_schedule_is_said_in_words_or_left_as_it_is(cron: str | None, words: str) -> None:
    assert deployed.say_cron(cron) == words


def test_what_stands_by_is_named_with_its_size_and_place(state: State) -> None:
    assert deployed.standing_by(state) == {
        "replicas": [
            {
                "name": "orders-usw2-1",
                "of": "orders-prod-use1-1",
                "region": "us-west-2",
                "class": "db.r6g.large",
                "multi_az": True,
            }
        ],
        "servers": [
            {
                "name": "standby-web",
                "region": "us-west-2",
                "running": 1,
                "at_most": 4,
                "type": "t4g.large",
                "serves": ["www.bynomi.com"],
            }
        ],
    }


def with_care() -> State:
    """The same with a window, the work in it, and a review."""
    declared = {
        "aws:ssm/maintenanceWindow:MaintenanceWindow::windows-monthly": {
            "schedule": "cron(0 1 ? * SUN#1 *)",
            "scheduleTimezone": "America/New_York",
            "duration": 4.0,
            "tags": {"window": "monthly"},
        },
        "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask::care": {
            "windowId": "windows-monthly",
            "name": "bynomi-prod-care",
            "description": "Query analysis of orders",
        },
        "aws:scheduler/schedule:Schedule::audit-item": {
            "scheduleExpression": "cron(0 10 ? 1,4,7,10 3#2 *)",
            "scheduleExpressionTimezone": "America/New_York",
        },
        "aws:scheduler/schedule:Schedule::audit-reminder": {
            "scheduleExpression": "cron(0 10 ? 3,6,9,12 3#4 *)"
        },
    }
    export = copy.deepcopy(EXPORT)
    for key, inputs in declared.items():
        token, _, name = key.rpartition("::")
        made = {"urn": f"urn:pulumi:prod::bynomi::{token}::{name}", "type": token, "custom": True}
        export["deployment"]["resources"].append({**made, "id": name, "inputs": inputs})
    return state_from(export)


def test_what_is_looked_after_is_the_windows_work_and_the_reviews() -> None:
    assert deployed.looked_after(with_care()) == {
        "windows": [
            {
                "name": "monthly",
                "opens": "first Sunday of the month at 01:00",
                "timezone": "America/New_York",
                "hours": 4.0,
                "work": ["Query analysis of orders"],
            }
        ],
        "reviews": [
            {
                "name": "audit",
                "when": "second Tuesday of the quarter at 10:00",
                "timezone": "America/New_York",
            }
        ],
    }


def of(state: State) -> summary.Environment:
    report = StackReport("Pulumi.prod.yaml", "prod")
    operated = Operated({"create": 3, "same": 1}, [], "")
    return summary.environment("prod", state, report, operated, 12.34, CHECKED_ONLY)


def test_every_resource_is_either_applied_or_only_checked(state: State) -> None:
    environment = of(state)
    assert environment.checked_only == [
        {
            "type": "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
            "count": 2,
            "why": "not in the sandbox",
        }
    ]
    # Components and providers live in no cloud.
    assert sum(environment.resources.values()) == len(
        [each for each in EXPORT["deployment"]["resources"] if "id" in each]
    ) - len([e for e in EXPORT["deployment"]["resources"] if "providers" in e["type"]])
    assert environment.applied + 2 == sum(environment.resources.values())


def test_what_cannot_be_proved_is_said_once() -> None:
    by_region = {"us-east-1": ["a", "b"], "us-west-2": ["b", "c"], "eu-west-1": ["a", "b"]}
    assert summary.unproven(by_region) == ["a (us-east-1, eu-west-1)", "b", "c"]


def test_the_file_has_its_documented_shape(state: State, tmp_path: Path) -> None:
    made = summary.Summary(
        [of(state)], "3.250.0", 30.04, "http://127.0.0.1:1", "http://127.0.0.1:2"
    )
    made.write(tmp_path / "summary.json")
    data: dict[str, Any] = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    assert {key: data[key] for key in ("version", "seconds", "engine", "sandbox")} == {
        "version": 1,
        "seconds": 30.0,
        "engine": "3.250.0",
        "sandbox": {"aws_endpoint_url": "http://127.0.0.1:1", "dd_api_url": "http://127.0.0.1:2"},
    }
    assert set(data["environments"][0]) == {
        "stack",
        "seconds",
        "changes",
        "watched",
        "heard_by",
        "backed_up",
        "standing_by",
        "proved_by",
        "looked_after",
        "objectives",
        "not_promised",
        "costs",
        "watching",
        "findings",
        "substitutes",
        "resources",
        "applied",
        "checked_only",
        "unproven",
        "warnings",
    }
    documented = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    for key in data["environments"][0]:
        assert f"`{key}`" in documented, key


def test_what_cannot_be_proved_has_a_page_of_its_own(state: State) -> None:
    told = replace(of(state), unproven=["logs: kept 30 days", "SMS: not confirmed"])
    made = summary.Summary([told, replace(of(state), stack="staging", unproven=[])], "3", 3, "", "")
    page = io.StringIO()
    summary_page.show(Console(file=page, width=120), made)
    assert (
        "2 things, such as what somebody has to confirm: build/not-provable.md" in page.getvalue()
    )
    assert summary_page.unproven_page(made) == (
        "# What no deployment here can prove\n"
        "\n## prod\n\n- logs: kept 30 days\n- SMS: not confirmed\n"
        "\n## staging\n\n- nothing\n"
    )


def test_the_page_says_it_all_within_120_columns() -> None:
    page = io.StringIO()
    made = summary.Summary([of(with_care())], "3.250.0", 30.0, "", "")
    summary_page.show(Console(file=page, width=120), made)
    text = page.getvalue()
    for said in (
        "5 alarms (4 P1, 1 P2); 1 page every minute from 3 places",
        "P2, P3: dev@bynomi.com, Slack #alerts",
        "any second, kept 30 days",
        "every day at 02:00 America/New_York, kept 30 days, copied to us-west-2 for 30 days",
        "orders-usw2-1: replica of orders-prod-use1-1 in us-west-2, db.r6g.large, in two zones",
        "standby-web: 1 of at most 4 servers in us-west-2, t4g.large, for www.bynomi.com",
        "monthly window: first Sunday of the month at 01:00 America/New_York, 4 hours",
        "  Query analysis of orders",
        "audit: second Tuesday of the quarter at 10:00 America/New_York, open until it is closed",
        "2 only checked (SlackChannelConfiguration)",
        "3 created, 1 unchanged in 12 s",
        "deployed prod in 30 s, Pulumi 3.250.0; also in build/summary.json",
    ):
        assert said in text, said
    assert max(map(len, text.splitlines())) <= 120
    assert "hidden" not in text


def test_what_holds_of_several_is_said_once() -> None:
    assert summary_page.together(
        [
            "On-Call (shop): knows no holidays",
            "logs: kept 30 days",
            "On-Call (support): knows no holidays",
            "On-Call (shop): swaps are not known",
            "logs: kept 30 days",
        ]
    ) == [
        "On-Call (shop, support): knows no holidays",
        "logs: kept 30 days",
        "On-Call (shop): swaps are not known",
    ]
