"""Who may do what with alert topics and their key: the policy documents, as plain data.

Sources: Amazon SNS Developer Guide, "Key management" and "Encrypting ... with AWS KMS"; Amazon
EventBridge User Guide, "Using resource-based policies"; AWS Chatbot Administrator Guide.
"""

import json
from collections.abc import Sequence
from typing import Any

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
    allowed = [
        _allow(
            f"{_title(service)}Publishes",
            {"Service": service},
            "sns:Publish",
            arn,
            {"StringEquals": {"aws:SourceAccount": account}} if says_account else None,
        )
        for service, says_account in PUBLISHERS.items()
    ]
    return _document([*allowed, _only_encrypted(arn)])


def sms_topic_policy(arn: str, datadog_role_arn: str) -> str:
    """Datadog's role may publish to a topic of phones, encrypted in transit, and nobody else."""
    publishes = _allow("DatadogPublishes", {"AWS": datadog_role_arn}, "sns:Publish", arn)
    return _document([publishes, _only_encrypted(arn)])


def key_policy(account: str, topics: str, sms_topics: str, datadog_role_arn: str | None) -> str:
    """The account administers the key; publishers use it for the topics of alerts alone.

    ``topics`` and ``sms_topics`` are names of topics in which ``*`` stands for anything. They are
    not taken from the topics themselves, which are made after their key.
    """
    statements = [
        _allow("AccountAdministers", {"AWS": f"arn:aws:iam::{account}:root"}, "kms:*", "*"),
        *(
            _allow(
                f"{_title(service)}Encrypts",
                {"Service": service},
                _USE_OF_KEY,
                "*",
                {
                    **_for_topics(account, topics),
                    **({"StringEquals": {"aws:SourceAccount": account}} if says_account else {}),
                },
            )
            for service, says_account in PUBLISHERS.items()
        ),
    ]
    if datadog_role_arn is not None:
        statements.append(
            _allow(
                "DatadogEncrypts",
                {"AWS": datadog_role_arn},
                _USE_OF_KEY,
                "*",
                _for_topics(account, sms_topics),
            )
        )
    return _document(statements)


def slack_trust(account: str) -> str:
    """AWS's chat application may take the role, for this account's channels only."""
    return _document(
        [
            {
                "Sid": "ChatAssumes",
                "Effect": "Allow",
                "Principal": {"Service": "chatbot.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ]
    )


def slack_permissions() -> str:
    """What the chat application needs to show an alarm with its graph; it changes nothing."""
    return _document(
        [{"Sid": "ShowAlarms", "Effect": "Allow", "Action": _SHOW_ALARMS, "Resource": "*"}]
    )


def _for_topics(account: str, names: str) -> dict[str, Any]:
    # SNS gives the topic's ARN as the encryption context of every call to the key.
    return {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:*:sns:*:{account}:{names}"}}


def _only_encrypted(arn: str) -> dict[str, Any]:
    return {
        "Sid": "OnlyEncryptedInTransit",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _allow(
    sid: str,
    principal: dict[str, str],
    action: str | Sequence[str],
    resource: str,
    condition: dict[str, Any] | None = None,
) -> dict[str, Any]:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }
    return statement | ({"Condition": condition} if condition else {})


def _title(service: str) -> str:
    return service.split(".")[0].capitalize()


def _document(statements: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
