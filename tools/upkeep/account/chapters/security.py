"""Updates, patches, scans, audits."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta

from tools.upkeep.account import clock
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack

_INTERVALS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"}
_TASK = "AWS-RunPatchBaseline"
# Node comes with the image that an application is built from.
_PACKAGES = {"Node.js": ("docker", "node"), "Next.js": ("npm", "next")}


def _every(update: Fact) -> str:
    if update["every"] == "cron":
        return clock.often(f"cron({update['cron']})")
    return _INTERVALS.get(update["every"], update["every"] or "never")


@clause("PD-3.1")
def dependency_review(seen: Seen, figures: Figures) -> Iterator[Finding]:
    found = [each for each in seen.repository.of("dependabot") if each["updates"]]
    for each in found:
        slow = [one for one in each["updates"] if _every(one) not in figures["every"]]
        if slow:
            yield lacks(f"{each['path']}: not looked at every month or quarter")
        else:
            often = sorted({_every(one) for one in each["updates"]})
            yield kept(f"{each['path']}: every {', '.join(often)}")
    if not found:
        yield lacks("no Dependabot file")
    workflows = seen.repository.of("workflow")
    audits = [each for each in workflows if figures["tool"] in _runs(each)]
    for audit in audits:
        for each in workflows:
            crons = (each["on"].get("schedule") or ()) if isinstance(each["on"], dict) else ()
            comes = {clock.often(f"cron({one['cron']})") for one in crons}
            calls = each is audit or any(
                job["uses"].partition("@")[0].endswith(audit["path"].rpartition("/")[2])
                for job in each["jobs"]
            )
            if calls and comes & set(figures["every"]):
                yield kept(
                    f"{each['path']} runs {figures['tool']} every {', '.join(sorted(comes))}"
                )
                return
    yield lacks(f"no workflow runs {figures['tool']} every {' or '.join(figures['every'])}")


def _runs(workflow: Fact) -> str:
    return " ".join(step["run"] for job in workflow["jobs"] for step in job["steps"])


@clause("BY-1.1")
def dependabot(seen: Seen, figures: Figures) -> Iterator[Finding]:
    own = next(
        (
            each
            for each in seen.repository.of("dependabot")
            if each["path"] == ".github/dependabot.yml"
        ),
        None,
    )
    if own is None or not own["updates"]:
        yield lacks("no .github/dependabot.yml")
    else:
        for update in own["updates"]:
            says = f"{own['path']}: {update['ecosystem']} every {_every(update)}"
            if _every(update) == figures["every"]:
                yield kept(says)
            else:
                yield lacks(f"{says}, not every {figures['every']}")
    for workflow in seen.repository.of("workflow"):
        if figures["tests_on"] in workflow["on"]:
            steps = [step["run"] for job in workflow["jobs"] for step in job["steps"]]
            if any(".ci/run" in step for step in steps):
                yield kept(f"{workflow['path']} tests each {figures['tests_on']}")
                return
    yield lacks(f"no workflow tests each {figures['tests_on']}")


@clause("BY-1.2")
def software(seen: Seen, figures: Figures) -> Iterator[Finding]:
    updates = [
        (each["path"], update)
        for each in seen.repository.of("dependabot")
        for update in each["updates"]
        if each["path"] != ".github/dependabot.yml"
    ]
    for what, every in figures.items():
        name, _, step = what.partition(" ")
        found = next(
            (
                path
                for path, update in updates
                if _every(update) == every and _updates(update, name, step)
            ),
            None,
        )
        if found:
            yield kept(f"{what}: {found}, every {every}")
        else:
            yield lacks(f"{what}: no Dependabot file looks every {every}")


def _updates(update: Fact, name: str, step: str) -> bool:
    """Whether an entry is about a package, and about its minor or major versions."""
    ecosystem, called = _PACKAGES.get(name, ("", name))
    kind = f"version-update:semver-{step}" if step else ""
    if update["ecosystem"] != ecosystem:
        return False
    allowed = not update["allows"] or any(
        each["name"] in (called, "*") for each in update["allows"]
    )
    ignored = any(
        each["name"] in (called, "*") and (not each["types"] or kind in each["types"])
        for each in update["ignores"]
    )
    return allowed and not ignored


def _patches(stack: Stack, figures: Figures) -> Iterator[Finding]:
    """A window's task that installs, in a window that comes as often as it has to."""
    tasks = [each for each in stack.of("window_task") if each["task"] == _TASK]
    windows = {each["name"]: each for each in stack.of("ops_window")}
    wanted = figures["every"] if isinstance(figures["every"], list) else [figures["every"]]
    for each in tasks:
        window = windows.get(each["window"])
        often = clock.often(window["cron"]) if window and window["enabled"] else "never"
        installs = each["given"].get("Operation") == [figures["operation"]]
        if often in wanted and installs and each["targets"]:
            yield kept(
                f"{stack.name}: task {each['name']} installs in window {each['window']}, "
                f"{window['cron'] if window else ''}"
            )
            return
    yield lacks(f"{stack.name}: no window of every {' or '.join(wanted)} installs patches")


