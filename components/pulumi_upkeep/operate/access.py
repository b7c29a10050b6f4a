"""Access: the roles of people in AWS, by what they may see, run and approve."""

from collections.abc import Iterator, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from .. import aws
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.access import Access as Chapter
from ..plan.faults import Fault
from ..plan.words import Later, Region
from . import access_policies as policies

# IAM: a role's name has at most 64 characters.
NAME_LIMIT = 64
BREAK_GLASS = "break-glass"
# An inline policy of a role has at most so many characters, blanks left out [IAM quotas].
POLICY_LIMIT = 10_240


class MayArgs(TypedDict):
    """What a role may do, each a list of ``dashboards``, ``monitors``, ``runbooks``, ``backups``
    and ``incidents``."""

    see: NotRequired[list[str]]
    """How things stand; never data."""
    run: NotRequired[list[str]]
    """``runbooks``, ``backups``, ``incidents``."""
    approve: NotRequired[list[str]]
    """``runbooks``."""
    change: NotRequired[list[str]]
    """By a deployment: nothing is granted for it."""


class AccessRoleArgs(TypedDict):
    """One role."""

    means: str
    """Who it is for, in a sentence."""
    teams: list[str]
    """Whose people have it; at least one."""
    may: MayArgs
    """What it may do."""


class BreakGlassArgs(TypedDict):
    """The role for what nobody foresaw."""

    teams: list[str]
    """Whose people may take it; at least one."""
    severity: str
    """``p0`` or ``p1``: by whose topic its use is told, see BreakGlassWatch."""
    session: NotRequired[str]
    """How long it lasts. Default: ``1 hour``."""


class AccessArgs(TypedDict):
    """Arguments of Access."""

    roles: dict[str, AccessRoleArgs]
    """The roles, by name. At least one."""
    saml_provider: NotRequired[str]
    """Name of the identity provider in IAM. Default: IAM users of the account, with MFA."""
    session: NotRequired[str]
    """Longest session, 1 to 12 hours. Default: ``4 hours``."""
    break_glass: NotRequired[BreakGlassArgs]
    """Default: there is none."""
    watched_in: NotRequired[list[str]]
    """Regions in which a BreakGlassWatch hears of its use: it can be taken in no other. Required
    with ``break_glass``."""
    documents: NotRequired[pulumi.Input[list[str]]]
    """Names of the runbooks' documents, of any region."""
    document_roles: NotRequired[pulumi.Input[list[str]]]
    """ARNs of the roles that they run as."""
    vaults: NotRequired[pulumi.Input[list[str]]]
    """ARNs of the backup vaults."""
    backup_roles: NotRequired[pulumi.Input[list[str]]]
    """ARNs of the roles that take backups."""


class Access(UpkeepComponent):
    """Roles for people, each allowed exactly what the plan's verbs and things say.

    They are taken by signing in at the identity provider, which says each person's team, or by IAM
    users with MFA. Changes are made by deployments, and no role has a right to make one. What
    would lose or reveal data or silence an alarm is denied to each. ``break-glass`` may do it, with
    MFA, for a short session, and not without being heard.
    """

    role_arns: pulumi.Output[Mapping[str, str]]
    """Each role -> its ARN; ``break-glass`` among them where there is one."""

    def __init__(
        self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        account = account_of(self)
        session = round(settings.session.total_seconds())
        stands_on = pulumi.Output.all(
            account=account,
            documents=settings.documents or [],
            document_roles=settings.document_roles or [],
            vaults=settings.vaults or [],
            backup_roles=settings.backup_roles or [],
        )
        arns: dict[str, Any] = {}
        for role in sorted(settings.roles):
            arns[role] = self._role(settings, role, account, stands_on, session)
        if settings.break_glass is not None:
            arns[BREAK_GLASS] = self._break_glass(settings, account)
        self.role_arns = pulumi.Output.from_input(arns)
        self.register_outputs({"role_arns": self.role_arns})

    def _role(
        self,
        settings: "_Settings",
        name: str,
        account: pulumi.Output[Account],
        stands_on: pulumi.Output[Any],
        session: int,
    ) -> pulumi.Output[str]:
        role = settings.roles[name]
        may = {
            "see": role.may.see,
            "run": role.may.run,
            "approve": role.may.approve,
        }
        return self._declare(
            name,
            f"{role.means}: people of {', '.join(sorted(role.teams))}",
            account.apply(lambda found: policies.trust(found, role.teams, settings.saml_provider)),
            stands_on.apply(
                lambda known: policies.of_role(
                    known["account"],
                    may,
                    stack=_stack(),
                    documents=known["documents"],
                    document_roles=known["document_roles"],
                    vaults=known["vaults"],
                    backup_roles=known["backup_roles"],
                )
            ),
            session,
        )

    def _break_glass(
        self, settings: "_Settings", account: pulumi.Output[Account]
    ) -> pulumi.Output[str]:
        broken = settings.break_glass
        assert broken is not None
        return self._declare(
            BREAK_GLASS,
            f"For what nobody foresaw: people of {', '.join(sorted(broken.teams))}, with MFA; its "
            f"use is told as {str(broken.severity).upper()} at once",
            account.apply(
                lambda found: policies.trust(found, broken.teams, None, settings.watched_in)
            ),
            account.apply(lambda found: policies.break_glass(found, _stack())),
            round(broken.session.total_seconds()),
        )

    def _declare(
        self,
        name: str,
        says: str,
        trust: pulumi.Output[str],
        policy: pulumi.Output[str],
        session: int,
    ) -> pulumi.Output[str]:
        role = aws.iam.Role(
            f"{self.name}-{name}",
            aws.iam.RoleArgs(
                name=access_role_name(self.name, name),
                description=says,
                assume_role_policy=trust,
                max_session_duration=session,
            ),
            self.child(),
        )
        aws.iam.RolePolicy(
            f"{self.name}-{name}",
            aws.iam.RolePolicyArgs(role=role.name, name="access", policy=policy.apply(_fits)),
            self.child(),
        )
        return role.arn


def access_role_name(component: str, role: str) -> str:
    """The name of a role in IAM: ``bynomi-prod-access-operator``."""
    return physical_name(component, role, limit=NAME_LIMIT)


def _stack() -> str:
    return f"{pulumi.get_project()}-{pulumi.get_stack()}"


def _fits(document: str) -> str:
    if len(document.replace(" ", "")) > POLICY_LIMIT:
        raise ValueError(f"the policy has more than the {POLICY_LIMIT} characters that IAM takes")
    return document


# ---- arguments, checked ------------------------------------------------------------------------


class _Settings(Chapter):
    watched_in: tuple[Region, ...] = ()
    documents: Later = None
    document_roles: Later = None
    vaults: Later = None
    backup_roles: Later = None


def _faults(settings: _Settings) -> Iterator[Fault]:
    if settings.break_glass is not None and not settings.watched_in:
        yield Fault(
            "watched_in",
            "break-glass that nobody hears of",
            None,
            "name the regions of your BreakGlassWatch: `[us-east-1]`",
        )
    if BREAK_GLASS in settings.roles:
        yield Fault(
            f"roles.{BREAK_GLASS}",
            "`break_glass` owns this role: two owners of one",
            None,
            "give it another name",
        )
