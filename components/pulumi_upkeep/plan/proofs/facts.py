"""Facts of the estate that only the cloud knows: looked up at deployment, given to the proofs.

Without them the proofs say what follows from the plan alone, and assume nothing in its favour; what
they assume all the same is called assumed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


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
    encrypted            whether its storage is encrypted
    clustered            whether it is a member of a Multi-AZ cluster; default false
    """

    engine: str
    version: str
    instance_class: str
    multi_az: bool
    backup_retention: int
    maintenance_window: str
    storage: int
    encrypted: bool
    clustered: bool = False


@dataclass(frozen=True)
class ServerFacts:
    """A group of servers as EC2 Auto Scaling describes it.

    zones   how many zones it may use
    """

    zones: int


@dataclass(frozen=True)
class BucketFacts:
    """A bucket as S3 describes it.

    versioned   whether it keeps the earlier versions of its objects
    """

    versioned: bool


@dataclass(frozen=True)
class MemberFacts:
    """A member of a database as RDS shows it.

    identifier   in RDS
    exists       whether it is there
    source       identifier or ARN of what it follows; empty where it follows nothing
    fenced       whether it is shut off by the security group without a rule, and no other
    """

    identifier: str
    exists: bool = True
    source: str = ""
    fenced: bool = False

    @property
    def writable(self) -> bool:
        """Whether it takes writes. A stopped instance counts: it comes back by itself."""
        return self.exists and not self.source and not self.fenced


@dataclass(frozen=True)
class EstateFacts:
    """What was looked up, by the names the plan gives.

    databases   of each database, the member that the plan says takes the writes
    members     of all databases, as they are at this moment; without those whose region did not
                answer
    """

    databases: Mapping[str, DatabaseFacts] = field(default_factory=dict)
    servers: Mapping[str, ServerFacts] = field(default_factory=dict)
    buckets: Mapping[str, BucketFacts] = field(default_factory=dict)
    members: Mapping[str, MemberFacts] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As plain data: what a deployment leaves behind for whoever proves the plan later."""
        kinds: dict[str, Mapping[str, Any]] = {
            "databases": self.databases,
            "servers": self.servers,
            "buckets": self.buckets,
            "members": self.members,
        }
        return {
            kind: {name: asdict(facts) for name, facts in sorted(found.items())}
            for kind, found in kinds.items()
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "EstateFacts":
        """From what :meth:`as_data` gave. Raises ``TypeError`` where it is of another shape."""
        return cls(
            {name: DatabaseFacts(**facts) for name, facts in _facts(data, "databases")},
            {name: ServerFacts(**facts) for name, facts in _facts(data, "servers")},
            {name: BucketFacts(**facts) for name, facts in _facts(data, "buckets")},
            {name: MemberFacts(**facts) for name, facts in _facts(data, "members")},
        )


def _facts(data: Mapping[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, facts in (data.get(kind) or {}).items():
        # The engine keeps every number as a float.
        whole = {
            key: int(value) if isinstance(value, float) else value for key, value in facts.items()
        }
        yield name, whole
