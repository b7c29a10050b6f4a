"""IncidentResponse: who hears of what, what people read who declare or review, and what is owed."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import IncidentResponse, datadog

from tests.components.recovery import ANSWERS, IDENTITY, RUNBOOKS, topics
from tests.components.support import ACCOUNT, UNKNOWN, Recording, deploy, providers

RULE = "datadog:index/incidentNotificationRule:IncidentNotificationRule"
STEP = {"does": "Something", "by": "operations"}
ARGS: dict[str, Any] = {
    "title": "Bynomi prod",
    "severities": {
        "p0": {"means": "Outage", "respond_within": "15 minutes"},
        "p1": {"means": "Broken", "respond_within": "2 hours"},
        "p2": {"means": "Degraded", "respond_within": "8 hours"},
        "p3": {"means": "Visual", "respond_within": "2 business days"},
    },
    "handles": {
        "p0": "@dev@x.example @oncall-ops @slack-x-incidents @sns-x-sms @webhook-tickets",
        "p1": "@dev@x.example @oncall-ops @webhook-tickets",
        "p2": "@dev@x.example @case-UP",
        "p3": "@dev@x.example",
    },
    "told": {"p0": ["@support@x.example"]},
    "commander": "incident-response",
    "roles": {"communications": {"means": "Tells customers", "by": "support", "alone": True}},
    "process": {
        "detect": {"does": "Detection and alerting", "by": "operations"},
        "classify": {"does": "Classification", "by": "leaders", "within": "15 minutes"},
        "investigate": STEP,
        "resolve": STEP,
        "review": {"does": "Post-incident review", "by": "leaders", "within": "5 days"},
        "document": {"does": "Documentation", "by": "operations", "within": "10 days"},
    },
    "review": {
        "asks": [
            {"about": "root cause", "question": "What caused it?"},
            {"about": "prevention", "question": "What keeps it away?"},
        ]
    },
    "credentials": "bynomi-prod-datadog",
    "topics": topics("us-west-2"),
    "runbooks": RUNBOOKS,
}


def declaration(changes: dict[str, Any] | None = None, preview: bool = False) -> Recording:
    given: Any = {**ARGS, **(changes or {})}

    def program() -> None:
        aws = providers("us-west-2")["us-west-2"]
        dog = datadog.Provider("datadog", datadog.ProviderArgs(api_key="a", app_key="b"))
        IncidentResponse("incidents", given, pulumi.ResourceOptions(providers=[aws, dog]))

    return deploy(program, preview=preview, estate=IDENTITY, answers=ANSWERS)


@pytest.mark.slow
def test_p0_to_p3_are_sev_1_to_sev_4_for_whoever_declares(preview: bool) -> None:
    found = declaration(preview=preview)
    props = found.one("datadog:index/incidentType:IncidentType", "incidents").props
    said = props["configuration"]["createMessage"]
    assert said.splitlines()[:4] == [
        "- **SEV-1** is P0: Outage. Somebody answers within 15 minutes.",
        "- **SEV-2** is P1: Broken. Somebody answers within 2 hours.",
        "- **SEV-3** is P2: Degraded. Somebody answers within 8 hours.",
        "- **SEV-4** is P3: Visual. Somebody answers within 2 business days.",
    ]
    assert props["name"] == "Bynomi prod"
    assert props["configuration"]["allowIncidentDeletion"] is False
    assert props["configuration"]["editableTimestamps"] is False


@pytest.mark.slow
def test_who_hears_at_which_severity_and_state() -> None:
    told = {
        name.removeprefix("incidents-"): (
            [tuple(each["values"]) for each in found.props["conditions"]],
            found.props["handles"],
            found.props.get("renotifyOns"),
        )
        for name, found in declaration().of(RULE).items()
    }
    people = ["@dev@x.example", "@slack-x-incidents", "@support@x.example"]
    over = ("stable", "resolved")
    assert told == {
        # Pages and phones ring once; trackers take another payload than that of incidents.
        "p0-declared": (
            [("SEV-1",), ("active",)],
            sorted([*people, "@oncall-ops", "@sns-x-sms"]),
            None,
        ),
        "p0-changed": ([("SEV-1",), over], people, ["state"]),
        "p1-declared": ([("SEV-2",), ("active",)], ["@dev@x.example", "@oncall-ops"], None),
        "p1-changed": ([("SEV-2",), over], ["@dev@x.example"], ["state"]),
        "p2-declared": ([("SEV-3",), ("active",)], ["@dev@x.example"], None),
        "p3-declared": ([("SEV-4",), ("active",)], ["@dev@x.example"], None),
    }
    for rule in declaration().of(RULE).values():
        assert (rule.props["trigger"], rule.props["enabled"]) == ("incident_saved_trigger", True)


def test_whoever_hears_reads_the_process_with_its_times() -> None:
    found = declaration().of(
        "datadog:index/incidentNotificationTemplate:IncidentNotificationTemplate"
    )
    content = found["incidents-declared"].props["content"]
    assert "1. Detection and alerting: operations\n2. Classification: leaders, within 15" in content
    assert "5. Post-incident review: leaders, within 5 days of its end" in content
    assert "otherwise whoever of incident-response comes first" in content
    assert content.endswith(f"{RUNBOOKS}/incident")
    assert "{{incident.status}}" in found["incidents-changed"].props["subject"]


@pytest.mark.slow
def test_a_review_asks_what_the_plan_asks_in_its_order() -> None:
    found = declaration().one(
        "datadog:index/incidentPostmortemTemplate:IncidentPostmortemTemplate", "incidents-review"
    )
    content = found.props["content"]
    parts = [line for line in content.splitlines() if line.startswith("#")]
    assert parts == [
        "# Review: {{incident.title}}",
        "## Root cause",
        "## Prevention",
        "## Timeline",
    ]
    assert "*What caused it?*" in content
    assert "Owed by leaders within 5 days" in content
    assert found.props["isDefault"] is True


def test_roles_beside_datadogs_own() -> None:
    found = declaration().one(
        "datadog:index/incidentUserDefinedRole:IncidentUserDefinedRole", "incidents-communications"
    )
    assert (found.props["name"], found.props["policy"]) == ("Communications", {"isSingle": True})
    assert found.props["description"] == "Tells customers. People of support."


def test_what_is_owed_too_long_rings_and_so_does_silence() -> None:
    found = declaration()
    alarm = found.one("aws:cloudwatch/metricAlarm:MetricAlarm", "incidents-review-owed").props
    assert (alarm["namespace"], alarm["metricName"], alarm["dimensions"]) == (
        "Upkeep/Operate",
        "ReviewOwedAge",
        {"Stack": "bynomi-prod"},
    )
    assert (alarm["threshold"], alarm["treatMissingData"], alarm["comparisonOperator"]) == (
        5,
        "breaching",
        "GreaterThanThreshold",
    )
    assert alarm["alarmActions"] == [topics("us-west-2")["p2"]]
    schedule = found.one("aws:scheduler/schedule:Schedule", "incidents-reviews").props
    assert schedule["scheduleExpression"] == "rate(1 hour)"


@pytest.mark.slow
def test_the_function_may_do_its_work_and_no_more(preview: bool) -> None:
    found = declaration(preview=preview)
    given = found.one("aws:lambda/function:Function", "incidents-reviews").props
    variables = given["environment"]["variables"]
    assert variables["KEYS"] == "bynomi-prod-datadog"
    assert json.loads(variables["SEVERITIES"]) == {"SEV-1": "p0", "SEV-2": "p1"}
    assert variables["INCIDENT_TYPE"] == (UNKNOWN if preview else "incidents-id")
    if preview:
        return
    document = json.loads(
        found.one("aws:iam/rolePolicy:RolePolicy", "incidents-reviews").props["policy"]
    )
    allowed = {
        each["Sid"]: (each["Action"], each["Resource"])
        for each in document["Statement"]
        if each["Sid"] != "WriteLog"
    }
    assert allowed == {
        "ReadDatadogKeys": (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:bynomi-prod-datadog-??????",
        ),
        "Publish": ("cloudwatch:PutMetricData", "*"),
        "KeepItems": (["ssm:CreateOpsItem", "ssm:DescribeOpsItems"], "*"),
        "CloseItems": ("ssm:UpdateOpsItem", f"arn:aws:ssm:*:{ACCOUNT}:opsitem/*"),
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"title": "x" * 51}, "title"),
        ({"review": {"asks": []}}, "a review that asks nothing"),
        ({"review": {"asks": {"root cause": "Why?"}}}, "write a list: `- {about: root cause, "),
        ({"commander": ["one", "two"]}, "2 owners: what belongs to several is done by none"),
        ({"severities": {"p0": ARGS["severities"]["p0"]}}, "severities.p1"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError, match="IncidentResponse 'incidents'") as refused:
        declaration(changes)
    assert says in str(refused.value)
