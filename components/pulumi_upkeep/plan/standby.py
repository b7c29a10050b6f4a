"""Standby servers: what waits in the recovery region, and when traffic goes there.

Source: Bynomi's plan, "Application Server Failure": route traffic to standby servers.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from .faults import NotInWords
from .limits import HEALTH_CHECK_FAILURES, HEALTH_CHECK_INTERVAL
from .words import Duration, Name, Severity, Words

InstanceType = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")]
HostName = Annotated[str, Field(pattern=r"^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$")]


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
        return self


Standbys = dict[Name, Standby]
