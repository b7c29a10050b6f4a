"""EC2: security groups and launch templates."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class LaunchTemplateIamInstanceProfileArgs:
    """The instance profile that servers run with."""

    name: pulumi.Input[str | None] = None


@arguments
class LaunchTemplateMetadataOptionsArgs:
    """How a server may ask for its own metadata and its role's credentials."""

    http_endpoint: pulumi.Input[str | None] = None
    http_put_response_hop_limit: pulumi.Input[int | None] = None
    http_tokens: pulumi.Input[str | None] = None
    """``required`` allows session tokens only."""


@arguments
class LaunchTemplateMonitoringArgs:
    """Metrics every minute instead of every five."""

    enabled: pulumi.Input[bool | None] = None


@arguments
class LaunchTemplateNetworkInterfaceArgs:
    """A network interface. Truth values are strings."""

    associate_public_ip_address: pulumi.Input[str | None] = None
    delete_on_termination: pulumi.Input[str | None] = None
    device_index: pulumi.Input[int | None] = None
    security_groups: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


@arguments
class LaunchTemplateBlockDeviceMappingEbsArgs:
    """A volume. Truth values are strings; its size is in GiB."""

    delete_on_termination: pulumi.Input[str | None] = None
    encrypted: pulumi.Input[str | None] = None
    volume_size: pulumi.Input[int | None] = None
    volume_type: pulumi.Input[str | None] = None


@arguments
class LaunchTemplateBlockDeviceMappingArgs:
    """A volume and the device it is seen as."""

    device_name: pulumi.Input[str | None] = None
    ebs: pulumi.Input[LaunchTemplateBlockDeviceMappingEbsArgs | None] = None


@arguments
class LaunchTemplateArgs:
    """How servers are started."""

    block_device_mappings: pulumi.Input[
        Sequence[pulumi.Input[LaunchTemplateBlockDeviceMappingArgs]] | None
    ] = None
    iam_instance_profile: pulumi.Input[LaunchTemplateIamInstanceProfileArgs | None] = None
    image_id: pulumi.Input[str | None] = None
    instance_type: pulumi.Input[str | None] = None
    metadata_options: pulumi.Input[LaunchTemplateMetadataOptionsArgs | None] = None
    monitoring: pulumi.Input[LaunchTemplateMonitoringArgs | None] = None
    name: pulumi.Input[str | None] = None
    network_interfaces: pulumi.Input[
        Sequence[pulumi.Input[LaunchTemplateNetworkInterfaceArgs]] | None
    ] = None
    update_default_version: pulumi.Input[bool | None] = None
    user_data: pulumi.Input[str | None] = None


class LaunchTemplate(Resource[LaunchTemplateArgs], token="aws:ec2/launchTemplate:LaunchTemplate"):
    """A launch template."""

    latest_version: pulumi.Output[int]


@arguments
class SecurityGroupArgs:
    """A security group; its rules are resources of their own."""

    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    vpc_id: pulumi.Input[str | None] = None


class SecurityGroup(Resource[SecurityGroupArgs], token="aws:ec2/securityGroup:SecurityGroup"):
    """A security group."""


@arguments
class VpcEndpointArgs:
    """A way from subnets to a service of AWS that does not leave the network."""

    vpc_id: pulumi.Input[str]
    private_dns_enabled: pulumi.Input[bool | None] = None
    """Whether the service's own name leads here, for the whole network."""
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    service_name: pulumi.Input[str | None] = None
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    vpc_endpoint_type: pulumi.Input[str | None] = None
    """``Interface`` or ``Gateway`` (default)."""


@results
class VpcEndpointDnsEntry:
    """A name that leads to an endpoint."""

    dns_name: str


class VpcEndpoint(Resource[VpcEndpointArgs], token="aws:ec2/vpcEndpoint:VpcEndpoint"):
    """An endpoint. The first of its names is its own in all zones."""

    arn: pulumi.Output[str]
    dns_entries: pulumi.Output[Sequence[VpcEndpointDnsEntry]]


@arguments
class GetAmiFilterArgs:
    """One of EC2's filters, and the values of which one must hold."""

    name: str
    values: Sequence[str]


@results
class GetAmiResult:
    """An image."""

    id: str


async def get_ami(
    filters: Sequence[GetAmiFilterArgs] | None = None,
    owners: Sequence[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetAmiResult:
    """The one image that all filters leave."""
    return await look_up(
        "aws:ec2/getAmi:getAmi", GetAmiResult, opts, filters=filters, owners=owners
    )


@results
class GetInstanceTypeResult:
    """A type of instance."""

    default_vcpus: int
    memory_size: int
    """MiB."""


async def get_instance_type(
    instance_type: str, opts: pulumi.InvokeOptions | None = None
) -> GetInstanceTypeResult:
    """The type of a name, such as ``r6g.large``."""
    return await look_up(
        "aws:ec2/getInstanceType:getInstanceType",
        GetInstanceTypeResult,
        opts,
        instance_type=instance_type,
    )


@results
class GetSecurityGroupResult:
    """A security group."""

    id: str


async def get_security_group(
    tags: Mapping[str, str] | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetSecurityGroupResult:
    """The one security group with all the tags."""
    return await look_up(
        "aws:ec2/getSecurityGroup:getSecurityGroup", GetSecurityGroupResult, opts, tags=tags
    )


@results
class GetSecurityGroupsResult:
    """Security groups."""

    ids: Sequence[str]


async def get_security_groups(
    tags: Mapping[str, str] | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetSecurityGroupsResult:
    """The security groups with all the tags; none is no error."""
    return await look_up(
        "aws:ec2/getSecurityGroups:getSecurityGroups", GetSecurityGroupsResult, opts, tags=tags
    )


@arguments
class GetSubnetsFilterArgs:
    """One of EC2's filters, and the values of which one must hold."""

    name: str
    values: Sequence[str]


@results
class GetSubnetsResult:
    """Subnets."""

    ids: Sequence[str]


async def get_subnets(
    filters: Sequence[GetSubnetsFilterArgs] | None = None,
    tags: Mapping[str, str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetSubnetsResult:
    """All subnets that the filters and tags leave."""
    return await look_up(
        "aws:ec2/getSubnets:getSubnets", GetSubnetsResult, opts, filters=filters, tags=tags
    )


@results
class GetVpcResult:
    """A network."""

    id: str


async def get_vpc(
    tags: Mapping[str, str] | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetVpcResult:
    """The one network with all the tags."""
    return await look_up("aws:ec2/getVpc:getVpc", GetVpcResult, opts, tags=tags)
