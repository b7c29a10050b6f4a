"""Patches, scans and reviews in the sandbox: what a window leaves, and what rings for whom.

Nothing is patched or scanned here. What is proved is that a report which is not as the plan wants
it reaches the people whom the plan names; not that a patch installs, or that Inspector finds.
"""

import json
import time
from typing import Any

import requests

from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi, client

REGION = "us-east-1"
GROUP = "bynomi-prod-web"
PROGRAM = """
    import pulumi
    from pulumi_upkeep import (
        AlertRoutes, ImageScans, MaintenanceWindows, Patching, SecurityReviews, SecurityScans, aws
    )

    east = aws.Provider("east", aws.ProviderArgs(region="us-east-1"))
    opts = pulumi.ResourceOptions(provider=east)
    routes = AlertRoutes(
        "alerts",
        {
            "account": "123456789012",
            "severities": {
                each: {"email": [f"{each}@bynomi.com"]} for each in ("p0", "p1", "p2", "p3")
            },
        },
        opts,
    )
    shared = {"topics": routes.alert_topics(), "runbooks": "https://runbooks.example.com"}
    clocks = {"timezone": "America/New_York"}
    windows = MaintenanceWindows(
        "windows",
        {"windows": {"monthly": {"on": "first Sunday", "opens": "01:00", "closes": "05:00"}},
         **clocks},
        opts,
    )
    Patching(
        "patching",
        {
            "servers": {
                "web": {
                    "groups": ["bynomi-prod-web"],
                    "roles": ["bynomi-prod-web"],
                    "system": "Amazon Linux 2023",
                    "windows": dict(windows.ids("monthly")),
                    "late_after": "37 days",
                }
            },
            **shared,
        },
        opts,
    )
    weekly = {"every": "week", "on": "Monday", "at": "07:00", **clocks}
    SecurityScans("security-scans", {**weekly, "owner": "operations", **shared}, opts)
    ImageScans("image-scans", {**weekly, **shared}, opts)
    SecurityReviews(
        "security-reviews",
        {
            "reviews": {
                "audit": {
                    "means": "Manual security audit",
                    "every": "quarter",
                    "on": "second Tuesday",
                    "at": "10:00",
                    "owner": "operations",
                }
            },
            **clocks,
            **shared,
        },
        opts,
    )
    pulumi.export("topics", routes.topics)
"""


