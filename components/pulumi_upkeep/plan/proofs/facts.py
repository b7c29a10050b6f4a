"""Facts of the estate that only the cloud knows: looked up at deployment, given to the proofs.

Without them the proofs say what follows from the plan alone, and assume nothing in its favour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DatabaseFacts:
    """A database instance as RDS describes it.

    engine               such as ``postgres``
    version              such as ``16.4``
    instance_class       such as ``db.r6g.large``
    multi_az             whether it has a standby in a second zone
    backup_retention     days of automated backups; 0 means none
    maintenance_window   as RDS writes it, in UTC: ``sun:09:30-sun:10:00``
    storage              GiB allocated
    """

    engine: str
    version: str
    instance_class: str
    multi_az: bool
    backup_retention: int
    maintenance_window: str
    storage: int


@dataclass(frozen=True)
class EstateFacts:
    """What was looked up, by the names the plan gives."""

    databases: Mapping[str, DatabaseFacts] = field(default_factory=dict)
