"""Service level objectives and their corrections.

Follows resource_datadog_service_level_objective.go and resource_datadog_slo_correction.go of the
Terraform provider.
"""

from __future__ import annotations

from datadog_api_client.v1.model.service_level_objective_request import (
    ServiceLevelObjectiveRequest,
)
from datadog_api_client.v1.model.slo_correction_create_request_attributes import (
    SLOCorrectionCreateRequestAttributes,
)

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, JsonApi, Plain
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import (
    Converted,
    Items,
    Object,
    Place,
    Sole,
    object_of,
    within,
)

_stripped = Converted(str.strip, str)
_threshold = Object(
    {"target": Place("target"), "timeframe": Place("timeframe"), "warning": Place("warning")}, {}
)
_metric_query = Object(
    {"name": Place("name"), "query": Place("query"), "dataSource": Place("data_source")},
    {"data_source": "metrics"},
)


class _Query:
    """`{metricQuery: {...}}` here, the query itself there."""

    def encode(self, value: dict[str, object]) -> object:
        inner = value.get("metricQuery")
        return _metric_query.encode(inner) if isinstance(inner, dict) else {}

    def decode(self, value: dict[str, object]) -> object:
        return {"metricQuery": _metric_query.decode(value)}


_queries = Items(_Query())
_formula = Object({"formulaExpression": Place("formula")}, {})
_time_slice = Object(
    {
        "comparator": Place("comparator"),
        "threshold": Place("threshold"),
        "queryIntervalSeconds": Place("query_interval_seconds"),
        "query": Place(
            "query",
            Object(
                {
                    "formula": Place("formulas", Sole(_formula)),
                    "queries": Place("queries", _queries),
                },
                {},
            ),
        ),
    },
    {"query_interval_seconds": 300},
)
_count = Object(
    {
        "goodEventsFormula": Place("good_events_formula.formula"),
        "badEventsFormula": Place("bad_events_formula.formula"),
        "totalEventsFormula": Place("total_events_formula.formula"),
        "queries": Place("queries", _queries),
    },
    {},
)
_specification = Object(
    {"timeSlice": Place("time_slice", _time_slice), "count": Place("count", _count)}, {}
)
_query = Object(
    {"numerator": Place("numerator", _stripped), "denominator": Place("denominator", _stripped)}, {}
)

_OBJECTIVE = object_of(
    ServiceLevelObjectiveRequest,
    description=_stripped,
    query=_query,
    sliSpecification=Place("sli_specification", _specification),
    thresholds=Items(_threshold),
)


class _Corrections(JsonApi):
    """A change does not say which SLO it is for [buildDatadogSloCorrectionUpdate]: a new one is
    declared and never arrives, with the official provider as here."""

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        fields = {name: v for name, v in document["attributes"].items() if name != "slo_id"}
        return super().update(api, id_, {"attributes": fields}, known)


SERVICE_LEVELS = {
    "datadog:index/serviceLevelObjective:ServiceLevelObjective": Resource(
        shape=_OBJECTIVE,
        access=Plain("/api/v1/slo", listed_in="data", answered_in="data"),
        optional=frozenset({"tags", "targetThreshold", "timeframe", "warningThreshold"}),
        unordered=frozenset({"groups", "monitorIds", "tags"}),
        replaces=frozenset({"type"}),
        local=frozenset({"forceDelete", "ignoreTagKeys", "validate"}),
        unnoticed=frozenset({"validate"}),
        forced="forceDelete",
    ),
    "datadog:index/sloCorrection:SloCorrection": Resource(
        shape=within("attributes", object_of(SLOCorrectionCreateRequestAttributes)),
        access=_Corrections("/api/v1/slo/correction", "correction", names_id=False),
        identity=("attributes.slo_id", "attributes.start", "attributes.category"),
        # Datadog says UTC where no time zone is given.
        optional=frozenset({"timezone"}),
    ),
}
