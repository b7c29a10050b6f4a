"""KMS: keys."""

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class AliasArgs:
    """A name for a key; it begins with ``alias/``."""

    target_key_id: pulumi.Input[str]
    name: pulumi.Input[str | None] = None


class Alias(Resource[AliasArgs], token="aws:kms/alias:Alias"):
    """An alias of a key."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class KeyArgs:
    """A key of our own."""

    deletion_window_in_days: pulumi.Input[int | None] = None
    """7 to 30 (default)."""
    description: pulumi.Input[str | None] = None
    enable_key_rotation: pulumi.Input[bool | None] = None
    policy: pulumi.Input[str | None] = None


class Key(Resource[KeyArgs], token="aws:kms/key:Key"):
    """A KMS key."""

    arn: pulumi.Output[str]
    key_id: pulumi.Output[str]


@results
class GetAliasResult:
    """An alias, and the key it stands for."""

    target_key_arn: str


async def get_alias(name: str, opts: pulumi.InvokeOptions | None = None) -> GetAliasResult:
    """The alias of a name, ``alias/`` included."""
    return await look_up("aws:kms/getAlias:getAlias", GetAliasResult, opts, name=name)
