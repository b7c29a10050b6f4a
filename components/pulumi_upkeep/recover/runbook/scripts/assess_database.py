"""What both sides of a database are like. Nothing is changed; fails where nothing could take over.

A side that does not answer is no error here: that is what the runbook is for.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .clients import client


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``successor``: replica or writable; ``primary``: its status, or unreachable; ``summary``."""
    successor = look(events["successor"])
    if "DBInstanceStatus" not in successor:
        raise RuntimeError(f"{events['successor']['id']} cannot take over: {successor['why']}")
    state = "replica" if successor.get("ReadReplicaSourceDBInstanceIdentifier") else "writable"
    primary = look(events["primary"])
    status = primary.get("DBInstanceStatus", "unreachable")
    behind = lag(events["successor"]) if state == "replica" else "it follows nothing"
    return {
        "successor": state,
        "primary": status,
        "summary": (
            f"{events['primary']['id']} is {status}. {events['successor']['id']} is a {state} "
            f"and {successor['DBInstanceStatus']}; {behind}."
        ),
    }


def look(side: dict[str, Any]) -> Any:
    rds = client("rds", side["region"])
    try:
        return rds.describe_db_instances(DBInstanceIdentifier=side["id"])["DBInstances"][0]
    except (ClientError, BotoCoreError) as error:
        return {"why": str(error)}


def lag(side: dict[str, Any]) -> str:
    """How far it was behind when it last said so: what that far back was written may be lost."""
    now = datetime.now(UTC)
    try:
        points = client("cloudwatch", side["region"]).get_metric_statistics(
            Namespace="AWS/RDS",
            MetricName="ReplicaLag",
            Dimensions=[{"Name": "DBInstanceIdentifier", "Value": side["id"]}],
            StartTime=now - timedelta(hours=3),
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
    except (ClientError, BotoCoreError) as error:
        return f"how far it is behind is not known ({error})"
    if not points:
        return "it has not said for three hours how far it is behind"
    last = max(points, key=lambda point: point["Timestamp"])
    ago = round((now - last["Timestamp"]).total_seconds() / 60)
    return f"it was {last['Maximum']:.0f} seconds behind {ago} minutes ago"
