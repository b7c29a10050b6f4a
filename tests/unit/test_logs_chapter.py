"""The plan's chapter on logs: what it takes, and what it refuses before anything is deployed."""

from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan.faults import NotInWords, PlanError
from pulumi_upkeep.plan.logs import CONTRACT, LEVELS, Logs, Quota, scannable, standard_offset
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.stack_secrets import REQUIRED_SECRETS
from pulumi_upkeep.plan.words import say_duration
from pydantic import ValidationError

from tests.unit.plans import chapters

SECRETS = {*REQUIRED_SECRETS, "onCallPhone"}
QUOTA = {"at_most": 1000}


def plan(logs: Any, **others: Any) -> Plan:
    """The shipped plan with another chapter on logs."""
    known = chapters()
    given = {**known, "logs": {"daily_quota": QUOTA, **logs}, **others}
    secrets = {*SECRETS, *Plan.model_validate({**known}).secrets()}
    return Plan.from_config(given, secrets)


def faults(logs: Any, **others: Any) -> list[str]:
    """Every fault of the chapter."""
    with pytest.raises(PlanError) as refused:
        plan(logs, **others)
    return [str(fault) for fault in refused.value.faults]


def test_a_few_words_are_enough() -> None:
    logs = plan({}).logs
    assert logs is not None
    assert logs.keep == timedelta(days=30)
    assert logs.kept_levels("prod") == logs.kept_levels("staging") == ("error", "warn", "info")
    assert logs.kept_levels("development") == LEVELS
    assert len(logs.scrub) == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("logs", "said"),
    [
        (
            {"keep": "29 days"},
            f"logs.keep = 29 days: the contract with Datadog offers "
            f"{', '.join(map(say_duration, CONTRACT))}; nearest: `30 days`, or add it to "
            "`contract` where yours offers it",
        ),
        (
            {"keep": "36 hours"},
            "logs.keep = 36 hours: logs are kept by the day; nearest: `2 days`",
        ),
        (
            {"levels": ["error", "warn", "info", "debug"]},
            "logs.levels = [error, warn, info, debug]: DEBUG is for development only, and this is "
            "prod; `[error, warn, info]`",
        ),
        (
            {"daily_quota": {"at_most": 1, "resets_at": "06:15"}},
            "logs.daily_quota.resets_at = 06:15: a quota begins anew on a whole hour of UTC "
            '[Datadog, daily_limit_reset]; nearest: `"06:00"`',
        ),
        (
            {"daily_quota": {"at_most": 1, "owner": "operation"}},
            "logs.daily_quota.owner = operation: no such team in `teams`; did you mean "
            "`operations`?",
        ),
        (
            {"patterns": {"a": {"means": "x", "query": "y", "owner": "nobody"}}},
            "logs.patterns.a.owner = nobody: no such team in `teams`; known: incident-response, "
            "operations, shop, support, technical-support",
        ),
        (
            {"groups": {"/a": {"service": "wed"}}},
            "logs.groups./a.service = wed: no such service in `services`; did you mean `web`?",
        ),
        (
            {"keep": "45 days", "groups": {"/a": {}}},
            "logs.groups./a = 45 days: a log group does not keep for so long (CloudWatch Logs, "
            "PutRetentionPolicy); `keep: 60 days`",
        ),
        (
            {"groups": {"/a": {"keep": "14 days"}}},
            "logs.groups./a.keep = 14 days: shorter than the plan promises for logs, 30 days; "
            "leave `keep` out",
        ),
        (
            {"keep": "60 days", "groups": {"/bynomi/prod/web": {}}},
            "logs.groups./bynomi/prod/web = 60 days: `standby.web.log_groups` keeps it 30 days in "
            "the recovery region, and here logs are kept longer; `60 days` there",
        ),
        (
            {"review": {"every": "week", "on": "Sunday", "at": "02:00", "owner": "operations"}},
            "logs.review.at = 02:00: does not exist on 2027-03-14 in America/New_York, and nobody "
            'would be reminded; nearest: `"03:00"`',
        ),
        (
            {"scrub_also": {"email": {"pattern": "x", "example": "x"}}},
            "logs.scrub_also.email: is what `scrub` calls its own; another name",
        ),
        (
            {"scrub_also": {"k": {"pattern": "K.", "example": "Kx", "leaves": "Ky"}}},
            "logs.scrub_also.k.pattern = K.: the pattern finds what it must leave alone: Ky; make "
            "it narrower",
        ),
    ],
)
def test_refuses_in_one_sentence(logs: dict[str, Any], said: str) -> None:
    assert faults(logs) == [said]


def test_all_faults_come_at_once() -> None:
    given = {
        "keep": "31 days",
        "archive": {"keep": "30 days"},
        "levels": ["error"],
        "patterns": {"lines": {"means": "x", "query": "y"}},
    }
    assert [fault.partition(" ")[0].rstrip(":") for fault in faults(given)] == [
        "logs.archive.keep",
        "logs.keep",
        "logs.levels",
        "logs.patterns.lines",
    ]


def test_an_archive_needs_datadogs_role() -> None:
    estate = {key: each for key, each in chapters()["estate"].items() if key != "datadog_role"}
    assert any(
        fault.startswith("logs.archive: Datadog writes to the archive by its role")
        for fault in faults({"archive": {}}, estate=estate)
    )
    assert plan({"archive": {}}).logs


