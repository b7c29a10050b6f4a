"""MaintenanceWindows: in Systems Manager, and that a cancelled opening moves none."""

from typing import Any

import pulumi
import pytest
import time_machine
from pulumi_upkeep import MaintenanceWindows

from tests.components.support import Recording, deploy, providers

WINDOW = "aws:ssm/maintenanceWindow:MaintenanceWindow"
ARGS: dict[str, Any] = {
    "windows": {
        "weekly": {
            "on": "Wednesday",
            "opens": "03:00",
            "closes": "05:00",
            "scope": "Minor updates",
        },
        "monthly": {"on": "first Sunday", "opens": "01:00", "closes": "05:00", "cutoff": "2 hours"},
    },
    "timezone": "America/New_York",
}


def declared(args: dict[str, Any] = ARGS, *, preview: bool = False) -> Recording:
    given: Any = args

    def program() -> None:
        aws = providers("us-east-1")["us-east-1"]
        windows = MaintenanceWindows("windows", given, pulumi.ResourceOptions(provider=aws))
        pulumi.export("ids", {name: windows.ids(name) for name in windows.window_ids})
        pulumi.export("recurring", windows.window_ids)

    return deploy(program, preview=preview)


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_the_plans_two_windows(preview: bool) -> None:
    found = declared(preview=preview)
    windows = found.of(WINDOW)
    assert windows.keys() == {"windows-monthly", "windows-weekly"}
    weekly = windows["windows-weekly"]
    assert (weekly.parent, weekly.provider, weekly.protect, weekly.ignore_changes) == (
        "upkeep:index:MaintenanceWindows::windows",
        "aws-us-east-1",
        False,
        (),
    )
    assert weekly.props == {
        "name": "bynomi-prod-windows-weekly",
        "description": "Minor updates (Wednesday 03:00-05:00 America/New_York)",
        "schedule": "cron(0 3 ? * WED *)",
        "scheduleTimezone": "America/New_York",
        "duration": 2,
        "cutoff": 1,
        "allowUnassociatedTargets": False,
        "enabled": True,
        "tags": {"window": "weekly"},
    }
    monthly = windows["windows-monthly"].props
    assert (monthly["schedule"], monthly["duration"], monthly["cutoff"]) == (
        "cron(0 1 ? * SUN#1 *)",
        4,
        2,
    )
    assert monthly["description"] == "first Sunday 01:00-05:00 America/New_York"
    assert found.exports["ids"].keys() == {"weekly", "monthly"}
    assert {name: [*ids] for name, ids in found.exports["ids"].items()} == {
        "weekly": [""],
        "monthly": [""],
    }


def schedules(args: dict[str, Any]) -> dict[str, str]:
    return {name: each.props["schedule"] for name, each in declared(args).of(WINDOW).items()}


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_what_is_cancelled_and_moved_is_windows_beside_the_same_one() -> None:
    weekly = ARGS["windows"]["weekly"] | {
        "cancelled": ["2026-12-23"],
        "moved": {"2026-12-30": "2027-01-02"},
    }
    args = {**ARGS, "windows": {"weekly": weekly}}
    assert schedules(args) == {
        "windows-weekly": "cron(0 3 ? 1,2,3,4,5,6,7,8,9,10,11 WED *)",
        "windows-weekly-in-2026-12": "cron(0 3 2,9,16 12 ? 2026)",
        "windows-weekly-on-2027-01-02": "cron(0 3 2 1 ? 2027)",
    }
    found = declared(args)
    names = {each.props["name"] for each in found.of(WINDOW).values()}
    assert names == {
        "bynomi-prod-windows-weekly",
        "bynomi-prod-windows-weekly-in-2026-12",
        "bynomi-prod-windows-weekly-on-2027-01-02",
    }
    assert sorted(found.exports["ids"]["weekly"]) == ["", "in-2026-12", "on-2027-01-02"]
    assert [*found.exports["recurring"]] == ["weekly"]


def test_what_is_declared_changes_with_the_month() -> None:
    weekly = ARGS["windows"]["weekly"] | {"cancelled": ["2026-12-23"]}
    args = {**ARGS, "windows": {"weekly": weekly}}
    with time_machine.travel("2026-12-01T12:00:00Z"):
        first = schedules(args)
    with time_machine.travel("2026-12-31T12:00:00Z"):
        assert schedules(args) == first
    with time_machine.travel("2027-01-02T12:00:00Z"):
        assert schedules(args) == {"windows-weekly": "cron(0 3 ? * WED *)"}


def test_a_description_fits() -> None:
    weekly = ARGS["windows"]["weekly"] | {"scope": "Minor updates, " * 12}
    (found,) = declared({**ARGS, "windows": {"weekly": weekly}}).of(WINDOW).values()
    assert len(found.props["description"]) == 128
    assert found.props["description"].endswith("...")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"closes": "04:30"},
            "windows.weekly.closes = 04:30: open for 1 hour 30 minutes, and its hours are counted "
            "whole (Systems Manager, CreateMaintenanceWindow: 1 to 24 whole hours); "
            'nearest: `"05:00"`',
        ),
        (
            {"cancelled": ["2026-12-24"]},
            "windows.weekly.cancelled.0.on = 2026-12-24: a Thursday on which "
            '`Wednesday 03:00-05:00` does not open; nearest: `"2026-12-23"`',
        ),
        (
            {"cutoff": "2 hours"},
            "windows.weekly.cutoff = 2 hours: a window of 2 hours in which nothing would ever be "
            "begun; nearest: `1 hour`",
        ),
        ({"opens": "3:00"}, 'windows.weekly.opens = 3:00: not a clock time; two digits: `"03:00"`'),
    ],
)
def test_what_is_refused(changes: dict[str, Any], says: str) -> None:
    weekly = ARGS["windows"]["weekly"] | changes
    with pytest.raises(pulumi.RunError, match="MaintenanceWindows 'windows'") as refused:
        declared({**ARGS, "windows": {"weekly": weekly}})
    assert says in str(refused.value)
