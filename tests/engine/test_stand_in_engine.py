"""The AWS stand-in under the real engine: one of every type, from its first preview to its end."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers.catalogue import RESOURCES, checked_only, find
from sandbox.providers.readback import Declared, declared_in, read_back
from sandbox.server import PROJECT, Addresses
from tests.engine.conftest import MakeProject, MakePulumi, client, creates, failing
from tools.upkeep.pulumi import Pulumi

PROGRAM = f"""
    import sys

    import pulumi

    sys.path.insert(0, {str(PROJECT)!r})
    from tests.engine.every_type import Knobs, program

    program(Knobs(**pulumi.Config("every").require_object("knobs")))
"""


def turn(folder: Path, **knobs: Any) -> None:
    """Set the program's knobs in the stack's file, which is YAML and so may be JSON."""
    config = {"config": {"every:knobs": knobs}}
    (folder / "Pulumi.prod.yaml").write_text(json.dumps(config), encoding="utf-8")


def changes(pulumi: Pulumi, *arguments: str) -> dict[str, set[str]]:
    """What a preview would do, as `{"update": {"alarm name", ...}}`, and an end without fault."""
    steps: dict[str, set[str]] = {}

    def hear(event: Any) -> None:
        step = event.get("resourcePreEvent", {}).get("metadata")
        if step and step["op"] not in ("same", "refresh", "read"):
            name = f"{step['type'].rpartition(':')[2]} {step['urn'].rpartition('::')[2]}"
            steps.setdefault(step["op"], set()).add(name)

    result = pulumi.watch("preview", "--stack", "prod", *arguments, heard=hear)
    assert result.code == 0, result.stdout + result.stderr
    return steps


def declared(pulumi: Pulumi) -> list[Declared]:
    exported = pulumi.run("stack", "export", "--stack", "prod", "--show-secrets")
    return list(declared_in(json.loads(exported.stdout)["deployment"]))


NEWER = "def handler(event, context):\n    return 'newer'\n"


def invoked(sandbox: Addresses) -> Any:
    """What the one function answers."""
    functions = client(sandbox, "lambda")
    (function,) = functions.list_functions()["Functions"]
    answer = functions.invoke(FunctionName=function["FunctionName"], Payload='{"n": 1}')
    return json.loads(answer["Payload"].read())


def up(pulumi: Pulumi) -> None:
    pulumi.run("up", "--yes", "--skip-preview", "--stack", "prod")


@pytest.fixture
def every(project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses) -> Pulumi:
    folder = project(PROGRAM)
    turn(folder)
    made: Pulumi = pulumi(folder, own_sandbox)
    made.run("stack", "init", "prod")
    return made


@pytest.mark.slow
def test_one_of_every_type_lives_its_life(every: Pulumi, own_sandbox: Addresses) -> None:
    url = own_sandbox.aws_endpoint_url
    every.run("up", "--yes", "--stack", "prod")  # with its preview: outputs not known yet

    resources = declared(every)
    assert {resource.type for resource in resources} == RESOURCES.keys()
    report = read_back(resources, url)
    assert report.mismatches == []
    assert report.read == len(resources) - len(report.checked)
    assert {resource.type for resource in report.checked} == checked_only.keys()
    for resource in resources:
        if resource.type not in checked_only:
            region = resource.region or "us-east-1"
            assert find(resource.type, resource.inputs, region, url) == resource.id

    assert changes(every) == {}
    assert changes(every, "--refresh") == {}

    turn(every.project, threshold=90, instance_type="t3.large")
    assert changes(every) == {
        "update": {"MetricAlarm cpu", "LaunchTemplate web", "Group web"},
    }
    assert invoked(own_sandbox) == {"was": {"n": 1}}
    turn(every.project, threshold=90, source=NEWER)
    assert "Function worker" in changes(every)["update"]
    turn(every.project, threshold=90, topic_name="another", source=NEWER)
    before = Counter(resource.type for resource in resources)
    up(every)
    replaced = declared(every)
    assert Counter(resource.type for resource in replaced) == before
    assert read_back(replaced, url).mismatches == []
    assert changes(every) == {}
    assert invoked(own_sandbox) == "newer"

    every.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    for resource in replaced:
        if resource.type not in checked_only:
            region = resource.region or "us-east-1"
            assert find(resource.type, resource.inputs, region, url) is None


BROKEN = """
    import pulumi
    import pulumi_aws as aws

    east = aws.Provider("east", region="us-east-1")
    opts = pulumi.ResourceOptions(provider=east)


    class Thing(pulumi.CustomResource):
        pass


    aws.sns.Topic("alerts", name="alerts", opts=opts)
    faulty = {"evaluationPeriods": "3", "treshold": 80}
    Thing("aws:cloudwatch/metricAlarm:MetricAlarm", "cpu", faulty, opts)
"""


def test_all_faults_of_a_resource_are_told_and_nothing_is_made(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    broken: Pulumi = pulumi(project(BROKEN), own_sandbox)
    broken.run("stack", "init", "prod")
    result = broken.run("preview", "--stack", "prod", check=False)
    assert result.code != 0
    said = result.stdout + result.stderr
    assert "expected a whole number, got '3'" in said
    assert "unknown property 'treshold'; did you mean 'threshold'?" in said
    assert creates(own_sandbox) == []


MISSING = """
    import pulumi
    import pulumi_aws as aws

    east = pulumi.InvokeOptions(provider=aws.Provider("east", region="us-east-1"))
    try:
        aws.rds.get_instance(db_instance_identifier="orders-use1-9", opts=east)
    except Exception as fault:
        print(f"said: {fault}")
"""


def test_a_look_up_of_what_is_not_there_raises(
    project: MakeProject, pulumi: MakePulumi, sandbox: Addresses
) -> None:
    missing: Pulumi = pulumi(project(MISSING), sandbox)
    missing.run("stack", "init", "prod")
    said = missing.run("preview", "--stack", "prod").stdout
    assert "no matching RDS DB Instance found for orders-use1-9" in said


HALF = """
    import pulumi
    import pulumi_aws as aws

    opts = pulumi.ResourceOptions(provider=aws.Provider("east", region="us-east-1"))
    log = aws.rds.ParameterGroupParameterArgs(name="log_connections", value="1")
    aws.rds.ParameterGroup("half", name="half", family="postgres16", parameters=[log], opts=opts)
    arn = "arn:aws:sns:us-east-1:123456789012:found"
    found = pulumi.ResourceOptions(provider=opts.provider, import_=arn)
    aws.sns.Topic("found", name="found", tags={"Owner": "ops"}, opts=found)
"""


def test_what_was_half_made_is_finished_and_what_was_found_is_taken_over(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    tags = [{"Key": "Owner", "Value": "ops"}]
    client(own_sandbox, "sns").create_topic(Name="found", Tags=tags)
    half: Pulumi = pulumi(project(HALF), own_sandbox)
    half.run("stack", "init", "prod")
    with failing(own_sandbox, "ModifyDBParameterGroup", status=400):
        result = half.run("up", "--yes", "--skip-preview", "--stack", "prod", check=False)
    assert result.code != 0
    assert "creating rds.ParameterGroup (half): ModifyDBParameterGroup: " in result.stdout

    assert changes(half) == {"update": {"ParameterGroup half"}}
    up(half)
    made = Counter(call["operation"] for call in creates(own_sandbox))
    assert (made["CreateDBParameterGroup"], made["CreateTopic"]) == (1, 1)
    assert read_back(declared(half), own_sandbox.aws_endpoint_url).mismatches == []
    assert changes(half, "--refresh") == {}
