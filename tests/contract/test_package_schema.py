"""The package schema in the repository is the one that the components give today."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep import schema

pytestmark = pytest.mark.slow  # loads every service of AWS that any component uses

COMPONENTS = [
    "Access",
    "AirGappedVault",
    "AlertRoutes",
    "AuditFramework",
    "BackupPlan",
    "BackupVault",
    "BreakGlassWatch",
    "BucketReplica",
    "BusinessMetrics",
    "DashboardAddress",
    "Dashboards",
    "DatabaseCare",
    "DatabaseFence",
    "DatadogAccess",
    "DependencyReview",
    "ErrorTracking",
    "Escalation",
    "Evidence",
    "ImageScans",
    "IncidentResponse",
    "IsolatedNetwork",
    "LogAggregation",
    "MaintenanceWindows",
    "Notices",
    "NotificationRules",
    "OnCall",
    "Patching",
    "QuietWindows",
    "ReadReplica",
    "RegionSwitch",
    "ReleaseWatch",
    "ResourceAlarms",
    "RestoreTest",
    "RouteTests",
    "Runbooks",
    "SecurityReviews",
    "SecurityScans",
    "ServiceMonitors",
    "ServiceObjectives",
    "StandbyReadiness",
    "StandbyServers",
    "StatusPage",
    "Teams",
    "TicketWebhook",
    "UptimeChecks",
    "WriterName",
    "WritersWatch",
]
DISTRIBUTION = Path(schema.__file__).parents[1]


@pytest.fixture(scope="module")
def generated() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema.package_schema())
    return found


def test_the_committed_schema_is_todays() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.package_schema(), (
        "write it anew: python -m pulumi_upkeep.schema"
    )


def test_every_component_has_its_token(generated: dict[str, Any]) -> None:
    assert sorted(generated["resources"]) == [f"upkeep:index:{name}" for name in COMPONENTS]
    assert all(each["isComponent"] for each in generated["resources"].values())


def test_everything_public_is_documented(generated: dict[str, Any]) -> None:
    described = {**generated["types"], **generated["resources"]}
    undocumented = [token for token, each in described.items() if not each.get("description")]
    for token, each in described.items():
        for kind in ("properties", "inputProperties"):
            undocumented += [
                f"{token}.{name}"
                for name, found in each.get(kind, {}).items()
                if not found.get("description")
            ]
    assert undocumented == []


def test_every_component_has_outputs(generated: dict[str, Any]) -> None:
    assert [token for token, each in generated["resources"].items() if not each["properties"]] == []


def test_version_and_name_are_stated_alike_everywhere(generated: dict[str, Any]) -> None:
    project = tomllib.loads((DISTRIBUTION / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    plugin = json.loads(schema.PATH.with_name("pulumi-plugin.json").read_text(encoding="utf-8"))

    assert (generated["name"], generated["version"]) == ("upkeep", project["version"])
    # "resource" would make the engine look for a provider plugin of this name, which there is not.
    assert plugin == {"resource": False, "name": "upkeep", "version": project["version"]}
