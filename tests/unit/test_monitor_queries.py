"""Queries of Datadog monitors: what is compiled says the same figures when it is read back,
Datadog's rules take it, and what they refuse cannot be written."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.observe.queries.anomaly import Anomaly
from pulumi_upkeep.observe.queries.burn_rate import BurnRate
from pulumi_upkeep.observe.queries.compiled import Compiled
from pulumi_upkeep.observe.queries.condition import Condition, number
from pulumi_upkeep.observe.queries.forecast import Forecast
from pulumi_upkeep.observe.queries.reading import length, read
from pulumi_upkeep.observe.queries.threshold import Threshold
from pulumi_upkeep.observe.queries.windows import event_window
from pulumi_upkeep.plan.faults import NotInWords, PlanError

from sandbox.datadog.monitor_rules import faults

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
METRIC = "p95:trace.http.request{env:prod,service:web} by {resource_name}"

values = st.decimals("0.01", "100000", places=2).map(float)


def as_monitor(compiled: Compiled) -> dict[str, Any]:
    """The monitor as Datadog's API would get it."""
    given = compiled.thresholds
    options: dict[str, Any] = {
        "thresholds": {
            name: float(value)
            for name in ("critical", "warning", "critical_recovery", "warning_recovery")
            if (value := getattr(given, name)) is not None
        }
    }
    if compiled.windows is not None:
        options["threshold_windows"] = {
            "trigger_window": compiled.windows.trigger_window,
            "recovery_window": compiled.windows.recovery_window,
        }
    return {"type": compiled.type, "query": compiled.query, "name": "one", "options": options}


@st.composite
def conditions(draw: st.DrawFn, comparisons: tuple[str, ...] = (">", ">=", "<", "<=")) -> Condition:
    comparison: Any = draw(st.sampled_from(comparisons))
    # From the alert towards health.
    four = sorted(draw(st.sets(values, min_size=4, max_size=4)), reverse=comparison[0] == ">")
    critical, warning, recovery, end = four
    return Condition(comparison, critical, warning, recovery, end)


@pytest.mark.slow
@given(conditions(), st.integers(1, 7 * 24 * 60), st.sampled_from(("avg", "max", "min", "sum")))
def test_a_threshold_reads_back(when: Condition, minutes: int, reduced: Any) -> None:
    compiled = Threshold(METRIC, minutes * MINUTE, when, reduced).compile()
    found = read(compiled.query)
    assert (found.kind, found.metric, found.window) == ("threshold", METRIC, minutes * MINUTE)
    assert (found.compares, found.reduced) == ((when.comparison, when.critical), reduced)
    assert compiled.thresholds is not None
    assert found.compares[1] == float(compiled.thresholds.critical)  # type: ignore[arg-type]
    if minutes <= 48 * 60:
        assert faults(as_monitor(compiled), {}) == []


@given(
    st.integers(15, 24 * 60),
    st.sampled_from((1.0, 0.75, 0.5)),
    st.sampled_from(("above", "below", "both")),
    st.integers(1, 6),
    st.sampled_from((("agile", "weekly"), ("robust", "daily"), ("basic", None))),
    st.booleans(),
)
def test_an_anomaly_reads_back(
    minutes: int, share: float, direction: Any, deviations: int, how: Any, counts: bool
) -> None:
    anomaly = Anomaly(
        METRIC,
        minutes * MINUTE,
        share=share,
        direction=direction,
        deviations=deviations,
        algorithm=how[0],
        seasonality=how[1],
        timezone="America/New_York" if how[1] else None,
        counts=counts,
    )
    compiled = anomaly.compile()
    assert faults(as_monitor(compiled), {}) == []
    found = read(compiled.query)
    assert (found.kind, found.metric, found.compares) == ("anomaly", METRIC, (">=", share))
    assert found.options["algorithm"] == how[0]
    assert found.options["direction"] == direction
    assert int(found.options["deviations"]) == deviations
    assert found.options.get("seasonality") == how[1]
    assert found.options["count_default_zero"] == str(counts).lower()
    assert length(found.options["alert_window"]) == minutes * MINUTE
    assert found.window >= minutes * MINUTE
    assert compiled.windows is not None
    assert compiled.windows.trigger_window == found.options["alert_window"]


@pytest.mark.slow
@given(conditions((">=", "<=")), st.integers(12, 90 * 24), st.integers(1, 3), st.integers(24, 2000))
def test_a_forecast_reads_back(when: Condition, hours: int, deviations: int, past: int) -> None:
    forecast = Forecast(METRIC, hours * HOUR, when, deviations, past * HOUR)
    compiled = forecast.compile()
    found = read(compiled.query)
    assert (found.kind, found.window, found.metric) == ("forecast", hours * HOUR, METRIC)
    assert found.reduced == ("max" if when.rising else "min")
    assert found.compares == (when.comparison, when.critical)
    assert (int(found.options["deviations"]), length(found.options["history"])) == (
        deviations,
        past * HOUR,
    )


