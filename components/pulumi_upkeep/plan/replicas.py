"""Read replicas: of which database, where, how large, and when their lag alerts.

Source: Bynomi's plan, "Disaster Scenarios and Response": switch to read replica.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .limits import Limit
from .words import Duration, Name, Place, Severity, Words

# Ours: RDS reports once a minute, and what is half a day behind is no copy to go on with.
ALERTING_LAG = Limit(
    "a lag that alerts", timedelta(minutes=1), timedelta(hours=12), "RDS reports it once a minute"
)

InstanceClass = Annotated[str, Field(pattern=r"^db\.[a-z0-9-]+\.[a-z0-9-]+$")]

AlertingLag = Annotated[Duration, ALERTING_LAG.validator]


class Lag(Words):
    """How far a replica may fall behind before somebody is alerted.

    It limits what goes unnoticed, not what is lost.
    above      1 minute to 12 hours; default 5 minutes, which RDS for PostgreSQL also reports of a
               source that writes nothing
    severity   default p1
    """

    above: AlertingLag = timedelta(minutes=5)
    severity: Severity = "p1"


class Replica(Words):
    """One read replica; its name in the plan names it by place and generation, never by role.

    of         a database of the estate
    in         ``primary`` or ``recovery``
    class      such as ``db.r6g.large``
    multi_az   default false; true where it is to become primary
    lag        when its lag alerts; default above 5 minutes, p1
    parameters what its parameter group sets beside what it needs to start; where the source has a
               group of its own, that group's `max_connections` and the like. Default: none
    """

    of: Name
    in_: Place = Field(alias="in")
    class_: InstanceClass = Field(alias="class")
    multi_az: bool = False
    lag: Lag = Lag()
    parameters: dict[str, str] = Field(default_factory=dict)


Replicas = dict[Name, Replica]
