"""RegionSwitch: a person approves, the runbook starts once, and the way back changes nothing."""

import json
from types import ModuleType
from typing import Any

import boto3
import pytest
from pulumi_upkeep import RegionSwitch
from pulumi_upkeep.functions.start_outage_runbook import main

from tests.components.recovery import RUNBOOKS, declared, refusal, topics
from tests.components.support import ACCOUNT, Recording

REGION, PRIMARY = "us-west-2", "us-east-1"
APPROVER = f"arn:aws:iam::{ACCOUNT}:role/incident-response"
DOCUMENT = "bynomi-prod-complete-outage"
DOCUMENT_ROLE = f"arn:aws:iam::{ACCOUNT}:role/bynomi-prod-runbooks-complete-outage"
ARGS: dict[str, Any] = {
    "primary_region": PRIMARY,
    "recovery_region": REGION,
    "document": DOCUMENT,
    "document_role": DOCUMENT_ROLE,
    "approver": APPROVER,
    "decide_within": "10 minutes",
    "topics": topics(REGION),
    "runbooks": RUNBOOKS,
}
POLICY = "aws:iam/rolePolicy:RolePolicy"


def declare(preview: bool = False) -> Recording:
    given: Any = ARGS
    return declared(
        lambda opts: RegionSwitch("region-switch", given, opts), preview=preview, region=REGION
    )


def statements(recording: Recording, name: str) -> list[Any]:
    found = json.loads(recording.one(POLICY, name).props["policy"])["Statement"]
    return [each for each in found if each["Sid"] != "WriteLog"]


def test_the_plan_exactly() -> None:
    recording = declare()
    plan = recording.one("aws:arcregionswitch/plan:Plan")
    function = recording.one("aws:lambda/function:Function")
    (lambdas,) = plan.props["workflows"][0]["steps"][1]["customActionLambdaConfigs"]
    (started,) = lambdas["lambdas"]
    assert started["arn"].endswith(function.name)
    assert plan.provider == function.provider == f"aws-{REGION}"
    role = recording.one("aws:iam/role:Role", "region-switch")
    assert plan.props["executionRole"].endswith(role.name)
    assert {key: value for key, value in plan.props.items() if key != "executionRole"} == {
        "name": "bynomi-prod-region-switch",
        "description": "us-west-2 takes over from us-east-1",
        "recoveryApproach": "activePassive",
        "regions": [PRIMARY, REGION],
        "primaryRegion": PRIMARY,
        "workflows": [
            {
                "workflowTargetAction": "activate",
                "workflowTargetRegion": REGION,
                "workflowDescription": "Starts the runbook of a complete outage in us-west-2",
                "steps": [
                    {
                        "name": "decide",
                        "description": "Bring everything up in us-west-2? The old primaries are "
                        "fenced by the runbook.",
                        "executionBlockType": "ManualApproval",
                        "executionApprovalConfigs": [
                            {"approvalRole": APPROVER, "timeoutMinutes": 10}
                        ],
                    },
                    {
                        "name": "start-runbook",
                        "description": "Starts the runbook, whose run in Systems Manager shows "
                        "the rest.",
                        "executionBlockType": "CustomActionLambda",
                        "customActionLambdaConfigs": [
                            {
                                "regionToRun": "activatingRegion",
                                "retryIntervalMinutes": 1,
                                "timeoutMinutes": 10,
                                "lambdas": [{"arn": started["arn"]}],
                            }
                        ],
                    },
                ],
            },
            {
                "workflowTargetAction": "activate",
                "workflowTargetRegion": PRIMARY,
                "workflowDescription": "Changes nothing: the way back is a new generation",
                "steps": [
                    {
                        "name": "way-back-is-a-new-generation",
                        "description": "Approving changes nothing. The way back to us-east-1 is a "
                        "new generation of every database: a replica there, deployed by an edit "
                        "of the plan, and then its runbook.",
                        "executionBlockType": "ManualApproval",
                        "executionApprovalConfigs": [
                            {"approvalRole": APPROVER, "timeoutMinutes": 10}
                        ],
                    }
                ],
            },
        ],
    }


