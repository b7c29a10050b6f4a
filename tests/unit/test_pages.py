"""Who is woken, when: time lines, the worst moment of a year, and what is refused for it."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.observe.message_faults import handles
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.proofs.pages import (
    SIDES,
    Alert,
    Quiet,
    Recipient,
    TimeLine,
    page_findings,
    recipients,
    time_line,
    worst,
)
from pulumi_upkeep.plan.stack_secrets import REQUIRED_SECRETS
from pulumi_upkeep.plan.windows import Window
from pulumi_upkeep.plan.words import SEVERITIES, Severity
from rich.console import Console

from tests.unit.plans import PROD, ROOT, STAGING, chapters, prod
from tools.upkeep import page
from tools.upkeep.alerts import Found, alerts
from tools.upkeep.declared import Declaration, declared
from tools.upkeep.stop import Stop

NEW_YORK = ZoneInfo("America/New_York")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FILES = [PROD, STAGING, ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml"]


def plan(**changed: Any) -> Plan:
    """Production's plan with some chapters changed, key by key."""
    given_ = chapters()
    for name, change in changed.items():
        given_[name] = {**given_.get(name, {}), **change}
    return Plan.from_config(given_, {*REQUIRED_SECRETS, *_secrets(given_)})


def _secrets(value: Any) -> set[str]:
    if isinstance(value, dict):
        if set(value) == {"secret"}:
            return {value["secret"]}
        return {name for each in value.values() for name in _secrets(each)}
    if isinstance(value, list):
        return {name for each in value for name in _secrets(each)}
    return set()


def severity(name: str, **changes: Any) -> dict[str, Any]:
    """A severity of production's with some keys changed; None takes a key away."""
    mine = {**chapters()["severities"][name], **changes}
    return {name: {key: value for key, value in mine.items() if value is not None}}


def local(written: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=NEW_YORK, fold=fold)


def line(of: Plan, grave: Severity, side: Any, at: str, *quiet: Quiet) -> TimeLine:
    return time_line(
        of, Alert("an alert", grave, side, recipients(of, grave, side), quiet), local(at)
    )


def told(found: TimeLine) -> list[tuple[str, str, str]]:
    return [
        (f"{event.at.astimezone(NEW_YORK):%a %H:%M}", event.channel, event.to)
        for event in found.events
    ]


# ---- the table -----------------------------------------------------------------------------------


def test_both_sides_follow_one_table_but_for_what_each_cloud_forces() -> None:
    of = prod()
    for grave in SEVERITIES:
        aws, datadog = (set(recipients(of, grave, side)) for side in SIDES)
        definition = of.severities[grave]
        assert {each for each in aws ^ datadog if each.channel in ("email", "Slack")} == set()
        assert {each.channel for each in datadog - aws} == {
            *(["On-Call"] if definition.on_call else []),
            *(["ticket"] if definition.tickets else []),
        }
        # SNS knows no hours: where a P1 waits for them, On-Call rings.
        assert {each.channel for each in aws - datadog} == ({"SMS"} if grave == "p1" else set())


def test_the_owner_hears_of_what_is_its_own() -> None:
    of = prod()
    assert Recipient("Slack", "alerts") in recipients(of, "p1", "Datadog", "shop")
    assert Recipient("Slack", "alerts") not in recipients(of, "p1", "Datadog", "operations")
    assert Recipient("Slack", "alerts") not in recipients(of, "p1", "CloudWatch", "shop")


def test_without_a_role_datadog_rings_no_phone() -> None:
    of = prod()
    without = of.model_copy(update={"estate": of.estate.model_copy(update={"datadog_role": None})})
    assert Recipient("SMS", "devops-lead") in recipients(prod(), "p0", "Datadog")
    assert Recipient("SMS", "devops-lead") not in recipients(without, "p0", "Datadog")
    assert Recipient("SMS", "devops-lead") in recipients(without, "p0", "CloudWatch")


