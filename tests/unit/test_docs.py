"""The documentation is true: what it shows stands, what it quotes is said, what it links to is.

In docs/plan.md a ``diff`` block is an edit of Pulumi.prod.yaml, and the ``text`` block after it a
part of what the check answers.
"""

import ast
import io
import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pulumi_upkeep.plan import due, gate, limits
from pulumi_upkeep.plan.check import check_files
from pulumi_upkeep.plan.findings import NOTED, REFUSED
from pulumi_upkeep.plan.plan import CHAPTERS, Plan
from pulumi_upkeep.plan.proofs import prove
from pulumi_upkeep.plan.replicas import ALERTING_LAG
from pulumi_upkeep.plan.service_levels import BURN_WINDOW, LEVEL_TIME
from pulumi_upkeep.plan.synthetics import BROWSER_INTERVAL
from pulumi_upkeep.plan.words import Words, say_duration
from pulumi_upkeep.plan.yaml12 import parse_yaml
from pydantic import TypeAdapter
from rich.console import Console

from tests.unit.plans import FOUND, PROD, ROOT, changed, chapters
from tests.unit.plans import secrets as shipped_secrets
from tools.upkeep import page as page_command
from tools.upkeep.check import show
from tools.upkeep.declared import declared

README, PLAN = ROOT / "README.md", ROOT / "docs" / "plan.md"
COMPONENTS = ROOT / "components" / "README.md"
PAGES = sorted(
    [
        README,
        ROOT / "CHANGELOG.md",
        ROOT / "CONTRIBUTING.md",
        COMPONENTS,
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "examples").glob("*/README.md"),
    ]
)


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, its text."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        """For the name of a test."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path, language: str = "") -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = [
        Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2])
        for match in _FENCE.finditer(text)
    ]
    return [block for block in found if language in ("", block.language)]


def everywhere(language: str) -> list[Block]:
    """The blocks of a language on all pages."""
    return [block for page in PAGES for block in blocks(page, language)]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


# ---- plans ---------------------------------------------------------------------------------------

_SHOWN = [block for block in everywhere("yaml") if "upkeep:" in block.text]
# What begins with a company is whole by itself; what does not joins production's plan.
WHOLE = [block for block in _SHOWN if "upkeep:company" in block.text]
PLANS = [block for block in _SHOWN if block not in WHOLE]


def merged(into: Any, block: Any) -> Any:
    """Blocks joined key by key; anything else takes the place of what stood there."""
    if not (isinstance(into, dict) and isinstance(block, dict)):
        return block
    return into | {key: merged(into.get(key), value) for key, value in block.items()}


def shown_chapters(block: Block) -> dict[str, Any]:
    """The chapters a block shows, below ``config`` or without it."""
    document = parse_yaml(block.text, block.where)
    document = document.get("config", document)
    assert all(key.startswith("upkeep:") for key in document), "no other keys beside chapters"
    return {key.removeprefix("upkeep:"): value for key, value in document.items()}


def test_there_are_plans_to_hold_the_program_to() -> None:
    pages = {block.page for block in PLANS}
    assert {README, PLAN} <= pages
    shown = {name for block in PLANS for name in shown_chapters(block)}
    plain = {name for name in CHAPTERS if Plan.model_fields[name].annotation in (str, bool)}
    assert shown == set(CHAPTERS) - plain


@pytest.mark.slow
@pytest.mark.parametrize("block", PLANS, ids=lambda block: block.where)
def test_a_shown_chapter_is_whole_and_joins_the_shipped_plan(block: Block) -> None:
    """Each chapter can be read alone, and in production's plan nothing is refused for it."""
    shown = shown_chapters(block)
    secrets = shipped_secrets()
    for name, value in shown.items():
        # An estate that only adds to what is there is no estate by itself.
        if name == "estate" and "zone" not in value:
            continue
        annotation: Any = Plan.model_fields[name].annotation
        TypeAdapter(annotation).validate_python(value)
    plan = Plan.from_config(merged(chapters(), shown), secrets)
    assert [str(finding) for finding in prove(plan).refused] == []


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.where)
def test_a_whole_plan_holds_by_itself(block: Block, tmp_path: Path) -> None:
    named = {"datadogApiKey", "datadogAppKey", *re.findall(r"\{secret: (\w+)\}", block.text)}
    # As `pulumi config set --secret` leaves them.
    secrets = "".join(f"  upkeep:{name}: {{secure: v1:x}}\n" for name in sorted(named))
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(block.text + secrets, encoding="utf-8")
    (report,) = check_files([file]).stacks
    assert [str(fault) for fault in report.faults] == []
    assert report.ok


