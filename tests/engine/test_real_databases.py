"""Real databases: what RDS is told happens to a PostgreSQL server, and a client sees it.

One sandbox for all; each test makes the instances it needs, so that nothing it breaks reaches
another.
"""

import contextlib
import itertools
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from pg8000.exceptions import DatabaseError, InterfaceError

from sandbox import databases, estate_data
from sandbox.clients import Cloud
from sandbox.estate import DATABASE, ENVIRONMENTS, RECOVERY
from sandbox.postgres.keeper import processes_in
from sandbox.server import Addresses, running_sandbox

USER, PASSWORD, NAME = "shop", "correct-horse-battery", "shop"
NAMES = (f"orders-{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    state = tmp_path_factory.mktemp("real") / "sandbox.json"
    with running_sandbox(state=state, providers=False, databases="real", seconds=180) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def url(real: Addresses) -> str:
    return real.aws_endpoint_url


@pytest.fixture(scope="module")
def cloud(url: str) -> Cloud:
    return Cloud(url)


@pytest.fixture(scope="module")
def groups(cloud: Cloud) -> dict[tuple[str, str], str]:
    """Security groups by region and kind: ``open`` lets 5432 in, ``fence`` nothing."""
    made = {}
    for region in ("us-east-1", RECOVERY):
        ec2 = cloud("ec2", region)
        for kind in ("open", "fence"):
            group = ec2.create_security_group(GroupName=f"{kind}-test", Description="test")
            made[region, kind] = group["GroupId"]
        _let_in(ec2, made[region, "open"])
    return made


def _let_in(ec2: Any, group: str) -> None:
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 5432,
                "ToPort": 5432,
                "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
            }
        ],
    )


class Shop:
    """An instance of a test's own, with one table of numbered orders."""

    def __init__(self, url: str, cloud: Cloud, name: str, region: str = "us-east-1") -> None:
        self.url, self.cloud, self.name, self.region = url, cloud, name, region
        self.rds = cloud("rds", region)
        MADE.append(self)

    def connect(self, password: str = PASSWORD, **how: Any) -> Any:
        return databases.connect(self.url, self.name, USER, password, NAME, **how)

    def run(self, statement: str) -> list[Any]:
        with contextlib.closing(self.connect()) as connection:
            rows: list[Any] = connection.run(statement)
            return rows

    def place(self, *numbers: int) -> None:
        """Orders of these numbers; each is acknowledged when this returns."""
        with contextlib.closing(self.connect()) as connection:
            for number in numbers:
                connection.run("INSERT INTO placed VALUES (:number)", number=number)

    def orders(self) -> list[int]:
        return [number for (number,) in self.run("SELECT number FROM placed ORDER BY number")]

    def wait(self, status: str = "available") -> None:
        databases.wait_for(self.url, self.name, status)

    def describe(self) -> dict[str, Any]:
        found = self.rds.describe_db_instances(DBInstanceIdentifier=self.name)
        instance: dict[str, Any] = found["DBInstances"][0]
        return instance

    def status(self) -> str:
        return str(self.describe()["DBInstanceStatus"])

    def sees(self, numbers: list[int], seconds: float = 5) -> None:
        """Wait until exactly these orders have arrived."""
        deadline = time.monotonic() + seconds
        while (found := self.orders()) != numbers:
            assert time.monotonic() < deadline, f"{found}, not {numbers}"
            time.sleep(0.02)


MADE: list[Shop] = []


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """What a test made ends with it: servers of others would only take the machine's time."""
    yield
    while MADE:
        made = MADE.pop()
        name = {"DBInstanceIdentifier": made.name}
        with contextlib.suppress(ClientError, ParamValidationError):
            made.rds.modify_db_instance(**name, DeletionProtection=False)
        with contextlib.suppress(ClientError, ParamValidationError):
            made.rds.delete_db_instance(**name, SkipFinalSnapshot=True)


MakeShop = Callable[..., Shop]
MakeReplica = Callable[..., Shop]


