"""``DatabaseFence``: a security group that lets nothing in or out, for an old primary."""

from typing import TypedDict

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.words import Later, Words

# EC2: a security group's name has at most 255 characters.
GROUP_NAME_LIMIT = 255


def fence_name(name: str) -> str:
    """Name, and tag ``Name``, of the group of the fence that the stack calls ``name``."""
    return physical_name(name, limit=GROUP_NAME_LIMIT)


class DatabaseFenceArgs(TypedDict):
    vpc_id: pulumi.Input[str]
    """Id of the network that the database stands in."""


class _Settings(Words):
    vpc_id: Later


class DatabaseFence(UpkeepComponent):
    """A security group without a rule, which a runbook gives to a database that must take no more
    writes, in the place of all others.

    Connections that are established survive the change: the instance is rebooted after it. One
    fence per network is enough for all members of a database there.
    """

    security_group_id: pulumi.Output[str]
    """Id of the group."""

    def __init__(
        self, name: str, args: DatabaseFenceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        called = fence_name(name)
        group = aws.ec2.SecurityGroup(
            name,
            aws.ec2.SecurityGroupArgs(
                name=called,
                description="Lets nothing in or out: for a database that must take no more writes",
                vpc_id=settings.vpc_id,
                tags={"Name": called},
            ),
            self.child(),
        )
        self.security_group_id = group.id
        self.register_outputs({"security_group_id": group.id})