def test_a_whole_plan_is_shown_to_whoever_begins() -> None:
    assert [block.page.parent.name for block in WHOLE] == ["prize-draw"]


# ---- what the check says -------------------------------------------------------------------------


def answer(folder: Path, *edits: tuple[str, str]) -> list[str]:
    """What ``make check`` shows of production with some lines replaced, line by line."""
    out = io.StringIO()
    show(Console(file=out, width=120), changed(folder, *edits))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def hunks(diff: str) -> Iterator[tuple[str, str]]:
    """The edits of a diff: each run of lines that go, with the run that comes."""
    for match in re.finditer(r"((?:^-.*\n)+)((?:^\+.*\n)*)", diff, re.M):
        yield tuple(re.sub(r"^.", "", lines, flags=re.M) for lines in match.groups())  # type: ignore[misc]


EDITS = [
    pytest.param(edit, said, id=edit.where)
    for edit, said in zip(blocks(PLAN), blocks(PLAN)[1:], strict=False)
    if edit.language == "diff"
]


@pytest.mark.slow
@pytest.mark.parametrize(("edit", "said"), EDITS)
def test_the_check_answers_an_edit_as_the_page_says(
    edit: Block, said: Block, tmp_path: Path
) -> None:
    assert said.language == "text"
    edits = list(hunks(edit.text))
    assert sum(len(old.splitlines() + new.splitlines()) for old, new in edits) == len(
        edit.text.splitlines()
    ), "every line of a diff begins with - or +"
    found, wanted = answer(tmp_path, *edits), said.text.splitlines()
    starts = [at for at in range(len(found)) if found[at : at + len(wanted)] == wanted]
    assert starts, "\n".join(found)


@pytest.mark.slow
def test_the_check_shows_production_as_the_page_says(tmp_path: Path) -> None:
    (block,) = [each for each in blocks(PLAN, "console") if "make check" in each.text]
    command, *wanted = block.text.splitlines()
    assert command == "$ make check STACK=prod"
    assert [*wanted, ""] == answer(tmp_path)


def collapsed(text: str) -> str:
    """A text without its line breaks and indents."""
    return " ".join(text.split())


@pytest.mark.slow
def test_the_readme_quotes_what_the_check_says_of_three_days(tmp_path: Path) -> None:
    """Of whichever `keep` of the plan it shows, the answer stands in the check's own words."""
    text = README.read_text(encoding="utf-8")
    assert "`keep: 3 days`" in text
    (quoted, *_) = _FENCE.findall(text.split("`keep: 3 days`", 1)[1])
    (plan, *_) = [block for block in PLANS if block.page == README]
    edits = [
        (line, line[: match.start()] + "keep: 3 days" + line[match.end() :])
        for line in plan.text.splitlines()
        for match in re.finditer(r"keep: 30 days", line)
    ]
    assert len(edits) == 4
    answers = [collapsed("\n".join(answer(tmp_path, edit))) for edit in edits]
    assert quoted[0] == "text"
    assert "refused" in quoted[1]
    assert any(collapsed(quoted[1]) in each for each in answers), answers


def sorted_words(text: str) -> tuple[str, ...]:
    """A row whatever its columns' widths are."""
    return tuple(sorted(text.split()))


@pytest.mark.slow
def test_the_readmes_summary_shows_the_promises_as_the_check_does() -> None:
    """Every row of promises in it is one that the check computes today, with what a deployment
    finds in the estate."""
    summaries = [each.text for each in blocks(README, "text") if "watched" in each.text]
    assert len(summaries) == 1
    out = io.StringIO()
    for report in check_files([ROOT / "Pulumi.staging.yaml", PROD], FOUND).stacks:
        show(Console(file=out, width=200), report)
    known = {sorted_words(line) for line in out.getvalue().splitlines()}
    row = re.compile(r"^(?:.*?\s)??((?:RPO|RTO|kept)\s.*\s(?:kept|missed))$")
    lines = [line.rstrip() for line in summaries[0].splitlines()]
    rows = [
        # In a narrow column the names go on in the next line.
        (found[1], f"{found[1]} {following}")
        for line, following in itertools.pairwise([*lines, ""])
        if (found := row.match(line))
    ]
    assert rows
    wrong = [each for each, both in rows if not {sorted_words(each), sorted_words(both)} & known]
    assert wrong == []


