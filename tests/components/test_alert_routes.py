"""AlertRoutes: who may publish, who hears, and what is refused."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import AlertRoutes, AlertRoutesArgs

from tests.components.support import UNKNOWN, Recording, arn, deploy, providers

SEVERITIES = ("p0", "p1", "p2", "p3")
DATADOG_ROLE = "arn:aws:iam::123456789012:role/DatadogIntegration"
PHONE = "+12065550100"
TOPIC = "aws:sns/topic:Topic"
POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
KEY = "aws:kms/key:Key"
SLACK = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"


def bynomi(**changes: Any) -> AlertRoutesArgs:
    args: Any = {
        "account": "123456789012",
        "severities": {
            "p0": {
                "email": ["devops@bynomi.com", "dev@bynomi.com"],
                "sms": {"onCallPhone": PHONE},
                "slack": ["incidents"],
            },
            "p1": {"email": ["devops@bynomi.com"], "slack": ["incidents"]},
            "p2": {"email": ["dev@bynomi.com"], "slack": ["alerts"]},
            "p3": {"email": ["dev@bynomi.com"]},
        },
        "slack": {
            "account": "bynomi",
            "workspace": "T0BYNOMI01",
            "channels": {"incidents": "C0INCIDENT", "alerts": "C00ALERTS0"},
        },
        "datadog_role_arn": DATADOG_ROLE,
        **changes,
    }
    return {key: value for key, value in args.items() if value is not None}  # type: ignore[return-value]


def declare(args: AlertRoutesArgs, preview: bool = False) -> Recording:
    def program() -> None:
        primary = providers("us-east-1", "us-west-2")["us-east-1"]
        AlertRoutes("alerts", args, pulumi.ResourceOptions(providers=[primary]))

    return deploy(program, preview=preview, answers={KEY: lambda name, _: {"keyId": f"{name}-id"}})


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {each["Sid"]: each for each in json.loads(document)["Statement"]}


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


@pytest.mark.slow
def test_registers_exactly_what_the_severities_need(preview: bool) -> None:
    recording = declare(bynomi(), preview)

    assert [each for each in recording.names() if each[0] != "upkeep:index:AlertRoutes"] == [
        (SLACK, "alerts-slack-alerts"),
        (SLACK, "alerts-slack-incidents"),
        ("aws:iam/role:Role", "alerts-slack"),
        ("aws:iam/rolePolicy:RolePolicy", "alerts-slack"),
        ("aws:kms/alias:Alias", "alerts-key"),
        (KEY, "alerts-key"),
        (TOPIC, "alerts-p0"),
        (TOPIC, "alerts-p0-sms"),
        (TOPIC, "alerts-p1"),
        (TOPIC, "alerts-p2"),
        (TOPIC, "alerts-p3"),
        (POLICY, "alerts-p0"),
        (POLICY, "alerts-p0-sms"),
        (POLICY, "alerts-p1"),
        (POLICY, "alerts-p2"),
        (POLICY, "alerts-p3"),
        (SUBSCRIPTION, "alerts-p0-dev@bynomi.com"),
        (SUBSCRIPTION, "alerts-p0-devops@bynomi.com"),
        (SUBSCRIPTION, "alerts-p0-sms-onCallPhone"),
        (SUBSCRIPTION, "alerts-p0-sms-onCallPhone-datadog"),
        (SUBSCRIPTION, "alerts-p1-devops@bynomi.com"),
        (SUBSCRIPTION, "alerts-p2-dev@bynomi.com"),
        (SUBSCRIPTION, "alerts-p3-dev@bynomi.com"),
    ]
    children = recording.children()
    assert {each.parent for each in children} == {"upkeep:index:AlertRoutes::alerts"}
    assert {each.provider for each in children} == {"aws-us-east-1"}
    assert not any(each.protect for each in children)


@pytest.mark.slow
def test_topics_are_named_encrypted_and_carry_their_severity(preview: bool) -> None:
    recording = declare(bynomi(), preview)
    key = UNKNOWN if preview else arn(KEY, "alerts-key")

    assert recording.one(TOPIC, "alerts-p0").props == {
        "name": "bynomi-prod-alerts-p0",
        "displayName": "bynomi P0",
        "kmsMasterKeyId": key,
        "tags": {"severity": "p0"},
    }
    assert recording.one(TOPIC, "alerts-p0-sms").props == {
        "name": "bynomi-prod-alerts-p0-sms",
        "displayName": "bynomi P0",
        "kmsMasterKeyId": key,
        "tags": {"severity": "p0"},
    }
    assert recording.one("aws:kms/alias:Alias").props == {
        "name": "alias/bynomi-prod-alerts",
        "targetKeyId": UNKNOWN if preview else "alerts-key-id",
    }


def test_only_alarms_backups_and_events_may_publish() -> None:
    topic = arn(TOPIC, "alerts-p1")
    policy = declare(bynomi()).one(POLICY, "alerts-p1").props["policy"]
    of_this_account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}

    def may_publish(service: str, **condition: Any) -> dict[str, Any]:
        return {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sns:Publish",
            "Resource": topic,
            **condition,
        }

    found = {
        sid: {k: v for k, v in each.items() if k != "Sid"}
        for sid, each in statements(policy).items()
    }
    assert found == {
        "CloudwatchPublishes": may_publish("cloudwatch.amazonaws.com", Condition=of_this_account),
        "BackupPublishes": may_publish("backup.amazonaws.com", Condition=of_this_account),
        # AWS: with a condition nothing of EventBridge arrives.
        "EventsPublishes": may_publish("events.amazonaws.com"),
        "OnlyEncryptedInTransit": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    }


def test_only_datadogs_role_may_publish_to_the_phones() -> None:
    policy = declare(bynomi()).one(POLICY, "alerts-p0-sms").props["policy"]

    allowed = {
        sid: each["Principal"]
        for sid, each in statements(policy).items()
        if each["Effect"] == "Allow"
    }
    assert allowed == {"DatadogPublishes": {"AWS": DATADOG_ROLE}}


@pytest.mark.slow
def test_the_key_serves_publishers_for_these_topics_alone(preview: bool) -> None:
    key = declare(bynomi(), preview).one(KEY)

    assert key.props["enableKeyRotation"] is True
    assert key.props["deletionWindowInDays"] == 30
    policy = statements(key.props["policy"])
    assert {sid: each["Principal"] for sid, each in policy.items()} == {
        "AccountAdministers": {"AWS": "arn:aws:iam::123456789012:root"},
        "CloudwatchEncrypts": {"Service": "cloudwatch.amazonaws.com"},
        "BackupEncrypts": {"Service": "backup.amazonaws.com"},
        "EventsEncrypts": {"Service": "events.amazonaws.com"},
        "DatadogEncrypts": {"AWS": DATADOG_ROLE},
    }
    conditions = {sid: each.get("Condition") for sid, each in policy.items()}
    for_alerts = {
        "ArnLike": {
            "kms:EncryptionContext:aws:sns:topicArn": (
                "arn:*:sns:*:123456789012:bynomi-prod-alerts-p?"
            )
        }
    }
    of_this_account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert conditions == {
        "AccountAdministers": None,
        "CloudwatchEncrypts": for_alerts | of_this_account,
        "BackupEncrypts": for_alerts | of_this_account,
        "EventsEncrypts": for_alerts,
        "DatadogEncrypts": {
            "ArnLike": {
                "kms:EncryptionContext:aws:sns:topicArn": (
                    "arn:*:sns:*:123456789012:bynomi-prod-alerts-p?-sms"
                )
            }
        },
    }


def test_slack_hears_the_severities_that_name_its_channel() -> None:
    recording = declare(bynomi())

    assert recording.one(SLACK, "alerts-slack-incidents").props == {
        "configurationName": "bynomi-prod-alerts-slack-incidents",
        "slackTeamId": "T0BYNOMI01",
        "slackChannelId": "C0INCIDENT",
        "iamRoleArn": arn("aws:iam/role:Role", "alerts-slack"),
        "guardrailPolicyArns": ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"],
        "snsTopicArns": [arn(TOPIC, "alerts-p0"), arn(TOPIC, "alerts-p1")],
        "loggingLevel": "ERROR",
    }
    role = recording.one("aws:iam/role:Role").props
    assert statements(role["assumeRolePolicy"])["ChatAssumes"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"}
    }
    allowed = statements(recording.one("aws:iam/rolePolicy:RolePolicy").props["policy"])
    assert [each["Action"] for each in allowed.values()] == [
        [
            "cloudwatch:DescribeAlarms",
            "cloudwatch:GetMetricData",
            "cloudwatch:GetMetricStatistics",
            "cloudwatch:ListMetrics",
        ]
    ]


def test_slack_hears_other_regions_too() -> None:
    west = {key: f"arn:aws:sns:us-west-2:123456789012:alerts-{key}" for key in SEVERITIES}
    recording = declare(bynomi(other_regions=[west]))

    assert recording.one(SLACK, "alerts-slack-incidents").props["snsTopicArns"] == [
        arn(TOPIC, "alerts-p0"),
        arn(TOPIC, "alerts-p1"),
        west["p0"],
        west["p1"],
    ]


def test_a_second_region_repeats_nothing_that_an_account_has_once() -> None:
    recording = declare(bynomi(account_wide=False))

    kinds = {each.type for each in recording.registrations}
    assert not {SLACK, "aws:iam/role:Role"} & kinds
    assert sorted(recording.of(TOPIC)) == ["alerts-p0", "alerts-p1", "alerts-p2", "alerts-p3"]
    assert "DatadogEncrypts" not in statements(recording.one(KEY).props["policy"])


@pytest.mark.slow
def test_a_secret_number_stays_one(preview: bool) -> None:
    def program() -> None:
        args = bynomi()
        args["severities"]["p0"]["sms"] = {"onCallPhone": pulumi.Output.secret(PHONE)}
        AlertRoutes(
            "alerts", args, pulumi.ResourceOptions(providers=[providers("us-east-1")["us-east-1"]])
        )

    recording = deploy(program, preview=preview)
    phones = {name: each for name, each in recording.of(SUBSCRIPTION).items() if "sms" in name}
    assert {name: (each.props["endpoint"], set(each.secrets)) for name, each in phones.items()} == {
        "alerts-p0-sms-onCallPhone": (PHONE, {"endpoint"}),
        "alerts-p0-sms-onCallPhone-datadog": (PHONE, {"endpoint"}),
    }
    assert PHONE not in json.dumps(recording.outputs_of("alerts"))


def test_tells_datadog_whom_to_tell_and_what_nobody_can_know() -> None:
    outputs = declare(bynomi()).outputs_of("alerts")

    assert outputs["datadogHandles"] == {
        "p0": (
            "@dev@bynomi.com @devops@bynomi.com @slack-bynomi-incidents "
            "@sns-bynomi-prod-alerts-p0-sms"
        ),
        "p1": "@devops@bynomi.com @slack-bynomi-incidents",
        "p2": "@dev@bynomi.com @slack-bynomi-alerts",
        "p3": "@dev@bynomi.com",
    }
    assert outputs["topics"] == {key: arn(TOPIC, f"alerts-{key}") for key in SEVERITIES}
    assert outputs["smsTopics"] == {"p0": arn(TOPIC, "alerts-p0-sms")}
    assert outputs["unproven"] == [
        "email dev@bynomi.com: not told of P0, P2, P3 until its owner confirms each subscription",
        "email devops@bynomi.com: not told of P0, P1 until its owner confirms each subscription",
        "SMS (onCallPhone): a new account is in the SMS sandbox, which reaches verified numbers "
        "only, and stops at its monthly spend limit (1 USD unless raised)",
        "SMS (onCallPhone): Datadog reaches phones once its Amazon SNS integration is installed "
        "and its role may list and publish to the topics",
        "Slack workspace T0BYNOMI01: authorised once by hand in the console of AWS's chat "
        "application and in Datadog's Slack integration",
    ]


def test_says_that_datadog_reaches_no_phone_without_a_role() -> None:
    recording = declare(bynomi(datadog_role_arn=None))
    outputs = recording.outputs_of("alerts")

    assert "alerts-p0-sms" not in recording.of(TOPIC)
    assert "@sns-" not in outputs["datadogHandles"]["p0"]
    assert (
        "SMS (onCallPhone): Datadog's alerts do not reach phones, no Datadog role is given"
        in outputs["unproven"]
    )


def test_refuses_a_severity_that_reaches_nobody() -> None:
    args: Any = bynomi()
    args["severities"]["p2"] = {}

    assert refusal(args) == (
        "AlertRoutes 'alerts': 1 fault\n"
        "  severities.p2: reaches nobody; name an `email`, an `sms` or a `slack` channel"
    )


def test_names_all_faults_at_once() -> None:
    args: Any = bynomi(account="1234", channels="x")
    args["severities"]["p0"] |= {"sms": {"onCallPhone": "206 555 0100"}, "emails": []}

    assert refusal(args) == (
        "AlertRoutes 'alerts': 4 faults\n"
        "  account = 1234: string should match pattern '^\\d{12}$'\n"
        "  channels: not a word of the plan; known here: account, severities, slack, "
        "account_wide, other_regions, datadog_role_arn\n"
        "  severities.p0.emails: not a word of the plan; did you mean `email`?\n"
        "  severities.p0.sms.onCallPhone = 206 555 0100: not a phone number that SMS can reach "
        "(E.164); write `+`, the country's code and the number, such as `+12065550100`"
    )


def test_refuses_a_channel_that_slack_does_not_have() -> None:
    args: Any = bynomi()
    args["severities"]["p1"]["slack"] = ["incident"]

    assert refusal(args) == (
        "AlertRoutes 'alerts': 1 fault\n"
        "  severities.p1.slack = incident: not a channel of `slack.channels`; "
        "did you mean `incidents`?"
    )


# ---- what only Datadog reaches -------------------------------------------------------------------


def paged(**changes: Any) -> AlertRoutesArgs:
    args: Any = bynomi()
    args["severities"]["p1"] |= {"sms": {"onCallPhone": PHONE}}
    for severity in ("p0", "p1"):
        args["severities"][severity] |= {
            "on_call": "bynomi-prod-operations",
            "tickets": "@webhook-bynomi-prod-tickets-github",
            **changes,
        }
    return args  # type: ignore[no-any-return]


def handles_of(args: AlertRoutesArgs) -> dict[str, set[str]]:
    outputs = declare(args).outputs_of("alerts")
    return {key: set(line.split()) for key, line in outputs["datadogHandles"].items()}


@pytest.mark.slow
def test_datadog_pages_and_opens_cases_and_alarms_do_neither() -> None:
    before, after = handles_of(bynomi()), handles_of(paged())
    page = {"@oncall-bynomi-prod-operations", "@webhook-bynomi-prod-tickets-github"}
    assert after["p0"] - before["p0"] == page
    assert after["p2"] == before["p2"]
    # Topics hear of the same people as before: SNS knows no pages.
    plain = bynomi()
    plain["severities"]["p1"]["sms"] = {"onCallPhone": PHONE}
    assert declare(paged()).names() == declare(plain).names()
    told = declare(paged()).outputs_of("alerts")["unproven"]
    assert (
        "On-Call (P0): alarms of CloudWatch do not page bynomi-prod-operations, they ring the "
        "phones of its SMS"
    ) in told
    assert "@webhook-bynomi-prod-tickets-github (P1): alarms of CloudWatch open no case" in told
    plainly = declare(bynomi()).outputs_of("alerts")["unproven"]
    assert not [each for each in plainly if "CloudWatch" in each]


@pytest.mark.slow
def test_where_on_call_keeps_business_hours_datadog_leaves_phones_to_it() -> None:
    """SNS knows no hours: a P1 would ring at night."""
    always, business = handles_of(paged()), handles_of(paged(hours="business"))
    for severity in ("p0", "p1"):
        assert always[severity] - business[severity] == {f"@sns-bynomi-prod-alerts-{severity}-sms"}
        assert "@oncall-bynomi-prod-operations" in business[severity]
    recording = declare(paged(hours="business"))
    assert [name for name in recording.of(TOPIC) if name.endswith("-sms")] == []
    # Alarms of CloudWatch have nothing else that rings, and say so.
    assert "alerts-p1-sms-onCallPhone" in recording.of(SUBSCRIPTION)
    assert (
        "SMS (P1): SNS knows no hours, so that alarms of CloudWatch ring at any; of Datadog's, "
        "On-Call does in time"
    ) in recording.outputs_of("alerts")["unproven"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"on_call": "@oncall-operations"}, "severities.p0.on_call = @oncall-operations"),
        ({"tickets": "github"}, "severities.p0.tickets = github"),
        ({"hours": "working"}, "severities.p0.hours = working"),
    ],
)
def test_handles_that_datadog_would_not_know_are_refused(change: Any, said: str) -> None:
    assert said in refusal(paged(**change))
