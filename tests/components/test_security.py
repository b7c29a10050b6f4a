"""SecurityScans, ImageScans and SecurityReviews: who is told what, and what is refused."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import ImageScans, SecurityReviews, SecurityScans

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Recording

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"
RULE = "aws:cloudwatch/eventRule:EventRule"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
TOPICS = topics("us-east-1")
SHARED: dict[str, Any] = {
    "topics": TOPICS,
    "runbooks": RUNBOOKS,
    "timezone": "America/New_York",
}
WEEKLY = {"every": "week", "on": "Monday", "at": "07:00", **SHARED}
AUDIT = {
    "means": "Manual security audit",
    "every": "quarter",
    "on": "second Tuesday",
    "at": "10:00",
    "owner": "operations",
}


def component(kind: Any, name: str, args: Any, preview: bool = False) -> Recording:
    return declared(lambda opts: kind(name, args, opts), preview=preview, region="us-east-1")


def scans(preview: bool = False, **changed: Any) -> Recording:
    args = {**WEEKLY, "owner": "operations", **changed}
    return component(SecurityScans, "security-scans", args, preview)


def images(preview: bool = False, **changed: Any) -> Recording:
    return component(ImageScans, "image-scans", {**WEEKLY, **changed}, preview)


def reviews(preview: bool = False, **changed: Any) -> Recording:
    args = {"reviews": {"audit": {**AUDIT, **changed}}, **SHARED}
    return component(SecurityReviews, "security-reviews", args, preview)


def own(found: Recording) -> list[tuple[str, str]]:
    """What is declared beside the function's own."""
    return [
        (kind.rpartition(":")[2], name)
        for kind, name in found.names()
        if not kind.startswith("upkeep:") and "lambda" not in kind and "LogGroup" not in kind
    ]


@pytest.mark.slow
def test_scans_declare_exactly_this(preview: bool) -> None:
    assert own(scans(preview)) == [
        ("EventRule", "security-scans-critical"),
        ("EventRule", "security-scans-high"),
        ("EventTarget", "security-scans-critical"),
        ("EventTarget", "security-scans-high"),
        ("MetricAlarm", "security-scans-not-scanned"),
        ("MetricAlarm", "security-scans-report-errors"),
        ("Role", "security-scans-report"),
        ("Role", "security-scans-report-clock"),
        ("Role", "security-scans-weekly"),
        ("RolePolicy", "security-scans-report"),
        ("RolePolicy", "security-scans-report-clock"),
        ("RolePolicy", "security-scans-weekly"),
        ("Enabler", "security-scans"),
        ("Schedule", "security-scans-report"),
        ("Schedule", "security-scans-weekly"),
    ]


def test_a_finding_goes_where_its_gravity_says() -> None:
    found = scans(findings={"critical": "p0", "high": "p1", "medium": "p3"})
    pattern = json.loads(found.of(RULE)["security-scans-critical"].props["eventPattern"])
    assert pattern == {
        "source": ["aws.inspector2"],
        "detail-type": ["Inspector2 Finding"],
        "detail": {"severity": ["CRITICAL"], "status": ["ACTIVE"]},
    }
    assert {name: each.props["arn"] for name, each in found.of(TARGET).items()} == {
        "security-scans-critical": TOPICS["p0"],
        "security-scans-high": TOPICS["p1"],
        "security-scans-medium": TOPICS["p3"],
    }
    transformer = found.of(TARGET)["security-scans-high"].props["inputTransformer"]
    assert transformer["inputTemplate"].startswith('"P1: high security finding on <resource>')
    assert f"{RUNBOOKS}/security-finding" in transformer["inputTemplate"]


def test_inspector_looks_at_what_the_plan_names() -> None:
    found = scans(of=["servers"]).one("aws:inspector2/enabler:Enabler").props
    assert found == {"accountIds": [ACCOUNT], "resourceTypes": ["EC2"]}


