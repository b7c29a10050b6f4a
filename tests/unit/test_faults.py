"""Faults: all at once, each with path, value, rule and what would do."""

import pytest
from pulumi_upkeep.plan.faults import Fault, NotInWords, PlanError, from_validation, nearest, shown
from pulumi_upkeep.plan.objectives import Objectives
from pulumi_upkeep.plan.severities import SeverityDefinition
from pulumi_upkeep.plan.words import Percentage, Words
from pydantic import ValidationError, model_validator


class Inner(Words):
    above: Percentage


class Outer(Words):
    name: str
    count: int = 1
    inner: dict[str, Inner] = {}  # noqa: RUF012

    @model_validator(mode="after")
    def _checked(self) -> "Outer":
        if self.count == 13:
            raise PlanError([Fault("count", "not that one", "13"), Fault("name", "nor that")])
        if self.count == 14:
            raise NotInWords("nor that one", "try `15`")
        return self


def faults_of(model: type[Words], given: object, at: str = "") -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return [str(fault) for fault in from_validation(caught.value, model, at)]


def test_every_fault_is_named_with_its_path() -> None:
    given = {"nam": "x", "count": "many", "inner": {"a": {"above": "180 %"}, "b": {"abov": "1 %"}}}
    assert sorted(faults_of(Outer, given)) == [
        "count = many: expected a whole number",
        "inner.a.above = 180 %: a percentage lies above 0 and at most at 100; at most `100 %`",
        "inner.b.abov: not a word of the plan; did you mean `above`?",
        "inner.b.above: missing; required here",
        "nam: not a word of the plan; did you mean `name`?",
        "name: missing; required here",
    ]


def test_a_word_that_is_near_to_none_names_what_is_known() -> None:
    assert faults_of(Outer, {"name": "x", "zzz": 1}, at="chapter") == [
        "chapter.zzz: not a word of the plan; known here: name, count, inner"
    ]


def test_a_validator_may_find_several_faults_or_one_with_its_remedy() -> None:
    assert faults_of(Outer, {"name": "x", "count": 13}, at="it") == [
        "it.count = 13: not that one",
        "it.name: nor that",
    ]
    assert faults_of(Outer, {"name": "x", "count": 14}) == ["plan: nor that one; try `15`"]


def test_the_members_of_a_union_do_not_show_in_a_path() -> None:
    definition = {"means": "x", "respond_within": "1 hour", "hours": "always"}
    assert faults_of(SeverityDefinition, definition | {"sms": ["12"]}) == [
        "sms.0 = 12: not a phone number that SMS can reach (E.164); write `+`, the country's code "
        "and the number, such as `+12065550100`"
    ]
    assert faults_of(SeverityDefinition, definition | {"sms": [{"secrt": "x"}]}) == [
        "sms.0.secret: missing; required here",
        "sms.0.secrt: not a word of the plan; did you mean `secret`?",
    ]
    assert faults_of(Objectives, {"retention": {"orders": {"every day": "7"}}}) == [
        "retention.orders.every day = 7: not a duration; write a number and a unit, such as "
        "`7 days`"
    ]
    assert faults_of(Objectives, {"retention": {"orders": "7"}}) == [
        "retention.orders = 7: not a duration; write a number and a unit, such as `7 days`"
    ]


def test_an_error_counts_and_sorts_its_faults_and_says_each_once() -> None:
    error = PlanError([Fault("b", "rule"), Fault("a", "rule"), Fault("b", "rule")], "it")
    assert str(error) == "it: 2 faults\n  a: rule\n  b: rule"
    assert str(PlanError([Fault("a", "rule", "1", "try 2")])) == (
        "plan: 1 fault\n  a = 1: rule; try 2"
    )


def test_the_nearest_word_is_near() -> None:
    assert nearest("ordrs", ["orders", "web"]) == "orders"
    assert nearest("zzz", ["orders", "web"]) is None


def test_values_are_shown_on_one_line() -> None:
    assert shown(["a", "b"]) == "[a, b]"
    assert shown({"a": 1, "b": 2}) == "{a, b}"
    assert shown("x" * 80) == "x" * 57 + "..."
