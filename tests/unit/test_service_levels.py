"""Service levels: targets, times and burn rates that Datadog takes, and those that it would not."""

from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan.faults import from_validation
from pulumi_upkeep.plan.plan import read_chapters
from pulumi_upkeep.plan.service_levels import ServiceLevel, fastest
from pydantic import ValidationError

from tests.unit.plans import chapters, secrets

HOUR = timedelta(hours=1)


def level(**written: Any) -> ServiceLevel:
    return ServiceLevel.model_validate({"availability": "99.9 %"} | written)


def refused(**written: Any) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        level(**written)
    return [str(fault) for fault in from_validation(raised.value, ServiceLevel)]


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("7 days", [(16.8, 1, "p1"), (5.6, 6, "p1"), (2.8, 24, "p3"), (1, 48, "p3")]),
        ("30 days", [(14.4, 1, "p1"), (6, 6, "p1"), (3, 24, "p3"), (1, 48, "p3")]),
        ("90 days", [(21.6, 1, "p1"), (10.8, 6, "p1"), (4.5, 24, "p3"), (1, 48, "p3")]),
    ],
)
def test_the_usual_alerts_of_a_time(over: str, expected: list[tuple[float, int, str]]) -> None:
    found = level(over=over).alerts(99.9)

    assert [(each.rate, each.within // HOUR, each.severity) for each in found] == expected
    assert [each.short / each.within for each in found] == [1 / 12] * 4


def test_the_fast_ones_spend_the_shares_of_the_budget_that_their_source_says() -> None:
    spent = [
        round(each.rate * (each.within / timedelta(days=30)), 4) for each in level().alerts(99.9)
    ]
    assert spent == [0.02, 0.05, 0.1, 0.0667]


@pytest.mark.parametrize(
    ("target", "rates"), [(99.9, [14.4, 6, 3, 1]), (93.1, [14.4, 6, 3, 1]), (93, [6, 3, 1])]
)
def test_a_rate_that_a_low_target_cannot_reach_is_left_out(
    target: float, rates: list[float]
) -> None:
    assert [each.rate for each in level(availability=f"{target} %").alerts(target)] == rates


def test_alerts_may_be_stated() -> None:
    stated = level(
        burn_rates=[
            {"rate": 2, "within": "12 hours", "severity": "p2"},
            {"rate": 10, "within": "2 hours", "lasting": "15 minutes", "severity": "p0"},
        ]
    )
    assert [(each.rate, each.short) for each in stated.alerts(99.9)] == [
        (10, timedelta(minutes=15)),
        (2, HOUR),
    ]


@pytest.mark.parametrize("target", ["0.001 %", "99.999 %", "50 %", "99.95 %"])
def test_targets_between_the_ends_are_taken(target: str) -> None:
    assert level(availability=target).availability == float(target.split(" ")[0])


BAD = [
    (
        {"availability": "100 %"},
        "availability = 100 %: leaves nothing that may fail, so nothing to alert on: above 0 and "
        "below 100 % [Datadog]; such as `99.9 %`",
    ),
    (
        {"availability": "0 %"},
        "availability = 0 %: a percentage lies above 0 and at most at 100; at most `100 %`",
    ),
    (
        {"availability": "99.9999 %"},
        "availability = 99.9999 %: Datadog keeps 3 decimals of a target; nearest: `99.999 %`",
    ),
    (
        {"over": "28 days"},
        "over = 28 days: the time of a service level is one of 7 days, 30 days, 90 days (Datadog, "
        "timeframe of an SLO); nearest: `30 days`",
    ),
    (
        {"warning": "99.9 %"},
        "warning = 99.9 %: must be above the target, which is 99.9 % [Datadog]; such as `99.95 %`",
    ),
    (
        {"latency": {"below": "1 second", "of": "100 %"}},
        "latency.of = 100 %: leaves nothing that may fail, so nothing to alert on: above 0 and "
        "below 100 % [Datadog]; such as `99.9 %`",
    ),
    (
        {"burn_rates": [{"rate": 1000.1, "within": "1 hour", "severity": "p1"}]},
        "burn_rates.0.rate = 1000.1: 99.9 % burns at most 1000 times too fast, when everything "
        "fails [Datadog]; nearest: `1000`",
    ),
    (
        {
            "latency": {"below": "1 second", "of": "90 %"},
            "burn_rates": [{"rate": 14.4, "within": "1 hour", "severity": "p1"}],
        },
        "burn_rates.0.rate = 14.4: 90 % burns at most 10 times too fast, when everything fails "
        "[Datadog]; nearest: `10`",
    ),
    (
        {"burn_rates": [{"rate": 1, "within": "3 days", "severity": "p3"}]},
        "burn_rates.0.within = 3 days: the long window of a burn rate lies between 1 hour and 2 "
        "days (Datadog, long_window); nearest: `2 days`",
    ),
    (
        {"burn_rates": [{"rate": 1, "within": "59 minutes", "severity": "p3"}]},
        "burn_rates.0.within = 59 minutes: the long window of a burn rate lies between 1 hour and "
        "2 days (Datadog, long_window); nearest: `1 hour`",
    ),
    (
        {"burn_rates": [{"rate": 1, "within": "1 hour", "lasting": "1 hour", "severity": "p3"}]},
        "burn_rates.0.lasting = 1 hour: must be shorter than `within` [Datadog, short_window]; a "
        "twelfth: `5 minutes`",
    ),
    (
        {
            "burn_rates": [
                {"rate": 1, "within": "1 hour", "lasting": "90 seconds", "severity": "p3"}
            ]
        },
        "burn_rates.0.lasting = 90 seconds: Datadog counts in whole minutes; nearest: `2 minutes`",
    ),
    (
        {
            "burn_rates": [
                {"rate": 2, "within": "1 hour", "severity": severity} for severity in ("p1", "p2")
            ]
        },
        "burn_rates.1: says what another one says; leave one of them out",
    ),
]


@pytest.mark.parametrize(("written", "line"), BAD, ids=[line.split(":")[0] for _, line in BAD])
def test_what_datadog_would_refuse_is_refused_with_what_would_do(
    written: dict[str, Any], line: str
) -> None:
    assert refused(**written) == [line]


@pytest.mark.parametrize(
    "written",
    [
        {"warning": "99.91 %"},
        {"burn_rates": [{"rate": 1000, "within": "1 hour", "severity": "p1"}]},
        {"burn_rates": [{"rate": 1, "within": "2 days", "severity": "p1"}]},
        {
            "burn_rates": [
                {"rate": 1, "within": "1 hour", "lasting": "59 minutes", "severity": "p1"}
            ]
        },
    ],
)
def test_the_nearest_values_are_taken(written: dict[str, Any]) -> None:
    level(**written)


def test_the_fastest_rate_is_that_at_which_everything_fails() -> None:
    assert [fastest(target) for target in (99.9, 99, 90, 50)] == [1000, 100, 10, 2]


def faults_of(**edits: Any) -> list[str]:
    plan = chapters() | {"service_levels": {}} | edits
    reading = read_chapters(plan, secrets())
    return [str(fault) for fault in reading.faults]


def test_a_level_of_a_class_that_there_is_not() -> None:
    assert faults_of(service_levels={"kritical": {"availability": "99.9 %"}}) == [
        "service_levels.kritical = kritical: no such class in `objectives.functions`; did you mean "
        "`critical`?"
    ]


def test_a_target_of_time_keeps_two_decimals_over_thirty_days() -> None:
    fine = {"availability": "99.995 %", "over": "30 days"}
    assert faults_of(service_levels={"critical": fine}) == [
        "service_levels.critical.uptime = 99.995 %: Datadog keeps 2 decimals of a target of time "
        "over 30 days (Datadog, monitor-based SLOs); nearest: `99.99 %`"
    ]
    assert faults_of(service_levels={"critical": fine | {"over": "90 days"}}) == []
    assert faults_of(service_levels={"critical": fine | {"uptime": "99.99 %"}}) == []
    # Of services that nobody asks from outside there is no objective of time.
    assert faults_of(service_levels={"important": fine}) == []


def test_an_objective_of_time_is_made_of_twenty_checks_at_most() -> None:
    plan = chapters()

    def faults(count: int) -> list[str]:
        names = [f"page-{number}" for number in range(count)]
        uptime = {key: plan["uptime"][key] for key in ("every", "locations", "severity", "within")}
        checks = {name: {"url": f"https://www.bynomi.com/{name}"} for name in names}
        return faults_of(
            uptime=uptime | {"checks": checks},
            services={"web": plan["services"]["web"] | {"checks": names}},
            service_levels={"critical": {"availability": "99.9 %"}},
            status_page=None,
        )

    assert faults(20) == []
    assert faults(21) == [
        "services.web.checks = 21: one objective is made of at most 20 (Datadog, monitor-based "
        "SLOs: up to 20 monitors); name those that tell whether customers are served"
    ]