# A command that is shown and what it answers, up to the next one.
_ANSWERED = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)+)", re.M)
ANSWERED = [
    pytest.param(*match.groups(), id=f"{block.where}-{number}")
    for page in PAGES
    for block in blocks(page)
    for number, match in enumerate(_ANSWERED.finditer(block.text), 1)
    if re.match(r"make page|python -m pulumi_upkeep\.plan\.(gate|due) ", match[1])
]


@pytest.mark.slow
@pytest.mark.parametrize(("command", "said"), ANSWERED)
def test_a_command_answers_as_a_page_says(
    command: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(page_command, "BUILD", tmp_path)
    out, words = io.StringIO(), shlex.split(command)
    if words[0] == "make":
        given = dict(word.split("=", 1) for word in words[2:])
        page_command.page(Console(file=out, width=120), given["ALERT"], given["AT"], "prod")
    else:
        with redirect_stdout(out):
            {"gate": gate, "due": due}[words[2].rpartition(".")[2]].main(words[3:])
    found, wanted = [line.rstrip() for line in out.getvalue().splitlines()], said.splitlines()
    starts = [at for at in range(len(found)) if found[at : at + len(wanted)] == wanted]
    assert starts, "\n".join(found)


def test_there_are_answers_to_hold_the_commands_to() -> None:
    assert len(ANSWERED) == 6


# ---- the tables of docs/plan.md ------------------------------------------------------------------

_TABLE = re.compile(r"^\| `([a-z_.*0-9]+)` \| what \| default \|\n\| --- .*\n((?:\|.*\n)+)", re.M)
_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$")
TABLES = _TABLE.findall(PLAN.read_text(encoding="utf-8"))


def models(annotation: Any) -> list[type[Words]]:
    """The blocks of the plan that an annotation names directly."""
    if isinstance(annotation, type) and issubclass(annotation, Words):
        return [annotation]
    if get_origin(annotation) in (dict, tuple):
        return []
    return [model for inner in get_args(annotation) for model in models(inner)]


def inside(annotation: Any, part: str) -> Any:
    """What a key of a block, or ``*`` for each of a table's or list's, is annotated with."""
    for model in models(annotation):
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                return field.annotation
    if get_origin(annotation) in (dict, tuple):
        assert part == "*", part
        return [inner for inner in get_args(annotation) if inner is not Ellipsis][-1]
    (inner,) = [
        inside(each, part)
        for each in get_args(annotation)
        if get_origin(each) in (dict, tuple) or models(each)
    ]
    return inner


def described(path: str) -> type[Words]:
    """The block at a path of the plan."""
    annotation: Any = Plan
    for part in path.split(".") if path != "upkeep" else ():
        annotation = inside(annotation, part)
    (model,) = models(annotation)
    return model


def reachable(annotation: Any, seen: set[type[Words]]) -> set[type[Words]]:
    """Every block that a plan may hold."""
    for model in models(annotation):
        if model not in seen:
            seen.add(model)
            for field in model.model_fields.values():
                reachable(field.annotation, seen)
    if not models(annotation):
        for inner in get_args(annotation):
            reachable(inner, seen)
    return seen


def test_every_block_of_the_plan_has_one_table() -> None:
    tables = [described(path) for path, _ in TABLES]
    assert len(set(tables)) == len(tables)
    assert set(tables) == reachable(Plan, set())


def written(value: Any) -> str:
    """A default as the plan would write it."""
    match value:
        case timedelta():
            return say_duration(value)
        case time():
            return f'"{value:%H:%M}"'
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(value)}]"
        case str() if re.fullmatch(r"\d\d:\d\d", value):
            return f'"{value}"'
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


@pytest.mark.parametrize(("path", "rows"), TABLES, ids=[path for path, _ in TABLES])
def test_a_table_has_every_key_with_its_default(path: str, rows: str) -> None:
    told = {}
    for line in rows.splitlines():
        match = _ROW.match(line)
        assert match, line
        told[match[1]] = match[3]
    model = described(path)
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    assert list(told) == list(fields), "every key, in the order of the model"
    for name, field in fields.items():
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        if field.is_required():
            assert told[name] == "required", name
        elif default in (None, (), {}) or isinstance(default, Words):
            # Said in words; what a key is without one depends on the key.
            assert told[name] != "required", name
            assert not told[name].startswith("`"), name
        else:
            assert told[name] == f"`{written(default)}`", name


