"""The uptime chapter beyond single addresses: journeys, browsers, names, places, what they cost."""

from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan.faults import from_validation
from pulumi_upkeep.plan.plan import read_chapters
from pulumi_upkeep.plan.synthetic_runs import PRICE_OF_A_RUN
from pulumi_upkeep.plan.uptime import Uptime
from pydantic import ValidationError

from tests.unit.plans import chapters, secrets

MINIMAL: dict[str, Any] = {
    "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
    "severity": "p0",
    "within": "1000 ms",
    "checks": {"homepage": {"url": "https://www.bynomi.com/"}},
}
BUY: dict[str, Any] = {
    "secrets": {"SHOPPER": {"secret": "basketKey"}},
    "steps": [
        {
            "name": "Fill the cart",
            "url": "https://www.bynomi.com/api/cart",
            "method": "POST",
            "headers": {"X-Shopper": "{{ SHOPPER }}"},
            "take": {"CART": {"json": "$.id"}},
        },
        {"name": "Check out", "url": "https://www.bynomi.com/api/checkout/{{ CART }}"},
    ],
}
PAY: dict[str, Any] = {
    "url": "https://www.bynomi.com/checkout",
    "because": "A script of the payment processor draws the form.",
    "steps": [{"see_element": "#card-number"}],
}
INSIDE = {"inside": {"means": "Staging's network", "worker": "A container on the web servers"}}


def uptime(**written: Any) -> Uptime:
    return Uptime.model_validate(MINIMAL | written)


def refused(**written: Any) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        uptime(**written)
    return [str(fault) for fault in from_validation(raised.value, Uptime)]


def steps(**edits: Any) -> dict[str, Any]:
    """The journey with its second step changed."""
    return {"buy": BUY | {"steps": [BUY["steps"][0], BUY["steps"][1] | edits]}}


def test_a_chapter_with_everything() -> None:
    whole = uptime(
        journeys={"buy": BUY},
        browsers={"pay": PAY},
        dns={"www": {"name": "www.bynomi.com"}},
        private_locations=INSIDE,
        checks={"admin": {"url": "https://admin.internal/", "locations": ["pl:inside"]}},
    )
    assert whole.test_names() == ["admin", "browser-pay", "dns-www", "journey-buy"]
    assert whole.secrets() == {"basketKey": ["uptime.journeys.buy.secrets.SHOPPER"]}
    assert whole.journeys["buy"].every == timedelta(minutes=5)
    assert whole.browsers["pay"].every == timedelta(minutes=15)
    # What was written is what a component takes and checks again.
    assert Uptime.model_validate(whole.in_words()) == whole


