"""Access: who may see, run, approve and change what is declared, and who hears of break-glass."""

from collections.abc import Iterable, Mapping

import pulumi

from .. import Access, BreakGlassWatch, Dashboards, DatadogAccess, Runbooks
from ..observe.alert_book import AlertBook
from ..operate.access import BREAK_GLASS, AccessArgs
from ..plan import Plan
from ..plan.access import ACCESS
from ..plan.access import Access as AccessPlan
from ..plan.words import Severity
from .backups import Backups
from .estate import Estate
from .providers import Providers
from .routing import Routes

# Monitors that wake people are changed by deployments only. A restriction each is a resource more;
# the rest is as safe as roles without the right to write them make it.
RESTRICTED: tuple[Severity, ...] = ("p0", "p1")


def declare_access(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    runbooks: Mapping[str, Runbooks],
    backups: Backups,
    board: Dashboards | None,
    book: AlertBook,
) -> Access | None:
    """After everything that roles are for."""
    if plan.access is None:
        return None
    # Vaults of another account are nothing that a role of this one takes backups into.
    away = plan.estate.vault_account
    vaults = [
        each.vault_arn
        for name, each in sorted(backups.vaults.items())
        if away is None or not name.endswith(f"-{away.id}")
    ]
    args: AccessArgs = plan.access.in_words() | {
        "documents": _values(each.documents for each in runbooks.values()),
        "document_roles": _values(each.role_arns for each in runbooks.values()),
        "vaults": pulumi.Output.all(*vaults),
        "backup_roles": pulumi.Output.all(*(each.role_arn for each in backups.plans.values())),
        "watched_in": sorted(routes),
    }
    access = Access(ACCESS, args, pulumi.ResourceOptions(provider=providers.primary))
    if plan.access.break_glass is not None:
        _watch(plan, plan.access, providers, routes, access)
    _in_datadog(plan, plan.access, estate, providers, board, book)
    return access


def _values(found: Iterable[pulumi.Output[dict[str, str]]]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*found).apply(
        lambda each: sorted({value for one in each for value in one.values()})
    )


def _watch(
    plan: Plan, planned: AccessPlan, providers: Providers, routes: Routes, access: Access
) -> None:
    """In every region with routes: in no other one can the role be taken."""
    assert planned.break_glass is not None
    for region in sorted(routes):
        BreakGlassWatch(
            f"break-glass-{region}",
            {
                "role": access.role_arns.apply(lambda arns: arns[BREAK_GLASS]),
                "severity": str(planned.break_glass.severity),
                "topics": routes[region].alert_topics(),
                "runbooks": plan.runbooks,
            },
            pulumi.ResourceOptions(provider=providers.aws[region]),
        )


def _in_datadog(
    plan: Plan,
    planned: AccessPlan,
    estate: Estate,
    providers: Providers,
    board: Dashboards | None,
    book: AlertBook,
) -> None:
    DatadogAccess(
        "datadog-access",
        {
            "roles": {
                name: {
                    "may": role.may.in_words(),
                    "users": {
                        person: estate.users[person]
                        for team in role.teams
                        for person in plan.teams[team].people
                    },
                }
                for name, role in planned.roles.items()
            },
            "dashboards": {"board": board.dashboard_id} if board else {},
            "monitors": {
                name: id_
                for name, (severity, id_) in book.monitors.items()
                if severity in RESTRICTED
            },
        },
        pulumi.ResourceOptions(provider=providers.datadog),
    )