def _approved(stack: Stack, classification: str) -> Iterator[Finding]:
    found = [
        each
        for each in stack.of("patch_baseline")
        if any(
            classification in rule["filters"].get("CLASSIFICATION", ()) for rule in each["rules"]
        )
    ]
    if found:
        yield kept(
            f"{stack.name}: baseline {found[0]['name']} approves {classification} of "
            f"{found[0]['system']}"
        )
    else:
        yield lacks(f"{stack.name}: no baseline approves {classification}")


def _everywhere(stack: Stack) -> Iterator[Finding]:
    """All of the company's servers are looked at for what they lack, daily or oftener."""
    looked: dict[str, str] = {}
    for clocked in stack.of("schedule"):
        gap = clock.longest_gap([clocked["cron"]]) if clocked["enabled"] else None
        for function in stack.of("function"):
            if function["name"] != clocked["calls"] or gap is None or gap > timedelta(days=1):
                continue
            try:
                patched = json.loads(function["environment"].get("GROUPS") or "{}")
            except ValueError:
                continue
            for each in patched.values():
                looked |= dict.fromkeys(each.get("groups") or (), function["name"])
    if not stack.servers:
        yield lacks(f"{stack.name}: the stack file names no servers")
    for name, group in stack.servers.items():
        if group in looked:
            yield kept(f"{stack.name}: servers {name}: {looked[group]} looks what {group} lacks")
        else:
            yield lacks(f"{stack.name}: servers {name}: nobody looks what {group} lacks")


# An image's base is proposed anew so often at least; security updates come by alert, at once.
_RENEWED = ("day", "week", "month", "quarter")


def _containers(seen: Seen, every: Sequence[str]) -> Iterator[Finding]:
    """Images are scanned on a schedule, and what they are built from is renewed on one."""
    stack = seen.prod
    functions = {each["name"]: each["environment"] for each in stack.of("function")}
    scans = [
        each
        for each in stack.of("schedule")
        if each["enabled"]
        and clock.often(each["cron"]) in every
        and functions.get(each["calls"], {}).get("REPOSITORIES")
    ]
    if scans:
        yield kept(f"containers: schedule {scans[0]['name']} scans images, {scans[0]['cron']}")
    else:
        yield lacks("containers: no schedule scans images")
    renewed = [
        (each["path"], _every(update))
        for each in seen.repository.of("dependabot")
        for update in each["updates"]
        if update["ecosystem"] == "docker" and _every(update) in _RENEWED
    ]
    if renewed:
        yield kept(f"containers: {renewed[0][0]} renews images every {renewed[0][1]}")
    else:
        yield lacks("containers: nothing renews what images are built from")


@clause("PD-3.2")
def patches(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from _patches(seen.prod, figures)
    yield from _approved(seen.prod, figures["classification"])
    yield from _everywhere(seen.prod)
    yield from _containers(seen, figures["every"])


@clause("BY-1.3")
def monthly_patches(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from _patches(seen.prod, figures)
    yield from _approved(seen.prod, figures["classification"])
    yield from _everywhere(seen.prod)


@clause("BY-1.4")
def scans(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    found = [
        each
        for each in stack.of("schedule")
        if each["enabled"]
        and "scan" in each["calls"].lower()
        and clock.often(each["cron"]) == figures["every"]
    ]
    if found:
        for each in found:
            yield kept(f"schedule {each['name']}: {each['cron']} calls {each['calls']}")
    else:
        yield lacks(f"nothing scans every {figures['every']}")


@clause("BY-1.5")
def reviews(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    for what, every in figures.items():
        for calls, does in (("createOpsItem", "opens an item"), ("publish", "announces it")):
            found = [
                each
                for each in stack.of("schedule")
                if each["enabled"]
                and each["calls"] == calls
                and what in str(each["given"].get("Title") or each["given"].get("Subject")).lower()
            ]
            right = [each for each in found if clock.often(each["cron"]) == every]
            if right:
                yield kept(f"{what}: schedule {right[0]['name']} {does}, {right[0]['cron']}")
                yield _owned(stack, what, right[0])
            elif found:
                often = clock.often(found[0]["cron"])
                yield lacks(f"{what}: schedule {found[0]['name']} every {often}, not {every}")
            else:
                yield lacks(f"{what}: no schedule {does}")


def _owned(stack: Stack, what: str, clocked: Fact) -> Finding:
    """An item has a team with people as its owner; what is announced is heard."""
    given = clocked["given"]
    if clocked["calls"] == "publish":
        hear = sorted(
            each["endpoint"]
            for each in stack.of("subscription")
            if each["topic"] == given.get("TopicArn") and each["protocol"] == "email"
        )
        if hear:
            return kept(f"{what}: announced to {', '.join(hear)}")
        return lacks(f"{what}: nobody hears of topic {given.get('TopicArn')}")
    owner = ((given.get("OperationalData") or {}).get("owner") or {}).get("Value")
    for team in stack.of("team"):
        if team["handle"] == f"{stack.prefix}{owner}" and team["people"]:
            return kept(f"{what}: owned by team {team['handle']}: {', '.join(team['people'])}")
    return lacks(f"{what}: owned by {owner or 'nobody'}, which is no team with people")
