"""What `pulumi_upkeep` gives to others: exactly this."""

import ast
import importlib
from pathlib import Path

import pulumi_upkeep
import pytest

PUBLIC = [
    "Access",
    "AccessArgs",
    "AirGappedVault",
    "AirGappedVaultArgs",
    "AlertRoutes",
    "AlertRoutesArgs",
    "AlertTopics",
    "AuditFramework",
    "AuditFrameworkArgs",
    "BackupPlan",
    "BackupPlanArgs",
    "BackupVault",
    "BackupVaultArgs",
    "BreakGlassWatch",
    "BreakGlassWatchArgs",
    "BucketReplica",
    "BucketReplicaArgs",
    "BusinessMetrics",
    "BusinessMetricsArgs",
    "DashboardAddress",
    "DashboardAddressArgs",
    "Dashboards",
    "DashboardsArgs",
    "DatabaseCare",
    "DatabaseCareArgs",
    "DatabaseFence",
    "DatabaseFenceArgs",
    "DatadogAccess",
    "DatadogAccessArgs",
    "DependencyReview",
    "DependencyReviewArgs",
    "ErrorTracking",
    "ErrorTrackingArgs",
    "Escalation",
    "EscalationArgs",
    "Evidence",
    "EvidenceArgs",
    "ImageScans",
    "ImageScansArgs",
    "IncidentResponse",
    "IncidentResponseArgs",
    "IsolatedNetwork",
    "IsolatedNetworkArgs",
    "LogAggregation",
    "LogAggregationArgs",
    "MaintenanceWindows",
    "MaintenanceWindowsArgs",
    "Notices",
    "NoticesArgs",
    "NotificationRules",
    "NotificationRulesArgs",
    "OnCall",
    "OnCallArgs",
    "Patching",
    "PatchingArgs",
    "QuietWindows",
    "QuietWindowsArgs",
    "ReadReplica",
    "ReadReplicaArgs",
    "RegionSwitch",
    "RegionSwitchArgs",
    "ReleaseWatch",
    "ReleaseWatchArgs",
    "ResourceAlarms",
    "ResourceAlarmsArgs",
    "RestoreTest",
    "RestoreTestArgs",
    "RouteTests",
    "RouteTestsArgs",
    "Runbooks",
    "RunbooksArgs",
    "SecurityReviews",
    "SecurityReviewsArgs",
    "SecurityScans",
    "SecurityScansArgs",
    "ServiceMonitors",
    "ServiceMonitorsArgs",
    "ServiceObjectives",
    "ServiceObjectivesArgs",
    "StandbyReadiness",
    "StandbyReadinessArgs",
    "StandbyServers",
    "StandbyServersArgs",
    "StatusPage",
    "StatusPageArgs",
    "Teams",
    "TeamsArgs",
    "TicketWebhook",
    "TicketWebhookArgs",
    "UptimeChecks",
    "UptimeChecksArgs",
    "WriterName",
    "WriterNameArgs",
    "WritersWatch",
    "WritersWatchArgs",
    "connection_capacity",
]


def test_exactly_these_names_are_public() -> None:
    assert pulumi_upkeep.__all__ == PUBLIC
    assert dir(pulumi_upkeep) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_defined_in_one_file(name: str) -> None:
    found = getattr(pulumi_upkeep, name)
    assert found.__name__ == name
    assert getattr(importlib.import_module(found.__module__), name) is found


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(pulumi_upkeep.__file__).read_text(encoding="utf-8"))
    (typed,) = [node for node in tree.body if isinstance(node, ast.If)]
    imported = {
        (node.module, alias.name)
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {
        (getattr(pulumi_upkeep, name).__module__.removeprefix("pulumi_upkeep."), name)
        for name in PUBLIC
    }


@pytest.mark.parametrize("name", [name for name in PUBLIC if f"{name}Args" in PUBLIC])
def test_every_component_is_introduced(name: str) -> None:
    readme = (Path(__file__).parents[2] / "components/README.md").read_text(encoding="utf-8")
    assert f"\n| `{name}` |" in readme
    assert name in str(pulumi_upkeep.__doc__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'pulumi_upkeep' has no attribute 'Backups'"):
        _ = pulumi_upkeep.Backups


def test_typed() -> None:
    assert Path(pulumi_upkeep.__file__).with_name("py.typed").is_file()
