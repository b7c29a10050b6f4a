"""A bucket that only its account and the ones it lets in may use: versioned, encrypted, private."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pulumi

from . import policy
from .account import Account, account_of
from .aws import s3
from .component import UpkeepComponent
from .naming import physical_name, shorten
from .policy import Statement

# S3: a bucket's name has at most 63 characters and is one of its kind in the whole world.
BUCKET_NAME_LIMIT = 63
_UPLOADS_END_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class PrivateBucket:
    """What was declared; ``versioning`` must be there before anything is replicated."""

    bucket: s3.Bucket
    policy: s3.BucketPolicy
    versioning: s3.BucketVersioning


def bucket_name(account: Account, component: str, part: str = "") -> str:
    """``{project}-{stack}-{component}-{account}``: nobody else in the world has this account."""
    parts = [component, part] if part else [component]
    return f"{shorten(physical_name(*parts, limit=255), BUCKET_NAME_LIMIT - 13)}-{account.id}"


def declare_private_bucket(
    owner: UpkeepComponent,
    part: str = "",
    *,
    protect: bool,
    expires: timedelta | None = None,
    earlier_versions: timedelta | None = None,
    statements: Callable[[str, Account], Sequence[Statement]] = lambda arn, account: (),
    grants: Callable[[s3.Bucket], Sequence[pulumi.Output[Statement]]] = lambda bucket: (),
) -> PrivateBucket:
    """Declares the bucket and what is set on it as children of ``owner``.

    expires            objects are deleted after so long; default never
    earlier_versions   versions that were replaced or deleted go after so long; default as
                       ``expires``, else never
    statements         what its policy adds to "only encrypted connections", from ARN and account
    grants             the same from what has to know the bucket first: declared in between
    """
    name = f"{owner.name}-{part}" if part else owner.name
    account = account_of(owner)
    bucket = s3.Bucket(
        name,
        s3.BucketArgs(bucket=account.apply(lambda known: bucket_name(known, owner.name, part))),
        owner.child(protect=protect),
    )
    s3.BucketPublicAccessBlock(
        name,
        s3.BucketPublicAccessBlockArgs(
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        ),
        owner.child(),
    )
    versioning = s3.BucketVersioning(
        name,
        s3.BucketVersioningInitArgs(
            bucket=bucket.bucket,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled"
            ),
        ),
        owner.child(),
    )
    s3.BucketServerSideEncryptionConfiguration(
        name,
        s3.BucketServerSideEncryptionConfigurationInitArgs(
            bucket=bucket.bucket,
            rules=[
                s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256"
                    )
                )
            ],
        ),
        owner.child(),
    )
    kept = earlier_versions or expires
    s3.BucketLifecycleConfiguration(
        name,
        s3.BucketLifecycleConfigurationArgs(
            bucket=bucket.bucket,
            rules=[
                s3.BucketLifecycleConfigurationRuleArgs(
                    id="expire",
                    status="Enabled",
                    filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=_UPLOADS_END_AFTER.days
                    ),
                    expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=expires.days)
                    if expires
                    else None,
                    noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                        noncurrent_days=kept.days
                    )
                    if kept
                    else None,
                )
            ],
        ),
        owner.child(depends_on=[versioning]),
    )
    documents = s3.BucketPolicy(
        name,
        s3.BucketPolicyArgs(
            bucket=bucket.bucket,
            policy=pulumi.Output.all(
                arn=bucket.arn, account=account, granted=[*grants(bucket)]
            ).apply(
                lambda known: policy.document(
                    policy.deny(
                        "OnlyEncrypted",
                        ["s3:*"],
                        principal="*",
                        resources=[known["arn"], f"{known['arn']}/*"],
                        conditions={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                    *statements(known["arn"], known["account"]),
                    *known["granted"],
                )
            ),
        ),
        owner.child(),
    )
    return PrivateBucket(bucket, documents, versioning)
