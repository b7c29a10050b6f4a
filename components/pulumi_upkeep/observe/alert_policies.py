"""Who may do what with alert topics and their key: the policy documents, as plain data.

Sources: Amazon SNS Developer Guide, "Key management" and "Encrypting ... with AWS KMS"; Amazon
EventBridge User Guide, "Using resource-based policies"; AWS Chatbot Administrator Guide.
"""

from typing import Any

from ..policy import Statement, allow, deny, document, trust

# Who publishes alerts. Alarms and backup jobs say on whose account's behalf they call. EventBridge
# does not: AWS documents that neither topic policies nor key policies may put a condition on its
# account, and that with one nothing arrives and nobody is told.
SAYS_ITS_ACCOUNT = {"cloudwatch.amazonaws.com": True, "backup.amazonaws.com": True}
PUBLISHERS = {**SAYS_ITS_ACCOUNT, "events.amazonaws.com": False}

# What an encrypted topic's publisher needs of its key [SNS, "Key management"].
_USE_OF_KEY = ["kms:Decrypt", "kms:GenerateDataKey*"]

# What AWS's chat application asks for: the graph of the metric that an alarm is about.
_SHOW_ALARMS = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListMetrics",
]
# The most anybody may do from a Slack channel, whatever the role says. Without one AWS's chat
# application takes AdministratorAccess.
SLACK_GUARDRAIL = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"


def topic_policy(arn: str, account: str) -> str:
    """The services that alert may publish to the topic, encrypted in transit, and nobody else."""
    publish = [
        allow(
            f"{_title(service)}Publishes",
            ["sns:Publish"],
            principal={"Service": service},
            resources=[arn],
            conditions=_on_behalf_of(account) if says_account else None,
        )
        for service, says_account in PUBLISHERS.items()
    ]
    return document(*publish, _only_encrypted(arn))


def sms_topic_policy(arn: str, datadog_role_arn: str) -> str:
    """Datadog's role may publish to a topic of phones, encrypted in transit, and nobody else."""
    publish = allow(
        "DatadogPublishes", ["sns:Publish"], principal={"AWS": datadog_role_arn}, resources=[arn]
    )
    return document(publish, _only_encrypted(arn))


def key_policy(account: str, topics: str, sms_topics: str, datadog_role_arn: str | None) -> str:
    """The account administers the key; publishers use it for the topics of alerts alone.

    ``topics`` and ``sms_topics`` are names of topics in which ``*`` stands for anything. They are
    not taken from the topics themselves, which are made after their key.
    """
    statements = [
        allow(
            "AccountAdministers",
            ["kms:*"],
            principal={"AWS": f"arn:aws:iam::{account}:root"},
            resources=["*"],
        )
    ]
    for service, says_account in PUBLISHERS.items():
        conditions = _for_topics(account, topics)
        if says_account:
            conditions |= _on_behalf_of(account)
        statements.append(_encrypts(_title(service), {"Service": service}, conditions))
    if datadog_role_arn is not None:
        conditions = _for_topics(account, sms_topics)
        statements.append(_encrypts("Datadog", {"AWS": datadog_role_arn}, conditions))
    return document(*statements)


def slack_trust(account: str) -> str:
    """AWS's chat application may take the role, for this account's channels only."""
    return trust("ChatAssumes", "chatbot.amazonaws.com", account)


def slack_permissions() -> str:
    """What the chat application needs to show an alarm with its graph; it changes nothing."""
    return document(allow("ShowAlarms", _SHOW_ALARMS, resources=["*"]))


def _encrypts(who: str, principal: dict[str, str], conditions: dict[str, Any]) -> Statement:
    return allow(
        f"{who}Encrypts",
        _USE_OF_KEY,
        principal=principal,
        resources=["*"],
        conditions=conditions,
    )


def _on_behalf_of(account: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": account}}


def _for_topics(account: str, names: str) -> dict[str, Any]:
    # SNS gives the topic's ARN as the encryption context of every call to the key.
    return {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:*:sns:*:{account}:{names}"}}


def _only_encrypted(arn: str) -> Statement:
    return deny(
        "OnlyEncryptedInTransit",
        ["sns:Publish"],
        principal="*",
        resources=[arn],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def _title(service: str) -> str:
    return service.split(".")[0].capitalize()