def test_nothing_but_the_plan_its_role_and_the_function(preview: bool) -> None:
    kinds = sorted((each.type, each.name) for each in declare(preview).children())
    assert kinds == [
        ("aws:arcregionswitch/plan:Plan", "region-switch"),
        ("aws:cloudwatch/logGroup:LogGroup", "region-switch-start"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "region-switch-start-errors"),
        ("aws:iam/role:Role", "region-switch"),
        ("aws:iam/role:Role", "region-switch-start"),
        (POLICY, "region-switch"),
        (POLICY, "region-switch-start"),
        ("aws:lambda/function:Function", "region-switch-start"),
        (
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            "region-switch-start",
        ),
    ]


def test_each_role_may_do_its_one_thing() -> None:
    recording = declare()
    assert statements(recording, "region-switch-start") == [
        {
            "Sid": "StartRunbook",
            "Effect": "Allow",
            "Action": "ssm:StartAutomationExecution",
            "Resource": f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/{DOCUMENT}:$DEFAULT",
        },
        {
            "Sid": "PassItsRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": DOCUMENT_ROLE,
            "Condition": {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
        },
    ]
    read, evaluate, start = statements(recording, "region-switch")
    assert read["Resource"] == (
        f"arn:aws:arc-region-switch::{ACCOUNT}:plan/bynomi-prod-region-switch:*"
    )
    assert evaluate["Action"] == "iam:SimulatePrincipalPolicy"
    assert evaluate["Resource"].endswith("/region-switch")
    assert start["Action"] == ["lambda:GetFunction", "lambda:InvokeFunction"]
    assert start["Resource"].endswith("/region-switch-start")
    role = recording.one("aws:iam/role:Role", "region-switch")
    (trust,) = json.loads(role.props["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "arc-region-switch.amazonaws.com"}


def test_the_function_knows_its_document_and_a_failure_is_a_p0() -> None:
    recording = declare()
    function = recording.one("aws:lambda/function:Function")
    assert function.props["environment"] == {"variables": {"DOCUMENT": DOCUMENT}}
    alarm = recording.one("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert alarm.props["alarmActions"] == [topics(REGION)["p0"]]


def test_a_plan_is_between_two_regions() -> None:
    given: Any = {**ARGS, "recovery_region": PRIMARY}
    said = refusal(lambda opts: RegionSwitch("region-switch", given, opts))
    assert "recovery_region = us-east-1: a Region switch plan is between two regions" in said


# ---- the function --------------------------------------------------------------------------------

EVENT = {
    "InvokedBy": "ARCRegionSwitch",
    "PlanArn": f"arn:aws:arc-region-switch::{ACCOUNT}:plan/bynomi-prod-region-switch:a1b2c3",
    "ExecutionId": "us-west-2/4711",
    "StepName": "start-runbook",
}


class _Automation(ModuleType):
    """boto3 as the function uses it: a request that has been made is not made again."""

    def __init__(self) -> None:
        super().__init__("boto3")
        self.runs: dict[str, str] = {}

    def client(self, service: str) -> "_Automation":
        assert service == "ssm"
        return self

    def start_automation_execution(self, **request: Any) -> dict[str, str]:
        model = boto3.session.Session()._session.get_service_model("ssm")
        wanted = model.operation_model("StartAutomationExecution").input_shape.members
        assert set(request) == {"DocumentName", "ClientToken"} <= set(wanted)
        assert request["DocumentName"] == DOCUMENT
        run = self.runs.setdefault(request["ClientToken"], f"run-{len(self.runs) + 1}")
        return {"AutomationExecutionId": run}


@pytest.fixture
def automation(monkeypatch: pytest.MonkeyPatch) -> _Automation:
    found = _Automation()
    monkeypatch.setattr(main, "boto3", found)
    monkeypatch.setenv("DOCUMENT", DOCUMENT)
    return found


@pytest.mark.slow
def test_a_step_that_is_tried_again_starts_nothing_twice(automation: _Automation) -> None:
    assert main.handler(EVENT, None) == main.handler({**EVENT}, None) == {"execution": "run-1"}
    assert main.handler({**EVENT, "ExecutionId": "us-west-2/4712"}, None) == {"execution": "run-2"}
    (first, second) = automation.runs
    assert len(first) == 36
    assert first != second


def test_what_is_not_region_switchs_starts_nothing(automation: _Automation) -> None:
    with pytest.raises(KeyError):
        main.handler({}, None)
    assert automation.runs == {}
