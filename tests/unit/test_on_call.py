"""People, teams, rotations, escalations and trackers: what is refused, and who is on call when."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.clocks import clock_changes
from pulumi_upkeep.plan.on_call import OnCall, Rotation, gap_faults, phone_findings, responders
from pulumi_upkeep.plan.rotations import (
    after_hours,
    changes,
    gaps,
    handover,
    neighbour,
    on_call_at,
    opens,
    shift_number,
    within,
)
from pulumi_upkeep.plan.schedule import WEEKDAYS
from pulumi_upkeep.plan.severities import BusinessHours
from pulumi_upkeep.plan.tickets import PAYLOAD, Tracker, Webhook
from pydantic import ValidationError

from tests.unit.plans import chapters, prod
from tests.unit.plans import secrets as shipped_secrets

NEW_YORK = ZoneInfo("America/New_York")
SECRETS = shipped_secrets()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEKLY = {"name": "weekly", "people": ["ann", "ben"], "on": "Monday", "at": "09:00"}
STEPS = [{"page": "on call", "wait": "5 minutes"}]


def on_call(**changes: Any) -> OnCall:
    return OnCall.model_validate({"rotations": [WEEKLY], "escalation": STEPS, **changes})


def local(written: str, zone: ZoneInfo = NEW_YORK, fold: int = 0) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=zone, fold=fold)


# ---- what is refused -----------------------------------------------------------------------------


def said(**changed: Any) -> list[str]:
    """The faults of production's plan with some chapters changed."""
    given_ = chapters()
    # Who may see what, and who is asked next, are asked elsewhere.
    given_ = {name: given_[name] for name in given_ if name not in ("access", "support")}
    for name, change in changed.items():
        given_[name] = {**given_[name], **change}
    try:
        plan = Plan.from_config(given_, {*SECRETS, *_secrets(given_)})
    except PlanError as error:
        return [str(fault) for fault in error.faults]
    assert plan
    return []


def _secrets(value: Any) -> set[str]:
    """Every secret that is named, whoever names it: those are asked elsewhere."""
    if isinstance(value, dict):
        if set(value) == {"secret"}:
            return {value["secret"]}
        return {name for each in value.values() for name in _secrets(each)}
    if isinstance(value, list):
        return {name for each in value for name in _secrets(each)}
    return set()


def operations(**changes: Any) -> dict[str, Any]:
    mine = chapters()["on_call"]["operations"]
    return {"operations": {**mine, **changes}}


def rotation(**changes: Any) -> dict[str, Any]:
    mine = chapters()["on_call"]["operations"]["rotations"][0]
    return operations(rotations=[{k: v for k, v in {**mine, **changes}.items() if v is not None}])


def step(**changes: Any) -> dict[str, Any]:
    return operations(escalation=[{"page": "on call", "wait": "5 minutes", **changes}])


def test_the_shipped_plan_stands() -> None:
    assert said() == []
    assert responders(prod()) == [
        "devops-lead",
        "lead-developer",
        "product-owner",
        "support-desk",
        "support-manager",
        "technical-support",
    ]


TEN = ["on call"] + [f"person-{number}" for number in range(9)]

REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "two people of one address",
        {"people": {"second": {"email": "Dev@bynomi.com"}}},
        [
            "people.second.email = Dev@bynomi.com: `people.lead-developer` has it too, and Datadog "
            "knows a user by the address; give each person an address of their own"
        ],
    ),
    (
        "a phone that is none",
        {"people": {"second": {"email": "a@bynomi.com", "phone": "206 555 0100"}}},
        [
            "people.second.phone = 206 555 0100: not a phone number that SMS can reach (E.164); "
            "write `+`, the country's code and the number, such as `+12065550100`"
        ],
    ),
    (
        "a team of nobody",
        {"teams": {"shop": {"people": []}}},
        ["teams.shop.people = []: empty; name at least one"],
    ),
    (
        "a member that there is not",
        {"teams": {"shop": {"people": ["lead-develper"]}}},
        [
            "teams.shop.people.0 = lead-develper: no such person in `people`; did you mean "
            "`lead-developer`?"
        ],
    ),
    (
        "a member twice",
        {"teams": {"shop": {"people": ["devops-lead", "devops-lead"]}}},
        [
            "teams.shop.people = [devops-lead, devops-lead]: names `devops-lead` twice; once is "
            "enough"
        ],
    ),
    (
        "a channel that there is not",
        {"teams": {"shop": {"people": ["devops-lead"], "slack": "alert"}}},
        ["teams.shop.slack = alert: no such channel in `slack.channels`; did you mean `alerts`?"],
    ),
    (
        "a team on call that there is not",
        {"on_call": {"operation": chapters()["on_call"]["operations"]}},
        ["on_call.operation = operation: no such team in `teams`; did you mean `operations`?"],
    ),
    (
        "somebody's turn who is not there",
        {"on_call": rotation(people=["devops-lead", "zoe"])},
        [
            "on_call.operations.rotations.0.people.1 = zoe: no such person in `people`; known: "
            "devops-lead, lead-developer, product-owner, support-desk, support-manager, "
            "technical-support"
        ],
    ),
    (
        "no rotation",
        {"on_call": operations(rotations=[])},
        [
            "on_call.operations.rotations = []: a schedule needs a rotation (Datadog); add one "
            "with its `people`"
        ],
    ),
    (
        "two rotations of one name",
        {"on_call": operations(rotations=[WEEKLY, WEEKLY])},
        [
            "on_call.operations.rotations.1.name = weekly: another rotation has that name; give "
            "each its own"
        ],
    ),
    (
        "a rotation of nobody",
        {"on_call": rotation(people=[])},
        ["on_call.operations.rotations.0.people = []: empty; name at least one"],
    ),
    (
        "every day on a weekday",
        {"on_call": rotation(every="day")},
        ["on_call.operations.rotations.0: `on` does not go with every day; leave `on` out"],
    ),
    (
        "every week without a weekday",
        {"on_call": rotation(on=None)},
        ["on_call.operations.rotations.0: every week, and no weekday; add `on: Monday`"],
    ),
    (
        "a rotation with a gap",
        {"on_call": rotation(hours={"from": "08:00", "to": "20:00"})},
        [
            "on_call.operations.rotations: nobody is on call 732 times in two years, for up to 13 "
            "hours; first from Thursday 2026-12-31 20:00 to Friday 08:00; add a rotation without "
            "`hours` before the others: whoever it names takes what is left"
        ],
    ),
    (
        "no step",
        {"on_call": operations(escalation=[])},
        [
            "on_call.operations.escalation = []: pages nobody; add a step: `{page: on call, wait: "
            "5 minutes}`"
        ],
    ),
    (
        "eleven steps",
        {"on_call": operations(escalation=STEPS * 11)},
        ["on_call.operations.escalation.10: one of 11 steps: Datadog takes 10", "`repeat` them"],
    ),
    (
        "a page to nobody",
        {"on_call": step(page=[])},
        [
            "on_call.operations.escalation.0.page = []: pages nobody; name `on call`, `whole team` "
            "or a person"
        ],
    ),
    (
        "a page to eleven",
        {"on_call": step(page=[*TEN, "eleventh"])},
        ["on_call.operations.escalation.0.page", "11 targets of one step: Datadog takes 10"],
    ),
    (
        "a page to a stranger",
        {"on_call": step(page=["on cal"])},
        [
            "on_call.operations.escalation.0.page = on cal: no such person in `people`; did you "
            "mean `on call`?"
        ],
    ),
    (
        "a page to the next of one",
        {
            "on_call": {
                "operations": {
                    "rotations": [{**WEEKLY, "people": ["devops-lead"]}],
                    "escalation": [{"page": ["on call", "next on call"], "wait": "5 minutes"}],
                }
            }
        },
        [
            "on_call.operations.escalation.0.page.1 = next on call: nobody: `devops-lead` is the "
            "only one who is ever on call; write `on call`, or add somebody to the rotation"
        ],
    ),
    (
        "a page to nobody",
        {"on_call": step(page=None)},
        [
            "on_call.operations.escalation.0.page: pages nobody; name `on call`, `whole team` or a "
            "person"
        ],
    ),
    (
        "a page to an empty name",
        {"on_call": step(page="")},
        ["on_call.operations.escalation.0.page = : pages nobody"],
    ),
    (
        "less than a minute",
        {"on_call": step(wait="59 seconds")},
        [
            "on_call.operations.escalation.0.wait = 59 seconds: the wait of an escalation's step "
            "lies between 1 minute and 10 hours (Datadog On-Call, escalateAfterSeconds); nearest: "
            "`1 minute`"
        ],
    ),
    (
        "more than ten hours",
        {"on_call": step(wait="601 minutes")},
        ["on_call.operations.escalation.0.wait = 601 minutes", "nearest: `10 hours`"],
    ),
    (
        "eleven repetitions",
        {"on_call": operations(repeat=11)},
        [
            "on_call.operations.repeat = 11: how often an escalation repeats lies between 0 and 10 "
            "(Datadog On-Call, retries); nearest: `10`"
        ],
    ),
    (
        "minus one repetition",
        {"on_call": operations(repeat=-1)},
        ["on_call.operations.repeat = -1", "nearest: `0`"],
    ),
    (
        "a severity that pages a team that is never on call",
        {"severities": {"p2": {**chapters()["severities"]["p2"], "on_call": "shop"}}},
        [
            "severities.p2.on_call = shop: no such team in `on_call`; known: incident-response, "
            "operations, support, technical-support"
        ],
    ),
    (
        "a severity with a tracker that there is not",
        {"severities": {"p2": {**chapters()["severities"]["p2"], "tickets": "gitub"}}},
        ["severities.p2.tickets = gitub: no such tracker in `tickets`; did you mean `github`?"],
    ),
    (
        "a tracker that is nothing",
        {"tickets": {"github": {}}},
        ["tickets.github: a tracker is a webhook or a case; name `webhook` or `case`"],
    ),
    (
        "a tracker that is both",
        {"tickets": {"github": {"case": "shop", "webhook": {"url": "https://a.example/"}}}},
        ["tickets.github: a tracker is a webhook or a case; name `webhook` or `case`"],
    ),
    (
        "a case by its whole handle",
        {"tickets": {"github": {"case": "@case-shop"}}},
        [
            "tickets.github.case = @case-shop: the project's own handle, without what Datadog puts "
            "before it; write `shop`"
        ],
    ),
    (
        "a webhook without its scheme",
        {"tickets": {"github": {"webhook": {"url": "hooks.bynomi.com"}}}},
        [
            "tickets.github.webhook.url = hooks.bynomi.com: an address without its scheme; write "
            "`https://hooks.bynomi.com`"
        ],
    ),
    (
        "a payload whose end closes nothing",
        {"tickets": {"github": {"webhook": {"url": "https://a.example/", "payload": {"a": "b"}}}}},
        [
            "tickets.github.webhook.payload: does not tell an alert from its end, so that its end "
            "could close nothing; add `transition: $ALERT_TRANSITION`"
        ],
    ),
    (
        "a payload without what both have in common",
        {
            "tickets": {
                "github": {
                    "webhook": {"url": "https://a.example/", "payload": {"a": "$ALERT_TRANSITION"}}
                }
            }
        },
        [
            "tickets.github.webhook.payload: names nothing that an alert and its end have in "
            "common; add `key: $AGGREG_KEY`"
        ],
    ),
    (
        "a variable that Datadog has not",
        {
            "tickets": {
                "github": {
                    "webhook": {"url": "https://a.example/", "payload": {"a": "$ALERT_TRANSITON"}}
                }
            }
        },
        [
            "tickets.github.webhook.payload: `$ALERT_TRANSITON` is no variable of Datadog's "
            "webhooks, and is sent as it is; did you mean `$ALERT_TRANSITION`?"
        ],
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_it_is_refused_with_its_path(changed: dict[str, Any], words: list[str]) -> None:
    (fault,) = said(**changed)
    assert all(word in fault for word in words), fault


ALLOWED: list[tuple[str, dict[str, Any]]] = [
    ("ten steps", {"on_call": operations(escalation=STEPS * 10)}),
    ("a minute", {"on_call": step(wait="1 minute")}),
    ("ten hours", {"on_call": step(wait="10 hours")}),
    ("no repetition", {"on_call": operations(repeat=0)}),
    ("ten repetitions", {"on_call": operations(repeat=10)}),
    ("a person by name", {"on_call": step(page="support-manager")}),
    (
        "ten targets",
        {
            "people": {
                f"person-{number}": {"email": f"{number}@bynomi.com"} for number in range(9)
            },
            "on_call": step(page=TEN),
        },
    ),
    (
        "hours that leave no gap together",
        {
            "on_call": operations(
                rotations=[
                    {**WEEKLY, "name": "days", "people": ["devops-lead"], "hours": hours}
                    | {"name": name}
                    for name, hours in (
                        ("days", {"from": "08:00", "to": "20:00"}),
                        ("nights", {"from": "20:00", "to": "08:00"}),
                    )
                ],
                escalation=STEPS,
            )
        },
    ),
    ("a phone in clear", {"people": {"p": {"email": "p@bynomi.com", "phone": "+12065550100"}}}),
    ("a case", {"tickets": {"github": {"case": "shop"}}}),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed", [case[1] for case in ALLOWED], ids=[case[0] for case in ALLOWED]
)
def test_at_its_limit_it_stands(changed: dict[str, Any]) -> None:
    assert said(**changed) == []


def test_a_gap_that_only_the_clocks_make_is_found() -> None:
    """London and New York change theirs on different days: twice a year an hour is nobody's."""
    parts = [
        {**WEEKLY, "name": "london", "timezone": "Europe/London", "hours": hours}
        for hours in [{"from": "08:00", "to": "22:00"}]
    ] + [
        {**WEEKLY, "name": "new-york", "hours": {"from": "17:00", "to": "03:00"}},
    ]
    found = gaps(
        on_call(rotations=parts),
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2028, 1, 1, tzinfo=UTC),
        "America/New_York",
    )
    # Spring: London is four hours ahead for a fortnight; autumn: for a week.
    assert {gap.end - gap.start for gap in found} == {timedelta(hours=1)}
    days = [gap.start.date() for gap in found]
    assert days[0] == date(2027, 3, 15) or days[0] == date(2027, 3, 14)
    assert len(found) == 14 + 7


