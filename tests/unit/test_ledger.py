"""The evidence ledger: an honest chain reads clean, and nothing is done to it unseen."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.functions.common.ledger import (
    NOTHING,
    Entry,
    Ledger,
    LedgerError,
    fingerprint,
    hash_of,
    key_of,
    newest_proof,
    sealed,
    standing,
    verify,
)

START = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


def chain(count: int, **changes: Any) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(count):
        entries.append(
            sealed(
                entries[-1] if entries else None,
                at=START + timedelta(days=7 * number),
                **{
                    "kind": "restore-test",
                    "name": "database-weekly",
                    "execution": f"job-{number}",
                    "passed": True,
                    "simulated": False,
                    "configuration": "c" * 64,
                    "detail": {"reason": "", "checks": []},
                    **changes,
                },
            )
        )
    return entries


def stored(entries: list[Entry]) -> list[tuple[str, bytes]]:
    return [(key_of(entry.sequence), json.dumps(entry.document()).encode()) for entry in entries]


def problems(objects: list[tuple[str, bytes]], head: str | None = None) -> list[str]:
    return [str(problem) for problem in verify(objects, head).problems]


def test_the_first_entry_follows_nothing_and_every_other_the_one_before() -> None:
    first, second, third = chain(3)
    assert (first.sequence, first.previous) == (1, NOTHING)
    assert (second.sequence, second.previous) == (2, first.hash)
    assert (third.sequence, third.previous) == (3, second.hash)


@given(st.integers(0, 8), st.randoms())
def test_an_honest_chain_reads_clean_in_any_order(count: int, chance: Any) -> None:
    entries = chain(count)
    objects = stored(entries)
    chance.shuffle(objects)
    reading = verify(objects)
    assert reading.problems == ()
    assert list(reading.entries) == entries


@pytest.mark.slow
@given(
    st.integers(1, 6),
    st.data(),
    st.sampled_from(["at", "name", "execution", "passed", "simulated", "configuration", "detail"]),
)
def test_whatever_is_changed_in_an_entry_is_found(count: int, data: Any, field: str) -> None:
    entries = chain(count, passed=False, simulated=True)
    which = data.draw(st.integers(0, count - 1))
    document = entries[which].document()
    changed = {
        "at": "2026-11-01T06:00:01+00:00",
        "name": "another",
        "execution": "another",
        "passed": True,
        "simulated": False,
        "configuration": "d" * 64,
        "detail": {"reason": "all was well"},
    }
    objects = stored(entries)
    document[field] = changed[field]
    objects[which] = (objects[which][0], json.dumps(document).encode())
    assert f"entry {which + 1:06d}: was changed: its hash is not that of its content" in problems(
        objects
    )
    # Sealed anew, the entry after it gives it away; the last one only a noted head does.
    document["hash"] = hash_of(document)
    objects[which] = (objects[which][0], json.dumps(document).encode())
    found = problems(objects, verify(stored(entries)).head)
    follows = f"entry {which + 2:06d}: does not follow from the entry before it"
    assert follows in found if which < count - 1 else found


@given(st.integers(2, 7), st.data())
def test_an_entry_that_was_taken_out_leaves_a_gap(count: int, data: Any) -> None:
    objects = stored(chain(count))
    which = data.draw(st.integers(0, count - 2))
    del objects[which]
    assert problems(objects) == [
        f"entry {which + 2:06d}: gap: {which + 1:06d} before it is missing"
    ]


@given(st.integers(2, 7), st.data())
def test_what_is_cut_off_at_the_end_a_noted_head_shows(count: int, data: Any) -> None:
    entries = chain(count)
    keep = data.draw(st.integers(0, count - 1))
    head = verify(stored(entries)).head
    assert problems(stored(entries[:keep])) == []
    assert problems(stored(entries[:keep]), head) == [
        f"cut off: it ended at {count} once, and ends at {keep} now"
    ]


@given(st.integers(2, 7), st.data())
def test_entries_that_changed_places_are_found(count: int, data: Any) -> None:
    objects = stored(chain(count))
    one = data.draw(st.integers(0, count - 2))
    other = data.draw(st.integers(one + 1, count - 1))
    objects[one], objects[other] = (
        (objects[one][0], objects[other][1]),
        (objects[other][0], objects[one][1]),
    )
    found = problems(objects)
    assert f"entry {one + 1:06d}: was moved: it says that it is {other + 1:06d}" in found


def test_an_entry_put_in_between_is_found() -> None:
    entries = chain(3)
    strange = sealed(
        entries[0],
        kind="restore-test",
        name="database-weekly",
        execution="job-x",
        passed=True,
        simulated=False,
        configuration="c" * 64,
        detail={},
        at=START + timedelta(days=7),
    )
    objects = stored([entries[0], strange, entries[2]])
    assert problems(objects) == ["entry 000003: does not follow from the entry before it"]


def test_a_chain_written_anew_differs_from_the_head_that_was_noted() -> None:
    head = verify(stored(chain(3))).head
    forged = stored(chain(3, passed=True, detail={"reason": "forged"}))
    assert problems(forged) == []
    assert problems(forged, head)[0].startswith("entry 000003: is another than the one noted")


@pytest.mark.parametrize(
    ("key", "content", "expected"),
    [
        ("ledger/000001.json", b"{", "entry 000001: cannot be read"),
        ("ledger/000001.json", b'{"sequence": 1}', "entry 000001: cannot be read"),
        ("ledger/1.json", b"{}", "`ledger/1.json` is no entry of a ledger"),
        ("ledger/notes.txt", b"{}", "`ledger/notes.txt` is no entry of a ledger"),
    ],
)
def test_what_is_no_entry_is_said(key: str, content: bytes, expected: str) -> None:
    assert problems([(key, content)]) == [expected]


def test_a_clock_that_went_back_is_said() -> None:
    first = chain(1)[0]
    second = sealed(
        first,
        kind="drill",
        name="complete-outage",
        execution="e",
        passed=True,
        simulated=False,
        configuration="",
        detail={},
        at=START - timedelta(seconds=1),
    )
    assert problems(stored([first, second])) == ["entry 000002: is older than the entry before it"]


# ---- what a proof is worth -----------------------------------------------------------------------

WEEK = timedelta(days=8)


def judged(entries: list[Entry], now: datetime, configuration: str = "c" * 64, **more: Any) -> str:
    return standing(
        entries,
        "restore-test",
        "database-weekly",
        configuration=configuration,
        at_most=WEEK,
        now=now,
        **more,
    ).state


def test_a_proof_is_fresh_until_it_is_too_old() -> None:
    entries = chain(1)
    assert judged(entries, START + WEEK) == "fresh"
    assert judged(entries, START + WEEK + timedelta(seconds=1)) == "stale"


def test_a_proof_of_another_plan_is_stale() -> None:
    assert judged(chain(1), START, configuration="d" * 64) == "stale"


def test_a_simulated_proof_proves_nothing_of_an_account_and_a_real_one_nothing_of_a_sandbox() -> (
    None
):
    assert judged(chain(1, simulated=True), START) == "never"
    assert judged(chain(1, simulated=True), START, simulated=True) == "fresh"
    assert judged(chain(1, simulated=False), START, simulated=True) == "never"


def test_after_a_failure_nothing_is_fresh_and_the_last_good_proof_is_still_named() -> None:
    good = chain(1)
    bad = sealed(
        good[0],
        kind="restore-test",
        name="database-weekly",
        execution="job-1",
        passed=False,
        simulated=False,
        configuration="c" * 64,
        detail={"reason": "rows of orders: 3; expected 1000 at least"},
        at=START + timedelta(days=7),
    )
    found = standing(
        [*good, bad],
        "restore-test",
        "database-weekly",
        configuration="c" * 64,
        at_most=WEEK,
        now=START + timedelta(days=7),
    )
    assert (found.state, found.proof) == ("failed", good[0])
    assert "rows of orders" in found.why


def test_a_failed_entry_is_no_proof() -> None:
    assert newest_proof(chain(2, passed=False), "restore-test", "database-weekly") is None


def test_the_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": [1, 2]}) != fingerprint({"a": [2, 1]})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(LedgerError, match="no kind of proof"):
        chain(1, kind="hope")


# ---- in a bucket ---------------------------------------------------------------------------------


class Bucket:
    """What the ledger asks of S3, in memory: versions, deletions and conditional writes."""

    def __init__(self) -> None:
        self.versions: dict[str, list[bytes | None]] = {}
        self.lock = threading.Lock()
        self.before_put: Callable[[], None] = lambda: None

    def put_object(self, Key: str, Body: bytes, IfNoneMatch: str = "", **_: Any) -> None:
        self.before_put()
        with self.lock:
            history = self.versions.setdefault(Key, [])
            if IfNoneMatch == "*" and history and history[-1] is not None:
                error = RuntimeError("taken")
                error.response = {"Error": {"Code": "PreconditionFailed"}}  # type: ignore[attr-defined]
                raise error
            history.append(Body)

    def delete(self, key: str) -> None:
        self.versions[key].append(None)

    def get_object(self, Key: str, VersionId: str | None = None, **_: Any) -> dict[str, Any]:
        history = self.versions[Key]
        content = history[-1] if VersionId is None else history[int(VersionId)]
        assert content is not None
        return {"Body": BytesIO(content)}

    def get_paginator(self, operation: str) -> Any:
        bucket = self

        class Pages:
            def paginate(self, **_: Any) -> list[dict[str, Any]]:
                if operation == "list_objects_v2":
                    found = [k for k, v in sorted(bucket.versions.items()) if v[-1] is not None]
                    return [{"Contents": [{"Key": key} for key in found]}, {}]
                versions: list[dict[str, str]] = []
                markers: list[dict[str, str]] = []
                for key, history in sorted(bucket.versions.items()):
                    for number in reversed(range(len(history))):
                        entry = {"Key": key, "VersionId": str(number)}
                        (markers if history[number] is None else versions).append(entry)
                return [{"Versions": versions, "DeleteMarkers": markers}]

        return Pages()


def append(ledger: Ledger, execution: str, **more: Any) -> Entry:
    return ledger.append(
        **{
            "kind": "restore-test",
            "name": "database-weekly",
            "execution": execution,
            "passed": True,
            "simulated": False,
            "configuration": "c" * 64,
            "detail": {"took": timedelta(seconds=3).total_seconds()},
            **more,
        }
    )


def test_what_is_appended_is_read_back() -> None:
    ledger = Ledger(Bucket(), "evidence")
    written = [append(ledger, f"job-{number}") for number in range(3)]
    reading = ledger.read()
    assert (list(reading.entries), reading.problems) == (written, ())
    assert ledger.audit() == reading


def test_one_execution_is_one_entry() -> None:
    ledger = Ledger(Bucket(), "evidence")
    first = append(ledger, "job-1")
    assert append(ledger, "job-1", passed=False) == first
    assert len(ledger.read().entries) == 1


def test_who_comes_second_takes_the_next_place() -> None:
    bucket = Bucket()
    ledger = Ledger(bucket, "evidence")

    def other_first() -> None:
        bucket.before_put = lambda: None
        append(Ledger(bucket, "evidence"), "theirs")

    bucket.before_put = other_first
    mine = append(ledger, "mine")
    assert mine.sequence == 2
    assert [entry.execution for entry in ledger.read().entries] == ["theirs", "mine"]
    assert ledger.read().problems == ()


def test_many_at_once_make_one_chain() -> None:
    bucket = Bucket()
    threads = [
        threading.Thread(target=append, args=(Ledger(bucket, "evidence"), f"job-{number}"))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reading = Ledger(bucket, "evidence").read()
    assert reading.problems == ()
    assert {entry.execution for entry in reading.entries} == {f"job-{n}" for n in range(8)}


def test_nothing_is_built_on_a_broken_chain() -> None:
    bucket = Bucket()
    ledger = Ledger(bucket, "evidence")
    append(ledger, "job-1")
    bucket.versions["ledger/000001.json"][0] = b"{}"
    with pytest.raises(LedgerError, match=r"is broken: entry 000001: cannot be read"):
        append(ledger, "job-2")


def test_an_entry_that_was_written_over_or_deleted_is_found_and_its_first_version_counts() -> None:
    bucket = Bucket()
    ledger = Ledger(bucket, "evidence")
    entries = [append(ledger, f"job-{number}", passed=False) for number in range(3)]
    forged = {**entries[0].document(), "passed": True}
    forged["hash"] = hash_of(forged)
    bucket.versions["ledger/000001.json"].append(json.dumps(forged).encode())
    bucket.delete("ledger/000003.json")
    reading = ledger.audit()
    assert list(reading.entries) == entries
    assert [str(problem) for problem in reading.problems] == [
        "entry 000001: was written over",
        "entry 000003: was deleted; its first version is still there",
    ]
