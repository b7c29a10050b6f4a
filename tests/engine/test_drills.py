"""Drills on the deployed stack: the three of the plan pass, and those that must fail do, with the
counts that were planted.

One deployment for all: between two drills the databases are put back as the stack made them.
"""

import io
import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from sandbox import databases
from sandbox.aws.automation import SIMULATED_ID
from tests.engine.conftest import failing
from tools.upkeep.drill import Plant, play, staged
from tools.upkeep.drill_page import page
from tools.upkeep.drill_result import Result
from tools.upkeep.drill_scenarios import SCENARIOS
from tools.upkeep.drill_stage import FIRST_NUMBER, Stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Production, as shipped, with real databases."""
    folder = tmp_path_factory.mktemp("drills") / "stage"
    with staged(quiet(), "prod", folder) as stage:
        _ = stage.writer, stage.successor, stage.credentials, stage.database_name
        yield stage


@pytest.fixture(autouse=True)
def _as_deployed(stage: Stage) -> Iterator[None]:
    before = Before(stage)
    yield
    before.put_back()


def quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


def drill(stage: Stage, scenario: str, *plants: str) -> Result:
    result = play(quiet(), stage, SCENARIOS[scenario], Plant.of(plants))
    said = json.loads(json.dumps(result.document()))
    assert (said["version"], said["simulated"], said["passed"]) == (1, True, result.passed)
    # Nobody takes it for an execution of a real account.
    assert said["execution"].startswith(SIMULATED_ID)
    assert "Simulated." in page(result)
    return result


def failed(result: Result) -> set[str]:
    return {check.name for check in result.checks if not check.passed}


def told(result: Result) -> str:
    return "\n".join(moment.what for moment in result.moments)


class Before:
    """The databases and the switch as they are, to be put back."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.primary, self.replica = (
            self._described(member.name, member.region)
            for member in (stage.writer, stage.successor)
        )
        self.switches = self._switches()

    def put_back(self) -> None:
        stage, url = self.stage, self.stage.addresses.aws_endpoint_url
        stage.control("POST", "outage", {"region": stage.primary, "on": False})
        servers = next(iter(stage.plan.estate.servers.values())).group
        stage.control("POST", f"servers/{servers}/fail", {"on": False})
        for rule, actions in self.switches.items():
            stage.aws("elbv2", stage.recovery).modify_rule(RuleArn=rule, Actions=actions)
        databases.wait_for(url, stage.writer.name)
        home = stage.aws("rds", stage.writer.region)
        home.modify_db_instance(
            DBInstanceIdentifier=stage.writer.name,
            VpcSecurityGroupIds=[
                group["VpcSecurityGroupId"] for group in self.primary["VpcSecurityGroups"]
            ],
            ApplyImmediately=True,
        )
        away = stage.aws("rds", stage.successor.region)
        away.modify_db_instance(
            DBInstanceIdentifier=stage.successor.name,
            DeletionProtection=False,
            ApplyImmediately=True,
        )
        databases.wait_for(url, stage.successor.name)
        follows = bool(
            self._described(stage.successor.name, stage.successor.region).get(
                "ReadReplicaSourceDBInstanceIdentifier"
            )
        )
        away.delete_db_instance(
            DBInstanceIdentifier=stage.successor.name,
            **({} if follows else {"SkipFinalSnapshot": True}),
        )
        was = self.replica
        away.create_db_instance_read_replica(
            DBInstanceIdentifier=stage.successor.name,
            SourceDBInstanceIdentifier=self.primary["DBInstanceArn"],
            DBInstanceClass=was["DBInstanceClass"],
            DBSubnetGroupName=was["DBSubnetGroup"]["DBSubnetGroupName"],
            KmsKeyId=was["KmsKeyId"],
            MultiAZ=was["MultiAZ"],
            VpcSecurityGroupIds=[group["VpcSecurityGroupId"] for group in was["VpcSecurityGroups"]],
        )
        databases.wait_for(url, stage.successor.name)
        stage.control(
            "POST",
            f"databases/{stage.writer.name}/fail",
            {
                "how": "corrupt",
                "database": "postgres",
                "sql": f"ALTER DATABASE {stage.database_name} RESET default_transaction_read_only",
            },
        )
        # Nobody has taken over any more.
        stage.aws("cloudwatch", stage.recovery).put_metric_data(
            Namespace="Upkeep/Recovery",
            MetricData=[
                {
                    "MetricName": "TakenOver",
                    "Dimensions": [{"Name": "Member", "Value": stage.successor.name}],
                    "Value": 0.0,
                }
            ],
        )
        with stage.connected(stage.writer) as connection:
            connection.run(
                "DELETE FROM order_lines USING orders "
                "WHERE orders.id = order_id AND number >= :one",
                one=FIRST_NUMBER,
            )
            connection.run("DELETE FROM orders WHERE number >= :one", one=FIRST_NUMBER)
        deadline = time.monotonic() + 20
        while stage.addresses_of(stage.writer_name) != stage.addresses_of(
            stage.endpoint(stage.writer) or ""
        ):
            assert time.monotonic() < deadline, "the database's name does not lead back"
            time.sleep(0.1)

    def _described(self, name: str, region: str) -> dict[str, Any]:
        rds = self.stage.aws("rds", region)
        return dict(rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])

    def _switches(self) -> dict[str, list[dict[str, Any]]]:
        """The rules of the standby's load balancer that give a fixed answer."""
        elb = self.stage.aws("elbv2", self.stage.recovery)
        return {
            rule["RuleArn"]: rule["Actions"]
            for balancer in elb.describe_load_balancers()["LoadBalancers"]
            for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])[
                "Listeners"
            ]
            for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            if rule["Actions"][0]["Type"] == "fixed-response"
        }


