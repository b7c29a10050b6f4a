"""How far the replicas are behind what care itself has written."""

# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import time
from collections import deque

from connection import Database, TimeOver

_POLL_SECONDS = 0.5


class Replicas:
    """Watches the replicas of a writer.

    bound   seconds that a replica may be behind while rows are deleted
    """

    def __init__(self, database: Database, bound: float) -> None:
        self._database, self._bound = database, bound
        self._marks: deque[tuple[float, float]] = deque()
        self.worst = 0.0
        self.waited = 0.0

    def mark(self) -> None:
        """Remembers how much was written up to now."""
        written = float(self._database.value("select pg_current_wal_lsn() - '0/0'::pg_lsn"))
        self._marks.append((time.monotonic(), written))

    def lag(self) -> float:
        """Seconds since the oldest thing that some replica lacks was written; 0 without any.

        Of a replica that this login may not look at nothing is known: that is said elsewhere.
        """
        behind = self._database.value(
            # Of one that is cut off, what is kept for it says how far it came.
            "select min(lsn - '0/0'::pg_lsn) from (select replay_lsn from pg_stat_replication "
            "union all select restart_lsn from pg_replication_slots "
            "where slot_type = 'physical' and not active) replicas (lsn) where lsn is not null"
        )
        while self._marks and (behind is None or self._marks[0][1] <= float(behind)):
            self._marks.popleft()
        lag = time.monotonic() - self._marks[0][0] if self._marks else 0.0
        self.worst = max(self.worst, lag)
        return lag

    def let_follow(self) -> None:
        """Returns once they are near enough; TimeOver where they are not before the time is."""
        began = time.monotonic()
        try:
            while self.lag() > self._bound:
                if self._database.remaining() <= _POLL_SECONDS:
                    raise TimeOver()
                time.sleep(_POLL_SECONDS)
        finally:
            self.waited += time.monotonic() - began

    def unseen(self) -> int:
        """How many replicas this login may not look at."""
        return int(
            self._database.value(
                "select count(*) from pg_stat_replication where replay_lsn is null "
                "and state is null"
            )
            or 0
        )
