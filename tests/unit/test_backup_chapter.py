"""The chapter `backups`: copies, locks, the air gap; each rule with a plan it takes and one not."""

from typing import Any

import pytest
from pulumi_upkeep.plan.backups import BackupEntry, Tier
from pulumi_upkeep.plan.faults import from_validation
from pydantic import ValidationError

DAILY: dict[str, Any] = {"every": "day", "at": "02:00", "keep": "30 days"}
GAP = {"at_least": "7 days", "at_most": "35 days", "confirm": "locked from birth"}


def tier(**words: Any) -> Tier:
    return Tier.model_validate({**DAILY, **words})


def entry(**words: Any) -> BackupEntry:
    given = {"protects": {"buckets": ["images"]}, "tiers": {"daily": DAILY}, **words}
    return BackupEntry.model_validate(given)


def refused(**words: Any) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        entry(**words)
    return [str(fault) for fault in from_validation(raised.value, BackupEntry)]


def copied(*copies: dict[str, Any], **words: Any) -> dict[str, Any]:
    return {"tiers": {"daily": {**DAILY, "copy": list(copies), **words}}}


def test_one_copy_or_several_each_in_its_place() -> None:
    one = tier(copy={"to": "recovery", "keep": "7 days"})
    two = tier(copy=[{"to": "recovery"}, {"to": "account", "keep": "90 days"}])
    assert [copy.to for copy in one.copies] == ["recovery"]
    assert (one.kept_in("recovery"), one.kept_in("account")) == (one.copies[0].keep, None)
    assert two.kept_in("recovery") == two.keep
    assert two.kept_in("account") == two.copies[1].keep
    assert tier().copies == ()
    # Written back as it was written.
    assert one.in_words()["copy"] == {"to": "recovery", "keep": "7 days"}
    assert two.in_words()["copy"] == [{"to": "recovery"}, {"to": "account", "keep": "90 days"}]
    assert Tier.model_validate(two.in_words()) == two
    assert Tier.model_validate(one.in_words()) == one


@pytest.mark.parametrize(
    ("copy", "message"),
    [
        (
            [{"to": "recovery"}, {"to": "recovery"}],
            "tiers.daily.copy.1.to = recovery: the tier is copied there already; leave one out",
        ),
        (
            {"to": "elsewhere"},
            "tiers.daily.copy.to = elsewhere: not one of recovery, account, air_gapped",
        ),
        (
            {"to": "recovery", "keeep": "7 days"},
            "tiers.daily.copy.keeep: not a word of the plan; did you mean `keep`?",
        ),
        (
            3,
            "tiers.daily.copy = 3: expected a block of keys, or a list of them; write "
            "`{to: recovery}`",
        ),
        (
            {"to": "recovery", "keep": "never"},
            "tiers.daily.copy.keep = never: a copy that never expires would still take its "
            "source's expiry (AWS Backup); state how long, such as `1 year`, or leave it out: as "
            "long as the backup itself",
        ),
        (
            [{"to": "recovery"}, {"to": "account", "keep": "7 days", "cold_after": "7 days"}],
            "tiers.daily.copy.1.keep = 7 days: what moves to cold storage after 7 days stays "
            "there 90 days at least (AWS Backup, Lifecycle.MoveToColdStorageAfterDays); "
            "`keep: 97 days` at least",
        ),
    ],
)
def test_a_copy_that_cannot_be_made_is_refused(copy: Any, message: str) -> None:
    assert refused(tiers={"daily": {**DAILY, "copy": copy}}) == [message]


def test_what_is_cold_before_it_is_complete_cannot_be_copied() -> None:
    cold = {"keep": "1 year", "cold_after": "2 days", "copy": {"to": "recovery"}}
    assert tier(**cold, complete_within="2 days").cold_after is not None
    with pytest.raises(ValidationError) as raised:
        tier(**cold, complete_within="49 hours")
    assert [str(fault) for fault in from_validation(raised.value, Tier)] == [
        "cold_after = 2 days: a backup may take 49 hours to complete, is copied then, and what is "
        "in cold storage cannot be copied (AWS Backup, copies: recovery points in cold storage "
        "cannot be copied); `cold_after: 3 days` at least"
    ]
    # Without a copy nothing is in its way.
    assert tier(keep="1 year", cold_after="2 days", complete_within="49 hours").copies == ()


def test_continuous_backup_has_no_copies_of_its_own() -> None:
    assert entry(point_in_time={"keep": "35 days"}).point_in_time is not None
    assert refused(point_in_time={"keep": "35 days", "copy": {"to": "recovery"}}) == [
        "point_in_time.copy: not a word of the plan; known here: keep, at"
    ]


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_a_lock_lets_in_what_lies_within_it(mode: str) -> None:
    grace = {"grace": "3 days"} if mode == "compliance" else {}
    lock = {"mode": mode, "at_least": "7 days", "at_most": "90 days", **grace}
    kept = copied({"to": "recovery", "keep": "7 days"}, {"to": "account", "keep": "90 days"})
    found = entry(lock=lock, point_in_time={"keep": "35 days"}, **kept)
    assert found.lock is not None
    assert found.lock.mode == mode


