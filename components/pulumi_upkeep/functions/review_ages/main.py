"""How what people look at stands, every day: which items are open, and when the last was resolved.

A review is due when its item is opened (EventBridge Scheduler does that), and done when somebody
resolves it.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

DAY = timedelta(days=1)
OPEN = frozenset({"Open", "InProgress", "Pending"})


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Publishes ``ReviewOverdue`` and, where there are any, ``ReviewDone``, in days."""
    now, ssm = datetime.now(UTC), boto3.client("ssm")
    report, data = {}, []
    for name, review in json.loads(os.environ["REVIEWS"]).items():
        items = [
            item
            for page in ssm.get_paginator("describe_ops_items").paginate(
                OpsItemFilters=[
                    {"Key": "Source", "Values": ["upkeep"], "Operator": "Equal"},
                    {"Key": "Title", "Values": [review["title"]], "Operator": "Equal"},
                ]
            )
            for item in page["OpsItemSummaries"]
        ]
        since = [item["CreatedTime"] for item in items if item["Status"] in OPEN]
        done = [item["LastModifiedTime"] for item in items if item["Status"] not in OPEN]
        open_for = (now - min(since)) / DAY if since else 0.0
        done_ago = (now - max(done)) / DAY if done else None
        overdue = max(0.0, open_for - review["done_within"])
        # Without an item the reminder itself is broken.
        if done_ago is not None and not since:
            overdue = max(overdue, done_ago - review["interval"] - review["done_within"])
        report[name] = {"open": open_for, "done": done_ago, "overdue": overdue}
        for metric, value in (("ReviewOverdue", overdue), ("ReviewDone", done_ago)):
            if value is not None:
                data.append(
                    {
                        "MetricName": metric,
                        "Dimensions": [{"Name": "Review", "Value": name}],
                        "Value": value,
                        "Timestamp": now,
                    }
                )
    boto3.client("cloudwatch").put_metric_data(Namespace=os.environ["NAMESPACE"], MetricData=data)
    return report
