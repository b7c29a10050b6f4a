"""The one builder of Datadog messages: what happened, how grave it is, where to look, who is told.

One line: Datadog strips and joins lines, which would show as a change in every preview.
"""

from dataclasses import dataclass

from ..plan.words import Severity
from .runbook import runbook_page


@dataclass(frozen=True)
class Message:
    """What a monitor says.

    happened    what is wrong when it alerts, a sentence without its end
    over        what holds again when it recovers, likewise
    runbooks    the address below which the pages of runbooks stand
    page        the page of this alert
    """

    happened: str
    over: str
    severity: Severity
    runbooks: str
    page: str

    def text(self, handles: str) -> str:
        """The message with its handles, which stand outside both halves: whoever is told of an
        alert is told of its end."""
        return (
            f"{{{{#is_alert}}}}{self.severity.upper()}: {self.happened}.{{{{/is_alert}}}}"
            f"{{{{#is_recovery}}}}Over: {self.over}.{{{{/is_recovery}}}} "
            f"Runbook: {runbook_page(self.runbooks, self.page)} {handles}"
        ).strip()
