"""The review of logs: a reminder by the clock, with what to look at, and an item that stays open.

EventBridge Scheduler calls Amazon SNS and Systems Manager by itself: nothing of the company's own
has to run for it. The reminder goes over the topic of the review's severity. The open item
(OpsCenter) is closed by whoever did the review; while it is open, no second one is made.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi

from .. import aws, policy
from ..account import Account, account_of
from ..aws import scheduler
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.logs import Review

# EventBridge Scheduler: a schedule's name has at most 64 characters, as has a role's.
NAME_LIMIT = 64
# The scheduler calls any operation of AWS by its name.
_CALL = "arn:aws:scheduler:::aws-sdk"
_TRIED_FOR = timedelta(hours=1)
# Systems Manager: a title has at most 1,024 characters, a description 2,048 [CreateOpsItem]; SNS: a
# subject has at most 99 [Publish].
_SUBJECT_LIMIT = 99
_DESCRIPTION_LIMIT = 2048
# OpsCenter counts from 1 (critical) to 4 (low).
_OPS_SEVERITY = {"p0": "1", "p1": "2", "p2": "3", "p3": "4"}


@dataclass(frozen=True)
class Agenda:
    """What a review looks at.

    title      ``Logs of bynomi-prod: weekly review``
    questions  what is asked, each with the address that answers it
    runbook    the page that says how
    """

    title: str
    questions: Mapping[str, pulumi.Input[str]]
    runbook: str


def declare_review(
    owner: UpkeepComponent,
    review: Review,
    agenda: Agenda,
    topic: pulumi.Input[str],
    timezone: str,
) -> list[scheduler.Schedule]:
    """Declares the reminder and the open item as children of ``owner``."""
    called = physical_name(owner.name, "review", limit=NAME_LIMIT)
    role = aws.iam.Role(
        f"{owner.name}-review",
        aws.iam.RoleArgs(
            name=called,
            description="Lets the schedule of the log review remind, and open an item",
            assume_role_policy=account_of(owner).apply(
                lambda account: policy.document(
                    policy.allow(
                        "TakenByScheduler",
                        ["sts:AssumeRole"],
                        principal={"Service": "scheduler.amazonaws.com"},
                        conditions={"StringEquals": {"aws:SourceAccount": account.id}},
                    )
                )
            ),
        ),
        owner.child(),
    )
    may = aws.iam.RolePolicy(
        f"{owner.name}-review",
        aws.iam.RolePolicyArgs(
            name=called,
            role=role.name,
            policy=pulumi.Output.all(account_of(owner), topic).apply(
                lambda known: _permissions(known[0], known[1])
            ),
        ),
        owner.child(),
    )
    said = pulumi.Output.all(**dict(agenda.questions)).apply(
        lambda addresses: _said(agenda, review, addresses)
    )
    reminder = pulumi.Output.all(said, topic).apply(
        lambda known: _reminder(agenda, known[0], known[1])
    )
    item = said.apply(lambda text: _item(agenda, review, text, called))
    return [
        scheduler.Schedule(
            f"{owner.name}-review-{part}",
            scheduler.ScheduleArgs(
                name=physical_name(owner.name, f"review-{part}", limit=NAME_LIMIT),
                description=says,
                schedule_expression=review.cron(),
                schedule_expression_timezone=timezone,
                flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                target=scheduler.ScheduleTargetArgs(
                    arn=f"{_CALL}:{operation}",
                    role_arn=role.arn,
                    input=given,
                    retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                        maximum_event_age_in_seconds=round(_TRIED_FOR.total_seconds()),
                        maximum_retry_attempts=5,
                    ),
                ),
            ),
            owner.child(depends_on=[may]),
        )
        for part, says, operation, given in (
            ("reminder", f"Reminds {review.owner} of the log review", "sns:publish", reminder),
            ("item", f"Opens an item for {review.owner}'s log review", "ssm:createOpsItem", item),
        )
    ]


def _permissions(account: Account, topic: str) -> str:
    region = topic.split(":")[3]
    return policy.document(
        policy.allow("Remind", ["sns:Publish"], resources=[topic]),
        policy.allow(
            "EncryptReminder",
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=[f"arn:{account.partition}:kms:{region}:{account.id}:key/*"],
            conditions={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic}},
        ),
        policy.allow(
            "OpenItem",
            ["ssm:CreateOpsItem"],
            resources=[f"arn:{account.partition}:ssm:{region}:{account.id}:opsitem/*"],
        ),
    )


def _said(agenda: Agenda, review: Review, addresses: Mapping[str, str]) -> str:
    lines = [
        f"{agenda.title}, {review.says()}. Owner: {review.owner}.",
        *(f"- {question}: {address}" for question, address in addresses.items() if address),
        f"How: {agenda.runbook}",
    ]
    return "\n".join(lines)


def _reminder(agenda: Agenda, text: str, topic: str) -> str:
    """What is published: a text for people, and for AWS's chat application what it shows in Slack,
    which of everything else shows nothing [AWS Chatbot, custom notifications]."""
    custom: dict[str, Any] = {
        "version": "1.0",
        "source": "custom",
        "content": {"textType": "client-markdown", "title": agenda.title, "description": text},
    }
    message = {
        "default": json.dumps(custom),
        "email": text,
        "sms": f"{agenda.title}. {agenda.runbook}",
    }
    return json.dumps(
        {
            "TopicArn": topic,
            "Subject": agenda.title[:_SUBJECT_LIMIT],
            "MessageStructure": "json",
            "Message": json.dumps(message, ensure_ascii=False),
        },
        ensure_ascii=False,
    )


def _item(agenda: Agenda, review: Review, text: str, dedup: str) -> str:
    return json.dumps(
        {
            "Title": agenda.title,
            "Description": text[:_DESCRIPTION_LIMIT],
            "Source": "upkeep",
            "Severity": _OPS_SEVERITY[review.severity],
            "OperationalData": {
                "/aws/dedup": {
                    "Value": json.dumps({"dedupString": dedup}),
                    "Type": "SearchableString",
                },
                "owner": {"Value": review.owner, "Type": "SearchableString"},
            },
        },
        ensure_ascii=False,
    )
