"""Publishes, every hour, how old the newest backup of each tier and place is, and what is late.

    Upkeep/Recovery BackupAge{Entry, Place, Tier}   hours since the newest backup; of several things
                                                    those of the one that has waited longest
    Upkeep/Recovery LateJobs{Entry}                 jobs and copies that should have ended by now

Place is `backups` for the vault of the plan itself, otherwise where copies go. A tier that has made
nothing yet is as old as its rule: silence counts from the day it was declared. AWS Backup's own
metrics count jobs by vault and cannot tell tiers apart, and CloudWatch looks back a week at most.

WATCHED (environment): {"entry", "plan": id, "vault": name, "resources": [ARN], "late_after": hours
of a copy, "tiers": {name: {"complete_within": hours, "copies": {place: {"vault": ARN, "listed":
whether its recovery points can be listed, which those of another account cannot}}}}}
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

NAMESPACE = "Upkeep/Recovery"
HOUR = timedelta(hours=1)
# What has ended well. AVAILABLE is a continuous recovery point's [AWS Backup, recovery points].
WHOLE = frozenset({"AVAILABLE", "COMPLETED"})
UNDER_WAY = ("CREATED", "PENDING", "RUNNING", "ABORTING")
COPIES_UNDER_WAY = ("CREATED", "RUNNING")
# CloudWatch takes a thousand values in one call.
AT_ONCE = 1000


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Looks and publishes; answers with {"ages": {"place/tier": hours}, "late": [what]}."""
    watched = json.loads(os.environ["WATCHED"])
    now = datetime.now(UTC)
    backup = boto3.client("backup")
    rules = _rules(backup, watched["plan"])
    ages = {
        (place, tier): max(_hours(now - newest), 0.0)
        for place, tier, newest in _newest(backup, watched, rules, now)
    }
    late = sorted(_late(backup, watched, rules, now))
    entry = {"Name": "Entry", "Value": watched["entry"]}
    data = [
        {
            "MetricName": "BackupAge",
            "Dimensions": [
                entry,
                {"Name": "Place", "Value": place},
                {"Name": "Tier", "Value": tier},
            ],
            "Value": hours,
        }
        for (place, tier), hours in sorted(ages.items())
    ]
    data.append({"MetricName": "LateJobs", "Dimensions": [entry], "Value": float(len(late))})
    cloudwatch = boto3.client("cloudwatch")
    for start in range(0, len(data), AT_ONCE):
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + AT_ONCE])
    for what in late:
        print(what)
    told = {f"{place}/{tier}": hours for (place, tier), hours in ages.items()}
    return {"ages": told, "late": late}


class Rules:
    """The plan's rules by every id they have had, and since when each has been in the plan."""

    def __init__(self, plan: str) -> None:
        self.plan = plan
        self.names: dict[str, str] = {}
        self.since: dict[str, datetime] = {}

    def name_of(self, creator: Mapping[str, Any] | None) -> str | None:
        """The rule that made a recovery point or job; None for another plan's, or nobody's."""
        if not creator or creator.get("BackupPlanId") != self.plan:
            return None
        return creator.get("BackupRuleName") or self.names.get(creator.get("BackupRuleId", ""))


def _rules(backup: Any, plan: str) -> Rules:
    rules = Rules(plan)
    # The newest version first: a rule counts from where it stands in every version since.
    listed = _pages(
        backup, "list_backup_plan_versions", "BackupPlanVersionsList", BackupPlanId=plan
    )
    alive: set[str] | None = None
    for version in sorted(listed, key=lambda each: each["CreationDate"], reverse=True):
        found = backup.get_backup_plan(BackupPlanId=plan, VersionId=version["VersionId"])
        here = set()
        for rule in found["BackupPlan"]["Rules"]:
            rules.names[rule.get("RuleId", "")] = rule["RuleName"]
            here.add(rule["RuleName"])
        alive = here if alive is None else alive & here
        for name in alive:
            rules.since[name] = version["CreationDate"]
    return rules


