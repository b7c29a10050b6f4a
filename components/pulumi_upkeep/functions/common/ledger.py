"""The evidence ledger: what was proved, when, and by which execution, each entry bound to the last.

An entry is one object of an object-locked bucket, ``ledger/000001.json``, and carries the hash of
the entry before it. What the chain shows by itself: an entry that was changed, taken out, moved or
put in between. What it cannot show by itself is that the newest entries were cut off, or that
somebody with the right to do so wrote the whole chain anew: against the first stands the bucket's
lock and its versions, which are looked at too, against the second a head that was noted elsewhere.

Standard library only: the functions and the tools share this file.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

PREFIX = "ledger/"
# The hash before the first entry.
NOTHING = "0" * 64
KINDS = ("restore-test", "drill")
# How often an append is tried again when others append at the same time.
ATTEMPTS = 20
# What S3 answers to a conditional write that came second.
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_FIELDS = (
    "sequence",
    "previous",
    "at",
    "kind",
    "name",
    "execution",
    "passed",
    "simulated",
    "configuration",
    "detail",
)


class LedgerError(Exception):
    """The ledger cannot be written or trusted; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One proof.

    sequence        1, 2, 3, ...
    previous        hash of the entry before it; 64 zeros before the first
    at              ISO 8601 in UTC
    kind            ``restore-test`` or ``drill``
    name            of the test or the scenario
    execution       the restore job's or the automation execution's id
    passed          whether it proved what it was to prove
    simulated       whether it ran in a sandbox: such an entry proves nothing of a real account
    configuration   sha256 of the part of the plan it was about
    detail          what was looked at and found
    hash            sha256 over all of the above
    """

    sequence: int
    previous: str
    at: str
    kind: str
    name: str
    execution: str
    passed: bool
    simulated: bool
    configuration: str
    detail: Mapping[str, Any]
    hash: str

    def document(self) -> dict[str, Any]:
        """The entry as it is stored."""
        return {**{name: getattr(self, name) for name in _FIELDS}, "hash": self.hash}

    @property
    def moment(self) -> datetime:
        """When it was written."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a ledger, and where.

    sequence   the place in the chain; 0 where it is about the whole
    """

    sequence: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.sequence:06d}: {self.what}" if self.sequence else self.what


@dataclass(frozen=True)
class Reading:
    """A ledger as it was found: what could be read, and what is wrong with it."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = field(default=())

    @property
    def head(self) -> str:
        """``3:9f2c...``: the place and the hash of the newest entry, to be noted elsewhere."""
        return f"{self.entries[-1].sequence}:{self.entries[-1].hash}" if self.entries else "0:"


def canonical(value: Any) -> bytes:
    """The one way in which a value is written before it is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def fingerprint(value: Any) -> str:
    """sha256 of a part of the plan, as it was written."""
    return hashlib.sha256(canonical(value)).hexdigest()


def hash_of(document: Mapping[str, Any]) -> str:
    """The hash an entry has to carry."""
    return fingerprint({name: document.get(name) for name in _FIELDS})


def sealed(
    previous: Entry | None,
    *,
    kind: str,
    name: str,
    execution: str,
    passed: bool,
    simulated: bool,
    configuration: str,
    detail: Mapping[str, Any],
    at: datetime,
) -> Entry:
    """The entry that follows another (None: the first)."""
    if kind not in KINDS:
        raise LedgerError(f"`{kind}` is no kind of proof; known: {', '.join(KINDS)}")
    document = {
        "sequence": previous.sequence + 1 if previous else 1,
        "previous": previous.hash if previous else NOTHING,
        "at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "kind": kind,
        "name": name,
        "execution": execution,
        "passed": passed,
        "simulated": simulated,
        "configuration": configuration,
        # As it will be read back: tuples are lists, keys are text.
        "detail": json.loads(canonical(dict(detail))),
    }
    return Entry(**document, hash=hash_of(document))


def key_of(sequence: int) -> str:
    """``ledger/000001.json``."""
    return f"{PREFIX}{sequence:06d}.json"


def verify(stored: Iterable[tuple[str, bytes]], head: str | None = None) -> Reading:
    """Reads a ledger and finds what was done to it.

    stored   key and content of each object, in any order
    head     ``sequence:hash`` that was noted earlier: it must still be in the chain
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    expected, previous = 1, NOTHING
    for key, content in sorted(stored):
        number = key.removeprefix(PREFIX).removesuffix(".json")
        if key != f"{PREFIX}{number}.json" or not number.isdigit() or key != key_of(int(number)):
            problems.append(Problem(0, f"`{key}` is no entry of a ledger"))
            continue
        place = int(number)
        if place > expected:
            missing = ", ".join(f"{each:06d}" for each in range(expected, min(place, expected + 5)))
            problems.append(Problem(place, f"gap: {missing} before it is missing"))
        entry, wrong = _read(place, content)
        problems += wrong
        if entry is None:
            # Whatever follows cannot be held against it: one finding, not two.
            expected, previous = place + 1, ""
            continue
        if previous and entry.previous != previous and place == expected:
            problems.append(Problem(place, "does not follow from the entry before it"))
        entries.append(entry)
        expected, previous = place + 1, entry.hash
    if head is not None and (wrong_head := _head_problem(entries, head)):
        problems.append(wrong_head)
    for earlier, later in pairwise(entries):
        if later.at < earlier.at:
            problems.append(Problem(later.sequence, "is older than the entry before it"))
    return Reading(tuple(entries), tuple(problems))


