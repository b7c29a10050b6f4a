"""Alerts that open cases."""

import re
from collections.abc import Iterator

from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen

_OPENS = re.compile(r"@(?:webhook|case)-([\w-]+)")


@clause("PD-2.2")
def cases(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    opens = _opening(seen)
    # A webhook says what the workflow waits for, with all that it reads.
    trackers = {
        each["name"]
        for each in stack.of("webhook")
        if opens is not None
        and each["payload"].get("event_type") in opens["on"]["repository_dispatch"]["types"]
        and _read(opens) <= (each["payload"].get("client_payload") or {}).keys()
    }
    for severity in figures["severities"]:
        alerts = [each for each in stack.of("monitor") if f"severity:{severity}" in each["tags"]]
        opened = {
            name
            for each in alerts
            for name in _OPENS.findall(each["message"])
            if name in trackers or f"@case-{name}" in each["message"]
        }
        if opened:
            yield kept(f"{severity}: alerts open cases by {', '.join(sorted(opened))}")
        else:
            yield lacks(f"{severity}: no alert opens a case")
    said = _said(opens)
    path = re.search(rf'"\$severity" != {figures["hotfix"]} \].*hotfix', said)
    if opens is not None and path:
        yield kept(f"{opens['path']} opens an issue, {figures['hotfix']} as a hotfix")
    else:
        yield lacks(f"no workflow opens an issue and takes {figures['hotfix']} as a hotfix")


def _opening(seen: Seen) -> Fact | None:
    """The workflow that opens an issue when it is told of an alert."""
    return next(
        (
            each
            for each in seen.repository.of("workflow")
            if isinstance(each["on"], dict)
            and (each["on"].get("repository_dispatch") or {}).get("types")
            and "gh issue create" in _said(each)
        ),
        None,
    )


def _said(workflow: Fact | None) -> str:
    jobs = workflow["jobs"] if workflow else ()
    return " ".join(step["run"] or "" for job in jobs for step in job["steps"])


def _read(workflow: Fact) -> set[str]:
    """What a workflow reads of what it is told."""
    values = " ".join(
        value for job in workflow["jobs"] for step in job["steps"] for value in step["env"].values()
    )
    return set(re.findall(r"client_payload\.(\w+)", values))
