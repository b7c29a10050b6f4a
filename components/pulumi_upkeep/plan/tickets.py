"""Tickets: trackers in which an alert opens a case, and its end closes it.

Source: Bynomi's plan, "Classification and assignment"; the prize draw's, "Bug Triage Process".
Variables: Datadog, "Webhooks".
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from .faults import NotInWords, nearest
from .words import Name, Secret, Url, Words

# What tells an alert from its end, and what both have in common: with one of each, whoever is
# called can open a case and close the same one.
TRANSITION = "$ALERT_TRANSITION"
KEYS = ("$AGGREG_KEY", "$ALERT_CYCLE_KEY")

# Source: Datadog, "Webhooks", variables.
# fmt: off
VARIABLES = (
    "$AGGREG_KEY", "$ALERT_CYCLE_KEY", "$ALERT_ID", "$ALERT_METRIC", "$ALERT_PRIORITY",
    "$ALERT_QUERY", "$ALERT_SCOPE", "$ALERT_STATUS", "$ALERT_TITLE", "$ALERT_TRANSITION",
    "$ALERT_TYPE", "$DATE", "$DATE_POSIX", "$EMAIL", "$EVENT_MSG", "$EVENT_TITLE", "$EVENT_TYPE",
    "$HOSTNAME", "$ID", "$INCIDENT_PUBLIC_ID", "$INCIDENT_TITLE", "$INCIDENT_URL", "$LAST_UPDATED",
    "$LAST_UPDATED_POSIX", "$LINK", "$LOGS_SAMPLE", "$METRIC_NAMESPACE", "$ORG_ID", "$ORG_NAME",
    "$PRIORITY", "$SNAPSHOT", "$SYNTHETICS_FIRST_FAILING_STEP_NAME", "$SYNTHETICS_SUMMARY",
    "$SYNTHETICS_TEST_NAME", "$TAGS", "$TEXT_ONLY_MSG", "$USER", "$USERNAME",
)
# fmt: on
_VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]*(?:\[[^\]]*\])?")

PAYLOAD: dict[str, Any] = {
    "event_type": "alert",
    "client_payload": {
        "transition": TRANSITION,
        "key": "$AGGREG_KEY",
        "title": "$EVENT_TITLE",
        "text": "$TEXT_ONLY_MSG",
        "priority": "$ALERT_PRIORITY",
        "tags": "$TAGS",
        "link": "$LINK",
    },
}
"""What GitHub takes as a repository's event: a workflow there opens and closes the issue."""


def _two_states(payload: dict[str, Any]) -> dict[str, Any]:
    used = set(_VARIABLE.findall(json.dumps(payload)))
    for name in sorted({name.partition("[")[0] for name in used} - {*VARIABLES}):
        close = nearest(name, VARIABLES)
        raise NotInWords(
            f"`{name}` is no variable of Datadog's webhooks, and is sent as it is",
            f"did you mean `{close}`?" if close else f"such as `{TRANSITION}`",
        )
    if TRANSITION not in used:
        raise NotInWords(
            "does not tell an alert from its end, so that its end could close nothing",
            f"add `transition: {TRANSITION}`",
        )
    if not used & {*KEYS}:
        raise NotInWords(
            "names nothing that an alert and its end have in common",
            f"add `key: {KEYS[0]}`",
        )
    return payload


Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
Address = Annotated[
    Annotated[Url, Tag("<address>")] | Annotated[Secret, Tag("<secret>")],
    Discriminator(lambda written: "<address>" if isinstance(written, str) else "<secret>"),
]
HeaderValue = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[Secret, Tag("<secret>")],
    Discriminator(lambda written: "<text>" if isinstance(written, str) else "<secret>"),
]
Part = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[dict[str, str], Tag("<block>")],
    Discriminator(lambda written: "<text>" if isinstance(written, str) else "<block>"),
]
Payload = Annotated[dict[str, Part], AfterValidator(_two_states)]


class Webhook(Words):
    """An address that Datadog calls with each alert and each end of one.

    url       the address, or ``{secret: name}`` of a Pulumi secret that holds it
    headers   beside it, such as ``Authorization``; values in clear, or secrets
    payload   what is sent, as JSON: text with Datadog's variables, in blocks of one level. It holds
              ``$ALERT_TRANSITION`` and a key of the alert. Default: an event of a repository on
              GitHub
    """

    url: Address
    headers: dict[Header, HeaderValue] = Field(default_factory=dict)
    payload: Payload | None = None

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Each secret's name, with its path below this block."""
        if isinstance(self.url, Secret):
            yield self.url.secret, "url"
        for name, value in self.headers.items():
            if isinstance(value, Secret):
                yield value.secret, f"headers.{name}"


def _case(written: Any) -> Any:
    if isinstance(written, str) and written.startswith("@"):
        rule = "the project's own handle, without what Datadog puts before it"
        raise NotInWords(rule, f"write `{written.removeprefix('@case-').lstrip('@')}`")
    return written


class Tracker(Words):
    """One tracker: a webhook, or a project of Datadog's Case Management.

    webhook   an address that Datadog calls
    case      the project's handle; Datadog closes what it opened by itself
    Exactly one of the two.
    """

    webhook: Webhook | None = None
    case: Annotated[Name, BeforeValidator(_case)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Tracker":
        if (self.webhook is None) == (self.case is None):
            raise NotInWords("a tracker is a webhook or a case", "name `webhook` or `case`")
        return self


Tickets = dict[Name, Tracker]
