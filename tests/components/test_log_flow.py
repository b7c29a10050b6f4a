"""What becomes of a log, by what LogAggregation declares: levels, services, counts, secrets.

See :mod:`tests.components.log_simulation` for what this shows and what it does not.
"""

import re
from typing import Any

import pytest
from pulumi_upkeep.observe.log_pipeline import FORMS, SAMPLES
from pulumi_upkeep.plan.logs import scannable

from tests.components.log_simulation import (
    RULE,
    Log,
    archived,
    counted,
    finds,
    grok,
    indexed,
    process,
    scrubbed,
    status_of,
)
from tests.components.support import Recording
from tests.components.test_log_aggregation import bynomi

ACCESS = '203.0.113.9 - - [22/Nov/2026:07:30:00 +0000] "GET /cart HTTP/1.1" {status} 157'
COMBINED = ACCESS + ' "https://www.bynomi.com/" "Mozilla/5.0 (X11)"'


@pytest.fixture(scope="module")
def recording() -> Recording:
    return bynomi()


@pytest.mark.parametrize(
    ("line", "status", "kept"),
    [
        ('{"level": "ERROR", "message": "payment declined"}', "error", True),
        ('{"severity": "warning", "msg": "slow"}', "warn", True),
        ('{"log": {"level": "info"}, "message": "order placed"}', "info", True),
        ('{"level": "DEBUG", "message": "cache miss"}', "debug", False),
        ('{"level": "trace", "message": "enter"}', "debug", False),
        ('{"level": "fatal", "message": "out of memory"}', "emergency", True),
        ('{"level": 3, "message": "syslog says error"}', "error", True),
        ("2026-11-22T07:30:00.123Z ERROR payment declined", "error", True),
        ("2026-11-22T07:30:00.123+01:00 [INFO] order placed", "info", True),
        ("[2026-11-22 07:30:00] WARN: cart took 900 ms", "warn", True),
        ("2026-11-22 07:30:00,123 DEBUG cache miss", "debug", False),
        ("DEBUG cache miss", "debug", False),
        ("[ERROR] no connection", "error", True),
        ("level=debug msg=cache service=shop", "debug", False),
        ('level=error msg="no connection" service=shop', "error", True),
        (ACCESS.format(status=200), "info", True),
        (ACCESS.format(status=302), "info", True),
        (COMBINED.format(status=404), "warn", True),
        (COMBINED.format(status=502), "error", True),
        # What says nothing of itself is kept.
        ("something happened", "info", True),
        # A word that is none of a level's is no level.
        ("DEBUGGING is fun", "info", True),
    ],
)
def test_every_log_has_a_level_and_only_debug_is_dropped(
    recording: Recording, line: str, status: str, kept: bool
) -> None:
    log = process(recording, Log.of(line))
    assert (log.status, indexed(recording, log), archived(recording, log)) == (status, kept, kept)
    assert ("bynomi.prod.logs.lines" in counted(recording, log)) is kept


@pytest.mark.slow
@pytest.mark.parametrize("level", ["error", "warn", "info"])
def test_no_level_of_the_plan_is_dropped_in_any_environment(level: str) -> None:
    for environment in ("prod", "staging", "dev"):
        declared = bynomi(environment=environment)
        log = process(declared, Log.of(f'{{"level": "{level}"}}', env=environment))
        assert indexed(declared, log)


def test_debug_is_kept_in_development() -> None:
    declared = bynomi(environment="dev")
    assert indexed(declared, process(declared, Log.of('{"level": "debug"}', env="dev")))


def test_a_log_of_another_environment_is_left_alone(recording: Recording) -> None:
    log = process(recording, Log.of('{"level": "error"}', env="staging"))
    assert log.status == "info"
    assert not indexed(recording, log)
    assert not archived(recording, log)
    assert counted(recording, log) == set()


