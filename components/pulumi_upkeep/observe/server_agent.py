"""The CloudWatch agent of a group of servers: without it no server reports memory or disk.

Installed, configured and kept so by Systems Manager, for the instances that are there and for
those the group starts later.
"""

import json

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..policy import allow, document

NAMESPACE = "CWAgent"
MEMORY = "mem_used_percent"
DISK = "disk_used_percent"
DISK_PATH = "/"

# Servers that have AWS's own policy instead (CloudWatchAgentServerPolicy) can read this prefix
# only.
_PARAMETER_PREFIX = "AmazonCloudWatch-"
# Of AmazonSSMManagedInstanceCore, what State Manager needs to install and configure.
_SYSTEMS_MANAGER = (
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssm:DescribeAssociation",
    "ssm:DescribeDocument",
    "ssm:GetDocument",
    "ssm:GetManifest",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutConfigurePackageResult",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
# A new server that was configured before it was installed is set right by the next run. State
# Manager runs no rate more often than this.
_EVERY = "rate(30 minutes)"
_INTERVAL_SECONDS = 60


def agent_configuration() -> str:
    """The agent's configuration: memory and disk once a minute, added up per group."""
    return json.dumps(
        {
            "agent": {"metrics_collection_interval": _INTERVAL_SECONDS},
            "metrics": {
                "namespace": NAMESPACE,
                "append_dimensions": {
                    "AutoScalingGroupName": "${aws:AutoScalingGroupName}",
                    "InstanceId": "${aws:InstanceId}",
                },
                # What alarms read: servers come and go, their group stays.
                "aggregation_dimensions": [
                    ["AutoScalingGroupName"],
                    ["AutoScalingGroupName", "path"],
                ],
                "metrics_collected": {
                    "disk": {"measurement": ["used_percent"], "resources": [DISK_PATH]},
                    "mem": {"measurement": ["used_percent"]},
                },
            },
        },
        sort_keys=True,
    )


def agent_policy(configuration_arn: str) -> str:
    """What a server may do so that its agent can be installed, configured, and report."""
    return document(
        allow(
            "Report",
            ["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
        # By its tags an instance knows its group.
        allow("KnowItself", ["ec2:DescribeTags"], resources=["*"]),
        allow("ReadConfiguration", ["ssm:GetParameter"], resources=[configuration_arn]),
        allow("BeManaged", _SYSTEMS_MANAGER, resources=["*"]),
    )


def declare_agent(
    owner: UpkeepComponent, part: str, group: pulumi.Input[str], role: pulumi.Input[str] | None
) -> None:
    """Declares the agent of an auto-scaling group's servers as children of ``owner``.

    ``role`` is the name of the servers' role; it is given what the agent and Systems Manager need.
    Without it the role is expected to have that.
    """
    logical = f"{owner.name}-{part}"
    configuration = aws.ssm.Parameter(
        f"{logical}-agent",
        aws.ssm.ParameterArgs(
            name=f"{_PARAMETER_PREFIX}{physical_name(owner.name, part)}",
            description="What the CloudWatch agent of these servers reports",
            type="String",
            value=agent_configuration(),
        ),
        owner.child(),
    )
    if role is not None:
        # A policy of its own inside the role. AWS's managed ones may be attached already, and
        # attached twice they are still one: destroying this would take away what was not ours.
        aws.iam.RolePolicy(
            f"{logical}-agent",
            aws.iam.RolePolicyArgs(
                name=physical_name(owner.name, part, "agent", limit=128),
                role=role,
                policy=configuration.arn.apply(agent_policy),
            ),
            owner.child(),
        )
    targets = [aws.ssm.AssociationTargetArgs(key="tag:aws:autoscaling:groupName", values=[group])]
    installed = aws.ssm.Association(
        f"{logical}-agent-install",
        aws.ssm.AssociationArgs(
            name="AWS-ConfigureAWSPackage",
            association_name=physical_name(owner.name, part, "agent-install", limit=128),
            parameters={"action": "Install", "name": "AmazonCloudWatchAgent"},
            targets=targets,
            schedule_expression=_EVERY,
        ),
        owner.child(),
    )
    aws.ssm.Association(
        f"{logical}-agent-configure",
        aws.ssm.AssociationArgs(
            name="AmazonCloudWatch-ManageAgent",
            association_name=physical_name(owner.name, part, "agent-configure", limit=128),
            parameters={
                "action": "configure",
                "mode": "ec2",
                "optionalConfigurationSource": "ssm",
                "optionalConfigurationLocation": configuration.name,
                "optionalRestart": "yes",
            },
            targets=targets,
            schedule_expression=_EVERY,
        ),
        owner.child(depends_on=[installed]),
    )
