"""``make evidence``: what it shows of a ledger, and what it says of one that was tampered with."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from pulumi_upkeep.functions.common.ledger import Entry, Reading, fingerprint, verify
from pulumi_upkeep.plan import Plan
from rich.console import Console

from tests.unit.plans import PROD, chapters
from tests.unit.plans import secrets as shipped_secrets
from tests.unit.test_ledger import START, chain, stored
from tools.upkeep import evidence, local
from tools.upkeep.stop import Stop


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan.from_config(
        chapters(PROD),
        shipped_secrets(),
    )


def shown(plan: Plan, reading: Reading, *, simulated: bool = True, **later: int) -> str:
    out = StringIO()
    console = Console(file=out, width=200)
    evidence.show(console, plan, reading, START + timedelta(**later), simulated=simulated)
    return out.getvalue()


def proofs(plan: Plan, count: int = 1, **changes: Any) -> list[Entry]:
    configuration = fingerprint(plan.restore_tests["database-weekly"].in_words())
    return chain(count, **{"configuration": configuration, "simulated": True, **changes})


def test_the_shipped_plan_wants_its_tests_proved(plan: Plan) -> None:
    wanted = {(each.kind, each.name): each for each in evidence.wanted(plan)}
    assert ("restore-test", "database-weekly") in wanted
    assert ("restore-test", "files-weekly") in wanted
    assert wanted["restore-test", "database-weekly"].at_most == timedelta(days=8)


@pytest.mark.parametrize(
    ("later", "changes", "simulated", "state"),
    [
        ({"days": 1}, {}, True, "fresh"),
        ({"days": 9}, {}, True, "stale"),
        ({"days": 1}, {"configuration": "d" * 64}, True, "stale"),
        ({"days": 1}, {"passed": False}, True, "failed"),
        # What ran on this machine proves nothing of an account.
        ({"days": 1}, {}, False, "never"),
    ],
)
def test_a_proof_is_fresh_stale_failed_or_none(
    plan: Plan, later: dict[str, int], changes: dict[str, Any], simulated: bool, state: str
) -> None:
    text = shown(plan, verify(stored(proofs(plan, **changes))), simulated=simulated, **later)
    (line,) = [
        each
        for each in text.splitlines()
        if "restore-test  database-weekly" in each and "0001" not in each
    ]
    assert f" {state} " in line


def test_what_was_tampered_with_is_shown(plan: Plan) -> None:
    objects = stored(proofs(plan, 3))
    del objects[1]
    text = shown(plan, verify(objects))
    assert "tampered  entry 000003: gap: 000002 before it is missing" in text


def test_an_empty_ledger_is_said_in_words(plan: Plan) -> None:
    text = shown(plan, verify(stored([])))
    assert "no entry yet" in text
    assert "verdict" not in text


def test_without_a_sandbox_it_says_what_starts_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "running", lambda: None)
    with pytest.raises(Stop, match="`make sandbox` in another terminal, then `make up`"):
        evidence.client_of(real=False)


def test_no_bucket_is_said() -> None:
    class Gone:
        def get_paginator(self, _: str) -> Any:
            error = RuntimeError("gone")
            error.response = {"Error": {"Code": "NoSuchBucket"}}  # type: ignore[attr-defined]
            raise error

    with pytest.raises(Stop, match="there is no bucket bynomi-prod-evidence"):
        evidence.read(Gone(), evidence.bucket_of("prod"), None)
