"""What synthetic tests cost: their runs in a month, each kind at the vendor's list price.

Every location is a run of its own, so is every step of a journey and every device of a browser
test; repeats happen after failures alone and are not counted.
Source: Datadog pricing, Synthetic Monitoring, billed annually, without allowances; 2026-06.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from .browser_tests import BrowserTest
from .faults import Fault
from .prices import HOURS_A_MONTH
from .words import say_duration

if TYPE_CHECKING:
    from .uptime import Uptime

# USD a run: 5 for 10,000 requests, 12 for 1,000 browser runs.
PRICE_OF_A_RUN: Final = {"api": 0.0005, "browser": 0.012}
# A certificate loses a day a day: asked once an hour it is noticed soon enough.
CERTIFICATE_EVERY = timedelta(hours=1)

Kind = Literal["api", "browser"]


@dataclass(frozen=True, order=True)
class MonthlyRuns:
    """The runs of one test in a month.

    name        as the component names it: ``homepage``, ``journey-buy``, ``certificate-<host>``
    kind        ``api`` (each request) or ``browser``
    every       between two runs
    locations   it is asked from
    each        requests, or devices, of one run from one location
    """

    name: str
    kind: Kind
    every: timedelta
    locations: int
    each: int = 1

    @property
    def runs(self) -> int:
        """In a month of 730 hours."""
        return round(timedelta(hours=HOURS_A_MONTH) / self.every * self.locations * self.each)

    @property
    def price(self) -> float:
        """USD a month at the list price."""
        return self.runs * PRICE_OF_A_RUN[self.kind]


def runs_a_month(uptime: "Uptime") -> tuple[MonthlyRuns, ...]:
    """The runs of every test of the chapter, sorted by name."""

    def places(own: Sequence[str] | None) -> int:
        return len(own or uptime.locations)

    found = [
        MonthlyRuns(name, "api", uptime.every, places(check.locations))
        for name, check in uptime.checks.items()
    ]
    found += [
        MonthlyRuns(
            f"certificate-{host}",
            "api",
            max(CERTIFICATE_EVERY, uptime.every),
            len(uptime.locations_of_host(host)),
        )
        for host in uptime.hosts()
    ]
    found += [
        MonthlyRuns(f"journey-{name}", "api", test.every, places(test.locations), len(test.steps))
        for name, test in uptime.journeys.items()
    ]
    found += [
        MonthlyRuns(f"dns-{name}", "api", test.every, places(test.locations))
        for name, test in uptime.dns.items()
    ]
    found += _of_browsers(uptime.browsers, uptime.locations)
    return tuple(sorted(found))


def _of_browsers(
    browsers: Mapping[str, BrowserTest], locations: Sequence[str]
) -> list[MonthlyRuns]:
    return [
        MonthlyRuns(
            f"browser-{name}",
            "browser",
            test.every,
            len(test.locations or locations),
            len(test.devices),
        )
        for name, test in browsers.items()
    ]


def browser_runs_faults(
    browsers: Mapping[str, BrowserTest], locations: Sequence[str], at_most: int
) -> list[Fault]:
    """Browser tests that run more often together than the plan pays for."""
    found = _of_browsers(browsers, locations)
    total = sum(test.runs for test in found)
    if total <= at_most:
        return []
    dearest = max(found, key=lambda test: test.runs)
    rest = at_most - (total - dearest.runs)
    name = dearest.name.removeprefix("browser-")
    if rest > 0:
        minutes = -(-(dearest.every * dearest.runs / rest) // timedelta(minutes=1))
        near = f"`browsers.{name}.every: {say_duration(timedelta(minutes=minutes))}`, or "
    else:
        near = ""
    return [
        Fault(
            "browser_runs_at_most",
            f"browser tests run {total:,} times a month, USD "
            f"{sum(test.price for test in found):,.0f}",
            f"{at_most}",
            f"{near}`browser_runs_at_most: {total}`",
        )
    ]
