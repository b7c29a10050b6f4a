"""``BackupPlan``: what is backed up, how often, for how long, and what happens when it is not."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import ceil
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator, Field, field_validator

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.backups import PointInTime, Tier
from ..plan.faults import Fault, NotInWords
from ..plan.limits import RULE_NAME_LENGTH, WITHOUT_COLD_STORAGE
from ..plan.runs import Rule, replay
from ..plan.words import Later, Name, Severity, TimeZone, Url, say_duration
from .account import account_of
from .backup_role import Selected, permissions, trust
from .cross_checked import CrossChecked

# AWS Backup: names of plans and selections have at most 50 characters.
PLAN_NAME_LIMIT = 50
# The rule of continuous backup; no tier may be called so.
POINT_IN_TIME_RULE = "point-in-time"
# CloudWatch: an alarm looks back at most 7 days.
FURTHEST_LOOK_BACK = timedelta(days=7)
# A day is 25 hours long once a year where clocks change.
CLOCK_CHANGE = timedelta(hours=1)
HOUR = timedelta(hours=1)

# Kind -> what AWS Backup calls it in its metrics.
RESOURCE_TYPES = {"databases": "RDS", "buckets": "S3", "file_systems": "EFS"}
# Kind -> everything of that kind: what tags choose from where nothing is named.
EVERYTHING = {
    "databases": "arn:{partition}:rds:*:{account}:db:*",
    "buckets": "arn:{partition}:s3:::*",
    "file_systems": "arn:{partition}:elasticfilesystem:*:{account}:file-system/*",
}


class BackupCopy(TypedDict):
    """A copy of each backup in another vault, usually in the recovery region."""

    to: str
    """Where: a name in ``copies_to``, which is ``recovery``."""
    keep: NotRequired[str]
    """How long, e.g. ``30 days``. Default: as long as the backup itself."""
    cold_after: NotRequired[str]
    """Until the copy moves to cold storage. Default: never."""


class BackupTier(TypedDict):
    """Backups on one schedule, kept equally long."""

    every: str
    """``day``, ``week``, ``month``, or hours that divide the day, e.g. ``6 hours``."""
    at: NotRequired[str]
    """Clock time in the plan's time zone, e.g. ``02:00``. Only hours may go without it."""
    on: NotRequired[str]
    """With ``week`` a day (``Sunday``); with ``month`` ``first Sunday`` to ``fourth Sunday``, or
    a day of the month from ``1`` to ``28``."""
    keep: str
    """How long, in whole days: ``30 days``, ``1 month`` (31 days), ``1 year`` (366 days)."""
    cold_after: NotRequired[str]
    """Until a backup moves to cold storage, where it stays 90 days at least. Databases and
    buckets have none. Default: never."""
    copy: NotRequired[BackupCopy]
    """A copy elsewhere. Default: none."""
    start_within: NotRequired[str]
    """How late a backup may start, 1 hour at least. Default ``1 hour``."""
    complete_within: NotRequired[str]
    """How long it may take, 1 hour at least. Default ``2 hours``."""


class BackupPointInTime(TypedDict):
    """Continuous backup: any moment within ``keep`` can be restored."""

    keep: str
    """1 to 35 days, e.g. ``30 days``."""
    at: NotRequired[str]
    """When its daily run is. Default ``00:00``."""


class BackupPlanArgs(TypedDict):
    vault: pulumi.Input[str]
    """Name of the vault that backups go to. A vault of its own per plan makes the alarm on
    missing backups exact: jobs are counted by vault and kind."""
    timezone: str
    """The clocks of ``at``, e.g. ``America/New_York``."""
    tiers: NotRequired[dict[str, BackupTier]]
    """Schedules by name, each with its own retention."""
    point_in_time: NotRequired[BackupPointInTime]
    """Continuous backup beside the tiers. Default: none."""
    databases: NotRequired[list[pulumi.Input[str]]]
    """ARNs of RDS instances."""
    buckets: NotRequired[list[pulumi.Input[str]]]
    """ARNs of S3 buckets; they must be versioned [AWS Backup]."""
    file_systems: NotRequired[list[pulumi.Input[str]]]
    """ARNs of EFS file systems."""
    tagged: NotRequired[dict[str, str]]
    """Tag -> value. A thing must carry all of them. Beside ARNs it narrows them: backed up is what
    is named *and* carries the tags. Without ARNs it chooses among all databases, buckets and file
    systems of the account."""
    copies_to: NotRequired[dict[str, pulumi.Input[str]]]
    """Where copies go: the name tiers use (``recovery``) -> the ARN of the vault there."""
    topics: AlertTopics
    """The SNS topic of each severity, in the vault's region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/missing-backups``."""
    severity: NotRequired[str]
    """Severity of missing backups: p0 to p3. Default p1."""


