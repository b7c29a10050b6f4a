"""A test of a route leaves, and is acknowledged, or alarmed by another route."""

import json
import re
from typing import Any

import requests

from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi, client

REGION = "us-west-2"
PROGRAM = """
    import pulumi
    from pulumi_upkeep import AlertRoutes, RouteTests, aws

    west = aws.Provider("west", aws.ProviderArgs(region="us-west-2"))
    opts = pulumi.ResourceOptions(provider=west)
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
    tests = RouteTests(
        "route-tests",
        {
            "routes": {
                "p0-us-west-2": {"topic": routes.alert_topics()["p0"], "told_by": "p2"},
                "p1-us-west-2": {"topic": routes.alert_topics()["p1"], "told_by": "p2"},
                "p0-datadog": {"handles": routes.handles()["p0"], "told_by": "p1"},
            },
            "keys": [routes.key_arn],
            "every": "week",
            "on": "Monday",
            "at": "10:00",
            "timezone": "America/New_York",
            "topics": routes.alert_topics(),
            "runbooks": "https://runbooks.example.com",
            "datadog_keys": "bynomi-datadog",
        },
        opts,
    )
    pulumi.export("topics", routes.topics)
    pulumi.export("policy", tests.acknowledging_policy)
"""
KEY = "a-key-that-no-log-shows"


def _queue(addresses: Addresses, topic: str) -> str:
    sqs = client(addresses, "sqs", REGION)
    name = topic.rpartition(":")[2]
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    client(addresses, "sns", REGION).subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"]
    )
    return url


def _heard(addresses: Addresses, queue: str) -> list[str]:
    sqs = client(addresses, "sqs", REGION)
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for each in got:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    return [json.loads(each["Body"])["Message"] for each in got]


def _alarms(addresses: Addresses) -> dict[str, str]:
    requests.post(f"{addresses.aws_endpoint_url}/_upkeep/alarms", timeout=30).raise_for_status()
    found = client(addresses, "cloudwatch", REGION).describe_alarms()["MetricAlarms"]
    return {
        each["AlarmName"].removeprefix(
            each["AlarmName"].split("route-tests-")[0] + "route-tests-"
        ): each["StateValue"]
        for each in found
        if not each["AlarmName"].endswith("-errors")
    }


def test_both_outcomes_of_a_test(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    client(own_sandbox, "secretsmanager", REGION).create_secret(
        Name="bynomi-datadog", SecretString=json.dumps({"api_key": KEY, "app_key": KEY})
    )
    stack = pulumi(project(PROGRAM), own_sandbox)
    stack.run("stack", "init", "prod")
    stack.run("up", "--yes", "--skip-preview", "--stack", "prod")
    shown = stack.run("stack", "output", "--json", "--stack", "prod").stdout
    topics = json.loads(shown)["topics"]
    queues = {severity: _queue(own_sandbox, topic) for severity, topic in topics.items()}
    functions = client(own_sandbox, "lambda", REGION)
    called = {
        each["FunctionName"].rpartition("route-tests-")[2]: each["FunctionName"]
        for each in functions.list_functions()["Functions"]
    }
    assert called.keys() == {"send", "ages", "acknowledge"}

    def invoke(part: str, event: Any = None) -> Any:
        answer = functions.invoke(
            FunctionName=called[part], Payload=json.dumps(event or {}), LogType="Tail"
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    # Nothing was tested yet: every route is as old as its declaration.
    assert invoke("ages") == {"p0-datadog": 0.0, "p0-us-west-2": 0.0, "p1-us-west-2": 0.0}
    assert set(_alarms(own_sandbox).values()) == {"OK"}

    # The test leaves over every route.
    sent = invoke("send")
    assert sent == {"sent": ["p0-datadog", "p0-us-west-2", "p1-us-west-2"], "failed": {}}
    (text,) = _heard(own_sandbox, queues["p0"])
    assert text.startswith("[TEST] Nothing is wrong. This tests the route p0-us-west-2")
    command = re.search(r"make acknowledge ROUTE=(\S+) CODE=(\S+) STACK=prod", text)
    assert command is not None
    assert f"--function-name {called['acknowledge']}" in text
    ((event),) = requests.get(
        f"{own_sandbox.dd_api_url}/api/v1/events",
        params={"start": 0, "end": 2**33},
        headers={"DD-API-KEY": "a", "DD-APPLICATION-KEY": "b"},
        timeout=10,
    ).json()["events"]
    assert event["text"].endswith("@p0@bynomi.com")

    # A wrong code acknowledges nothing; the right one does, once.
    route, code = command.groups()
    assert not invoke("acknowledge", {"route": route, "code": "0" * 8})["acknowledged"]
    assert invoke("acknowledge", {"route": route, "code": code})["acknowledged"]
    assert not invoke("acknowledge", {"route": route, "code": code})["acknowledged"]
    assert not invoke("acknowledge", {"route": "nobody", "code": code})["acknowledged"]

    # Nine days later: the acknowledged route is quiet, the other's alarm goes another way.
    ssm = client(own_sandbox, "ssm", REGION)
    for name in ("p0-us-west-2", "p1-us-west-2"):
        (path,) = (
            each["Name"]
            for each in ssm.describe_parameters()["Parameters"]
            if each["Name"].endswith(f"/route-tests/{name}")
        )
        kept = json.loads(ssm.get_parameter(Name=path)["Parameter"]["Value"])
        kept["since"] = "2026-01-01T00:00:00+00:00"
        ssm.put_parameter(Name=path, Value=json.dumps(kept), Overwrite=True, Type="String")
        assert code not in json.dumps(kept)
    found = invoke("ages")
    assert found["p0-us-west-2"] < 1 < 8 < found["p1-us-west-2"]
    for queue in queues.values():
        _heard(own_sandbox, queue)
    assert _alarms(own_sandbox) == {
        "p0-datadog": "OK",
        "p0-us-west-2": "OK",
        "p1-us-west-2": "ALARM",
    }
    assert _heard(own_sandbox, queues["p1"]) == []
    (told,) = _heard(own_sandbox, queues["p2"])
    assert "nobody has acknowledged a test of the route p1-us-west-2" in told

    # A topic that is gone keeps no other route from being tested.
    client(own_sandbox, "sns", REGION).delete_topic(TopicArn=topics["p1"])
    again = invoke("send")
    assert again["sent"] == ["p0-datadog", "p0-us-west-2"]
    assert again["failed"].keys() == {"p1-us-west-2"}

    # Keys are in no log, and the next preview leaves what the functions remember.
    logs = client(own_sandbox, "logs", REGION)
    for part in called.values():
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{part}")["events"]
        assert KEY not in json.dumps(events, default=str)
        assert code not in json.dumps(events, default=str)