def test_a_fault_elsewhere_hides_none_here() -> None:
    found = faults({"keep": "31 days"}, timezone="EST")
    assert any(fault.startswith("logs.keep") for fault in found)
    assert any(fault.startswith("timezone") for fault in found)


@pytest.mark.parametrize("name", ["bynomi", "bynomi-prod", "b2"])
def test_takes_an_index_name(name: str) -> None:
    assert Logs.model_validate({"daily_quota": QUOTA, "index": name}).index == name


@pytest.mark.parametrize("name", ["Bynomi", "2b", "-b", "b_c", "b c", "", "main"])
def test_refuses_an_index_name(name: str) -> None:
    with pytest.raises(ValidationError):
        Logs.model_validate({"daily_quota": QUOTA, "index": name})


@pytest.mark.parametrize(
    "query",
    [
        "service:web",
        'service:web "payment (declined"',
        "(a OR b) -c",
        "@http.env:x",
        "@env.name:x",
        'service:web "env:prod is text here"',
    ],
)
def test_takes_a_search(query: str) -> None:
    given = {"daily_quota": QUOTA, "patterns": {"a": {"means": "x", "query": f" {query}\n"}}}
    assert Logs.model_validate(given).patterns["a"].query == query


@pytest.mark.parametrize(
    "query",
    ["", "  ", "*", 'a "b', "(a", "a)", ")a(", "env:prod", "a -env:staging", "(env:x)", "@env:x"],
)
def test_refuses_a_search(query: str) -> None:
    given = {"daily_quota": QUOTA, "patterns": {"a": {"means": "x", "query": query}}}
    with pytest.raises(ValidationError):
        Logs.model_validate(given)


@pytest.mark.parametrize(
    ("at", "timezone", "time", "offset"),
    [
        ("00:00", "America/New_York", "00:00", "-05:00"),
        ("00:00", "Europe/London", "00:00", "+00:00"),
        # South of the equator summer is in January.
        ("00:00", "Australia/Sydney", "00:00", "+10:00"),
        ("05:30", "Asia/Kolkata", "05:00", "+05:00"),
        ("00:45", "Asia/Kathmandu", "00:00", "+05:00"),
        ("00:30", "America/St_Johns", "00:00", "-04:00"),
        ("00:00", "Pacific/Kiritimati", "00:00", "+14:00"),
    ],
)
def test_a_quota_begins_anew_on_the_plans_clocks(
    at: str, timezone: str, time: str, offset: str
) -> None:
    reset = Quota.model_validate({"at_most": 1, "resets_at": at}).reset(timezone)
    assert (reset.time, reset.utc_offset) == (time, offset)
    # The same moment, counted from UTC's midnight.
    hours, minutes = map(int, reset.time.split(":"))
    said = timedelta(hours=hours - int(reset.utc_offset[:3]), minutes=minutes)
    hours, minutes = map(int, at.split(":"))
    assert (said - timedelta(hours=hours, minutes=minutes) + standard_offset(timezone)) % (
        timedelta(days=1)
    ) == timedelta(0)


@pytest.mark.parametrize(
    ("at", "timezone", "near"),
    [("00:00", "Asia/Kolkata", "00:30"), ("00:30", "America/New_York", "00:00")],
)
def test_a_quota_begins_anew_on_no_other_minute(at: str, timezone: str, near: str) -> None:
    with pytest.raises(NotInWords) as refused:
        Quota.model_validate({"at_most": 1, "resets_at": at}).reset(timezone)
    assert refused.value.remedy == f'nearest: `"{near}"`'
    assert Quota.model_validate({"at_most": 1, "resets_at": near}).reset(timezone)


@pytest.mark.parametrize("warn", ["100 %", "0 %", "80"])
def test_refuses_a_warning_that_is_none(warn: str) -> None:
    with pytest.raises(ValidationError):
        Quota.model_validate({"at_most": 1, "warn_at": warn})


@pytest.mark.parametrize(
    "pattern", ["a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", r"(a)\1", "a++", "a{2}+", "(", "a*", ""]
)
def test_refuses_what_the_scanner_does_not_read(pattern: str) -> None:
    with pytest.raises(NotInWords):
        scannable(pattern)


@pytest.mark.parametrize("pattern", [r"\bKD-[0-9]{8}\b", "(?i)kd", "(?:a|b)+?", r"a\+\+"])
def test_takes_what_the_scanner_reads(pattern: str) -> None:
    assert scannable(pattern) == pattern


@pytest.mark.parametrize("above", [5, 0])
def test_a_warning_comes_before_its_alert(above: int) -> None:
    def alert(warn: int) -> Any:
        return {"above": above, "warn_above": warn, "severity": "p2"}

    def given(warn: int) -> Any:
        pattern = {"means": "x", "query": "y", "alert": alert(warn)}
        return {"daily_quota": QUOTA, "patterns": {"a": pattern}}

    with pytest.raises(ValidationError):
        Logs.model_validate(given(above))
    if above:
        assert Logs.model_validate(given(above - 1)).patterns["a"].alert
