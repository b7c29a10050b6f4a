"""The stand-in on the sandbox's AWS, without an engine: what is made, read, changed and found."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.clients import Cloud
from sandbox.providers import catalogue
from sandbox.providers.aws.provider import Aws
from sandbox.providers.cloud import CloudError, IncompleteError
from sandbox.providers.readback import Declared, Mismatch, read_back
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow

NEAR, FAR = {"region": "us-east-1"}, {"region": "us-west-2"}
TOPIC = "aws:sns/topic:Topic"
DATABASE = "aws:rds/instance:Instance"
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield sandbox.addresses.aws_endpoint_url


@pytest.fixture(scope="module")
def cloud(url: str) -> Cloud:
    return Cloud(url)


@pytest.fixture(scope="module")
def aws(url: str) -> Aws:
    return Aws(url)


def test_a_topic_is_made_with_its_and_the_providers_tags(aws: Aws, cloud: Cloud) -> None:
    config = {**NEAR, "defaultTags": {"tags": {"Environment": "prod", "Owner": "nobody"}}}
    inputs = {"name": "made", "displayName": "Made", "tags": {"Owner": "ops"}}
    stored = aws.create(TOPIC, "made", inputs, config)
    arn = f"arn:aws:sns:us-east-1:{ACCOUNT}:made"
    assert stored.id == arn
    tags = {"Environment": "prod", "Owner": "ops"}
    assert stored.outputs == {
        **inputs,
        "arn": arn,
        "owner": ACCOUNT,
        "region": "us-east-1",
        "tagsAll": tags,
    }
    sns = cloud("sns", "us-east-1")
    listed = sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in listed} == tags
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "Made"

    fewer = {"name": "made", "tags": {}}
    outputs = aws.update(TOPIC, arn, fewer, inputs, stored.outputs, NEAR)
    assert outputs["tagsAll"] == {}
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == []
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("DisplayName", "") == ""


def test_a_resources_own_region_comes_first(aws: Aws, cloud: Cloud) -> None:
    stored = aws.create(TOPIC, "t", {"name": "far", "region": "us-west-2"}, NEAR)
    assert stored.id == f"arn:aws:sns:us-west-2:{ACCOUNT}:far"
    assert stored.outputs["region"] == "us-west-2"
    assert aws.read(TOPIC, stored.id, {"name": "far"}, stored.outputs, NEAR) is not None


def test_a_refresh_shows_what_somebody_changed_and_keeps_spellings(aws: Aws, cloud: Cloud) -> None:
    type_ = "aws:cloudwatch/metricAlarm:MetricAlarm"
    inputs = {
        "name": "drifts",
        "namespace": "AWS/RDS",
        "metricName": "CPUUtilization",
        "statistic": "Average",
        "period": 60,
        "evaluationPeriods": 3,
        "threshold": 80,
        "comparisonOperator": "GreaterThanThreshold",
        "alarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}" for name in ("b", "a")],
    }
    stored = aws.create(type_, "drifts", inputs, NEAR)
    same = aws.read(type_, stored.id, inputs, stored.outputs, NEAR)
    assert same is not None
    assert (same.inputs, same.outputs) == (inputs, stored.outputs)

    request = {key[0].upper() + key[1:]: value for key, value in inputs.items() if key != "name"}
    cloudwatch = cloud("cloudwatch", "us-east-1")
    cloudwatch.put_metric_alarm(AlarmName="drifts", **request | {"Threshold": 95.0})
    drifted = aws.read(type_, stored.id, inputs, stored.outputs, NEAR)
    assert drifted is not None
    assert drifted.inputs == {**inputs, "threshold": 95.0}
    difference = aws.diff(type_, stored.id, inputs, drifted.inputs, drifted.outputs, NEAR)
    assert difference.changed == {"threshold": "update"}

    cloudwatch.delete_alarms(AlarmNames=["drifts"])
    assert aws.read(type_, stored.id, inputs, stored.outputs, NEAR) is None
    aws.delete(type_, stored.id, inputs, stored.outputs, NEAR)  # gone already: no error


def test_an_import_derives_what_would_declare_it(aws: Aws, cloud: Cloud) -> None:
    vault = cloud("backup", "us-west-2").create_backup_vault(
        BackupVaultName="found", BackupVaultTags={"Tier": "1"}
    )
    imported = aws.read("aws:backup/vault:Vault", "found", {}, {}, FAR)
    assert imported is not None
    declared = imported.inputs or {}
    assert (declared["name"], declared["tags"]) == ("found", {"Tier": "1"})
    assert imported.outputs["arn"] == vault["BackupVaultArn"]


def test_an_email_subscription_waits_and_is_known_by_its_arn(aws: Aws) -> None:
    topic = aws.create(TOPIC, "mail", {"name": "mail"}, NEAR).id
    type_ = "aws:sns/topicSubscription:TopicSubscription"
    one, two = (
        {"topic": topic, "protocol": "email", "endpoint": f"{who}@bynomi.com"} for who in "ab"
    )
    first, second = (aws.create(type_, "mail", inputs, NEAR) for inputs in (one, two))
    assert first.id == first.outputs["arn"] != second.id
    assert first.outputs["pendingConfirmation"] is True
    assert catalogue.find(type_, two, "us-east-1", aws._endpoint) == second.id
    phone = {"topic": topic, "protocol": "sms", "endpoint": "+15555550100"}
    assert aws.create(type_, "phone", phone, NEAR).outputs["pendingConfirmation"] is False


def test_a_request_that_aws_would_not_take_is_refused_before_it_is_sent(aws: Aws) -> None:
    type_ = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
    inputs = {
        "configurationName": "alerts",
        "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/chat/x",
        "slackChannelId": "C0123456789",
        "slackTeamId": "T0123456789",
    }
    stored = aws.create(type_, "slack", inputs, NEAR)
    arn = f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/slack-channel/alerts"
    assert stored.outputs["chatConfigurationArn"] == arn
    with pytest.raises(CloudError, match=r"\(slack\).*\n.*valid min length: 12"):
        aws.create(type_, "slack", {**inputs, "iamRoleArn": "role"}, NEAR)


def test_what_was_half_made_is_kept(aws: Aws, cloud: Cloud) -> None:
    type_ = "aws:rds/parameterGroup:ParameterGroup"
    inputs = {
        "name": "half",
        "family": "postgres16",
        "parameters": [{"name": "log_connections", "value": "1"}],
    }
    broken = {**inputs, "parameters": [{"name": "log_connections", "value": 1}]}
    with pytest.raises(IncompleteError) as caught:
        aws.create(type_, "half", broken, NEAR)
    stored = caught.value.stored
    assert (stored.id, stored.inputs) == ("half", broken)
    groups = cloud("rds", "us-east-1").describe_db_parameter_groups(DBParameterGroupName="half")
    assert len(groups["DBParameterGroups"]) == 1

    # The next run has the same inputs as the state, and does all that is left.
    outputs = aws.update(type_, "half", inputs, inputs, {**stored.outputs, **inputs}, NEAR)
    resource = Declared(type_, "half", inputs, outputs, "us-east-1")
    assert read_back([resource], aws._endpoint).mismatches == []


def test_a_failed_creation_says_what_where_and_why(aws: Aws) -> None:
    inputs = {"name": "twice"}
    aws.create("aws:backup/vault:Vault", "v", inputs, NEAR)
    with pytest.raises(
        CloudError, match=r"^creating backup\.Vault \(v\): CreateBackupVault: Already"
    ):
        aws.create("aws:backup/vault:Vault", "v", inputs, NEAR)


# Databases


@pytest.fixture(scope="module")
def primary(aws: Aws) -> dict[str, Any]:
    inputs = {
        "identifier": "orders-use1-1",
        "engine": "postgres",
        "engineVersion": "16.10",
        "instanceClass": "db.r6g.large",
        "allocatedStorage": 100,
        "username": "orders",
        "password": "only-in-a-test",
        "backupRetentionPeriod": 7,
        "skipFinalSnapshot": True,
    }
    return aws.create(DATABASE, "orders", inputs, NEAR).outputs


REPLICA = {
    "identifier": "orders-usw2-1",
    "replicateSourceDb": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders-use1-1",
    "instanceClass": "db.r6g.large",
    "backupRetentionPeriod": 7,
    "skipFinalSnapshot": True,
    "applyImmediately": True,
}


@pytest.fixture
def replica(aws: Aws, primary: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    stored = aws.create(DATABASE, "replica", REPLICA, FAR)
    yield stored.id, stored.outputs
    aws.delete(DATABASE, stored.id, REPLICA, stored.outputs, FAR)


def test_a_replica_has_an_address_of_its_own(
    primary: dict[str, Any], replica: tuple[str, dict[str, Any]], cloud: Cloud
) -> None:
    id_, outputs = replica
    assert id_ == outputs["resourceId"] != primary["resourceId"]
    assert outputs["endpoint"] == f"{outputs['address']}:{outputs['port']}"
    assert "us-west-2" in outputs["address"]
    # What the creation of a replica does not take is set after it.
    assert outputs["backupRetentionPeriod"] == 7


def test_the_end_of_replication_promotes_in_place(
    aws: Aws, replica: tuple[str, dict[str, Any]], cloud: Cloud
) -> None:
    id_, outputs = replica
    alone = {key: value for key, value in REPLICA.items() if key != "replicateSourceDb"}
    after = aws.update(DATABASE, id_, alone, REPLICA, outputs, FAR)
    assert after.get("replicateSourceDb") is None
    (instance,) = cloud("rds", "us-west-2").describe_db_instances(
        DBInstanceIdentifier="orders-usw2-1"
    )["DBInstances"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in instance
    assert (instance["DbiResourceId"], instance["BackupRetentionPeriod"]) == (id_, 7)


def test_a_primary_never_becomes_a_replica(
    aws: Aws, primary: dict[str, Any], replica: tuple[str, dict[str, Any]]
) -> None:
    old = {"identifier": "orders-use1-1", "instanceClass": "db.r6g.large"}
    new = {**old, "replicateSourceDb": replica[1]["arn"]}
    with pytest.raises(CloudError, match="cannot elect new source database for replication"):
        aws.update(DATABASE, primary["resourceId"], new, old, primary, NEAR)


def test_a_primary_is_not_deleted_without_a_last_snapshot(
    aws: Aws, primary: dict[str, Any]
) -> None:
    known = {key: value for key, value in primary.items() if key != "skipFinalSnapshot"}
    with pytest.raises(CloudError, match="final_snapshot_identifier is required"):
        aws.delete(DATABASE, primary["resourceId"], {}, known, NEAR)


def test_a_last_snapshot_of_a_replica_is_asked_for_and_refused(
    aws: Aws, replica: tuple[str, dict[str, Any]]
) -> None:
    """The provider does not look at whom it follows, so a promoted one never goes without."""
    known = {**replica[1], "skipFinalSnapshot": False, "finalSnapshotIdentifier": "last"}
    with pytest.raises(CloudError, match="cannot be specified when deleting a read replica"):
        aws.delete(DATABASE, replica[0], {}, known, FAR)


# Look-ups


@pytest.mark.parametrize(
    ("token", "args", "message"),
    [
        (
            "aws:rds/getInstance:getInstance",
            {"dbInstanceIdentifier": "orders-use1-9"},
            "no matching RDS DB Instance found for orders-use1-9",
        ),
        (
            "aws:lb/getLoadBalancer:getLoadBalancer",
            {"name": "nobody"},
            "no matching ELBv2 Load Balancer found for nobody",
        ),
        (
            "aws:ec2/getAmi:getAmi",
            {"owners": ["self"], "filters": [{"name": "name", "values": ["none"]}]},
            "Your query returned no results. Please change your search criteria.",
        ),
        (
            "aws:s3/getBucket:getBucket",
            {"bucket": "bynomi-nowhere"},
            "no matching S3 Bucket found for bynomi-nowhere",
        ),
        (
            "aws:acm/getCertificate:getCertificate",
            {"domain": "*.nowhere.com"},
            "no matching ACM Certificate with domain *.nowhere.com found",
        ),
        (
            "aws:autoscaling/getGroup:getGroup",
            {"name": "nobody"},
            "no matching Auto Scaling Group found for nobody",
        ),
        (
            "aws:route53/getZone:getZone",
            {"name": "nowhere.com"},
            "no matching Route 53 Hosted Zone found for nowhere.com",
        ),
        (
            "aws:ec2/getInstanceType:getInstanceType",
            {"instanceType": "t99.huge"},
            "no matching EC2 Instance Type found for t99.huge",
        ),
    ],
)
def test_what_is_not_there_is_an_error(
    aws: Aws, token: str, args: dict[str, Any], message: str
) -> None:
    with pytest.raises(CloudError) as caught:
        aws.invoke(token, args, NEAR)
    assert str(caught.value) == message


def test_an_instance_is_looked_up_with_its_role(
    aws: Aws, primary: dict[str, Any], replica: tuple[str, dict[str, Any]]
) -> None:
    look = "aws:rds/getInstance:getInstance"
    one = aws.invoke(look, {"dbInstanceIdentifier": "orders-use1-1"}, NEAR)
    assert (one["replicateSourceDb"], one["allocatedStorage"]) == ("", 100)
    other = aws.invoke(look, {"dbInstanceIdentifier": "orders-usw2-1"}, FAR)
    assert other["replicateSourceDb"] == primary["arn"]


def test_a_private_zone_is_found_by_the_networks_that_ask_it(aws: Aws, cloud: Cloud) -> None:
    look, zone = "aws:route53/getZone:getZone", "asked.example.com"
    ec2 = cloud("ec2", "us-east-1")
    asking, other = (ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    made = cloud("route53").create_hosted_zone(
        Name=zone,
        CallerReference=zone,
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": "us-east-1", "VPCId": asking},
    )["HostedZone"]["Id"]
    for args in ({}, {"vpcId": asking}):
        found = aws.invoke(look, {"name": zone, "privateZone": True, **args}, NEAR)
        assert made.endswith(found["zoneId"])
    for args in ({"privateZone": True, "vpcId": other}, {}):
        with pytest.raises(CloudError, match="no matching Route 53 Hosted Zone found"):
            aws.invoke(look, {"name": zone, **args}, NEAR)


def test_security_groups_that_are_not_there_are_no_error(aws: Aws, cloud: Cloud) -> None:
    look = "aws:ec2/getSecurityGroups:getSecurityGroups"
    assert aws.invoke(look, {"tags": {"Name": "no-fence"}}, NEAR)["ids"] == []
    group = cloud("ec2", "us-east-1").create_security_group(
        GroupName="a-fence",
        Description="none",
        TagSpecifications=[
            {"ResourceType": "security-group", "Tags": [{"Key": "Name", "Value": "a-fence"}]}
        ],
    )["GroupId"]
    assert aws.invoke(look, {"tags": {"Name": "a-fence"}}, NEAR)["ids"] == [group]


# Reading back


def test_reading_back_finds_what_differs_and_what_is_gone(aws: Aws, cloud: Cloud) -> None:
    type_ = "aws:sns/topicPolicy:TopicPolicy"
    topic = aws.create(TOPIC, "read", {"name": "read", "tags": {"A": "b"}}, NEAR)
    policy = {"Version": "2012-10-17", "Statement": []}
    inputs = {"arn": topic.id, "policy": json.dumps(policy, indent=2)}
    stored = aws.create(type_, "read", inputs, NEAR)
    resources = [
        Declared(TOPIC, topic.id, {"name": "read", "tags": {"A": "b"}}, topic.outputs, "us-east-1"),
        Declared(type_, stored.id, inputs, stored.outputs, "us-east-1"),
        Declared(TOPIC, "arn:aws:sns:us-east-1:1:gone", {"name": "gone"}, {}, "us-east-1"),
    ]
    report = read_back(resources[:2], aws._endpoint)
    assert (report.read, report.compared, report.mismatches) == (2, 4, [])

    sns = cloud("sns", "us-east-1")
    sns.untag_resource(ResourceArn=topic.id, TagKeys=["A"])
    other = json.dumps({**policy, "Version": "2008-10-17"})
    held = json.dumps(json.loads(other), separators=(",", ":"))
    sns.set_topic_attributes(TopicArn=topic.id, AttributeName="Policy", AttributeValue=other)
    assert read_back(resources, aws._endpoint).mismatches == [
        Mismatch(TOPIC, topic.id, "tagsAll", {"A": "b"}, {}),
        Mismatch(type_, stored.id, "policy", inputs["policy"], held),
        Mismatch(TOPIC, "arn:aws:sns:us-east-1:1:gone", "", "there", "gone"),
    ]
