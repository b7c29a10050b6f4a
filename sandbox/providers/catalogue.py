"""The table of AWS resource types and look-ups that the sandbox knows, put together."""

from __future__ import annotations

from botocore.exceptions import ClientError

from sandbox.providers.aws.api import Api, is_absence
from sandbox.providers.aws.arcregionswitch import ARC_REGION_SWITCH
from sandbox.providers.aws.autoscaling import AUTOSCALING
from sandbox.providers.aws.backup import BACKUP
from sandbox.providers.aws.buckets import BUCKETS
from sandbox.providers.aws.chatbot import CHATBOT
from sandbox.providers.aws.cloudfront import CLOUDFRONT
from sandbox.providers.aws.cloudwatch import CLOUDWATCH
from sandbox.providers.aws.ec2 import EC2
from sandbox.providers.aws.endpoints import ENDPOINTS
from sandbox.providers.aws.iam import IAM
from sandbox.providers.aws.kms import KMS
from sandbox.providers.aws.lambda_ import LAMBDA
from sandbox.providers.aws.lb import LB
from sandbox.providers.aws.listeners import LISTENERS
from sandbox.providers.aws.lookups import account, databases, names, networks, servers
from sandbox.providers.aws.lookups.words import Lookup
from sandbox.providers.aws.maintenance_windows import MAINTENANCE_WINDOWS
from sandbox.providers.aws.patches import PATCHES
from sandbox.providers.aws.rds import RDS
from sandbox.providers.aws.resource import Resource
from sandbox.providers.aws.restore_tests import RESTORE_TESTS
from sandbox.providers.aws.route53 import ROUTE53
from sandbox.providers.aws.s3 import S3
from sandbox.providers.aws.scans import SCANS
from sandbox.providers.aws.scheduler import SCHEDULER
from sandbox.providers.aws.sns import SNS
from sandbox.providers.aws.ssm import SSM
from sandbox.providers.cloud import Properties

_SERVICES = (
    ARC_REGION_SWITCH,
    AUTOSCALING,
    BACKUP,
    BUCKETS,
    CHATBOT,
    CLOUDFRONT,
    CLOUDWATCH,
    EC2,
    ENDPOINTS,
    IAM,
    KMS,
    LAMBDA,
    LB,
    LISTENERS,
    MAINTENANCE_WINDOWS,
    PATCHES,
    RDS,
    RESTORE_TESTS,
    ROUTE53,
    S3,
    SCANS,
    SCHEDULER,
    SNS,
    SSM,
)

RESOURCES: dict[str, Resource] = {
    resource.token: resource for service in _SERVICES for resource in service
}
"""Every resource type, by token."""

LOOKUPS: dict[str, Lookup] = {
    **account.LOOKUPS,
    **databases.LOOKUPS,
    **names.LOOKUPS,
    **networks.LOOKUPS,
    **servers.LOOKUPS,
}
"""Every data source, by token."""

checked_only: dict[str, str] = {
    token: resource.checked_only
    for token, resource in RESOURCES.items()
    if resource.checked_only is not None
}
"""The types whose requests are only checked, each with the reason."""


def find(
    type_token: str,
    inputs: Properties,
    region: str,
    endpoint: str | None = None,
    role: str | None = None,
) -> str | None:
    """The id of what a creation with `inputs` would have made, or None when it is not there.

    For a creation that was under way when the engine was killed: it may or may not have reached the
    cloud. `inputs` are those of the pending operation, physical name included. Types without a
    physical name are found by all that they declare (keys by description and tags). `role` is the
    one that its provider takes.

    Raises KeyError for a type that the table does not have.
    """
    resource = RESOURCES[type_token]
    if resource.checked_only is not None:
        return None
    api = Api(inputs.get("region") or region, endpoint, role)
    try:
        if resource.identify is not None:
            id_ = resource.identify(api, inputs)
        else:
            assert resource.name is not None
            id_ = inputs.get(resource.name.property)
        return id_ if id_ is not None and resource.describe(api, id_, inputs) else None
    except ClientError as fault:
        if is_absence(fault):  # not even what it belongs to is there
            return None
        raise
