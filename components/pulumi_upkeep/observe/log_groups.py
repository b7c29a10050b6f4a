"""Log groups of CloudWatch: how long they keep, and the key that encrypts them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from .. import aws, policy
from ..account import Account
from ..component import UpkeepComponent
from ..key import declare_key

# What CloudWatch Logs needs of a key [CloudWatch Logs, encrypting log data].
_USE = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]


def declare_log_groups(
    owner: UpkeepComponent,
    groups: Mapping[str, timedelta],
    region: str,
    *,
    protected: bool,
    retained: bool,
) -> dict[str, aws.cloudwatch.LogGroup]:
    """Declares the groups and their key as children of ``owner``.

    groups   name -> how long it keeps
    """
    if not groups:
        return {}
    names = sorted(groups)
    key = declare_key(
        owner,
        "log groups",
        ["logs"],
        protect=protected,
        retain_on_delete=retained,
        statements=lambda account: [_used_by_logs(account, region, names)],
    )
    return {
        name: aws.cloudwatch.LogGroup(
            f"{owner.name}-{name.strip('/').replace('/', '-')}",
            aws.cloudwatch.LogGroupArgs(
                name=name, retention_in_days=groups[name].days, kms_key_id=key.arn
            ),
            owner.child(protect=protected, retain_on_delete=retained),
        )
        for name in names
    }


def _used_by_logs(account: Account, region: str, names: Sequence[str]) -> policy.Statement:
    arns = [
        f"arn:{account.partition}:logs:{region}:{account.id}:log-group:{name}" for name in names
    ]
    return policy.allow(
        "LogsEncrypt",
        _USE,
        principal={"Service": f"logs.{region}.amazonaws.com"},
        resources=["*"],
        conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arns}},
    )
