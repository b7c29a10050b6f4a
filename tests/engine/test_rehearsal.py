"""A rehearsal of staging from its first deployment to its last: the standby stands for as long as a
drill runs, its runbook is started as the workflow does it, and afterwards nothing of it is left.

In this order; each test goes on where the last one ended.
"""

import contextlib
import io
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pulumi_upkeep.plan.drills import at_rest
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.recover.runbook.of_plan import configuration
from rich.console import Console

from sandbox.clients import Cloud
from sandbox.estate import ACCOUNT, INCIDENT_ROLE
from sandbox.server import running_sandbox
from tests.engine.cloud import Inventory, inventory, listed
from tests.engine.deployed import plant
from tools.upkeep import settings
from tools.upkeep.drill_rehearsal import rehearse
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi

STACK, HERE, AWAY = "staging", "us-east-1", "us-west-2"
STANDBY = "bynomi-staging-standby-web"
DOCUMENT = "bynomi-staging-application-server-failure-web"
SERVES = "staging-drill.bynomi.com."
# What a person is asked by, and what a person answers.
ANSWERS = {"aws:approve": "Approve", "aws:pause": "Resume"}


@dataclass
class Story:
    """Staging as it goes along.

    resting   what there was before the drill
    """

    pulumi: Pulumi
    file: Path
    cloud: Cloud
    resting: Inventory = field(default_factory=dict)

    def up(self, drill: str | None = None) -> None:
        """Deploy as the workflow does, with what drills build or without."""
        more = {} if drill is None else {"UPKEEP_DRILL": drill}
        pulumi = replace(self.pulumi, cloud={**self.pulumi.cloud, **more})
        where: list[str | Path] = ["--stack", STACK, "--config-file", self.file]
        done = pulumi.run("up", "--yes", "--skip-preview", *where, check=False)
        assert done.code == 0, done.stdout + done.stderr

    def standing(self) -> set[str]:
        """What of the standby is there, of each kind, as boto3 lists it."""
        cloud, found = self.cloud, set()
        for group in listed(
            cloud("autoscaling", AWAY), "describe_auto_scaling_groups", "AutoScalingGroups"
        ):
            found.add(f"group {group['AutoScalingGroupName']}")
        for one in listed(cloud("elbv2", AWAY), "describe_load_balancers", "LoadBalancers"):
            found.add(f"balancer {one['LoadBalancerName']}")
        for one in listed(
            cloud("ssm", AWAY),
            "list_documents",
            "DocumentIdentifiers",
            Filters=[{"Key": "Owner", "Values": ["Self"]}],
        ):
            found.add(f"document {one['Name']}")
        route53 = cloud("route53")
        for zone in listed(route53, "list_hosted_zones", "HostedZones"):
            for record in listed(
                *(route53, "list_resource_record_sets", "ResourceRecordSets"),
                HostedZoneId=zone["Id"],
            ):
                if record["Name"] == SERVES and record["Type"] == "A":
                    found.add(f"record {record['Failover']}")
        return found

    def documents_here(self) -> set[str]:
        """The runbooks of the primary region."""
        filters = [{"Key": "Owner", "Values": ["Self"]}]
        ssm = self.cloud("ssm", HERE)
        return {
            one["Name"]
            for one in listed(ssm, "list_documents", "DocumentIdentifiers", Filters=filters)
        }


WHILE_A_DRILL_RUNS = {
    f"group {STANDBY}",
    f"balancer {STANDBY}",
    f"document {DOCUMENT}",
    "record PRIMARY",
    "record SECONDARY",
}


