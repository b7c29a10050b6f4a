"""Fail, so that the run is called Failed, and goes where a failure leads."""

from typing import Any


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises what it is told."""
    raise RuntimeError(events["why"])
