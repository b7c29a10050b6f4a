"""The database's own maintenance window, near which AWS Backup starts no snapshot of it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from .limits import QUIET_BEFORE_RDS_MAINTENANCE

_WRITTEN = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun):(\d\d):(\d\d)-(?:\w{3}):(\d\d):(\d\d)$")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DatabaseMaintenance:
    """A window of RDS, in UTC: it opens on a weekday (0 is Monday) and lasts a while."""

    weekday: int
    opens: time
    length: timedelta

    @classmethod
    def parse(cls, written: str) -> "DatabaseMaintenance | None":
        """From RDS's own words, ``sun:09:30-sun:10:00``; None where they are none."""
        match = _WRITTEN.match(written.lower())
        if match is None:
            return None
        opens, closes = time(int(match[2]), int(match[3])), time(int(match[4]), int(match[5]))
        length = datetime.combine(datetime.min, closes) - datetime.combine(datetime.min, opens)
        return cls(_DAYS.index(match[1]), opens, length % _DAY)

    def keeps_out(self, moment: datetime) -> bool:
        """Whether a snapshot that should start now (an aware time) is not started."""
        utc = moment.astimezone(UTC)
        days_back = (utc.weekday() - self.weekday) % 7
        for days in (days_back, days_back - 7):
            opens = datetime.combine(utc.date() - days * _DAY, self.opens, UTC)
            if opens - QUIET_BEFORE_RDS_MAINTENANCE <= utc < opens + self.length:
                return True
        return False
