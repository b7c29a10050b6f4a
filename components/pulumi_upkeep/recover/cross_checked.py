"""Arguments of which one has a say in what another may be."""

from collections.abc import Iterator
from typing import Any, Self

from ..plan.faults import Fault, PlanError
from ..plan.words import Words


class CrossChecked(Words):
    """Validated field by field, then as a whole; each fault with the path of what is to be changed.

    A validator of pydantic can only blame the whole block that it looks at.
    """

    def faults(self) -> Iterator[Fault]:
        """What does not go together."""
        raise NotImplementedError

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """See pydantic; raises ``PlanError`` with every fault of the whole."""
        checked = super().model_validate(obj, **options)
        if found := list(checked.faults()):
            raise PlanError(found)
        return checked
