"""/api/v2/on-call/pages: somebody is called, and says that they heard it."""

from datetime import UTC, datetime
from typing import Any

from datadog_api_client.v2.model.create_page_request import CreatePageRequest
from flask import Blueprint, Response, jsonify

from sandbox.datadog import models
from sandbox.datadog.answers import Refused, body, refuse_faults
from sandbox.datadog.store import Document, Store, new_id, timestamp

KIND = "OnCallPage"
# What a page can become, by the call that makes it so.
_STATES = {"acknowledge": "acknowledged", "escalate": "triggered", "resolve": "resolved"}


def blueprint(store: Store) -> Blueprint:
    """The endpoints that Datadog has for pages.

    Datadog has none to read a page: `/_upkeep/pages` shows them.
    """
    api = Blueprint("pages", __name__)

    @api.post("/api/v2/on-call/pages", endpoint="CreateOnCallPage")
    def create() -> Response:
        sent = body()
        refuse_faults(models.faults(CreatePageRequest, sent))
        fields = sent.get("data", {}).get("attributes")
        if fields is None:
            raise Refused(400, "data.attributes: missing required field")
        with store.lock:
            target = _target(store, fields["target"])
            page = {
                "id": new_id(),
                **fields,
                "team_id": target,
                "status": "triggered",
                "created_at": timestamp(),
                "history": [],
            }
            store.held[KIND][page["id"]] = page
        return jsonify(data={"id": page["id"], "type": "pages"})

    @api.post(
        "/api/v2/on-call/pages/<page_id>/<any(acknowledge, escalate, resolve):what>",
        endpoint="ChangeOnCallPage",
    )
    def change(page_id: str, what: str) -> tuple[str, int]:
        with store.lock:
            page = _found(store, page_id)
            if page["status"] == "resolved":
                raise Refused(400, f"Page {page_id} is resolved.")
            note(page, what)
        return "", 202

    @api.get("/_upkeep/pages")
    def pages() -> Response:
        with store.lock:
            return jsonify(list(store.held[KIND].values()))

    @api.get("/_upkeep/pages/<page_id>")
    def page(page_id: str) -> Document:
        with store.lock:
            return dict(_found(store, page_id))

    @api.delete("/_upkeep/pages")
    def clear() -> Document:
        with store.lock:
            store.held[KIND].clear()
        return {}

    return api


def note(page: Document, what: str) -> None:
    """Let a page be acknowledged, escalated or resolved."""
    page["status"] = _STATES[what]
    page["history"].append({"what": what, "at": timestamp()})
    if what == "acknowledge":
        raised = datetime.fromisoformat(page["created_at"])
        page["acknowledged_after"] = (datetime.now(UTC) - raised).total_seconds()


def _found(store: Store, page_id: str) -> Document:
    page = store.held[KIND].get(page_id)
    if page is None:
        raise Refused(404, f"Page {page_id} not found")
    return page


def _target(store: Store, target: Document) -> str | None:
    """The team that is paged; None for a person. Refused where nobody would hear of it."""
    kind, asked = target.get("type"), target.get("identifier", "")
    if kind == "user_id":
        if asked not in store.held["User"]:
            raise Refused(400, f"target: there is no user {asked}")
        return None
    teams: list[Any] = list(store.held["Team"].values())
    found = [
        team
        for team in teams
        if asked == (team["id"] if kind == "team_id" else team["attributes"]["handle"])
    ]
    if not found:
        raise Refused(400, f"target: there is no team {asked}")
    id_: str = found[0]["id"]
    if id_ not in store.held["OnCallTeamRoutingRules"]:
        raise Refused(400, f"target: the team {asked} has no On-Call routing rules")
    return id_
