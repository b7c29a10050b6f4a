"""What is looked at in a restored bucket, against the one it is a copy of. Both are only read."""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import base64
import hashlib
import heapq
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from findings import Finding

# AWS Backup follows a bucket's changes within 15 minutes: what changed so shortly before the moment
# that was restored may be in either state.
UNCERTAIN = timedelta(minutes=15)
# Left of the function's time when the last object is read.
ANSWER_SECONDS = 15
# What S3 calls its checksums, and how they are computed here. CRC-64 and CRC-32C are not in the
# standard library: of those the restored object's own is asked for.
_COMPUTED: Mapping[str, Callable[[], Any]] = {
    "ChecksumSHA256": hashlib.sha256,
    "ChecksumSHA1": hashlib.sha1,
}
_RECORDED = ("ChecksumSHA256", "ChecksumSHA1", "ChecksumCRC64NVME", "ChecksumCRC32C")


@dataclass(frozen=True)
class Object:
    """A version of an object of the source: the one that was current at the restored moment."""

    key: str
    version: str | None
    size: int
    etag: str
    modified: datetime


def look(
    s3: Any,
    source: str,
    restored: str,
    checks: Mapping[str, Any],
    at: datetime,
    seed: str,
    remaining: Callable[[], float],
) -> Iterator[Finding]:
    """Counts, sizes, and a sample against the source.

    checks   ``objects`` and ``bytes`` (at least), ``sample`` (how many objects)
    at       the moment that was restored
    seed     decides with the key which objects are the sample's: the same job, the same sample
    """
    count = size = 0
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=restored):
            for found in page.get("Contents", ()):
                count += 1
                size += int(found["Size"])
    except Exception as fault:
        yield Finding("restored bucket", False, _said(fault), "it can be listed")
        return
    if "objects" in checks:
        least = int(checks["objects"])
        yield Finding("objects", count >= least, str(count), f"{least} at least")
    if "bytes" in checks:
        least = int(checks["bytes"])
        yield Finding("bytes", size >= least, str(size), f"{least} at least")
    if wanted := int(checks.get("sample") or 0):
        yield _sample(s3, source, restored, wanted, at, seed, remaining)


def _sample(
    s3: Any,
    source: str,
    restored: str,
    wanted: int,
    at: datetime,
    seed: str,
    remaining: Callable[[], float],
) -> Finding:
    expected = "the same content as in the source"
    try:
        chosen = sample(current(s3, source, at), wanted, seed)
    except Exception as fault:
        return Finding("sample", False, f"the source cannot be listed: {_said(fault)}", expected)
    if not chosen:
        return Finding("sample", False, "the source held nothing then", expected)
    wrong = []
    for read, each in enumerate(chosen):
        if remaining() < ANSWER_SECONDS:
            wrong.append(f"no time was left after {read} of {len(chosen)} objects")
            break
        try:
            if (problem := differs(s3, source, restored, each)) is not None:
                wrong.append(f"{each.key}: {problem}")
        except Exception as fault:
            wrong.append(f"{each.key}: {_said(fault)}")
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return Finding(
            "sample",
            False,
            f"{len(wrong)} of {len(chosen)}: " + "; ".join(wrong[:3]) + more,
            expected,
        )
    return Finding("sample", True, f"{len(chosen)} objects, all the same", expected)


def current(s3: Any, bucket: str, at: datetime) -> Iterator[Object]:
    """What every key held at a moment, as far as it is certain.

    Keys that changed within 15 minutes before the moment are left out.
    """
    for key, history in _histories(s3, bucket):
        before = [each for each in history if each["LastModified"] <= at]
        if not before:
            continue
        last = max(each["LastModified"] for each in before)
        # S3 tells seconds: of several changes within one only the very last is known.
        newest = _only([each for each in before if each["LastModified"] == last])
        # A deletion has no size.
        if newest is None or "Size" not in newest:
            continue
        if newest["LastModified"] > at - UNCERTAIN:
            continue
        version = newest.get("VersionId")
        yield Object(
            key,
            None if version in (None, "null") else version,
            int(newest["Size"]),
            str(newest["ETag"]).strip('"'),
            newest["LastModified"],
        )


