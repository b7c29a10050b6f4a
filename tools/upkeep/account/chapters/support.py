"""Support: channels, tiers, how soon somebody answers, and who is next."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from tools.upkeep.account import clock
from tools.upkeep.account.chapters.documents import path_of, rows_of
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack, tells

# Of business: from nine to five.
_HOURS_A_DAY, _CLOSES = 8, 17
_A_DAY = _HOURS_A_DAY * 60


@clause("BY-5.1")
def channels(seen: Seen, figures: Figures) -> Iterator[Finding]:
    page = figures["page"]
    path = path_of(seen, page)
    rows = {row["channel"]: row for row in rows_of(seen, page, "channels")}
    tiers = {row["tier"] for row in rows_of(seen, page, "tiers")}
    for name, wanted in figures["channels"].items():
        row = rows.get(name, {})
        wrong = [
            f"{column} {row.get(column, 'none')}, not {value}"
            for column, value in wanted.items()
            if row.get(column) != value
        ]
        if wrong:
            yield lacks(f"{path}: channel {name}: {'; '.join(wrong)}")
        elif row["tier"] not in tiers:
            yield lacks(f"{path}: channel {name} leads to no tier")
        else:
            said = ", ".join(f"{column} {value}" for column, value in wanted.items())
            yield kept(f"{path}: channel {name}: {said}, to {row['tier']}")


def _team(stack: Stack, tier: str) -> Fact | None:
    """The team of Datadog that a tier is, by the stack file's word for it."""
    tiers = (stack.plan.get("support") or {}).get("tiers") or {}
    named = (tiers.get(tier) or {}).get("team")
    handle = f"{stack.prefix}{named}"
    return next((each for each in stack.of("team") if each["handle"] == handle), None)


