"""Auto Scaling: settings of a group that moto takes and forgets."""

from typing import Any

from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from sandbox.aws.extension import Extension

# Forgotten at creation and at every change; moto shows attributes by the output's name.
_FORGOTTEN = {
    "DefaultInstanceWarmup": "default_instance_warmup",
    "MaxInstanceLifetime": "max_instance_lifetime",
}
# Kept at creation, forgotten at a change.
_NOT_CHANGED = {
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "PlacementGroup": "placement_group",
    "TerminationPolicies": "termination_policies",
}


class UpkeepAutoScalingBackend(AutoScalingBackend):
    """moto's backend as it is; the corrections are in what it is handed."""


class UpkeepAutoScalingResponse(AutoScalingResponse):
    """moto's operations over the whole request."""

    def create_auto_scaling_group(self) -> ActionResult:
        result = super().create_auto_scaling_group()
        self._keep(_FORGOTTEN)
        return result

    def update_auto_scaling_group(self) -> ActionResult:
        result = super().update_auto_scaling_group()
        self._keep(_FORGOTTEN | _NOT_CHANGED)
        return result

    def _keep(self, settings: dict[str, str]) -> None:
        asked = self._get_params()
        groups = self.autoscaling_backend.autoscaling_groups
        group: Any = groups[asked["AutoScalingGroupName"]]
        for parameter, attribute in settings.items():
            if asked.get(parameter) is not None:
                setattr(group, attribute, asked[parameter])


EXTENSION = Extension(
    service="autoscaling",
    backend=UpkeepAutoScalingBackend,
    response=UpkeepAutoScalingResponse,
)
