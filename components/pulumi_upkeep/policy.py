"""IAM policy documents: the few lines that every one of them shares."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]


def document(*statements: Statement) -> str:
    """A policy document as JSON; the same statements always give the same bytes."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(
    effect: str,
    sid: str,
    actions: Sequence[str],
    *,
    resources: Sequence[str] = (),
    principal: Mapping[str, str] | str | None = None,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> Statement:
    """One statement; ``resources`` stay away where a trust policy has none."""
    built: Statement = {"Sid": sid, "Effect": effect}
    if principal is not None:
        built["Principal"] = principal
    built["Action"] = _one_or_many(actions)
    if resources:
        built["Resource"] = _one_or_many(resources)
    if conditions:
        built["Condition"] = conditions
    return built


def allow(sid: str, actions: Sequence[str], **rest: Any) -> Statement:
    """See :func:`statement`."""
    return statement("Allow", sid, actions, **rest)


def deny(sid: str, actions: Sequence[str], **rest: Any) -> Statement:
    """See :func:`statement`."""
    return statement("Deny", sid, actions, **rest)


def trust(
    sid: str,
    service: str,
    account: str | None = None,
    source: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """Who takes a role, as JSON: one service of AWS.

    service   ``ssm.amazonaws.com``
    account   id of the account that it has to act for. Default: any, for a service that says none
    source    conditions beside it: ``{"ArnLike": {"aws:SourceArn": ...}}``
    """
    conditions: dict[str, Mapping[str, Any]] = {}
    if account is not None:
        conditions["StringEquals"] = {"aws:SourceAccount": account}
    return document(
        allow(
            sid,
            ["sts:AssumeRole"],
            principal={"Service": service},
            conditions={**conditions, **(source or {})},
        )
    )


def publish_figures(namespace: str) -> Statement:
    """What it takes to publish metrics into a namespace, the only bound that CloudWatch knows."""
    return allow(
        "Publish",
        ["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
    )


def invoke(function: str) -> Statement:
    """What it takes to invoke a function of Lambda, by its ARN: ``function.arn.apply(invoke)``."""
    return allow("Invoke", ["lambda:InvokeFunction"], resources=[function])


def _one_or_many(values: Sequence[str]) -> Any:
    # AWS hands a list of one back as text; written so from the start, nothing ever differs.
    return values[0] if len(values) == 1 else list(values)
