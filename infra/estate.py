"""The estate: what the company already has. Looked up by the plan's names, never created.

Everything is looked for at once, and before the first resource, because what is found decides what
is declared (FACTS of an instance become its alarms' thresholds). What does not exist is said all
together, each with the plan's path.
"""

import asyncio
import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi
from providers import Providers
from pulumi_upkeep import aws
from pulumi_upkeep.plan import Fault, Plan, PlanError
from pulumi_upkeep.plan.proofs import DatabaseFacts, EstateFacts
from pulumi_upkeep.thin import wait_for

Found = TypeVar("Found")


@dataclass(frozen=True)
class Database:
    """A database instance as it is, and the memory that its class has."""

    instance: aws.rds.GetInstanceResult
    memory_mib: int

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
        )


@dataclass(frozen=True)
class Servers:
    """A group of servers behind a load balancer, and the IAM role they run as."""

    group: aws.autoscaling.GetGroupResult
    role: str
    load_balancer: aws.lb.GetLoadBalancerResult
    target_group: aws.lb.GetTargetGroupResult


@dataclass(frozen=True)
class Network:
    """A company network of one region: private subnets hold servers, public ones load balancers."""

    vpc_id: str
    private_subnets: list[pulumi.Input[str]]
    public_subnets: list[pulumi.Input[str]]


@dataclass(frozen=True)
class RecoverySide:
    """What stands ready in the recovery region for the standby of one group of servers."""

    network: Network
    security_group: str
    certificate_arn: str
    image_id: str


@dataclass(frozen=True)
class Estate:
    """What was found.

    databases, servers, buckets   by the plan's names
    security_groups               of each replica, in its region: the group's id
    recovery                      of each standby
    datadog_role_arn              of the role Datadog's integration takes; None without one
    """

    account: str
    zone_id: str
    datadog_role_arn: str | None
    databases: Mapping[str, Database]
    servers: Mapping[str, Servers]
    buckets: Mapping[str, aws.s3.GetBucketResult]
    security_groups: Mapping[str, str]
    recovery: Mapping[str, RecoverySide]

    def facts(self) -> EstateFacts:
        """What the proofs want to know of it."""
        return EstateFacts({name: found.facts() for name, found in self.databases.items()})


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
    databases = {
        name: finder.find(
            f"estate.databases.{name}.instance",
            database.instance,
            _database(database.instance, primary),
        )
        for name, database in estate.databases.items()
    }
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
    _named_only(plan, finder, primary, recovery)
    await finder.require_all()
    return Estate(
        account=account,
        zone_id=zone.result(),
        datadog_role_arn=datadog_role.result() if datadog_role else None,
        databases={name: found.result() for name, found in databases.items()},
        servers={
            name: Servers(group.result(), role.result(), balancer.result(), targets.result())
            for name, (group, role, balancer, targets) in servers.items()
        },
        buckets={name: found.result() for name, found in buckets.items()},
        security_groups={name: found.result() for name, found in security_groups.items()},
        recovery={
            name: RecoverySide(
                network.result(), group.result(), certificate.result(), image.result()
            )
            for name, (network, group, certificate, image) in sides.items()
        },
    )


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
    for replica in plan.replicas.values():
        group = plan.estate.databases[replica.of].subnet_group
        finder.find(
            f"estate.databases.{replica.of}.subnet_group",
            f"{group} in {replica.in_} region",
            aws.rds.get_subnet_group(
                name=group, opts=recovery if replica.in_ == "recovery" else primary
            ),
        )


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

    async def require_all(self) -> None:
        """Waits until all is looked for; raises ``PlanError`` with a fault per missing thing, in
        the order in which they were asked for."""
        tasks = [task for _, _, task in self._looking]
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        missing = [
            Fault(path, f"not found in the estate: {_reason(error)}", name)
            for (path, name, _), error in zip(self._looking, errors, strict=True)
            if isinstance(error, Exception)  # the SDK raises bare ones
        ]
        if missing:
            raise PlanError(missing, "estate")


# What the SDK, the engine and the provider's bridge each put before the provider's own words.
_WRAPPING = re.compile(
    r"^(error: |invoke of \S+ failed: |invocation of \S+ returned an error: |invoking \S+: |\* )+"
)


def _reason(error: Exception) -> str:
    """The provider's last words, without what was wrapped around them."""
    return _WRAPPING.sub("", str(error).strip().splitlines()[-1].strip())


async def _database(identifier: str, options: pulumi.InvokeOptions) -> Database:
    instance = await aws.rds.get_instance(db_instance_identifier=identifier, opts=options)
    # A database class is an instance type of EC2 with a prefix; EC2 tells its memory.
    kind = instance.db_instance_class.removeprefix("db.")
    found = await aws.ec2.get_instance_type(instance_type=kind, opts=options)
    return Database(instance, found.memory_size)


async def _zone(name: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.route53.get_zone(name=name, opts=options)).zone_id


async def _role_arn(name: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.iam.get_role(name=name, opts=options)).arn


async def _role(profile: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.iam.get_instance_profile(name=profile, opts=options)).role_name


async def _security_group(name: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.ec2.get_security_group(tags={"Name": name}, opts=options)).id


async def _network(name: str, options: pulumi.InvokeOptions) -> Network:
    vpc = await aws.ec2.get_vpc(tags={"Name": name}, opts=options)

    async def subnets(tier: str) -> list[pulumi.Input[str]]:
        vpc_filter = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc.id])
        found = await aws.ec2.get_subnets(filters=[vpc_filter], tags={"Tier": tier}, opts=options)
        return [*sorted(found.ids)]

    return Network(vpc.id, await subnets("private"), await subnets("public"))


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


async def _image(name: str, options: pulumi.InvokeOptions) -> str:
    name_filter = aws.ec2.GetAmiFilterArgs(name="name", values=[name])
    found = await aws.ec2.get_ami(owners=["self"], filters=[name_filter], opts=options)
    return found.id