@given(
    st.sampled_from((99.0, 99.5, 99.9, 99.95)),
    st.sampled_from((7, 30, 90)),
    st.sampled_from((1, 6, 24, 48)),
    st.sampled_from((1.0, 6.0, 14.4)),
)
def test_a_burn_rate_reads_back(target: float, over: Any, hours: int, rate: float) -> None:
    compiled = BurnRate(target, over, rate, hours * HOUR).compile("abc-123")
    found = read(compiled.query)
    assert (found.kind, found.metric, found.window) == ("burn rate", "abc-123", hours * HOUR)
    assert (found.options["over"], length(found.options["short"])) == (f"{over}", hours * HOUR / 12)
    assert found.compares == (">", rate)


def test_the_customary_burn_rates_spend_what_they_say() -> None:
    fast = BurnRate(99.9, 30, 14.4, HOUR)
    assert fast.budget_spent() == pytest.approx(0.02)
    assert fast.compile("x").query == (
        'burn_rate("x").over("30d").long_window("1h").short_window("5m") > 14.4'
    )
    assert BurnRate(99.9, 30, 6, 6 * HOUR).budget_spent() == pytest.approx(0.05)
    # A day is 24 hours: the long window is told in hours, the short one in minutes [Datadog].
    assert BurnRate(99.9, 30, 3, DAY).compile("x").query == (
        'burn_rate("x").over("30d").long_window("24h").short_window("120m") > 3'
    )


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Condition(">", 10, warning=11), ["warning = 11: must be below `critical`"]),
        (lambda: Condition("<", 10, warning=9), ["warning = 9: must be above `critical`"]),
        (
            lambda: Condition(">", 10, critical_recovery=10, warning_recovery=3),
            [
                "critical_recovery = 10: must be below `critical`",
                "warning_recovery = 3: there is no `warning`",
            ],
        ),
        (lambda: Anomaly(METRIC, 10 * MINUTE), ["lasting = 10 minutes: an anomaly is looked at"]),
        (lambda: Anomaly(METRIC, 25 * HOUR), ["nearest: `1 day`"]),
        (lambda: Anomaly(METRIC, HOUR, share=1.5), ["share = 1.5"]),
        (
            lambda: Anomaly(METRIC, HOUR, recovers_in=30 * MINUTE, share=0.25),
            ["recovers_in = 30 minutes: lies between 46 minutes"],
        ),
        (
            lambda: Anomaly(METRIC, HOUR, algorithm="basic"),
            ["seasonality = weekly: `basic` knows no seasons"],
        ),
        (lambda: Forecast(METRIC, DAY, Condition(">", 1)), ["when = >", "`>=`"]),
        (lambda: Forecast(METRIC, HOUR, Condition(">=", 1)), ["nearest: `12 hours`"]),
        (
            lambda: BurnRate(99.0, 30, 144, HOUR),
            ["rate = 144: an objective of 99 % burns at most 100 times"],
        ),
        (lambda: BurnRate(99.9, 30, 2, 72 * HOUR), ["long = 3 days", "nearest: `2 days`"]),
        (lambda: BurnRate(99.9, 30, 2, HOUR, short=HOUR), ["short = 1 hour: must be shorter"]),
        (lambda: BurnRate(100, 30, 2, HOUR), ["target = 100"]),
        (
            lambda: BurnRate(99.9, 30, 2, HOUR, short=MINUTE / 2),
            ["short = 30 seconds: Datadog counts in whole minutes; nearest: `1 minute`"],
        ),
    ],
)
def test_what_datadog_refuses_cannot_be_written(make: Any, says: list[str]) -> None:
    with pytest.raises(PlanError) as refused:
        make()
    for saying in says:
        assert saying in str(refused.value)


def test_windows_that_datadog_has_not() -> None:
    when = Condition(">", 1)
    with pytest.raises(NotInWords, match="1 minute to 7 days"):
        Threshold(METRIC, 8 * DAY, when).compile()
    with pytest.raises(NotInWords, match="whole minutes"):
        Threshold(METRIC, 90 * timedelta(seconds=1), when).compile()
    with pytest.raises(NotInWords, match="1 minute to 2 days"):
        event_window(3 * DAY)
    assert event_window(2 * DAY) == "48h"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (1000.0, "1000"), (14.4, "14.4"), (0.00001, "0.00001"), (0, "0")],
)
def test_numbers_are_written_as_datadog_keeps_them(value: float, text: str) -> None:
    assert number(value) == text


def test_what_is_no_query_of_ours_is_said() -> None:
    for query in ("avg(last_5m):x", "x > 1", "avg(last_5m):anomalies(x) >= 1"):
        with pytest.raises(ValueError, match=r"query|window|comparison|arguments"):
            read(query)
