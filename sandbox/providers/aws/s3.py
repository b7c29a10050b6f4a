"""S3: what is set on a bucket: versions, encryption, rules over time, replication."""

from __future__ import annotations

from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Document, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.cloud import Properties

_VERSIONING: Shape = (
    Prop("bucket"),
    Prop("versioningConfiguration", shape=plain("status")),
)


def _put_versioning(api: Api, request: Document, inputs: Properties) -> str:
    api("s3").put_bucket_versioning(**request)
    return str(request["Bucket"])


def _describe_versioning(api: Api, bucket: str, known: Properties) -> Document | None:
    answer = found(api("s3").get_bucket_versioning, Bucket=bucket)
    if not answer or not answer.get("Status"):
        return None
    return {"Bucket": bucket, "VersioningConfiguration": {"Status": answer["Status"]}}


def _suspend(api: Api, bucket: str, known: Properties) -> object:
    """A bucket that kept versions once can only stop to (the provider does the same)."""
    return api("s3").put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
    )


_ENCRYPTION: Shape = (
    Prop("bucket"),
    Prop(
        "rules",
        shape=(
            Prop(
                "applyServerSideEncryptionByDefault",
                "ApplyServerSideEncryptionByDefault",
                shape=(
                    Prop("sseAlgorithm", "SSEAlgorithm"),
                    Prop("kmsMasterKeyId", "KMSMasterKeyID"),
                ),
            ),
            Prop("bucketKeyEnabled", "BucketKeyEnabled", default=False),
        ),
        many=True,
    ),
)


def _put_encryption(api: Api, request: Document, inputs: Properties) -> str:
    api("s3").put_bucket_encryption(
        Bucket=request["Bucket"],
        ServerSideEncryptionConfiguration={"Rules": request["Rules"]},
    )
    return str(request["Bucket"])


def _describe_encryption(api: Api, bucket: str, known: Properties) -> Document | None:
    answer = found(api("s3").get_bucket_encryption, Bucket=bucket)
    if answer is None:
        return None
    return {"Bucket": bucket, "Rules": answer["ServerSideEncryptionConfiguration"]["Rules"]}


_LIFECYCLE: Shape = (
    Prop("bucket"),
    Prop(
        "rules",
        shape=(
            *plain("status", id="ID"),
            Prop("filter", shape=plain("prefix")),
            Prop("expiration", shape=plain("days")),
            Prop("noncurrentVersionExpiration", shape=plain("noncurrentDays")),
            Prop("abortIncompleteMultipartUpload", shape=plain("daysAfterInitiation")),
        ),
        many=True,
    ),
)


def _put_lifecycle(api: Api, request: Document, inputs: Properties) -> str:
    # A filter of all objects is an empty prefix, which the API wants to be said.
    rules = [{**rule, "Filter": rule.get("Filter") or {"Prefix": ""}} for rule in request["Rules"]]
    api("s3").put_bucket_lifecycle_configuration(
        Bucket=request["Bucket"], LifecycleConfiguration={"Rules": rules}
    )
    return str(request["Bucket"])


def _describe_lifecycle(api: Api, bucket: str, known: Properties) -> Document | None:
    answer = found(api("s3").get_bucket_lifecycle_configuration, Bucket=bucket)
    return {"Bucket": bucket, "Rules": answer["Rules"]} if answer else None


_MINUTES: Shape = plain("minutes")
_STATUS: Shape = plain("status")
_REPLICATION: Shape = (
    Prop("bucket"),
    Prop("role"),
    Prop(
        "rules",
        shape=(
            *plain("status", "priority", id="ID"),
            Prop("filter", shape=plain("prefix")),
            Prop("deleteMarkerReplication", shape=_STATUS),
            Prop("existingObjectReplication", shape=_STATUS),
            Prop(
                "sourceSelectionCriteria",
                shape=(Prop("sseKmsEncryptedObjects", shape=_STATUS),),
            ),
            Prop(
                "destination",
                shape=(
                    *plain("bucket"),
                    Prop("metrics", shape=(*_STATUS, Prop("eventThreshold", shape=_MINUTES))),
                    Prop("replicationTime", shape=(*_STATUS, Prop("time", shape=_MINUTES))),
                    Prop("encryptionConfiguration", shape=plain(replicaKmsKeyId="ReplicaKmsKeyID")),
                ),
            ),
        ),
        many=True,
        unordered=True,
    ),
)


def _put_replication(api: Api, request: Document, inputs: Properties) -> str:
    rules: list[dict[str, Any]] = [
        {**rule, "Filter": rule.get("Filter") or {"Prefix": ""}} for rule in request["Rules"]
    ]
    api("s3").put_bucket_replication(
        Bucket=request["Bucket"],
        ReplicationConfiguration={"Role": request["Role"], "Rules": rules},
    )
    return str(request["Bucket"])


def _describe_replication(api: Api, bucket: str, known: Properties) -> Document | None:
    answer = found(api("s3").get_bucket_replication, Bucket=bucket)
    return {"Bucket": bucket, **answer["ReplicationConfiguration"]} if answer else None


S3 = (
    Resource(
        token=token("s3", "BucketVersioning"),
        service="s3",
        shape=_VERSIONING,
        create=_put_versioning,
        describe=_describe_versioning,
        update=lambda api, id_, request, change: _put_versioning(api, request, change.inputs),
        delete=_suspend,
        identify=lambda api, inputs: inputs["bucket"],
        place=("bucket",),
        forces_replacement=frozenset({"bucket"}),
    ),
    Resource(
        token=token("s3", "BucketServerSideEncryptionConfiguration"),
        service="s3",
        shape=_ENCRYPTION,
        create=_put_encryption,
        describe=_describe_encryption,
        update=lambda api, id_, request, change: _put_encryption(api, request, change.inputs),
        delete=lambda api, bucket, known: api("s3").delete_bucket_encryption(Bucket=bucket),
        identify=lambda api, inputs: inputs["bucket"],
        place=("bucket",),
        forces_replacement=frozenset({"bucket"}),
    ),
    Resource(
        token=token("s3", "BucketLifecycleConfiguration"),
        service="s3",
        shape=_LIFECYCLE,
        create=_put_lifecycle,
        describe=_describe_lifecycle,
        update=lambda api, id_, request, change: _put_lifecycle(api, request, change.inputs),
        delete=lambda api, bucket, known: api("s3").delete_bucket_lifecycle(Bucket=bucket),
        identify=lambda api, inputs: inputs["bucket"],
        place=("bucket",),
        provider_only=frozenset({"timeouts"}),
        forces_replacement=frozenset({"bucket"}),
    ),
    Resource(
        token=token("s3", "BucketReplicationConfig"),
        service="s3",
        shape=_REPLICATION,
        create=_put_replication,
        describe=_describe_replication,
        update=lambda api, id_, request, change: _put_replication(api, request, change.inputs),
        delete=lambda api, bucket, known: api("s3").delete_bucket_replication(Bucket=bucket),
        identify=lambda api, inputs: inputs["bucket"],
        place=("bucket",),
        forces_replacement=frozenset({"bucket"}),
    ),
)
