"""Keys and their aliases."""

from __future__ import annotations

from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, plain
from sandbox.providers.aws.tagging import by_id, from_list, tagging
from sandbox.providers.cloud import Properties

DELETION_WINDOW = 30  # days; the provider's and AWS's default

_KEY = (
    Prop("description"),
    Prop("keyUsage", default="ENCRYPT_DECRYPT"),
    Prop("customerMasterKeySpec", "KeySpec", default="SYMMETRIC_DEFAULT"),
    Prop("policy", json=True, computed=True),
    Prop("multiRegion", default=False),
    Prop("enableKeyRotation", default=False, sent=False),
    Prop("rotationPeriodInDays", sent=False, computed=True),
    Prop("isEnabled", "Enabled", default=True, sent=False),
    *plain(customKeyStoreId="CustomKeyStoreId", xksKeyId="XksKeyId"),
)
_TAGS = tagging(
    "kms",
    argument="KeyId",
    reference=by_id,
    key="TagKey",
    value="TagValue",
    read="list_resource_tags",
)


def _create_key(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("kms").create_key(**request)["KeyMetadata"]["KeyId"])


def _rotate(api: Api, key: str, inputs: Properties) -> None:
    if inputs.get("enableKeyRotation"):
        days = inputs.get("rotationPeriodInDays")
        period = {"RotationPeriodInDays": days} if days else {}
        api("kms").enable_key_rotation(KeyId=key, **period)
    else:
        api("kms").disable_key_rotation(KeyId=key)


def _finish_key(api: Api, key: str, inputs: Properties) -> None:
    if inputs.get("enableKeyRotation"):
        _rotate(api, key, inputs)
    if inputs.get("isEnabled") is False:
        api("kms").disable_key(KeyId=key)


def _describe_key(api: Api, key: str, known: Properties) -> Document | None:
    answer = found(api("kms").describe_key, KeyId=key)
    if answer is None or answer["KeyMetadata"]["KeyState"] == "PendingDeletion":
        return None
    document: Document = dict(answer["KeyMetadata"])
    document["Policy"] = api("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    rotation = api("kms").get_key_rotation_status(KeyId=key)
    document["EnableKeyRotation"] = rotation["KeyRotationEnabled"]
    if rotation["KeyRotationEnabled"]:
        document["RotationPeriodInDays"] = rotation.get("RotationPeriodInDays")
    return document


def _update_key(api: Api, key: str, request: Document, change: Change) -> None:
    if change.of("description"):
        api("kms").update_key_description(KeyId=key, Description=request.get("Description", ""))
    if change.of("policy") and "Policy" in request:
        api("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=request["Policy"])
    if change.of("enableKeyRotation", "rotationPeriodInDays"):
        _rotate(api, key, change.inputs)
    if change.of("isEnabled"):
        enabled = change.inputs.get("isEnabled") is not False
        (api("kms").enable_key if enabled else api("kms").disable_key)(KeyId=key)


def _delete_key(api: Api, key: str, known: Properties) -> None:
    days = known.get("deletionWindowInDays") or DELETION_WINDOW
    api("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=days)


def _identify_key(api: Api, inputs: Properties) -> str | None:
    """A key has no name: the one with the same description and all of the tags."""
    for page in api("kms").get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            metadata = api("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if metadata["KeyState"] == "PendingDeletion":
                continue
            if metadata.get("Description", "") != inputs.get("description", ""):
                continue
            answer = api("kms").list_resource_tags(KeyId=key["KeyId"])
            tags = from_list(answer["Tags"], "TagKey", "TagValue")
            if (inputs.get("tags") or {}).items() <= tags.items():
                return str(key["KeyId"])
    return None


def _key_id(reference: Any) -> Any:
    """The id in an ARN or an id: an alias may be given either."""
    return reference.rpartition("/")[2] if isinstance(reference, str) else reference


def _create_alias(api: Api, request: Document, inputs: Properties) -> str:
    api("kms").create_alias(**request)
    return str(request["AliasName"])


def _describe_alias(api: Api, alias: str, known: Properties) -> Document | None:
    for page in api("kms").get_paginator("list_aliases").paginate():
        for item in page["Aliases"]:
            if item["AliasName"] == alias:
                return dict(item)
    return None


KMS = (
    Resource(
        token=token("kms", "Key"),
        service="kms",
        shape=_KEY,
        tagging=_TAGS,
        create=_create_key,
        finish=_finish_key,
        describe=_describe_key,
        update=_update_key,
        delete=_delete_key,
        identify=_identify_key,
        outputs={"arn": "Arn", "keyId": "KeyId"},
        provider_only=frozenset({"deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"}),
        forces_replacement=frozenset(
            {"customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId", "xksKeyId"}
        ),
    ),
    Resource(
        token=token("kms", "Alias"),
        service="kms",
        shape=(Prop("name", "AliasName"), Prop("targetKeyId", plain=_key_id)),
        name=Name(longest=256, before="alias/"),
        create=_create_alias,
        describe=_describe_alias,
        update=lambda api, alias, request, change: api("kms").update_alias(**request),
        delete=lambda api, alias, known: api("kms").delete_alias(AliasName=alias),
        outputs={
            "arn": "AliasArn",
            "targetKeyArn": lambda api, alias, it: api.arn("kms", f"key/{it['TargetKeyId']}"),
        },
        forces_replacement=frozenset({"name"}),
    ),
)