@pytest.mark.parametrize(
    ("line", "tags", "service"),
    [
        ('{"service": "shop"}', {}, "shop"),
        ('{"dd": {"service": "shop"}}', {}, "shop"),
        ("level=info service=shop", {}, "shop"),
        ("order placed", {"service": "bynomi-web"}, "bynomi-web"),
        # What the log says itself counts before whose group it comes from.
        (
            '{"service": "shop", "aws": {"awslogs": {"logGroup": "/bynomi/prod/web"}}}',
            {"service": "cloudwatch"},
            "shop",
        ),
        (
            '{"aws": {"awslogs": {"logGroup": "/bynomi/prod/web"}}}',
            {"service": "cloudwatch"},
            "bynomi-web",
        ),
        ('{"aws": {"awslogs": {"logGroup": "/other"}}}', {"service": "cloudwatch"}, "cloudwatch"),
        # Nobody's: found by that name, and so never overlooked.
        ("order placed", {}, "unassigned"),
    ],
)
def test_every_log_has_a_service(
    recording: Recording, line: str, tags: dict[str, Any], service: str
) -> None:
    assert process(recording, Log.of(line, **tags)).service == service


def test_a_log_has_its_own_time_and_message(recording: Recording) -> None:
    log = process(recording, Log.of("2026-11-22T07:30:00.123Z ERROR payment declined"))
    assert (log.date, log.message) == ("2026-11-22T07:30:00.123Z", "payment declined")


def test_patterns_count_what_they_name(recording: Recording) -> None:
    declined = process(recording, Log.of('{"level": "error", "message": "Payment declined: 51"}'))
    slow = process(recording, Log.of('{"level": "error", "message": "payment accepted"}'))
    assert counted(recording, declined) == {
        "bynomi.prod.logs.lines",
        "bynomi.prod.logs.payment_declined",
    }
    assert counted(recording, slow) == {"bynomi.prod.logs.lines"}


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("order of jane.doe+shop@example.co.uk placed", "order of [email] placed"),
        ("card 4111 1111 1111 1111 declined", "card [card number] declined"),
        ("card 4111-1111-1111-1111 declined", "card [card number] declined"),
        ("pan=5555555555554444", "pan=[card number]"),
        ("amex 378282246310005.", "amex [card number]."),
        ("diners 30569309025904", "diners [card number]"),
        ("discover 6011111111111117", "discover [card number]"),
        ("jcb 3530111333300000", "jcb [card number]"),
        ("Authorization: Bearer abc.def-ghi_jkl", "[authorization]"),
        ("authorization=Basic dXNlcjpwYXNz", "[authorization]"),
        ("sent Bearer 0123456789abcdef to it", "sent [authorization] to it"),
        ("sent Basic dXNlcjpwYXNzd29yZA== to it", "sent [authorization] to it"),
        ("jwt eyJhbGciOi.eyJzdWIiOiIx.SflKxwRJSM end", "jwt [authorization] end"),
        ("GET /login?user=a&password=hunter2&next=/", "GET /login?user=a&[secret]&next=/"),
        ('body {"password": "hunter2"}', 'body {"[secret]"}'),
        ("client_secret = s3cr3t!", "[secret]"),
        ("api-key: 0123456789", "[secret]"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key [access key] used"),
        ("gh ghp_0123456789abcdefghijklmnopqrstuvwxyz", "gh [access key]"),
        ("stripe sk_live_0123456789abcdefXYZ", "stripe [access key]"),
        ("customer KD-12345678 called", "customer [customer] called"),
    ],
)
def test_what_nobody_should_see_is_taken_out(recording: Recording, line: str, becomes: str) -> None:
    assert scrubbed(recording, Log(line)).message == becomes


