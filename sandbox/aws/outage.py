"""An outage of a whole region, ordered by a drill and ended by it.

``POST /_upkeep/outage {"region": "us-east-1", "on": true}`` cuts a region off, ``"on": false``
brings it back, ``GET /_upkeep/outage`` lists what is cut off.

While a region is cut off every call into it is answered with 503, its load balancers hang up, its
databases stop, and its alarms are not evaluated. Route 53's and IAM's control planes live in
us-east-1 and fail with it; what they hold stays in force: DNS answers and health checks go on.
When the region is back, its databases start again as they were, in the role that they had.
"""

import threading
from collections.abc import Callable

from werkzeug.wrappers import Request

from sandbox.aws.controls import Answer, control

Watcher = Callable[[str, bool], None]


class Outage:
    """Which regions are cut off, and who wants to know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._regions: set[str] = set()
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        """Have ``watcher(region, cut_off)`` called at every change, in the caller's thread."""
        if watcher not in self._watchers:
            self._watchers.append(watcher)

    def order(self, region: str, on: bool) -> None:
        """Cut a region off, or bring it back; what is so already stays so."""
        with self._lock:
            if (region in self._regions) is on:
                return
            (self._regions.add if on else self._regions.remove)(region)
        for watcher in self._watchers:
            watcher(region, on)

    def holds(self, region: str) -> bool:
        """Whether a region is cut off."""
        return region in self._regions

    def regions(self) -> list[str]:
        """The regions that are cut off."""
        return sorted(self._regions)

    def clear(self) -> None:
        """Bring every region back."""
        for region in self.regions():
            self.order(region, False)


# moto's state is one per process, and so is this.
OUTAGE = Outage()


@control("POST", "outage")
def _order(request: Request, _rest: str) -> Answer:
    asked = request.get_json()
    OUTAGE.order(str(asked["region"]), bool(asked["on"]))
    return {"regions": OUTAGE.regions()}


@control("GET", "outage")
def _show(_request: Request, _rest: str) -> Answer:
    return {"regions": OUTAGE.regions()}