# ---- one time line -------------------------------------------------------------------------------


def test_a_p0_at_three_in_the_morning_of_the_day_that_has_no_two_o_clock() -> None:
    found = line(prod(), "p0", "Datadog", "2027-03-14T03:00")
    assert told(found)[:2] == [
        ("Sun 03:00", "On-Call", "lead-developer"),
        ("Sun 03:00", "SMS", "devops-lead"),
    ]
    paged = [each for each in told(found) if each[1] == "On-Call"]
    assert paged[1:6] == [
        ("Sun 03:05", "On-Call", "devops-lead"),
        ("Sun 03:10", "On-Call", "devops-lead"),
        ("Sun 03:10", "On-Call", "lead-developer"),
        ("Sun 03:10", "On-Call", "product-owner"),
        ("Sun 03:20", "On-Call", "lead-developer"),
    ]
    # Three steps, twice repeated: 1 + 1 + 3 people each time.
    assert len(paged) == 15
    assert found.answer_by == found.promised_by == local("2027-03-14T03:15")
    assert found.in_time
    assert found.people == ("lead-developer", "devops-lead", "product-owner")


def test_a_p1_at_night_waits_for_business_hours() -> None:
    at_night = line(prod(), "p1", "Datadog", "2027-03-14T03:00")
    assert not any(event.rings for event in at_night.events if event.at < local("2027-03-15T09:00"))
    assert at_night.first is not None
    assert at_night.first.at == local("2027-03-15T09:00")
    # The week's handover is at that very minute.
    assert at_night.first.to == "devops-lead"
    # "Next day off-hours".
    assert at_night.answer_by == local("2027-03-15T17:00")
    by_day = line(prod(), "p1", "Datadog", "2027-03-15T16:00")
    assert by_day.first is not None
    assert by_day.first.at == local("2027-03-15T16:00")
    assert by_day.answer_by == local("2027-03-16T10:00")
    # What SNS cannot do: an alarm's phone rings at night.
    alarm = line(prod(), "p1", "CloudWatch", "2027-03-14T03:00")
    assert alarm.first is not None
    assert (alarm.first.at, alarm.first.channel) == (local("2027-03-14T03:00"), "SMS")


def test_what_is_quiet_is_told_when_the_window_closes() -> None:
    window = Quiet.in_window(prod(), "weekly")
    inside = line(prod(), "p0", "CloudWatch", "2027-03-10T04:00", window)
    assert (inside.quiet, inside.told) == ("weekly", local("2027-03-10T05:00"))
    assert inside.promised_by == local("2027-03-10T04:15")
    assert inside.answer_by == local("2027-03-10T05:15")
    assert not inside.in_time
    for at in ("2027-03-10T02:59", "2027-03-10T05:00", "2027-03-11T04:00"):
        assert line(prod(), "p0", "CloudWatch", at, window).quiet is None


def test_windows_that_touch_are_one_quiet() -> None:
    def every_day(clock: int, hours: int) -> Quiet:
        return Quiet(f"at-{clock}", lambda _: True, time(clock), hours * HOUR, "America/New_York")

    found = line(prod(), "p0", "Datadog", "2027-06-01T22:30", every_day(22, 3), every_day(0, 9))
    assert found.told == local("2027-06-02T09:00")


def test_a_window_at_a_time_that_does_not_exist_quiets_nothing() -> None:
    window = Quiet("w", lambda _: True, time(2, 30), 2 * HOUR, "America/New_York")
    assert line(prod(), "p0", "Datadog", "2027-03-14T03:30", window).quiet is None
    assert line(prod(), "p0", "Datadog", "2027-03-13T03:30", window).quiet == "w"
    # One that comes twice is taken the first time, and its length is counted.
    window = Quiet("w", lambda _: True, time(1, 30), HOUR, "America/New_York")
    told_at = line(prod(), "p0", "Datadog", "2027-11-07T01:45", window).told
    assert told_at == local("2027-11-07T01:30", fold=1).astimezone(UTC)


