"""The plan's drills, and what a drill makes of what it finds: without sandbox or engine."""

import io
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

import pytest
from pulumi_upkeep.plan.drills import at_rest
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import prove
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.recovery import CompleteOutage, recovery_faults
from pulumi_upkeep.recover.runbook.of_plan import configuration
from rich.console import Console

from tests.unit import plans
from tests.unit.plans import secrets as shipped_secrets
from tools.upkeep import drill_rehearsal
from tools.upkeep.drill import Plant
from tools.upkeep.drill_page import page
from tools.upkeep.drill_rehearsal import is_due
from tools.upkeep.drill_result import Execution, Moment, Result, Step
from tools.upkeep.drill_runbook import without
from tools.upkeep.drill_scenarios import SCENARIOS, judge
from tools.upkeep.drill_stage import Stage
from tools.upkeep.stop import Stop

MONTHLY: dict[str, Any] = {
    "every": "month",
    "on": "first Tuesday",
    "at": "10:00",
    "scenarios": ["database-failure"],
}


def plan(drills: dict[str, Any], **more: Any) -> Plan:
    chapters = {**plans.chapters(), "evidence": {"keep": "1 year"}, **more, "drills": drills}
    return Plan.from_config(chapters, shipped_secrets())


def refused(drills: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(PlanError) as caught:
        plan(drills, **more)
    return [str(fault) for fault in caught.value.faults]


class TestThePlan:
    def test_a_rehearsal_may_be_a_week_late(self) -> None:
        drills = plan(MONTHLY).drills
        assert drills is not None
        # From a first Tuesday to the next there are 35 days at most.
        assert drills.oldest == timedelta(days=42)
        assert drills.ages() == {"database-failure": {"at_most": "42 days", "severity": "p2"}}

    def test_the_plan_says_how_old_it_may_be(self) -> None:
        drills = plan({**MONTHLY, "at_most": "60 days", "severity": "p1"}).drills
        assert drills is not None
        assert drills.ages() == {"database-failure": {"at_most": "60 days", "severity": "p1"}}

    def test_an_age_that_rings_while_all_is_well_is_refused(self) -> None:
        plan({**MONTHLY, "at_most": "35 days"})
        [fault] = refused({**MONTHLY, "at_most": "34 days"})
        assert fault.startswith("drills.at_most = 34 days: shorter than the time between two")

    def test_people_do_not_rehearse_by_the_hour(self) -> None:
        drills = {"every": "6 hours", "scenarios": ["database-failure"]}
        assert "people take part in a drill" in refused(drills)[0]

    def test_without_a_ledger_nobody_would_hear(self) -> None:
        [fault] = refused(MONTHLY, evidence=None, restore_tests={})
        assert fault.startswith("drills: nothing keeps what was rehearsed")

    def test_a_scenario_needs_a_runbook(self) -> None:
        chapters = plans.chapters()
        recovery = {
            key: value
            for key, value in chapters["recovery"].items()
            if key not in ("database_failure", "complete_outage")
        }
        [fault] = refused(MONTHLY, recovery=recovery)
        assert fault.startswith("drills.scenarios.0 = database-failure: has no runbook")

    def test_between_two_drills_what_they_build_is_not_there(self) -> None:
        whole = plan({**MONTHLY, "builds": ["standby", "recovery"]})
        resting = at_rest(whole)
        assert whole.standby
        assert whole.recovery
        assert (resting.standby, resting.recovery) == ({}, None)
        assert resting.replicas == whole.replicas

    def test_without_builds_everything_stays(self) -> None:
        whole = plan(MONTHLY)
        assert at_rest(whole) is whole

    def test_the_runbooks_alone_go_and_the_standby_stays(self) -> None:
        whole = plan({**MONTHLY, "builds": ["recovery"]})
        resting = at_rest(whole)
        assert (resting.standby, resting.recovery) == (whole.standby, None)

    def test_without_a_standby_the_runbooks_that_need_none_stay(self) -> None:
        whole = plan({**MONTHLY, "builds": ["standby"]})
        resting = at_rest(whole)
        assert whole.recovery is not None
        assert whole.recovery.application_server_failure
        assert whole.recovery.complete_outage is not None
        assert whole.recovery.complete_outage.standby
        assert resting.standby == {}
        assert resting.recovery == whole.recovery.model_copy(
            update={
                "application_server_failure": {},
                "complete_outage": CompleteOutage(
                    databases=whole.recovery.complete_outage.databases
                ),
            }
        )
        # What is left refers to nothing that is gone.
        assert [*recovery_faults(resting)] == []
        assert at_rest(resting) == resting

    @pytest.mark.parametrize("changes", [{}, {"complete_outage": {"standby": ["web"]}}])
    def test_what_starts_the_outages_runbook_stays_as_long_as_that(
        self, changes: dict[str, Any]
    ) -> None:
        recovery = {**plans.chapters()["recovery"], "region_switch": True, **changes}
        whole = plan({**MONTHLY, "builds": ["standby"]}, recovery=recovery)
        resting = at_rest(whole).recovery
        assert resting is not None
        assert (resting.complete_outage is None) == bool(changes)
        assert resting.region_switch == (not changes)
        assert [*recovery_faults(at_rest(whole))] == []

    def test_where_every_runbook_needs_a_standby_none_is_left(self) -> None:
        recovery = {
            "approvers": ["responder"],
            "application_server_failure": plans.chapters()["recovery"][
                "application_server_failure"
            ],
        }
        drills = {**MONTHLY, "scenarios": ["application-server-failure"], "builds": ["standby"]}
        assert at_rest(plan(drills, recovery=recovery)).recovery is None

    @pytest.mark.slow
    def test_no_promise_counts_on_what_stands_for_a_drill(self) -> None:
        lasting, passing = plan(MONTHLY), plan({**MONTHLY, "builds": ["standby"]})
        assert prove(lasting).refused == ()
        assert any(line.what == "standby.web" for line in prove(lasting).costs.lines)
        proof = prove(passing)
        missed = {(promise.kind, promise.mode) for promise in proof.promises if not promise.kept}
        assert ("rto", "region") in missed
        assert proof.refused
        assert all(line.what != "standby.web" for line in proof.costs.lines)
        # As a deployment judges it that builds what the drill needs.
        assert proof == prove(at_rest(passing))

    def test_staging_builds_its_standby_for_the_drill(self) -> None:
        whole = load_plan(plans.STAGING)
        resting = at_rest(whole)
        assert whole.drills is not None
        assert whole.drills.scenarios == ("application-server-failure",)
        assert list(whole.standby) == ["web"]
        assert resting.standby == {}
        assert resting.recovery is not None
        assert list(resting.recovery.database_failure) == ["orders"]
        # Its records go with it, and nobody's way to staging is among them.
        assert whole.uptime is not None
        asked = {check.url.split("/")[2] for check in whole.uptime.checks.values()}
        assert whole.standby["web"].serves not in asked


class TestADocumentWithoutAStep:
    DOCUMENT: ClassVar[dict[str, Any]] = {
        "schemaVersion": "0.3",
        "mainSteps": [
            {"name": "look", "action": "aws:executeScript", "onFailure": "step:fence"},
            {"name": "fence", "action": "aws:executeScript"},
            {
                "name": "which",
                "action": "aws:branch",
                "inputs": {
                    "Choices": [{"NextStep": "promote", "StringEquals": "no"}],
                    "Default": "say",
                },
            },
            {"name": "promote", "action": "aws:executeAwsApi", "nextStep": "say"},
            {"name": "say", "action": "aws:executeAwsApi", "isEnd": True},
        ],
    }

    def steps(self, *removed: str) -> dict[str, dict[str, Any]]:
        made = without(self.DOCUMENT, lambda name: name in removed)
        return {step["name"]: step for step in made["mainSteps"]}

    def test_what_led_to_it_leads_to_what_came_next(self) -> None:
        steps = self.steps("fence")
        assert list(steps) == ["look", "which", "promote", "say"]
        assert steps["look"]["nextStep"] == "which"
        assert steps["look"]["onFailure"] == "step:which"

    def test_a_branch_leads_on_too(self) -> None:
        steps = self.steps("promote")
        assert steps["which"]["inputs"]["Choices"][0]["NextStep"] == "say"

    def test_without_the_last_step_the_one_before_it_ends(self) -> None:
        steps = self.steps("say")
        assert steps["promote"]["isEnd"] is True
        assert "nextStep" not in steps["promote"]
        assert "Default" in steps["which"]["inputs"]

    def test_the_document_itself_is_left_alone(self) -> None:
        self.steps("fence", "promote")
        assert self.DOCUMENT["mainSteps"][0]["onFailure"] == "step:fence"


class TestPlants:
    def test_fencing_is_every_step_that_fences(self) -> None:
        plant = Plant.of(["fencing-skipped"])
        assert plant.removes("fence_primary")
        assert not plant.removes("promote")

    def test_one_step_is_that_step(self) -> None:
        plant = Plant.of(["step-removed:promote"])
        assert plant.removes("promote")
        assert not plant.removes("wait_promoted")

    @pytest.mark.parametrize("word", ["step-removed:", "step-removed", "replication", ""])
    def test_unknown_words_are_refused(self, word: str) -> None:
        with pytest.raises(Stop, match="one of replication-paused"):
            Plant.of([word])


class _Stage:
    """As much of a stage as judging looks at."""

    primary, recovery = "us-east-1", "us-west-2"
    site, writer_name = "www.example.com", "db.example.com"

    class writer:
        name = "orders-use1-1"

    class successor:
        name = "orders-usw2-1"


def found(**changed: Any) -> Result:
    """A drill of a database's failure in which all went well, but for what is changed."""
    step = Step("promote", "aws:executeAwsApi", "Success", 1.0, 2.0, "")
    run = Execution("5a4db0c5-1", "document", "Success", "", (step,), ("decide",))
    result = Result(
        "database-failure",
        "prod",
        executions=[run],
        moments=[Moment(2.0, "<b>after</b>"), Moment(-1.0, "before")],
        acknowledged={1, 2, 3},
        unwritable_seconds=3.0,
        fenced=True,
        writable=["orders-usw2-1"],
        dns={
            "site": "www.example.com",
            "writer": "db.example.com",
            "site_before": ["192.0.2.1"],
            "site_after": ["192.0.2.1"],
            "writer_before": ["192.0.2.8"],
            "writer_after": ["192.0.2.9"],
            "successor": ["192.0.2.9"],
            "standby": ["192.0.2.2"],
            "served_by": "us-east-1",
        },
    )
    dns = changed.pop("dns", {})
    for name, value in changed.items():
        setattr(result, name, value)
    result.dns |= dns
    judge(SCENARIOS["database-failure"], cast(Stage, _Stage()), result)
    return result


def failing(result: Result) -> list[str]:
    return [check.name for check in result.checks if not check.passed]


class TestTheVerdict:
    def test_all_went_well(self) -> None:
        result = found()
        assert failing(result) == []
        assert result.passed

    @pytest.mark.parametrize(
        ("changed", "check"),
        [
            ({"lost": {3}}, "no acknowledged order is lost"),
            ({"acknowledged": set()}, "no acknowledged order is lost"),
            ({"unwritable_seconds": None}, "orders are taken again"),
            ({"fenced": False}, "the old primary is fenced"),
            ({"fenced": None}, "the old primary is fenced"),
            ({"writable": []}, "exactly one database takes writes"),
            (
                {"writable": ["orders-use1-1", "orders-usw2-1"]},
                "exactly one database takes writes",
            ),
            ({"executions": []}, "the runbook succeeded"),
            (
                {"dns": {"writer_after": ["192.0.2.8"]}},
                "the database's name leads to the new primary",
            ),
            (
                {"dns": {"writer_after": [], "successor": []}},
                "the database's name leads to the new primary",
            ),
            ({"dns": {"site_after": ["192.0.2.2"]}}, "the public name stays where it was"),
            ({"dns": {"served_by": None}}, "the site serves"),
        ],
    )
    def test_each_thing_alone_fails_it(self, changed: dict[str, Any], check: str) -> None:
        result = found(**changed)
        assert failing(result) == [check]
        assert not result.passed

    def test_without_a_check_nothing_has_passed(self) -> None:
        assert not Result("database-failure", "prod").passed

    def test_the_file_holds_it(self) -> None:
        document = found(lost={3}).document()
        assert document["passed"] is False
        assert document["simulated"] is True
        assert document["orders"] == {
            "acknowledged": 3,
            "lost": 1,
            "lost_numbers": [3],
            "not_replicated_at_failure": 0,
            "not_acknowledged": 0,
            "kept_without_acknowledgement": 0,
        }
        assert document["people"] == ["decide"]
        assert [each["at"] for each in document["time_line"]] == [-1.0, 2.0]

    def test_the_page_says_it_and_escapes_what_others_said(self) -> None:
        html = page(found(lost={3}))
        assert "did not pass" in html
        assert "Simulated." in html
        assert "&lt;b&gt;after" in html


class TestRehearsals:
    @pytest.mark.parametrize(
        ("moment", "due"),
        [
            ("2026-12-01T15:00:00+00:00", True),  # the first Tuesday
            ("2026-12-08T15:00:00+00:00", False),
            ("2026-12-02T04:30:00+00:00", True),  # in New York it is still Tuesday
            ("2026-12-01T04:30:00+00:00", False),  # ... and here still Monday
        ],
    )
    def test_a_rehearsal_is_due_on_the_plans_own_day(self, moment: str, due: bool) -> None:
        assert is_due(plan(MONTHLY), datetime.fromisoformat(moment)) is due

    def test_without_drills_none_is_due(self) -> None:
        without_drills = plan(MONTHLY).model_copy(update={"drills": None})
        assert not is_due(without_drills, datetime.fromisoformat("2026-12-01T15:00:00+00:00"))

    def test_a_changed_plan_is_another_proof(self) -> None:
        one, other = plan(MONTHLY), plan({**MONTHLY, "at": "11:00"})
        assert configuration(one) == configuration(other)
        assert configuration(one) != configuration(one.model_copy(update={"standby": {}}))

    @pytest.mark.parametrize("status", ["Success", "Failed"])
    def test_what_came_of_it_is_in_the_ledger(
        self, status: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entries: list[dict[str, Any]] = []
        monkeypatch.setattr(drill_rehearsal, "_plan", lambda _stack: plan(MONTHLY))
        monkeypatch.setattr(drill_rehearsal, "Ledger", lambda _s3, bucket: _Ledger(bucket, entries))

        def rehearse() -> None:
            console = Console(file=io.StringIO())
            drill_rehearsal.rehearse(
                console, "prod", "proofs", lambda service, region: _Systems(status, region), pause=0
            )

        if status == "Success":
            rehearse()
        else:
            with pytest.raises(Stop, match="did not succeed: bynomi-prod-database-failure-orders"):
                rehearse()
        [entry] = entries
        assert (entry["bucket"], entry["kind"], entry["name"]) == (
            "proofs",
            "drill",
            "database-failure",
        )
        assert entry["execution"] == "0f1e2d3c-0000-4000-8000-000000000000"
        assert (entry["passed"], entry["simulated"]) == (status == "Success", False)


class _Ledger:
    def __init__(self, bucket: str, entries: list[dict[str, Any]]) -> None:
        self.bucket, self.entries = bucket, entries

    def append(self, **entry: Any) -> None:
        self.entries.append({"bucket": self.bucket, **entry})


class _Systems:
    """Systems Manager with one document in the recovery region, which runs at once."""

    def __init__(self, status: str, region: str) -> None:
        self.status, self.region = status, region

    def get_paginator(self, _operation: str) -> "_Systems":
        return self

    def paginate(self, **_filters: Any) -> list[dict[str, Any]]:
        here = ["bynomi-prod-database-failure-orders"] if self.region == "us-west-2" else []
        return [{"DocumentIdentifiers": [{"Name": name} for name in here]}]

    def start_automation_execution(self, **_asked: Any) -> dict[str, str]:
        return {"AutomationExecutionId": "0f1e2d3c-0000-4000-8000-000000000000"}

    def get_automation_execution(self, **_asked: Any) -> dict[str, Any]:
        return {
            "AutomationExecution": {
                "AutomationExecutionId": "0f1e2d3c-0000-4000-8000-000000000000",
                "AutomationExecutionStatus": self.status,
            }
        }
