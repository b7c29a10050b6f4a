"""Maintenance windows of the sandbox: refused, changed, and opened as in Systems Manager."""

import io
import json
import urllib.error
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

WINDOW: dict[str, Any] = {
    "Name": "weekly",
    "Schedule": "cron(0 3 ? * WED *)",
    "ScheduleTimezone": "America/New_York",
    "Duration": 2,
    "Cutoff": 1,
    "AllowUnassociatedTargets": False,
}
SERVICE = {"Service": "lambda.amazonaws.com"}
ROLE = "arn:aws:iam::123456789012:role/windows"
MAIN = """
def handler(event, context):
    return {"did": event["work"]}
"""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield sandbox.addresses.aws_endpoint_url


@pytest.fixture(scope="module")
def cloud(endpoint: str) -> Cloud:
    return Cloud(endpoint)


def opened(endpoint: str, window: str) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{endpoint}/_upkeep/maintenance-windows/run",
        json.dumps({"window": window, "wait": 30}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Cutoff": 2}, "Cutoff 2: must be less than the duration, 2"),
        ({"Duration": 24, "Cutoff": 24}, "Cutoff 24: 0 to 23 hours"),
        ({"Schedule": "cron(0 3 * * WED)"}, "Schedule"),
        ({"Schedule": "cron(0 3 * * WED *)"}, "Schedule"),
        ({"Schedule": "cron(0 1 ? * SUN#6 *)"}, "Schedule"),
        ({"ScheduleTimezone": "EST5EDT4"}, "not a time zone"),
        ({"Name": "our window"}, "3 to 128 characters"),
        ({"ScheduleOffset": 7}, "ScheduleOffset 7: 1 to 6 days"),
    ],
)
def test_what_the_service_refuses_is_refused(
    cloud: Cloud, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError) as refused:
        cloud("ssm").create_maintenance_window(**{**WINDOW, **changes})
    assert says in refused.value.response["Error"]["Message"]


def test_a_window_says_when_it_opens_and_is_changed(cloud: Cloud) -> None:
    ssm = cloud("ssm")
    id_ = ssm.create_maintenance_window(**WINDOW)["WindowId"]
    found = ssm.get_maintenance_window(WindowId=id_)
    assert {key: found[key] for key in WINDOW} == WINDOW
    assert found["Enabled"] is True
    assert found["NextExecutionTime"].endswith("Z")
    ssm.update_maintenance_window(WindowId=id_, Schedule="cron(0 3 2,9 12 ? 2020)")
    changed = ssm.get_maintenance_window(WindowId=id_)
    assert (changed["Schedule"], changed["Duration"]) == ("cron(0 3 2,9 12 ? 2020)", 2)
    # All of it is over.
    assert "NextExecutionTime" not in changed
    with pytest.raises(ClientError, match="Cutoff"):
        ssm.update_maintenance_window(WindowId=id_, Cutoff=5)
    ssm.update_maintenance_window(
        WindowId=id_,
        Replace=True,
        **{key: WINDOW[key] for key in WINDOW if key != "ScheduleTimezone"},
    )
    replaced = ssm.get_maintenance_window(WindowId=id_)
    assert "ScheduleTimezone" not in replaced
    assert replaced["Enabled"] is True
    (listed,) = ssm.describe_maintenance_windows(Filters=[{"Key": "Name", "Values": ["weekly"]}])[
        "WindowIdentities"
    ]
    assert listed["WindowId"] == id_
    ssm.delete_maintenance_window(WindowId=id_)


def _function(cloud: Cloud, name: str) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", MAIN)
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": SERVICE}]}
    role = cloud("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    made = cloud("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
    )
    return str(made["FunctionArn"])


def test_an_open_window_runs_its_tasks_in_the_order_of_their_priority(
    cloud: Cloud, endpoint: str
) -> None:
    ssm, ec2 = cloud("ssm"), cloud("ec2")
    image = ec2.register_image(Name="web", RootDeviceName="/dev/xvda")["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": "web"}]}]
    started = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, TagSpecifications=tags)
    ours = sorted(each["InstanceId"] for each in started["Instances"])
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)

    window = ssm.create_maintenance_window(**{**WINDOW, "Name": "monthly"})["WindowId"]
    target = ssm.register_target_with_maintenance_window(
        WindowId=window, ResourceType="INSTANCE", Targets=[{"Key": "tag:Role", "Values": ["web"]}]
    )["WindowTargetId"]
    ssm.register_task_with_maintenance_window(
        WindowId=window,
        Name="care",
        TaskArn=_function(cloud, "care"),
        TaskType="LAMBDA",
        Priority=2,
        ServiceRoleArn=ROLE,
        TaskInvocationParameters={"Lambda": {"Payload": b'{"work": "indexes"}'}},
    )
    ssm.register_task_with_maintenance_window(
        WindowId=window,
        Name="patch",
        TaskArn="AWS-RunPatchBaseline",
        TaskType="RUN_COMMAND",
        Priority=1,
        MaxConcurrency="50%",
        MaxErrors="0",
        Targets=[{"Key": "WindowTargetIds", "Values": [target]}],
        TaskInvocationParameters={"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
    )
    code, ran = opened(endpoint, "monthly")
    assert code == 200
    patch, care = ran["tasks"]
    assert (patch["task"], patch["instances"], patch["ended"]) == ("patch", ours, True)
    assert (care["task"], care["payload"], care["ended"]) == ("care", {"work": "indexes"}, True)
    with urllib.request.urlopen(f"{endpoint}/_upkeep/invocations") as answer:
        assert json.loads(json.load(answer)[-1]["payload"]) == {"did": "indexes"}
    commands = ssm.list_commands(CommandId=patch["command"])["Commands"]
    assert commands[0]["DocumentName"] == "AWS-RunPatchBaseline"

    ssm.update_maintenance_window(WindowId=window, Enabled=False)
    assert opened(endpoint, "monthly") == (400, {"error": "the window monthly is disabled"})
    code, answer_ = opened(endpoint, "montly")
    assert code == 400
    assert "no maintenance window montly; there is monthly" in answer_["error"]


def test_a_task_that_cannot_run_says_why(cloud: Cloud, endpoint: str) -> None:
    ssm = cloud("ssm")
    window = ssm.create_maintenance_window(**{**WINDOW, "Name": "broken"})["WindowId"]
    ssm.register_task_with_maintenance_window(
        WindowId=window,
        Name="nothing",
        TaskArn="arn:aws:lambda:us-east-1:123456789012:function:none",
        TaskType="LAMBDA",
    )
    code, answer = opened(endpoint, window)
    assert (code, answer) == (
        400,
        {"error": "the task nothing has no role to invoke its function with"},
    )