@pytest.mark.parametrize(
    "line",
    [
        "order 1000000000000012 placed",
        "at 1763796600123 ms",
        "trace 4611686018427387904 span 411111111111111",
        "phone +1 206 555 0100, 4111 seats",
        "a basic understanding of the bearer of bad news",
        "the token is missing",
        "password reset requested by user 7",
        "secretary: none",
        "user@localhost logged in",
        "5% off @home, a@b",
        "customer KD-1234 is no customer",
        "uuid 41111111-1111-1111-1111-111111111111",
        "GET /cart HTTP/1.1 200 157",
    ],
)
def test_what_is_nothing_of_the_kind_stays(recording: Recording, line: str) -> None:
    assert scrubbed(recording, Log(line)).message == line


def test_attributes_that_hold_a_secret_lose_it_and_ids_stay(recording: Recording) -> None:
    log = Log(
        "login",
        {
            "password": "hunter2",
            "token": "tiny",
            "http": {"headers": {"authorization": "opaque", "accept": "text/html"}},
            "dd": {"trace_id": "4111111111111111"},
            "order": {"card": "4111111111111111", "amount": 4111111111111111},
            "user": {"mail": "jane@example.com"},
        },
    )
    assert scrubbed(recording, log).attributes == {
        "password": "[secret]",
        "token": "[secret]",
        "http": {"headers": {"authorization": "[authorization]", "accept": "text/html"}},
        "dd": {"trace_id": "4111111111111111"},
        # Datadog searches no numbers: `unproven` says so.
        "order": {"card": "[card number]", "amount": 4111111111111111},
        "user": {"mail": "[email]"},
    }


def test_every_rule_is_one_that_datadogs_scanner_reads(recording: Recording) -> None:
    for rule in recording.of(RULE).values():
        assert scannable(rule.props["pattern"]) == rule.props["pattern"]


@pytest.mark.slow
def test_only_what_the_plan_names_is_taken_out() -> None:
    few = bynomi(scrub=["email"], scrub_also={})
    assert {each.props["name"] for each in few.of(RULE).values()} == {"bynomi-prod-logs-email"}
    assert scrubbed(few, Log("jane@example.com password=hunter2")).message == (
        "[email] password=hunter2"
    )


# ---- the simulation can fail ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("env:prod", True),
        ("env:staging", False),
        ("-status:error", False),
        ("status:(warn OR error) service:shop", True),
        ("status:(warn OR info)", False),
        ("-status:(warn OR info)", True),
        ('"payment declined"', True),
        ('service:web OR "payment declined"', True),
        ('(service:web OR "declined") -status:error', False),
        ("@http.status_code:[500 TO 599]", True),
        ("@http.status_code:[400 TO 499]", False),
        ("-@user:*", True),
        ("*", True),
    ],
)
def test_a_search_is_read_as_documented(query: str, found: bool) -> None:
    log = Log("Payment declined", {"http": {"status_code": 502}}, service="shop", status="error")
    assert finds(query, log) is found


@pytest.mark.parametrize("query", ["host:web", "status:(error", "[1 TO 2", "@took:>1000"])
def test_a_search_that_is_not_understood_is_an_error(query: str) -> None:
    with pytest.raises((AssertionError, IndexError)):
        finds(query, Log("x"))


def test_every_form_reads_a_sample_and_no_other_form_takes_it() -> None:
    first = {
        sample: next(name for name, rule in FORMS.items() if grok(rule, sample) is not None)
        for sample in SAMPLES
    }
    assert list(first.values()) == ["access", "utc_level", "plain_level", "level_first", "pairs"]
    # Datadog keeps at most five, and advises at most ten rules a parser.
    assert len(SAMPLES) <= 5
    assert len(FORMS) <= 10


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("Err", "error"),
        ("EMERGENCY", "emergency"),
        ("fatal", "emergency"),
        ("w", "warn"),
        ("verbose", "debug"),
        ("success", "ok"),
        ("7", "debug"),
        ("hello", "info"),
    ],
)
def test_a_status_is_what_the_document_says(value: str, status: str) -> None:
    assert status_of(value) == status


def test_a_rule_that_looks_ahead_is_found() -> None:
    assert re.compile(r"a(?=b)")
    with pytest.raises(ValueError, match="looks ahead"):
        scannable(r"a(?=b)")