LIMITS: list[tuple[str, str, limits.Limit[Any]]] = [
    ("monitoring.alert_when.cpu", "lasting", limits.ALARM_WINDOW),
    ("monitoring.alert_when.response_time", "percentile", limits.PERCENTILE),
    ("services.*.latency.unusual", "lasting", limits.ANOMALY_WINDOW),
    ("services.*.latency.unusual", "deviations", limits.ANOMALY_DEVIATIONS),
    ("services.*.traffic", "lasting", limits.ANOMALY_WINDOW),
    ("services.*.traffic", "deviations", limits.ANOMALY_DEVIATIONS),
    ("services.*.saturation", "full_within", limits.FORECAST_AHEAD),
    ("services.*.latency", "lasting", limits.ALARM_WINDOW),
    ("services.*.latency", "percentile", limits.PERCENTILE),
    ("uptime", "every", limits.CHECK_INTERVAL),
    ("uptime", "within", limits.RESPONSE_TIME),
    ("uptime", "retries", limits.RETRIES),
    ("uptime", "retry_after", limits.RETRY_WAIT),
    ("uptime.journeys.*", "every", limits.CHECK_INTERVAL),
    ("uptime.browsers.*", "every", BROWSER_INTERVAL),
    ("uptime.dns.*", "every", limits.CHECK_INTERVAL),
    ("service_levels.*.burn_rates.*", "within", BURN_WINDOW),
    ("backups.*.tiers.*", "keep", limits.BACKUP_RETENTION),
    ("backups.*.tiers.*.copy.*", "keep", limits.BACKUP_RETENTION),
    ("backups.*.lock", "at_most", limits.BACKUP_RETENTION),
    ("backup_audit", "keep_reports", limits.BACKUP_RETENTION),
    ("bucket_replicas.*.lag", "above", limits.REPLICATION_LAG),
    ("backups.*.point_in_time", "keep", limits.POINT_IN_TIME),
    ("replicas.*.lag", "above", ALERTING_LAG),
    ("standby.*.health", "failures", limits.HEALTH_CHECK_FAILURES),
]
CHOICES: list[tuple[str, str, limits.Choice[Any]]] = [
    ("uptime", "remind_every", limits.REMINDER),
    ("service_levels.*", "over", LEVEL_TIME),
    ("standby.*.health", "every", limits.HEALTH_CHECK_INTERVAL),
]


def said_of(path: str, key: str) -> str:
    """What the page says of a key."""
    (rows,) = [rows for where, rows in TABLES if where == path]
    matches = [_ROW.match(line) for line in rows.splitlines()]
    (text,) = [match[2] for match in matches if match and match[1] == key]
    return str(text)


@pytest.mark.parametrize(("path", "key", "limit"), LIMITS)
def test_a_limit_is_told_as_it_is(path: str, key: str, limit: limits.Limit[Any]) -> None:
    assert f"{written(limit.least)} to {written(limit.most)}" in said_of(path, key)


@pytest.mark.parametrize(("path", "key", "choice"), CHOICES)
def test_a_choice_is_told_as_it_is(path: str, key: str, choice: limits.Choice[Any]) -> None:
    assert ", ".join(map(written, choice.values)) in said_of(path, key)


def test_the_windows_of_a_backup_are_told_as_they_are() -> None:
    for key, limit in (
        ("start_within", limits.START_WINDOW),
        ("complete_within", limits.COMPLETION_WINDOW),
    ):
        assert f"{written(limit.least)} at least [AWS Backup]" in said_of("backups.*.tiers.*", key)


def test_the_page_lists_every_finding() -> None:
    text = PLAN.read_text(encoding="utf-8")
    for kind, codes in (("refused", REFUSED), ("noted", NOTED)):
        (table,) = re.findall(rf"^\| {kind} \| means \|\n\| ---.*\n((?:\|.*\n)+)", text, re.M)
        told = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", table, re.M))
        assert list(told) == list(codes)
        assert all(told[code].startswith(meaning) for code, meaning in codes.items())


