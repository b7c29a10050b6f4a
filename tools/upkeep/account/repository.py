"""What a repository holds: its workflows, its Dependabot files, and its handbook's pages.

workflow    path name on jobs[{id, needs, environment, steps[{name, run, uses}]}]
dependabot  path updates[{ecosystem, every, ignores, groups}]
page        stack key text: a page of the handbook, as people read it
runbook     stack name: a page that an alert leads to
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan.yaml12 import parse_yaml

from tools.upkeep.account.seen import Fact

KINDS = ("workflow", "dependabot", "page", "runbook")

_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


class Repository:
    """The files below a folder, and those of each stack's handbook, by the stack's name."""

    def __init__(self, folder: Path, handbooks: Mapping[str, Path]) -> None:
        self._folder, self._handbooks = folder, handbooks
        self._known: dict[str, list[Fact]] = {}

    def of(self, kind: str) -> Sequence[Fact]:
        if kind not in KINDS:
            raise KeyError(kind)
        if kind not in self._known:
            self._known[kind] = list(
                {
                    "workflow": self._workflows,
                    "dependabot": self._dependabot,
                    "page": self._pages,
                    "runbook": self._runbooks,
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
                yield {"stack": stack, "key": path.stem, "text": text_of(path)}

    def _runbooks(self) -> Iterator[Fact]:
        for stack, folder in self._handbooks.items():
            for path in sorted((folder / "runbooks").glob("*/index.html")):
                yield {"stack": stack, "name": path.parent.name}


def text_of(page: Path) -> str:
    """What a page says, without its markup, in one line."""
    bare = html.unescape(_TAG.sub(" ", page.read_text(encoding="utf-8")))
    return " ".join(bare.split())


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
            }
            for step in job.get("steps") or ()
        ],
    }


def _allowed(one: Mapping[str, Any]) -> Fact:
    return {
        "name": one.get("dependency-name") or "*",
        "types": sorted(one.get("update-types") or ()),
    }
