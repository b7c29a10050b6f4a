"""Amazon ECR: how a registry scans the images that are pushed to it."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class RegistryScanningConfigurationRuleRepositoryFilterArgs:
    """Repositories by name."""

    filter: pulumi.Input[str]
    """A name; ``*`` stands for anything."""
    filter_type: pulumi.Input[str]
    """``WILDCARD``."""


@arguments
class RegistryScanningConfigurationRuleArgs:
    """How often what is scanned."""

    repository_filters: pulumi.Input[
        Sequence[pulumi.Input[RegistryScanningConfigurationRuleRepositoryFilterArgs]]
    ]
    scan_frequency: pulumi.Input[str]
    """``SCAN_ON_PUSH``, ``CONTINUOUS_SCAN`` or ``MANUAL``."""


@arguments
class RegistryScanningConfigurationArgs:
    """How a registry scans."""

    scan_type: pulumi.Input[str]
    """``ENHANCED`` (Inspector) or ``BASIC``."""
    rules: pulumi.Input[Sequence[pulumi.Input[RegistryScanningConfigurationRuleArgs]] | None] = None


class RegistryScanningConfiguration(
    Resource[RegistryScanningConfigurationArgs],
    token="aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
):
    """One an account and region. Its id is the registry's: the account's."""

    registry_id: pulumi.Output[str]
