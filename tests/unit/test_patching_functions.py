"""The functions of patching, scans and reviews: their own rules, with a cloud that answers."""

import importlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pulumi_upkeep
import pytest
from botocore.exceptions import ClientError
from pulumi_upkeep.functions.image_scans import main as images
from pulumi_upkeep.functions.patch_compliance import main as patches
from pulumi_upkeep.functions.review_ages import main as reviews

FUNCTIONS = Path(pulumi_upkeep.__file__).parent / "functions"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Client:
    """Answers each operation with what is given for it, and writes down what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**asked: Any) -> Any:
            self.asked.append((operation, asked))
            answer = self._answers.get(operation, {})
            return answer(**asked) if callable(answer) else answer

        return call

    def get_paginator(self, operation: str) -> Any:
        ask = getattr(self, operation)
        return type("Pages", (), {"paginate": lambda _self, **asked: [ask(**asked)]})()

    def of(self, operation: str) -> list[Mapping[str, Any]]:
        return [asked for name, asked in self.asked if name == operation]


def state(**told: Any) -> dict[str, Any]:
    counts = {"MissingCount": 0, "FailedCount": 0, "InstalledPendingRebootCount": 0}
    return {"InstanceId": "i-1", "BaselineId": "pb-1", "OperationEndTime": NOW, **counts, **told}


GROUP = {"baseline": "pb-1", "comment": "install", "groups": ["web"], "late": 37}
LONG_AGO = NOW - 100 * DAY


@pytest.mark.parametrize(
    ("found", "since", "started", "why"),
    [
        (state(), None, LONG_AGO, None),
        # Approved between two windows: missing until the next, as it should be.
        (state(MissingCount=3), NOW - 36 * DAY, LONG_AGO, None),
        (state(MissingCount=3), NOW - 38 * DAY, LONG_AGO, "lacks patches since"),
        (state(InstalledPendingRebootCount=1), NOW - 38 * DAY, LONG_AGO, "lacks patches since"),
        (state(FailedCount=2), NOW, LONG_AGO, "2 patches failed"),
        (state(BaselineId="pb-2"), None, LONG_AGO, "is its tag PatchGroup right?"),
        (state(OperationEndTime=NOW - 3 * DAY), None, LONG_AGO, "not scanned since"),
        (state(OperationEndTime=NOW - 2 * DAY), None, LONG_AGO, None),
        (None, None, NOW - 2 * DAY, "never scanned"),
        (None, None, NOW - timedelta(hours=2), None),
    ],
)
def test_when_a_server_is_overdue(
    found: dict[str, Any] | None, since: datetime | None, started: datetime, why: str | None
) -> None:
    since_written = since.isoformat() if since else None
    said = patches.reason(found, started, since_written, GROUP, 37 * DAY, NOW)
    assert (said is None) is (why is None)
    assert why is None or why in str(said)


def compliance(
    monkeypatch: pytest.MonkeyPatch, memory: dict[str, Any], found: dict[str, Any], commands: Any
) -> tuple[dict[str, float], dict[str, Any]]:
    """What is published and what is remembered."""
    ssm = Client(
        get_parameter={"Parameter": {"Value": json.dumps(memory)}},
        describe_instance_patch_states={"InstancePatchStates": [found]},
        list_commands={"Commands": commands},
    )
    instance = {"InstanceId": "i-1", "LifecycleState": "InService", "LaunchTime": LONG_AGO}
    clients = {
        "ssm": ssm,
        "ec2": Client(describe_instances={"Reservations": [{"Instances": [instance]}]}),
        "autoscaling": Client(
            describe_auto_scaling_groups={"AutoScalingGroups": [{"Instances": [instance]}]}
        ),
        "cloudwatch": Client(),
    }
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    for key, value in (
        ("GROUPS", json.dumps({"web": GROUP})),
        ("NAMESPACE", "Upkeep/Operate"),
        ("PARAMETERS", "/bynomi/prod/patching"),
    ):
        monkeypatch.setenv(key, value)
    patches.handler({}, None)
    (sent,) = clients["cloudwatch"].of("put_metric_data")
    published = {each["MetricName"]: each["Value"] for each in sent["MetricData"]}
    written = ssm.of("put_parameter")
    return published, json.loads(written[-1]["Value"]) if written else memory


def command(when: datetime, **told: Any) -> dict[str, Any]:
    return {
        "RequestedDateTime": when,
        "Comment": "install",
        "Status": "Success",
        "Parameters": {"Operation": ["Install"]},
        **told,
    }


def test_it_remembers_since_when_a_patch_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    published, memory = compliance(monkeypatch, {}, state(MissingCount=1), [])
    assert published["PatchesMissing"] == 1
    assert published["PatchesOverdue"] == 0
    assert memory["missing"].keys() == {"i-1"}

    before = {**memory, "missing": {"i-1": (NOW - 40 * DAY).isoformat()}}
    published, same = compliance(monkeypatch, before, state(MissingCount=1), [])
    assert published["PatchesOverdue"] == 1
    assert same == before

    published, memory = compliance(monkeypatch, before, state(), [])
    assert (published["PatchesMissing"], published["PatchesOverdue"]) == (0, 0)
    assert memory["missing"] == {}


def test_the_age_is_of_the_newest_installation_that_succeeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = [
        command(NOW - 9 * DAY),
        command(NOW - 3 * DAY, Status="Failed"),
        command(NOW - 2 * DAY, Parameters={"Operation": ["Scan"]}),
        command(NOW - 1 * DAY, Comment="somebody's own"),
    ]
    published, memory = compliance(monkeypatch, {}, state(), commands)
    assert published["PatchAge"] == pytest.approx(9, abs=0.01)
    # Systems Manager forgets after 30 days; the parameter does not.
    published, _ = compliance(monkeypatch, memory, state(), [])
    assert published["PatchAge"] == pytest.approx(9, abs=0.01)
    # Without any it counts from when it began to look.
    awaited: dict[str, Any] = {
        "awaited": (NOW - 40 * DAY).isoformat(),
        "installed": None,
        "missing": {},
    }
    published, _ = compliance(monkeypatch, awaited, state(), [])
    assert published["PatchAge"] == pytest.approx(40, abs=0.01)


# ---- scans ---------------------------------------------------------------------------------------


def test_the_report_counts_and_names_what_is_not_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(**asked: Any) -> Any:
        kind = asked["aggregationRequest"]["accountAggregation"]["resourceType"]
        servers = kind == "AWS_EC2_INSTANCE"
        counts = {"critical": 1, "high": 2, "medium": 3, "all": 9} if servers else {}
        return {"responses": [{"accountAggregation": {"severityCounts": counts}}]}

    def covered(id_: str, kind: str, code: str, reason: str) -> dict[str, Any]:
        return {
            "resourceId": id_,
            "resourceType": kind,
            "scanStatus": {"statusCode": code, "reason": reason},
        }

    clients = {
        "inspector2": Client(
            list_finding_aggregations=counted,
            list_coverage={
                "coveredResources": [
                    covered("i-1", "AWS_EC2_INSTANCE", "ACTIVE", "SUCCESSFUL"),
                    covered("i-2", "AWS_EC2_INSTANCE", "INACTIVE", "UNMANAGED_EC2_INSTANCE"),
                    covered("i-3", "AWS_EC2_INSTANCE", "INACTIVE", "EC2_INSTANCE_STOPPED"),
                    covered("f", "AWS_LAMBDA_FUNCTION", "INACTIVE", "UNSUPPORTED_RUNTIME"),
                ]
            },
        ),
        "cloudwatch": Client(),
        "sns": Client(),
    }
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    for key, value in (
        ("ENVIRONMENT", "bynomi-prod"),
        ("KINDS", "EC2,ECR"),
        ("NAMESPACE", "Upkeep/Operate"),
        ("OWNER", "operations"),
        ("RUNBOOK", "https://runbooks.example.com/security-scans"),
        ("TOPIC", "arn:aws:sns:us-east-1:123456789012:alerts-p3"),
    ):
        monkeypatch.setenv(key, value)
    # As in its archive, where what functions share lies beside it.
    monkeypatch.syspath_prepend(str(FUNCTIONS))
    scans = importlib.import_module("security_scans.main")

    scans.handler({}, None)
    assert clients["sns"].of("publish") == []
    found = scans.handler({"report": True}, None)
    assert found["not_scanned"] == {"i-2": "UNMANAGED_EC2_INSTANCE"}
    sent = clients["cloudwatch"].of("put_metric_data")[-1]["MetricData"]
    values = [each["Value"] for each in sent]
    assert values == [1, 2, 3, 1]
    (told,) = clients["sns"].of("publish")
    assert json.loads(told["Message"])["default"].splitlines() == [
        "servers: 1 critical, 2 high, 3 medium, 9 in all",
        "images: 0 critical, 0 high, 0 medium, 0 in all",
        "not scanned: 1",
        "- i-2: UNMANAGED_EC2_INSTANCE",
        "Owner: operations.",
        "How: https://runbooks.example.com/security-scans",
    ]


def registry(monkeypatch: pytest.MonkeyPatch, by: str, **answers: Any) -> dict[str, Any]:
    def image(digest: str, days: int, **told: Any) -> dict[str, Any]:
        return {"imageDigest": digest, "imagePushedAt": NOW - days * DAY, **told}

    found = [
        image("sha256:1", 1, imageScanStatus={"status": "ACTIVE"}),
        image("sha256:2", 2, imageScanStatus={"status": "UNSUPPORTED_IMAGE"}),
        image("sha256:3", 3),
        # Four pushes ago: nothing runs it any more.
        image("sha256:4", 4),
    ]
    clients = {
        "ecr": Client(
            describe_repositories={
                "repositories": [{"repositoryName": "shop/web"}, {"repositoryName": "tools"}]
            },
            describe_images={"imageDetails": found},
            **answers,
        ),
        "cloudwatch": Client(),
    }
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    for key, value in (("BY", by), ("NAMESPACE", "n"), ("REPOSITORIES", "shop/*")):
        monkeypatch.setenv(key, value)
    return {**images.handler({}, None), "started": clients["ecr"].of("start_image_scan")}


def test_images_in_use_are_scanned_by_inspector(monkeypatch: pytest.MonkeyPatch) -> None:
    found = registry(monkeypatch, "inspector")
    assert found == {
        "looked_at": 3,
        "failed": {
            "shop/web@sha256:2": "UNSUPPORTED_IMAGE",
            "shop/web@sha256:3": "never scanned",
        },
        "started": [],
    }


def test_images_in_use_are_scanned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(**asked: Any) -> Any:
        codes = {"sha256:2": "LimitExceededException", "sha256:3": "UnsupportedImageTypeException"}
        if code := codes.get(asked["imageId"]["imageDigest"]):
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "StartImageScan")
        return {}

    found = registry(monkeypatch, "basic", start_image_scan=start)
    assert len(found["started"]) == 3
    # One in the same 24 hours is as good.
    assert found["failed"] == {"shop/web@sha256:3": "UnsupportedImageTypeException"}


# ---- reviews -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "overdue", "done"),
    [
        ([], 0, None),
        ([("Open", 29, 29)], 0, None),
        ([("Open", 32, 32)], 2, None),
        ([("InProgress", 32, 1)], 2, None),
        ([("Resolved", 100, 80)], 0, 80),
        # None was opened since: the reminder itself is broken.
        ([("Resolved", 200, 130)], 2, 130),
        ([("Resolved", 200, 130), ("Open", 3, 3)], 0, 130),
    ],
)
def test_when_a_review_is_overdue(
    monkeypatch: pytest.MonkeyPatch,
    items: list[tuple[str, int, int]],
    overdue: float,
    done: float | None,
) -> None:
    clients = {
        "ssm": Client(
            describe_ops_items={
                "OpsItemSummaries": [
                    {
                        "Status": status,
                        "CreatedTime": NOW - opened * DAY,
                        "LastModifiedTime": NOW - changed * DAY,
                    }
                    for status, opened, changed in items
                ]
            }
        ),
        "cloudwatch": Client(),
    }
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    audit = {"title": "bynomi-prod: Manual security audit", "done_within": 30, "interval": 98}
    monkeypatch.setenv("REVIEWS", json.dumps({"audit": audit}))
    monkeypatch.setenv("NAMESPACE", "Upkeep/Operate")
    found = reviews.handler({}, None)["audit"]
    assert found["overdue"] == pytest.approx(overdue, abs=0.01)
    assert found["done"] == (pytest.approx(done, abs=0.01) if done else None)
    (sent,) = clients["cloudwatch"].of("put_metric_data")
    names = {each["MetricName"] for each in sent["MetricData"]}
    assert names == {"ReviewOverdue"} | ({"ReviewDone"} if done else set())
