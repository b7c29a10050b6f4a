"""The chapter `patching`: what it means, what cannot stand, and staging before production."""

from datetime import date, timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan.faults import Fault, from_validation
from pulumi_upkeep.plan.patching import (
    Patched,
    patching_occasions,
    staged_faults,
)
from pulumi_upkeep.plan.plan import Plan, read_chapters
from pydantic import ValidationError

from tests.unit.plans import chapters, secrets

WEB: dict[str, Any] = {"servers": ["web"], "system": "Amazon Linux 2023", "window": "monthly"}


def plan(patching: dict[str, Any], **changed: Any) -> Plan:
    given = {**chapters(), "patching": patching, **changed}
    return Plan.from_config(given, secrets())


def faults(patching: dict[str, Any], **changed: Any) -> list[str]:
    given = {**chapters(), "patching": patching, **changed}
    found = read_chapters(given, secrets()).faults
    return [str(each) for each in found if each.path.startswith("patching")]


def test_what_is_left_out() -> None:
    entry = Patched.model_validate(WEB)
    assert (entry.approval, entry.at_once, entry.errors) == (timedelta(days=7), "1", "0")
    assert (entry.severities, entry.reboot) == (("critical", "important"), "if needed")
    assert Patched.model_validate(WEB | {"system": "Ubuntu"}).approval == timedelta(0)
    window = plan({"web": WEB}).windows["monthly"]
    assert entry.late(window) == timedelta(days=37)
    assert Patched.model_validate(entry.in_words()) == entry


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"servers": ["wbe"]}, "patching.web.servers.0 = wbe: no such server group"),
        ({"window": "montly"}, "patching.web.window = montly: no such window"),
        (
            {"approve_after": "29 days"},
            "patching.web.approve_after = 29 days: is longer than from one `monthly` window to the "
            "next, so what is released before one is not approved at the next either; at most `28 "
            "days`",
        ),
        (
            {"window": "weekly", "approve_after": "8 days"},
            "patching.web.approve_after = 8 days: is longer than from one `weekly` window",
        ),
        ({"window": "weekly", "takes": "90 minutes"}, "is too short: one server (90 minutes)"),
        ({"at_once": "10 %"}, "is too short: 10 rounds of 30 minutes and the time before its end"),
        ({"late_after": "30 days"}, "nearest: `36 days`"),
        ({"severity": "p7"}, "patching.web.severity = p7"),
        ({"at_once": "60 %"}, "at most `50 %`"),
        ({"at_once": 0}, "patches no server"),
        ({"errors": "50 %"}, "would go on although half of the servers failed"),
        ({"approve_after": "12 hours"}, "nearest: `1 day`"),
        ({"reboot": "always"}, "patching.web.reboot = always"),
    ],
)
def test_what_cannot_stand_is_said_with_its_path(entry: dict[str, Any], said: str) -> None:
    found = "\n".join(faults({"web": WEB | entry}))
    assert said in found


@pytest.mark.parametrize(
    "entry",
    [
        {"approve_after": "28 days"},
        {"window": "weekly", "approve_after": "7 days", "takes": "1 hour"},
        {"at_once": "25 %"},
        {"late_after": "36 days"},
        {"at_once": "50 %", "errors": "49 %"},
        {"approve_after": "at once"},
    ],
)
def test_what_just_fits_stands(entry: dict[str, Any]) -> None:
    assert faults({"web": WEB | entry}) == []


def test_a_server_group_has_one_owner() -> None:
    (fault,) = faults({"shop": WEB, "web": WEB})
    assert "patching.web.servers.0 = web: `patching.shop` patches it too: two owners" in fault


def test_it_happens_in_its_window() -> None:
    first, second = patching_occasions(plan({"web": WEB}), date(2027, 1, 1), date(2027, 3, 1))
    assert (first.kind, first.name, first.path) == ("patching", "web", "patching.web")
    assert first.starts.isoformat() == "2027-01-03T06:00:00+00:00"
    assert second.starts.isoformat() == "2027-02-07T06:00:00+00:00"


# ---- staging a week before -----------------------------------------------------------------------


def staged(on: str, prod: dict[str, Any], staging: dict[str, Any]) -> list[Fault]:
    windows = {"monthly": {"on": on, "from": "01:00", "to": "05:00"}}
    given = chapters()
    left = {key: value for key, value in given.items() if key not in QUIET}
    before = Plan.from_config(
        left | {"environment": "staging", "windows": windows, "patching": {"web": WEB | staging}},
        secrets(),
    )
    return [*staged_faults(plan({"web": WEB | prod}), before)]


# What refers to windows that this stage has otherwise.
QUIET = {"accepted", "database_care", "notices", "releases", "tuned"}


def test_staging_comes_a_week_before() -> None:
    fortnight = {"approve_after": "14 days"}
    assert staged("fourth Sunday", fortnight, {"approve_after": "at once"}) == []
    (late,) = staged("first Sunday", fortnight, {"approve_after": "at once"})
    assert late.path == "patching.web.window"
    assert "less than a week later" in late.rule
    (after,) = staged("first Wednesday", fortnight, {"approve_after": "at once"})
    assert after.path == "patching.web.window"


def test_production_gets_nothing_that_staging_did_not_have() -> None:
    (fault,) = staged("fourth Sunday", {"approve_after": "13 days"}, {"approve_after": "at once"})
    assert str(fault) == (
        "patching.web.approve_after = at once: prod is patched up to 14 days later and approves "
        "after 13 days, so it would get what never ran here; let prod approve after `14 days`"
    )
    (fault,) = staged("fourth Sunday", {"approve_after": "14 days"}, {"approve_after": "7 days"})
    assert fault.remedy == "let prod approve after `21 days`"


def test_an_entry_by_itself() -> None:
    with pytest.raises(ValidationError) as caught:
        Patched.model_validate(WEB | {"system": "Amazon Linux 2022", "severities": []})
    said = "\n".join(map(str, from_validation(caught.value, Patched)))
    assert "system = Amazon Linux 2022" in said
    assert "severities" in said