def test_a_step_that_finds_nobody_is_skipped_without_waiting() -> None:
    of = plan()
    on_call = of.on_call["operations"]
    late = on_call.rotations[0].model_copy(update={"since": date(2028, 1, 3)})
    empty = of.model_copy(
        update={
            "on_call": {
                **of.on_call,
                "operations": on_call.model_copy(update={"rotations": (late,)}),
            }
        }
    )
    found = line(empty, "p0", "Datadog", "2027-03-14T03:00")
    paged = [event for event in found.events if event.channel == "On-Call"]
    # The first two steps find nobody; the third pages the next tier at once, and is repeated.
    assert {event.why for event in paged} == {
        "incident-response, step 3",
        "incident-response, step 3, repeated (1)",
        "incident-response, step 3, repeated (2)",
    }
    assert paged[0].at == local("2027-03-14T03:00")
    assert paged[3].at == local("2027-03-14T03:10")


# ---- against a minute-by-minute simulation -------------------------------------------------------

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 20, 40]))
TARGETS = ["on call", "devops-lead", "product-owner", "whole team"]


@st.composite
def _plans(draw: st.DrawFn) -> Plan:
    """Plans whose rotations may have gaps, in any zone, with any escalation."""
    of = plan()
    zone = draw(st.sampled_from(ZONES))
    rotations = []
    for number in range(draw(st.integers(1, 2))):
        hours = draw(
            st.one_of(
                st.none(),
                st.fixed_dictionaries(
                    {
                        "on": st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
                        "from": CLOCKS,
                        "to": CLOCKS,
                    }
                ),
            )
        )
        rotations.append(
            {
                "name": f"r{number}",
                "people": draw(
                    st.lists(
                        st.sampled_from(["devops-lead", "lead-developer"]),
                        min_size=1,
                        unique=True,
                    )
                ),
                "every": "day",
                "at": draw(CLOCKS),
                "timezone": draw(st.sampled_from(ZONES)),
                **({"hours": hours} if hours else {}),
            }
        )
    steps = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "page": st.lists(st.sampled_from(TARGETS), min_size=1, max_size=2, unique=True),
                    "wait": st.sampled_from(["1 minute", "7 minutes", "40 minutes", "3 hours"]),
                }
            ),
            min_size=1,
            max_size=3,
        )
    )
    model = type(of.on_call["operations"])
    on_call = model.model_validate(
        {"rotations": rotations, "escalation": steps, "repeat": draw(st.integers(0, 2))}
    )
    hours_of = draw(st.sampled_from(["always", "business"]))
    within = draw(st.sampled_from([10 * MINUTE, HOUR, 5 * HOUR]))
    p0 = of.severities.p0.model_copy(
        update={"sms": (), "hours": hours_of, "respond_within": within}
    )
    return of.model_copy(
        update={
            "timezone": zone,
            "on_call": {"operations": on_call},
            "severities": of.severities.model_copy(update={"p0": p0}),
        }
    )


