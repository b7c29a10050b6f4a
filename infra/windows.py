"""The plan's maintenance windows in Systems Manager, where what works in them is registered."""

import pulumi
from providers import Providers
from pulumi_upkeep import MaintenanceWindows
from pulumi_upkeep.operate.maintenance_windows import definition
from pulumi_upkeep.plan import Plan


def declare_windows(plan: Plan, providers: Providers) -> MaintenanceWindows | None:
    """In the primary region, where the servers and databases are that are worked on."""
    if not plan.windows:
        return None
    return MaintenanceWindows(
        "windows",
        {
            "windows": {name: definition(window) for name, window in plan.windows.items()},
            "timezone": plan.timezone,
        },
        pulumi.ResourceOptions(provider=providers.aws[plan.regions.primary]),
    )
