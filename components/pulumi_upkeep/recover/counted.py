"""Lists that need a certain number of things, refused in words."""

from collections.abc import Callable
from typing import Any

from pydantic import AfterValidator

from ..plan.faults import NotInWords


def at_least(count: int, rule: str) -> AfterValidator:
    """For the annotation of a list: ``Annotated[list[Later], at_least(2, "...")]``."""

    def check(given: list[Any]) -> list[Any]:
        if len(given) < count:
            raise NotInWords(rule, f"{count} at least")
        return given

    checked: Callable[[Any], Any] = check
    return AfterValidator(checked)
