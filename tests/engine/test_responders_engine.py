"""Teams, On-Call and a tracker, deployed: Datadog's own client finds the plan's figures, nothing
drifts."""

import json
from typing import Any

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.webhooks_integration_api import WebhooksIntegrationApi
from datadog_api_client.v2.api.on_call_api import OnCallApi
from datadog_api_client.v2.api.teams_api import TeamsApi

from sandbox.datadog.users import id_of
from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi

PROGRAM = """
    import pulumi
    from pulumi_upkeep import OnCall, Teams, TicketWebhook
    from pulumi_upkeep.datadog import Provider, ProviderArgs, get_user
    from pulumi_upkeep.thin import wait_for

    keys = ProviderArgs(api_key="a", app_key="b", validate="false")
    provider = Provider("datadog", keys)
    opts = pulumi.ResourceOptions(provider=provider)
    asked = pulumi.InvokeOptions(provider=provider)
    users = {
        name: wait_for(get_user(filter=email, exact_match=True, opts=asked)).id
        for name, email in {"devops": "devops@bynomi.com", "dev": "dev@bynomi.com"}.items()
    }
    teams = Teams("teams", {"teams": {"operations": {"users": users}}}, opts)
    on_call = OnCall(
        "on-call-operations",
        {
            "team": "operations",
            "team_id": teams.team_id("operations"),
            "users": users,
            "timezone": "America/New_York",
            "rotations": [
                {"name": "weekly", "people": ["devops", "dev"], "on": "Monday", "at": "09:00"},
                {
                    "name": "weekends",
                    "people": ["dev"],
                    "every": "day",
                    "at": "08:00",
                    "timezone": "Europe/London",
                    "hours": {"on": ["Saturday"], "opens": "20:00", "closes": "06:00"},
                },
            ],
            "escalation": [
                {"page": ["on call"], "wait": "5 minutes"},
                {"page": ["next on call", "dev"], "wait": "10 minutes"},
                {"page": ["whole team"], "wait": "LAST"},
            ],
            "repeat": 3,
            "in_business_hours": ["p1"],
        },
        opts,
    )
    hook = TicketWebhook("tickets", {"url": "https://hooks.example/a", "headers": {"X": "y"}}, opts)
    pulumi.export("handle", hook.handle)
    pulumi.export("schedule", on_call.schedule_id)
"""


def _client(addresses: Addresses) -> ApiClient:
    configuration: Any = Configuration
    keys = {"apiKeyAuth": "a", "appKeyAuth": "b"}
    return ApiClient(configuration(host=addresses.dd_api_url, api_key=keys))


@pytest.mark.slow
def test_datadogs_own_client_finds_who_is_on_call(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    folder = project(PROGRAM.replace("LAST", "1 hour"))
    made = pulumi(folder, own_sandbox)
    made.run("stack", "init", "prod")
    made.run("up", "--yes", "--skip-preview", "--stack", "prod")
    made.run("preview", "--expect-no-changes", "--stack", "prod")
    # What Datadog answers is what is declared: nothing drifts.
    made.run("refresh", "--yes", "--skip-preview", "--stack", "prod")
    made.run("preview", "--expect-no-changes", "--stack", "prod")

    with _client(own_sandbox) as client:
        api: Any = OnCallApi
        on_call = api(client)
        teams_api: Any = TeamsApi
        teams = teams_api(client)
        (team,) = teams.list_teams().to_dict()["data"]
        assert team["attributes"]["handle"] == "tiny-prod-operations"
        members = teams.get_team_memberships(team["id"]).to_dict()["data"]
        assert {each["relationships"]["user"]["data"]["id"] for each in members} == {
            id_of("devops@bynomi.com"),
            id_of("dev@bynomi.com"),
        }
        routing = on_call.get_on_call_team_routing_rules(team["id"], include="rules").to_dict()
        rules = {each["id"]: each for each in routing["included"]}
        ordered = [rules[each["id"]] for each in routing["data"]["relationships"]["rules"]["data"]]
        waits, last = (each["attributes"] for each in ordered)
        assert waits["query"] == "tags.severity:p1"
        (action,) = waits["actions"]
        assert action["support_hours"]["time_zone"] == "America/New_York"
        assert len(action["support_hours"]["restrictions"]) == 5
        assert (last.get("query") or "", last["urgency"]) == ("", "high")

        policy = on_call.get_on_call_escalation_policy(
            action["policy_id"], include="steps"
        ).to_dict()
        assert policy["data"]["attributes"]["retries"] == 3
        steps = {each["id"]: each["attributes"] for each in policy["included"]}
        order = policy["data"]["relationships"]["steps"]["data"]
        assert [steps[each["id"]]["escalate_after_seconds"] for each in order] == [300, 600, 3600]

        outputs = json.loads(made.run("stack", "output", "--json", "--stack", "prod").stdout)
        schedule = on_call.get_on_call_schedule(outputs["schedule"], include="layers").to_dict()
        assert schedule["data"]["attributes"]["time_zone"] == "America/New_York"
        layers = {each["attributes"]["name"]: each["attributes"] for each in schedule["included"]}
        assert {name: each["interval"]["days"] for name, each in layers.items()} == {
            "weekly": 7,
            "weekends": 1,
        }
        assert [str(each["end_day"]) for each in layers["weekends"]["restrictions"]] == ["sunday"]

        hooks_api: Any = WebhooksIntegrationApi
        hook = hooks_api(client).get_webhooks_integration("tiny-prod-tickets").to_dict()
        assert outputs["handle"] == "@webhook-tiny-prod-tickets"
        assert hook["url"] == "https://hooks.example/a"
        assert "$ALERT_TRANSITION" in hook["payload"]

    # A longer wait is a change of the policy alone.
    (folder / "infra" / "__main__.py").write_text(
        (folder / "infra" / "__main__.py").read_text(encoding="utf-8").replace("1 hour", "2 hours"),
        encoding="utf-8",
    )
    changed = made.run("up", "--yes", "--skip-preview", "--stack", "prod").stdout
    assert "1 updated" in changed
    made.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    with _client(own_sandbox) as client:
        assert teams_api(client).list_teams().to_dict()["data"] == []