class _Clockwork:
    """A plan lived through minute by minute: its clocks are looked at, nothing is computed."""

    def __init__(self, of: Plan, windows: tuple[Quiet, ...]) -> None:
        self.plan, self.windows = of, windows
        self.on_call = of.on_call["operations"]

    def first(self, at: datetime) -> tuple[datetime, set[str]] | None:
        """When phones ring first after an alert, and whose."""
        moment = at
        while any(self._quiet(each, moment) for each in self.windows):
            moment += MINUTE
        if self.plan.severities.p0.hours == "business":
            while not self._business(moment):
                moment += MINUTE
        for step in self.on_call.escalation:
            people = {each for target in step.page for each in self._paged(target, moment)}
            if people:
                return moment, people
            # Nobody: the next step is tried at the same minute.
        return None

    def _paged(self, target: str, at: datetime) -> list[str]:
        if target == "whole team":
            return list(self.plan.teams["operations"].people)
        if target == "on call":
            return [who] if (who := self._who(at)) else []
        return [target]

    def _who(self, at: datetime) -> str | None:
        for rotation in reversed(self.on_call.rotations):
            zone = ZoneInfo(str(rotation.timezone))
            shown = at.astimezone(zone)
            if rotation.hours and not _shows(rotation.hours, shown):
                continue
            days = (shown.date() - rotation.first_day).days
            handed = datetime.combine(shown.date(), rotation.at, zone).astimezone(UTC) <= at
            if days + handed > 0:
                return rotation.people[(days + handed - 1) % len(rotation.people)]
        return None

    def _business(self, at: datetime) -> bool:
        return _shows(self.plan.business_hours, at.astimezone(ZoneInfo(self.plan.timezone)))

    def _quiet(self, window: Quiet, at: datetime) -> bool:
        zone = ZoneInfo(window.timezone)
        for back in range(3):
            day = at.astimezone(zone).date() - back * DAY
            start = datetime.combine(day, window.clock, zone)
            shows = start.astimezone(UTC).astimezone(zone).time() == window.clock
            begins = start.astimezone(UTC)
            if window.opens_on(day) and shows and begins <= at < begins + window.length:
                return True
        return False

    def deadline(self, at: datetime) -> datetime:
        definition = self.plan.severities.p0
        left, moment = definition.respond_within, at
        assert isinstance(left, timedelta)
        while left:
            if definition.hours == "always" or self._business(moment):
                left -= MINUTE
            moment += MINUTE
        return moment


def _shows(hours: Any, shown: datetime) -> bool:
    today, yesterday = f"{shown:%A}", f"{shown - DAY:%A}"
    if hours.from_ < hours.to:
        return today in hours.on and hours.from_ <= shown.time() < hours.to
    return (today in hours.on and shown.time() >= hours.from_) or (
        yesterday in hours.on and shown.time() < hours.to
    )


# Odd days of the four zones: each of these days ends in one, or is one.
ODD = [date(2027, 3, 14), date(2027, 3, 28), date(2027, 4, 4), date(2027, 10, 3), date(2027, 11, 7)]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(_plans(), st.sampled_from(ODD), st.integers(0, 72 * 60), CLOCKS, st.integers(1, 30))
def test_whoever_is_reached_first_is_so_minute_by_minute(
    of: Plan, day: date, minutes: int, clock: time, hours: int
) -> None:
    window = Quiet("w", lambda each: each.day % 2 == 0, clock, hours * 20 * MINUTE, of.timezone)
    at = datetime.combine(day, time(0), UTC) + (minutes - 36 * 60) * MINUTE
    heard = recipients(of, "p0", "Datadog")
    found = time_line(of, Alert("a", "p0", "Datadog", heard, (window,)), at)
    lived = _Clockwork(of, (window,))
    rings = [event for event in found.events if event.rings]
    first = {event.to for event in rings if event.at == rings[0].at}
    assert ((rings[0].at, first) if rings else None) == lived.first(at)
    assert found.promised_by == lived.deadline(at)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(_plans(), st.sampled_from(ODD), CLOCKS, st.integers(0, 12))
def test_the_worst_moment_is_the_worst_of_all(of: Plan, day: date, clock: time, hours: int) -> None:
    """Of three days around an odd one, every ten minutes is asked; none is worse."""
    window = Quiet("w", lambda _: True, clock, hours * 20 * MINUTE, of.timezone)
    alert = Alert("a", "p0", "Datadog", recipients(of, "p0", "Datadog"), (window,) if hours else ())
    start = datetime.combine(day, time(0), UTC) - 36 * HOUR

    def spare(found: TimeLine) -> timedelta:
        return found.promised_by - found.first.at if found.first else timedelta.min

    chosen = spare(worst(of, alert, start, start + 3 * DAY))
    asked = (time_line(of, alert, start + number * 10 * MINUTE) for number in range(3 * 144))
    assert chosen <= min(map(spare, asked))