@pytest.fixture
def shop(url: str, cloud: Cloud, groups: dict[tuple[str, str], str]) -> MakeShop:
    def make(**settings: Any) -> Shop:
        made = Shop(url, cloud, next(NAMES))
        made.rds.create_db_instance(
            **{
                "DBInstanceIdentifier": made.name,
                "DBInstanceClass": "db.t4g.medium",
                "Engine": "postgres",
                "EngineVersion": "16.10",
                "AllocatedStorage": 20,
                "DBName": NAME,
                "MasterUsername": USER,
                "MasterUserPassword": PASSWORD,
                "BackupRetentionPeriod": 7,
                "VpcSecurityGroupIds": [groups["us-east-1", "open"]],
                **settings,
            }
        )
        made.wait()
        made.run("CREATE TABLE placed (number integer PRIMARY KEY)")
        return made

    return make


@pytest.fixture
def replica(cloud: Cloud, groups: dict[tuple[str, str], str]) -> MakeReplica:
    def make(of: Shop, region: str = RECOVERY) -> Shop:
        made = Shop(of.url, cloud, next(NAMES), region)
        source = of.name if region == of.region else of.describe()["DBInstanceArn"]
        made.rds.create_db_instance_read_replica(
            DBInstanceIdentifier=made.name,
            SourceDBInstanceIdentifier=source,
            VpcSecurityGroupIds=[groups[region, "open"]],
        )
        made.wait()
        return made

    return make


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def _refused(of: Shop) -> bool:
    try:
        of.connect().close()
    except (DatabaseError, InterfaceError, OSError):
        return True
    return False


# The estate


def _client_of(url: str, database: str) -> Any:
    keys = ("MasterUsername", "MasterUserPassword", "DBName")
    return databases.connect(url, database, *(str(DATABASE[key]) for key in keys))


def test_the_estate_s_databases_hold_a_shop(url: str) -> None:
    for environment in ENVIRONMENTS:
        connection = _client_of(url, environment.database)
        with contextlib.closing(connection):
            counts = {
                table: connection.run(f"SELECT count(*) FROM {table}")[0][0]
                for table in estate_data.TABLES
            }
            assert counts == {
                "customers": 400,
                "products": 120,
                "orders": 2_000,
                "order_lines": 5_000,
                "sessions": 100,
            }
            wrong = connection.run(
                "SELECT count(*) FROM orders WHERE total_cents <> (SELECT sum(quantity * "
                "price_cents) FROM order_lines WHERE order_id = orders.id)"
            )
            assert wrong == [[0]]
            assert connection.run("SELECT now() - max(placed_at) < '5 minutes' FROM orders")[0][0]


def test_an_endpoint_leads_to_an_address_of_its_own(url: str, cloud: Cloud) -> None:
    endpoints = [
        instance["Endpoint"]["Address"]
        for instance in cloud("rds").describe_db_instances()["DBInstances"]
    ]
    addresses = [databases.address_of(url, endpoint) for endpoint in endpoints]
    assert len(set(addresses)) == len(endpoints) >= 2
    assert all(found and found[0].startswith("127.") and found[1] == 5432 for found in addresses)
    assert databases.address_of(url, "elsewhere.example.com") is None


# Access


def test_the_request_s_password_counts(shop: MakeShop) -> None:
    orders = shop()
    with pytest.raises(DatabaseError, match="password authentication failed"):
        orders.connect("wrong")
    orders.rds.modify_db_instance(
        DBInstanceIdentifier=orders.name, MasterUserPassword="another-one", ApplyImmediately=True
    )
    orders.wait()
    with pytest.raises(DatabaseError, match="password authentication failed"):
        orders.connect()
    orders.connect("another-one").close()


