"""Datadog's handles: how the message of a monitor names whom it tells.

There is no handle for SMS: phones are reached through an SNS topic of their own, which Datadog's
Amazon SNS integration publishes to by the topic's name [Datadog: Amazon SNS integration].
"""

from collections.abc import Iterable, Mapping
from typing import TypedDict

import pulumi

from ..plan.words import Later, Severity, Words

# Datadog knows the priorities 1 (highest) to 5; there is no P0.
DATADOG_PRIORITY: Mapping[Severity, int] = {"p0": 1, "p1": 2, "p2": 3, "p3": 4}


class DatadogHandles(TypedDict):
    """Whom a Datadog monitor tells, by severity; each one line, handles separated by spaces."""

    p0: pulumi.Input[str]
    """Handles of P0."""
    p1: pulumi.Input[str]
    """Handles of P1."""
    p2: pulumi.Input[str]
    """Handles of P2."""
    p3: pulumi.Input[str]
    """Handles of P3."""


class Handles(Words):
    """The handles as an argument of a component: all four, or the missing one is named."""

    p0: Later
    p1: Later
    p2: Later
    p3: Later

    def by_severity(self) -> DatadogHandles:
        """The same, as :class:`~.monitor.MonitorContext` takes them."""
        return {"p0": self.p0, "p1": self.p1, "p2": self.p2, "p3": self.p3}


def datadog_handles(
    emails: Iterable[str],
    slack_account: str | None,
    channels: Iterable[str],
    topics: Iterable[str],
    others: Iterable[str] = (),
) -> str:
    """One line of handles, sorted, so that the same plan gives the same message.

    others   as they are: ``@oncall-<team>``, ``@webhook-<name>``, ``@case-<project>``
    """
    handles = [f"@{email}" for email in emails]
    handles += [slack_handle(slack_account, channel) for channel in channels]
    handles += [f"@sns-{topic}" for topic in topics]
    return " ".join(sorted({*handles, *others}))


def slack_handle(account: str | None, channel: str) -> str:
    """A channel of the Slack workspace that Datadog knows by the name of an account."""
    return f"@slack-{account}-{channel}"
