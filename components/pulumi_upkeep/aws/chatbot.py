"""AWS's chat application: alerts in Slack."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class SlackChannelConfigurationArgs:
    """Which topics are told in which Slack channel."""

    configuration_name: pulumi.Input[str]
    iam_role_arn: pulumi.Input[str]
    slack_channel_id: pulumi.Input[str]
    slack_team_id: pulumi.Input[str]
    guardrail_policy_arns: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """The most that anybody may do from the channel. Default: AdministratorAccess."""
    logging_level: pulumi.Input[str | None] = None
    sns_topic_arns: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class SlackChannelConfiguration(
    Resource[SlackChannelConfigurationArgs],
    token="aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
):
    """A Slack channel. An account has each channel once."""
