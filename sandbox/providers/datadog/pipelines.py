"""Log pipelines and their processors.

Follows resource_datadog_logs_custom_pipeline.go of the Terraform provider. Not translated: array,
array-map and schema processors, which no plan asks for.
"""

from __future__ import annotations

from typing import Any

from datadog_api_client.model_utils import ModelNormal
from datadog_api_client.v1.model.logs_arithmetic_processor import LogsArithmeticProcessor
from datadog_api_client.v1.model.logs_attribute_remapper import LogsAttributeRemapper
from datadog_api_client.v1.model.logs_category_processor import LogsCategoryProcessor
from datadog_api_client.v1.model.logs_date_remapper import LogsDateRemapper
from datadog_api_client.v1.model.logs_decoder_processor import LogsDecoderProcessor
from datadog_api_client.v1.model.logs_exclude_attribute_processor import (
    LogsExcludeAttributeProcessor,
)
from datadog_api_client.v1.model.logs_geo_ip_parser import LogsGeoIPParser
from datadog_api_client.v1.model.logs_grok_parser import LogsGrokParser
from datadog_api_client.v1.model.logs_lookup_processor import LogsLookupProcessor
from datadog_api_client.v1.model.logs_message_remapper import LogsMessageRemapper
from datadog_api_client.v1.model.logs_service_remapper import LogsServiceRemapper
from datadog_api_client.v1.model.logs_span_remapper import LogsSpanRemapper
from datadog_api_client.v1.model.logs_status_remapper import LogsStatusRemapper
from datadog_api_client.v1.model.logs_string_builder_processor import LogsStringBuilderProcessor
from datadog_api_client.v1.model.logs_trace_remapper import LogsTraceRemapper
from datadog_api_client.v1.model.logs_url_parser import LogsURLParser
from datadog_api_client.v1.model.logs_user_agent_parser import LogsUserAgentParser
from datadog_api_client.v1.model.reference_table_logs_lookup_processor import (
    ReferenceTableLogsLookupProcessor,
)

from sandbox.providers.cloud import CloudError
from sandbox.providers.datadog.access import Document, Plain
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Items, Listed, Object, Place, object_of

_query = Object({"query": Place("query")}, {})


def _of(model: type[ModelNormal], *, without: tuple[str, ...] = (), **places: Place) -> Object:
    """A processor; what is true or false is false unless it is said."""
    said = [attribute for attribute, types in model.openapi_types.items() if types[0] is bool]
    (type_,) = model.openapi_types["type"][0].allowed_values
    # For a URL parser, nothing said is not the same as false.
    said = [attribute for attribute in said if attribute != "normalize_ending_slashes"]
    defaults = dict.fromkeys(said, False)
    return object_of(
        model, without=("type", *without), defaults={**defaults, "type": type_}, **places
    )


_PROCESSORS: dict[str, Object] = {
    "arithmeticProcessor": _of(LogsArithmeticProcessor),
    "attributeRemapper": _of(LogsAttributeRemapper),
    "categoryProcessor": _of(LogsCategoryProcessor),
    "dateRemapper": _of(LogsDateRemapper),
    "decoderProcessor": _of(LogsDecoderProcessor),
    "excludeAttributeProcessor": _of(LogsExcludeAttributeProcessor),
    "geoIpParser": _of(LogsGeoIPParser),
    "grokParser": _of(LogsGrokParser),
    "lookupProcessor": _of(
        LogsLookupProcessor, without=("lookup_table",), lookupTables=Place("lookup_table")
    ),
    "messageRemapper": _of(LogsMessageRemapper),
    "referenceTableLookupProcessor": _of(ReferenceTableLogsLookupProcessor),
    "serviceRemapper": _of(LogsServiceRemapper),
    "spanIdRemapper": _of(LogsSpanRemapper),
    "statusRemapper": _of(LogsStatusRemapper),
    "stringBuilderProcessor": _of(LogsStringBuilderProcessor),
    "traceIdRemapper": _of(LogsTraceRemapper),
    "urlParser": _of(LogsURLParser),
    "userAgentParser": _of(LogsUserAgentParser),
}


class _Processor:
    """One of several properties here, a type there."""

    def encode(self, value: dict[str, Any]) -> Document:
        named = [name for name, item in value.items() if item is not None]
        if len(named) != 1:
            raise CloudError("a processor is of one type")
        (name,) = named
        if name == "pipeline":
            return _nested.encode(value[name])
        if name not in _PROCESSORS:
            raise CloudError(f"the sandbox does not translate the property {name!r} yet")
        return _PROCESSORS[name].encode(value[name])

    def decode(self, value: Document) -> dict[str, Any]:
        if value["type"] == "pipeline":
            return {"pipeline": _nested.decode(value)}
        table = "lookup_enrichment_table" in value
        for name, form in _PROCESSORS.items():
            if form.defaults["type"] == value["type"] and table == name.startswith("reference"):
                return {name: form.decode(value)}
        raise CloudError(f"the sandbox does not translate the processor {value['type']!r} yet")


_pipeline = Object(
    {
        "name": Place("name"),
        "isEnabled": Place("is_enabled"),
        "description": Place("description"),
        "tags": Place("tags"),
        "filters": Place("filter", Listed(_query)),
        "processors": Place("processors", Items(_Processor())),
    },
    {"is_enabled": False, "description": "", "processors": []},
)
_nested = Object(_pipeline.places, {**_pipeline.defaults, "type": "pipeline"})

PIPELINES = {
    "datadog:index/logsCustomPipeline:LogsCustomPipeline": Resource(
        shape=_pipeline,
        access=Plain("/api/v1/logs/config/pipelines"),
        optional=frozenset({"tags"}),
        unordered=frozenset({"tags"}),
    ),
}
