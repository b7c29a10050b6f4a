"""Alarms are evaluated as CloudWatch's documentation says."""

from collections.abc import Sequence
from typing import Any

import pytest

from sandbox.aws.alarm_evaluation import (
    Datum,
    NotEvaluated,
    Point,
    by_period,
    evaluate,
    periods_of,
)

BEFORE = "the state before"


def judged(points: Sequence[Point], *, wanted: int = 3, needed: int = 3, missing: str) -> str:
    document = {
        "Namespace": "Upkeep",
        "MetricName": "Lag",
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": wanted,
        "DatapointsToAlarm": needed,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "TreatMissingData": missing,
    }
    assert len(points) == periods_of(document)
    return evaluate(document, lambda *_metric: list(points), BEFORE)[0]


def drawn(text: str) -> list[Point]:
    """``0 - X``: a point within the threshold, none, one beyond it."""
    return [{"0": 0.0, "X": 1.0, "-": None}[each] for each in text.split()]


WAYS = ("missing", "ignore", "breaching", "notBreaching")


# [CloudWatch, "How alarm state is evaluated when data is missing"]
@pytest.mark.parametrize(
    ("points", "states"),
    [
        ("0 - X - X", ("OK", "OK", "OK", "OK")),
        ("- - - - 0", ("OK", "OK", "OK", "OK")),
        ("- - - - -", ("INSUFFICIENT_DATA", BEFORE, "ALARM", "OK")),
        ("0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("- - X - -", ("ALARM", BEFORE, "ALARM", "OK")),
    ],
)
def test_three_of_three_with_missing_data(points: str, states: tuple[str, ...]) -> None:
    assert tuple(judged(drawn(points), missing=way) for way in WAYS) == states


@pytest.mark.parametrize(
    ("points", "states"),
    [
        ("0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 - X - -", ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", ("OK", "OK", "ALARM", "OK")),
        ("- - - X -", ("ALARM", BEFORE, "ALARM", "OK")),
    ],
)
def test_two_of_three_with_missing_data(points: str, states: tuple[str, ...]) -> None:
    assert tuple(judged(drawn(points), needed=2, missing=way) for way in WAYS) == states


def math(expression: str, **columns: list[Point]) -> str:
    document: dict[str, Any] = {
        "Metrics": [
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {"Namespace": "N", "MetricName": name},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for name in columns
        ]
        + [{"Id": "value", "Expression": expression}],
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 50.0,
    }
    return evaluate(document, lambda _space, name, *_rest: columns[name], BEFORE)[0]


def test_metric_math_that_the_components_write() -> None:
    share = "IF(asked >= 100, 100 * failed / asked, 0)"
    assert math(share, asked=[None, None, 100.0], failed=[None, None, 50.0]) == "ALARM"
    assert math(share, asked=[None, None, 99.0], failed=[None, None, 99.0]) == "OK"
    assert math("IF(lag < 0, 3600, lag)", lag=[None, None, -1.0]) == "ALARM"
    assert math("IF(lag < 0, 3600, lag)", lag=[None, None, 49.0]) == "OK"
    assert math("MAX([a, b])", a=[None] * 2 + [1.0], b=[None] * 2 + [50.0]) == "ALARM"
    assert math("FILL(a, 50)", a=[1.0, 1.0, None]) == "ALARM"
    assert math("100 * used / all", used=[None] * 2 + [1.0], all=[None] * 2 + [0.0]) == (
        "INSUFFICIENT_DATA"
    )


@pytest.mark.parametrize("expression", ["SEARCH('x')", "lag +", "__import__('os')", "lag ** 2"])
def test_what_is_not_known_is_not_guessed(expression: str) -> None:
    with pytest.raises(NotEvaluated):
        math(expression, lag=[1.0, 1.0, 1.0])


def put(at: float, *values: float) -> list[Datum]:
    return [Datum(at, (value,), value, value, value, 1.0) for value in values]


def test_statistics_of_periods() -> None:
    data = put(30, 1, 3) + put(90, 5) + put(119.9, 7)

    def of(statistic: str) -> list[Point]:
        return by_period(data, statistic, 60, 3, now=185.0)

    assert of("Sum") == [4.0, 12.0, None]
    assert of("Average") == [2.0, 6.0, None]
    assert of("Minimum") == [1.0, 5.0, None]
    assert of("Maximum") == [3.0, 7.0, None]
    assert of("SampleCount") == [2.0, 2.0, None]
    assert of("p50") == [1.0, 5.0, None]


def test_the_period_under_way_counts_once_it_has_data() -> None:
    assert by_period(put(61, 1), "Sum", 60, 2, now=62.0) == [None, 1.0]
    assert by_period(put(59, 1), "Sum", 60, 2, now=62.0) == [None, 1.0]
