"""Somebody who shops: numbered orders by the public name, for as long as a drill lasts.

Each order has a number of its own, and none is sent twice: an order that was not acknowledged is
given up, as an impatient customer would, so that what was acknowledged is one set of numbers and
what a database holds is another.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tools.upkeep.drill_stage import FIRST_NUMBER, Stage

# Between two orders, in seconds.
_PAUSE = 0.05


@dataclass(frozen=True)
class Order:
    """One order as its customer saw it.

    at: seconds of ``time.monotonic`` when the answer came. status: 201 is acknowledged.
    database: the address of the server that the shop wrote to, or "".
    """

    number: int
    at: float
    status: int
    said: str
    region: str
    database: str


class Writer:
    """Places orders, one after the other, until it is stopped."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._orders: list[Order] = []
        self._between = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._shop, daemon=True)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Place no more; every order has its answer when this returns."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def held(self) -> Iterator[None]:
        """No order is under way inside the block: what was acknowledged is known exactly."""
        with self._between:
            yield

    @property
    def orders(self) -> list[Order]:
        """All orders so far, in order."""
        return list(self._orders)

    def acknowledged(self) -> set[int]:
        """The numbers of the orders that were answered with 201."""
        return {each.number for each in self._orders if each.status == 201}

    def wait(self, more: int, seconds: float) -> bool:
        """Whether ``more`` further orders are acknowledged within some seconds."""
        goal = len(self.acknowledged()) + more
        deadline = time.monotonic() + seconds
        while len(self.acknowledged()) < goal:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def gap(self, since: float) -> float | None:
        """Seconds from the last acknowledged order before a moment to the first after it; None
        where none came after it."""
        times = [each.at for each in self._orders if each.status == 201]
        before = [at for at in times if at <= since]
        after = [at for at in times if at > since]
        return after[0] - before[-1] if before and after else None

    def _shop(self) -> None:
        number = FIRST_NUMBER - 1
        while not self._ended.is_set():
            number += 1
            with self._between:
                status, said = self._stage.asked(
                    self._stage.site, "POST", "/orders", {"number": number}
                )
                answer = said if isinstance(said, dict) else {}
                self._orders.append(
                    Order(
                        number,
                        time.monotonic(),
                        status,
                        str(answer.get("error", "") if answer else said),
                        str(answer.get("region", "")),
                        str(answer.get("database", "")),
                    )
                )
            self._ended.wait(_PAUSE)
