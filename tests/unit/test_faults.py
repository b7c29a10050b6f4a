"""Faults: all at once, each with path, value, rule and what would do."""

import re
from typing import Annotated, Literal

import pytest
from pulumi_upkeep.plan.faults import Fault, NotInWords, PlanError, from_validation, nearest, shown
from pulumi_upkeep.plan.objectives import Objectives
from pulumi_upkeep.plan.severities import SeverityDefinition
from pulumi_upkeep.plan.spelling import Spelling, dashed, untold
from pulumi_upkeep.plan.words import Name, Percentage, Secret, Severity, Words
from pydantic import Field, TypeAdapter, ValidationError, model_validator


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


class Typed(Words):
    """A key of each kind that people mistake for another."""

    severity: Severity = "p0"
    kind: Literal["only this"] = "only this"
    names: tuple[Name, ...] = Field(default=("a",), min_length=1)
    blocks: dict[Name, Inner] = Field(default_factory=dict)
    inner: Inner | None = None
    key: Secret | None = None
    owner: Name = "a"
    because_of: str = ""
    hours: Literal["business", "always"] = "always"
    months: tuple[Literal["May", "June"], ...] = Field(default=("May",), min_length=1)
    count: Annotated[int, Field(ge=1, le=9)] = 1
    because: Annotated[str, Field(min_length=3)] = "so it is"


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


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"severity": "P2"}, "severity = P2: not one of p0, p1, p2, p3; did you mean `p2`?"),
        ({"severity": "high"}, "severity = high: not one of p0, p1, p2, p3"),
        ({"kind": "that"}, "kind = that: not taken here; write `only this`"),
        ({"names": "web"}, "names = web: expected a list; write `[web]`"),
        ({"names": {"web": 1}}, "names = {web}: expected a list; write `-` before each entry"),
        ({"names": []}, "names = []: empty; name at least one"),
        (
            {"blocks": [{"above": "1 %"}]},
            "blocks = [{above}]: expected a block of keys; a list has no names: write `<name>:` "
            "before each entry, and no `-`",
        ),
        ({"blocks": None}, "blocks: expected a block of keys"),
        ({"inner": "80 %"}, "inner = 80 %: expected a block of keys; keys here: above"),
        ({"count": 0}, "count = 0: 1 at least; nearest: `1`"),
        ({"count": 10}, "count = 10: 9 at most; nearest: `9`"),
        ({"because": "x"}, "because = x: shorter than 3 characters; say a little more"),
        # Who answers for something is one; of other lists one thing is meant.
        ({"owner": ["a", "b"]}, "owner = [a, b]: two owners: one answers for it; name one"),
        ({"owner": ["a", "b", "c"]}, "owner = [a, b, c]: 3 owners: one answers for it; name one"),
        ({"owner": []}, "owner = []: no owner: one answers for it; name one"),
        ({"owner": ["a"]}, "owner = [a]: one is named here, without a list; write `a`"),
        (
            {"because_of": ["a", "b"]},
            "because_of = [a, b]: one is named here, without a list; name one",
        ),
        ({"owner": 7}, "owner = 7: expected text; put it in quotes"),
        ({"hours": "24/7"}, "hours = 24/7: not one of business, always; did you mean `always`?"),
        # What is misspelt in a list makes it no shorter.
        ({"months": ["Mai"]}, "months.0 = Mai: not one of May, June"),
        ({"months": []}, "months = []: empty; name at least one"),
    ],
)
def test_a_value_of_another_kind_is_told_what_would_do(
    written: dict[str, object], says: str
) -> None:
    assert faults_of(Typed, written) == [says]


def test_what_may_be_a_secret_is_not_shown() -> None:
    assert faults_of(Typed, {"key": "hunter2"}) == [
        "key: names a secret, whose value never stands in a plan; write `{secret: <name>}`, and "
        "`pulumi config set --secret upkeep:<name>`"
    ]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("home-page", None),
        ("x" * 40, None),
        ("Home_Page", "write `home-page`"),
        ("x" * 41, "such as `home-page`"),
        ("___", "such as `home-page`"),
        ("page\n", "write `page`"),
    ],
)
def test_a_name_is_spelt_as_it_has_to_be(written: str, says: str | None) -> None:
    names: TypeAdapter[str] = TypeAdapter(Name)
    if says is None:
        assert names.validate_python(written) == written
        return
    with pytest.raises(ValidationError) as caught:
        names.validate_python(written)
    assert caught.value.errors()[0]["ctx"]["error"].remedy == says


def test_a_spelling_is_what_the_schema_says() -> None:
    spelt: TypeAdapter[str] = TypeAdapter(Annotated[str, Spelling("^a+$", "is a's", "aa", dashed)])
    assert spelt.json_schema() == {"pattern": "^a+$", "type": "string"}


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("payments are declined", ""),
        ("https://user.example/a@b.example", ""),
        ("{{value}} of them", "`{{` is a variable or a block"),
        ("{x}", "`{` is a variable or a block"),
        ("tell @oncall-web", "`@oncall-web` tells somebody"),
    ],
)
def test_a_text_of_a_message_speaks_to_people_alone(text: str, speaks: str) -> None:
    if not speaks:
        assert untold(text) == text
        return
    with pytest.raises(NotInWords, match=re.escape(speaks)):
        untold(text)


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
