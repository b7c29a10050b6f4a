"""Counts that fall away or stop: what is compiled says the same figures when it is read back,
Datadog's rules take it, and it alerts when it should."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.observe.queries.compiled import Compiled
from pulumi_upkeep.observe.queries.counts import Fallen, Stopped
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.plan.faults import NotInWords

from sandbox.datadog.monitor_rules import faults

HOUR = timedelta(hours=1)
COUNT = "sum:bynomi.orders{env:prod}.as_count()"
_DIFFERENCE = re.compile(
    r"^default_zero\(week_before\((.+)\)\) \* ([\d.]+) - default_zero\((.+)\)$"
)


def as_monitor(compiled: Compiled, **options: Any) -> dict[str, Any]:
    """The monitor as Datadog's API would get it."""
    assert compiled.thresholds is not None
    critical: Any = compiled.thresholds.critical
    return {
        "type": compiled.type,
        "query": compiled.query,
        "name": "one",
        "options": {"thresholds": {"critical": float(critical)}, **options},
    }


@given(st.integers(1, 100), st.integers(1, 10_000), st.integers(1, 7 * 24 * 60))
def test_what_falls_away_reads_back(per_cent: int, by: int, minutes: int) -> None:
    over = timedelta(minutes=minutes)
    compiled = Fallen("bynomi.orders", "prod", per_cent / 100, by, over).compile()
    said = read(compiled.query)
    assert (said.kind, said.reduced) == ("threshold", "sum")
    assert (said.compares, said.window) == ((">=", by), over)
    match = _DIFFERENCE.match(said.metric)
    assert match is not None
    assert (match[1], match[3]) == (COUNT, COUNT)
    assert float(match[2]) == pytest.approx(per_cent / 100)
    assert faults(as_monitor(compiled), {}) == []


@given(st.integers(1, 7 * 24 * 60))
def test_what_stops_reads_back(minutes: int) -> None:
    over = timedelta(minutes=minutes)
    compiled = Stopped("bynomi.orders", "prod", over).compile()
    said = read(compiled.query)
    assert (said.kind, said.reduced, said.window) == ("threshold", "sum", over)
    assert (said.compares, said.metric) == (("<=", 0), f"default_zero({COUNT})")
    assert faults(as_monitor(compiled), {}) == []


def test_silence_is_zero_so_it_takes_no_option_for_silence() -> None:
    compiled = Stopped("bynomi.orders", "prod", HOUR).compile()
    assert faults(as_monitor(compiled, on_missing_data="resolve"), {}) == [
        "on_missing_data has no effect on a default_zero query."
    ]


@pytest.mark.parametrize(
    ("last_week", "now", "alerts"),
    [
        (100, 31, False),  # 19 short of 50
        (100, 30, True),
        (100, 100, False),
        (1000, 481, False),
        (1000, 480, True),
        # The floor: of 39 there may be none.
        (39, 0, False),
        (40, 0, True),
        # Nothing known of last week.
        (0, 10, False),
    ],
)
def test_from_when_it_alerts(last_week: float, now: float, alerts: bool) -> None:
    said = read(Fallen("bynomi.orders", "prod", 0.5, 20, HOUR).compile().query)
    formula = said.metric.replace(f"default_zero(week_before({COUNT}))", f"{last_week}")
    formula = formula.replace(f"default_zero({COUNT})", f"{now}")
    assert re.fullmatch(r"[\d.*\- ]+", formula)
    assert (eval(formula) >= said.compares[1]) is alerts


def test_a_window_that_datadog_does_not_have_cannot_be_written() -> None:
    with pytest.raises(NotInWords, match="looks back 1 minute to 7 days"):
        Fallen("bynomi.orders", "prod", 0.5, 20, timedelta(days=8)).compile()
    with pytest.raises(NotInWords, match="looks back 1 minute to 7 days"):
        Stopped("bynomi.orders", "prod", timedelta(0)).compile()


# ---- when a monitor is evaluated -----------------------------------------------------------------

_A_DAY_APART = "A custom schedule's evaluations are a day apart or more."
_CURRENT = (
    "Monitors with an evaluation_window scheduling_option must have a current query period and "
    "vice versa."
)


def scheduled(**options: Any) -> list[str]:
    """What Datadog says of a count's monitor with such options for scheduling."""
    monitor = as_monitor(Stopped("bynomi.orders", "prod", HOUR).compile())
    monitor["options"]["scheduling_options"] = options
    return faults(monitor, {})


def rule(text: str) -> dict[str, Any]:
    """A custom schedule."""
    return {"custom_schedule": {"recurrences": [{"rrule": text, "timezone": "Europe/London"}]}}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, []),
        (rule("FREQ=DAILY;INTERVAL=1"), []),
        (rule("FREQ=MONTHLY;BYDAY=1SU"), []),
        # Why business hours are a downtime's matter.
        (rule("FREQ=HOURLY;BYHOUR=9,10,11,12;BYDAY=MO,TU,WE,TH,FR"), [_A_DAY_APART] * 2),
        (rule("FREQ=DAILY;BYHOUR=9,10,11"), [_A_DAY_APART]),
        (
            rule("DTSTART=20270101;FREQ=DAILY"),
            ["A custom schedule's rrule holds no DTSTART, DTEND or DURATION."],
        ),
        ({"evaluation_window": {"day_starts": "09:00"}}, [_CURRENT]),
    ],
)
def test_when_datadog_evaluates(options: dict[str, Any], says: list[str]) -> None:
    assert scheduled(**options) == says


def test_a_current_window_and_its_option_belong_together() -> None:
    monitor = {
        "type": "query alert",
        "query": f"sum(current_1d):{COUNT} > 5",
        "name": "one",
        "options": {"scheduling_options": {"evaluation_window": {"day_starts": "09:00"}}},
    }
    assert faults(monitor, {}) == []
    del monitor["options"]
    assert faults(monitor, {}) == [_CURRENT]


def test_errors_take_no_schedule_of_their_own() -> None:
    monitor = {
        "type": "error-tracking alert",
        "query": (
            'error-tracking("env:prod").source("all").new().rollup("count").by("@issue.id")'
            '.last("1d") > 0'
        ),
        "name": "one",
        "options": {"scheduling_options": rule("FREQ=DAILY")},
    }
    assert faults(monitor, {}) == ["A error-tracking alert takes no custom schedule."]
