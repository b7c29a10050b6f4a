"""MaintenanceWindows: the windows of a plan in Systems Manager, for whatever works in them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict, cast

import pulumi
from pydantic import Field, model_validator

from ..aws.ssm import MaintenanceWindow, MaintenanceWindowArgs
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.faults import PlanError
from ..plan.given_window import GivenWindow, window_times
from ..plan.maintenance_windows import (
    WindowPart,
    cutoff_hours,
    hours_open,
    length_fault,
    window_parts,
)
from ..plan.windows import Window
from ..plan.words import Duration, Name, TimeZone, Words, say_duration

# Systems Manager: a window's name has 3 to 128 characters, its description up to 128
# [CreateMaintenanceWindow].
NAME_LIMIT = 128
DESCRIPTION_LIMIT = 128


class MaintenanceWindowDefinition(TypedDict):
    """A window that comes back."""

    on: str
    """``Wednesday`` (every week) or ``first Sunday`` (every month)."""
    opens: str
    """Clock time, ``03:00``."""
    closes: str
    """Clock time, whole hours later; on the next day where it is not after ``opens``."""
    scope: NotRequired[str]
    """What is done in it, in a few words. Default: only when it is open is said."""
    cutoff: NotRequired[str]
    """How long before it closes nothing new is begun, ``2 hours``: whole hours, less than it lasts.
    Default: an hour, and none where it lasts no more than one."""
    cancelled: NotRequired[list[str]]
    """Days, ``2026-12-23``, on which it would open and does not. Default: none."""
    moved: NotRequired[dict[str, str]]
    """Days on which it would open -> days on which it does instead. Default: none."""


class MaintenanceWindowsArgs(TypedDict):
    """Arguments of MaintenanceWindows."""

    windows: dict[str, MaintenanceWindowDefinition]
    """The windows by name."""
    timezone: str
    """The clocks that they are read on: a name of the IANA database."""


class MaintenanceWindows(UpkeepComponent):
    """Windows of Systems Manager, with which targets and tasks are registered.

    A cron expression knows no exceptions. A month in which an opening of a weekly window is left
    out is a window of its own, and so is an opening that was moved: register targets and tasks with
    every id of :meth:`ids`. What is told changes with the month; deploy once in eleven months.

    Systems Manager counts how long a window is open: in a night in which the clocks change, that
    is not what the clocks show (:func:`pulumi_upkeep.plan.maintenance_windows.window_findings`).
    """

    window_ids: Mapping[str, pulumi.Output[str]]
    """Window -> id of the one that comes back."""

    def __init__(
        self, name: str, args: MaintenanceWindowsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        today = datetime.now(UTC).date()
        parts = {
            window: {
                part.part: self._declare(window, part, settings)
                for part in window_parts(settings.windows[window].window(), today)
            }
            for window in sorted(settings.windows)
        }
        self._ids: dict[str, dict[str, pulumi.Output[str]]] = {
            window: {part: each.id for part, each in declared.items()}
            for window, declared in parts.items()
        }
        self.window_ids = {window: ids[""] for window, ids in self._ids.items()}
        self.register_outputs({"windowIds": self.window_ids})

    def ids(self, window: str) -> Mapping[str, pulumi.Output[str]]:
        """Part -> id, of every window of Systems Manager that stands for one of the plan.

        The part is empty for the one that comes back; ``in-2026-12``, ``on-2027-03-14`` for others
        (:class:`pulumi_upkeep.plan.maintenance_windows.WindowPart`): plain data, for names.
        """
        return self._ids[window]

    def _declare(self, name: str, part: WindowPart, settings: "_Settings") -> MaintenanceWindow:
        given = settings.windows[name]
        window = given.window()
        parts = [each for each in (name, part.part) if each]
        when = f"{window.says()} {settings.timezone}"
        return MaintenanceWindow(
            "-".join([self.name, *parts]),
            MaintenanceWindowArgs(
                name=physical_name(self.name, *parts, limit=NAME_LIMIT),
                description=_short(f"{given.scope} ({when})" if given.scope else when),
                schedule=part.expression,
                schedule_timezone=settings.timezone,
                duration=hours_open(window),
                cutoff=cutoff_hours(window),
                # A task says what it works on.
                allow_unassociated_targets=False,
                enabled=True,
                tags={"window": name},
            ),
            self.child(),
        )


def _short(text: str) -> str:
    return text if len(text) <= DESCRIPTION_LIMIT else text[: DESCRIPTION_LIMIT - 3] + "..."


def definition(window: Window) -> MaintenanceWindowDefinition:
    """A window of the plan as this component takes it."""
    given = cast(MaintenanceWindowDefinition, window_times(window))
    if window.scope is not None:
        given["scope"] = window.scope
    if window.cutoff is not None:
        given["cutoff"] = say_duration(window.cutoff)
    return given


# ---- arguments, checked ------------------------------------------------------------------------


class _Definition(GivenWindow):
    scope: str | None = None
    cutoff: Duration | None = None

    def beside(self) -> dict[str, Any]:
        return {"cutoff": self.cutoff}

    @model_validator(mode="after")
    def _is_counted_whole(self) -> "_Definition":
        if faults := list(length_fault(self.window(), "closes")):
            raise PlanError(faults)
        return self


class _Settings(Words):
    windows: dict[Name, _Definition] = Field(min_length=1)
    timezone: TimeZone
