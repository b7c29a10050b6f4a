"""Downtimes, On-Call and what tests turn: who is kept quiet and who is called."""

import json
from datetime import datetime
from typing import Any

import pytest
import time_machine

from sandbox.datadog.downtime_rules import current
from sandbox.datadog.users import id_of
from tests.unit.datadog_http import Http, changed

DOWNTIMES = "/api/v2/downtime"
# A Wednesday; New York is four hours behind UTC from 14 March on, five before.
NOW = "2027-03-10T12:00:00+00:00"
RECURRING: dict[str, Any] = {
    "data": {
        "type": "downtime",
        "attributes": {
            "scope": "env:prod",
            "monitor_identifier": {"monitor_tags": ["service:web"]},
            "schedule": {
                "timezone": "America/New_York",
                "recurrences": [
                    {
                        "rrule": "FREQ=WEEKLY;BYDAY=WE",
                        "duration": "2h",
                        "start": "2027-03-17T03:00:00",
                    }
                ],
            },
        },
    }
}
SINGLE = changed(
    RECURRING,
    "data.attributes.schedule",
    {"start": "2027-03-17T03:00:00Z", "end": "2027-03-17T05:00:00Z"},
)
RULE = "schedule.recurrences.0."


@pytest.fixture(scope="module")
def running() -> Http:
    return Http()


@pytest.fixture
def http(running: Http) -> Http:
    running.clear()
    return running


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "path", "value", "expected"),
    [
        (RECURRING, f"{RULE}rrule", "DTSTART=20270101;FREQ=DAILY", "DTSTART does not belong"),
        (RECURRING, f"{RULE}rrule", "FREQ=DAILY;DURATION=1", "DURATION does not belong"),
        (RECURRING, f"{RULE}rrule", "FREQ=DAILY;DTEND=1", "DTEND does not belong"),
        (RECURRING, f"{RULE}rrule", "FREQ=SOMETIMES", "is not a recurrence rule"),
        (RECURRING, f"{RULE}duration", "2 hours", "must be a number with m, h, d or w"),
        (RECURRING, f"{RULE}duration", "0h", "must be a number with m, h, d or w"),
        (RECURRING, f"{RULE}start", "2027-03-17T03:00:00Z", "without an offset"),
        (RECURRING, f"{RULE}start", "2027-03-10T06:59:00", "is in the past"),
        (RECURRING, "schedule.timezone", "New York", "is not a time zone"),
        (RECURRING, "schedule.recurrences", [], "must be 1 to 5, got 0"),
        (RECURRING, "display_timezone", "EST5", "is not a time zone"),
        (
            RECURRING,
            "monitor_identifier",
            {"monitor_tags": ["a:b"], "monitor_id": 1},
            "unknown field",
        ),
        (RECURRING, "monitor_identifier", {}, "missing required field"),
        (
            RECURRING,
            "monitor_identifier.monitor_tags",
            [f"a:{number}" for number in range(33)],
            "at most 32, got 33",
        ),
        (RECURRING, "monitor_identifier", {"monitor_id": 1}, "there is no monitor 1"),
        (RECURRING, "scope", "", "scope: must not be empty"),
        (SINGLE, "schedule.start", "2027-03-10T11:59:00Z", "is in the past"),
        (SINGLE, "schedule.end", "2027-03-17T03:00:00Z", "must be after start"),
        (SINGLE, "schedule.start", "2027-03-17T03:00:00-05:00", "must have an offset of zero"),
    ],
)
def test_a_wrong_downtime_is_refused(
    http: Http, base: Any, path: str, value: Any, expected: str
) -> None:
    with time_machine.travel(NOW, tick=False):
        found = http.faults(DOWNTIMES, changed_or_added(base, path, value))
        assert len(found) == 1
        assert expected in found[0]
        assert http.faults(DOWNTIMES, base) == []


def changed_or_added(base: Any, path: str, value: Any) -> Any:
    return changed(base, f"data.attributes.{path}", value)


