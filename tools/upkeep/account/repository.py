"""What a repository holds: its workflows, its Dependabot files, its handbook's pages, and what its
scripts answer when they are run as a workflow runs them.

workflow    path name on jobs[{id, needs, environment, steps[{name, run, uses, if, env}]}]
dependabot  path updates[{ecosystem, every, ignores, groups}]
ruleset     path branches reviews: what GitHub holds branches to
page        path stack key text tables[{of, rows}]: a page of the handbook, as people read it; a row
            is its cells by column
runbook     path stack name text: a page that an alert or a scenario leads to
branch      path head base allowed: the answer of the workflow that knows the branches
gate        stack path of from until hours held hotfixes after: hours of a code freeze, in how many
            of them the gate holds a deployment back and lets a hotfix pass, and whether it is open
            for the release that ends it
deadline    stack path severity at by: until when a case of a moment is answered, by the plan's
            clocks
"""

import contextlib
import html
import io
import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pulumi_upkeep.plan import due, gate
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.yaml12 import parse_yaml

from tools.upkeep.account.seen import Fact

KINDS = (
    "workflow",
    "dependabot",
    "ruleset",
    "page",
    "runbook",
    "branch",
    "gate",
    "deadline",
)

_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)
_HOUR = timedelta(hours=1)
# Enough for one of a major release and one of a minor one.
_FREEZES = 4
# On a working day within business hours, and on a Saturday night: no holiday is near.
_WORKING, _OFF = "2027-03-01 10:00", "2027-03-06 22:00"
# What may go where and what may not, of each kind of branch that the plans name.
_WAYS = [
    (head, base)
    for head in ("feature/cart", "hotfix/cart", "release/1.2", "develop", "anything")
    for base in ("main", "develop", "release/1.2")
]


