"""Keeps the status page, every minute, as the uptime checks see it.

Where some of the tests that judge a component alert, a notice says that it is partly down; where
all do, that it is down; when none does any more, the notice is resolved. Notices that people have
published are left alone: ours are known by their titles. A test that a downtime covers judges
nothing while it does, and one without data has not failed.

KEPT (environment): {"page": id, "secret": name, "site": address of the API, "notify": bool,
"components": [{"id", "name", "monitors": [id]}]}; the secret holds {"api_key", "app_key"} as JSON.
"""

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

import boto3

ALERTS = "Alert"
PARTLY, WHOLLY, WELL = "partial_outage", "major_outage", "operational"
SECONDS = 10


def handler(event: Any, context: Any) -> dict[str, str]:
    """Looks, and publishes what has changed; answers with {component: what was done}."""
    kept = json.loads(os.environ["KEPT"])
    return keep(kept, Datadog(kept["site"], _keys(kept["secret"])))


class Datadog:
    """Datadog's API, as far as it is needed here."""

    def __init__(self, site: str, keys: Mapping[str, str]) -> None:
        self._site = site
        self._headers = {
            "DD-API-KEY": keys["api_key"],
            "DD-APPLICATION-KEY": keys["app_key"],
            "Content-Type": "application/json",
        }

    def call(
        self, method: str, path: str, query: Mapping[str, Any], body: Any | None = None
    ) -> Any:
        """The answer to a request; raises ``urllib.error.HTTPError`` where it is refused."""
        request = urllib.request.Request(  # noqa: S310 - the site is https, or the sandbox's own
            f"{self._site}{path}?{urllib.parse.urlencode(query)}",
            None if body is None else json.dumps(body).encode(),
            self._headers,
            method=method,
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return json.load(answer)


def keep(kept: Mapping[str, Any], datadog: Any) -> dict[str, str]:
    """Brings the notices of every component into agreement with its tests."""
    failing = {
        monitor["id"]
        for component in kept["components"]
        for number in component["monitors"]
        if _fails(monitor := _monitor(datadog, number))
    }
    ours = _open_notices(datadog, kept["page"])
    done = {}
    for component in kept["components"]:
        wanted = _state(component["monitors"], failing)
        notice = ours.get(_title(component))
        said = _said(notice, component) if notice else WELL
        if wanted == said:
            continue
        _tell(datadog, kept, component, wanted, notice)
        done[component["name"]] = wanted
    if done:
        print(json.dumps(done, sort_keys=True))
    return done


def _monitor(datadog: Any, number: int) -> Any:
    return datadog.call("GET", f"/api/v1/monitor/{number}", {"with_downtimes": "true"})


def _fails(monitor: Mapping[str, Any]) -> bool:
    return monitor["overall_state"] == ALERTS and not monitor.get("matching_downtimes")


def _state(monitors: list[int], failing: set[int]) -> str:
    down = [each for each in monitors if each in failing]
    if not down:
        return WELL
    return WHOLLY if len(down) == len(monitors) else PARTLY


def _title(component: Mapping[str, Any]) -> str:
    return f"Trouble with: {component['name']}"


def _open_notices(datadog: Any, page: str) -> dict[str, Any]:
    """Title -> the notice that is not resolved yet, the newest of each."""
    query = {"filter[page_id]": page, "page[limit]": 100, "sort": "created_at"}
    found = datadog.call("GET", "/api/v2/statuspages/degradations", query)["data"]
    return {
        notice["attributes"]["title"]: notice
        for notice in found
        if notice["attributes"]["status"] != "resolved"
    }


def _said(notice: Mapping[str, Any], component: Mapping[str, Any]) -> str:
    """What a notice says of a component."""
    for each in notice["attributes"].get("components_affected") or []:
        if each["id"] == component["id"]:
            return str(each["status"])
    return WELL


def _tell(
    datadog: Any,
    kept: Mapping[str, Any],
    component: Mapping[str, Any],
    state: str,
    notice: Mapping[str, Any] | None,
) -> None:
    affected = [{"id": component["id"], "status": state}]
    attributes: dict[str, Any] = {"components_affected": affected}
    at = f"/api/v2/statuspages/{kept['page']}/degradations"
    query = {"notify_subscribers": str(bool(kept["notify"])).lower()}
    data: dict[str, Any] = {"type": "degradations", "attributes": attributes}
    if notice is None:
        attributes |= {
            "title": _title(component),
            "status": "investigating",
            "description": "Our checks cannot use it as they should. We are looking into it.",
        }
        datadog.call("POST", at, query, {"data": data})
        return
    if state == WELL:
        attributes |= {"status": "resolved", "description": "Our checks can use it again."}
    datadog.call("PATCH", f"{at}/{notice['id']}", query, {"data": {**data, "id": notice["id"]}})


def _keys(secret: str) -> Any:
    found = boto3.client("secretsmanager").get_secret_value(SecretId=secret)
    return json.loads(found["SecretString"])