def test_the_ends_of_the_ranges_are_accepted(http: Http) -> None:
    with time_machine.travel(NOW, tick=False):
        tags = [f"a:{number}" for number in range(32)]
        most = changed_or_added(RECURRING, "monitor_identifier.monitor_tags", tags)
        assert http.faults(DOWNTIMES, most) == []
        now = changed_or_added(RECURRING, f"{RULE}start", "2027-03-10T07:00:00")
        assert http.faults(DOWNTIMES, now) == []


def status(http: Http, id_: str) -> str:
    found: str = http.call("GET", f"{DOWNTIMES}/{id_}")[1]["data"]["attributes"]["status"]
    return found


def test_a_downtime_begins_and_ends_and_keeps_its_start(http: Http) -> None:
    with time_machine.travel(NOW, tick=False):
        id_ = http.made(DOWNTIMES, SINGLE)["data"]["id"]
        assert status(http, id_) == "scheduled"
    change = {"data": {**SINGLE["data"], "id": id_}}
    with time_machine.travel("2027-03-17T04:00:00+00:00", tick=False):
        assert status(http, id_) == "active"
        path = f"{DOWNTIMES}/{id_}"
        later = changed_or_added(change, "schedule.start", "2027-03-17T04:30:00Z")
        assert "in progress" in http.faults(path, later, "PATCH")[0]
        # What has begun is left as it is, and the rest of it can change.
        message = changed_or_added(change, "message", "longer")
        assert http.faults(path, message, "PATCH") == []
    with time_machine.travel("2027-03-17T05:00:00+00:00", tick=False):
        assert status(http, id_) == "ended"
    assert http.call("DELETE", f"{DOWNTIMES}/{id_}")[0] == 204
    assert status(http, id_) == "canceled"
    assert "was canceled" in http.faults(f"{DOWNTIMES}/{id_}", change, "PATCH")[0]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2027-03-10T12:00:00", ("2027-03-17T07:00:00", "2027-03-17T09:00:00")),
        ("2027-03-17T08:59:00", ("2027-03-17T07:00:00", "2027-03-17T09:00:00")),
        ("2027-03-17T09:00:00", ("2027-03-24T07:00:00", "2027-03-24T09:00:00")),
        ("2027-11-07T12:00:00", ("2027-11-10T08:00:00", "2027-11-10T10:00:00")),
    ],
)
def test_the_next_stretch_follows_the_time_zone(now: str, expected: tuple[str, str]) -> None:
    schedule = RECURRING["data"]["attributes"]["schedule"]
    found = current(schedule, datetime.fromisoformat(f"{now}+00:00"))
    assert found is not None
    assert tuple(each.isoformat() for each in found if each) == tuple(
        f"{each}+00:00" for each in expected
    )


MONITOR: dict[str, Any] = {
    "name": "web",
    "type": "query alert",
    "query": "avg(last_5m):avg:a{*} > 1",
    "message": "m",
    "tags": ["service:web", "env:prod"],
}


def test_a_monitor_is_put_into_a_state_and_says_what_quiets_it(http: Http) -> None:
    monitor = http.made("/api/v1/monitor", MONITOR)["id"]
    path = f"/_upkeep/monitors/{monitor}/state"
    with time_machine.travel(NOW, tick=False):
        id_ = http.made(DOWNTIMES, SINGLE)["data"]["id"]
        assert http.made(path, {"state": "Alert"})["quieted_by"] == []
        (match,) = http.call("GET", f"/api/v2/monitor/{monitor}/downtime_matches")[1]["data"]
        assert match["id"] == id_
    with time_machine.travel("2027-03-17T04:00:00+00:00", tick=False):
        answer = http.made(path, {"state": "Alert"})
    assert answer == {"id": monitor, "name": "web", "state": "Alert", "quieted_by": [id_]}
    assert http.call("GET", f"/api/v1/monitor/{monitor}")[1]["overall_state"] == "Alert"
    assert "is none of" in http.faults(path, {"state": "Red"})[0]
    assert http.faults("/_upkeep/monitors/1/state", {"state": "OK"}) == ["Monitor not found"]


