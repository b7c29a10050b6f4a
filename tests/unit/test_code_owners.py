"""CODEOWNERS: a change of the plan takes the review of those whose role may `change` it."""

import pytest
from pulumi_upkeep.plan.access import code_owner_faults
from pulumi_upkeep.plan.read import load_plan

from tests.unit.plans import ROOT, prod

OWN = ROOT / ".github" / "CODEOWNERS"


def faults(text: str) -> list[str]:
    access = prod().access
    assert access is not None
    return [str(fault) for fault in code_owner_faults(access, text, "Pulumi.prod.yaml")]


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_the_repositorys_own_says_what_its_plans_say(stack: str) -> None:
    file = f"Pulumi.{stack}.yaml"
    access = load_plan(ROOT / file).access
    assert access is not None
    assert access.changing() == ["operations"]
    assert list(code_owner_faults(access, OWN.read_text(encoding="utf-8"), file)) == []


UNREVIEWED = (
    "a change of Pulumi.prod.yaml does not take the review of operations, whose role may `change` "
    "it; write `/Pulumi.prod.yaml @<organization>/operations` below it"
)
NO_TEAM = (
    "no team that may `change` anything by `access.roles`, and its review would be enough; "
    "may: operations"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* @bynomi/operations", []),
        ("# All.\n*.yaml  @bynomi/operations # of the plan\n", []),
        ("**/Pulumi.*.yaml @bynomi/operations", []),
        ("", [f"CODEOWNERS: {UNREVIEWED}"]),
        ("/docs/ @bynomi/operations", [f"CODEOWNERS: {UNREVIEWED}"]),
        # The last line that matches counts, and one without owners takes them away.
        ("* @bynomi/operations\n/Pulumi.prod.yaml", [f"CODEOWNERS.2: {UNREVIEWED}"]),
        (
            "* @bynomi/operations\n/.github/ @bynomi/operations @bynomi/leads",
            [f"CODEOWNERS.2 = @bynomi/leads: {NO_TEAM}"],
        ),
        ("* @bynomi/operations @ada", [f"CODEOWNERS.1 = @ada: {NO_TEAM}"]),
        (
            "* @bynomi/shop",
            [f"CODEOWNERS.1 = @bynomi/shop: {NO_TEAM}", f"CODEOWNERS.1: {UNREVIEWED}"],
        ),
        ("* ops@bynomi.com @bynomi/operations", [f"CODEOWNERS.1 = ops@bynomi.com: {NO_TEAM}"]),
    ],
)
def test_others_than_the_plan_says_are_found(text: str, expected: list[str]) -> None:
    assert faults(text) == expected
