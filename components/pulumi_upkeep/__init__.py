"""Upkeep: a maintenance plan that runs, as Pulumi components.

observe   who hears of it: AlertRoutes, Teams, OnCall, Escalation, NotificationRules,
          TicketWebhook, QuietWindows, RouteTests
          what is watched: ResourceAlarms, ServiceMonitors, ErrorTracking, BusinessMetrics,
          LogAggregation, ServiceObjectives, UptimeChecks
          what is shown: Dashboards, DashboardAddress, StatusPage
recover   what is kept: BackupVault, AirGappedVault, BackupPlan, BucketReplica, AuditFramework
          what proves it: RestoreTest, IsolatedNetwork, Evidence
          what takes over: ReadReplica, WriterName, WritersWatch, DatabaseFence, StandbyServers,
          StandbyReadiness
          how: Runbooks, RegionSwitch
operate   when it is worked on: MaintenanceWindows
          what keeps it in shape: DatabaseCare, Patching, ImageScans, SecurityScans,
          SecurityReviews, DependencyReview
          what customers are told: Notices
          what goes out: ReleaseWatch
          who answers and who may: IncidentResponse, Access, BreakGlassWatch, DatadogAccess

environment   a whole plan as one stack: ``from pulumi_upkeep.environment import deploy``

A component is loaded when it is first used, with what it needs and nothing else.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .observe.alarm import AlertTopics
    from .observe.alert_routes import AlertRoutes, AlertRoutesArgs
    from .observe.business_metrics import BusinessMetrics, BusinessMetricsArgs
    from .observe.capacity import connection_capacity
    from .observe.dashboard_address import DashboardAddress, DashboardAddressArgs
    from .observe.dashboards import Dashboards, DashboardsArgs
    from .observe.error_tracking import ErrorTracking, ErrorTrackingArgs
    from .observe.log_aggregation import LogAggregation, LogAggregationArgs
    from .observe.notification_rules import NotificationRules, NotificationRulesArgs
    from .observe.on_call import OnCall, OnCallArgs
    from .observe.quiet_windows import QuietWindows, QuietWindowsArgs
    from .observe.resource_alarms import ResourceAlarms, ResourceAlarmsArgs
    from .observe.route_tests import RouteTests, RouteTestsArgs
    from .observe.service_monitors import ServiceMonitors, ServiceMonitorsArgs
    from .observe.service_objectives import ServiceObjectives, ServiceObjectivesArgs
    from .observe.status_page import StatusPage, StatusPageArgs
    from .observe.teams import Teams, TeamsArgs
    from .observe.tickets import TicketWebhook, TicketWebhookArgs
    from .observe.uptime_checks import UptimeChecks, UptimeChecksArgs
    from .operate.access import Access, AccessArgs
    from .operate.break_glass_watch import BreakGlassWatch, BreakGlassWatchArgs
    from .operate.database_care import DatabaseCare, DatabaseCareArgs
    from .operate.datadog_access import DatadogAccess, DatadogAccessArgs
    from .operate.dependency_review import DependencyReview, DependencyReviewArgs
    from .operate.escalation import Escalation, EscalationArgs
    from .operate.image_scans import ImageScans, ImageScansArgs
    from .operate.incident_response import IncidentResponse, IncidentResponseArgs
    from .operate.maintenance_windows import MaintenanceWindows, MaintenanceWindowsArgs
    from .operate.notices import Notices, NoticesArgs
    from .operate.patching import Patching, PatchingArgs
    from .operate.release_watch import ReleaseWatch, ReleaseWatchArgs
    from .operate.security_reviews import SecurityReviews, SecurityReviewsArgs
    from .operate.security_scans import SecurityScans, SecurityScansArgs
    from .recover.air_gapped_vault import AirGappedVault, AirGappedVaultArgs
    from .recover.audit_framework import AuditFramework, AuditFrameworkArgs
    from .recover.backup_plan import BackupPlan, BackupPlanArgs
    from .recover.backup_vault import BackupVault, BackupVaultArgs
    from .recover.bucket_replica import BucketReplica, BucketReplicaArgs
    from .recover.database_fence import DatabaseFence, DatabaseFenceArgs
    from .recover.evidence import Evidence, EvidenceArgs
    from .recover.isolated_network import IsolatedNetwork, IsolatedNetworkArgs
    from .recover.read_replica import ReadReplica, ReadReplicaArgs
    from .recover.region_switch import RegionSwitch, RegionSwitchArgs
    from .recover.restore_test import RestoreTest, RestoreTestArgs
    from .recover.runbooks import Runbooks, RunbooksArgs
    from .recover.standby_readiness import StandbyReadiness, StandbyReadinessArgs
    from .recover.standby_servers import StandbyServers, StandbyServersArgs
    from .recover.writer_name import WriterName, WriterNameArgs
    from .recover.writers_watch import WritersWatch, WritersWatchArgs

__all__ = [
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

# Module -> what it gives. The only list: `__all__` and the imports for type checkers are held
# against it by a test.
_HOMES = {
    "observe.alarm": ("AlertTopics",),
    "observe.alert_routes": ("AlertRoutes", "AlertRoutesArgs"),
    "observe.business_metrics": ("BusinessMetrics", "BusinessMetricsArgs"),
    "observe.capacity": ("connection_capacity",),
    "observe.dashboard_address": ("DashboardAddress", "DashboardAddressArgs"),
    "observe.dashboards": ("Dashboards", "DashboardsArgs"),
    "observe.error_tracking": ("ErrorTracking", "ErrorTrackingArgs"),
    "observe.quiet_windows": ("QuietWindows", "QuietWindowsArgs"),
    "observe.log_aggregation": ("LogAggregation", "LogAggregationArgs"),
    "observe.notification_rules": ("NotificationRules", "NotificationRulesArgs"),
    "observe.on_call": ("OnCall", "OnCallArgs"),
    "operate.access": ("Access", "AccessArgs"),
    "operate.break_glass_watch": ("BreakGlassWatch", "BreakGlassWatchArgs"),
    "operate.dependency_review": ("DependencyReview", "DependencyReviewArgs"),
    "operate.datadog_access": ("DatadogAccess", "DatadogAccessArgs"),
    "operate.incident_response": ("IncidentResponse", "IncidentResponseArgs"),
    "operate.escalation": ("Escalation", "EscalationArgs"),
    "observe.resource_alarms": ("ResourceAlarms", "ResourceAlarmsArgs"),
    "observe.route_tests": ("RouteTests", "RouteTestsArgs"),
    "observe.service_monitors": ("ServiceMonitors", "ServiceMonitorsArgs"),
    "observe.service_objectives": ("ServiceObjectives", "ServiceObjectivesArgs"),
    "observe.status_page": ("StatusPage", "StatusPageArgs"),
    "observe.teams": ("Teams", "TeamsArgs"),
    "observe.tickets": ("TicketWebhook", "TicketWebhookArgs"),
    "observe.uptime_checks": ("UptimeChecks", "UptimeChecksArgs"),
    "operate.database_care": ("DatabaseCare", "DatabaseCareArgs"),
    "operate.image_scans": ("ImageScans", "ImageScansArgs"),
    "operate.notices": ("Notices", "NoticesArgs"),
    "operate.patching": ("Patching", "PatchingArgs"),
    "operate.release_watch": ("ReleaseWatch", "ReleaseWatchArgs"),
    "operate.maintenance_windows": ("MaintenanceWindows", "MaintenanceWindowsArgs"),
    "operate.security_reviews": ("SecurityReviews", "SecurityReviewsArgs"),
    "operate.security_scans": ("SecurityScans", "SecurityScansArgs"),
    "recover.air_gapped_vault": ("AirGappedVault", "AirGappedVaultArgs"),
    "recover.audit_framework": ("AuditFramework", "AuditFrameworkArgs"),
    "recover.backup_plan": ("BackupPlan", "BackupPlanArgs"),
    "recover.backup_vault": ("BackupVault", "BackupVaultArgs"),
    "recover.bucket_replica": ("BucketReplica", "BucketReplicaArgs"),
    "recover.database_fence": ("DatabaseFence", "DatabaseFenceArgs"),
    "recover.evidence": ("Evidence", "EvidenceArgs"),
    "recover.isolated_network": ("IsolatedNetwork", "IsolatedNetworkArgs"),
    "recover.read_replica": ("ReadReplica", "ReadReplicaArgs"),
    "recover.region_switch": ("RegionSwitch", "RegionSwitchArgs"),
    "recover.restore_test": ("RestoreTest", "RestoreTestArgs"),
    "recover.runbooks": ("Runbooks", "RunbooksArgs"),
    "recover.standby_readiness": ("StandbyReadiness", "StandbyReadinessArgs"),
    "recover.standby_servers": ("StandbyServers", "StandbyServersArgs"),
    "recover.writer_name": ("WriterName", "WriterNameArgs"),
    "recover.writers_watch": ("WritersWatch", "WritersWatchArgs"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(importlib.import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