SCHEDULES = "/api/v2/on-call/schedules"
POLICIES = "/api/v2/on-call/escalation-policies"
PERSON = id_of("devops@bynomi.com")
SCHEDULE: dict[str, Any] = {
    "data": {
        "type": "schedules",
        "attributes": {
            "name": "week",
            "time_zone": "America/New_York",
            "layers": [
                {
                    "name": "week",
                    "effective_date": "2027-01-04T09:00:00Z",
                    "rotation_start": "2027-01-04T09:00:00Z",
                    "interval": {"days": 7},
                    "members": [{"user": {"id": PERSON}}],
                }
            ],
        },
    }
}
POLICY: dict[str, Any] = {
    "data": {
        "type": "policies",
        "attributes": {
            "name": "p",
            "retries": 10,
            "steps": [{"escalate_after_seconds": 60, "targets": [{"id": PERSON, "type": "users"}]}],
        },
    }
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("layers", [], "layers: a schedule needs at least one"),
        ("layers.0.members", [], "layers[0].members: must not be empty"),
        ("layers.0.members", [{"user": {"id": "x"}}], "there is no user x"),
        ("layers.0.interval", {}, "must be longer than nothing"),
        ("layers.0.end_date", "2027-01-04T09:00:00Z", "end_date: must be after effective_date"),
        ("time_zone", "Here", "is not a time zone"),
    ],
)
def test_a_wrong_schedule_is_refused(http: Http, path: str, value: Any, expected: str) -> None:
    (fault,) = http.faults(SCHEDULES, changed_or_added(SCHEDULE, path, value))
    assert expected in fault
    assert http.faults(SCHEDULES, SCHEDULE) == []


STEP = POLICY["data"]["attributes"]["steps"][0]
TARGET = STEP["targets"][0]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("steps", [], "steps: must be at least, in entries, 1"),
        ("steps", [STEP] * 11, "steps: must be at most, in entries, 10"),
        ("steps.0.targets", [], "must be 1 to 10, got 0"),
        ("steps.0.targets", [TARGET] * 11, "must be 1 to 10, got 11"),
        ("steps.0.escalate_after_seconds", 59, "must be at least 60"),
        ("steps.0.escalate_after_seconds", 36_001, "must be at most 36000"),
        ("steps.0.escalate_after_seconds", ..., "missing required field"),
        ("steps.0.targets.0.id", "x", "there is no users x"),
        ("retries", 11, "must be at most 10"),
        ("retries", -1, "must be at least 0"),
    ],
)
def test_a_wrong_escalation_policy_is_refused(
    http: Http, path: str, value: Any, expected: str
) -> None:
    (fault,) = http.faults(POLICIES, changed_or_added(POLICY, path, value))
    assert expected in fault
    assert http.faults(POLICIES, POLICY) == []
    most = changed_or_added(POLICY, "steps", [{**STEP, "targets": [TARGET] * 10}] * 10)
    assert http.faults(POLICIES, most) == []
    longest = changed_or_added(POLICY, "steps.0.escalate_after_seconds", 36_000)
    assert http.faults(POLICIES, longest) == []