# ---- what is refused -----------------------------------------------------------------------------


def said(of: Plan) -> list[str]:
    return [str(finding) for finding in page_findings(of)]


def test_the_shipped_plan_reaches_somebody() -> None:
    assert said(prod()) == []


def test_a_p0_without_a_phone_is_refused() -> None:
    """Email, Slack and a tracker are nobody's phone."""
    assert said(plan(severities=severity("p0", sms=None, on_call=None))) == [
        "severities.p0: what CloudWatch sends reaches nobody's phone, of 15 minutes to answer in; "
        "what Datadog sends reaches nobody's phone, of 15 minutes to answer in; add `sms` to "
        "`severities.p0`: alarms of CloudWatch reach no other phone [p0-reaches-nobody-in-time]"
    ]
    (finding,) = page_findings(plan(severities=severity("p0", sms=None)))
    # On-Call rings for Datadog; an alarm of CloudWatch reaches it not.
    assert finding.refused
    assert finding.says == (
        "what CloudWatch sends reaches nobody's phone, of 15 minutes to answer in"
    )
    assert said(plan(severities=severity("p0", on_call=None))) == []


def test_a_phone_that_datadog_has_no_role_to_reach_is_no_missing_phone() -> None:
    """`sms` is there: to be told to add it would help nobody."""
    of = plan(severities=severity("p0", on_call=None))
    without = of.model_copy(update={"estate": of.estate.model_copy(update={"datadog_role": None})})
    (finding,) = page_findings(without)
    assert finding.says == "what Datadog sends reaches nobody's phone, of 15 minutes to answer in"
    team = min(without.on_call)
    assert finding.remedy == (
        f"name `estate.datadog_role`, by which Datadog sends `sms`, or `on_call: {team}`"
    )


def test_a_p0_of_business_hours_is_noted_for_what_sns_cannot_do() -> None:
    found = page_findings(plan(severities=severity("p0", sms=None, hours="business")))
    assert [(each.code, each.state) for each in found] == [("p0-alarms-ring-no-phone", "noted")]


def test_a_p1_without_a_phone_is_noted() -> None:
    found = page_findings(plan(severities=severity("p1", sms=None, on_call=None)))
    assert [(each.code, each.state) for each in found] == [("p1-reaches-nobody-in-time", "noted")]


def test_a_window_that_quiets_a_p0_for_longer_than_it_may_wait_is_refused() -> None:
    window = {"on": "Wednesday", "from": "03:00", "to": "05:00"}

    def quiet(up_to: str, to: str = "05:00") -> Plan:
        written = {**window, "to": to, "quiets": {"servers": ["web"], "up_to": up_to}}
        # What else a window is for may need more than minutes.
        return prod().model_copy(update={"windows": {"weekly": Window.model_validate(written)}})

    (finding,) = page_findings(quiet("p0"))
    assert finding.code == "p0-reaches-nobody-in-time"
    assert finding.says.startswith(
        "on Wednesday 2027-01-06 03:00 what CloudWatch sends reaches devops-lead after 2 hours, "
        "quiet in window `weekly`, of 15 minutes to answer in; "
    )
    assert finding.remedy == "say `up_to: p1` in the window's `quiets`"
    # Fourteen minutes of quiet leave one to answer in, fifteen none.
    assert said(quiet("p0", "03:14")) == []
    assert len(said(quiet("p0", "03:15"))) == 1
    assert said(quiet("p1")) == []


