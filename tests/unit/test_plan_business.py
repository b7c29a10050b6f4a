"""Business metrics of a plan: what of it cannot stand, and when nobody is told."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.business import QuietTime, outside
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.schedule import WEEKDAYS
from pulumi_upkeep.plan.severities import BusinessHours

from tests.unit.plans import chapters, secrets

SECRETS = secrets()
FALLS = {"below": "50 %", "of": "last week", "over": "1 hour", "by_at_least": 20, "severity": "p1"}
STOPS = {"lasting": "30 minutes", "hours": "business", "severity": "p0"}
ORDERS = {"metric": "bynomi.orders", "owner": "shop", "falls": FALLS, "stops": STOPS}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def plan(business: dict[str, Any], **more: Any) -> Plan:
    return Plan.from_config(chapters() | {"business": business} | more, SECRETS)


def refusal(business: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(PlanError) as caught:
        plan(business, **more)
    return [str(fault) for fault in caught.value.faults]


def test_a_chapter_that_stands() -> None:
    metrics = plan({"orders": ORDERS, "draw-entries": {"metric": "draws.entries"}}).business
    orders = metrics["orders"]
    assert orders.in_words() == ORDERS
    assert orders.falls is not None
    assert (orders.falls.below, orders.falls.over) == (50, HOUR)
    assert orders.counted_in("orders") == "orders"
    assert metrics["draw-entries"].counted_in("draw-entries") == "draw entries"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("orders", "says"),
    [
        ({"owner": "shp"}, ["owner = shp: no such team in `teams`; did you mean `shop`?"]),
        (
            {"metric": "7orders"},
            [
                "metric = 7orders: a metric's name begins with a letter and has letters, digits, "
                "`_` and `.`, at most 200 [Datadog, custom metrics]; such as `bynomi.orders`"
            ],
        ),
        (
            {"falls": FALLS | {"of": "last month"}},
            ["falls.of = last month: not taken here; write `last week`"],
        ),
        (
            {"falls": FALLS | {"below": "120 %"}},
            ["falls.below = 120 %: a percentage lies above 0 and at most at 100; at most `100 %`"],
        ),
        (
            {"falls": FALLS | {"by_at_least": 0}},
            ["falls.by_at_least = 0: 1 at least; nearest: `1`"],
        ),
        (
            {"falls": FALLS | {"over": "8 days"}},
            [
                "falls.over = 8 days: how long a metric is looked at lies between 1 minute and 7 "
                "days (Datadog, metric monitors, 1 to 10,080 m); nearest: `7 days`"
            ],
        ),
        (
            {"stops": STOPS | {"lasting": "90 seconds"}},
            [
                "stops.lasting = 90 seconds: metrics are looked at by the minute; nearest: "
                "`2 minutes`"
            ],
        ),
        (
            {"stops": STOPS | {"lasting": "8 hours"}},
            [
                "stops.lasting = 8 hours: business hours are 8 hours a day: so long a silence "
                "never lies within them; shorter, or `hours: always`"
            ],
        ),
        (
            {"unit": "orders {a day}"},
            [
                "unit = orders {a day}: a unit is 1 to 40 characters without braces, `@` and line "
                "ends; such as `US dollars`"
            ],
        ),
    ],
)
def test_what_cannot_stand(orders: dict[str, Any], says: list[str]) -> None:
    assert refusal({"orders": ORDERS | orders}) == [f"business.orders.{each}" for each in says]


def test_a_silence_that_fits_into_business_hours_stands() -> None:
    plan({"orders": ORDERS | {"stops": STOPS | {"lasting": "479 minutes"}}})
    plan({"orders": ORDERS | {"stops": STOPS | {"lasting": "8 hours", "hours": "always"}}})
    longer = {"on": ["Monday"], "from": "08:00", "to": "20:00"}
    plan({"orders": ORDERS | {"stops": STOPS | {"lasting": "8 hours"}}}, business_hours=longer)


def test_two_metrics_do_not_count_one_thing() -> None:
    assert refusal({"orders": ORDERS, "sales": ORDERS}) == [
        "business.sales.metric = bynomi.orders: `business.orders` counts it already: two watchers "
        "of one thing; leave one of them out"
    ]


# ---- when nobody is told -------------------------------------------------------------------------


def quiet_at(stretches: tuple[QuietTime, ...], moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a downtime holds, counted from its starts as Datadog counts."""
    for stretch in stretches:
        for back in range(3):
            day = moment.astimezone(zone).date() - timedelta(days=back)
            if not stretch.opens_on(day):
                continue
            start = datetime.combine(day, stretch.from_, zone).astimezone(UTC)
            if start <= moment < start + stretch.lasts:
                return True
    return False


def told(hours: BusinessHours, lasting: timedelta, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a silence that is full at a moment lies within business hours, by the clocks."""
    end, start = moment.astimezone(zone), (moment - lasting).astimezone(zone)
    return (
        f"{end:%A}" in hours.on
        and start.date() == end.date()
        and hours.from_ <= start.time()
        and end.time() < hours.to
    )


OFFICE = BusinessHours()
NEW_YORK = ZoneInfo("America/New_York")


def test_outside_of_office_hours() -> None:
    assert outside(OFFICE, 30 * MINUTE) == (
        QuietTime(OFFICE.on, time(0), 9 * HOUR + 30 * MINUTE),
        QuietTime(OFFICE.on, time(17), 7 * HOUR),
        QuietTime(("Saturday", "Sunday"), time(0), 25 * HOUR),
    )
    every_day = BusinessHours(on=WEEKDAYS)
    assert [stretch.days for stretch in outside(every_day, HOUR)] == [WEEKDAYS, WEEKDAYS]


@pytest.mark.parametrize(
    # The weeks in which New York's clocks go on, go back, and an ordinary one.
    "monday",
    [date(2027, 3, 8), date(2027, 11, 1), date(2027, 6, 7)],
)
def test_each_minute_of_a_week_is_told_or_quiet_as_the_clocks_say(monday: date) -> None:
    stretches = outside(OFFICE, 30 * MINUTE)
    first = datetime.combine(monday, time(0), NEW_YORK).astimezone(UTC)
    # To Tuesday: the Sunday in between is the one on which the clocks change.
    for minutes in range(0, 8 * 24 * 60, 15):
        moment = first + minutes * MINUTE
        assert quiet_at(stretches, moment, NEW_YORK) is not told(
            OFFICE, 30 * MINUTE, moment, NEW_YORK
        ), moment.astimezone(NEW_YORK)


@settings(max_examples=20)
@given(
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.integers(0, 20),
    st.integers(1, 3),
    st.integers(5, 55),
)
def test_any_business_hours_in_a_zone_without_changes(
    days: set[Any], opens: int, length: int, lasting: int
) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    hours = BusinessHours.model_validate(
        {
            "on": [day for day in WEEKDAYS if day in days],
            "from": f"{opens:02}:00",
            "to": f"{opens + length:02}:00",
        }
    )
    stretches = outside(hours, lasting * MINUTE)
    first = datetime(2027, 6, 7, tzinfo=zone).astimezone(UTC)
    moments = [first + minutes * MINUTE for minutes in range(0, 7 * 24 * 60, 47)]
    wrong = [
        moment
        for moment in moments
        if quiet_at(stretches, moment, zone) is told(hours, lasting * MINUTE, moment, zone)
    ]
    assert wrong == []
