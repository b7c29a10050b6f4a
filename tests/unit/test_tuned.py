"""The chapters `tuned`, `substitutes` and `route_tests`: what they say, and what is refused."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan.check import check_files
from pulumi_upkeep.plan.plan import Plan, read_chapters
from pulumi_upkeep.plan.proofs import prove
from pulumi_upkeep.plan.read import read_stack_file
from pulumi_upkeep.plan.route_tests import told_by
from pulumi_upkeep.plan.tuned import in_force, parse_limit

from tests.unit.plans import PROD, chapters
from tools.upkeep.declared import declared
from tools.upkeep.stop import Stop

SECRETS = read_stack_file(PROD).secrets
ENTRY: dict[str, Any] = {
    "alert": "resources-database-orders-cpu",
    "because": "A batch runs until the move is done.",
    "until": "2027-03-01",
    "above": "90 %",
}


def faults(chapter: str, value: Any) -> list[str]:
    given = {**chapters(), chapter: value}
    return [
        str(fault)
        for fault in read_chapters(given, SECRETS).faults
        if fault.path.startswith(chapter)
    ]


def plan(chapter: str, value: Any) -> Plan:
    return Plan.from_config({**chapters(), chapter: value}, SECRETS)


# ---- tuned --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [("90 %", "%", 90), ("1500 ms", "seconds", 1.5), ("2 minutes", "seconds", 120), (20, "", 20)],
)
def test_a_limit_is_a_share_a_length_or_a_count(written: Any, kind: str, value: float) -> None:
    limit = parse_limit(written)
    assert (limit.kind, limit.value) == (kind, value)


@pytest.mark.slow
def test_it_holds_to_its_last_day_and_is_then_reported() -> None:
    tuned = plan("tuned", [ENTRY])
    last = date(2027, 3, 1)
    assert in_force(tuned.tuned, last).keys() == {ENTRY["alert"]}
    assert in_force(tuned.tuned, last + timedelta(days=1)) == {}

    def over(today: date) -> list[str]:
        found = prove(tuned, today=today).findings
        return [str(each) for each in found if each.code == "tuned-and-over"]

    assert over(last) == []
    assert over(last + timedelta(days=1)) == [
        "tuned.0: resources-database-orders-cpu was above 90 % until 2027-03-01, and is as the "
        "plan has it since (because: A batch runs until the move is done.); leave the entry out, "
        "or give it a later `until` with a reason that still holds [tuned-and-over]"
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"above": None},
            "tuned.0: says nothing of the alert; exactly one of `above`, `severity` and "
            "`silenced: true`",
        ),
        (
            {"severity": "p3"},
            "tuned.0: says several things at once; exactly one of `above`, `severity` and "
            "`silenced: true`",
        ),
        (
            {"above": None, "silenced": False},
            "tuned.0: `silenced: false` says nothing; leave the entry out",
        ),
        (
            {"above": "much"},
            "tuned.0.above = much: not a limit; write `90 %`, `1500 ms` or a number",
        ),
        (
            {"above": "120 %"},
            "tuned.0.above = 120 %: a percentage lies above 0 and at most at 100; at most `100 %`",
        ),
        (
            {"until": "soon"},
            "tuned.0.until = soon: not a date; write year, month and day in quotes, such as "
            '`"2026-11-01"`',
        ),
    ],
)
def test_what_is_no_tuned_alert(changes: dict[str, Any], says: str) -> None:
    entry = {key: value for key, value in {**ENTRY, **changes}.items() if value is not None}
    assert faults("tuned", [entry]) == [says]


def test_a_reason_and_an_end_are_needed_and_twice_is_once_too_often() -> None:
    bare = {"alert": ENTRY["alert"], "silenced": True}
    assert faults("tuned", [bare]) == [
        "tuned.0.because: missing; required here",
        "tuned.0.until: missing; required here",
    ]
    assert faults("tuned", [ENTRY, ENTRY]) == [
        "tuned.1.alert = resources-database-orders-cpu: `tuned.0` tunes it already; leave one of "
        "them out"
    ]


# ---- substitutes --------------------------------------------------------------------------------

REASON = "It watches the same, and pages by the same table."


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (
            [{"for": "Pingdom", "by": "uptimes", "because": REASON}],
            "substitutes.0.by = uptimes: no such chapter of the plan; did you mean `uptime`?",
        ),
        (
            [{"for": "PagerDuty", "by": "drills", "because": REASON}],
            "substitutes.0.by = drills: this plan leaves the chapter out, so nothing stands in "
            "for PagerDuty; add `upkeep:drills`",
        ),
        (
            [{"for": name, "by": "uptime", "because": REASON} for name in ("Pingdom", "pingdom")],
            "substitutes.1.for = pingdom: `substitutes.0` says already what replaces it; leave one "
            "of them out",
        ),
    ],
)
def test_what_stands_in_for_nothing_is_refused(entries: Any, says: str) -> None:
    given = {key: value for key, value in chapters().items() if key != "drills"}
    given["substitutes"] = entries
    found = read_chapters(given, SECRETS).faults
    assert [str(fault) for fault in found if fault.path.startswith("substitutes")] == [says]


def test_the_products_of_the_plan_are_named_in_the_check() -> None:
    (report,) = check_files([PROD]).stacks
    shown = report.as_data()["substitutes"]
    assert {entry["for"] for entry in shown} >= {"Uptime Robot"}
    assert all(entry.keys() == {"for", "by", "because"} for entry in shown)


def test_tuned_alerts_are_shown_in_the_check(tmp_path: Path) -> None:
    text = PROD.read_text(encoding="utf-8")
    entry = (
        '  upkeep:tuned: [{alert: some-alert, because: A reason that holds, until: "2099-01-01", '
        "silenced: true}]\n"
    )
    path = tmp_path / PROD.name
    path.write_text(text.replace("config:\n", f"config:\n{entry}", 1), encoding="utf-8")
    (report,) = check_files([path]).stacks
    assert report.as_data()["tuned"] == [
        {
            "alert": "some-alert",
            "says": "silenced",
            "because": "A reason that holds",
            "until": "2099-01-01",
        }
    ]


# ---- route tests --------------------------------------------------------------------------------


def test_a_dead_route_is_told_by_whoever_it_does_not_reach() -> None:
    shipped = plan("route_tests", {"every": "week", "on": "Monday", "at": "10:00"})
    for severity in ("p0", "p1", "p2", "p3"):
        other = told_by(shipped, severity)
        assert other != severity
    # P0 reaches more of P2's people and channels than P1 does; a dead route is no outage.
    assert told_by(shipped, "p0") == "p2"
    assert told_by(shipped, "p2") == "p1"


def test_default_ages() -> None:
    tests = plan("route_tests", {"every": "week", "on": "Monday", "at": "10:00"}).route_tests
    assert tests is not None
    assert tests.oldest == timedelta(days=8)
    assert tests.cron() == "cron(0 10 ? * 2 *)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chapter", "says"),
    [
        (
            {"every": "day", "at": "10:00"},
            "route_tests: every day: people acknowledge each of them; write `every: week` or "
            "`every: month`",
        ),
        (
            {"every": "week", "on": "Monday", "at": "10:00", "acknowledged_within": "7 days"},
            "route_tests: shorter than the time between two tests and a day to acknowledge, "
            "8 days: it would ring while all is well; nearest: `acknowledged_within: 8 days`",
        ),
        (
            {
                "every": "month",
                "on": "first Monday",
                "at": "10:00",
                "acknowledged_within": "32 days",
            },
            "route_tests: shorter than the time between two tests and a day to acknowledge, "
            "36 days: it would ring while all is well; nearest: `acknowledged_within: 36 days`",
        ),
        (
            {"every": "week", "on": "Monday", "at": "10:00", "acknowledged_within": "200 hours"},
            "route_tests: the age is counted in whole days; nearest: `acknowledged_within: 9 days`",
        ),
        (
            {"every": "week", "on": "Monday", "at": "10:00", "severities": ["p0", "p0"]},
            "route_tests.severities.1 = p0: is named twice; leave it out",
        ),
        (
            {"every": "week", "on": "Sunday", "at": "02:30"},
            "route_tests.at = 02:30: does not exist on 2027-03-14 in America/New_York, and no test "
            'would be sent [EventBridge Scheduler]; nearest: `"03:30"`',
        ),
        (
            {"every": "week", "on": "Monday", "at": "10:00", "datadog_keys": "a secret"},
            "route_tests.datadog_keys = a secret: the name of a secret in Secrets Manager: "
            "letters, digits and /_+=.@-; such as `bynomi-prod-datadog`",
        ),
    ],
)
def test_what_is_no_route_test(chapter: dict[str, Any], says: str) -> None:
    assert faults("route_tests", chapter) == [says]


def test_where_all_reach_the_same_nobody_would_hear_of_a_dead_route() -> None:
    given = chapters()
    for definition in given["severities"].values():
        for kind in ("sms", "slack"):
            definition.pop(kind, None)
        definition["email"] = ["all@bynomi.com"]
    given["route_tests"] = {"every": "week", "on": "Monday", "at": "10:00", "severities": ["p1"]}
    found = [
        str(each)
        for each in read_chapters(given, SECRETS).faults
        if each.path.startswith("route_tests")
    ]
    assert found == [
        "route_tests.severities.0 = p1: every severity reaches only whom p1 reaches, so that "
        "nobody would hear that its route is dead; let another one reach somebody else: "
        "`severities.p2.email`"
    ]


@pytest.mark.slow
def test_a_name_that_no_alert_has_is_refused_once_everything_is_declared(tmp_path: Path) -> None:
    text = PROD.read_text(encoding="utf-8")
    entry = (
        "  upkeep:tuned: [{alert: resources-database-order-cpu, because: A reason that holds, "
        'until: "2099-01-01", above: 90 %}]\n'
    )
    quiet = ("quiets: {services: [web]},", "quiets: {alerts: [writers-two-writers-orders]},")
    assert quiet[0] in text
    path = tmp_path / PROD.name
    path.write_text(
        text.replace("config:\n", f"config:\n{entry}", 1).replace(*quiet, 1), encoding="utf-8"
    )
    with pytest.raises(Stop) as refused:
        declared(path)
    said = str(refused.value)
    assert "did you mean `resources-database-orders-cpu`?" in said
    assert "windows.weekly.quiets.alerts = writers-two-writers-orders: watches what keeps" in said
