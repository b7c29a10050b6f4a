"""The chapter `dashboards`: an address that leads somewhere, and that one environment owns."""

from pathlib import Path

import pytest
from pulumi_upkeep.plan.check import check_files
from pulumi_upkeep.plan.read import load_plan

from tests.unit.plans import PROD, STAGING, changed

ADDRESS = "https://monitoring.bynomi.com/production"


def faults(folder: Path, *edits: tuple[str, str]) -> list[str]:
    found = changed(folder, *edits).faults
    return [str(fault) for fault in found if fault.path.startswith("dashboards")]


def test_the_shipped_addresses_stand() -> None:
    prod, staging = load_plan(PROD), load_plan(STAGING)
    assert prod.dashboards is not None
    assert staging.dashboards is not None
    assert (prod.dashboards.host, prod.dashboards.path) == ("monitoring.bynomi.com", "/production")
    assert prod.dashboards.answered_by(prod.estate) == "bynomi-prod-web"
    # One name and one balancer for both, and one owner of the name.
    assert (staging.dashboards.host, staging.dashboards.path) == (
        "monitoring.bynomi.com",
        "/staging",
    )
    assert staging.dashboards.answered_by(staging.estate) == "bynomi-prod-web"
    assert (prod.dashboards.named_by, staging.dashboards.named_by) == (None, "prod")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("monitoring.bynomi.com/production", "an address without its scheme"),
        ("http://monitoring.bynomi.com/production", "an address without encryption"),
        ("https://monitoring.bynomi.com", "needs a path"),
        ("https://monitoring.bynomi.com/", "needs a path"),
        ("https://monitoring.bynomi.com/*", "needs a path"),
        ("https://monitoring.bynomi.com/production?live=1", "needs a path"),
        ("https://monitoring.bynomi.com:8443/production", "answers at 443"),
        ("https://monitoring.example.com/production", "not a name of the zone in `estate.zone`"),
        ("https://www.bynomi.com/production", "`standby.web` declares that name already"),
        (f"https://monitoring.bynomi.com/{'a' * 128}", "a path of 129 characters"),
    ],
)
def test_an_address_that_cannot_be(tmp_path: Path, address: str, says: str) -> None:
    (fault,) = faults(tmp_path, (ADDRESS, address))
    assert fault.startswith("dashboards.address")
    assert says in fault


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        "https://monitoring.bynomi.com:443/production",
        "https://monitoring.bynomi.com/production/",
        "https://monitoring.bynomi.com/teams/shop_1/production.old",
        f"https://monitoring.bynomi.com/{'a' * 127}",
    ],
)
def test_an_address_that_can(tmp_path: Path, address: str) -> None:
    assert faults(tmp_path, (ADDRESS, address)) == []


@pytest.mark.slow
def test_what_belongs_to_an_address_needs_one(tmp_path: Path) -> None:
    assert faults(tmp_path, (f"address: {ADDRESS}", "{named_by: staging, balancer: some}")) == [
        "dashboards.balancer = some: there is no `address`; add it",
        "dashboards.named_by = staging: there is no `address`; add it",
    ]
    assert faults(tmp_path, (f"address: {ADDRESS}", "{}")) == []


@pytest.mark.slow
def test_somebody_has_to_answer(tmp_path: Path) -> None:
    second = (
        "    buckets:\n      product-images:",
        "      other: {group: a, profile: b, security_group: c, load_balancer: other, "
        "target_group: d}\n    buckets:\n      product-images:",
    )
    assert faults(tmp_path, second) == [
        "dashboards.balancer: which load balancer answers at the address?; one of bynomi-prod-web, "
        "other"
    ]
    named = (ADDRESS, f"{ADDRESS}\n    balancer: other")
    assert faults(tmp_path, second, named) == []


def test_nobody_is_its_own_other(tmp_path: Path) -> None:
    assert faults(tmp_path, (ADDRESS, f"{ADDRESS}\n    named_by: prod")) == [
        "dashboards.named_by = prod: is this environment itself; leave it out"
    ]


def both(folder: Path, *edits: tuple[Path, str, str]) -> dict[str, list[str]]:
    """What the check says of both files together, after edits of either."""
    texts = {file: file.read_text(encoding="utf-8") for file in (PROD, STAGING)}
    for file, old, new in edits:
        assert old in texts[file]
        texts[file] = texts[file].replace(old, new)
    for file, text in texts.items():
        (folder / file.name).write_text(text, encoding="utf-8")
    report = check_files(folder / file.name for file in texts)
    return {
        each.stack: [str(fault) for fault in each.faults] for each in report.stacks if each.faults
    }


@pytest.mark.slow
def test_a_name_has_one_owner(tmp_path: Path) -> None:
    assert both(tmp_path) == {}
    assert both(tmp_path, (STAGING, "    named_by: prod\n", "")) == {
        "staging": [
            "dashboards.address = https://monitoring.bynomi.com/staging: `prod` declares "
            "monitoring.bynomi.com too, and a record has one owner; add `named_by: prod`"
        ]
    }


@pytest.mark.slow
def test_an_address_leads_to_one_dashboard(tmp_path: Path) -> None:
    assert both(tmp_path, (STAGING, "bynomi.com/staging\n", "bynomi.com/production\n")) == {
        "staging": [
            f"dashboards.address = {ADDRESS}: leads to the dashboard of `prod` already; such as "
            "`https://monitoring.bynomi.com/staging`"
        ]
    }


@pytest.mark.slow
def test_the_owner_has_to_own_it(tmp_path: Path) -> None:
    elsewhere = (PROD, ADDRESS, "https://dashboards.bynomi.com/production")
    assert both(tmp_path, elsewhere) == {
        "staging": [
            "dashboards.named_by = prod: the plan of `prod` does not declare "
            "monitoring.bynomi.com; give it an address there, such as "
            "`https://monitoring.bynomi.com/prod`"
        ]
    }
    assert both(tmp_path, (STAGING, "named_by: prod\n", "named_by: prd\n")) == {
        "staging": ["dashboards.named_by = prd: no such environment; did you mean `prod`?"]
    }
