"""SNS: topics and who is told."""

from collections.abc import Mapping

import pulumi

from ..thin import Resource, arguments


@arguments
class TopicArgs:
    """A topic that alerts are published to."""

    display_name: pulumi.Input[str | None] = None
    kms_master_key_id: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class Topic(Resource[TopicArgs], token="aws:sns/topic:Topic"):
    """An SNS topic. Its id is its ARN."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class TopicPolicyArgs:
    """Who may publish to a topic."""

    arn: pulumi.Input[str]
    policy: pulumi.Input[str]


class TopicPolicy(Resource[TopicPolicyArgs], token="aws:sns/topicPolicy:TopicPolicy"):
    """The access policy of a topic."""


@arguments
class TopicSubscriptionArgs:
    """Who is told: the endpoint of a protocol such as ``email`` or ``sms``."""

    endpoint: pulumi.Input[str]
    protocol: pulumi.Input[str]
    topic: pulumi.Input[str]


class TopicSubscription(
    Resource[TopicSubscriptionArgs], token="aws:sns/topicSubscription:TopicSubscription"
):
    """A subscription of a topic."""