def test_no_gap_where_one_rotation_always_holds() -> None:
    weekend = {
        **WEEKLY,
        "name": "weekend",
        "hours": {"on": ["Saturday"], "from": "00:00", "to": "12:00"},
    }
    start = datetime(2027, 1, 1, tzinfo=UTC)
    assert gaps(on_call(rotations=[WEEKLY, weekend]), start, start + 400 * DAY, "UTC") == []
    # Before it first turns nobody is on call.
    future = {**WEEKLY, "since": "2027-02-01"}
    (gap,) = gaps(on_call(rotations=[future]), start, start + 400 * DAY, "UTC")
    assert (gap.start, gap.end) == (start, datetime(2027, 2, 1, 9, tzinfo=UTC))


def told(today: date, *rotations: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in gap_faults(on_call(rotations=[*rotations]), "UTC", today=today)]


def test_nobody_is_on_call_until_the_first_rotation_turns() -> None:
    """Two years that begin some other day would not see it, or would see it years later."""
    future = {**WEEKLY, "since": "2026-12-07"}
    assert told(date(2026, 11, 22), future) == [
        "rotations: nobody is on call from Monday 2026-11-23 00:00 to Monday 2026-12-07 09:00: not "
        "every rotation has begun by then; let one without `hours` begin at once: leave its "
        "`since` out"
    ]
    # Whoever begins in between is enough, and on the day it turns all is well.
    assert told(date(2026, 11, 22), WEEKLY, {**future, "name": "next"}) == []
    assert told(date(2026, 12, 7), future) == []
    # A team that was founded later than the two years begin had no gap: it was not there.
    founded = {**WEEKLY, "since": "2027-05-03"}
    assert told(date(2027, 6, 1), founded) == []
    # What it leaves open every night is told all the same.
    days = {**founded, "hours": {"from": "08:00", "to": "20:00"}}
    (gap,) = told(date(2027, 6, 1), days)
    assert "nobody is on call 732 times in two years, for up to 12 hours" in gap
    # A gap of weeks is told with the date of its end.
    year = {**WEEKLY, "hours": {"on": ["Monday"], "from": "09:00", "to": "10:00"}}
    (gap,) = told(date(2026, 11, 22), year)
    assert "first from Friday 2027-01-01 00:00 to Monday 09:00" in gap


