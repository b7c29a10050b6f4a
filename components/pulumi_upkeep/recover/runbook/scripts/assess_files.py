"""What of a bucket's files is in this region. Nothing is changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from .clients import client

# S3 reports once a minute as long as its source is there. A source that went away longer ago is
# looked for further back, at the price of coarser figures.
LOOKED_BACK = timedelta(hours=12)
PERIOD = 300


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``summary``: that the replica is there, and what was on its way when S3 last said so.

    Raises where the replica is not there.
    """
    replica = events["replica"]
    client("s3", events["region"]).head_bucket(Bucket=replica)
    now = datetime.now(UTC)
    found = {
        name: newest(events, name, now)
        for name in ("OperationsPendingReplication", "BytesPendingReplication")
    }
    pending = found["OperationsPendingReplication"]
    if pending is None:
        said = f"S3 reported nothing of it in the last {LOOKED_BACK}"
    else:
        size = found["BytesPendingReplication"]
        said = (
            f"{pending['Maximum']:.0f} operations were on their way at "
            f"{pending['Timestamp'].astimezone(UTC):%H:%M} UTC"
            + (f", {size['Maximum']:.0f} bytes" if size else "")
        )
    return {"summary": f"{replica} is there; {said}."}


def newest(events: dict[str, Any], metric: str, now: datetime) -> Any:
    points = client("cloudwatch", events["region"]).get_metric_statistics(
        Namespace="AWS/S3",
        MetricName=metric,
        Dimensions=[
            {"Name": "SourceBucket", "Value": events["source"]},
            {"Name": "DestinationBucket", "Value": events["replica"]},
            {"Name": "RuleId", "Value": "upkeep"},
        ],
        StartTime=now - LOOKED_BACK,
        EndTime=now,
        Period=PERIOD,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max(points, key=lambda point: point["Timestamp"], default=None)
