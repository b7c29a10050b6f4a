"""What ``pulumi preview --json`` says, as Markdown: a comment, a job's summary, an issue.

    python -m tools.upkeep.preview_report prod build/preview-prod --code 0 > comment.md

Reads ``preview.json`` and ``preview.txt`` of the folder, and ``outputs.json`` where it is: the
outputs of the last deployment, with which recovery points and times are compared; also the account
of the clauses before and after, where both are there (``clause_changes``). Only what is named here
is taken over from Pulumi's report: its source positions and stack traces hold paths of the machine.
What differs comes with its values, the dangerous first; what is too much for one comment is counted
instead.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.upkeep import clause_changes, promises_report, watching
from tools.upkeep.markdown import code
from tools.upkeep.paths import PROJECT
from tools.upkeep.settings import stack_file

# GitHub refuses a comment's or an issue's body above this many characters. Counted in bytes here,
# which are never fewer.
LIMIT = 65_536
# Kept for headings, tags and the line that says how much was left out.
_RESERVE = 2_048
# Above this many, the rows of one kind are folded away.
_ROWS_OPEN = 15
_PROPERTIES_SHOWN = 8
_VALUE_CHARACTERS = 120
_FAULT_CHARACTERS = 20_000

_HIDDEN = "[secret]"
# How Pulumi writes a value that only the cloud can tell.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# The order is that of danger, and of the rows.
_KINDS = {
    "delete": "to delete",
    "replace": "to replace",
    "update": "to change",
    "create": "to create",
    "import": "to import",
}
# A replacement is three steps in Pulumi's report; the one called replace stands for it.
_KIND_OF_OPERATION = {kind: kind for kind in _KINDS} | {"import-replacement": "replace"}
_NOISE = "an unhandled error occurred: program exited with non-zero exit code"
_ANYWHERE = re.compile(
    r"(?<![\w.:/])(?:/(?:home|root|Users|tmp|opt|usr|var|private|builds)(?:/[^\s/\"'<>|]+)+)"
)
_TOKEN = re.compile(r'\.?([^.\[\]"]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]')


@dataclass(frozen=True)
class Difference:
    """One property: its path, the old and the new value as text; ``secret`` where both are."""

    path: str
    old: str | None
    new: str | None
    secret: bool
    forces_replacement: bool

    def __str__(self) -> str:
        path = code(self.path)
        if self.secret:
            text = f"{path}: a secret differs"
        elif self.old is None:
            text = f"{path}: {code(self.new or '')}"
        elif self.new is None:
            text = f"{path}: {code(self.old)} → removed"
        else:
            text = f"{path}: {code(self.old)} → {code(self.new)}"
        return f"{text} (replaces)" if self.forces_replacement else text


@dataclass(frozen=True)
class Change:
    """What happens to one resource."""

    kind: str
    name: str
    type: str
    differences: tuple[Difference, ...]

    @property
    def only_secrets(self) -> bool:
        return bool(self.differences) and all(each.secret for each in self.differences)

    def row(self) -> str:
        shown = [str(each) for each in self.differences[:_PROPERTIES_SHOWN]]
        if len(self.differences) > _PROPERTIES_SHOWN:
            shown.append(f"and {len(self.differences) - _PROPERTIES_SHOWN} more")
        return f"| {code(self.name)} | {code(self.type)} | {'<br>'.join(shown)} |\n"


def changes(preview: Mapping[str, Any]) -> list[Change]:
    """The resources that change, the dangerous first, each kind by type and name."""
    order = list(_KINDS)
    found = [change for step in preview.get("steps") or [] for change in _change(step)]
    return sorted(found, key=lambda each: (order.index(each.kind), each.type, each.name))


def faults(preview: Mapping[str, Any]) -> list[str]:
    """What Pulumi and the program called an error, without what every error is followed by."""
    said = [
        entry["message"].strip().removeprefix("error: ")
        for entry in preview.get("diagnostics") or []
        if entry.get("severity") == "error"
    ]
    return [text for text in said if text and not text.startswith(_NOISE)]


def report(
    stack: str,
    preview: Mapping[str, Any],
    said: str,
    exit_code: int,
    *,
    drift: bool = False,
    secrets_blank: bool = False,
    promises: str = "",
    footer: str = "",
) -> str:
    """The Markdown, at most LIMIT bytes.

    preview: what ``--json`` printed, empty where nothing could be read; said: what Pulumi printed
    besides; exit_code: Pulumi's own; drift: the preview asked the cloud first, so that a change is
    a difference between what is declared and what runs; secrets_blank: all secrets were one
    placeholder, so that a difference between secrets means nothing; promises: what the change does
    to recovery points and times, and to what watching costs, shown where the plan can be deployed.
    """
    marker = f"<!-- upkeep-{'drift' if drift else 'preview'}: {stack} -->\n"
    found = changes(preview)
    if exit_code and not (drift and found and not faults(preview)):
        what = "cannot be compared" if drift else "cannot be deployed"
        body = _broken(stack, what, faults(preview) or [said.strip() or "Pulumi said nothing"])
    else:
        compared = [each for each in found if not (secrets_blank and each.only_secrets)]
        unseen = [each for each in found if each not in compared]
        body = _changed(stack, compared, unseen, drift, promises)
    end = f"\n<sub>{footer}</sub>\n" if footer else ""
    return clean(marker + body + end)


def clean(text: str) -> str:
    """Text without this machine's own folders: the project's paths become relative, others lose
    their folder. A URL or the path of a health check stays as it is."""
    known = {str(PROJECT), str(Path.cwd()), os.environ.get("GITHUB_WORKSPACE", "")} - {"", "/"}
    for root in sorted(known, key=len, reverse=True):
        text = text.replace(f"{root}/", "").replace(root, ".")
    outside = {str(Path.home()), tempfile.gettempdir(), sys.prefix, sys.base_prefix} - {"", "/"}
    for root in sorted(outside, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.:/]){re.escape(root)}(?:/[^\s/\"'<>|]+)*/", "…/", text)
    return text


# ---- sections ----------------------------------------------------------------------------------


def _broken(stack: str, what: str, said: Sequence[str]) -> str:
    # A traceback names files of the system, too; in a property, such a path is the property.
    text = clean("\n\n".join(said))
    text = _ANYWHERE.sub(lambda found: f"…/{found[0].rpartition('/')[2]}", text)
    if len(text) > _FAULT_CHARACTERS:
        text = text[:_FAULT_CHARACTERS] + "\n… cut here; the run's log has the rest"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"### {code(stack)}: {what}\n\n{fence}text\n{text}\n{fence}\n"


def _changed(
    stack: str, found: list[Change], unseen: list[Change], drift: bool, promises: str
) -> str:
    counts = Counter(each.kind for each in found)
    counted = ", ".join(f"{counts[kind]} {_KINDS[kind]}" for kind in _KINDS if counts[kind])
    if drift:
        title = f"differs from what is declared: {counted}" if found else "runs as declared"
    else:
        title = counted or "nothing changes"
    text = f"### {code(stack)}: {title}\n"
    note = ""
    if unseen:
        names = ", ".join(code(each.name) for each in unseen[:_ROWS_OPEN])
        more = f" and {len(unseen) - _ROWS_OPEN} more" if len(unseen) > _ROWS_OPEN else ""
        note = (
            f"\nNot compared, since only properties that hold a secret differ from their "
            f"placeholder: {names}{more}\n"
        )
    # What becomes of the promises comes before the resources that do it.
    text += promises
    room = LIMIT - _RESERVE - len((text + note).encode())
    return text + "".join(_tables(found, counts, room)) + note


def _tables(found: list[Change], counts: Mapping[str, int], room: int) -> Iterator[str]:
    left_out = 0
    for kind, words in _KINDS.items():
        rows: list[str] = []
        for row in (each.row() for each in found if each.kind == kind):
            size = len(clean(row).encode())
            if size > room:
                left_out += 1
                continue
            room -= size
            rows.append(row)
        if not rows:
            continue
        # What is only new needs no reading row by row.
        folded = len(rows) > _ROWS_OPEN or kind == "create"
        table = "| resource | type | properties |\n| --- | --- | --- |\n" + "".join(rows)
        summary = f"{counts[kind]} {words}"
        if folded:
            yield f"\n<details><summary>{summary}</summary>\n\n{table}\n</details>\n"
        else:
            yield f"\n**{summary}**\n\n{table}"
    if left_out:
        yield f"\n{left_out} more are left out here; the run's artifact holds them all.\n"


# ---- reading Pulumi's report -------------------------------------------------------------------


def _change(step: Mapping[str, Any]) -> list[Change]:
    kind = _KIND_OF_OPERATION.get(step["op"])
    # A stack and a component are not things of the cloud; what is in them has its own steps.
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    custom = (new or old).get("custom", False)
    if kind is None or not custom:
        return []
    head, _, name = step["urn"].rpartition("::")
    token = head.rpartition("::")[2].rpartition("$")[2]
    differences = (
        tuple(_differences(step, old, new)) if kind in ("update", "replace", "import") else ()
    )
    return [Change(kind, name, _short(token), differences)]


def _short(token: str) -> str:
    """``aws:cloudwatch/metricAlarm:MetricAlarm`` as people write it: aws.cloudwatch.MetricAlarm."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    parts = [package, module.partition("/")[0], name]
    return ".".join(part for part in parts if part and part != "index")


