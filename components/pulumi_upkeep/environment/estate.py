"""The estate: what the company already has. Looked up by the plan's names, never created.

Everything is looked for at once, and before the first resource, because what is found decides what
is declared (FACTS of an instance become its alarms' thresholds). What does not exist is said all
together, each with the plan's path.
"""

import asyncio
import json
import re
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi

from .. import aws, datadog
from ..plan import Fault, Plan, PlanError
from ..plan.on_call import responders
from ..plan.proofs import BucketFacts, DatabaseFacts, EstateFacts, ServerFacts
from ..plan.proofs.writer_findings import writer_findings
from ..plan.words import Place
from ..recover.replica_parameters import Size
from ..thin import wait_for
from .members import Roles, ask, identifier_of, size_of
from .providers import GLOBAL_REGION, Providers

Found = TypeVar("Found")


@dataclass(frozen=True)
class Database:
    """The member that takes a database's writes, as it is, and the size of its class."""

    instance: aws.rds.GetInstanceResult
    size: Size

    def facts(self) -> DatabaseFacts:
        """What the proofs want to know of it."""
        instance = self.instance
        return DatabaseFacts(
            engine=instance.engine,
            version=instance.engine_version,
            instance_class=instance.db_instance_class,
            multi_az=instance.multi_az,
            backup_retention=instance.backup_retention_period,
            maintenance_window=instance.preferred_maintenance_window,
            storage=instance.allocated_storage,
            encrypted=instance.storage_encrypted,
            clustered=bool(instance.db_cluster_identifier),
        )


@dataclass(frozen=True)
class Servers:
    """A group of servers behind a load balancer, and the IAM role they run as."""

    group: aws.autoscaling.GetGroupResult
    role: str
    load_balancer: aws.lb.GetLoadBalancerResult
    target_group: aws.lb.GetTargetGroupResult

    def facts(self) -> ServerFacts:
        """What the proofs want to know of them."""
        return ServerFacts(zones=len(set(self.group.availability_zones)))


@dataclass(frozen=True)
class Network:
    """A company network of one region: private subnets hold servers, public ones load balancers."""

    vpc_id: str
    private_subnets: list[pulumi.Input[str]]
    public_subnets: list[pulumi.Input[str]]


@dataclass(frozen=True)
class IsolatedSubnets:
    """Subnets of a region's network that nothing leaves."""

    vpc_id: str
    subnets: list[pulumi.Input[str]]


@dataclass(frozen=True)
class RecoverySide:
    """What stands ready in the recovery region for the standby of one group of servers."""

    network: Network
    security_group: str
    certificate_arn: str
    image_id: str


@dataclass(frozen=True)
class CareSide:
    """Where the care of a database stands: its network, and its security group there."""

    network: Network
    security_group: str


@dataclass(frozen=True)
class Answering:
    """The load balancer that answers at the dashboards' address, and its listener at 443."""

    listener_arn: str
    dns_name: str
    dns_zone: str


