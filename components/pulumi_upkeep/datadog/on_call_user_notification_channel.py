"""Channels of Datadog On-Call: by what a person is reached."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class OnCallUserNotificationChannelEmailArgs:
    """A mailbox."""

    address: pulumi.Input[str | None] = None
    formats: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """``html`` or ``text``, at least one."""


@arguments
class OnCallUserNotificationChannelPhoneArgs:
    """A phone."""

    number: pulumi.Input[str | None] = None
    """E.164, such as ``+12065550100``."""


@arguments
class OnCallUserNotificationChannelArgs:
    """A channel of one user: an email or a phone. Nothing of it can change in place."""

    user_id: pulumi.Input[str]
    email: pulumi.Input[OnCallUserNotificationChannelEmailArgs | None] = None
    phone: pulumi.Input[OnCallUserNotificationChannelPhoneArgs | None] = None


class OnCallUserNotificationChannel(
    Resource[OnCallUserNotificationChannelArgs],
    token="datadog:index/onCallUserNotificationChannel:OnCallUserNotificationChannel",
):
    """A channel. Its id is a UUID. The person confirms a number by themselves."""

    user_id: pulumi.Output[str]
