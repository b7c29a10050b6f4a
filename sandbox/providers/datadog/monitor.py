"""Monitors: the provider's properties and Datadog's JSON.

Follows buildMonitorStruct of the Terraform provider, which the Pulumi provider is built on.
"""

from __future__ import annotations

from typing import Any

from datadog_api_client.v1.model.monitor_options import MonitorOptions
from datadog_api_client.v1.model.monitor_options_custom_schedule_recurrence import (
    MonitorOptionsCustomScheduleRecurrence,
)
from datadog_api_client.v1.model.monitor_thresholds import MonitorThresholds

from sandbox.providers.datadog.access import Plain
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Converted, Object, Place, Sole, object_of


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # a fault that the API will name


def _number_text(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)


def _priority(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


_stripped = Converted(str.strip, str)
_threshold = Converted(_number, _number_text)
_thresholds = object_of(
    MonitorThresholds,
    critical=_threshold,
    criticalRecovery=_threshold,
    ok=_threshold,
    unknown=_threshold,
    warning=_threshold,
    warningRecovery=_threshold,
)
_recurrence = object_of(MonitorOptionsCustomScheduleRecurrence)
_options = object_of(
    MonitorOptions,
    without=(
        "aggregation",
        "device_ids",
        "locked",
        "min_failure_duration",
        "min_location_failed",
        "notify_by",
        "silenced",
        "synthetics_check_id",
        "threshold_windows",
        "thresholds",
        "variables",
    ),
    escalationMessage=_stripped,
    notifyBies=Place("notify_by"),
    monitorThresholdWindows=Place("threshold_windows"),
    monitorThresholds=Place("thresholds", _thresholds),
)
_windows = _options.places["schedulingOptions"].form
assert isinstance(_windows, Object)
_windows = Object(
    {
        **_windows.places,
        "customSchedule": Place(
            "custom_schedule",
            Object({"recurrence": Place("recurrences", Sole(_recurrence))}, {}),
        ),
    },
    {},
)

MONITOR = Object(
    {
        "name": Place("name"),
        "type": Place("type"),
        "query": Place("query", _stripped),
        "message": Place("message", _stripped),
        "priority": Place("priority", Converted(_priority, str)),
        "tags": Place("tags"),
        "restrictedRoles": Place("restricted_roles"),
        "draftStatus": Place("draft_status"),
        "assets": Place("assets"),
        **{name: Place(f"options.{p.path}", p.form) for name, p in _options.places.items()},
        "monitorThresholdWindows": Place(
            "options.threshold_windows",
            Object(
                {
                    "recoveryWindow": Place("recovery_window"),
                    "triggerWindow": Place("trigger_window"),
                },
                {},
            ),
        ),
        "schedulingOptions": Place("options.scheduling_options", _windows),
    },
    # The provider's own defaults; Datadog's differ.
    {
        "options.include_tags": True,
        "options.require_full_window": True,
        "options.notify_no_data": False,
        "options.new_host_delay": 300,
    },
)

MONITORS = {
    # `type` alone is ForceNew [resource_datadog_monitor.go].
    "datadog:index/monitor:Monitor": Resource(
        shape=MONITOR,
        access=Plain("/api/v1/monitor"),
        identity=("name", "type"),
        optional=frozenset({"evaluationDelay", "monitorThresholds", "restrictedRoles", "tags"}),
        unordered=frozenset({"notifyBies", "renotifyStatuses", "restrictedRoles", "tags"}),
        replaces=frozenset({"type"}),
        local=frozenset({"forceDelete", "validate"}),
        unnoticed=frozenset({"validate"}),
        forced="forceDelete",
    ),
}
