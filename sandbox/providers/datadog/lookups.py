"""Datadog's look-ups that the sandbox knows, by token.

Follows data_source_datadog_user.go and data_source_datadog_team.go of the Terraform provider, and
what its documentation says of the standard patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.providers.cloud import CloudError, Properties
from sandbox.providers.datadog.api import Api

LookUp = Callable[[Api, Properties], Properties]


def _get_user(api: Api, args: Properties) -> Properties:
    asked = args["filter"]
    users: list[Any] = api.call("GET", "/api/v2/users", query={"filter": asked})["data"]
    before = ""
    if args.get("excludeServiceAccounts"):
        before = "after excluding service accounts, "
        users = [user for user in users if not user["attributes"]["service_account"]]
    if args.get("exactMatch"):
        users = _exactly(users, asked, before)
    elif len(users) > 1:
        raise CloudError(
            f"{before}your query returned more than one result for filter {asked!r}, please try a "
            "more specific search criteria"
        )
    if not users:
        raise CloudError(f"{before}didn't find any user matching filter string {asked!r}")
    (user,) = users
    fields = user["attributes"]
    return {
        **args,
        "id": user["id"],
        "createdAt": fields["created_at"],
        "disabled": fields["disabled"],
        "email": fields["email"],
        "handle": fields["handle"],
        "icon": fields["icon"],
        "mfaEnabled": fields["mfa_enabled"],
        "modifiedAt": fields["modified_at"],
        "name": fields["name"],
        "serviceAccount": fields["service_account"],
        "status": fields["status"],
        "title": fields["title"] or "",
        "verified": fields["verified"],
    }


def _exactly(users: list[Any], asked: str, before: str) -> list[Any]:
    """The one user with the address, else the one with the name."""
    for name in ("email", "name"):
        found = [user for user in users if user["attributes"][name] == asked]
        if len(found) > 1:
            raise CloudError(f"{before}your query returned more than one result for {asked!r}")
        if found:
            return found
    raise CloudError(f"{before}didn't find any user matching filter string {asked!r}")


def _get_team(api: Api, args: Properties) -> Properties:
    if args.get("teamId"):
        found = api.call("GET", f"/api/v2/team/{args['teamId']}")
        teams = [found["data"]] if found else []
    else:
        asked = args.get("filterKeyword", "")
        teams = api.call("GET", "/api/v2/team", query={"filter[keyword]": asked})["data"]
    if len(teams) != 1:
        raise CloudError(f"your query returned {len(teams)} teams, please name one")
    team = teams[0]
    fields = team["attributes"]
    return {
        **args,
        "id": team["id"],
        "teamId": team["id"],
        "name": fields["name"],
        "handle": fields["handle"],
        "description": fields.get("description", ""),
        "summary": fields.get("summary") or "",
        "linkCount": fields["link_count"],
        "userCount": fields["user_count"],
    }


def _get_standard_pattern(api: Api, args: Properties) -> Properties:
    path = "/api/v2/sensitive-data-scanner/config/standard-patterns"
    asked = args["filter"]
    found = [
        each
        for each in api.call("GET", path)["data"]
        if asked.lower() in each["attributes"]["name"].lower()
    ]
    if len(found) != 1:
        raise CloudError(f"your query returned {len(found)} standard patterns for {asked!r}")
    fields = found[0]["attributes"]
    return {
        **args,
        "id": found[0]["id"],
        "name": fields["name"],
        "description": fields["description"],
        "tags": fields["tags"],
        "pattern": "",
        "includedKeywords": fields["included_keywords"],
    }


def _get_permissions(api: Api, args: Properties) -> Properties:
    with_restricted = bool(args.get("includeRestricted"))
    return {
        **args,
        "id": "datadog-permissions",
        "permissions": {
            each["attributes"]["name"]: each["id"]
            for each in api.call("GET", "/api/v2/permissions")["data"]
            if with_restricted or not each["attributes"]["restricted"]
        },
    }


def _get_current_user(api: Api, args: Properties) -> Properties:
    user = api.call("GET", "/api/v2/current_user")["data"]
    fields = user["attributes"]
    return {
        **args,
        "id": user["id"],
        "email": fields["email"],
        "handle": fields["handle"],
        "name": fields["name"],
        "orgId": user["relationships"]["org"]["data"]["id"],
        "orgName": "",
        "orgPublicId": "",
        "serviceAccount": fields["service_account"],
    }


LOOKUPS: Mapping[str, LookUp] = {
    "datadog:index/getCurrentUser:getCurrentUser": _get_current_user,
    "datadog:index/getPermissions:getPermissions": _get_permissions,
    "datadog:index/getSensitiveDataScannerStandardPattern:getSensitiveDataScannerStandardPattern": (
        _get_standard_pattern
    ),
    "datadog:index/getTeam:getTeam": _get_team,
    "datadog:index/getUser:getUser": _get_user,
}
