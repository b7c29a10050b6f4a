"""BusinessMetrics: what the company lives by, falling away or stopping altogether."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog.downtime_schedule import (
    DowntimeSchedule,
    DowntimeScheduleArgs,
    DowntimeScheduleMonitorIdentifierArgs,
    DowntimeScheduleRecurringScheduleArgs,
    DowntimeScheduleRecurringScheduleRecurrenceArgs,
)
from ..plan.business import Business, BusinessMetric, QuietTime, called, hours_faults, outside
from ..plan.quiet import datadog_duration, next_opening, rrule_day, weekly_rrule
from ..plan.severities import BusinessHours
from ..plan.words import say_duration
from .business_hours import BusinessHoursArgs, Doors
from .handles import DatadogHandles
from .monitor import MonitorSettings, MonitorWatch, declare_monitor
from .queries.counts import Fallen, Stopped
from .queries.windows import written
from .tags import datadog_tags


class FallsArgs(TypedDict):
    """Fewer than at the same time a week before."""

    below: str
    """Per cent of what there was then, such as ``50 %``."""
    by_at_least: int
    """How many must be missing to that share; keeps low traffic quiet."""
    severity: str
    """``p0`` to ``p3``."""
    of: NotRequired[str]
    """``last week``, which is the default."""
    over: NotRequired[str]
    """The time that is compared, 1 minute to 7 days. Default: ``1 hour``."""


class StopsArgs(TypedDict):
    """None at all."""

    lasting: str
    """How long, 1 minute to 7 days."""
    severity: str
    """``p0`` to ``p3``."""
    hours: NotRequired[str]
    """``always``, or ``business``: only where all of that time lies within business hours.
    Default: ``always``."""


class BusinessMetricArgs(TypedDict):
    """Something that is counted."""

    metric: str
    """Datadog's name of the count."""
    unit: NotRequired[str]
    """Of what is counted, for people: ``US dollars``. Default: its name here."""
    owner: NotRequired[str]
    """The team that hears of it beside whoever the severity tells. Default: none."""
    falls: NotRequired[FallsArgs]
    """When there is less than a week before. Default: not watched."""
    stops: NotRequired[StopsArgs]
    """When there is none. Default: not watched."""


class BusinessMetricsArgs(TypedDict):
    """Arguments of BusinessMetrics."""

    metrics: dict[str, BusinessMetricArgs]
    """What is counted, by name."""
    environment: str
    """The tag ``env`` of what is counted."""
    runbooks: str
    """The address below which each alert has its page."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    business_hours: NotRequired[BusinessHoursArgs]
    """Default: Monday to Friday, 09:00 to 17:00."""
    timezone: NotRequired[str]
    """The clocks of the business hours, and on which messages say since when. Default: ``UTC``."""
    dashboard: NotRequired[pulumi.Input[str]]
    """Address of the environment's dashboard, for the messages. Default: none."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Team -> the handles by which it hears of what it owns. Default: none."""


