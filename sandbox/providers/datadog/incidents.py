"""How incidents are set up.

Follows resource_datadog_incident_type.go, resource_datadog_incident_notification_rule.go,
resource_datadog_incident_notification_template.go, resource_datadog_incident_postmortem_template.go
and resource_datadog_incident_user_defined_role.go of the Terraform provider.
"""

from __future__ import annotations

from datetime import UTC, datetime

from datadog_api_client.v2.model.incident_notification_rule_conditions_items import (
    IncidentNotificationRuleConditionsItems,
)
from datadog_api_client.v2.model.incident_type_configuration import IncidentTypeConfiguration

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, JsonApi
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Converted, Items, Object, Place, object_of

_CONFIG = "/api/v2/incidents/config"


class _Related:
    """An id here, a relationship there."""

    def __init__(self, type_: str) -> None:
        self._type = type_

    def encode(self, value: str) -> Document:
        return {"data": {"id": value, "type": self._type}}

    def decode(self, value: Document) -> str:
        return str(value["data"]["id"])


_TYPE = Place("relationships.incident_type", _Related("incident_types"))


class _Type(JsonApi):
    """The behaviour of a type is set by a second call, once it is there."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        fields = dict(document["attributes"])
        configuration = fields.pop("configuration", None)
        id_, made = super().create(api, {"attributes": fields}, known)
        if configuration:
            changed = super().update(
                api, id_, {"attributes": {"configuration": configuration}}, known
            )
            made = changed or made
        return id_, made


class _Fixed(JsonApi):
    """What it belongs to is said once, at the creation."""

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        return super().update(api, id_, {"attributes": document["attributes"]}, known)


def _since(is_default: bool) -> str | None:
    """Datadog keeps when a template was made the default one."""
    return datetime.now(UTC).isoformat() if is_default else None


INCIDENTS = {
    "datadog:index/incidentType:IncidentType": Resource(
        shape=Object(
            {
                "name": Place("attributes.name"),
                "description": Place("attributes.description"),
                "isDefault": Place("attributes.is_default"),
                "configuration": Place(
                    "attributes.configuration", object_of(IncidentTypeConfiguration)
                ),
            },
            {},
        ),
        access=_Type(f"{_CONFIG}/types", "incident_types"),
        identity=("attributes.name",),
        # What is not said is the server's.
        optional=frozenset({"isDefault", "configuration"}),
    ),
    "datadog:index/incidentNotificationRule:IncidentNotificationRule": Resource(
        shape=Object(
            {
                "conditions": Place(
                    "attributes.conditions",
                    Items(object_of(IncidentNotificationRuleConditionsItems)),
                ),
                "enabled": Place("attributes.enabled"),
                "handles": Place("attributes.handles"),
                "renotifyOns": Place("attributes.renotify_on"),
                "trigger": Place("attributes.trigger"),
                "visibility": Place("attributes.visibility"),
                "incidentType": _TYPE,
                "notificationTemplate": Place(
                    "relationships.notification_template", _Related("notification_templates")
                ),
            },
            {"attributes.enabled": False},
        ),
        access=JsonApi(
            f"{_CONFIG}/notification-rules", "incident_notification_rules", method="PUT"
        ),
        identity=("attributes.conditions", "attributes.handles", "relationships.incident_type"),
        computed={"created": "attributes.created", "modified": "attributes.modified"},
        optional=frozenset({"enabled", "renotifyOns", "visibility"}),
        replaces=frozenset({"conditions", "incidentType"}),
    ),
    "datadog:index/incidentNotificationTemplate:IncidentNotificationTemplate": Resource(
        shape=Object(
            {
                "category": Place("attributes.category"),
                "content": Place("attributes.content"),
                "name": Place("attributes.name"),
                "subject": Place("attributes.subject"),
                "incidentType": _TYPE,
            },
            {},
        ),
        access=_Fixed(f"{_CONFIG}/notification-templates", "notification_templates"),
        identity=("attributes.name", "relationships.incident_type"),
        computed={"created": "attributes.created", "modified": "attributes.modified"},
        replaces=frozenset({"incidentType"}),
    ),
    "datadog:index/incidentPostmortemTemplate:IncidentPostmortemTemplate": Resource(
        shape=Object(
            {
                "content": Place("attributes.content"),
                "isDefault": Place(
                    "attributes.is_default", Converted(_since, lambda found: bool(found))
                ),
                "location": Place("attributes.location"),
                "name": Place("attributes.name"),
                "incidentType": _TYPE,
            },
            {},
        ),
        access=_Fixed(f"{_CONFIG}/postmortem-templates", "postmortem_templates"),
        identity=("attributes.name", "relationships.incident_type"),
        computed={
            "created": "attributes.createdAt",
            "modified": "attributes.modifiedAt",
        },
        optional=frozenset({"content", "isDefault", "location"}),
        replaces=frozenset({"incidentType"}),
    ),
    "datadog:index/incidentUserDefinedRole:IncidentUserDefinedRole": Resource(
        shape=Object(
            {
                "description": Place("attributes.description"),
                "name": Place("attributes.name"),
                "policy": Place("attributes.policy", Object({"isSingle": Place("is_single")}, {})),
                "incidentType": _TYPE,
            },
            {},
        ),
        access=_Fixed(f"{_CONFIG}/user-defined-roles", "incident_user_defined_roles"),
        identity=("attributes.name", "relationships.incident_type"),
        computed={"created": "attributes.created", "modified": "attributes.modified"},
        optional=frozenset({"policy", "policy.isSingle"}),
        replaces=frozenset({"incidentType"}),
    ),
}
