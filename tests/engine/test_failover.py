"""A database through its whole life with the real engine: normal, failed over, failed back.

Promotions happen outside of deployments, as a runbook or a person does them: by RDS's own calls.
What is held: the plan that no longer fits is refused with the edit to make, and with the edit made
no database is ever deleted or replaced. In this order; each test goes on where the last one ended.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Addresses, running_sandbox
from tests.engine.conftest import MakeClient, MakeProject, MakePulumi, client, failing
from tests.engine.deployed import plant
from tools.upkeep import settings
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi, Result

HERE, AWAY = "us-east-1", "us-west-2"
GONE = frozenset({"delete", "replace", "create-replacement", "delete-replaced", "discard-replaced"})
INSTANCE = "aws:rds/instance:Instance"


@dataclass
class Story:
    """One environment as it goes along.

    steps   what the last operation did: ``(operation, type, name)``, unchanged things left out
    """

    addresses: Addresses
    pulumi: Pulumi
    stack: str
    file: Path
    steps: list[tuple[str, str, str]] = field(default_factory=list)

    def rds(self, region: str) -> Any:
        return client(self.addresses, "rds", region)

    def run(self, operation: str, *arguments: str, at: Any = None) -> Result:
        """Run the CLI; ``at`` is called with each step as it begins."""
        self.steps = []

        def hear(event: Mapping[str, Any]) -> None:
            step = event.get("resourcePreEvent", {}).get("metadata")
            if step and step["op"] not in ("same", "read", "refresh"):
                self.steps.append((step["op"], step["type"], step["urn"].rpartition("::")[2]))
                if at is not None:
                    at(*self.steps[-1])

        where: list[str | Path] = ["--stack", self.stack, "--config-file", self.file]
        return self.pulumi.watch(operation, *where, *arguments, heard=hear)

    def preview(self, *arguments: str) -> Result:
        return self.run("preview", *arguments)

    def up(self, **how: Any) -> Result:
        result = self.run("up", "--yes", "--skip-preview", **how)
        assert result.code == 0, result.stdout + result.stderr
        return result

    def settled(self) -> None:
        """A second preview shows nothing, whether or not it asks the cloud."""
        for more in ((), ("--refresh",)):
            result = self.preview("--expect-no-changes", *more)
            assert (result.code, self.steps) == (0, []), result.stdout + result.stderr

    def databases(self) -> list[tuple[str, str]]:
        """What the last operation did to databases."""
        return [(op, name) for op, kind, name in self.steps if kind == INSTANCE]

    def nothing_lost(self) -> None:
        """The last operation neither deleted nor replaced a database, or what it cannot be
        without: its key."""
        kept = (INSTANCE, "aws:kms/key:Key")
        assert [step for step in self.steps if step[0] in GONE and step[1] in kept] == []

    def write(self, path: str, value: str) -> None:
        """Set one value of the plan."""
        where = ("--stack", self.stack, "--config-file", self.file)
        self.pulumi.run("config", "set", "--path", f"upkeep:{path}", value, *where, cwd=PROJECT)

    def add_replica(self, name: str, place: str) -> None:
        """Write a replica into the plan."""
        about = {"of": "orders", "in": place, "class": "db.r6g.large", "multi_az": "true"}
        for key, value in about.items():
            self.write(f"replicas.{name}.{key}", value)

    def strike(self, path: str) -> None:
        """Take a value out of the plan."""
        where = ("--stack", self.stack, "--config-file", self.file)
        self.pulumi.run("config", "rm", "--path", f"upkeep:{path}", *where, cwd=PROJECT)

    def physical(self, name: str) -> str:
        """The identifier of a replica."""
        return f"bynomi-{self.stack}-{name}"

    def instance(self, identifier: str, region: str) -> dict[str, Any]:
        (found,) = self.rds(region).describe_db_instances(DBInstanceIdentifier=identifier)[
            "DBInstances"
        ]
        return dict(found)

    def promote(self, name: str, region: str) -> None:
        self.rds(region).promote_read_replica(DBInstanceIdentifier=self.physical(name))

    def fence(self, identifier: str, region: str, place: str) -> None:
        """Shut an instance off as a runbook does."""
        called = f"bynomi-{self.stack}-orders-fence-{place}"
        (group,) = client(self.addresses, "ec2", region).describe_security_groups(
            Filters=[{"Name": "tag:Name", "Values": [called]}]
        )["SecurityGroups"]
        assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
        self.rds(region).modify_db_instance(
            DBInstanceIdentifier=identifier, VpcSecurityGroupIds=[group["GroupId"]]
        )

    def answers(self, name: str) -> dict[str, str]:
        """Of a private name: the side -> where it leads, with its health check or without."""
        route53 = client(self.addresses, "route53")
        zone = next(
            zone["Id"]
            for zone in route53.list_hosted_zones()["HostedZones"]
            if zone["Name"] == "internal.bynomi.com."
        )
        return {
            record["Failover"]: record["ResourceRecords"][0]["Value"]
            for record in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
            if record["Name"] == f"{name}." and record["Type"] == "CNAME"
        }

    def alarms(self, region: str) -> set[str]:
        cloudwatch = client(self.addresses, "cloudwatch", region)
        pages = cloudwatch.get_paginator("describe_alarms").paginate()
        return {alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]}


def counted(story: Story) -> Any:
    """What the watch sees when its minute comes."""
    answer = client(story.addresses, "lambda", AWAY).invoke(
        FunctionName=f"bynomi-{story.stack}-writers-count"
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def begin(engine: Engine, stack: str, folder: Path) -> Iterator[Story]:
    with running_sandbox(state=folder / "sandbox.json") as addresses:
        pulumi = Pulumi(engine, folder, addresses.environment)
        file = settings.prepare(pulumi, stack)
        plant(pulumi, stack, file)
        story = Story(addresses, pulumi, stack, file)
        story.up()
        yield story


@pytest.fixture(scope="module")
def prod(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    yield from begin(engine, "prod", tmp_path_factory.mktemp("failover prod"))


OLD, NEW, BACK, NEXT = "orders-prod-use1-1", "orders-usw2-1", "orders-use1-2", "orders-usw2-2"
NAME = "orders.internal.bynomi.com"


def test_normal(prod: Story) -> None:
    prod.settled()
    replica = prod.instance(prod.physical(NEW), AWAY)
    assert replica["ReadReplicaSourceDBInstanceIdentifier"].endswith(f":db:{OLD}")
    assert prod.answers(NAME) == {
        "PRIMARY": prod.instance(OLD, HERE)["Endpoint"]["Address"],
        "SECONDARY": replica["Endpoint"]["Address"],
    }
    # Its own group holds at least what the source can hold.
    group = replica["DBParameterGroups"][0]["DBParameterGroupName"]
    assert group == f"bynomi-prod-{NEW}-postgres16"


def test_the_watch_sees_one_writer_and_says_what_it_cannot_see(prod: Story) -> None:
    assert counted(prod) == {"orders": {"writers": [OLD], "unknown": []}}
    how = {"service": "rds", "region": HERE, "times": 1000, "status": 503}
    with failing(prod.addresses, "DescribeDBInstances", **how):
        assert counted(prod) == {"orders": {"writers": [], "unknown": [OLD]}}


def test_a_region_that_does_not_say_keeps_nobody_from_the_rest(prod: Story) -> None:
    how = {"service": "rds", "region": AWAY, "times": 1000, "status": 503}
    with failing(prod.addresses, "DescribeDBInstances", **how):
        result = prod.preview("--expect-no-changes")
    said = result.stdout + result.stderr
    assert (result.code, prod.steps) == (0, []), said
    assert f"{AWAY} does not say what its databases do, so the others do" in said


def test_a_promotion_alone_makes_two_writers_and_is_refused_as_that(prod: Story) -> None:
    prod.promote(NEW, AWAY)
    result = prod.preview()
    assert result.code != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert "estate: 1 fault" in said
    assert (
        f"writers.orders: P0: {OLD} and {NEW} both take writes, and what is written to one is not "
        f"in the other; the plan says {OLD}; fence the one that must not" in said
    )
    assert f"also write `writers.orders.active: {NEW}`" in said
    assert prod.steps == []
    # And the watch pages: its alarm is on this figure.
    assert counted(prod) == {"orders": {"writers": [OLD, prod.physical(NEW)], "unknown": []}}
    figures = client(prod.addresses, "cloudwatch", AWAY).get_metric_statistics(
        Namespace="Upkeep/Recovery",
        MetricName="Writers",
        Dimensions=[{"Name": "Database", "Value": "orders"}],
        StartTime=datetime.now(UTC) - timedelta(minutes=5),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=300,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert max(each["Maximum"] for each in figures) == 2


def test_with_the_old_one_fenced_a_plain_preview_gives_the_edit(prod: Story) -> None:
    prod.fence(OLD, HERE, "primary")
    result = prod.preview()
    assert result.code != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert (
        f"writers.orders.active: the plan says that {OLD} takes the writes of orders (which is "
        f"fenced), and RDS shows that {NEW} does; write `writers.orders.active: {NEW}`" in said
    )
    assert "an old primary never becomes a replica again" in said
    assert f"`replicas.{BACK}: {{of: orders, in: primary, ...}}`" in said
    assert prod.steps == []
    assert counted(prod) == {"orders": {"writers": [prod.physical(NEW)], "unknown": []}}
    # And so does an `up`, which changes nothing.
    refused = prod.run("up", "--yes", "--skip-preview")
    assert refused.code != 0
    assert prod.steps == []


def test_with_the_edit_made_nothing_is_lost(prod: Story) -> None:
    before = prod.instance(prod.physical(NEW), AWAY)
    prod.write("writers.orders.active", NEW)
    result = prod.up()
    assert f"{NEW} takes the writes of orders now, and nobody takes over from it" in (
        result.stdout + result.stderr
    )
    prod.nothing_lost()
    assert prod.databases() == [("update", NEW)]
    after = prod.instance(prod.physical(NEW), AWAY)
    assert after["DbiResourceId"] == before["DbiResourceId"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in after
    assert after["BackupRetentionPeriod"] == 30
    assert after["DeletionProtection"]
    assert after["MultiAZ"]
    # The name leads there by itself now, and what was alarmed of the old one is of this one.
    assert prod.answers(NAME) == {"PRIMARY": after["Endpoint"]["Address"]}
    assert "bynomi-prod-resources-recovery-database-orders-connections" in prod.alarms(AWAY)
    assert not any("database-orders" in alarm for alarm in prod.alarms(HERE))
    assert not any(alarm.endswith(f"{NEW}-lag") for alarm in prod.alarms(AWAY))
    prod.settled()


def test_failing_back_makes_a_new_generation(prod: Story) -> None:
    prod.add_replica(BACK, "primary")
    prod.write("writers.orders.successor", BACK)
    prod.up()
    prod.nothing_lost()
    assert prod.databases() == [("create", BACK)]
    back = prod.instance(prod.physical(BACK), HERE)
    assert back["ReadReplicaSourceDBInstanceIdentifier"].endswith(f":db:{prod.physical(NEW)}")
    assert prod.answers(NAME)["SECONDARY"] == back["Endpoint"]["Address"]
    prod.settled()


def test_a_replica_promoted_during_an_up_is_left_alone_and_noticed_by_the_next(
    prod: Story,
) -> None:
    promoted: list[str] = []

    def at(operation: str, kind: str, name: str) -> None:
        if not promoted:
            promoted.append(name)
            prod.promote(BACK, HERE)
            prod.fence(prod.physical(NEW), AWAY, "recovery")

    prod.write("monitoring.alert_when.cpu.above", "85 %")
    prod.up(at=at)
    assert promoted
    prod.nothing_lost()
    assert prod.databases() == []
    result = prod.preview()
    assert result.code != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert f"RDS shows that {BACK} does; write `writers.orders.active: {BACK}`" in said


def test_failed_back_nothing_is_lost_and_the_old_ones_stay(prod: Story) -> None:
    prod.write("writers.orders.active", BACK)
    # The recovery region has nothing that follows any more, and the promises know it.
    result = prod.preview()
    assert result.code != 0
    assert f"`replicas.{NEXT}: {{of: orders, in: recovery, class: db.r6g.large}}`" in (
        result.stdout + result.stderr
    )
    prod.add_replica(NEXT, "recovery")
    prod.write("writers.orders.successor", NEXT)
    prod.up()
    prod.nothing_lost()
    assert sorted(prod.databases()) == [("create", NEXT), ("update", BACK), ("update", NEW)]
    follows = prod.instance(prod.physical(NEXT), AWAY)["ReadReplicaSourceDBInstanceIdentifier"]
    assert follows.endswith(f":db:{prod.physical(BACK)}")
    fenced = prod.instance(prod.physical(NEW), AWAY)
    assert fenced["DeletionProtection"]
    (group,) = fenced["VpcSecurityGroups"]
    prod.settled()
    assert prod.instance(prod.physical(NEW), AWAY)["VpcSecurityGroups"] == [group]
    assert "bynomi-prod-resources-database-orders-connections" in prod.alarms(HERE)
    assert prod.answers(NAME) == {
        "PRIMARY": prod.instance(prod.physical(BACK), HERE)["Endpoint"]["Address"],
        "SECONDARY": prod.instance(prod.physical(NEXT), AWAY)["Endpoint"]["Address"],
    }


def test_what_was_promoted_never_follows_again(prod: Story) -> None:
    prod.write("writers.orders.successor", NEW)
    result = prod.preview()
    assert result.code != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert (
        f"writers.orders.successor: {NEW} was promoted before, and an old primary never becomes a "
        "replica again: RDS gives no living instance a source; declare its next generation, "
        "`replicas.orders-usw2-3: {of: orders, in: recovery, ...}`, and name that" in said
    )
    prod.write("writers.orders.successor", NEXT)


def test_an_old_member_is_retired_by_two_edits(prod: Story) -> None:
    # Left out without a word it is protected, and the deployment stops.
    prod.strike(f"replicas.{NEW}")
    result = prod.preview()
    assert result.code != 0
    assert "protect" in result.stdout + result.stderr
    prod.add_replica(NEW, "recovery")
    prod.write("writers.orders.retired[0]", NEW)
    prod.up()
    prod.nothing_lost()
    assert ("update", NEW) in prod.databases()
    assert not prod.instance(prod.physical(NEW), AWAY)["DeletionProtection"]
    prod.settled()
    prod.strike(f"replicas.{NEW}")
    prod.strike("writers.orders.retired")
    prod.up()
    assert prod.databases() == [("delete", NEW)]
    # The last snapshot is there, and so is the key that opens it.
    (snapshot,) = prod.rds(AWAY).describe_db_snapshots(
        DBInstanceIdentifier=prod.physical(NEW), SnapshotType="manual"
    )["DBSnapshots"]
    assert snapshot["DBSnapshotIdentifier"] == f"bynomi-prod-{NEW}-final"
    key = client(prod.addresses, "kms", AWAY).describe_key(KeyId=snapshot["KmsKeyId"])
    assert key["KeyMetadata"]["KeyState"] == "Enabled"
    prod.settled()


def test_the_estates_old_instance_may_go_by_its_owners_hand(prod: Story) -> None:
    prod.write("writers.orders.retired[0]", OLD)
    prod.up()
    assert prod.databases() == []
    rds = prod.rds(HERE)
    rds.modify_db_instance(DBInstanceIdentifier=OLD, DeletionProtection=False)
    rds.delete_db_instance(DBInstanceIdentifier=OLD, SkipFinalSnapshot=True)
    prod.settled()


# ---- staging: the same by its own data -----------------------------------------------------------


@pytest.fixture(scope="module")
def staging(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    yield from begin(engine, "staging", tmp_path_factory.mktemp("failover staging"))


def test_a_failover_within_a_region(staging: Story) -> None:
    old, new, name = "orders-staging-use1-1", "orders-use1-2", "orders.staging.internal.bynomi.com"
    member = staging.physical(new)
    assert staging.answers(name)["PRIMARY"] == staging.instance(old, HERE)["Endpoint"]["Address"]
    staging.promote(new, HERE)
    staging.fence(old, HERE, "primary")
    result = staging.preview()
    assert result.code != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert f"write `writers.orders.active: {new}`" in said
    before = staging.instance(member, HERE)
    staging.write("writers.orders.active", new)
    staging.up()
    staging.nothing_lost()
    assert staging.databases() == [("update", new)]
    after = staging.instance(member, HERE)
    assert after["DbiResourceId"] == before["DbiResourceId"]
    assert after["KmsKeyId"] == staging.instance(old, HERE)["KmsKeyId"]
    assert after["BackupRetentionPeriod"] == 7
    assert staging.answers(name) == {"PRIMARY": after["Endpoint"]["Address"]}
    staging.settled()


# ---- what the provider refuses -------------------------------------------------------------------

TINY = """
    import pulumi
    from pulumi_upkeep import aws

    settings = pulumi.Config("upkeep")
    here = pulumi.ResourceOptions(
        provider=aws.Provider("here", aws.ProviderArgs(region="us-west-2")), protect=True
    )
    aws.rds.Instance(
        "member",
        aws.rds.InstanceArgs(
            identifier=settings.require("identifier"),
            instance_class="db.r6g.large",
            replicate_source_db=settings.get("source"),
            storage_encrypted=True,
            kms_key_id=settings.get("key"),
            skip_final_snapshot=True,
        ),
        here,
    )
