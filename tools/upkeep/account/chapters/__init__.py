"""The predicates, by chapter of the plans."""

from tools.upkeep.account.chapters import (
    backups,
    business,
    care,
    documents,
    errors,
    incidents,
    logs,
    monitoring,
    recovery,
    releases,
    security,
    support,
    tickets,
    uptime,
    windows,
)
from tools.upkeep.account.finding import PREDICATES

__all__ = [
    "PREDICATES",
    "backups",
    "business",
    "care",
    "documents",
    "errors",
    "incidents",
    "logs",
    "monitoring",
    "recovery",
    "releases",
    "security",
    "support",
    "tickets",
    "uptime",
    "windows",
]
