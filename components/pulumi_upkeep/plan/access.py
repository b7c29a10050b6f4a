"""Access: who may see, run, approve and change what the plan manages, and who may break the glass.

Source: Bynomi's plan, "Access Control: Role-based access for team members"; clause BY-7.1. What a
role may do is said by verbs and things, and nothing else follows from it.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from .faults import Fault, NotInWords
from .limits import Limit
from .spelling import Spelling
from .teams import each_once, unknown_team
from .words import Duration, Name, Severity, Words

if TYPE_CHECKING:
    from .plan import Plan

SESSION = Limit(
    "a role's session",
    timedelta(hours=1),
    timedelta(hours=12),
    "IAM, CreateRole, MaxSessionDuration",
)
# Who breaks the glass has an hour: no less is possible, and no more is needed without a reason.
BREAK_GLASS_SESSION = timedelta(hours=1)

# The part of an environment that makes the roles: their names in IAM have it.
ACCESS = "access"

Verb = Literal["see", "run", "approve", "change"]
Thing = Literal["dashboards", "monitors", "runbooks", "backups", "incidents"]

# Thing -> the chapter that brings it; there are always monitors.
CHAPTERS_OF = {
    "backups": "backups",
    "dashboards": "dashboards",
    "incidents": "incidents",
    "runbooks": "recovery",
}

# Name of an identity provider in IAM [API reference, CreateSAMLProvider].
ProviderName = Annotated[
    str,
    Spelling(
        r"^[A-Za-z0-9._-]{1,128}$",
        "the name of a SAML provider in IAM: letters, digits, points, hyphens and underscores",
        "bynomi-sso",
    ),
]


class May(Words):
    """What a role may do.

    see      ``dashboards``, ``monitors``, ``runbooks``, ``backups``, ``incidents``: how things
             stand; never data, which stands in recovery points, archives, secrets and logs
    run      ``runbooks``: start and stop them; ``backups``: take one now; ``incidents``: declare
             and lead them, write reviews
    approve  ``runbooks``: decide before one changes anything; ``recovery.approvers`` has to name
             the role then
    change   any of them, by a deployment: whose review a change of the plan takes, by the
             repository's ``CODEOWNERS`` (:func:`code_owner_faults`). Nobody is granted a right
             for it in a cloud
    """

    see: Annotated[tuple[Thing, ...], AfterValidator(each_once)] = ()
    run: Annotated[
        tuple[Literal["runbooks", "backups", "incidents"], ...], AfterValidator(each_once)
    ] = ()
    approve: Annotated[tuple[Literal["runbooks"], ...], AfterValidator(each_once)] = ()
    change: Annotated[tuple[Thing, ...], AfterValidator(each_once)] = ()

    @model_validator(mode="after")
    def _may_something(self) -> "May":
        if not (self.see or self.run or self.approve or self.change):
            raise NotInWords("may nothing", "add what it may: `see: [dashboards]`")
        blind = [thing for thing in (*self.run, *self.approve) if thing not in self.see]
        if blind:
            raise NotInWords(
                f"runs or approves {blind[0]} that it may not see", f"add `{blind[0]}` to `see`"
            )
        return self

    def things(self) -> set[str]:
        """Whatever it names."""
        return {*self.see, *self.run, *self.approve, *self.change}


def _somebody(teams: tuple[str, ...]) -> tuple[str, ...]:
    if not teams:
        raise NotInWords("nobody has it", "name a team of `teams`, or leave the role out")
    return each_once(teams)


class AccessRole(Words):
    """One role.

    means   who it is for, in a sentence
    teams   of ``teams``, at least one; their people have the role
    may     what it may do
    """

    means: str = Field(min_length=1)
    teams: Annotated[tuple[Name, ...], AfterValidator(_somebody)]
    may: May


class BreakGlass(Words):
    """The role for what nobody foresaw: wide, short, with MFA, and never silent.

    teams      of ``teams``, at least one
    session    how long it lasts before it ends by itself; 1 to 12 hours, default 1 hour
    severity   ``p0`` or ``p1``, whose topic hears of it the moment it is taken
    """

    teams: Annotated[tuple[Name, ...], AfterValidator(_somebody)]
    session: Annotated[Duration, SESSION.validator] = BREAK_GLASS_SESSION
    severity: Severity | None = None

    @model_validator(mode="after")
    def _is_heard(self) -> "BreakGlass":
        if self.severity is None:
            raise NotInWords("break-glass that nobody hears of", "add `severity: p0`")
        if self.severity not in ("p0", "p1"):
            raise NotInWords(
                f"break-glass that is told as {self.severity} is read after it was used",
                "`severity: p0` or `severity: p1`",
            )
        return self


class Access(Words):
    """Who may do what.

    saml_provider   name of the identity provider in IAM by which people sign in; it says each
                    person's team as the session tag ``team``. Default: IAM users of the account,
                    with MFA, whose tag ``team`` says it
    session         longest session of a role, 1 to 12 hours; default 4 hours
    roles           by name
    break_glass     default: there is none
    """

    saml_provider: ProviderName | None = None
    session: Annotated[Duration, SESSION.validator] = timedelta(hours=4)
    roles: Annotated[dict[Name, AccessRole], Field(min_length=1)]
    break_glass: BreakGlass | None = None

    def changing(self) -> list[str]:
        """The teams whose people may change something, sorted."""
        roles = self.roles.values()
        return sorted({team for role in roles if role.may.change for team in role.teams})

    def roles_of(self, team: str) -> list[str]:
        """The roles of a team's people."""
        return sorted(name for name, role in self.roles.items() if team in role.teams)


