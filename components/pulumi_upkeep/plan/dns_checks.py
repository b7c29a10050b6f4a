"""DNS checks: whether a name is answered, soon, and with what it should be."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from .faults import NotInWords
from .limits import CHECK_INTERVAL
from .synthetics import Locations, ResponseTime
from .words import Duration, Name, Severity, Words

# Without a scheme: DNS knows no addresses of pages.
HostName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\.[a-z]{2,}$")
]
# Source: Datadog, DNS tests, "Define assertions".
Record = Literal["A", "AAAA", "CNAME", "MX", "NS", "TXT"]


class DnsCheck(Words):
    """One name.

    name        ``www.bynomi.com``
    record      the kind that must be there; default A
    answers     values that must be among the records; default: any will do
    every       30 seconds to a week, whole seconds; default 5 minutes
    within      until it is answered; default 500 ms
    severity    default that of all checks
    locations   default those of all checks
    """

    name: HostName
    record: Record = "A"
    answers: tuple[str, ...] = ()
    every: Annotated[Duration, CHECK_INTERVAL.validator] = timedelta(minutes=5)
    within: ResponseTime = timedelta(milliseconds=500)
    severity: Severity | None = None
    locations: Locations | None = None

    @model_validator(mode="after")
    def _by_the_second(self) -> "DnsCheck":
        if self.every % timedelta(seconds=1):
            raise NotInWords("checks run by the second", "write `every` in whole seconds")
        return self


DnsChecks = dict[Name, DnsCheck]
