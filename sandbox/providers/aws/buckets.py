"""S3: buckets that nothing leaves, their locks and their policies."""

from __future__ import annotations

import re
from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.aws.tagging import Tagging, as_list, from_list
from sandbox.providers.cloud import Properties

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _create(api: Api, request: Document, inputs: Properties) -> str:
    name = str(request["Bucket"])
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name} is no name of a bucket: 3 to 63 lower-case letters and digits")
    if api.region != "us-east-1":
        request["CreateBucketConfiguration"] = {"LocationConstraint": api.region}
    api("s3").create_bucket(**request)
    return name


def _describe(api: Api, name: str, known: Properties) -> Document | None:
    s3 = api("s3")
    if found(s3.head_bucket, Bucket=name) is None:
        return None
    lock = _lock_of(api, name)
    return {
        "Bucket": name,
        "Arn": f"arn:aws:s3:::{name}",
        "ObjectLockEnabledForBucket": lock is not None,
        "Region": s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1",
    }


def _lock_of(api: Api, name: str) -> Document | None:
    answer = found(api("s3").get_object_lock_configuration, Bucket=name)
    configuration: Document | None = (answer or {}).get("ObjectLockConfiguration")
    return configuration


def _delete(api: Api, name: str, known: Properties) -> None:
    s3 = api("s3")
    if known.get("forceDestroy"):
        # As the provider: what a governance lock holds is bypassed, as far as one may.
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for each in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                s3.delete_object(
                    Bucket=name,
                    Key=each["Key"],
                    VersionId=each["VersionId"],
                    BypassGovernanceRetention=True,
                )
    s3.delete_bucket(Bucket=name)


def _read_tags(api: Api, name: str, properties: Properties) -> dict[str, str]:
    answer = found(api("s3").get_bucket_tagging, Bucket=name)
    return from_list((answer or {}).get("TagSet") or [])


def _put_tags(api: Api, name: str, tags: dict[str, str]) -> None:
    if tags:
        api("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": as_list(tags)})
    else:
        api("s3").delete_bucket_tagging(Bucket=name)


# CreateBucket takes no tags; all of them are put at once.
_TAGGING = Tagging(
    lambda tags: {},
    _read_tags,
    lambda api, name, known, tags: _put_tags(api, name, _read_tags(api, name, known) | tags),
    lambda api, name, known, names: _put_tags(
        api,
        name,
        {k: v for k, v in _read_tags(api, name, known).items() if k not in names},
    ),
)


def _finish(api: Api, name: str, inputs: Properties) -> None:
    tags = {**(inputs.get("tagsAll") or {}), **(inputs.get("tags") or {})}
    if tags:
        _put_tags(api, name, tags)


# Of days and years AWS has one, and moto tells 0 for the other.
_RETENTION: Shape = (*plain("mode"), Prop("days", default=0), Prop("years", default=0))
_LOCK: Shape = (
    Prop("bucket", "Bucket"),
    Prop("objectLockEnabled", default="Enabled", default_sent=True),
    Prop("rule", shape=(Prop("defaultRetention", shape=_RETENTION),)),
)


def _put_lock(api: Api, request: Document, inputs: Properties) -> str:
    name = str(request.pop("Bucket"))
    api("s3").put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=request)
    return name


def _describe_lock(api: Api, name: str, known: Properties) -> Document | None:
    lock = _lock_of(api, name)
    return {**lock, "Bucket": name} if lock and lock.get("Rule") else None


def _delete_lock(api: Api, name: str, known: Properties) -> None:
    # The lock itself can never be taken off a bucket; what it asks for by itself can.
    api("s3").put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )


_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_BLOCK: Shape = (
    Prop("bucket"),
    *(Prop(name, default=False, default_sent=True) for name in _BLOCKS),
)


def _put_block(api: Api, request: Document, inputs: Properties) -> str:
    name = str(request.pop("Bucket"))
    api("s3").put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=request)
    return name


def _describe_block(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("s3").get_public_access_block, Bucket=name)
    return {**answer["PublicAccessBlockConfiguration"], "Bucket": name} if answer else None


_POLICY: Shape = (Prop("bucket"), Prop("policy", json=True))


def _put_policy(api: Api, request: Document, inputs: Properties) -> str:
    api("s3").put_bucket_policy(**request)
    return str(request["Bucket"])


def _describe_policy(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("s3").get_bucket_policy, Bucket=name)
    return {"Bucket": name, "Policy": answer["Policy"]} if answer else None


def _of_bucket(name: str, shape: Shape, put: Any, describe: Any, delete: Any) -> Resource:
    """A setting of a bucket, of which there is one."""

    def update(api: Api, id_: str, request: Document, change: Change) -> None:
        put(api, request, change.inputs)

    return Resource(
        token=token("s3", name),
        service="s3",
        shape=shape,
        create=put,
        describe=describe,
        update=update,
        delete=delete,
        identify=lambda api, inputs: str(inputs["bucket"]),
        place=("bucket",),
        forces_replacement=frozenset({"bucket"}),
    )


BUCKETS = (
    Resource(
        token=token("s3", "Bucket"),
        service="s3",
        shape=(
            Prop("bucket"),
            Prop("objectLockEnabled", "ObjectLockEnabledForBucket", default=False),
        ),
        name=Name(property="bucket", longest=63, lower=True),
        tagging=_TAGGING,
        create=_create,
        finish=_finish,
        describe=_describe,
        update=lambda api, name, request, change: None,
        delete=_delete,
        outputs={
            "arn": "Arn",
            "bucketRegion": "Region",
            "bucketDomainName": lambda api, name, it: f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": lambda api, name, it: (
                f"{name}.s3.{it['Region']}.amazonaws.com"
            ),
        },
        provider_only=frozenset({"forceDestroy"}),
        forces_replacement=frozenset({"bucket", "objectLockEnabled"}),
    ),
    _of_bucket("BucketObjectLockConfiguration", _LOCK, _put_lock, _describe_lock, _delete_lock),
    _of_bucket(
        "BucketPublicAccessBlock",
        _BLOCK,
        _put_block,
        _describe_block,
        lambda api, name, known: api("s3").delete_public_access_block(Bucket=name),
    ),
    _of_bucket(
        "BucketPolicy",
        _POLICY,
        _put_policy,
        _describe_policy,
        lambda api, name, known: api("s3").delete_bucket_policy(Bucket=name),
    ),
)