def test_the_master_user_is_no_superuser_but_owns_its_database(shop: MakeShop) -> None:
    orders = shop()
    assert orders.run("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [[False]]
    orders.run("CREATE ROLE reader LOGIN PASSWORD 'x'")
    with pytest.raises(DatabaseError):
        orders.run("COPY placed TO PROGRAM 'true'")


def test_a_fence_holds_new_connections_off_and_a_reboot_cuts_the_others(
    shop: MakeShop, groups: dict[tuple[str, str], str]
) -> None:
    orders = shop()
    standing = orders.connect()
    orders.rds.modify_db_instance(
        DBInstanceIdentifier=orders.name,
        VpcSecurityGroupIds=[groups["us-east-1", "fence"]],
        ApplyImmediately=True,
    )
    orders.wait()
    assert _refused(orders)
    # What stands is tracked and goes on, which is why a fence needs a reboot.
    standing.run("INSERT INTO placed VALUES (1)")
    orders.rds.reboot_db_instance(DBInstanceIdentifier=orders.name)
    orders.wait()
    with pytest.raises((DatabaseError, InterfaceError, OSError)):
        standing.run("INSERT INTO placed VALUES (2)")
    assert _refused(orders)
    orders.rds.modify_db_instance(
        DBInstanceIdentifier=orders.name,
        VpcSecurityGroupIds=[groups["us-east-1", "open"]],
        ApplyImmediately=True,
    )
    orders.wait()
    assert orders.orders() == [1]


def test_a_rule_that_comes_or_goes_is_noticed(shop: MakeShop, cloud: Cloud, url: str) -> None:
    ec2 = cloud("ec2")
    group = ec2.create_security_group(GroupName=next(NAMES), Description="test")["GroupId"]
    _let_in(ec2, group)
    orders = shop(VpcSecurityGroupIds=[group])
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
    _eventually(lambda: _refused(orders))
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
    _eventually(lambda: not _refused(orders))


# Replication


@pytest.mark.parametrize("region", ["us-east-1", RECOVERY])
def test_a_replica_follows_and_takes_no_writes(
    shop: MakeShop, replica: MakeReplica, region: str
) -> None:
    orders = shop()
    orders.place(1, 2)
    copy = replica(orders, region)
    orders.place(3)
    copy.sees([1, 2, 3])
    with pytest.raises(DatabaseError, match="read-only"):
        copy.place(4)
    assert copy.describe()["StatusInfos"] == [
        {"StatusType": "read replication", "Normal": True, "Status": "replicating"}
    ]


def test_a_promotion_opens_writes_once(shop: MakeShop, replica: MakeReplica) -> None:
    orders = shop()
    copy = replica(orders)
    copy.rds.promote_read_replica(DBInstanceIdentifier=copy.name, BackupRetentionPeriod=7)
    assert copy.status() in ("modifying", "available")
    copy.wait()
    copy.place(1)
    orders.place(2)
    assert (copy.orders(), orders.orders()) == ([1], [2])
    assert "ReadReplicaSourceDBInstanceIdentifier" not in copy.describe()
    assert orders.describe()["ReadReplicaDBInstanceIdentifiers"] == []
    with pytest.raises(ClientError) as again:
        copy.rds.promote_read_replica(DBInstanceIdentifier=copy.name)
    assert _code(again) == "InvalidDBInstanceState"
    # It can be a source and be restored, as any primary.
    third = replica(copy, "us-east-1")
    copy.place(3)
    third.sees([1, 3])


def test_a_paused_replication_loses_exactly_what_was_not_sent(
    url: str, shop: MakeShop, replica: MakeReplica
) -> None:
    orders = shop()
    copy = replica(orders)
    orders.place(*range(1, 101))
    copy.sees(list(range(1, 101)))
    databases.fail(url, copy.name, "pause-replication")
    orders.place(*range(101, 138))
    assert databases.database(url, copy.name)["lag"] > 0
    assert copy.describe()["StatusInfos"][0]["Status"] == "stopped"
    databases.fail(url, orders.name, "kill", for_good=True)
    copy.rds.promote_read_replica(DBInstanceIdentifier=copy.name)
    copy.wait()
    assert copy.orders() == list(range(1, 101))
    databases.recover(url, orders.name)
    orders.wait()
    assert orders.orders() == list(range(1, 138))


def test_a_resumed_replication_loses_nothing(
    url: str, shop: MakeShop, replica: MakeReplica
) -> None:
    orders = shop()
    copy = replica(orders)
    databases.fail(url, orders.name, "pause-replication")
    orders.place(1, 2, 3)
    assert copy.orders() == []
    databases.recover(url, copy.name)
    copy.sees([1, 2, 3])
    _eventually(lambda: databases.database(url, copy.name)["lag"] == 0)


def test_corruption_reaches_the_replica(url: str, shop: MakeShop, replica: MakeReplica) -> None:
    orders = shop()
    copy = replica(orders)
    orders.place(1, 2)
    databases.fail(url, orders.name, "corrupt", sql="UPDATE placed SET number = -number")
    copy.sees([-2, -1])


def test_the_lag_is_a_metric(url: str, cloud: Cloud, shop: MakeShop, replica: MakeReplica) -> None:
    orders = shop()
    copy = replica(orders)
    orders.place(1)
    copy.sees([1])

    def lag() -> float:
        databases.measure(url)
        found = cloud("cloudwatch", RECOVERY).get_metric_statistics(
            Namespace="AWS/RDS",
            MetricName="ReplicaLag",
            Dimensions=[{"Name": "DBInstanceIdentifier", "Value": copy.name}],
            StartTime=datetime.fromtimestamp(time.time() - 300, UTC),
            EndTime=datetime.fromtimestamp(time.time() + 60, UTC),
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]
        return float(max(point["Maximum"] for point in found))

    _eventually(lambda: databases.database(url, copy.name)["lag"] == 0)
    before = lag()
    databases.fail(url, copy.name, "pause-replication")
    orders.place(2)
    time.sleep(0.5 + before)
    assert lag() >= 0.5


def test_what_rds_refuses_of_replicas(shop: MakeShop, replica: MakeReplica) -> None:
    orders = shop()
    copy = replica(orders)
    for instance in (orders, copy):
        with pytest.raises(ClientError) as refused:
            instance.rds.stop_db_instance(DBInstanceIdentifier=instance.name)
        assert _code(refused) == "InvalidDBInstanceState"
    # A living instance never becomes a replica.
    other = shop()
    with pytest.raises(ClientError) as refused:
        other.rds.create_db_instance_read_replica(
            DBInstanceIdentifier=other.name, SourceDBInstanceIdentifier=orders.name
        )
    assert _code(refused) == "DBInstanceAlreadyExists"


# Life


def test_stop_start_and_reboot(shop: MakeShop) -> None:
    orders = shop()
    orders.place(1)
    orders.rds.stop_db_instance(DBInstanceIdentifier=orders.name)
    orders.wait("stopped")
    assert _refused(orders)
    with pytest.raises(ClientError) as refused:
        orders.rds.reboot_db_instance(DBInstanceIdentifier=orders.name)
    assert _code(refused) == "InvalidDBInstanceState"
    orders.rds.start_db_instance(DBInstanceIdentifier=orders.name)
    orders.wait()
    assert orders.orders() == [1]
    with pytest.raises(ClientError) as refused:
        orders.rds.reboot_db_instance(DBInstanceIdentifier=orders.name, ForceFailover=True)
    assert _code(refused) == "InvalidParameterCombination"


def test_parameters_hold_from_the_start_or_the_reboot_on(shop: MakeShop) -> None:
    orders = shop()
    group = next(NAMES)
    orders.rds.create_db_parameter_group(
        DBParameterGroupName=group, DBParameterGroupFamily="postgres16", Description="test"
    )
    orders.rds.modify_db_instance(
        DBInstanceIdentifier=orders.name, DBParameterGroupName=group, ApplyImmediately=True
    )
    orders.wait()
    orders.rds.modify_db_parameter_group(
        DBParameterGroupName=group,
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
            for name, value, method in (
                ("max_connections", "37", "pending-reboot"),
                ("log_min_duration_statement", "1234", "immediate"),
                ("fsync", "1", "immediate"),  # the sandbox's own
                ("rds.force_ssl", "0", "immediate"),  # RDS's own
            )
        ],
    )
    _eventually(lambda: orders.run("SHOW log_min_duration_statement") == [["1234ms"]])
    assert orders.run("SHOW max_connections") == [["100"]]
    orders.rds.reboot_db_instance(DBInstanceIdentifier=orders.name)
    orders.wait()
    assert orders.run("SHOW max_connections") == [["37"]]


