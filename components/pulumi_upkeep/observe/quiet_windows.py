"""QuietWindows: alerts in scope tell nobody while a maintenance window is open, on both clouds."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..aws.cloudwatch import (
    AlarmMuteRule,
    AlarmMuteRuleArgs,
    AlarmMuteRuleMuteTargetsArgs,
    AlarmMuteRuleRuleArgs,
    AlarmMuteRuleRuleScheduleArgs,
)
from ..component import UpkeepComponent
from ..datadog.downtime_schedule import (
    DowntimeSchedule,
    DowntimeScheduleArgs,
    DowntimeScheduleMonitorIdentifierArgs,
    DowntimeScheduleOneTimeScheduleArgs,
    DowntimeScheduleRecurringScheduleArgs,
    DowntimeScheduleRecurringScheduleRecurrenceArgs,
)
from ..naming import physical_name
from ..plan.faults import Fault
from ..plan.given_window import GivenWindow
from ..plan.quiet import (
    AHEAD,
    ALARMS_PER_MUTE_RULE,
    datadog_duration,
    iso_duration,
    mute_schedules,
    next_opening,
    opens_by_name,
    rrule,
)
from ..plan.words import Later, Name, TimeZone, Words
from .tags import datadog_tags

# CloudWatch: a mute rule's name has at most 255 characters.
RULE_NAME_LIMIT = 255
# Where a start stands in a downtime: it is computed once, and then left as it is.
START = "recurringSchedule.recurrences[0].start"
# Likewise of one that is once: where it has begun, it began.
START_ONCE = "oneTimeSchedule.start"


class QuietWindowArgs(TypedDict):
    """A window, and whom it quiets."""

    on: str
    """``Wednesday`` (every week) or ``first Sunday`` (every month)."""
    opens: str
    """Clock time, ``03:00``."""
    closes: str
    """Clock time; on the next day where it is not after ``opens``."""
    alarms: NotRequired[list[pulumi.Input[str]]]
    """Names of CloudWatch alarms that are quiet. Default: none."""
    monitors: NotRequired[bool]
    """Whether Datadog's monitors with the tag ``quiet:<window>`` are quiet. Default: false."""
    cancelled: NotRequired[list[str]]
    """Days, ``2026-12-23``, on which it would open and does not. Default: none."""
    moved: NotRequired[dict[str, str]]
    """Days on which it would open -> days on which it does instead. Default: none."""


class QuietWindowsArgs(TypedDict):
    """Arguments of QuietWindows."""

    windows: dict[str, QuietWindowArgs]
    """The windows by name."""
    timezone: str
    """The clocks that they are read on: a name of the IANA database."""
    environment: NotRequired[str]
    """Datadog's tag ``env`` of the monitors; required where a window quiets any."""


