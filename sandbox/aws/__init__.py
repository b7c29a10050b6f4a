"""AWS on this machine: moto's server, and backends of our own where moto lacks or bends a service.

``EXTENSIONS`` is the only list of what is ours; one file per service.
"""

from sandbox.aws import (
    autoscaling,
    backup,
    cdn,
    cloudwatch,
    ec2,
    events,
    functions,
    iam,
    inspector,
    logs,
    quotas,
    rds_controls,  # noqa: F401  (registers its controls)
    rds_real,
    route53,
    s3,
    sns,
    ssm,
)
from sandbox.aws.extension import Extension

__all__ = ["EXTENSIONS", "Extension", "install"]

EXTENSIONS: tuple[Extension, ...] = (
    autoscaling.EXTENSION,
    backup.EXTENSION,
    cdn.EXTENSION,
    cloudwatch.EXTENSION,
    ec2.EXTENSION,
    events.EXTENSION,
    events.SCHEDULER,
    functions.EXTENSION,
    iam.EXTENSION,
    inspector.EXTENSION,
    logs.EXTENSION,
    quotas.EXTENSION,
    rds_real.EXTENSION,
    route53.EXTENSION,
    sns.EXTENSION,
    ssm.EXTENSION,
)


def install() -> None:
    """Register every backend of ours. Call it before the server answers its first request."""
    for extension in EXTENSIONS:
        extension.install()
    s3.install()
