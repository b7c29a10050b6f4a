"""RDS: database instances."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class InstanceArgs:
    """A database instance, or a replica of another one."""

    instance_class: pulumi.Input[str]
    backup_retention_period: pulumi.Input[int | None] = None
    """Days; 0 is none. Of a replica it can be set only after its promotion."""
    auto_minor_version_upgrade: pulumi.Input[bool | None] = None
    copy_tags_to_snapshot: pulumi.Input[bool | None] = None
    db_subnet_group_name: pulumi.Input[str | None] = None
    deletion_protection: pulumi.Input[bool | None] = None
    final_snapshot_identifier: pulumi.Input[str | None] = None
    identifier: pulumi.Input[str | None] = None
    kms_key_id: pulumi.Input[str | None] = None
    monitoring_interval: pulumi.Input[int | None] = None
    """Seconds; 0 (default) is off."""
    monitoring_role_arn: pulumi.Input[str | None] = None
    multi_az: pulumi.Input[bool | None] = None
    parameter_group_name: pulumi.Input[str | None] = None
    performance_insights_enabled: pulumi.Input[bool | None] = None
    performance_insights_kms_key_id: pulumi.Input[str | None] = None
    performance_insights_retention_period: pulumi.Input[int | None] = None
    """Days."""
    publicly_accessible: pulumi.Input[bool | None] = None
    replicate_source_db: pulumi.Input[str | None] = None
    """The source's identifier in its region, its ARN in any other."""
    skip_final_snapshot: pulumi.Input[bool | None] = None
    storage_encrypted: pulumi.Input[bool | None] = None
    vpc_security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class Instance(Resource[InstanceArgs], token="aws:rds/instance:Instance"):
    """A database instance."""

    address: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    identifier: pulumi.Output[str]
    port: pulumi.Output[int]


@arguments
class ParameterGroupParameterArgs:
    """A parameter of the engine; applied ``immediate`` (default) or ``pending-reboot``."""

    name: pulumi.Input[str]
    value: pulumi.Input[str]
    apply_method: pulumi.Input[str | None] = None


@arguments
class ParameterGroupArgs:
    """Parameters of an engine's family, such as ``postgres16``."""

    family: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    parameters: pulumi.Input[Sequence[pulumi.Input[ParameterGroupParameterArgs]] | None] = None


class ParameterGroup(Resource[ParameterGroupArgs], token="aws:rds/parameterGroup:ParameterGroup"):
    """A parameter group. Its id is its name."""

    name: pulumi.Output[str]


@arguments
class SubnetGroupArgs:
    """Subnets that database instances may stand in."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Of two zones at least."""
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None


class SubnetGroup(Resource[SubnetGroupArgs], token="aws:rds/subnetGroup:SubnetGroup"):
    """A DB subnet group. Its id is its name."""

    name: pulumi.Output[str]


@results
class GetInstanceResult:
    """A database instance as it is; storage in GiB, retention in days, windows in UTC."""

    address: str
    allocated_storage: int
    backup_retention_period: int
    db_cluster_identifier: str
    """Empty where it is in none."""
    db_instance_arn: str
    db_instance_class: str
    db_instance_identifier: str
    engine: str
    engine_version: str
    kms_key_id: str
    multi_az: bool
    preferred_maintenance_window: str
    replicate_source_db: str
    """Identifier or ARN of what it follows; empty where it follows nothing."""
    storage_encrypted: bool
    vpc_security_groups: Sequence[str]


async def get_instance(
    db_instance_identifier: str | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetInstanceResult:
    """The instance of an identifier."""
    return await look_up(
        "aws:rds/getInstance:getInstance",
        GetInstanceResult,
        opts,
        db_instance_identifier=db_instance_identifier,
    )


@arguments
class GetInstancesFilterArgs:
    """One of RDS's filters, and the values of which one must hold."""

    name: str
    values: Sequence[str]


@results
class GetInstancesResult:
    """Database instances."""

    instance_identifiers: Sequence[str]


async def get_instances(
    filters: Sequence[GetInstancesFilterArgs] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetInstancesResult:
    """The instances that all filters leave; none is no error."""
    return await look_up(
        "aws:rds/getInstances:getInstances", GetInstancesResult, opts, filters=filters
    )


@results
class GetProxyResult:
    """A proxy before databases."""

    name: str


async def get_proxy(name: str, opts: pulumi.InvokeOptions | None = None) -> GetProxyResult:
    """The proxy of a name."""
    return await look_up("aws:rds/getProxy:getProxy", GetProxyResult, opts, name=name)


@results
class GetSubnetGroupResult:
    """The subnets that databases may stand in."""

    name: str
    vpc_id: str


async def get_subnet_group(
    name: str, opts: pulumi.InvokeOptions | None = None
) -> GetSubnetGroupResult:
    """The subnet group of a name."""
    return await look_up(
        "aws:rds/getSubnetGroup:getSubnetGroup", GetSubnetGroupResult, opts, name=name
    )
