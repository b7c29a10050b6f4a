"""Locks of vaults: how long recovery points must and may be kept, and who can still change that.

governance     whoever may administer the vault can lift it again
compliance     after a time of grace nobody can, not even AWS: what is kept stays until it expires,
               and is paid for as long
air-gapped     a second kind of vault, locked in compliance mode from its first minute
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from .faults import Fault, NotInWords, PlanError
from .limits import AIR_GAPPED_RETENTION, LOCK_GRACE
from .retention import Retention, in_whole_days
from .words import Duration, Words, say_duration

# What has to be typed to get a vault that can never be unlocked.
CONFIRMATION = "locked from birth"


def _in_order(low: timedelta | None, high: timedelta | None) -> None:
    if low is not None and high is not None and low > high:
        rule = f"longer than `at_most`, which is {say_duration(high)}"
        raise PlanError([Fault("at_least", rule, say_duration(low), "swap them")])


class Bounds(Words):
    """Between what all recovery points of a vault are kept.

    at_least   nothing is kept shorter; default: no bound
    at_most    nothing is kept longer; default: no bound
    """

    at_least: Retention | None = None
    at_most: Retention | None = None

    def faults(self, kept: timedelta, path: str, what: str) -> Iterator[Fault]:
        """A retention outside: the job would fail when it runs [AWS Backup, vault lock]."""
        if self.at_least is not None and kept < self.at_least:
            near, side = self.at_least, "below"
        elif self.at_most is not None and kept > self.at_most:
            near, side = self.at_most, "above"
        else:
            return
        yield Fault(
            path,
            f"{side} what {what} lets in, and every such job would fail when it runs (AWS Backup, "
            "vault lock)",
            say_duration(kept),
            f"nearest: `{say_duration(near)}`",
        )


class VaultLock(Bounds):
    """A lock on every vault of an entry.

    mode       ``governance``, the default, or ``compliance``
    at_least   nothing is kept shorter; 1 day at least [AWS Backup]. Default: no bound
    at_most    nothing is kept longer; 36,500 days at most [AWS Backup]. Default: no bound
    grace      with ``compliance``: how long it can still be lifted; whole days, 3 at least
    """

    mode: Literal["governance", "compliance"] = "governance"
    at_least: Retention | None = None
    at_most: Retention | None = None
    grace: Annotated[Duration, AfterValidator(in_whole_days), LOCK_GRACE.validator] | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "VaultLock":
        if self.at_least is None and self.at_most is None:
            raise NotInWords("a lock without bounds locks nothing", "add `at_least` or `at_most`")
        _in_order(self.at_least, self.at_most)
        if self.mode == "compliance" and self.grace is None:
            rule = "missing: after it nobody can lift a compliance lock, not even AWS"
            remedy = f"`grace: 7 days`, or {say_duration(LOCK_GRACE.least)} at least"
            raise PlanError([Fault("grace", rule, None, remedy)])
        if self.mode == "governance" and self.grace is not None:
            rule = "a governance lock can be lifted at any time and has no time of grace"
            remedy = "leave it out, or write `mode: compliance`"
            raise PlanError([Fault("grace", rule, say_duration(self.grace), remedy)])
        return self


class AirGapped(Bounds):
    """A logically air-gapped vault beside the entry's own: compliance-locked from birth, under a
    key of AWS's, where only copies go. What is in it cannot be deleted before it expires.

    at_least   nothing is kept shorter; 7 days at least [AWS Backup]
    at_most    nothing is kept longer
    confirm    ``locked from birth``: typed by whoever knows that nothing undoes it
    """

    at_least: Annotated[Retention, AIR_GAPPED_RETENTION.validator]
    at_most: Retention
    confirm: Literal["locked from birth"]

    @model_validator(mode="after")
    def _makes_sense(self) -> "AirGapped":
        _in_order(self.at_least, self.at_most)
        return self
