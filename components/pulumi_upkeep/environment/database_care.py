"""Care of databases, in the plan's windows, which stand in the primary region."""

from collections.abc import Mapping

import pulumi

from .. import DatabaseCare, MaintenanceWindows
from ..operate.database_care import CareWindow, DatabaseCareArgs
from ..plan import Plan
from ..plan.database_care import done_within, works_until
from ..plan.words import say_duration
from .databases import Databases
from .estate import Estate
from .providers import Providers
from .routing import Routes


def declare_database_care(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    databases: Databases,
    windows: MaintenanceWindows | None,
) -> Mapping[str, DatabaseCare]:
    """By the plan's names. While the recovery region writes, care rests: its windows are here. It
    stays declared all the same, for its buckets hold what nothing may delete."""
    if windows is None:
        return {}
    region = plan.regions.primary
    declared = {}
    for name, care in plan.database_care.items():
        active = plan.active_member(name)
        when: dict[str, CareWindow] = {
            job: {
                "ids": dict(windows.ids(each.window)),
                "until": f"{works_until(plan.windows[each.window]):%H:%M}",
                "done_within": say_duration(done_within(care, job, plan.windows[each.window])),
            }
            for job, each in care.jobs().items()
        }
        side = estate.care[name]
        args: DatabaseCareArgs = {
            "care": care.in_words(),
            "host": (
                estate.databases[name].instance.address
                if active.looked_up
                else databases.replicas[active.name].address
            ),
            "resting": active.place != "primary",
            "timezone": plan.timezone,
            "windows": when,
            "network": {
                "vpc": side.network.vpc_id,
                "subnets": side.network.private_subnets,
                "security_group": side.security_group,
            },
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
            "protected": plan.protected,
        }
        declared[name] = DatabaseCare(
            f"{name}-care", args, pulumi.ResourceOptions(provider=providers.aws[region])
        )
    return declared
