"""Support: where people ask for help, who answers, and who is asked next.

Tiers are teams, each on call; one escalates to the next, and the last one is the incident response
team. Source: Bynomi's plan, "Support Procedures", clauses BY-5.1 to BY-5.4; the prize draw's, "Bug
Triage Process" and "Customer Support", clauses PD-2.1 and PD-5.1.
"""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from .faults import Fault, NotInWords, PlanError
from .limits import ON_CALL_STEPS_AT_MOST, ON_CALL_STEPS_SOURCE
from .severities import Hours
from .teams import unknown, unknown_team
from .words import Duration, Email, Name, Severity, Url, Words

if TYPE_CHECKING:
    from .on_call import Step
    from .plan import Plan

# ---- the hotline ---------------------------------------------------------------------------------

# What the keys of a telephone are for, from 2 on (E.161).
_LETTERS = ("ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ")
_KEYS = {letter: str(key) for key, letters in enumerate(_LETTERS, start=2) for letter in letters}
_HOTLINE = re.compile(r"^\+[1-9][0-9]{0,2}([ -]?[0-9A-Z]+)+$")


def dialled(number: str) -> str:
    """A number as a phone dials it: letters are keys, and a number of the North American plan has
    ten digits after its ``+1``; what is dialled after them is ignored."""
    digits = "".join(_KEYS.get(character, character) for character in number if character.isalnum())
    return f"+{digits[:11]}" if digits.startswith("1") else f"+{digits}"


def parse_hotline(written: str) -> str:
    """A phone number as people remember it: ``+1-800-BYNOMI-HELP``."""
    fits = _HOTLINE.match(written)
    rule = "not a phone number"
    if fits and written.startswith("+1") and len(dialled(written)) != 12:
        rule = "not a phone number: after +1 there are ten digits or letters (E.164)"
    elif fits and 8 <= len(dialled(written)) <= 16:
        return written
    plain = written.upper().strip()
    tried = f"+1-{plain.removeprefix('1').lstrip('-')}"
    near = tried if not written.startswith("+") and _HOTLINE.match(tried) else ""
    if near and len(dialled(near)) == 12:
        raise NotInWords(f"{rule}: it lacks its country", f"write `{near}`")
    if _HOTLINE.match(plain) and plain != written:
        raise NotInWords(rule, f"write `{plain}`")
    raise NotInWords(rule, "write one such as `+1-800-555-0100` or `+1-800-COMPANY-HELP`")


Hotline = Annotated[
    str,
    AfterValidator(parse_hotline),
    WithJsonSchema(
        {"type": "string", "pattern": _HOTLINE.pattern, "examples": ["+1-800-BYNOMI-HELP"]}
    ),
]

# ---- channels ------------------------------------------------------------------------------------


class Channel(Words):
    """One way to ask for help.

    email, url, phone   the way: exactly one; a phone may be spelt with letters
    hours               when somebody is there: ``business`` (default) or ``always``
    serves              who uses it, in a few words
    tier                of ``tiers``: who answers
    """

    email: Email | None = None
    url: Url | None = None
    phone: Hotline | None = None
    hours: Hours = "business"
    serves: Annotated[str, Field(min_length=1)]
    tier: Name

    @model_validator(mode="after")
    def _one_way(self) -> "Channel":
        ways = [way for way in ("email", "url", "phone") if getattr(self, way) is not None]
        if len(ways) != 1:
            rule = f"{' and '.join(ways)} at once" if ways else "no way to ask"
            raise NotInWords(rule, "name one of `email`, `url` and `phone`")
        return self

    @property
    def address(self) -> str:
        """What people write to, open or dial."""
        return self.email or self.url or self.phone or ""


# ---- tiers ---------------------------------------------------------------------------------------


class Tier(Words):
    """One tier.

    team           of ``teams``, and of ``on_call``: who answers
    does           what it is for
    may            what it may do that others may not; default nothing is said
    escalates_to   the tier that is asked next; default none: the last one
    when           what makes it ask the next one
    """

    team: Name
    does: Annotated[str, Field(min_length=1)]
    may: tuple[str, ...] = ()
    escalates_to: Name | None = None
    when: str | None = None


