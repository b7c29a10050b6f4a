"""S3: buckets, and what holds for what is in them."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class BucketArgs:
    """A bucket; most of its settings are resources of their own."""

    bucket: pulumi.Input[str | None] = None
    """Its name: 3 to 63 lower-case letters, digits and hyphens, unique in all of AWS."""
    force_destroy: pulumi.Input[bool | None] = None
    """Whether a deletion empties it first; default false."""
    object_lock_enabled: pulumi.Input[bool | None] = None
    """Fixed at creation; turns versions on."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class Bucket(Resource[BucketArgs], token="aws:s3/bucket:Bucket"):
    """A bucket. Its id is its name."""

    arn: pulumi.Output[str]
    bucket: pulumi.Output[str]
    bucket_regional_domain_name: pulumi.Output[str]


@arguments
class BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs:
    """Ends uploads that never ended."""

    days_after_initiation: pulumi.Input[int | None] = None


@arguments
class BucketLifecycleConfigurationRuleExpirationArgs:
    """When objects go."""

    days: pulumi.Input[int | None] = None


@arguments
class BucketLifecycleConfigurationRuleFilterArgs:
    """Of which objects; an empty prefix is all of them."""

    prefix: pulumi.Input[str | None] = None


@arguments
class BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs:
    """When earlier versions go."""

    noncurrent_days: pulumi.Input[int]


@arguments
class BucketLifecycleConfigurationRuleArgs:
    """What becomes of objects in time."""

    id: pulumi.Input[str]
    status: pulumi.Input[str]
    """``Enabled`` or ``Disabled``."""
    abort_incomplete_multipart_upload: pulumi.Input[
        BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs | None
    ] = None
    expiration: pulumi.Input[BucketLifecycleConfigurationRuleExpirationArgs | None] = None
    filter: pulumi.Input[BucketLifecycleConfigurationRuleFilterArgs | None] = None
    noncurrent_version_expiration: pulumi.Input[
        BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs | None
    ] = None


@arguments
class BucketLifecycleConfigurationArgs:
    """A bucket's rules."""

    bucket: pulumi.Input[str]
    rules: pulumi.Input[Sequence[pulumi.Input[BucketLifecycleConfigurationRuleArgs]] | None] = None


class BucketLifecycleConfiguration(
    Resource[BucketLifecycleConfigurationArgs],
    token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
):
    """What becomes of a bucket's objects in time."""


@arguments
class BucketObjectLockConfigurationRuleDefaultRetentionArgs:
    """For how long an object that is written cannot be deleted; days or years."""

    days: pulumi.Input[int | None] = None
    mode: pulumi.Input[str | None] = None
    """``GOVERNANCE`` or ``COMPLIANCE``."""
    years: pulumi.Input[int | None] = None


@arguments
class BucketObjectLockConfigurationRuleArgs:
    """What holds for every object that is written without saying otherwise."""

    default_retention: pulumi.Input[BucketObjectLockConfigurationRuleDefaultRetentionArgs]


@arguments
class BucketObjectLockConfigurationInitArgs:
    """The lock of a bucket's objects."""

    bucket: pulumi.Input[str]
    rule: pulumi.Input[BucketObjectLockConfigurationRuleArgs | None] = None


class BucketObjectLockConfiguration(
    Resource[BucketObjectLockConfigurationInitArgs],
    token="aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
):
    """The lock of a bucket's objects."""


@arguments
class BucketPolicyArgs:
    """Who may do what with a bucket."""

    bucket: pulumi.Input[str]
    policy: pulumi.Input[str]


class BucketPolicy(Resource[BucketPolicyArgs], token="aws:s3/bucketPolicy:BucketPolicy"):
    """A bucket's policy."""


@arguments
class BucketPublicAccessBlockArgs:
    """What of public access is refused, whatever policies and lists say."""

    bucket: pulumi.Input[str]
    block_public_acls: pulumi.Input[bool | None] = None
    block_public_policy: pulumi.Input[bool | None] = None
    ignore_public_acls: pulumi.Input[bool | None] = None
    restrict_public_buckets: pulumi.Input[bool | None] = None


class BucketPublicAccessBlock(
    Resource[BucketPublicAccessBlockArgs],
    token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
):
    """A bucket that is never public."""


@arguments
class BucketReplicationConfigRuleDeleteMarkerReplicationArgs:
    """Whether deletions are copied: ``Enabled`` or ``Disabled``."""

    status: pulumi.Input[str]


@arguments
class BucketReplicationConfigRuleExistingObjectReplicationArgs:
    """Whether what was there before is copied."""

    status: pulumi.Input[str]


@arguments
class BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs:
    """The key that encrypts the copies."""

    replica_kms_key_id: pulumi.Input[str]


@arguments
class BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs:
    """After how long an event says that a copy is late."""

    minutes: pulumi.Input[int]
    """15, the only one [S3]."""