def test_a_deleted_instance_leaves_its_final_snapshot(
    shop: MakeShop, url: str, cloud: Cloud, groups: dict[tuple[str, str], str]
) -> None:
    orders = shop()
    orders.place(1)
    final = next(NAMES)
    orders.rds.delete_db_instance(DBInstanceIdentifier=orders.name, FinalDBSnapshotIdentifier=final)
    with pytest.raises(databases.DatabaseControlError):
        databases.database(url, orders.name)
    orders.rds.get_waiter("db_snapshot_available").wait(
        DBSnapshotIdentifier=final, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    restored = _restored(orders, final, groups)
    assert restored.orders() == [1]


# Snapshots and restores


def _restored(of: Shop, snapshot: str, groups: dict[tuple[str, str], str]) -> Shop:
    made = Shop(of.url, of.cloud, next(NAMES), of.region)
    made.rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=made.name,
        DBSnapshotIdentifier=snapshot,
        VpcSecurityGroupIds=[groups[of.region, "open"]],
    )
    made.wait()
    return made


def test_a_restored_snapshot_has_the_data_of_its_moment(
    shop: MakeShop, cloud: Cloud, groups: dict[tuple[str, str], str]
) -> None:
    orders = shop(DeletionProtection=True)
    orders.place(1, 2)
    taken, far = next(NAMES), next(NAMES)
    orders.rds.create_db_snapshot(DBInstanceIdentifier=orders.name, DBSnapshotIdentifier=taken)
    _eventually(lambda: _snapshot(orders, taken)["Status"] == "available")
    orders.place(3)
    near = _restored(orders, taken, groups)
    assert near.orders() == [1, 2]
    near.place(4)
    assert orders.orders() == [1, 2, 3]
    assert near.describe()["DeletionProtection"] is False
    # The same in the other region, from a copy that outlives its original.
    elsewhere = cloud("rds", RECOVERY)
    elsewhere.copy_db_snapshot(
        SourceDBSnapshotIdentifier=_snapshot(orders, taken)["DBSnapshotArn"],
        TargetDBSnapshotIdentifier=far,
        SourceRegion="us-east-1",
    )
    orders.rds.delete_db_snapshot(DBSnapshotIdentifier=taken)
    there = _restored(Shop(orders.url, cloud, next(NAMES), RECOVERY), far, groups)
    assert there.orders() == [1, 2]


