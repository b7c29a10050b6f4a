"""The table of Datadog resource types that the sandbox knows, put together."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.providers.datadog.catalog import CATALOG
from sandbox.providers.datadog.dashboards import DASHBOARDS
from sandbox.providers.datadog.data_scanner import DATA_SCANNER
from sandbox.providers.datadog.downtimes import DOWNTIMES
from sandbox.providers.datadog.incidents import INCIDENTS
from sandbox.providers.datadog.integrations import INTEGRATIONS
from sandbox.providers.datadog.logs import LOGS
from sandbox.providers.datadog.monitor import MONITORS
from sandbox.providers.datadog.on_call import ON_CALL
from sandbox.providers.datadog.on_call_notifications import ON_CALL_NOTIFICATIONS
from sandbox.providers.datadog.pipelines import PIPELINES
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.roles import ROLES
from sandbox.providers.datadog.rum import RUM
from sandbox.providers.datadog.service_levels import SERVICE_LEVELS
from sandbox.providers.datadog.status_pages import STATUS_PAGES
from sandbox.providers.datadog.synthetics import SYNTHETICS
from sandbox.providers.datadog.synthetics_places import SYNTHETICS_PLACES
from sandbox.providers.datadog.teams import TEAMS

_AREAS = (
    CATALOG,
    DASHBOARDS,
    DATA_SCANNER,
    DOWNTIMES,
    INCIDENTS,
    INTEGRATIONS,
    LOGS,
    MONITORS,
    ON_CALL,
    ON_CALL_NOTIFICATIONS,
    PIPELINES,
    ROLES,
    RUM,
    SERVICE_LEVELS,
    STATUS_PAGES,
    SYNTHETICS,
    SYNTHETICS_PLACES,
    TEAMS,
)

RESOURCES: Mapping[str, Resource] = {
    token: resource for area in _AREAS for token, resource in area.items()
}
"""Every resource type, by token.

What forces replacement, what is a set and what is computed is taken from the schemas of the
Terraform provider that the Pulumi provider is built on: ForceNew, TypeSet, Computed and their
counterparts in `fwprovider/`."""
