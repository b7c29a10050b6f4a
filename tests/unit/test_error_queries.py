"""Searches for errors: each error belongs to one route, what is compiled reads back, and Datadog's
rules take it."""

import fnmatch
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.observe.queries.error_tracking import Issues, errors_of
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.plan.errors import ErrorRoute, Share, covers, overlap, shares
from pulumi_upkeep.plan.faults import NotInWords

from sandbox.datadog.monitor_rules import faults

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SERVICES = ("api", "site", "web")
# A small alphabet, so that patterns meet.
types = st.text("ab.", min_size=1, max_size=4)
patterns = st.text("ab*", min_size=1, max_size=4).filter(lambda text: text.strip("*") != "")


def found(search: str, service: str, type_: str) -> bool:
    """Whether a search finds an error, read by the words of Datadog's search syntax alone."""

    def term(text: str) -> str:
        minus = "not " if text.startswith("-") else ""
        facet, _, wanted = text.lstrip("-").partition(":")
        value = {"env": "prod", "service": service, "@error.type": type_}[facet]
        either = wanted.strip("()").split(" OR ")
        return minus + str(any(fnmatch.fnmatchcase(value, each) for each in either))

    words = re.findall(r"-?[@\w.]+:\([^)]*\)|-?[@\w.]+:[^\s()]+|OR|[()]", search)
    text = ""
    for before, word in zip(["OR", *words], words, strict=False):
        if word not in ("OR", ")") and before not in ("OR", "("):
            text += " and "
        text += {"OR": " or ", "(": "(", ")": ")"}.get(word) or term(word)
    return bool(eval(text))


@st.composite
def routes(draw: st.DrawFn) -> ErrorRoute:
    type_ = draw(st.lists(patterns, max_size=2))
    service = draw(st.lists(st.sampled_from(SERVICES), max_size=2, unique=True))
    if not (type_ or service):
        type_ = ["a*"]
    return ErrorRoute(type=tuple(type_), service=tuple(service), owner="shop")


@pytest.mark.slow
@given(st.lists(routes(), max_size=5), st.sampled_from(SERVICES), types)
def test_an_error_is_found_by_the_first_route_that_takes_it_and_by_no_other(
    given_: list[ErrorRoute], service: str, type_: str
) -> None:
    wanted = next(
        (
            index
            for index, route in enumerate(given_)
            if (not route.service or service in route.service)
            and (not route.type or any(fnmatch.fnmatchcase(type_, each) for each in route.type))
        ),
        len(given_),
    )
    taken, left = shares(given_, SERVICES)
    searches = [errors_of("prod", mine) if mine else "" for mine in [*taken, left]]
    finding = [
        index for index, search in enumerate(searches) if search and found(search, service, type_)
    ]
    assert finding == [wanted]


@given(patterns, patterns, st.lists(types, max_size=20))
def test_patterns_that_cover_or_miss_each_other(one: str, other: str, some: list[str]) -> None:
    both = [t for t in some if fnmatch.fnmatchcase(t, one) and fnmatch.fnmatchcase(t, other)]
    assert overlap(one, other) or not both
    assert overlap(one, other) == overlap(other, one)
    if covers(one, other):
        assert overlap(one, other)
        assert all(fnmatch.fnmatchcase(t, one) for t in some if fnmatch.fnmatchcase(t, other))


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("Payment*", "*Error", True),
        ("Payment*", "Stripe*", False),
        ("a*b", "ab", True),
        ("a*b", "ba", False),
        ("a", "a", True),
        ("*a*", "bb", False),
    ],
)
def test_patterns_meet(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is meet


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        ("Payment*", "PaymentDeclined", True),
        ("Payment*", "Payment*Error", True),
        ("Payment*Error", "Payment*", False),
        ("Payment", "Payment*", False),
        ("*", "Anything", True),
    ],
)
def test_a_pattern_covers_another(wide: str, narrow: str, does: bool) -> None:
    assert covers(wide, narrow) is does


