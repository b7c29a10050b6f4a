"""LogAggregation: logs that are kept, found, counted, read, and clean of what nobody should see."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog import (
    LogsCustomPipeline,
    LogsCustomPipelineArgs,
    LogsCustomPipelineFilterArgs,
    LogsIndex,
    LogsIndexArgs,
    LogsIndexDailyLimitResetArgs,
    LogsIndexExclusionFilterArgs,
    LogsIndexExclusionFilterFilterArgs,
    LogsIndexFilterArgs,
    LogsMetric,
    LogsMetricArgs,
    LogsMetricComputeArgs,
    LogsMetricFilterArgs,
    LogsMetricGroupByArgs,
    SensitiveDataScannerGroup,
    SensitiveDataScannerGroupArgs,
    SensitiveDataScannerGroupFilterArgs,
    SensitiveDataScannerRule,
    SensitiveDataScannerRuleArgs,
    SensitiveDataScannerRuleTextReplacementArgs,
)
from ..naming import physical_name
from ..plan.faults import Fault, nearest
from ..plan.logs import TOTAL, Logs, clock_faults
from ..plan.words import Region, TimeZone, say_duration
from .alarm import AlertTopics, Topics
from .handles import DatadogHandles
from .log_archive import declare_archive
from .log_groups import declare_log_groups
from .log_pipeline import NOBODYS, processors
from .log_review import Agenda, declare_review
from .log_scrubbing import scrubbing_rules
from .log_view import ERRORS, LogNames, explorer
from .log_watches import log_watches
from .monitor import NAME_LIMIT, MonitorSettings, declare_monitor
from .runbook import runbook_page
from .tags import datadog_tags

# The tags of every metric: what a graph of it can be split by.
_METRIC_TAGS = ("env", "service", "status")


class LogQuotaArgs(TypedDict):
    """How many logs a day are indexed."""

    at_most: int
    """Logs a day."""
    warn_at: NotRequired[str]
    """The share from which somebody is told. Default: ``80 %``."""
    resets_at: NotRequired[str]
    """When the day begins, on the hour, without summer time. Default: ``00:00``."""
    severity: NotRequired[str]
    """Of a quota that is nearly used, and of one that is used up. Default: ``p2``."""
    owner: NotRequired[str]
    """The team that hears of it as well. Default: none."""


class LogSilenceArgs(TypedDict):
    """From when no log at all is a fault."""

    after: NotRequired[str]
    """1 minute to 1 week. Default: ``1 hour``."""
    severity: NotRequired[str]
    """Default: ``p2``."""
    owner: NotRequired[str]
    """The team that hears of it as well. Default: none."""


class LogArchiveArgs(TypedDict):
    """The company's own bucket of logs."""

    keep: NotRequired[str]
    """Whole days, at least as long as they can be searched. Default: ``1 year``."""


class LogPatternAlertArgs(TypedDict):
    """From how many logs within how long somebody is told."""

    above: int
    """More than so many."""
    severity: str
    """``p0`` to ``p3``."""
    warn_above: NotRequired[int]
    """More than so many, and the owner is warned. Default: no warning."""
    lasting: NotRequired[str]
    """1 minute to 1 week. Default: ``15 minutes``."""
    by_service: NotRequired[bool]
    """Whether each service is counted for itself. Default: true."""


class LogPatternArgs(TypedDict):
    """Logs that are counted."""

    means: str
    """What it is when it happens, a sentence without its end."""
    query: str
    """A search of Datadog's, without the environment."""
    owner: NotRequired[str]
    """The team it belongs to. Default: none."""
    alert: NotRequired[LogPatternAlertArgs]
    """Default: counted alone."""
    runbook: NotRequired[str]
    """The page below ``runbooks``. Default: ``log-pattern``."""


class LogScrubArgs(TypedDict):
    """Something of the company's own that must not stand in a log."""

    pattern: str
    """A regular expression; nothing that looks ahead, behind or back."""
    example: str
    """Something made up that it finds."""
    leaves: NotRequired[str]
    """Something alike that it must leave alone. Default: none."""


class LogGroupOptionsArgs(TypedDict):
    """A log group of CloudWatch."""

    keep: NotRequired[str]
    """At least as long as in Datadog. Default: as long."""
    service: NotRequired[str]
    """Whose logs these are, a key of ``services``. Default: the logs say it themselves."""


