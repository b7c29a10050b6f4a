"""DependencyReview: who is reminded, when, and what stays open."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import DependencyReview

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import Recording

SCHEDULE = "aws:scheduler/schedule:Schedule"
TOPICS = topics("us-east-1")
ARGS: dict[str, Any] = {
    "owner": "shop",
    "every": "month",
    "on": "first Monday",
    "at": "10:00",
    "timezone": "America/New_York",
    "topics": TOPICS,
    "runbooks": RUNBOOKS,
}


def review(preview: bool = False, **changed: Any) -> Recording:
    given: Any = {**ARGS, **changed}
    return declared(
        lambda opts: DependencyReview("dependencies", given, opts),
        preview=preview,
        region="us-east-1",
    )


@pytest.mark.slow
def test_what_is_declared(preview: bool) -> None:
    assert [
        (kind.rpartition(":")[2], name)
        for kind, name in review(preview).names()
        if not kind.startswith("upkeep:")
    ] == [
        ("Role", "dependencies-review"),
        ("RolePolicy", "dependencies-review"),
        ("Schedule", "dependencies-review-item"),
        ("Schedule", "dependencies-review-reminder"),
    ]


def test_the_owner_is_reminded_and_an_item_stays_open() -> None:
    schedules = review().of(SCHEDULE)
    for each in schedules.values():
        assert each.props["scheduleExpression"] == "cron(0 10 ? * 2#1 *)"
        assert each.props["scheduleExpressionTimezone"] == "America/New_York"
    sent = json.loads(schedules["dependencies-review-reminder"].props["target"]["input"])
    assert sent["TopicArn"] == TOPICS["p3"]
    assert json.loads(sent["Message"])["default"] == (
        "bynomi-prod: review of dependencies, every month on first Monday at 10:00. Owner: shop.\n"
        f"How: {RUNBOOKS}/dependency-review"
    )
    item = json.loads(schedules["dependencies-review-item"].props["target"]["input"])
    assert (item["Title"], item["Severity"]) == ("bynomi-prod: review of dependencies", "4")
    assert item["OperationalData"]["owner"]["Value"] == "shop"
    assert json.loads(item["OperationalData"]["/aws/dedup"]["Value"]) == {
        "dedupString": "bynomi-prod-dependencies-review"
    }


def test_a_graver_one_goes_by_its_own_topic() -> None:
    sent = review(severity="p2").of(SCHEDULE)["dependencies-review-reminder"]
    assert json.loads(sent.props["target"]["input"])["TopicArn"] == TOPICS["p2"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"every": "day", "on": None}, "people take part in it"),
        ({"owner": ["shop", "site"]}, "two owners: one answers for it"),
        ({"on": "fifth Monday"}, "on"),
        ({"timezone": "Mars"}, "timezone"),
    ],
)
def test_what_is_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError, match="DependencyReview 'dependencies'") as refused:
        review(**changed)
    assert says in str(refused.value)
