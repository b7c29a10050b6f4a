"""Everything that Datadog holds, as Datadog's own client deserialises it."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.model_utils import UnparsedObject
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.logs_indexes_api import LogsIndexesApi
from datadog_api_client.v1.api.logs_pipelines_api import LogsPipelinesApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.service_level_objective_corrections_api import (
    ServiceLevelObjectiveCorrectionsApi,
)
from datadog_api_client.v1.api.service_level_objectives_api import ServiceLevelObjectivesApi
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from datadog_api_client.v1.api.webhooks_integration_api import WebhooksIntegrationApi
from datadog_api_client.v2.api.downtimes_api import DowntimesApi
from datadog_api_client.v2.api.incidents_api import IncidentsApi
from datadog_api_client.v2.api.logs_archives_api import LogsArchivesApi
from datadog_api_client.v2.api.logs_metrics_api import LogsMetricsApi
from datadog_api_client.v2.api.on_call_api import OnCallApi
from datadog_api_client.v2.api.restriction_policies_api import RestrictionPoliciesApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.api.rum_api import RUMApi
from datadog_api_client.v2.api.sensitive_data_scanner_api import SensitiveDataScannerApi
from datadog_api_client.v2.api.software_catalog_api import SoftwareCatalogApi
from datadog_api_client.v2.api.status_pages_api import StatusPagesApi
from datadog_api_client.v2.api.teams_api import TeamsApi

Found = Any
"""A model of Datadog's client."""

_BESIDE_SCHEDULE = "layers,layers.members.user,teams"
_BESIDE_POLICY = "steps,steps.targets,teams"


def client(address: str) -> ApiClient:
    """Datadog's own client, pointed at an address; any keys do in a sandbox."""
    configuration = Configuration(host=address)
    configuration.api_key.update(apiKeyAuth="key", appKeyAuth="key")
    configuration.server_index = None
    return ApiClient(configuration)


def read(api: ApiClient, type_: str, id_: str, of: str = "") -> Found:
    """One object by the type that Pulumi calls it, such as ``logsIndex``, and its id.

    of: the id of what it belongs to: the page of a component, the team of a membership, whoever a
    channel or a rule is of.
    """
    if type_ in _BELONGING:
        return _BELONGING[type_](api, of, id_)
    return _READERS[type_](api, id_)


def _test(api: ApiClient, id_: str) -> Found:
    synthetics = SyntheticsApi(api)
    if str(synthetics.get_test(id_).type) == "browser":
        return synthetics.get_browser_test(id_)
    return synthetics.get_api_test(id_)


def _scanned(api: ApiClient, id_: str) -> Found:
    config = SensitiveDataScannerApi(api).list_scanning_groups()
    (found,) = [entry for entry in config.included.value if entry.id == id_]
    return found


def _entity(api: ApiClient, id_: str) -> Found:
    found = SoftwareCatalogApi(api).list_catalog_entity(filter_ref=id_)
    (entity,) = list(found.data)
    return entity


def _role_user(api: ApiClient, id_: str) -> Found:
    role, _, user = id_.partition(":")
    found = RolesApi(api).list_role_users(role)
    (member,) = [entry for entry in found.data if entry.id == user]
    return member


def incidents_api(api: ApiClient) -> IncidentsApi:
    """Datadog calls these operations unstable, and its client wants to be told that one knows."""
    known = api.configuration.unstable_operations
    for operation in known.values:
        if "incident" in operation:
            known[operation.partition(".")[2]] = True
    return IncidentsApi(api)


