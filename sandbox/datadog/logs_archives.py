"""/api/v2/logs/config: archives, and metrics made of logs."""

import re
from collections.abc import Iterator

from datadog_api_client.v2.model.logs_archive import LogsArchive
from datadog_api_client.v2.model.logs_archive_create_request import LogsArchiveCreateRequest
from datadog_api_client.v2.model.logs_archives import LogsArchives
from datadog_api_client.v2.model.logs_metric_create_request import LogsMetricCreateRequest
from datadog_api_client.v2.model.logs_metric_response import LogsMetricResponse
from datadog_api_client.v2.model.logs_metric_update_request import LogsMetricUpdateRequest
from datadog_api_client.v2.model.logs_metrics_response import LogsMetricsResponse

from sandbox.datadog.kinds import Change, Kind
from sandbox.datadog.store import Document

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# [D "Custom metrics naming"]
_METRIC = re.compile(r"[a-zA-Z][a-zA-Z0-9_.]{0,199}")


def _archive_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    if not fields["name"].strip():
        yield "name: must not be empty"
    for other in change.store.held[ARCHIVE.name].values():
        if other["id"] != change.id and other["attributes"]["name"] == fields["name"]:
            yield f"name: an archive with the name {fields['name']!r} exists already"
    size = fields.get("rehydration_max_scan_size_in_gb")
    if size is not None and size < 1:
        yield f"rehydration_max_scan_size_in_gb: must be at least 1, got {size}"
    destination = fields["destination"]
    if destination["type"] != "s3":
        return
    if not _BUCKET.fullmatch(destination["bucket"]):
        yield f"destination.bucket: {destination['bucket']!r} is not the name of a bucket"
    account = destination["integration"].get("account_id")
    if account is not None and not re.fullmatch(r"\d{12}", account):
        yield f"destination.integration.account_id: {account!r} must be 12 digits"
    encryption = destination.get("encryption", {"type": "NO_OVERRIDE"})
    if (encryption["type"] == "SSE_KMS") != bool(encryption.get("key")):
        yield "destination.encryption.key: with SSE_KMS, and only with it"


def _archive_given(change: Change) -> Document:
    fields = change.fields
    return {
        "include_tags": fields.get("include_tags", False),
        "rehydration_tags": fields.get("rehydration_tags", []),
        "rehydration_max_scan_size_in_gb": fields.get("rehydration_max_scan_size_in_gb"),
        # Until logs have gone there nobody knows whether it works.
        "state": "UNKNOWN",
    }


ARCHIVE = Kind(
    "LogsArchive",
    "LogsArchives",
    "/api/v2/logs/config/archives",
    LogsArchiveCreateRequest,
    LogsArchiveCreateRequest,
    LogsArchive,
    LogsArchives,
    type="archives",
    method="PUT",
    given=_archive_given,
    rules=_archive_faults,
)


def _compute(change: Change) -> Document:
    """What a metric counts: settled when it is made, but for the percentiles."""
    before = change.before["attributes"]["compute"] if change.before else {}
    return {**before, **change.fields.get("compute", {})}


def _metric_faults(change: Change) -> Iterator[str]:
    if not _METRIC.fullmatch(change.id):
        yield (
            f"id: {change.id!r} must begin with a letter and hold at most 200 letters, digits, "
            "underscores and dots"
        )
    compute = _compute(change)
    distribution = compute["aggregation_type"] == "distribution"
    if distribution != bool(compute.get("path")):
        yield "compute.path: for a distribution, and only for it"
    if compute.get("include_percentiles") and not distribution:
        yield "compute.include_percentiles: only for a distribution"
    tags = [each.get("tag_name") or each["path"] for each in change.fields.get("group_by", [])]
    if len(set(tags)) < len(tags):
        yield "group_by: each tag_name once"


def _metric_given(change: Change) -> Document:
    compute = _compute(change)
    if compute["aggregation_type"] == "distribution":
        compute.setdefault("include_percentiles", False)
    groups = [
        {"tag_name": each["path"].lstrip("@"), **each} for each in change.fields.get("group_by", [])
    ]
    return {
        "compute": compute,
        "filter": change.fields.get("filter", {"query": "*"}),
        "group_by": groups,
    }


METRIC = Kind(
    "LogsMetric",
    "LogsMetrics",
    "/api/v2/logs/config/metrics",
    LogsMetricCreateRequest,
    LogsMetricUpdateRequest,
    LogsMetricResponse,
    LogsMetricsResponse,
    id_of=lambda document: str(document["id"]),
    given=_metric_given,
    rules=_metric_faults,
)
KINDS = (ARCHIVE, METRIC)