def _newest(
    backup: Any, watched: Mapping[str, Any], rules: Rules, now: datetime
) -> Iterator[tuple[str, str, datetime]]:
    """Of each place and tier, when the newest backup was made of the thing that waits longest."""
    own = _made(_points(backup, watched["vault"], None), rules)
    copies: dict[str, dict[str, dict[str, datetime]]] = {}
    for tier, described in watched["tiers"].items():
        yield "backups", tier, _waiting(own.get(tier, {}), watched, rules.since.get(tier, now))
        for place, copy in described["copies"].items():
            if copy["vault"] not in copies:
                copies[copy["vault"]] = _copied(backup, copy, rules)
            made = copies[copy["vault"]].get(tier, {})
            yield place, tier, _waiting(made, watched, rules.since.get(tier, now))


def _waiting(made: Mapping[str, datetime], watched: Mapping[str, Any], since: datetime) -> datetime:
    """When the thing that waits longest was backed up last; since its rule stands, where never."""
    if watched["resources"]:
        return min(made.get(arn, since) for arn in watched["resources"])
    # Tags choose, and what they choose is not known here: the newest of all.
    return max(made.values(), default=since)


def _copied(backup: Any, copy: Mapping[str, Any], rules: Rules) -> dict[str, dict[str, datetime]]:
    """tier -> thing -> newest copy: from the vault where it can be read, else from the jobs that
    filled it, which AWS Backup lists for a month."""
    jobs = _pages(
        backup,
        "list_copy_jobs",
        "CopyJobs",
        ByDestinationVaultArn=copy["vault"],
        ByState="COMPLETED",
    )
    made = _made(({**job, "Status": "COMPLETED"} for job in jobs), rules)
    if copy["listed"]:
        parts = copy["vault"].split(":")
        for tier, things in _made(_points(backup, parts[6], parts[3]), rules).items():
            for arn, when in things.items():
                known = made.setdefault(tier, {})
                known[arn] = max(known.get(arn, when), when)
    return made


def _points(backup: Any, vault: str, region: str | None) -> Iterator[Mapping[str, Any]]:
    client = boto3.client("backup", region_name=region) if region else backup
    return _pages(
        client,
        "list_recovery_points_by_backup_vault",
        "RecoveryPoints",
        BackupVaultName=vault,
    )


def _made(found: Iterable[Mapping[str, Any]], rules: Rules) -> dict[str, dict[str, datetime]]:
    newest: dict[str, dict[str, datetime]] = {}
    for each in found:
        tier = rules.name_of(each.get("CreatedBy"))
        if tier is None or each.get("Status") not in WHOLE:
            continue
        things = newest.setdefault(tier, {})
        when = each["CreationDate"]
        things[each["ResourceArn"]] = max(things.get(each["ResourceArn"], when), when)
    return newest


def _late(backup: Any, watched: Mapping[str, Any], rules: Rules, now: datetime) -> Iterator[str]:
    """Jobs that have not ended and should have."""
    for state in UNDER_WAY:
        jobs = _pages(
            backup,
            "list_backup_jobs",
            "BackupJobs",
            ByBackupVaultName=watched["vault"],
            ByState=state,
        )
        for job in jobs:
            tier = rules.name_of(job.get("CreatedBy"))
            allowed = watched["tiers"].get(tier, {}).get("complete_within")
            if allowed is not None and now - job["CreationDate"] > allowed * HOUR:
                yield _said("backup", job["BackupJobId"], job, state, now)
    for state in COPIES_UNDER_WAY:
        for job in _pages(backup, "list_copy_jobs", "CopyJobs", ByState=state):
            tier = rules.name_of(job.get("CreatedBy"))
            if tier in watched["tiers"] and (
                now - job["CreationDate"] > watched["late_after"] * HOUR
            ):
                yield _said("copy", job["CopyJobId"], job, state, now)


def _said(kind: str, name: str, job: Mapping[str, Any], state: str, now: datetime) -> str:
    hours = _hours(now - job["CreationDate"])
    return f"{kind} {name} of {job['ResourceArn']}: {state} for {hours:.1f} hours"


def _hours(length: timedelta) -> float:
    return length / HOUR


def _pages(client: Any, operation: str, key: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator(operation).paginate(**asked):
        yield from page[key]