class LogReviewArgs(TypedDict):
    """The review of error patterns and performance."""

    every: str
    """``day``, ``week``, ``month`` or ``quarter``."""
    at: str
    """Clock time, such as ``10:00``."""
    owner: str
    """The team whose review it is."""
    on: NotRequired[str]
    """``Monday``, ``first Monday``. Required but for ``day``."""
    severity: NotRequired[str]
    """By whose topic the reminder goes. Default: ``p3``."""


class LogAggregationArgs(TypedDict):
    """Arguments of LogAggregation."""

    environment: str
    """The tag ``env`` of the logs: ``prod``. Of several environments no log is in two."""
    timezone: str
    """On whose clocks days begin and reviews take place: ``America/New_York``."""
    region: str
    """The region of the AWS provider."""
    daily_quota: LogQuotaArgs
    """How many logs a day are indexed."""
    runbooks: str
    """The address below which every alert has its page."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    keep: NotRequired[str]
    """How long logs can be searched. Default: ``30 days``."""
    contract: NotRequired[list[str]]
    """How long the contract with Datadog lets an index keep. Default: 3 to 360 days."""
    index: NotRequired[str]
    """Name of the index; that of one that was deleted cannot be used again. Default:
    ``{project}-{environment}``."""
    levels: NotRequired[list[str]]
    """``error``, ``warn``, ``info``, and ``debug`` in development alone. Default: these."""
    silence: NotRequired[LogSilenceArgs]
    """From when no log at all is a fault. Default: not watched."""
    archive: NotRequired[LogArchiveArgs]
    """Default: no archive."""
    scrub: NotRequired[list[str]]
    """``access-key``, ``authorization``, ``card-number``, ``email``, ``secret``. Default: all."""
    scrub_also: NotRequired[dict[str, LogScrubArgs]]
    """What else must not stand in a log, by name. Default: nothing."""
    patterns: NotRequired[dict[str, LogPatternArgs]]
    """What is counted, by name. Default: nothing but all logs."""
    review: NotRequired[LogReviewArgs]
    """Default: nobody is reminded."""
    groups: NotRequired[dict[str, LogGroupOptionsArgs]]
    """Log groups of CloudWatch, by name. Default: none."""
    topics: NotRequired[AlertTopics]
    """The SNS topic of each severity, which a review's reminder goes by. Required with it."""
    datadog_role_arn: NotRequired[str]
    """ARN of the role that Datadog's AWS integration takes in this account. Required with an
    archive, which it writes."""
    services: NotRequired[dict[str, str]]
    """A service of ``groups`` -> its name in Datadog. Default: none."""
    dashboard: NotRequired[pulumi.Input[str]]
    """Address of the environment's dashboard. Default: none is named."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Team -> the handles by which it hears of its own alerts. Default: none."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete index, archive, groups and key. Default: true."""
    retained: NotRequired[bool]
    """Whether index, groups and key stay when the stack goes; a bucket with anything in it always
    does. Default: false."""


