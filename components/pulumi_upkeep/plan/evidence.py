"""Evidence: how long proofs of restores and drills are kept, where nobody can take them away."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator

from .faults import NotInWords
from .limits import EVIDENCE_RETENTION
from .words import Duration, Severity, Words, say_duration

DAY = timedelta(days=1)


def _in_whole_days(length: timedelta) -> timedelta:
    if rest := length % DAY:
        raise NotInWords("kept by the day", f"nearest: `{say_duration(length - rest + DAY)}`")
    return length


class Evidence(Words):
    """The ledger of proofs, in the recovery region.

    keep       whole days, 1 day to 100 years; default 1 year, of 366 days
    mode       ``governance`` (default): administrators may lift an object's lock. ``compliance``:
               nobody may, not even AWS, until its time is over
    severity   whose people hear that the ledger was tampered with; default p1
    """

    keep: Annotated[Duration, AfterValidator(_in_whole_days), EVIDENCE_RETENTION.validator] = (
        366 * DAY
    )
    mode: Literal["governance", "compliance"] = "governance"
    severity: Severity = "p1"