class World:
    """The sandbox, and what was heard on the topics since."""

    def __init__(self, addresses: Addresses, topics: dict[str, str]) -> None:
        self.addresses = addresses
        self.queues: dict[str, str] = {}
        sqs = self("sqs")
        for severity, topic in topics.items():
            url = sqs.create_queue(QueueName=f"heard-{severity}")["QueueUrl"]
            asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
            arn = sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
            self("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
            self.queues[severity] = url

    def __call__(self, service: str) -> Any:
        return client(self.addresses, service, REGION)

    def post(self, path: str, **body: Any) -> Any:
        url = f"{self.addresses.aws_endpoint_url}/_upkeep/{path}"
        answer = requests.post(url, json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def heard(self, severity: str) -> list[str]:
        sqs, url = self("sqs"), self.queues[severity]
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for each in got:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"])["Message"] for each in got]

    def alarm(self, name: str) -> str:
        self.post("alarms")
        (found,) = self("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(found["StateValue"])

    def run(self, function: str) -> Any:
        answer = self("lambda").invoke(FunctionName=f"tiny-prod-{function}", Payload="{}")
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told


def test_patches_findings_and_reviews_reach_people(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    engine = pulumi(project(PROGRAM), own_sandbox)
    engine.run("stack", "init", "prod")
    engine.run("up", "--yes", "--skip-preview", "--stack", "prod")
    shown = engine.run("stack", "output", "--json", "--stack", "prod").stdout
    world = World(own_sandbox, json.loads(shown)["topics"])
    _patched_and_overdue(world)
    _a_finding_is_told_by_its_gravity(world)
    _a_review_is_announced_and_stays_open(world)


def _patched_and_overdue(world: World) -> None:
    ssm = world("ssm")
    (baseline,) = [
        each
        for each in ssm.describe_patch_baselines()["BaselineIdentities"]
        if each["BaselineName"] == "tiny-prod-patching-web"
    ]
    told = ssm.get_patch_baseline_for_patch_group(
        PatchGroup=GROUP, OperatingSystem="AMAZON_LINUX_2023"
    )
    assert told["BaselineId"] == baseline["BaselineId"]

    (ran,) = world.post("maintenance-windows/run", window="tiny-prod-windows-monthly")["tasks"]
    (group,) = world("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])[
        "AutoScalingGroups"
    ]
    servers = sorted(each["InstanceId"] for each in group["Instances"])
    assert ran["instances"] == servers
    states = ssm.describe_instance_patch_states(InstanceIds=servers)["InstancePatchStates"]
    assert {(each["Operation"], each["MissingCount"]) for each in states} == {("Install", 0)}
    assert world.run("patching-compliance")["web"]["overdue"] == {}
    assert world.alarm("tiny-prod-patching-web-overdue") == "OK"
    assert world.alarm("tiny-prod-patching-web-age") == "OK"
    world.heard("p2")

    # A scan that reports a patch as failed rings.
    world.post("patch-states", instance=servers[0], FailedCount=1)
    assert world.run("patching-compliance")["web"]["overdue"] == {servers[0]: "1 patches failed"}
    assert world.alarm("tiny-prod-patching-web-overdue") == "ALARM"
    (message,) = world.heard("p2")
    assert "https://runbooks.example.com/patching" in message


def _a_finding_is_told_by_its_gravity(world: World) -> None:
    enabled = world("inspector2").batch_get_account_status(accountIds=["123456789012"])
    assert enabled["accounts"][0]["state"]["status"] == "ENABLED"
    scanning = world("ecr").get_registry_scanning_configuration()["scanningConfiguration"]
    assert scanning["scanType"] == "ENHANCED"
    for each in ("p1", "p2", "p3"):
        world.heard(each)

    finding = {"resource": "i-0123", "type": "AWS_EC2_INSTANCE"}
    world.post("inspector/findings", **finding, severity="critical", title="CVE-2027-1 - openssl")
    world.post("inspector/findings", **finding, severity="medium", title="CVE-2027-2 - tar")
    (told,) = world.heard("p1")
    assert "P1: critical security finding on i-0123" in told
    assert "CVE-2027-1 - openssl" in told
    assert "Runbook: https://runbooks.example.com/security-finding" in told
    assert world.heard("p2") == []

    counted = world.run("security-scans-report")["findings"]["servers"]
    assert counted == {"critical": 1, "high": 0, "medium": 1, "all": 2}
    covered = {"resource": "i-0123", "type": "AWS_EC2_INSTANCE", "status": "INACTIVE"}
    world.post("inspector/coverage", **covered, reason="UNMANAGED_EC2_INSTANCE")
    assert world.run("security-scans-report")["not_scanned"] == {"i-0123": "UNMANAGED_EC2_INSTANCE"}
    assert world.alarm("tiny-prod-security-scans-not-scanned") == "ALARM"
    world.heard("p3")
    world.post("schedule", name="tiny-prod-security-scans-weekly", wait=20)
    (report,) = world.heard("p3")
    assert "not scanned: 1" in report


def _a_review_is_announced_and_stays_open(world: World) -> None:
    world.post("schedule", name="tiny-prod-security-reviews-audit-reminder", wait=5)
    (told,) = world.heard("p3")
    assert "Announced at least 14 days ahead." in told
    assert world.run("security-reviews-ages")["audit"]["open"] == 0
    world.post("schedule", name="tiny-prod-security-reviews-audit-item", wait=5)
    time.sleep(0.01)
    found = world.run("security-reviews-ages")["audit"]
    assert found["open"] > 0
    assert found["overdue"] == 0
    assert world.alarm("tiny-prod-security-reviews-audit") == "OK"
    (item,) = world("ssm").describe_ops_items()["OpsItemSummaries"]
    assert item["Title"] == "tiny-prod: Manual security audit"
    world("ssm").update_ops_item(OpsItemId=item["OpsItemId"], Status="Resolved")
    done = world.run("security-reviews-ages")["audit"]
    assert (done["open"], done["overdue"]) == (0, 0)
    assert done["done"] is not None