class Repository:
    """The files below a folder, and those of each stack's handbook, by the stack's name.

    files  each stack's file: what the gate and the deadlines are asked of; none of a stack without
    """

    def __init__(
        self, folder: Path, handbooks: Mapping[str, Path], files: Mapping[str, Path] | None = None
    ) -> None:
        self._folder, self._handbooks, self._files = folder, handbooks, files or {}
        self._known: dict[str, list[Fact]] = {}

    def of(self, kind: str) -> Sequence[Fact]:
        if kind not in KINDS:
            raise KeyError(kind)
        if kind not in self._known:
            self._known[kind] = list(
                {
                    "workflow": self._workflows,
                    "dependabot": self._dependabot,
                    "ruleset": self._rulesets,
                    "page": self._pages,
                    "runbook": self._runbooks,
                    "branch": self._branches,
                    "gate": self._gates,
                    "deadline": self._deadlines,
                }[kind]()
            )
        return self._known[kind]

    def _github(self, pattern: str) -> list[Path]:
        """Files of GitHub's: of the repository, and of the applications among its examples."""
        own = (self._folder / ".github").glob(pattern)
        return [*sorted(own), *sorted(self._folder.glob(f"examples/*/.github/{pattern}"))]

    def _workflows(self) -> Iterator[Fact]:
        for path in self._github("workflows/*.yml"):
            read = _yaml(path)
            yield {
                "path": str(path.relative_to(self._folder)),
                "name": read.get("name", ""),
                "on": read.get("on") or {},
                "jobs": [_job(id_, job) for id_, job in (read.get("jobs") or {}).items()],
            }

    def _dependabot(self) -> Iterator[Fact]:
        for path in self._github("dependabot.yml"):
            read = _yaml(path)
            yield {
                "path": str(path.relative_to(self._folder)),
                "updates": [
                    {
                        "ecosystem": each.get("package-ecosystem", ""),
                        "every": (each.get("schedule") or {}).get("interval", ""),
                        "cron": (each.get("schedule") or {}).get("cronjob", ""),
                        "allows": [_allowed(one) for one in each.get("allow") or ()],
                        "ignores": [_allowed(one) for one in each.get("ignore") or ()],
                        "groups": each.get("groups") or {},
                    }
                    for each in read.get("updates") or ()
                ],
            }

    def _pages(self) -> Iterator[Fact]:
        for stack, folder in self._handbooks.items():
            for path in sorted(folder.glob("*.html")):
                yield {
                    "path": self._path(path),
                    "stack": stack,
                    "key": path.stem,
                    "text": text_of(path),
                    "tables": tables_of(path),
                }

    def _runbooks(self) -> Iterator[Fact]:
        for stack, folder in self._handbooks.items():
            for path in sorted((folder / "runbooks").glob("*/index.html")):
                yield {
                    "path": self._path(path),
                    "stack": stack,
                    "name": path.parent.name,
                    "text": text_of(path),
                }

    def _path(self, path: Path) -> str:
        """Where a file is found: below the folder, if it is there."""
        return str(path.relative_to(self._folder) if path.is_relative_to(self._folder) else path)

    def _rulesets(self) -> Iterator[Fact]:
        for path in self._github("rulesets/*.json"):
            read = json.loads(path.read_text(encoding="utf-8"))
            named = ((read.get("conditions") or {}).get("ref_name") or {}).get("include") or ()
            yield {
                "path": self._path(path),
                "branches": [str(one).removeprefix("refs/heads/") for one in named],
                "reviews": max(
                    (
                        (rule.get("parameters") or {}).get("required_approving_review_count") or 0
                        for rule in read.get("rules") or ()
                        if read.get("enforcement") == "active"
                    ),
                    default=0,
                ),
            }

    def _branches(self) -> Iterator[Fact]:
        """What the workflow says of each way: its own script, run with what GitHub gives it."""
        for workflow in self.of("workflow"):
            called = workflow["on"].get("workflow_call") if isinstance(workflow["on"], dict) else 0
            given = (called.get("inputs") or {}) if isinstance(called, dict) else {}
            for step in (each for job in workflow["jobs"] for each in job["steps"]):
                if not {"HEAD", "BASE"} <= step["env"].keys():
                    continue
                for head, base in _WAYS:
                    known = {"HEAD": head, "BASE": base}
                    values = {
                        name: known.get(name) or _filled(value, given)
                        for name, value in step["env"].items()
                    }
                    ended = subprocess.run(
                        ["bash", "-e", "-c", step["run"]],
                        env={"PATH": "/usr/bin:/bin", **values},
                        capture_output=True,
                        check=False,
                        timeout=30,
                    )
                    yield {
                        "path": workflow["path"],
                        "head": head,
                        "base": base,
                        "allowed": ended.returncode == 0,
                    }

    def _gates(self) -> Iterator[Fact]:
        """The gate of deployments, asked in every hour of the next freezes of the handbook."""
        for stack, file in self._files.items():
            rows = [
                row
                for page in self.of("page")
                if page["stack"] == stack and page["key"] == "releases"
                for table in page["tables"]
                for row in table["rows"]
                if row.get("what") == "freeze"
            ]
            if not rows:
                continue
            plan = load_plan(file)
            zone = ZoneInfo(plan.timezone)
            for row in rows[:_FREEZES]:
                begins, ends = (_moment(row[each], zone) for each in ("from", "until"))
                half = _HOUR / 2
                day = begins.date() - 24 * _HOUR
                doors = gate.Gate.of(plan, day, day + gate.AHEAD)
                asked = [begins + half + n * _HOUR for n in range((ends - begins) // _HOUR)]
                yield {
                    "stack": stack,
                    "path": self._path(file),
                    "of": row["which"],
                    "from": row["from"],
                    "until": row["until"],
                    "hours": len(asked),
                    "held": sum(not doors.ask(at).open for at in asked),
                    "hotfixes": sum(doors.ask(at, "it cannot wait").open for at in asked),
                    "after": doors.ask(ends + half).open,
                }

    def _deadlines(self) -> Iterator[Fact]:
        for stack, file in self._files.items():
            for severity in ("p0", "p1", "p2", "p3"):
                for at in (_WORKING, _OFF):
                    said, why = io.StringIO(), io.StringIO()
                    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(why):
                        answered = due.main([str(file), severity, "--at", at.replace(" ", "T")])
                    if answered == 0:
                        until = said.getvalue().partition(" answered by ")[2]
                        _, day, clock, *_ = until.split()
                        yield {
                            "stack": stack,
                            "path": self._path(file),
                            "severity": severity,
                            "at": at,
                            "by": f"{day} {clock}",
                        }


def _filled(value: str, given: Mapping[str, Any]) -> str:
    """A step's variable, with the workflow's own defaults for its inputs."""

    def default(match: re.Match[str]) -> str:
        return str((given.get(match[1]) or {}).get("default") or "")

    return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", default, value)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A time of the handbook, ``Sun 2026-11-29 03:00 EST``, in UTC."""
    _, day, clock, *_ = text.split()
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=zone).astimezone(UTC)


def text_of(page: Path) -> str:
    """What a page says, without its markup, in one line."""
    bare = html.unescape(_TAG.sub(" ", page.read_text(encoding="utf-8")))
    return " ".join(bare.split())


def tables_of(page: Path) -> list[dict[str, Any]]:
    """A page's tables with the heading each stands below, a row as its cells by column."""
    reader = _Tables()
    reader.feed(page.read_text(encoding="utf-8"))
    return [each for each in reader.found if each["rows"]]


class _Tables(HTMLParser):
    """Reads tables whose first row says what the columns are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._of = ""
        self._columns: list[str] = []
        self._cells: list[str] = []
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            self._of = dict(attrs).get("id") or ""
        elif tag == "table":
            self._columns = []
            self.found.append({"of": self._of, "rows": []})
        elif tag == "tr":
            self._cells = []
        elif tag in ("td", "th"):
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._text is not None:
            self._cells.append(" ".join("".join(self._text).split()))
            self._text = None
        elif tag == "tr" and self.found:
            if self._columns:
                self.found[-1]["rows"].append(dict(zip(self._columns, self._cells, strict=False)))
            else:
                self._columns = self._cells


def _yaml(path: Path) -> Mapping[str, Any]:
    read = parse_yaml(path.read_text(encoding="utf-8"), path.name)
    return read if isinstance(read, Mapping) else {}


def _job(id_: str, job: Mapping[str, Any]) -> Fact:
    needs = job.get("needs") or []
    environment = job.get("environment") or ""
    return {
        "id": id_,
        "needs": [needs] if isinstance(needs, str) else list(needs),
        "environment": environment if isinstance(environment, str) else environment.get("name", ""),
        "uses": job.get("uses") or "",
        "if": str(job.get("if") or ""),
        "steps": [
            {
                "name": step.get("name") or "",
                "run": step.get("run") or "",
                "uses": step.get("uses") or "",
                "if": str(step.get("if") or ""),
                "env": {name: str(value) for name, value in (step.get("env") or {}).items()},
            }
            for step in job.get("steps") or ()
        ],
    }


def _allowed(one: Mapping[str, Any]) -> Fact:
    return {
        "name": one.get("dependency-name") or "*",
        "types": sorted(one.get("update-types") or ()),
    }
