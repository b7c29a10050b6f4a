"""EC2: what moto drops of images, security group rules and launch templates.

An image loses its architecture when it is registered, a rule that names another group its
description, a launch template counts its own tags among those of its instances, and a volume that
leaves its size to the image is refused.
"""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend, instances, security_groups
from moto.ec2.responses import EC2Response

from sandbox.aws.extension import Extension


class _Rule(security_groups.SecurityGroupRule):
    """A rule that shows the description of the group it names."""

    @property
    def description(self) -> str | None:
        return super().description or self.source_group.get("Description")


# moto makes rules in many places, by this name.
security_groups.SecurityGroupRule = _Rule  # type: ignore[misc]


# GiB: what moto gives the root volume of an image that says nothing.
ROOT_VOLUME_SIZE = 8


class _Instance(instances.Instance):
    """An instance whose volume, where no size is stated, is as large as its image's."""

    def add_block_device(
        self, size: int | None, device_path: str, snapshot_id: str | None, *more: Any, **named: Any
    ) -> None:
        if size is None and snapshot_id is None:
            size = ROOT_VOLUME_SIZE
        super().add_block_device(size, device_path, snapshot_id, *more, **named)  # type: ignore[arg-type]


# moto makes instances by this name.
instances.Instance = _Instance  # type: ignore[misc]


class UpkeepEC2Backend(EC2Backend):
    """moto's backend as it is; the corrections are in what it is handed."""


class UpkeepEC2Response(EC2Response):
    """moto's operations over the whole request."""

    def register_image(self) -> ActionResult:
        result = super().register_image()
        asked = self._get_params()
        shown: Any = result.result
        image = self.ec2_backend.amis[shown["ImageId"]]
        image.architecture = asked.get("Architecture", "i386")
        image.virtualization_type = asked.get("VirtualizationType", "paravirtual")
        image.root_device_type = "ebs"
        image.root_device_name = asked.get("RootDeviceName", image.root_device_name)
        image.hypervisor = "xen"
        return result

    def create_launch_template(self) -> ActionResult:
        # Kept apart before moto mixes them: the template's tags, and those of what it launches.
        launched = list((self._get_param("LaunchTemplateData") or {}).get("TagSpecifications", []))
        result = super().create_launch_template()
        shown: Any = result.result
        template = self.ec2_backend.get_launch_template(shown["LaunchTemplate"]["LaunchTemplateId"])
        data: Any = template.default_version().data
        data.pop("TagSpecifications", None)
        if launched:
            data["TagSpecifications"] = [_plain(one) for one in launched]
        return result


def _plain(specification: Mapping[str, Any]) -> dict[str, Any]:
    return dict(specification)


EXTENSION = Extension(service="ec2", backend=UpkeepEC2Backend, response=UpkeepEC2Response)
