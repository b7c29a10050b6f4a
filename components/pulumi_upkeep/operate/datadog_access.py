"""DatadogAccess: the same roles in Datadog, and who may change what is declared there."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import datadog
from ..component import UpkeepComponent
from ..datadog.current_user import get_current_user_output
from ..datadog.permissions import get_permissions_output
from ..naming import physical_name
from ..plan.access import May
from ..plan.words import Later, Name, Words
from .access import MayArgs

# Datadog shows at most so many characters of a role's name.
NAME_LIMIT = 64

# What a verb takes in Datadog, by thing [Datadog: Role permissions]. Logs are data, and muting a
# monitor silences it: neither is seeing or running anything.
PERMISSIONS: Mapping[tuple[str, str], Sequence[str]] = {
    ("see", "dashboards"): ("dashboards_read",),
    ("see", "monitors"): ("monitors_read", "slos_read", "synthetics_read"),
    ("see", "incidents"): ("incident_read", "notebooks_read"),
    ("run", "incidents"): ("incident_write",),
}


class DatadogRoleArgs(TypedDict):
    """One role."""

    may: MayArgs
    """What it may do."""
    users: dict[str, pulumi.Input[str]]
    """Name of each person -> their id in Datadog."""


class DatadogAccessArgs(TypedDict):
    """Arguments of DatadogAccess."""

    roles: dict[str, DatadogRoleArgs]
    """The roles, by name."""
    dashboards: NotRequired[dict[str, pulumi.Input[str]]]
    """Name -> id of each dashboard that only a deployment changes. Default: none."""
    monitors: NotRequired[dict[str, pulumi.Input[str]]]
    """Name -> id of each monitor that only a deployment changes. Default: none."""


class DatadogAccess(UpkeepComponent):
    """Roles with exactly the permissions of their verbs, none of those that Datadog gives to all.

    What is declared is changed by the user whose keys a deployment has; everybody else of the
    organisation sees it. A person who has one of Datadog's own roles beside these keeps what that
    one allows: take it away once, by hand.
    """

    roles: pulumi.Output[Mapping[str, str]]
    """Each role -> its id; roles that have nothing in Datadog are not among them."""

    def __init__(
        self, name: str, args: DatadogAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        looking = pulumi.InvokeOptions(parent=self)
        known = get_permissions_output(include_restricted=True, opts=looking)
        ids: dict[str, Any] = {}
        for role in sorted(settings.roles):
            if wanted := permissions_of(settings.roles[role].may):
                ids[role] = self._role(role, settings.roles[role], wanted, known)
        restricted = {
            **{
                f"dashboard-{each}": ("dashboard", id_) for each, id_ in settings.dashboards.items()
            },
            **{f"monitor-{each}": ("monitor", id_) for each, id_ in settings.monitors.items()},
        }
        if restricted:
            deployer = get_current_user_output(looking)
            for each, (kind, id_) in sorted(restricted.items()):
                self._restrict(each, kind, id_, deployer)
        self.roles = pulumi.Output.from_input(ids)
        self.register_outputs({"roles": self.roles})

    def _role(
        self,
        name: str,
        role: "_Role",
        wanted: Sequence[str],
        known: pulumi.Output[datadog.GetPermissionsResult],
    ) -> pulumi.Output[str]:
        declared = datadog.Role(
            f"{self.name}-{name}",
            datadog.RoleArgs(
                name=physical_name(self.name, name, limit=NAME_LIMIT),
                default_permissions_opt_out=True,
                permissions=[
                    datadog.RolePermissionArgs(id=known.apply(partial(_id, name=each)))
                    for each in wanted
                ],
            ),
            self.child(),
        )
        for person, user in sorted(role.users.items()):
            datadog.UserRole(
                f"{self.name}-{name}-{person}",
                datadog.UserRoleArgs(role_id=declared.id, user_id=user),
                self.child(),
            )
        return declared.id

    def _restrict(
        self,
        name: str,
        kind: str,
        id_: pulumi.Input[str],
        deployer: pulumi.Output[datadog.GetCurrentUserResult],
    ) -> None:
        datadog.RestrictionPolicy(
            f"{self.name}-{name}",
            datadog.RestrictionPolicyArgs(
                resource_id=pulumi.Output.concat(f"{kind}:", id_),
                bindings=[
                    datadog.RestrictionPolicyBindingArgs(
                        relation="editor", principals=[deployer.apply(lambda it: f"user:{it.id}")]
                    ),
                    datadog.RestrictionPolicyBindingArgs(
                        relation="viewer",
                        principals=[deployer.apply(lambda it: f"org:{it.org_id}")],
                    ),
                ],
            ),
            self.child(),
        )


def permissions_of(may: May) -> list[str]:
    """Names of the permissions that a role's verbs take, sorted."""
    verbs = {"see": may.see, "run": may.run}
    return sorted(
        {
            permission
            for (verb, thing), permissions in PERMISSIONS.items()
            if thing in verbs[verb]
            for permission in permissions
        }
    )


def _id(found: datadog.GetPermissionsResult, name: str) -> str:
    try:
        return found.permissions[name]
    except KeyError:
        raise pulumi.RunError(
            f"Datadog knows no permission {name!r} in this organisation"
        ) from None


# ---- arguments, checked ------------------------------------------------------------------------


class _Role(Words):
    may: May
    users: dict[Name, Later]


class _Settings(Words):
    roles: dict[Name, _Role] = Field(min_length=1)
    dashboards: dict[Name, Later] = Field(default_factory=dict)
    monitors: dict[str, Later] = Field(default_factory=dict)
