"""Upkeep: a maintenance plan that runs, as Pulumi components.

observe   AlertRoutes, ResourceAlarms, UptimeChecks
recover   BackupVault, BackupPlan, ReadReplica, StandbyServers

A component is loaded when it is first used, with what it needs and nothing else.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .observe.alarm import AlertTopics
    from .observe.alert_routes import AlertRoutes, AlertRoutesArgs
    from .observe.capacity import connection_capacity
    from .observe.resource_alarms import ResourceAlarms, ResourceAlarmsArgs
    from .observe.uptime_checks import UptimeChecks, UptimeChecksArgs
    from .recover.backup_plan import BackupPlan, BackupPlanArgs
    from .recover.backup_vault import BackupVault, BackupVaultArgs
    from .recover.read_replica import ReadReplica, ReadReplicaArgs
    from .recover.standby_servers import StandbyServers, StandbyServersArgs

__all__ = [
    "AlertRoutes",
    "AlertRoutesArgs",
    "AlertTopics",
    "BackupPlan",
    "BackupPlanArgs",
    "BackupVault",
    "BackupVaultArgs",
    "ReadReplica",
    "ReadReplicaArgs",
    "ResourceAlarms",
    "ResourceAlarmsArgs",
    "StandbyServers",
    "StandbyServersArgs",
    "UptimeChecks",
    "UptimeChecksArgs",
    "connection_capacity",
]

# Module -> what it gives. The only list: `__all__` and the imports for type checkers are held
# against it by a test.
_HOMES = {
    "observe.alarm": ("AlertTopics",),
    "observe.alert_routes": ("AlertRoutes", "AlertRoutesArgs"),
    "observe.capacity": ("connection_capacity",),
    "observe.resource_alarms": ("ResourceAlarms", "ResourceAlarmsArgs"),
    "observe.uptime_checks": ("UptimeChecks", "UptimeChecksArgs"),
    "recover.backup_plan": ("BackupPlan", "BackupPlanArgs"),
    "recover.backup_vault": ("BackupVault", "BackupVaultArgs"),
    "recover.read_replica": ("ReadReplica", "ReadReplicaArgs"),
    "recover.standby_servers": ("StandbyServers", "StandbyServersArgs"),
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