def without_phone(*people: str, **severity: Any) -> list[tuple[str, str]]:
    """Where production's plan has somebody paged without a number, once some have none."""
    plan = prod()
    known = {
        name: each.model_copy(update={"phone": None}) if name in people else each
        for name, each in plan.people.items()
    }
    graves = plan.severities
    p0 = graves.p0.model_copy(update=severity)
    changed = {"people": known, "severities": graves.model_copy(update={"p0": p0})}
    found = phone_findings(plan.model_copy(update=changed))
    return [(each.code, each.at) for each in found]


def test_whoever_is_paged_at_night_has_a_number_in_the_plan() -> None:
    code = "paged-without-phone"
    assert without_phone() == []
    assert without_phone("devops-lead") == [(code, "people.devops-lead")]
    # Those of the tier that is asked next are paged, too; those of a tier before it are not.
    assert without_phone("product-owner") == [(code, "people.product-owner")]
    assert without_phone("support-manager") == []
    assert without_phone(on_call="support")[0] == (code, "people.support-desk")
    # In business hours somebody looks.
    assert without_phone("devops-lead", hours="business") == []


# ---- who is on call ------------------------------------------------------------------------------


def test_turns_change_on_monday_at_nine_by_the_clocks() -> None:
    week = on_call()
    assert handover(week.rotations[0], 0, "America/New_York") == local("2026-01-05T09:00")

    def who(written: str) -> str | None:
        return on_call_at(week, local(written), "America/New_York")

    assert who("2026-01-05T08:59") is None
    assert who("2026-01-05T09:00") == "ann"
    assert who("2026-01-12T08:59") == "ann"
    assert who("2026-01-12T09:00") == "ben"
    # Summer time changes nothing of it.
    assert who("2027-03-15T08:59") != who("2027-03-15T09:00")
    assert who("2027-03-14T03:00") == who("2027-03-15T08:59")