# ---- links, commands, programs -------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"^(https|mailto):", link):
            continue
        place, _, heading = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if heading:
            assert heading in anchors(target), link


def targets() -> set[str]:
    """What `make` can be told to make."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.M))


def variables() -> set[str]:
    """What `make` can be given."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"\$\(([A-Z]+)\)", makefile))


def is_known_to_make(snippet: str) -> None:
    for target, rest in re.findall(r"^(?:\$ )?make ([a-z][a-z-]*)(.*)", snippet, re.M):
        assert target in targets(), target
        given = set(re.findall(r" ([A-Z]+)=", rest.partition("#")[0]))
        assert given <= variables(), f"make {target}{rest}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    for snippet in re.findall(r"`([^`\n]+)`", prose(page)) + [each.text for each in blocks(page)]:
        is_known_to_make(snippet)


@pytest.mark.parametrize("folder", ["bench", "components", "infra", "sandbox", "tools"])
def test_what_a_message_tells_to_make_can_be_made(folder: str) -> None:
    for source in sorted((ROOT / folder).rglob("*.py")):
        for snippet in re.findall(r"`([^`\n]+)`", source.read_text(encoding="utf-8")):
            is_known_to_make(snippet)


def test_bare_make_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.M))
    assert listed == targets()


PROGRAMS = everywhere("python")


@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: block.where)
def test_a_shown_program_compiles(block: Block) -> None:
    ast.parse(block.text, block.where)


@pytest.mark.slow
def test_shown_programs_have_the_right_types(tmp_path: Path) -> None:
    assert {block.page for block in PROGRAMS} >= {README, COMPONENTS}
    for block in PROGRAMS:
        own = re.match(r"# (\w+\.py)\n", block.text)
        name = f"shown_{re.sub(r'[^a-z]', '_', block.where)}_{block.line}.py"
        (tmp_path / (own[1] if own else name)).write_text(block.text, encoding="utf-8")
    # The project's own settings and cache: what is shown is held to what the project is held to.
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *map(str, sorted(tmp_path.glob("*.py")))],
        cwd=ROOT,
        # Where a program finds another that stands beside it.
        env={**os.environ, "MYPYPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    # What else is wrong with the project's types is for `make lint` to say.
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    names = {path.name for path in tmp_path.glob("*.py")}
    ours = [line for line in ran.stdout.splitlines() if Path(line.partition(":")[0]).name in names]
    assert ours == []


@pytest.mark.slow
def test_the_second_companys_page_counts_what_its_plan_declares() -> None:
    folder = ROOT / "examples" / "prize-draw"
    found = [
        each
        for each in declared(folder / "Pulumi.prod.yaml").resources
        if not each.type.startswith(("upkeep:", "pulumi:"))
    ]
    page = (folder / "README.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"about (\d+) resources", page)
    assert int(told) == pytest.approx(len(found), rel=0.05)


def test_every_output_of_a_stack_is_told() -> None:
    environment = ROOT / "components" / "pulumi_upkeep" / "environment"
    exported = {
        name
        for file in environment.glob("*.py")
        for name in re.findall(r'pulumi\.export\(\s*"(\w+)"', file.read_text(encoding="utf-8"))
    }
    text = (
        (ROOT / "docs" / "reports.md")
        .read_text(encoding="utf-8")
        .split("\n## The stack outputs\n")[1]
    )
    rows = re.findall(r"^\| (`.+?) \|", text.split("\n## ")[0], re.M)
    told = {name for row in rows for name in re.findall(r"`(\w+)[`.]", row)}
    assert told == exported


# ---- what has no place in documentation ----------------------------------------------------------

_NOT_HERE = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.{}/-])/(?:home|Users|root|work|tmp|var|opt|mnt)/"
    ),
    "a registry's address": re.compile(
        r"https?://\S*(?:pypi|simple/|goproxy|proxy\.golang|artifactory|nexus|registry)|"
        r"GOPROXY=|--index-url|--extra-index",
        re.I,
    ),
    "a place to be filled in": re.compile(r"@@|\bTODO\b|\bTBD\b|\bFIXME\b|lorem ipsum", re.I),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_nothing_stands_here_that_should_not(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = [
        f"{what}: {match[0]}" for what, sign in _NOT_HERE.items() for match in sign.finditer(text)
    ]
    assert found == []
