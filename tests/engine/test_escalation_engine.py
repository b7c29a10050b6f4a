"""Tiers and phones, deployed: Datadog's own client finds who is asked after whom, and what rings.
Nothing drifts, and what is taken away is gone."""

import json
from typing import Any

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.on_call_api import OnCallApi

from sandbox.datadog.users import id_of
from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi

PROGRAM = """
    import pulumi
    from pulumi_upkeep import Escalation, NotificationRules, Teams
    from pulumi_upkeep.datadog import Provider, ProviderArgs, get_user
    from pulumi_upkeep.thin import wait_for

    keys = ProviderArgs(api_key="a", app_key="b", validate="false")
    provider = Provider("datadog", keys)
    opts = pulumi.ResourceOptions(provider=provider)
    asked = pulumi.InvokeOptions(provider=provider)
    users = {
        name: wait_for(get_user(filter=email, exact_match=True, opts=asked)).id
        for name, email in {"devops": "devops@bynomi.com", "desk": "support@bynomi.com"}.items()
    }
    members = {"support": ["desk"], "responders": ["devops"]}
    teams = Teams(
        "teams",
        {
            "teams": {
                team: {"users": {person: users[person] for person in people}}
                for team, people in members.items()
            }
        },
        opts,
    )

    def tier(team, **more):
        weekly = {"name": "weekly", "people": members[team], "on": "Monday", "at": "09:00"}
        return {
            "team": team,
            "team_id": teams.team_id(team),
            "rotations": [weekly],
            "escalation": [{"page": ["on call"], "wait": "15 minutes"}],
            **more,
        }

    escalation = Escalation(
        "on-call",
        {
            "tiers": {
                "tier-1": tier("support", escalates_to="emergency"),
                "emergency": tier("responders"),
            },
            "users": users,
            "timezone": "America/New_York",
            "in_business_hours": ["p2"],
            "holidays": ["2026-12-25"],
        },
        opts,
    )
    number = pulumi.Output.secret("+12065550100")
    NotificationRules(
        "phones", {"people": {"devops": {"user_id": users["devops"], "phone": number}}}, opts
    )
    pulumi.export("policies", escalation.policy_ids)
    pulumi.export("schedules", escalation.schedule_ids)
"""


def _client(addresses: Addresses) -> ApiClient:
    configuration: Any = Configuration
    keys = {"apiKeyAuth": "a", "appKeyAuth": "b"}
    return ApiClient(configuration(host=addresses.dd_api_url, api_key=keys))


@pytest.mark.slow
def test_a_tier_asks_the_next_one_and_phones_ring(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    folder = project(PROGRAM)
    made = pulumi(folder, own_sandbox)
    made.run("stack", "init", "prod")
    made.run("up", "--yes", "--skip-preview", "--stack", "prod")
    made.run("refresh", "--yes", "--skip-preview", "--stack", "prod")
    made.run("preview", "--expect-no-changes", "--stack", "prod")
    outputs = json.loads(made.run("stack", "output", "--json", "--stack", "prod").stdout)
    devops = id_of("devops@bynomi.com")

    with _client(own_sandbox) as client:
        api: Any = OnCallApi
        on_call = api(client)
        found = on_call.get_on_call_escalation_policy(
            outputs["policies"]["support"], include="steps,steps.targets"
        ).to_dict()
        beside = {each["id"]: each for each in found["included"]}
        order = [each["id"] for each in found["data"]["relationships"]["steps"]["data"]]
        paged = [beside[id_]["relationships"]["targets"]["data"][0]["id"] for id_ in order]
        assert paged == [
            f"{outputs['schedules'][team]}_current" for team in ("support", "responders")
        ]

        (channel,) = on_call.list_user_notification_channels(devops).to_dict()["data"]
        assert channel["attributes"]["config"]["number"] == "+12065550100"
        # Only its owner can confirm it.
        assert channel["attributes"]["config"]["verified"] is False
        rules = on_call.list_user_notification_rules(devops).to_dict()["data"]
        assert sorted(
            (
                str(each["attributes"]["channel_settings"]["method"]),
                each["attributes"]["delay_minutes"],
                str(each["attributes"]["category"]),
            )
            for each in rules
        ) == [("sms", 0, "high_urgency"), ("voice", 1, "high_urgency")]

    # The number is nowhere to be read without the key of the secrets.
    assert "+12065550100" not in made.run("stack", "export", "--stack", "prod").stdout
    made.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    with _client(own_sandbox) as client:
        on_call = api(client)
        assert on_call.list_user_notification_channels(devops).to_dict()["data"] == []
        assert on_call.list_user_notification_rules(devops).to_dict()["data"] == []
