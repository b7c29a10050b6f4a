"""Archives of logs: where they go for good, in the company's own bucket."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class LogsArchiveS3ArchiveArgs:
    """A bucket, and the role by which Datadog writes there."""

    bucket: pulumi.Input[str]
    account_id: pulumi.Input[str | None] = None
    encryption_type: pulumi.Input[str | None] = None
    """``NO_OVERRIDE`` (default), ``SSE_S3`` or ``SSE_KMS``."""
    path: pulumi.Input[str | None] = None
    role_name: pulumi.Input[str | None] = None


@arguments
class LogsArchiveArgs:
    """An archive. A log goes to the first one whose query it matches."""

    name: pulumi.Input[str]
    query: pulumi.Input[str]
    include_tags: pulumi.Input[bool | None] = None
    """Whether tags are kept, so that they are there when logs come back; default false."""
    rehydration_tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Tags of logs that are brought back."""
    s3_archive: pulumi.Input[LogsArchiveS3ArchiveArgs | None] = None


class LogsArchive(Resource[LogsArchiveArgs], token="datadog:index/logsArchive:LogsArchive"):
    """An archive of logs."""

    name: pulumi.Output[str]
