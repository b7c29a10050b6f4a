"""What Inspector found and does not reach: figures every day, and a report when the plan asks.

Findings themselves are told when they are found (EventBridge); here they are counted, so that
what nobody looked after does not vanish among what is new.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from common.told import SUBJECT_LIMIT, by_protocol

# What is counted by kind [Inspector API, AccountAggregation and CoverageResourceType].
COUNTED = {
    "EC2": ("servers", "AWS_EC2_INSTANCE", "AWS_EC2_INSTANCE"),
    "ECR": ("images", "AWS_ECR_CONTAINER_IMAGE", "AWS_ECR_CONTAINER_IMAGE"),
    "LAMBDA": ("functions", "AWS_LAMBDA_FUNCTION", "AWS_LAMBDA_FUNCTION"),
}
# Not scanned because there is nothing to scan: no fault [Inspector API, ScanStatusReason].
NO_FAULT = frozenset({"EC2_INSTANCE_STOPPED", "EXCLUDED_BY_TAG", "RESOURCE_TERMINATED"})
MOST_NAMED = 10


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Publishes ``OpenFindings`` by gravity and ``NotScanned``; with ``{"report": true}`` tells
    people."""
    now = datetime.now(UTC)
    inspector = boto3.client("inspector2")
    kinds = os.environ["KINDS"].split(",")
    counts = {COUNTED[kind][0]: open_findings(inspector, COUNTED[kind][1]) for kind in kinds}
    unscanned = not_scanned(inspector, {COUNTED[kind][2] for kind in kinds})
    data = [
        {
            "MetricName": "OpenFindings",
            "Dimensions": [{"Name": "Gravity", "Value": gravity}],
            "Value": sum(each[gravity] for each in counts.values()),
            "Timestamp": now,
        }
        for gravity in ("critical", "high", "medium")
    ]
    data.append({"MetricName": "NotScanned", "Value": len(unscanned), "Timestamp": now})
    boto3.client("cloudwatch").put_metric_data(Namespace=os.environ["NAMESPACE"], MetricData=data)
    found = {"findings": counts, "not_scanned": unscanned}
    if event.get("report"):
        tell(found)
    return found


def open_findings(inspector: Any, kind: str) -> dict[str, int]:
    """How many findings are open, by gravity."""
    answers = inspector.list_finding_aggregations(
        aggregationType="ACCOUNT",
        aggregationRequest={"accountAggregation": {"resourceType": kind}},
    )["responses"]
    totals = {"critical": 0, "high": 0, "medium": 0, "all": 0}
    for answer in answers:
        severities = answer["accountAggregation"].get("severityCounts", {})
        for gravity in totals:
            totals[gravity] += severities.get(gravity, 0)
    return totals


def not_scanned(inspector: Any, kinds: set[str]) -> dict[str, str]:
    """Id -> why, of what Inspector should look at and does not."""
    found = {}
    for page in inspector.get_paginator("list_coverage").paginate():
        for each in page["coveredResources"]:
            status = each.get("scanStatus", {})
            if each["resourceType"] not in kinds or status.get("statusCode") == "ACTIVE":
                continue
            if status.get("reason") not in NO_FAULT:
                found[each["resourceId"]] = status.get("reason", "")
    return dict(sorted(found.items()))


def tell(found: Mapping[str, Any]) -> None:
    """The report, over the topic of the plan's severity."""
    title = f"{os.environ['ENVIRONMENT']}: security scans"
    lines = [
        f"{kind}: {each['critical']} critical, {each['high']} high, {each['medium']} medium, "
        f"{each['all']} in all"
        for kind, each in found["findings"].items()
    ]
    unscanned = found["not_scanned"]
    lines.append(f"not scanned: {len(unscanned)}")
    lines += [f"- {each}: {why}" for each, why in list(unscanned.items())[:MOST_NAMED]]
    if len(unscanned) > MOST_NAMED:
        lines.append(f"- and {len(unscanned) - MOST_NAMED} more")
    lines += [f"Owner: {os.environ['OWNER']}.", f"How: {os.environ['RUNBOOK']}"]
    text = "\n".join(lines)
    topic = os.environ["TOPIC"]
    boto3.client("sns", region_name=topic.split(":")[3]).publish(
        TopicArn=topic,
        Subject=title[:SUBJECT_LIMIT],
        MessageStructure="json",
        Message=by_protocol(title, text, f"{title}. {lines[-1]}"),
    )
