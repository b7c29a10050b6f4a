"""Errors of a plan: which team hears of which, and what of it cannot stand."""

from typing import Any

import pytest
from pulumi_upkeep.plan.errors import ErrorRoute
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan

from tests.unit.plans import chapters, secrets

SECRETS = secrets()
SITE = {"datadog": "bynomi-site", "owner": "shop"}
WRITTEN: dict[str, Any] = {
    "front_end": {"site": SITE},
    "back_end": ["web"],
    "new": {"severity": "p2"},
    "frequent": {"above": 50, "severity": "p1"},
    "owner": "operations",
    "routes": [{"type": "Payment*", "owner": "shop", "severity": "p0"}],
    "slack_for": ["p0", "p1"],
}


def plan(edit: Any = None, **errors: Any) -> Plan:
    """The shipped plan with this chapter, some of it changed; None takes a key away."""
    written = chapters()
    changed = WRITTEN | errors
    written["errors"] = {key: value for key, value in changed.items() if value is not None}
    if edit:
        edit(written)
    return Plan.from_config(written, SECRETS)


def refusal(edit: Any = None, **errors: Any) -> list[str]:
    with pytest.raises(PlanError) as caught:
        plan(edit, **errors)
    return [str(fault) for fault in caught.value.faults]


def test_a_chapter_that_stands() -> None:
    errors = plan().errors
    assert errors is not None
    assert errors.reporting(plan()) == ["web"]
    assert errors.severities() == ["p0", "p1", "p2"]
    (route,) = errors.routes
    assert (route.type, route.called) == (("Payment*",), "payment")
    # One is written as it is, and handed on as the list that it is.
    assert errors.in_words()["routes"] == [
        {"type": ["Payment*"], "owner": "shop", "severity": "p0"}
    ]


def test_all_services_report_unless_some_are_named() -> None:
    every = plan(back_end=None)
    assert every.errors is not None
    assert every.errors.reporting(every) == sorted(every.services)


@pytest.mark.parametrize(
    ("route", "called"),
    [
        ({"type": "Payment*", "service": "web"}, "payment-web"),
        ({"service": ["site", "web"]}, "site-web"),
        ({"type": ["com.shop.PayError", "Stripe*"]}, "com-shop-payerror-stripe"),
        ({"type": "X*", "name": "tills"}, "tills"),
        ({"type": "A" * 60}, "a" * 40),
    ],
)
def test_a_route_is_called_after_what_it_takes(route: dict[str, Any], called: str) -> None:
    assert ErrorRoute(**route, owner="shop").called == called