class Enquiries(Words):
    """How soon an enquiry is answered, counted in business hours, without holidays.

    within   at the latest: ``48 hours``
    aim      as a rule; default ``within``
    """

    within: Duration
    aim: Duration | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Enquiries":
        if self.aim is not None and self.aim > self.within:
            raise NotInWords("the aim lies after the limit", "let `aim` be at most `within`")
        return self


# ---- triage --------------------------------------------------------------------------------------

Grave = Literal["critical", "high", "medium", "low"]
GRAVITIES: tuple[Grave, ...] = ("critical", "high", "medium", "low")


class Impact(Words):
    """Whom a bug hits.

    name    as it stands in the matrix
    means   in a sentence
    """

    name: Name
    means: Annotated[str, Field(min_length=1)]


class Triaged(Words):
    """What becomes of a bug.

    priority   of ``severities``: so soon it is answered
    owner      of ``teams``: whose it is
    hotfix     whether it takes the way of a hotfix; default false
    """

    priority: Severity
    owner: Name
    hotfix: bool = False


class Triage(Words):
    """Severity and impact of a bug, to its priority and owner.

    impacts                       the gravest first, each with a name of its own
    critical, high, medium, low   for each impact what becomes of such a bug
    """

    impacts: Annotated[tuple[Impact, ...], Field(min_length=1)]
    critical: dict[Name, Triaged]
    high: dict[Name, Triaged]
    medium: dict[Name, Triaged]
    low: dict[Name, Triaged]

    @model_validator(mode="after")
    def _whole(self) -> "Triage":
        names = [impact.name for impact in self.impacts]
        faults = [
            Fault(f"impacts.{index}.name", "another impact has that name", name, "leave one out")
            for index, name in enumerate(names)
            if name in names[:index]
        ]
        for gravity, row in self.rows().items():
            for name in row:
                if name not in names:
                    faults.append(unknown(f"{gravity}.{name}", name, "impact", "impacts", names))
            faults += [
                Fault(f"{gravity}.{name}", "missing", None, "say its `priority` and `owner`")
                for name in dict.fromkeys(names)
                if name not in row
            ]
        if faults:
            raise PlanError(faults)
        if unordered := list(self._out_of_order(names)):
            raise PlanError(unordered)
        return self

    def rows(self) -> dict[Grave, dict[str, Triaged]]:
        """What becomes of bugs by their severity, the gravest first."""
        return {
            "critical": self.critical,
            "high": self.high,
            "medium": self.medium,
            "low": self.low,
        }

    def _out_of_order(self, names: list[str]) -> Iterator[Fault]:
        """Whoever is hit harder is not answered later."""
        rows = self.rows()
        for gravity, row in rows.items():
            for graver, milder in pairwise(names):
                if row[graver].priority > row[milder].priority:
                    yield _later(gravity, graver, row[graver], f"{gravity}.{milder}", row[milder])
        for graver_row, milder_row in pairwise(rows):
            for name in names:
                one, other = rows[graver_row][name], rows[milder_row][name]
                if one.priority > other.priority:
                    yield _later(graver_row, name, one, f"{milder_row}.{name}", other)


def _later(gravity: str, impact: str, one: Triaged, milder: str, other: Triaged) -> Fault:
    return Fault(
        f"{gravity}.{impact}.priority",
        f"comes after `{milder}`, which is milder and is {other.priority}",
        one.priority,
        f"nearest: `{other.priority}`",
    )


# ---- the chapter ---------------------------------------------------------------------------------


class Support(Words):
    """How people get help.

    channels    by name: where they ask; at least one
    tiers       by name: who answers, and who is asked next; at least one
    enquiries   how soon an enquiry is answered; default nothing is promised
    triage      what becomes of a bug; default nothing is said
    """

    channels: dict[Name, Channel] = Field(min_length=1)
    tiers: dict[Name, Tier] = Field(min_length=1)
    enquiries: Enquiries | None = None
    triage: Triage | None = None


def tier_of(plan: "Plan", team: str) -> str | None:
    """The tier that a team is; None where it is none."""
    tiers = plan.support.tiers if plan.support else {}
    return next((name for name, tier in sorted(tiers.items()) if tier.team == team), None)