def _differences(
    step: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    detailed: Mapping[str, Any] = step.get("detailedDiff") or {}
    paths: Iterable[str] = detailed or step.get("diffReasons") or []
    replaced = set(step.get("replaceReasons") or [])
    for path in sorted(set(paths)):
        kind = (detailed.get(path) or {}).get("kind", "update")
        was = _value(old.get("inputs"), path)
        # What the provider filled in is not among the inputs.
        was = _value(old.get("outputs"), path) if was is None else was
        becomes = None if kind.startswith("delete") else _value(new.get("inputs"), path)
        yield Difference(
            path=path,
            old=None if kind.startswith("add") else _text(was),
            new=_text(becomes),
            secret=was == _HIDDEN and becomes == _HIDDEN,
            forces_replacement=kind.endswith("replace") or path in replaced,
        )


def _value(properties: Any, path: str) -> Any:
    value = properties
    for name, quoted, index in _TOKEN.findall(path):
        # Secret as a whole: so is everything in it.
        if value == _HIDDEN:
            return value
        if index and isinstance(value, list):
            value = value[int(index)] if int(index) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(name or quoted.replace('\\"', '"'))
        else:
            return None
    return value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if value == _UNKNOWN:
        return "known after deployment"
    if value == _HIDDEN:
        return "a secret"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}…"


