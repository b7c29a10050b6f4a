"""Releases: their calendar, the way to production, freezes, versions."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fnmatch import fnmatch
from itertools import pairwise

from tools.upkeep.account.chapters.documents import path_of, rows_of
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
    path = path_of(seen, page)
    table = {row["release"]: row for row in rows_of(seen, page, "how-releases-come")}
    year = [
        (_day(row["from"]), _day(row["until"]), row["what"], row["which"])
        for row in rows_of(seen, page, "the-coming-year")
    ]
    for kind in ("major", "minor"):
        planned, row = figures[kind], table.get(kind, {})
        says = ", ".join([row.get("every", "never"), *(row.get(each, "never") for each in _BEFORE)])
        wanted = [planned["every"], *(f"{planned[each]} days" for each in _BEFORE.values())]
        if says == ", ".join(wanted):
            yield kept(f"{path}: {kind}: every {says} before (planned, frozen, told)")
        else:
            yield lacks(f"{path}: {kind}: every {says} before, not {', '.join(wanted)}")
        yield from _coming(path, kind, planned, year)


# The columns of the table, and the figures in days that stand in them.
_BEFORE = {"planned before": "planned", "frozen before": "frozen", "told before": "told"}
_KINDS = {"planning": "planned", "freeze": "frozen", "notice": "told"}
_MONTHS = {"month": 1, "quarter": 3}


def _day(said: str) -> date:
    """The day of the handbook's ``Sun 2027-01-03 01:00 EST``."""
    return date.fromisoformat(said.split()[1])


def _coming(
    path: str, kind: str, planned: Figures, year: Sequence[tuple[date, date, str, str]]
) -> Iterator[Finding]:
    """The dates of the coming year: each release as often, with all that comes before it."""
    released = {which: day for day, _, what, which in year if what == "release"}
    days = sorted(day for which, day in released.items() if f"the {kind} release" in which)
    if len(days) < 2:
        yield lacks(f"{path}: no two {kind} releases within a year")
        return
    # What is ready in a month that brings a major release goes out with it.
    counted = days if kind == "major" else released.values()
    months = sorted({day.year * 12 + day.month for day in counted})
    if {later - earlier for earlier, later in pairwise(months)} != {_MONTHS.get(planned["every"])}:
        yield lacks(f"{path}: {kind} releases are not in every {planned['every']}")
    # What was before today stands there no more.
    first, looked = date.today(), 0
    wrong: list[str] = []
    for day in days:
        for what, figure in _KINDS.items():
            begins = day - timedelta(days=planned[figure])
            if begins <= first:
                continue
            looked += 1
            found = [
                one
                for one in year
                if one[0] == begins and one[2] == what and f"{kind} release of {day}" in one[3]
            ]
            if not found or (what == "freeze" and found[0][1] != day):
                wrong.append(f"{what} on {begins} for {day}")
    if wrong:
        yield lacks(f"{path}: {kind}: no {', no '.join(wrong[:3])}")
    else:
        yield kept(f"{path}: {len(days)} {kind} releases from {days[0]} on, {looked} dates before")


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
    yield _tested(seen, workflow, jobs.get(figures["order"][0]))
    yield from _reviewed(seen, figures["reviewers"])
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


def _tested(seen: Seen, workflow: Fact, job: Fact | None) -> Finding:
    """The first job runs the tests: by itself, or by the workflow that it calls."""
    called = job["uses"].rpartition("/")[2] if job else ""
    for each in seen.repository.of("workflow"):
        if each is workflow or not called or not each["path"].endswith(f"/{called}"):
            continue
        if any(".ci/run" in step["run"] for one in each["jobs"] for step in one["steps"]):
            return kept(f"{workflow['path']}: {each['path']} runs .ci/run before anything else")
    return lacks(f"{workflow['path']}: nothing is tested before it is deployed")


def _reviewed(seen: Seen, reviewers: int) -> Iterator[Finding]:
    """GitHub lets nothing into main and develop that nobody has looked at."""
    for branch in ("main", "develop"):
        rules = [
            each
            for each in seen.repository.of("ruleset")
            if branch in each["branches"] and each["reviews"] >= reviewers
        ]
        if rules:
            yield kept(f"{rules[0]['path']}: {branch} takes the review of {rules[0]['reviews']}")
        else:
            yield lacks(f"no ruleset has {branch} reviewed by {reviewers}")


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
    asked = [each for each in seen.repository.of("gate") if each["stack"] == seen.prod.name]
    for kind in figures["of"]:
        found = [each for each in asked if f"the {kind} release" in each["of"]]
        if not found:
            yield lacks(f"no freeze of a {kind} release was asked for")
        for each in found:
            says = (
                f"{each['path']}: the gate, asked in each of the {each['hours']} hours of the "
                f"{each['of']}, from {each['from']}"
            )
            if each["held"] < each["hours"]:
                yield lacks(f"{says}: open in {each['hours'] - each['held']}")
            elif each["hotfixes"] < each["hours"]:
                yield lacks(f"{says}: holds a {figures['passes']} back")
            elif not each["after"]:
                yield lacks(f"{says}: closed for the release itself")
            else:
                yield kept(f"{says}: closed but to a {figures['passes']}, then open")


@clause("BY-4.4")
def versions(seen: Seen, figures: Figures) -> Iterator[Finding]:
    ways = {(each["head"], each["base"]): each for each in seen.repository.of("branch")}
    for head, may in figures["branches"].items():
        for base in _BASES:
            asked = [
                each
                for (one, other), each in ways.items()
                if fnmatch(one, head) and fnmatch(other, base)
            ]
            if not asked or any(each["allowed"] is not (base in may) for each in asked):
                yield lacks(f"{head} {'may not' if base in may else 'may'} go into {base}")
        said = [each["path"] for (one, _), each in ways.items() if fnmatch(one, head)]
        if said:
            yield kept(f"branch {head}: {said[0]}, run: into {', '.join(may)} alone")
    if any(each["allowed"] for (head, _), each in ways.items() if head == "anything"):
        yield lacks("a branch of any other name may go into main, develop or a release")
    for branch in _KEPT:
        rules = [each for each in seen.repository.of("ruleset") if branch in each["branches"]]
        if rules:
            yield kept(f"branch {branch}: {rules[0]['path']}")
        else:
            yield lacks(f"no ruleset keeps the branch {branch}")
    semantic = [
        each["path"]
        for each in seen.repository.of("workflow")
        if "git-cliff" in _texts(each) and "--bumped-version" in _texts(each)
    ]
    if semantic:
        yield kept(f"semantic versions: {semantic[0]}")
    else:
        yield lacks("no workflow checks or makes a semantic version")


_BASES = ("main", "develop", "release/*")
_KEPT = ("main", "develop")


def _texts(workflow: Fact) -> str:
    steps = [step["run"] + step["if"] for job in workflow["jobs"] for step in job["steps"]]
    return " ".join([str(workflow["on"]), *steps])
