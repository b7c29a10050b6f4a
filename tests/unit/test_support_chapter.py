"""Support, contacts and providers: what a plan may say, and exactly what people read where it may
not."""

import copy
from typing import Any

import pytest
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs.pages import page_findings
from pulumi_upkeep.plan.support import chain, dialled, escalation_order, steps_of, tier_of

from tests.unit.plans import chapters, prod, secrets

TIERS = "support.tiers."


def refused(path: str, value: Any, *more: tuple[str, Any]) -> list[str]:
    """The faults of production's plan with a value at a path; None removes it."""
    given: dict[str, Any] = copy.deepcopy(chapters())
    for at, what in [(path, value), *more]:
        *parents, last = at.split(".")
        block: Any = given
        for name in parents:
            block = block[int(name)] if isinstance(block, list) else block.setdefault(name, {})
        if what is None:
            del block[last]
        else:
            block[last] = what
    try:
        Plan.from_config(given, secrets())
    except PlanError as error:
        return [str(fault) for fault in error.faults]
    return []


# ---- what it says --------------------------------------------------------------------------------


def test_each_tier_asks_the_next_one() -> None:
    of = prod()
    assert chain(of, "support") == (
        "support",
        "technical-support",
        "operations",
        "incident-response",
    )
    assert chain(of, "operations") == ("operations", "incident-response")
    assert chain(of, "shop") == ("shop",)
    assert (tier_of(of, "operations"), tier_of(of, "shop")) == ("tier-3", None)
    # Those that are asked by others are there before them.
    assert escalation_order(of) == (
        "incident-response",
        "operations",
        "technical-support",
        "support",
    )
    waits = [
        (team, step.page, int(step.wait.total_seconds()))
        for team, step in steps_of(of, "operations")
    ]
    assert waits == [
        ("operations", ("on call",), 300),
        ("operations", ("next on call",), 300),
        ("incident-response", ("whole team",), 600),
    ]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        # Bynomi's: what is dialled after ten digits is ignored.
        ("+1-800-BYNOMI-HELP", "+18002966644"),
        ("+1-800-FLOWERS", "+18003569377"),
        ("+44 20 7946 0018", "+442079460018"),
        ("+12065550100", "+12065550100"),
    ],
)
def test_letters_are_keys(written: str, number: str) -> None:
    assert dialled(written) == number
    assert refused("support.channels.hotline.phone", written) == []


# ---- what is refused -----------------------------------------------------------------------------

