"""Maintenance windows under the real engine: both stacks' as boto3 sees them, and a cancelled one.

Only previews here: what is deployed stays as all other tests find it.
"""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pulumi_upkeep.plan.exceptions import left_out
from pulumi_upkeep.plan.windows import Cancelled

from tests.engine.deployed import STACKS, Deployed
from tools.upkeep.paths import PROJECT

# As the plans say it, worked out here once more.
SCHEDULES = {
    "prod": {"weekly": "cron(0 3 ? * WED *)", "monthly": "cron(0 1 ? * SUN#1 *)"},
    "staging": {"weekly": "cron(0 3 ? * TUE *)", "monthly": "cron(0 1 ? * SUN#4 *)"},
}
HOURS = {"weekly": (2, 1), "monthly": (4, 1)}


def windows(deployed: Deployed, stack: str) -> dict[str, Any]:
    ssm = deployed.aws("ssm")
    prefix = f"bynomi-{stack}-windows-"
    return {
        each["Name"].removeprefix(prefix): ssm.get_maintenance_window(WindowId=each["WindowId"])
        for each in ssm.describe_maintenance_windows()["WindowIdentities"]
        if each["Name"].startswith(prefix)
    }


@pytest.mark.parametrize("stack", STACKS)
def test_the_plans_windows_open_when_the_plan_says(deployed: Deployed, stack: str) -> None:
    plan, found = deployed.plan(stack), windows(deployed, stack)
    assert {name: each["Schedule"] for name, each in found.items()} == SCHEDULES[stack]
    for name, each in found.items():
        assert (each["Duration"], each["Cutoff"]) == HOURS[name]
        assert each["ScheduleTimezone"] == "America/New_York"
        assert each["Enabled"] is True
        # The next time that the service says is the next one of the plan.
        now, zone = datetime.now(UTC), ZoneInfo(plan.timezone)
        today = now.astimezone(zone).date()
        ahead = (
            plan.windows[name].stretch(day, plan.timezone)[0]
            for day in plan.windows[name].openings(today, today + timedelta(days=63))
        )
        opens = next(moment for moment in ahead if moment > now)
        assert each["NextExecutionTime"] == f"{opens.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        tags = deployed.aws("ssm").list_tags_for_resource(
            ResourceType="MaintenanceWindow", ResourceId=each["WindowId"]
        )["TagList"]
        assert {"Key": "window", "Value": name} in tags


def test_a_cancelled_opening_changes_all_of_it_in_place(deployed: Deployed, tmp_path: Path) -> None:
    """Window, downtime, mute rule: none is replaced, one is added for what stays of the month."""
    plan, today = deployed.plan("prod"), date.today()
    weekly = plan.windows["weekly"]
    day = next(weekly.openings(today + timedelta(days=2), today + timedelta(days=12)))
    file = tmp_path / "Pulumi.prod.yaml"
    shutil.copy(deployed.settings["prod"], file)
    # As people would: the engine's own command keeps what else stands in the file.
    for key, value in (("on", f"{day}"), ("because", "Nobody is here")):
        path = f"upkeep:windows.weekly.cancelled[0].{key}"
        deployed.pulumi.run(
            *("config", "set", "--path", path, value, "--stack", "prod", "--config-file", file),
            cwd=PROJECT,
        )
    changed = weekly.model_copy(
        update={"cancelled": (Cancelled(on=day, because="Nobody is here"),)}
    )
    assert left_out(changed, today) == (day,)

    result, steps = deployed.operate("preview", "prod", file=file)
    assert result.code == 0, result.stdout + result.stderr
    ours = {
        operation: {name for name in names if name.split()[-1].startswith(("windows-", "quiet-"))}
        for operation, names in steps.items()
    }
    part = f"in-{day:%Y-%m}"
    assert ours.get("update", set()) == {
        "MaintenanceWindow windows-weekly",
        "DowntimeSchedule quiet-weekly-wednesday-0300",
        "AlarmMuteRule quiet-weekly",
    }
    assert ours.get("create", set()) == {
        f"MaintenanceWindow windows-weekly-{part}",
        f"AlarmMuteRule quiet-weekly-{part}",
    }
    assert not any(ours.get(each) for each in ("replace", "delete", "delete-replaced"))
