"""What every synthetic test has: where it asks from, and how it is repeated.

A private location is a place of one's own: a worker there asks Datadog what to do and does it.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from .faults import NotInWords
from .limits import CHECK_INTERVAL, FEWEST_LOCATIONS, RESPONSE_TIME, Limit
from .words import Duration, Words, say_duration

PRIVATE = "pl:"
# The id that Datadog gives a private location.
_ID = re.compile(r"^pl:[a-z0-9-]+-[0-9a-f]{32}$")


def enough_locations(locations: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses places of which nobody can tell whether they or the site failed."""
    if len(set(locations)) != len(locations):
        raise NotInWords("a location stands twice", "name each location once")
    if any(location.startswith(PRIVATE) for location in locations):
        # What only a place inside reaches is asked from there, however few there are.
        return locations
    if len(locations) < FEWEST_LOCATIONS:
        raise NotInWords(
            f"{len(locations)} location{'' if len(locations) == 1 else 's'}: fewer than "
            f"{FEWEST_LOCATIONS} cannot tell their own outage from yours",
            f"name at least {FEWEST_LOCATIONS}, such as `aws:us-east-1`",
        )
    return locations


def in_whole_seconds(every: timedelta) -> timedelta:
    """The interval itself; a fault where it is no whole number of seconds."""
    second = timedelta(seconds=1)
    if rest := every % second:
        near = say_duration(every - rest + second)
        raise NotInWords("tests run by the second [Datadog synthetics]", f"nearest: `{near}`")
    return every


Location = Annotated[str, Field(pattern=r"^(aws|azure|gcp|pl):[a-z0-9:-]+$")]
Locations = Annotated[tuple[Location, ...], Field(min_length=1), AfterValidator(enough_locations)]
ResponseTime = Annotated[Duration, RESPONSE_TIME.validator]
Interval = Annotated[Duration, AfterValidator(in_whole_seconds), CHECK_INTERVAL.validator]

# Every minute needs the help of Datadog's support; five minutes are the shortest on offer.
BROWSER_INTERVAL = Limit(
    "a browser test's interval",
    timedelta(minutes=5),
    timedelta(seconds=604_800),
    "Datadog synthetics, browser tests: more often needs its support",
)
BrowserInterval = Annotated[Duration, AfterValidator(in_whole_seconds), BROWSER_INTERVAL.validator]
BROWSER_RETRIES = 2
BROWSER_RETRIES_SOURCE = "Datadog synthetics, retry.count of a browser test"
# What browser tests may run in a month unless the plan says otherwise: at USD 12 for 1,000 runs
# that is USD 120. One of them costs as much as 24 requests.
BROWSER_RUNS = 10_000


class PrivateLocation(Words):
    """A place of one's own to ask from.

    means    where it stands, in a few words
    worker   what runs Datadog's worker there and who sees to it: without a worker nothing is asked
    """

    means: str
    worker: str


def is_private_id(location: str) -> bool:
    """Whether a location is one that Datadog knows already, by its id."""
    return bool(_ID.match(location))
