"""What breaks in each of the plan's three scenarios, and what must hold afterwards.

Source: Bynomi's plan, "Disaster Scenarios and Response".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.upkeep.drill_result import Result
from tools.upkeep.drill_stage import Stage


@dataclass(frozen=True)
class Scenario:
    """One scenario of the plan.

    name: as the plan's document calls it, and the beginning of its runbook's name.
    says: what breaks, for people.
    breaks, heals: do it, and undo it while or after the runbook runs.
    database_moves, site_moves: whether another member writes afterwards, and whether the public
        name leads elsewhere.
    """

    name: str
    says: str
    breaks: Callable[[Stage], object]
    heals: Callable[[Stage], object]
    database_moves: bool
    site_moves: bool


def _database(stage: Stage, how: str) -> object:
    return stage.control("POST", f"databases/{stage.writer.name}/fail", {"how": how})


def _recovered(stage: Stage) -> object:
    return stage.control("POST", f"databases/{stage.writer.name}/recover", {})


def _servers(stage: Stage, on: bool) -> object:
    group = next(iter(stage.plan.estate.servers.values())).group
    return stage.control("POST", f"servers/{group}/fail", {"on": on})


def _outage(stage: Stage, on: bool) -> object:
    return stage.control("POST", "outage", {"region": stage.primary, "on": on})


SCENARIOS: Mapping[str, Scenario] = {
    each.name: each
    for each in (
        Scenario(
            "database-failure",
            "the primary database hangs: it keeps its connections and answers nothing",
            lambda stage: _database(stage, "freeze"),
            _recovered,
            database_moves=True,
            site_moves=False,
        ),
        Scenario(
            "application-server-failure",
            "every web server of the primary region fails, those started later, too",
            lambda stage: _servers(stage, True),
            lambda stage: _servers(stage, False),
            database_moves=False,
            site_moves=True,
        ),
        Scenario(
            "complete-outage",
            "the primary region is cut off: servers, databases, and every API in it",
            lambda stage: _outage(stage, True),
            lambda stage: _outage(stage, False),
            database_moves=True,
            site_moves=True,
        ),
    )
}


def judge(scenario: Scenario, stage: Stage, result: Result) -> None:
    """Say what must hold after a scenario, and whether it does, from what was found."""
    runs = [run for run in result.executions if not run.parent]
    result.check(
        "the runbook succeeded",
        bool(runs) and all(run.status == "Success" for run in runs),
        ", then ".join(f"{run.status} {run.said}".strip() for run in runs) or "it never ran",
    )
    result.check(
        "no acknowledged order is lost",
        bool(result.acknowledged) and not result.lost,
        f"{len(result.lost)} of {len(result.acknowledged)} lost",
    )
    result.check(
        "orders are taken again",
        result.unwritable_seconds is not None,
        "never again"
        if result.unwritable_seconds is None
        else f"after {result.unwritable_seconds:.1f} s here",
    )
    writes = stage.successor.name if scenario.database_moves else stage.writer.name
    result.check(
        "exactly one database takes writes",
        result.writable == [writes],
        f"{' and '.join(result.writable) or 'none'}, to be {writes}",
    )
    if scenario.database_moves:
        result.check(
            "the old primary is fenced",
            result.fenced is True,
            result.summary.get(stage.writer.name, "not looked at"),
        )
        found, wanted = result.dns.get("writer_after"), result.dns.get("successor")
        result.check(
            "the database's name leads to the new primary",
            bool(wanted) and found == wanted,
            f"{stage.writer_name} -> {_told(found)}",
        )
    found, wanted = result.dns.get("site_after"), result.dns.get("standby")
    home = result.dns.get("site_before")
    result.check(
        "the public name leads to the standby"
        if scenario.site_moves
        else "the public name stays where it was",
        bool(found) and found == (wanted if scenario.site_moves else home),
        f"{stage.site} -> {_told(found)}",
    )
    result.check(
        "the site serves",
        result.dns.get("served_by") == (stage.recovery if scenario.site_moves else stage.primary),
        f"from {result.dns.get('served_by') or 'nowhere'}",
    )


def _told(found: object) -> str:
    return ", ".join(map(str, found)) if isinstance(found, list) and found else "nowhere"