def _read(place: int, content: bytes) -> tuple[Entry | None, list[Problem]]:
    try:
        document = json.loads(content)
        entry = Entry(**document)
        _ = entry.moment
    except (ValueError, TypeError):
        return None, [Problem(place, "cannot be read")]
    problems = []
    if entry.hash != hash_of(document):
        problems.append(Problem(place, "was changed: its hash is not that of its content"))
    if entry.sequence != place:
        problems.append(Problem(place, f"was moved: it says that it is {entry.sequence:06d}"))
    return entry, problems


def _head_problem(entries: Sequence[Entry], head: str) -> Problem | None:
    number, _, digest = head.partition(":")
    if not number.isdigit():
        return Problem(0, f"`{head}` is no head of a ledger: `3:9f2c...`")
    if number == "0" or any(f"{each.sequence}:{each.hash}" == head for each in entries):
        return None
    last = entries[-1].sequence if entries else 0
    if last < int(number):
        return Problem(0, f"cut off: it ended at {number} once, and ends at {last} now")
    return Problem(int(number), f"is another than the one noted ({digest[:12]}...)")


# ---- what a proof is worth today -----------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What is proved of one test or scenario.

    state   ``fresh``, ``stale`` (too old, or the plan's part changed since), ``failed`` (the newest
            one did not pass) or ``never``
    proof   the newest passed entry; None without one
    why     in words
    """

    state: str
    proof: Entry | None
    why: str


def counted(entries: Iterable[Entry], *, simulated: bool) -> list[Entry]:
    """The entries that count where one stands: simulated ones in a sandbox only, and real ones in a
    real account only."""
    return [entry for entry in entries if entry.simulated == simulated]


def newest_proof(
    entries: Iterable[Entry], kind: str, name: str, *, simulated: bool = False
) -> Entry | None:
    """The newest entry that passed."""
    found = [
        entry
        for entry in counted(entries, simulated=simulated)
        if entry.passed and (entry.kind, entry.name) == (kind, name)
    ]
    return found[-1] if found else None


def standing(
    entries: Sequence[Entry],
    kind: str,
    name: str,
    *,
    configuration: str,
    at_most: timedelta,
    now: datetime,
    simulated: bool = False,
) -> Standing:
    """Whether a proof is fresh: passed, young enough, and about today's plan.

    configuration   sha256 of the plan's part as it is now; empty where it is not asked
    """
    proof = newest_proof(entries, kind, name, simulated=simulated)
    mine = [
        entry
        for entry in counted(entries, simulated=simulated)
        if (entry.kind, entry.name) == (kind, name)
    ]
    if not mine:
        return Standing("never", None, "nothing was ever proved")
    if not mine[-1].passed:
        reason = str(mine[-1].detail.get("reason", "")) or "it did not pass"
        return Standing("failed", proof, f"the newest one failed: {reason}")
    assert proof is not None
    age = now - proof.moment
    if age > at_most:
        return Standing("stale", proof, f"{days(age):.1f} days old, {days(at_most):g} are allowed")
    if configuration and proof.configuration != configuration:
        return Standing("stale", proof, "the plan has changed since")
    return Standing("fresh", proof, f"{days(age):.1f} days old, {days(at_most):g} are allowed")


def days(length: timedelta) -> float:
    """A length in days."""
    return length / timedelta(days=1)


# ---- in the bucket -------------------------------------------------------------------------------


class Ledger:
    """The ledger in a bucket.

    s3       boto3's client
    bucket   versioned, with an object lock
    """

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def read(self, head: str | None = None) -> Reading:
        """The chain as it is, without the bucket's history."""
        return verify(((key, self._content(key)) for key in self._keys()), head)

    def audit(self, head: str | None = None) -> Reading:
        """The chain as it was first written, and what was done to its objects since.

        In a locked bucket an object can be covered by a newer version or by a deletion, and the
        first version is still there: that one counts, and the cover is a finding.
        """
        versions: dict[str, list[dict[str, Any]]] = {}
        deleted: set[str] = set()
        for page in self._s3.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=PREFIX
        ):
            for version in page.get("Versions", ()):
                versions.setdefault(version["Key"], []).append(version)
            deleted |= {marker["Key"] for marker in page.get("DeleteMarkers", ())}
        stored, problems = [], []
        for key, found in sorted(versions.items()):
            # Listed from the newest to the oldest.
            first = found[-1]
            body = self._s3.get_object(Bucket=self.bucket, Key=key, VersionId=first["VersionId"])[
                "Body"
            ].read()
            stored.append((key, body))
            if len(found) > 1:
                problems.append(Problem(_place(key), "was written over"))
        problems += [
            Problem(
                _place(key),
                "was deleted; its first version is still there"
                if key in versions
                else "was deleted",
            )
            for key in sorted(deleted)
        ]
        reading = verify(stored, head)
        return Reading(reading.entries, (*reading.problems, *problems))

    def append(
        self,
        *,
        kind: str,
        name: str,
        execution: str,
        passed: bool,
        simulated: bool,
        configuration: str,
        detail: Mapping[str, Any],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Entry:
        """Writes the next entry; an execution that is in the ledger already is not written again.

        Others may append at the same time: a place in the chain is taken by a conditional write,
        and whoever comes second takes the next one. Raises LedgerError on a broken chain: nothing
        is ever built on it.
        """
        for _ in range(ATTEMPTS):
            reading = self.read()
            if reading.problems:
                broken = "; ".join(str(problem) for problem in reading.problems)
                raise LedgerError(f"the ledger in {self.bucket} is broken: {broken}")
            for entry in reading.entries:
                if (entry.kind, entry.name, entry.execution) == (kind, name, execution):
                    return entry
            entry = sealed(
                reading.entries[-1] if reading.entries else None,
                kind=kind,
                name=name,
                execution=execution,
                passed=passed,
                simulated=simulated,
                configuration=configuration,
                detail=detail,
                at=now(),
            )
            if put_once(self._s3, self.bucket, key_of(entry.sequence), entry.document()):
                return entry
        raise LedgerError(f"{ATTEMPTS} attempts to write to {self.bucket}, and others came first")

    def _keys(self) -> list[str]:
        return [
            found["Key"]
            for page in self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=PREFIX
            )
            for found in page.get("Contents", ())
        ]

    def _content(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content


def put_once(s3: Any, bucket: str, key: str, document: Mapping[str, Any]) -> bool:
    """Writes an object that is not there yet; False where it is."""
    try:
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=json.dumps(document, indent=2, sort_keys=True).encode(),
            ContentType="application/json",
            # A bucket with an object lock asks for a checksum with every write.
            ChecksumAlgorithm="SHA256",
            IfNoneMatch="*",
        )
    except Exception as fault:
        response: Mapping[str, Any] = getattr(fault, "response", {})
        if str(response.get("Error", {}).get("Code")) in _TAKEN:
            return False
        raise
    return True


def _place(key: str) -> int:
    number = key.removeprefix(PREFIX).removesuffix(".json")
    return int(number) if number.isdigit() else 0
