"""The AWS types and look-ups in use, one file per service, declared straight on Pulumi's classes.

Tokens, property names and calls are those of the pulumi-aws package (``aws.sns.Topic("alerts",
aws.sns.TopicArgs(...))``), which is never imported: each of its services takes up to a second and
tens of megabytes to load. Properties are those in use; the contract test holds them against the
package, so that another one is a line here. Look-ups are coroutines, for ``thin.wait_for``.
"""

from . import (
    acm,
    autoscaling,
    backup,
    chatbot,
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
from .provider import Provider, ProviderArgs, ProviderDefaultTagsArgs

__all__ = [
    "GetCallerIdentityResult",
    "Provider",
    "ProviderArgs",
    "ProviderDefaultTagsArgs",
    "acm",
    "autoscaling",
    "backup",
    "chatbot",
    "cloudwatch",
    "ec2",
    "get_caller_identity",
    "get_caller_identity_output",
    "iam",
    "kms",
    "lb",
    "rds",
    "route53",
    "s3",
    "sns",
    "ssm",
    "vpc",
]
