"""Releases: their calendar, the way to production, freezes, versions."""

import re
from collections.abc import Iterator

from tools.upkeep.account.chapters.documents import page_text
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, tells


@clause("BY-4.1")
def calendar(seen: Seen, figures: Figures) -> Iterator[Finding]:
    page = figures["page"]
    workflow = _deployment(seen)
    if workflow and any(f"--{figures['as_needed']}" in _gate(job) for job in workflow["jobs"]):
        yield kept(f"{workflow['path']}: a {figures['as_needed']} is deployed as needed")
    else:
        yield lacks(f"no deployment lets a {figures['as_needed']} through as needed")
    text = page_text(seen, page)
    for kind in ("major", "minor"):
        planned = figures[kind]
        days = " ".join(f"{number} days" for number in planned["days"])
        says = f"{kind}: every {planned['every']}, planned, frozen, told {days} before"
        # A row of the table: kind, how often, in which window, and the days before it.
        if re.search(rf"\b{kind} {planned['every']} (?:\S+ ){{1,4}}{days}\b", text):
            yield kept(f"page {page} of the handbook: {says}")
        else:
            yield lacks(f"page {page} of the handbook does not say {says}")


_GATE = "pulumi_upkeep.plan.gate"
_VERIFY = "pulumi_upkeep.operate.verify"
_MARK = "pulumi_upkeep.operate.mark_deployment"


def _deployment(seen: Seen) -> Fact | None:
    """The workflow that deploys to an environment with reviewers, from main."""
    return next(
        (
            each
            for each in seen.repository.of("workflow")
            if any("pulumi up" in s["run"] for job in each["jobs"] for s in job["steps"])
            and "push" in each["on"]
        ),
        None,
    )


def _gate(job: Fact) -> str:
    """The step that asks the plan's calendar whether a deployment may go on now."""
    return next((step["run"] for step in job["steps"] if _GATE in step["run"]), "")


@clause("BY-4.2")
def process(seen: Seen, figures: Figures) -> Iterator[Finding]:
    workflow = _deployment(seen)
    if workflow is None:
        yield lacks("no workflow deploys")
        return
    jobs = {job["id"]: job for job in workflow["jobs"]}
    path = workflow["path"]
    before: set[str] = set()
    for name in figures["order"]:
        if name not in jobs:
            yield lacks(f"{path} has no job {name}")
        elif before and not before & _all_needs(jobs, name):
            yield lacks(f"{path}: job {name} does not wait for {', '.join(sorted(before))}")
        before = {name}
    if all(name in jobs for name in figures["order"]):
        yield kept(f"{path}: {' > '.join(figures['order'])}")
    approved = [job for job in workflow["jobs"] if job["environment"] == figures["approval"]]
    if not approved:
        yield lacks(f"{path}: no job waits for the approval of {figures['approval']}")
        return
    prod = approved[0]
    yield kept(f"{path}: job {prod['id']} waits for the reviewers of {figures['approval']}")
    places = [
        next((n for n, step in enumerate(prod["steps"]) if mark in step["run"]), None)
        for mark in (_GATE, "pulumi up", _MARK, _VERIFY)
    ]
    gate, up, mark, verify = places
    if gate is not None and up is not None and gate < up and "--wait" in _gate(prod):
        yield kept(f"{path}: waits for a window of the plan before it deploys")
    else:
        yield lacks(f"{path}: nothing waits for a window before it deploys")
    if up is not None and verify is not None and up < verify:
        yield kept(f"{path}: verifies after the deployment")
    else:
        yield lacks(f"{path}: nothing verifies the deployment")
    if up is None or mark is None or mark < up:
        yield lacks(f"{path}: nothing tells that something was deployed")
    yield _watched(seen, figures["watch_hours"])


def _all_needs(jobs: dict[str, Fact], name: str) -> set[str]:
    found: set[str] = set()
    waiting = list(jobs[name]["needs"])
    while waiting:
        each = waiting.pop()
        if each not in found and each in jobs:
            found.add(each)
            waiting += jobs[each]["needs"]
    return found


# Whether something was deployed, within what time: what closer watches wait for.
_DEPLOYED = re.compile(r"^sum\(last_(\w+)\):default_zero\(sum:[\w.]*deployments\{.*< 1$")


def _watched(seen: Seen, hours: float) -> Finding:
    """The closer watch: monitors that speak only within so long of a deployment."""
    spans = {"1d": 24, "2d": 48} | {f"{number}h": number for number in range(1, 49)}
    for monitor in seen.prod.of("monitor"):
        match = _DEPLOYED.match(monitor["query"])
        if match is None or spans.get(match[1]) != hours:
            continue
        closer = [
            each["name"]
            for each in seen.prod.of("monitor")
            if each["type"] == "composite"
            and f"!{monitor['name']}" in each["query"]
            and tells(each["message"])
        ]
        if closer:
            return kept(f"monitor {', '.join(sorted(closer))}: only {hours:g} h after a deployment")
    return lacks(f"nothing watches closer for {hours:g} hours after a deployment")


@clause("BY-4.3")
def freeze(seen: Seen, figures: Figures) -> Iterator[Finding]:
    workflow = _deployment(seen)
    gates = [_gate(job) for job in workflow["jobs"] if _gate(job)] if workflow else []
    if workflow and any(f"--{figures['passes']}" in gate for gate in gates):
        yield kept(f"{workflow['path']}: the gate holds back all but a {figures['passes']}")
    else:
        yield lacks(f"no gate of a deployment holds back all but a {figures['passes']}")


@clause("BY-4.4")
def versions(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for branch in figures["branches"]:
        found = [
            each["path"]
            for each in seen.repository.of("workflow")
            if branch.rstrip("/") in _texts(each)
        ]
        if found:
            yield kept(f"branch {branch}: {found[0]}")
        else:
            yield lacks(f"no workflow knows the branch {branch}")
    semantic = [
        each["path"]
        for each in seen.repository.of("workflow")
        if "git-cliff" in _texts(each) and "--bumped-version" in _texts(each)
    ]
    if semantic:
        yield kept(f"semantic versions: {semantic[0]}")
    else:
        yield lacks("no workflow checks or makes a semantic version")


def _texts(workflow: Fact) -> str:
    steps = [step["run"] + step["if"] for job in workflow["jobs"] for step in job["steps"]]
    return " ".join([str(workflow["on"]), *steps])
