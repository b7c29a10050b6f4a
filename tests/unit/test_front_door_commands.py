"""What the front door says where something is not as it should be: one line, and what helps."""

import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from tools.upkeep import calendar, commands

REFUSED = ClientError(
    {"Error": {"Code": "AccessDenied", "Message": "not authorized to perform: s3:GetObject"}},
    "GetObject",
)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["upkeep", *arguments])
    return commands.main()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(
            NoCredentialsError(),
            "upkeep: AWS was not reached: Unable to locate credentials; set AWS_PROFILE, or sign "
            "in with `aws sso login`\n",
            id="nobody is signed in",
        ),
        pytest.param(
            REFUSED,
            "upkeep: AWS refused GetObject: not authorized to perform: s3:GetObject; look at "
            "AWS_PROFILE, and at what its role may do\n",
            id="may not",
        ),
        pytest.param(
            FileNotFoundError(2, "No such file or directory", "missing/declared.json"),
            "upkeep: missing/declared.json: No such file or directory\n",
            id="a file",
        ),
    ],
)
def test_what_fails_outside_is_one_line(
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(calendar, "calendar", fails)
    assert run(monkeypatch, "calendar") == 1
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("error", [ValueError("ours"), OSError("of no file")])
def test_a_fault_of_ours_is_hidden_from_nobody(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(calendar, "calendar", fails)
    with pytest.raises(type(error)):
        run(monkeypatch, "calendar")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["calendar", "page", "handbook", "dashboards", "restorable"])
def test_a_file_that_cannot_be_read_is_named_once(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "Pulumi.bad.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert run(monkeypatch, command, "--file", str(file)) == 1
    assert capsys.readouterr().err == (
        "upkeep: Pulumi.bad.yaml: 1 fault\n  Pulumi.bad.yaml: not UTF-8 (byte 0)\n"
    )


@pytest.mark.parametrize(
    "command", ["calendar", "check", "dashboards", "handbook", "page", "restorable", "runbooks"]
)
def test_a_stack_that_there_is_not_is_answered_with_those_that_there_are(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, command, "nosuch") == 1
    assert capsys.readouterr().err == "upkeep: no stack `nosuch` here; there are: staging, prod\n"
