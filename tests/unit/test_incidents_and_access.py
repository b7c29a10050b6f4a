"""The chapters `incidents` and `access`: what they say, and what is refused."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.incidents import DATADOG_SEVERITY
from pulumi_upkeep.plan.words import SEVERITIES

from tests.unit.plans import chapters, prod
from tests.unit.plans import secrets as shipped_secrets

Change = Callable[[dict[str, Any]], None]


def said(change: Change) -> list[str]:
    """The faults of production's plan after a change."""
    given = copy.deepcopy(chapters())
    change(given)
    try:
        Plan.from_config(given, shipped_secrets())
    except PlanError as error:
        return [str(fault) for fault in error.faults]
    return []


def set_(path: str, value: Any) -> Change:
    """``access.roles.reader.teams`` to a value; None takes it away."""

    def change(given: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            given = given[parent]
        if value is None:
            del given[last]
        else:
            given[last] = value

    return change


def test_the_shipped_plan_stands() -> None:
    assert said(lambda _: None) == []


def test_the_severities_are_mapped_once_and_in_order() -> None:
    assert [DATADOG_SEVERITY[each] for each in SEVERITIES] == ["SEV-1", "SEV-2", "SEV-3", "SEV-4"]


def test_who_leads_hears_of_what_needs_a_review() -> None:
    incidents = prod().incidents
    assert incidents is not None
    assert incidents.told_teams("p0") == ["incident-response", "support"]
    assert incidents.told_teams("p2") == []
    assert incidents.process.review_within == timedelta(days=5)


def test_the_roles_of_a_team() -> None:
    access = prod().access
    assert access is not None
    assert access.roles_of("operations") == ["operator", "reader"]
    assert access.roles_of("shop") == ["reader"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        # ---- incidents
        (
            set_("incidents.commander", None),
            "incidents.commander: nobody leads a P0; name the team that does: "
            "`commander: <team>`; known: incident-response, operations, shop, support, "
            "technical-support",
        ),
        (
            set_("incidents.commander", ["operations", "shop"]),
            "incidents.commander = [operations, shop]: 2 owners: what belongs to several is done "
            "by none; name one team: `operations`",
        ),
        (
            set_("incidents.commander", "incident-respons"),
            "incidents.commander = incident-respons: no such team in `teams`; did you mean "
            "`incident-response`?",
        ),
        (
            set_("incidents.process.resolve.by", ["operations", "shop"]),
            "incidents.process.resolve.by = [operations, shop]: 2 owners: what belongs to several "
            "is done by none; name one team: `operations`",
        ),
        (
            set_("incidents.process.detect.by", "nobody"),
            "incidents.process.detect.by = nobody: no such team in `teams`; known: "
            "incident-response, operations, shop, support, technical-support",
        ),
        (
            set_("incidents.told.p0", ["suport"]),
            "incidents.told.p0.0 = suport: no such team in `teams`; did you mean `support`?",
        ),
        (
            set_("incidents.roles.communications.by", "suport"),
            "incidents.roles.communications.by = suport: no such team in `teams`; did you mean "
            "`support`?",
        ),
        (
            set_("incidents.roles.incident-commander", {"means": "Leads", "by": "operations"}),
            "incidents.roles.incident-commander = incident-commander: Datadog has this role "
            "itself, and refuses another of its name; leave it out: `commander` says who leads",
        ),
        (
            set_("incidents.review.asks", []),
            "incidents.review.asks = []: a review that asks nothing; add what it has to answer: "
            "`- {about: root cause, question: What caused it?}`",
        ),
        (
            set_("incidents.review.asks", {"root cause": "What, and why?", "end": "How?"}),
            "incidents.review.asks: a block of keys has no order, and a document has one; write a "
            'list: `- {about: root cause, question: "What, and why?"}`, and so on',
        ),
        (
            set_("incidents.review.asks", [{"about": "root cause", "question": " "}]),
            "incidents.review.asks.0.question =  : empty; say it",
        ),
        (
            set_("incidents.review.asks", 2 * [{"about": "root cause", "question": "Why?"}]),
            "incidents.review.asks = [{about, question}, {about, question}]: two headings "
            "`root cause`; ask both in one, or name one otherwise",
        ),
        (
            set_("incidents.review.required_for", ["p1"]),
            "incidents.review.required_for = p1: p0 is graver than p1, and would need no review; "
            "add `p0`",
        ),
        (
            set_("incidents.process.review.within", "36 hours"),
            "incidents.process: `review` within 36 hours: what is owed is counted in whole days; "
            "nearest: `within: 2 days`",
        ),
        (
            set_("incidents.process.document.within", None),
            "incidents.process: `document` has no end, and what has none is never owed; add "
            "`within` to `document`: `within: 5 days`",
        ),
        (
            set_("incidents.process.document.within", "2 days"),
            "incidents.process.document.within = 2 days: ends before the review does, whose "
            "findings are documented; at least `5 days`",
        ),
        (
            set_("incidents.process.classify.within", "20 minutes"),
            "incidents.process.classify.within = 20 minutes: a P0 is answered within 15 minutes, "
            "and until it is classified nobody knows that it is one; at most `15 minutes`",
        ),
        (
            set_("incidents.process.investigate.within", "5 minutes"),
            "incidents.process.investigate.within = 5 minutes: ends before `classify` does, which "
            "comes first; at least `15 minutes`",
        ),
        # ---- access
        (
            set_("access.roles.reader.teams", []),
            "access.roles.reader.teams = []: nobody has it; name a team of `teams`, or leave the "
            "role out",
        ),
        (
            set_("access.roles.operator.teams", ["operation"]),
            "access.roles.operator.teams.0 = operation: no such team in `teams`; did you mean "
            "`operations`?",
        ),
        (
            set_("access.roles.reader.may", {}),
            "access.roles.reader.may: may nothing; add what it may: `see: [dashboards]`",
        ),
        (
            set_("access.roles.reader.may", {"run": ["runbooks"]}),
            "access.roles.reader.may: runs or approves runbooks that it may not see; add "
            "`runbooks` to `see`",
        ),
        (
            set_("access.break_glass.severity", None),
            "access.break_glass: break-glass that nobody hears of; add `severity: p0`",
        ),
        (
            set_("access.break_glass.severity", "p2"),
            "access.break_glass: break-glass that is told as p2 is read after it was used; "
            "`severity: p0` or `severity: p1`",
        ),
        (
            set_("access.break_glass.session", "30 minutes"),
            "access.break_glass.session = 30 minutes: a role's session lies between 1 hour and 12 "
            "hours (IAM, CreateRole, MaxSessionDuration); nearest: `1 hour`",
        ),
        (
            set_("access.break_glass.teams", ["incident-respons"]),
            "access.break_glass.teams.0 = incident-respons: no such team in `teams`; did you mean "
            "`incident-response`?",
        ),
        (
            set_(
                "access.roles.break-glass",
                {"means": "All", "teams": ["shop"], "may": {"see": ["monitors"]}},
            ),
            "access.roles.break-glass = break-glass: `access.break_glass` owns this role: two "
            "owners of one; give it another name, or leave one of the two out",
        ),
        (
            set_("people.newcomer", {"email": "new@bynomi.com"}),
            "people.newcomer: is in no team that has a role, and may see nothing of all this; add "
            "the person to a team, or their team to a role of `access.roles`",
        ),
    ],
    ids=lambda each: each[:60] if isinstance(each, str) else "",
)
def test_it_is_refused_with_its_path(change: Change, words: str) -> None:
    assert words in said(change)


def test_what_the_plan_does_not_have_nobody_may_see() -> None:
    def without(given: dict[str, Any]) -> None:
        del given["dashboards"]

    assert (
        "access.roles.reader.may = dashboards: the plan has no dashboards: chapter `dashboards` is "
        "empty; leave it out"
    ) in said(without)


@pytest.mark.parametrize(
    "change",
    [
        set_("incidents.process.classify.within", "10 minutes"),
        set_("incidents.process.document.within", "5 days"),
        set_("incidents.review.required_for", ["p0", "p1", "p2"]),
        set_("access.session", "12 hours"),
        set_("access.break_glass", None),
        set_("access.saml_provider", "bynomi-sso"),
    ],
)
def test_at_its_limit_it_stands(change: Change) -> None:
    assert said(change) == []