@given(
    st.sampled_from(("new", "impact")),
    st.sampled_from(("all", "browser", "backend")),
    st.integers(0, 10_000),
    st.integers(1, 2 * 24 * 60),
)
def test_a_query_reads_back(kind: Any, source: Any, above: int, minutes: int) -> None:
    search = "env:prod service:web -@error.type:Image*"
    compiled = Issues(kind, search, source, above, timedelta(minutes=minutes)).compile()
    said = read(compiled.query)
    assert (said.kind, said.metric, said.reduced) == ("errors", search, "count")
    assert (said.compares, said.window) == ((">", above), timedelta(minutes=minutes))
    assert said.options == {"source": source, "kind": kind, "by": "@issue.id"}
    assert compiled.thresholds is not None
    assert compiled.thresholds.critical == str(above)
    monitor = {
        "type": compiled.type,
        "query": compiled.query,
        "name": "one",
        "options": {"thresholds": {"critical": above}, "on_missing_data": "resolve"},
    }
    assert faults(monitor, {}) == []


@pytest.mark.parametrize("within", [timedelta(0), 2 * DAY + timedelta(minutes=1)])
def test_a_window_that_datadog_does_not_have_cannot_be_written(within: timedelta) -> None:
    with pytest.raises(NotInWords, match="looks back 1 minute to 2 days"):
        Issues("new", "env:prod", "all", 0, within).compile()


def test_searches_are_as_short_as_they_can_be() -> None:
    whole, some = Share((), ()), Share(("Payment*", "Stripe*"), ())
    assert errors_of("prod", {"web": whole}) == "env:prod service:web"
    assert errors_of("prod", {"web": whole, "site": whole}) == "env:prod service:(site OR web)"
    assert errors_of("prod", {"web": some}) == (
        "env:prod service:web @error.type:(Payment* OR Stripe*)"
    )
    assert errors_of("prod", {"web": Share((), ("Image*",)), "site": some}) == (
        "env:prod ((service:site @error.type:(Payment* OR Stripe*)) OR "
        "(service:web -@error.type:Image*))"
    )


GOOD = 'error-tracking("env:prod").source("all").new().rollup("count").by("@issue.id").last("1d")'


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (f"{GOOD} > 0", []),
        (GOOD.replace("@issue.id", "issue.id,env") + " > 0", []),
        (GOOD.replace("new()", "impact()") + " > 0", []),
        (
            'error-tracking-rum("x").rollup("count").by("@issue.id").last("1h") >= 1',
            [],
        ),
        (
            GOOD.replace("error-tracking(", "error-tracking-web(") + " > 0",
            [
                "error-tracking-web is none of error-tracking, error-tracking-logs, "
                "error-tracking-rum, error-tracking-traces"
            ],
        ),
        (
            GOOD.replace('"all"', '"logs"') + " > 0",
            [".source() is one of all, backend, browser, mobile, and given once"],
        ),
        (
            GOOD.replace('.source("all")', "") + " > 0",
            [".source() is one of all, backend, browser, mobile, and given once"],
        ),
        (GOOD.replace(".new()", "") + " > 0", ["it is either .new() or .impact()"]),
        (GOOD.replace(".new()", ".new().impact()") + " > 0", ["it is either .new() or .impact()"]),
        (f"{GOOD} >= 1", ["an error tracking monitor alerts above a number"]),
        (
            GOOD.replace("env:prod", "issue.id:1").replace('.by("@issue.id")', "") + " > 0",
            ["an error tracking monitor groups by issue.id"],
        ),
        (
            GOOD.replace('.rollup("count")', "") + " > 0",
            ["an error tracking monitor counts by .rollup()"],
        ),
        (
            GOOD.replace('"1d"', '"49h"') + " > 0",
            ["the window 49h is not possible for a error-tracking alert"],
        ),
    ],
)
def test_what_datadog_takes_and_refuses(query: str, says: list[str]) -> None:
    monitor = {"type": "error-tracking alert", "query": query, "name": "one", "options": {}}
    assert faults(monitor, {}) == [
        f"The value provided for parameter 'query' is invalid: {each}." for each in says
    ]
