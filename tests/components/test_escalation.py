"""Escalation and NotificationRules: tiers that ask each other, and what rings."""

from typing import Any

import pulumi
import pytest
from pulumi_upkeep import Escalation, EscalationArgs, NotificationRules, OnCall
from pulumi_upkeep.datadog import Provider, ProviderArgs

from tests.components.support import UNKNOWN, Recording, deploy

SCHEDULE = "datadog:index/onCallSchedule:OnCallSchedule"
POLICY = "datadog:index/onCallEscalationPolicy:OnCallEscalationPolicy"
RULES = "datadog:index/onCallTeamRoutingRules:OnCallTeamRoutingRules"
CHANNEL = "datadog:index/onCallUserNotificationChannel:OnCallUserNotificationChannel"
RULE = "datadog:index/onCallUserNotificationRule:OnCallUserNotificationRule"


def on_datadog() -> pulumi.ResourceOptions:
    provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
    return pulumi.ResourceOptions(provider=provider)


def tier(team: str, *people: str, then: str | None = None, **more: Any) -> dict[str, Any]:
    weekly = {"name": "weekly", "people": list(people), "on": "Monday", "at": "09:00"}
    written: dict[str, Any] = {
        "team": team,
        "team_id": f"team-{team}",
        "rotations": [weekly],
        "escalation": [{"page": ["on call"], "wait": "15 minutes"}],
        **more,
    }
    return {**written, "escalates_to": then} if then else written


def escalation(**changes: Any) -> EscalationArgs:
    args: Any = {
        "tiers": {
            "tier-1": tier("desk", "ann", "ben", then="tier-2"),
            "tier-2": tier(
                "engineers",
                "cora",
                then="emergency",
                escalation=[
                    {"page": ["on call", "ann"], "wait": "5 minutes"},
                    {"page": ["whole team"], "wait": "10 minutes"},
                ],
            ),
            "emergency": tier("responders", "cora", "ben", repeat=5),
        },
        "users": {"ann": "user-a", "ben": "user-b", "cora": "user-c"},
        "timezone": "Europe/London",
        "in_business_hours": ["p1"],
        "holidays": ["2026-12-25"],
        **changes,
    }
    return args  # type: ignore[no-any-return]


def declare(args: EscalationArgs, preview: bool = False) -> Recording:
    return deploy(lambda: Escalation("on-call", args, on_datadog()) and None, preview=preview)


def refusal(**changes: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(escalation(**changes))
    return str(refused.value)


@pytest.mark.slow
def test_each_tier_is_on_call_and_goes_on_with_the_next(preview: bool) -> None:
    recording = declare(escalation(), preview)
    assert [each for each in recording.names() if each[0] != "pulumi:providers:datadog"] == [
        (kind, f"on-call-{team}" if team else "on-call")
        for kind, teams in (
            (POLICY, ("desk", "engineers", "responders")),
            (SCHEDULE, ("desk", "engineers", "responders")),
            (RULES, ("desk", "engineers", "responders")),
            ("upkeep:index:Escalation", ("",)),
            ("upkeep:index:OnCall", ("desk", "engineers", "responders")),
        )
        for team in teams
    ]
    desk = recording.one("upkeep:index:OnCall", "on-call-desk")
    assert desk.parent == "upkeep:index:Escalation::on-call"
    # One that stood by itself is taken over.
    assert len(desk.aliases) == 1
    policy = recording.one(POLICY, "on-call-desk").props

    def schedule(team: str) -> str:
        return UNKNOWN if preview else f"on-call-{team}-id"

    assert [(step["escalateAfterSeconds"], step["targets"]) for step in policy["steps"]] == [
        (900, [{"schedule": schedule("desk"), "position": "current"}]),
        (300, [{"schedule": schedule("engineers"), "position": "current"}, {"user": "user-a"}]),
        (600, [{"team": "team-engineers"}]),
        (900, [{"schedule": schedule("responders"), "position": "current"}]),
    ]
    assert policy["teams"] == ["team-desk"]
    assert policy["retries"] == 2
    last = recording.one(POLICY, "on-call-responders").props
    assert (len(last["steps"]), last["retries"]) == (1, 5)
    rules = recording.one(RULES, "on-call-responders").props["rules"]
    assert [rule.get("query") for rule in rules] == ["tags.severity:p1", None]


@pytest.mark.slow
def test_the_order_in_which_tiers_are_written_says_nothing() -> None:
    one = declare(escalation())
    tiers = dict(reversed(escalation()["tiers"].items()))
    other = declare(escalation(tiers=tiers))
    assert [each.props for each in one.children()] == [each.props for each in other.children()]


def test_what_datadog_cannot_know_is_said() -> None:
    said: list[str] = []

    def program() -> None:
        Escalation("on-call", escalation(), on_datadog()).unproven.apply(said.extend)

    deploy(program)
    assert len([each for each in said if "2026-12-25" in each]) == 3
    assert (
        "On-Call (desk): Datadog's support hours know no holidays: on 2026-12-25 a page of P1 "
        "rings as on any working day, although nobody has to answer it" in said
    )


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ({}, "tiers"),
        (
            {"one": tier("a", "ann", then="two"), "two": tier("b", "ben", then="one")},
            "tiers.one.escalates_to = two: goes round in a circle: one -> two -> one; leave it out "
            "of the last tier",
        ),
        (
            {"one": tier("a", "ann", then="one")},
            "tiers.one.escalates_to = one: goes round in a circle: one -> one; leave it out of the "
            "last tier",
        ),
        (
            {"one": tier("a", "ann", then="tow"), "two": tier("b", "ben")},
            "tiers.one.escalates_to = tow: no such tier in `tiers`; did you mean `two`?",
        ),
        (
            {"one": tier("a", "ann", then="two"), "two": tier("a", "ben")},
            "tiers.two.team = a: is tier `one` already: asking the next one asks the same people; "
            "give each tier a team of its own",
        ),
        ({"one": tier("a", "dora")}, "rotations.0.people.0 = dora: no such person in `users`"),
    ],
    ids=["none", "circle", "itself", "unknown", "same team", "nobody"],
)
def test_what_makes_no_sense_is_refused(tiers: dict[str, Any], said: str) -> None:
    assert said in refusal(tiers=tiers)


