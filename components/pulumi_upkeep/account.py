"""The account a component deploys into: policies name it, callers need not."""

from dataclasses import dataclass

import pulumi

from . import aws


@dataclass(frozen=True)
class Account:
    """id: twelve digits; partition: ``aws``, or that of a region with its own (``aws-cn``)."""

    id: str
    partition: str

    @property
    def root(self) -> str:
        """The principal that stands for the account's own IAM policies."""
        return f"arn:{self.partition}:iam::{self.id}:root"

    def secret(self, name: str, region: str = "*") -> str:
        """The ARN of a secret in Secrets Manager, which adds a hyphen and six characters to its
        name that only it knows."""
        return f"arn:{self.partition}:secretsmanager:{region}:{self.id}:secret:{name}-??????"


def account_of(owner: pulumi.Resource) -> pulumi.Output[Account]:
    """Looked up with the provider of ``owner``, so that it is always the right account."""
    identity = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=owner))
    return identity.apply(lambda found: Account(found.account_id, found.arn.split(":")[1]))
