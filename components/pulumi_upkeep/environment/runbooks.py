"""What is done when something fails: a document for each scenario, where it will be carried out."""

from collections.abc import Mapping
from typing import Any

import pulumi

from .. import BucketReplica, Evidence, RegionSwitch, Runbooks, StandbyServers
from ..plan import Plan
from ..plan.recovery import Recovery
from ..plan.words import say_duration
from ..plan.writers import next_generation
from ..recover.runbook.of_plan import configuration
from ..recover.runbooks import (
    COMPLETE_OUTAGE,
    RunbookChecks,
    RunbookDatabase,
    RunbookFiles,
    RunbooksArgs,
    RunbookStandby,
)
from .backup_places import place_name
from .backups import Backups
from .databases import Databases
from .estate import Estate
from .members import identifier_of
from .providers import Providers
from .routing import Routes

Standbys = dict[str, StandbyServers]


def declare_runbooks(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    backups: Backups,
    databases: Databases,
    standbys: Standbys,
    files: Mapping[str, BucketReplica],
    evidence: Evidence | None,
) -> dict[str, Runbooks]:
    """The runbooks by region: each stands where what takes over is, since the other side may be
    gone."""
    recovery = plan.recovery
    if recovery is None:
        return {}
    declared: dict[str, Runbooks] = {}
    for region in (plan.regions.primary, plan.regions.recovery):
        here = [name for name in recovery.database_failure if _place(plan, name) == region]
        is_recovery = region == plan.regions.recovery
        whole = recovery.application_server_failure or recovery.complete_outage
        if not here and not (is_recovery and whole):
            continue
        args: RunbooksArgs = {
            "region": region,
            "approvers": [*estate.approvers],
            "asks": recovery.approval,
            "decide_within": say_duration(recovery.decide_within),
            "databases": {
                name: _database(name, plan, estate, backups, databases, recovery) for name in here
            },
            "writers": [plan.active_member(name).name for name in plan.estate.databases],
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
            # After a failover there may be no successor, and then no such runbook: that must not
            # stop the deployment which follows the failover. It holds no data.
            "protected": False,
        }
        if evidence is not None:
            args["ledger"] = {
                "bucket": evidence.bucket_name,
                "region": plan.regions.recovery,
                "configuration": configuration(plan),
            }
        if recovery.application:
            args["application"] = recovery.application
        if is_recovery:
            args["standbys"] = {
                name: _standby(name, plan, estate, standbys, recovery, here)
                for name in recovery.application_server_failure
            }
            if recovery.complete_outage:
                args["complete_outage"] = {
                    "company": plan.company,
                    # One whose writer stands here already needs no switch.
                    "databases": [
                        name for name in recovery.complete_outage.databases if name in here
                    ],
                    "standbys": [*recovery.complete_outage.standby],
                    "files": _files(plan, backups, files),
                }
        declared[region] = Runbooks(
            "runbooks" if is_recovery else f"runbooks-{region}",
            args,
            pulumi.ResourceOptions(provider=providers.aws[region]),
        )
    if recovery.region_switch:
        _declare_region_switch(
            plan, estate, providers, routes, recovery, declared[plan.regions.recovery]
        )
    return declared


def _declare_region_switch(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    recovery: Recovery,
    runbooks: Runbooks,
) -> None:
    """The way into the runbook of a complete outage by Application Recovery Controller."""
    region = plan.regions.recovery
    RegionSwitch(
        "region-switch",
        {
            "primary_region": plan.regions.primary,
            "recovery_region": region,
            "document": runbooks.documents[COMPLETE_OUTAGE],
            "document_role": runbooks.role_arns[COMPLETE_OUTAGE],
            # Region switch knows one role per step.
            "approver": estate.approvers[0],
            "decide_within": say_duration(recovery.decide_within),
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
        },
        pulumi.ResourceOptions(provider=providers.aws[region]),
    )


def _files(
    plan: Plan, backups: Backups, replicas: Mapping[str, BucketReplica]
) -> list[RunbookFiles]:
    """What of each bucket is in the recovery region: its replica, or copies of its backups."""
    found: list[RunbookFiles] = []
    for name, bucket in plan.estate.buckets.items():
        one: RunbookFiles = {
            "of": name,
            "bucket": bucket,
            "vaults": [
                backups.vaults[vault].vault_name
                for entry, each in plan.backups.items()
                if name in each.protects.buckets
                and (vault := place_name(entry, plan.regions.recovery)) in backups.vaults
            ],
        }
        for replica, each in plan.bucket_replicas.items():
            if each.of == name:
                one["replica"] = replicas[replica].bucket_name
        found.append(one)
    return found


