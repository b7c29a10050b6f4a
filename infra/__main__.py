"""Bynomi's environment stack: the plan, the estate it stands on, and what keeps its promises.

The plan is this stack's configuration. It is read and proved before anything is declared; what is
found in the estate is proved again with its facts. No rule of a cloud stands here.
"""

from collections.abc import Sequence

import pulumi
from backups import declare_backups
from databases import declare_databases
from estate import look_up
from files import declare_audit, declare_bucket_replicas
from monitoring import declare_alarms, declare_routes, declare_uptime
from providers import declare_providers
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.proofs import prove
from pulumi_upkeep.plan.proofs.outputs import promises_output
from restore_tests import declare_evidence, declare_restore_tests
from runbooks import declare_runbooks
from settings import read_plan
from standby import declare_readiness, declare_standby


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

    for region, reason in estate.roles.silent.items():
        pulumi.log.warn(f"{region} does not say what its databases do, so the others do: {reason}")

    routes = declare_routes(plan, estate, providers)
    declare_alarms(plan, estate, providers, routes)
    checks = declare_uptime(plan, providers, routes)
    backups = declare_backups(plan, estate, providers, routes)
    evidence = declare_evidence(
        plan, providers, routes, plan.drills.ages() if plan.drills else None
    )
    proofs = declare_restore_tests(plan, estate, providers, routes, backups, evidence)
    files = declare_bucket_replicas(plan, estate, providers, routes)
    audit = declare_audit(plan, providers)
    databases = declare_databases(plan, estate, providers, routes)
    standbys = declare_standby(plan, estate, providers, routes)
    runbooks = declare_runbooks(
        plan, estate, providers, routes, backups, databases, standbys, files, evidence
    )

    readiness = declare_readiness(plan, estate, providers, routes, backups, standbys)

    # What is promised, judged with what was found, and what it was judged with: the next preview
    # is compared with it.
    pulumi.export("promises", promises_output(proof))
    pulumi.export("protection_cost", proof.costs.as_data())
    pulumi.export("estate_facts", proof.facts.as_data())
    # What other stacks need.
    pulumi.export("topics", {region: each.topics for region, each in routes.items()})
    pulumi.export("datadog_handles", routes[plan.regions.primary].datadog_handles)
    unproven: dict[str, pulumi.Input[Sequence[str]]] = {
        region: each.unproven for region, each in routes.items()
    }
    # What no alarm can tell of backups: they are taken in the primary region.
    unproven[plan.regions.primary] = pulumi.Output.all(
        routes[plan.regions.primary].unproven,
        *(each.unproven for each in backups.plans.values()),
        backups.unproven,
        *(each.unproven for each in files.values()),
        *([audit.unproven] if audit else []),
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
        "bucket_replicas",
        {name: {"name": each.bucket_name, "arn": each.bucket_arn} for name, each in files.items()},
    )
    pulumi.export("backup_reports", audit.bucket_name if audit else None)
    pulumi.export("evidence", evidence.bucket_name if evidence else None)
    pulumi.export(
        "restore_tests", {name: each.configuration for name, each in proofs.tests.items()}
    )
    pulumi.export(
        "replicas",
        {
            name: {"arn": each.arn, "endpoint": each.endpoint}
            for name, each in databases.replicas.items()
        },
    )
    pulumi.export("runbooks", {region: each.documents for region, each in runbooks.items()})
    pulumi.export("writers", {name: each.fqdn for name, each in databases.names.items()})
    pulumi.export(
        "standby",
        {
            name: {
                "load_balancer": each.load_balancer_dns_name,
                "group": each.group_name,
                "name_that_moves": each.record_fqdn,
                "name_that_returns": each.return_fqdn,
                "looked_at_by": readiness[name].function_name,
            }
            for name, each in standbys.items()
        },
    )


try:
    main()
except PlanError as error:
    # One error with all faults, and no traceback.
    raise pulumi.RunError(str(error)) from None