BAD: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"every": "90500 ms"},
        ["every = 90500 ms: tests run by the second [Datadog synthetics]; nearest: `91 seconds`"],
    ),
    (
        {"browsers": {"pay": PAY | {"every": "600001 ms"}}},
        [
            "browsers.pay.every = 600001 ms: tests run by the second [Datadog synthetics]; "
            "nearest: `601 seconds`"
        ],
    ),
    (
        {"journeys": {"buy": BUY | {"steps": BUY["steps"][:1]}}},
        ["journeys.buy.steps: a journey of one request; add a step, or make it one of `checks`"],
    ),
    (
        {"journeys": steps(url="https://www.bynomi.com/api/checkout/{{ CARD }}")},
        [
            "journeys.buy.steps.0.take.CART: no later step names it; leave it out",
            "journeys.buy.steps.1.url = {{ CARD }}: no such variable: neither a secret, nor taken "
            "from an earlier answer; did you mean `CART`?",
        ],
    ),
    (
        {"journeys": steps(take={"CART": {"json": "$.id"}})},
        [
            "journeys.buy.steps.1.take.CART: the name is taken already; give each variable a name "
            "of its own"
        ],
    ),
    (
        {"journeys": {"buy": BUY | {"secrets": BUY["secrets"] | {"OTHER": {"secret": "x"}}}}},
        ["journeys.buy.secrets.OTHER: no step names it; leave it out"],
    ),
    (
        {"journeys": steps(url="www.bynomi.com/checkout/{{ CART }}")},
        [
            "journeys.buy.steps.1.url = www.bynomi.com/checkout/{{ CART }}: an address without its "
            "scheme; write `https://www.bynomi.com/checkout/x`"
        ],
    ),
    (
        {"journeys": steps(url="https://www.bynomi.com/{ CART }")},
        [
            "journeys.buy.steps.1.url = https://www.bynomi.com/{ CART }: braces that are no "
            "variable; write `{{ NAME }}`"
        ],
    ),
    (
        {"journeys": {"buy": BUY | {"every": "10 seconds"}}},
        [
            "journeys.buy.every = 10 seconds: a check's interval lies between 30 seconds and 7 "
            "days (Datadog synthetics, tick_every); nearest: `30 seconds`"
        ],
    ),
    (
        {"browsers": {"pay": PAY | {"every": "1 minute"}}},
        [
            "browsers.pay.every = 1 minute: a browser test's interval lies between 5 minutes and 7 "
            "days (Datadog synthetics, browser tests: more often needs its support); nearest: `5 "
            "minutes`"
        ],
    ),
    (
        {"browsers": {"pay": PAY | {"steps": [{"click": "#pay"}]}}},
        ["browsers.pay.steps: looks at nothing, so cannot fail; add `see: some text`"],
    ),
    (
        {"browsers": {"pay": PAY | {"steps": [{"click": "#pay", "see": "Paid"}]}}},
        ["browsers.pay.steps.0: a step does one thing; write each on its own"],
    ),
    (
        {"retries": 3, "browsers": {"pay": PAY}},
        [
            "retries = 3: browser tests are repeated at most 2 times (Datadog synthetics, "
            "retry.count of a browser test); nearest: `2`"
        ],
    ),
    (
        {"browsers": {"pay": PAY | {"every": "10 minutes"}}},
        [
            "browser_runs_at_most = 10000: browser tests run 13,140 times a month, USD 158; "
            "`browsers.pay.every: 14 minutes`, or `browser_runs_at_most: 13140`"
        ],
    ),
    (
        {"checks": {"admin": {"url": "https://x.example/", "locations": ["pl:inside"]}}},
        [
            "checks.admin.locations.0 = pl:inside: no such place in `uptime.private_locations`; "
            "declare it there"
        ],
    ),
    (
        {"private_locations": INSIDE},
        [
            "private_locations.inside: nothing is asked from there; name `pl:inside` among the "
            "`locations` of a check, or leave it out"
        ],
    ),
    (
        {"dns": {"www": {"name": "https://www.bynomi.com"}}},
        [
            "dns.www.name = https://www.bynomi.com: the name of a host, without a scheme and "
            "without a path; write `www.bynomi.com`"
        ],
    ),
    (
        {"checks": {"journey-buy": {"url": "https://x.example/"}}},
        [
            "checks.journey-buy: names that begin with `journey-` are those of other tests; such "
            "as `buy`"
        ],
    ),
    (
        {"journeys": {"buy": BUY | {"locations": ["aws:us-east-1"]}}},
        [
            "journeys.buy.locations = [aws:us-east-1]: 1 location: fewer than 3 cannot tell their "
            "own outage from yours; name at least 3, such as `aws:us-east-1`"
        ],
    ),
]


@pytest.mark.parametrize(("written", "lines"), BAD, ids=[lines[0][:40] for _, lines in BAD])
def test_what_cannot_stand_is_refused_with_what_would_do(
    written: dict[str, Any], lines: list[str]
) -> None:
    assert sorted(refused(**written)) == sorted(lines)


@pytest.mark.parametrize(
    "written",
    [
        {"journeys": {"buy": BUY | {"every": "30 seconds"}}},
        {"browsers": {"pay": PAY | {"every": "5 minutes"}}, "browser_runs_at_most": 26_280},
        {"browsers": {"pay": PAY | {"every": "14 minutes"}}},
        {"retries": 2, "browsers": {"pay": PAY}},
        {"retries": 3},
        {
            "private_locations": INSIDE,
            "checks": {"admin": {"url": "https://x.example/", "locations": ["pl:inside"]}},
        },
        # Known to Datadog by its id, and not declared here.
        {"locations": ["pl:office-0123456789abcdef0123456789abcdef"], "failed_from": 1},
    ],
)
def test_the_nearest_values_are_taken(written: dict[str, Any]) -> None:
    uptime(**written)