def _snapshot(of: Shop, name: str) -> dict[str, Any]:
    found: dict[str, Any] = of.rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][
        0
    ]
    return found


def test_a_restore_to_a_moment_has_its_data(
    shop: MakeShop, groups: dict[tuple[str, str], str]
) -> None:
    orders = shop()
    orders.place(1, 2)
    time.sleep(1.1)  # RestoreTime has whole seconds in the API
    moment = datetime.now(UTC).replace(microsecond=0)
    time.sleep(1.1)
    orders.place(3)

    def restored(**when: Any) -> Shop:
        made = Shop(orders.url, orders.cloud, next(NAMES))
        made.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=orders.name,
            TargetDBInstanceIdentifier=made.name,
            VpcSecurityGroupIds=[groups["us-east-1", "open"]],
            **when,
        )
        made.wait()
        return made

    assert restored(RestoreTime=moment).orders() == [1, 2]
    assert restored(UseLatestRestorableTime=True).orders() == [1, 2, 3]
    with pytest.raises(ClientError) as refused:
        restored(RestoreTime=moment.replace(year=moment.year + 1))
    assert _code(refused) == "InvalidParameterValue"
    with pytest.raises(ClientError) as refused:
        restored(RestoreTime=moment.replace(year=moment.year - 1))
    assert _code(refused) == "InvalidParameterValue"


def test_a_dead_instance_is_restored_from_what_was_archived(
    url: str, shop: MakeShop, groups: dict[tuple[str, str], str]
) -> None:
    orders = shop()
    orders.place(1)
    databases.fail(url, orders.name, "kill", for_good=True)
    with pytest.raises(ClientError) as refused:
        orders.rds.create_db_snapshot(
            DBInstanceIdentifier=orders.name, DBSnapshotIdentifier=next(NAMES)
        )
    assert _code(refused) == "InvalidDBInstanceState"
    made = Shop(orders.url, orders.cloud, next(NAMES))
    made.rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=orders.name,
        TargetDBInstanceIdentifier=made.name,
        UseLatestRestorableTime=True,
        VpcSecurityGroupIds=[groups["us-east-1", "open"]],
    )
    made.wait()
    assert made.run("SELECT 1") == [[1]]


