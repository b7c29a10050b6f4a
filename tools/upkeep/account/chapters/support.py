"""Support: channels, tiers, how soon somebody answers, and who is next."""

import re
from collections.abc import Iterator

from tools.upkeep.account.chapters.documents import page_says
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack

# Of business: from nine to five.
_HOURS_A_DAY = 8


@clause("BY-5.1")
def channels(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from page_says(seen, figures["page"], [*figures["channels"].values()], "channels")


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
        rules = [
            (rule, policies[id_])
            for rule in stack.of("routing_rule")
            if _is_for(rule, severity) and (rule["team"] in paged or not paged)
            for id_ in rule["policies"]
            if id_ in policies
        ]
        if not rules:
            yield from _deadline(stack, severity, target)
            continue
        for rule, policy in rules:
            minutes = _answered_within(policy)
            always = not rule["hours"]
            limit = target.get("minutes", target.get("days", 0) * _HOURS_A_DAY * 60)
            says = (
                f"{severity}: policy {policy['name']} pages "
                f"{'at any hour' if always else 'in ' + str(len(rule['hours'])) + ' hours a week'}"
                f", all of it within {minutes:g} min"
            )
            if {"always": True, "business": False}.get(target["hours"]) is not always:
                yield lacks(f"{says}, not {target['hours']}")
            elif minutes > limit:
                yield lacks(f"{says}, not {limit:g}")
            else:
                yield kept(says)


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


def _deadline(stack: Stack, severity: str, target: Fact) -> Iterator[Finding]:
    """What nobody is paged for: a case with a deadline, opened by its alerts."""
    days = target.get("days", 0)
    minutes = target.get("minutes", 0)
    wanted = f"{days} business days" if days else f"{minutes / 60:g} business hours"
    alerts = [each for each in stack.of("monitor") if f"severity:{severity}" in each["tags"]]
    told = [
        each
        for each in alerts
        if re.search(rf"[Aa]nswer within {re.escape(wanted)}", each["message"])
    ]
    if told:
        yield kept(
            f"{severity}: {len(told)} alerts say `answer within {wanted}`: {told[0]['name']}"
        )
    else:
        yield lacks(f"{severity}: nobody is told to answer within {wanted}")


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
