"""The readiness function's own rules, where the sandbox lets no time pass and sells no spot."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pulumi_upkeep.functions.readiness import main


class Client:
    """Answers each operation with what is given for it."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:
        return lambda **_asked: self._answers[operation]

    def get_paginator(self, operation: str) -> Any:
        pages = [self._answers[operation]]
        return type("Pages", (), {"paginate": lambda _self, **_asked: pages})()


def answering(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> None:
    monkeypatch.setattr(main, "_client", lambda *_where: Client(**answers))


@pytest.mark.parametrize(("days", "ready"), [(31, True), (29, False), (-1, False)])
def test_a_certificate_has_30_days_left(
    monkeypatch: pytest.MonkeyPatch, days: int, ready: bool
) -> None:
    ends = datetime.now(UTC) + timedelta(days=days, minutes=1)
    answering(
        monkeypatch, describe_certificate={"Certificate": {"Status": "ISSUED", "NotAfter": ends}}
    )
    item = main._looked_at({"item": "c", "kind": "certificate", "arn": "arn"}, "us-east-1")
    assert item["ready"] is ready
    assert ready or item["says"] == f"the certificate ends in {days} days"


def server(kind: str, **more: Any) -> dict[str, Any]:
    return {"InstanceType": kind, "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 2}, **more}


OWN = [{"Key": "aws:autoscaling:groupName", "Value": "standby"}]


@pytest.mark.parametrize(
    ("running", "ready"),
    [
        ([], True),
        ([server("m6i.xlarge")], True),
        ([server("m6i.xlarge"), server("t3.xlarge")], False),
        # Of another quota, bought on the spot market, or the standby's own, which it keeps.
        ([server("m6i.xlarge"), server("p5.xlarge"), server("inf2.xlarge")], True),
        ([server("m6i.xlarge"), server("m6i.xlarge", InstanceLifecycle="spot")], True),
        ([server("m6i.xlarge"), server("m6i.xlarge", Tags=OWN)], True),
    ],
)
def test_the_quota_holds_all_servers_beside_those_that_run(
    monkeypatch: pytest.MonkeyPatch, running: list[dict[str, Any]], ready: bool
) -> None:
    """12 vCPUs: four servers of 2 take 8, and there is room for one of 4 beside them."""
    answering(
        monkeypatch,
        get_service_quota={"Quota": {"Value": 12.0}},
        describe_instance_types={"InstanceTypes": [{"VCpuInfo": {"DefaultVCpus": 2}}]},
        describe_instances={"Reservations": [{"Instances": running}]},
    )
    spec = {
        "item": "quota",
        "kind": "quota",
        "code": "L-1216C47A",
        "families": "acdhimrtz",
        "others": ["dl", "hpc", "inf", "mac", "trn"],
        "type": "m6i.large",
        "at_most": 4,
        "group": "standby",
    }
    assert main._looked_at(spec, "us-east-1")["ready"] is ready
