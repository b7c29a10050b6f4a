"""The runbooks that prod deploys, started as in a real account: by boto3, approved by a person's
role, carried out by the sandbox with the rights of each document's own role."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi_upkeep.plan.read import read_stack_file
from pulumi_upkeep.recover.runbook.of_plan import runbooks_of

from sandbox.clients import Cloud
from sandbox.server import Addresses, running_sandbox
from tests.engine.deployed import plant
from tools.upkeep import settings
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi
from tools.upkeep.runbook_pages import alert_pages, page_of
from tools.upkeep.runbook_pages import pages as pages_of

PRIMARY, SUCCESSOR = "orders-prod-use1-1", "bynomi-prod-orders-usw2-1"
APPROVER = "arn:aws:iam::123456789012:role/bynomi-incident-response"
PREFIX = "bynomi-prod-"
DOCUMENTS = {
    f"{PREFIX}{key}"
    for key in ("application-server-failure-web", "complete-outage", "database-failure-orders")
}
ENDED = {"Success", "Failed", "TimedOut", "Cancelled"}


@pytest.fixture(scope="module")
def prod(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """Prod alone, in a sandbox that nobody else uses: these tests let its database fail over."""
    folder = tmp_path_factory.mktemp("runbooks")
    with running_sandbox(state=folder / "sandbox.json") as addresses:
        pulumi = Pulumi(engine, folder, addresses.environment)
        file = settings.prepare(pulumi, "prod")
        plant(pulumi, "prod", file)
        result = pulumi.run(
            *("up", "--yes", "--skip-preview", "--stack", "prod", "--config-file", file)
        )
        assert result.code == 0, result.stdout + result.stderr
        yield addresses


@pytest.fixture
def cloud(prod: Addresses) -> Cloud:
    return Cloud(prod.aws_endpoint_url)


def run(cloud: Cloud, document: str, answer: str = "Approve") -> Any:
    """An execution at its end; whenever it waits, the incident response team answers."""
    ssm = cloud("ssm", "us-west-2")
    team = cloud.assuming(APPROVER)("ssm", "us-west-2")
    started = ssm.start_automation_execution(DocumentName=document)["AutomationExecutionId"]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        waiting = ssm.describe_automation_executions(
            Filters=[{"Key": "ExecutionStatus", "Values": ["Waiting"]}]
        )["AutomationExecutionMetadataList"]
        for one in waiting:
            team.send_automation_signal(
                AutomationExecutionId=one["AutomationExecutionId"], SignalType=answer
            )
        found = ssm.get_automation_execution(AutomationExecutionId=started)["AutomationExecution"]
        if found["AutomationExecutionStatus"] in ENDED:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{document} did not end: {found}")


def statuses(execution: Any) -> dict[str, str]:
    return {step["StepName"]: step["StepStatus"] for step in execution["StepExecutions"]}


def test_boto3_finds_the_documents_where_recovery_happens(cloud: Cloud) -> None:
    owned = [{"Key": "Owner", "Values": ["Self"]}]
    there = cloud("ssm", "us-west-2").list_documents(Filters=owned)["DocumentIdentifiers"]
    assert {one["Name"] for one in there} == DOCUMENTS
    assert cloud("ssm", "us-east-1").list_documents(Filters=owned)["DocumentIdentifiers"] == []
    for one in there:
        assert (one["DocumentType"], one["SchemaVersion"]) == ("Automation", "0.3")


def test_pages_show_the_steps_that_are_deployed(cloud: Cloud) -> None:
    plan = read_stack_file(PROJECT / "Pulumi.prod.yaml").plan()
    for runbook in runbooks_of(plan, "bynomi", "prod"):
        found = cloud("ssm", "us-west-2").get_document(Name=runbook.document_name)["Content"]
        deployed = [(step["name"], step["action"]) for step in json.loads(found)["mainSteps"]]
        assert deployed == [(step.name, step.action) for step in runbook.steps]


def test_no_alert_is_without_a_page(prod: Addresses, cloud: Cloud) -> None:
    """Alarms, event rules and Datadog's monitors: what each links to is a page that is written."""
    plan = read_stack_file(PROJECT / "Pulumi.prod.yaml").plan()
    said = []
    for region in ("us-east-1", "us-west-2"):
        pages = (
            cloud("cloudwatch", region)
            .get_paginator("describe_alarms")
            .paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        )
        alarms = [one for page in pages for one in page["MetricAlarms"] + page["CompositeAlarms"]]
        said += [(one["AlarmName"], one["AlarmDescription"]) for one in alarms]
        events = cloud("events", region)
        for rule in events.list_rules()["Rules"]:
            targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            # Rules that invoke a function are no alerts.
            said += [(rule["Name"], json.dumps(one)) for one in targets if ":sns:" in one["Arn"]]
    headers = {"DD-API-KEY": "x" * 32, "DD-APPLICATION-KEY": "y" * 40}
    request = urllib.request.Request(f"{prod.dd_api_url}/api/v1/monitor", headers=headers)
    with urllib.request.urlopen(request) as answer:
        said += [(one["name"], one["message"]) for one in json.load(answer)]
    assert len(said) > 40
    known, runbooks = alert_pages(), runbooks_of(plan, "bynomi", "prod")
    written = pages_of(plan, "bynomi", "prod")
    for name, text in said:
        found = re.search(r"Runbook: https://internal\.bynomi\.com/docs/runbooks/([\w-]+)", text)
        assert found, f"{name} leads nowhere: {text}"
        assert page_of(found[1], known, runbooks), f"{name} leads to {found[1]}, which is no page"
        assert found[1] in written