def test_before_anything_fails_its_windows_care_for_the_database(stage: Stage) -> None:
    """Here, because this is production as shipped, with rows in its database."""
    for window in ("weekly", "monthly"):
        name = f"bynomi-prod-windows-{window}"
        stage.control("POST", "maintenance-windows/run", {"window": name, "wait": 120})
    s3 = stage.aws("s3")
    (reports,) = [
        each["Name"]
        for each in s3.list_buckets()["Buckets"]
        if "orders-care-reports" in each["Name"]
    ]
    last = s3.list_objects_v2(Bucket=reports, Prefix="last/")["Contents"]
    outcomes = {
        each["Key"]: json.loads(s3.get_object(Bucket=reports, Key=each["Key"])["Body"].read())
        for each in last
    }
    due = {"indexes", "analysis", "cleanup"}
    if datetime.now(ZoneInfo(stage.plan.timezone)).month in (1, 4, 7, 10):
        due.add("archive")
    assert {key: each["outcome"] for key, each in outcomes.items()} == {
        f"last/{job}.json": "done" for job in due
    }


def test_application_server_failure_passes(stage: Stage) -> None:
    result = drill(stage, "application-server-failure")
    assert result.passed, told(result)
    assert result.lost == set()
    assert result.writable == [stage.writer.name]
    assert result.dns["served_by"] == stage.recovery


def test_with_one_step_removed_it_fails(stage: Stage) -> None:
    result = drill(stage, "application-server-failure", "step-removed:open_switch")
    # Nobody is led to the standby, so nobody orders; what was acknowledged is there.
    assert {
        "orders are taken again",
        "the public name leads to the standby",
        "the site serves",
    } <= failed(result)
    assert result.unwritable_seconds is None
    assert result.lost == set()


def test_database_failure_passes(stage: Stage) -> None:
    result = drill(stage, "database-failure")
    assert result.passed, told(result)
    assert (result.lost, result.fenced) == (set(), True)
    assert result.writable == [stage.successor.name]
    assert [person for run in result.executions for person in run.people] == ["decide"]


def test_what_was_not_replicated_is_lost_exactly(stage: Stage) -> None:
    result = drill(stage, "database-failure", "replication-paused")
    assert failed(result) == {"no acknowledged order is lost"}
    assert len(result.not_replicated) >= 12
    assert result.lost == result.not_replicated


def test_without_fencing_both_sides_take_writes(stage: Stage) -> None:
    result = drill(stage, "database-failure", "fencing-skipped")
    assert failed(result) == {
        "exactly one database takes writes",
        "the old primary is fenced",
    }
    assert result.writable == sorted([stage.writer.name, stage.successor.name])
    assert (result.lost, result.fenced) == (set(), False)


def test_without_backups_nothing_can_be_restored(stage: Stage) -> None:
    result = drill(stage, "database-failure", "backups-expired")
    assert "the runbook succeeded" in failed(result)
    [run] = result.executions
    assert run.status == "Failed"
    said = {step.name: step.said for step in run.steps}
    assert "takes no writes" in said["verify_data"]
    assert f"there is no recovery point of {stage.writer.name}" in said["restore"]
    # What was taken over is not whole, and nobody is led to it.
    assert result.dns["writer_after"] == result.dns["primary"]


def test_an_api_that_throttles_is_waited_for(stage: Stage) -> None:
    with failing(stage.addresses, "PromoteReadReplica", region=stage.recovery, status=429):
        result = drill(stage, "database-failure")
    assert result.passed, told(result)


def test_complete_outage_passes_and_the_old_primary_is_fenced_when_it_is_back(
    stage: Stage,
) -> None:
    stage.control("DELETE", "creates")
    result = drill(stage, "complete-outage")
    assert result.passed, told(result)
    assert (result.lost, result.fenced) == (set(), True)
    assert result.dns["served_by"] == stage.recovery
    # Both runs of the same document succeeded; in between the old primary took writes again.
    whole = [run for run in result.executions if not run.parent]
    assert [run.status for run in whole] == ["Success", "Success"]
    assert f"{stage.writer.name} is writable again" in told(result)
    assert [run.people for run in whole] == [("decide",), ("decide",)]
    assert not [run.people for run in result.executions if run.parent and run.people]

    calls = stage.control("GET", "creates")
    changed = {
        (call["service"], call["operation"])
        for call in calls
        if call["region"] == stage.recovery and call["status"] < 400
    }
    assert {("rds", "PromoteReadReplica"), ("elasticloadbalancing", "ModifyRule")} <= changed
    # Route 53's control plane was not asked to change anything, neither before nor after.
    assert not [call for call in calls if call["service"] == "route53"]


@pytest.mark.parametrize("step", ["say_unreachable", "promote"])
def test_a_primary_that_comes_back_in_the_middle_is_fenced_by_the_same_run(
    stage: Stage, step: str
) -> None:
    result = drill(stage, "complete-outage", f"primary-back:{step}")
    # The first run already ends with one writer; what the second one finds is fenced.
    said = told(result)
    assert said.index("the primary side is back") < said.index("ended: Success")
    first = said[: said.index("ended: Success")]
    assert "fence_again: Success" in first
    assert (result.fenced, result.writable) == (True, [stage.successor.name])
    # Until the name leads away from it the old primary may take orders: counted, not hidden.
    assert failed(result) <= {"no acknowledged order is lost"}, said