def _arn(given: Any) -> Any:
    if isinstance(given, str) and not given.startswith("arn:"):
        raise NotInWords("not an ARN", "give the ARN of the thing")
    return given


Arn = Annotated[Later, AfterValidator(_arn)]


class _Settings(CrossChecked):
    vault: Later
    timezone: TimeZone
    tiers: dict[Name, Tier] = Field(default_factory=dict)
    point_in_time: PointInTime | None = None
    databases: list[Arn] = Field(default_factory=list)
    buckets: list[Arn] = Field(default_factory=list)
    file_systems: list[Arn] = Field(default_factory=list)
    tagged: dict[str, str] = Field(default_factory=dict)
    copies_to: dict[Name, Arn] = Field(default_factory=dict)
    topics: Topics
    runbooks: Url
    severity: Severity = "p1"

    @field_validator("tiers", mode="before")
    @classmethod
    def _days_of_the_month_are_numbers(cls, given: Any) -> Any:
        # Arguments are typed, so a day of the month comes as text.
        if not isinstance(given, Mapping):
            return given
        return {
            name: {**tier, "on": int(tier["on"])}
            if isinstance(tier, Mapping) and str(tier.get("on")).isdigit()
            else tier
            for name, tier in given.items()
        }

    def faults(self) -> Iterator[Fault]:
        yield from self._faults_of_the_selection()
        if not self.tiers and self.point_in_time is None:
            yield Fault("tiers", "backs nothing up", None, "add a tier, or `point_in_time`")
        if POINT_IN_TIME_RULE in self.tiers:
            yield Fault(
                f"tiers.{POINT_IN_TIME_RULE}",
                "this is the name of the continuous rule",
                None,
                "choose another name for the tier",
            )
        for name, tier in self.tiers.items():
            yield from self._faults_of_a_tier(f"tiers.{name}", tier)
        for name in _never_taken(self.tiers, self.timezone):
            yield Fault(
                f"tiers.{name}",
                "never taken: every run overlaps one that is kept longer, and AWS Backup takes "
                "that one alone",
                None,
                "let it run at another time, further away than the start windows",
            )

    def _faults_of_the_selection(self) -> Iterator[Fault]:
        if not self.kinds and not self.tagged:
            yield Fault(
                "databases",
                "nothing is selected: the plan would back up nothing",
                None,
                "name `databases`, `buckets` or `file_systems`, or give `tagged`",
            )
        for kind in self.kinds:
            for index, arn in enumerate(getattr(self, kind)):
                if isinstance(arn, str) and "*" in arn and not self.tagged:
                    yield Fault(
                        f"{kind}.{index}",
                        "a pattern alone backs up everything that it fits",
                        arn,
                        "name things one by one, or add the tags that they carry",
                    )

    def _faults_of_a_tier(self, path: str, tier: Tier) -> Iterator[Fault]:
        copy = tier.copy_to
        if copy is not None and copy.to not in self.copies_to:
            yield Fault(
                f"{path}.copy.to",
                "no vault is known there",
                copy.to,
                f"add the vault's ARN to `copies_to` as `{copy.to}`",
            )
        lacking = [
            WITHOUT_COLD_STORAGE[kind] for kind in self.kinds if kind in WITHOUT_COLD_STORAGE
        ]
        cold = {"cold_after": tier.cold_after, "copy.cold_after": copy and copy.cold_after}
        for where, after in cold.items():
            if after and lacking:
                yield Fault(
                    f"{path}.{where}",
                    f"{' and '.join(lacking)} has no cold storage, AWS Backup would ignore it "
                    "silently",
                    say_duration(after),
                    "leave it out",
                )

    @property
    def kinds(self) -> list[str]:
        """The kinds that are named; none where tags alone choose."""
        return [kind for kind in RESOURCE_TYPES if getattr(self, kind)]


