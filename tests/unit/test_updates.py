"""Updates: what the plan says, and whether a dependabot.yml does it."""

import copy
import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pulumi_upkeep.plan.calendar import SOURCES
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.updates import INTERVALS, Updates, dependabot_faults, updates_occasions
from pulumi_upkeep.plan.yaml12 import parse_yaml

from tests.unit.plans import ROOT, prod
from tests.unit.test_releases import BESIDE, SECRETS

APPLICATION = ROOT / "examples" / "application" / ".github"
OWN = ROOT / ".github" / "dependabot.yml"
BYNOMI: dict[str, Any] = {
    "owner": "shop",
    "packages": {
        "node": {"in": "docker", "every": "quarter"},
        "next": {"in": "npm", "minor": "month", "major": "quarter"},
    },
}


def read(path: Path) -> dict[str, Any]:
    found = parse_yaml(path.read_text(encoding="utf-8"), path.name)
    assert isinstance(found, dict)
    return found


def template() -> dict[str, Any]:
    return read(APPLICATION / "dependabot.yml")


# ---- by the schema that is published -----------------------------------------------------------


def schema(name: str) -> Any:
    """As check-jsonschema carries it (SchemaStore)."""
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json"
    return json.loads(vendored.read_text(encoding="utf-8"))


def faults_of(document: Any) -> list[str]:
    validator = jsonschema.Draft7Validator(schema("dependabot"))
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("path", [OWN, APPLICATION / "dependabot.yml"], ids=["own", "application"])
def test_it_is_what_dependabot_takes(path: Path) -> None:
    assert faults_of(read(path)) == []


def test_what_dependabot_does_not_take_is_seen() -> None:
    wrong = template()
    wrong["updates"][0]["schedule"]["interval"] = "fortnightly"
    wrong["updates"][1]["cadence"] = "quarterly"
    said = " ".join(faults_of(wrong))
    assert "fortnightly" in said
    assert "cadence" in said


def test_every_interval_of_the_plan_is_one_of_dependabots() -> None:
    known = schema("dependabot")["definitions"]["schedule-interval"]["enum"]
    assert set(INTERVALS.values()) <= set(known)


# ---- by the plan -------------------------------------------------------------------------------


def said(document: Any, updates: Any = None) -> list[str]:
    return [str(each) for each in dependabot_faults(Updates(**(updates or BYNOMI)), document)]


def test_the_applications_template_does_what_the_shipped_plan_says() -> None:
    updates = prod().updates
    assert updates is not None
    assert set(updates.packages) == {"node", "next"}
    assert [str(each) for each in dependabot_faults(updates, template())] == []


@pytest.mark.parametrize(
    ("entry", "edit", "expected"),
    [
        (
            0,
            {"schedule": {"interval": "weekly"}},
            [
                f"updates.packages.next = month: dependabot.yml proposes its {step} versions "
                "weekly by `updates.0`; one entry of npm, monthly"
                for step in ("minor", "patch")
            ],
        ),
        (
            1,
            {"schedule": {"interval": "monthly"}},
            [
                "updates.packages.next = quarter: dependabot.yml proposes its major versions "
                "monthly by `updates.1`; one entry of npm, quarterly"
            ],
        ),
        # Two entries propose one thing: whichever comes first.
        (
            0,
            {"ignore": []},
            [
                "updates.packages.next = quarter: dependabot.yml proposes its major versions "
                "monthly by `updates.0`, quarterly by `updates.1`; one entry of npm, quarterly"
            ],
        ),
        # Nobody proposes it.
        (
            1,
            {"allow": [{"dependency-name": "react"}]},
            [
                "updates.packages.next = quarter: dependabot.yml proposes its major versions "
                "never; one entry of npm, quarterly"
            ],
        ),
        (
            2,
            {"open-pull-requests-limit": 0},
            [
                f"updates.packages.node = quarter: dependabot.yml proposes its {step} versions "
                "never; one entry of docker, quarterly"
                for step in ("major", "minor", "patch")
            ],
        ),
        # What Dependabot itself refuses: both entries of npm would go to one branch.
        (
            1,
            {"target-branch": "develop"},
            [
                "dependabot.updates.1 = npm / develop: `updates.0` has the same "
                "package-ecosystem, directory and target-branch, and Dependabot refuses the file "
                "[dependabot-core 14862]; give it another `target-branch`"
            ],
        ),
    ],
)
def test_a_template_that_does_something_else_is_told(
    entry: int, edit: dict[str, Any], expected: list[str]
) -> None:
    changed = copy.deepcopy(template())
    changed["updates"][entry] |= edit
    assert said(changed) == expected


