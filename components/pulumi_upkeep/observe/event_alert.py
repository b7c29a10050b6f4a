"""An alert on events of AWS: what EventBridge hears becomes a message over a severity's topic."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.words import Severity
from .alarm import AlertTopics
from .runbook import runbook_page

# EventBridge: a rule's name has at most 64 characters.
RULE_NAME_LIMIT = 64


def declare_event_alert(
    owner: UpkeepComponent,
    part: str,
    *,
    says: str,
    events: Mapping[str, Any],
    fields: Mapping[str, str],
    message: str,
    severity: Severity,
    topics: AlertTopics,
    runbooks: str,
    runbook: str,
    state: str | None = None,
) -> aws.cloudwatch.EventRule:
    """Declares a rule that tells of each event, as children of ``owner``.

    part       names it within its component; empty for the only one
    says       which events these are, in a few words: the rule's description
    events     the pattern of EventBridge; may hold Outputs
    fields     word -> where an event has it: ``{"state": "$.detail.state"}``
    message    what people read, a sentence with its full stop; ``<state>`` stands for a field
    severity   whose topic is told; ``runbook`` is the page below ``runbooks`` that it leads to
    state      of the rule. Default: ``ENABLED``
    """
    parts = [part] if part else []
    name = "-".join([owner.name, *parts])
    rule = aws.cloudwatch.EventRule(
        name,
        aws.cloudwatch.EventRuleArgs(
            name=physical_name(owner.name, *parts, limit=RULE_NAME_LIMIT),
            description=says,
            state=state,
            event_pattern=pulumi.Output.from_input(dict(events)).apply(json.dumps),
        ),
        owner.child(),
    )
    page = runbook_page(runbooks, runbook)
    aws.cloudwatch.EventTarget(
        name,
        aws.cloudwatch.EventTargetArgs(
            rule=rule.name,
            target_id="alert",
            arn=topics[severity],
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths=dict(sorted(fields.items())),
                input_template=json.dumps(f"{severity.upper()}: {message} Runbook: {page}"),
            ),
        ),
        owner.child(),
    )
    return rule