class QuietWindows(UpkeepComponent):
    """Mute rules of CloudWatch and downtimes of Datadog for maintenance windows.

    What is quiet goes on being evaluated, and rings when the window closes if it still fails. Both
    clouds count a window's length from its start: in a night in which the clocks change, the quiet
    is as long as ever (:func:`pulumi_upkeep.plan.quiet.departures`).

    A downtime's start must lie ahead when it is made and cannot move once it has begun, so it is
    the next opening, and later deployments leave it; a window that opens at another time is
    another downtime. An nth weekday is told to CloudWatch by its dates, for this year and the
    next: deploy once a year at least.
    """

    rules: pulumi.Output[Sequence[str]]
    """Names of the mute rules."""
    downtimes: pulumi.Output[Sequence[str]]
    """Ids of the downtimes."""

    def __init__(
        self, name: str, args: QuietWindowsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        now = datetime.now(UTC)
        rules = [
            rule
            for window in sorted(settings.windows)
            for rule in self._mute(window, settings, now)
        ]
        downtimes = [
            downtime
            for window in sorted(settings.windows)
            if settings.windows[window].monitors
            for downtime in (
                self._downtime(window, settings, now),
                *self._single_downtimes(window, settings, now),
            )
        ]
        names: list[Any] = [rule.name for rule in rules]
        ids: list[Any] = [downtime.id for downtime in downtimes]
        self.rules = pulumi.Output.from_input(names)
        self.downtimes = pulumi.Output.from_input(ids)
        self.register_outputs({"rules": self.rules, "downtimes": self.downtimes})

    def _mute(self, name: str, settings: "_Settings", now: datetime) -> Iterator[AlarmMuteRule]:
        quiet = settings.windows[name]
        window = quiet.window()
        alarms = list(quiet.alarms)
        batches = [
            alarms[start : start + ALARMS_PER_MUTE_RULE]
            for start in range(0, len(alarms), ALARMS_PER_MUTE_RULE)
        ]
        for batch, names in enumerate(batches, start=1):
            for schedule in mute_schedules(window, now.date()):
                parts = [name, schedule.part, f"{batch}" if batch > 1 else ""]
                parts = [part for part in parts if part]
                yield AlarmMuteRule(
                    "-".join([self.name, *parts]),
                    AlarmMuteRuleArgs(
                        name=physical_name(self.name, *parts, limit=RULE_NAME_LIMIT),
                        description=f"The maintenance window {name}: {window.says()}, "
                        f"{settings.timezone}",
                        rule=AlarmMuteRuleRuleArgs(
                            schedule=AlarmMuteRuleRuleScheduleArgs(
                                expression=schedule.expression,
                                duration=iso_duration(window.length),
                                timezone=settings.timezone,
                            )
                        ),
                        mute_targets=AlarmMuteRuleMuteTargetsArgs(alarm_names=names),
                        start_date=schedule.starts or None,
                        expire_date=schedule.expires or None,
                        tags={"window": name},
                    ),
                    self.child(),
                )

    def _downtime(self, name: str, settings: "_Settings", now: datetime) -> DowntimeSchedule:
        window = settings.windows[name].window()
        tags = datadog_tags(str(settings.environment), f"quiet:{name}")
        return DowntimeSchedule(
            f"{self.name}-{name}-{opens_by_name(window)}",
            DowntimeScheduleArgs(
                # Which monitors is said by their tags: all groups of those.
                scope="*",
                monitor_identifier=DowntimeScheduleMonitorIdentifierArgs(monitor_tags=tags),
                recurring_schedule=DowntimeScheduleRecurringScheduleArgs(
                    recurrences=[
                        DowntimeScheduleRecurringScheduleRecurrenceArgs(
                            rrule=rrule(window, now.date()),
                            duration=datadog_duration(window.length),
                            start=next_opening(window.kept(), settings.timezone, now),
                        )
                    ],
                    timezone=settings.timezone,
                ),
                display_timezone=settings.timezone,
                message=f"The maintenance window {name} of {settings.environment}: {window.says()}",
                # What still fails when the window closes is told then, and what ends within it is
                # told to be over: an incident that was open before must be closed.
                mute_first_recovery_notification=False,
                notify_end_states=["alert", "no data"],
                notify_end_types=["canceled", "expired"],
            ),
            self.child(ignore_changes=[START]),
        )

    def _single_downtimes(
        self, name: str, settings: "_Settings", now: datetime
    ) -> Iterator[DowntimeSchedule]:
        """One for each opening that was moved to a day, until it is over. It lasts as long as the
        clocks show the window's time."""
        window = settings.windows[name].window()
        for day in window.added:
            opens, closes = window.stretch(day, settings.timezone)
            if closes <= now:
                continue
            yield DowntimeSchedule(
                f"{self.name}-{name}-on-{day}-{window.from_:%H%M}",
                DowntimeScheduleArgs(
                    scope="*",
                    monitor_identifier=DowntimeScheduleMonitorIdentifierArgs(
                        monitor_tags=datadog_tags(str(settings.environment), f"quiet:{name}")
                    ),
                    one_time_schedule=DowntimeScheduleOneTimeScheduleArgs(
                        # One that begins while it is made would be refused: it begins at once.
                        start=_in_utc(opens) if opens >= now + AHEAD else None,
                        end=_in_utc(closes),
                    ),
                    display_timezone=settings.timezone,
                    message=f"The maintenance window {name} of {settings.environment}, moved to "
                    f"{day}: {window.from_:%H:%M}-{window.to:%H:%M}",
                    mute_first_recovery_notification=False,
                    notify_end_states=["alert", "no data"],
                    notify_end_types=["canceled", "expired"],
                ),
                self.child(ignore_changes=[START_ONCE]),
            )


def _in_utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- arguments, checked ------------------------------------------------------------------------


class _Quiet(GivenWindow):
    alarms: tuple[Later, ...] = ()
    monitors: bool = False


class _Settings(Words):
    windows: dict[Name, _Quiet] = Field(min_length=1)
    timezone: TimeZone
    environment: str | None = None


def _faults(settings: _Settings) -> Iterator[Fault]:
    for name, quiet in settings.windows.items():
        at = f"windows.{name}"
        if not quiet.alarms and not quiet.monitors:
            yield Fault(at, "quiets nothing", None, "name `alarms`, or say `monitors: true`")
        if quiet.monitors and settings.environment is None:
            yield Fault(
                "environment",
                "a downtime without it would quiet the monitors of every environment",
                None,
                "add the tag `env` of the monitors",
            )