def after(team: str, steps: int) -> dict[str, Any]:
    step = {"page": ["on call"], "wait": "5 minutes"}
    return {
        "team": team,
        "team_id": f"team-{team}",
        "schedule_id": f"schedule-{team}",
        "escalation": [step] * steps,
    }


def on_call(*then: dict[str, Any]) -> Recording:
    args: Any = {**tier("desk", "ann"), "users": {"ann": "user-a"}, "timezone": "Europe/London"}
    args["then"] = list(then)
    return deploy(lambda: OnCall("on-call", args, on_datadog()) and None)


def test_all_steps_together_are_as_many_as_datadog_takes() -> None:
    assert len(on_call(after("a", 5), after("b", 4)).one(POLICY, "on-call").props["steps"]) == 10
    with pytest.raises(pulumi.RunError) as refused:
        on_call(after("a", 5), after("b", 5))
    assert "then: 11 steps with its own: Datadog takes 10" in str(refused.value)
    with pytest.raises(pulumi.RunError) as refused:
        on_call(after("desk", 1))
    assert "then.0.team = desk: is asked already: a circle; leave it out" in str(refused.value)
    nobody = {**after("a", 1), "escalation": [{"page": ["dora"], "wait": "5 minutes"}]}
    with pytest.raises(pulumi.RunError) as refused:
        on_call(nobody)
    assert "then.0.escalation.0.page = dora: no such person in `users`" in str(refused.value)


# ---- NotificationRules ---------------------------------------------------------------------------


def phones(preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        number = pulumi.Output.secret("+12065550100")
        args: Any = {"people": {"ann": {"user_id": "user-a", "phone": number}}, **changes}
        NotificationRules("phones", args, on_datadog())

    return deploy(program, preview=preview)


def test_an_sms_at_once_and_a_call_soon_after(preview: bool) -> None:
    recording = phones(preview)
    channel = recording.one(CHANNEL, "phones-ann")
    assert channel.parent == "upkeep:index:NotificationRules::phones"
    assert channel.secrets == frozenset({"phone.number"})
    assert channel.props == {"userId": "user-a", "phone": {"number": "+12065550100"}}
    id_ = UNKNOWN if preview else "phones-ann-id"
    assert {each.name: each.props for each in recording.children() if each.type == RULE} == {
        f"phones-ann-{method}": {
            "userId": "user-a",
            "channelId": id_,
            "category": "high_urgency",
            "delayMinutes": minutes,
            "phone": {"method": method},
        }
        for method, minutes in (("sms", 0), ("voice", 1))
    }


def test_a_call_may_come_later_in_whole_minutes() -> None:
    assert phones(call_after="3 minutes").one(RULE, "phones-ann-voice").props["delayMinutes"] == 3
    with pytest.raises(pulumi.RunError) as refused:
        phones(call_after="90 seconds")
    assert "call_after = 90 seconds: Datadog counts whole minutes; nearest: `1 minute`" in str(
        refused.value
    )
    with pytest.raises(pulumi.RunError, match="people"):
        phones(people={})
