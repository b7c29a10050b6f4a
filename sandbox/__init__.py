"""A cloud on this machine: AWS, Datadog, and stand-ins for Pulumi's providers."""

import os

# moto reads some of its settings when it is first imported, whoever does that: they stand before
# everything else of the sandbox.
# Who calls tells in which account, so that a role of another account leads there; stated here, all
# calls would be this account's. moto's own default is the sandbox's: 123456789012.
os.environ.pop("MOTO_ACCOUNT_ID", None)
os.environ.update(
    {
        # Roles attach AWS's own policies by name.
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        # The estate brings its own images; moto's are the same in every account.
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        # A certificate is issued as soon as it is looked at (moto waits for more than these
        # seconds).
        "MOTO_ACM_VALIDATION_WAIT": "-1",
    }
)