def test_a_handover_in_the_hour_that_spring_skips_waits_for_the_clocks() -> None:
    night = Rotation.model_validate(
        {"name": "n", "people": ["ann", "ben"], "every": "day", "at": "02:30"}
    )
    number = shift_number(night, local("2027-03-14T12:00"), "America/New_York")
    assert handover(night, number, "America/New_York") == local("2027-03-14T03:30")
    assert shift_number(night, local("2027-03-14T03:29"), "America/New_York") == number - 1
    assert shift_number(night, local("2027-03-14T03:30"), "America/New_York") == number


def test_a_handover_in_the_hour_that_autumn_repeats_takes_place_once() -> None:
    night = Rotation.model_validate(
        {"name": "n", "people": ["ann", "ben"], "every": "day", "at": "01:30"}
    )
    first = shift_number(night, local("2027-11-07T01:30"), "America/New_York")
    assert shift_number(night, local("2027-11-07T01:29"), "America/New_York") == first - 1
    # The clocks show 01:00 to 01:30 once more, and nobody hands anything back.
    assert shift_number(night, local("2027-11-07T01:00", fold=1), "America/New_York") == first
    assert shift_number(night, local("2027-11-07T01:59", fold=1), "America/New_York") == first


def test_a_later_rotation_stands_over_the_earlier() -> None:
    weekend = {
        **WEEKLY,
        "name": "weekend",
        "people": ["cora"],
        "hours": {"on": ["Saturday", "Sunday"], "from": "10:00", "to": "02:00"},
    }
    both = on_call(rotations=[WEEKLY, weekend])

    def who(written: str) -> str | None:
        return on_call_at(both, local(written), "America/New_York")

    weekly = who("2026-11-27T12:00")
    assert weekly in ("ann", "ben")
    assert [who(f"2026-11-28T{clock}") for clock in ("01:59", "09:59", "10:00")] == [
        weekly,
        weekly,
        "cora",
    ]
    # Past midnight it holds until 02:00, on Monday as well.
    assert [who(f"2026-11-30T{clock}") for clock in ("01:59", "02:00")] == ["cora", weekly]


