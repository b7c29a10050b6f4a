"""What is wrong with a Datadog message: its template, its handles, its agreement with the query.

Datadog takes a broken message without a word and sends it as it is, at three in the morning. So
every message is read here before it is sent: blocks that do not close, braces that are not double,
variables that the query does not group by, people who are paged and never told that it is over.
Source: Datadog, "Notification variables" and "Conditional variables".
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..plan.faults import Fault, nearest
from .queries.condition import number
from .queries.reading import read

# A monitor goes to these; it recovers from an alert (or from silence), or from a mere warning.
State = Literal["alert", "warning", "no_data", "recovery", "warning_recovery"]
STATES: tuple[State, ...] = ("alert", "warning", "no_data", "recovery", "warning_recovery")

# Blocks that depend on what state a monitor goes to: the states in which they show.
_SHOWN_IN: dict[str, frozenset[State]] = {
    "is_alert": frozenset({"alert"}),
    "is_warning": frozenset({"warning"}),
    "is_no_data": frozenset({"no_data"}),
    "is_recovery": frozenset({"recovery", "warning_recovery"}),
    "is_alert_recovery": frozenset({"recovery"}),
    "is_warning_recovery": frozenset({"warning_recovery"}),
    "is_no_data_recovery": frozenset({"recovery"}),
    "is_alert_to_warning": frozenset({"warning"}),
    "is_warning_to_alert": frozenset({"alert"}),
    "is_no_data_to_alert": frozenset({"alert"}),
}
# Blocks that depend on something else: they may show in any state.
_ANY = frozenset({"is_match", "is_exact_match", "is_priority", "is_renotify", "is_unknown"})
BLOCKS = frozenset(_SHOWN_IN) | _ANY

# Variables of every alert.
VARIABLES = frozenset(
    {
        "value",
        "threshold",
        "warn_threshold",
        "ok_threshold",
        "alert_threshold",
        "comparator",
        "first_triggered_at",
        "first_triggered_at_epoch",
        "last_triggered_at",
        "last_triggered_at_epoch",
        "triggered_duration_sec",
        "additional_context",
        "executor_url",
        "check_message",
    }
)
# Variables of alerts on an objective alone [Datadog, "SLO Alerts"].
_OF_OBJECTIVES = frozenset({"timeframe", "long_window_burn_rate", "short_window_burn_rate"})
# Helpers that take variables.
_HELPERS = frozenset({"eval", "local_time", "url_encode"})
# What stands before a point without being grouped by: of logs, events, issues and synthetic tests.
_OBJECTS = frozenset({"log", "event", "issue", "span", "synthetics", "slo"})

_TAG = re.compile(r"\{\{\s*([#^/]?)\s*([^{}]*?)\s*\}\}")
# One brace on either side where two are meant: what is left once the double ones are gone.
_SINGLE = re.compile(r"\{\s*([#^/]?\w[\w. ]*?)\s*\}")
_HANDLE = re.compile(r"(?<![\w.])@[\w.+-]+(?:@[\w.-]+)?")
# Whoever these reach opens something that only the same handle closes.
_OPENS = ("@oncall-", "@pagerduty", "@case-", "@jira-", "@webhook-", "@opsgenie")


def message_faults(
    text: str,
    query: str,
    *,
    groups: Collection[str] = (),
    critical: str | None = None,
    at: str = "message",
) -> list[Fault]:
    """Every fault of a monitor's message.

    query      the monitor's; its groups (``by {host}``) are variables of the message
    groups     further ones, of a monitor whose query does not show them
    critical   the monitor's threshold, which must be the query's; None: not compared
    """
    known = {*groups, *grouped_by(query)}
    if query.startswith(("burn_rate(", "error_budget(")):
        known |= _OF_OBJECTIVES
    return sorted(
        {
            *_shape(text, at),
            *_blocks(text, at),
            *_variables(text, known, at),
            *_endings(text, at),
            *_threshold(query, critical),
        }
    )


def grouped_by(query: str) -> set[str]:
    """What a query groups by: ``by {host,service}``."""
    found = re.findall(r"by\s*\{([^}]*)\}", query) + re.findall(r"\.by\(([^)]*)\)", query)
    return {name.strip(" \"'") for names in found for name in names.split(",") if name.strip()}


def _shape(text: str, at: str) -> Iterator[Fault]:
    if "\n" in text or "\r" in text:
        line = repr(text.splitlines()[0][-20:])
        yield Fault(
            at,
            "a line ends within it: Datadog joins lines, which shows as a change in every preview",
            line,
            "write it in one line",
        )
    if text != text.strip():
        yield Fault(at, "begins or ends in white space, which Datadog strips", None, "strip it")
    bare = _TAG.sub("", text)
    for match in _SINGLE.finditer(bare):
        yield Fault(
            at, "single braces are sent as they are", match[0], f"`{{{{{match[1].strip()}}}}}`"
        )
    for brace in ("{{", "}}"):
        if brace in bare:
            yield Fault(at, "double braces without their other half", brace, "close them")


def _blocks(text: str, at: str) -> Iterator[Fault]:
    open_: list[str] = []
    for match in _TAG.finditer(text):
        sign, content = match[1], match[2]
        name = content.split(" ")[0]
        if sign in ("#", "^"):
            if name not in BLOCKS:
                close = nearest(name, BLOCKS)
                remedy = (
                    f"did you mean `{close}`?" if close else f"known: {', '.join(sorted(BLOCKS))}"
                )
                yield Fault(at, "no such block", match[0], remedy)
            open_.append(name)
        elif sign == "/":
            if not open_:
                yield Fault(at, "closes a block that is not open", match[0], "leave it out")
            elif open_[-1] != name:
                yield Fault(
                    at,
                    "closes another block than the open one",
                    match[0],
                    f"`{{{{/{open_[-1]}}}}}`",
                )
                if name in open_:
                    del open_[open_.index(name) :]
            else:
                open_.pop()
    for name in open_:
        yield Fault(at, "is never closed", f"{{{{#{name}}}}}", f"add `{{{{/{name}}}}}`")


def _variables(text: str, known: Collection[str], at: str) -> Iterator[Fault]:
    for match in _TAG.finditer(text):
        if match[1] == "/":
            continue
        words = match[2].split(" ")
        if match[1]:
            # A block's first argument is a variable in quotes: {{#is_match "host.name" "web"}}.
            quoted = re.findall(r"[\"']([^\"']*)[\"']", match[2])
            names = quoted[:1] if words[0] in ("is_match", "is_exact_match") else []
        elif words[0] in _HELPERS:
            names = re.findall(r"[a-z_][\w.]*", match[2].partition(" ")[2])[:1]
        else:
            names = [match[2]]
        for name in names:
            if not _exists(name, known):
                group = name.removesuffix(".name")
                tags = ", ".join(f"`{each}.name`" for each in sorted(known)) or "nothing"
                yield Fault(
                    at,
                    "no variable of this monitor: it is no word of Datadog's, and the query does "
                    "not group by it",
                    f"{{{{{name}}}}}",
                    f"group by `{group}`; it groups by {tags}",
                )


def _exists(name: str, known: Collection[str]) -> bool:
    if name in VARIABLES or name in _OF_OBJECTIVES & {*known}:
        return True
    head, _, _ = name.partition(".")
    if head in _OBJECTS:
        return True
    # A group is {{host.name}}; its tags and attributes are reached through it: {{host.env}}.
    return any(name == f"{group}.name" or name.startswith(f"{group}.") for group in known)


def _endings(text: str, at: str) -> Iterator[Fault]:
    told = {state: handles(text, state) for state in STATES}
    never_told = (told["alert"] | told["no_data"]) - told["recovery"]
    never_told |= told["warning"] - told["warning_recovery"]
    for handle in sorted(never_told):
        if handle.startswith(_OPENS):
            yield Fault(
                at,
                "opens what is never closed: the recovery's text does not name it [Datadog]",
                handle,
                "name it outside the blocks, or in `{{#is_recovery}}` too",
            )


def _threshold(query: str, critical: str | None) -> Iterator[Fault]:
    if critical is None:
        return
    try:
        asked = read(query).compares[1]
    except ValueError:
        return
    if float(critical) != asked:
        yield Fault(
            "thresholds.critical",
            f"differs from the query's {number(asked)} [Datadog]",
            critical,
            f"`{number(asked)}`",
        )


@dataclass
class _Block:
    states: frozenset[State]
    parts: list["str | _Block"] = field(default_factory=list)


def seen_in(text: str, state: State) -> str:
    """What of a message is shown in a state; what depends on anything else is taken to show."""
    return "".join(_seen(_parse(text), state))


def handles(text: str, state: State) -> set[str]:
    """Whom a message tells when its monitor goes to a state."""
    return set(_HANDLE.findall(seen_in(text, state)))


def _parse(text: str) -> _Block:
    stack = [_Block(frozenset(STATES))]
    last = 0
    for match in _TAG.finditer(text):
        if not match[1]:
            continue
        stack[-1].parts.append(text[last : match.start()])
        last = match.end()
        if match[1] == "/":
            if len(stack) > 1:
                stack.pop()
            continue
        states = _SHOWN_IN.get(match[2].split(" ")[0], frozenset(STATES))
        if match[1] == "^" and len(states) < len(STATES):
            states = frozenset(STATES) - states
        block = _Block(states)
        stack[-1].parts.append(block)
        stack.append(block)
    stack[-1].parts.append(text[last:])
    return stack[0]


def _seen(block: _Block, state: State) -> Sequence[str]:
    if state not in block.states:
        return []
    found: list[str] = []
    for part in block.parts:
        found.extend([part] if isinstance(part, str) else _seen(part, state))
    return found