class BackupPlan(UpkeepComponent):
    """A backup plan of several tiers, with its selection, its role and an alarm on missing backups.

    A job that fails, expires or is stopped is told by its vault (see ``BackupVault``). A plan that
    does nothing at all tells nobody, so an alarm watches for silence: per kind, that no backup was
    completed for as long as the most frequent tier may take. CloudWatch looks back 7 days at most,
    so of weekly and monthly tiers alone it sees nothing; ``unwatched_tiers`` names the tiers whose
    absence no alarm would notice. The alarm is on from the beginning and quiet once the first
    backup is there.
    """

    plan_id: pulumi.Output[str]
    """Id of the plan in AWS Backup."""
    plan_arn: pulumi.Output[str]
    """ARN of the plan."""
    role_arn: pulumi.Output[str]
    """ARN of the role that takes the backups; it cannot restore."""
    unwatched_tiers: pulumi.Output[list[str]]
    """Tiers whose missing backups no alarm sees: they are rarer than the watched one."""

    def __init__(
        self, name: str, args: BackupPlanArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        plan = aws.backup.Plan(
            name,
            aws.backup.PlanArgs(
                name=physical_name(name, limit=PLAN_NAME_LIMIT),
                rules=_rules(settings),
            ),
            self.child(),
        )
        role = self._select(plan, settings)
        watched = most_frequent(settings.tiers)
        if watched is not None:
            self._watch(settings, args["topics"], settings.tiers[watched])
        self.plan_id = plan.id
        self.plan_arn = plan.arn
        self.role_arn = role.arn
        self.unwatched_tiers = pulumi.Output.from_input(
            [tier for tier in sorted(settings.tiers) if tier != watched]
        )
        self.register_outputs(
            {
                "planId": plan.id,
                "planArn": plan.arn,
                "roleArn": role.arn,
                "unwatchedTiers": self.unwatched_tiers,
            }
        )

    def _select(self, plan: aws.backup.Plan, settings: _Settings) -> aws.iam.Role:
        account = account_of(self)
        role = aws.iam.Role(
            self.name,
            aws.iam.RoleArgs(
                name=physical_name(self.name, "backup"),
                description=f"AWS Backup takes the backups of {physical_name(self.name)}",
                assume_role_policy=account.apply(trust),
            ),
            self.child(),
        )
        selected = pulumi.Output.all(
            account=account, **{kind: getattr(settings, kind) for kind in RESOURCE_TYPES}
        ).apply(_selected if settings.kinds else _anything)
        granted = aws.iam.RolePolicy(
            self.name,
            aws.iam.RolePolicyArgs(
                name="backup",
                role=role.name,
                policy=pulumi.Output.all(
                    account=account,
                    vault=settings.vault,
                    selected=selected,
                    copies_to=[
                        settings.copies_to[place] for place in sorted(_places(settings.tiers))
                    ],
                ).apply(
                    lambda known: permissions(
                        known["account"],
                        known["vault"],
                        known["selected"],
                        known["copies_to"],
                        settings.point_in_time is not None,
                    )
                ),
            ),
            self.child(),
        )
        aws.backup.Selection(
            self.name,
            aws.backup.SelectionArgs(
                name=physical_name(self.name, limit=PLAN_NAME_LIMIT),
                plan_id=plan.id,
                iam_role_arn=role.arn,
                resources=selected.apply(
                    lambda chosen: sorted(
                        [*chosen.databases, *chosen.buckets, *chosen.file_systems]
                    )
                ),
                # Conditions are all of them; selection tags would be any of them.
                conditions=[
                    aws.backup.SelectionConditionArgs(
                        string_equals=[
                            aws.backup.SelectionConditionStringEqualArgs(
                                key=f"aws:ResourceTag/{tag}", value=settings.tagged[tag]
                            )
                            for tag in sorted(settings.tagged)
                        ]
                    )
                ]
                if settings.tagged
                else None,
                # The first backup must not come before the role may take it.
            ),
            self.child(depends_on=[granted]),
        )
        return role

    def _watch(self, settings: _Settings, topics: AlertTopics, tier: Tier) -> None:
        kinds: list[str | None] = [*settings.kinds] or [None]
        hours = ceil(look_back(tier) / HOUR)
        for kind in kinds:
            dimensions = {"BackupVaultName": settings.vault}
            if kind is not None:
                dimensions["ResourceType"] = RESOURCE_TYPES[kind]
            of = f" of {kind.replace('_', ' ')}" if kind else ""
            watch = Watch(
                part="missing-backups" + (f"-{kind.replace('_', '-')}" if kind else ""),
                says=f"no backup{of} was completed for {physical_name(self.name)}",
                severity=settings.severity,
                metric=Metric("AWS/Backup", "NumberOfBackupJobsCompleted", dimensions, "Sum"),
                comparison="LessThanThreshold",
                threshold=1,
                period=HOUR,
                periods=hours,
                missing_data="breaching",
                runbook="missing-backups",
            )
            declare_alarm(self, watch, topics, settings.runbooks)


def look_back(tier: Tier) -> timedelta:
    """The longest there may be between two completed backups of a tier."""
    every = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
    interval = every[tier.every] if isinstance(tier.every, str) else tier.every
    return interval + CLOCK_CHANGE + tier.start_within + tier.complete_within


def most_frequent(tiers: Mapping[str, Tier]) -> str | None:
    """The tier that shows first that nothing is backed up; None where no alarm looks back so far.

    Between equals it is the one whose windows are shorter, then the first by name.
    """
    seen = [(look_back(tier), name) for name, tier in tiers.items()]
    within = [each for each in seen if each[0] <= FURTHEST_LOOK_BACK]
    return min(within)[1] if within else None


def _never_taken(tiers: Mapping[str, Tier], timezone: str) -> list[str]:
    """The tiers that others swallow whole."""
    rules = tuple(
        Rule(name, tier, _minutes(tier.start_within), tier.keep.days)
        for name, tier in sorted(tiers.items())
    )
    taken = {run.tier for stretch in replay(rules, timezone).taken for run in stretch}
    return [name for name in sorted(tiers) if name not in taken]


def _rules(settings: _Settings) -> list[aws.backup.PlanRuleArgs]:
    rules = [_tier_rule(name, settings.tiers[name], settings) for name in sorted(settings.tiers)]
    if settings.point_in_time is not None:
        rules.append(_continuous_rule(settings.point_in_time, settings))
    return rules


def _tier_rule(name: str, tier: Tier, settings: _Settings) -> aws.backup.PlanRuleArgs:
    copies = None
    if tier.copy_to is not None:
        cold = tier.copy_to.cold_after
        copies = [
            aws.backup.PlanRuleCopyActionArgs(
                destination_vault_arn=settings.copies_to[tier.copy_to.to],
                lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(
                    cold_storage_after=cold.days if cold else None,
                    delete_after=(tier.copy_kept or tier.keep).days,
                ),
            )
        ]
    return aws.backup.PlanRuleArgs(
        rule_name=name[:RULE_NAME_LENGTH],
        target_vault_name=settings.vault,
        schedule=tier.cron(),
        schedule_expression_timezone=settings.timezone,
        start_window=_minutes(tier.start_within),
        completion_window=_minutes(tier.complete_within),
        lifecycle=aws.backup.PlanRuleLifecycleArgs(
            cold_storage_after=tier.cold_after.days if tier.cold_after else None,
            delete_after=tier.keep.days,
        ),
        copy_actions=copies,
        recovery_point_tags={"tier": name},
    )


def _continuous_rule(continuous: PointInTime, settings: _Settings) -> aws.backup.PlanRuleArgs:
    return aws.backup.PlanRuleArgs(
        rule_name=POINT_IN_TIME_RULE,
        target_vault_name=settings.vault,
        schedule=f"cron({continuous.at.minute} {continuous.at.hour} * * ? *)",
        schedule_expression_timezone=settings.timezone,
        enable_continuous_backup=True,
        lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=continuous.keep.days),
        recovery_point_tags={"tier": POINT_IN_TIME_RULE},
    )


def _selected(known: dict[str, Any]) -> Selected:
    return Selected(**{kind: known[kind] for kind in RESOURCE_TYPES})


def _anything(known: dict[str, Any]) -> Selected:
    """Everything of every kind, for tags to choose from."""
    account = known["account"]
    return Selected(
        **{
            kind: [pattern.format(partition=account.partition, account=account.id)]
            for kind, pattern in EVERYTHING.items()
        }
    )


def _places(tiers: Mapping[str, Tier]) -> set[str]:
    return {tier.copy_to.to for tier in tiers.values() if tier.copy_to is not None}


def _minutes(length: timedelta) -> int:
    return round(length / timedelta(minutes=1))
