"""Measured figures: what they replace, which are refused, and when they are old."""

from datetime import date, timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan.measured import MEASURABLE, SIMULATED_EXECUTION, Measurement
from pulumi_upkeep.plan.plan import Plan, read_chapters
from pulumi_upkeep.plan.proofs import EstateFacts, Term, assumptions, prove
from pulumi_upkeep.plan.proofs.times import way_back

from tests.unit.plans import chapters
from tests.unit.plans import secrets as shipped_secrets
from tests.unit.test_faults import faults_of

EXECUTION = "4105a4fc-f944-4e6e-9d32-0a1b2c3d4e5f"
PROMOTED = {
    "term": "promote-replica",
    "of": "orders",
    "took": "9 minutes",
    "execution": EXECUTION,
    "on": "2026-11-01",
}
TODAY = date(2026, 11, 22)


def plan_of(*measured: dict[str, Any], **replaced: Any) -> Plan:
    return Plan.model_validate(chapters() | {"measured": list(measured)} | replaced)


def promoting(plan: Plan) -> Term:
    way = way_back(plan, ["orders"], "region", EstateFacts())
    assert way is not None
    (term,) = [term for term in way.terms if term.id == "promote-replica"]
    return term


def test_a_measured_figure_takes_the_place_of_the_assumed_one_and_names_its_execution() -> None:
    assumed, measured = promoting(plan_of()), promoting(plan_of(PROMOTED))
    assert (assumed.provenance, assumed.length) == ("assumed", timedelta(minutes=15))
    assert measured == Term(
        "to promote the replica",
        timedelta(minutes=9),
        "measured",
        f"execution {EXECUTION} of 2026-11-01",
        "promote-replica",
        "orders",
    )


def test_the_longest_of_several_counts() -> None:
    later = PROMOTED | {"took": "4 minutes", "on": "2026-11-20"}
    assert promoting(plan_of(PROMOTED, later)).length == timedelta(minutes=9)
    longer = PROMOTED | {"took": "21 minutes", "on": "2026-03-01"}
    assert promoting(plan_of(longer, PROMOTED)).length == timedelta(minutes=21)


def test_a_figure_of_another_thing_replaces_nothing() -> None:
    estate = chapters()["estate"]
    estate["databases"]["stock"] = estate["databases"]["orders"] | {"instance": "stock-use1-1"}
    plan = plan_of(PROMOTED | {"of": "stock"}, estate=estate)
    assert promoting(plan).provenance == "assumed"


def test_every_term_that_can_be_measured_occurs_in_a_sum() -> None:
    """And each of those that occur can be named in the plan."""
    terms = [value for value in vars(assumptions).values() if isinstance(value, Term)]
    terms.append(assumptions.restore_database(100))
    assert {term.id for term in terms if term.id} == set(MEASURABLE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"execution": f"{SIMULATED_EXECUTION}f944-4e6e-9d32-0a1b2c3d4e5f"},
            "execution = 5a4db0c5-f944-4e6e-9d32-0a1b2c3d4e5f: an execution of the sandbox: what "
            "is simulated measures nothing; leave the entry out, until it was run in a real "
            "account",
        ),
        (
            {"execution": "drill of tuesday"},
            "execution = drill of tuesday: not the id of an execution; write that of an execution "
            "of Systems Manager Automation or of a job of AWS Backup, such as "
            "`4105a4fc-f944-11e6-9d32-0a1b2c3d495f`",
        ),
        (
            {"on": "1 November"},
            "on = 1 November: not a date; write year, month and day in quotes, such as "
            '`"2026-11-01"`',
        ),
        (
            {"on": "2026-02-30"},
            'on = 2026-02-30: February 2026 has 28 days; nearest: `"2026-02-28"`',
        ),
        (
            {"on": "2027-02-29"},
            'on = 2027-02-29: February 2027 has 28 days; nearest: `"2027-02-28"`',
        ),
        (
            {"on": "2026-13-01"},
            "on = 2026-13-01: there is no month 13; write year, month and day in this order",
        ),
        (
            {"on": "9999-12-31"},
            "on = 9999-12-31: the year 9999: dates of a plan lie between 2000 and 2099; write the "
            "day that is meant; nothing holds for ever",
        ),
        (
            {"on": "2026-00-10"},
            "on = 2026-00-10: not a date; write year, month and day in quotes, such as "
            '`"2026-11-01"`',
        ),
    ],
)
def test_what_is_no_measurement_is_refused(changes: dict[str, str], said: str) -> None:
    assert faults_of(Measurement, PROMOTED | changes) == [said]
    assert Measurement.model_validate(PROMOTED).in_words() == PROMOTED


