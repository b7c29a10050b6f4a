"""The explicit providers: AWS per region, and Datadog. Default providers are disabled."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from ..aws import Provider as AwsProvider
from ..aws import ProviderArgs as AwsProviderArgs
from ..aws import ProviderAssumeRoleArgs as AssumeRoleArgs
from ..aws import ProviderDefaultTagsArgs as DefaultTagsArgs
from ..datadog import Provider as DatadogProvider
from ..datadog import ProviderArgs as DatadogProviderArgs
from ..plan import Plan
from .backup_places import account_vault_regions

# Route 53 reports its metrics to this region alone, so its alarms and their topics live there.
GLOBAL_REGION = "us-east-1"


@dataclass(frozen=True)
class Providers:
    """``aws`` holds one provider per region in use: primary, recovery and Route 53's.

    vault   by region: the account where copies of backups go; empty where nothing goes there
    """

    aws: Mapping[str, AwsProvider]
    vault: Mapping[str, AwsProvider]
    primary_region: str
    recovery_region: str
    datadog: DatadogProvider

    @property
    def primary(self) -> AwsProvider:
        return self.aws[self.primary_region]

    @property
    def recovery(self) -> AwsProvider:
        return self.aws[self.recovery_region]


def declare_providers(plan: Plan) -> Providers:
    """Declares the providers that the plan's regions and Datadog need."""
    tags = {
        "company": plan.company,
        "environment": plan.environment,
        "managed-by": "upkeep",
    }
    regions = plan.regions
    return Providers(
        aws={
            region: AwsProvider(
                f"aws-{region}",
                AwsProviderArgs(
                    region=region,
                    default_tags=DefaultTagsArgs(tags=tags),
                ),
            )
            for region in sorted({regions.primary, regions.recovery, GLOBAL_REGION})
        },
        vault={
            region: AwsProvider(
                f"vault-{region}",
                AwsProviderArgs(
                    region=region,
                    assume_roles=[AssumeRoleArgs(role_arn=account.role_arn, session_name="upkeep")],
                    default_tags=DefaultTagsArgs(tags=tags),
                ),
            )
            for account in [plan.estate.vault_account]
            if account is not None
            for region in sorted(account_vault_regions(plan))
        },
        primary_region=regions.primary,
        recovery_region=regions.recovery,
        datadog=_datadog(),
    )


def _datadog() -> DatadogProvider:
    config = pulumi.Config("upkeep")
    return DatadogProvider(
        "datadog",
        DatadogProviderArgs(
            api_key=config.require_secret("datadogApiKey"),
            app_key=config.require_secret("datadogAppKey"),
            # Previews must not depend on Datadog's live validation; our own checks are offline.
            validate="false",
        ),
    )
