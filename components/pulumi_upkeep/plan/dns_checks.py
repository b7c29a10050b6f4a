"""DNS checks: whether a name is answered, soon, and with what it should be."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator

from .spelling import Spelling, untold
from .synthetics import Interval, Locations, ResponseTime
from .words import Name, Severity, Words

# Without a scheme: DNS knows no addresses of pages.
HostName = Annotated[
    str,
    Spelling(
        r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\.[a-z]{2,}$",
        "the name of a host, without a scheme and without a path",
        "www.bynomi.com",
        lambda written: written.lower().partition("://")[2].partition("/")[0] or written.lower(),
    ),
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
    answers: tuple[Annotated[str, AfterValidator(untold)], ...] = ()
    every: Interval = timedelta(minutes=5)
    within: ResponseTime = timedelta(milliseconds=500)
    severity: Severity | None = None
    locations: Locations | None = None


DnsChecks = dict[Name, DnsCheck]
