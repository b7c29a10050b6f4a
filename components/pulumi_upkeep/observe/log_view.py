"""Where logs are looked at: the searches, their addresses, and what a dashboard shows of them.

Datadog's provider has no type for a saved view, so none is declared: what would be saved in it is
the search, and its address holds all of it. Reminder and dashboard lead there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from ..plan.logs import TOTAL, Logs
from ..plan.words import say_duration
from .dashboard.panel import Marker, Panel, Query
from .log_pipeline import NOBODYS
from .runbook import runbook_page
from .sites import APP

# Datadog's levels from `error` up: what is called ERROR in a plan.
ERRORS = "status:(error OR critical OR alert OR emergency)"
# What Datadog counts by itself, within minutes: the logs of an index that were not left out.
INDEXED = "datadog.estimated_usage.logs.ingested_events"


@dataclass(frozen=True)
class LogNames:
    """How an environment's logs are called in an organisation that has several environments.

    project, environment   as in all physical names
    index                  the plan's; empty: the default
    """

    project: str
    environment: str
    chosen_index: str = ""

    @property
    def index(self) -> str:
        """The index: ``bynomi-prod``."""
        written = f"{self.project}-{self.environment}".lower()
        return self.chosen_index or _from_a_letter(re.sub(r"[^a-z0-9]+", "-", written), "logs-")

    @property
    def filter(self) -> str:
        """Which logs are this environment's; that of another one never finds the same."""
        return f"env:{self.environment}"

    def metric(self, name: str) -> str:
        """The metric of a pattern: ``bynomi.prod.logs.payment_declined``."""
        parts = (self.project, self.environment, "logs", name)
        words = [re.sub(r"[^a-z0-9_]+", "_", part.lower()) for part in parts]
        return _from_a_letter(".".join(words), "logs.")

    def search(self, query: str) -> str:
        """A search within the environment."""
        return f"{self.filter} ({query})" if " " in query else f"{self.filter} {query}"


def _from_a_letter(name: str, before: str) -> str:
    """Datadog's names begin with a letter; a project's need not."""
    return name if name[:1].isalpha() else f"{before}{name.lstrip('-_.')}"


def explorer(names: LogNames, query: str, *, days: int = 7, patterns: bool = False) -> str:
    """The address of a search over the last days; ``patterns``: similar logs as one."""
    asked = {
        "query": names.search(query),
        "index": names.index,
        "from_ts": f"now-{days}d",
        "to_ts": "now",
        "live": "true",
        "viz": "pattern" if patterns else "stream",
    }
    return f"{APP}/logs?{urlencode(asked)}"


def log_panels(logs: Logs, names: LogNames, runbooks: str) -> Iterator[Panel]:
    """What a dashboard shows of the logs: volume by level and service, errors, patterns, quota."""
    lines = f"{names.metric(TOTAL)}{{{names.filter}}}"
    yield Panel(
        "Logs by level",
        "timeseries",
        "where",
        (Query(f"sum:{lines} by {{status}}.as_count()"),),
        unit="logs",
    )
    yield Panel(
        "Logs by service",
        "timeseries",
        "where",
        (Query(f"sum:{lines} by {{service}}.as_count()"),),
        unit="logs",
    )
    yield Panel(
        "Services with the most errors in logs",
        "toplist",
        "where",
        (Query(names.search(ERRORS), source="logs", by=("service",)),),
    )
    for name, pattern in sorted(logs.patterns.items()):
        alert = pattern.alert
        limits: list[Marker] = []
        if alert:
            limits.append(Marker(alert.above, f"alert, within {say_duration(alert.lasting)}"))
            if alert.warn_above is not None:
                limits.append(Marker(alert.warn_above, "warning", "warning"))
        metric = f"{names.metric(name)}{{{names.filter}}}"
        yield Panel(
            f"Pattern {name}: {pattern.means}",
            "timeseries",
            "where",
            (Query(f"sum:{metric} by {{service}}.as_count()"),),
            unit="logs",
            markers=tuple(limits),
            runbook=runbook_page(runbooks, pattern.runbook),
        )
    quota = logs.daily_quota
    yield Panel(
        "Logs indexed within a day, against the quota",
        "value",
        "next",
        (
            Query(
                f"sum:{INDEXED}{{datadog_index:{names.index},datadog_is_excluded:false}}"
                ".as_count().rollup(sum, 86400)"
            ),
        ),
        unit="logs",
        markers=(
            Marker(quota.at_most, "quota"),
            Marker(round(quota.at_most * quota.warn_at / 100), "warning", "warning"),
        ),
        runbook=runbook_page(runbooks, "log-quota"),
    )
    yield Panel(
        "Newest errors in logs",
        "logs",
        "next",
        (Query(names.search(ERRORS), source="logs"),),
    )
    yield Panel(
        "Read on in the logs",
        "note",
        "next",
        text=(
            f"[Error patterns of a week]({explorer(names, ERRORS, patterns=True)}) · "
            f"[Logs without a service]({explorer(names, f'service:{NOBODYS}')}) · "
            f"[All logs]({explorer(names, '*', days=1)})"
        ),
    )
