"""What of the estate is looked up: everything that the plan names, at once.

Before the first resource, because what is found decides what is declared (FACTS of an instance
become its alarms' thresholds). What does not exist is said all together, each with the plan's path.
"""

import asyncio

import pulumi

from .. import aws
from ..operate.access import access_role_name
from ..plan import Plan
from ..plan.access import ACCESS
from ..plan.on_call import responders
from ..plan.proofs import EstateFacts
from ..plan.proofs.writer_findings import writer_findings
from ..plan.words import Place
from ..thin import wait_for
from . import cloud_look_ups as cloud
from .estate import Answering, CareSide, Estate, Network, RecoverySide, Servers
from .finder import Finder
from .members import ask, identifier_of, size_of
from .providers import GLOBAL_REGION, Providers


def look_up(plan: Plan, providers: Providers) -> Estate:
    """Finds everything the plan names.

    Raises ``PlanError`` with one fault per item that does not exist, after all were looked for.
    """
    return wait_for(_look_up(plan, providers))


async def _look_up(plan: Plan, providers: Providers) -> Estate:
    estate = plan.estate
    primary = pulumi.InvokeOptions(provider=providers.primary)
    recovery = pulumi.InvokeOptions(provider=providers.recovery)
    # First and alone: where the credentials are wrong, that is said once and not of everything.
    identity = await aws.get_caller_identity(opts=primary)
    account = identity.account_id
    finder = Finder()
    zone = finder.find("estate.zone", estate.zone, cloud.zone(estate.zone, primary))
    datadog_role = (
        finder.find("estate.datadog_role", role, cloud.role_arn(role, primary))
        if (role := estate.datadog_role)
        else None
    )
    own_roles = plan.access.roles if plan.access else {}
    iam = f"arn:{identity.arn.split(':')[1]}:iam::{account}"
    approvers = [
        # The plan's own are made after the runbooks, which they may start: known by their name.
        finder.find(
            f"recovery.approvers.{index}",
            role,
            cloud.known(f"{iam}:role/{access_role_name(ACCESS, role)}")
            if role in own_roles
            else cloud.role_arn(role, primary),
        )
        for index, role in enumerate(plan.recovery.approvers if plan.recovery else ())
    ]
    users = {
        name: finder.find(
            f"people.{name}.email",
            plan.people[name].email,
            cloud.user(plan.people[name].email, options),
        )
        for options in [pulumi.InvokeOptions(provider=providers.datadog)]
        for name in responders(plan)
    }
    asking = asyncio.ensure_future(ask(plan, providers))
    private_zone = _private_zone(plan, finder, primary, recovery)
    databases = {}
    for name in estate.databases:
        active = plan.active_member(name)
        # An old instance of the estate may be gone: it is only one of several members then.
        databases[name] = finder.find(
            f"estate.databases.{name}.instance" if active.looked_up else f"writers.{name}.active",
            active.name,
            cloud.database(
                identifier_of(active), recovery if active.place == "recovery" else primary
            ),
        )
    sizes = {
        name: finder.find(
            f"replicas.{name}.class",
            replica.class_,
            size_of(replica.class_, recovery if replica.in_ == "recovery" else primary),
        )
        for name, replica in plan.replicas.items()
    }
    networks = _database_networks(plan, finder, primary, recovery)
    servers = {
        name: (
            finder.find(
                f"estate.servers.{name}.group",
                servers.group,
                aws.autoscaling.get_group(name=servers.group, opts=primary),
            ),
            finder.find(
                f"estate.servers.{name}.profile",
                servers.profile,
                cloud.role(servers.profile, primary),
            ),
            finder.find(
                f"estate.servers.{name}.load_balancer",
                servers.load_balancer,
                aws.lb.get_load_balancer(name=servers.load_balancer, opts=primary),
            ),
            finder.find(
                f"estate.servers.{name}.target_group",
                servers.target_group,
                aws.lb.get_target_group(name=servers.target_group, opts=primary),
            ),
        )
        for name, servers in estate.servers.items()
    }
    buckets = {
        name: finder.find(
            f"estate.buckets.{name}", bucket, aws.s3.get_bucket(bucket=bucket, opts=primary)
        )
        for name, bucket in estate.buckets.items()
    }
    versioned = {
        name: finder.find(f"estate.buckets.{name}", bucket, cloud.versioned(bucket, primary))
        for name, bucket in estate.buckets.items()
    }
    security_groups = {
        name: finder.find(
            f"estate.databases.{replica.of}.security_group",
            f"{estate.databases[replica.of].security_group} in {replica.in_} region",
            cloud.security_group(
                estate.databases[replica.of].security_group,
                recovery if replica.in_ == "recovery" else primary,
            ),
        )
        for name, replica in plan.replicas.items()
    }
    sides = {
        name: (
            finder.find(
                "estate.network",
                f"{estate.network} in {plan.regions.recovery}",
                cloud.network(estate.network, recovery),
            ),
            finder.find(
                f"estate.servers.{standby.for_}.security_group",
                f"{estate.servers[standby.for_].security_group} in {plan.regions.recovery}",
                cloud.security_group(estate.servers[standby.for_].security_group, recovery),
            ),
            finder.find(
                f"standby.{name}.serves",
                standby.serves,
                cloud.certificate(standby.serves, recovery),
            ),
            finder.find(
                f"standby.{name}.image",
                f"{standby.image} in {plan.regions.recovery}",
                cloud.image(standby.image, recovery),
            ),
        )
        for name, standby in plan.standby.items()
    }
    isolated = {
        place: finder.find(
            "estate.isolated",
            f"subnets tagged Tier={estate.isolated} in {plan.region_of(place)}",
            cloud.isolated(
                estate.network,
                str(estate.isolated),
                recovery if place == "recovery" else primary,
            ),
        )
        for place in sorted({test.in_ for test in plan.restore_tests.values()})
    }
    answering = _answering(plan, finder, primary)
    care = _care(plan, finder, primary)
    notices = _notices(plan, finder, providers)
    _named_only(plan, finder, primary)
    roles = await asking
    # Who writes comes first: it explains what is not found.
    await finder.require_all(
        [
            finding.as_fault()
            for finding in writer_findings(plan, EstateFacts(members=roles.members))
            if finding.refused
        ]
    )
    return Estate(
        account=account,
        zone_id=zone.result(),
        datadog_role_arn=datadog_role.result() if datadog_role else None,
        databases={name: found.result() for name, found in databases.items()},
        roles=roles,
        sizes={name: found.result() for name, found in sizes.items()},
        database_networks={place: found.result().vpc_id for place, found in networks.items()},
        private_zone_id=private_zone.result() if private_zone else None,
        servers={
            name: Servers(group.result(), role.result(), balancer.result(), targets.result())
            for name, (group, role, balancer, targets) in servers.items()
        },
        buckets={name: found.result() for name, found in buckets.items()},
        versioned={name: found.result() for name, found in versioned.items()},
        security_groups={name: found.result() for name, found in security_groups.items()},
        recovery={
            name: RecoverySide(
                network.result(), group.result(), certificate.result(), image.result()
            )
            for name, (network, group, certificate, image) in sides.items()
        },
        isolated={place: found.result() for place, found in isolated.items()},
        approvers=[found.result() for found in approvers],
        users={name: found.result() for name, found in users.items()},
        answering=answering.result() if answering else None,
        care={
            name: CareSide(network.result(), group.result())
            for name, (network, group) in care.items()
        },
        notices_certificate_arn=notices.result() if notices else None,
    )


