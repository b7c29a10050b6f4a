"""Documents carried out in the sandbox: order, failures, time limits, people, rights, the end."""

import json
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow

ACCOUNT = "123456789012"
REGION = "us-west-2"
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "ssm.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
numbers = count(1)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        found = Cloud(sandbox.addresses.aws_endpoint_url, region=REGION)
        found("iam").create_role(RoleName="team", AssumeRolePolicyDocument="{}")
        yield found


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(cloud: Cloud, *statements: Any, trust: Any = TRUST) -> str:
    """A role with some statements; its ARN."""
    name = f"role-{next(numbers)}"
    made = cloud("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    if statements:
        cloud("iam").put_role_policy(
            RoleName=name, PolicyName="may", PolicyDocument=policy(*statements)
        )
    return str(made["Role"]["Arn"])


def make(cloud: Cloud, *steps: Any, **more: Any) -> str:
    """A document; its name."""
    name = f"document-{next(numbers)}"
    content = {"schemaVersion": "0.3", "mainSteps": list(steps), **more}
    cloud("ssm").create_document(Name=name, DocumentType="Automation", Content=json.dumps(content))
    return name


def start(cloud: Cloud, document: str, **parameters: list[str]) -> str:
    started = cloud("ssm").start_automation_execution(DocumentName=document, Parameters=parameters)
    return str(started["AutomationExecutionId"])


def look(cloud: Cloud, id_: str) -> Any:
    return cloud("ssm").get_automation_execution(AutomationExecutionId=id_)["AutomationExecution"]


def until(cloud: Cloud, id_: str, *statuses: str) -> Any:
    deadline = time.monotonic() + 30
    while (found := look(cloud, id_))["AutomationExecutionStatus"] not in statuses:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def ended(cloud: Cloud, document: str, **parameters: list[str]) -> Any:
    id_ = start(cloud, document, **parameters)
    return until(cloud, id_, "Success", "Failed", "TimedOut", "Cancelled")


def outcome(execution: Any) -> dict[str, str]:
    """Every step that was come to, and how it ended."""
    return {
        step["StepName"]: step["StepStatus"]
        for step in execution["StepExecutions"]
        if step["StepStatus"] != "Pending"
    }


def script(name: str, text: str, **more: Any) -> dict[str, Any]:
    payload = more.pop("payload", {})
    return {
        "name": name,
        "action": "aws:executeScript",
        "inputs": {
            "Runtime": "python3.11",
            "Handler": "handler",
            "Script": text,
            "InputPayload": payload,
        },
        **more,
    }


def sleep(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "action": "aws:sleep", "inputs": {"Duration": "PT0S"}, **more}


BROKEN = "def handler(events, context):\n    raise ValueError('no luck')\n"
FAILS = {
    "action": "aws:executeAwsApi",
    "inputs": {"Service": "rds", "Api": "RebootDBInstance", "DBInstanceIdentifier": "nobody"},
}


class TestOrder:
    def test_steps_one_after_the_other_and_values_between_them(self, cloud: Cloud) -> None:
        text = "def handler(events, context):\n    return {'doubled': events['number'] * 2}\n"
        one = script(
            "one",
            text,
            payload={"number": 21},
            outputs=[{"Name": "Doubled", "Selector": "$.Payload.doubled", "Type": "Integer"}],
        )
        two = script(
            "two",
            "def handler(events, context):\n    return events\n",
            payload={"got": "{{ one.Doubled }}", "said": "{{ Who }} got {{ one.Doubled }}"},
            outputs=[{"Name": "Said", "Selector": "$.Payload.said", "Type": "String"}],
        )
        document = make(
            cloud,
            one,
            two,
            parameters={"Who": {"type": "String", "default": "anna"}},
            outputs=["two.Said"],
        )
        execution = ended(cloud, document, Who=["bert"])
        assert execution["AutomationExecutionStatus"] == "Success"
        assert execution["Outputs"] == {"two.Said": ["bert got 42"]}
        assert execution["StepExecutions"][1]["Inputs"]["InputPayload"] == (
            '{"got": 42, "said": "bert got 42"}'
        )
        times = [step["ExecutionStartTime"] for step in execution["StepExecutions"]]
        assert times == sorted(times)

    def test_its_id_says_that_it_is_simulated(self, cloud: Cloud) -> None:
        assert start(cloud, make(cloud, sleep("one"))).startswith("5a4db0c5-")

    def test_branches_next_steps_and_ends(self, cloud: Cloud) -> None:
        document = make(
            cloud,
            {
                "name": "which",
                "action": "aws:branch",
                "inputs": {
                    "Choices": [
                        {"NextStep": "three", "Variable": "{{ Way }}", "StringEquals": "third"},
                        {
                            "NextStep": "two",
                            "Not": {"Variable": "{{ Way }}", "StartsWith": "th"},
                        },
                    ],
                    "Default": "four",
                },
            },
            sleep("one"),
            sleep("two", nextStep="four"),
            sleep("three", isEnd=True),
            sleep("four"),
            parameters={"Way": {"type": "String"}},
        )
        ways = {
            way: [name for name in outcome(ended(cloud, document, Way=[way])) if name != "which"]
            for way in ("third", "second", "thousandth")
        }
        assert ways == {"third": ["three"], "second": ["two", "four"], "thousandth": ["four"]}

    def test_what_it_is_started_with(self, cloud: Cloud) -> None:
        document = make(
            cloud,
            sleep("one"),
            parameters={"Way": {"type": "String", "allowedValues": ["a", "b"]}},
        )
        for given in ({}, {"Other": ["a"]}, {"Way": ["c"]}):
            with pytest.raises(ClientError) as refused:
                start(cloud, document, **given)
            assert refused.value.response["Error"]["Code"] == (
                "InvalidAutomationExecutionParametersException"
            )
        with pytest.raises(ClientError) as refused:
            start(cloud, "no-such-document")
        assert "AutomationDefinitionNotFound" in refused.value.response["Error"]["Code"]


class TestFailure:
    def test_a_step_that_fails_ends_the_run(self, cloud: Cloud) -> None:
        execution = ended(cloud, make(cloud, script("one", BROKEN), sleep("two")))
        assert execution["AutomationExecutionStatus"] == "Failed"
        assert execution["FailureMessage"] == "Step one failed: ValueError: no luck"
        assert outcome(execution) == {"one": "Failed"}

    @pytest.mark.parametrize(
        ("how", "ran", "status"),
        [
            ({"onFailure": "Continue"}, ["one", "two", "three"], "Success"),
            ({"onFailure": "Continue", "isCritical": True}, ["one", "two", "three"], "Failed"),
            ({"onFailure": "step:three", "isCritical": False}, ["one", "three"], "Success"),
            ({"onFailure": "step:three"}, ["one", "three"], "Failed"),
            ({"onFailure": "Continue", "isEnd": True}, ["one"], "Success"),
        ],
    )
    def test_or_leads_on(self, cloud: Cloud, how: Any, ran: list[str], status: str) -> None:
        document = make(cloud, {"name": "one", **FAILS, **how}, sleep("two"), sleep("three"))
        execution = ended(cloud, document)
        assert list(outcome(execution)) == ran
        assert execution["AutomationExecutionStatus"] == status

    def test_it_is_tried_again_as_often_as_it_says(self, cloud: Cloud, tmp_path: Any) -> None:
        marks = tmp_path / "marks"
        text = (
            "def handler(events, context):\n"
            "    with open(events['file'], 'a') as file:\n        file.write('x')\n"
            "    tried = len(open(events['file']).read())\n"
            "    if tried < 3:\n        raise ValueError('not yet')\n"
            "    return {'tried': tried}\n"
        )
        step = script("one", text, payload={"file": str(marks)})
        assert ended(cloud, make(cloud, {**step, "maxAttempts": 2}))[
            "AutomationExecutionStatus"
        ] == ("Failed")
        marks.unlink()
        assert ended(cloud, make(cloud, {**step, "maxAttempts": 3}))[
            "AutomationExecutionStatus"
        ] == ("Success")

    def test_a_script_that_takes_too_long(self, cloud: Cloud) -> None:
        text = "def handler(events, context):\n    while True:\n        pass\n"
        execution = ended(cloud, make(cloud, script("one", text, timeoutSeconds=1)))
        assert execution["AutomationExecutionStatus"] == "TimedOut"
        assert execution["StepExecutions"][0]["FailureMessage"].startswith("the script ran for")

    def test_an_output_that_is_not_there_or_of_another_type(self, cloud: Cloud) -> None:
        text = "def handler(events, context):\n    return {'n': '1'}\n"
        for selector, why in (("$.Payload.x", "finds nothing"), ("$.Payload.n", "not a Integer")):
            output = {"Name": "N", "Selector": selector, "Type": "Integer"}
            execution = ended(cloud, make(cloud, script("one", text, outputs=[output])))
            assert why in execution["FailureMessage"]

    def test_an_api_that_throttles_is_asked_again(self, cloud: Cloud) -> None:
        endpoint = cloud("ssm").meta.endpoint_url
        order = json.dumps({"operation": "ListTopics", "times": 2, "status": 503}).encode()
        urllib.request.urlopen(
            urllib.request.Request(
                f"{endpoint}/_upkeep/fail", order, {"content-type": "application/json"}
            )
        ).close()
        call = {"name": "one", "action": "aws:executeAwsApi"}
        inputs = {"Service": "sns", "Api": "ListTopics"}
        assert ended(cloud, make(cloud, {**call, "inputs": inputs}))[
            "AutomationExecutionStatus"
        ] == ("Success")


class TestWaiting:
    def test_for_a_property_until_it_is_so(self, cloud: Cloud) -> None:
        step = {
            "name": "one",
            "action": "aws:waitForAwsResourceProperty",
            "timeoutSeconds": 60,
            "inputs": {
                "Service": "ssm",
                "Api": "GetParameter",
                "Name": "/state",
                "PropertySelector": "$.Parameter.Value",
                "DesiredValues": ["ready"],
            },
        }
        parameter = {"Name": "/state", "Type": "String", "Overwrite": True}
        cloud("ssm").put_parameter(**parameter, Value="waiting")
        id_ = start(cloud, make(cloud, step))
        time.sleep(0.3)
        assert look(cloud, id_)["AutomationExecutionStatus"] == "InProgress"
        cloud("ssm").put_parameter(**parameter, Value="ready")
        until(cloud, id_, "Success")
        cloud("ssm").put_parameter(**parameter, Value="waiting")
        late = ended(cloud, make(cloud, {**step, "timeoutSeconds": 10}))
        assert late["AutomationExecutionStatus"] == "TimedOut"
        asserted = {**step, "action": "aws:assertAwsResourceProperty"}
        assert ended(cloud, make(cloud, asserted))["AutomationExecutionStatus"] == "Failed"

    def test_sleep_is_shortened_in_steps_and_scripts(self, cloud: Cloud) -> None:
        text = "import time\ndef handler(events, context):\n    time.sleep(10)\n    return {}\n"
        began = time.monotonic()
        document = make(
            cloud,
            {"name": "one", "action": "aws:sleep", "inputs": {"Duration": "PT10S"}},
            script("two", text),
        )
        assert ended(cloud, document)["AutomationExecutionStatus"] == "Success"
        assert 0.6 < time.monotonic() - began < 10

    def test_it_can_be_stopped_in_the_middle(self, cloud: Cloud) -> None:
        id_ = start(
            cloud, make(cloud, {**sleep("one"), "inputs": {"Duration": "PT10H"}}, sleep("two"))
        )
        cloud("ssm").stop_automation_execution(AutomationExecutionId=id_)
        assert outcome(until(cloud, id_, "Cancelled")) == {"one": "Cancelled"}

    def test_a_pause_until_somebody_resumes(self, cloud: Cloud) -> None:
        id_ = start(cloud, make(cloud, {"name": "one", "action": "aws:pause", "inputs": {}}))
        until(cloud, id_, "Waiting")
        cloud("ssm").send_automation_signal(AutomationExecutionId=id_, SignalType="Resume")
        until(cloud, id_, "Success")


class TestApproval:
    TEAM = f"arn:aws:iam::{ACCOUNT}:role/team"

    def ask(self, cloud: Cloud, **more: Any) -> str:
        step = {"name": "ask", "action": "aws:approve", "inputs": {"Approvers": [self.TEAM]}}
        return start(cloud, make(cloud, {**step, **more}, sleep("after")))

    def answer(self, cloud: Cloud, id_: str, answer: str) -> None:
        cloud.assuming(self.TEAM)("ssm").send_automation_signal(
            AutomationExecutionId=id_, SignalType=answer, Payload={"Comment": ["seen"]}
        )

    def test_an_approver_lets_it_go_on(self, cloud: Cloud) -> None:
        id_ = self.ask(cloud)
        assert until(cloud, id_, "Waiting")["CurrentStepName"] == "ask"
        self.answer(cloud, id_, "Approve")
        execution = until(cloud, id_, "Success")
        assert execution["StepExecutions"][0]["Outputs"]["ApprovalStatus"] == ["Approved"]

    def test_nobody_else_does(self, cloud: Cloud) -> None:
        id_ = self.ask(cloud)
        until(cloud, id_, "Waiting")
        with pytest.raises(ClientError) as refused:
            cloud("ssm").send_automation_signal(AutomationExecutionId=id_, SignalType="Approve")
        assert "is not an approver" in str(refused.value)
        assert look(cloud, id_)["AutomationExecutionStatus"] == "Waiting"
        self.answer(cloud, id_, "Approve")
        until(cloud, id_, "Success")

    def test_a_no_ends_it(self, cloud: Cloud) -> None:
        id_ = self.ask(cloud)
        until(cloud, id_, "Waiting")
        self.answer(cloud, id_, "Reject")
        execution = until(cloud, id_, "Failed")
        assert "rejected by" in execution["FailureMessage"]
        assert outcome(execution) == {"ask": "Failed"}

    def test_no_answer_in_time_ends_it(self, cloud: Cloud) -> None:
        execution = until(cloud, self.ask(cloud, timeoutSeconds=3), "TimedOut")
        assert "nobody decided in time" in execution["FailureMessage"]

    def test_an_answer_that_nobody_waits_for(self, cloud: Cloud) -> None:
        id_ = start(cloud, make(cloud, sleep("one")))
        until(cloud, id_, "Success")
        with pytest.raises(ClientError, match="does not wait for Approve"):
            self.answer(cloud, id_, "Approve")


class TestRights:
    READ = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:mine"

    def describe(self, name: str) -> dict[str, Any]:
        """By a call and by a script, which is another process."""
        text = (
            "import boto3\ndef handler(events, context):\n"
            f"    rds = boto3.client('rds', region_name='{REGION}')\n"
            "    rds.describe_db_instances(DBInstanceIdentifier=events['id'])\n    return {}\n"
        )
        return script("one", text, payload={"id": name})

    def why(self, cloud: Cloud, name: str, arn: str) -> str:
        execution = ended(cloud, make(cloud, self.describe(name), assumeRole=arn))
        return str(execution.get("FailureMessage", ""))

    def test_a_role_may_what_its_policy_says_and_nothing_else(self, cloud: Cloud) -> None:
        allowed = {"Effect": "Allow", "Action": "rds:DescribeDBInstances", "Resource": self.READ}
        arn = role(cloud, allowed)
        # Allowed, and then there is no such instance.
        assert "DBInstanceNotFound" in self.why(cloud, "mine", arn)
        assert "is not authorized to perform: rds:DescribeDBInstances" in self.why(
            cloud, "yours", arn
        )
        assert "is not authorized" in self.why(cloud, "mine", role(cloud))

    def test_an_explicit_deny_wins(self, cloud: Cloud) -> None:
        both = [
            {"Effect": effect, "Action": "rds:*", "Resource": "*"} for effect in ("Allow", "Deny")
        ]
        assert "explicit deny" in self.why(cloud, "mine", role(cloud, *both))

    def test_a_condition_binds_what_has_no_resource(self, cloud: Cloud) -> None:
        arn = role(
            cloud,
            {
                "Effect": "Allow",
                "Action": "cloudwatch:PutMetricData",
                "Resource": "*",
                "Condition": {"StringEquals": {"cloudwatch:namespace": "Ours"}},
            },
        )
        for namespace, status in (("Ours", "Success"), ("Theirs", "Failed")):
            step = {
                "name": "one",
                "action": "aws:executeAwsApi",
                "inputs": {
                    "Service": "cloudwatch",
                    "Api": "PutMetricData",
                    "Namespace": namespace,
                    "MetricData": [{"MetricName": "M", "Value": 1.0}],
                },
            }
            found = ended(cloud, make(cloud, step, assumeRole=arn))
            assert found["AutomationExecutionStatus"] == status, namespace

    def test_a_role_that_automation_may_not_take(self, cloud: Cloud) -> None:
        other = {**TRUST, "Principal": {"Service": "lambda.amazonaws.com"}}
        elsewhere = {
            **TRUST,
            "Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}},
        }
        for trust in (other, elsewhere):
            document = make(cloud, sleep("one"), assumeRole=role(cloud, trust=trust))
            assert "is not authorized to assume" in ended(cloud, document)["FailureMessage"]

    def test_a_call_whose_resource_nobody_knows_is_refused(self, cloud: Cloud) -> None:
        step = {
            "name": "one",
            "action": "aws:executeAwsApi",
            "inputs": {"Service": "sqs", "Api": "ListQueues"},
        }
        arn = role(cloud, {"Effect": "Allow", "Action": "*", "Resource": "*"})
        assert (
            "does not know which resource"
            in ended(cloud, make(cloud, step, assumeRole=arn))["FailureMessage"]
        )


class TestNested:
    def parts(self, cloud: Cloud, child: str, child_role: str) -> list[Any]:
        definition = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/{child}:$DEFAULT"
        executions = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-execution/*"
        return [
            {"Effect": "Allow", "Action": "ssm:StartAutomationExecution", "Resource": definition},
            {"Effect": "Allow", "Action": "ssm:GetAutomationExecution", "Resource": executions},
            {
                "Effect": "Allow",
                "Action": "iam:PassRole",
                "Resource": child_role,
                "Condition": {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            },
        ]

    def test_another_document_to_its_end(self, cloud: Cloud) -> None:
        child_role = role(cloud)
        child = make(cloud, sleep("inner"), assumeRole=child_role)
        step = {
            "name": "outer",
            "action": "aws:executeAutomation",
            "inputs": {"DocumentName": child},
        }
        rights = self.parts(cloud, child, child_role)
        execution = ended(cloud, make(cloud, step, assumeRole=role(cloud, *rights)))
        assert execution["AutomationExecutionStatus"] == "Success"
        (inner,) = cloud("ssm").describe_automation_executions(
            Filters=[{"Key": "ParentExecutionId", "Values": [execution["AutomationExecutionId"]]}]
        )["AutomationExecutionMetadataList"]
        assert (inner["DocumentName"], inner["AutomationExecutionStatus"]) == (child, "Success")
        # Without any one of its rights it does not get so far.
        for missing in range(3):
            fewer = [one for number, one in enumerate(rights) if number != missing]
            document = make(cloud, step, assumeRole=role(cloud, *fewer))
            assert "is not authorized" in ended(cloud, document)["FailureMessage"]

    def test_a_part_that_fails_fails_its_step(self, cloud: Cloud) -> None:
        child = make(cloud, {"name": "inner", **FAILS})
        step = {
            "name": "outer",
            "action": "aws:executeAutomation",
            "inputs": {"DocumentName": child},
        }
        execution = ended(cloud, make(cloud, step))
        assert execution["AutomationExecutionStatus"] == "Failed"
        assert f"of {child} ended Failed" in execution["FailureMessage"]


class TestVersions:
    def test_a_new_version_runs_once_it_is_the_default(self, cloud: Cloud) -> None:
        ssm = cloud("ssm")
        name = make(cloud, sleep("one"))
        content = json.dumps({"schemaVersion": "0.3", "mainSteps": [sleep("two")]})
        ssm.update_document(Name=name, Content=content, DocumentVersion="$LATEST")
        assert list(outcome(ended(cloud, name))) == ["one"]
        ssm.update_document_default_version(Name=name, DocumentVersion="2")
        assert list(outcome(ended(cloud, name))) == ["two"]

    def test_a_version_that_could_not_run_is_refused(self, cloud: Cloud) -> None:
        name = make(cloud, sleep("one"))
        content = json.dumps({"schemaVersion": "0.3", "mainSteps": [sleep("a b")]})
        with pytest.raises(ClientError) as refused:
            cloud("ssm").update_document(Name=name, Content=content, DocumentVersion="$LATEST")
        assert refused.value.response["Error"]["Code"] == "InvalidDocumentContent"
