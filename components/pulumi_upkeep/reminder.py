"""A reminder: something owned that comes back is announced to people, and an item stays open.

EventBridge Scheduler calls Amazon SNS and Systems Manager by itself: nothing of the company's own
has to run for it. The reminder goes over the topic of a severity: mail, and what is shown in Slack.
The open item (OpsCenter) is closed by whoever did what it asks for; while it is open, no second one
is made.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from . import policy
from .account import account_of
from .aws import scheduler
from .component import UpkeepComponent
from .functions.common.told import SUBJECT_LIMIT, by_protocol
from .naming import physical_name
from .plan.words import Severity
from .policy import Statement
from .scheduled import CALL, NAME_LIMIT, declare_schedule, declare_scheduler_role

__all__ = ["Agenda", "Reminded", "declare_reminder", "may_tell"]

# Systems Manager: a title has at most 1,024 characters, a description 2,048 [CreateOpsItem].
_DESCRIPTION_LIMIT = 2048
# OpsCenter counts from 1 (critical) to 4 (low).
_OPS_SEVERITY = {"p0": "1", "p1": "2", "p2": "3", "p3": "4"}


@dataclass(frozen=True)
class Agenda:
    """What people are reminded of.

    title      ``bynomi-prod: review of the logs``
    questions  what is asked, each with the address that answers it
    runbook    the page that says how
    """

    title: str
    questions: Mapping[str, pulumi.Input[str]]
    runbook: str


@dataclass(frozen=True)
class Reminded:
    """Who is reminded, of what, and when.

    what       in a few words: ``log review``
    owner      whose it is: a team's name
    severity   by whose topic the reminder goes
    says       the schedule as a sentence: ``every week on Monday at 10:00``
    cron       when the item is opened, on the clocks of ``timezone``
    ahead      when the reminder goes; default with the item
    notice     how long ahead, for people: ``at least 2 weeks ahead``
    category   OpsCenter's: ``Security``; default none
    """

    what: str
    owner: str
    severity: Severity
    says: str
    cron: str
    timezone: str
    ahead: str | None = None
    notice: str | None = None
    category: str | None = None


def declare_reminder(
    owner: UpkeepComponent,
    part: str,
    reminded: Reminded,
    agenda: Agenda,
    topic: pulumi.Input[str],
) -> list[scheduler.Schedule]:
    """Declares the reminder and the open item as children of ``owner``.

    part    names them within their component; with the component's name it is the item's
            ``dedupString``, too, which finds it again
    topic   ARN of the topic of the reminder's severity
    """
    called = physical_name(owner.name, part, limit=NAME_LIMIT)
    role = declare_scheduler_role(
        owner,
        part,
        says=f"Lets the schedule of the {reminded.what} remind, and open an item",
        statements=_permissions(owner, topic),
    )
    # Of nothing at all Pulumi makes a list.
    addresses: pulumi.Output[dict[str, str]] = (
        pulumi.Output.all(**dict(agenda.questions))
        if agenda.questions
        else pulumi.Output.from_input({})
    )
    said = addresses.apply(lambda found: _said(agenda, reminded, found))
    reminder = pulumi.Output.all(said, topic).apply(
        lambda known: _reminder(agenda, _announced(reminded, known[0]), known[1])
    )
    item = said.apply(lambda text: _item(agenda, reminded, text, called))
    return [
        declare_schedule(
            owner,
            f"{part}-{which}",
            says=says,
            expression=expression,
            timezone=reminded.timezone,
            calls=f"{CALL}:{operation}",
            given=given,
            role=role,
        )
        for which, says, expression, operation, given in (
            (
                "reminder",
                f"Reminds {reminded.owner} of the {reminded.what}",
                reminded.ahead or reminded.cron,
                "sns:publish",
                reminder,
            ),
            (
                "item",
                f"Opens an item for {reminded.owner}'s {reminded.what}",
                reminded.cron,
                "ssm:createOpsItem",
                item,
            ),
        )
    ]


def may_tell(owner: UpkeepComponent, topic: pulumi.Input[str]) -> list[pulumi.Output[Statement]]:
    """What it takes to publish to a topic that a key encrypts."""
    known = pulumi.Output.all(account_of(owner), topic)
    return [
        known.apply(lambda it: policy.allow("Remind", ["sns:Publish"], resources=[it[1]])),
        known.apply(
            lambda it: policy.allow(
                "EncryptReminder",
                ["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=[f"arn:{it[0].partition}:kms:{_region(it[1])}:{it[0].id}:key/*"],
                conditions={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": it[1]}},
            )
        ),
    ]


def _permissions(
    owner: UpkeepComponent, topic: pulumi.Input[str]
) -> list[pulumi.Output[Statement]]:
    item = pulumi.Output.all(account_of(owner), topic).apply(
        lambda it: policy.allow(
            "OpenItem",
            ["ssm:CreateOpsItem"],
            resources=[f"arn:{it[0].partition}:ssm:{_region(it[1])}:{it[0].id}:opsitem/*"],
        )
    )
    return [*may_tell(owner, topic), item]


def _region(topic: str) -> str:
    return topic.split(":")[3]


def _said(agenda: Agenda, reminded: Reminded, addresses: Mapping[str, str]) -> str:
    lines = [
        f"{agenda.title}, {reminded.says}. Owner: {reminded.owner}.",
        *(f"- {question}: {address}" for question, address in addresses.items() if address),
        f"How: {agenda.runbook}",
    ]
    return "\n".join(lines)


def _announced(reminded: Reminded, text: str) -> str:
    return f"{text}\nAnnounced {reminded.notice}." if reminded.notice else text


def _reminder(agenda: Agenda, text: str, topic: str) -> str:
    return json.dumps(
        {
            "TopicArn": topic,
            "Subject": agenda.title[:SUBJECT_LIMIT],
            "MessageStructure": "json",
            "Message": by_protocol(agenda.title, text, f"{agenda.title}. {agenda.runbook}"),
        },
        ensure_ascii=False,
    )


def _item(agenda: Agenda, reminded: Reminded, text: str, dedup: str) -> str:
    item: dict[str, Any] = {
        "Title": agenda.title,
        "Description": text[:_DESCRIPTION_LIMIT],
        "Source": "upkeep",
        "Severity": _OPS_SEVERITY[reminded.severity],
        "OperationalData": {
            "/aws/dedup": {
                "Value": json.dumps({"dedupString": dedup}),
                "Type": "SearchableString",
            },
            "owner": {"Value": reminded.owner, "Type": "SearchableString"},
        },
    }
    if reminded.category is not None:
        item["Category"] = reminded.category
    return json.dumps(item, ensure_ascii=False)