def test_the_report_is_made_on_the_plans_clocks() -> None:
    weekly = scans().of(SCHEDULE)["security-scans-weekly"].props
    assert weekly["scheduleExpression"] == "cron(0 7 ? * 2 *)"
    assert weekly["scheduleExpressionTimezone"] == "America/New_York"
    assert json.loads(weekly["target"]["input"]) == {"report": True}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("by", "scan_type", "frequency", "more"),
    [
        ("inspector", "ENHANCED", "CONTINUOUS_SCAN", []),
        (
            "basic",
            "BASIC",
            "SCAN_ON_PUSH",
            [("EventRule", "image-scans-critical"), ("EventTarget", "image-scans-critical")],
        ),
    ],
)
def test_images_are_scanned_on_push_and_again(
    preview: bool, by: str, scan_type: str, frequency: str, more: list[tuple[str, str]]
) -> None:
    found = images(preview, by=by, repositories=["shop/*"])
    assert own(found) == [
        *more,
        ("MetricAlarm", "image-scans-again-errors"),
        ("MetricAlarm", "image-scans-not-scanned"),
        ("RegistryScanningConfiguration", "image-scans"),
        ("Role", "image-scans-again"),
        ("Role", "image-scans-again-clock"),
        ("RolePolicy", "image-scans-again"),
        ("RolePolicy", "image-scans-again-clock"),
        ("Schedule", "image-scans-again"),
    ]
    kind = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
    assert found.one(kind).props == {
        "scanType": scan_type,
        "rules": [
            {
                "scanFrequency": frequency,
                "repositoryFilters": [{"filter": "shop/*", "filterType": "WILDCARD"}],
            }
        ],
    }


@pytest.mark.parametrize(("by", "may"), [("inspector", False), ("basic", True)])
def test_only_basic_scanning_starts_scans(by: str, may: bool) -> None:
    policy = images(by=by).of(POLICY)["image-scans-again"].props["policy"]
    assert ("ecr:StartImageScan" in policy) is may


@pytest.mark.slow
def test_a_review_is_announced_ahead_and_opened_on_its_day(preview: bool) -> None:
    found = reviews(preview)
    schedules = found.of(SCHEDULE)
    assert {name: each.props["scheduleExpression"] for name, each in schedules.items()} == {
        "security-reviews-ages": "rate(1 day)",
        "security-reviews-audit-item": "cron(0 10 ? 1,4,7,10 3#2 *)",
        "security-reviews-audit-reminder": "cron(0 10 ? 3,6,9,12 3#4 *)",
    }
    assert set(found.of(ALARM)) == {"security-reviews-ages-errors", "security-reviews-audit"}
    if preview:
        return
    item = json.loads(schedules["security-reviews-audit-item"].props["target"]["input"])
    assert item["Category"] == "Security"
    assert item["OperationalData"]["owner"]["Value"] == "operations"
    reminder = json.loads(schedules["security-reviews-audit-reminder"].props["target"]["input"])
    assert reminder["TopicArn"] == TOPICS["p3"]
    said = json.loads(reminder["Message"])["default"]
    assert said.splitlines() == [
        "bynomi-prod: Manual security audit, every quarter on second Tuesday at 10:00. Owner: "
        "operations.",
        f"How: {RUNBOOKS}/security-review-audit",
        "Announced at least 14 days ahead.",
    ]


@pytest.mark.slow
def test_an_overdue_review_rings() -> None:
    alarm = reviews(severity="p2").of(ALARM)["security-reviews-audit"].props
    assert (alarm["metricName"], alarm["threshold"]) == ("ReviewOverdue", 0)
    assert alarm["dimensions"] == {"Review": "audit"}
    assert alarm["treatMissingData"] == "breaching"
    assert alarm["alarmActions"] == [TOPICS["p2"]]
    environment = reviews().of(FUNCTION)["security-reviews-ages"].props["environment"]
    assert json.loads(environment["variables"]["REVIEWS"]) == {
        "audit": {"title": "bynomi-prod: Manual security audit", "done_within": 30, "interval": 98}
    }


@pytest.mark.parametrize(
    ("declare", "changed", "said"),
    [
        (scans, {"findings": {"high": "p1"}}, "findings: critical findings would be told"),
        (scans, {"findings": {"critical": "p8"}}, "findings.critical = p8"),
        (scans, {"of": ["phones"]}, "of.0 = phones"),
        (scans, {"every": "quarter", "on": "1"}, "every = quarter"),
        (images, {"by": "trivy"}, "by = trivy"),
        (images, {"every": "month", "on": "1"}, "images are scanned weekly at least"),
        (reviews, {"owner": None}, "reviews.audit.owner"),
        (reviews, {"on": "Tuesday"}, "add `on: 1` or `on: first Sunday`"),
        (reviews, {"every": "year", "on": "29 February"}, "comes in leap years alone"),
    ],
)
def test_what_cannot_stand_is_refused(declare: Any, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        declare(**changed)
    assert said in str(caught.value)
