"""Amazon Inspector: what it looks at."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class EnablerArgs:
    """Which kinds of things are scanned in an account and region."""

    account_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    resource_types: pulumi.Input[Sequence[pulumi.Input[str]]]
    """``EC2``, ``ECR``, ``LAMBDA``, ``LAMBDA_CODE``, ``CODE_REPOSITORY``."""


class Enabler(Resource[EnablerArgs], token="aws:inspector2/enabler:Enabler"):
    """Inspector, turned on. One an account and region."""
