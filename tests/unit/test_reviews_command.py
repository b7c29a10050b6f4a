"""`make reviews`: what is owed, and when it fails."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tools.upkeep.reviews import show
from tools.upkeep.stop import Stop

OWED: dict[str, Any] = {
    "number": 7,
    "title": "Checkout is down",
    "severity": "p0",
    "resolved": "2026-11-16T12:00:00+00:00",
    "by": "2026-11-21",
    "overdue": False,
}


def shown(*owed: dict[str, Any]) -> str:
    out = StringIO()
    console = Console(file=out, width=120)
    show(console, {"owed": list(owed), "reviewed": 2}, "incident-response")
    return out.getvalue()


def test_what_is_owed_is_shown_with_its_day() -> None:
    text = shown(OWED)
    assert text.startswith("2 reviewed, 1 owed by incident-response")
    assert "#7 Checkout is down" in text
    assert "2026-11-21" in text
    assert "overdue" not in text


def test_nothing_owed_is_a_line() -> None:
    assert shown() == "2 reviewed, 0 owed by incident-response\n"


def test_what_is_overdue_fails() -> None:
    with pytest.raises(Stop, match="1 overdue"):
        shown(OWED, {**OWED, "overdue": True})
