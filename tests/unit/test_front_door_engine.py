"""Which Pulumi engine is used, and what is said when there is none."""

import os
import stat
from pathlib import Path

import pytest

from tools.upkeep import building, engine
from tools.upkeep.stop import Stop

WANTED = engine.wanted_version()


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def pulumi(folder: Path, version: str, *, language_host: bool = True) -> Path:
    if language_host:
        script(folder / "pulumi-language-python", "")
    return script(folder / "pulumi", f"echo {version}")


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but a shell: no Pulumi, no Go, an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("UPKEEP_PULUMI", raising=False)
    tools = tmp_path / "the tools"
    tools.mkdir()
    for name in ("sh", "cat", "sleep", "mkdir"):
        source = next(
            Path(folder) / name
            for folder in os.environ["PATH"].split(os.pathsep)
            if (Path(folder) / name).exists()
        )
        (tools / name).symlink_to(source)
    monkeypatch.setenv("PATH", str(tools))
    return tools


@pytest.mark.parametrize("version", [f"v{WANTED}", WANTED, "v3.999.1", f"v{WANTED}-beta.1"])
def test_a_pulumi_on_path_that_is_new_enough_is_used(bare: Path, version: str) -> None:
    found = pulumi(bare, version)
    assert engine.engine().pulumi == found
    assert not engine.engine().built


def test_a_link_to_pulumi_is_used_where_its_language_host_is_behind_it(
    bare: Path, tmp_path: Path
) -> None:
    real = pulumi(tmp_path / "cellar", WANTED)
    (bare / "pulumi").symlink_to(real)
    assert engine.engine().pulumi == bare / "pulumi"


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("v3.100.0", "is 3.100.0, needed is {wanted} or newer"),
        ("v4.0.0", "is 4.0.0, needed is {wanted} or newer"),
        ("something", "does not tell its version"),
    ],
)
def test_a_pulumi_that_does_not_do_is_named_where_there_is_no_go(
    bare: Path, version: str, why: str
) -> None:
    found = pulumi(bare, version)
    with pytest.raises(Stop) as stop:
        engine.engine()
    assert str(stop.value) == (
        f"neither a Pulumi CLI ({found} {why.format(wanted=WANTED)}) nor Go was found: "
        f"install Pulumi {WANTED} or newer, or Go to build it from here"
    )


def test_a_pulumi_without_its_language_host_does_not_do(bare: Path) -> None:
    found = pulumi(bare, WANTED, language_host=False)
    with pytest.raises(Stop, match=f"{found} has no pulumi-language-python beside it"):
        engine.engine()


def test_nothing_at_all_is_one_line() -> None:
    with pytest.raises(Stop) as stop:
        engine.engine()
    assert str(stop.value) == (
        f"neither a Pulumi CLI nor Go was found: install Pulumi {WANTED} or newer, "
        "or Go to build it from here"
    )


def test_a_named_pulumi_is_used_or_refused(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = pulumi(tmp_path / "mine", WANTED)
    pulumi(bare, "v3.999.0")
    monkeypatch.setenv("UPKEEP_PULUMI", str(named))
    assert engine.engine().pulumi == named
    monkeypatch.setenv("UPKEEP_PULUMI", str(tmp_path / "nowhere"))
    with pytest.raises(Stop, match=r"UPKEEP_PULUMI=.*nowhere: .*nowhere does not run"):
        engine.engine()


GO = """
case "$1 $2" in
"list -deps")
    echo "go: downloading github.com/pulumi/pulumi/pkg/v3 v3.250.0" >&2
    echo fmt
    echo github.com/pulumi/pulumi/pkg/v3
    ;;
"list -m")
    echo "$FAKE_SDK"
    ;;
"build -v")
    while [ $# -gt 0 ]; do
        if [ "$1" = "-o" ]; then target="$2"; fi
        shift
    done
    echo fmt >&2
    echo "built" > "$target"
    echo "$target" >> "$FAKE_LOG"
    ;;
esac
"""


@pytest.fixture
def go(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Go that builds at once; the file that it notes each built program in."""
    executable = script(tmp_path / "sdk" / "python" / "cmd" / "pulumi-language-python-exec", "")
    monkeypatch.setenv("FAKE_SDK", str(executable.parents[2]))
    log = tmp_path / "built"
    log.touch()
    monkeypatch.setenv("FAKE_LOG", str(log))
    script(bare / "go", GO)
    return log


def test_an_engine_is_built_once_whole_and_kept(go: Path, tmp_path: Path) -> None:
    built = engine.engine()
    assert built.built
    assert built.version == WANTED
    home = built.pulumi.parents[1]
    assert home.parent == tmp_path / "cache" / "upkeep"
    assert home.name.startswith(f"pulumi-{WANTED}-")
    assert {path.name for path in (home / "bin").iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
    }
    assert [path.name for path in home.parent.iterdir() if path.name.endswith(".part")] == []

    assert engine.engine() == built
    assert len(go.read_text().splitlines()) == 2


def test_build_leaves_path_alone(go: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi(bare, "v3.999.0")
    monkeypatch.setenv("UPKEEP_PULUMI", "build")
    assert engine.engine().built


def test_a_build_that_breaks_off_leaves_nothing_that_looks_built(
    bare: Path, tmp_path: Path
) -> None:
    script(bare / "go", 'echo "some.go:1: cannot compile" >&2; exit 1')
    with pytest.raises(Stop) as stop:
        engine.engine()
    assert str(stop.value) == ("the Pulumi engine does not build:\nsome.go:1: cannot compile")
    kept = [path.name for path in (tmp_path / "cache" / "upkeep").iterdir()]
    assert [name for name in kept if not name.endswith(".lock")] == []


def test_no_network_is_one_line_that_names_what_could_not_be_fetched() -> None:
    # As Go 1.26 says it.
    said = [
        "go: downloading github.com/pulumi/pulumi/pkg/v3 v3.250.0",
        "github.com/pulumi/pulumi/pkg/v3@v3.250.0: Get "
        '"https://modules.example/github.com/pulumi/pulumi/pkg/v3/@v/v3.250.0.zip": '
        "dial tcp: lookup modules.example: no such host",
    ]
    assert building._explained(said) == (
        "cannot fetch github.com/pulumi/pulumi/pkg/v3 v3.250.0 "
        "from the Go module proxy: no network?"
    )
