"""Downtimes.

Follows resource_datadog_downtime_schedule.go of the Terraform provider.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from datadog_api_client.v2.model.downtime_schedule_recurrence_create_update_request import (
    DowntimeScheduleRecurrenceCreateUpdateRequest,
)

from sandbox.providers.cloud import CloudError, Properties
from sandbox.providers.datadog.access import Document, JsonApi
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Converted, Items, Object, Place, object_of, within


def _moment(text: str) -> str:
    """A time in UTC to the second, as the provider writes it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text  # a fault that the API will name
    if moment.tzinfo is None:
        return text
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_time = Converted(_moment, _moment)
_single = Object({"start": Place("start", _time), "end": Place("end", _time)}, {})
_recurring = Object(
    {
        "timezone": Place("timezone"),
        "recurrences": Place(
            "recurrences", Items(object_of(DowntimeScheduleRecurrenceCreateUpdateRequest))
        ),
    },
    {},
)
_SCHEDULES = {"oneTimeSchedule": _single, "recurringSchedule": _recurring}
_plain = within(
    "attributes",
    Object(
        {
            "displayTimezone": Place("display_timezone"),
            "message": Place("message"),
            "monitorIdentifier": Place(
                "monitor_identifier",
                Object(
                    {"monitorId": Place("monitor_id"), "monitorTags": Place("monitor_tags")}, {}
                ),
            ),
            "muteFirstRecoveryNotification": Place("mute_first_recovery_notification"),
            "notifyEndStates": Place("notify_end_states"),
            "notifyEndTypes": Place("notify_end_types"),
            "scope": Place("scope"),
        },
        {},
    ),
)


class _Downtime:
    """One of two properties for the schedule here, one of two forms there."""

    def encode(self, value: dict[str, Any]) -> Document:
        named = [name for name in _SCHEDULES if value.get(name) is not None]
        if len(named) != 1:
            raise CloudError("a downtime has one of oneTimeSchedule, recurringSchedule")
        encoded = _plain.encode({k: item for k, item in value.items() if k not in _SCHEDULES})
        encoded["attributes"]["schedule"] = _SCHEDULES[named[0]].encode(value[named[0]])
        return encoded

    def decode(self, value: Document) -> dict[str, Any]:
        schedule = value["attributes"].get("schedule") or {}
        name = "recurringSchedule" if "recurrences" in schedule else "oneTimeSchedule"
        return {**_plain.decode(value), name: _SCHEDULES[name].decode(schedule)}


class _Downtimes(JsonApi):
    """What was canceled can still be read, and is not found again by what it says."""

    def list(self, api: Api, known: Properties) -> Any:
        for id_, entry in super().list(api, known):
            if entry["attributes"]["status"] not in ("canceled", "ended"):
                yield id_, entry


DOWNTIMES = {
    "datadog:index/downtimeSchedule:DowntimeSchedule": Resource(
        shape=_Downtime(),
        access=_Downtimes("/api/v2/downtime", "downtime"),
        identity=("attributes.scope", "attributes.message", "attributes.monitor_identifier"),
        optional=frozenset(
            {
                "displayTimezone",
                "muteFirstRecoveryNotification",
                "notifyEndStates",
                "notifyEndTypes",
            }
        ),
        unordered=frozenset(
            {"monitorIdentifier.monitorTags", "notifyEndStates", "notifyEndTypes", "monitor_tags"}
        ),
    ),
}
