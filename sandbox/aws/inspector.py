"""Amazon Inspector: findings and coverage, which moto has as a queue of answers alone.

Nothing is scanned here. A control plants a finding, which is then reported as Inspector would, by
its API and as an event; another says what is covered (``POST /_upkeep/inspector/findings`` and
``/coverage``).
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.inspector2.models import Inspector2Backend
from moto.inspector2.responses import Inspector2Response
from werkzeug.wrappers import Request

from sandbox.aws import events
from sandbox.aws.controls import Answer, control
from sandbox.aws.extension import Extension

DEFAULT_ACCOUNT = "123456789012"


class UpkeepInspectorBackend(Inspector2Backend):
    """moto's backend, with what was planted."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.planted: dict[str, dict[str, Any]] = {}
        self.coverage: dict[str, dict[str, Any]] = {}

    def list_findings(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """What was planted, unfiltered, or else moto's."""
        return [*self.planted.values()] or super().list_findings(*args, **kwargs)


class UpkeepInspectorResponse(Inspector2Response):
    """The operations that moto lacks."""

    @property
    def _backend(self) -> UpkeepInspectorBackend:
        backend = self.inspector2_backend
        assert isinstance(backend, UpkeepInspectorBackend)
        return backend

    def list_coverage(self) -> str:
        """``ListCoverage``, as a whole."""
        return json.dumps({"coveredResources": [*self._backend.coverage.values()]})

    def list_finding_aggregations(self) -> str:
        """``ListFindingAggregations`` by account: open findings of a kind, by gravity."""
        asked = json.loads(self.body)
        if asked["aggregationType"] != "ACCOUNT":
            raise NotImplementedError("the sandbox aggregates findings by account alone")
        kind = asked.get("aggregationRequest", {}).get("accountAggregation", {}).get("resourceType")
        found = [
            finding
            for finding in self._backend.planted.values()
            if finding["status"] == "ACTIVE" and kind in (None, finding["resources"][0]["type"])
        ]
        counts = {
            gravity: sum(1 for each in found if each["severity"] == gravity.upper())
            for gravity in ("critical", "high", "medium")
        }
        answer = {
            "accountAggregation": {
                "accountId": self.current_account,
                "severityCounts": {**counts, "all": len(found)},
            }
        }
        return json.dumps({"aggregationType": "ACCOUNT", "responses": [answer]})


@control("POST", "inspector")
def _plant(request: Request, rest: str) -> Answer:
    """A finding ``{"severity", "title", "resource", "type"}``, or what is covered
    ``{"resource", "type", "status", "reason"}``; ``region`` says where."""
    from moto.inspector2.models import inspector2_backends

    told: dict[str, Any] = dict(request.get_json())
    region = told.get("region", "us-east-1")
    backend: Any = inspector2_backends[DEFAULT_ACCOUNT][region]
    if rest == "coverage":
        backend.coverage[told["resource"]] = {
            "accountId": DEFAULT_ACCOUNT,
            "resourceId": told["resource"],
            "resourceType": told["type"],
            "scanType": "PACKAGE",
            "scanStatus": {
                "statusCode": told.get("status", "ACTIVE"),
                "reason": told.get("reason", "SUCCESSFUL"),
            },
        }
        return backend.coverage[told["resource"]]
    if rest != "findings":
        raise ValueError(f"neither findings nor coverage: {rest}")
    arn = f"arn:aws:inspector2:{region}:{DEFAULT_ACCOUNT}:finding/{uuid.uuid4().hex}"
    now = datetime.now(UTC)
    finding = {
        "awsAccountId": DEFAULT_ACCOUNT,
        "description": told["title"],
        "findingArn": arn,
        "firstObservedAt": now.timestamp(),
        "inspectorScore": told.get("score", 9.8),
        "lastObservedAt": now.timestamp(),
        "remediation": {"recommendation": {"text": "None Provided"}},
        "resources": [{"id": told["resource"], "type": told["type"]}],
        "severity": told["severity"].upper(),
        "status": told.get("status", "ACTIVE"),
        "title": told["title"],
        "type": "PACKAGE_VULNERABILITY",
        "updatedAt": now.timestamp(),
    }
    backend.planted[arn] = finding
    _tell(region, finding, now)
    return finding


def _tell(region: str, finding: dict[str, Any], now: datetime) -> None:
    """The event of a finding [Amazon Inspector User Guide, event schema]."""
    seen = f"{now:%a %b %d %H:%M:%S} UTC {now:%Y}"
    detail = {**finding, "firstObservedAt": seen, "lastObservedAt": seen, "updatedAt": seen}
    resources = [each["id"] for each in finding["resources"]]
    events.put_event(
        "aws.inspector2", "Inspector2 Finding", detail, region=region, resources=resources
    )


EXTENSION = Extension(
    service="inspector2",
    backend=UpkeepInspectorBackend,
    response=UpkeepInspectorResponse,
    paths=("{0}/coverage/list$", "{0}/findings/aggregation/list$"),
)