class LogAggregation(UpkeepComponent):
    """The logs of an environment: searchable, archived, counted, clean, and read once a week.

    An index with a quota, which takes no DEBUG outside development; a pipeline that gives each log
    a level and a service; a scanner that takes out what nobody should see before anything is
    stored; metrics of all logs and of error patterns, with monitors; an archive in a private
    bucket; log groups of CloudWatch with one key; a reminder of the review, and an item that stays
    open until it was done.

    The orders of indexes, pipelines, archives and scanning groups are one each in an organisation
    of Datadog: two stacks would fight over them. None is declared, and none is needed: each filter
    names its environment, so no log matches those of two.
    """

    index_name: pulumi.Output[str]
    """Name of the index."""
    metrics: pulumi.Output[Mapping[str, str]]
    """Name of each pattern, and ``lines`` -> its metric in Datadog."""
    archive_bucket: pulumi.Output[str | None]
    """The bucket of the archive; none without one."""
    log_groups: pulumi.Output[Mapping[str, str]]
    """Name of each log group of CloudWatch -> its ARN."""
    view: pulumi.Output[str]
    """Address of the week's error patterns in Datadog."""
    unproven: pulumi.Output[Sequence[str]]
    """What no deployment can know, a sentence each."""

    def __init__(
        self, name: str, args: LogAggregationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_together(settings))
        names = LogNames(pulumi.get_project(), settings.environment, settings.index or "")
        self._scrub(settings, names)
        self._pipeline(settings, names)
        index = self._index(settings, names)
        metrics = self._metrics(settings, names)
        context = settings.context()
        for watch in log_watches(settings, names):
            declare_monitor(self, watch, context)
        bucket = None
        if settings.archive is not None and settings.datadog_role_arn is not None:
            bucket = declare_archive(
                self,
                _kept(settings, names.filter),
                settings.environment,
                settings.archive.keep,
                settings.datadog_role_arn,
                protected=settings.protected,
            )
        groups = declare_log_groups(
            self,
            {each: settings.group_keep(each) for each in settings.groups},
            settings.region,
            protected=settings.protected,
            retained=settings.retained,
        )
        view = explorer(names, ERRORS, patterns=True)
        self._review(settings, names, args, view)
        self.index_name = index.name
        found: dict[str, Any] = {part: metric.name for part, metric in metrics.items()}
        self.metrics = pulumi.Output.from_input(found)
        self.archive_bucket = pulumi.Output.from_input(bucket)
        arns: dict[str, Any] = {each: group.arn for each, group in groups.items()}
        self.log_groups = pulumi.Output.from_input(arns)
        self.view = pulumi.Output.from_input(view)
        self.unproven = pulumi.Output.from_input(_unproven(settings, names))
        self.register_outputs(
            {
                "indexName": self.index_name,
                "metrics": self.metrics,
                "archiveBucket": self.archive_bucket,
                "logGroups": self.log_groups,
                "view": self.view,
                "unproven": self.unproven,
            }
        )

    def _index(self, settings: "_Settings", names: LogNames) -> LogsIndex:
        quota = settings.daily_quota
        reset = quota.reset(settings.timezone)
        return LogsIndex(
            self.name,
            LogsIndexArgs(
                name=names.index,
                filters=[LogsIndexFilterArgs(query=names.filter)],
                exclusion_filters=[
                    LogsIndexExclusionFilterArgs(
                        name=f"no {level}",
                        is_enabled=True,
                        filters=[
                            LogsIndexExclusionFilterFilterArgs(
                                query=f"status:{level}", sample_rate=1.0
                            )
                        ],
                    )
                    for level in settings.dropped_levels(settings.environment)
                ]
                or None,
                retention_days=settings.keep.days,
                daily_limit=quota.at_most,
                # What is left out of a change leaves a limit off that was once switched off.
                disable_daily_limit=False,
                daily_limit_reset=LogsIndexDailyLimitResetArgs(
                    reset_time=reset.time, reset_utc_offset=reset.utc_offset
                ),
                daily_limit_warning_threshold_percentage=quota.warn_at,
                tags=datadog_tags(settings.environment),
            ),
            self.child(protect=settings.protected, retain_on_delete=settings.retained),
        )

    def _pipeline(self, settings: "_Settings", names: LogNames) -> None:
        services = {
            group: settings.services[entry.service]
            for group, entry in settings.groups.items()
            if entry.service is not None
        }
        LogsCustomPipeline(
            self.name,
            LogsCustomPipelineArgs(
                name=physical_name(self.name, limit=NAME_LIMIT),
                description="Gives every log a level, a service and its own time",
                is_enabled=True,
                filters=[LogsCustomPipelineFilterArgs(query=names.filter)],
                processors=list(processors(services)),
                tags=datadog_tags(settings.environment),
            ),
            self.child(),
        )

    def _scrub(self, settings: "_Settings", names: LogNames) -> None:
        rules = list(scrubbing_rules(settings.scrub, settings.scrub_also))
        if not rules:
            return
        group = SensitiveDataScannerGroup(
            self.name,
            SensitiveDataScannerGroupArgs(
                name=physical_name(self.name, limit=NAME_LIMIT),
                description="What nobody should see is taken out before a log is stored",
                is_enabled=True,
                product_lists=["logs"],
                filter=SensitiveDataScannerGroupFilterArgs(query=names.filter),
            ),
            self.child(),
        )
        for rule in rules:
            SensitiveDataScannerRule(
                f"{self.name}-{rule.name}",
                SensitiveDataScannerRuleArgs(
                    group_id=group.id,
                    name=physical_name(self.name, rule.name, limit=NAME_LIMIT),
                    description=f"Takes out {rule.name.replace('-', ' ')}",
                    is_enabled=True,
                    pattern=rule.pattern,
                    namespaces=list(rule.attributes) or None,
                    excluded_namespaces=list(rule.leaves) or None,
                    priority=rule.priority,
                    tags=[f"sensitive_data:{rule.name}"],
                    text_replacement=SensitiveDataScannerRuleTextReplacementArgs(
                        type="replacement_string", replacement_string=rule.replacement
                    ),
                ),
                self.child(),
            )

    def _metrics(self, settings: "_Settings", names: LogNames) -> dict[str, LogsMetric]:
        searches = {TOTAL: ""} | {
            name: pattern.query for name, pattern in sorted(settings.patterns.items())
        }
        return {
            name: LogsMetric(
                f"{self.name}-{name}",
                LogsMetricArgs(
                    name=names.metric(name),
                    compute=LogsMetricComputeArgs(aggregation_type="count"),
                    filter=LogsMetricFilterArgs(
                        query=_kept(settings, names.search(query) if query else names.filter)
                    ),
                    group_bies=[
                        LogsMetricGroupByArgs(path=tag, tag_name=tag) for tag in _METRIC_TAGS
                    ],
                ),
                self.child(),
            )
            for name, query in searches.items()
        }

    def _review(
        self, settings: "_Settings", names: LogNames, args: LogAggregationArgs, view: str
    ) -> None:
        review, topics = settings.review, args.get("topics")
        if review is None or topics is None:
            return
        agenda = Agenda(
            title=f"{names.index}: review of the logs",
            questions={
                "Which error patterns are new, or more than last week?": view,
                "Which requests take long, and where? What else stands out?": args.get("dashboard")
                or "",
                "Which logs say no service, so that nobody owns them?": explorer(
                    names, f"service:{NOBODYS}"
                ),
            },
            runbook=runbook_page(settings.runbooks, "log-review"),
        )
        declare_review(self, review, agenda, topics[review.severity], settings.timezone)


