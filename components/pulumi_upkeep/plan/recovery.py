"""Recovery: the runbooks, and who decides when one of them changes something.

Source: Bynomi's plan, "Disaster Scenarios and Response": what is done, in order, when a database
or the application servers fail, and when everything does; "Escalation Path": who may decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints, model_validator

from .faults import Fault, NotInWords, nearest
from .words import Duration, Name, Url, Words

if TYPE_CHECKING:
    from .plan import Plan

# Automation: at most 10 approvers per step; a person has up to 30 days.
MOST_APPROVERS = 10
LONGEST_APPROVAL = timedelta(days=30)
# RDS keeps automated backups for 35 days at most.
LONGEST_BACKUPS = timedelta(days=35)
RoleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{1,64}$")]
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_/+=.@-]{1,512}$")]


class DatabaseFailure(Words):
    """The runbook of a database whose primary fails.

    keep_backups   how long automated backups of the promoted replica are kept, 1 to 35 days;
                   default 7 days
    credentials    Secrets Manager's name, in the recovery region, of what the runbook's checks log
                   in with. Default: none, and then a person looks at the data
    """

    keep_backups: Annotated[Duration, Field(ge=timedelta(days=1), le=LONGEST_BACKUPS)] = timedelta(
        days=7
    )
    credentials: SecretName | None = None


class ServerFailure(Words):
    """The runbook of a standby.

    servers   how many shall run before traffic comes; default as many as it may grow to
    """

    servers: Annotated[int, Field(ge=1)] | None = None


class CompleteOutage(Words):
    """The runbook of everything: the runbooks that it starts, in this order.

    databases   names of ``database_failure``
    standby     names of ``application_server_failure``
    """

    databases: tuple[Name, ...] = ()
    standby: tuple[Name, ...] = ()


class Recovery(Words):
    """Runbooks, which are named here so that what they need cannot leave the plan unseen.

    approvers                    roles of whom one decides before a runbook changes anything: of
                                 ``access.roles`` those that may approve, and others of IAM by
                                 their names; at most 10 [Automation]
    approval                     whether anybody decides; default true. Without, a runbook changes
                                 things as soon as it is started
    decide_within                how long they have; default 30 minutes. Then the runbook ends
    application                  address that is asked whether the application works; default: none
    database_failure             by database of the estate
    application_server_failure   by standby
    complete_outage              of everything
    region_switch                whether Application Recovery Controller has a Region switch plan
                                 that asks the first of ``approvers`` and starts the runbook of
                                 ``complete_outage``; default false
    """

    approvers: Annotated[tuple[RoleName, ...], Field(max_length=MOST_APPROVERS)] = ()
    approval: bool = True
    decide_within: Annotated[Duration, Field(ge=timedelta(minutes=1), le=LONGEST_APPROVAL)] = (
        timedelta(minutes=30)
    )
    application: Url | None = None
    database_failure: dict[Name, DatabaseFailure] = Field(default_factory=dict)
    application_server_failure: dict[Name, ServerFailure] = Field(default_factory=dict)
    complete_outage: CompleteOutage | None = None
    region_switch: bool = False

    @model_validator(mode="after")
    def _somebody_decides(self) -> "Recovery":
        if self.approval and not self.approvers:
            raise NotInWords(
                "somebody is to decide, and nobody is named",
                "`approvers: [<role>]`, or `approval: false`",
            )
        return self


@dataclass(frozen=True)
class RunbookName:
    """A runbook of the plan: its scenario, and what fails."""

    scenario: str
    of: str

    @property
    def page(self) -> str:
        """The name of its page, below the address of the runbooks."""
        return f"{self.scenario}-{self.of}" if self.of else self.scenario


def runbook_names(recovery: Recovery | None) -> tuple[RunbookName, ...]:
    """The runbooks that the plan names, in order."""
    if recovery is None:
        return ()
    return (
        *(RunbookName("database-failure", name) for name in recovery.database_failure),
        *(
            RunbookName("application-server-failure", name)
            for name in recovery.application_server_failure
        ),
        *([RunbookName("complete-outage", "")] if recovery.complete_outage else []),
    )


def recovery_faults(plan: "Plan") -> Iterator[Fault]:
    """What the runbooks name and the plan no longer has."""
    recovery = plan.recovery
    if recovery is None:
        return
    path = "recovery"
    if recovery.region_switch:
        yield from _region_switch_faults(recovery)
    for name in recovery.database_failure:
        where = f"{path}.database_failure.{name}"
        if name not in plan.estate.databases:
            yield _missing(where, name, "database", "estate.databases", plan.estate.databases)
        elif plan.successor_member(name) is None and not plan.taken_over(name):
            yield Fault(
                where,
                "the runbook switches to a replica, and the plan names none that takes over",
                None,
                f"`writers.{name}.successor: <a replica>`, or leave the runbook out",
            )
    for name, server in recovery.application_server_failure.items():
        where = f"{path}.application_server_failure.{name}"
        if name not in plan.standby:
            yield _missing(where, name, "standby", "standby", plan.standby)
        elif server.servers is not None and server.servers > plan.standby[name].at_most:
            yield Fault(
                f"{where}.servers",
                f"the standby may grow to {plan.standby[name].at_most} [standby.{name}.at_most]",
                str(server.servers),
                f"`{plan.standby[name].at_most}` at most",
            )
    if recovery.complete_outage is None:
        return
    for key, names, kind, known in (
        (
            "databases",
            recovery.complete_outage.databases,
            "database_failure",
            recovery.database_failure,
        ),
        (
            "standby",
            recovery.complete_outage.standby,
            "application_server_failure",
            recovery.application_server_failure,
        ),
    ):
        for index, name in enumerate(names):
            if name not in known:
                where = f"{path}.complete_outage.{key}.{index}"
                yield _missing(where, name, "runbook", f"recovery.{kind}", known)


def _region_switch_faults(recovery: Recovery) -> Iterator[Fault]:
    """What a Region switch plan stands on."""
    path = "recovery.region_switch"
    if recovery.complete_outage is None:
        yield Fault(
            path,
            "it starts the runbook of a complete outage, and the plan has none",
            "true",
            "`complete_outage: {...}`, or leave `region_switch` out",
        )
    if not recovery.approvers:
        yield Fault(
            path,
            "a person approves in Region switch, and nobody is named",
            "true",
            "`approvers: [<role>]`, or leave `region_switch` out",
        )


def _missing(path: str, name: str, kind: str, chapter: str, known: Mapping[str, object]) -> Fault:
    close = nearest(name, known)
    listed = f"known: {', '.join(sorted(known))}" if known else f"{chapter} names none"
    return Fault(
        path,
        f"no such {kind} in `{chapter}`",
        name,
        f"did you mean `{close}`?" if close else listed,
    )