@pytest.mark.slow
def test_a_gap_is_found_at_its_worst_moment() -> None:
    """The plan's own check refuses gaps; the proof finds them by itself."""
    of = plan(severities=severity("p0", sms=None))
    on_call = of.on_call["operations"]
    rotation = type(on_call.rotations[0]).model_validate(
        {
            "name": "days",
            "people": ["devops-lead"],
            "every": "day",
            "at": "08:00",
            "hours": {"from": "00:00", "to": "23:50"},
        }
    )
    steps = type(on_call.escalation[0]).model_validate({"page": "on call", "wait": "5 minutes"})
    gappy = on_call.model_copy(update={"rotations": (rotation,), "escalation": (steps,)})
    found = page_findings(of.model_copy(update={"on_call": {"operations": gappy}}))
    (finding,) = found
    assert "what Datadog sends reaches nobody's phone: nobody is on call" in finding.says
    assert "23:50" in finding.says


# ---- every alert that is declared ----------------------------------------------------------------


@pytest.fixture(scope="session")
def declarations() -> Mapping[Path, Declaration]:
    """What each stack file declares, recorded once."""
    return {path: declared(path) for path in FILES}


AT = ["2027-03-14 03:00", "2027-03-14 02:30", "2027-11-07 01:30", "2027-03-10 04:00"]


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "-" + path.stem)
def test_every_declared_alert_has_its_time_line(
    declarations: Mapping[Path, Declaration], path: Path
) -> None:
    of, found = declarations[path].plan, alerts(declarations[path])
    assert len(found) > 20
    for name, each in found.items():
        # Somebody hears of it, or of the alert that speaks for it.
        speaks = [found[other].alert for other in each.spoken_for]
        assert each.alert.recipients or (speaks and all(x.recipients for x in speaks)), name
        if not each.alert.recipients:
            continue
        for at in AT:
            moment, _ = page.moment_of(at, of.timezone)
            lines = time_line(of, each.alert, moment)
            assert lines.events, name
            # A P0 rings somebody's phone in time, unless it is quiet by its own design or SNS would
            # have to know hours.
            if each.alert.severity == "p0" and not lines.quiet:
                in_hours = of.severities.p0.hours == "business"
                assert lines.in_time or (in_hours and each.alert.side == "CloudWatch"), name


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "-" + path.stem)
def test_what_is_declared_is_the_table(
    declarations: Mapping[Path, Declaration], path: Path
) -> None:
    """Subscriptions, channels and handles are those that the plan's one table has, for each alert
    of both clouds; beside them stand the owners' channels alone."""
    of, found = declarations[path].plan, alerts(declarations[path])
    owners = {Recipient("Slack", team.slack) for team in of.teams.values() if team.slack}
    for name, each in found.items():
        if not each.alert.recipients:
            continue
        table = set(recipients(of, each.alert.severity, each.alert.side))
        beside = set(each.alert.recipients) ^ table
        assert beside <= owners, name
        assert table <= set(each.alert.recipients), name
        if each.alert.side == "CloudWatch":
            assert not beside, name


@pytest.mark.slow
def test_pages_are_routed_by_a_tag_that_every_such_alert_has(
    declarations: Mapping[Path, Declaration],
) -> None:
    """Severities that wait for business hours are told apart by their tag."""
    found = alerts(declarations[PROD])
    for type_ in ("datadog:index/monitor:Monitor", "datadog:index/syntheticsTest:SyntheticsTest"):
        for name, each in declarations[PROD].of(type_).items():
            if "@oncall-" in each.props["message"]:
                grave = found[name].alert.severity
                assert f"severity:{grave}" in each.props["tags"], name
            # What an alert opens, its end closes [Datadog].
            opened = handles(each.props["message"], "alert")
            assert opened == handles(each.props["message"], "recovery"), name


# ---- the command ---------------------------------------------------------------------------------


def shown(of: Plan, found: Found, at: str) -> str:
    out = StringIO()
    moment, _ = page.moment_of(at, of.timezone)
    console = Console(file=out, width=140)
    page.show(console, of, found, time_line(of, found.alert, moment))
    return out.getvalue()


