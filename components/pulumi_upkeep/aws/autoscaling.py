"""Auto Scaling: groups of servers."""

from collections.abc import Sequence
from enum import StrEnum

import pulumi

from ..thin import Resource, arguments, look_up, results


class Metric(StrEnum):
    """Metrics of a group, which are off by default."""

    GROUP_DESIRED_CAPACITY = "GroupDesiredCapacity"
    GROUP_IN_SERVICE_INSTANCES = "GroupInServiceInstances"


@arguments
class GroupLaunchTemplateArgs:
    """The launch template that servers are started from."""

    id: pulumi.Input[str | None] = None
    version: pulumi.Input[str | None] = None


@arguments
class GroupInstanceRefreshPreferencesArgs:
    """How servers are replaced."""

    max_healthy_percentage: pulumi.Input[int | None] = None
    """100 to 200: above 100 a new server comes before an old one goes."""
    min_healthy_percentage: pulumi.Input[int | None] = None
    """0 to 100."""
    skip_matching: pulumi.Input[bool | None] = None
    """Whether servers that are as they should be stay."""


@arguments
class GroupInstanceRefreshArgs:
    """What happens to running servers when the template changes."""

    strategy: pulumi.Input[str]
    preferences: pulumi.Input[GroupInstanceRefreshPreferencesArgs | None] = None


@arguments
class GroupTagArgs:
    """A tag of the group."""

    key: pulumi.Input[str]
    propagate_at_launch: pulumi.Input[bool]
    value: pulumi.Input[str]


@arguments
class GroupArgs:
    """A group of servers that is kept at its size."""

    max_size: pulumi.Input[int]
    min_size: pulumi.Input[int]
    desired_capacity: pulumi.Input[int | None] = None
    enabled_metrics: pulumi.Input[Sequence[pulumi.Input[Metric]] | None] = None
    health_check_grace_period: pulumi.Input[int | None] = None
    """Seconds."""
    health_check_type: pulumi.Input[str | None] = None
    instance_refresh: pulumi.Input[GroupInstanceRefreshArgs | None] = None
    launch_template: pulumi.Input[GroupLaunchTemplateArgs | None] = None
    metrics_granularity: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    tags: pulumi.Input[Sequence[pulumi.Input[GroupTagArgs]] | None] = None
    target_group_arns: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    vpc_zone_identifiers: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    wait_for_capacity_timeout: pulumi.Input[str | None] = None


class Group(Resource[GroupArgs], token="aws:autoscaling/group:Group"):
    """An auto-scaling group. Its id is its name."""

    name: pulumi.Output[str]


@results
class GetGroupResult:
    """An auto-scaling group."""

    name: str
    availability_zones: Sequence[str]


async def get_group(name: str, opts: pulumi.InvokeOptions | None = None) -> GetGroupResult:
    """The group of a name."""
    return await look_up("aws:autoscaling/getGroup:getGroup", GetGroupResult, opts, name=name)
