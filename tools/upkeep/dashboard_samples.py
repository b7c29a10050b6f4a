"""Sample data of a dashboard's page: the same for the same query, and well within its thresholds.

Nothing is measured. The lines only show what a panel will look like, so they keep to the unit and
the thresholds that are declared.
"""

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

POINTS = 97


@dataclass(frozen=True)
class Band:
    """Where values lie: between ``low`` and ``high``; ``top`` is the end of the axis."""

    low: float
    high: float
    top: float


# What is usual of metrics without a unit or threshold, by a part of their query.
_USUAL: tuple[tuple[str, Band], ...] = (
    ("healthy_host_count", Band(2, 2, 3)),
    ("disk_queue_depth", Band(0.1, 0.6, 1)),
    ("status:failure", Band(0, 0, 4)),
    ("upkeep.recovery.ready", Band(1, 1, 2)),
)


def band(
    limits: Sequence[float], unit: str, queries: str, *, whole: bool, healthy_below: bool
) -> Band:
    """Where a panel's samples lie: on the healthy side of its limits, or where it is usual."""
    if whole:
        return Band(24, 62, 100)
    if limits and healthy_below:
        least = max(min(limits), 0)
        return Band(0.22 * least, 0.62 * least, 1.25 * max(limits) or 1)
    if limits:
        least = max(limits)
        return Band(least, least, 1.5 * least or 1)
    for part, known in _USUAL:
        if part in queries:
            return known
    usual = {"millisecond": 9.0, "second": 3.0, "percent": 0.4, "byte": 3e9}.get(unit, 640.0)
    return Band(0.35 * usual, 0.9 * usual, 1.2 * usual)


def series(seed: str, where: Band, *, counts: bool = False) -> list[float]:
    """A day's shape, a little noise, and nothing that alarms."""
    dice = random.Random(hashlib.sha256(seed.encode()).hexdigest())  # noqa: S311 - a picture
    phase, wobble = dice.random() * math.tau, 0.5 + dice.random()
    middle, half = (where.low + where.high) / 2, (where.high - where.low) / 2
    level = middle + half * (dice.random() - 0.5) * 0.8
    values: list[float] = []
    noise = 0.0
    for point in range(POINTS):
        turn = point / (POINTS - 1)
        noise = 0.72 * noise + 0.28 * (dice.random() - 0.5)
        slow = math.sin(phase + wobble * math.tau * turn)
        value = level + half * (0.34 * slow + 0.9 * noise)
        values.append(min(max(value, where.low * 0.8), where.high))
    return [round(value) for value in values] if counts and where.high > 5 else values


def share(seed: str) -> float:
    """Between 0 and 1."""
    digest = hashlib.sha256(seed.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
