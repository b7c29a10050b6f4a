"""What a change does to the account of the plans' clauses: before and after, as Markdown.

Both are judged by what is declared: of the branch that it goes into, and of the change itself.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.upkeep.markdown import code

BEFORE, AFTER = "clauses-before.json", "clauses-after.json"
_ROWS = 30

Clauses = Sequence[Mapping[str, Any]]
"""build/coverage.json."""


def section(before: Clauses, after: Clauses) -> str:
    """The Markdown; empty where there is nothing to compare."""
    if not after:
        return ""
    kept = sum(each["kept"] for each in after)
    if not before:
        return f"\nClauses kept, by what is declared: {kept} of {len(after)}.\n"
    rows = list(_rows({each["id"]: each for each in before}, after))
    was = sum(each["kept"] for each in before)
    title = f"\n**Clauses kept, by what is declared: {kept} of {len(after)}**, before {was}\n"
    if not rows:
        return f"\nClauses kept, by what is declared: {kept} of {len(after)}, as before.\n"
    left_out = len(rows) - _ROWS
    more = f"\n{left_out} more changed\n" if left_out > 0 else ""
    head = "\n| clause | before | with this change | by |\n| --- | --- | --- | --- |\n"
    return title + head + "".join(rows[:_ROWS]) + more


def _rows(before: Mapping[str, Mapping[str, Any]], after: Clauses) -> Iterator[str]:
    """The clauses whose state changes, those that fall first."""
    changed = [each for each in after if each["kept"] != (before.get(each["id"]) or {}).get("kept")]
    for each in sorted(changed, key=lambda one: bool(one["kept"])):
        was = before.get(each["id"])
        said = "kept" if each["kept"] else "**missing**"
        told = "not there" if was is None else "kept" if was["kept"] else "missing"
        by = each["evidence"] if each["kept"] else each["missing"]
        says = "<br>".join(code(one) for one in by[:3])
        asks = str(each["asks"]).replace("|", "\\|")
        yield f"| {each['id']} {asks} | {told} | {said} | {says} |\n"


def of_folder(folder: Path) -> str:
    """The section of a preview's folder; empty where no account was written into it."""
    return section(_read(folder / BEFORE), _read(folder / AFTER))


def _read(path: Path) -> Clauses:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) else []
