"""/api/v2/incidents: incidents, how they are set up, and the post-mortems attached to them."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from datadog_api_client.v2.model.attachment import Attachment
from datadog_api_client.v2.model.attachment_array import AttachmentArray
from datadog_api_client.v2.model.create_incident_notification_rule_request import (
    CreateIncidentNotificationRuleRequest,
)
from datadog_api_client.v2.model.create_incident_notification_template_request import (
    CreateIncidentNotificationTemplateRequest,
)
from datadog_api_client.v2.model.incident_create_request import IncidentCreateRequest
from datadog_api_client.v2.model.incident_notification_rule import IncidentNotificationRule
from datadog_api_client.v2.model.incident_notification_rule_array import (
    IncidentNotificationRuleArray,
)
from datadog_api_client.v2.model.incident_notification_template import IncidentNotificationTemplate
from datadog_api_client.v2.model.incident_notification_template_array import (
    IncidentNotificationTemplateArray,
)
from datadog_api_client.v2.model.incident_response import IncidentResponse
from datadog_api_client.v2.model.incident_severity import IncidentSeverity
from datadog_api_client.v2.model.incident_type_create_request import IncidentTypeCreateRequest
from datadog_api_client.v2.model.incident_type_list_response import IncidentTypeListResponse
from datadog_api_client.v2.model.incident_type_patch_request import IncidentTypePatchRequest
from datadog_api_client.v2.model.incident_type_response import IncidentTypeResponse
from datadog_api_client.v2.model.incident_update_request import IncidentUpdateRequest
from datadog_api_client.v2.model.incident_user_defined_role_patch_request import (
    IncidentUserDefinedRolePatchRequest,
)
from datadog_api_client.v2.model.incident_user_defined_role_request import (
    IncidentUserDefinedRoleRequest,
)
from datadog_api_client.v2.model.incident_user_defined_role_response import (
    IncidentUserDefinedRoleResponse,
)
from datadog_api_client.v2.model.incident_user_defined_roles_response import (
    IncidentUserDefinedRolesResponse,
)
from datadog_api_client.v2.model.incidents_response import IncidentsResponse
from datadog_api_client.v2.model.patch_incident_notification_template_request import (
    PatchIncidentNotificationTemplateRequest,
)
from datadog_api_client.v2.model.postmortem_attachment_request import PostmortemAttachmentRequest
from datadog_api_client.v2.model.postmortem_template_request import PostmortemTemplateRequest
from datadog_api_client.v2.model.postmortem_template_response import PostmortemTemplateResponse
from datadog_api_client.v2.model.postmortem_templates_response import PostmortemTemplatesResponse
from datadog_api_client.v2.model.put_incident_notification_rule_request import (
    PutIncidentNotificationRuleRequest,
)
from flask import Blueprint, Response, jsonify, request

from sandbox.datadog import kinds, models
from sandbox.datadog.answers import Refused, body, numbered_page, refuse_faults
from sandbox.datadog.kinds import Change, Kind
from sandbox.datadog.store import Document, Store, new_id, timestamp

_CONFIG = "/api/v2/incidents/config"
_INCIDENTS = "/api/v2/incidents"
TRIGGERS = ("incident_created_trigger", "incident_saved_trigger")
CATEGORIES = ("alert", "incident", "recovery")
STATES = ("active", "stable", "resolved", "completed")
SEVERITIES = tuple(sorted(map(str, IncidentSeverity.allowed_values)))
RESERVED = ("incident commander", "responder")
# What the server fills in [P incident_type, "configuration"].
_CONFIGURATION = {
    "allow_incident_deletion": False,
    "allow_workflows": True,
    "create_message": "",
    "editable_timestamps": False,
    "private_incidents": False,
    "private_incidents_by_default": False,
    "slug_source": "default",
    "test_incidents": True,
}


# ---- how incidents are set up -------------------------------------------------------------------


def _type_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    if not 1 <= len(fields["name"]) <= 50:
        yield "name: must have 1 to 50 characters"
    if len(fields.get("description", "")) > 512:
        yield "description: must have 512 characters at most"
    if change.before is None and "configuration" in fields:
        yield "configuration: is set by an update, not at the creation"


def _type_given(change: Change) -> Document:
    asked = change.fields.get("configuration", {})
    before = (change.before or {}).get("attributes", {}).get("configuration", _CONFIGURATION)
    return {
        "configuration": {**before, **asked},
        "is_default": change.fields.get("is_default", False),
        "modifiedAt": timestamp(),
    }


TYPE = Kind(
    "IncidentType",
    "IncidentTypes",
    f"{_CONFIG}/types",
    IncidentTypeCreateRequest,
    IncidentTypePatchRequest,
    IncidentTypeResponse,
    IncidentTypeListResponse,
    given=_type_given,
    made=lambda _: {"createdAt": timestamp(), "prefix": "IR"},
    rules=_type_faults,
    statuses={"create": 201},
)


def _of_a_type(change: Change) -> Iterator[str]:
    for id_ in change.related("incident_type"):
        if id_ not in change.store.held[TYPE.name]:
            yield f"incident_type: there is no incident type {id_}"
    if not change.related("incident_type"):
        yield "incident_type: is missing"


def _rule_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    yield from _of_a_type(change)
    if not fields["conditions"]:
        yield "conditions: at least one is needed"
    if not fields["handles"]:
        yield "handles: at least one is needed"
    yield from (
        f"handles: {each!r} begins with no @" for each in fields["handles"] if each[:1] != "@"
    )
    if fields["trigger"] not in TRIGGERS:
        yield f"trigger: {fields['trigger']!r} is none of: {', '.join(TRIGGERS)}"
    known = {"severity": SEVERITIES, "state": STATES}
    for condition in fields["conditions"]:
        for value in condition["values"]:
            if value not in known.get(condition["field"], (value,)):
                yield f"conditions: {condition['field']} has no value {value!r}"
    for id_ in change.related("notification_template"):
        if id_ not in change.store.held[TEMPLATE.name]:
            yield f"notification_template: there is no template {id_}"


def _stamped(change: Change) -> Document:
    return {"modified": timestamp()}


RULE = Kind(
    "IncidentNotificationRule",
    "IncidentNotificationRules",
    f"{_CONFIG}/notification-rules",
    CreateIncidentNotificationRuleRequest,
    PutIncidentNotificationRuleRequest,
    IncidentNotificationRule,
    IncidentNotificationRuleArray,
    method="PUT",
    given=lambda change: {
        "enabled": change.fields.get("enabled", False),
        "modified": timestamp(),
        "renotify_on": change.fields.get("renotify_on", []),
        "visibility": change.fields.get("visibility", "organization"),
    },
    made=lambda _: {"created": timestamp()},
    rules=_rule_faults,
    statuses={"create": 201},
)


def _template_faults(change: Change) -> Iterator[str]:
    yield from _of_a_type(change)
    if change.fields["category"] not in CATEGORIES:
        yield f"category: {change.fields['category']!r} is none of: {', '.join(CATEGORIES)}"


TEMPLATE = Kind(
    "IncidentNotificationTemplate",
    "IncidentNotificationTemplates",
    f"{_CONFIG}/notification-templates",
    CreateIncidentNotificationTemplateRequest,
    PatchIncidentNotificationTemplateRequest,
    IncidentNotificationTemplate,
    IncidentNotificationTemplateArray,
    given=_stamped,
    made=lambda _: {"created": timestamp()},
    rules=_template_faults,
    statuses={"create": 201},
)
POSTMORTEM = Kind(
    "IncidentPostmortemTemplate",
    "IncidentPostmortemTemplates",
    f"{_CONFIG}/postmortem-templates",
    PostmortemTemplateRequest,
    PostmortemTemplateRequest,
    PostmortemTemplateResponse,
    PostmortemTemplatesResponse,
    given=lambda change: {
        "content": change.fields.get("content", ""),
        "is_default": change.fields.get("is_default"),
        "location": change.fields.get("location", "datadog_notebooks"),
        "modifiedAt": timestamp(),
    },
    made=lambda _: {"createdAt": timestamp()},
    rules=_of_a_type,
    statuses={"create": 201},
)


def _role_faults(change: Change) -> Iterator[str]:
    yield from _of_a_type(change)
    name = change.fields["name"]
    if name.lower() in RESERVED:
        yield f"name: {name!r} is reserved"
    if not 1 <= len(name) <= 255:
        yield "name: must have 1 to 255 characters"


ROLE = Kind(
    "IncidentUserDefinedRole",
    "IncidentUserDefinedRoles",
    f"{_CONFIG}/user-defined-roles",
    IncidentUserDefinedRoleRequest,
    IncidentUserDefinedRolePatchRequest,
    IncidentUserDefinedRoleResponse,
    IncidentUserDefinedRolesResponse,
    given=lambda change: {
        "modified": timestamp(),
        "policy": change.fields.get("policy", {"is_single": False}),
    },
    made=lambda _: {"created": timestamp()},
    rules=_role_faults,
    statuses={"create": 201},
)


# ---- incidents ----------------------------------------------------------------------------------


def _field(change: Change, name: str, otherwise: str) -> str:
    return str(change.fields.get("fields", {}).get(name, {}).get("value") or otherwise)


def _incident_faults(change: Change) -> Iterator[str]:
    type_ = change.fields.get("incident_type_uuid")
    if type_ is not None and type_ not in change.store.held[TYPE.name]:
        yield f"incident_type_uuid: there is no incident type {type_}"
    if (state := _field(change, "state", "active")) not in STATES:
        yield f"fields.state: {state!r} is none of: {', '.join(STATES)}"
    if (severity := _field(change, "severity", "UNKNOWN")) not in SEVERITIES:
        yield f"fields.severity: {severity!r} is none of: {', '.join(SEVERITIES)}"


def _incident_given(change: Change) -> Document:
    """What follows from the fields: since when it is resolved, too."""
    before = (change.before or {}).get("attributes", {})
    state = _field(change, "state", before.get("state") or "active")
    fields = {**before.get("fields", {}), **change.fields.get("fields", {})}
    over = state in ("resolved", "completed")
    return {
        "fields": fields,
        "modified": timestamp(),
        "resolved": (before.get("resolved") or timestamp()) if over else None,
        "severity": _field(change, "severity", before.get("severity", "UNKNOWN")),
        "state": state,
    }


def _incident_made(change: Change) -> Document:
    now = timestamp()
    return {
        "created": now,
        "declared": now,
        "is_test": change.fields.get("is_test", False),
        "public_id": len(change.store.held[INCIDENT.name]) + 1,
        "visibility": "organization",
    }


INCIDENT = Kind(
    "Incident",
    "Incidents",
    _INCIDENTS,
    IncidentCreateRequest,
    IncidentUpdateRequest,
    IncidentResponse,
    IncidentsResponse,
    given=_incident_given,
    made=_incident_made,
    rules=_incident_faults,
    statuses={"create": 201},
)
ATTACHMENT = Kind(
    "IncidentAttachment",
    "",
    f"{_INCIDENTS}/<incident_id>/attachments",
    None,
    None,
    Attachment,
    AttachmentArray,
)
KINDS = (TYPE, RULE, TEMPLATE, POSTMORTEM, ROLE, INCIDENT)
# `filter[attachment_type]` [datadog-api-client, list_incident_attachments].
_ATTACHMENT_TYPES = {"1": "postmortem", "2": "link"}


def blueprint(store: Store) -> Blueprint:
    """The endpoints; beside them ``POST /_upkeep/incidents/{id} {"resolved": time}``, so that a
    test need not wait for days."""
    api = kinds.blueprint("incidents", store, *KINDS)

    def search() -> Response:
        matches = _query(request.args.get("query", ""))
        with store.lock:
            held = list(store.held[INCIDENT.name].values())
        found = [each for each in held if matches(each["attributes"])]
        page = numbered_page(found)
        attributes: Document = {
            "facets": {},
            "incidents": [{"data": each} for each in page],
            "total": len(found),
        }
        offset = int(request.args.get("page[offset]", 0))
        pagination = {"offset": offset, "size": len(page), "next_offset": offset + len(page)}
        return jsonify(
            data={"type": "incidents_search_results", "attributes": attributes},
            meta={"pagination": pagination},
        )

    def attachments(incident_id: str) -> Response:
        asked = request.args.get("filter[attachment_type]")
        if asked is not None and asked not in _ATTACHMENT_TYPES:
            raise Refused(400, f"filter[attachment_type]: {asked!r} is none of: 1, 2")
        with store.lock:
            _there(store, incident_id)
            found = [
                each
                for key, each in store.held[ATTACHMENT.name].items()
                if key.startswith(f"{incident_id}/")
                and each["attributes"]["attachment_type"]
                == _ATTACHMENT_TYPES.get(asked or "", each["attributes"]["attachment_type"])
            ]
        return jsonify(data=found)

    def attach(incident_id: str) -> tuple[Response, int]:
        sent = body()
        refuse_faults(models.faults(PostmortemAttachmentRequest, sent))
        with store.lock:
            _there(store, incident_id)
            id_ = new_id()
            title = sent["data"]["attributes"].get("title", "Postmortem")
            document = {
                "id": id_,
                "type": "incident_attachments",
                "attributes": {
                    "attachment": {"documentUrl": f"/notebook/{id_}", "title": title},
                    "attachment_type": "postmortem",
                    "modified": timestamp(),
                },
                "relationships": {"incident": {"data": {"id": incident_id, "type": "incidents"}}},
            }
            store.held[ATTACHMENT.name][f"{incident_id}/{id_}"] = document
        return jsonify(data=document), 201

    def correct(incident_id: str) -> Document:
        resolved = body().get("resolved")
        with store.lock:
            _there(store, incident_id)["attributes"]["resolved"] = resolved
        return {"id": incident_id, "resolved": resolved}

    one = f"{_INCIDENTS}/<incident_id>"
    api.add_url_rule(f"{_INCIDENTS}/search", "SearchIncidents", search)
    api.add_url_rule(f"{one}/attachments", "ListIncidentAttachments", attachments)
    api.add_url_rule(
        f"{one}/attachments/postmortems",
        "CreateIncidentPostmortemAttachment",
        attach,
        methods=["POST"],
    )
    api.add_url_rule("/_upkeep/incidents/<incident_id>", "_correct", correct, methods=["POST"])
    return api


def _there(store: Store, id_: str) -> Document:
    if id_ not in store.held[INCIDENT.name]:
        raise Refused(404, f"Incident {id_} not found")
    return store.held[INCIDENT.name][id_]


_TERM = re.compile(r"(\w+):(?:\(([^()]+)\)|(\S+))")


def _query(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Facets joined by AND, each with values joined by OR: ``state:resolved AND severity:(SEV-1 OR
    SEV-2)`` [datadog-api-client, search_incidents]."""
    wanted: dict[str, list[str]] = {}
    for term in filter(None, re.split(r"\s+AND\s+", text.strip())):
        found = _TERM.fullmatch(term)
        if found is None or found[1] not in ("state", "severity"):
            raise Refused(400, f"query: the sandbox does not read {term!r}")
        wanted[found[1]] = re.split(r"\s+OR\s+", (found[2] or found[3]).strip())
    if not wanted:
        raise Refused(400, "query: is missing")
    return lambda fields: all(fields[facet] in values for facet, values in wanted.items())
