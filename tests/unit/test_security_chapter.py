"""The chapters `security` and `images`: what they mean, and what cannot stand."""

from datetime import date
from typing import Any

import pytest
from pulumi_upkeep.plan.images import image_occasions
from pulumi_upkeep.plan.plan import Plan, read_chapters
from pulumi_upkeep.plan.security import Review, SecurityScans, security_occasions

from tests.unit.plans import chapters, secrets

SCANS: dict[str, Any] = {"every": "week", "on": "Monday", "at": "07:00", "owner": "operations"}
AUDIT: dict[str, Any] = {
    "means": "Manual security audit",
    "kind": "audit",
    "every": "quarter",
    "on": "second Tuesday",
    "at": "10:00",
    "owner": "operations",
}
IMAGES: dict[str, Any] = {"every": "week", "on": "Monday", "at": "06:00"}


def given(security: Any, images: Any = None) -> dict[str, Any]:
    found = {key: each for key, each in chapters().items() if key not in ("security", "images")}
    return found | {"security": security} | ({"images": images} if images else {})


def faults(security: Any, images: Any = None) -> str:
    found = read_chapters(given(security, images), secrets()).faults
    return "\n".join(str(each) for each in found if each.path.startswith(("security", "images")))


def test_what_is_left_out() -> None:
    scans = SecurityScans.model_validate(SCANS)
    assert scans.resource_types() == ["EC2", "ECR", "LAMBDA"]
    assert scans.told == {"critical": "p1", "high": "p2"}
    audit = Review.model_validate(AUDIT)
    assert audit.cron() == "cron(0 10 ? 1,4,7,10 3#2 *)"
    # The fourth Tuesday of the month before: two weeks, or three where it has five.
    assert audit.announced_at() == "cron(0 10 ? 3,6,9,12 3#4 *)"
    assert Review.model_validate(audit.in_words()) == audit


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scans", "said"),
    [
        ({"owner": "operatons"}, "security.scans.owner = operatons: no such team in `teams`"),
        ({"owner": ["operations", "shop"]}, "two owners"),
        ({"owner": None}, "security.scans.owner"),
        ({"every": "month", "on": 1}, "write `every: week`"),
        ({"findings": {"high": "p2"}}, "add `critical: p1`"),
        ({"findings": {"critical": "p9"}}, "security.scans.findings.critical = p9"),
        ({"findings": {"critical": "p2", "high": "p1"}}, "security.scans.findings.high = p1"),
        ({"of": ["laptops"]}, "security.scans.of.0 = laptops"),
        ({"at": "02:30"}, "security.scans.at = 02:30: does not exist on 2027-03-14"),
    ],
)
def test_scans_that_cannot_stand(scans: dict[str, Any], said: str) -> None:
    changed = {key: each for key, each in {**SCANS, **scans}.items() if each is not None}
    assert said in faults({"scans": changed})
    assert faults({"scans": SCANS}) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("review", "said"),
    [
        ({"owner": None}, "security.reviews.audit.owner"),
        ({"owner": "auditors"}, "security.reviews.audit.owner = auditors: no such team"),
        ({"owner": ["operations", "shop"]}, "two owners"),
        ({"every": "day", "on": None}, "people take part in it"),
        ({"every": "year", "on": "29 February"}, "comes in leap years alone"),
        ({"every": "year", "on": "31 June"}, "a day that never comes; nearest: `30 June`"),
        ({"announced": "5 weeks"}, "at most `28 days`"),
        ({"announced": "36 hours"}, "nearest: `2 days`"),
        ({"done_within": "90 days"}, "is not over before the next one is due"),
        ({"severity": "p5"}, "security.reviews.audit.severity = p5"),
        ({"at": "02:30"}, "does not exist on 2027-03-14"),
    ],
)
def test_reviews_that_cannot_stand(review: dict[str, Any], said: str) -> None:
    changed = {key: each for key, each in {**AUDIT, **review}.items() if each is not None}
    assert said in faults({"reviews": {"audit": changed}})
    assert faults({"reviews": {"audit": AUDIT}}) == ""


@pytest.mark.parametrize(
    ("images", "scans", "said"),
    [
        (IMAGES, None, "images.by = inspector: Inspector is not asked to look at images"),
        (IMAGES, {"of": ["servers"]}, "name `images` in `security.scans.of`"),
        (IMAGES | {"by": "basic"}, {}, "a registry has one way"),
        (IMAGES | {"every": "month", "on": 1}, {}, "images are scanned weekly at least"),
        (IMAGES | {"repositories": ["Shop"]}, {}, "images.repositories.0 = Shop"),
    ],
)
def test_images_that_cannot_stand(
    images: dict[str, Any], scans: dict[str, Any] | None, said: str
) -> None:
    security = {"scans": SCANS | scans} if scans is not None else {}
    assert said in faults(security, images)


def test_images_either_way() -> None:
    assert faults({"scans": SCANS}, IMAGES) == ""
    assert faults({"scans": SCANS | {"of": ["servers"]}}, IMAGES | {"by": "basic"}) == ""


def test_they_are_in_the_calendar() -> None:
    plan = Plan.from_config(given({"scans": SCANS, "reviews": {"audit": AUDIT}}, IMAGES), secrets())
    month = (date(2027, 1, 10), date(2027, 1, 17))
    scan, audit = security_occasions(plan, *month)
    assert (scan.kind, scan.owner, scan.starts.isoformat()) == (
        "scan",
        "operations",
        "2027-01-11T12:00:00+00:00",
    )
    assert (audit.kind, audit.says, audit.path) == (
        "audit",
        "Manual security audit",
        "security.reviews.audit",
    )
    (images,) = image_occasions(plan, *month)
    assert images.kind == "scan"