@clause("BY-5.2")
def tiers(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    for tier in figures["teams"]:
        team = _team(stack, tier)
        if team is None:
            yield lacks(f"{tier} is no team")
            continue
        on_call = [
            each
            for each in stack.of("on_call_schedule")
            if team["handle"] in each["teams"] and any(layer["people"] for layer in each["layers"])
        ]
        if on_call:
            people = sorted({who for layer in on_call[0]["layers"] for who in layer["people"]})
            yield kept(
                f"{tier}: team {team['handle']}, on call {on_call[0]['name']}: {', '.join(people)}"
            )
        else:
            yield lacks(f"{tier}: team {team['handle']} has nobody on call")


@clause("BY-5.3")
def response(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    policies = {each["id"]: each for each in stack.of("escalation_policy")}
    for severity, target in figures.items():
        paged = _paged(stack, severity)
        if not paged:
            # What nobody is paged for: a case with a deadline.
            yield _cases(stack, severity)
        for team in sorted(paged):
            rule = next(
                (
                    each
                    for each in stack.of("routing_rule")
                    if each["team"] == team and _is_for(each, severity)
                ),
                None,
            )
            found = [policies[id_] for id_ in (rule["policies"] if rule else ()) if id_ in policies]
            if rule is None or not found:
                yield lacks(f"{severity}: no page of it reaches team {team}")
            for policy in found:
                yield _pages(severity, target, rule or {}, policy)
        yield from _answered_by(seen, severity, target)
    yield _told(seen)


def _pages(severity: str, target: Fact, rule: Fact, policy: Fact) -> Finding:
    minutes = _answered_within(policy)
    always = not rule["hours"]
    when = "at any hour" if always else f"in business hours ({rule['hours'][0]} and so on)"
    says = f"{severity}: policy {policy['name']} pages {when}, all of it within {minutes:g} min"
    if {"always": True, "business": False}.get(target["hours"]) is not always:
        return lacks(f"{says}, not {target['hours']}")
    if minutes > target["minutes"]:
        return lacks(f"{says}, not {target['minutes']:g}")
    if not always and not rule["waits"]:
        return lacks(f"{says}; what comes outside of them does not wait for the next day")
    return kept(says)


def _cases(stack: Stack, severity: str) -> Finding:
    """Every alert of a severity that is told opens a case."""
    trackers = {each["name"] for each in stack.of("webhook")}
    alerts = [
        each
        for each in stack.of("monitor")
        if f"severity:{severity}" in each["tags"] and tells(each["message"])
    ]
    silent = sorted(
        each["name"]
        for each in alerts
        if not set(re.findall(r"@webhook-([\w-]+)", each["message"])) & trackers
    )
    if silent or not alerts:
        return lacks(f"{severity}: no page and no case of {', '.join(silent[:3]) or 'any alert'}")
    opens = ", ".join(sorted(trackers))
    return kept(f"{severity}: {len(alerts)} monitors open a case by {opens}: {alerts[0]['name']}")


def _answered_by(seen: Seen, severity: str, target: Fact) -> Iterator[Finding]:
    """Until when a case is to be answered, as the workflow of deadlines is told."""
    found = [
        each
        for each in seen.repository.of("deadline")
        if each["stack"] == seen.prod.name and each["severity"] == severity
    ]
    if not found:
        yield lacks(f"{severity}: no deadline is told")
    for each in found:
        at, by = (datetime.fromisoformat(each[key]) for key in ("at", "by"))
        open_ = at.weekday() < 5
        if target["hours"] not in ("always", "business"):
            right = False
        elif target["hours"] == "always":
            right = by == at + timedelta(minutes=target["minutes"])
        elif open_:
            right = by == _later(at, target.get("minutes", target.get("days", 0) * _A_DAY))
        else:
            # Nobody counts at night and on a weekend; the day that follows is the first of them.
            days = target.get("days", 1)
            right = by.date() == (at + timedelta(days=7 - at.weekday() + days - 1)).date()
            right = right and target.get("off hours") in (None, "next day")
        says = f"{severity}: {each['path']}: a case of {each['at']} is answered by {each['by']}"
        yield kept(says) if right else lacks(f"{says}, which is not the target")


def _later(at: datetime, minutes: float) -> datetime:
    """So many minutes of business later, from nine to five on working days."""
    left = timedelta(minutes=minutes)
    while True:
        close = at.replace(hour=_CLOSES, minute=0)
        if at + left <= close:
            return at + left
        left -= close - at
        at = (at + timedelta(days=1)).replace(hour=_CLOSES - _HOURS_A_DAY, minute=0)
        while at.weekday() > 4:
            at += timedelta(days=1)


def _told(seen: Seen) -> Finding:
    """A workflow tells the deadlines of cases, and what is overdue, at least hourly."""
    for each in seen.repository.of("workflow"):
        crons = (each["on"].get("schedule") or ()) if isinstance(each["on"], dict) else ()
        gaps = [clock.longest_gap([f"cron({one['cron']})"]) for one in crons]
        tells_ = any("plan.due" in step["run"] for job in each["jobs"] for step in job["steps"])
        if tells_ and any(gap is not None and gap <= timedelta(hours=1) for gap in gaps):
            return kept(f"{each['path']} tells deadlines, and who missed one, every hour")
    return lacks("no workflow tells the deadlines of cases every hour")


def _paged(stack: Stack, severity: str) -> set[str]:
    """The teams whom alerts of a severity page."""
    return {
        handle
        for each in (*stack.of("monitor"), *stack.of("test"))
        if f"severity:{severity}" in each.get("tags", ())
        for handle in re.findall(r"@oncall-([\w-]+)", each["message"])
    }


def _is_for(rule: Fact, severity: str) -> bool:
    """Whether a page of a severity takes a rule; one without a query takes what is left."""
    named = re.findall(r"severity:(p\d)", rule["query"])
    return severity in named if named else severity == "p0" and not rule["query"]


def _answered_within(policy: Fact) -> float:
    """Minutes until the last of its steps has been paged for the first time."""
    return sum(step["seconds"] or 0 for step in policy["steps"][:-1]) / 60


@clause("BY-5.4")
def escalation(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    teams = {tier: _team(stack, tier) for tier in figures["order"]}
    for tier, after in zip(figures["order"], figures["order"][1:], strict=False):
        team, heir = teams[tier], teams[after]
        if team is None or heir is None:
            yield lacks(f"{tier if team is None else after} is no team")
            continue
        own = [each for each in stack.of("escalation_policy") if team["handle"] in each["teams"]]
        # Whoever is on call of the next, or all of it.
        nexts = {f"team {heir['handle']}"} | {
            f"schedule {each['name']}"
            for each in stack.of("on_call_schedule")
            if heir["handle"] in each["teams"]
        }
        up = [
            each
            for each in own
            if any(target in nexts for step in each["steps"] for target in step["targets"])
        ]
        if up:
            yield kept(f"{tier} escalates to {after}: policy {up[0]['name']}")
        else:
            yield lacks(f"{tier} does not escalate to {after}")
