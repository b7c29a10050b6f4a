"""Teams, OnCall and TicketWebhook: what is declared in Datadog, and what is refused."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import OnCall, OnCallArgs, Teams, TicketWebhook
from pulumi_upkeep.datadog import Provider, ProviderArgs

from tests.components.support import UNKNOWN, Recording, deploy

TEAM = "datadog:index/team:Team"
MEMBERSHIP = "datadog:index/teamMembership:TeamMembership"
SCHEDULE = "datadog:index/onCallSchedule:OnCallSchedule"
POLICY = "datadog:index/onCallEscalationPolicy:OnCallEscalationPolicy"
RULES = "datadog:index/onCallTeamRoutingRules:OnCallTeamRoutingRules"
WEBHOOK = "datadog:index/webhook:Webhook"


def on_datadog() -> pulumi.ResourceOptions:
    provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
    return pulumi.ResourceOptions(provider=provider)


# ---- Teams ---------------------------------------------------------------------------------------


def teams(preview: bool, **changes: Any) -> Recording:
    args: Any = {
        "teams": {
            "shop": {"users": {"cora": "user-c"}},
            "operations": {"users": {"ben": "user-b", "ann": "user-a"}},
        },
        **changes,
    }
    return deploy(lambda: Teams("teams", args, on_datadog()) and None, preview=preview)


def test_teams_and_their_members(preview: bool) -> None:
    recording = teams(preview)
    assert [each for each in recording.names() if not each[0].startswith("upkeep:")] == [
        (TEAM, "teams-operations"),
        (TEAM, "teams-shop"),
        (MEMBERSHIP, "teams-operations-ann"),
        (MEMBERSHIP, "teams-operations-ben"),
        (MEMBERSHIP, "teams-shop-cora"),
    ]
    team = recording.one(TEAM, "teams-operations")
    assert team.parent == "upkeep:index:Teams::teams"
    assert team.props == {
        "name": "bynomi-prod-operations",
        "handle": "bynomi-prod-operations",
        "description": "Owns what the maintenance plan of bynomi-prod says belongs to operations.",
    }
    member = recording.one(MEMBERSHIP, "teams-operations-ann")
    id_ = UNKNOWN if preview else "teams-operations-id"
    assert member.props == {"teamId": id_, "userId": "user-a"}


def test_a_team_of_nobody_is_refused() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        teams(False, teams={"shop": {"users": {}}})
    assert "teams.shop.users" in str(refused.value)


# ---- OnCall --------------------------------------------------------------------------------------


def operations(**changes: Any) -> OnCallArgs:
    args: Any = {
        "team": "operations",
        "team_id": "team-1",
        "users": {"ann": "user-a", "ben": "user-b", "cora": "user-c"},
        "timezone": "America/New_York",
        "rotations": [
            {"name": "weekly", "people": ["ann", "ben"], "on": "Monday", "at": "09:00"},
        ],
        "escalation": [
            {"page": ["on call"], "wait": "5 minutes"},
            {"page": ["next on call", "cora"], "wait": "10 minutes"},
            {"page": ["whole team"], "wait": "1 hour"},
        ],
        "in_business_hours": ["p2", "p1"],
        **changes,
    }
    return args  # type: ignore[no-any-return]


def declare(args: OnCallArgs, preview: bool = False) -> Recording:
    return deploy(lambda: OnCall("on-call", args, on_datadog()) and None, preview=preview)


def refusal(**changes: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(operations(**changes))
    return str(refused.value)


def test_a_schedule_a_policy_and_rules(preview: bool) -> None:
    recording = declare(operations(), preview)
    schedule_id, policy_id = (UNKNOWN, UNKNOWN) if preview else ("on-call-id", "on-call-id")
    assert [each for each in recording.names() if not each[0].startswith("upkeep:")] == [
        (POLICY, "on-call"),
        (SCHEDULE, "on-call"),
        (RULES, "on-call"),
    ]
    schedule = recording.one(SCHEDULE, "on-call")
    assert schedule.parent == "upkeep:index:OnCall::on-call"
    assert schedule.props == {
        "name": "bynomi-prod-on-call",
        "timeZone": "America/New_York",
        "teams": ["team-1"],
        "layers": [
            {
                "name": "weekly",
                "users": ["user-a", "user-b"],
                # Nine o'clock in New York, in winter.
                "effectiveDate": "2026-01-05T14:00:00Z",
                "rotationStart": "2026-01-05T14:00:00Z",
                "interval": {"days": 7, "seconds": 0},
                "timeZone": "America/New_York",
            }
        ],
    }
    assert recording.one(POLICY, "on-call").props == {
        "name": "bynomi-prod-on-call",
        "teams": ["team-1"],
        "retries": 2,
        "resolvePageOnPolicyEnd": False,
        "steps": [
            {
                "escalateAfterSeconds": 300,
                "assignment": "default",
                "targets": [{"schedule": schedule_id, "position": "current"}],
            },
            {
                "escalateAfterSeconds": 600,
                "assignment": "default",
                "targets": [{"schedule": schedule_id, "position": "next"}, {"user": "user-c"}],
            },
            {
                "escalateAfterSeconds": 3600,
                "assignment": "default",
                "targets": [{"team": "team-1"}],
            },
        ],
    }
    rules = recording.one(RULES, "on-call").props
    assert rules["teamId"] == "team-1"
    first, second, last = rules["rules"]
    assert (first["query"], second["query"]) == ("tags.severity:p1", "tags.severity:p2")
    ((action,),) = [list(each.values()) for each in first["actions"]]
    assert (action["policyId"], action["urgency"]) == (policy_id, "high")
    assert action["supportHours"]["timeZone"] == "America/New_York"
    assert action["supportHours"]["restrictions"][0] == {
        "startDay": "monday",
        "startTime": "09:00:00",
        "endDay": "monday",
        "endTime": "17:00:00",
    }
    assert len(action["supportHours"]["restrictions"]) == 5
    # The action's policy excludes the rule's own, and its hours the rule's [Datadog]; the last rule
    # has a policy and no condition [provider].
    assert set(first) == {"query", "actions"}
    assert last == {"escalationPolicy": policy_id, "urgency": "high"}


def test_hours_and_another_zone_are_a_layers_own() -> None:
    night = {
        "name": "nights",
        "people": ["cora"],
        "every": "day",
        "at": "20:00",
        "since": "2026-07-01",
        "timezone": "Europe/London",
        "hours": {"on": ["Friday", "Saturday"], "opens": "20:00", "closes": "06:00"},
    }
    weekly = operations()["rotations"][0]
    props = declare(operations(rotations=[weekly, night])).one(SCHEDULE, "on-call").props
    layer = props["layers"][1]
    assert layer["rotationStart"] == "2026-07-01T19:00:00Z"
    assert (layer["timeZone"], layer["interval"]) == ("Europe/London", {"days": 1, "seconds": 0})
    assert layer["restrictions"] == [
        {
            "startDay": "friday",
            "startTime": "20:00:00",
            "endDay": "saturday",
            "endTime": "06:00:00",
        },
        {
            "startDay": "saturday",
            "startTime": "20:00:00",
            "endDay": "sunday",
            "endTime": "06:00:00",
        },
    ]


def test_what_waits_for_nothing_needs_one_rule() -> None:
    props = declare(operations(in_business_hours=[])).one(RULES, "on-call").props
    assert [set(rule) for rule in props["rules"]] == [{"escalationPolicy", "urgency"}]


def test_the_same_words_give_the_same_bytes() -> None:
    one = declare(operations()).children()
    other = declare(
        operations(
            in_business_hours=["p1", "p2"],
            users={"cora": "user-c", "ben": "user-b", "ann": "user-a"},
        )
    ).children()
    assert [each.props for each in one] == [each.props for each in other]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"rotations": []},
            "rotations = []: a schedule needs a rotation (Datadog); add one with its `people`",
        ),
        (
            {"escalation": []},
            "escalation = []: pages nobody; add a step: `{page: on call, wait: 5 minutes}`",
        ),
        (
            {"escalation": [{"page": ["on call"], "wait": "59 seconds"}]},
            "escalation.0.wait = 59 seconds: the wait of an escalation's step lies between 1 "
            "minute and 10 hours",
        ),
        ({"repeat": 11}, "repeat = 11: how often an escalation repeats lies between 0 and 10"),
        (
            {"escalation": [{"page": ["dora"], "wait": "5 minutes"}]},
            "escalation.0.page = dora: no such person in `users`; did you mean `cora`?",
        ),
        (
            {
                "rotations": [
                    {
                        "name": "days",
                        "people": ["ann", "ben"],
                        "every": "day",
                        "at": "09:00",
                        "hours": {"opens": "08:00", "closes": "20:00"},
                    }
                ]
            },
            "rotations: nobody is on call 732 times in two years, for up to 13 hours",
        ),
        ({"timezone": "EST"}, "timezone = EST: `EST` does not say whose clocks"),
        ({"in_business_hours": ["p4"]}, "in_business_hours.0 = p4"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_datadog_or_sense_refuses_is_refused_first(changes: Any, said: str) -> None:
    told = refusal(**changes)
    assert told.startswith("OnCall 'on-call': 1 fault\n"), told
    assert said in told


def test_at_the_limits_it_stands() -> None:
    steps = [{"page": ["on call"], "wait": wait} for wait in ("1 minute", "10 hours")] * 5
    props = declare(operations(escalation=steps, repeat=10)).one(POLICY, "on-call").props
    assert (len(props["steps"]), props["retries"]) == (10, 10)
    assert "escalation.10: one of 11 steps: Datadog takes 10" in refusal(
        escalation=[*steps, steps[0]]
    )


# ---- TicketWebhook -------------------------------------------------------------------------------


def webhook(token: str | None = None, **args: Any) -> Recording:
    def program() -> None:
        given: Any = {"url": pulumi.Output.secret("https://hooks.example/s3cr3t"), **args}
        if token:
            given["headers"] = {"X": "y", "Authorization": pulumi.Output.secret(token)}
        TicketWebhook("tickets-github", given, on_datadog())

    return deploy(program)


def test_a_webhook_tells_an_alert_from_its_end() -> None:
    hook = webhook().one(WEBHOOK, "tickets-github")
    assert hook.parent == "upkeep:index:TicketWebhook::tickets-github"
    assert hook.secrets == frozenset({"url"})
    assert hook.props["name"] == "bynomi-prod-tickets-github"
    assert hook.props["encodeAs"] == "json"
    assert "customHeaders" not in hook.props
    sent = json.loads(hook.props["payload"])
    assert sent["client_payload"]["transition"] == "$ALERT_TRANSITION"
    assert sent["client_payload"]["key"] == "$AGGREG_KEY"
    assert "\n" not in hook.props["payload"]


def test_headers_may_be_secrets() -> None:
    hook = webhook(token="Bearer t").one(WEBHOOK, "tickets-github")
    assert json.loads(hook.props["customHeaders"]) == {"Authorization": "Bearer t", "X": "y"}
    assert "customHeaders" in hook.secrets


def test_a_payload_whose_end_closes_nothing_is_refused() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        webhook(payload={"title": "$EVENT_TITLE"})
    assert "payload: does not tell an alert from its end" in str(refused.value)
    payload = {"state": "$ALERT_TRANSITION", "about": {"id": "$ALERT_CYCLE_KEY"}}
    sent = webhook(payload=payload).one(WEBHOOK, "tickets-github").props["payload"]
    assert sent == '{"about": {"id": "$ALERT_CYCLE_KEY"}, "state": "$ALERT_TRANSITION"}'
