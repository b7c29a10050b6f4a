"""What is loaded with a component: what it needs, and nothing of the sandbox or Datadog's SDK."""

import json
import subprocess
import sys
from pathlib import Path

import pulumi_upkeep
import pytest

PACKAGE_ROOT = str(Path(pulumi_upkeep.__file__).parents[1])
# Of the sandbox, of the tools, or so large that a stack must not carry it.
NEVER = {
    "pulumi_aws",
    "pulumi_datadog",
    "moto",
    "boto3",
    "botocore",
    "sandbox",
    "tools",
    "infra",
    "datadog_api_client",
}
# What every room stands on: the base class, names, policies, the plan's language and the mould of
# resource types; and what several rooms declare.
SHARED = {"component", "naming", "plan", "policy", "thin"} | {
    "account",
    "function",
    "function_code",
    "functions",
    "key",
    "private_bucket",
    "reminder",
    "scheduled",
    "security_group",
    "service_role",
}
# Rooms, and the clouds whose resource types they declare.
COMPONENTS = {
    "AlertRoutes": {"observe", "aws"},
    "BackupPlan": {"observe", "recover", "aws"},
    "BusinessMetrics": {"observe", "datadog"},
    "ErrorTracking": {"observe", "datadog"},
    "BackupVault": {"observe", "recover", "aws"},
    "LogAggregation": {"observe", "aws", "datadog"},
    "MaintenanceWindows": {"operate", "aws"},
    "Notices": {"operate", "observe", "aws"},
    "ReadReplica": {"observe", "recover", "aws"},
    "ResourceAlarms": {"observe", "aws"},
    "ServiceMonitors": {"observe", "datadog"},
    "ServiceObjectives": {"observe", "datadog"},
    "StandbyReadiness": {"observe", "recover", "aws"},
    "StandbyServers": {"observe", "recover", "aws"},
    "StatusPage": {"observe", "aws", "datadog"},
    "UptimeChecks": {"observe", "datadog"},
}


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": PACKAGE_ROOT, "PATH": ""},
    )
    return set(json.loads(run.stdout))


def test_the_package_alone_loads_nothing() -> None:
    loaded = loaded_by("import pulumi_upkeep")

    assert not {"pulumi", "pulumi_aws", "pydantic", "yaml", *NEVER} & loaded
    assert {name for name in loaded if name.startswith("pulumi_upkeep")} == {"pulumi_upkeep"}


@pytest.mark.slow
@pytest.mark.parametrize("component", sorted(COMPONENTS))
def test_a_component_loads_only_what_it_uses(component: str) -> None:
    loaded = loaded_by(f"from pulumi_upkeep import {component}")

    assert not NEVER & {name.partition(".")[0] for name in loaded}
    rooms = {name.split(".")[1] for name in loaded if name.startswith("pulumi_upkeep.")}
    assert rooms - SHARED == COMPONENTS[component]
    others = set(COMPONENTS) - {component}
    modules = {other: getattr(pulumi_upkeep, other).__module__ for other in others}
    assert {other for other, module in modules.items() if module in loaded} == set()


@pytest.mark.slow
def test_a_whole_environment_loads_nothing_before_it_is_wanted() -> None:
    loaded = loaded_by("from pulumi_upkeep.environment import deploy")
    assert {name for name in loaded if name.startswith("pulumi_upkeep.")} == {
        "pulumi_upkeep.environment"
    }


@pytest.mark.slow
def test_uptime_checks_need_no_aws() -> None:
    assert "pulumi_aws" not in loaded_by("from pulumi_upkeep import UptimeChecks")


FUNCTIONS = {
    "aws.lambda_",
    "aws.scheduler",
    "function",
    "function_code",
    "scheduled",
    "service_role",
}
WITHOUT_FUNCTIONS = ["AlertRoutes", "BackupVault", "ReadReplica", "StandbyServers"]


@pytest.mark.slow
@pytest.mark.parametrize("component", WITHOUT_FUNCTIONS)
def test_nothing_of_functions_loads_with_a_component_that_has_none(component: str) -> None:
    loaded = loaded_by(f"from pulumi_upkeep import {component}")
    assert not {f"pulumi_upkeep.{name}" for name in FUNCTIONS} & loaded
    assert not {name for name in loaded if name.startswith("pulumi_upkeep.functions")}


@pytest.mark.slow
def test_functions_load_with_the_component_that_has_one() -> None:
    loaded = loaded_by("from pulumi_upkeep import StandbyReadiness")
    assert {f"pulumi_upkeep.{name}" for name in FUNCTIONS} <= loaded