def test_every_retention_outside_the_lock_is_named_with_the_nearest_that_would_do() -> None:
    lock = {"at_least": "14 days", "at_most": "28 days"}
    kept = copied({"to": "recovery"}, {"to": "account", "keep": "7 days"})
    below = (
        "what `lock` lets in, and every such job would fail when it runs (AWS Backup, vault lock)"
    )
    assert refused(lock=lock, point_in_time={"keep": "35 days"}, **kept) == [
        f"point_in_time.keep = 35 days: above {below}; nearest: `28 days`",
        f"tiers.daily.copy.1.keep = 7 days: below {below}; nearest: `14 days`",
        f"tiers.daily.keep = 30 days: above {below}; nearest: `28 days`",
    ]


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        ({}, "lock: a lock without bounds locks nothing; add `at_least` or `at_most`"),
        (
            {"at_least": "9 days", "at_most": "8 days"},
            "lock.at_least = 9 days: longer than `at_most`, which is 8 days; swap them",
        ),
        (
            {"mode": "compliance", "at_least": "1 day"},
            "lock.grace: missing: after it nobody can lift a compliance lock, not even AWS; "
            "`grace: 7 days`, or 3 days at least",
        ),
        (
            {"mode": "compliance", "at_least": "1 day", "grace": "2 days"},
            "lock.grace = 2 days: the time of grace lies between 3 days and 36500 days (AWS "
            "Backup, vault lock, ChangeableForDays); nearest: `3 days`",
        ),
        (
            {"at_least": "1 day", "grace": "3 days"},
            "lock.grace = 3 days: a governance lock can be lifted at any time and has no time of "
            "grace; leave it out, or write `mode: compliance`",
        ),
        (
            {"at_most": "36501 days"},
            "lock.at_most = 36501 days: a backup's retention lies between 1 day and 36500 days "
            "(AWS Backup, Lifecycle.DeleteAfterDays); nearest: `36500 days`",
        ),
    ],
)
def test_a_lock_that_cannot_be_is_refused(lock: dict[str, Any], message: str) -> None:
    assert refused(lock=lock) == [message]


def test_an_air_gapped_vault_takes_copies_once_it_is_typed_that_nothing_undoes_it() -> None:
    found = entry(air_gapped=GAP, **copied({"to": "air_gapped", "keep": "35 days"}))
    assert found.air_gapped is not None
    assert found.tiers["daily"].kept_in("air_gapped") is not None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"air_gapped": {**GAP, "confirm": "yes"}},
            "air_gapped.confirm = yes: not taken here; write `locked from birth`",
        ),
        (
            {"air_gapped": {**GAP, "at_least": "6 days"}},
            "air_gapped.at_least = 6 days: the least retention of an air-gapped vault lies between "
            "7 days and 36500 days (AWS Backup, CreateLogicallyAirGappedBackupVault, "
            "MinRetentionDays); nearest: `7 days`",
        ),
        (
            {"air_gapped": GAP},
            "air_gapped: nothing is copied there; add `copy: {to: air_gapped}` to a tier, or leave "
            "it out",
        ),
        (
            copied({"to": "air_gapped"}),
            "tiers.daily.copy.to = air_gapped: there is no `air_gapped` beside `tiers` that "
            "describes the vault; add `air_gapped`, or copy to `recovery` or `account`",
        ),
        (
            {"air_gapped": GAP, **copied({"to": "air_gapped", "keep": "36 days"})},
            "tiers.daily.copy.keep = 36 days: above what `air_gapped` lets in, and every such job "
            "would fail when it runs (AWS Backup, vault lock); nearest: `35 days`",
        ),
        (
            {
                "protects": {"databases": ["orders"]},
                "air_gapped": GAP,
                **copied({"to": "air_gapped"}),
            },
            "air_gapped: a logically air-gapped vault does not hold RDS instances (AWS Config, "
            "rules on resources in logically air-gapped vaults); give the databases an entry of "
            "their own, and copy it to `account`",
        ),
    ],
)
def test_an_air_gap_that_cannot_be_is_refused(words: dict[str, Any], message: str) -> None:
    assert refused(**words) == [message]


def test_prize_draws_tiers_with_copies_and_a_lock_are_plain_data() -> None:
    """Daily for 7 days, weekly for a month, monthly for a year: PD-4.3."""
    found = entry(
        protects={"databases": ["draws"]},
        lock={"at_least": "7 days", "at_most": "1 year"},
        tiers={
            "daily": {"every": "day", "at": "02:00", "keep": "7 days", "copy": {"to": "recovery"}},
            "weekly": {"every": "week", "on": "Sunday", "at": "04:00", "keep": "1 month"},
            "monthly": {
                "every": "month",
                "on": 1,
                "at": "06:00",
                "keep": "1 year",
                "copy": [{"to": "recovery", "keep": "1 month"}, {"to": "account"}],
            },
        },
    )
    assert [(path, kept.days, place) for path, kept, place in found.retentions()] == [
        ("tiers.daily.keep", 7, None),
        ("tiers.daily.keep", 7, "recovery"),
        ("tiers.weekly.keep", 31, None),
        ("tiers.monthly.keep", 366, None),
        ("tiers.monthly.copy.0.keep", 31, "recovery"),
        ("tiers.monthly.keep", 366, "account"),
    ]
