"""How the evidence stands, every hour: whether the ledger is whole, and how old each drill is."""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from common.ledger import Ledger
from common.proofs import NAMESPACE, age_in_days, awaited_since, datum, simulated


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Publishes ``LedgerProblems`` and, for each scenario, ``DrillAge`` in days."""
    s3, now = boto3.client("s3"), datetime.now(UTC)
    bucket = os.environ["LEDGER_BUCKET"]
    reading = Ledger(s3, bucket).audit()
    data = [
        datum("LedgerProblems", len(reading.problems), {"Ledger": bucket}, now),
    ]
    ages = {}
    for scenario in json.loads(os.environ["SCENARIOS"]):
        ages[scenario] = age_in_days(
            reading.entries,
            "drill",
            scenario,
            since=awaited_since(s3, bucket, "drill", scenario, now),
            now=now,
            simulated=simulated(),
        )
        data.append(datum("DrillAge", ages[scenario], {"Scenario": scenario}, now))
    boto3.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)
    return {
        "head": reading.head,
        "problems": [str(problem) for problem in reading.problems],
        "ages": ages,
    }
