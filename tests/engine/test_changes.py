"""What is deployed stays as it is, changes where the plan changes, and goes without a trace.

In this order, after all tests that only look.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from pulumi_upkeep.plan.plan import Plan

from sandbox.providers.readback import declared_in
from tests.engine.cloud import inventory
from tests.engine.conftest import creates
from tests.engine.deployed import STACKS, Deployed
from tools.upkeep.down import protected
from tools.upkeep.paths import PROJECT

ALERT_WHEN = "upkeep:monitoring.alert_when"

both = pytest.mark.parametrize("stack", STACKS)


@both
def test_a_second_preview_shows_no_change(ending: Deployed, stack: str) -> None:
    result, steps = ending.operate("preview", stack, "--expect-no-changes")
    assert result.code == 0, result.stdout + result.stderr
    assert steps == {}
    # Neither does one that asks the cloud first.
    result, steps = ending.operate("preview", stack, "--expect-no-changes", "--refresh")
    assert result.code == 0, result.stdout + result.stderr
    assert steps == {}


@both
def test_a_second_up_calls_nothing(ending: Deployed, stack: str) -> None:
    calls = len(creates(ending.addresses))
    result, steps = ending.operate("up", stack, "--yes", "--skip-preview")
    assert (result.code, steps) == (0, {})
    assert len(creates(ending.addresses)) == calls


# It shows where the thresholds are.
BOARD = "DashboardJson dashboard"


def edited(deployed: Deployed, folder: Path, stack: str, path: str, value: str) -> Path:
    """A copy of the deployed stack file in which one value of the plan is another."""
    file = folder / f"Pulumi.{stack}.yaml"
    shutil.copy(deployed.settings[stack], file)
    deployed.pulumi.run(
        *("config", "set", "--path", path, value, "--stack", stack, "--config-file", file),
        cwd=PROJECT,
    )
    return file


@pytest.mark.parametrize(
    ("path", "value", "updated"),
    [
        (
            f"{ALERT_WHEN}.response_time.above",
            "1500 ms",
            # The one that looks, and the one that tells what it sees while there is traffic; after
            # a deployment at a share of the figure.
            {
                *(f"Monitor {of}-web-latency" for of in ("services", "release-watch")),
                *(f"Monitor {of}-web-latency-part" for of in ("services", "release-watch")),
                BOARD,
            },
        ),
        (
            f"{ALERT_WHEN}.error_rate.of_at_least",
            "200",
            {f"Monitor {of}-web-few-requests" for of in ("services", "release-watch")},
        ),
        (
            f"{ALERT_WHEN}.cpu.above",
            "85 %",
            # The figure is that of databases and of servers.
            {
                "MetricAlarm resources-database-orders-cpu",
                "MetricAlarm resources-server-web-cpu",
                BOARD,
            },
        ),
        ("upkeep:backups.files.tiers.daily.keep", "100 days", {"Plan files-use1"}),
        ("upkeep:uptime.checks.cart.within", "2 seconds", {"SyntheticsTest uptime-cart"}),
        (
            "upkeep:replicas.orders-usw2-1.lag.above",
            "6 minutes",
            # A rehearsal is bound to what it rehearsed, replicas among it.
            {"MetricAlarm orders-usw2-1-lag", "Function runbooks-ledger", BOARD},
        ),
        (
            "upkeep:standby.web.at_most",
            "6",
            {
                "Group standby-web",
                "Document runbooks-application-server-failure-web",
                "Function ready-web-looks",
                "Function runbooks-ledger",
            },
        ),
    ],
)
def test_a_changed_figure_updates_what_it_belongs_to(
    ending: Deployed, tmp_path: Path, path: str, value: str, updated: set[str]
) -> None:
    file = edited(ending, tmp_path, "prod", path, value)
    result, steps = ending.operate("preview", "prod", file=file)
    assert result.code == 0, result.stdout + result.stderr
    assert steps == {"update": updated}


def test_a_changed_threshold_is_applied_by_one_update_of_each_alarm(
    ending: Deployed, tmp_path: Path
) -> None:
    name = "bynomi-prod-resources-database-orders-proxy-connections"
    cloudwatch = ending.aws("cloudwatch")

    def alarm() -> dict[str, object]:
        (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return {key: found[key] for key in ("Threshold", "AlarmDescription", "AlarmArn")}

    was = alarm()
    calls = len(creates(ending.addresses))
    file = edited(ending, tmp_path, "prod", f"{ALERT_WHEN}.database_connections.above", "85 %")
    result, steps = ending.operate("up", "prod", "--yes", "--skip-preview", file=file)
    assert result.code == 0, result.stdout + result.stderr
    # The database's own connections, and those through its proxy.
    alarms = ("connections", "proxy-connections")
    updated = {f"MetricAlarm resources-database-orders-{each}" for each in alarms}
    assert steps == {"update": {*updated, BOARD}}
    operations = [call["operation"] for call in creates(ending.addresses)[calls:]]
    assert operations == ["PutMetricAlarm"] * 2
    assert alarm() == {
        "Threshold": 85,
        "AlarmDescription": str(was["AlarmDescription"]).replace("80 %", "85 %"),
        "AlarmArn": was["AlarmArn"],
    }
    assert alarm() != was
    result, steps = ending.operate("preview", "prod", "--expect-no-changes", file=file)
    assert (result.code, steps) == (0, {})


def kept(plan: Plan) -> set[str]:
    """What stays whatever is destroyed, in the plan's names: what holds data, and the way in."""
    vaults = {f"{name}-use1" for name in plan.backups}
    vaults |= {
        f"{name}-usw2"
        for name, entry in plan.backups.items()
        if any(tier.copy_in("recovery") for tier in entry.tiers.values())
    }
    vaults |= {
        f"{name}-use1-210987654321"
        for name, entry in plan.backups.items()
        if any(tier.copy_in("account") for tier in entry.tiers.values())
    }
    # Where a successor waits, its backups' copies have a vault in the other account already.
    vaults |= {
        f"{name}-usw2-210987654321"
        for name, entry in plan.backups.items()
        for database in entry.protects.databases
        if (successor := plan.successor_member(database)) and successor.place == "recovery"
    }
    buckets = {"backup-audit-reports", "evidence", *plan.bucket_replicas}
    # What was told of windows, and what was taken out of databases.
    buckets |= {"notices"} if plan.notices else set()
    for name, care in plan.database_care.items():
        buckets |= {f"{name}-care-reports", *([f"{name}-care-archive"] if care.archive else [])}
    away = {name for name, replica in plan.replicas.items() if replica.in_ == "recovery"}
    logs = set()
    if plan.logs is not None:
        # The name of an index that was deleted cannot be used again.
        logs = {"LogsIndex logs", *(["s3.Bucket logs-archive"] if plan.logs.archive else [])}
        logs |= {f"cloudwatch.LogGroup logs{each.replace('/', '-')}" for each in plan.logs.groups}
        logs |= {"kms.Key logs-key"} if plan.logs.groups else set()
    return (
        logs
        | {f"backup.Vault {vault}" for vault in vaults}
        | {f"kms.Key {vault}-key" for vault in vaults}
        | {f"rds.Instance {replica}" for replica in plan.replicas}
        | {f"kms.Key {replica}-key" for replica in away}
        | {f"lb.LoadBalancer standby-{name}" for name in plan.standby}
        | {f"s3.Bucket {bucket}" for bucket in buckets}
    )


