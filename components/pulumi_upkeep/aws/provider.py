"""The AWS provider: the account and region that resources are made in."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import arguments, as_inputs, with_plugin_version

# What the pulumi-aws package says for everybody who does not say otherwise.
_DEFAULTS = {"skip_credentials_validation": False, "skip_region_validation": True}


@arguments
class ProviderDefaultTagsArgs:
    """Tags of everything that the provider makes."""

    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


@arguments
class ProviderAssumeRoleArgs:
    """A role that the provider takes, which may be another account's."""

    role_arn: pulumi.Input[str | None] = None
    session_name: pulumi.Input[str | None] = None


@arguments
class ProviderArgs:
    """Where resources are made; credentials come from the environment."""

    assume_roles: pulumi.Input[Sequence[pulumi.Input[ProviderAssumeRoleArgs]] | None] = None
    """Default: the credentials as they are."""
    default_tags: pulumi.Input[ProviderDefaultTagsArgs | None] = None
    region: pulumi.Input[str | None] = None
    skip_credentials_validation: pulumi.Input[bool | None] = None
    """Default false."""
    skip_region_validation: pulumi.Input[bool | None] = None
    """Default true: regions that are newer than the plugin work, too."""


class Provider(pulumi.ProviderResource):
    """An explicit AWS provider, to be handed to resources and components."""

    def __init__(
        self, name: str, args: ProviderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        stated = {**_DEFAULTS, **args.__dict__}
        # A provider's settings are strings: what is not one by itself goes as JSON.
        as_json = {
            key: pulumi.Output.from_input(value).apply(pulumi.runtime.to_json)
            for key, value in stated.items()
            if key != "region"
        }
        super().__init__("aws", name, as_inputs(args, **as_json), with_plugin_version("aws", opts))
