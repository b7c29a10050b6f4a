"""The vendors' limits, each from both sides: what lies at the limit is taken, what lies just beyond
is refused, wherever a plan says it."""

from typing import Any

import pytest
from pulumi_upkeep.plan import limits
from pulumi_upkeep.plan.backups import CopyTo, PointInTime, Tier
from pulumi_upkeep.plan.bucket_replicas import BucketLag
from pulumi_upkeep.plan.faults import from_validation
from pulumi_upkeep.plan.monitoring import ErrorRateThreshold, ResponseTimeThreshold, Threshold
from pulumi_upkeep.plan.replicas import Lag
from pulumi_upkeep.plan.schedule import Schedule
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
    # Datadog
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
    found = [
        each for each in vars(limits).values() if isinstance(each, (limits.Limit, limits.Choice))
    ]
    assert found
    assert [each.of for each in found if not each.source] == []
