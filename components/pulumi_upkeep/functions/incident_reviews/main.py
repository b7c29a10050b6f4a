"""Which incidents are over and have no review yet, and for how long.

Every hour Datadog is asked for the resolved incidents of the type and the severities that need a
review. One without a post-mortem attached owes it:

Upkeep/Operate ReviewOwedAge{Stack}     days since the oldest of them was resolved; 0 without any
Upkeep/Operate ReviewsOwed{Stack}       how many they are
OpsCenter                               an open item for each, which is closed once it is written

Invoked by hand it answers the same: {"owed": [{"id", "number", "title", "severity", "resolved",
"days", "by", "overdue", "address"}], "reviewed": how many are}. An incident of test owes nothing.

INCIDENT_TYPE, SEVERITIES ({"SEV-1": "p0"}), WITHIN (days), OWNER, RUNBOOK, STACK, KEYS (secret with
Datadog's keys), DATADOG_URL, APP_URL (environment)
"""

import json
import os
import urllib.parse
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import urllib3

NAMESPACE = "Upkeep/Operate"
SOURCE = "upkeep-reviews"
DAY_SECONDS = 86_400
# Datadog gives at most so many at once [datadog-api-client, search_incidents].
PAGE = 100
# An attachment that is a post-mortem [datadog-api-client, list_incident_attachments].
POSTMORTEM = "1"
# OpsCenter counts from 1 (critical); a title has at most 1,024 characters [CreateOpsItem].
PRIORITY = {"p0": 2, "p1": 3, "p2": 4, "p3": 5}
TITLE_LIMIT = 1024


class Refused(Exception):
    """What Datadog answered with, where it is no success."""


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Looks, publishes, and keeps the open items; answers with what is owed, the oldest first."""
    keys = _keys()
    now = datetime.now(UTC)
    owed, reviewed = [], 0
    for incident in _resolved(keys):
        if _reviewed(incident["id"], keys):
            reviewed += 1
        else:
            owed.append(_owed(incident, now))
    owed.sort(key=lambda each: (-each["days"], each["number"]))
    _publish(owed, now)
    _keep_items(owed)
    print(json.dumps({"owed": [each["number"] for each in owed], "reviewed": reviewed}))
    return {"owed": owed, "reviewed": reviewed}


# ---- Datadog ------------------------------------------------------------------------------------


def _resolved(keys: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The incidents of the type that are over and need a review."""
    severities = " OR ".join(sorted(_severities()))
    query = f"state:(resolved OR completed) AND severity:({severities})"
    offset = 0
    while True:
        asked = {"query": query, "page[size]": PAGE, "page[offset]": offset}
        found = _get("/api/v2/incidents/search", asked, keys)["data"]["attributes"]
        for each in found["incidents"]:
            fields = each["data"]["attributes"]
            # The search knows no facet of the type.
            ours = fields.get("incident_type_uuid") == os.environ["INCIDENT_TYPE"]
            if ours and fields.get("resolved") and not fields.get("is_test"):
                yield each["data"]
        offset += PAGE
        if offset >= found["total"]:
            return


def _reviewed(incident: str, keys: Mapping[str, str]) -> bool:
    asked = {"filter[attachment_type]": POSTMORTEM}
    return bool(_get(f"/api/v2/incidents/{incident}/attachments", asked, keys)["data"])


def _owed(incident: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    fields = incident["attributes"]
    resolved = datetime.fromisoformat(fields["resolved"])
    within = timedelta(days=int(os.environ["WITHIN"]))
    number = fields.get("public_id", 0)
    return {
        "id": incident["id"],
        "number": number,
        "title": fields["title"],
        "severity": _severities()[fields["severity"]],
        "resolved": resolved.isoformat(timespec="seconds"),
        "days": round((now - resolved).total_seconds() / DAY_SECONDS, 4),
        "by": (resolved + within).date().isoformat(),
        "overdue": now - resolved > within,
        "address": f"{os.environ['APP_URL']}/incidents/{number}",
    }


def _severities() -> dict[str, str]:
    known: dict[str, str] = json.loads(os.environ["SEVERITIES"])
    return known


def _get(path: str, query: Mapping[str, Any], keys: Mapping[str, str]) -> Any:
    answer = urllib3.PoolManager().request(
        "GET",
        f"{os.environ['DATADOG_URL'].rstrip('/')}{path}?{urllib.parse.urlencode(query)}",
        headers={"DD-API-KEY": keys["api_key"], "DD-APPLICATION-KEY": keys["app_key"]},
        timeout=10,
        retries=False,
    )
    if answer.status >= 300:
        # Never the request: it holds keys.
        raise Refused(f"{path}: {answer.status}")
    return json.loads(answer.data)


def _keys() -> dict[str, str]:
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["KEYS"])
    keys: dict[str, str] = json.loads(answer["SecretString"])
    return keys


# ---- what is made of it -------------------------------------------------------------------------


def _publish(owed: list[dict[str, Any]], now: datetime) -> None:
    values = {
        "ReviewOwedAge": max((each["days"] for each in owed), default=0),
        "ReviewsOwed": len(owed),
    }
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "Stack", "Value": os.environ["STACK"]}],
                "Timestamp": now,
                "Value": value,
                "Unit": "None",
            }
            for name, value in values.items()
        ],
    )


def _keep_items(owed: list[dict[str, Any]]) -> None:
    """An open item for each that is owed, and none for what is not any more."""
    ssm = boto3.client("ssm")
    wanted = {_title(each): each for each in owed}
    there: set[str] = set()
    for item in _open_items(ssm):
        if not item["Title"].startswith(f"{os.environ['STACK']}: "):
            continue
        if item["Title"] in wanted:
            there.add(item["Title"])
        else:
            ssm.update_ops_item(OpsItemId=item["OpsItemId"], Status="Resolved")
    for title, each in sorted(wanted.items()):
        if title not in there:
            ssm.create_ops_item(
                Title=title,
                Description=_says(each),
                Source=SOURCE,
                Priority=PRIORITY[each["severity"]],
                OperationalData={
                    "/aws/dedup": {
                        "Value": json.dumps({"dedupString": f"{SOURCE}-{each['id']}"}),
                        "Type": "SearchableString",
                    }
                },
            )


def _open_items(ssm: Any) -> Iterator[Mapping[str, Any]]:
    filters = [
        {"Key": "Source", "Values": [SOURCE], "Operator": "Equal"},
        {"Key": "Status", "Values": ["Open", "InProgress"], "Operator": "Equal"},
    ]
    asked: dict[str, Any] = {"OpsItemFilters": filters}
    while True:
        found = ssm.describe_ops_items(**asked)
        yield from found["OpsItemSummaries"]
        if not found.get("NextToken"):
            return
        asked["NextToken"] = found["NextToken"]


def _title(each: Mapping[str, Any]) -> str:
    said = f"{each['severity'].upper()} #{each['number']} {each['title']}"
    return f"{os.environ['STACK']}: review owed: {said}"[:TITLE_LIMIT]


def _says(each: Mapping[str, Any]) -> str:
    return (
        f"Resolved {each['resolved']}; {os.environ['OWNER']} writes its review by {each['by']}.\n"
        f"Generate it from the incident: {each['address']}\n"
        f"How: {os.environ['RUNBOOK']}\n"
        "This item is closed by itself once the review is attached to the incident."
    )
