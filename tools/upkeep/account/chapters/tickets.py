"""Alerts that open cases."""

import re
from collections.abc import Iterator

from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Seen

_OPENS = re.compile(r"@(?:webhook|case)-([\w-]+)")


@clause("PD-2.2")
def cases(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    trackers = {each["name"] for each in stack.of("webhook")}
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
    for workflow in seen.repository.of("workflow"):
        on = workflow["on"]
        dispatched = on.get("repository_dispatch") if isinstance(on, dict) else None
        if not dispatched or "alert" not in (dispatched.get("types") or ()):
            continue
        said = " ".join(step.get("run") or "" for job in workflow["jobs"] for step in job["steps"])
        path = re.search(rf'"\$severity" != {figures["hotfix"]} \].*hotfix', said)
        if "gh issue create" in said and path:
            yield kept(f"{workflow['path']} opens an issue, {figures['hotfix']} as a hotfix")
            break
    else:
        yield lacks(f"no workflow opens an issue and takes {figures['hotfix']} as a hotfix")
