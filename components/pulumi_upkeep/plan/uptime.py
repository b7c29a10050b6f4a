"""Uptime: what is asked from outside, how often, and who hears when there is no answer.

Source: Bynomi's plan, "Uptime Monitoring"; clauses BY-2.7 and BY-2.8.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from .faults import NotInWords
from .limits import (
    CHECK_INTERVAL,
    FEWEST_LOCATIONS,
    REMINDER,
    RESPONSE_TIME,
    RETRIES,
    RETRY_WAIT,
)
from .words import Duration, Name, Severity, Url, Words, say_duration


def _in_whole_days(length: timedelta) -> timedelta:
    if length % timedelta(days=1):
        raise NotInWords("certificates expire by the day", "write whole days, such as `14 days`")
    return length


def _enough_locations(locations: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(locations)) != len(locations):
        raise NotInWords("a location stands twice", "name each location once")
    if len(locations) < FEWEST_LOCATIONS:
        raise NotInWords(
            f"{len(locations)} location{'' if len(locations) == 1 else 's'}: fewer than "
            f"{FEWEST_LOCATIONS} cannot tell their own outage from yours",
            f"name at least {FEWEST_LOCATIONS}, such as `aws:us-east-1`",
        )
    return locations


Location = Annotated[str, Field(pattern=r"^(aws|azure|gcp|pl):[a-z0-9:-]+$")]
ResponseTime = Annotated[Duration, RESPONSE_TIME.validator]


class Check(Words):
    """One address that is asked.

    url             with its scheme
    body_contains   text the answer must contain; default: the body is not read
    status          the status the answer must have; default 200
    within          response time; default: the chapter's
    severity        default: the chapter's
    """

    url: Url
    body_contains: str | None = None
    status: Annotated[int, Field(ge=100, le=599)] = 200
    within: ResponseTime | None = None
    severity: Severity | None = None


class Uptime(Words):
    """The checks and what they share.

    every                    default 1 minute; 30 seconds to a week, whole seconds
    locations                Datadog's locations, at least 3: ``aws:us-east-1``
    severity                 who hears of it
    within                   response time an answer must keep
    certificate_expires_in   alert so many days before a certificate ends; default 14 days
    retries                  repeats before a location counts as failed, 0 to 3; default 2
    retry_after              the wait before a repeat; default 1 second
    failed_from              locations that must fail before somebody is woken; default 2
    remind_every             while it lasts; default 1 hour
    checks                   by name
    """

    every: Annotated[Duration, CHECK_INTERVAL.validator] = timedelta(minutes=1)
    locations: Annotated[tuple[Location, ...], AfterValidator(_enough_locations)]
    severity: Severity
    within: ResponseTime
    certificate_expires_in: Annotated[Duration, AfterValidator(_in_whole_days)] = timedelta(days=14)
    retries: Annotated[int, RETRIES.validator] = 2
    retry_after: Annotated[Duration, RETRY_WAIT.validator] = timedelta(seconds=1)
    failed_from: Annotated[int, Field(ge=1)] = 2
    remind_every: Annotated[Duration, REMINDER.validator] = timedelta(hours=1)
    checks: dict[Name, Check] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_fail(self) -> "Uptime":
        if self.every % timedelta(seconds=1):
            raise NotInWords("checks run by the second", "write `every` in whole seconds")
        if self.failed_from > len(self.locations):
            raise NotInWords(
                f"an alert needs {self.failed_from} failed locations and there are "
                f"{len(self.locations)}",
                f"`failed_from: {len(self.locations)}` at most",
            )
        return self

    def notices_after(self) -> timedelta:
        """Until a failure is an alert: the wait for the next check, and its repeats."""
        return self.every + self.retries * (self.retry_after + self.within) + self.within

    def says(self) -> str:
        """The sum in words, for a proof."""
        return (
            f"uptime check every {say_duration(self.every)}, {self.retries} repeats of at most "
            f"{say_duration(self.within)}"
        )
