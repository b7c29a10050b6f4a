"""/api/v1/logs/config/indexes."""

import re
from collections.abc import Iterator

from datadog_api_client.v1.model.logs_index import LogsIndex
from datadog_api_client.v1.model.logs_index_list_response import LogsIndexListResponse
from datadog_api_client.v1.model.logs_index_update_request import LogsIndexUpdateRequest

from sandbox.datadog.answers import Refused
from sandbox.datadog.kinds import Change, Kind, Plain
from sandbox.datadog.store import Document

# [P resource_datadog_logs_index.go]
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_RESET_TIME = re.compile(r"([01][0-9]|2[0-3]):00")
_RESET_OFFSET = re.compile(r"(-(0[0-9]|1[0-2])|\+(0[0-9]|1[0-4])):00")
# What a contract may hold; each contract has some of them [D "Logs indexes: set log retention"].
RETENTION_DAYS = (3, 7, 15, 30, 45, 60, 90, 180, 360)
DEFAULT_RETENTION_DAYS = 15


def _faults(change: Change) -> Iterator[str]:
    fields = change.fields
    name = change.id
    if not _NAME.fullmatch(name):
        yield (
            f"name: {name!r} must begin with a small letter and hold small letters, digits and "
            "hyphens only"
        )
    if change.before is None and name in change.store.gone[INDEX.name]:
        # [D "Delete an index": the name of a deleted index cannot be used again]
        raise Refused(400, f"name: {name!r} was deleted; its name cannot be used again")
    days = fields.get("num_retention_days")
    if days is not None and days not in RETENTION_DAYS and fields.get(_FLEX) is None:
        allowed = ", ".join(map(str, RETENTION_DAYS))
        yield f"num_retention_days: {days} is not in the contract: {allowed}"
    yield from _limit_faults(fields)
    filters = fields.get("exclusion_filters") or []
    names = [each["name"] for each in filters]
    if len(set(names)) < len(names):
        yield "exclusion_filters: each name once"
    for index, each in enumerate(filters):
        if not 0 <= each.get("filter", {}).get("sample_rate", 0) <= 1:
            yield f"exclusion_filters[{index}].filter.sample_rate: must be 0 to 1"
    for tag in fields.get("tags", []):
        if ":" not in tag:
            yield f"tags: {tag!r} must be key:value"


_FLEX = "num_flex_logs_retention_days"


def _limit_faults(fields: Document) -> Iterator[str]:
    limit = fields.get("daily_limit")
    if limit is not None and limit < 1:
        yield f"daily_limit: must be at least 1, got {limit}"
    reset = fields.get("daily_limit_reset")
    if reset is not None:
        if not _RESET_TIME.fullmatch(reset.get("reset_time", "")):
            yield "daily_limit_reset.reset_time: must be HH:00"
        if not _RESET_OFFSET.fullmatch(reset.get("reset_utc_offset", "")):
            yield "daily_limit_reset.reset_utc_offset: must be -12:00 to +14:00 in whole hours"
    if limit is None and "daily_limit_warning_threshold_percentage" in fields:
        yield "daily_limit_warning_threshold_percentage: needs a daily_limit"


def _given(change: Change) -> Document:
    fields, before = change.fields, change.before or {}
    disabled = fields.pop("disable_daily_limit", None)
    limit_fields = (
        "daily_limit",
        "daily_limit_reset",
        "daily_limit_warning_threshold_percentage",
    )
    given: Document = {
        "is_rate_limited": False,
        "num_retention_days": fields.get(
            "num_retention_days", before.get("num_retention_days", DEFAULT_RETENTION_DAYS)
        ),
        "exclusion_filters": fields.get("exclusion_filters", []),
        "tags": fields.get("tags", []),
    }
    if disabled:
        for name in limit_fields:
            fields.pop(name, None)
    elif "daily_limit" in fields:
        reset = before.get(
            "daily_limit_reset", {"reset_time": "00:00", "reset_utc_offset": "+00:00"}
        )
        given["daily_limit_reset"] = fields.get("daily_limit_reset", reset)
    return given


def _bury(change: Change) -> None:
    change.store.gone[INDEX.name].add(change.id)


INDEX = Kind(
    "LogsIndex",
    "LogsIndexes",
    "/api/v1/logs/config/indexes",
    LogsIndex,
    LogsIndexUpdateRequest,
    LogsIndex,
    LogsIndexListResponse,
    envelope=Plain("indexes"),
    method="PUT",
    id_field="name",
    id_of=lambda document: str(document["name"]),
    given=_given,
    rules=_faults,
    deleted=_bury,
    statuses={"delete": 200},
)
KINDS = (INDEX,)
