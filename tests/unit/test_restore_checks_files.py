"""The checks on a restored bucket, against moto's S3: missing, altered, shortened, unreadable."""

import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pulumi_upkeep
import pytest
from moto import mock_aws

# Loads moto.
pytestmark = pytest.mark.slow

FUNCTIONS = Path(pulumi_upkeep.__file__).parent / "functions"
SOURCE, RESTORED = "bynomi-images", "awsbackup-restore-test-1"
# Long after what is put here, as S3 has it.
LATER = timedelta(hours=1)
CHECKS = {"objects": 20, "bytes": 200, "sample": 20}


@pytest.fixture(scope="module")
def code() -> Iterator[Any]:
    """The package as Lambda imports it: its files at the root."""
    path = str(FUNCTIONS / "restore_checks")
    sys.path.insert(0, path)
    yield importlib.import_module("files")
    sys.path.remove(path)
    for name in ("files", "findings", "databases", "checksums", "main"):
        sys.modules.pop(name, None)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=SOURCE)
        client.put_bucket_versioning(Bucket=SOURCE, VersioningConfiguration={"Status": "Enabled"})
        client.create_bucket(Bucket=RESTORED)
        for number in range(20):
            for bucket in (SOURCE, RESTORED):
                client.put_object(
                    Bucket=bucket, Key=f"{number:02}.jpg", Body=f"image {number:02}".encode() * 2
                )
        yield client


Look = Callable[..., dict[str, tuple[bool, str]]]


@pytest.fixture
def look(code: Any, s3: Any) -> Look:
    def run(
        at: datetime | None = None, checks: dict[str, Any] = CHECKS, seconds: float = 600.0
    ) -> dict[str, tuple[bool, str]]:
        moment = at or datetime.now(UTC) + LATER
        found = code.look(s3, SOURCE, RESTORED, checks, moment, "JOB-1", lambda: seconds)
        return {finding.check: (finding.passed, finding.found) for finding in found}

    return run


def test_a_good_copy_passes(look: Look) -> None:
    assert look() == {
        "objects": (True, "20"),
        "bytes": (True, "320"),
        "sample": (True, "20 objects, all the same"),
    }


def test_a_missing_object_fails(look: Look, s3: Any) -> None:
    s3.delete_object(Bucket=RESTORED, Key="07.jpg")
    found = look()
    assert found["objects"] == (False, "19")
    assert found["sample"] == (False, "1 of 20: 07.jpg: missing")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"image 07image 0", "15 bytes instead of 16"),
        (b"image 07image 08", "its CRC32 is another"),
    ],
)
def test_an_altered_object_fails(look: Look, s3: Any, body: bytes, said: str) -> None:
    s3.put_object(Bucket=RESTORED, Key="07.jpg", Body=body)
    assert look()["sample"] == (False, f"1 of 20: 07.jpg: {said}")


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA1", "CRC32"])
def test_what_s3_recorded_of_the_source_is_what_counts(look: Look, s3: Any, algorithm: str) -> None:
    for bucket, body in ((SOURCE, b"right"), (RESTORED, b"wrong")):
        s3.put_object(Bucket=bucket, Key="07.jpg", Body=body, ChecksumAlgorithm=algorithm)
    assert look()["sample"] == (False, f"1 of 20: 07.jpg: its {algorithm} is another")
    s3.put_object(Bucket=RESTORED, Key="07.jpg", Body=b"right", ChecksumAlgorithm=algorithm)
    assert look()["sample"][0]


def test_what_was_written_or_deleted_after_the_moment_does_not_count(
    look: Look, s3: Any, code: Any
) -> None:
    # The moment lies between: moto keeps its own time, so the rule for it is asked directly.
    moments = {
        each["Key"]: each["LastModified"] for each in s3.list_objects_v2(Bucket=SOURCE)["Contents"]
    }
    last = max(moments.values())
    before = list(code.current(s3, SOURCE, last + code.UNCERTAIN + timedelta(seconds=1)))
    assert [each.key for each in before] == sorted(moments)
    # Within 15 minutes of a change nobody can say which state a continuous backup has.
    assert list(code.current(s3, SOURCE, last + timedelta(seconds=1))) == []
    # Before anything was there.
    assert list(code.current(s3, SOURCE, last - timedelta(days=1))) == []


def test_a_deleted_object_is_not_missed(look: Look, s3: Any) -> None:
    s3.delete_object(Bucket=SOURCE, Key="07.jpg")
    s3.delete_object(Bucket=RESTORED, Key="07.jpg")
    assert look()["sample"] == (True, "19 objects, all the same")


def test_an_earlier_version_is_what_the_moment_held(s3: Any, code: Any) -> None:
    s3.put_object(Bucket=SOURCE, Key="07.jpg", Body=b"newer")
    (now,) = [
        each for each in code.current(s3, SOURCE, datetime.now(UTC) + LATER) if each.key == "07.jpg"
    ]
    assert now.size == len(b"newer")
    assert now.version is not None


def test_a_source_that_held_nothing_proves_nothing(look: Look, s3: Any) -> None:
    found = look(at=datetime.now(UTC) - timedelta(days=1))
    assert found["sample"] == (False, "the source held nothing then")


def test_the_same_job_draws_the_same_sample_and_another_one_another(s3: Any, code: Any) -> None:
    def keys(seed: str) -> list[str]:
        objects = code.current(s3, SOURCE, datetime.now(UTC) + LATER)
        return [each.key for each in code.sample(objects, 6, seed)]

    assert keys("JOB-1") == keys("JOB-1")
    assert len(keys("JOB-1")) == 6
    assert len({tuple(keys(f"JOB-{number}")) for number in range(8)}) > 1


def test_half_of_a_sample_is_the_newest(code: Any) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    objects = [
        code.Object(f"{number:03}", None, 1, "e", start + timedelta(minutes=number))
        for number in range(100)
    ]
    chosen = {each.key for each in code.sample(iter(objects), 10, "JOB-1")}
    assert len(chosen) == 10
    assert {f"{number:03}" for number in range(95, 100)} <= chosen


def test_what_no_time_is_left_for_has_failed(look: Look) -> None:
    assert look(seconds=5.0)["sample"] == (
        False,
        "1 of 20: no time was left after 0 of 20 objects",
    )


def test_a_bucket_that_cannot_be_read_is_said(look: Look, s3: Any) -> None:
    for each in s3.list_objects_v2(Bucket=RESTORED)["Contents"]:
        s3.delete_object(Bucket=RESTORED, Key=each["Key"])
    s3.delete_bucket(Bucket=RESTORED)
    ((passed, said),) = look().values()
    assert not passed
    assert "NoSuchBucket" in said