# AWS Backup


def test_a_recovery_point_holds_its_moment_here_and_in_its_copy(
    shop: MakeShop, cloud: Cloud, groups: dict[tuple[str, str], str]
) -> None:
    role = _role(cloud)
    cloud("backup").create_backup_vault(BackupVaultName="near")
    cloud("backup", RECOVERY).create_backup_vault(BackupVaultName="far")
    orders = shop()
    orders.place(1, 2)
    point = cloud("backup").start_backup_job(
        BackupVaultName="near", ResourceArn=orders.describe()["DBInstanceArn"], IamRoleArn=role
    )["RecoveryPointArn"]
    orders.place(3)
    job = cloud("backup").start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName="near",
        DestinationBackupVaultArn=f"arn:aws:backup:{RECOVERY}:123456789012:backup-vault:far",
        IamRoleArn=role,
    )["CopyJobId"]
    copy = cloud("backup").describe_copy_job(CopyJobId=job)["CopyJob"]
    for region, arn in (
        ("us-east-1", point),
        (RECOVERY, copy["DestinationRecoveryPointArn"]),
    ):
        restored = Shop(orders.url, cloud, next(NAMES), region)
        backup = cloud("backup", region)
        done = backup.start_restore_job(
            RecoveryPointArn=arn,
            IamRoleArn=role,
            Metadata={
                "DBInstanceIdentifier": restored.name,
                "DBSubnetGroupName": "bynomi-prod",
                "VpcSecurityGroupIds": json.dumps([groups[region, "open"]]),
            },
        )["RestoreJobId"]
        assert backup.describe_restore_job(RestoreJobId=done)["Status"] == "COMPLETED"
        assert restored.orders() == [1, 2]


def _role(cloud: Cloud) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "backup.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = cloud("iam").create_role(
        RoleName="test-backup", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    return str(role["Role"]["Arn"])


# Failures


def test_a_killed_server_has_lost_nothing_acknowledged(url: str, shop: MakeShop) -> None:
    orders = shop()
    acknowledged = []
    connection = orders.connect()
    for number in range(1, 1_000):
        connection.run("INSERT INTO placed VALUES (:number)", number=number)
        acknowledged.append(number)
        if number == 400:
            break
    databases.fail(url, orders.name, "kill")
    assert orders.status() == "failed"
    assert _refused(orders)
    databases.recover(url, orders.name)
    orders.wait()
    assert orders.orders() == acknowledged


def test_a_multi_az_instance_recovers_by_itself_unless_for_good(url: str, shop: MakeShop) -> None:
    orders = shop(MultiAZ=True)
    orders.place(1)
    databases.fail(url, orders.name, "kill")
    assert _refused(orders)
    orders.wait()
    assert orders.orders() == [1]
    orders.rds.reboot_db_instance(DBInstanceIdentifier=orders.name, ForceFailover=True)
    orders.wait()
    databases.fail(url, orders.name, "kill", for_good=True, status="available")
    orders.rds.reboot_db_instance(DBInstanceIdentifier=orders.name)
    orders.wait("failed")
    assert _refused(orders)