def test_a_rejected_run_changes_nothing(cloud: Cloud) -> None:
    execution = run(cloud, f"{PREFIX}database-failure-orders", "Reject")
    assert execution["AutomationExecutionStatus"] == "Failed"
    assert statuses(execution)["decide"] == "Failed"
    assert statuses(execution)["fence_primary"] == "Pending"
    (successor,) = cloud("rds", "us-west-2").describe_db_instances(DBInstanceIdentifier=SUCCESSOR)[
        "DBInstances"
    ]
    assert successor["ReadReplicaSourceDBInstanceIdentifier"].endswith(f":db:{PRIMARY}")


def test_database_failure_fences_promotes_and_moves_the_name(cloud: Cloud) -> None:
    """Up to the look inside, which in this sandbox has no PostgreSQL to look into."""
    execution = run(cloud, f"{PREFIX}database-failure-orders")
    found = statuses(execution)
    assert execution["AutomationExecutionId"].startswith("5a4db0c5-")
    assert [found[name] for name in ("fence_primary", "promote", "wait_writable")] == [
        "Success",
        "Success",
        "Success",
    ], execution["StepExecutions"]
    (primary,) = cloud("rds").describe_db_instances(DBInstanceIdentifier=PRIMARY)["DBInstances"]
    groups = [each["VpcSecurityGroupId"] for each in primary["VpcSecurityGroups"]]
    (fence,) = cloud("ec2").describe_security_groups(GroupIds=groups)["SecurityGroups"]
    assert fence["GroupName"] == "bynomi-prod-orders-fence-primary"
    assert fence["IpPermissions"] == []
    (successor,) = cloud("rds", "us-west-2").describe_db_instances(DBInstanceIdentifier=SUCCESSOR)[
        "DBInstances"
    ]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in successor
    assert successor["BackupRetentionPeriod"] == 30


def test_run_again_nothing_is_done_twice(cloud: Cloud) -> None:
    execution = run(cloud, f"{PREFIX}database-failure-orders")
    found = statuses(execution)
    assert (found["promote"], found["wait_writable"]) == ("Pending", "Success")


def test_no_role_may_do_more_than_its_document_does(cloud: Cloud) -> None:
    iam = cloud("iam")
    for name in DOCUMENTS:
        content = json.loads(cloud("ssm", "us-west-2").get_document(Name=name)["Content"])
        role = content["assumeRole"].rpartition("/")[2]
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        statements = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"][
            "Statement"
        ]
        assert all("*" not in one["Action"] for one in statements)
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
