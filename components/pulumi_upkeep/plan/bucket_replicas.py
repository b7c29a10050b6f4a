"""Replicas of buckets: what is written here is there within minutes.

Source: Bynomi's plan, "Recovery Point Objectives" and "Recovery Time Objectives": the product
catalogue may lose 6 hours and its display must be back within one. A backup answers the first; for
the second, the files have to be there already.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from .limits import REPLICATION_LAG
from .retention import Retention
from .words import Duration, Name, Severity, Words

EARLIER_VERSIONS = timedelta(days=30)


class BucketLag(Words):
    """How far behind a replica may fall before somebody is told.

    above      15 minutes at least: what S3 promises, and the finest that it reports
    severity   whom it reaches
    """

    above: Annotated[Duration, REPLICATION_LAG.validator] = REPLICATION_LAG.least
    severity: Severity = "p1"


class BucketReplica(Words):
    """A bucket in another region that follows one of the estate's.

    of                  a bucket of ``estate.buckets``; it must be versioned
    in                  ``recovery``
    lag                 when it is too far behind
    deletes             whether a deletion here deletes there too; default false, so that a mistake
                        or somebody else's deletion does not reach the replica
    earlier_versions    how long replaced and deleted versions stay in the replica
    """

    of: Name
    in_: Literal["recovery"] = Field(alias="in")
    lag: BucketLag = BucketLag()
    deletes: bool = False
    earlier_versions: Retention = EARLIER_VERSIONS


BucketReplicas = dict[Name, BucketReplica]
