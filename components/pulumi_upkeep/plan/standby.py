"""Standby servers: what waits in the recovery region, and when traffic goes there and back.

Source: Bynomi's plan, "Application Server Failure": route traffic to standby servers.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .faults import Fault, NotInWords
from .limits import HEALTH_CHECK_FAILURES, HEALTH_CHECK_INTERVAL, LOG_RETENTION
from .objectives import Objectives
from .words import Duration, Name, Percentage, Place, Severity, Words

InstanceType = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")]
HostName = Annotated[str, Field(pattern=r"^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$")]


# Names as their services take them [Secrets Manager; CloudWatch Logs; Systems Manager; S3].
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_/+=.@-]{1,512}$")]
LogGroupName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./#-]{1,512}$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^/?[A-Za-z0-9_./-]{1,1011}$")]
BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]


def _rises_to_all(given: tuple[float, ...]) -> tuple[float, ...]:
    """The steps of a return: each more than the one before, the last one everybody."""
    for before, after in pairwise(given):
        if after <= before:
            raise NotInWords(
                f"{after:g} % after {before:g} %", "each step gives back more than the one before"
            )
    for share in given:
        # Route 53 weighs with whole numbers.
        if share != round(share):
            raise NotInWords(f"{share:g} % is no whole number", f"`{round(share) or 1} %`")
    if given[-1] != 100:
        raise NotInWords("does not end with everybody", "`100 %` as the last step")
    return given


ReturnSteps = Annotated[tuple[Percentage, ...], Field(min_length=1), AfterValidator(_rises_to_all)]


class Health(Words):
    """The health check that decides where traffic goes.

    path       asked over https
    every      10 or 30 seconds [Route 53]; default 30 seconds
    failures   in a row until it counts as failed, 1 to 10; default 3
    """

    path: Annotated[str, Field(pattern=r"^/\S*$")]
    every: Annotated[Duration, HEALTH_CHECK_INTERVAL.validator] = timedelta(seconds=30)
    failures: Annotated[int, HEALTH_CHECK_FAILURES.validator] = 3

    def notices_after(self) -> timedelta:
        """Until a failed endpoint counts as failed."""
        return self.every * self.failures


class Standby(Words):
    """Servers that wait in the recovery region.

    for               a server group of the estate
    running           servers that run while they wait; 0 is a pilot light
    at_most           servers they may grow to
    type              such as ``t4g.large``
    image             the name of the machine image in the recovery region
    serves            the host name that traffic comes by
    health            the health check of the primary side
    severity          who hears when the standby is not ready, or serves
    moves_by_itself   whether traffic goes there without a person; default false, since a standby
                      whose database is still a replica cannot serve
    secrets           Secrets Manager's names of what its servers read, replicated to the recovery
                      region
    log_groups        a log group its servers write to there -> how long it keeps
    version           the parameter (Systems Manager) that names the deployed version, in both
                      regions
    state_bucket      the bucket in the recovery region that holds a copy of the deployments' state
    returns_at        what part of the users goes back at a time once the primary serves again,
                      such as [10 %, 50 %, 100 %]; default all at once
    returned          the step of `returns_at` that is in force while they go back; default none
    """

    for_: Name = Field(alias="for")
    running: Annotated[int, Field(ge=0)]
    at_most: Annotated[int, Field(ge=1)]
    type: InstanceType
    image: str
    serves: HostName
    health: Health
    severity: Severity
    moves_by_itself: bool = False
    secrets: tuple[SecretName, ...] = ()
    log_groups: dict[LogGroupName, Annotated[Duration, LOG_RETENTION.validator]] = Field(
        default_factory=dict
    )
    version: ParameterName | None = None
    state_bucket: BucketName | None = None
    returns_at: ReturnSteps | None = None
    returned: Percentage | None = None

    @model_validator(mode="after")
    def _can_serve(self) -> "Standby":
        if self.running > self.at_most:
            raise NotInWords(
                f"{self.running} running of at most {self.at_most}",
                f"`at_most: {self.running}` at least",
            )
        if self.moves_by_itself and not self.running:
            raise NotInWords(
                "moves by itself to servers that are not running",
                "`running: 1` at least, or leave `moves_by_itself` out",
            )
        if self.returned is not None and self.returned not in (self.returns_at or ()):
            steps = ", ".join(f"{share:g} %" for share in self.returns_at or ())
            raise NotInWords(
                f"{self.returned:g} % have returned, which is no step of `returns_at`",
                f"one of {steps}" if steps else "`returns_at: [10 %, 50 %, 100 %]`",
            )
        return self


Standbys = dict[Name, Standby]


def standby_faults(
    standbys: Standbys, objectives: Objectives, writers: Mapping[str, Place]
) -> Iterator[Fault]:
    """Standbys that would take traffic by themselves to servers whose database takes no writes.

    writers   database -> where the member stands that takes its writes
    """
    for name, standby in standbys.items():
        if not standby.moves_by_itself:
            continue
        for database in sorted(needed_beside(standby.for_, objectives) & writers.keys()):
            if writers[database] != "recovery":
                yield Fault(
                    f"standby.{name}.moves_by_itself",
                    f"moves to servers that need `{database}`, which takes no writes in the "
                    "recovery region until a person has promoted a replica there",
                    "true",
                    "leave it out: the runbook promotes the database, then opens the switch",
                )


def needed_beside(servers: str, objectives: Objectives) -> set[str]:
    """What the functions that need a server group need beside it."""
    return {
        need
        for functions in objectives.functions.values()
        for needs in functions.needs.values()
        if servers in needs
        for need in needs
        if need != servers
    }
