"""Cloud Control: what is looked up of resources for which no look-up of their own exists."""

import pulumi

from ..thin import look_up, results


@results
class GetResourceResult:
    """A resource; its properties are JSON, named as in CloudFormation."""

    properties: str


async def get_resource(
    identifier: str, type_name: str, opts: pulumi.InvokeOptions | None = None
) -> GetResourceResult:
    """The resource of a type of CloudFormation, such as ``AWS::S3::Bucket``."""
    return await look_up(
        "aws:cloudcontrol/getResource:getResource",
        GetResourceResult,
        opts,
        identifier=identifier,
        type_name=type_name,
    )
