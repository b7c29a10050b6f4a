"""S3: replication, of which moto keeps the document and tells only some of it.

Here all of it is told, what S3 refuses is refused, and objects do get there: what is written to a
bucket with a rule is in its destination at once, under the same key. Objects that were there before
the rule stay behind, as they do with S3.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.backends import get_backend
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import iam_backends
from moto.s3.exceptions import ReplicationConfigurationNotFoundError, S3ClientError
from moto.s3.models import FakeBucket, S3Backend, get_canned_acl, s3_backends
from moto.s3.responses import S3Response

# S3 Replication Time Control, and the metrics' threshold: no other figure is taken.
REPLICATION_MINUTES = 15
_PRINCIPAL = "s3.amazonaws.com"


def _put(self: S3Backend, bucket_name: str, replication: dict[str, Any]) -> None:
    rules = replication["Rule"]
    rules = [rules] if isinstance(rules, dict) else rules
    for rule in rules:
        _check(self, bucket_name, replication["Role"], rule)
    _ORIGINAL_PUT(self, bucket_name, {**replication, "Rule": rules})


_ORIGINAL_PUT = S3Backend.put_bucket_replication
_ORIGINAL_PUT_OBJECT = S3Backend.put_object


def _check(backend: S3Backend, name: str, role: str, rule: Mapping[str, Any]) -> None:
    source = backend.get_bucket(name)
    if not source.is_versioned:
        raise _invalid("Versioning must be 'Enabled' on the bucket to apply a replication config")
    there = rule["Destination"]["Bucket"].rpartition(":")[2]
    destination = _bucket_named(backend.account_id, there)
    if destination is None:
        raise _invalid("Destination bucket must exist.")
    if not destination.is_versioned:
        raise _invalid("Destination bucket must have versioning enabled.")
    roles = iam_backends[backend.account_id]["aws"].roles.values()
    trust = next((each.assume_role_policy_document for each in roles if each.arn == role), "")
    if _PRINCIPAL not in trust:
        raise _invalid("The role of a replication config must trust S3")
    time = rule["Destination"].get("ReplicationTime")
    metrics = rule["Destination"].get("Metrics")
    for each, key in ((time, "Time"), (metrics, "EventThreshold")):
        given = (each or {}).get(key)
        if given is not None and int(given["Minutes"]) != REPLICATION_MINUTES:
            raise _invalid(f"Minutes must be {REPLICATION_MINUTES}")
    if (
        time is not None
        and time["Status"] == "Enabled"
        and (metrics or {}).get("Status") != ("Enabled")
    ):
        raise _invalid("Replication Time Control needs replication metrics")
    if "Filter" in rule and "DeleteMarkerReplication" not in rule:
        raise _invalid("DeleteMarkerReplication must be specified for this version of Rule")


def _invalid(message: str) -> Exception:
    return S3ClientError("InvalidRequest", message)


def _bucket_named(account: str, name: str) -> Any:
    return s3_backends[account]["aws"].buckets.get(name)


def _get(self: S3Response) -> Any:
    self.data["Action"] = "GetBucketReplication"
    found = self.backend.get_bucket_replication(self.bucket_name)
    if not found:
        raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
    document = {"Role": found["Role"], "Rules": [_rule(rule) for rule in found["Rule"]]}
    return self.serialized(ActionResult({"ReplicationConfiguration": document}))


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in rule.items() if value is not None}
    told["Priority"] = int(rule.get("Priority") or 0)
    told["Filter"] = {"Prefix": (rule.get("Filter") or {}).get("Prefix") or ""}
    destination = dict(rule["Destination"])
    for block, inner in (("ReplicationTime", "Time"), ("Metrics", "EventThreshold")):
        if block in destination and inner in (destination[block] or {}):
            minutes = int(destination[block][inner]["Minutes"])
            destination[block] = {**destination[block], inner: {"Minutes": minutes}}
    told["Destination"] = destination
    return told


def _put_object(self: S3Backend, bucket_name: str, key_name: str, *args: Any, **rest: Any) -> Any:
    made = _ORIGINAL_PUT_OBJECT(self, bucket_name, key_name, *args, **rest)
    for there in _destinations(self, bucket_name, key_name):
        copy = _ORIGINAL_PUT_OBJECT(self, there, key_name, made.value)
        # Responses set the list of who may read; a replica has the bucket's own.
        copy.set_acl(get_canned_acl("private"))
    return made


def _destinations(backend: S3Backend, bucket: str, key: str) -> Iterator[str]:
    replication = backend.get_bucket_replication(bucket) or {"Rule": []}
    for rule in replication["Rule"]:
        prefix = (rule.get("Filter") or {}).get("Prefix") or ""
        if rule["Status"] == "Enabled" and key.startswith(prefix):
            yield rule["Destination"]["Bucket"].rpartition(":")[2]


def _permission(self: FakeBucket, action: str, resource: str) -> Any:
    """What a bucket's policy says of an action.

    moto reads no conditions. Here a statement about calls without TLS is none about calls on this
    machine, which nobody can listen to; the others are left as moto takes them.
    """
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy)
    statements = [one for one in document["Statement"] if not _about_plain_calls(one)]
    if not statements:
        return PermissionResult.NEUTRAL
    read = IAMPolicy(json.dumps({**document, "Statement": statements}))
    return read.is_action_permitted(action, resource)


def _about_plain_calls(statement: Mapping[str, Any]) -> bool:
    secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return str(secure).lower() == "false"


def install() -> None:
    """Put this in moto's place, method by method: S3 has routes of its own."""
    get_backend("s3")
    FakeBucket.get_permission = _permission  # type: ignore[method-assign]
    S3Backend.put_bucket_replication = _put  # type: ignore[method-assign]
    S3Backend.put_object = _put_object  # type: ignore[method-assign]
    S3Response.get_bucket_replication = _get  # type: ignore[method-assign]