def found(grave: Severity = "p0", side: Any = "Datadog", **changes: Any) -> Found:
    alert = Alert("web-down", grave, side, recipients(prod(), grave, side), **changes)
    return Found(alert, "monitor")


def test_the_command_shows_the_time_line() -> None:
    lines = shown(prod(), found(remind=30 * MINUTE), "2027-03-14 03:00").splitlines()
    text = [" ".join(each.split()) for each in lines]
    assert text[0] == "web-down P0, monitor of Datadog, goes off on Sunday 2027-03-14 03:00 EDT"
    assert "somebody must answer within 15 minutes at any hour: by Sunday 03:15" in text
    assert "said again every 30 minutes, until it is over" in text
    assert "Sun 03:00 at once On-Call lead-developer operations, step 1" in text
    assert "Sun 03:05 5 min On-Call devops-lead operations, step 2" in text
    deadline = text.index("Sun 03:15 15 min somebody must have answered")
    assert text[deadline + 1].startswith("Sun 03:20 20 min On-Call lead-developer")
    assert "and 8 more pages until Sunday 03:50; then it stays open" in text
    assert text[-1] == "reaches lead-developer at once; then devops-lead, product-owner"


def test_the_command_names_tiers_and_holidays() -> None:
    """On the evening before Thanksgiving: On-Call rings on the holiday, as it knows none."""
    text = shown(prod(), found("p1"), "2026-11-25 18:00")
    assert (
        "somebody must answer within 2 hours of business hours, next day outside of them: by "
        "Friday 17:00" in " ".join(text.split())
    )
    assert (
        "Thursday is Thanksgiving: outside business hours; On-Call knows no holidays, and rings"
        in text
    )
    assert "On-Call asks tier-3 (operations), then emergency (incident-response)" in text
    # One that is told on a working day knows of no holiday.
    assert "Thanksgiving" not in shown(prod(), found("p1"), "2026-11-24 10:00")
    assert "Thanksgiving" not in shown(prod(), found("p0"), "2026-11-26 10:00")
    # A plan without tiers speaks of none.
    of = prod().model_copy(update={"support": None})
    assert "On-Call asks" not in shown(of, found("p1"), "2026-11-25 18:00")


def test_an_escalation_goes_through_the_tiers() -> None:
    """A page of the first tier: its own steps, then those of the tiers after it, by the clock."""
    of = prod()
    p0 = of.severities.p0.model_copy(update={"on_call": "support", "sms": ()})
    of = of.model_copy(update={"severities": of.severities.model_copy(update={"p0": p0})})
    events = [each for each in line(of, "p0", "Datadog", "2027-03-10T10:00").events if each.rings]
    assert [(int((each.at - events[0].at) / MINUTE), each.to, each.why) for each in events[:9]] == [
        (0, "support-manager", "support, step 1"),
        (15, "support-desk", "support, step 2"),
        (30, "support-manager", "technical-support, step 3"),
        (45, "technical-support", "technical-support, step 4"),
        (60, "lead-developer", "operations, step 5"),
        (65, "devops-lead", "operations, step 6"),
        (70, "devops-lead", "incident-response, step 7"),
        (70, "lead-developer", "incident-response, step 7"),
        (70, "product-owner", "incident-response, step 7"),
    ]
    assert events[9].why == "support, step 1, repeated (1)"


def test_people_elsewhere_see_their_own_clocks() -> None:
    berlin = {**chapters()["people"]["lead-developer"], "timezone": "Europe/Berlin"}
    of = plan(people={"lead-developer": berlin})
    text = shown(of, found(), "2027-03-14 03:00")
    # For a fortnight in March Berlin is five hours ahead, not six.
    assert "Sun 08:00 CET" in text
    assert "Sun 08:05" not in text
    assert "CET" not in shown(prod(), found(), "2027-03-14 03:00")


