"""``BackupPlan``: what is backed up, how often, for how long, and what happens when it is not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator, Field, field_validator

from .. import aws
from ..account import account_of
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Topics
from ..plan.backups import PointInTime, Tier, cold_storage_faults
from ..plan.faults import Fault, NotInWords
from ..plan.proofs.overlaps import overlap_findings
from ..plan.words import Later, Name, Severity, TimeZone, Url
from .backup_ages import declare_backup_ages, unseen_copies
from .backup_plan_rules import POINT_IN_TIME_RULE, plan_rules
from .backup_role import Selected, permissions, trust
from .cross_checked import CrossChecked
from .missing_backups import declare_missing_backups, most_frequent

# AWS Backup: names of plans and selections have at most 50 characters.
PLAN_NAME_LIMIT = 50

# Kind -> what AWS Backup calls it in its metrics.
RESOURCE_TYPES = {"databases": "RDS", "buckets": "S3", "file_systems": "EFS"}
# Kind -> what its ARNs look like, and what they are of. A cluster (Aurora, Multi-AZ) is another
# type, which a region has to opt in to even where it is named [AWS Backup].
ARNS = {
    "databases": (r"arn:[a-z-]+:rds:[a-z0-9*-]+:[0-9*]+:db:.+", "an RDS instance"),
    "buckets": (r"arn:[a-z-]+:s3:::.+", "an S3 bucket"),
    "file_systems": (
        r"arn:[a-z-]+:elasticfilesystem:[a-z0-9*-]+:[0-9*]+:file-system/.+",
        "an EFS file system",
    ),
}
# Kind -> everything of that kind: what tags choose from where nothing is named.
EVERYTHING = {
    "databases": "arn:{partition}:rds:*:{account}:db:*",
    "buckets": "arn:{partition}:s3:::*",
    "file_systems": "arn:{partition}:elasticfilesystem:*:{account}:file-system/*",
}


class BackupCopy(TypedDict):
    """A copy of each backup in another vault."""

    to: str
    """Where: a name in ``copies_to``: ``recovery`` (another region), ``account`` (another account)
    or ``air_gapped``."""
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
    copy: NotRequired[list[BackupCopy]]
    """Copies elsewhere, each in another place. Default: none."""
    start_within: NotRequired[str]
    """How late a backup may start, 1 hour at least. Default ``1 hour``."""
    complete_within: NotRequired[str]
    """Until it is complete, counted from its scheduled time; an hour more than ``start_within`` at
    least. Default ``2 hours``."""


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
        yield from self._faults_of_the_copies()
        if not self.tiers and self.point_in_time is None:
            yield Fault("tiers", "backs nothing up", None, "add a tier, or `point_in_time`")
        if POINT_IN_TIME_RULE in self.tiers:
            yield Fault(
                f"tiers.{POINT_IN_TIME_RULE}",
                "this is the name of the continuous rule",
                None,
                "choose another name for the tier",
            )
        yield from cold_storage_faults(self.kinds, self.tiers)
        for finding in overlap_findings(self.tiers, self.point_in_time, self.timezone, ""):
            if finding.refused:
                yield Fault(finding.at, finding.says, None, finding.remedy)

    def _faults_of_the_selection(self) -> Iterator[Fault]:
        if not self.kinds and not self.tagged:
            yield Fault(
                "databases",
                "nothing is selected: the plan would back up nothing",
                None,
                "name `databases`, `buckets` or `file_systems`, or give `tagged`",
            )
        for kind in self.kinds:
            pattern, thing = ARNS[kind]
            for index, arn in enumerate(getattr(self, kind)):
                if not isinstance(arn, str):
                    continue
                if not re.fullmatch(pattern, arn):
                    example = EVERYTHING[kind].format(partition="aws", account="*")
                    yield Fault(
                        f"{kind}.{index}",
                        f"not the ARN of {thing}",
                        arn,
                        f"one that fits `{example}`",
                    )
                elif "*" in arn and not self.tagged:
                    yield Fault(
                        f"{kind}.{index}",
                        "a pattern alone backs up everything that it fits",
                        arn,
                        "name things one by one, or add the tags that they carry",
                    )

    def _faults_of_the_copies(self) -> Iterator[Fault]:
        for name, tier in self.tiers.items():
            for copy in tier.copies:
                if copy.to not in self.copies_to:
                    yield Fault(
                        f"tiers.{name}.{tier.copy_path(copy)}.to",
                        "no vault is known there",
                        copy.to,
                        f"add the vault's ARN to `copies_to` as `{copy.to}`",
                    )
        # Region and account of what is backed up, where they are known already.
        known = (arn.split(":")[3:5] for arn in self.databases if isinstance(arn, str))
        homes = [home for home in known if len(home) == 2 and "*" not in home]
        for place, vault in sorted(self.copies_to.items()):
            if place not in _places(self.tiers) or not isinstance(vault, str) or not homes:
                continue
            region, account = homes[0]
            if region not in vault.split(":") and account not in vault.split(":"):
                yield Fault(
                    f"copies_to.{place}",
                    "a copy of a database goes to another region or to another account, not to "
                    "both in one step [AWS Backup]",
                    vault,
                    f"a vault of account {account}, or one of {region}",
                )

    @property
    def kinds(self) -> list[str]:
        """The kinds that are named; none where tags alone choose."""
        return [kind for kind in RESOURCE_TYPES if getattr(self, kind)]


class BackupPlan(UpkeepComponent):
    """A backup plan of several tiers, with its selection, its role and an alarm on missing backups.

    A job that fails, expires or is stopped is told by its vault (see ``BackupVault``). A plan that
    does nothing at all tells nobody, so two things watch for silence. Per kind, AWS Backup's own
    count of completed jobs, against the most frequent tier: CloudWatch looks back 7 days at most.
    And a function that publishes, every hour, how old the newest backup of each tier is and of each
    of its copies, and which jobs have not ended that should have; it is compared with the tier,
    however rare. Both are on from the beginning; a tier that has made nothing yet is as old as its
    rule.
    """

    plan_id: pulumi.Output[str]
    """Id of the plan in AWS Backup."""
    plan_arn: pulumi.Output[str]
    """ARN of the plan."""
    role_arn: pulumi.Output[str]
    """ARN of the role that takes the backups; it cannot restore."""
    unproven: pulumi.Output[Sequence[str]]
    """What no alarm can tell, a sentence each, with the plan's own name."""

    def __init__(
        self, name: str, args: BackupPlanArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        plan = aws.backup.Plan(
            name,
            aws.backup.PlanArgs(
                name=physical_name(name, limit=PLAN_NAME_LIMIT),
                rules=plan_rules(
                    settings.tiers,
                    settings.point_in_time,
                    settings.timezone,
                    settings.vault,
                    settings.copies_to,
                ),
            ),
            self.child(),
        )
        role = self._select(plan, settings)
        watched = most_frequent(settings.tiers)
        if watched is not None:
            declare_missing_backups(
                self,
                settings.tiers[watched],
                settings.vault,
                {kind: RESOURCE_TYPES[kind] for kind in settings.kinds},
                settings.severity,
                args["topics"],
                settings.runbooks,
            )
        if settings.tiers:
            declare_backup_ages(
                self,
                plan.id,
                plan.arn,
                settings.tiers,
                settings.vault,
                [*settings.databases, *settings.buckets, *settings.file_systems]
                if not settings.tagged
                else [],
                {place: settings.copies_to[place] for place in sorted(_places(settings.tiers))},
                settings.severity,
                args["topics"],
                settings.runbooks,
            )
        self.plan_id = plan.id
        self.plan_arn = plan.arn
        self.role_arn = role.arn
        self.unproven = pulumi.Output.from_input(_unproven(name, settings.tiers))
        self.register_outputs(
            {
                "planId": plan.id,
                "planArn": plan.arn,
                "roleArn": role.arn,
                "unproven": self.unproven,
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


def _unproven(name: str, tiers: Mapping[str, Tier]) -> list[str]:
    """What no alarm can tell of a plan; a failed or expired job is told all the same."""
    return [
        f"backups {physical_name(name)}, `{tier}`: an alarm tells that a copy to the other account "
        "failed, none that it was never begun (AWS Backup lists copy jobs for 30 days)"
        for tier in unseen_copies(tiers)
    ]


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
    return {copy.to for tier in tiers.values() for copy in tier.copies}