def main() -> int:
    parser = argparse.ArgumentParser(description="a preview as Markdown")
    parser.add_argument("stack")
    parser.add_argument("folder", type=Path, help="holds preview.json, preview.txt, outputs.json")
    parser.add_argument("--code", type=int, required=True, help="the exit code of Pulumi")
    parser.add_argument("--drift", action="store_true", help="the preview asked the cloud first")
    parser.add_argument("--secrets-blank", action="store_true", help="secrets were placeholders")
    parser.add_argument("--footer", default="", help="a last, small line")
    arguments = parser.parse_args()
    preview = _read(arguments.folder / "preview.json")
    file = stack_file(PROJECT, arguments.stack)
    promises = promises_report.section(file, _read(arguments.folder / "outputs.json"))
    # What drifts changes nothing of what the plan asks for.
    costs = "" if arguments.drift or arguments.code else watching.section(file, preview)
    clauses = "" if arguments.drift else clause_changes.of_folder(arguments.folder)
    text = report(
        arguments.stack,
        preview,
        _said(arguments.folder / "preview.txt"),
        arguments.code,
        drift=arguments.drift,
        secrets_blank=arguments.secrets_blank,
        promises=promises + costs + clauses,
        footer=arguments.footer,
    )
    sys.stdout.write(text)
    return 0


def _read(path: Path) -> Mapping[str, Any]:
    # Where Pulumi ends before its program starts, it prints no report at all.
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _said(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
