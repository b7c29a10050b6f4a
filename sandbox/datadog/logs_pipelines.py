"""/api/v1/logs/config/pipelines."""

from collections.abc import Iterator

from datadog_api_client.v1.model.logs_pipeline import LogsPipeline

from sandbox.datadog.kinds import Change, Kind, Plain
from sandbox.datadog.store import Document

MOST_SAMPLES = 5  # of a grok parser [D "Grok parser"]
MOST_SAMPLE_CHARACTERS = 5_000


def _faults(change: Change) -> Iterator[str]:
    fields = change.fields
    if not fields["name"].strip():
        yield "name: must not be empty"
    if fields.get("filter") is None:
        yield "filter: missing required field"
    yield from _processor_faults(fields.get("processors") or [], "processors", nested=False)


def _processor_faults(processors: list[Document], at: str, nested: bool) -> Iterator[str]:
    for index, processor in enumerate(processors):
        here = f"{at}[{index}]"
        if processor["type"] == "pipeline":
            if nested:
                yield f"{here}: a nested pipeline cannot hold a pipeline"
            inner = processor.get("processors") or []
            yield from _processor_faults(inner, f"{here}.processors", nested=True)
        if processor["type"] == "grok-parser":
            if not processor["grok"]["match_rules"].strip():
                yield f"{here}.grok.match_rules: must not be empty"
            for sample in processor.get("samples") or []:
                if len(sample) > MOST_SAMPLE_CHARACTERS:
                    yield f"{here}.samples: at most {MOST_SAMPLE_CHARACTERS} characters each"
        if "sources" in processor and not processor["sources"]:
            yield f"{here}.sources: must not be empty"


def _given(change: Change) -> Document:
    fields = change.fields
    return {
        "type": "pipeline",
        "is_read_only": False,
        "is_enabled": fields.get("is_enabled", False),
        "description": fields.get("description", ""),
        "tags": fields.get("tags", []),
        "processors": [_completed(each) for each in fields.get("processors") or []],
    }


def _completed(processor: Document) -> Document:
    completed = {"is_enabled": False, **processor}
    if processor["type"] == "pipeline":
        inner = processor.get("processors") or []
        completed["processors"] = [_completed(each) for each in inner]
    return completed


PIPELINE = Kind(
    "LogsPipeline",
    "LogsPipelines",
    "/api/v1/logs/config/pipelines",
    LogsPipeline,
    LogsPipeline,
    LogsPipeline,
    LogsPipeline,
    envelope=Plain(),
    method="PUT",
    given=_given,
    rules=_faults,
    statuses={"delete": 200},
)
KINDS = (PIPELINE,)
