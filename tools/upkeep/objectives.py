"""The promises of a plan as a table: promised, computed for each kind of failure, kept."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

Promise = Mapping[str, Any]
"""One of ``objectives`` in build/check.json."""

# The headings: what is lost or taken after each kind of failure.
_AFTER = {"instance": "instance down", "region": "region lost", "corruption": "corruption"}
_SHORT = (("minute", "min"), ("second", "s"), ("hour", "h"))


def table(promises: Sequence[Promise]) -> Table:
    """One row for all promises that were judged alike."""
    modes = [mode for mode in _AFTER if any(promise["after"] == mode for promise in promises)]
    result = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("", "of", "promised", *(_AFTER[mode] for mode in modes), ""):
        result.add_column(column)
    for (kind, detail, promised), items, computed in rows(promises):
        kept = all(each["kept"] for each in computed.values())
        if kind == "retention":
            length = _shown(computed[None])
            cells = [length, *[Text("")] * (len(modes) - 1)]
        else:
            cells = [_shown(computed.get(mode)) for mode in modes]
        what = f"{kind.upper() if kind != 'retention' else 'kept'} {detail}".strip()
        result.add_row(
            what,
            items,
            short(promised),
            *cells,
            Text("kept", "green") if kept else Text("missed", "red"),
        )
    return result


def assumed(promises: Sequence[Promise]) -> list[str]:
    """The figures behind the stars, each once: what it is, how long, and why it is taken for so."""
    return sorted(
        {
            f"{term['what']} {short(term['length'])} ({term['source']})"
            for promise in promises
            for term in promise["terms"]
            if promise["assumed"] and term["provenance"] == "assumed" and term["seconds"]
        }
    )


Row = tuple[tuple[str, str, str], str, Mapping[str | None, Promise]]


def rows(promises: Sequence[Promise]) -> list[Row]:
    """Kind, detail and promise; the items; what was computed, by what fails. Items next to one
    another that were judged alike share a row."""
    found: list[Row] = []
    by_item = groupby(promises, lambda each: (each["kind"], each["at"], each["item"]))
    single = []
    for (kind, _at, item), group in by_item:
        for detail, judged in groupby(group, lambda each: each["detail"]):
            by_mode = {each["after"]: each for each in judged}
            promised = next(iter(by_mode.values()))["promised"]
            single.append(((kind, detail, promised), item, by_mode))
    for key, alike in groupby(single, lambda row: (row[0], _figures(row[2]))):
        same = list(alike)
        found.append((key[0], ", ".join(item for _, item, _ in same), same[0][2]))
    return found


def _figures(computed: Mapping[str | None, Promise]) -> list[tuple[str | None, str | None, bool]]:
    return [(mode, each["computed"], each["assumed"]) for mode, each in computed.items()]


def _shown(promise: Promise | None) -> Text:
    if promise is None:
        return Text("")
    if promise["computed"] is None:
        return Text("nothing brings it back", "red")
    if promise["computed_seconds"] == 0:
        return Text("none")
    # A star where a term of the sum is assumed, neither measured nor a vendor's figure.
    star = "*" if promise["assumed"] else ""
    return Text(f"{short(promise['computed'])}{star}", "" if promise["kept"] else "red")


def short(duration: str) -> str:
    """``41 minutes 5 seconds`` as ``41 min 5 s``, to fit a column."""
    for word, unit in _SHORT:
        duration = duration.replace(f"{word}s", unit).replace(word, unit)
    return duration
