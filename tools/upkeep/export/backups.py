"""Backup plans and vaults of an account, in the plan's words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_upkeep.naming import region_code
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.schedule import in_words_of_cron
from pulumi_upkeep.plan.yaml12 import parse_yaml

from tools.upkeep.export.part import Part, is_ours, slug


def backups_of(backup: Any, plan: Plan) -> Part:
    """The plans of the primary region; ``backup`` is boto3's client of it."""
    chapters: dict[str, Any] = {}
    plans: dict[str, str] = {}
    vaults: dict[str, str] = {}
    left: list[str] = []
    code = region_code(plan.regions.primary)
    for listed in _all(backup, "list_backup_plans", "BackupPlansList"):
        if is_ours(backup.list_tags(ResourceArn=listed["BackupPlanArn"])["Tags"]):
            continue
        id_ = listed["BackupPlanId"]
        found = backup.get_backup_plan(BackupPlanId=id_)["BackupPlan"]
        name = slug(found["BackupPlanName"], chapters)
        protects, strangers = _protects(backup, id_, plan)
        entry: dict[str, Any] = {"protects": protects, "tiers": {}}
        for rule in found["Rules"]:
            left += _rule(rule, entry, plan, name)
        named = sorted({rule["TargetBackupVaultName"] for rule in found["Rules"]})
        vaults[f"{name}-{code}"] = named[0]
        left += [f"backup plan {name}: its rules also go to vault {each}" for each in named[1:]]
        left += [f"backup plan {name}: protects {each}, which `estate` lacks" for each in strangers]
        if not protects:
            left.append(f"backup plan {name}: protects nothing that `estate` names; complete it")
        plans[f"{name}-{code}"] = id_
        chapters[name] = {key: value for key, value in entry.items() if value}
    adopt = {"backup_plans": plans, "vaults": vaults}
    return Part(
        {"backups": chapters} if chapters else {},
        {kind: names for kind, names in adopt.items() if names},
        tuple(left),
    )


def _rule(rule: Mapping[str, Any], entry: dict[str, Any], plan: Plan, name: str) -> Iterator[str]:
    days = rule.get("Lifecycle", {}).get("DeleteAfterDays")
    where = f"backup plan {name}, rule {rule['RuleName']}"
    if days is None:
        yield f"{where}: keeps for ever; the plan states how long"
        return
    if rule.get("EnableContinuousBackup"):
        entry["point_in_time"] = {"keep": f"{days} days"}
        return
    schedule = schedule_words(rule["ScheduleExpression"])
    if schedule is None:
        yield f"{where}: {rule['ScheduleExpression']} has no words in the plan"
        return
    clocks = rule.get("ScheduleExpressionTimezone") or "Etc/UTC"
    if clocks != plan.timezone:
        yield f"{where}: its times are those of {clocks}, the plan's those of {plan.timezone}"
    tier: dict[str, Any] = {**schedule, "keep": f"{days} days"}
    cold = rule["Lifecycle"].get("MoveToColdStorageAfterDays")
    if cold:
        tier["cold_after"] = f"{cold} days"
    copies = [_copy(action, plan) for action in rule.get("CopyActions", ())]
    if copies:
        tier["copy"] = copies[0] if len(copies) == 1 else copies
    entry["tiers"][slug(rule["RuleName"], entry["tiers"])] = tier


def _copy(action: Mapping[str, Any], plan: Plan) -> dict[str, str]:
    region, account = action["DestinationBackupVaultArn"].split(":")[3:5]
    own = plan.estate.vault_account
    to = "account" if own is not None and account == own.id else "recovery"
    if to == "recovery" and region == plan.regions.primary:
        to = "air_gapped"
    days = action.get("Lifecycle", {}).get("DeleteAfterDays")
    return {"to": to} | ({"keep": f"{days} days"} if days else {})


def schedule_words(cron: str) -> dict[str, Any] | None:
    """``{every: day, at: "02:00"}`` of a cron expression; None where the plan has no words."""
    words = in_words_of_cron(cron) or ""
    said = re.findall(r"`((?:every|at|on): [^`]+)`", words)
    if not any(each.startswith("at: ") for each in said):
        return None
    # Clock times are quoted there, so that every YAML reads them as text.
    found: dict[str, Any] = parse_yaml("\n".join(said), cron)
    return found


def _protects(backup: Any, id_: str, plan: Plan) -> tuple[dict[str, Any], list[str]]:
    """What a plan protects by the estate's names, and what the estate does not have."""
    databases = {each.instance: name for name, each in plan.estate.databases.items()}
    buckets = {bucket: name for name, bucket in plan.estate.buckets.items()}
    found: dict[str, list[str]] = {}
    strangers: list[str] = []
    for listed in _all(backup, "list_backup_selections", "BackupSelectionsList", BackupPlanId=id_):
        selection = backup.get_backup_selection(
            BackupPlanId=id_, SelectionId=listed["SelectionId"]
        )["BackupSelection"]
        for arn in selection.get("Resources", ()):
            last = arn.rpartition(":")[2]
            if last in databases:
                found.setdefault("databases", []).append(databases[last])
            elif last in buckets:
                found.setdefault("buckets", []).append(buckets[last])
            else:
                strangers.append(arn)
    return {kind: sorted(names) for kind, names in found.items()}, sorted(strangers)


def _all(client: Any, operation: str, field: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
    while True:
        answer = getattr(client, operation)(**asked)
        yield from answer[field]
        if not answer.get("NextToken"):
            return
        asked["NextToken"] = answer["NextToken"]
