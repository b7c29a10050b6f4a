"""What a deployment says of its promises: the stack outputs, small enough to be read in a diff.

The shape mirrors the plan's chapter ``objectives`` and is described in docs/reports.md. The sums
behind the figures stand in build/check.json.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ..objectives import FAILURES
from ..words import say_duration, tell_duration
from .promises import Kind, Promise
from .prove import Proof

_CHAPTERS: dict[Kind, str] = {"rpo": "data", "rto": "functions", "retention": "retention"}
_KINDS: dict[str, Kind] = {chapter: kind for kind, chapter in _CHAPTERS.items()}


def promises_output(proof: Proof) -> dict[str, Any]:
    """The promises as a stack output: ``data``, ``functions`` and ``retention``."""
    result: dict[str, Any] = {}
    for promise in (*proof.promises, *proof.not_promised):
        _, chapter, name = promise.at.split(".", 2)
        item = result.setdefault(chapter, {}).setdefault(name, {})
        if promise.kind == "retention":
            item[promise.detail or "backups"] = {
                "promised_seconds": _seconds(promise.promised),
                **_judged(promise),
            }
            continue
        of_item = item.setdefault(promise.item, {"kept": True, "after": {}})
        of_item["kept"] = of_item["kept"] and not promise.missed
        of_item["after"][str(promise.mode)] = {
            **({"promised_seconds": _seconds(promise.promised)} if promise.covered else {}),
            **_judged(promise),
        }
    return result


def _judged(promise: Promise) -> dict[str, Any]:
    way = promise.way
    said: dict[str, Any] = {
        "seconds": None if promise.computed is None else _seconds(promise.computed)
    }
    if way is not None:
        said["by"] = way.by
        if way.rests_on_assumptions:
            said["assumed"] = True
    return said


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def judged_in(output: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The promises of a stack output, each as in build/check.json but without its sum; what is not
    promised has the key ``covered`` false.

    Raises ``KeyError``, ``TypeError`` or ``AttributeError`` where it is of another shape.
    """
    return list(_promises_in(output))


def _promises_in(output: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for chapter, kind in _KINDS.items():
        for name, items in (output.get(chapter) or {}).items():
            at = f"objectives.{chapter}.{name}"
            for item, said in items.items():
                if kind == "retention":
                    detail = "" if item == "backups" else item
                    yield _promise(kind, at, name, None, detail, said, said)
                    continue
                after = said["after"]
                # What is left out is compared with what is promised after the others.
                covered = [each for each in after.values() if "promised_seconds" in each]
                for mode in FAILURES:
                    if mode in after:
                        promised = after[mode] if after[mode] in covered else _most(covered)
                        yield _promise(kind, at, item, mode, "", promised, after[mode])


def _most(covered: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return min(covered, key=lambda each: float(each["promised_seconds"]))


def _promise(
    kind: Kind,
    at: str,
    item: str,
    mode: str | None,
    detail: str,
    promised: Mapping[str, Any],
    said: Mapping[str, Any],
) -> dict[str, Any]:
    limit = timedelta(seconds=float(promised["promised_seconds"]))
    seconds = said["seconds"]
    computed = None if seconds is None else timedelta(seconds=float(seconds))
    enough = computed is not None and (
        computed >= limit if kind == "retention" else computed <= limit
    )
    return {
        "kind": kind,
        "at": at,
        "item": item,
        "after": mode,
        "detail": detail,
        "promised": say_duration(limit),
        "promised_seconds": limit.total_seconds(),
        "computed": None if computed is None else tell_duration(computed),
        "computed_seconds": None if computed is None else computed.total_seconds(),
        "kept": enough,
        "by": said.get("by", ""),
        "assumed": bool(said.get("assumed")),
        "covered": "promised_seconds" in said,
    }
