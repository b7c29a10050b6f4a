"""Functions of the sandbox: they run from what was deployed, as in AWS, and fail as in AWS."""

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server, and processes.
pytestmark = pytest.mark.slow

MAIN = """
import json
import os
import sys
import time


def handler(event, context):
    print("asked", json.dumps(event))
    return {
        "sum": event["a"] + event["b"],
        "region": os.environ["AWS_REGION"],
        "stage": os.environ.get("STAGE"),
        "name": context.function_name,
        "arn": context.invoked_function_arn,
    }


def who(event, context):
    import boto3

    return boto3.client("sts").get_caller_identity()["Arn"]


def measure(event, context):
    import boto3

    boto3.client("cloudwatch").put_metric_data(
        Namespace=event["namespace"], MetricData=[{"MetricName": "Seen", "Value": 1}]
    )


def broken(event, context):
    raise LookupError("nothing here")


def slow(event, context):
    print("waiting", flush=True)
    time.sleep(30)


def gone(event, context):
    os._exit(3)


def foreign(event, context):
    import pulumi


def zones(event, context):
    import zoneinfo

    return str(zoneinfo.ZoneInfo("America/New_York"))
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def archive(source: str = MAIN) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("main.py", source)
    return packed.getvalue()


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield sandbox.addresses.aws_endpoint_url


@pytest.fixture(scope="module")
def cloud(endpoint: str) -> Cloud:
    return Cloud(endpoint)


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    iam = cloud("iam")
    made = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    may = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Ours"}},
    }
    iam.put_role_policy(
        RoleName="worker",
        PolicyName="worker",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]}),
    )
    return str(made["Role"]["Arn"])


@pytest.fixture
def make(cloud: Cloud, role: str) -> Iterator[Any]:
    made: list[str] = []

    def create(handler: str = "handler", **more: Any) -> str:
        name = f"f{time.monotonic_ns()}"
        cloud("lambda").create_function(
            FunctionName=name,
            Role=role,
            Handler=f"main.{handler}",
            Runtime="python3.13",
            Code={"ZipFile": archive()},
            **{"Timeout": 10, **more},
        )
        made.append(name)
        return name

    yield create
    for name in made:
        cloud("lambda").delete_function(FunctionName=name)


def invoke(cloud: Cloud, name: str, event: Any = None, **more: Any) -> tuple[Any, str | None]:
    """What a function answered, and whether that is an error."""
    answer = cloud("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def ask(endpoint: str, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"{endpoint}/_upkeep/{path}",
        json.dumps(body).encode() if body is not None else None,
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_it_runs_the_deployed_archive_with_the_deployed_environment(
    cloud: Cloud, make: Any
) -> None:
    name = make(Environment={"Variables": {"STAGE": "prod"}})
    answer, error = invoke(cloud, name, {"a": 1, "b": 2})

    assert error is None
    assert answer == {
        "sum": 3,
        "region": "us-east-1",
        "stage": "prod",
        "name": name,
        "arn": f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
    }
    logs = cloud("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert [line["message"] for line in logs][1] == 'asked {"a": 1, "b": 2}'


def test_new_code_and_settings_count_from_the_next_invocation(cloud: Cloud, make: Any) -> None:
    name = make()
    source = "import os\ndef handler(event, context): return os.environ['STAGE']"
    cloud("lambda").update_function_code(FunctionName=name, ZipFile=archive(source))
    cloud("lambda").update_function_configuration(
        FunctionName=name, Environment={"Variables": {"STAGE": "later"}}
    )

    assert invoke(cloud, name) == ("later", None)


def test_it_calls_the_sandbox_as_its_role(cloud: Cloud, make: Any) -> None:
    name = make("who")
    assert invoke(cloud, name) == (f"arn:aws:sts::123456789012:assumed-role/worker/{name}", None)


def test_an_error_is_told_as_the_service_tells_it(cloud: Cloud, make: Any) -> None:
    answer, error = invoke(cloud, make("broken"))

    assert error == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("LookupError", "nothing here")
    assert len(answer["stackTrace"]) == 1


def test_a_function_that_takes_too_long_is_ended(cloud: Cloud, make: Any) -> None:
    began = time.monotonic()
    answer, error = invoke(cloud, make("slow", Timeout=1))

    assert (error, answer["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert time.monotonic() - began < 5


def test_a_process_that_ends_without_an_answer_is_an_error(cloud: Cloud, make: Any) -> None:
    answer, error = invoke(cloud, make("gone"))
    assert (error, answer["errorType"]) == ("Unhandled", "Runtime.ExitError")


def test_what_is_not_in_the_archive_cannot_be_imported(cloud: Cloud, make: Any) -> None:
    answer, _ = invoke(cloud, make("foreign"))
    assert answer["errorMessage"] == "No module named 'pulumi'"


def test_the_runtime_has_no_time_zones(cloud: Cloud, make: Any) -> None:
    assert invoke(cloud, make("zones"))[0]["errorType"] == "ZoneInfoNotFoundError"


def test_an_asynchronous_invocation_is_tried_three_times_and_handed_on(
    endpoint: str, cloud: Cloud, make: Any
) -> None:
    topic = cloud("sns").create_topic(Name="losses")["TopicArn"]
    queue = cloud("sqs").create_queue(QueueName="losses")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:losses"
    cloud("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    name = make("broken")
    cloud("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": topic}}
    )
    ask(endpoint, "DELETE", "invocations")
    answer = cloud("lambda").invoke(FunctionName=name, InvocationType="Event", Payload='{"n": 1}')
    assert answer["StatusCode"] == 202

    def letters() -> list[Any]:
        found = cloud("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=0)
        return list(found.get("Messages", []))

    deadline = time.monotonic() + 20
    while not (found := letters()) and time.monotonic() < deadline:
        time.sleep(0.1)
    attempts = [each for each in ask(endpoint, "GET", "invocations") if each["function"] == name]
    assert [(each["attempt"], each["event"]) for each in attempts] == [
        (1, {"n": 1}),
        (2, {"n": 1}),
        (3, {"n": 1}),
    ]
    assert len({each["request_id"] for each in attempts}) == 1
    record = json.loads(json.loads(found[0]["Body"])["Message"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responsePayload"]["errorMessage"] == "nothing here"


def test_errors_are_in_the_metrics(cloud: Cloud, make: Any) -> None:
    name = make("broken")
    invoke(cloud, name)
    now = time.time()
    points = cloud("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        StartTime=now - 300,
        EndTime=now + 300,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in points) == 1


def test_reserved_concurrency_of_zero_stops_a_function(cloud: Cloud, make: Any) -> None:
    name = make()
    cloud("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequests"):
        invoke(cloud, name)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"Timeout": 901}, "1 to 900 seconds"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
        ({"Environment": {"Variables": {"X": "x" * 4096}}}, "exceeded the 4KB limit"),
    ],
)
def test_what_the_service_refuses_is_refused(
    make: Any, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words):
        make(**settings)


class TestEvents:
    @pytest.fixture(autouse=True)
    def _rule(self, endpoint: str, cloud: Cloud, make: Any) -> Iterator[None]:
        self.endpoint, self.name = endpoint, make()
        self.arn = f"arn:aws:lambda:us-east-1:123456789012:function:{self.name}"
        self.rule = cloud("events").put_rule(
            Name=self.name,
            EventPattern=json.dumps({"source": ["aws.backup"], "detail": {"a": [1]}}),
        )["RuleArn"]
        cloud("events").put_targets(
            Rule=self.name, Targets=[{"Id": "f", "Arn": self.arn, "InputPath": "$.detail"}]
        )
        self.cloud = cloud
        yield
        cloud("events").remove_targets(Rule=self.name, Ids=["f"])
        cloud("events").delete_rule(Name=self.name)

    def permit(self, source: str) -> None:
        self.cloud("lambda").add_permission(
            FunctionName=self.name,
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=source,
        )

    def put(self, **more: Any) -> list[dict[str, Any]]:
        event = {
            "source": "aws.backup",
            "detail-type": "Restore Job State Change",
            "detail": {"a": 1, "b": 2},
            "region": "us-east-1",
            "wait": 20,
        }
        answer = ask(self.endpoint, "POST", "events", {**event, **more})
        assert answer["quiet"]
        return [each for each in answer["invocations"] if each["function"] == self.name]

    def test_an_event_that_matches_reaches_the_function(self) -> None:
        self.permit(self.rule)
        (ended,) = self.put()
        assert (json.loads(ended["payload"])["sum"], ended["event"]) == (3, {"a": 1, "b": 2})

    def test_another_event_does_not(self) -> None:
        self.permit(self.rule)
        assert self.put(detail={"a": 2, "b": 2}) == []
        assert self.put(source="aws.rds") == []
        assert self.put(region="us-west-2") == []

    def test_without_a_permission_nothing_runs(self) -> None:
        self.permit("arn:aws:events:us-east-1:123456789012:rule/another")
        assert self.put() == []

    def test_a_rule_may_outlive_its_function(self, cloud: Cloud) -> None:
        target = {"Id": "f", "Arn": f"{self.arn}-gone"}
        cloud("events").put_targets(Rule=self.name, Targets=[target])
        assert self.put() == []

    def test_only_aws_itself_puts_events_of_aws(self, cloud: Cloud) -> None:
        entry = {"Source": "aws.backup", "DetailType": "x", "Detail": "{}"}
        with pytest.raises(ClientError, match="NotAuthorizedForSource"):
            cloud("events").put_events(Entries=[entry])


class TestSchedules:
    def make(self, cloud: Cloud, name: str, target: dict[str, Any], **more: Any) -> None:
        cloud("scheduler").create_schedule(
            Name=name,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"RoleArn": "arn:aws:iam::123456789012:role/scheduler", **target},
            **{"ScheduleExpression": "rate(1 hour)", **more},
        )

    def test_a_schedule_is_fired_on_demand(self, endpoint: str, cloud: Cloud, make: Any) -> None:
        name = make()
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        self.make(cloud, name, {"Arn": arn, "Input": '{"a": 20, "b": 3}'})
        answer = ask(endpoint, "POST", "schedule", {"name": name, "wait": 20})

        assert answer["fired"] == [
            f"arn:aws:scheduler:us-east-1:123456789012:schedule/default/{name}"
        ]
        assert [json.loads(each["payload"])["sum"] for each in answer["invocations"]] == [23]

    def test_a_universal_target_is_any_operation(self, endpoint: str, cloud: Cloud) -> None:
        arn = "arn:aws:scheduler:::aws-sdk:ssm:putParameter"
        asked = {"Name": "/fired", "Value": "yes", "Type": "String"}
        self.make(cloud, "universal", {"Arn": arn, "Input": json.dumps(asked)})
        ask(endpoint, "POST", "schedule", {"name": "universal"})
        assert cloud("ssm").get_parameter(Name="/fired")["Parameter"]["Value"] == "yes"

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"ScheduleExpression": "every hour"}, "Invalid Schedule Expression"),
            ({"ScheduleExpressionTimezone": "Mars/Base"}, "Timezone Mars/Base"),
        ],
    )
    def test_what_the_service_refuses_is_refused(
        self, cloud: Cloud, asked: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(ClientError, match=words):
            self.make(cloud, "refused", {"Arn": "arn:aws:lambda:us-east-1:1:function:x"}, **asked)