MINIMAL = {"priority": "p3", "owner": "shop"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "support.channels.hotline.phone",
            "800-BYNOMI-HELP",
            "support.channels.hotline.phone = 800-BYNOMI-HELP: not a phone number: it lacks its "
            "country; write `+1-800-BYNOMI-HELP`",
        ),
        (
            "support.channels.hotline.phone",
            "+1-800-HELP",
            "support.channels.hotline.phone = +1-800-HELP: not a phone number: after +1 there are "
            "ten digits or letters (E.164); write one such as `+1-800-555-0100` or "
            "`+1-800-COMPANY-HELP`",
        ),
        (
            "support.channels.hotline.phone",
            "ask Cora",
            "support.channels.hotline.phone = ask Cora: not a phone number; write one such as "
            "`+1-800-555-0100` or `+1-800-COMPANY-HELP`",
        ),
        (
            "support.channels.hotline.email",
            "help@bynomi.com",
            "support.channels.hotline: email and phone at once; name one of `email`, `url` and "
            "`phone`",
        ),
        (
            "support.channels.hotline.phone",
            None,
            "support.channels.hotline: no way to ask; name one of `email`, `url` and `phone`",
        ),
        (
            "support.channels.portal.tier",
            "tier-l",
            "support.channels.portal.tier = tier-l: no such tier in `support.tiers`; did you mean "
            "`tier-3`?",
        ),
        ("support.tiers.tier-1.team", None, f"{TIERS}tier-1.team: missing; required here"),
        (
            "support.tiers.tier-1.team",
            "suport",
            f"{TIERS}tier-1.team = suport: no such team in `teams`; did you mean `support`?",
        ),
        (
            "support.tiers.tier-1.team",
            "shop",
            f"{TIERS}tier-1.team = shop: nobody of it is on call; add `on_call.shop`",
        ),
        (
            "support.tiers.tier-2.team",
            "support",
            f"{TIERS}tier-2.team = support: is `support.tiers.tier-1` already: asking the next "
            "tier would ask the same people; give each tier a team of its own",
        ),
        (
            "support.tiers.emergency.escalates_to",
            "tier-2",
            f"{TIERS}emergency.escalates_to = tier-2: goes round in a circle: emergency -> tier-2 "
            "-> tier-3 -> emergency; leave it out of the last tier",
        ),
        (
            "support.tiers.tier-1.escalates_to",
            "tier-1",
            f"{TIERS}tier-1.escalates_to = tier-1: goes round in a circle: tier-1 -> tier-1; leave "
            "it out of the last tier",
        ),
        (
            "support.tiers.tier-3.escalates_to",
            "emergncy",
            f"{TIERS}tier-3.escalates_to = emergncy: no such tier in `support.tiers`; did you mean "
            "`emergency`?",
        ),
        (
            "support.tiers.tier-3.escalates_to",
            None,
            f"{TIERS}emergency: nobody reaches it: no channel leads there, and no tier escalates "
            "to it; add `tier: emergency` to a channel, or `escalates_to: emergency` to a tier",
        ),
        (
            "support.enquiries.aim",
            "3 days",
            "support.enquiries: the aim lies after the limit; let `aim` be at most `within`",
        ),
        (
            "support.triage.high.few",
            None,
            "support.triage.high.few: missing; say its `priority` and `owner`",
        ),
        (
            "support.triage.low.fewest",
            MINIMAL,
            "support.triage.low.fewest = fewest: no such impact in `impacts`; did you mean `few`?",
        ),
        (
            "support.triage.high.many.priority",
            "p3",
            "support.triage.high.many.priority = p3: comes after `high.few`, which is milder and "
            "is p2; nearest: `p2`",
        ),
        (
            "support.triage.low.few.owner",
            "shopp",
            "support.triage.low.few.owner = shopp: no such team in `teams`; did you mean `shop`?",
        ),
        (
            "contacts.devops-leed",
            {"role": "Deputy", "asked_for": "the same"},
            "contacts.devops-leed = devops-leed: no such person in `people`; did you mean "
            "`devops-lead`?",
        ),
        (
            "contacts.lead-developer.role",
            "devops lead",
            "contacts.lead-developer.role = devops lead: `contacts.devops-lead` has it: two owners "
            "of one thing; leave one of them out, or say how they differ",
        ),
        (
            "people.product-owner.phone",
            None,
            "contacts.product-owner: `people.product-owner` has no phone, and a contact is "
            "somebody who can be called; add `people.product-owner.phone: {secret: <name>}`",
        ),
        (
            "providers.payment.support",
            "+1 206 555",
            "providers.payment.support = +1 206 555: not a phone number that SMS can reach "
            "(E.164); write `+1206555`",
        ),
        (
            "providers.payment.support",
            "support.stripe.com",
            "providers.payment.support = support.stripe.com: an address without its scheme; write "
            "`https://support.stripe.com`",
        ),
        (
            "providers.payment.owner",
            "nobody",
            "providers.payment.owner = nobody: no such person in `people`; known: devops-lead, "
            "lead-developer, product-owner, support-desk, support-manager, technical-support",
        ),
        (
            "providers.payment.account",
            {"secret": "paymentAcount"},
            "providers.payment.account = paymentAcount: no such secret in the stack file; did you "
            "mean `paymentAccount`? Otherwise set it: `pulumi config set --secret "
            "upkeep:paymentAcount`",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_what_is_wrong_is_said_with_what_would_do(path: str, value: Any, said: str) -> None:
    assert said in refused(path, value)


def test_a_chain_of_more_steps_than_datadog_takes() -> None:
    step = {"page": "on call", "wait": "5 minutes"}
    told = refused("on_call.support.escalation", [step] * 6)
    assert told == [
        "support.tiers.tier-1: its escalation has 11 steps, those of `on_call.support` and "
        "`on_call.technical-support` and `on_call.operations` and `on_call.incident-response`: "
        "Datadog takes 10 (Datadog On-Call, escalation policies, limitations); page more people in "
        "one step: 1 fewer will do"
    ]
    assert refused("on_call.support.escalation", [step] * 5) == []


def test_all_that_is_wrong_is_said_at_once() -> None:
    told = refused(
        "support.tiers.tier-1.team",
        "nobody",
        ("support.channels.portal.tier", "tier-9"),
        ("contacts.product-owner.role", "Support Manager"),
    )
    assert [fault.split(" = ")[0] for fault in told] == [
        "contacts.support-manager.role",
        "support.channels.portal.tier",
        "support.tiers.tier-1.team",
    ]


# ---- tiers that are asked too late ---------------------------------------------------------------


def findings(**waits: str) -> list[str]:
    given = chapters()
    for step, wait in zip(
        given["on_call"]["operations"]["escalation"], waits.values(), strict=True
    ):
        step["wait"] = wait
    of = Plan.from_config(given, secrets())
    return [str(each) for each in page_findings(of) if each.code == "escalates-after-target"]


def test_a_tier_that_is_asked_when_the_time_is_over_is_noted() -> None:
    assert findings(first="5 minutes", second="5 minutes") == []
    assert findings(first="7 minutes", second="7 minutes") == []
    assert findings(first="10 minutes", second="5 minutes") == [
        "severities.p0: `incident-response` (tier emergency) is asked 15 minutes after "
        "`operations`, of 15 minutes to answer in; shorten the waits before it: 10 minutes, 5 "
        "minutes [escalates-after-target]"
    ]
    # A P1 has two hours.
    late = [each for each in findings(first="1 hour", second="1 hour") if "tier" in each]
    assert [each.split(":")[0] for each in late] == ["severities.p0", "severities.p1"]


def test_a_step_that_is_asked_when_the_time_is_over_is_noted() -> None:
    """One person would have all of the time, and nobody else any of it."""
    late = findings(first="15 minutes", second="5 minutes")
    assert [each for each in late if "anybody else" in each] == [
        "severities.p0: whoever does not answer is waited for 15 minutes until `operations` asks "
        "anybody else, of 15 minutes to answer in; shorten `on_call.operations.escalation.0.wait` "
        "[escalates-after-target]"
    ]
    near = findings(first="14 minutes", second="5 minutes")
    assert not [each for each in near if "anybody else" in each]
