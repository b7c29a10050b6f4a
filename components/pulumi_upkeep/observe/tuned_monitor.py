"""A monitor as the plan has it told: severity, limit, silence, and the windows it is quiet in."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ..plan.faults import NotInWords
from .alert_book import Alert, Told, open_book, told
from .queries.compiled import Compiled
from .queries.relimited import relimited

if TYPE_CHECKING:
    from .monitor import MonitorWatch


def as_told(name: str, watch: "MonitorWatch") -> "MonitorWatch":
    """The watch with what the open book says of the alert of that name."""
    how = told(Alert(name, watch.severity, "monitor", service=watch.service), silent=watch.silent)
    return replace(
        watch,
        severity=how.severity,
        silent=watch.silent or how.silenced,
        compiled=_compiled(name, watch, how),
        tags=(*watch.tags, *sorted(how.tags)),
    )


def _compiled(name: str, watch: "MonitorWatch", how: Told) -> Compiled:
    book = open_book()
    if how.above is None or book is None:
        return watch.compiled
    try:
        if watch.query is not None:
            rule = "stands on other monitors, and has no limit of its own"
            raise NotInWords(rule, "write it in the chapter that makes them")
        return relimited(watch.compiled, how.above, watch.unit)
    except NotInWords as wrong:
        book.refuse_limit(name, f"{name} {wrong.rule}", wrong.remedy)
    return watch.compiled
