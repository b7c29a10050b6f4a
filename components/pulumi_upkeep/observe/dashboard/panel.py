"""What a dashboard shows, as data: every part of Upkeep says it so, and one place draws it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi

# What somebody on call asks, in this order.
#   now         is it us, and what is broken now?
#   customers   what do customers feel?
#   changes     since when, and what changed?
#   where       in which service, database or server?
#   protection  what still protects us: backups, proofs, replicas, the standby?
#   budget      how much may still go wrong?
#   next        where to look next: runbooks, logs
Group = Literal["now", "customers", "changes", "where", "protection", "budget", "next"]
GROUPS: Mapping[Group, str] = {
    "now": "Is it us? What is broken now",
    "customers": "What customers feel",
    "changes": "Since when, and what changed",
    "where": "Where: services, database, servers",
    "protection": "What protects us",
    "budget": "What may still go wrong: error budgets",
    "next": "Where to look next",
}

# timeseries   lines over time
# value        the newest value alone, coloured by its markers
# toplist      the largest groups of a query
# slo          an objective and its error budget; `ids` holds its id
# logs         newest lines of logs; one query
# errors       issues of error tracking; one query: a search
# events       what happened: deployments, alerts; one query: a search
# monitors     alerts of the monitors that a search finds; one query
# alert        one monitor and its threshold; `ids` holds its id
# note         text
Kind = Literal[
    "timeseries",
    "value",
    "toplist",
    "slo",
    "logs",
    "errors",
    "events",
    "monitors",
    "alert",
    "note",
]
Source = Literal["metrics", "logs", "rum", "spans", "events"]
# critical: somebody is told; warning: the owner is; target: what is promised
Level = Literal["critical", "warning", "target"]


@dataclass(frozen=True)
class Query:
    """One query of a panel.

    text      of metrics the query, ``p95:trace.http.request{env:prod,service:bynomi-web}``;
              otherwise a search, ``env:prod status:error``
    name      as the legend calls it; default: Datadog's own naming by groups
    source    default metrics
    compute   of a search: ``count``, or an aggregation and its facet, ``avg:@duration``
    by        of a search: the facets it is grouped by, ``service``
    """

    text: pulumi.Input[str]
    name: str = ""
    source: Source = "metrics"
    compute: str = "count"
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Marker:
    """A line across a panel: a threshold, in the panel's unit.

    value   on the critical side of ``comparison`` somebody is told
    """

    value: float
    label: str = ""
    level: Level = "critical"
    comparison: Literal[">", ">=", "<", "<="] = ">"


@dataclass(frozen=True)
class Panel:
    """One thing a dashboard shows.

    title     what it is, as a person would call it; unique within its group
    kind      how it is drawn
    group     the question it answers
    queries   one or more; none of ``slo``, ``alert`` and ``note``
    formula   over the queries, which are ``a``, ``b``, ``c`` in their order: ``100 * a / b``.
              Default: each query is a line of its own
    unit      of the values: ``ms``, ``s``, ``%``, ``bytes``, ``days``; any other word is shown as
              it is. Default: none
    markers   thresholds
    ids       the objective's or monitor's id
    text      of a note, in Markdown
    days      of an objective: 7, 30 or 90
    span      how far back it looks, where that is not the dashboard's own: ``15m``, ``1d``, ``1w``
    runbook   address of the page that helps, linked from the panel. Default: none
    drawn     lines, bars or areas, of ``timeseries``
    each      what is shown of each query, which is ``x``: ``100 * x / 90``; without ``formula``
    whole     whether the values are shares of a whole: 0 to 100
    width     columns of twelve. Default: by kind
    height    rows. Default: by kind
    """

    title: str
    kind: Kind
    group: Group
    queries: tuple[Query, ...] = ()
    formula: str = ""
    unit: str = ""
    markers: tuple[Marker, ...] = ()
    ids: tuple[pulumi.Input[str], ...] = ()
    text: pulumi.Input[str] = ""
    days: int = 30
    span: str = ""
    runbook: str = ""
    drawn: Literal["line", "bars", "area"] = "line"
    each: str = "x"
    whole: bool = False
    width: int | None = None
    height: int | None = None
