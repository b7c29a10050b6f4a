"""The estate: what the company already has, as it was found. It is never created."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from .. import aws
from ..plan import Plan
from ..plan.proofs import BucketFacts, DatabaseFacts, EstateFacts, ServerFacts
from ..plan.words import Place
from ..recover.replica_parameters import Size
from .members import Roles


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
