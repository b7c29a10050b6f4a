"""The table of Datadog resource types that the sandbox knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.monitor import MONITOR
from sandbox.providers.datadog.shape import Object
from sandbox.providers.datadog.synthetics import API_TEST


@dataclass(frozen=True)
class Deletion:
    """The request that removes a resource. `{id}` stands for the id."""

    method: str
    path: str
    body: bool = False
    """Whether ids go in the body, as Datadog wants for synthetic tests."""


@dataclass(frozen=True)
class Resource:
    """One resource type."""

    shape: Object
    collection: str
    """Path to create at; `{collection}/{id}` is where one is read and changed."""

    listing: str
    """Path that lists them all."""

    listed_in: str | None
    """Field of the listing that holds the list; None where the answer is the list itself."""

    id_field: str
    deletion: Deletion
    forced: str
    """The property that says: delete it although others refer to it."""

    computed: Mapping[str, str] = field(default_factory=dict)
    """Outputs that Datadog gives, with their fields."""

    optional: frozenset[str] = frozenset()
    """Inputs that Datadog or the provider fills in where they are not given: no drift."""

    unordered: frozenset[str] = frozenset()
    """Lists whose order means nothing: the provider declares them as sets."""

    replaces: frozenset[str] = frozenset()
    """Inputs that cannot change in place."""

    local: frozenset[str] = frozenset()
    """Inputs that are for the provider alone and never sent."""

    unnoticed: frozenset[str] = frozenset()
    """Local inputs whose change is no change of the resource."""

    def sent(self, inputs: Properties) -> Properties:
        """The inputs that go to Datadog."""
        return {
            name: value
            for name, value in inputs.items()
            if name not in self.local and not name.startswith("__")
        }


# What forces replacement, what is a set and what is computed is taken from the schemas of the
# Terraform provider that the Pulumi provider is built on: ForceNew, TypeSet and Computed in
# resource_datadog_synthetics_test_.go (no ForceNew at all) and
# resource_datadog_monitor.go (`type` alone).
RESOURCES: Mapping[str, Resource] = {
    "datadog:index/syntheticsTest:SyntheticsTest": Resource(
        shape=API_TEST,
        collection="/api/v1/synthetics/tests/api",
        listing="/api/v1/synthetics/tests",
        listed_in="tests",
        id_field="public_id",
        deletion=Deletion("POST", "/api/v1/synthetics/tests/delete", body=True),
        forced="forceDeleteDependencies",
        computed={"monitorId": "monitor_id"},
        unordered=frozenset({"locations"}),
        local=frozenset({"forceDeleteDependencies"}),
    ),
    "datadog:index/monitor:Monitor": Resource(
        shape=MONITOR,
        collection="/api/v1/monitor",
        listing="/api/v1/monitor",
        listed_in=None,
        id_field="id",
        deletion=Deletion("DELETE", "/api/v1/monitor/{id}"),
        forced="forceDelete",
        optional=frozenset({"evaluationDelay", "monitorThresholds", "restrictedRoles", "tags"}),
        unordered=frozenset({"notifyBies", "renotifyStatuses", "restrictedRoles", "tags"}),
        replaces=frozenset({"type"}),
        local=frozenset({"forceDelete", "validate"}),
        unnoticed=frozenset({"validate"}),
    ),
}
