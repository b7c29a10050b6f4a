"""The one builder of Datadog messages: what happened, since when, how bad, who owns it, where to
look, who is told.

One line: Datadog strips and joins lines, which would show as a change in every preview.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from ..plan.words import Severity
from .runbook import runbook_page
from .sites import APP


def once_known(text: Callable[..., str], *parts: pulumi.Input[str]) -> pulumi.Input[str]:
    """A text of parts that may only be known at deployment.

    What can be judged now is, with nothing in their place: ``text`` may refuse.
    """
    now = text(*(part if isinstance(part, str) else "" for part in parts))
    if all(isinstance(part, str) for part in parts):
        return now
    return pulumi.Output.all(*parts).apply(lambda known: text(*known))


@dataclass(frozen=True)
class Figures:
    """How a message shows the value, the limit of the alert and that of the warning."""

    value: str = "{{value}}"
    limit: str = "{{threshold}}"
    warning: str = "{{warn_threshold}}"


@dataclass(frozen=True)
class Message:
    """What a monitor says.

    happened    what is wrong when it alerts, a sentence without its end
    over        what holds again when it recovers, likewise
    runbooks    the address below which the pages of runbooks stand
    page        the page of this alert
    unit        of the value and the threshold, which are shown side by side: ``ms``; None where
                there is no value (a composite, a synthetic test)
    warns       whether it has a warning before the alert
    silence     whether silence of the metric is told as well
    since       the time zone in which it is said since when; None: it is not said
    owner       the team it belongs to, and the handles by which that team is told of warnings too
    service     Datadog's name of the service, whose page shows the last deployment
    dashboard   address of the dashboard
    figures     how value and limits are shown
    """

    happened: str
    over: str
    severity: Severity
    runbooks: str
    page: str
    unit: str | None = None
    warns: bool = False
    silence: bool = False
    since: str | None = None
    owner: str = ""
    owner_handles: str = ""
    service: str = ""
    environment: str = ""
    dashboard: str = ""
    figures: Figures = Figures()

    def text(self, handles: str) -> str:
        """The message with the severity's handles.

        They stand outside alert and recovery: whoever is told of an alert is told of its end. A
        warning wakes nobody: it goes to the owner alone.
        """
        return " ".join(" ".join((*self._says(), *self._where(), *self._told(handles))).split())

    def _says(self) -> list[str]:
        grave = self.severity.upper()
        since = ""
        if self.since:
            since = f" Since {{{{local_time 'first_triggered_at' '{self.since}'}}}}."
        blocks = [f"{{{{#is_alert}}}}{grave}: {self.happened}{self._figures()}.{since}"]
        blocks.append("{{/is_alert}}")
        if self.warns:
            blocks.append(
                f"{{{{#is_warning}}}}Warning before {grave}: {self.happened}, soon"
                f"{self._figures(warning=True)}.{{{{/is_warning}}}}"
            )
        if self.silence:
            blocks.append(
                f"{{{{#is_no_data}}}}{grave}: no data, so nobody can tell whether "
                f"{self.happened}.{{{{/is_no_data}}}}"
            )
        blocks.append(f"{{{{#is_recovery}}}}Over: {self.over}.{{{{/is_recovery}}}}")
        return ["".join(blocks)]

    def _figures(self, warning: bool = False) -> str:
        if self.unit is None:
            return ""
        unit = f" {self.unit}" if self.unit else ""
        limit = self.figures.warning if warning else self.figures.limit
        return f" ({self.figures.value}{unit}, limit {limit}{unit})"

    def _where(self) -> list[str]:
        parts = [f"Owner: {self.owner}."] if self.owner else []
        parts.append(f"Runbook: {runbook_page(self.runbooks, self.page)}")
        if self.dashboard:
            parts.append(f"Dashboard: {self.dashboard}")
        if self.service:
            env = f"?env={self.environment}" if self.environment else ""
            parts.append(f"Last deployment: {APP}/apm/services/{self.service}{env}")
        return parts

    def _told(self, handles: str) -> list[str]:
        if not self.warns or not handles:
            return [" ".join(sorted({*handles.split(), *self.owner_handles.split()}))]
        calm = sorted(self.owner_handles.split())
        woken = sorted({*handles.split()} - {*calm})
        if not woken:
            return calm
        return [
            *calm,
            "{{^is_warning}}{{^is_warning_recovery}}"
            + " ".join(woken)
            + "{{/is_warning_recovery}}{{/is_warning}}",
        ]