def test_a_server_that_dies_by_itself_is_noticed(url: str, shop: MakeShop) -> None:
    orders = shop()
    log = Path(databases.database(url, orders.name)["log"])
    pid = int((log.parent / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    orders.wait("failed")


def test_a_frozen_server_answers_nobody_until_a_reboot(url: str, shop: MakeShop) -> None:
    orders = shop()
    orders.place(1)
    databases.fail(url, orders.name, "freeze")
    assert orders.status() == "available"
    with pytest.raises((InterfaceError, OSError)):
        orders.connect(seconds=0.5)
    orders.rds.reboot_db_instance(DBInstanceIdentifier=orders.name)
    orders.wait()
    assert orders.orders() == [1]
    databases.fail(url, orders.name, "freeze")
    databases.recover(url, orders.name)
    assert orders.orders() == [1]


def test_a_fenced_server_that_comes_back_stays_fenced(
    url: str, shop: MakeShop, groups: dict[tuple[str, str], str]
) -> None:
    orders = shop()
    databases.fail(url, orders.name, "kill")
    orders.rds.modify_db_instance(
        DBInstanceIdentifier=orders.name,
        VpcSecurityGroupIds=[groups["us-east-1", "fence"]],
        ApplyImmediately=True,
    )
    databases.recover(url, orders.name)
    orders.wait()
    assert databases.database(url, orders.name)["running"] is True
    assert _refused(orders)


def test_a_replica_of_a_deleted_source_is_left_alone(shop: MakeShop, replica: MakeReplica) -> None:
    orders = shop()
    orders.place(1)
    home, away = replica(orders, "us-east-1"), replica(orders)
    for copy in (home, away):
        copy.sees([1])
    orders.rds.delete_db_instance(DBInstanceIdentifier=orders.name, SkipFinalSnapshot=True)
    # RDS promotes those in the source's own region, and no others.
    home.wait()
    home.place(2)
    _eventually(lambda: away.describe()["StatusInfos"][0]["Status"] == "terminated")
    with pytest.raises(DatabaseError, match="read-only"):
        away.place(2)
    away.rds.promote_read_replica(DBInstanceIdentifier=away.name)
    away.wait()
    away.place(3)
    assert (home.orders(), away.orders()) == ([1, 2], [1, 3])


def test_a_source_keeps_no_log_for_a_replica_that_left_while_it_was_down(
    url: str, shop: MakeShop, replica: MakeReplica
) -> None:
    orders = shop()
    copy = replica(orders)
    slots = "SELECT count(*) FROM pg_replication_slots"
    assert orders.run(slots) == [[1]]
    databases.fail(url, orders.name, "kill")
    copy.rds.promote_read_replica(DBInstanceIdentifier=copy.name)
    copy.wait()
    databases.recover(url, orders.name)
    orders.wait()
    assert orders.run(slots) == [[0]]


def test_a_replica_goes_on_when_its_source_comes_back(
    url: str, shop: MakeShop, replica: MakeReplica
) -> None:
    orders = shop()
    copy = replica(orders)
    databases.fail(url, orders.name, "kill")
    assert copy.orders() == []
    assert copy.describe()["StatusInfos"][0]["Status"] == "error"
    databases.recover(url, orders.name)
    orders.wait()
    orders.place(1)
    copy.sees([1])


def test_an_unknown_failure_or_database_is_said(url: str, shop: MakeShop) -> None:
    with pytest.raises(databases.DatabaseControlError, match="how is one of kill, freeze"):
        databases.fail(url, shop().name, "melt")
    with pytest.raises(databases.DatabaseControlError, match="no database 'nothing'"):
        databases.fail(url, "nothing", "kill")


def _eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# The end, and a region's; each in a sandbox of its own


def test_a_region_loses_its_power_and_gets_it_back(own: Addresses) -> None:
    url = own.aws_endpoint_url
    primary = ENVIRONMENTS[0].database
    databases.outage(url, "us-east-1", True)
    assert databases.database(url, primary)["running"] is False
    with pytest.raises(ClientError):
        Cloud(url)("rds").describe_db_instances()
    databases.outage(url, "us-east-1", False)
    databases.wait_for(url, primary)
    connection = _client_of(url, primary)
    with contextlib.closing(connection):
        assert connection.run("SELECT count(*) FROM orders") == [[2_000]]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Addresses]:
    state = tmp_path / "sandbox.json"
    with running_sandbox(state=state, providers=False, databases="real", seconds=180) as addresses:
        yield addresses


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_sandbox(own: Addresses, signum: signal.Signals) -> None:
    url = own.aws_endpoint_url
    found = databases.databases(url)
    folder = Path(found[0]["log"]).parent.parent
    # A frozen one too, which hears no signal but SIGKILL.
    databases.fail(url, found[0]["id"], "freeze")
    assert processes_in(folder)
    os.kill(own.pid, signum)
    _eventually(lambda: not folder.exists() and not processes_in(folder))


def test_two_sandboxes_do_not_meet(url: str, own: Addresses) -> None:
    here = {found["address"] for found in databases.databases(url)}
    there = {found["address"] for found in databases.databases(own.aws_endpoint_url)}
    assert here
    assert there
    assert not here & there