def test_next_and_previous_are_somebody_else() -> None:
    week, at = on_call(), local("2026-01-06T12:00")
    assert neighbour(week, at, "America/New_York", "current") == "ann"
    assert neighbour(week, at, "America/New_York", "next") == "ben"
    # Before the first turn there was nobody.
    assert neighbour(week, at, "America/New_York", "previous") is None
    assert neighbour(week, at + 7 * DAY, "America/New_York", "previous") == "ann"
    alone = on_call(rotations=[{**WEEKLY, "people": ["ann"]}])
    assert neighbour(alone, at, "America/New_York", "next") is None


def test_business_hours_open_on_monday() -> None:
    hours = BusinessHours()

    def opened(written: str) -> str:
        moment = opens(hours, local(written), "America/New_York").astimezone(NEW_YORK)
        return f"{moment:%A %H:%M}"

    assert opened("2026-11-20T16:59") == "Friday 16:59"
    assert opened("2026-11-20T17:00") == "Monday 09:00"
    assert opened("2027-03-14T03:00") == "Monday 09:00"
    # Two hours of business from Friday 16:00: one of them is Monday's.
    ends = after_hours(hours, local("2026-11-20T16:00"), timedelta(hours=2), "America/New_York")
    assert ends == local("2026-11-23T10:00")
    assert after_hours(
        hours, local("2026-11-18T03:00"), timedelta(hours=8), "America/New_York"
    ) == local("2026-11-18T17:00")


def test_the_clocks_change_to_the_minute() -> None:
    start = datetime(2027, 1, 1, tzinfo=UTC)
    assert list(dict.fromkeys(clock_changes(start, start + 366 * DAY, "America/New_York"))) == [
        datetime(2027, 3, 14, 7, tzinfo=UTC),
        datetime(2027, 11, 7, 6, tzinfo=UTC),
    ]
    assert list(clock_changes(start, start + 366 * DAY, "Asia/Kolkata")) == []


# ---- against a minute-by-minute simulation -------------------------------------------------------

ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
# Weeks with the odd days of these zones, and an ordinary one.
STARTS = [
    date(2027, 3, 11),
    date(2027, 3, 26),
    date(2027, 4, 2),
    date(2027, 10, 1),
    date(2027, 10, 29),
    date(2027, 11, 5),
    date(2027, 6, 10),
]
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))


def _rotations(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    hours = st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {
                "on": st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
                "from": CLOCKS,
                "to": CLOCKS,
            }
        ),
    )
    return st.builds(
        lambda every, people, on, at, hours, zone: {
            "name": "r",
            "people": people,
            "every": every,
            **({} if every == "day" else {"on": on}),
            "at": at,
            "since": date(2026, 12, 28),
            **({} if hours is None else {"hours": hours}),
            **({} if zone is None else {"timezone": zone}),
        },
        st.sampled_from(["day", "week"]),
        st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True),
        st.sampled_from(WEEKDAYS),
        CLOCKS,
        hours,
        st.one_of(st.none(), st.sampled_from(ZONES)),
    )


def _schedule(parts: list[dict[str, Any]]) -> OnCall:
    numbered = [{**part, "name": f"r{number}"} for number, part in enumerate(parts)]
    return on_call(rotations=numbered)