def test_what_runs_how_often_in_a_month() -> None:
    whole = uptime(
        every="1 minute",
        journeys={"buy": BUY},
        browsers={
            "pay": PAY
            | {"devices": ["chrome.laptop_large", "chrome.mobile_small"], "every": "30 minutes"}
        },
        dns={"www": {"name": "www.bynomi.com"}},
    )
    assert {each.name: (each.kind, each.runs) for each in whole.runs_a_month()} == {
        # 730 hours: once a minute from three places.
        "homepage": ("api", 730 * 60 * 3),
        "certificate-www.bynomi.com": ("api", 730 * 3),
        "dns-www": ("api", 730 * 12 * 3),
        # Two requests each time.
        "journey-buy": ("api", 730 * 12 * 3 * 2),
        # On two devices.
        "browser-pay": ("browser", 730 * 2 * 3 * 2),
    }
    prices = {each.name: round(each.price, 2) for each in whole.runs_a_month()}
    assert prices["homepage"] == 65.7
    assert prices["browser-pay"] == 105.12
    assert PRICE_OF_A_RUN["browser"] / PRICE_OF_A_RUN["api"] == 24


def test_a_certificate_is_asked_from_wherever_its_checks_ask() -> None:
    whole = uptime(
        private_locations=INSIDE,
        checks={
            "admin": {"url": "https://admin.internal/", "locations": ["pl:inside"]},
            "homepage": {"url": "https://www.bynomi.com/"},
        },
    )
    assert whole.locations_of_host("admin.internal") == ("pl:inside",)
    assert whole.locations_of_host("www.bynomi.com") == tuple(sorted(MINIMAL["locations"]))


def faults_of(**edits: Any) -> list[str]:
    return [str(fault) for fault in read_chapters(chapters() | edits, secrets()).faults]


def test_a_secret_of_a_journey_must_be_in_the_stack_file() -> None:
    written = chapters()["uptime"] | {"journeys": {"buy": BUY}, "browsers": {}}
    assert faults_of(uptime=written, status_page=None) == [
        "uptime.journeys.buy.secrets.SHOPPER = basketKey: no such secret in the stack file; set "
        "it: `pulumi config set --secret upkeep:basketKey`"
    ]


PAGE = {"name": "Bynomi", "address": "bynomi"}


def page_faults(*shows: dict[str, Any], **edits: Any) -> list[str]:
    plain = {key: value for key, value in chapters()["uptime"].items() if key in MINIMAL}
    page = PAGE | {"shows": list(shows)} | edits
    services = {"web": chapters()["services"]["web"] | {"checks": ["homepage"]}}
    return faults_of(uptime=plain, status_page=page, services=services)


def test_a_status_page_is_judged_by_tests_that_there_are() -> None:
    assert page_faults({"name": "Shop", "judged_by": ["homepage"]}) == []
    assert page_faults({"name": "Shop", "judged_by": ["homepage", "chekout"]}) == [
        "status_page.shows.0.judged_by.1 = chekout: no such test in `uptime`; did you mean "
        "`checkout`?"
    ]


def test_each_test_speaks_for_one_thing() -> None:
    assert page_faults(
        {"name": "Shop", "judged_by": ["homepage"]}, {"name": "Site", "judged_by": ["homepage"]}
    ) == [
        "status_page: `homepage` stands under `Shop` and `Site`; let each test speak for one thing"
    ]


def test_the_address_of_a_page_is_a_name_of_a_host() -> None:
    (fault,) = page_faults({"name": "Shop", "judged_by": ["homepage"]}, address="Bynomi Shop")
    assert fault == (
        "status_page.address = Bynomi Shop: what stands before `.statuspage.datadoghq.com`: "
        "lower-case letters, digits and hyphens, 63 at most [Datadog]; write `bynomi-shop`"
    )
