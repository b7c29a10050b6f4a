"""A backup plan's tiers as the rules that AWS Backup takes."""

from collections.abc import Mapping
from datetime import timedelta

import pulumi

from .. import aws
from ..plan.backups import PointInTime, Tier

# The rule of continuous backup; no tier may be called so.
POINT_IN_TIME_RULE = "point-in-time"


def plan_rules(
    tiers: Mapping[str, Tier],
    point_in_time: PointInTime | None,
    timezone: str,
    vault: pulumi.Input[str],
    copies_to: Mapping[str, pulumi.Input[str]],
) -> list[aws.backup.PlanRuleArgs]:
    """The rules, sorted by name, the continuous one last.

    timezone    of every schedule
    vault       name of the vault that backups go to
    copies_to   place -> ARN of the vault that copies go to
    """
    rules = [_tier_rule(name, tiers[name], timezone, vault, copies_to) for name in sorted(tiers)]
    if point_in_time is not None:
        rules.append(_continuous_rule(point_in_time, timezone, vault))
    return rules


def _tier_rule(
    name: str,
    tier: Tier,
    timezone: str,
    vault: pulumi.Input[str],
    copies_to: Mapping[str, pulumi.Input[str]],
) -> aws.backup.PlanRuleArgs:
    copies = [
        aws.backup.PlanRuleCopyActionArgs(
            destination_vault_arn=copies_to[copy.to],
            lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(
                cold_storage_after=copy.cold_after.days if copy.cold_after else None,
                delete_after=(copy.keep or tier.keep).days,
            ),
        )
        for copy in sorted(tier.copies, key=lambda copy: copy.to)
    ]
    return aws.backup.PlanRuleArgs(
        rule_name=name,
        target_vault_name=vault,
        schedule=tier.cron(),
        schedule_expression_timezone=timezone,
        start_window=_minutes(tier.start_within),
        completion_window=_minutes(tier.complete_within),
        lifecycle=aws.backup.PlanRuleLifecycleArgs(
            cold_storage_after=tier.cold_after.days if tier.cold_after else None,
            delete_after=tier.keep.days,
        ),
        copy_actions=copies or None,
        recovery_point_tags={"tier": name},
    )


def _continuous_rule(
    continuous: PointInTime, timezone: str, vault: pulumi.Input[str]
) -> aws.backup.PlanRuleArgs:
    return aws.backup.PlanRuleArgs(
        rule_name=POINT_IN_TIME_RULE,
        target_vault_name=vault,
        schedule=f"cron({continuous.at.minute} {continuous.at.hour} * * ? *)",
        schedule_expression_timezone=timezone,
        enable_continuous_backup=True,
        lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=continuous.keep.days),
        recovery_point_tags={"tier": POINT_IN_TIME_RULE},
    )


def _minutes(length: timedelta) -> int:
    return round(length / timedelta(minutes=1))
