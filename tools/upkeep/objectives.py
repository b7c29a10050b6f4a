"""The promises of a plan as a table: promised, computed for each kind of failure, kept."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from pulumi_upkeep.plan.objectives import FAILURES
from pulumi_upkeep.plan.words import tell_duration
from rich.table import Table
from rich.text import Text

from tools.upkeep.fitting import Fitting

Promise = Mapping[str, Any]
"""One of ``objectives`` or ``not_promised`` in build/check.json. ``covered`` is false where the
plan promises nothing; without that key it does."""

_SHORT = (("minute", "min"), ("second", "s"), ("hour", "h"))
_MINUTE, _HOUR = 60, 3600


def all_of(checked: Mapping[str, Any]) -> list[Promise]:
    """The promises of one stack of build/check.json, and what is computed without one, in the order
    of the plan."""
    promised = list(checked["objectives"])
    beside = [{**each, "covered": False} for each in checked["not_promised"]]
    order = {
        (each["kind"], each["at"], each["item"]): index
        for index, each in reversed(list(enumerate([*promised, *beside])))
    }

    def place(each: Promise) -> tuple[int, int]:
        mode = each["after"]
        return (
            order[(each["kind"], each["at"], each["item"])],
            FAILURES.index(mode) if mode else 0,
        )

    return sorted([*promised, *beside], key=place)


def shown(promises: Sequence[Promise]) -> Fitting:
    """The table, or where it has no room a few lines for each promise."""
    made = rows(promises)
    # `every month` and the longest name stay whole; what is before them goes into another line.
    whats = [detail or kind for (kind, detail, _), _, _ in made]
    names = [name for _, items, _ in made for name in items.split(", ")]
    least = {0: max(map(len, whats), default=0), 1: max(map(len, names), default=0)}
    made_table = table(promises)
    modes = [str(column.header) for column in made_table.columns[3:-1]]

    def labels(row: Sequence[Text]) -> list[str]:
        # How long backups live is nothing that a failure changes; it stands in the first column.
        retained = row[0].plain.startswith("kept")
        return ["promised", *(["computed"] * len(modes) if retained else modes), ""]

    return Fitting(made_table, least=least, head=2, labels=labels)


def table(promises: Sequence[Promise]) -> Table:
    """One row for all promises that were judged alike, a column for each failure."""
    modes = [mode for mode in FAILURES if any(each["after"] == mode for each in promises)]
    result = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("", "of", "promised", *modes, ""):
        # Words may go on in the next line, figures never.
        words = column == "of" or not result.columns
        result.add_column(column, no_wrap=not words, overflow="fold")
    for (kind, detail, promised), items, computed in rows(promises):
        kept = all(each["kept"] for each in computed.values() if _covered(each))
        if kind == "retention":
            cells = [_shown(computed[None], promised), *[Text("")] * (len(modes) - 1)]
        else:
            cells = [_shown(computed.get(mode), promised) for mode in modes]
        what = f"{kind.upper() if kind != 'retention' else 'kept'} {detail}".strip()
        result.add_row(
            what,
            items,
            short(promised),
            *cells,
            Text("kept", "green") if kept else Text("missed", "red"),
        )
    return result


def notes(promises: Sequence[Promise]) -> list[str]:
    """What the marks in the table mean, as far as they occur."""
    found = []
    if any(each["assumed"] and each["computed_seconds"] for each in promises):
        found.append("* rests on an assumed figure")
    if any(not _covered(each) for each in promises):
        found.append("(in brackets) computed, and not promised")
    if any(_differs(each, promises) for each in promises if _covered(each)):
        found.append("≤ promised for this failure instead")
    return found


def _differs(promise: Promise, promises: Sequence[Promise]) -> bool:
    same = (promise["kind"], promise["at"], promise["item"], promise["detail"])
    usual = _usual(
        [
            each
            for each in promises
            if (each["kind"], each["at"], each["item"], each["detail"]) == same
        ]
    )
    return bool(promise["promised"] != usual)


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


def measured(promises: Sequence[Promise]) -> list[str]:
    """The figures that were measured, each once, with the execution."""
    return sorted(
        {
            f"{term['what']} {short(term['length'])} ({term['of']}, {term['source']})"
            for promise in promises
            for term in promise["terms"]
            if term["provenance"] == "measured"
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
            single.append(((kind, detail, _usual([*by_mode.values()])), item, by_mode))
    for key, alike in groupby(single, lambda row: (row[0], list(_figures(row[2])))):
        same = list(alike)
        found.append((key[0], ", ".join(item for _, item, _ in same), same[0][2]))
    return found


def _covered(promise: Promise) -> bool:
    return bool(promise.get("covered", True))


def _usual(judged: Sequence[Promise]) -> str:
    """What is promised after most failures; of as many the first."""
    said = [each["promised"] for each in judged if _covered(each)]
    return str(max(said or [judged[0]["promised"]], key=said.count))


def _figures(computed: Mapping[str | None, Promise]) -> Iterator[tuple[Any, ...]]:
    for mode, each in computed.items():
        promised = each["promised"] if _covered(each) else None
        yield mode, each["computed"], each["assumed"], promised


def _shown(promise: Promise | None, usual: str) -> Text:
    if promise is None:
        return Text("")
    if promise["computed"] is None:
        never = "all lost" if promise["kind"] == "rpo" else "never"
        return Text(never, "red") if _covered(promise) else Text(f"({never})", "dim")
    # A star where a term of the sum is assumed, neither measured nor a vendor's figure.
    star = "*" if promise["assumed"] and promise["computed_seconds"] else ""
    figure = f"{_figure(promise)}{star}"
    if not _covered(promise):
        return Text(f"({figure})", "dim")
    if promise["promised"] != usual:
        figure = f"{figure} ≤ {short(promise['promised'])}"
    return Text(figure, "" if promise["kept"] else "red")


def _figure(promise: Promise) -> str:
    """A computed length to fit a column: above a minute in whole minutes, above ten hours in whole
    hours, rounded up."""
    seconds = float(promise["computed_seconds"])
    if not seconds:
        return "none"
    if promise["kind"] != "retention":
        whole = _HOUR if seconds > 10 * _HOUR else _MINUTE if seconds > _MINUTE else 1
        seconds = -(-seconds // whole) * whole
    figure = short(tell_duration(timedelta(seconds=seconds)))
    # Of several days with hours, the words would not fit.
    return re.sub(r" days?(?= )", " d", figure)


def short(duration: str) -> str:
    """``41 minutes 5 seconds`` as ``41 min 5 s``, to fit a column."""
    for word, unit in _SHORT:
        duration = duration.replace(f"{word}s", unit).replace(word, unit)
    return duration