def test_a_sandboxs_execution_is_recognised_however_it_is_written() -> None:
    written = f"{SIMULATED_EXECUTION}f944-4e6e-9d32-0a1b2c3d4e5f".upper()
    assert "sandbox" in faults_of(Measurement, PROMOTED | {"execution": written})[0]


def test_restore_jobs_ids_are_accepted_as_aws_backup_writes_them() -> None:
    read = Measurement.model_validate(PROMOTED | {"execution": EXECUTION.upper()})
    assert read.execution == EXECUTION.upper()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"of": "order"}, "no such database in `estate`; did you mean `orders`?"),
        # A bucket is there and cannot be promoted.
        ({"of": "product-images"}, "no such database in `estate`; known: orders"),
        (
            {"term": "rebuild-account", "of": "orders"},
            "no such account in `estate`; known: account",
        ),
        ({"term": "rebuild-account", "of": "account"}, ""),
        ({"term": "copy-to-region", "of": "product-images"}, ""),
    ],
)
def test_a_figure_is_measured_of_something_that_is_there(
    changes: dict[str, str], said: str
) -> None:
    secrets = shipped_secrets()
    reading = read_chapters(chapters() | {"measured": [PROMOTED | changes]}, secrets)
    assert [str(fault).partition(": ")[2] for fault in reading.faults] == ([said] if said else [])
    assert all(fault.path == "measured.0.of" for fault in reading.faults)


def test_an_unknown_term_is_refused() -> None:
    (said,) = faults_of(Measurement, PROMOTED | {"term": "promote"})
    assert said.startswith("term = promote: ")


def codes(plan: Plan, today: date) -> list[tuple[str, str]]:
    found = prove(plan, today=today).findings
    return [(each.code, each.at) for each in found if each.code.startswith("measured-")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("today", "code"),
    [
        (date(2026, 10, 30), "measured-in-the-future"),
        # Somewhere it is tomorrow already.
        (date(2026, 10, 31), None),
        (date(2026, 11, 1), None),
        (date(2027, 11, 2), None),
        (date(2027, 11, 3), "measured-long-ago"),
    ],
)
def test_a_measurement_ages(today: date, code: str | None) -> None:
    assert codes(plan_of(PROMOTED), today) == ([(code, "measured.0")] if code else [])


@pytest.mark.slow
def test_an_old_measurement_still_counts_and_one_to_come_stops_the_deployment() -> None:
    plan = plan_of(PROMOTED)
    assert promoting(plan).provenance == "measured"
    refused = prove(plan, today=date(2026, 1, 1)).refused
    assert [each.at for each in refused] == ["measured.0"]
    assert prove(plan, today=date(2036, 1, 1)).refused == ()


# ---- critical promises -------------------------------------------------------------------------

CRITICAL = "critical-rests-on-assumption"


def flagged(plan: Plan) -> list[str]:
    found = prove(plan, today=TODAY).findings
    return [each.says for each in found if each.code == CRITICAL and not each.accepted]


def critical(name: str = "critical") -> dict[str, Any]:
    words = {"rto": "1 hour", "after": ["instance"], "needs": {"pages": ["web"]}}
    return {"objectives": {"functions": {name: words}}, "accepted": []}


@pytest.mark.slow
def test_a_critical_promise_is_flagged_until_its_figures_are_measured() -> None:
    assert flagged(plan_of(**critical())) == [
        "rests on figures that nobody has measured: until the group has replaced a server 7 minutes"
    ]
    (finding,) = [
        each for each in prove(plan_of(**critical()), today=TODAY).findings if each.code == CRITICAL
    ]
    assert finding.remedy == (
        "measure `replace-server` of web in a real account and write it into `measured`, or accept "
        "it with the reason"
    )
    replaced = PROMOTED | {"term": "replace-server", "of": "web", "took": "4 minutes"}
    assert flagged(plan_of(replaced, **critical())) == []
    # Others may rest on what they like.
    assert flagged(plan_of(**critical("important"))) == []