def access_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Roles of teams that there are not or for things that there are not, and people without."""
    access = plan.access
    if access is None:
        return
    if "break-glass" in access.roles:
        yield Fault(
            "access.roles.break-glass",
            "`access.break_glass` owns this role: two owners of one",
            "break-glass",
            "give it another name, or leave one of the two out",
        )
    if "teams" not in broken:
        for name, role in access.roles.items():
            for index, team in enumerate(role.teams):
                yield from unknown_team(plan, f"access.roles.{name}.teams.{index}", team)
        for index, team in enumerate(access.break_glass.teams if access.break_glass else ()):
            yield from unknown_team(plan, f"access.break_glass.teams.{index}", team)
        if "people" not in broken:
            yield from _without_role(plan, access)
    for name, role in access.roles.items():
        for thing in sorted(role.may.things() & CHAPTERS_OF.keys()):
            chapter = CHAPTERS_OF[thing]
            if chapter not in broken and not getattr(plan, chapter):
                yield Fault(
                    f"access.roles.{name}.may",
                    f"the plan has no {thing}: chapter `{chapter}` is empty",
                    thing,
                    "leave it out",
                )
    if "recovery" not in broken:
        yield from _approver_faults(plan, access)


def _approver_faults(plan: "Plan", access: Access) -> Iterator[Fault]:
    """A right to decide counts for those whom a runbook asks, and is needed by each of them."""
    recovery = plan.recovery
    if recovery is None or not recovery.approval:
        return
    for name, role in access.roles.items():
        if role.may.approve and name not in recovery.approvers:
            yield Fault(
                f"access.roles.{name}.may.approve",
                "no runbook would ask this role: `recovery.approvers` does not name it",
                "runbooks",
                f"add `{name}` to `recovery.approvers`, or leave `approve` out",
            )
    for index, name in enumerate(recovery.approvers):
        if name in access.roles and not access.roles[name].may.approve:
            yield Fault(
                f"recovery.approvers.{index}",
                f"is asked and could not answer: `access.roles.{name}.may` has no `approve`",
                name,
                f"add `approve: [runbooks]` to `access.roles.{name}.may`, or name another role",
            )
    if recovery.region_switch and recovery.approvers[:1] and recovery.approvers[0] in access.roles:
        yield Fault(
            "recovery.approvers.0",
            "Region switch asks the first, and a role of `access` may decide in runbooks alone",
            recovery.approvers[0],
            "put a role of IAM first that has `arc-region-switch:ApprovePlanExecutionStep`",
        )


def _without_role(plan: "Plan", access: Access) -> Iterator[Fault]:
    """People who are in no team that has a role: they could not even see what rings them."""
    teams = {team for role in access.roles.values() for team in role.teams}
    have = {person for team in teams if team in plan.teams for person in plan.teams[team].people}
    for person in plan.people:
        if person not in have:
            yield Fault(
                f"people.{person}",
                "is in no team that has a role, and may see nothing of all this",
                None,
                "add the person to a team, or their team to a role of `access.roles`",
            )


# ---- CODEOWNERS ----------------------------------------------------------------------------------


def code_owner_faults(access: Access, text: str, file: str) -> Iterator[Fault]:
    """Where a ``CODEOWNERS`` lets others decide over a change than the plan says.

    text   of the file
    file   the plan's own, at the root of the repository: ``Pulumi.prod.yaml``

    The last line that matches a path counts, a line without owners leaves it to anybody, and of
    several owners one is enough [GitHub, "About code owners"]. So each owner is a team that may
    ``change`` something, and a change of the plan is every such team's to review.
    """
    teams = access.changing()
    said = ", ".join(teams) or "nobody"
    last: tuple[str, set[str]] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        pattern, *owners = line.partition("#")[0].split() or [""]
        if not pattern:
            continue
        for owner in owners:
            if not owner.startswith("@") or owner.partition("/")[2] not in teams:
                yield Fault(
                    f"CODEOWNERS.{number}",
                    "no team that may `change` anything by `access.roles`, and its review would be "
                    "enough",
                    owner,
                    f"may: {said}",
                )
        # The plan stands at the root: what begins there, and what is meant anywhere.
        if fnmatchcase(file, pattern.removeprefix("**/").removeprefix("/")):
            last = f"CODEOWNERS.{number}", {owner.partition("/")[2] for owner in owners}
    path, owning = last or ("CODEOWNERS", set())
    for team in teams:
        if team not in owning:
            yield Fault(
                path,
                f"a change of {file} does not take the review of {team}, whose role may `change` "
                "it",
                None,
                f"write `/{file} @<organization>/{team}` below it",
            )
