"""What a team already has is taken over: nothing of it is made anew, and the next preview is empty.

Staging is deployed over things that were made by hand: an alarm, a monitor's test, a vault with a
key of its own, a backup plan and a replica.
"""

import json
import urllib.request
from typing import Any

import pytest
import yaml
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.yaml12 import parse_yaml

from sandbox.clients import Cloud
from sandbox.server import Addresses
from tests.engine.deployed import Deployed, plant
from tools.upkeep import settings
from tools.upkeep.engine import Engine
from tools.upkeep.export import found, text
from tools.upkeep.export.datadog import read_organisation
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi

ALARM, VAULT, PLAN, REPLICA = "orders CPU", "old-vault", "old plan", "orders-read"


def made_by_hand(addresses: Addresses) -> None:
    """Things of a team that had no plan."""
    aws = Cloud(addresses.aws_endpoint_url)
    aws("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        Namespace="AWS/RDS",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": "orders-staging-use1-1"}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=3,
        Threshold=90,
        ComparisonOperator="GreaterThanThreshold",
    )
    key = aws("kms").create_key(Description="of the old vault")["KeyMetadata"]["Arn"]
    aws("backup").create_backup_vault(BackupVaultName=VAULT, EncryptionKeyArn=key)
    backup = aws("backup")
    plan = backup.create_backup_plan(
        BackupPlan={
            "BackupPlanName": PLAN,
            "Rules": [
                {
                    "RuleName": "nightly",
                    "TargetBackupVaultName": VAULT,
                    "ScheduleExpression": "cron(0 3 * * ? *)",
                    "Lifecycle": {"DeleteAfterDays": 3},
                }
            ],
        }
    )["BackupPlanId"]
    source = aws("rds").describe_db_instances(DBInstanceIdentifier="orders-staging-use1-1")
    groups = source["DBInstances"][0]["VpcSecurityGroups"]
    aws("rds").create_db_instance_read_replica(
        DBInstanceIdentifier=REPLICA,
        SourceDBInstanceIdentifier="orders-staging-use1-1",
        DBInstanceClass="db.t4g.large",
        VpcSecurityGroupIds=[group["VpcSecurityGroupId"] for group in groups],
    )
    trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}}
    role = aws("iam").create_role(
        RoleName="old-backup",
        AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
        ),
    )["Role"]["Arn"]
    backup.create_backup_selection(
        BackupPlanId=plan,
        BackupSelection={
            "SelectionName": "orders",
            "IamRoleArn": role,
            "Resources": [source["DBInstances"][0]["DBInstanceArn"]],
        },
    )
    _test(addresses)
    _monitor(addresses)


def exported(addresses: Addresses) -> dict[str, Any]:
    """The chapters that `make export` writes of it."""
    keys = {"apiKeyAuth": "testing", "appKeyAuth": "testing"}
    parts = found(
        Cloud(addresses.aws_endpoint_url),
        read_organisation(addresses.dd_api_url, keys),
        load_plan(PROJECT / "Pulumi.staging.yaml"),
    )
    document: dict[str, Any] = parse_yaml(text(parts), "export.yaml")
    return {key.removeprefix("upkeep:"): words for key, words in document["config"].items()}


def _test(addresses: Addresses) -> None:
    """A synthetic test as somebody has made it by hand."""
    document = {
        "name": "Homepage",
        "type": "api",
        "subtype": "http",
        "status": "live",
        "message": "@somebody@bynomi.com",
        "locations": ["aws:eu-central-1"],
        "tags": [],
        "config": {
            "request": {"method": "GET", "url": "https://staging.bynomi.com/"},
            "assertions": [{"type": "statusCode", "operator": "is", "target": 200}],
        },
        "options": {"tick_every": 900},
    }
    _make(addresses, "synthetics/tests/api", document)


def _monitor(addresses: Addresses) -> None:
    """Likewise a monitor on the response time of a service of the plan."""
    query = "avg(last_10m):p95:trace.web.request{env:staging,service:bynomi-web} > 3"
    document = {
        "name": "Shop is slow",
        "type": "metric alert",
        "query": query,
        "message": "slow @somebody@bynomi.com",
        "tags": [],
        "options": {"thresholds": {"critical": 3}},
    }
    _make(addresses, "monitor", document)


