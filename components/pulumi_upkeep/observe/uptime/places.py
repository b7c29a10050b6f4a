"""Where it is asked from, and what may not be seen: private locations and secure variables."""

from collections.abc import Mapping, Sequence

import pulumi

from ...component import UpkeepComponent
from ...datadog import (
    SyntheticsGlobalVariable,
    SyntheticsGlobalVariableArgs,
    SyntheticsPrivateLocation,
    SyntheticsPrivateLocationArgs,
)
from ...naming import physical_name
from ...plan.synthetics import PRIVATE
from ..tags import datadog_tags
from .settings import Settings


def environment(settings: Settings) -> str:
    """The tag ``env``: as stated, or the stack's name."""
    return settings.environment or pulumi.get_stack()


def private_locations(
    owner: UpkeepComponent, settings: Settings
) -> dict[str, SyntheticsPrivateLocation]:
    """The places of one's own, by name. Each waits for a worker that is started with its
    configuration."""
    return {
        name: SyntheticsPrivateLocation(
            f"{owner.name}-{name}",
            SyntheticsPrivateLocationArgs(
                name=physical_name(owner.name, name),
                description=f"{place.means}. Worker: {place.worker}",
                tags=datadog_tags(environment(settings)),
            ),
            opts=owner.child(),
        )
        for name, place in sorted(settings.private_locations.items())
    }


def located(
    names: Sequence[str], private: Mapping[str, SyntheticsPrivateLocation]
) -> list[pulumi.Input[str]]:
    """The locations as Datadog knows them, sorted by what the plan calls them."""
    places = {f"{PRIVATE}{name}": place for name, place in private.items()}
    return [places[name].id if name in places else name for name in sorted(names)]


def global_name(settings: Settings, variable: str) -> str:
    """What Datadog calls a variable: it knows all environments' together."""
    return f"{environment(settings)}_{variable}".upper().replace("-", "_")


def variables(owner: UpkeepComponent, settings: Settings) -> dict[str, SyntheticsGlobalVariable]:
    """The variables that hold secrets; Datadog shows them to nobody."""
    return {
        variable: SyntheticsGlobalVariable(
            f"{owner.name}-{variable.lower().replace('_', '-')}",
            SyntheticsGlobalVariableArgs(
                name=global_name(settings, variable),
                description=f"The Pulumi secret {secret} of {pulumi.get_project()}",
                secure=True,
                value=settings.secret_values[secret],
                tags=datadog_tags(environment(settings)),
            ),
            opts=owner.child(),
        )
        for variable, secret in settings.variables().items()
    }