def test_the_command_says_what_is_quiet_and_what_is_too_late() -> None:
    window = Quiet.in_window(prod(), "weekly")
    text = shown(prod(), found(quiet=(window,)), "2027-03-10 04:00")
    assert "quiet in `weekly` until Wednesday 05:00; told then, if it still holds" in text
    assert "reaches lead-developer after 1 hour" in text
    nobody = Found(Alert("a", "p2", "CloudWatch", recipients(prod(), "p2", "CloudWatch")), "alarm")
    assert "nobody's phone rings" in shown(prod(), nobody, "2027-03-10 04:00")
    part = Found(Alert("a-part", "p2", "Datadog", ()), "monitor", ("a",))
    assert "tells nobody by itself: a speaks for it" in shown(prod(), part, "2027-03-10 04:00")
    silent = Found(Alert("a", "p2", "Datadog", ()), "monitor")
    assert "the plan has silenced it" in shown(prod(), silent, "2027-03-10 04:00")


def test_times_that_are_none_and_times_that_are_two() -> None:
    moment, odd = page.moment_of("2027-03-14 02:30", "America/New_York")
    assert moment == local("2027-03-14T03:30")
    assert odd == (
        "2027-03-14 02:30 does not exist in America/New_York: the clocks go forward over it. Shown "
        "for 03:30, when as much time has passed."
    )
    moment, odd = page.moment_of("2027-11-07 01:30", "America/New_York")
    assert moment.utcoffset() == -4 * HOUR
    assert odd.endswith("Shown for the first, EDT; the second is AT='2027-11-07T01:30-05:00'.")
    moment, odd = page.moment_of("2027-11-07T01:30-05:00", "America/New_York")
    assert (moment, odd) == (local("2027-11-07T01:30", fold=1), "")
    assert page.moment_of("2027-03-14", "America/New_York")[0] == local("2027-03-14T00:00")
    with pytest.raises(Stop, match="`tomorrow` is no time; write AT='2027-03-14 03:00'"):
        page.moment_of("tomorrow", "America/New_York")


def test_a_part_of_a_name_will_do() -> None:
    names = {name: found() for name in ("uptime-cart", "uptime-checkout", "services-web-errors")}
    assert page.matching("uptime-cart", names) == ["uptime-cart"]
    assert page.matching("checkout", names) == ["uptime-checkout"]
    assert page.matching("UPTIME", names) == ["uptime-cart", "uptime-checkout"]
    with pytest.raises(Stop, match="did you mean `uptime-checkout`"):
        page.matching("uptime-chekout", names)
    with pytest.raises(Stop, match="`make page` alone names all"):
        page.matching("zzz", names)


@pytest.mark.slow
def test_the_command_writes_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declarations: Mapping[Path, Declaration]
) -> None:
    monkeypatch.setattr(page, "BUILD", tmp_path)
    monkeypatch.setattr(page, "declared", declarations.__getitem__)
    out = StringIO()
    page.page(Console(file=out, width=140), None, "2027-03-14 03:00", "prod")
    data = json.loads((tmp_path / "page-prod.json").read_text(encoding="utf-8"))
    assert data["version"] == page.VERSION
    assert (data["stack"], data["timezone"]) == ("prod", "America/New_York")
    assert data["at"] == "2027-03-14T03:00:00-04:00"
    by_name = {each["alert"]: each for each in data["alerts"]}
    assert f": {len(by_name)} alerts" in out.getvalue()
    checkout = by_name["uptime-checkout"]
    assert checkout["first"] == {"at": "2027-03-14T03:00:00-04:00", "to": "lead-developer"}
    assert checkout["in_time"] is True
    assert checkout["answer_by"] == "2027-03-14T03:15:00-04:00"
    assert {"by": "On-Call", "to": "operations"} in checkout["recipients"]
    assert all(name in out.getvalue() for name in ("uptime-checkout", "writers-two-writers-orders"))