_READERS: Mapping[str, Callable[[ApiClient, str], Found]] = {
    "dashboardJson": lambda api, id_: DashboardsApi(api).get_dashboard(id_),
    "downtimeSchedule": lambda api, id_: DowntimesApi(api).get_downtime(id_),
    "incidentNotificationRule": lambda api, id_: incidents_api(api).get_incident_notification_rule(
        _uuid(id_)
    ),
    "incidentNotificationTemplate": lambda api, id_: incidents_api(
        api
    ).get_incident_notification_template(_uuid(id_)),
    "incidentPostmortemTemplate": lambda api, id_: incidents_api(
        api
    ).get_incident_postmortem_template(id_),
    "incidentType": lambda api, id_: incidents_api(api).get_incident_type(id_),
    "incidentUserDefinedRole": lambda api, id_: incidents_api(api).get_incident_user_defined_role(
        _uuid(id_)
    ),
    "logsArchive": lambda api, id_: LogsArchivesApi(api).get_logs_archive(id_),
    "logsCustomPipeline": lambda api, id_: LogsPipelinesApi(api).get_logs_pipeline(id_),
    "logsIndex": lambda api, id_: LogsIndexesApi(api).get_logs_index(id_),
    "logsMetric": lambda api, id_: LogsMetricsApi(api).get_logs_metric(id_),
    "monitor": lambda api, id_: MonitorsApi(api).get_monitor(int(id_)),
    "onCallEscalationPolicy": lambda api, id_: OnCallApi(api).get_on_call_escalation_policy(
        id_, include=_BESIDE_POLICY
    ),
    "onCallSchedule": lambda api, id_: OnCallApi(api).get_on_call_schedule(
        id_, include=_BESIDE_SCHEDULE
    ),
    "onCallTeamRoutingRules": lambda api, id_: OnCallApi(api).get_on_call_team_routing_rules(
        id_, include="rules"
    ),
    "restrictionPolicy": lambda api, id_: RestrictionPoliciesApi(api).get_restriction_policy(id_),
    "role": lambda api, id_: RolesApi(api).get_role(id_),
    "rumApplication": lambda api, id_: RUMApi(api).get_rum_application(id_),
    "sensitiveDataScannerGroup": _scanned,
    "sensitiveDataScannerRule": _scanned,
    "serviceLevelObjective": lambda api, id_: ServiceLevelObjectivesApi(api).get_slo(id_),
    "sloCorrection": lambda api, id_: ServiceLevelObjectiveCorrectionsApi(api).get_slo_correction(
        id_
    ),
    "softwareCatalog": _entity,
    "statusPage": lambda api, id_: StatusPagesApi(api).get_status_page(_uuid(id_)),
    "syntheticsGlobalVariable": lambda api, id_: SyntheticsApi(api).get_global_variable(id_),
    "syntheticsPrivateLocation": lambda api, id_: SyntheticsApi(api).get_private_location(id_),
    "syntheticsTest": _test,
    "team": lambda api, id_: TeamsApi(api).get_team(id_),
    "userRole": _role_user,
    "webhook": lambda api, id_: WebhooksIntegrationApi(api).get_webhooks_integration(id_),
}


def _membership(api: ApiClient, team: str, id_: str) -> Found:
    found = TeamsApi(api).get_team_memberships(team)
    (member,) = [entry for entry in found.data if entry.id == id_]
    return member


_BELONGING: Mapping[str, Callable[[ApiClient, str, str], Found]] = {
    "statusPageComponent": lambda api, page, id_: StatusPagesApi(api).get_component(
        _uuid(page), _uuid(id_)
    ),
    "onCallUserNotificationChannel": lambda api, user, id_: OnCallApi(
        api
    ).get_user_notification_channel(user, id_),
    "onCallUserNotificationRule": lambda api, user, id_: OnCallApi(api).get_user_notification_rule(
        user, id_
    ),
    "teamMembership": _membership,
}


def _uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


LISTS: Mapping[str, Callable[[ApiClient], Found]] = {
    "dashboards": lambda api: DashboardsApi(api).list_dashboards(),
    "downtimes": lambda api: DowntimesApi(api).list_downtimes(),
    "incident types": lambda api: incidents_api(api).list_incident_types(),
    "incident rules": lambda api: incidents_api(api).list_incident_notification_rules(),
    "incidents": lambda api: incidents_api(api).list_incidents(),
    "log archives": lambda api: LogsArchivesApi(api).list_logs_archives(),
    "log indexes": lambda api: LogsIndexesApi(api).list_log_indexes(),
    "log metrics": lambda api: LogsMetricsApi(api).list_logs_metrics(),
    "log pipelines": lambda api: LogsPipelinesApi(api).list_logs_pipelines(),
    "monitors": lambda api: MonitorsApi(api).list_monitors(),
    "objectives": lambda api: ServiceLevelObjectivesApi(api).list_slos(),
    "corrections": lambda api: ServiceLevelObjectiveCorrectionsApi(api).list_slo_correction(),
    "permissions": lambda api: RolesApi(api).list_permissions(),
    "roles": lambda api: RolesApi(api).list_roles(),
    "RUM applications": lambda api: RUMApi(api).get_rum_applications(),
    "scanner": lambda api: SensitiveDataScannerApi(api).list_scanning_groups(),
    "schedules": lambda api: OnCallApi(api).list_on_call_schedules(),
    "software": lambda api: SoftwareCatalogApi(api).list_catalog_entity(),
    "standard patterns": lambda api: SensitiveDataScannerApi(api).list_standard_patterns(),
    "status pages": lambda api: StatusPagesApi(api).list_status_pages(),
    "teams": lambda api: TeamsApi(api).list_teams(),
    "tests": lambda api: SyntheticsApi(api).list_tests(),
    "variables": lambda api: SyntheticsApi(api).list_global_variables(),
}
"""Everything that Datadog lists."""


def unparsed(value: Found, path: str = "") -> Iterator[str]:
    """Where an answer holds what the client has no model for, or what its models do not name."""
    if isinstance(value, UnparsedObject) or getattr(value, "_unparsed", False):
        yield f"{path}: {value}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unparsed(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from unparsed(item, f"{path}.{name}")
    elif hasattr(value, "_data_store"):
        for name, item in value._data_store.items():
            yield from unparsed(item, f"{path}.{name}")