def _place(plan: Plan, database: str) -> str | None:
    """The region of the member that takes over."""
    successor = plan.successor_member(database)
    return plan.region_of(successor.place) if successor else None


def _database(
    name: str,
    plan: Plan,
    estate: Estate,
    backups: Backups,
    databases: Databases,
    recovery: Recovery,
) -> RunbookDatabase:
    active, successor = plan.active_member(name), plan.successor_member(name)
    # The plan is checked: a runbook names a database that has a successor.
    assert successor is not None
    runbook = recovery.database_failure[name]
    database: RunbookDatabase = {
        "primary": {
            "id": identifier_of(active),
            "region": plan.region_of(active.place),
            "name": active.name,
        },
        "successor": {
            "id": databases.replicas[successor.name].identifier,
            "region": plan.region_of(successor.place),
            "name": successor.name,
        },
        "fence": databases.fences[name, active.place].security_group_id,
        "keep_backups": say_duration(runbook.keep_backups),
        "writer_name": plan.writers[name].name or "",
    }
    checks = _checks(runbook.credentials, estate)
    if checks is not None:
        checks = {**checks, **_plans_checks(name, plan)}
    # The subnets are of the recovery region: on the way back nothing looks from there.
    if checks is not None and successor.place == "recovery":
        database["checks"] = checks
    region = plan.region_of(successor.place)
    vaults = [
        backups.vaults[vault].vault_name
        for entry, each in plan.backups.items()
        if name in each.protects.databases
        and (vault := place_name(entry, region)) in backups.vaults
    ]
    if vaults:
        database["restore"] = {
            "of": identifier_of(active),
            "vaults": [*vaults],
            # As large as what takes over.
            "instance_class": plan.replicas[successor.name].class_,
            "subnet_group": plan.estate.databases[name].subnet_group,
            "security_groups": [estate.security_groups[successor.name]],
            "next_name": next_generation(plan.members(name), successor.place, region),
        }
    return database


def _plans_checks(database: str, plan: Plan) -> RunbookChecks:
    """What the plan's restore tests of a database look at: it has to be so in what takes over."""
    tests = [test for test in plan.restore_tests.values() if test.of == database]
    data: list[dict[str, Any]] = []
    for test in tests:
        if (looked_at := test.checks.of_database()) not in data:
            data.append(looked_at)
    within = {test.database for test in tests if test.database}
    found: dict[str, Any] = {"data": data}
    # Tests of two databases within one instance: the secret says which one is meant.
    if len(within) == 1:
        found["database"] = within.pop()
    return found  # type: ignore[return-value]


def _checks(credentials: str | None, estate: Estate) -> RunbookChecks | None:
    """Where a function looks from: the servers' own subnets of the recovery region, in the group
    that the database lets in."""
    side = next(iter(estate.recovery.values()), None)
    if credentials is None or side is None:
        return None
    return {
        "credentials": credentials,
        "subnets": side.network.private_subnets,
        "security_groups": [side.security_group],
    }


def _standby(
    name: str,
    plan: Plan,
    estate: Estate,
    standbys: Standbys,
    recovery: Recovery,
    here: list[str],
) -> RunbookStandby:
    declared, standby = standbys[name], plan.standby[name]
    servers = recovery.application_server_failure[name].servers or standby.at_most
    runbook: RunbookStandby = {
        "group": declared.group_name,
        "target_group": declared.target_group_arn,
        "servers": servers,
        "at_most": standby.at_most,
        "returns_at": [f"{share:g} %" for share in standby.returns_at or ()],
        "address": declared.load_balancer_dns_name,
        "serves": standby.serves,
        "health_path": standby.health.path,
        "databases": here,
    }
    if not standby.moves_by_itself:
        runbook["switch"] = declared.switch_arn
    logins = (recovery.database_failure[each].credentials for each in here)
    checks = _checks(next((login for login in logins if login), None), estate)
    if checks is not None:
        runbook["checks"] = checks
    return runbook
