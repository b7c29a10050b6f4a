"""The plan's maintenance windows in Systems Manager, where what works in them is registered."""

import pulumi

from .. import MaintenanceWindows
from ..operate.maintenance_windows import definition
from ..plan import Plan
from .providers import Providers


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
