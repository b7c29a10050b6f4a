"""Uptime: what is asked from outside, how often, and who hears when there is no answer.

Source: Bynomi's plan, "Uptime Monitoring"; clauses BY-2.7 and BY-2.8.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from .browser_tests import BrowserTests
from .dns_checks import DnsChecks
from .faults import Fault, NotInWords, PlanError, nearest
from .journeys import Journeys
from .limits import REMINDER, RETRIES, RETRY_WAIT
from .spelling import untold
from .synthetic_runs import MonthlyRuns, browser_runs_faults, runs_a_month
from .synthetics import (
    BROWSER_RETRIES,
    BROWSER_RETRIES_SOURCE,
    BROWSER_RUNS,
    PRIVATE,
    Interval,
    Location,
    Locations,
    PrivateLocation,
    ResponseTime,
    is_private_id,
)
from .words import Duration, Name, Secret, Severity, Url, Words, say_duration


def _in_whole_days(length: timedelta) -> timedelta:
    if length % timedelta(days=1):
        raise NotInWords("certificates expire by the day", "write whole days, such as `14 days`")
    return length


class Check(Words):
    """One address that is asked.

    url             with its scheme
    body_contains   text the answer must contain; default: the body is not read
    status          the status the answer must have; default 200
    within          response time; default: the chapter's
    severity        default: the chapter's
    locations       where it is asked from; default: the chapter's
    """

    url: Annotated[Url, AfterValidator(untold)]
    body_contains: str | None = None
    status: Annotated[int, Field(ge=100, le=599)] = 200
    within: ResponseTime | None = None
    severity: Severity | None = None
    locations: Locations | None = None


# Names of tests that are made of others' names.
RESERVED = ("browser-", "certificate-", "dns-", "journey-")


class Uptime(Words):
    """The checks and what they share.

    every                    default 1 minute; 30 seconds to a week, whole seconds
    locations                Datadog's locations, at least 3: ``aws:us-east-1``; ``pl:<name>`` is
                             one of ``private_locations``
    severity                 who hears of it
    within                   response time an answer must keep
    certificate_expires_in   alert so many days before a certificate ends; default 14 days
    retries                  repeats before a location counts as failed, 0 to 3; default 2
    retry_after              the wait before a repeat; default 1 second
    failed_from              locations that must fail before somebody is woken; default 2. Of a
                             check with fewer locations, all of them
    remind_every             while it lasts; default 1 hour
    checks                   by name
    journeys                 several requests in a row, by name
    browsers                 pages that are used in a browser, by name
    browser_runs_at_most     runs a month of all of them together; default 10,000
    dns                      names that must be answered, by name
    private_locations        places of one's own to ask from, by name
    """

    every: Interval = timedelta(minutes=1)
    locations: Locations
    severity: Severity
    within: ResponseTime
    certificate_expires_in: Annotated[Duration, AfterValidator(_in_whole_days)] = timedelta(days=14)
    retries: Annotated[int, RETRIES.validator] = 2
    retry_after: Annotated[Duration, RETRY_WAIT.validator] = timedelta(seconds=1)
    failed_from: Annotated[int, Field(ge=1)] = 2
    remind_every: Annotated[Duration, REMINDER.validator] = timedelta(hours=1)
    checks: dict[Name, Check] = Field(min_length=1)
    journeys: Journeys = Field(default_factory=dict)
    browsers: BrowserTests = Field(default_factory=dict)
    browser_runs_at_most: Annotated[int, Field(ge=1)] = BROWSER_RUNS
    dns: DnsChecks = Field(default_factory=dict)
    private_locations: dict[Name, PrivateLocation] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_fail(self) -> "Uptime":
        if self.failed_from > len(self.locations):
            raise NotInWords(
                f"an alert needs {self.failed_from} failed locations and there are "
                f"{len(self.locations)}",
                f"`failed_from: {len(self.locations)}` at most",
            )
        faults = [
            *self._location_faults(),
            *self._name_faults(),
            *self._retry_faults(),
            *browser_runs_faults(self.browsers, self.locations, self.browser_runs_at_most),
        ]
        if faults:
            raise PlanError(faults)
        return self

    def _location_faults(self) -> Iterator[Fault]:
        """Private locations that are neither declared nor known to Datadog."""
        places: dict[str, tuple[Location, ...]] = {"locations": self.locations}
        for kind, entries in self._kinds().items():
            for name, entry in entries.items():
                if entry.locations is not None:
                    places[f"{kind}.{name}.locations"] = entry.locations
        used = {location for locations in places.values() for location in locations}
        for path, locations in places.items():
            for index, location in enumerate(locations):
                name = location.removeprefix(PRIVATE)
                if not location.startswith(PRIVATE) or name in self.private_locations:
                    continue
                if not is_private_id(location):
                    close = nearest(name, self.private_locations)
                    yield Fault(
                        f"{path}.{index}",
                        "no such place in `uptime.private_locations`",
                        location,
                        f"did you mean `{PRIVATE}{close}`?" if close else "declare it there",
                    )
        for name in self.private_locations:
            if f"{PRIVATE}{name}" not in used:
                yield Fault(
                    f"private_locations.{name}",
                    "nothing is asked from there",
                    None,
                    f"name `{PRIVATE}{name}` among the `locations` of a check, or leave it out",
                )

    def _kinds(self) -> dict[str, dict[str, Any]]:
        return {
            "checks": self.checks,
            "journeys": self.journeys,
            "browsers": self.browsers,
            "dns": self.dns,
        }

    def _name_faults(self) -> Iterator[Fault]:
        for name in self.checks:
            for prefix in RESERVED:
                if name.startswith(prefix):
                    yield Fault(
                        f"checks.{name}",
                        f"names that begin with `{prefix}` are those of other tests",
                        None,
                        f"such as `{name.removeprefix(prefix) or 'page'}`",
                    )

    def _retry_faults(self) -> Iterator[Fault]:
        if self.browsers and self.retries > BROWSER_RETRIES:
            yield Fault(
                "retries",
                f"browser tests are repeated at most {BROWSER_RETRIES} times "
                f"({BROWSER_RETRIES_SOURCE})",
                str(self.retries),
                f"nearest: `{BROWSER_RETRIES}`",
            )

    def hosts(self) -> dict[str, Severity]:
        """The hosts (with the port, where one is stated) that checks ask by https, sorted, each
        with the gravest severity of its checks: "p0" sorts first."""
        found: dict[str, Severity] = {}
        for check in self.checks.values():
            address = urlsplit(check.url)
            if address.scheme == "https" and address.hostname:
                host = address.hostname + (f":{address.port}" if address.port else "")
                severity = check.severity or self.severity
                found[host] = min(severity, found.get(host, severity))
        return dict(sorted(found.items()))

    def locations_of_host(self, host: str) -> tuple[str, ...]:
        """Where a host's certificate is looked at from: wherever its checks ask."""
        places: set[str] = set()
        for check in self.checks.values():
            address = urlsplit(check.url)
            if f"{address.hostname}{f':{address.port}' if address.port else ''}" == host:
                places.update(check.locations or self.locations)
        return tuple(sorted(places))

    def test_names(self) -> list[str]:
        """The tests by the names that other chapters refer to them by."""
        return [
            *self.checks,
            *(f"browser-{name}" for name in self.browsers),
            *(f"dns-{name}" for name in self.dns),
            *(f"journey-{name}" for name in self.journeys),
        ]

    def secrets(self) -> dict[str, list[str]]:
        """The Pulumi secrets that tests use, each with the paths that name it."""
        used: dict[str, list[str]] = {}
        held: dict[str, dict[str, Secret]] = {
            f"{kind}.{name}": entry.secrets
            for kind, entries in (("journeys", self.journeys), ("browsers", self.browsers))
            for name, entry in entries.items()
        }
        for path, secrets in held.items():
            for variable, secret in secrets.items():
                used.setdefault(secret.secret, []).append(f"uptime.{path}.secrets.{variable}")
        return used

    def runs_a_month(self) -> tuple[MonthlyRuns, ...]:
        """What is paid for: the runs of every test in a month, by name."""
        return runs_a_month(self)

    def notices_after(self) -> timedelta:
        """Until a failure is an alert: the wait for the next check, and its repeats."""
        return self.every + self.retries * (self.retry_after + self.within) + self.within

    def says(self) -> str:
        """The sum in words, for a proof."""
        return (
            f"uptime check every {say_duration(self.every)}, {self.retries} repeats of at most "
            f"{say_duration(self.within)}"
        )
