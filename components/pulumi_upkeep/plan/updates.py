"""Updates: how often the software that the application stands on is brought up to date.

Source: Bynomi's plan, "Software Updates" (BY-1.2), and the prize draw's, "review and update
third-party libraries monthly or quarterly" (PD-3.1). Dependabot proposes them, by the
``dependabot.yml`` of the application's repository: :func:`dependabot_faults` holds one against the
plan. Security updates come by alert, at once and whatever is written here [GitHub, "About
Dependabot security updates"].
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from .clocks import shown
from .faults import Fault, NotInWords
from .occasion import Occasion
from .releases import Owner
from .runs import occurrences, skipped_faults
from .schedule import QUARTERS, Schedule, say_every
from .teams import unknown_team
from .words import Name, Severity, Words

if TYPE_CHECKING:
    from .plan import Plan

# Dependabot's intervals [GitHub, dependabot options reference; published schema], by the plan's.
INTERVALS: Mapping[str, str] = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
}
Cadence = Literal["day", "week", "month", "quarter"]
# How far a version moves [semver.org].
Step = Literal["major", "minor", "patch"]
STEPS: tuple[Step, ...] = ("major", "minor", "patch")
# The package ecosystems of Dependabot that applications have.
Ecosystem = Literal[
    "bundler", "cargo", "composer", "docker", "github-actions", "gomod", "gradle", "maven", "npm",
    "nuget", "pip", "uv",
]  # fmt: skip


class Package(Words):
    """How often one piece of software is updated.

    in        Dependabot's ecosystem: ``npm``, ``docker``, ...
    called    its name there; default the entry's
    every     each version: ``day``, ``week``, ``month`` or ``quarter``
    minor     in place of ``every``: minor versions, and patches with them
    major     in place of ``every``: major versions; default: nobody proposes them
    """

    in_: Ecosystem = Field(alias="in")
    called: Annotated[str, StringConstraints(min_length=1)] | None = None
    every: Cadence | None = None
    minor: Cadence | None = None
    major: Cadence | None = None

    @model_validator(mode="after")
    def _says_how_often(self) -> "Package":
        if self.every is None and self.minor is None:
            raise NotInWords("does not say how often", "add `every: month`, or `minor: month`")
        if self.every is not None and (self.minor or self.major):
            raise NotInWords(
                "says it twice: `every` is of all versions", "leave out `every`, or the others"
            )
        return self

    def cadence(self, step: Step) -> Cadence | None:
        """How often a kind of version is proposed; None: never."""
        if self.every is not None:
            return self.every
        return self.major if step == "major" else self.minor


class DependencyReview(Schedule):
    """The review of all dependencies, with an audit tool.

    every, on, at   ``month`` or ``quarter``, on the plan's clocks
    severity        by whose topic its owner is reminded; default p3
    """

    severity: Severity = "p3"

    @model_validator(mode="after")
    def _is_not_often(self) -> "DependencyReview":
        if self.every not in ("week", "month", "quarter"):
            raise NotInWords(
                f"every {say_every(self.every)}: people take part in it",
                "write `every: month` or `every: quarter`",
            )
        return self


class Updates(Words):
    """How the application's software is kept up to date.

    owner      the team that reviews and merges what is proposed
    packages   by name: how often each is proposed
    review     of all dependencies, by people: the owner is reminded, and an item stays open until
               it is done; default: none
    """

    owner: Owner
    packages: dict[Name, Package] = Field(default_factory=dict)
    review: DependencyReview | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Updates":
        if not self.packages and self.review is None:
            raise NotInWords("nothing is updated", "name `packages`, or a `review`")
        return self


def update_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Owners that there are not, and software that two entries speak for."""
    updates = plan.updates
    if updates is None:
        return
    if "teams" not in broken:
        yield from unknown_team(plan, "updates.owner", updates.owner)
    first: dict[tuple[str, str], str] = {}
    for name, package in updates.packages.items():
        key = package.in_, package.called or name
        if key in first:
            yield Fault(
                f"updates.packages.{name}",
                f"`packages.{first[key]}` says how often {key[1]} of {key[0]} is updated already",
                None,
                "leave one of them out",
            )
        first.setdefault(key, name)
    if updates.review is not None and "timezone" not in broken:
        so = "nobody would be reminded [EventBridge Scheduler]"
        yield from skipped_faults(updates.review, plan.timezone, so, "updates.review.at")


