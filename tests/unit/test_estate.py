"""Bynomi's estate: everything the stack looks up is there, with its figures, in both regions."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.clients import Cloud
from sandbox.estate import seed
from sandbox.server import Sandbox

# A whole sandbox with its estate is started.
pytestmark = pytest.mark.slow

ENVIRONMENTS = ("prod", "staging")
REGIONS = ("us-east-1", "us-west-2")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False) as sandbox:
        yield sandbox.addresses.aws_endpoint_url


@pytest.fixture(scope="module")
def cloud(url: str) -> Cloud:
    return Cloud(url)


def tag(described: dict[str, Any], key: str) -> str:
    return str(next(one["Value"] for one in described["Tags"] if one["Key"] == key))


def named(client: Any, operation: str, name: str) -> list[dict[str, Any]]:
    answer = getattr(client, operation)(Filters=[{"Name": "tag:Name", "Values": [name]}])
    (found,) = [value for key, value in answer.items() if key != "ResponseMetadata"]
    return list(found)


def test_nothing_is_noted_and_nothing_is_made_twice(url: str) -> None:
    assert httpx.get(f"{url}/_upkeep/creates").json() == []
    seed(url)
    assert httpx.get(f"{url}/_upkeep/creates").json() == []


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_network(cloud: Cloud, environment: str, region: str) -> None:
    ec2, name = cloud("ec2", region), f"bynomi-{environment}"
    (vpc,) = named(ec2, "describe_vpcs", name)
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    subnets = ec2.describe_subnets(Filters=inside)["Subnets"]
    assert {
        (tag(subnet, "Name"), tag(subnet, "Tier"), subnet["AvailabilityZone"]) for subnet in subnets
    } == {
        (f"{name}-{prefix}{zone}", tier, f"{region}{zone}")
        for prefix, tier in (
            ("", "private"),
            ("public-", "public"),
            ("isolated-", "isolated"),
        )
        for zone in "abc"
    }
    groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    assert {
        tag(group, "Name"): [rule["FromPort"] for rule in group["IpPermissions"]]
        for group in groups
        if group["GroupName"] != "default"
    } == {f"{name}-load-balancer": [443], f"{name}-web": [3000], f"{name}-database": [5432]}
    (subnet_group,) = cloud("rds", region).describe_db_subnet_groups(DBSubnetGroupName=name)[
        "DBSubnetGroups"
    ]
    assert {subnet["SubnetIdentifier"] for subnet in subnet_group["Subnets"]} == {
        subnet["SubnetId"] for subnet in subnets if tag(subnet, "Tier") == "private"
    }


@pytest.mark.parametrize(
    ("environment", "database_class", "multi_az"),
    [("prod", "db.r6g.large", True), ("staging", "db.t4g.medium", False)],
)
def test_database(cloud: Cloud, environment: str, database_class: str, multi_az: bool) -> None:
    (database,) = cloud("rds").describe_db_instances(
        DBInstanceIdentifier=f"orders-{environment}-use1-1"
    )["DBInstances"]
    key = cloud("kms").describe_key(KeyId=f"alias/bynomi-{environment}-database")["KeyMetadata"]
    (group,) = named(cloud("ec2"), "describe_security_groups", f"bynomi-{environment}-database")
    assert {
        "Class": database["DBInstanceClass"],
        "MultiAZ": database["MultiAZ"],
        "Engine": (database["Engine"], database["EngineVersion"].split(".")[0]),
        "Storage": (database["AllocatedStorage"], database["StorageType"]),
        "Key": (database["StorageEncrypted"], database["KmsKeyId"]),
        "Retention": database["BackupRetentionPeriod"],
        "Windows": (database["PreferredBackupWindow"], database["PreferredMaintenanceWindow"]),
        "Parameters": database["DBParameterGroups"][0]["DBParameterGroupName"],
        "Subnets": database["DBSubnetGroup"]["DBSubnetGroupName"],
        "Groups": [one["VpcSecurityGroupId"] for one in database["VpcSecurityGroups"]],
        "Replicas": database["ReadReplicaDBInstanceIdentifiers"],
    } == {
        "Class": database_class,
        "MultiAZ": multi_az,
        "Engine": ("postgres", "16"),
        "Storage": (100, "gp3"),
        "Key": (True, key["Arn"]),
        "Retention": 7,
        "Windows": ("07:10-07:40", "sun:09:30-sun:10:00"),
        "Parameters": f"bynomi-{environment}-orders",
        "Subnets": f"bynomi-{environment}",
        "Groups": [group["GroupId"]],
        "Replicas": [],
    }


def test_proxy_is_in_front_of_prod_alone(cloud: Cloud) -> None:
    rds = cloud("rds")
    (proxy,) = rds.describe_db_proxies()["DBProxies"]
    assert (proxy["DBProxyName"], proxy["EngineFamily"]) == ("bynomi-prod-orders", "POSTGRESQL")
    (target,) = rds.describe_db_proxy_targets(DBProxyName="bynomi-prod-orders")["Targets"]
    assert target["RdsResourceId"] == "orders-prod-use1-1"


@pytest.mark.parametrize(("environment", "servers"), [("prod", 2), ("staging", 1)])
def test_web_tier(cloud: Cloud, environment: str, servers: int) -> None:
    name = f"bynomi-{environment}-web"
    (group,) = cloud("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    assert group["LaunchTemplate"]["LaunchTemplateName"] == name
    assert [one["LifecycleState"] for one in group["Instances"]] == ["InService"] * servers

    elb = cloud("elbv2")
    (balancer,) = elb.describe_load_balancers(Names=[name])["LoadBalancers"]
    (targets,) = elb.describe_target_groups(Names=[name])["TargetGroups"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (certificate,) = cloud("acm").list_certificates()["CertificateSummaryList"]
    assert balancer["Type"] == "application"
    assert group["TargetGroupARNs"] == [targets["TargetGroupArn"]]
    assert (listener["Protocol"], listener["Port"]) == ("HTTPS", 443)
    assert listener["Certificates"] == [{"CertificateArn": certificate["CertificateArn"]}]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == targets["TargetGroupArn"]
    assert targets["LoadBalancerArns"] == [balancer["LoadBalancerArn"]]
    health = elb.describe_target_health(TargetGroupArn=targets["TargetGroupArn"])
    assert {one["Target"]["Id"] for one in health["TargetHealthDescriptions"]} == {
        instance["InstanceId"] for instance in group["Instances"]
    }

    profile = cloud("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == [name]


@pytest.mark.parametrize("region", REGIONS)
def test_image_and_certificate(cloud: Cloud, region: str) -> None:
    (image,) = cloud("ec2", region).describe_images(
        Owners=["self"], Filters=[{"Name": "name", "Values": ["bynomi-web-2026.11"]}]
    )["Images"]
    assert (image["Name"], image["State"], image["Architecture"]) == (
        "bynomi-web-2026.11",
        "available",
        "x86_64",
    )
    (certificate,) = cloud("acm", region).list_certificates(CertificateStatuses=["ISSUED"])[
        "CertificateSummaryList"
    ]
    assert certificate["DomainName"] == "*.bynomi.com"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("suffix", ["product-images", "user-uploads"])
def test_bucket(cloud: Cloud, environment: str, suffix: str) -> None:
    s3, name = cloud("s3"), f"bynomi-{environment}-{suffix}"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
        True,
    )


def test_zones(cloud: Cloud) -> None:
    zones = cloud("route53").list_hosted_zones()["HostedZones"]
    assert {(zone["Name"], zone["Config"]["PrivateZone"]) for zone in zones} == {
        ("bynomi.com.", False),
        ("internal.bynomi.com.", True),
        ("prize-draw.example.", False),
    }
    # A name that moves to the other region is asked for there, too.
    (private,) = [zone for zone in zones if zone["Config"]["PrivateZone"]]
    asking = cloud("route53").get_hosted_zone(Id=private["Id"])["VPCs"]
    assert {(vpc["VPCRegion"], vpc["VPCId"]) for vpc in asking} == {
        (region, vpc["VpcId"])
        for region in REGIONS
        for environment in ENVIRONMENTS
        for vpc in named(cloud("ec2", region), "describe_vpcs", f"bynomi-{environment}")
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_secret(cloud: Cloud, environment: str) -> None:
    found = cloud("secretsmanager").get_secret_value(SecretId=f"bynomi-{environment}-database")
    assert set(json.loads(found["SecretString"])) == {"username", "password"}
