"""The whole program of a stack, from its plan to what keeps it.

The plan is the stack's configuration. It is read and proved before anything is declared; what is
found in the estate is proved again with its facts. No rule of a cloud stands here.
"""

from collections.abc import Sequence

import pulumi

from ..adopt import adopt
from ..plan import Plan, PlanError
from ..plan.holidays import holiday_sayings
from ..plan.proofs import prove
from ..plan.proofs.outputs import promises_output
from .access import declare_access
from .backups import declare_backups
from .business import declare_business, panels_of_business
from .dashboards import declare_dashboards
from .database_care import declare_database_care
from .databases import declare_databases
from .errors import declare_errors, panels_of_errors
from .files import declare_audit, declare_bucket_replicas
from .incidents import declare_incidents
from .logs import declare_logs, panels_of_logs
from .look_up import look_up
from .monitoring import declare_alarms
from .notices import declare_notices
from .patching import declare_patching
from .providers import declare_providers
from .quiet import close_alert_book, declare_quiet, open_alert_book
from .releases import declare_release_watch
from .restore_tests import declare_evidence, declare_restore_tests
from .route_tests import declare_route_tests
from .routing import declare_responders, declare_routes, declare_trackers
from .runbooks import declare_runbooks
from .security import declare_security
from .service_objectives import declare_service_objectives, for_dashboards
from .services import declare_services
from .settings import read_plan
from .standby import declare_readiness, declare_standby
from .updates import declare_dependency_review
from .uptime import declare_status_page, declare_uptime
from .windows import declare_windows


def main() -> None:
    """What :func:`pulumi_upkeep.environment.deploy` says."""
    try:
        _declare(read_plan())
    except PlanError as error:
        # One error with all faults, and no traceback.
        raise pulumi.RunError(str(error)) from None


def _declare(plan: Plan) -> None:
    planned = prove(plan)
    planned.require()
    providers = declare_providers(plan)
    estate = look_up(plan, providers)
    proof = prove(plan, estate.facts(), before=planned)
    proof.require()
    for finding in proof.findings:
        if not finding.accepted:
            pulumi.log.warn(str(finding))

    for region, reason in estate.roles.silent.items():
        pulumi.log.warn(f"{region} does not say what its databases do, so the others do: {reason}")

    adoption = adopt(plan.adopt)
    book = open_alert_book(plan)
    responders = declare_responders(plan, estate, providers)
    declare_trackers(plan, providers)
    routes = declare_routes(plan, estate, providers)
    declare_alarms(plan, estate, providers, routes)
    windows = declare_windows(plan, providers)
    patching = declare_patching(plan, estate, providers, routes, windows)
    security = declare_security(plan, providers, routes)
    declare_dependency_review(plan, providers, routes)
    notices = declare_notices(plan, estate, providers, routes)
    services = declare_services(plan, estate, providers, routes)
    errors = declare_errors(plan, providers, routes)
    business = declare_business(plan, providers, routes)
    logs = declare_logs(plan, estate, providers, routes)
    checks = declare_uptime(plan, providers, routes)
    status_page = declare_status_page(plan, providers, routes, checks)
    objectives = declare_service_objectives(plan, providers, routes, checks)
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

    care = declare_database_care(plan, estate, providers, routes, databases, windows)
    readiness = declare_readiness(plan, estate, providers, routes, backups, standbys)

    board = declare_dashboards(
        plan,
        estate,
        providers,
        databases,
        files,
        standbys,
        objectives=for_dashboards(objectives),
        panels=[*panels_of_errors(plan), *panels_of_business(plan), *panels_of_logs(plan)],
    )

    release_watch = declare_release_watch(plan, providers, routes)
    route_tests = declare_route_tests(plan, providers, routes)
    incidents = declare_incidents(plan, providers, routes)
    # Last: the book is closed, and what is declared after it cannot be quiet or tuned.
    close_alert_book(book, adoption)
    declare_quiet(plan, providers, book)
    access = declare_access(plan, estate, providers, routes, runbooks, backups, board, book)

    # What is promised, judged with what was found, and what it was judged with: the next preview
    # is compared with it.
    pulumi.export("promises", promises_output(proof))
    pulumi.export("protection_cost", proof.costs.as_data())
    pulumi.export("estate_facts", proof.facts.as_data())
    # What other stacks need.
    pulumi.export("topics", {region: each.topics for region, each in routes.items()})
    pulumi.export(
        "route_tests",
        {
            "acknowledged_by": route_tests.acknowledging_function,
            "acknowledging_policy": route_tests.acknowledging_policy,
            "sent_by": route_tests.sending_function,
        }
        if route_tests
        else None,
    )
    pulumi.export(
        "incidents",
        {"type": incidents.incident_type, "reviews": incidents.reviews_function}
        if incidents
        else None,
    )
    pulumi.export("access_roles", access.role_arns if access else {})
    pulumi.export("datadog_handles", routes[plan.regions.primary].datadog_handles)
    unproven: dict[str, pulumi.Input[Sequence[str]]] = {
        region: each.unproven for region, each in routes.items()
    }
    # What no alarm can tell of backups: they are taken in the primary region.
    unproven[plan.regions.primary] = pulumi.Output.all(
        routes[plan.regions.primary].unproven,
        *(each.unproven for each in responders.on_call.values()),
        *([responders.rung.unproven] if responders.rung else []),
        holiday_sayings(plan),
        *(each.unproven for each in backups.plans.values()),
        backups.unproven,
        *(each.unproven for each in files.values()),
        *([audit.unproven] if audit else []),
        *([logs.unproven] if logs else []),
        *([notices.unproven] if notices else []),
    ).apply(lambda known: [saying for sayings in known for saying in sayings])
    pulumi.export("unproven", unproven)
    pulumi.export("maintenance_windows", windows.window_ids if windows else {})
    pulumi.export(
        "patching",
        {"baselines": patching.baselines, "tasks": patching.tasks} if patching else None,
    )
    pulumi.export(
        "security",
        {
            "images": security.images.scan_type if security.images else None,
            "findings": security.scans.rules if security.scans else None,
            "reviews": security.reviews.titles if security.reviews else None,
        },
    )
    pulumi.export("release_watch", release_watch.monitors if release_watch else {})
    pulumi.export(
        "notices",
        {
            "banner": notices.banner_url,
            "bucket": notices.bucket_name,
            "kept_by": notices.function_name,
            "mailed_by": notices.topic_arn,
        }
        if notices
        else None,
    )
    pulumi.export("service_monitors", services.monitors if services else {})
    pulumi.export("error_monitors", errors.monitors if errors else {})
    pulumi.export("browser_snippets", errors.snippets if errors else {})
    pulumi.export("business_monitors", business.monitors if business else {})
    pulumi.export("dashboard", board.url if board else None)
    pulumi.export(
        "logs",
        {"index": logs.index_name, "metrics": logs.metrics, "view": logs.view} if logs else None,
    )
    pulumi.export("uptime_checks", checks.tests if checks else {})
    # What the workers of private locations are started with: secret.
    pulumi.export("private_locations", checks.private_locations if checks else {})
    pulumi.export("service_objectives", objectives.objectives if objectives else {})
    pulumi.export("status_page", status_page.url if status_page else None)
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
    pulumi.export(
        "database_care",
        {
            name: {
                "function": each.function_name,
                "reports": each.reports_bucket,
                "archive": each.archive_bucket,
            }
            for name, each in care.items()
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
