"""What the sandbox's Datadog holds, and the numbers and times it gives."""

import itertools
import re
import secrets
import string
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
"""One stored object, as JSON shows it."""

_CREATOR = {"email": "sandbox@example.com", "handle": "sandbox@example.com", "name": "Sandbox"}
_FIRST_MONITOR = 10_000_001


@dataclass
class Store:
    """Tests by public id and monitors by number. Hold ``lock`` while reading or changing either."""

    tests: dict[str, Document] = field(default_factory=dict)
    monitors: dict[int, Document] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: "itertools.count[int]" = field(
        default_factory=lambda: itertools.count(_FIRST_MONITOR)
    )

    def add_monitor(self, monitor: Document) -> Document:
        """Store a checked monitor under the next number."""
        id_ = next(self._numbers)
        now = timestamp()
        stored = {
            **monitor,
            "id": id_,
            "created": now,
            "modified": now,
            "creator": dict(_CREATOR),
            "deleted": None,
            "multi": " by {" in monitor["query"],
            "overall_state": "No Data",
        }
        self.monitors[id_] = stored
        return stored

    def add_test(self, test: Document) -> Document:
        """Store a checked test under a new public id."""
        public_id = _public_id()
        while public_id in self.tests:
            public_id = _public_id()
        now = timestamp()
        stored = {
            **test,
            "public_id": public_id,
            "creator": dict(_CREATOR),
            "created_at": now,
            "modified_at": now,
        }
        self.tests[public_id] = stored
        return stored

    def composites_of(self, monitor_id: int) -> list[int]:
        """The composite monitors that refer to a monitor."""
        return [
            id_
            for id_, monitor in sorted(self.monitors.items())
            if monitor["type"] == "composite"
            and str(monitor_id) in re.findall(r"\d+", monitor["query"])
        ]


def timestamp() -> str:
    """Now, as Datadog writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _public_id() -> str:
    """Nine letters and digits in three groups, such as ``abc-def-ghi``."""
    letters = string.ascii_lowercase + string.digits
    return "-".join("".join(secrets.choice(letters) for _ in range(3)) for _ in range(3))
