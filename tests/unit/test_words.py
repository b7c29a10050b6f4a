"""Words: what people write becomes values, and values become the same words again."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.plan.faults import NotInWords
from pulumi_upkeep.plan.severities import parse_phone
from pulumi_upkeep.plan.words import (
    parse_clock,
    parse_duration,
    parse_email,
    parse_percentage,
    parse_region,
    parse_timezone,
    parse_url,
    say_duration,
    tell_duration,
)


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("1000 ms", timedelta(seconds=1)),
        ("1 minute", timedelta(minutes=1)),
        ("6 hours", timedelta(hours=6)),
        ("30days", timedelta(days=30)),
        ("2 weeks", timedelta(days=14)),
        # What is promised for a month is kept for the longest one.
        ("1 month", timedelta(days=31)),
        ("1 year", timedelta(days=366)),
    ],
)
def test_durations_are_read(written: str, length: timedelta) -> None:
    assert parse_duration(written) == length


@given(st.integers(min_value=1, max_value=10**12).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_duration_survives_being_written(length: timedelta) -> None:
    assert parse_duration(say_duration(length)) == length


@given(st.integers(min_value=1000, max_value=10**11).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_computed_length_is_never_told_shorter_than_it_is(length: timedelta) -> None:
    units = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
    words = tell_duration(length).split()
    told = sum(
        int(count) * units[unit.rstrip("s")]
        for count, unit in zip(words[::2], words[1::2], strict=True)
    )
    assert told >= length.total_seconds()


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(0), "nothing"),
        (timedelta(milliseconds=500), "500 ms"),
        (timedelta(minutes=41, seconds=5), "41 minutes 5 seconds"),
        (timedelta(hours=25), "25 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=51), "2 days 3 hours"),
        (timedelta(hours=64, minutes=55), "2 days 17 hours"),
    ],
)
def test_computed_lengths_are_told_as_people_say_them(length: timedelta, told: str) -> None:
    assert tell_duration(length) == told


@pytest.mark.parametrize(
    ("parse", "written", "rule", "remedy"),
    [
        (parse_duration, "30", "not a duration", "such as `30 days`"),
        (parse_duration, 30, "not a duration", "such as `30 days`"),
        (parse_duration, "0 days", "a duration of nothing", "`1 day`"),
        (parse_percentage, "180 %", "above 0 and at most at 100", "`100 %`"),
        (parse_percentage, "0 %", "above 0 and at most at 100", "`100 %`"),
        (parse_percentage, 80, "not a percentage", "write `80 %`"),
        (parse_clock, 840, "not a clock time", 'put it in quotes: `"14:00"`'),
        (parse_clock, "2:00", "not a clock time", '`"02:00"`'),
        (parse_clock, "24:00", "not a clock time", '`"02:00"`'),
        (parse_region, "us-wset-2", "not a region of AWS", "`us-west-2`"),
        (parse_url, "www.bynomi.com/cart", "without its scheme", "`https://www.bynomi.com/cart`"),
        (parse_url, "https://", "not an address", "`https://www.bynomi.com/`"),
        (parse_email, "devops", "not an email address", "`devops@bynomi.com`"),
        (parse_phone, "+1 206 555 0100", "E.164", "write `+12065550100`"),
        (parse_phone, "0206 555", "E.164", "the country's code"),
        (parse_timezone, "America/New_Yrok", "not a time zone", "`America/New_York`"),
        (parse_timezone, "New York", "not a time zone", "`America/New_York`"),
        (parse_timezone, "nowhere at all", "not a time zone", "IANA"),
        # Files beside the zones, which `zoneinfo` reads as well.
        (parse_timezone, "localtime", "no time zone", "`America/New_York`"),
        (parse_timezone, "posixrules", "no time zone", "`America/New_York`"),
        (parse_timezone, "Factory", "no time zone", "`America/New_York`"),
        (parse_timezone, "posix/America/New_York", "no time zone", "`America/New_York`"),
        (parse_timezone, "right/Europe/London", "no time zone", "`Europe/London`"),
    ],
)
def test_what_is_not_in_words_is_told_with_what_would_do(
    parse: object, written: object, rule: str, remedy: str
) -> None:
    with pytest.raises(NotInWords) as caught:
        parse(written)  # type: ignore[operator]
    assert rule in caught.value.rule
    assert remedy in caught.value.remedy


def test_a_bare_est_is_explained_and_not_guessed() -> None:
    with pytest.raises(NotInWords) as caught:
        parse_timezone("EST")
    assert caught.value.rule == (
        "`EST` does not say whose clocks: read by the letter it is UTC-5 all year, "
        "without summer time"
    )
    assert caught.value.remedy == (
        "write `America/New_York` for New York's clocks, or `Etc/GMT+5` for UTC-5 all year"
    )
    # Both that it offers are accepted.
    assert parse_timezone("America/New_York") == "America/New_York"
    assert parse_timezone("Etc/GMT+5") == "Etc/GMT+5"


def test_plain_values_are_read() -> None:
    assert parse_percentage("0.5 %") == 0.5
    assert parse_clock("23:59") == time(23, 59)
    assert parse_phone("+12025550100") == "+12025550100"