def _kept(settings: "_Settings", query: str) -> str:
    """A search without the levels that are not kept."""
    dropped = settings.dropped_levels(settings.environment)
    return " ".join([query, *(f"-status:{level}" for level in dropped)])


# ---- arguments, checked ------------------------------------------------------------------------


class _Settings(MonitorSettings, Logs):
    timezone: TimeZone
    region: Region
    topics: Topics | None = None
    datadog_role_arn: Annotated[str, Field(pattern=r"^arn:[\w-]+:iam::\d{12}:role/\S+$")] | None = (
        None
    )
    services: dict[str, str] = Field(default_factory=dict)
    protected: bool = True
    retained: bool = False


def _together(settings: _Settings) -> Iterator[Fault]:
    yield from clock_faults(settings, settings.environment, settings.timezone)
    if settings.archive is not None and settings.datadog_role_arn is None:
        rule = "Datadog writes to an archive by a role, and none is given"
        yield Fault("datadog_role_arn", rule, None, "name it, or leave `archive` out")
    if settings.review is not None and settings.topics is None:
        rule = "a review's reminder goes by a topic, and none is given"
        yield Fault("topics", rule, None, "as `AlertRoutes` gives them")
    for name, group in settings.groups.items():
        if group.service is not None and group.service not in settings.services:
            close = nearest(group.service, settings.services)
            yield Fault(
                f"groups.{name}.service",
                "not a key of `services`",
                group.service,
                f"did you mean `{close}`?" if close else "add it there, with its name in Datadog",
            )


def _unproven(settings: _Settings, names: LogNames) -> list[str]:
    """What a deployment cannot know; each with what a person can do about it."""
    sayings = [
        f"logs: found in {names.index} once agents and forwarders tag them `{names.filter}`; any "
        "index that takes all logs must stand after it in Datadog's order of indexes",
        f"logs: kept {say_duration(settings.keep)}, where the contract with Datadog offers it",
        "logs: what is taken out was tried on samples with another engine of regular expressions; "
        "numbers that are not logged as text are never searched, and of all levels the first "
        "status remapper counts, be it of another pipeline",
    ]
    if settings.groups:
        sayings.append(
            "logs: log groups of CloudWatch hold lines as they were written, DEBUG and all: what "
            "must not stand there is taken out by applications"
        )
    if settings.archive:
        sayings.append(
            "logs: the archive is written once Datadog's role has tried its bucket; Datadog says "
            "so on the archive's page"
        )
    return sayings
