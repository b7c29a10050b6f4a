"""The checks on a restored copy, in a network that nothing leaves.

It is called by the function `restore_validation` with what was restored, and answers with what it
found. It may read one secret and the restored thing; it reports nothing itself, so that whatever
happens to it is reported by somebody else.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import boto3
import files
from common.proofs import simulated
from findings import answer

# Where a test calls it without Lambda's clock.
_WITHOUT_CONTEXT_SECONDS = 600.0


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answers ``{passed, reason, checks}``.

    event   ``kind`` (database or files), ``at`` (what moment was restored, ISO 8601), ``seed`` (the
            restore job's id) and ``target``: ``host``, ``port`` and ``database``, or ``bucket``
    """
    checks = json.loads(os.environ["CHECKS"])
    at = datetime.fromisoformat(event["at"])
    remaining = _clock(context)
    if event["kind"] == "database":
        return _database(event["target"], checks, at, remaining)
    findings = files.look(
        _client("s3"),
        os.environ["SOURCE_BUCKET"],
        event["target"]["bucket"],
        checks,
        at,
        event["seed"],
        remaining,
    )
    return answer(findings)


def _database(
    target: Mapping[str, Any], checks: Mapping[str, Any], at: datetime, remaining: Any
) -> dict[str, Any]:
    # Here, because what looks at files is deployed without a driver for databases.
    import databases

    credentials, database = _credentials(os.environ["CREDENTIALS"])
    connection = databases.Database(
        databases.Target(
            target["host"],
            int(target["port"]),
            os.environ.get("DATABASE") or target.get("database") or database or "postgres",
            credentials,
        ),
        float(os.environ.get("STATEMENT_SECONDS", "120")),
        remaining,
    )
    try:
        return answer(databases.look(connection, checks, at))
    finally:
        connection.close()


def _credentials(name: str) -> tuple[list[tuple[str, str]], str | None]:
    """The secret's current version and, where it was rotated since the backup, the one before."""
    import databases

    client = _client("secretsmanager")
    pairs: list[tuple[str, str]] = []
    database = None
    for stage in ("AWSCURRENT", "AWSPREVIOUS"):
        try:
            found = client.get_secret_value(SecretId=name, VersionStage=stage)["SecretString"]
        except client.exceptions.ResourceNotFoundException:
            if stage == "AWSCURRENT":
                raise databases.Unreachable(f"there is no secret `{name}`") from None
            continue
        user, password, document = databases.credentials_of(found)
        database = database or document.get("dbname")
        if (user, password) not in pairs:
            pairs.append((user, password))
    return pairs, database


def _client(service: str) -> Any:
    """By the endpoint in this network; in a sandbox everything answers at one address."""
    endpoint = None if simulated() else os.environ.get("SERVICE_ENDPOINT")
    return boto3.client(service, endpoint_url=endpoint)


def _clock(context: Any) -> Callable[[], float]:
    if context is not None and hasattr(context, "get_remaining_time_in_millis"):
        return lambda: context.get_remaining_time_in_millis() / 1000
    end = time.monotonic() + _WITHOUT_CONTEXT_SECONDS
    return lambda: end - time.monotonic()
