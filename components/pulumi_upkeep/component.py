"""What every component shares: its token, its validated arguments and its children's options."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import pulumi
from pydantic import BaseModel, ValidationError

from .plan.faults import Fault, PlanError, from_validation

Settings = TypeVar("Settings", bound=BaseModel)


class UpkeepComponent(pulumi.ComponentResource):
    """A component resource with the token ``upkeep:index:<Class>``.

    A subclass calls ``super().__init__(name, opts)``, validates its arguments with
    :meth:`settings`, makes its children with :meth:`child`, and ends with ``register_outputs``.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"upkeep:index:{type(self).__name__}", name, None, opts)
        self.name = name

    def settings(self, model: type[Settings], args: Mapping[str, Any]) -> Settings:
        """The arguments as a validated value object: the only home of their defaults.

        Raises ``pulumi.RunError`` with every fault at once, each naming the component, the field,
        the value, the rule and what would do. Values that are still unknown pass unread.
        """
        given = {key: value for key, value in args.items() if value is not None}
        about = f"{type(self).__name__} '{self.name}'"
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise pulumi.RunError(str(PlanError(from_validation(error, model), about))) from None
        except PlanError as error:
            raise pulumi.RunError(str(PlanError(error.faults, about))) from None

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raises ``pulumi.RunError`` where there are faults that only several arguments show."""
        if found := list(faults):
            about = f"{type(self).__name__} '{self.name}'"
            raise pulumi.RunError(str(PlanError(found, about)))

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child: this parent, and what is stated; nothing of the caller's leaks in."""
        return pulumi.ResourceOptions(parent=self, **options)
