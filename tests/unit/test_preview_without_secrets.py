"""The copy of a stack that a preview without secrets runs on."""

import pytest

from tools.upkeep.preview_without_secrets import (
    PLACEHOLDER,
    blank_state,
    secret_keys,
    without_key,
)
from tools.upkeep.stop import Stop

MARK, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"


def secret(ciphertext: str) -> dict[str, str]:
    return {MARK: SECRET, "ciphertext": ciphertext}


def test_every_secret_of_a_state_becomes_the_placeholder_and_nothing_else_changes() -> None:
    blank = {MARK: SECRET, "plaintext": f'"{PLACEHOLDER}"'}
    archive = {MARK: ASSET, "hash": "1"}
    state = {
        "version": 3,
        "deployment": {
            "resources": [
                {"inputs": {"a": secret("v1:x"), "b": ["c", secret("v1:y")], "d": archive}},
                {"outputs": {"deep": {"deeper": [{"e": secret("v1:z")}]}, "n": None, "t": True}},
            ],
            "pending_operations": [{"resource": {"inputs": {"a": secret("v1:p")}}}],
        },
    }
    assert blank_state(state) == {
        "version": 3,
        "deployment": {
            "resources": [
                {"inputs": {"a": blank, "b": ["c", blank], "d": archive}},
                {"outputs": {"deep": {"deeper": [{"e": blank}]}, "n": None, "t": True}},
            ],
            "pending_operations": [{"resource": {"inputs": {"a": blank}}}],
        },
    }


STACK_FILE = """\
config:
  upkeep:at: "02:00" # quoted, as it must be
  upkeep:datadogApiKey:
    secure: v1:abc
  upkeep:onCallPhone:
    secure: v1:def
secretsprovider: awskms://alias/x?region=us-east-1
encryptedkey: NDhlY2Y3
"""


def test_the_stack_file_loses_its_key_and_keeps_the_rest_byte_for_byte() -> None:
    kept, _, _ = STACK_FILE.partition("secretsprovider")
    assert without_key(STACK_FILE) == kept
    assert without_key(f"encryptionsalt: v1:a\n{kept}") == kept


def test_secrets_are_the_top_level_keys_that_hold_one() -> None:
    assert secret_keys(STACK_FILE) == ["upkeep:datadogApiKey", "upkeep:onCallPhone"]
    assert secret_keys("config:\n") == []
    assert secret_keys("") == []


@pytest.mark.parametrize("inside", ["{phone: {secure: v1:a}}", "[{phone: {secure: v1:a}}]"])
def test_a_secret_deeper_down_is_refused(inside: str) -> None:
    with pytest.raises(Stop, match=r"^upkeep:people holds a secret inside"):
        secret_keys(f"config:\n  upkeep:people: {inside}\n")
