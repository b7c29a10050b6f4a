"""What the sandbox's Datadog holds, and the numbers and times it gives."""

import itertools
import re
import secrets
import string
import threading
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
"""One stored object, as JSON shows it."""

_CREATOR = {"email": "sandbox@example.com", "handle": "sandbox@example.com", "name": "Sandbox"}
_FIRST_MONITOR = 10_000_001


@dataclass
class Store:
    """Tests by public id, monitors by number, everything else by kind and id. Hold ``lock`` while
    reading or changing any of them."""

    tests: dict[str, Document] = field(default_factory=dict)
    monitors: dict[int, Document] = field(default_factory=dict)
    held: defaultdict[str, dict[str, Document]] = field(default_factory=lambda: defaultdict(dict))
    gone: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Names that cannot be used again, by kind."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: "itertools.count[int]" = field(
        default_factory=lambda: itertools.count(_FIRST_MONITOR)
    )

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            for part in (self.tests, self.monitors, self.held, self.gone):
                part.clear()

    def add_monitor(self, monitor: Document) -> Document:
        """Store a checked monitor under the next number."""
        id_ = next(self._numbers)
        now = timestamp()
        stored = {
            **monitor,
            "id": id_,
            "created": now,
            "modified": now,
            "creator": creator(),
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
            "creator": creator(),
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

    def holders_of(self, monitor_id: int) -> list[str]:
        """What refers to a monitor, in words: composite monitors and SLOs."""
        composites = ", ".join(map(str, self.composites_of(monitor_id)))
        slos = ", ".join(
            id_ for id_, slo in self.held["SLO"].items() if monitor_id in slo.get("monitor_ids", ())
        )
        named = (("monitors", composites), ("SLOs", slos))
        return [f"{what}: {ids}" for what, ids in named if ids]


def timestamp() -> str:
    """Now, as Datadog writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def epoch() -> int:
    """Now in whole seconds since 1970, as the older parts of Datadog's API write it."""
    return int(datetime.now(UTC).timestamp())


def new_id() -> str:
    """The id of a new object, where Datadog has no other form for it."""
    return str(uuid.uuid4())


def creator() -> Document:
    """Who made what is in the sandbox."""
    return dict(_CREATOR)


def _public_id() -> str:
    """Nine letters and digits in three groups, such as ``abc-def-ghi``."""
    letters = string.ascii_lowercase + string.digits
    return "-".join("".join(secrets.choice(letters) for _ in range(3)) for _ in range(3))