@pytest.fixture(scope="module")
def story(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("rehearsal")
    with running_sandbox(state=folder / "sandbox.json") as addresses:
        pulumi = Pulumi(engine, folder, addresses.environment)
        file = settings.prepare(pulumi, STACK)
        plant(pulumi, STACK, file)
        yield Story(pulumi, file, Cloud(addresses.aws_endpoint_url))


@contextlib.contextmanager
def a_person(cloud: Cloud) -> Iterator[list[str]]:
    """Somebody of the incident response team who answers whatever waits for a person; the names of
    the steps that did."""
    asked: list[str] = []
    over = threading.Event()
    ssm = cloud("ssm", AWAY)
    team = cloud.assuming(f"arn:aws:iam::{ACCOUNT}:role/{INCIDENT_ROLE}")("ssm", AWAY)

    def look() -> None:
        for run in ssm.describe_automation_executions()["AutomationExecutionMetadataList"]:
            id_ = run["AutomationExecutionId"]
            steps = ssm.get_automation_execution(AutomationExecutionId=id_)["AutomationExecution"][
                "StepExecutions"
            ]
            for step in steps:
                kind = ANSWERS.get(step["Action"])
                if step["StepStatus"] != "Waiting" or kind is None or step["StepName"] in asked:
                    continue
                asked.append(step["StepName"])
                speaks = team if kind == "Approve" else ssm
                # It may have ended between the look and the answer.
                with contextlib.suppress(ClientError):
                    speaks.send_automation_signal(AutomationExecutionId=id_, SignalType=kind)

    def wait() -> None:
        while not over.is_set():
            look()
            time.sleep(0.1)

    person = threading.Thread(target=wait, daemon=True)
    person.start()
    try:
        yield asked
    finally:
        over.set()
        person.join(10)


def test_between_two_drills_no_standby_is_there(story: Story) -> None:
    story.up()
    assert story.standing() == set()
    # What needs no standby stays: a database's runbook is there at any time.
    assert story.documents_here() == {"bynomi-staging-database-failure-orders"}
    # The alarm on rehearsals that are overdue is there when there is nothing to rehearse with.
    alarm = "bynomi-staging-evidence-application-server-failure-age"
    (found,) = story.cloud("cloudwatch", AWAY).describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    plan = load_plan(PROJECT / "Pulumi.staging.yaml")
    assert plan.drills is not None
    assert (found["MetricName"], found["Threshold"]) == ("DrillAge", plan.drills.oldest.days)
    assert found["TreatMissingData"] == "breaching"
    story.resting = inventory(story.cloud)


def test_for_a_drill_it_is_built(story: Story) -> None:
    story.up("on")
    assert story.standing() == WHILE_A_DRILL_RUNS
    assert story.documents_here() == {"bynomi-staging-database-failure-orders"}


def test_the_rehearsal_asks_a_person_and_is_in_the_ledger(story: Story) -> None:
    bucket = json.loads(story.pulumi.run("stack", "output", "--json", "--stack", STACK).stdout)
    said = io.StringIO()
    with a_person(story.cloud) as asked:
        rehearse(Console(file=said, width=200), STACK, bucket["evidence"], story.cloud, pause=0.1)
    assert f"{DOCUMENT}: Success" in said.getvalue()
    assert "decide" in asked

    s3 = story.cloud("s3", AWAY)
    entries: list[dict[str, Any]] = [
        json.loads(s3.get_object(Bucket=bucket["evidence"], Key=each["Key"])["Body"].read())
        for each in listed(s3, "list_objects_v2", "Contents", Bucket=bucket["evidence"])
        if each["Key"].startswith("ledger/")
    ]
    drills = [each for each in entries if each["kind"] == "drill"]
    assert drills
    for entry in drills:
        assert entry["name"] == "application-server-failure"
        assert entry["execution"].startswith("5a4db0c5-")
        assert (entry["passed"], entry["simulated"]) == (True, True)
    # By the plan whole, with the standby that was rehearsed: to change that one ends the proof.
    plan = load_plan(PROJECT / "Pulumi.staging.yaml")
    assert drills[-1]["configuration"] == configuration(plan)
    assert drills[-1]["configuration"] != configuration(at_rest(plan))


def test_afterwards_nothing_of_it_is_left(story: Story) -> None:
    story.up()
    assert story.standing() == set()
    now, before = inventory(story.cloud), story.resting
    assert now.keys() ^ before.keys() == set()
    changed = {key for key in now if described(now[key]) != described(before[key])}
    assert {key: (before[key], now[key]) for key in changed} == {}


def described(text: str) -> Any:
    """Without the state that an alarm is in: it goes by the time, not by what is deployed."""
    found = json.loads(text)
    if isinstance(found, dict):
        return {key: value for key, value in found.items() if not key.startswith("State")}
    return found