@pytest.mark.slow
@pytest.mark.parametrize(
    ("errors", "says"),
    [
        (
            {"owner": "operation"},
            ["errors.owner = operation: no such team in `teams`; did you mean `operations`?"],
        ),
        (
            {"front_end": {"site": SITE | {"owner": "shops"}}},
            ["errors.front_end.site.owner = shops: no such team in `teams`; did you mean `shop`?"],
        ),
        (
            {"routes": [{"type": "A*", "owner": "nobody-at-all"}]},
            [
                "errors.routes.0.owner = nobody-at-all: no such team in `teams`; known: "
                "incident-response, operations, shop, support, technical-support"
            ],
        ),
        (
            {"back_end": ["wbe"]},
            ["errors.back_end.0 = wbe: no such service in `services`; did you mean `web`?"],
        ),
        (
            {"routes": [{"service": "sites", "owner": "shop"}]},
            [
                "errors.routes.0.service.0 = sites: no such service in `errors.front_end` or "
                "`errors.back_end`; did you mean `site`?"
            ],
        ),
        (
            {"front_end": {"web": SITE}},
            [
                "errors.front_end.web: `services` has one of that name, and routes could not tell "
                "them apart; give it a name of its own, such as `site`"
            ],
        ),
        (
            {"front_end": {"site": {"datadog": "bynomi-web"}}},
            [
                "errors.front_end.site.datadog = bynomi-web: is the name of `services.web`: what "
                "browsers report could not be told from what servers do; such as "
                "`bynomi-web-browser`"
            ],
        ),
        (
            {"new": None, "frequent": None, "routes": None},
            [
                "errors.new: nobody hears of any error: there is neither `new` nor `frequent`; "
                "such as `new: {severity: p2}`"
            ],
        ),
        (
            {"front_end": None, "back_end": [], "routes": None},
            [
                "errors: nothing reports an error; name a site in `front_end`, or a service in "
                "the chapter `services`"
            ],
        ),
        (
            {"routes": [{"owner": "shop"}]},
            ["errors.routes.0: takes every error; name a `type`, a `service` or both"],
        ),
        (
            {"routes": [{"type": "*", "owner": "shop"}]},
            ["errors.routes.0.type.0 = *: stands for every type; leave `type` out"],
        ),
        (
            {"routes": [{"type": "Shop::Payment Error", "owner": "shop"}]},
            [
                "errors.routes.0.type.0 = Shop::Payment Error: a type of errors has letters, "
                "digits, `.`, `_`, `$`, `-` and `*` for anything else; write `Shop*Payment*Error`"
            ],
        ),
        (
            {
                "routes": [
                    {"type": "Payment*", "owner": "shop"},
                    {"type": "PaymentDeclined", "service": "web", "owner": "operations"},
                ]
            },
            [
                "errors.routes.1: is never reached: routes before it take all of its errors; move "
                "it up, or leave it out"
            ],
        ),
        (
            {
                "routes": [
                    {"service": "site", "owner": "shop"},
                    {"service": "web", "owner": "shop"},
                    {"type": "Image*", "owner": "operations"},
                ]
            },
            [
                "errors.routes.2: is never reached: routes before it take all of its errors; move "
                "it up, or leave it out"
            ],
        ),
        (
            {
                "routes": [
                    {"type": "Payment*", "owner": "shop"},
                    {"type": "*Payment", "owner": "operations"},
                ]
            },
            [
                "errors.routes.1.name = payment: `errors.routes.0` is called so too; give one of "
                "them a `name` of its own"
            ],
        ),
        (
            {"routes": [{"type": "Rest*", "owner": "shop"}]},
            ["errors.routes.0.name = rest: what is left over is called so; give it a `name`"],
        ),
        (
            {"routes": [{"type": "$*", "owner": "shop"}]},
            ["errors.routes.0.name: its types give no name; give it a `name`"],
        ),
        (
            {"new": {"severity": "p2"}, "regressed": {"severity": "p2"}},
            [
                "errors.regressed: not a word of the plan; known here: front_end, new, frequent, "
                "owner, routes, back_end, slack_for, tickets_for"
            ],
        ),
        (
            {"new": {"severity": "p2", "regressed": {"severity": "p1"}}},
            [
                "errors.new: `regressed` is no key of its own: Datadog tells of a regression as "
                "of a new error; leave it out"
            ],
        ),
        (
            {"new": {"severity": "p2", "within": "3 days"}},
            [
                "errors.new.within = 3 days: the time in which errors are counted lies between 1 "
                "minute and 2 days (Datadog, error tracking monitors, 1 to 2,880 m); nearest: "
                "`2 days`"
            ],
        ),
        (
            {"frequent": {"above": 0, "severity": "p1"}},
            ["errors.frequent.above = 0: 1 at least; nearest: `1`"],
        ),
        (
            {"front_end": {"site": SITE | {"privacy": "none"}}},
            ["errors.front_end.site.privacy = none: not one of mask, mask-user-input, allow"],
        ),
    ],
)
def test_what_cannot_stand(errors: dict[str, Any], says: list[str]) -> None:
    assert refusal(**errors) == says


def test_critical_errors_must_be_told_in_slack() -> None:
    def without_slack(written: dict[str, Any]) -> None:
        del written["severities"]["p1"]["slack"]

    assert refusal(without_slack) == [
        "errors.slack_for.1 = p1: `severities.p1` tells no channel in Slack; add "
        "`slack: [incidents]` there, or leave it out here"
    ]
    plan(without_slack, slack_for=["p0"])


def without_tickets(written: dict[str, Any]) -> None:
    for severity in written["severities"].values():
        severity.pop("tickets", None)


def test_the_rest_must_open_a_ticket() -> None:
    assert refusal(without_tickets, tickets_for=["p2"]) == [
        "errors.tickets_for.0 = p2: `severities.p2` opens no ticket; add `tickets` there, or "
        "leave it out here"
    ]


def test_no_severity_falls_between_slack_and_tickets() -> None:
    said = refusal(without_tickets, slack_for=["p0"], tickets_for=["p2"])
    assert (
        "errors.tickets_for: errors may be p1, which is neither told in Slack nor opens a ticket; "
        "add `p1` here or to `slack_for`"
    ) in said
    assert not any("errors may be p0" in each or "errors may be p2" in each for each in said)


def test_routes_that_meet_but_do_not_cover_each_other_stand() -> None:
    plan(
        routes=[
            {"type": "Payment*", "service": "web", "owner": "shop"},
            {"type": "Payment*", "owner": "operations"},
            {"type": "*Error", "owner": "shop"},
        ]
    )


def test_two_services_that_are_one_to_datadog_do_not_both_report() -> None:
    def twice(written: dict[str, Any]) -> None:
        written["services"]["api"] = written["services"]["web"] | {"operation": "grpc.server"}

    assert refusal(twice, back_end=None) == [
        "errors.back_end = bynomi-web: `services.web` and `services.api` are one to Datadog, and "
        "would report each error twice; name one of them here"
    ]
    plan(twice)