def chain(plan: "Plan", team: str) -> tuple[str, ...]:
    """A team, and the teams that are asked after it where nobody answers."""
    teams = [team]
    tier = tier_of(plan, team)
    while tier is not None and plan.support is not None:
        after = plan.support.tiers[tier].escalates_to
        tier = after if after in plan.support.tiers else None
        if tier is not None:
            following = plan.support.tiers[tier].team
            if following in teams:
                # A circle, which is said.
                break
            teams.append(following)
    return tuple(teams)


def steps_of(plan: "Plan", team: str) -> tuple[tuple[str, "Step"], ...]:
    """Each step of a team's escalation with the team whose it is: its own, then those of the tiers
    after it."""
    return tuple(
        (each, step)
        for each in chain(plan, team)
        if each in plan.on_call
        for step in plan.on_call[each].escalation
    )


def escalation_order(plan: "Plan") -> tuple[str, ...]:
    """The teams on call, those that others escalate to before them."""
    return tuple(sorted(plan.on_call, key=lambda team: (len(chain(plan, team)), team)))


# ---- what is wrong with it -----------------------------------------------------------------------


def support_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Tiers and teams that there are not, nobody on call, circles, tiers that nobody reaches."""
    support = plan.support
    if support is None:
        return
    known = list(support.tiers)
    for name, channel in sorted(support.channels.items()):
        if channel.tier not in known:
            at = f"support.channels.{name}.tier"
            yield unknown(at, channel.tier, "tier", "support.tiers", known)
    if not {"teams", "on_call"} & {*broken}:
        yield from _team_faults(plan, support)
    yield from _order_faults(support)
    if support.triage is not None and "teams" not in broken:
        for gravity, row in support.triage.rows().items():
            for impact, triaged in sorted(row.items()):
                at = f"support.triage.{gravity}.{impact}.owner"
                yield from unknown_team(plan, at, triaged.owner)


def _team_faults(plan: "Plan", support: Support) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, tier in sorted(support.tiers.items()):
        at = f"support.tiers.{name}.team"
        if tier.team not in plan.teams:
            yield from unknown_team(plan, at, tier.team)
        elif tier.team not in plan.on_call:
            yield Fault(at, "nobody of it is on call", tier.team, f"add `on_call.{tier.team}`")
        if tier.team in first:
            yield Fault(
                at,
                f"is `support.tiers.{first[tier.team]}` already: asking the next tier would ask "
                "the same people",
                tier.team,
                "give each tier a team of its own",
            )
        first.setdefault(tier.team, name)
        steps = len(steps_of(plan, tier.team))
        if steps > ON_CALL_STEPS_AT_MOST:
            teams = " and ".join(f"`on_call.{team}`" for team in chain(plan, tier.team))
            yield Fault(
                f"support.tiers.{name}",
                f"its escalation has {steps} steps, those of {teams}: Datadog takes "
                f"{ON_CALL_STEPS_AT_MOST} ({ON_CALL_STEPS_SOURCE})",
                None,
                f"page more people in one step: {steps - ON_CALL_STEPS_AT_MOST} fewer will do",
            )


def _order_faults(support: Support) -> Iterator[Fault]:
    known = list(support.tiers)
    reached = {channel.tier for channel in support.channels.values()}
    told: set[str] = set()
    for name, tier in sorted(support.tiers.items()):
        if tier.escalates_to is None:
            continue
        at = f"support.tiers.{name}.escalates_to"
        if tier.escalates_to not in known:
            yield unknown(at, tier.escalates_to, "tier", "support.tiers", known)
            continue
        reached.add(tier.escalates_to)
        if (circle := _circle(support, name)) and not told & {*circle}:
            told |= {*circle}
            way = " -> ".join([*circle, name])
            yield Fault(
                at,
                f"goes round in a circle: {way}",
                tier.escalates_to,
                "leave it out of the last tier",
            )
    for name in sorted({*known} - reached):
        yield Fault(
            f"support.tiers.{name}",
            "nobody reaches it: no channel leads there, and no tier escalates to it",
            None,
            f"add `tier: {name}` to a channel, or `escalates_to: {name}` to a tier",
        )


def _circle(support: Support, name: str) -> list[str]:
    """The tiers from one back to itself; empty where its way ends."""
    way, at = [name], support.tiers[name].escalates_to
    while at is not None and at in support.tiers and at not in way:
        way.append(at)
        at = support.tiers[at].escalates_to
    return way if at == name else []
