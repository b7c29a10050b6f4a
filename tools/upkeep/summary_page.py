"""The summary as a person reads it, in ten seconds."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tools.upkeep import costs, objectives, watching
from tools.upkeep.summary import Environment, Summary, by_service
from tools.upkeep.watching import Watching

# Where the summary's longest part stands.
UNPROVEN = "build/not-provable.md"
# What a synthetic test asks, by Datadog's kind of it; any other is a page.
_ASKED = {
    "ssl": ("certificate", "certificates"),
    "multi": ("journey", "journeys"),
    "browser": ("page in a browser", "pages in a browser"),
    "dns": ("name", "names"),
}
_CHANNELS = {
    "email": "",
    "sms": "SMS ",
    "slack": "Slack ",
    "on_call": "On-Call ",
    "tickets": "cases in ",
}
_SERVICES = {"vpc": "network", "lb": "load balancing", "ec2": "servers", "autoscaling": "scaling"}


def show(console: Console, summary: Summary) -> None:
    """Print it."""
    for environment in summary.environments:
        console.print(Rule(Text(f" {environment.stack} ", "bold"), align="left", style="dim"))
        console.print(_environment(environment))
    environments = " and ".join(each.stack for each in summary.environments)
    console.print(Rule(style="dim"))
    console.print(
        f"[bold green]deployed[/] {environments} in {summary.seconds:.0f} s, "
        f"Pulumi {summary.engine}; also in build/summary.json",
        highlight=False,
    )


def _environment(environment: Environment) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    rows: list[tuple[str, RenderableType]] = [
        ("watched", _watched(environment.watched)),
        ("heard by", _lines(_heard(environment.heard_by))),
        ("backed up", _lines(_backed_up(environment.backed_up))),
        ("standing by", _lines(_standing_by(environment.standing_by))),
        ("proved by", _lines(_proved_by(environment.proved_by))),
        ("looked after", _lines(_looked_after(environment.looked_after))),
        ("promises", _promises(environment)),
        ("protection", _lines(costs.lines(environment.costs))),
        ("watching", _lines(_watching(environment.watching))),
        ("instead of", _lines(_instead(environment.substitutes))),
        ("resources", _resources(environment)),
        ("not provable here", Text(_unproven(environment.unproven))),
    ]
    for name, content in rows:
        grid.add_row(name, content)
    return grid


def _instead(substitutes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in substitutes:
        yield f"{entry['for']}: {entry['by']}"


def _watching(found: Watching) -> list[str]:
    return [*watching.cost_lines(found), *watching.noise_lines(found)]


def _lines(lines: Iterator[str] | Sequence[str]) -> RenderableType:
    return Group(*[Text(line) for line in lines] or [Text("nothing", "dim")])


# "On-Call (operations): what holds of it": one of several of which the same holds.
_OF_ONE = re.compile(r"(?P<what>[^():]+) \((?P<which>[^()]+)\): (?P<says>.*)", re.DOTALL)


def _unproven(lines: Sequence[str]) -> str:
    """How much there is of it: whoever deploys for the first time reads it, nobody at night."""
    count = len(together(lines))
    if not count:
        return "nothing"
    things = "thing" if count == 1 else "things"
    return f"{count} {things}, such as what somebody has to confirm: {UNPROVEN}"


def unproven_page(summary: Summary) -> str:
    """All of what cannot be proved here, as Markdown."""
    lines = ["# What no deployment here can prove"]
    for environment in summary.environments:
        told = together(environment.unproven) or ["nothing"]
        lines += ["", f"## {environment.stack}", "", *(f"- {line}" for line in told)]
    return "\n".join(lines) + "\n"


def together(lines: Sequence[str]) -> list[str]:
    """Lines that say the same of several things as one, where the first of them stood."""
    of_each: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        match = _OF_ONE.fullmatch(line)
        key = (match["what"], match["says"]) if match else ("", line)
        of_each.setdefault(key, []).append(match["which"] if match else "")
    return [
        f"{what} ({', '.join(which)}): {says}" if what else says
        for (what, says), which in of_each.items()
    ]


def _watched(watched: Mapping[str, Any]) -> Text:
    by_severity = ", ".join(f"{count} {name.upper()}" for name, count in watched["alarms"].items())
    parts = [f"{sum(watched['alarms'].values())} alarms ({by_severity})"]
    pages = Counter(
        (check["of"], check["every_seconds"], len(check["locations"]))
        for check in watched["uptime_checks"]
    )
    for (kind, every, places), count in sorted(pages.items()):
        one, several = _ASKED.get(kind, ("page", "pages"))
        what = f"{count} {one if count == 1 else several}"
        where = f"{places} place{'' if places == 1 else 's'}"
        parts.append(f"{what} every {_seconds(every)} from {where}")
    if watched["monitors"]:
        parts.append(f"{watched['monitors']} monitors")
    if watched["event_rules"]:
        parts.append(f"{watched['event_rules']} rules on events")
    return Text("; ".join(parts))


def say_days(days: int | None) -> str:
    """Days of retention; None means that nothing ends it."""
    return "for ever" if days is None else "1 day" if days == 1 else f"{days} days"


def _seconds(seconds: int) -> str:
    if seconds % 3600 == 0:
        return "hour" if seconds == 3600 else f"{seconds // 3600} hours"
    return "minute" if seconds == 60 else f"{seconds // 60} minutes"


def _heard(heard: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[str]:
    """One line for severities that reach the same people."""
    for _, alike in groupby(heard.items(), key=lambda item: item[1]):
        same = list(alike)
        severities = ", ".join(severity.upper() for severity, _ in same)
        channels = same[0][1]
        who = [f"{_CHANNELS.get(c, c + ' ')}{who}" for c in channels for who in channels[c]]
        yield f"{severities}: {', '.join(who)}"


def _backed_up(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for (_, protects), group in groupby(rules, lambda rule: (rule["plan"], rule["protects"])):
        yield ", ".join(protects)
        for rule in sorted(group, key=lambda rule: not rule["point_in_time"]):
            when = "any second" if rule["point_in_time"] else f"{rule['when']} {rule['timezone']}"
            copies = "".join(
                f", copied to {_where(copy, rule['account'])} for {say_days(copy['keep_days'])}"
                for copy in rule["copies"]
            )
            cold = rule["cold_after_days"]
            colder = f", cold after {say_days(cold)}" if cold else ""
            yield f"  {when}, kept {say_days(rule['keep_days'])}{colder}{copies}"


def _where(copy: Mapping[str, Any], account: str) -> str:
    """A region, or the other account where it is another."""
    return str(copy["region"] if copy["account"] == account else f"account {copy['account']}")


def _proved_by(proved: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for test in proved["restore_tests"]:
        yield f"{test['name']}: restored {test['when']} {test['timezone']}, looked at, deleted"
    for runbook in proved["runbooks"]:
        yield f"runbook {runbook['name']} in {runbook['region']}"


def _looked_after(looked_after: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for window in looked_after["windows"]:
        hours = f"{window['hours']:g} hour{'' if window['hours'] == 1 else 's'}"
        yield f"{window['name']} window: {window['opens']} {window['timezone']}, {hours}"
        if window["work"]:
            yield f"  {'; '.join(window['work'])}"
    for review in looked_after["reviews"]:
        yield f"{review['name']}: {review['when']} {review['timezone']}, open until it is closed"


def _standing_by(standing: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for replica in standing["replicas"]:
        multi = ", in two zones" if replica["multi_az"] else ""
        yield (
            f"{replica['name']}: replica of {replica['of']} in {replica['region']}, "
            f"{replica['class']}{multi}"
        )
    for group in standing["servers"]:
        serves = f", for {', '.join(group['serves'])}" if group["serves"] else ""
        yield (
            f"{group['name']}: {group['running']} of at most {group['at_most']} servers in "
            f"{group['region']}, {group['type']}{serves}"
        )


def _promises(environment: Environment) -> RenderableType:
    promises = objectives.all_of(
        {"objectives": environment.objectives, "not_promised": environment.not_promised}
    )
    if not promises:
        return Text("none", "dim")
    notes = [
        f"{note}; `make check` names it" if note.startswith("*") else note
        for note in objectives.notes(promises)
    ]
    return Group(objectives.shown(promises), *(Text(note, "dim") for note in notes))


def _resources(environment: Environment) -> RenderableType:
    services = by_service(environment.resources)
    counts = ", ".join(f"{count} {_SERVICES.get(name, name)}" for name, count in services.items())
    total = sum(environment.resources.values())
    changed = ", ".join(
        f"{count} {_CHANGED[kind]}"
        for kind, count in environment.changes.items()
        if kind in _CHANGED
    )
    lines = [
        Text(f"{total}: {counts}"),
        Text(f"{environment.applied} applied through the cloud's API"),
    ]
    only = sum(each["count"] for each in environment.checked_only)
    names = ", ".join(each["type"].rpartition(":")[2] for each in environment.checked_only)
    checked = f", {only} only checked ({names})" if only else ", all of them"
    lines[1].append(checked)
    return Group(lines[0], lines[1], Text(f"{changed} in {environment.seconds:.0f} s", "dim"))


_CHANGED = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "same": "unchanged",
}
