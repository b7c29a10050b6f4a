"""The runbooks: documents, roles and pages from what is declared, and nothing they do not need."""

import ast
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from pulumi_upkeep import Runbooks
from pulumi_upkeep.recover.runbook import scripts
from pulumi_upkeep.recover.runbook.steps import Runbook, Step, branch, check, script_text

from tests.components.recovery import RUNBOOKS, declared, refusal, topics
from tests.components.support import ACCOUNT, UNKNOWN, Recording

REGION = "us-west-2"
APPROVER = f"arn:aws:iam::{ACCOUNT}:role/incident-response"
TOPIC = topics(REGION)["p0"]
RULE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/web/1/2/3"
# As the tests' cloud makes it up.
RESTORES = f"arn:aws:iam:us-east-1:{ACCOUNT}:Role/runbooks-restores-orders"
EXECUTIONS = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-execution/*"

CHECKS = {
    "credentials": "shop-database",
    "subnets": ["subnet-1", "subnet-2"],
    "security_groups": ["sg-servers"],
    "data": [{"rows": {"orders": 10}}],
}
ARGS: dict[str, Any] = {
    "region": REGION,
    "approvers": [APPROVER],
    "application": "https://www.example.com/health",
    "databases": {
        "orders": {
            "primary": {"id": "orders-use1-1", "region": "us-east-1", "name": "orders-use1-1"},
            "successor": {"id": "shop-orders-usw2-1", "region": REGION, "name": "orders-usw2-1"},
            "fence": "sg-fence",
            "writer_name": "orders.internal.example.com",
            "checks": CHECKS,
            "restore": {
                "of": "orders-use1-1",
                "vaults": ["database-copies"],
                "instance_class": "db.r6g.large",
                "subnet_group": "shop",
                "security_groups": ["sg-database"],
                "next_name": "orders-usw2-2",
            },
        }
    },
    "standbys": {
        "web": {
            "group": "shop-web",
            "target_group": "arn:targets",
            "switch": RULE,
            "servers": 2,
            "at_most": 4,
            "returns_at": ["10 %", "50 %", "100 %"],
            "address": "standby.elb.example.com",
            "serves": "www.example.com",
            "health_path": "/health",
            "databases": ["orders"],
            "checks": CHECKS,
        }
    },
    "complete_outage": {
        "company": "Shop",
        "databases": ["orders"],
        "standbys": ["web"],
        "files": [
            {"of": "images", "bucket": "shop-images", "replica": "shop-images-usw2"},
            {"of": "uploads", "bucket": "shop-uploads", "vaults": ["file-copies"]},
        ],
    },
    "topics": topics(REGION),
    "runbooks": RUNBOOKS,
}
KEYS = ("application-server-failure-web", "complete-outage", "database-failure-orders")


def runbooks(preview: bool = False, **changed: Any) -> Recording:
    args = {key: value for key, value in {**ARGS, **changed}.items() if value is not None}
    return declared(lambda opts: Runbooks("runbooks", args, opts), preview=preview, region=REGION)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def all_three() -> Recording:
    return runbooks()


def document(recording: Recording, key: str) -> Any:
    found = recording.one("aws:ssm/document:Document", f"runbooks-{key}")
    return json.loads(found.props["content"])


def steps(recording: Recording, key: str) -> dict[str, Any]:
    return {step["name"]: step for step in document(recording, key)["mainSteps"]}


def statements(recording: Recording, key: str) -> list[Any]:
    found = recording.one("aws:iam/rolePolicy:RolePolicy", f"runbooks-{key}")
    listed: list[Any] = json.loads(found.props["policy"])["Statement"]
    return listed


class TestDocuments:
    @pytest.mark.slow
    def test_one_per_scenario_with_a_role_each(self, all_three: Recording) -> None:
        assert sorted(all_three.of("aws:ssm/document:Document")) == [
            f"runbooks-{key}" for key in KEYS
        ]
        for key in KEYS:
            one = all_three.one("aws:ssm/document:Document", f"runbooks-{key}")
            role = all_three.one("aws:iam/role:Role", f"runbooks-{key}")
            assert one.props["name"] == f"bynomi-prod-{key}"
            assert one.props["documentType"] == "Automation"
            assert one.protect
            assert one.provider == f"aws-{REGION}"
            assert role.props["name"] == f"bynomi-prod-runbooks-{key}"
            assert document(all_three, key)["assumeRole"].endswith(f":Role/runbooks-{key}")

    def test_only_automation_of_this_account_and_region_takes_the_roles(
        self, all_three: Recording
    ) -> None:
        for key in KEYS:
            role = all_three.one("aws:iam/role:Role", f"runbooks-{key}")
            (trust,) = json.loads(role.props["assumeRolePolicy"])["Statement"]
            assert trust["Principal"] == {"Service": "ssm.amazonaws.com"}
            assert trust["Condition"] == {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": EXECUTIONS},
            }

    @pytest.mark.slow
    def test_a_preview_shows_documents_before_their_values_are_known(self) -> None:
        found = runbooks(preview=True).one(
            "aws:ssm/document:Document", "runbooks-database-failure-orders"
        )
        assert found.props["content"] == UNKNOWN

    @pytest.mark.slow
    def test_the_same_plan_gives_the_same_bytes(self, all_three: Recording) -> None:
        again = runbooks()
        for key in KEYS:
            name = f"runbooks-{key}"
            assert (
                again.one("aws:ssm/document:Document", name).props["content"]
                == all_three.one("aws:ssm/document:Document", name).props["content"]
            )


class TestDatabaseFailure:
    KEY = "database-failure-orders"

    def test_the_steps_in_order(self, all_three: Recording) -> None:
        assert list(steps(all_three, self.KEY)) == [
            "assess",
            "who_decides",
            "is_asked",
            "tell",
            "decide",
            "fence_primary",
            "is_fenced",
            "say_unreachable",
            "is_promoted",
            "promote",
            "wait_writable",
            "stands_alone",
            "not_promoted",
            "keep_backups",
            "verify_data",
            "move_name",
            "verify_name",
            "fence_again",
            "rebuild_indexes",
            "is_part",
            "verify_application",
            "say_done",
            "say_not_fenced",
            "ask_unfenced",
            "say_not_whole",
            "ask_restore",
            "restore",
            "wait_restored",
            "verify_restored",
            "say_restored",
            "say_not_restored",
        ]

    def test_every_way_to_the_promotion_leads_by_the_fence(self, all_three: Recording) -> None:
        """Walked backwards, without the fence nothing that is started reaches the promotion."""
        found = list(steps(all_three, self.KEY).values())
        assert reachable(found, "assess", without="fence_primary").isdisjoint(
            {"promote", "wait_writable", "move_name"}
        )
        assert {"promote", "move_name"} <= reachable(found, "assess")

    def test_nothing_is_changed_before_somebody_decided(self, all_three: Recording) -> None:
        found = list(steps(all_three, self.KEY).values())
        # The other way is that the runbook of everything has asked.
        asked = [
            {**step, "inputs": {"Choices": []}} for step in found if step["name"] == "is_asked"
        ]
        ways = [asked[0] if step["name"] == "is_asked" else step for step in found]
        assert reachable(ways, "assess", without="decide").isdisjoint(
            {"fence_primary", "promote", "keep_backups", "move_name"}
        )

    def test_who_decides_and_how_long_they_have(self, all_three: Recording) -> None:
        decide = steps(all_three, self.KEY)["decide"]
        assert decide["action"] == "aws:approve"
        assert decide["inputs"]["Approvers"] == [APPROVER]
        assert (decide["timeoutSeconds"], decide["onFailure"]) == (1800, "Abort")

    def test_nobody_is_asked_where_the_plan_says_so(self) -> None:
        found = steps(runbooks(asks=False, approvers=None, complete_outage=None), self.KEY)
        assert [
            name for name in ("who_decides", "is_asked", "tell", "decide") if name in found
        ] == []
        assert list(found)[:2] == ["assess", "fence_primary"]

    def test_a_fence_that_fails_asks_before_it_goes_on(self, all_three: Recording) -> None:
        found = steps(all_three, self.KEY)
        assert found["fence_primary"]["onFailure"] == "step:say_not_fenced"
        assert found["ask_unfenced"]["action"] == "aws:approve"
        assert found["ask_unfenced"]["nextStep"] == "is_promoted"

    def test_data_that_is_not_whole_leads_to_the_backups(self, all_three: Recording) -> None:
        found = steps(all_three, self.KEY)
        assert found["verify_data"]["onFailure"] == "step:say_not_whole"
        assert found["assess"]["onFailure"] == "step:say_not_whole"
        assert found["restore"]["inputs"]["InputPayload"]["vaults"] == ["database-copies"]

    def test_the_name_moves_by_a_metric_of_the_recovery_region(self, all_three: Recording) -> None:
        assert steps(all_three, self.KEY)["move_name"]["inputs"] == {
            "Service": "cloudwatch",
            "Api": "PutMetricData",
            "Namespace": "Upkeep/Recovery",
            "MetricData": [
                {
                    "MetricName": "TakenOver",
                    "Dimensions": [{"Name": "Member", "Value": "shop-orders-usw2-1"}],
                    "Value": 1.0,
                }
            ],
        }

    def test_what_it_may_do(self, all_three: Recording) -> None:
        primary = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders-use1-1"
        successor = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop-orders-usw2-1"
        found = {one["Action"]: one["Resource"] for one in statements(all_three, self.KEY)}
        assert found == {
            "backup:DescribeRestoreJob": "*",
            "backup:ListRecoveryPointsByBackupVault": (
                f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:database-copies"
            ),
            "backup:ListRestoreJobs": "*",
            "backup:StartRestoreJob": f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:awsbackup:*",
            "cloudwatch:GetMetricStatistics": "*",
            "cloudwatch:PutMetricData": "*",
            "iam:PassRole": RESTORES,
            "kms:Decrypt": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
            "kms:GenerateDataKey": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
            "lambda:InvokeFunction": found["lambda:InvokeFunction"],
            "rds:DescribeDBInstances": [primary, successor],
            "rds:ModifyDBInstance": [primary, successor],
            "rds:PromoteReadReplica": successor,
            "rds:RebootDBInstance": primary,
            "sns:Publish": TOPIC,
            "ssm:GetAutomationExecution": EXECUTIONS,
        }

    def test_what_has_no_resources_is_bound_by_a_condition(self, all_three: Recording) -> None:
        conditions = {
            one["Action"]: one["Condition"]["StringEquals"]
            for one in statements(all_three, self.KEY)
            if "Condition" in one
        }
        topic = {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}
        assert conditions == {
            "cloudwatch:PutMetricData": {"cloudwatch:namespace": "Upkeep/Recovery"},
            "iam:PassRole": {"iam:PassedToService": "backup.amazonaws.com"},
            "kms:Decrypt": topic,
            "kms:GenerateDataKey": topic,
        }

    def test_backup_restores_beside_what_exists_and_nowhere_else(
        self, all_three: Recording
    ) -> None:
        found = all_three.one("aws:iam/rolePolicy:RolePolicy", "runbooks-restores-orders")
        may = {
            one["Sid"]: one["Resource"] for one in json.loads(found.props["policy"])["Statement"]
        }
        rds = f"arn:aws:rds:{REGION}:{ACCOUNT}"
        assert may["RestoreBeside"] == [
            f"{rds}:db:*-restored-*",
            f"{rds}:og:*",
            f"{rds}:pg:*",
            f"{rds}:snapshot:awsbackup:*",
            f"{rds}:subgrp:shop",
        ]

    def test_what_was_restored_comes_into_use_as_the_next_generation(
        self, all_three: Recording
    ) -> None:
        message = steps(all_three, self.KEY)["say_restored"]["inputs"]["Message"]
        assert "upkeep:writers.orders.active: orders-usw2-2" in message
        assert "--new-db-instance-identifier bynomi-prod-orders-usw2-2" in message
        assert "leads orders.internal.example.com to it" in message

    def test_it_looks_at_what_the_restore_tests_look_at(self, all_three: Recording) -> None:
        function = all_three.one("aws:lambda/function:Function", "runbooks-looks-into-orders")
        variables = function.props["environment"]["variables"]
        assert json.loads(variables["CHECKS"]) == [{"rows": {"orders": 10}}]
        assert "DATABASE" not in variables
        # The plan's checks are the code of restore tests, which goes with it.
        assert "restore_checks/databases.py" in str(function.props["code"])

    def test_checks_that_are_too_long_for_a_function(self) -> None:
        databases = deepcopy(ARGS["databases"])
        long = {"expect": {"all": {"query": "select 1 -- " + "x" * 3000, "is": "1"}}}
        databases["orders"]["checks"]["data"] = [long]
        args = {**ARGS, "databases": databases}
        said = refusal(lambda opts: Runbooks("runbooks", args, opts))  # type: ignore[arg-type]
        assert "databases.orders.checks.data = 3,054 characters: they stand in the environ" in said

    def test_without_a_function_a_person_looks(self) -> None:
        databases = deepcopy(ARGS["databases"])
        del databases["orders"]["checks"]
        found = steps(runbooks(databases=databases), self.KEY)
        assert found["verify_data"]["action"] == "aws:approve"
        assert "Worked when" in found["verify_data"]["description"]

    def test_without_backups_within_reach_a_person_is_told(self) -> None:
        databases = deepcopy(ARGS["databases"])
        del databases["orders"]["restore"]
        found = steps(runbooks(databases=databases), self.KEY)
        assert list(found)[-1] == "ask_restore"
        assert found["ask_restore"]["inputs"]["Api"] == "Publish"


class TestServerFailure:
    KEY = "application-server-failure-web"

    def test_the_steps_in_order(self, all_three: Recording) -> None:
        assert list(steps(all_three, self.KEY)) == [
            "assess",
            "who_decides",
            "is_asked",
            "tell",
            "decide",
            "scale",
            "wait_healthy",
            "deploy_code",
            "verify_connectivity",
            "open_switch",
            "verify_switch",
            "verify_traffic",
            "full_size",
            "wait_full_size",
            "monitor",
            "verify_serving",
            "say_done",
        ]

    def test_all_users_find_the_full_size(self, all_three: Recording) -> None:
        """Traffic waits for the first servers and not for all; what is watched then is all."""
        found = steps(all_three, self.KEY)
        asked = {name: step["inputs"].get("InputPayload", {}) for name, step in found.items()}
        assert [asked[name]["servers"] for name in ("scale", "full_size", "monitor")] == [2, 4, 4]
        assert asked["monitor"]["seconds"] == 300
        # That it cannot grow is said, and no reason to take traffic away again.
        assert found["full_size"]["onFailure"] == "Continue"
        assert found["full_size"]["isCritical"] is True
        standbys = deepcopy(ARGS["standbys"])
        del standbys["web"]["at_most"]
        assert "full_size" not in steps(runbooks(standbys=standbys), self.KEY)

    def test_the_switch_answers_200(self, all_three: Recording) -> None:
        inputs = steps(all_three, self.KEY)["open_switch"]["inputs"]
        assert (inputs["Api"], inputs["RuleArn"]) == ("ModifyRule", RULE)
        assert inputs["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "200"

    def test_what_it_may_do(self, all_three: Recording) -> None:
        group = (
            f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:*:"
            "autoScalingGroupName/shop-web"
        )
        found = {one["Action"]: one["Resource"] for one in statements(all_three, self.KEY)}
        assert found == {
            "autoscaling:DescribeAutoScalingGroups": "*",
            "autoscaling:DescribeInstanceRefreshes": "*",
            "autoscaling:StartInstanceRefresh": group,
            "autoscaling:UpdateAutoScalingGroup": group,
            "ec2:DescribeLaunchTemplateVersions": "*",
            "elasticloadbalancing:DescribeRules": "*",
            "elasticloadbalancing:DescribeTargetHealth": "*",
            "elasticloadbalancing:ModifyRule": RULE,
            "kms:Decrypt": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
            "kms:GenerateDataKey": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
            "lambda:InvokeFunction": found["lambda:InvokeFunction"],
            "sns:Publish": TOPIC,
            "ssm:GetAutomationExecution": EXECUTIONS,
        }

    def test_traffic_that_moves_by_itself_has_no_switch_to_open(self) -> None:
        standbys = deepcopy(ARGS["standbys"])
        del standbys["web"]["switch"]
        recording = runbooks(standbys=standbys)
        assert "open_switch" not in steps(recording, self.KEY)
        actions = {one["Action"] for one in statements(recording, self.KEY)}
        assert "elasticloadbalancing:ModifyRule" not in actions


class TestCompleteOutage:
    KEY = "complete-outage"

    def test_databases_first_and_traffic_after_them(self, all_three: Recording) -> None:
        found = steps(all_three, self.KEY)
        assert list(found) == [
            "activate_team",
            "decide",
            "database_orders",
            "files_images",
            "servers_web",
            "verify_integration",
            "say_done",
        ]
        assert found["database_orders"]["inputs"] == {
            "DocumentName": "bynomi-prod-database-failure-orders"
        }
        # One part that fails keeps no other from being tried, and is not forgotten.
        assert found["database_orders"]["onFailure"] == "Continue"
        assert found["database_orders"]["isCritical"] is True

    def test_it_may_start_its_parts_and_pass_their_roles(self, all_three: Recording) -> None:
        found = {one["Action"]: one["Resource"] for one in statements(all_three, self.KEY)}
        definition = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/bynomi-prod"
        assert found["ssm:StartAutomationExecution"] == [
            f"{definition}-application-server-failure-web:$DEFAULT",
            f"{definition}-database-failure-orders:$DEFAULT",
        ]
        assert len(found["iam:PassRole"]) == 2
        assert not [action for action in found if action.startswith(("rds", "elastic", "auto"))]

    def test_files_are_looked_at_and_nothing_else_of_them(self, all_three: Recording) -> None:
        assert steps(all_three, self.KEY)["files_images"]["inputs"]["InputPayload"] == {
            "region": REGION,
            "source": "shop-images",
            "replica": "shop-images-usw2",
        }
        found = {one["Action"]: one["Resource"] for one in statements(all_three, self.KEY)}
        assert found["s3:ListBucket"] == "arn:aws:s3:::shop-images-usw2"
        assert [action for action in found if action.startswith("s3:")] == ["s3:ListBucket"]

    def test_parts_ask_nobody_again_that_it_has_asked(self, all_three: Recording) -> None:
        for key in ("database-failure-orders", "application-server-failure-web"):
            payload = steps(all_three, key)["who_decides"]["inputs"]["InputPayload"]
            assert payload["asked_by"] == "bynomi-prod-complete-outage"


class TestLedger:
    @pytest.mark.slow
    def test_every_run_that_ended_is_written_down(self) -> None:
        recording = runbooks(
            ledger={"bucket": "shop-evidence", "region": REGION, "configuration": "ab" * 32}
        )
        rule = recording.one("aws:cloudwatch/eventRule:EventRule", "runbooks-ledger")
        assert json.loads(rule.props["eventPattern"]) == {
            "source": ["aws.ssm"],
            "detail-type": ["EC2 Automation Execution Status-change Notification"],
            "detail": {
                "Definition": [f"bynomi-prod-{key}" for key in KEYS],
                "Status": ["Success", "Failed", "TimedOut", "Cancelled", "Canceled"],
            },
        }
        function = recording.one("aws:lambda/function:Function", "runbooks-ledger")
        variables = function.props["environment"]["variables"]
        assert json.loads(variables["SCENARIOS"]) == {
            "bynomi-prod-application-server-failure-web": "application-server-failure",
            "bynomi-prod-complete-outage": "complete-outage",
            "bynomi-prod-database-failure-orders": "database-failure",
        }
        role = recording.one("aws:iam/rolePolicy:RolePolicy", "runbooks-ledger")
        may = {
            one["Sid"]: one["Resource"]
            for one in json.loads(role.props["policy"])["Statement"]
            if one["Sid"] in ("ReadRuns", "ListEvidence", "WriteEvidence")
        }
        assert may == {
            "ReadRuns": EXECUTIONS,
            "ListEvidence": "arn:aws:s3:::shop-evidence",
            "WriteEvidence": "arn:aws:s3:::shop-evidence/ledger/*",
        }

    def test_without_a_ledger_nothing_listens(self, all_three: Recording) -> None:
        assert not all_three.of("aws:cloudwatch/eventRule:EventRule")


class TestRefused:
    def refused(self, **changed: Any) -> str:
        args = {key: value for key, value in {**ARGS, **changed}.items() if value is not None}
        return refusal(lambda opts: Runbooks("runbooks", args, opts))  # type: ignore[arg-type]

    def test_nobody_could_decide(self) -> None:
        assert "approvers: nobody could decide" in self.refused(approvers=None)

    def test_a_part_without_a_runbook(self) -> None:
        outage = {"company": "Shop", "databases": ["payments"], "standbys": []}
        assert "complete_outage.databases.0" in self.refused(complete_outage=outage)

    def test_a_database_that_a_standby_needs_and_nobody_brings_back(self) -> None:
        standbys = deepcopy(ARGS["standbys"])
        standbys["web"]["databases"] = ["payments"]
        assert "standbys.web.databases.0" in self.refused(standbys=standbys)

    def test_a_successor_elsewhere(self) -> None:
        databases = deepcopy(ARGS["databases"])
        databases["orders"]["successor"]["region"] = "eu-west-1"
        assert "databases.orders.successor.region" in self.refused(databases=databases)

    def test_backups_that_rds_does_not_keep_so_long(self) -> None:
        databases = deepcopy(ARGS["databases"])
        databases["orders"]["keep_backups"] = "36 days"
        assert "keep_backups" in self.refused(databases=databases)


class TestSteps:
    """What a document cannot be made of."""

    @staticmethod
    def step(name: str, **how: Any) -> Step:
        return Step(name, "Does it.", "somebody", "seen", "aws:sleep", {}, **how)

    def test_good_steps_pass(self) -> None:
        check((self.step("one"), self.step("two", ends=True)))

    @pytest.mark.parametrize(
        ("faulty", "why"),
        [
            ((("one", {}), ("one", {})), "one: stands twice"),
            ((("one", {"leads_to": "two"}),), "one: leads to two, which is not there"),
            ((("one", {"on_failure": "two"}),), "one: leads to two, which is not there"),
            ((("One", {}),), "One: a step's name"),
            ((("one", {"ends": True}), ("two", {})), "two: no step leads to it"),
        ],
    )
    def test_faulty_ones_do_not(self, faulty: Any, why: str) -> None:
        with pytest.raises(ValueError, match=why):
            check(tuple(self.step(name, **how) for name, how in faulty))

    def test_a_reference_to_nothing(self) -> None:
        with pytest.raises(ValueError, match=r"refers to other\.Thing"):
            check((branch("one", "x", "other.Thing", {"yes": "two"}, "two"), self.step("two")))

    def test_a_document_that_is_too_large(self) -> None:
        step = Step("one", "x", "y", "z", "aws:sleep", {"Duration": "P" + "x" * 70_000})
        book = Runbook("complete-outage", "", "name", REGION, "title", "when", (step,), ())
        with pytest.raises(ValueError, match="larger than 65536 bytes"):
            book.content("role")


# ---- what scripts call, and what their steps may do --------------------------------------------

# IAM's names where they are not the operation's.
_ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction", "s3:HeadBucket": "s3:ListBucket"}
_PREFIX = {"elbv2": "elasticloadbalancing"}
# Needed by what is called, and called by nobody: AWS asks for them itself.
_IMPLIED = {"iam:PassRole", "kms:Decrypt", "kms:GenerateDataKey"}


def called_by(text: str) -> set[str]:
    """The actions of IAM that a script's calls need."""
    tree = ast.parse(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    services = {
        str(node.args[0].value)
        for node in calls
        if isinstance(node.func, ast.Name)
        and node.func.id == "client"
        and isinstance(node.args[0], ast.Constant)
    }
    names = {node.func.attr for node in calls if isinstance(node.func, ast.Attribute)}
    names |= {
        str(node.args[0].value)
        for node in calls
        if isinstance(node.func, ast.Attribute)
        and node.func.attr == "get_paginator"
        and isinstance(node.args[0], ast.Constant)
    }
    found = set()
    for service in services:
        model = boto3.client(service, region_name=REGION).meta.service_model
        for operation in model.operation_names:
            if xform_name(operation) in names:
                action = f"{_PREFIX.get(service, service)}:{operation}"
                found.add(_ACTIONS.get(action, action))
    return found


def called_in(step: Any) -> set[str]:
    """The actions of IAM that a step of a document needs."""
    inputs = step["inputs"]
    if step["action"] == "aws:executeScript":
        return called_by(inputs["Script"])
    if step["action"] in ("aws:executeAwsApi", "aws:waitForAwsResourceProperty"):
        return {f"{_PREFIX.get(inputs['Service'], inputs['Service'])}:{inputs['Api']}"}
    if step["action"] == "aws:executeAutomation":
        return {"ssm:StartAutomationExecution", "ssm:GetAutomationExecution"}
    return set()


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
def test_a_role_may_do_what_its_steps_call_and_nothing_else(all_three: Recording, key: str) -> None:
    needed = {action for step in steps(all_three, key).values() for action in called_in(step)}
    assert {one["Action"] for one in statements(all_three, key)} - _IMPLIED == needed


@pytest.mark.parametrize("key", KEYS)
def test_nothing_but_the_fence_goes_to_the_primary_region(all_three: Recording, key: str) -> None:
    there = {
        name
        for name, step in steps(all_three, key).items()
        if '"region": "us-east-1"' in json.dumps(step["inputs"])
    }
    assert there <= {"assess", "fence_primary", "fence_again"}


@pytest.mark.slow
def test_every_script_is_used_and_is_one_text() -> None:
    recording = runbooks()
    used = {
        step["inputs"]["Script"]
        for key in KEYS
        for step in steps(recording, key).values()
        if step["action"] == "aws:executeScript"
    }
    folder = Path(scripts.__file__).parent
    written = {
        script_text(path.stem)
        for path in folder.glob("*.py")
        if path.stem not in ("__init__", "clients")
    }
    assert used == written
    for text in written:
        assert "from ." not in text
        compile(text, "script", "exec")


def reachable(found: list[Any], start: str, without: str = "") -> set[str]:
    """The steps of a document that a run may come to, were one of them not there."""
    index = {step["name"]: number for number, step in enumerate(found)}
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen or name == without:
            continue
        seen.add(name)
        waiting += list(_next(found, index, found[index[name]]))
    return seen


def _next(found: list[Any], index: dict[str, int], step: Any) -> Iterator[str]:
    following = index[step["name"]] + 1
    after = [found[following]["name"]] if following < len(found) else []
    failure = step.get("onFailure", "Abort")
    if failure == "Continue":
        yield from after
    elif failure.startswith("step:"):
        yield failure.removeprefix("step:")
    if step["action"] == "aws:branch":
        yield from (choice["NextStep"] for choice in step["inputs"]["Choices"])
        yield from [step["inputs"]["Default"]] if "Default" in step["inputs"] else after
    elif "nextStep" in step:
        yield step["nextStep"]
    elif not step.get("isEnd"):
        yield from after
