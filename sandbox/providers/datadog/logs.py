"""Log indexes, archives, and metrics made of logs.

Follows resource_datadog_logs_index.go, resource_datadog_logs_archive.go and
resource_datadog_logs_metric.go of the Terraform provider.
"""

from __future__ import annotations

from typing import Any

from datadog_api_client.v1.model.logs_daily_limit_reset import LogsDailyLimitReset
from datadog_api_client.v2.model.logs_metric_compute import LogsMetricCompute

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, JsonApi, Plain
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Items, Listed, Object, Place, object_of, within

_query = Object({"query": Place("query")}, {})
_exclusion = Object(
    {
        "name": Place("name"),
        "isEnabled": Place("is_enabled"),
        "filters": Place(
            "filter",
            Listed(
                Object(
                    {
                        "query": Place("query"),
                        "sampleAttribute": Place("sample_attribute"),
                        "sampleRate": Place("sample_rate"),
                    },
                    {},
                )
            ),
        ),
    },
    # What a block that leaves them out says [buildDatadogExclusionFilter].
    {"name": "", "is_enabled": False, "filter": {"query": "", "sample_rate": 0}},
)
_INDEX = Object(
    {
        "name": Place("name"),
        "filters": Place("filter", Listed(_query)),
        "retentionDays": Place("num_retention_days"),
        "flexRetentionDays": Place("num_flex_logs_retention_days"),
        "dailyLimit": Place("daily_limit"),
        "dailyLimitReset": Place("daily_limit_reset", object_of(LogsDailyLimitReset)),
        "dailyLimitWarningThresholdPercentage": Place("daily_limit_warning_threshold_percentage"),
        "disableDailyLimit": Place("disable_daily_limit"),
        "exclusionFilters": Place("exclusion_filters", Items(_exclusion)),
        "tags": Place("tags"),
    },
    {"exclusion_filters": [], "tags": []},
)


class _Index(Plain):
    """An index is limited when it is made, unless nothing is said; a change does not say its name,
    and only a change can take the limit away."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        document = {**document}
        document.pop("disable_daily_limit", None)
        if "num_flex_logs_retention_days" in document:
            document.setdefault("num_retention_days", 0)
        return super().create(api, document, known)

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        without = {name: value for name, value in document.items() if name != "name"}
        return super().update(api, id_, without, known)


_compute = object_of(LogsMetricCompute)
_METRIC = Object(
    {
        "name": Place("id"),
        "compute": Place("attributes.compute", _compute),
        "filter": Place("attributes.filter", _query),
        "groupBies": Place(
            "attributes.group_by",
            Items(Object({"path": Place("path"), "tagName": Place("tag_name")}, {})),
        ),
    },
    {"attributes.group_by": []},
)


class _Metric(JsonApi):
    """What a metric counts is settled when it is made, but for its percentiles."""

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        fields = {**document["attributes"]}
        compute = fields.pop("compute")
        if "include_percentiles" in compute:
            fields["compute"] = {"include_percentiles": compute["include_percentiles"]}
        return super().update(api, id_, {"attributes": fields}, known)


_azure = Object(
    {
        "clientId": Place("integration.client_id"),
        "tenantId": Place("integration.tenant_id"),
        "container": Place("container"),
        "storageAccount": Place("storage_account"),
        "path": Place("path"),
    },
    {"type": "azure"},
)
_gcs = Object(
    {
        "clientEmail": Place("integration.client_email"),
        "projectId": Place("integration.project_id"),
        "bucket": Place("bucket"),
        "path": Place("path"),
    },
    {"type": "gcs"},
)
_s3 = Object(
    {
        "accessKeyId": Place("integration.access_key_id"),
        "accountId": Place("integration.account_id"),
        "roleName": Place("integration.role_name"),
        "bucket": Place("bucket"),
        "path": Place("path"),
        "encryptionType": Place("encryption.type"),
        "encryptionKey": Place("encryption.key"),
        "storageClass": Place("storage_class"),
    },
    {"type": "s3", "encryption.type": "NO_OVERRIDE", "storage_class": "STANDARD"},
)
_DESTINATIONS = {"azureArchive": _azure, "gcsArchive": _gcs, "s3Archive": _s3}
_archive = within(
    "attributes",
    Object(
        {
            "name": Place("name"),
            "query": Place("query"),
            "compressionMethod": Place("compression_method"),
            "includeTags": Place("include_tags"),
            "lookupAttributes": Place("lookup_attributes"),
            "partitioningAttributes": Place("partitioning_attributes"),
            "rehydrationMaxScanSizeInGb": Place("rehydration_max_scan_size_in_gb"),
            "rehydrationTags": Place("rehydration_tags"),
        },
        {"compression_method": "GZIP", "include_tags": False, "rehydration_tags": []},
    ),
)


class _Archive:
    """Three properties for three destinations here, one of several forms there."""

    def encode(self, value: dict[str, Any]) -> dict[str, Any]:
        plain = {name: item for name, item in value.items() if name not in _DESTINATIONS}
        encoded = _archive.encode(plain)
        for name, form in _DESTINATIONS.items():
            if value.get(name) is not None:
                encoded["attributes"]["destination"] = form.encode(value[name])
        return encoded

    def decode(self, value: dict[str, Any]) -> dict[str, Any]:
        decoded = _archive.decode(value)
        destination = value["attributes"].get("destination") or {}
        name = f"{destination.get('type')}Archive"
        if name in _DESTINATIONS:
            decoded[name] = _DESTINATIONS[name].decode(destination)
        return decoded


LOGS = {
    "datadog:index/logsIndex:LogsIndex": Resource(
        shape=_INDEX,
        access=_Index("/api/v1/logs/config/indexes", id_field="name", listed_in="indexes"),
        optional=frozenset(
            {
                "dailyLimitReset",
                "dailyLimitWarningThresholdPercentage",
                "flexRetentionDays",
                "retentionDays",
                "tags",
            }
        ),
        unordered=frozenset({"tags"}),
        untold=frozenset({"disableDailyLimit"}),
        replaces=frozenset({"name"}),
    ),
    "datadog:index/logsMetric:LogsMetric": Resource(
        shape=_METRIC,
        access=_Metric("/api/v2/logs/config/metrics", "logs_metrics", names_id=False),
        identity=("id",),
        unordered=frozenset({"groupBies"}),
        replaces=frozenset({"name", "compute.aggregationType", "compute.path"}),
    ),
    "datadog:index/logsArchive:LogsArchive": Resource(
        shape=_Archive(),
        access=JsonApi("/api/v2/logs/config/archives", "archives", method="PUT", names_id=False),
        identity=("attributes.name",),
    ),
}
