"""Recovery does not depend on what died: nothing that it is done with is bound to the region that
it recovers from.

Read from the state of the deployed stack, so that whatever is added later is held to it too.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.providers.catalogue import RESOURCES
from tests.engine.deployed import Deployed

# What recovery is done with: components by type, and the alerts of the recovery region.
COMPONENTS = {
    "upkeep:index:Runbooks",
    "upkeep:index:StandbyReadiness",
    "upkeep:index:StandbyServers",
    "upkeep:index:WriterName",
}

# What of them is in the primary region, or speaks of it, and why that may be: the end of a
# resource's name -> the reason. Route 53's own records and checks have no region.
THERE_ON_PURPOSE: Mapping[str, str] = {
    "primary-down": "Route 53 reports to us-east-1 alone; the switch and the records do not wait "
    "for this alarm",
}
# Words of a document, or of a function's environment, that may name the primary region: what is
# fenced there when it answers, and what is compared with while it does.
NAMED_ON_PURPOSE: Mapping[str, str] = {
    "aws:ssm/document:Document": "fences the old primary where that still answers",
    "aws:lambda/function:Function": "compares with the primary while that answers",
    "aws:iam/rolePolicy:RolePolicy": "lets the fence reach the old primary; IAM is no region's",
    "aws:route53/record:Record": "leads to the primary: that is what fails over",
}
PRIMARY_ARN = re.compile(r"arn:aws:[a-z0-9-]*:us-east-1:")


def descendants(state: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every resource of a cloud below what recovery is done with."""
    parents = {each["urn"]: each.get("parent", "") for each in state["resources"]}
    types = {each["urn"]: each["type"] for each in state["resources"]}
    for resource in state["resources"]:
        if not resource.get("custom") or not resource["type"].startswith("aws:"):
            continue
        above = parents[resource["urn"]]
        while above:
            if types[above] in COMPONENTS or (
                types[above] == "upkeep:index:AlertRoutes" and above.endswith("us-west-2")
            ):
                yield resource
                break
            above = parents.get(above, "")


def name_of(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"].rpartition("::")[2])


@pytest.fixture(scope="module")
def used(deployed: Deployed) -> list[dict[str, Any]]:
    return list(descendants(deployed.state("prod")))


def test_what_recovery_is_done_with_is_there(used: list[dict[str, Any]]) -> None:
    """Or the tests below would hold of nothing."""
    assert {each["type"] for each in used} >= {
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:lambda/function:Function",
        "aws:lb/listenerRule:ListenerRule",
        "aws:route53/healthCheck:HealthCheck",
        "aws:route53/record:Record",
        "aws:scheduler/schedule:Schedule",
        "aws:sns/topic:Topic",
        "aws:ssm/document:Document",
    }


def test_all_of_it_lives_in_the_recovery_region(used: list[dict[str, Any]]) -> None:
    elsewhere = {
        name_of(each): each["outputs"]["region"]
        for each in used
        if RESOURCES[each["type"]].regional and each["outputs"].get("region") != "us-west-2"
    }
    reasons = {name for name in elsewhere if name.endswith(tuple(THERE_ON_PURPOSE))}
    assert {name: where for name, where in elsewhere.items() if name not in reasons} == {}
    # A reason that is no longer needed is taken out.
    assert len(reasons) == len(THERE_ON_PURPOSE)


def test_none_of_it_needs_anything_of_the_primary_region(used: list[dict[str, Any]]) -> None:
    bound = {
        f"{each['type']} {name_of(each)}": PRIMARY_ARN.findall(json.dumps(each["inputs"]))
        for each in used
        if each["type"] not in NAMED_ON_PURPOSE
        and not name_of(each).endswith(tuple(THERE_ON_PURPOSE))
    }
    assert {name: found for name, found in bound.items() if found} == {}


def test_functions_are_encrypted_invoked_and_heard_over_there(used: list[dict[str, Any]]) -> None:
    """Of a function only what it is told may name the primary."""
    for each in used:
        if each["type"] == "aws:lambda/function:Function":
            told = {key: it for key, it in each["inputs"].items() if key != "environment"}
            assert PRIMARY_ARN.findall(json.dumps(told)) == []


def test_the_standby_of_production_could_take_over(deployed: Deployed) -> None:
    """The deployed function, with the deployed role, looks at what was deployed."""
    answer = deployed.aws("lambda", "us-west-2").invoke(FunctionName="bynomi-prod-ready-web-looks")
    looked = json.loads(answer["Payload"].read())
    assert {each["item"]: each["says"] for each in looked["items"] if not each["ready"]} == {}
    assert {each["item"] for each in looked["items"]} >= {
        "certificate",
        "group",
        "image",
        "launch template",
        "log group /bynomi/prod/web",
        "quota",
        "runbook bynomi-prod-application-server-failure-web",
        "runbook bynomi-prod-complete-outage",
        "secret bynomi-prod-database",
        "version",
    }