def _make(addresses: Addresses, path: str, document: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{addresses.dd_api_url}/api/v1/{path}",
        json.dumps(document).encode(),
        {"Content-Type": "application/json", "DD-API-KEY": "k", "DD-APPLICATION-KEY": "k"},
        method="POST",
    )
    urllib.request.urlopen(request).close()


@pytest.fixture
def staging(own_sandbox: Addresses, engine: Engine, tmp_path: Any) -> Deployed:
    pulumi = Pulumi(engine, tmp_path / "state", own_sandbox.environment)
    file = settings.prepare(pulumi, "staging")
    plant(pulumi, "staging", file)
    return Deployed(own_sandbox, pulumi, {"staging": file}, {}, "")


def adopting(staging: Deployed, wanted: dict[str, Any]) -> None:
    file = staging.settings["staging"]
    document = parse_yaml(file.read_text(encoding="utf-8"), file.name)
    document["config"]["upkeep:adopt"] = wanted
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def test_what_was_made_by_hand_is_exported_and_taken_over(staging: Deployed) -> None:
    made_by_hand(staging.addresses)
    said = exported(staging.addresses)
    assert said["monitoring"] == {"alert_when": {"cpu": {"above": "90 %", "severity": "p2"}}}
    assert said["replicas"] == {REPLICA: {"of": "orders", "in": "primary", "class": "db.t4g.large"}}
    assert said["backups"] == {
        "old-plan": {
            "protects": {"databases": ["orders"]},
            "tiers": {"nightly": {"every": "day", "at": "03:00", "keep": "3 days"}},
        }
    }
    assert said["uptime"]["checks"] == {"homepage": {"url": "https://staging.bynomi.com/"}}
    assert said["services"] == {"web": {"latency": {"above": "3000 ms", "percentile": 95}}}
    wanted = said["adopt"]
    # Staging's own plan calls three of them otherwise.
    wanted["vaults"] = {"database-use1": wanted["vaults"]["old-plan-use1"]}
    wanted["backup_plans"] = {"database-use1": wanted["backup_plans"]["old-plan-use1"]}
    wanted["replicas"] = {"orders-use1-2": wanted["replicas"][REPLICA]}
    adopting(staging, wanted)
    result, steps = staging.operate("up", "staging", "--yes", "--skip-preview")
    assert result.code == 0, result.stdout + result.stderr
    taken = {
        "MetricAlarm resources-database-orders-cpu",
        "Vault database-use1",
        "Plan database-use1",
        "Instance orders-use1-2",
        "Monitor services-web-latency-part",
        "SyntheticsTest uptime-homepage",
    }
    assert steps.get("import") == taken
    assert not {kind for kind in steps if "replace" in kind or kind == "delete"}
    assert not taken & steps["create"]

    # What the plan wants otherwise was changed in place, under the old names.
    aws = staging.aws
    [alarm] = aws("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    assert (alarm["Threshold"], len(alarm["AlarmActions"])) == (80.0, 1)
    plan = aws("backup").get_backup_plan(BackupPlanId=wanted["backup_plans"]["database-use1"])
    assert plan["BackupPlan"]["BackupPlanName"] == PLAN
    assert {rule["TargetBackupVaultName"] for rule in plan["BackupPlan"]["Rules"]} == {VAULT}
    replica = aws("rds").describe_db_instances(DBInstanceIdentifier=REPLICA)["DBInstances"][0]
    assert replica["DBInstanceClass"] == "db.t4g.medium"
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "orders-staging-use1-1"
    assert "Homepage" not in {each["name"] for each in staging.synthetics()}

    # And from now on it is the plan's: the next preview is empty, also where it asks the cloud.
    for arguments in ((), ("--refresh",)):
        result, steps = staging.operate("preview", "staging", *arguments)
        assert (result.code, steps) == (0, {}), result.stdout
    assert exported(staging.addresses) == {}


def test_a_name_that_nothing_has_is_refused_before_anything_is_made(staging: Deployed) -> None:
    adopting(staging, {"alarms": {"resources-database-orders-cpus": ALARM}})
    result, _ = staging.operate("preview", "staging")
    assert result.code != 0
    assert (
        "adopt.alarms.resources-database-orders-cpus = orders CPU: nothing of that name is "
        "declared, so nothing is taken over; did you mean `resources-database-orders-cpu`?"
    ) in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
