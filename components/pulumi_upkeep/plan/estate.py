"""The estate: what the company already has. It is looked up, never created.

Every other chapter refers to these things by the names they are given here.
"""

from pydantic import Field

from .words import Name, Words


class Database(Words):
    """A database instance of RDS in the primary region.

    instance         its identifier in RDS
    proxy            the name of the RDS Proxy applications come through; default: none
    subnet_group     the DB subnet group's name, in either region
    security_group   the ``Name`` tag of the security group that lets applications in, in either
                     region
    """

    instance: str
    proxy: str | None = None
    subnet_group: str
    security_group: str


class ServerGroup(Words):
    """A tier of servers in the primary region: an auto-scaling group behind a load balancer.

    group           the auto-scaling group's name
    profile         the instance profile (IAM) its servers run with; a standby uses it too
    load_balancer   the load balancer's name
    target_group    the target group's name
    security_group  the ``Name`` tag of the servers' security group, in either region: the one the
                    database lets in
    """

    group: str
    profile: str
    security_group: str
    load_balancer: str
    target_group: str


class Estate(Words):
    """What exists before the plan does.

    zone           the public Route 53 zone, such as ``bynomi.com``
    network        the ``Name`` tag of the VPC; in both regions, where both are used
    databases      by the name the plan uses
    servers        by the name the plan uses
    buckets        S3 buckets: the plan's name -> the bucket's name
    datadog_role   the role (IAM) that Datadog's AWS integration takes in this account; with it
                   Datadog's alerts reach phones. Default: none
    """

    zone: str
    network: str
    databases: dict[Name, Database] = Field(default_factory=dict)
    servers: dict[Name, ServerGroup] = Field(default_factory=dict)
    buckets: dict[Name, str] = Field(default_factory=dict)
    datadog_role: str | None = None
