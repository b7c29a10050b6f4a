"""``make evidence``: whether the ledger is whole, and what each proof is worth today.

The ledger of the running sandbox, or, with ``REAL=1``, that of the account whose credentials are in
the environment. Entries that were made on this machine prove nothing of an account, and are told
apart.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from pulumi_upkeep.functions.common.ledger import (
    Ledger,
    Reading,
    Standing,
    fingerprint,
    standing,
)
from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.recover.runbook.of_plan import configuration
from rich.console import Console
from rich.table import Table

from tools.upkeep import local
from tools.upkeep.paths import PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

_STYLES = {"fresh": "green", "stale": "yellow", "never": "yellow", "failed": "red"}
# S3: a bucket's name as the component `Evidence` gives it.
_BUCKET = "{project}-{stack}-evidence"


@dataclass(frozen=True)
class Wanted:
    """Something the plan wants proved.

    configuration   sha256 of the plan's part; empty where it is not asked
    """

    kind: str
    name: str
    at_most: timedelta
    configuration: str


def evidence(console: Console, stack: str, head: str | None, *, real: bool) -> None:
    """Show a stack's ledger. Stop, with exit status 1, where it was tampered with."""
    (stack,) = chosen(PROJECT, stack)
    plan = _plan(stack)
    if plan.evidence is None:
        raise Stop(f"{stack_file(PROJECT, stack).name} has no chapter `evidence`")
    client = client_of(real)
    reading = read(client("s3", plan.regions.recovery), bucket_of(stack), head)
    show(console, plan, reading, datetime.now(UTC), simulated=not real)
    if reading.problems:
        raise Stop("the ledger was tampered with")


def bucket_of(stack: str) -> str:
    """The bucket of a stack's evidence."""
    settings = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    return _BUCKET.format(project=settings["name"], stack=stack)


def read(s3: Any, bucket: str, head: str | None) -> Reading:
    """The ledger with the bucket's history; Stop where there is none."""
    try:
        return Ledger(s3, bucket).audit(head)
    except Exception as fault:
        code = getattr(fault, "response", {}).get("Error", {}).get("Code")
        if code in ("NoSuchBucket", "404"):
            raise Stop(f"there is no bucket {bucket}: deploy the stack first") from None
        raise


def wanted(plan: Plan) -> Iterator[Wanted]:
    """What the plan wants proved, and how fresh."""
    for name, test in plan.restore_tests.items():
        yield Wanted("restore-test", name, test.proof_at_most, fingerprint(test.in_words()))
    if plan.drills is not None:
        for scenario in plan.drills.scenarios:
            yield Wanted("drill", scenario, plan.drills.oldest, configuration(plan))


def show(console: Console, plan: Plan, reading: Reading, now: datetime, *, simulated: bool) -> None:
    """Two tables: what the plan wants proved, and the entries."""
    proofs = Table(box=None, pad_edge=False)
    for title in ("proof", "of", "state", "why", "execution"):
        proofs.add_column(title, overflow="fold")
    for each in wanted(plan):
        found = stood(each, reading, now, simulated=simulated)
        proofs.add_row(
            each.kind,
            each.name,
            f"[{_STYLES[found.state]}]{found.state}[/]",
            found.why,
            found.proof.execution if found.proof else "",
        )
    console.print(proofs)
    console.print()
    entries = Table(box=None, pad_edge=False)
    for title in ("entry", "at", "kind", "name", "verdict", "where", "reason"):
        entries.add_column(title, overflow="fold")
    for entry in reading.entries:
        entries.add_row(
            f"{entry.sequence:06d}",
            entry.at,
            entry.kind,
            entry.name,
            "passed" if entry.passed else "failed",
            "simulated" if entry.simulated else "account",
            str(entry.detail.get("reason") or ""),
        )
    console.print(entries if reading.entries else "no entry yet")
    console.print(f"head {reading.head}", highlight=False, soft_wrap=True)
    for problem in reading.problems:
        console.print(f"tampered  {problem}", style="red", highlight=False)


def stood(each: Wanted, reading: Reading, now: datetime, *, simulated: bool) -> Standing:
    """What is proved of it today."""
    return standing(
        reading.entries,
        each.kind,
        each.name,
        configuration=each.configuration,
        at_most=each.at_most,
        now=now,
        simulated=simulated,
    )


def _plan(stack: str) -> Plan:
    try:
        return load_plan(stack_file(PROJECT, stack))
    except PlanError as error:
        raise Stop(str(error)) from None


def client_of(real: bool) -> Callable[..., Any]:
    """boto3's clients of the running sandbox, or of the account whose credentials are set."""
    import boto3

    if real:
        return lambda service, region: boto3.client(service, region_name=region)
    from sandbox.clients import Cloud

    return Cloud(local.to_look_into().aws_endpoint_url)


__all__: Sequence[str] = (
    "Wanted",
    "bucket_of",
    "client_of",
    "evidence",
    "read",
    "show",
    "stood",
    "wanted",
)