"""


def tiny(identifier: str, **more: str) -> str:
    values = {"identifier": identifier, **more}
    return "config:\n" + "".join(f"  upkeep:{key}: {value}\n" for key, value in values.items())


def test_a_source_for_a_living_instance_and_another_key_are_refused(
    sandbox: Addresses, project: MakeProject, pulumi: MakePulumi, aws: MakeClient
) -> None:
    """Why the component leaves a changed source alone, and why a key belongs to its instance."""
    source = aws("rds").describe_db_instances(DBInstanceIdentifier=OLD)["DBInstances"][0]
    keys = [
        aws("kms", AWAY).create_key(Description=f"failover {number}")["KeyMetadata"]["Arn"]
        for number in (1, 2)
    ]
    name = "failover-tiny-usw2-1"
    folder = project(TINY)
    file = folder / "Pulumi.prod.yaml"
    settled = tiny(name, source=source["DBInstanceArn"], key=keys[0])
    file.write_text(settled, encoding="utf-8")
    cli = pulumi(folder, sandbox)
    stack = ("--stack", "prod")
    cli.run("stack", "init", "prod")
    assert cli.watch("up", "--yes", "--skip-preview", *stack, heard=print).code == 0
    before = aws("rds", AWAY).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]

    file.write_text(settled.replace(keys[0], keys[1]), encoding="utf-8")
    result = cli.watch("preview", *stack, heard=print)
    said = result.stdout + result.stderr
    assert result.code != 0
    assert "unable to replace resource" in said
    assert "as it is currently marked for protection" in said

    file.write_text(settled, encoding="utf-8")
    aws("rds", AWAY).promote_read_replica(DBInstanceIdentifier=name)
    # What a refresh sees after the promotion, and a program that still names the source.
    result = cli.watch("up", "--yes", "--skip-preview", "--refresh", *stack, heard=print)
    said = result.stdout + result.stderr
    assert result.code != 0
    assert "cannot elect new source database for replication" in said
    after = aws("rds", AWAY).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert after[0]["DbiResourceId"] == before[0]["DbiResourceId"]
