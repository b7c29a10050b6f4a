"""``IsolatedNetwork``: where restored copies stand, and what looks at them: nothing leaves it."""

from collections.abc import Sequence
from typing import Annotated, NotRequired, TypedDict

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.words import Later, Region, Words
from ..security_group import declare_security_group, declare_way
from .counted import at_least

# RDS: a DB subnet group's name has at most 255 characters, lower case.
SUBNET_GROUP_NAME_LIMIT = 255
# EC2: a tag's value has at most 256 characters.
TAG_LIMIT = 255
HTTPS = 443
POSTGRES = 5432


class IsolatedNetworkArgs(TypedDict):
    region: str
    """The region it stands in, such as ``us-east-1``: in the names of AWS's services."""
    network: pulumi.Input[str]
    """Id of the VPC."""
    subnets: list[pulumi.Input[str]]
    """Ids of subnets in two zones at least, whose route table leads nowhere but the VPC."""
    databases: NotRequired[bool]
    """Whether databases are restored here. Default true."""
    buckets: NotRequired[bool]
    """Whether buckets are looked at from here. Default false."""


class _Settings(Words):
    region: Region
    network: Later
    subnets: Annotated[list[Later], at_least(2, "RDS asks for subnets in two zones")]
    databases: bool = True
    buckets: bool = False


class IsolatedNetwork(UpkeepComponent):
    """Security groups, a DB subnet group, and endpoints of the services that checks need.

    A restored copy lets in what checks it, and nobody else, and reaches nothing. What checks it
    reaches the copy and the endpoints. The endpoints answer under names of their own: the names of
    the services go on leading where they led for everybody else in the network.
    """

    subnet_group: pulumi.Output[str | None]
    """Name of the DB subnet group that copies are restored into; None without databases."""
    copies: pulumi.Output[str]
    """Id of the security group of restored copies."""
    checks: pulumi.Output[str]
    """Id of the security group of what looks at them."""
    subnets: list[pulumi.Input[str]]
    """Ids of the subnets."""
    endpoints: dict[str, pulumi.Output[str]]
    """Service (``secretsmanager``, ``s3``) -> the host name of its endpoint."""

    def __init__(
        self, name: str, args: IsolatedNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        checks = self._group("checks", "Looks at restored copies", settings)
        copies = self._group("copies", "Restored copies: reached by their checks alone", settings)
        self._let("copies", checks, copies, POSTGRES)
        wanted = [
            *(["secretsmanager"] if settings.databases else []),
            *(["s3"] if settings.buckets else []),
        ]
        self.endpoints = {}
        if wanted:
            doors = self._group("endpoints", "Services of AWS, without leaving", settings)
            self._let("endpoints", checks, doors, HTTPS)
            self.endpoints = {
                service: self._endpoint(service, doors, settings) for service in wanted
            }
        group = None
        if settings.databases:
            group = aws.rds.SubnetGroup(
                name,
                aws.rds.SubnetGroupArgs(
                    name=physical_name(name, limit=SUBNET_GROUP_NAME_LIMIT).lower(),
                    description="Restored copies: nothing leaves these subnets",
                    subnet_ids=settings.subnets,
                ),
                self.child(),
            )
        self.subnet_group = group.name if group else pulumi.Output.from_input(None)
        self.copies = copies.id
        self.checks = checks.id
        self.subnets = settings.subnets
        self.register_outputs(
            {
                "subnetGroup": self.subnet_group,
                "copies": self.copies,
                "checks": self.checks,
                "endpoints": self.endpoints,
            }
        )

    def _group(self, part: str, says: str, settings: _Settings) -> aws.ec2.SecurityGroup:
        return declare_security_group(self, part, settings.network, says)

    def _let(
        self,
        part: str,
        source: aws.ec2.SecurityGroup,
        target: aws.ec2.SecurityGroup,
        port: int,
    ) -> None:
        """The only way there is: out of one group and into the other."""
        declare_way(self, part, source.id, target.id, port, out=f"to {part}", into="from checks")

    def _endpoint(
        self, service: str, group: aws.ec2.SecurityGroup, settings: _Settings
    ) -> pulumi.Output[str]:
        endpoint = aws.ec2.VpcEndpoint(
            f"{self.name}-{service}",
            aws.ec2.VpcEndpointArgs(
                vpc_id=settings.network,
                service_name=f"com.amazonaws.{settings.region}.{service}",
                vpc_endpoint_type="Interface",
                subnet_ids=settings.subnets,
                security_group_ids=[group.id],
                # Private names would lead everybody in the network here, past this group's rules.
                private_dns_enabled=False,
                tags={"Name": physical_name(self.name, service, limit=TAG_LIMIT)},
            ),
            self.child(),
        )
        return endpoint.dns_entries.apply(_host)


def _host(entries: Sequence[aws.ec2.VpcEndpointDnsEntry] | None) -> str:
    """The endpoint's own name in all zones; S3's begins with ``*`` and takes ``bucket``."""
    return entries[0].dns_name.replace("*", "bucket", 1) if entries else ""
