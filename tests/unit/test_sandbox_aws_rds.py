"""RDS in the sandbox: replicas live, are promoted and die as AWS's do."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield Cloud(sandbox.addresses.aws_endpoint_url)


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


NEAR, FAR = "us-east-1", "us-west-2"


@pytest.fixture
def near(cloud: Cloud) -> Any:
    return cloud("rds", NEAR)


@pytest.fixture
def far(cloud: Cloud) -> Any:
    return cloud("rds", FAR)


@pytest.fixture
def keys(cloud: Cloud) -> dict[str, str]:
    return {
        region: cloud("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (NEAR, FAR)
    }


@pytest.fixture
def source(near: Any, far: Any, keys: dict[str, str]) -> Iterator[dict[str, Any]]:
    made = near.create_db_instance(
        DBInstanceIdentifier="orders-1",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        EngineVersion="16.10",
        AllocatedStorage=100,
        StorageType="gp3",
        MultiAZ=True,
        MasterUsername="u",
        MasterUserPassword="only-in-a-test",
        StorageEncrypted=True,
        KmsKeyId=keys[NEAR],
        BackupRetentionPeriod=7,
        DeletionProtection=True,
        Tags=[{"Key": "of", "Value": "source"}],
    )["DBInstance"]
    yield made
    for client in (far, near):
        for left in client.describe_db_instances()["DBInstances"]:
            name = left["DBInstanceIdentifier"]
            client.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False)
            client.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def read(client: Any, name: str) -> dict[str, Any]:
    (found,) = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return dict(found)


def test_replica_in_the_region_is_an_instance_of_its_own(near: Any, source: dict[str, Any]) -> None:
    near.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-2", SourceDBInstanceIdentifier="orders-1"
    )
    replica = read(near, "orders-2")
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "orders-1"
    assert read(near, "orders-1")["ReadReplicaDBInstanceIdentifiers"] == ["orders-2"]
    assert replica["DbiResourceId"] != source["DbiResourceId"]
    assert {
        key: replica[key]
        for key in (
            "AllocatedStorage",
            "BackupRetentionPeriod",
            "DBInstanceClass",
            "DeletionProtection",
            "Engine",
            "EngineVersion",
            "KmsKeyId",
            "MultiAZ",
            "StorageEncrypted",
            "TagList",
        )
    } == {
        "AllocatedStorage": 100,
        "BackupRetentionPeriod": 0,
        "DBInstanceClass": "db.r6g.large",
        "DeletionProtection": False,
        "Engine": "postgres",
        "EngineVersion": "16.10",
        "KmsKeyId": source["KmsKeyId"],
        "MultiAZ": False,
        "StorageEncrypted": True,
        "TagList": [],
    }


def test_replica_across_regions(
    near: Any, far: Any, source: dict[str, Any], keys: dict[str, str]
) -> None:
    far.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-far",
        SourceDBInstanceIdentifier=source["DBInstanceArn"],
        KmsKeyId=keys[FAR],
        DBInstanceClass="db.r6g.xlarge",
        Tags=[{"Key": "of", "Value": "replica"}],
    )
    replica = read(far, "orders-far")
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceArn"]
    assert replica["DBInstanceArn"] == f"arn:aws:rds:{FAR}:123456789012:db:orders-far"
    assert (replica["KmsKeyId"], replica["DBInstanceClass"], replica["TagList"]) == (
        keys[FAR],
        "db.r6g.xlarge",
        [{"Key": "of", "Value": "replica"}],
    )
    assert read(near, "orders-1")["ReadReplicaDBInstanceIdentifiers"] == [replica["DBInstanceArn"]]
    # moto breaks here: it looks for the name among the ARNs.
    far.delete_db_instance(DBInstanceIdentifier="orders-far", SkipFinalSnapshot=True)
    assert read(near, "orders-1")["ReadReplicaDBInstanceIdentifiers"] == []


def test_replica_refuses_a_key_at_home_and_needs_one_away(
    near: Any, far: Any, source: dict[str, Any], keys: dict[str, str]
) -> None:
    assert refusal(
        near.create_db_instance_read_replica,
        DBInstanceIdentifier="orders-2",
        SourceDBInstanceIdentifier="orders-1",
        KmsKeyId=keys[NEAR],
    ) == (
        "InvalidParameterCombination",
        "KmsKeyId cannot be specified for a read replica in its source's Region: it is encrypted "
        "with its source's key",
    )
    assert refusal(
        far.create_db_instance_read_replica,
        DBInstanceIdentifier="orders-far",
        SourceDBInstanceIdentifier=source["DBInstanceArn"],
    ) == (
        "InvalidParameterCombination",
        "Cannot create a cross region unencrypted read replica from encrypted source",
    )
    assert (
        refusal(
            far.create_db_instance_read_replica,
            DBInstanceIdentifier="orders-far",
            SourceDBInstanceIdentifier=source["DBInstanceArn"],
            KmsKeyId=keys[NEAR],
        )[0]
        == "KMSKeyNotAccessibleFault"
    )


def test_source_without_backups_refuses_replicas_and_keeps_them_while_it_has_some(
    near: Any, source: dict[str, Any]
) -> None:
    near.modify_db_instance(DBInstanceIdentifier="orders-1", BackupRetentionPeriod=0)
    wanted = {"DBInstanceIdentifier": "orders-2", "SourceDBInstanceIdentifier": "orders-1"}
    assert refusal(near.create_db_instance_read_replica, **wanted) == (
        "InvalidDBInstanceState",
        "Automated backups are not enabled for this database instance. To enable automated "
        "backups, use ModifyDBInstance to set the backup retention period to a non-zero value.",
    )
    near.modify_db_instance(DBInstanceIdentifier="orders-1", BackupRetentionPeriod=7)
    near.create_db_instance_read_replica(**wanted)
    assert refusal(
        near.modify_db_instance, DBInstanceIdentifier="orders-1", BackupRetentionPeriod=0
    )[0] == ("InvalidParameterCombination")


def test_promotion_clears_the_source_once(near: Any, source: dict[str, Any]) -> None:
    near.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-2", SourceDBInstanceIdentifier="orders-1"
    )
    near.promote_read_replica(DBInstanceIdentifier="orders-2", BackupRetentionPeriod=7)
    promoted = read(near, "orders-2")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
    assert promoted["BackupRetentionPeriod"] == 7
    assert read(near, "orders-1")["ReadReplicaDBInstanceIdentifiers"] == []
    assert refusal(near.promote_read_replica, DBInstanceIdentifier="orders-2") == (
        "InvalidDBInstanceState",
        "DB Instance orders-2 is not a read replica.",
    )


def test_deleted_source_leaves_its_replica_standing_alone(
    near: Any, source: dict[str, Any]
) -> None:
    near.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-2", SourceDBInstanceIdentifier="orders-1"
    )
    near.modify_db_instance(DBInstanceIdentifier="orders-1", DeletionProtection=False)
    assert refusal(near.delete_db_instance, DBInstanceIdentifier="orders-1")[0] == (
        "InvalidParameterCombination"
    )
    near.delete_db_instance(DBInstanceIdentifier="orders-1", SkipFinalSnapshot=True)
    assert "ReadReplicaSourceDBInstanceIdentifier" not in read(near, "orders-2")


def test_modify_keeps_what_it_is_told(near: Any, source: dict[str, Any]) -> None:
    near.create_db_parameter_group(
        DBParameterGroupName="p", DBParameterGroupFamily="postgres16", Description="d"
    )
    role = "arn:aws:iam::123456789012:role/monitoring"
    near.modify_db_instance(
        DBInstanceIdentifier="orders-1",
        DBParameterGroupName="p",
        MonitoringInterval=60,
        MonitoringRoleArn=role,
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
        MultiAZ=False,
        DBInstanceClass="db.r6g.xlarge",
        DBPortNumber=5433,
        ApplyImmediately=True,
    )
    changed = read(near, "orders-1")
    assert [group["DBParameterGroupName"] for group in changed["DBParameterGroups"]] == ["p"]
    assert (changed["MonitoringInterval"], changed["MonitoringRoleArn"]) == (60, role)
    assert changed["PerformanceInsightsEnabled"] is True
    assert changed["PerformanceInsightsRetentionPeriod"] == 7
    assert (changed["MultiAZ"], changed["DBInstanceClass"]) == (False, "db.r6g.xlarge")
    assert changed["Endpoint"]["Port"] == 5433
    near.modify_db_instance(DBInstanceIdentifier="orders-1", MonitoringInterval=0)
    assert "MonitoringRoleArn" not in read(near, "orders-1")


def test_who_has_or_is_a_replica_cannot_be_stopped(near: Any, source: dict[str, Any]) -> None:
    near.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-2", SourceDBInstanceIdentifier="orders-1"
    )
    for name in ("orders-1", "orders-2"):
        code, message = refusal(near.stop_db_instance, DBInstanceIdentifier=name)
        assert (code, message) == (
            "InvalidDBInstanceState",
            f"{name} is or has a read replica: it cannot be stopped",
        )
    near.delete_db_instance(DBInstanceIdentifier="orders-2", SkipFinalSnapshot=True)
    near.stop_db_instance(DBInstanceIdentifier="orders-1")
    assert read(near, "orders-1")["DBInstanceStatus"] == "stopped"
    near.start_db_instance(DBInstanceIdentifier="orders-1")


def test_only_multi_az_fails_over(near: Any, source: dict[str, Any]) -> None:
    near.reboot_db_instance(DBInstanceIdentifier="orders-1", ForceFailover=True)
    near.modify_db_instance(DBInstanceIdentifier="orders-1", MultiAZ=False)
    code, _ = refusal(near.reboot_db_instance, DBInstanceIdentifier="orders-1", ForceFailover=True)
    assert code == "InvalidParameterCombination"


@pytest.mark.parametrize("how", ["snapshot", "moment"])
def test_a_restored_instance_is_not_its_source(near: Any, source: dict[str, Any], how: str) -> None:
    if how == "snapshot":
        near.create_db_snapshot(DBInstanceIdentifier="orders-1", DBSnapshotIdentifier="taken")
        near.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier="orders-3", DBSnapshotIdentifier="taken"
        )
        near.delete_db_snapshot(DBSnapshotIdentifier="taken")
    else:
        near.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier="orders-1",
            TargetDBInstanceIdentifier="orders-3",
            UseLatestRestorableTime=True,
        )
    restored = read(near, "orders-3")
    assert restored["DbiResourceId"] != read(near, "orders-1")["DbiResourceId"]
    assert (restored["DeletionProtection"], restored["MultiAZ"]) == (False, False)
    assert restored["TagList"] == []
    assert restored["BackupRetentionPeriod"] == 7
