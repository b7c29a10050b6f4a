"""Automation of Systems Manager: documents are checked as AWS checks them, and carried out.

documents     what CreateDocument accepts of schema 0.3
values        ``{{ step.output }}`` and selectors
actions       what each action does
scripts       ``aws:executeScript``, in a process of its own
execution     steps in order, failures, time limits, signals
operations    the API as boto3 calls it

What a run calls, it calls over HTTP like any other client, with the credentials of the document's
role, and the sandbox holds each call against that role's policies (``permissions.py``).

Waiting is shortened: an hour of waiting takes ``3600 / speed`` seconds here. Executions of the
sandbox are told from real ones by their ids, which all begin with ``5a4db0c5-``.
"""

from sandbox.aws.automation.clock import CLOCK, DEFAULT_SPEED
from sandbox.aws.automation.execution import SIMULATED_ID, Automations, Execution
from sandbox.aws.automation.operations import AutomationOperations

__all__ = [
    "CLOCK",
    "DEFAULT_SPEED",
    "SIMULATED_ID",
    "AutomationOperations",
    "Automations",
    "Execution",
]
