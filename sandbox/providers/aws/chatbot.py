"""Alerts in a chat room."""

from __future__ import annotations

from sandbox.providers.aws import checked
from sandbox.providers.aws.resource import Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain, unordered
from sandbox.providers.aws.tagging import as_list, unread
from sandbox.providers.cloud import Properties

_SLACK: Shape = (
    *plain("configurationName", "iamRoleArn", "slackChannelId", "slackTeamId"),
    *unordered("guardrailPolicyArns", "snsTopicArns"),
    Prop("loggingLevel", default="NONE"),
    Prop("userAuthorizationRequired", default=False),
)


def _arn(inputs: Properties, account: str) -> str:
    return (
        f"arn:aws:chatbot::{account}:chat-configuration/slack-channel/{inputs['configurationName']}"
    )


CHATBOT = (
    Resource(
        token=token("chatbot", "SlackChannelConfiguration"),
        service="chatbot",
        shape=_SLACK,
        name=Name("configurationName", automatic=False),
        tagging=unread(
            lambda tags: {"Tags": as_list(tags, "TagKey", "TagValue")},
        ),
        create=checked.create(
            "chatbot",
            "CreateSlackChannelConfiguration",
            lambda api, inputs: _arn(inputs, api.account),
        ),
        describe=checked.describe(lambda api, arn, known: {"ChatConfigurationArn": arn}),
        update=checked.update(
            "chatbot",
            "UpdateSlackChannelConfiguration",
            lambda arn: {"ChatConfigurationArn": arn},
            without=("ConfigurationName", "SlackTeamId", "Tags"),
        ),
        delete=checked.delete(),
        outputs={"chatConfigurationArn": "ChatConfigurationArn"},
        provider_only=frozenset({"timeouts"}),
        # As the API has it: the update takes neither of these.
        forces_replacement=frozenset({"configurationName", "slackTeamId"}),
        checked_only="the sandbox's AWS has no Amazon Q Developer in chat applications (chatbot)",
    ),
)