# How the inventory names what is left in a state.
NAMED: Mapping[str, tuple[str, str]] = {
    "aws:backup/vault:Vault": ("backup {region} BackupVaultList {name}", "name"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs {region} logGroups {name}", "name"),
    "aws:ec2/securityGroup:SecurityGroup": ("ec2 {region} SecurityGroups {name}", "id"),
    "aws:kms/key:Key": ("kms {region} Keys {name}", "keyId"),
    "aws:lb/loadBalancer:LoadBalancer": ("elbv2 {region} LoadBalancers {name}", "name"),
    "aws:s3/bucket:Bucket": ("s3 us-east-1 Buckets {name}", "bucket"),
    "aws:rds/instance:Instance": ("rds {region} DBInstances {name}", "identifier"),
    "aws:rds/parameterGroup:ParameterGroup": ("rds {region} DBParameterGroups {name}", "name"),
}


def test_destroying_leaves_the_estate_and_what_is_protected(ending: Deployed) -> None:
    left = set()
    for stack in reversed(STACKS):
        result, steps = ending.operate(
            "destroy", stack, "--yes", "--skip-preview", "--exclude-protected"
        )
        assert result.code == 0, result.stdout + result.stderr
        assert steps.keys() == {"delete"}
        # What stays is said, here and by `make down`.
        assert "All unprotected resources were destroyed. There are still" in result.stdout
        plan = ending.plan(stack)
        assert set(protected(ending.pulumi, stack)) == kept(plan)
        standing = list(declared_in(ending.state(stack)))
        # And what they cannot be without: the group of a load balancer's door, the parameters of a
        # replica.
        needed = len(plan.standby) + len(plan.replicas)
        in_aws = {each for each in kept(plan) if not each.startswith("LogsIndex ")}
        assert len(standing) == len(in_aws) + needed
        for each in standing:
            # The inventory is that of Bynomi's own account.
            if each.role is not None:
                continue
            form, key = NAMED[each.type]
            name = each.id if key == "id" else each.outputs[key]
            left.add(form.format(region=each.region, name=name))
    after = inventory(ending.aws)
    assert ending.before.keys() - after.keys() == set()
    assert after.keys() - ending.before.keys() == left
    # The databases know of the replicas that are kept; nothing else of the estate has changed.
    sources = {f"rds us-east-1 DBInstances orders-{stack}-use1-1" for stack in STACKS}
    changed = {name for name, was in ending.before.items() if after[name] != was}
    assert changed == sources
    for name in sources:
        was, now = json.loads(ending.before[name]), json.loads(after[name])
        assert {key for key in now if now[key] != was.get(key)} == {
            "ReadReplicaDBInstanceIdentifiers"
        }
    assert ending.synthetics() == []