HOURS = {
    "time_zone": "America/New_York",
    "restrictions": [{"start_day": "monday", "start_time": "09:00:00"}],
}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"policy_id": "POLICY"}], None),
        ([{"query": "a:b", "actions": []}, {"policy_id": "POLICY"}], None),
        ([{"policy_id": "POLICY", "query": "a:b"}], "so it has no condition"),
        ([{"policy_id": "POLICY", "time_restriction": HOURS}], "at any time"),
        ([{"query": ""}], "the last rule needs an escalation policy"),
        ([{"policy_id": "other"}], "there is no escalation policy other"),
        (
            [{"actions": [{"type": "escalation_policy", "policy_id": "POLICY"}]}],
            None,
        ),
        (
            [
                {
                    "policy_id": "POLICY",
                    "actions": [{"type": "escalation_policy", "policy_id": "POLICY"}],
                }
            ],
            "not beside an action with an escalation policy",
        ),
        (
            [
                {
                    "actions": [
                        {
                            "type": "escalation_policy",
                            "policy_id": "POLICY",
                            "ack_timeout_minutes": 29,
                        }
                    ],
                }
            ],
            "ack_timeout_minutes must be 30 to 4320",
        ),
    ],
)
def test_the_last_routing_rule_takes_what_is_left(
    http: Http, rules: Any, expected: str | None
) -> None:
    team, policy = team_and_policy(http)
    faults = route(http, team, json.loads(json.dumps(rules).replace("POLICY", policy)))
    assert (faults == []) is (expected is None), faults
    assert expected is None or expected in faults[0]


def team_and_policy(http: Http) -> tuple[str, str]:
    team = {"data": {"type": "team", "attributes": {"name": "Shop", "handle": "shop"}}}
    return http.made("/api/v2/team", team)["data"]["id"], http.made(POLICIES, POLICY)["data"]["id"]


def route(http: Http, team: str, rules: Any) -> list[str]:
    document = {"data": {"type": "team_routing_rules", "attributes": {"rules": rules}}}
    return http.faults(f"/api/v2/on-call/teams/{team}/routing-rules", document, "PUT")


PAGES = "/api/v2/on-call/pages"
PAGE: dict[str, Any] = {
    "data": {
        "type": "pages",
        "attributes": {
            "title": "Test of the route",
            "urgency": "high",
            "target": {"identifier": "shop", "type": "team_handle"},
        },
    }
}


def test_a_page_is_heard_and_says_when(http: Http) -> None:
    assert http.faults(PAGES, PAGE) == ["target: there is no team shop"]
    team, policy = team_and_policy(http)
    assert http.faults(PAGES, PAGE) == ["target: the team shop has no On-Call routing rules"]
    assert route(http, team, [{"policy_id": policy}]) == []

    with time_machine.travel(NOW, tick=False):
        id_ = http.made(PAGES, PAGE)["data"]["id"]
    (page,) = http.call("GET", "/_upkeep/pages")[1]
    assert (page["id"], page["team_id"], page["status"]) == (id_, team, "triggered")
    with time_machine.travel("2027-03-10T12:01:30+00:00", tick=False):
        assert http.call("POST", f"{PAGES}/{id_}/acknowledge")[0] == 202
    page = http.call("GET", f"/_upkeep/pages/{id_}")[1]
    assert (page["status"], page["acknowledged_after"]) == ("acknowledged", 90.0)
    assert http.call("POST", f"{PAGES}/{id_}/resolve")[0] == 202
    assert http.faults(f"{PAGES}/{id_}/acknowledge", None) == [f"Page {id_} is resolved."]
    assert http.faults(f"{PAGES}/x/acknowledge", None) == ["Page x not found"]


def test_an_event_is_kept_with_the_handles_that_it_tells(http: Http) -> None:
    event = {"title": "Test of the route", "text": "@slack-alerts", "tags": ["test:route"]}
    with time_machine.travel(NOW, tick=False):
        made = http.made("/api/v1/events", event)["event"]
        assert http.call("GET", f"/api/v1/events/{made['id_str']}")[1]["event"] == made
        now = made["date_happened"]
        asked = f"/api/v1/events?start={now}&end={now}&tags="
        assert http.call("GET", f"{asked}test:route")[1]["events"] == [made]
        assert http.call("GET", f"{asked}other")[1]["events"] == []
        late = {**event, "date_happened": now - 18 * 3_600 - 1}
        assert "18 hours" in http.faults("/api/v1/events", late)[0]
        longest = {**event, "text": "x" * 4_000}
        assert http.faults("/api/v1/events", longest) == []
        assert http.faults("/api/v1/events", {**longest, "text": "x" * 4_001}) != []
