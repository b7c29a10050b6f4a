"""Every resource of both environments, read back property by property through clients that know
nothing of Pulumi: what the state believes is what the cloud holds."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.providers.catalogue import checked_only
from sandbox.providers.datadog.resources import RESOURCES as DATADOG
from sandbox.providers.not_read_back import NOT_READ_BACK
from sandbox.providers.readback import declared_in, read_back
from tests.engine.deployed import STACKS, Deployed, resources

SYNTHETICS = "datadog:index/syntheticsTest:SyntheticsTest"

# Without these the sandbox proves nothing: topics, alarms, backup plans and vaults, replicas,
# auto-scaling groups, failover records, and the checks.
NEVER_CHECKED_ONLY = {
    "aws:autoscaling/group:Group",
    "aws:backup/plan:Plan",
    "aws:backup/selection:Selection",
    "aws:backup/vault:Vault",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:rds/instance:Instance",
    "aws:route53/healthCheck:HealthCheck",
    "aws:route53/record:Record",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    SYNTHETICS,
}
# Of those, what the plan's figures stand in: never among the properties that are not read back.
FIGURES = {
    "aws:autoscaling/group:Group": {"desiredCapacity", "maxSize", "minSize"},
    "aws:backup/plan:Plan": {"rules"},
    "aws:backup/selection:Selection": {"resources"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"threshold", "period", "metricQueries"},
    "aws:rds/instance:Instance": {"instanceClass", "kmsKeyId", "multiAz", "replicateSourceDb"},
    "aws:route53/record:Record": {"aliases", "failoverRoutingPolicies", "healthCheckId"},
}


@pytest.mark.parametrize("stack", STACKS)
def test_aws_holds_what_was_declared(deployed: Deployed, stack: str) -> None:
    state = deployed.state(stack, "--show-secrets")
    declared = list(declared_in(state))
    report = read_back(declared, deployed.addresses.aws_endpoint_url)
    assert report.mismatches == []
    assert {each.type for each in report.checked} == {
        each.type for each in declared if each.type in checked_only
    }
    # Nothing was passed over: what is not read is only checked, with its reason.
    assert report.read == len(declared) - len(report.checked)
    assert report.compared >= sum(
        len(each.inputs.keys() - NOT_READ_BACK.get(each.type, {}).keys()) > 0
        for each in declared
        if each.type not in checked_only
    )


@pytest.mark.parametrize("stack", STACKS)
def test_datadog_holds_what_was_declared(deployed: Deployed, stack: str) -> None:
    there = {test["public_id"]: flat(test) for test in deployed.synthetics()}
    declared = list(resources(deployed.state(stack, "--show-secrets"), SYNTHETICS))
    # Steps of journeys and browsers are spelled in another way: test_observe_read_back.py.
    tests = [each for each in declared if not STEPS & each["inputs"].keys()]
    plan = deployed.plan(stack)
    assert plan.uptime is not None
    assert len(tests) >= len(plan.uptime.checks) + 1
    for test in tests:
        found = there[test["id"]]
        given = as_datadog_says(test["inputs"])
        assert {path: found.get(path) for path in given} == given
        # And no more than was declared, but what Datadog itself adds.
        assert {path.partition(".")[0] for path in found.keys() - given.keys()} <= ADDED


STEPS = {"apiSteps", "browserSteps"}
# What Datadog adds to a test.
ADDED = {"created_at", "creator", "modified_at", "monitor_id", "public_id"}
# Where Datadog keeps what the provider spells flat.
PLACES = {
    "assertions": "config.assertions",
    "options_list": "options",
    "request_definition": "config.request",
}


def as_datadog_says(inputs: dict[str, Any]) -> dict[str, str]:
    """A test's declared properties at the paths at which Datadog answers with them."""
    said = {}
    for path, value in flat(inputs).items():
        if path.startswith("__") or ".__" in path:
            continue
        snake = re.sub(r"(?<=[a-z])([A-Z])", lambda match: f"_{match[1].lower()}", path)
        first, dot, rest = snake.partition(".")
        said[f"{PLACES.get(first, first)}{dot}{rest}"] = value
    return said


def flat(value: Any, path: str = "") -> dict[str, str]:
    """``{"a": [{"b": 1}]}`` as ``{"a.0.b": "1"}``; numbers read alike however they are written."""
    if isinstance(value, dict):
        return dict(_flat(value.items(), path))
    if isinstance(value, list):
        return dict(_flat(enumerate(value), path))
    text = f"{value:g}" if isinstance(value, (int, float)) and value is not True else str(value)
    return {path: text.lower() if isinstance(value, bool) else text}


def _flat(items: Any, path: str) -> Iterator[tuple[str, str]]:
    for key, value in items:
        yield from flat(value, f"{path}.{key}" if path else str(key)).items()


def test_nothing_that_matters_is_only_checked() -> None:
    assert not NEVER_CHECKED_ONLY & checked_only.keys()
    assert all(checked_only.values())
    for type_, figures in FIGURES.items():
        assert not figures & NOT_READ_BACK.get(type_, {}).keys()
    for reasons in NOT_READ_BACK.values():
        assert all(reasons.values())


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_of_the_stacks_is_known(deployed: Deployed, stack: str) -> None:
    """Every resource of the cloud in the state is one of the two clouds read above."""
    custom = {
        resource["type"]
        for resource in deployed.state(stack)["resources"]
        if resource.get("custom") and not resource["type"].startswith("pulumi:")
    }
    datadogs = {type_ for type_ in custom if not type_.startswith("aws:")}
    assert SYNTHETICS in datadogs
    assert datadogs <= DATADOG.keys()
    assert custom >= NEVER_CHECKED_ONLY - (set() if stack == "prod" else STANDBY_ONLY)


# Staging has no standby.
STANDBY_ONLY = {
    "aws:autoscaling/group:Group",
    "aws:route53/healthCheck:HealthCheck",
    "aws:route53/record:Record",
}