@arguments
class BucketReplicationConfigRuleDestinationMetricsArgs:
    """Metrics of the copies: how late, how many, how much."""

    status: pulumi.Input[str]
    event_threshold: pulumi.Input[
        BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs | None
    ] = None


@arguments
class BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs:
    """Within how long a copy is promised."""

    minutes: pulumi.Input[int]
    """15, the only one [S3]."""


@arguments
class BucketReplicationConfigRuleDestinationReplicationTimeArgs:
    """Copies within a promised time."""

    status: pulumi.Input[str]
    time: pulumi.Input[BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs]


@arguments
class BucketReplicationConfigRuleDestinationArgs:
    """Where copies go."""

    bucket: pulumi.Input[str]
    account: pulumi.Input[str | None] = None
    encryption_configuration: pulumi.Input[
        BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs | None
    ] = None
    metrics: pulumi.Input[BucketReplicationConfigRuleDestinationMetricsArgs | None] = None
    replication_time: pulumi.Input[
        BucketReplicationConfigRuleDestinationReplicationTimeArgs | None
    ] = None
    storage_class: pulumi.Input[str | None] = None


@arguments
class BucketReplicationConfigRuleFilterArgs:
    """What is copied; empty is everything."""

    prefix: pulumi.Input[str | None] = None


@arguments
class BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs:
    """Whether objects that a key encrypts are copied."""

    status: pulumi.Input[str]


@arguments
class BucketReplicationConfigRuleSourceSelectionCriteriaArgs:
    """What else is copied."""

    sse_kms_encrypted_objects: pulumi.Input[
        BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs | None
    ] = None


@arguments
class BucketReplicationConfigRuleArgs:
    """Copies of objects in another bucket."""

    destination: pulumi.Input[BucketReplicationConfigRuleDestinationArgs]
    status: pulumi.Input[str]
    delete_marker_replication: pulumi.Input[
        BucketReplicationConfigRuleDeleteMarkerReplicationArgs | None
    ] = None
    existing_object_replication: pulumi.Input[
        BucketReplicationConfigRuleExistingObjectReplicationArgs | None
    ] = None
    filter: pulumi.Input[BucketReplicationConfigRuleFilterArgs | None] = None
    id: pulumi.Input[str | None] = None
    priority: pulumi.Input[int | None] = None
    source_selection_criteria: pulumi.Input[
        BucketReplicationConfigRuleSourceSelectionCriteriaArgs | None
    ] = None


@arguments
class BucketReplicationConfigArgs:
    """Where the objects of a bucket are copied to as they come."""

    bucket: pulumi.Input[str]
    role: pulumi.Input[str]
    rules: pulumi.Input[Sequence[pulumi.Input[BucketReplicationConfigRuleArgs]]]
    region: pulumi.Input[str | None] = None
    """Where the bucket is; default the provider's."""


class BucketReplicationConfig(
    Resource[BucketReplicationConfigArgs],
    token="aws:s3/bucketReplicationConfig:BucketReplicationConfig",
):
    """The copies of a bucket elsewhere."""


@arguments
class BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs:
    """How objects are encrypted."""

    sse_algorithm: pulumi.Input[str]
    """``AES256`` or ``aws:kms``."""
    kms_master_key_id: pulumi.Input[str | None] = None


@arguments
class BucketServerSideEncryptionConfigurationRuleArgs:
    """How objects are encrypted that are written without saying so."""

    apply_server_side_encryption_by_default: pulumi.Input[
        BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs | None
    ] = None
    bucket_key_enabled: pulumi.Input[bool | None] = None


@arguments
class BucketServerSideEncryptionConfigurationInitArgs:
    """How the objects of a bucket are encrypted."""

    bucket: pulumi.Input[str]
    rules: pulumi.Input[Sequence[pulumi.Input[BucketServerSideEncryptionConfigurationRuleArgs]]]


class BucketServerSideEncryptionConfiguration(
    Resource[BucketServerSideEncryptionConfigurationInitArgs],
    token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
):
    """How the objects of a bucket are encrypted."""


@arguments
class BucketVersioningVersioningConfigurationArgs:
    """Whether what is written over or deleted stays."""

    status: pulumi.Input[str]
    """``Enabled`` or ``Suspended``."""


@arguments
class BucketVersioningInitArgs:
    """The versions of a bucket."""

    bucket: pulumi.Input[str]
    versioning_configuration: pulumi.Input[BucketVersioningVersioningConfigurationArgs]


class BucketVersioning(
    Resource[BucketVersioningInitArgs],
    token="aws:s3/bucketVersioning:BucketVersioning",
):
    """The versions of a bucket."""


@results
class GetBucketResult:
    """A bucket."""

    arn: str


async def get_bucket(bucket: str, opts: pulumi.InvokeOptions | None = None) -> GetBucketResult:
    """The bucket of a name."""
    return await look_up("aws:s3/getBucket:getBucket", GetBucketResult, opts, bucket=bucket)
