"""The AWS types and look-ups in use, one file per service, declared straight on Pulumi's classes.

Tokens, property names and calls are those of the pulumi-aws package (``aws.sns.Topic("alerts",
aws.sns.TopicArgs(...))``), which is never imported: each of its services takes up to a second and
tens of megabytes to load. Properties are those in use; the contract test holds them against the
package, so that another one is a line here. Look-ups are coroutines, for ``thin.wait_for``.
What only components with a function use is loaded with the first of them.
"""

import importlib
from typing import TYPE_CHECKING, Any

from . import (
    acm,
    autoscaling,
    backup,
    chatbot,
    cloudcontrol,
    cloudwatch,
    ec2,
    iam,
    kms,
    lb,
    rds,
    route53,
    s3,
    sns,
    ssm,
    vpc,
)
from .identity import (
    GetCallerIdentityResult,
    get_caller_identity,
    get_caller_identity_output,
)
from .provider import (
    Provider,
    ProviderArgs,
    ProviderAssumeRoleArgs,
    ProviderDefaultTagsArgs,
)

if TYPE_CHECKING:
    from . import arcregionswitch, cloudfront, ecr, inspector2, lambda_, scheduler

__all__ = [
    "GetCallerIdentityResult",
    "Provider",
    "ProviderArgs",
    "ProviderAssumeRoleArgs",
    "ProviderDefaultTagsArgs",
    "acm",
    "arcregionswitch",
    "autoscaling",
    "backup",
    "chatbot",
    "cloudcontrol",
    "cloudfront",
    "cloudwatch",
    "ec2",
    "ecr",
    "get_caller_identity",
    "get_caller_identity_output",
    "iam",
    "inspector2",
    "kms",
    "lambda_",
    "lb",
    "rds",
    "route53",
    "s3",
    "scheduler",
    "sns",
    "ssm",
    "vpc",
]

_LATER = frozenset({"arcregionswitch", "cloudfront", "ecr", "inspector2", "lambda_", "scheduler"})


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
