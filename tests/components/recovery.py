"""What the tests of the recovery components share: topics, the account, answers of the cloud."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from tests.components.support import ACCOUNT, UNKNOWN, Answers, Estate, Recording, deploy, providers

RUNBOOKS = "https://runbooks.example.com"
KEY_ACTIONS = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
]

IDENTITY: Estate = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "userId": "AIDA",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/deployer",
    }
}

ANSWERS: Answers = {
    "aws:cloudfront/distribution:Distribution": lambda name, _: {
        "domainName": f"{name}.cloudfront.example.com",
        "hostedZoneId": "Z2FDTNDATAQYW2",
    },
    "aws:kms/key:Key": lambda name, _: {"keyId": f"{name}-key-id"},
    "aws:lb/loadBalancer:LoadBalancer": lambda name, _: {
        "dnsName": f"{name}.elb.example.com",
        "zoneId": f"zone-of-{name}",
        "arnSuffix": f"app/{name}/1",
    },
    "aws:lb/targetGroup:TargetGroup": lambda name, _: {"arnSuffix": f"targetgroup/{name}/1"},
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _, __: {"latestVersion": 3},
    "aws:ec2/vpcEndpoint:VpcEndpoint": lambda name, _: {
        "dnsEntries": [{"dnsName": f"{name}.vpce.example.com", "hostedZoneId": "Z1"}]
    },
    "aws:rds/instance:Instance": lambda name, _: {
        "address": f"{name}.rds.example.com",
        "endpoint": f"{name}.rds.example.com:5432",
        "port": 5432,
    },
    "aws:route53/record:Record": lambda _, inputs: {"fqdn": inputs["name"]},
}


def topics(region: str = "us-east-1") -> Any:
    """The topics of a region."""
    return {
        severity: f"arn:aws:sns:{region}:{ACCOUNT}:alerts-{severity}"
        for severity in ("p0", "p1", "p2", "p3")
    }


def declared(
    component: Callable[[pulumi.ResourceOptions], pulumi.Resource],
    *,
    preview: bool = False,
    region: str = "us-east-1",
) -> Recording:
    """What a component registers with the explicit provider of a region."""

    def program() -> None:
        component(pulumi.ResourceOptions(provider=providers(region)[region]))

    return deploy(program, preview=preview, estate=IDENTITY, answers=ANSWERS)


def refusal(component: Callable[[pulumi.ResourceOptions], pulumi.Resource]) -> str:
    """The message a component refuses its arguments with; and that it registers no child."""
    seen: list[str] = []

    def program() -> None:
        try:
            component(pulumi.ResourceOptions(provider=providers("us-east-1")["us-east-1"]))
        except pulumi.RunError as error:
            seen.append(str(error))

    recording = deploy(program, estate=IDENTITY)
    if not seen:
        pytest.fail("nothing was refused")
    assert [kind for kind, _ in recording.names() if not kind.startswith("upkeep:")] == []
    return seen[0]


def known(preview: bool) -> Callable[[Any], Any]:
    """``known(preview)(value)`` is the value once deployed, and unknown in a preview."""
    return lambda value: UNKNOWN if preview else value
