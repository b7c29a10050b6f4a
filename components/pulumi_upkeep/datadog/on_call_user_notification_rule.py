"""Rules of Datadog On-Call: how soon a page reaches a person, and by which channel."""

import pulumi

from ..thin import Resource, arguments


@arguments
class OnCallUserNotificationRulePhoneArgs:
    """How a phone is used."""

    method: pulumi.Input[str | None] = None
    """``sms`` or ``voice``."""


@arguments
class OnCallUserNotificationRuleArgs:
    """One rule of one user; another channel or another use of a phone is another rule."""

    category: pulumi.Input[str]
    """``high_urgency`` or ``low_urgency``."""
    channel_id: pulumi.Input[str]
    delay_minutes: pulumi.Input[int]
    """0: at once."""
    user_id: pulumi.Input[str]
    phone: pulumi.Input[OnCallUserNotificationRulePhoneArgs | None] = None


class OnCallUserNotificationRule(
    Resource[OnCallUserNotificationRuleArgs],
    token="datadog:index/onCallUserNotificationRule:OnCallUserNotificationRule",
):
    """A rule. Its id is a UUID."""

    user_id: pulumi.Output[str]
    channel_id: pulumi.Output[str]
