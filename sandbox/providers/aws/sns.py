"""Topics, their policies, and who listens."""

from __future__ import annotations

import json
from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, to_api
from sandbox.providers.aws.tagging import tagging
from sandbox.providers.cloud import Properties


def _text(value: Any) -> str:
    """SNS attributes are text, whatever they mean."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _truth(text: str) -> bool:
    return text == "true"


def _truth_attribute(name: str, api: str = "") -> Prop:
    return Prop(name, api, default=False, to=_text, back=_truth)


def _number_attribute(name: str, api: str = "") -> Prop:
    return Prop(name, api, to=_text, back=int)


def _feedback() -> Shape:
    """Delivery logs, in three attributes for each kind of endpoint."""
    kinds = {
        "application": "Application",
        "firehose": "Firehose",
        "http": "HTTP",
        "lambda": "Lambda",
        "sqs": "SQS",
    }
    shape: Shape = ()
    for kind, word in kinds.items():
        shape += (
            Prop(f"{kind}FailureFeedbackRoleArn", f"{word}FailureFeedbackRoleArn"),
            Prop(f"{kind}SuccessFeedbackRoleArn", f"{word}SuccessFeedbackRoleArn"),
            _number_attribute(
                f"{kind}SuccessFeedbackSampleRate", f"{word}SuccessFeedbackSampleRate"
            ),
        )
    return shape


_TOPIC_ATTRIBUTES: Shape = (
    Prop("displayName"),
    Prop("policy", json=True, computed=True),
    Prop("deliveryPolicy", json=True),
    Prop("archivePolicy", json=True),
    Prop("kmsMasterKeyId"),
    _truth_attribute("fifoTopic"),
    _truth_attribute("contentBasedDeduplication"),
    Prop("fifoThroughputScope", computed=True),
    Prop("signatureVersion", computed=True, to=_text, back=int),
    Prop("tracingConfig", computed=True),
    *_feedback(),
)
_TOPIC: Shape = (Prop("name"), *_TOPIC_ATTRIBUTES)

_SUBSCRIPTION_ATTRIBUTES: Shape = (
    _truth_attribute("rawMessageDelivery"),
    Prop("filterPolicy", json=True),
    Prop("filterPolicyScope", computed=True),
    Prop("redrivePolicy", json=True),
    Prop("deliveryPolicy", json=True),
    Prop("replayPolicy", json=True),
    Prop("subscriptionRoleArn"),
)
_SUBSCRIPTION: Shape = (
    Prop("topic", "TopicArn"),
    Prop("protocol"),
    Prop("endpoint"),
    *_SUBSCRIPTION_ATTRIBUTES,
)


def _split(request: Document, *own: str) -> tuple[Document, Document]:
    """The request's own parameters, and the attributes."""
    attributes = {key: value for key, value in request.items() if key not in own}
    return {key: request[key] for key in own if key in request}, attributes


def _create_topic(api: Api, request: Document, inputs: Properties) -> str:
    own, attributes = _split(request, "Name", "Tags")
    return str(api("sns").create_topic(**own, Attributes=attributes)["TopicArn"])


def _describe_topic(api: Api, arn: str, known: Properties) -> Document | None:
    answer = found(api("sns").get_topic_attributes, TopicArn=arn)
    if answer is None:
        return None
    topic: Document = {**answer["Attributes"], "Name": arn.rpartition(":")[2]}
    # A policy of its own resource is no change of the topic, as the first refresh would have it.
    if known and "policy" not in known:
        topic.pop("Policy", None)
    return topic


def _update_topic(api: Api, arn: str, request: Document, change: Change) -> None:
    for prop in _TOPIC_ATTRIBUTES:
        if change.of(prop.name):
            value = request.get(prop.key, "" if prop.default is None else _text(prop.default))
            api("sns").set_topic_attributes(
                TopicArn=arn, AttributeName=prop.key, AttributeValue=value
            )


def _set_policy(api: Api, arn: str, request: Document, inputs: Properties) -> str:
    api("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=request["Policy"]
    )
    return arn


