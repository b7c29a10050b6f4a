"""The vendors' limits, each from both sides: what lies at the limit is taken, what lies just beyond
is refused, wherever a plan says it."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from pulumi_upkeep import plan
from pulumi_upkeep.plan import limits
from pulumi_upkeep.plan.backups import CopyTo, PointInTime, Tier
from pulumi_upkeep.plan.browser_tests import BrowserTest
from pulumi_upkeep.plan.bucket_replicas import BucketLag
from pulumi_upkeep.plan.business import Falls, Stops
from pulumi_upkeep.plan.dns_checks import DnsCheck
from pulumi_upkeep.plan.errors import FrequentErrors
from pulumi_upkeep.plan.faults import from_validation
from pulumi_upkeep.plan.journeys import Journey
from pulumi_upkeep.plan.logs import LogArchive, PatternAlert, Quota, Silence
from pulumi_upkeep.plan.monitoring import ErrorRateThreshold, ResponseTimeThreshold, Threshold
from pulumi_upkeep.plan.on_call import OnCall, Step
from pulumi_upkeep.plan.replicas import Lag
from pulumi_upkeep.plan.schedule import Schedule
from pulumi_upkeep.plan.service_levels import LEVEL_TIME, BurnRateAlert, ServiceLevel
from pulumi_upkeep.plan.services import Latency, Saturation, Traffic, Unusual
from pulumi_upkeep.plan.standby import Health
from pulumi_upkeep.plan.uptime import Uptime
from pulumi_upkeep.plan.vault_lock import AirGapped, VaultLock
from pulumi_upkeep.plan.words import Name, Percentage
from pydantic import BaseModel, TypeAdapter, ValidationError

DAILY: dict[str, Any] = {"every": "day", "at": "04:00", "keep": "30 days"}
UPTIME: dict[str, Any] = {
    "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
    "severity": "p0",
    "within": "1000 ms",
    "checks": {"homepage": {"url": "https://www.bynomi.com/"}},
}
SHARE: dict[str, Any] = {"above": "80 %", "severity": "p2"}
HEALTH: dict[str, Any] = {"path": "/"}
SLOW: dict[str, Any] = {"above": "1000 ms", "severity": "p1"}
COLD: dict[str, Any] = {**DAILY, "cold_after": "30 days"}
COMPLIANCE: dict[str, Any] = {"mode": "compliance", "at_least": "1 day"}
GAP: dict[str, Any] = {"at_most": "30 days", "confirm": "locked from birth"}
P2: dict[str, Any] = {"severity": "p2"}
FALLS: dict[str, Any] = {**P2, "below": "50 %", "by_at_least": 1}
BROWSER: dict[str, Any] = {
    "url": "https://www.bynomi.com/",
    "because": "A script draws it.",
    "steps": [{"see": "Pay now"}],
}
ASKED: dict[str, Any] = {"name": "Ask", "url": "https://www.bynomi.com/"}
TURNS: dict[str, Any] = {
    "rotations": [{"name": "daily", "people": ["somebody"], "every": "day", "at": "09:00"}],
    "escalation": [{"page": "on call", "wait": "5 minutes"}],
}
METRIC_WINDOWS: tuple[list[Any], list[Any]] = (
    ["1 minute", "10080 minutes"],
    ["59 seconds", "90 seconds", "10081 minutes"],
)
COPIED: dict[str, Any] = {"to": "recovery", "cold_after": "1 day"}

# Model, what is given beside, field, what is taken, what is refused.
BOTH_SIDES: list[tuple[type[BaseModel], dict[str, Any], str, list[Any], list[Any]]] = [
    # AWS Backup
    (Tier, DAILY, "keep", ["1 day", "36500 days"], ["0 days", "36501 days", "25 hours"]),
    (Tier, COLD, "keep", ["120 days"], ["119 days"]),
    (CopyTo, COPIED, "keep", ["91 days"], ["90 days"]),
    (Tier, DAILY, "start_within", ["60 minutes"], ["59 minutes"]),
    (Tier, {**DAILY, "complete_within": "36500 days"}, "start_within", ["36499 days"], []),
    (Tier, DAILY, "complete_within", ["2 hours", "36500 days"], ["119 minutes", "36501 days"]),
    (
        Tier,
        {**DAILY, "start_within": "8 hours"},
        "complete_within",
        ["540 minutes"],
        ["539 minutes"],
    ),
    (PointInTime, {}, "keep", ["1 day", "35 days"], ["0 days", "36 days"]),
    (Schedule, {}, "every", ["1 hour", "60 minutes"], ["59 minutes", "30 minutes"]),
    (VaultLock, {}, "at_least", ["1 day", "36500 days"], ["0 days", "36501 days"]),
    (VaultLock, {}, "at_most", ["1 day", "36500 days"], ["0 days", "36501 days"]),
    (VaultLock, {"at_most": "30 days"}, "at_least", ["30 days"], ["31 days"]),
    (VaultLock, COMPLIANCE, "grace", ["3 days", "36500 days"], ["2 days", "73 hours"]),
    (AirGapped, GAP, "at_least", ["7 days", "30 days"], ["6 days", "31 days"]),
    (BucketLag, {}, "above", ["15 minutes", "2 days"], ["14 minutes", "49 hours"]),
    # CloudWatch
    (Threshold, SHARE, "lasting", ["1 minute", "1 day"], ["59 seconds", "1441 minutes"]),
    (ErrorRateThreshold, SHARE, "lasting", ["1 minute", "1 day"], ["90 seconds", "2 days"]),
    (ResponseTimeThreshold, SLOW, "percentile", [1, 99.99], [0.99, 99.991, 100]),
    (Lag, {}, "above", ["1 minute", "12 hours"], ["59 seconds", "721 minutes"]),
    # Route 53
    (
        Health,
        HEALTH,
        "every",
        ["10 seconds", "30 seconds"],
        ["9 seconds", "20 seconds", "1 minute"],
    ),
    (Health, HEALTH, "failures", [1, 10], [0, 11]),
    # Datadog, monitors
    (
        Unusual,
        P2,
        "lasting",
        ["15 minutes", "1 day"],
        ["14 minutes", "1441 minutes", "999 seconds"],
    ),
    (Unusual, P2, "deviations", [1, 6], [0, 7]),
    (Traffic, P2, "lasting", ["15 minutes", "1 day"], ["14 minutes", "1441 minutes"]),
    (Saturation, P2, "full_within", ["12 hours", "90 days"], ["11 hours", "91 days"]),
    (Latency, {}, "warns_at", ["0.1 %", "99.9 %"], ["0 %", "100 %"]),
    (Latency, {}, "recovers_at", ["0.1 %", "99.9 %"], ["0 %", "100 %"]),
    (
        FrequentErrors,
        {**P2, "above": 1},
        "within",
        ["1 minute", "2 days"],
        ["59 seconds", "49 hours"],
    ),
    (FrequentErrors, P2, "above", [1], [0, -1]),
    (Falls, FALLS, "over", *METRIC_WINDOWS),
    (Falls, FALLS, "by_at_least", [1], [0]),
    (Stops, P2, "lasting", *METRIC_WINDOWS),
    (PatternAlert, {**P2, "above": 1}, "lasting", *METRIC_WINDOWS),
    (PatternAlert, {**P2, "above": 2}, "warn_above", [0, 1], [2, 3]),
    (Silence, {}, "after", *METRIC_WINDOWS),
    # Datadog, logs and objectives
    (Quota, {}, "at_most", [1], [0]),
    (Quota, {"at_most": 1}, "warn_at", ["99.9 %"], ["100 %"]),
    (LogArchive, {}, "keep", ["1 day", "36500 days"], ["12 hours", "36501 days"]),
    (ServiceLevel, {}, "availability", ["0.001 %", "99.999 %"], ["0 %", "100 %", "99.9999 %"]),
    (
        ServiceLevel,
        {"availability": "99.9 %"},
        "warning",
        ["99.901 %"],
        ["99.9 %", "99 %", "100 %"],
    ),
    (
        ServiceLevel,
        {"availability": "99.9 %"},
        "over",
        ["7 days", "30 days", "90 days"],
        ["6 days", "31 days", "1 month", "91 days"],
    ),
    (
        ServiceLevel,
        {"availability": "99.9 %"},
        "burn_rates",
        [[{**P2, "rate": 1000, "within": "1 hour"}]],
        [[{**P2, "rate": 1000.1, "within": "1 hour"}]],
    ),
    (BurnRateAlert, {**P2, "rate": 2}, "within", ["1 hour", "2 days"], ["59 minutes", "49 hours"]),
    (
        BurnRateAlert,
        {**P2, "rate": 2, "within": "1 hour"},
        "lasting",
        ["1 minute", "59 minutes"],
        ["1 hour", "2 hours", "90 seconds"],
    ),
    # Datadog, On-Call
    (Step, {"page": "on call"}, "wait", ["1 minute", "10 hours"], ["59 seconds", "601 minutes"]),
    (Step, {"wait": "5 minutes"}, "page", ["on call", [*"abcdefghij"]], [[], [*"abcdefghijk"]]),
    (OnCall, TURNS, "repeat", [0, 10], [-1, 11]),
    (OnCall, TURNS, "escalation", [TURNS["escalation"] * 10], [[], TURNS["escalation"] * 11]),
    (OnCall, TURNS, "rotations", [TURNS["rotations"]], [[]]),
    # Datadog, synthetics
    (
        Journey,
        {"steps": [ASKED, ASKED]},
        "every",
        ["30 seconds", "7 days"],
        ["29 seconds", "604801 seconds"],
    ),
    (Journey, {}, "steps", [[ASKED, ASKED]], [[], [ASKED]]),
    (BrowserTest, BROWSER, "every", ["5 minutes", "7 days"], ["299 seconds", "604801 seconds"]),
    (
        DnsCheck,
        {"name": "www.bynomi.com"},
        "every",
        ["30 seconds", "7 days"],
        ["29 seconds", "604801 seconds"],
    ),
    (Uptime, UPTIME, "every", ["30 seconds", "604800 seconds"], ["29 seconds", "604801 seconds"]),
    (Uptime, UPTIME, "retries", [0, 3], [-1, 4]),
    (Uptime, UPTIME, "retry_after", ["1 ms", "5 seconds"], ["5001 ms"]),
    (Uptime, UPTIME, "within", ["1 ms", "1 minute"], ["60001 ms"]),
    (Uptime, UPTIME, "failed_from", [1, 3], [0, 4]),
    (
        Uptime,
        UPTIME,
        "remind_every",
        [
            *("10 minutes", "20 minutes", "30 minutes", "40 minutes", "50 minutes", "1 hour"),
            *("90 minutes", "2 hours", "3 hours", "4 hours", "5 hours", "6 hours", "12 hours"),
            "1 day",
        ],
        ["5 minutes", "25 minutes", "70 minutes", "7 hours", "1441 minutes"],
    ),
    (
        Uptime,
        UPTIME,
        "locations",
        [UPTIME["locations"]],
        [[], UPTIME["locations"][:2], ["aws:us-east-1"] * 3],
    ),
]
CASES = [
    pytest.param(
        model, {**beside, field: value}, field, taken, id=f"{model.__name__}-{field}-{value}"
    )
    for model, beside, field, *values in BOTH_SIDES
    for taken, given in zip((True, False), values, strict=True)
    for value in given
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "given", "field", "taken"), CASES)
def test_a_limit_has_two_sides(
    model: type[BaseModel], given: dict[str, Any], field: str, taken: bool
) -> None:
    if taken:
        model.model_validate(given)
        return
    with pytest.raises(ValidationError) as refused:
        model.model_validate(given)
    assert len(from_validation(refused.value, model)) == 1


@pytest.mark.parametrize(
    ("written", "taken"),
    [("100 %", True), ("0.1 %", True), ("180 %", False), ("0 %", False), ("100.1 %", False)],
)
def test_a_share_is_one_of_a_whole(written: str, taken: bool) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Percentage)
    if taken:
        adapter.validate_python(written)
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(written)


def test_names_of_tiers_fit_the_rules_that_they_become() -> None:
    names: TypeAdapter[str] = TypeAdapter(Name)
    longest = "x" * 40
    assert names.validate_python(longest) == longest
    assert len(longest) <= limits.RULE_NAME_LENGTH
    with pytest.raises(ValidationError):
        names.validate_python(longest + "x")


def test_every_limit_names_its_source() -> None:
    modules = [
        import_module(f"{plan.__name__}.{each.name}") for each in iter_modules(plan.__path__)
    ]
    found = {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, (limits.Limit, limits.Choice))
    }
    assert {limits.CHECK_INTERVAL, LEVEL_TIME} < found
    assert [each.of for each in found if not each.source] == []
