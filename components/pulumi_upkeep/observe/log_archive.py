"""The archive of logs: a private bucket of the company, which Datadog writes to by its role."""

from datetime import timedelta

import pulumi

from .. import policy
from ..component import UpkeepComponent
from ..datadog import LogsArchive, LogsArchiveArgs, LogsArchiveS3ArchiveArgs
from ..naming import physical_name
from ..private_bucket import declare_private_bucket
from .monitor import NAME_LIMIT

# Datadog: what is written over or deleted in the archive by mistake can be had back for so long.
_EARLIER_VERSIONS = timedelta(days=30)
# Where in the bucket Datadog writes.
ARCHIVE_PATH = "logs"


def declare_archive(
    owner: UpkeepComponent,
    query: str,
    environment: str,
    keep: timedelta,
    role: str,
    *,
    protected: bool,
) -> pulumi.Output[str]:
    """Declares the bucket and the archive as children of ``owner``; the bucket's name.

    query   which logs
    role    ARN of the role that Datadog's AWS integration takes in the bucket's account
    """
    stored = declare_private_bucket(
        owner,
        "archive",
        protect=protected,
        expires=keep,
        earlier_versions=_EARLIER_VERSIONS,
        statements=lambda arn, account: _written_by(arn, role),
    )
    LogsArchive(
        owner.name,
        LogsArchiveArgs(
            name=physical_name(owner.name, limit=NAME_LIMIT),
            query=query,
            include_tags=True,
            rehydration_tags=[f"env:{environment}", "from:archive"],
            s3_archive=LogsArchiveS3ArchiveArgs(
                bucket=stored.bucket.bucket,
                path=ARCHIVE_PATH,
                account_id=role.split(":")[4],
                role_name=role.rpartition("/")[2],
                encryption_type="SSE_S3",
            ),
        ),
        # Datadog tries whether it may write there.
        owner.child(depends_on=[stored.policy]),
    )
    return stored.bucket.bucket


def _written_by(bucket: str, role: str) -> list[policy.Statement]:
    """What Datadog needs of an archive [Datadog, log archives, S3 permissions], and no more."""
    who = {"AWS": role}
    return [
        policy.allow("DatadogLists", ["s3:ListBucket"], principal=who, resources=[bucket]),
        policy.allow(
            "DatadogWritesAndReads",
            ["s3:GetObject", "s3:PutObject"],
            principal=who,
            resources=[f"{bucket}/{ARCHIVE_PATH}/*"],
        ),
    ]
