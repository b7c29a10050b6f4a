"""The review's two schedules, as they are declared, fired in the sandbox: what arrives, what stays.

And OpsCenter, which moto lacks: items that are open until somebody closes them.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox
from tests.components.recovery import topics
from tests.components.test_log_aggregation import SCHEDULE, bynomi

# Starts a server.
pytestmark = pytest.mark.slow

ITEM = {"Title": "t", "Description": "d", "Source": "upkeep"}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield sandbox.addresses.aws_endpoint_url


@pytest.fixture(scope="module")
def cloud(endpoint: str) -> Cloud:
    return Cloud(endpoint)


def fire(endpoint: str, name: str) -> Any:
    body = json.dumps({"name": name, "wait": 5}).encode()
    request = urllib.request.Request(
        f"{endpoint}/_upkeep/schedule", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_reminder_arrives_and_one_item_stays_open(cloud: Cloud, endpoint: str) -> None:
    topic = cloud("sns").create_topic(Name="alerts-p3")["TopicArn"]
    assert topic == topics()["p3"]
    queue = cloud("sqs").create_queue(QueueName="heard")["QueueUrl"]
    told = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    arn = cloud("sqs").get_queue_attributes(**told)["Attributes"]["QueueArn"]
    cloud("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for each in bynomi().of(SCHEDULE).values():
        target = each.props["target"]
        cloud("scheduler").create_schedule(
            Name=each.props["name"],
            ScheduleExpression=each.props["scheduleExpression"],
            ScheduleExpressionTimezone=each.props["scheduleExpressionTimezone"],
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": target["arn"],
                "RoleArn": "arn:aws:iam::123456789012:role/review",
                "Input": target["input"],
            },
        )

    fire(endpoint, "bynomi-prod-logs-review-reminder")
    (message,) = cloud("sqs").receive_message(QueueUrl=queue)["Messages"]
    heard = json.loads(message["Body"])
    assert heard["Subject"] == "bynomi-prod: review of the logs"
    # A queue is told what a mail says; the chat application subscribes by https.
    assert "Owner: operations." in heard["Message"]

    fire(endpoint, "bynomi-prod-logs-review-item")
    ssm = cloud("ssm")
    still_open = [{"Key": "Status", "Values": ["Open"], "Operator": "Equal"}]
    (item,) = ssm.describe_ops_items(OpsItemFilters=still_open)["OpsItemSummaries"]
    assert item["Title"] == "bynomi-prod: review of the logs"
    described = ssm.get_ops_item(OpsItemId=item["OpsItemId"])["OpsItem"]
    assert "Owner: operations." in described["Description"]
    assert described["OperationalData"]["owner"]["Value"] == "operations"

    with pytest.raises(urllib.error.HTTPError):
        fire(endpoint, "bynomi-prod-logs-review-item")
    assert len(ssm.describe_ops_items(OpsItemFilters=still_open)["OpsItemSummaries"]) == 1

    ssm.update_ops_item(OpsItemId=item["OpsItemId"], Status="Resolved")
    assert ssm.describe_ops_items(OpsItemFilters=still_open)["OpsItemSummaries"] == []
    fire(endpoint, "bynomi-prod-logs-review-item")
    (again,) = ssm.describe_ops_items(OpsItemFilters=still_open)["OpsItemSummaries"]
    assert again["OpsItemId"] != item["OpsItemId"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Title": "t" * 1025}, "ValidationException"),
        ({"Description": "d" * 2049}, "ValidationException"),
    ],
)
def test_an_item_within_the_limits_of_the_api(
    cloud: Cloud, changed: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        cloud("ssm").create_ops_item(**{**ITEM, **changed})
    assert refused.value.response["Error"]["Code"] == code
    assert cloud("ssm").create_ops_item(**ITEM)["OpsItemId"]


def test_an_item_that_is_not_there(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="OpsItemNotFoundException"):
        cloud("ssm").get_ops_item(OpsItemId="oi-000000000000")
