"""Bynomi's environment stack: the plan, the estate it stands on, and what keeps its promises.

The plan is this stack's configuration. It is read and proved before anything is declared; what is
found in the estate is proved again with its facts. No rule of a cloud stands here.
"""

from collections.abc import Sequence

import pulumi
from backups import declare_backups
from databases import declare_replicas
from estate import look_up
from monitoring import declare_alarms, declare_routes, declare_uptime
from providers import declare_providers
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.proofs import prove
from settings import read_plan
from standby import declare_standby


def main() -> None:
    """Declares the environment; raises ``PlanError`` where the plan cannot stand."""
    plan = read_plan()
    prove(plan).require()
    providers = declare_providers(plan)
    estate = look_up(plan, providers)
    proof = prove(plan, estate.facts())
    proof.require()
    for finding in proof.findings:
        if not finding.accepted:
            pulumi.log.warn(str(finding))

    routes = declare_routes(plan, estate, providers)
    declare_alarms(plan, estate, providers, routes)
    checks = declare_uptime(plan, providers, routes)
    backups = declare_backups(plan, estate, providers, routes)
    replicas = declare_replicas(plan, estate, providers, routes)
    standbys = declare_standby(plan, estate, providers, routes)

    # What other stacks need.
    pulumi.export("topics", {region: each.topics for region, each in routes.items()})
    pulumi.export("datadog_handles", routes[plan.regions.primary].datadog_handles)
    unproven: dict[str, pulumi.Input[Sequence[str]]] = {
        region: each.unproven for region, each in routes.items()
    }
    # What no alarm can tell of backups: they are taken in the primary region.
    unproven[plan.regions.primary] = pulumi.Output.all(
        routes[plan.regions.primary].unproven, *(each.unproven for each in backups.plans.values())
    ).apply(lambda known: [saying for sayings in known for saying in sayings])
    pulumi.export("unproven", unproven)
    pulumi.export("uptime_checks", checks.tests if checks else {})
    pulumi.export(
        "vaults",
        {
            name: {"name": each.vault_name, "arn": each.vault_arn}
            for name, each in backups.vaults.items()
        },
    )
    pulumi.export(
        "replicas",
        {name: {"arn": each.arn, "endpoint": each.endpoint} for name, each in replicas.items()},
    )
    pulumi.export(
        "standby",
        {
            name: {
                "load_balancer": each.load_balancer_dns_name,
                "group": each.group_name,
                "name_that_moves": each.record_fqdn,
            }
            for name, each in standbys.items()
        },
    )


try:
    main()
except PlanError as error:
    # One error with all faults, and no traceback.
    raise pulumi.RunError(str(error)) from None