class BusinessMetrics(UpkeepComponent):
    """What the company lives by: less of it than a week before, or none at all.

    Falling away is a difference, with a floor that keeps low traffic quiet. A silence that counts
    in business hours alone is watched around the clock and told within them: a downtime keeps it
    quiet until so much of the day has passed that the whole silence lies within it. It ends each
    morning, and a silence that still lasts is told then.
    """

    monitors: pulumi.Output[Mapping[str, str]]
    """Name of each monitor, such as ``orders-falls`` -> its id."""

    def __init__(
        self, name: str, args: BusinessMetricsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(hours_faults(settings.metrics, settings.business_hours.hours(), "metrics."))
        context = settings.context()
        monitors: dict[str, Any] = {}
        for metric in sorted(settings.metrics):
            entry = settings.metrics[metric]
            for watch in self._watches(settings, metric, entry):
                monitors[watch.part] = declare_monitor(self, watch, context).id
        for lasting in settings.silences():
            self._keep_quiet(settings, lasting)
        self.monitors = pulumi.Output.from_input(monitors)
        self.register_outputs({"monitors": self.monitors})

    def _watches(
        self, settings: "_Settings", name: str, entry: BusinessMetric
    ) -> Iterator[MonitorWatch]:
        what, unit = called(name), entry.counted_in(name)
        if falls := entry.falls:
            over, share = say_duration(falls.over), f"{falls.below:g} %"
            yield MonitorWatch(
                part=f"{name}-falls",
                says=f"{what} fell below {share} of last week's, compared over {over}",
                over=f"{what} came back to {share} of last week's, or nearly",
                severity=falls.severity,
                compiled=Fallen(
                    entry.metric,
                    settings.environment,
                    falls.below / 100,
                    falls.by_at_least,
                    falls.over,
                ).compile(),
                runbook="business-falls",
                # The last minute is not whole yet, and that of last week is [Datadog, "Monitor
                # Arithmetic and Sparse Metrics"].
                evaluation_delay=timedelta(minutes=1),
                # A query that takes silence for zero always has a value.
                no_data="default",
                owner=entry.owner,
                unit=f"{unit} too few",
            )
        if stops := entry.stops:
            within = " in business hours" if stops.hours == "business" else ""
            yield MonitorWatch(
                part=f"{name}-stops",
                says=f"no {what} for {say_duration(stops.lasting)}{within}",
                over=f"{what} came in again",
                severity=stops.severity,
                compiled=Stopped(entry.metric, settings.environment, stops.lasting).compile(),
                runbook="business-stops",
                no_data="default",
                owner=entry.owner,
                unit=unit,
                tags=(self._hours_tag(stops.lasting),) if stops.hours == "business" else (),
            )

    def _hours_tag(self, lasting: timedelta) -> str:
        """What monitors carry that are quiet until so much of a business day has passed."""
        return f"hours:{self.name}-{written(lasting)}"

    def _keep_quiet(self, settings: "_Settings", lasting: timedelta) -> None:
        """Outside business hours monitors tell nobody.

        Datadog evaluates a monitor on a schedule of its own once a day at most, so that hours are a
        matter of who is told.
        """
        hours = settings.business_hours.hours()
        zone = settings.timezone
        now = datetime.now(UTC)
        tags = datadog_tags(settings.environment, self._hours_tag(lasting))
        DowntimeSchedule(
            # A downtime's start cannot move once it has begun: other hours are another downtime.
            f"{self.name}-outside-{_slug(hours, lasting, zone)}",
            DowntimeScheduleArgs(
                monitor_identifier=DowntimeScheduleMonitorIdentifierArgs(monitor_tags=tags),
                scope="*",
                display_timezone=zone,
                message=(
                    f"Outside business hours, and for their first {say_duration(lasting)}: a "
                    "silence is told where all of it lies within them."
                ),
                mute_first_recovery_notification=False,
                # What began outside and still lasts is told when the doors have opened.
                notify_end_states=["alert"],
                notify_end_types=["expired"],
                recurring_schedule=DowntimeScheduleRecurringScheduleArgs(
                    recurrences=[
                        _recurrence(quiet, zone, now) for quiet in outside(hours, lasting)
                    ],
                    timezone=zone,
                ),
            ),
            # The next start is another one tomorrow; what is in force stays as it is.
            self.child(ignore_changes=["recurringSchedule"]),
        )


def _recurrence(
    quiet: QuietTime, zone: str, now: datetime
) -> DowntimeScheduleRecurringScheduleRecurrenceArgs:
    return DowntimeScheduleRecurringScheduleRecurrenceArgs(
        duration=datadog_duration(quiet.lasts),
        rrule=weekly_rrule(quiet.days),
        start=next_opening(quiet, zone, now),
    )


def _slug(hours: BusinessHours, lasting: timedelta, zone: str) -> str:
    days = "-".join(rrule_day(day).lower() for day in hours.on)
    place = zone.lower().replace("/", "-").replace("_", "-")
    return f"{days}-{hours.from_:%H%M}-{hours.to:%H%M}-{written(lasting)}-{place}"


# ---- arguments, checked ------------------------------------------------------------------------


class _Settings(MonitorSettings):
    metrics: Business = Field(min_length=1)
    business_hours: Doors = Doors()

    def silences(self) -> list[timedelta]:
        """How long the silences are that are told in business hours alone, each once."""
        stops = [entry.stops for entry in self.metrics.values() if entry.stops]
        return sorted({each.lasting for each in stops if each.hours == "business"})
