"""QuietWindows: mute rules and downtimes, and that neither moves until it must."""

from typing import Any

import pulumi
import pytest
import time_machine
from pulumi_upkeep import QuietWindows
from pulumi_upkeep.datadog import Provider, ProviderArgs

from tests.components.support import Recording, deploy, providers

RULE = "aws:cloudwatch/alarmMuteRule:AlarmMuteRule"
DOWNTIME = "datadog:index/downtimeSchedule:DowntimeSchedule"
ARGS: dict[str, Any] = {
    "windows": {
        "weekly": {
            "on": "Wednesday",
            "opens": "03:00",
            "closes": "05:00",
            "alarms": ["bynomi-prod-cpu", "bynomi-prod-memory"],
            "monitors": True,
        },
        "monthly": {"on": "first Sunday", "opens": "01:00", "closes": "05:00", "monitors": True},
    },
    "timezone": "America/New_York",
    "environment": "prod",
}


def declared(args: dict[str, Any] = ARGS, *, preview: bool = False) -> Recording:
    given: Any = args

    def program() -> None:
        aws = providers("us-east-1")["us-east-1"]
        datadog = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        QuietWindows("quiet", given, pulumi.ResourceOptions(providers=[aws, datadog]))

    return deploy(program, preview=preview)


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_a_window_on_both_clouds(preview: bool) -> None:
    found = declared(preview=preview)
    rule = found.one(RULE)
    assert (rule.name, rule.parent) == ("quiet-weekly", "upkeep:index:QuietWindows::quiet")
    assert rule.props == {
        "name": "bynomi-prod-quiet-weekly",
        "description": "The maintenance window weekly: Wednesday 03:00-05:00, America/New_York",
        "rule": {
            "schedule": {
                "expression": "cron(0 3 * * WED)",
                "duration": "PT2H",
                "timezone": "America/New_York",
            }
        },
        "muteTargets": {"alarmNames": ["bynomi-prod-cpu", "bynomi-prod-memory"]},
        "tags": {"window": "weekly"},
    }
    downtimes = found.of(DOWNTIME)
    assert downtimes.keys() == {"quiet-monthly-1-sunday-0100", "quiet-weekly-wednesday-0300"}
    weekly = downtimes["quiet-weekly-wednesday-0300"]
    assert weekly.ignore_changes == ("recurringSchedule.recurrences[0].start",)
    assert weekly.props == {
        "scope": "*",
        "monitorIdentifier": {"monitorTags": ["env:prod", "project:bynomi", "quiet:weekly"]},
        "recurringSchedule": {
            "timezone": "America/New_York",
            "recurrences": [
                {
                    "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=WE",
                    "duration": "2h",
                    "start": "2026-11-25T03:00:00",
                }
            ],
        },
        "displayTimezone": "America/New_York",
        "message": "The maintenance window weekly of prod: Wednesday 03:00-05:00",
        "muteFirstRecoveryNotification": False,
        "notifyEndStates": ["alert", "no data"],
        "notifyEndTypes": ["canceled", "expired"],
    }


def properties(found: Recording) -> dict[str, Any]:
    """What is declared without the start, which is not looked at again."""
    kept: dict[str, Any] = {}
    for each in found.children():
        props = dict(each.props)
        if each.type == DOWNTIME:
            schedule = props["recurringSchedule"]
            props["recurringSchedule"] = {
                **schedule,
                "recurrences": [
                    {key: value for key, value in one.items() if key != "start"}
                    for one in schedule["recurrences"]
                ],
            }
        kept[each.name] = props
    return kept


@pytest.mark.slow
def test_a_later_week_declares_the_same() -> None:
    args = {**ARGS, "windows": {name: {**each, "alarms": ["a"]} for name, each in WINDOWS.items()}}
    with time_machine.travel("2026-11-22T12:00:00Z"):
        first = properties(declared(args))
    with time_machine.travel("2026-11-25T09:00:00Z"):
        assert properties(declared(args)) == first
    with time_machine.travel("2026-12-29T12:00:00Z"):
        assert properties(declared(args)) == first
    with time_machine.travel("2027-01-02T12:00:00Z"):
        assert properties(declared(args)).keys() != first.keys()


WINDOWS: dict[str, Any] = ARGS["windows"]


def test_a_window_that_opens_at_another_time_is_another_downtime() -> None:
    moved = {**ARGS, "windows": {"weekly": {**WINDOWS["weekly"], "opens": "02:30"}}}
    assert declared(moved).of(DOWNTIME).keys() == {"quiet-weekly-wednesday-0230"}


def test_more_than_a_hundred_alarms_are_several_rules() -> None:
    names = [f"alarm-{n}" for n in range(101)]
    many = {**ARGS, "windows": {"weekly": {**WINDOWS["weekly"], "alarms": names}}}
    rules = declared(many).of(RULE)
    assert {name: len(rule.props["muteTargets"]["alarmNames"]) for name, rule in rules.items()} == {
        "quiet-weekly": 100,
        "quiet-weekly-2": 1,
    }