class _Watched:
    """A rotation watched from its first day on: it counts handovers as the clocks show them."""

    def __init__(self, rotation: Rotation, tz: str) -> None:
        self.rotation = rotation
        self.zone = ZoneInfo(rotation.timezone or tz)

    def person(self, at: datetime) -> str | None:
        rotation = self.rotation
        shown = at.astimezone(self.zone)
        if rotation.hours is not None and not self._holds(shown):
            return None
        done = 0
        day = rotation.first_day
        while day <= shown.date():
            clock = datetime.combine(day, rotation.at)
            # The first minute at which the clocks show the handover's time or have passed over it.
            moment = clock.replace(tzinfo=self.zone).astimezone(UTC)
            if moment <= at:
                done += 1
            day += rotation.length
        return rotation.people[(done - 1) % len(rotation.people)] if done else None

    def _holds(self, shown: datetime) -> bool:
        hours = self.rotation.hours
        assert hours is not None
        minutes = shown.hour * 60 + shown.minute
        begins = hours.from_.hour * 60 + hours.from_.minute
        ends = hours.to.hour * 60 + hours.to.minute
        today, yesterday = WEEKDAYS[shown.weekday()], WEEKDAYS[(shown.weekday() - 1) % 7]
        if begins < ends:
            return today in hours.on and begins <= minutes < ends
        return (today in hours.on and minutes >= begins) or (
            yesterday in hours.on and minutes < ends
        )


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    st.lists(_rotations(["ann", "ben", "cora"]), min_size=1, max_size=3),
    st.sampled_from(ZONES),
    st.sampled_from(STARTS),
)
@example(
    [
        {
            "name": "r",
            "people": ["ann"],
            "every": "day",
            "at": time(2, 30),
            "since": date(2026, 12, 28),
        }
    ],
    "America/New_York",
    date(2027, 3, 11),
)
def test_who_is_on_call_is_what_watching_the_clocks_shows(
    parts: list[dict[str, Any]], tz: str, day: date
) -> None:
    """Minute by minute over six days around the odd ones, against a plain count of handovers."""
    schedule = _schedule(parts)
    watched = [_Watched(each, tz) for each in reversed(schedule.rotations)]
    start = datetime.combine(day, time(0), UTC)
    end = start + 6 * DAY
    points = [start, *changes(schedule, start, end, tz), end]
    holes = gaps(schedule, start, end, tz)
    previous, moment = None, start
    while moment < end:
        expected = next((who for each in watched if (who := each.person(moment))), None)
        assert on_call_at(schedule, moment, tz) == expected, moment
        # Nothing changes but at the points, and a gap is where nobody is.
        if moment != start and expected != previous:
            assert moment in points, moment
        assert any(hole.start <= moment < hole.end for hole in holes) == (expected is None), moment
        previous = expected
        moment += 15 * MINUTE


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
    CLOCKS,
    CLOCKS,
    st.sampled_from(ZONES),
    st.sampled_from(STARTS),
    st.integers(0, 6 * 24 * 4),
    st.integers(1, 40),
)
def test_business_hours_are_counted_as_a_clock_would(
    days: list[str], begins: time, ends: time, tz: str, day: date, quarters: int, length: int
) -> None:
    if begins >= ends:
        begins, ends = time(9), time(17)
    hours = BusinessHours.model_validate({"on": days, "from": begins, "to": ends})
    zone, at = ZoneInfo(tz), datetime.combine(day, time(0), UTC) + quarters * 15 * MINUTE
    moment = at
    while not within(hours, moment.astimezone(zone)):
        moment += 15 * MINUTE
    assert opens(hours, at, tz) == moment
    left, moment = length, at
    while left:
        left -= within(hours, moment.astimezone(zone))
        moment += 15 * MINUTE
    assert after_hours(hours, at, length * 15 * MINUTE, tz) == moment


# ---- trackers ------------------------------------------------------------------------------------


def test_the_default_payload_is_one_that_would_be_accepted() -> None:
    assert Webhook.model_validate({"url": "https://a.example/", "payload": PAYLOAD})


def test_secrets_of_a_tracker_are_known_by_their_paths() -> None:
    tracker = {
        "webhook": {"url": {"secret": "a"}, "headers": {"Authorization": {"secret": "b"}, "X": "y"}}
    }
    read = Tracker.model_validate(tracker)
    assert read.webhook is not None
    assert list(read.webhook.secrets()) == [("a", "url"), ("b", "headers.Authorization")]
    assert read.in_words() == tracker
    with pytest.raises(ValidationError):
        Tracker.model_validate({"webhook": {"url": {"secret": "a"}, "headers": {"a b": "c"}}})
