"""How old a proof is, for functions that publish it: from the ledger, never from memory."""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from .ledger import Entry, days, newest_proof, put_once

NAMESPACE = "Upkeep/Recovery"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def simulated() -> bool:
    """Whether this runs against a cloud on this machine, where nothing is proved of an account."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    host = urlsplit(endpoint).hostname or ""
    return host in _LOOPBACK or host.startswith("127.")


def awaited_since(s3: Any, bucket: str, kind: str, name: str, now: datetime) -> datetime:
    """Since when a proof is awaited: written once, the first time that somebody asks.

    A test that never reported has an age too, from the day it was declared.
    """
    key = f"awaited/{kind}/{name}.json"
    put_once(s3, bucket, key, {"since": now.astimezone(UTC).isoformat(timespec="seconds")})
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return datetime.fromisoformat(json.loads(content)["since"])


def age_in_days(
    entries: Iterable[Entry],
    kind: str,
    name: str,
    *,
    since: datetime,
    now: datetime,
    simulated: bool,
) -> float:
    """Days since the newest proof that passed; without one, since it is awaited."""
    proof = newest_proof(entries, kind, name, simulated=simulated)
    return days(now - (proof.moment if proof is not None else since))


def datum(name: str, value: float, dimensions: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """One value as CloudWatch takes it."""
    return {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": text} for key, text in sorted(dimensions.items())],
        "Timestamp": now,
        "Value": value,
        "Unit": "None",
    }