@pytest.mark.parametrize(
    ("windows", "environment", "says"),
    [
        (
            {"weekly": {"on": "Wednesday", "opens": "03:00", "closes": "05:00"}},
            "prod",
            "windows.weekly: quiets nothing; name `alarms`, or say `monitors: true`",
        ),
        (
            {"weekly": WINDOWS["weekly"]},
            None,
            "environment: a downtime without it would quiet the monitors of every environment",
        ),
        (
            {"weekly": {**WINDOWS["weekly"], "opens": "3:00"}},
            "prod",
            'windows.weekly.opens = 3:00: not a clock time; two digits: `"03:00"`',
        ),
        (
            {"weekly": {**WINDOWS["weekly"], "closes": "03:00"}},
            "prod",
            "windows.weekly: opens and closes at the same time; let `closes` differ from `opens`",
        ),
    ],
)
def test_what_is_refused(windows: Any, environment: str | None, says: str) -> None:
    with pytest.raises(pulumi.RunError, match="QuietWindows 'quiet'") as refused:
        declared({**ARGS, "windows": windows, "environment": environment})
    assert says in str(refused.value)


EXCEPTED: dict[str, Any] = {
    **ARGS,
    "windows": {
        "weekly": {
            **WINDOWS["weekly"],
            "cancelled": ["2026-12-23"],
            "moved": {"2026-12-30": "2027-01-02"},
        }
    },
}


def test_a_cancelled_opening_changes_a_downtime_and_replaces_none() -> None:
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        downtimes = declared(EXCEPTED).of(DOWNTIME)
        rules = declared(EXCEPTED).of(RULE)
    assert downtimes.keys() == {
        "quiet-weekly-wednesday-0300",
        "quiet-weekly-on-2027-01-02-0300",
    }
    recurring = downtimes["quiet-weekly-wednesday-0300"]
    (recurrence,) = recurring.props["recurringSchedule"]["recurrences"]
    assert recurrence["start"] == "2026-11-25T03:00:00"
    stay = recurrence["rrule"].removeprefix("FREQ=YEARLY;INTERVAL=1;BYDAY=").split(",")
    # 23 and 30 December are the 51st and 52nd Wednesday of 2026.
    assert {f"{nth}WE" for nth in range(1, 54)} - {*stay} == {"51WE", "52WE"}
    assert recurring.ignore_changes == ("recurringSchedule.recurrences[0].start",)
    once = downtimes["quiet-weekly-on-2027-01-02-0300"]
    assert once.ignore_changes == ("oneTimeSchedule.start",)
    assert once.props["oneTimeSchedule"] == {
        "start": "2027-01-02T08:00:00Z",
        "end": "2027-01-02T10:00:00Z",
    }
    assert once.props["monitorIdentifier"] == recurring.props["monitorIdentifier"]
    assert {name: each.props["rule"]["schedule"]["expression"] for name, each in rules.items()} == {
        "quiet-weekly": "cron(0 3 * 1,2,3,4,5,6,7,8,9,10,11 WED)",
        "quiet-weekly-in-2026-12": "cron(0 3 2,9,16 12 *)",
        "quiet-weekly-on-2027-01-02": "cron(0 3 2 1 *)",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("now", "schedule"),
    [
        ("2027-01-02T07:45:00Z", {"start": "2027-01-02T08:00:00Z", "end": "2027-01-02T10:00:00Z"}),
        # It may begin before it is made, and Datadog would refuse a start that is over.
        ("2027-01-02T07:46:00Z", {"end": "2027-01-02T10:00:00Z"}),
        ("2027-01-02T09:59:00Z", {"end": "2027-01-02T10:00:00Z"}),
        ("2027-01-02T10:00:00Z", None),
    ],
)
def test_a_moved_opening_stays_quiet_until_it_is_over(now: str, schedule: Any) -> None:
    with time_machine.travel(now, tick=False):
        found = declared(EXCEPTED).of(DOWNTIME)
    once = found.get("quiet-weekly-on-2027-01-02-0300")
    assert (once and once.props["oneTimeSchedule"]) == schedule


def test_a_fresh_start_is_no_opening_that_is_left_out() -> None:
    with time_machine.travel("2026-12-20T12:00:00Z", tick=False):
        downtime = declared(EXCEPTED).one(DOWNTIME, "quiet-weekly-wednesday-0300")
    (recurrence,) = downtime.props["recurringSchedule"]["recurrences"]
    assert recurrence["start"] == "2027-01-06T03:00:00"


def test_an_exception_that_is_none_is_refused() -> None:
    wrong = {"weekly": {**WINDOWS["weekly"], "cancelled": ["2026-12-24"]}}
    with pytest.raises(pulumi.RunError) as refused:
        declared({**ARGS, "windows": wrong})
    assert "windows.weekly.cancelled.0.on = 2026-12-24: a Thursday" in str(refused.value)