def updates_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """The days on which updates are proposed (of those that come monthly or less often: on the
    first [GitHub, schedule.interval]) and reviewed, from ``start`` to before ``end``."""
    updates = plan.updates
    if updates is None:
        return
    zone = ZoneInfo(plan.timezone)
    for ordinal in range(start.toordinal(), end.toordinal()):
        day = date.fromordinal(ordinal)
        if day.day != 1:
            continue
        for name, package in updates.packages.items():
            due = _due(package, day.month in QUARTERS)
            if due:
                moment = shown(datetime.combine(day, time(), zone))
                says = f"updates of {name} are proposed ({due})"
                path = f"updates.packages.{name}"
                yield Occasion(moment, moment, "review", name, path, says, updates.owner)
    if updates.review is not None:
        first, last = (datetime.combine(day, time(), zone) for day in (start, end))
        for run in occurrences(updates.review, first, last, plan.timezone):
            moment = run.astimezone(UTC)
            says = "dependencies are reviewed, with what an audit finds"
            yield Occasion(
                moment, moment, "review", "dependencies", "updates.review", says, updates.owner
            )


def _due(package: Package, quarter: bool) -> str:
    """What is proposed on the first of a month: ``all versions``, ``minor, major``."""
    cadences = ("month", "quarter") if quarter else ("month",)
    if package.every is not None:
        return "all versions" if package.every in cadences else ""
    steps: tuple[Step, ...] = ("minor", "major")
    return ", ".join(step for step in steps if package.cadence(step) in cadences)


# ---- dependabot.yml ------------------------------------------------------------------------------


def dependabot_faults(updates: Updates, document: Mapping[str, Any]) -> Iterator[Fault]:
    """Where a ``dependabot.yml`` proposes other updates than the plan says.

    Each kind of version of each package must be proposed by exactly one entry, at the plan's
    interval; an entry that ignores it, or allows others alone, does not propose it.
    """
    entries = document.get("updates") or []
    seen: dict[tuple[str, str, str], int] = {}
    for index, entry in enumerate(entries):
        for folder in entry.get("directories") or [entry.get("directory", "/")]:
            key = entry["package-ecosystem"], folder, entry.get("target-branch", "")
            if key in seen:
                yield Fault(
                    f"dependabot.updates.{index}",
                    f"`updates.{seen[key]}` has the same package-ecosystem, directory and "
                    "target-branch, and Dependabot refuses the file [dependabot-core 14862]",
                    " ".join(key).strip(),
                    "give it another `target-branch`",
                )
            seen.setdefault(key, index)
    for name, package in updates.packages.items():
        called = package.called or name
        for step in STEPS:
            cadence = package.cadence(step)
            found = [
                (index, entry["schedule"]["interval"])
                for index, entry in enumerate(entries)
                if entry["package-ecosystem"] == package.in_ and _proposes(entry, called, step)
            ]
            wanted = [] if cadence is None else [INTERVALS[cadence]]
            if [interval for _, interval in found] != wanted:
                by = ", ".join(f"{interval} by `updates.{index}`" for index, interval in found)
                yield Fault(
                    f"updates.packages.{name}",
                    f"dependabot.yml proposes its {step} versions {by or 'never'}",
                    cadence or "never",
                    f"one entry of {package.in_}, {wanted[0]}" if wanted else "ignore them there",
                )


def _proposes(entry: Mapping[str, Any], called: str, step: Step) -> bool:
    """Whether an entry proposes a kind of version of a dependency [GitHub, options reference]."""
    if entry.get("open-pull-requests-limit") == 0:
        return False
    allowed = entry.get("allow")
    if allowed and not any(_meant(each, called, step) for each in allowed):
        return False
    return not any(_meant(each, called, step) for each in entry.get("ignore") or [])


def _meant(rule: Mapping[str, Any], called: str, step: Step) -> bool:
    if not fnmatchcase(called, rule.get("dependency-name", "*")) or "versions" in rule:
        return False
    types = rule.get("update-types")
    return not types or f"version-update:semver-{step}" in types
