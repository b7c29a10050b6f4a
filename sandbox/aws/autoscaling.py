"""Auto Scaling: settings of a group that moto takes and forgets, and instance refreshes.

A refresh is over at once: servers that are not as the group would start them are replaced.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from moto.autoscaling import models
from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

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


class _InstanceState(models.InstanceState):
    """A server that knows which version of the template it was started from."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.version = _version(self.auto_scaling_group)

    @property
    def launch_template(self) -> dict[str, Any] | None:
        """moto would tell the version that servers get today."""
        template = super().launch_template
        return template and {**template, "Version": self.version}


# moto makes servers of a group by this name.
models.InstanceState = _InstanceState  # type: ignore[misc]


def _version(group: Any) -> str:
    """The number of the launch template's version that a group starts servers from."""
    if group.ec2_launch_template is None:
        return ""
    return str(group.ec2_launch_template.get_version(group.launch_template_version).number)


# Figures of Auto Scaling's API reference.
_HEALTHY_AT_LEAST, _HEALTHY_AT_MOST = range(101), range(100, 201)


class UpkeepAutoScalingBackend(AutoScalingBackend):
    """moto's backend with instance refreshes."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.refreshes: dict[str, list[dict[str, Any]]] = {}

    def group(self, name: str) -> Any:
        """A group by its name."""
        if name not in self.autoscaling_groups:
            raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup: {name}")
        return self.autoscaling_groups[name]

    def refresh(self, name: str, preferences: Mapping[str, Any]) -> str:
        """Replace the servers of a group; those that are right stay where that is preferred."""
        group = self.group(name)
        least = preferences.get("MinHealthyPercentage", 90)
        most = preferences.get("MaxHealthyPercentage", 100)
        if least not in _HEALTHY_AT_LEAST or most not in _HEALTHY_AT_MOST or most - least > 100:
            raise ValidationError(
                "MinHealthyPercentage lies between 0 and 100, MaxHealthyPercentage between 100 and "
                "200, and they are at most 100 apart"
            )
        began = utcnow()
        for state in list(group.instance_states):
            right = getattr(state, "version", None) == _version(group)
            if not (right and preferences.get("SkipMatching")):
                self.terminate_instance(state.instance.id, should_decrement=False)
        done = {
            "InstanceRefreshId": str(uuid.uuid4()),
            "AutoScalingGroupName": name,
            "Status": "Successful",
            "StartTime": began,
            "EndTime": utcnow(),
            "PercentageComplete": 100,
            "InstancesToUpdate": 0,
            "Preferences": dict(preferences),
        }
        # Newest first, as the service lists them.
        self.refreshes.setdefault(name, []).insert(0, done)
        return str(done["InstanceRefreshId"])


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

    @property
    def refreshing(self) -> UpkeepAutoScalingBackend:
        """The backend of the caller's account and region."""
        backend = self.autoscaling_backend
        assert isinstance(backend, UpkeepAutoScalingBackend)
        return backend

    def start_instance_refresh(self) -> ActionResult:
        asked = self._get_params()
        id_ = self.refreshing.refresh(asked["AutoScalingGroupName"], asked.get("Preferences") or {})
        return ActionResult({"InstanceRefreshId": id_})

    def describe_instance_refreshes(self) -> ActionResult:
        asked = self._get_params()
        self.refreshing.group(asked["AutoScalingGroupName"])
        wanted = asked.get("InstanceRefreshIds")
        found = [
            each
            for each in self.refreshing.refreshes.get(asked["AutoScalingGroupName"], [])
            if not wanted or each["InstanceRefreshId"] in wanted
        ]
        return ActionResult({"InstanceRefreshes": found})

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
