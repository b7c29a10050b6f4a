"""The sandbox's copy of a stack file: the same plan, secrets of its own."""

from pathlib import Path

import pytest
import yaml

from tools.upkeep import settings
from tools.upkeep.stop import Stop

STACK = """\
# a comment
secretsprovider: awskms://alias/real
encryptedkey: AQICAHh
encryptionsalt: v1:real
config:
  upkeep:at: "14:00"
  upkeep:plain: 14:00
  upkeep:word: no
  upkeep:number: 30
  upkeep:date: "2027-01-01"
  upkeep:list: [1, "2", {secret: onCallPhone}]
  upkeep:held:
    secure: v1:abc
  other:token:
    secure: v1:def
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: bynomi\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK)
    (tmp_path / "Pulumi.staging.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    return tmp_path


def test_prod_is_deployed_last(project: Path) -> None:
    assert settings.stacks(project) == ["dev", "staging", "prod"]
    assert settings.chosen(project, None) == ["dev", "staging", "prod"]
    assert settings.chosen(project, "prod") == ["prod"]


def test_an_unknown_stack_is_refused_with_the_known_ones(project: Path) -> None:
    with pytest.raises(Stop, match=r"^no stack `pord` here; there are: dev, staging, prod$"):
        settings.chosen(project, "pord")


def test_the_copy_means_to_the_engine_what_the_original_means(
    project: Path, tmp_path: Path
) -> None:
    document = settings._without_secrets(settings.stack_file(project, "prod"))
    settings._write(tmp_path / "copy.yaml", document, "v1:own")
    assert (tmp_path / "copy.yaml").read_text() == (
        "config:\n"
        '  upkeep:at: "14:00"\n'
        "  upkeep:plain: 14:00\n"
        "  upkeep:word: no\n"
        "  upkeep:number: 30\n"
        '  upkeep:date: "2027-01-01"\n'
        "  upkeep:list:\n"
        "  - 1\n"
        '  - "2"\n'
        "  - secret: onCallPhone\n"
        "encryptionsalt: v1:own\n"
    )


def test_each_secret_held_or_named_gets_a_made_up_value(project: Path) -> None:
    document = settings._without_secrets(settings.stack_file(project, "prod"))
    secrets = settings.made_up_secrets(document)
    assert set(secrets) == {
        "upkeep:datadogApiKey",
        "upkeep:datadogAppKey",
        "upkeep:held",
        "upkeep:onCallPhone",
        "other:token",
    }
    # A number set aside for fiction; keys of Datadog's length.
    assert secrets["upkeep:onCallPhone"].startswith("+1202555010")
    assert len(secrets["upkeep:datadogApiKey"]) == 32
    assert len(secrets["upkeep:datadogAppKey"]) == 40
    # Datadog wants an address to be one; nobody answers to this.
    assert settings._value("upkeep:ticketsUrl") == "https://sandbox.invalid/ticketsUrl"


@pytest.mark.slow
def test_the_shipped_stack_files_survive_the_copy(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    for stack in ("staging", "prod"):
        original = settings.stack_file(root, stack)
        settings._write(tmp_path / "copy.yaml", settings._without_secrets(original), None)
        read = [yaml.safe_load(path.read_text()) for path in (original, tmp_path / "copy.yaml")]
        wanted, copied = (each["config"] for each in read)
        assert copied == {k: v for k, v in wanted.items() if not settings._is_secret(v)}


@pytest.mark.parametrize("text", ["config: [", "- a\n", "just words\n"])
def test_what_is_no_stack_file_is_one_line(project: Path, text: str) -> None:
    (project / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(Stop) as stop:
        settings._without_secrets(settings.stack_file(project, "prod"))
    assert str(stop.value).startswith("Pulumi.prod.yaml ")
    assert "\n" not in str(stop.value)
