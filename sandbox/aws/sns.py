"""SNS: a subscription that a person has to confirm stays pending until somebody does.

moto confirms every subscription at once. The service confirms text messages, queues and functions
of the account by itself; for email and foreign web addresses somebody must follow a link.
"""

from typing import Any
from urllib.parse import urlparse

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

from sandbox.aws.extension import Extension

_CONFIRMED_BY_A_PERSON = ("email", "email-json")
_CONFIRMED_BY_THE_ENDPOINT = ("http", "https")


class UpkeepSNSBackend(SNSBackend):
    """moto's backend with pending subscriptions."""

    def subscribe(self, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
        """Pending where the service waits for a confirmation."""
        known = set(self.subscriptions)
        subscription = super().subscribe(topic_arn, endpoint, protocol)
        if subscription.arn not in known and _needs_confirmation(protocol, endpoint):
            subscription.attributes |= {
                "PendingConfirmation": True,
                "ConfirmationWasAuthenticated": False,
            }
        return subscription

    def confirm(self, topic_arn: str, token: str) -> Subscription:
        """Confirm the subscription whose ARN ends with ``token``.

        The service mails a token to the subscriber; in the sandbox, which sends no mail, it is the
        last part of the ARN that Subscribe returned.
        """
        subscription = self.subscriptions.get(f"{topic_arn}:{token}")
        if subscription is None:
            raise SNSInvalidParameter("Invalid parameter: Token")
        subscription.attributes["PendingConfirmation"] = False
        return subscription

    def pending(self, topic_arn: str) -> tuple[int, int]:
        """How many subscriptions of a topic are pending, and how many confirmed."""
        states = [
            _is_pending(subscription)
            for subscription in self.subscriptions.values()
            if subscription.topic_arn == topic_arn
        ]
        return sum(states), len(states) - sum(states)


class UpkeepSNSResponse(SNSResponse):
    """Subscriptions as the service shows them while they are pending."""

    @property
    def backend(self) -> UpkeepSNSBackend:
        """The backend of the caller's account and region."""
        backend = super().backend
        assert isinstance(backend, UpkeepSNSBackend)
        return backend

    def subscribe(self) -> ActionResult:
        result = super().subscribe()
        shown: dict[str, Any] = dict(result.result)  # type: ignore[call-overload]
        subscription = self.backend.subscriptions[shown["SubscriptionArn"]]
        if _is_pending(subscription) and not self._get_bool_param("ReturnSubscriptionArn", False):
            shown["SubscriptionArn"] = "pending confirmation"
        return ActionResult(shown)

    def confirm_subscription(self) -> ActionResult:
        confirmed = self.backend.confirm(self._get_param("TopicArn"), self._get_param("Token"))
        return ActionResult({"SubscriptionArn": confirmed.arn})

    def list_subscriptions(self) -> ActionResult:
        return _listed(super().list_subscriptions())

    def list_subscriptions_by_topic(self) -> ActionResult:
        return _listed(super().list_subscriptions_by_topic())

    def get_topic_attributes(self) -> ActionResult:
        result = super().get_topic_attributes()
        attributes: dict[str, Any] = dict(result.result["Attributes"])  # type: ignore[index]
        pending, confirmed = self.backend.pending(self._get_param("TopicArn"))
        attributes |= {"SubscriptionsPending": pending, "SubscriptionsConfirmed": confirmed}
        return ActionResult({"Attributes": attributes})


def _needs_confirmation(protocol: str, endpoint: str) -> bool:
    if protocol in _CONFIRMED_BY_A_PERSON:
        return True
    # AWS's own web endpoints, such as the chat application's, answer the confirmation themselves.
    host = urlparse(endpoint).hostname or ""
    return protocol in _CONFIRMED_BY_THE_ENDPOINT and not host.endswith(".amazonaws.com")


def _is_pending(subscription: Subscription) -> bool:
    return bool(subscription.attributes.get("PendingConfirmation"))


def _listed(result: ActionResult) -> ActionResult:
    page: dict[str, Any] = dict(result.result)  # type: ignore[call-overload]
    page["Subscriptions"] = [
        {
            "SubscriptionArn": "PendingConfirmation" if _is_pending(one) else one.arn,
            "Owner": one.owner,
            "Protocol": one.protocol,
            "Endpoint": one.endpoint,
            "TopicArn": one.topic_arn,
        }
        for one in page["Subscriptions"]
    ]
    return ActionResult(page)


EXTENSION = Extension(service="sns", backend=UpkeepSNSBackend, response=UpkeepSNSResponse)
