"""Images of containers: scanned on push, and again, since what was safe does not stay so.

Two vendors' ways. Inspector's scanning scans on push and again whenever a vulnerability becomes
known, of every image that was pushed or pulled of late, and reports each finding by itself
[Amazon ECR User Guide, "Enhanced scanning"]. Basic scanning scans on push, and once a day when
asked; it reports counts [ibid., "Basic scanning"]. With the first, the weekly run asks whether
every image is scanned; with the second it scans those in use.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from .faults import Fault, NotInWords
from .occasion import Occasion
from .runs import skipped_faults
from .schedule import Schedule, say_every
from .spelling import Spelling
from .words import Severity

if TYPE_CHECKING:
    from .plan import Plan

# Amazon ECR: a filter with a wildcard, or the name of a repository [ScanningRepositoryFilter].
Repositories = Annotated[
    str,
    Spelling(
        r"^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$",
        "a repository of ECR, or several with *: small letters, digits and ._-/",
        "bynomi-*",
    ),
]


class ImageScans(Schedule):
    """How images are scanned. The registry is the account's in a region: one plan sets it.

    every, on, at   when every image in use is looked at again; ``week`` or ``day``
    by              ``inspector`` (on push, and again as vulnerabilities become known) or ``basic``
                    (on push, and by the schedule). Default ``inspector``
    repositories    names, or several with ``*``; default all
    severity        whose topic hears that an image is not scanned, or, with ``basic``, has critical
                    findings; default p2
    """

    by: Literal["inspector", "basic"] = "inspector"
    repositories: Annotated[tuple[Repositories, ...], Field(min_length=1)] = ("*",)
    severity: Severity = "p2"

    @model_validator(mode="after")
    def _often_enough(self) -> "ImageScans":
        if self.every not in ("day", "week"):
            raise NotInWords(
                f"every {say_every(self.every)}: images are scanned weekly at least",
                "write `every: week`",
            )
        return self


def image_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """A scan at a time that spring skips; Inspector's without Inspector."""
    images = plan.images
    if images is None:
        return
    if "timezone" not in broken:
        yield from skipped_faults(images, plan.timezone, "no image would be scanned", "images.at")
    scans = plan.security.scans if plan.security else None
    if images.by == "inspector" and "security" not in broken:
        if scans is None or "images" not in scans.of:
            yield Fault(
                "images.by",
                "Inspector is not asked to look at images",
                "inspector",
                "name `images` in `security.scans.of`, or write `by: basic`",
            )
    elif images.by == "basic" and scans is not None and "images" in scans.of:
        yield Fault(
            "images.by",
            "Inspector looks at images too, and a registry has one way",
            "basic",
            "write `by: inspector`, or leave `images` out of `security.scans.of`",
        )


def image_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """When the images in use are looked at again."""
    from .calendar import schedule_occasions

    if plan.images is not None:
        yield from schedule_occasions(
            plan.images,
            plan,
            start,
            end,
            kind="scan",
            name="images",
            path="images",
            says="Scan of the images of containers",
        )