def test_what_nobody_is_to_propose_must_be_ignored() -> None:
    only_minor = {"owner": "shop", "packages": {"next": {"in": "npm", "minor": "month"}}}
    assert said(template(), only_minor) == [
        "updates.packages.next = never: dependabot.yml proposes its major versions quarterly by "
        "`updates.1`; ignore them there"
    ]


def test_a_plan_of_another_cadence_falls_with_the_same_template() -> None:
    faster = {"owner": "shop", "packages": {"node": {"in": "docker", "every": "month"}}}
    assert len(said(template(), faster)) == 3


# ---- this repository's own ---------------------------------------------------------------------


def test_this_repository_is_asked_daily_and_limits_no_security_update() -> None:
    """Security updates come by alert and to the default branch: an entry that goes to another one,
    or ignores more than versions, would be none for them."""
    updates = read(OWN)["updates"]
    assert {entry["schedule"]["interval"] for entry in updates} == {"daily"}
    assert not any("target-branch" in entry for entry in updates)
    assert not any(entry.get("open-pull-requests-limit") == 0 for entry in updates)
    ignored = [each["dependency-name"] for entry in updates for each in entry.get("ignore", [])]
    assert ignored == ["github.com/pulumi/pulumi/sdk/v3"]


# ---- the chapter -------------------------------------------------------------------------------


def plan(**changed: Any) -> Plan:
    more = {"timezone": "America/New_York", "updates": BYNOMI | changed}
    return Plan.from_config(BESIDE | more, SECRETS)


def refusal(**changed: Any) -> list[str]:
    with pytest.raises(PlanError) as refused:
        plan(**changed)
    return [str(fault) for fault in refused.value.faults]


def test_the_calendar_of_a_year() -> None:
    found = sorted(updates_occasions(plan(), date(2027, 1, 1), date(2028, 1, 1)))
    assert [(each.starts.isoformat(), each.says) for each in found][:3] == [
        ("2027-01-01T05:00:00+00:00", "updates of next are proposed (minor, major)"),
        ("2027-01-01T05:00:00+00:00", "updates of node are proposed (all versions)"),
        ("2027-02-01T05:00:00+00:00", "updates of next are proposed (minor)"),
    ]
    assert len(found) == 16
    assert {(each.owner, each.kind) for each in found} == {("shop", "review")}
    assert SOURCES["updates"] is updates_occasions


def test_a_review_is_in_the_calendar_on_its_clocks() -> None:
    reviewed = plan(review={"every": "month", "on": "first Monday", "at": "10:00"})
    found = [
        each.starts.isoformat()
        for each in updates_occasions(reviewed, date(2027, 3, 1), date(2027, 5, 1))
        if each.name == "dependencies"
    ]
    assert found == ["2027-03-01T15:00:00+00:00", "2027-04-05T14:00:00+00:00"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"owner": ["shop", "operations"]},
            "updates.owner = [shop, operations]: two owners: one answers for it; name one team",
        ),
        (
            {"owner": "shopp"},
            "updates.owner = shopp: no such team in `teams`; did you mean `shop`?",
        ),
        ({"packages": {}}, "updates: nothing is updated; name `packages`, or a `review`"),
        (
            {"packages": {"next": {"in": "npm"}}},
            "updates.packages.next: does not say how often; add `every: month`, or `minor: month`",
        ),
        (
            {"packages": {"next": {"in": "npm", "every": "month", "major": "quarter"}}},
            "updates.packages.next: says it twice: `every` is of all versions; leave out `every`, "
            "or the others",
        ),
        (
            {"packages": {"next": {"in": "npn", "every": "month"}}},
            "updates.packages.next.in = npn: not one of bundler, cargo, composer, docker, "
            "github-actions, gomod, gradle, maven, npm, nuget, pip, uv; did you mean `npm`?",
        ),
        (
            {
                "packages": {
                    "next": {"in": "npm", "every": "month"},
                    "nextjs": {"in": "npm", "called": "next", "every": "quarter"},
                }
            },
            "updates.packages.nextjs: `packages.next` says how often next of npm is updated "
            "already; leave one of them out",
        ),
        (
            {"review": {"every": "day", "at": "10:00"}},
            "updates.review: every day: people take part in it; write `every: month` or "
            "`every: quarter`",
        ),
        (
            {"review": {"every": "month", "on": "second Sunday", "at": "02:30"}},
            "updates.review.at = 02:30: does not exist on 2027-03-14 in America/New_York, and "
            'nobody would be reminded [EventBridge Scheduler]; nearest: `"03:30"`',
        ),
    ],
)
def test_what_cannot_stand(changed: dict[str, Any], expected: str) -> None:
    assert refusal(**changed) == [expected]