def _only(changes: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    latest = [each for each in changes if len(changes) == 1 or each.get("IsLatest")]
    return latest[0] if latest else None


def _histories(s3: Any, bucket: str) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Each key's versions and deletions. S3 lists by key; a key may go on on the next page."""
    open_key: str | None = None
    history: list[Mapping[str, Any]] = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        for entry in sorted(entries, key=lambda each: str(each["Key"])):
            if entry["Key"] != open_key:
                if open_key is not None:
                    yield open_key, history
                open_key, history = str(entry["Key"]), []
            history.append(entry)
    if open_key is not None:
        yield open_key, history


def sample(objects: Iterator[Object], wanted: int, seed: str) -> list[Object]:
    """Half of them the newest, which a backup that is too old lacks; the others by lot.

    The lot is drawn by a hash of the seed and the key, so that a person can draw it again.
    """
    newest: list[tuple[datetime, str, Object]] = []
    lots: list[tuple[int, str, Object]] = []
    half = (wanted + 1) // 2
    for each in objects:
        _keep(newest, (each.modified, each.key, each), half)
        digest = hashlib.sha256(f"{seed}\n{each.key}".encode()).digest()
        _keep(lots, (int.from_bytes(digest[:8], "big"), each.key, each), wanted)
    chosen = {entry[2].key: entry[2] for entry in newest}
    for _, key, each in sorted(lots, reverse=True):
        if len(chosen) >= wanted:
            break
        chosen.setdefault(key, each)
    return [chosen[key] for key in sorted(chosen)]


def _keep(heap: list[Any], entry: tuple[Any, str, Object], most: int) -> None:
    if len(heap) < most:
        heapq.heappush(heap, entry)
    elif entry[:2] > heap[0][:2]:
        heapq.heapreplace(heap, entry)


def differs(s3: Any, source: str, restored: str, each: Object) -> str | None:
    """What is different about the restored object; None where it is the same.

    Held against the checksum that S3 recorded for the source, which is not read for it; where S3
    recorded none that can be computed, both are read.
    """
    try:
        copy = s3.get_object(Bucket=restored, Key=each.key, ChecksumMode="ENABLED")
    except s3.exceptions.NoSuchKey:
        return "missing"
    if int(copy["ContentLength"]) != each.size:
        return f"{copy['ContentLength']} bytes instead of {each.size}"
    version = {"VersionId": each.version} if each.version else {}
    recorded = s3.head_object(Bucket=source, Key=each.key, ChecksumMode="ENABLED", **version)
    whole = recorded.get("ChecksumType") in (None, "FULL_OBJECT")
    for name, algorithm in _COMPUTED.items():
        # Of an object in parts the checksum is one of the parts' checksums: "...-3".
        if (expected := recorded.get(name)) and whole and "-" not in expected:
            found = base64.b64encode(_digest(copy["Body"], algorithm())).decode()
            return None if found == expected else f"its {name[8:]} is another"
    if (expected := recorded.get("ChecksumCRC32")) and whole and "-" not in expected:
        found = base64.b64encode(_crc32(copy["Body"]).to_bytes(4, "big")).decode()
        return None if found == expected else "its CRC32 is another"
    for name in _RECORDED:
        if recorded.get(name) and whole and copy.get(name):
            return None if copy[name] == recorded[name] else f"its {name[8:]} is another"
    # The ETag is the content's MD5 where it came in one piece and no key of KMS encrypts it.
    if "-" not in each.etag and not str(recorded.get("ServerSideEncryption", "")).startswith(
        "aws:kms"
    ):
        md5 = hashlib.md5(usedforsecurity=False)
        _digest(copy["Body"], md5)
        return None if md5.hexdigest() == each.etag else "its ETag's MD5 is another"
    original = s3.get_object(Bucket=source, Key=each.key, **version)
    same = _digest(copy["Body"], hashlib.sha256()) == _digest(original["Body"], hashlib.sha256())
    return None if same else "its content is another"


def _digest(body: Any, algorithm: Any) -> bytes:
    for chunk in body.iter_chunks(1 << 20):
        algorithm.update(chunk)
    digest: bytes = algorithm.digest()
    return digest


def _crc32(body: Any) -> int:
    value = 0
    for chunk in body.iter_chunks(1 << 20):
        value = zlib.crc32(chunk, value)
    return value


def _said(fault: BaseException) -> str:
    return " ".join(str(fault).split()) or type(fault).__name__
