"""NotificationRules: what rings when Datadog On-Call pages somebody."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog.on_call_user_notification_channel import (
    OnCallUserNotificationChannel,
    OnCallUserNotificationChannelArgs,
    OnCallUserNotificationChannelPhoneArgs,
)
from ..datadog.on_call_user_notification_rule import (
    OnCallUserNotificationRule,
    OnCallUserNotificationRuleArgs,
    OnCallUserNotificationRulePhoneArgs,
)
from ..plan.faults import Fault
from ..plan.words import Duration, Later, Name, Words, say_duration

_MINUTE = timedelta(minutes=1)
# An SMS is read by whoever looks; a call wakes. It comes before the shortest step of an escalation
# is over and somebody else is paged.
_CALLED_AFTER = _MINUTE


class RungPersonArgs(TypedDict):
    """Somebody who is on call."""

    user_id: pulumi.Input[str]
    """Their id in Datadog."""
    phone: pulumi.Input[str]
    """Their number (E.164): ``+12065550100``. A secret stays one."""


class NotificationRulesArgs(TypedDict):
    """Arguments of NotificationRules."""

    people: dict[str, RungPersonArgs]
    """Whoever is paged, by name; at least one."""
    call_after: NotRequired[str]
    """How long after the SMS the phone rings where nobody has acknowledged: whole minutes. Default:
    ``1 minute``."""


class NotificationRules(UpkeepComponent):
    """Phones of people, and rules by which a page of high urgency reaches them: an SMS at once, a
    call soon after.

    Whoever deploys it needs Datadog's permission ``on_call_admin``; rules of other people cannot be
    set without it. A number counts once its owner has confirmed it in Datadog, by a code that is
    sent there. A channel cannot change: another number is another channel.
    """

    channel_ids: pulumi.Output[Mapping[str, str]]
    """Name of each person -> the id of their phone's channel."""
    unproven: pulumi.Output[Sequence[str]]
    """What no deployment can know, a sentence each."""

    def __init__(
        self, name: str, args: NotificationRulesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        ids: dict[str, Any] = {
            person: self._reach(person, settings.people[person], settings.call_after)
            for person in sorted(settings.people)
        }
        self.channel_ids = pulumi.Output.from_input(ids)
        known = ", ".join(sorted(settings.people))
        self.unproven = pulumi.Output.from_input(
            [
                f"phones of On-Call ({known}): each has to be confirmed by its owner in Datadog; "
                "until then pages reach them by mail and app alone"
            ]
        )
        self.register_outputs({"channelIds": self.channel_ids, "unproven": self.unproven})

    def _reach(self, person: str, rung: "_Person", call_after: timedelta) -> pulumi.Output[str]:
        channel = OnCallUserNotificationChannel(
            f"{self.name}-{person}",
            OnCallUserNotificationChannelArgs(
                user_id=rung.user_id,
                phone=OnCallUserNotificationChannelPhoneArgs(number=rung.phone),
            ),
            self.child(),
        )
        for method, minutes in (("sms", 0), ("voice", call_after // _MINUTE)):
            OnCallUserNotificationRule(
                f"{self.name}-{person}-{method}",
                OnCallUserNotificationRuleArgs(
                    user_id=rung.user_id,
                    channel_id=channel.id,
                    category="high_urgency",
                    delay_minutes=minutes,
                    phone=OnCallUserNotificationRulePhoneArgs(method=method),
                ),
                self.child(),
            )
        return channel.id


# ---- arguments, checked ------------------------------------------------------------------------


class _Person(Words):
    user_id: Later
    phone: Later


class _Settings(Words):
    people: dict[Name, _Person] = Field(min_length=1)
    call_after: Duration = _CALLED_AFTER


def _faults(settings: _Settings) -> list[Fault]:
    if settings.call_after % _MINUTE:
        nearest = max(_MINUTE, settings.call_after // _MINUTE * _MINUTE)
        return [
            Fault(
                "call_after",
                "Datadog counts whole minutes",
                say_duration(settings.call_after),
                f"nearest: `{say_duration(nearest)}`",
            )
        ]
    return []
