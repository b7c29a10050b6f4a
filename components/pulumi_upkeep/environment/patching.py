"""Security patches of the estate's servers, in the plan's windows."""

import pulumi

from .. import MaintenanceWindows, Patching
from ..operate.patching import PatchedServersArgs
from ..plan import Plan
from ..plan.patching import Patched, say_delay, say_share
from ..plan.words import say_duration
from .estate import Estate
from .providers import Providers
from .routing import Routes


def declare_patching(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    windows: MaintenanceWindows | None,
) -> Patching | None:
    """In the primary region, where the servers are."""
    if not plan.patching or windows is None:
        return None
    region = plan.regions.primary
    return Patching(
        "patching",
        {
            "servers": {
                name: _servers(plan, entry, estate, windows)
                for name, entry in plan.patching.items()
            },
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
        },
        pulumi.ResourceOptions(provider=providers.aws[region]),
    )


def _servers(
    plan: Plan, entry: Patched, estate: Estate, windows: MaintenanceWindows
) -> PatchedServersArgs:
    return {
        "groups": [plan.estate.servers[each].group for each in entry.servers],
        "roles": [estate.servers[each].role for each in entry.servers],
        "system": entry.system,
        "windows": dict(windows.ids(entry.window)),
        "severities": [*entry.severities],
        "approve_after": say_delay(entry.approval),
        "reboot": entry.reboot,
        "at_once": say_share(entry.at_once),
        "errors": say_share(entry.errors),
        "severity": entry.severity,
        "late_after": say_duration(entry.late(plan.windows[entry.window])),
    }
