"""The plan's runbooks: what they name must be there, and somebody must decide."""

import re
from pathlib import Path

import pytest
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.recovery import RunbookName, runbook_names
from pulumi_upkeep.recover.runbook.of_plan import approver_names, configuration

from tests.unit.plans import PROD, changed, prod

ORDERS = "orders: {keep_backups: 30 days, credentials: bynomi-prod-database}"
OUTAGE = "complete_outage: {databases: [orders], standby: [web]}"


def without(key: str) -> tuple[str, str]:
    """An edit that takes a chapter, with its comment, out of the file."""
    text = PROD.read_text(encoding="utf-8")
    found = re.search(rf"  upkeep:{key}:\n(    .*\n|\n)+", text)
    assert found is not None
    return found.group(0), ""


def faults(folder: Path, *edits: tuple[str, str]) -> list[str]:
    return [str(fault) for fault in changed(folder, *edits).faults]


@pytest.mark.slow
def test_the_shipped_plan_stands(tmp_path: Path) -> None:
    assert faults(tmp_path) == []
    assert runbook_names(prod().recovery) == (
        RunbookName("database-failure", "orders"),
        RunbookName("application-server-failure", "web"),
        RunbookName("complete-outage", ""),
    )
    assert [each.page for each in runbook_names(prod().recovery)] == [
        "database-failure-orders",
        "application-server-failure-web",
        "complete-outage",
    ]


def test_a_standby_that_leaves_the_plan_breaks_its_runbook(tmp_path: Path) -> None:
    found = faults(tmp_path, without("standby"))
    assert [fault for fault in found if "recovery.application_server_failure.web" in fault] == [
        "recovery.application_server_failure.web = web: no such standby in `standby`; "
        "standby names none"
    ]


def test_a_database_whose_successor_leaves_the_plan_breaks_its_runbook(tmp_path: Path) -> None:
    found = faults(tmp_path, without("writers"))
    assert any(
        fault.startswith("recovery.database_failure.orders: the runbook switches to a replica")
        and "`writers.orders.successor: <a replica>`" in fault
        for fault in found
    ), found


def test_a_runbook_that_is_started_and_not_there(tmp_path: Path) -> None:
    edit = (OUTAGE, "complete_outage: {databases: [order], standby: [web]}")
    (fault,) = faults(tmp_path, edit)
    assert fault == (
        "recovery.complete_outage.databases.0 = order: no such runbook in "
        "`recovery.database_failure`; did you mean `orders`?"
    )


def test_more_servers_than_the_standby_may_have(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, ("web: {servers: 2}", "web: {servers: 5}"))
    assert "recovery.application_server_failure.web.servers" in fault
    assert "`4` at most" in fault


@pytest.mark.slow
def test_somebody_decides_or_the_plan_says_that_nobody_does(tmp_path: Path) -> None:
    approvers = "    approvers: [bynomi-incident-response, responder]\n"
    (fault,) = faults(tmp_path, (approvers, ""))
    assert "somebody is to decide, and nobody is named" in fault
    assert faults(tmp_path, (approvers, "    approval: false\n")) == []


def test_a_role_of_the_plan_is_asked_by_the_name_that_it_is_made_with() -> None:
    assert approver_names(prod(), "bynomi", "prod") == (
        "bynomi-incident-response",
        "bynomi-prod-access-responder",
    )


APPROVERS = "approvers: [bynomi-incident-response, responder]"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edits", "words"),
    [
        (
            [(APPROVERS, "approvers: [bynomi-incident-response]")],
            "access.roles.responder.may.approve = runbooks: no runbook would ask this role: "
            "`recovery.approvers` does not name it; add `responder` to `recovery.approvers`, or "
            "leave `approve` out",
        ),
        (
            [(APPROVERS, "approvers: [responder, operator]")],
            "recovery.approvers.1 = operator: is asked and could not answer: "
            "`access.roles.operator.may` has no `approve`; add `approve: [runbooks]` to "
            "`access.roles.operator.may`, or name another role",
        ),
        (
            [(APPROVERS, "approvers: [responder]"), (OUTAGE, f"{OUTAGE}\n    region_switch: true")],
            "recovery.approvers.0 = responder: Region switch asks the first, and a role of "
            "`access` may decide in runbooks alone; put a role of IAM first that has "
            "`arc-region-switch:ApprovePlanExecutionStep`",
        ),
        ([(APPROVERS, "approvers: [responder]")], None),
    ],
)
def test_who_is_asked_may_answer_and_who_may_answer_is_asked(
    tmp_path: Path, edits: list[tuple[str, str]], words: str | None
) -> None:
    assert faults(tmp_path, *edits) == ([words] if words else [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("days", "stands"), [("1 day", True), ("35 days", True), ("36 days", False), ("1 hour", False)]
)
def test_backups_are_kept_as_long_as_rds_keeps_them(
    tmp_path: Path, days: str, stands: bool
) -> None:
    edit = (ORDERS, ORDERS.replace("30 days", days))
    assert (faults(tmp_path, edit) == []) is stands


@pytest.mark.slow
@pytest.mark.parametrize(
    ("within", "stands"),
    [("1 minute", True), ("30 days", True), ("31 days", False), ("30 seconds", False)],
)
def test_automation_waits_for_a_person_30_days_at_most(
    tmp_path: Path, within: str, stands: bool
) -> None:
    edit = ("decide_within: 10 minutes", f"decide_within: {within}")
    assert (faults(tmp_path, edit) == []) is stands


@pytest.mark.slow
def test_region_switch_starts_a_runbook_that_is_there(tmp_path: Path) -> None:
    assert faults(tmp_path, (OUTAGE, f"{OUTAGE}\n    region_switch: true")) == []
    found = faults(tmp_path, (OUTAGE, "region_switch: true"))
    assert [fault for fault in found if "region_switch" in fault] == [
        "recovery.region_switch = true: it starts the runbook of a complete outage, and the plan "
        "has none; `complete_outage: {...}`, or leave `region_switch` out"
    ]


def test_region_switch_is_off_and_leaves_what_was_rehearsed() -> None:
    shipped = prod()
    assert shipped.recovery is not None
    assert shipped.recovery.region_switch is False

    def with_(**keys: object) -> Plan:
        assert shipped.recovery is not None
        recovery = shipped.recovery.model_copy(update=keys)
        return shipped.model_copy(update={"recovery": recovery})

    assert configuration(with_(region_switch=True)) == configuration(shipped)
    assert configuration(with_(approvers=("somebody-else",))) != configuration(shipped)


def test_somebody_approves_in_region_switch(tmp_path: Path) -> None:
    approvers = "    approvers: [bynomi-incident-response, responder]\n"
    nobody = (approvers, "    approval: false\n")
    (fault,) = faults(tmp_path, nobody, (OUTAGE, f"{OUTAGE}\n    region_switch: true"))
    assert fault == (
        "recovery.region_switch = true: a person approves in Region switch, and nobody is named; "
        "`approvers: [<role>]`, or leave `region_switch` out"
    )
