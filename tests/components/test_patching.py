"""Patching: what is declared for a group of servers, and what is refused."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import Patching

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Recording

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BASELINE = "aws:ssm/patchBaseline:PatchBaseline"
TASK = "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask"
ARGS: dict[str, Any] = {
    "servers": {
        "web": {
            "groups": ["bynomi-prod-web"],
            "roles": ["bynomi-prod-web"],
            "system": "Amazon Linux 2023",
            "windows": {"": "mw-0123456789abcdef0"},
            "late_after": "37 days",
            "approve_after": "14 days",
        }
    },
    "topics": topics("us-east-1"),
    "runbooks": RUNBOOKS,
}


def declaration(preview: bool = False, **web: Any) -> Recording:
    servers = {"web": {**ARGS["servers"]["web"], **web}}
    return declare({**ARGS, "servers": servers}, preview)


def declare(args: Any, preview: bool = False) -> Recording:
    return declared(
        lambda opts: Patching("patching", args, opts), preview=preview, region="us-east-1"
    )


@pytest.mark.slow
def test_exactly_this_is_declared(preview: bool) -> None:
    found = declaration(preview)
    assert [name for name in found.names() if not name[0].startswith("upkeep:")] == [
        ("aws:cloudwatch/logGroup:LogGroup", "patching-compliance"),
        (ALARM, "patching-compliance-errors"),
        (ALARM, "patching-web-age"),
        (ALARM, "patching-web-overdue"),
        ("aws:iam/role:Role", "patching-compliance"),
        ("aws:iam/role:Role", "patching-compliance-clock"),
        ("aws:iam/role:Role", "patching-web-task"),
        ("aws:iam/rolePolicy:RolePolicy", "patching-compliance"),
        ("aws:iam/rolePolicy:RolePolicy", "patching-compliance-clock"),
        ("aws:iam/rolePolicy:RolePolicy", "patching-web-servers"),
        ("aws:iam/rolePolicy:RolePolicy", "patching-web-task"),
        ("aws:lambda/function:Function", "patching-compliance"),
        (
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            "patching-compliance",
        ),
        ("aws:scheduler/schedule:Schedule", "patching-compliance"),
        ("aws:ssm/association:Association", "patching-web-scan"),
        ("aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget", "patching-web"),
        (TASK, "patching-web"),
        ("aws:ssm/parameter:Parameter", "patching-web"),
        (BASELINE, "patching-web"),
        ("aws:ssm/patchGroup:PatchGroup", "patching-web"),
    ]
    assert {each.parent for each in found.children()} == {"upkeep:index:Patching::patching"}
    assert {each.provider for each in found.children()} == {"aws-us-east-1"}


def test_the_baseline_approves_security_alone_after_a_delay() -> None:
    baseline = declaration().one(BASELINE).props
    assert baseline["operatingSystem"] == "AMAZON_LINUX_2023"
    assert baseline["approvalRules"] == [
        {
            "approveAfterDays": 14,
            "complianceLevel": "CRITICAL",
            "patchFilters": [
                {"key": "CLASSIFICATION", "values": ["Security"]},
                {"key": "SEVERITY", "values": ["Critical", "Important"]},
            ],
        }
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("system", "days", "filters"),
    [
        ("Ubuntu", 0, [{"key": "PRIORITY", "values": ["Required", "Important"]}]),
        (
            "Windows",
            7,
            [
                {"key": "CLASSIFICATION", "values": ["CriticalUpdates", "SecurityUpdates"]},
                {"key": "MSRC_SEVERITY", "values": ["Critical", "Important"]},
            ],
        ),
    ],
)
def test_each_system_has_words_of_its_own(
    system: str, days: int, filters: list[dict[str, Any]]
) -> None:
    found = declaration(system=system, approve_after=None)
    (rule,) = found.one(BASELINE).props["approvalRules"]
    assert (rule["approveAfterDays"], rule["patchFilters"]) == (days, filters)


@pytest.mark.slow
def test_not_all_servers_go_at_once(preview: bool) -> None:
    task = declaration(preview, at_once="25 %", errors="10 %", reboot="never").one(TASK).props
    assert (task["maxConcurrency"], task["maxErrors"]) == ("25%", "10%")
    command = task["taskInvocationParameters"]["runCommandParameters"]
    assert {each["name"]: each["values"] for each in command["parameters"]} == {
        "Operation": ["Install"],
        "RebootOption": ["NoReboot"],
    }
    plain = declaration().one(TASK).props
    assert (plain["maxConcurrency"], plain["maxErrors"]) == ("1", "0")
    assert (plain["cutoffBehavior"], plain["taskArn"]) == ("CANCEL_TASK", "AWS-RunPatchBaseline")


def test_every_window_that_stands_for_the_plans_gets_the_task() -> None:
    found = declaration(windows={"": "mw-1", "on-2027-03-14": "mw-2"})
    assert {name: each.props["windowId"] for name, each in found.of(TASK).items()} == {
        "patching-web": "mw-1",
        "patching-web-on-2027-03-14": "mw-2",
    }


def test_what_is_overdue_rings() -> None:
    alarms = declaration(severity="p1").of(ALARM)
    overdue, age = (alarms[f"patching-web-{part}"].props for part in ("overdue", "age"))
    assert (overdue["metricName"], overdue["threshold"]) == ("PatchesOverdue", 0)
    assert (age["metricName"], age["threshold"]) == ("PatchAge", 37)
    for alarm in (overdue, age):
        assert alarm["treatMissingData"] == "breaching"
        assert alarm["alarmActions"] == [topics("us-east-1")["p1"]]
        assert f"{RUNBOOKS}/patching" in alarm["alarmDescription"]


def test_the_task_may_run_one_document_on_servers_of_groups() -> None:
    policy = declaration().of("aws:iam/rolePolicy:RolePolicy")["patching-web-task"].props["policy"]
    statements = {each["Sid"]: each for each in json.loads(policy)["Statement"]}
    assert statements.keys() == {"RunDocument", "OnServers", "FollowCommands"}
    assert statements["RunDocument"]["Resource"] == "arn:aws:ssm:*::document/AWS-RunPatchBaseline"
    assert statements["OnServers"]["Resource"] == f"arn:aws:ec2:*:{ACCOUNT}:instance/*"
    assert "Condition" in statements["OnServers"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("web", "said"),
    [
        ({"groups": []}, "servers.web.groups: patches no server"),
        ({"windows": {}}, "servers.web.windows: is patched in no window"),
        ({"system": "Amazon Linux"}, "servers.web.system = Amazon Linux"),
        ({"severities": ["urgent"]}, "servers.web.severities.0 = urgent"),
        ({"severity": "p4"}, "servers.web.severity = p4"),
        ({"at_once": "100 %"}, "servers.web.at_once = 100 %: would take more than half"),
        ({"at_once": "all"}, "servers.web.at_once = all: neither a number nor a share"),
        ({"system": "Debian"}, "nobody knows when a package of Debian was released"),
        ({"approve_after": "400 days"}, "nearest: `360 days`"),
    ],
)
def test_what_cannot_stand_is_refused(web: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        declaration(**web)
    assert said in str(caught.value)


def test_a_group_has_one_owner() -> None:
    web = ARGS["servers"]["web"]
    with pytest.raises(pulumi.RunError, match="two owners"):
        declare({**ARGS, "servers": {"web": web, "shop": web}})
