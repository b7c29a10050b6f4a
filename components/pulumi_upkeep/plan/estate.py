"""The estate: what the company already has. It is looked up, never created.

Every other chapter refers to these things by the names they are given here.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from .words import Email, Name, Words


class Database(Words):
    """A database instance of RDS in the primary region.

    instance         its identifier in RDS
    owner            who keeps it when it no longer takes writes: it is only looked up here, so
                     nobody else deletes it. Default: none; required once it is not active
    proxy            the name of the RDS Proxy applications come through; default: none
    subnet_group     the DB subnet group's name, in either region
    security_group   the ``Name`` tag of the security group that lets applications in, in either
                     region
    """

    instance: str
    owner: Email | None = None
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


class VaultAccount(Words):
    """Another account of the company, where copies of backups go: what becomes of this one (closed,
    or in the hands of somebody else) does not reach them.

    id     its twelve digits
    role   the role there (IAM) that deployments take; it trusts this account and may administer
           AWS Backup, KMS and EventBridge
    """

    id: Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
    role: Annotated[str, StringConstraints(pattern=r"^[\w+=,.@-]{1,64}$")]

    @property
    def role_arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.id}:role/{self.role}"


class Estate(Words):
    """What exists before the plan does.

    zone           the public Route 53 zone, such as ``bynomi.com``
    private_zone   the private Route 53 zone, such as ``internal.bynomi.com``, which the networks
                   of both regions ask. Default: none
    network        the ``Name`` tag of the VPC; in both regions, where both are used
    isolated       the value of the tag ``Tier`` of the network's subnets that nothing leaves, where
                   restored copies stand: of two zones at least. Default: none
    databases      by the name the plan uses
    servers        by the name the plan uses
    buckets        S3 buckets: the plan's name -> the bucket's name
    datadog_role   the role (IAM) that Datadog's AWS integration takes in this account; with it
                   Datadog's alerts reach phones. Default: none
    vault_account  another account, where copies of backups go. Default: none
    """

    zone: str
    private_zone: str | None = None
    network: str
    isolated: str | None = None
    databases: dict[Name, Database] = Field(default_factory=dict)
    servers: dict[Name, ServerGroup] = Field(default_factory=dict)
    buckets: dict[Name, str] = Field(default_factory=dict)
    datadog_role: str | None = None
    vault_account: VaultAccount | None = None
