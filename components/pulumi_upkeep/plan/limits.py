"""What the vendors accept: each figure once, as data, with its source beside it.

Nothing here is our choice. What is chosen (a default, an assumption) stands where it is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from pydantic import AfterValidator

from .faults import NotInWords
from .words import say_duration

Value = TypeVar("Value", int, float, timedelta)

_SECOND, _MINUTE, _HOUR, _DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


@dataclass(frozen=True)
class Limit(Generic[Value]):
    """A range a vendor accepts, both ends included; ``of`` is what is limited."""

    of: str
    least: Value
    most: Value
    source: str

    def check(self, value: Value) -> Value:
        """The value itself; a fault that names the nearest end where it lies outside."""
        if self.least <= value <= self.most:
            return value
        near = self.least if value < self.least else self.most
        raise NotInWords(
            f"{self.of} lies between {_said(self.least)} and {_said(self.most)} ({self.source})",
            f"nearest: `{_said(near)}`",
        )

    @property
    def validator(self) -> AfterValidator:
        """For the annotation of a field: ``Annotated[Duration, LIMIT.validator]``."""
        check: Callable[[Any], Any] = self.check
        return AfterValidator(check)


@dataclass(frozen=True)
class Choice(Generic[Value]):
    """The only values a vendor accepts."""

    of: str
    values: tuple[Value, ...]
    source: str

    def check(self, value: Value) -> Value:
        """The value itself; a fault that names the nearest accepted one where it is not one."""
        if value in self.values:
            return value
        near = min(self.values, key=lambda known: abs(known - value))
        known = ", ".join(_said(each) for each in self.values)
        raise NotInWords(
            f"{self.of} is one of {known} ({self.source})", f"nearest: `{_said(near)}`"
        )

    @property
    def validator(self) -> AfterValidator:
        """For the annotation of a field."""
        check: Callable[[Any], Any] = self.check
        return AfterValidator(check)


def _said(value: float | timedelta) -> str:
    return say_duration(value) if isinstance(value, timedelta) else f"{value:g}"


# ---- AWS Backup ----------------------------------------------------------------------------------

EXPIRY_DAYS = (1, 36_500)
BACKUP_RETENTION = Limit(
    "a backup's retention",
    EXPIRY_DAYS[0] * _DAY,
    EXPIRY_DAYS[1] * _DAY,
    "AWS Backup, Lifecycle.DeleteAfterDays",
)
COLD_STORAGE_STAY = 90 * _DAY
COLD_COPY_SOURCE = "AWS Backup, copies: recovery points in cold storage cannot be copied"
COLD_STORAGE_STAY_SOURCE = "AWS Backup, Lifecycle.MoveToColdStorageAfterDays"
# AWS Backup ignores cold storage silently for a type that lacks it: feature availability by
# resource, AWS Backup developer guide.
WITHOUT_COLD_STORAGE = {"databases": "RDS", "buckets": "S3"}
# How long a compliance lock can still be changed.
LOCK_GRACE = Limit(
    "the time of grace", 3 * _DAY, 36_500 * _DAY, "AWS Backup, vault lock, ChangeableForDays"
)
AIR_GAPPED_RETENTION = Limit(
    "the least retention of an air-gapped vault",
    7 * _DAY,
    EXPIRY_DAYS[1] * _DAY,
    "AWS Backup, CreateLogicallyAirGappedBackupVault, MinRetentionDays",
)
# AWS's rules `*-resources-in-logically-air-gapped-vault` exist for Aurora, EBS, EC2, EFS, S3,
# Storage Gateway and VMware; there is none for instances of RDS.
WITHOUT_AIR_GAP = {"databases": "RDS instances"}
WITHOUT_AIR_GAP_SOURCE = "AWS Config, rules on resources in logically air-gapped vaults"
# S3 promises and reports nothing finer; an alarm below it would be quiet for no reason.
REPLICATION_LAG = Limit(
    "how far a bucket's replica may be behind",
    15 * _MINUTE,
    2 * _DAY,
    "S3 Replication Time Control: 15 minutes",
)
AUDIT_CONTROLS = Limit(
    "the number of controls", 1, 50, "AWS Backup Audit Manager, per account and region"
)
START_WINDOW = Limit(
    "the start window", 60 * _MINUTE, 36_500 * _DAY, "AWS Backup, StartWindowMinutes"
)
# A backup that starts at the end of its start window still gets this long. AWS's console and API
# ask for it; its documents do not say it, other libraries do.
COMPLETION_AFTER_START_WINDOW = 60 * _MINUTE
COMPLETION_WINDOW_SOURCE = "AWS Backup, CompletionWindowMinutes"
COMPLETION_WINDOW = Limit(
    "the completion window",
    START_WINDOW.least + COMPLETION_AFTER_START_WINDOW,
    36_500 * _DAY,
    COMPLETION_WINDOW_SOURCE,
)
POINT_IN_TIME = Limit(
    "continuous backup's retention", _DAY, 35 * _DAY, "AWS Backup, continuous backups"
)
BACKUP_MOST_OFTEN = _HOUR
BACKUP_MOST_OFTEN_SOURCE = "AWS Backup, backup frequency: hourly at most"
RULE_NAME_LENGTH = 50  # AWS Backup, BackupRuleInput.RuleName; names of the plan are shorter
# No snapshot is started from an hour before the instance's own maintenance window until its end;
# an instance with continuous backup is exempt. One secondary source, not AWS's documentation.
QUIET_BEFORE_RDS_MAINTENANCE = _HOUR

# Restore testing: quotas and parameters, AWS Backup developer guide; the provider takes no
# validation window below an hour.
RESTORE_START_WINDOW = Limit(
    "a restore test's start window", _HOUR, 168 * _HOUR, "AWS Backup, StartWindowHours"
)
RESTORE_WINDOW = Limit(
    "how old the newest recovery point may be",
    _DAY,
    365 * _DAY,
    "AWS Backup, SelectionWindowDays",
)
RESTORE_VALIDATION_WINDOW = Limit(
    "the validation window", _HOUR, 168 * _HOUR, "AWS Backup, ValidationWindowHours"
)
RESTORE_NAME_LENGTH = 50  # AWS Backup: letters, digits and underscores

# What a continuous backup may lose.
RDS_POINT_IN_TIME_LAG = 5 * _MINUTE
RDS_POINT_IN_TIME_SOURCE = "RDS: logs are uploaded every five minutes"
S3_POINT_IN_TIME_LAG = 15 * _MINUTE
S3_POINT_IN_TIME_SOURCE = "AWS Backup for S3: changes are captured within 15 minutes"

# ---- S3 ------------------------------------------------------------------------------------------

EVIDENCE_RETENTION = Limit(
    "an object lock's retention", _DAY, 36_500 * _DAY, "S3 Object Lock, DefaultRetention.Days"
)

# ---- RDS -----------------------------------------------------------------------------------------

REPLICAS_PER_SOURCE = {
    "postgres": 15,
    "mysql": 15,
    "mariadb": 15,
    "oracle": 5,
    "sqlserver": 5,
    "db2": 3,
}
REPLICAS_PER_SOURCE_SOURCE = "RDS, working with read replicas"
MOST_REPLICAS = 15
AUTOMATED_RETENTION = Limit(
    "the retention of automated backups", _DAY, 35 * _DAY, "RDS, BackupRetentionPeriod"
)
RDS_FAILOVER = 120 * _SECOND
RDS_FAILOVER_SOURCE = "RDS Multi-AZ: a failover typically takes 60 to 120 seconds"

# ---- CloudWatch ----------------------------------------------------------------------------------

# Shorter than a minute a period is one of these, otherwise whole minutes.
ALARM_SHORT_PERIODS = (10 * _SECOND, 20 * _SECOND, 30 * _SECOND)
ALARM_PERIOD_SOURCE = "CloudWatch, PutMetricAlarm, Period"
# Period x evaluations: a day at most where the period is under an hour, a week at most at all.
ALARM_WINDOW = Limit(
    "how long it must last", _MINUTE, _DAY, "CloudWatch, period x evaluation periods"
)
ALARM_FURTHEST_LOOK_BACK = 7 * _DAY
PERCENTILE = Limit("a percentile", 1.0, 99.99, "CloudWatch, ExtendedStatistic")

# ---- Route 53 ------------------------------------------------------------------------------------

HEALTH_CHECK_INTERVAL = Choice(
    "a health check's interval", (10 * _SECOND, 30 * _SECOND), "Route 53, RequestInterval"
)
HEALTH_CHECK_FAILURES = Limit("a failure threshold", 1, 10, "Route 53, FailureThreshold")
# Where Route 53 can ask from, and from how many places at least [Route 53, HealthCheckRegion].
HEALTH_CHECK_REGIONS = (
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-west-1",
    "us-west-2",
)
FEWEST_HEALTH_CHECK_REGIONS = 3

# ---- CloudWatch Logs -----------------------------------------------------------------------------

LOG_RETENTION = Choice(
    "how long a log group keeps",
    tuple(
        days * _DAY
        for days in (
            *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
            *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
        )
    ),
    "CloudWatch Logs, PutRetentionPolicy",
)

# ---- Datadog monitors ----------------------------------------------------------------------------

ANOMALY_WINDOW = Limit(
    "how long something is unlike itself", 15 * _MINUTE, _DAY, "Datadog, anomaly, trigger_window"
)
ANOMALY_DEVIATIONS = Limit("a number of deviations", 1, 6, "Datadog, anomaly, bounds")
FORECAST_AHEAD = Limit(
    "how far a forecast looks", 12 * _HOUR, 90 * _DAY, "Datadog, forecast, 12 hours to 3 months"
)
ERROR_WINDOW = Limit(
    "the time in which errors are counted",
    _MINUTE,
    2 * _DAY,
    "Datadog, error tracking monitors, 1 to 2,880 m",
)
METRIC_WINDOW = Limit(
    "how long a metric is looked at", _MINUTE, 7 * _DAY, "Datadog, metric monitors, 1 to 10,080 m"
)

# ---- Datadog synthetics --------------------------------------------------------------------------

CHECK_INTERVAL = Limit(
    "a check's interval", 30 * _SECOND, 604_800 * _SECOND, "Datadog synthetics, tick_every"
)
FEWEST_LOCATIONS = 3  # The plan's own rule: one region cannot tell its own outage from ours.
# Datadog also takes 0, never; an alert that is not repeated is forgotten, so no plan can say it.
REMINDER = Choice(
    "a reminder's interval",
    tuple(
        minutes * _MINUTE
        for minutes in (10, 20, 30, 40, 50, 60, 90, 120, 180, 240, 300, 360, 720, 1440)
    ),
    "Datadog synthetics, renotify_interval",
)
RETRIES = Limit(
    "how often a check is repeated", 0, 3, "Datadog synthetics, retry.count of an API test"
)
RETRY_WAIT = Limit(
    "the wait before a repeat",
    timedelta(milliseconds=1),
    timedelta(milliseconds=5000),
    "Datadog synthetics, retry.interval",
)
RESPONSE_TIME = Limit(
    "a response time",
    timedelta(milliseconds=1),
    60 * _SECOND,
    "Datadog synthetics, an API test times out after 60 seconds",
)

# ---- Datadog On-Call ---------------------------------------------------------------------------

ON_CALL_STEPS_SOURCE = "Datadog On-Call, escalation policies, limitations"
ON_CALL_STEPS_AT_MOST = 10
ON_CALL_TARGETS_AT_MOST = 10
ON_CALL_STEP = Limit(
    "the wait of an escalation's step",
    60 * _SECOND,
    36_000 * _SECOND,
    "Datadog On-Call, escalateAfterSeconds",
)
ON_CALL_REPEATS = Limit("how often an escalation repeats", 0, 10, "Datadog On-Call, retries")
