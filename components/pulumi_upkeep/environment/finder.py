"""Looks for many things at once, and says all together what is not there."""

import asyncio
import re
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from ..plan import Fault, PlanError

Found = TypeVar("Found")


class Finder:
    """Looks for things beside each other and knows by which of the plan's paths."""

    def __init__(self) -> None:
        self._looking: list[tuple[str, str, asyncio.Task[Any]]] = []

    def find(
        self, path: str, name: str, looking: Coroutine[Any, Any, Found]
    ) -> "asyncio.Task[Found]":
        """Starts to look. The result is there after :meth:`require_all`."""
        task = asyncio.ensure_future(looking)
        self._looking.append((path, name, task))
        return task

    async def require_all(self, refused: Sequence[Fault] = ()) -> None:
        """Waits until all is looked for; raises ``PlanError`` with what is refused already, and a
        fault per missing thing."""
        tasks = [task for _, _, task in self._looking]
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        missing: dict[tuple[str, str], Fault] = {}
        for (path, name, _), error in zip(self._looking, errors, strict=True):
            if isinstance(error, Exception):  # the SDK raises bare ones
                fault = Fault(path, f"not found in the estate: {reason_of(error)}", name)
                # A thing that is asked for twice is missing once.
                missing.setdefault((path, name), fault)
        if refused or missing:
            raise PlanError([*refused, *missing.values()], "estate")


# What the SDK, the engine and the provider's bridge each put before the provider's own words.
_WRAPPING = re.compile(
    r"^(error: |invoke of \S+ failed: |invocation of \S+ returned an error: |invoking \S+: |\* )+"
)


def reason_of(error: Exception) -> str:
    """The provider's last words, without what was wrapped around them."""
    return _WRAPPING.sub("", str(error).strip().splitlines()[-1].strip())
