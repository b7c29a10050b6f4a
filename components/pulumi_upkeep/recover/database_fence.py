"""``DatabaseFence``: a security group that lets nothing in or out, for an old primary."""

from typing import TypedDict

import pulumi

from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.words import Later, Words
from ..security_group import NAME_LIMIT, declare_security_group


def fence_name(name: str) -> str:
    """Name, and tag ``Name``, of the group of the fence that the stack calls ``name``."""
    return physical_name(name, limit=NAME_LIMIT)


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
        group = declare_security_group(
            self,
            "",
            settings.vpc_id,
            "Lets nothing in or out: for a database that must take no more writes",
        )
        self.security_group_id = group.id
        self.register_outputs({"security_group_id": group.id})