@dataclass(frozen=True)
class Estate:
    """What was found.

    databases, servers, buckets   by the plan's names; of a database, the member that takes writes
    versioned                     whether each bucket keeps the earlier versions of its objects
    roles                         what each member of the databases does
    sizes                         of each replica's class
    database_networks             of each database with replicas, where it has members: the VPC's id
    private_zone_id               None without one
    security_groups               of each replica, in its region: the group's id
    recovery                      of each standby
    isolated                      where copies are restored, in the places of the restore tests
    datadog_role_arn              of the role Datadog's integration takes; None without one
    approvers                     ARNs of the roles that decide in runbooks
    users                         of everybody in a team or on call: the id in Datadog
    answering                     at the dashboards' address; None without one
    care                          of each database that is cared for: where that stands
    notices_certificate_arn       of the banner's own name, for CloudFront; None without one
    """

    account: str
    zone_id: str
    datadog_role_arn: str | None
    databases: Mapping[str, Database]
    roles: Roles
    sizes: Mapping[str, Size]
    database_networks: Mapping[tuple[str, Place], str]
    private_zone_id: str | None
    servers: Mapping[str, Servers]
    buckets: Mapping[str, aws.s3.GetBucketResult]
    versioned: Mapping[str, bool]
    security_groups: Mapping[str, str]
    recovery: Mapping[str, RecoverySide]
    isolated: Mapping[Place, IsolatedSubnets]
    approvers: Sequence[str]
    users: Mapping[str, pulumi.Input[str]]
    answering: Answering | None = None
    care: Mapping[str, CareSide] = field(default_factory=dict)
    notices_certificate_arn: str | None = None

    def sizes_of(self, plan: Plan, database: str) -> list[Size]:
        """The sizes of a database's members: of those that exist, and as the plan wants them."""
        names = [member.name for member in plan.members(database)]
        both = (self.roles.sizes, self.sizes)
        return [known[name] for known in both for name in names if name in known]

    def facts(self) -> EstateFacts:
        """What the proofs want to know of it."""
        return EstateFacts(
            {name: found.facts() for name, found in self.databases.items()},
            {name: found.facts() for name, found in self.servers.items()},
            {name: BucketFacts(versioned) for name, versioned in self.versioned.items()},
            members=self.roles.members,
        )


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
    account = (await aws.get_caller_identity(opts=primary)).account_id
    finder = _Finder()
    zone = finder.find("estate.zone", estate.zone, _zone(estate.zone, primary))
    datadog_role = (
        finder.find("estate.datadog_role", role, _role_arn(role, primary))
        if (role := estate.datadog_role)
        else None
    )
    approvers = [
        finder.find(f"recovery.approvers.{index}", role, _role_arn(role, primary))
        for index, role in enumerate(plan.recovery.approvers if plan.recovery else ())
    ]
    users = {
        name: finder.find(
            f"people.{name}.email", plan.people[name].email, _user(plan.people[name].email, options)
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
            _database(identifier_of(active), recovery if active.place == "recovery" else primary),
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
                f"estate.servers.{name}.profile", servers.profile, _role(servers.profile, primary)
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
        name: finder.find(f"estate.buckets.{name}", bucket, _versioned(bucket, primary))
        for name, bucket in estate.buckets.items()
    }
    security_groups = {
        name: finder.find(
            f"estate.databases.{replica.of}.security_group",
            f"{estate.databases[replica.of].security_group} in {replica.in_} region",
            _security_group(
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
                _network(estate.network, recovery),
            ),
            finder.find(
                f"estate.servers.{standby.for_}.security_group",
                f"{estate.servers[standby.for_].security_group} in {plan.regions.recovery}",
                _security_group(estate.servers[standby.for_].security_group, recovery),
            ),
            finder.find(
                f"standby.{name}.serves", standby.serves, _certificate(standby.serves, recovery)
            ),
            finder.find(
                f"standby.{name}.image",
                f"{standby.image} in {plan.regions.recovery}",
                _image(standby.image, recovery),
            ),
        )
        for name, standby in plan.standby.items()
    }
    isolated = {
        place: finder.find(
            "estate.isolated",
            f"subnets tagged Tier={estate.isolated} in {plan.region_of(place)}",
            _isolated(
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
    _named_only(plan, finder, primary, recovery)
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
    plan: Plan, finder: "_Finder", primary: pulumi.InvokeOptions
) -> "dict[str, tuple[asyncio.Task[Network], asyncio.Task[str]]]":
    """The network and the security group of each database that is cared for here."""
    return {
        name: (
            finder.find(
                "estate.network",
                f"{plan.estate.network} in {plan.regions.primary}",
                _network(plan.estate.network, primary),
            ),
            finder.find(
                f"estate.databases.{name}.security_group",
                f"{plan.estate.databases[name].security_group} in primary region",
                _security_group(plan.estate.databases[name].security_group, primary),
            ),
        )
        for name in plan.database_care
    }


def _answering(
    plan: Plan, finder: "_Finder", primary: pulumi.InvokeOptions
) -> "asyncio.Task[Answering] | None":
    """What answers at the dashboards' address, for which there has to be a certificate."""
    chapter = plan.dashboards
    if chapter is None or chapter.address is None:
        return None
    finder.find("dashboards.address", chapter.address, _certificate(chapter.host, primary))
    # The plan is checked: a balancer is known.
    name = chapter.answered_by(plan.estate) or ""
    return finder.find("dashboards.balancer", name, _listening(name, primary))


def _notices(plan: Plan, finder: "_Finder", providers: Providers) -> "asyncio.Task[str] | None":
    """The certificate of the banner's own name, where CloudFront takes one from."""
    chapter = plan.notices
    if chapter is None or chapter.address is None:
        return None
    options = pulumi.InvokeOptions(provider=providers.aws[GLOBAL_REGION])
    return finder.find("notices.address", chapter.address, _certificate(chapter.address, options))


def _named_only(
    plan: Plan, finder: "_Finder", primary: pulumi.InvokeOptions, recovery: pulumi.InvokeOptions
) -> None:
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
    plan: Plan, finder: "_Finder", primary: pulumi.InvokeOptions, recovery: pulumi.InvokeOptions
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
    plan: Plan, finder: "_Finder", primary: pulumi.InvokeOptions, recovery: pulumi.InvokeOptions
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
            finder.find(path, named, _asked_zone(zone, network, options))
    return finder.find(path, zone, _zone(zone, primary, private=True))


class _Finder:
    """Looks for things beside each other and knows by which of the plan's paths."""

    def __init__(self) -> None:
        self._looking: list[tuple[str, str, asyncio.Task[Any]]] = []

    def find(
        self, path: str, name: str, looking: Coroutine[Any, Any, Found]
    ) -> "asyncio.Task[Found]":
        """Starts to look. The result is there after :meth:`require_all`."""
        task = asyncio.ensure_future(looking)
        self._looking.append((path, name, task))
        return task

    async def require_all(self, refused: Sequence[Fault] = ()) -> None:
        """Waits until all is looked for; raises ``PlanError`` with what is refused already, and a
        fault per missing thing."""
        tasks = [task for _, _, task in self._looking]
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        missing: dict[tuple[str, str], Fault] = {}
        for (path, name, _), error in zip(self._looking, errors, strict=True):
            if isinstance(error, Exception):  # the SDK raises bare ones
                fault = Fault(path, f"not found in the estate: {_reason(error)}", name)
                # A thing that is asked for twice is missing once.
                missing.setdefault((path, name), fault)
        if refused or missing:
            raise PlanError([*refused, *missing.values()], "estate")


# What the SDK, the engine and the provider's bridge each put before the provider's own words.
_WRAPPING = re.compile(
    r"^(error: |invoke of \S+ failed: |invocation of \S+ returned an error: |invoking \S+: |\* )+"
)


def _reason(error: Exception) -> str:
    """The provider's last words, without what was wrapped around them."""
    return _WRAPPING.sub("", str(error).strip().splitlines()[-1].strip())


# What Datadog answers to keys that are none.
_KEYLESS = re.compile(r"\b(401|403)\b|Forbidden|Unauthorized")


async def _user(email: str, options: pulumi.InvokeOptions) -> pulumi.Input[str]:
    """A person's id in Datadog.

    Who previews a stack without its secrets has no keys to ask with: ids are unknown then, and what
    names them is shown as changed.
    """
    try:
        return (await datadog.get_user(filter=email, exact_match=True, opts=options)).id
    except Exception as error:  # the SDK raises bare ones
        if not (pulumi.runtime.is_dry_run() and _KEYLESS.search(str(error))):
            raise
        pulumi.log.warn(f"{email}: Datadog does not say who that is, without its keys")
        unknown: asyncio.Future[bool] = asyncio.Future()
        unknown.set_result(False)
        nothing: asyncio.Future[str] = asyncio.Future()
        nothing.set_result("")
        return pulumi.Output(set(), nothing, unknown)


async def _database(identifier: str, options: pulumi.InvokeOptions) -> Database:
    instance = await aws.rds.get_instance(db_instance_identifier=identifier, opts=options)
    return Database(instance, await size_of(instance.db_instance_class, options))


async def _zone(name: str, options: pulumi.InvokeOptions, private: bool | None = None) -> str:
    found = await aws.route53.get_zone(name=name, private_zone=private, opts=options)
    return found.zone_id


async def _asked_zone(name: str, network: str, options: pulumi.InvokeOptions) -> str:
    vpc = await aws.ec2.get_vpc(tags={"Name": network}, opts=options)
    found = await aws.route53.get_zone(name=name, private_zone=True, vpc_id=vpc.id, opts=options)
    return found.zone_id


async def _role_arn(name: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.iam.get_role(name=name, opts=options)).arn


async def _role(profile: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.iam.get_instance_profile(name=profile, opts=options)).role_name


async def _security_group(name: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.ec2.get_security_group(tags={"Name": name}, opts=options)).id


async def _versioned(bucket: str, options: pulumi.InvokeOptions) -> bool:
    """Whether a bucket keeps earlier versions: Cloud Control tells, no look-up of S3 does."""
    found = await aws.cloudcontrol.get_resource(
        identifier=bucket, type_name="AWS::S3::Bucket", opts=options
    )
    versioning = json.loads(found.properties).get("VersioningConfiguration") or {}
    return bool(versioning.get("Status") == "Enabled")


async def _network(name: str, options: pulumi.InvokeOptions) -> Network:
    vpc = await aws.ec2.get_vpc(tags={"Name": name}, opts=options)

    async def subnets(tier: str) -> list[pulumi.Input[str]]:
        vpc_filter = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc.id])
        found = await aws.ec2.get_subnets(filters=[vpc_filter], tags={"Tier": tier}, opts=options)
        return [*sorted(found.ids)]

    return Network(vpc.id, await subnets("private"), await subnets("public"))


async def _isolated(name: str, tier: str, options: pulumi.InvokeOptions) -> IsolatedSubnets:
    vpc = await aws.ec2.get_vpc(tags={"Name": name}, opts=options)
    vpc_filter = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc.id])
    found = await aws.ec2.get_subnets(filters=[vpc_filter], tags={"Tier": tier}, opts=options)
    if len(found.ids) < 2:
        raise LookupError(f"{len(found.ids)} found, and RDS asks for two zones")
    return IsolatedSubnets(vpc.id, [*sorted(found.ids)])


async def _certificate(host: str, options: pulumi.InvokeOptions) -> str:
    """The certificate for a host: its own, or that of its domain's wildcard."""
    parent = host.partition(".")[2]
    for domain in (host, f"*.{parent}"):
        try:
            found = await aws.acm.get_certificate(
                domain=domain, statuses=["ISSUED"], most_recent=True, opts=options
            )
        except Exception as error:
            reason = error
        else:
            return found.arn
    raise LookupError(f"no issued certificate for {host} or *.{parent} ({_reason(reason)})")


async def _listening(balancer: str, options: pulumi.InvokeOptions) -> Answering:
    found = await aws.lb.get_load_balancer(name=balancer, opts=options)
    listener = await aws.lb.get_listener(load_balancer_arn=found.arn, port=443, opts=options)
    return Answering(listener.arn, found.dns_name, found.zone_id)


async def _image(name: str, options: pulumi.InvokeOptions) -> str:
    name_filter = aws.ec2.GetAmiFilterArgs(name="name", values=[name])
    found = await aws.ec2.get_ami(owners=["self"], filters=[name_filter], opts=options)
    return found.id