def _default_policy(api: Api, arn: str) -> str:
    """What AWS gives a topic at birth: its own account may do everything with it."""
    actions = (
        "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic "
        "Subscribe ListSubscriptionsByTopic Publish"
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions.split()],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": api.account}},
    }
    return json.dumps(
        {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    )


def _describe_policy(api: Api, arn: str, known: Properties) -> Document | None:
    topic = _describe_topic(api, arn, {})
    if topic is None:
        return None
    return {"TopicArn": arn, "Policy": topic.get("Policy"), "Owner": topic.get("Owner")}


def _delete_policy(api: Api, arn: str, known: Properties) -> None:
    policy = _default_policy(api, arn)
    found(
        api("sns").set_topic_attributes,
        TopicArn=arn,
        AttributeName="Policy",
        AttributeValue=policy,
    )


def _subscribe(api: Api, request: Document, inputs: Properties) -> str:
    own, attributes = _split(request, "TopicArn", "Protocol", "Endpoint")
    # Without it the answer for an email address is "pending confirmation", which names nothing.
    answer = api("sns").subscribe(**own, Attributes=attributes, ReturnSubscriptionArn=True)
    return str(answer["SubscriptionArn"])


def _describe_subscription(api: Api, arn: str, known: Properties) -> Document | None:
    answer = found(api("sns").get_subscription_attributes, SubscriptionArn=arn)
    if answer is None:
        return None
    document: Document = dict(answer["Attributes"])
    document["PendingConfirmation"] = _truth(document.get("PendingConfirmation", "false").lower())
    return document


def _update_subscription(api: Api, arn: str, request: Document, change: Change) -> None:
    for prop in _SUBSCRIPTION_ATTRIBUTES:
        if change.of(prop.name):
            value = request.get(prop.key, "" if prop.default is None else _text(prop.default))
            api("sns").set_subscription_attributes(
                SubscriptionArn=arn, AttributeName=prop.key, AttributeValue=value
            )


def _identify_subscription(api: Api, inputs: Properties) -> str | None:
    pages = api("sns").get_paginator("list_subscriptions_by_topic")
    for page in pages.paginate(TopicArn=inputs["topic"]):
        for item in page["Subscriptions"]:
            if (item["Protocol"], item["Endpoint"]) == (inputs["protocol"], inputs["endpoint"]):
                # The list hides the ARN of one that waits for its confirmation; to subscribe the
                # same endpoint again makes no second one and tells it.
                return _subscribe(api, to_api(_SUBSCRIPTION, inputs), inputs)
    return None


SNS = (
    Resource(
        token=token("sns", "Topic"),
        service="sns",
        shape=_TOPIC,
        name=Name(longest=256),
        tagging=tagging("sns", argument="ResourceArn"),
        create=_create_topic,
        describe=_describe_topic,
        update=_update_topic,
        delete=lambda api, arn, known: api("sns").delete_topic(TopicArn=arn),
        identify=lambda api, inputs: api.arn("sns", inputs["name"]),
        outputs={"arn": "TopicArn", "owner": "Owner"},
        forces_replacement=frozenset({"name", "fifoTopic"}),
    ),
    Resource(
        token=token("sns", "TopicPolicy"),
        service="sns",
        shape=(Prop("arn", "TopicArn"), Prop("policy", json=True)),
        create=lambda api, request, inputs: _set_policy(api, inputs["arn"], request, inputs),
        describe=_describe_policy,
        update=lambda api, arn, request, change: _set_policy(api, arn, request, change.inputs),
        delete=_delete_policy,
        identify=lambda api, inputs: inputs["arn"],
        outputs={"owner": "Owner"},
        place=("arn",),
        forces_replacement=frozenset({"arn"}),
    ),
    Resource(
        token=token("sns", "TopicSubscription"),
        service="sns",
        shape=_SUBSCRIPTION,
        create=_subscribe,
        describe=_describe_subscription,
        update=_update_subscription,
        delete=lambda api, arn, known: api("sns").unsubscribe(SubscriptionArn=arn),
        identify=_identify_subscription,
        outputs={
            "arn": "SubscriptionArn",
            "ownerId": "Owner",
            "pendingConfirmation": "PendingConfirmation",
            "confirmationWasAuthenticated": lambda api, arn, it: not it["PendingConfirmation"],
        },
        place=("topic", "protocol", "endpoint"),
        provider_only=frozenset({"confirmationTimeoutInMinutes", "endpointAutoConfirms"}),
        forces_replacement=frozenset({"topic", "protocol", "endpoint"}),
    ),
)