def _care(
    plan: Plan, finder: Finder, primary: pulumi.InvokeOptions
) -> "dict[str, tuple[asyncio.Task[Network], asyncio.Task[str]]]":
    """The network and the security group of each database that is cared for here."""
    return {
        name: (
            finder.find(
                "estate.network",
                f"{plan.estate.network} in {plan.regions.primary}",
                cloud.network(plan.estate.network, primary),
            ),
            finder.find(
                f"estate.databases.{name}.security_group",
                f"{plan.estate.databases[name].security_group} in primary region",
                cloud.security_group(plan.estate.databases[name].security_group, primary),
            ),
        )
        for name in plan.database_care
    }


def _answering(
    plan: Plan, finder: Finder, primary: pulumi.InvokeOptions
) -> "asyncio.Task[Answering] | None":
    """What answers at the dashboards' address, for which there has to be a certificate."""
    chapter = plan.dashboards
    if chapter is None or chapter.address is None:
        return None
    finder.find("dashboards.address", chapter.address, cloud.certificate(chapter.host, primary))
    # The plan is checked: a balancer is known.
    name = chapter.answered_by(plan.estate) or ""
    return finder.find("dashboards.balancer", name, cloud.listening(name, primary))


def _notices(plan: Plan, finder: Finder, providers: Providers) -> "asyncio.Task[str] | None":
    """The certificate of the banner's own name, where CloudFront takes one from."""
    chapter = plan.notices
    if chapter is None or chapter.address is None:
        return None
    options = pulumi.InvokeOptions(provider=providers.aws[GLOBAL_REGION])
    return finder.find(
        "notices.address", chapter.address, cloud.certificate(chapter.address, options)
    )


def _named_only(plan: Plan, finder: Finder, primary: pulumi.InvokeOptions) -> None:
    """What is declared with its name alone must be there all the same: the cloud would refuse it
    half way through a deployment, or not at all."""
    for name, database in plan.estate.databases.items():
        if database.proxy is not None:
            finder.find(
                f"estate.databases.{name}.proxy",
                database.proxy,
                aws.rds.get_proxy(name=database.proxy, opts=primary),
            )


def _database_networks(
    plan: Plan, finder: Finder, primary: pulumi.InvokeOptions, recovery: pulumi.InvokeOptions
) -> "dict[tuple[str, Place], asyncio.Task[aws.rds.GetSubnetGroupResult]]":
    """The subnet groups of the databases with replicas, wherever they have members."""
    places = {
        (database, member.place): plan.estate.databases[database].subnet_group
        for database in plan.estate.databases
        for member in plan.members(database)
        if len(plan.members(database)) > 1
    }
    return {
        (database, place): finder.find(
            f"estate.databases.{database}.subnet_group",
            f"{group} in {place} region",
            aws.rds.get_subnet_group(name=group, opts=recovery if place == "recovery" else primary),
        )
        for (database, place), group in places.items()
    }


def _private_zone(
    plan: Plan, finder: Finder, primary: pulumi.InvokeOptions, recovery: pulumi.InvokeOptions
) -> "asyncio.Task[str] | None":
    """The private zone, which the networks of all places with members have to ask: a name that
    moves there is not found by servers of a network that does not."""
    zone = plan.estate.private_zone
    if zone is None:
        return None
    path = "estate.private_zone"
    places = {
        member.place
        for database, writer in plan.writers.items()
        if writer.name
        for member in plan.members(database)
    }
    network = plan.estate.network
    for place, options in (("primary", primary), ("recovery", recovery)):
        if place in places:
            named = f"{zone} asked by {network} in {place} region"
            finder.find(path, named, cloud.asked_zone(zone, network, options))
    return finder.find(path, zone, cloud.zone(zone, primary, private=True))
