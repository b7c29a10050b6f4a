"""``StandbyReadiness``: whether a standby could take over, looked at all the time."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import declare_function
from ..naming import physical_name
from ..observe.alarm import (
    ALARM_NAME_LIMIT,
    AlertTopics,
    Metric,
    Topics,
    Watch,
    declare_alarm,
)
from ..observe.alert_book import Alert, told
from ..observe.runbook import runbook_page
from ..plan.faults import Fault
from ..plan.limits import LOG_RETENTION
from ..plan.standby import InstanceType
from ..plan.words import Duration, Later, Region, Severity, Url
from .cross_checked import CrossChecked

NAMESPACE = "Upkeep/Recovery"
METRIC = "Ready"
# Twice an hour, so that no hour of the clock is without a look, however late one of them is.
LOOKED_AT_EVERY = "rate(30 minutes)"
PAGE = "standby-not-prepared"
# On-demand instances count their vCPUs against a quota of their families [Service Quotas, Amazon
# EC2]: the families' first letters -> the quota's code.
QUOTAS: Mapping[str, str] = {"acdhimrtz": "L-1216C47A"}
# Families that begin with such a letter and have a quota of their own.
OTHER_QUOTAS = ("dl", "hpc", "inf", "mac", "trn")


class StandbyReadinessArgs(TypedDict):
    standby: str
    """Name of the ``StandbyServers`` that is looked at, as the metrics and the alarm call it."""
    primary_region: str
    """Where what stands by is served from today; compared with while it answers."""
    image: pulumi.Input[str]
    """Id of the machine image that its servers start from."""
    launch_template: pulumi.Input[str]
    """Id of its launch template."""
    group: pulumi.Input[str]
    """Name of its auto-scaling group."""
    at_most: int
    """Servers it must be able to grow to."""
    instance_type: str
    """E.g. ``t4g.large``: of a standard family (A, C, D, H, I, M, R, T, Z)."""
    certificate: pulumi.Input[str]
    """ARN of its certificate."""
    secrets: NotRequired[list[str]]
    """Names of the secrets its servers read, replicated from the primary region."""
    log_groups: NotRequired[dict[str, str]]
    """Log groups its servers write to -> how long they keep, e.g. ``30 days``."""
    keys: NotRequired[dict[str, pulumi.Input[str]]]
    """What a key of the recovery region is for, e.g. ``orders-usw2-1`` -> its ARN."""
    runbook_documents: NotRequired[list[str]]
    """Names of the Systems Manager documents that recovery is run by."""
    version_parameter: NotRequired[str]
    """Parameter that names the deployed version in either region."""
    state_bucket: NotRequired[str]
    """Bucket of the recovery region with a copy of the deployments' state."""
    topics: AlertTopics
    """The SNS topic of each severity, in the recovery region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/standby-not-prepared``."""
    severity: NotRequired[str]
    """Severity of a standby that could not take over: p0 to p3. Default p1."""


class _Settings(CrossChecked):
    standby: Annotated[str, Field(min_length=1)]
    primary_region: Region
    image: Later
    launch_template: Later
    group: Later
    at_most: Annotated[int, Field(ge=1)]
    instance_type: InstanceType
    certificate: Later
    secrets: list[str] = Field(default_factory=list)
    log_groups: dict[str, Annotated[Duration, LOG_RETENTION.validator]] = Field(
        default_factory=dict
    )
    keys: dict[str, Later] = Field(default_factory=dict)
    runbook_documents: list[str] = Field(default_factory=list)
    version_parameter: str | None = None
    state_bucket: str | None = None
    topics: Topics
    runbooks: Url
    severity: Severity = "p1"

    def faults(self) -> Iterator[Fault]:
        """A type whose quota is not known could not be judged."""
        kind = self.instance_type
        if kind[0] not in "".join(QUOTAS) or kind.startswith(OTHER_QUOTAS):
            yield Fault(
                "instance_type",
                "its quota is none of the standard families'",
                self.instance_type,
                "a type of the families A, C, D, H, I, M, R, T or Z",
            )


@dataclass(frozen=True)
class _Item:
    """One thing that is looked at: its name, its kind, and what the function needs to know."""

    name: str
    kind: str
    asked: Mapping[str, Any]

    @property
    def part(self) -> str:
        """The end of its alarm's name."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


class StandbyReadiness(UpkeepComponent):
    """Looks twice an hour, and whenever a runbook asks, whether a standby could take over.

    Everything that a move takes is looked at where it must be, in the recovery region: image,
    launch template, group, certificate, secrets, log groups, keys, runbooks, the copy of the state,
    room in the quota; and whether the deployed version and the secrets are the primary's.

    Alerts: one alarm speaks for all items; its state's reason names the item that is missing.
    Silence is a fault of every item.
    """

    function_arn: pulumi.Output[str]
    """ARN of the function; invoked without input it looks now and answers with every item."""
    function_name: pulumi.Output[str]
    """Name of it."""
    alarm_name: pulumi.Output[str]
    """Name of the alarm that speaks for all items."""

    def __init__(
        self, name: str, args: StandbyReadinessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        called = physical_name(settings.standby)
        items = list(_items(settings))
        asked = pulumi.Output.all(
            items=[{"item": each.name, "kind": each.kind, **each.asked} for each in items]
        ).apply(
            lambda known: json.dumps(
                {"standby": called, "primary": settings.primary_region, "items": known["items"]},
                sort_keys=True,
            )
        )
        function = declare_function(
            self,
            "looks",
            package="readiness",
            says=f"Looks whether {called} could take over",
            statements=[*_statements(settings, account_of(self))],
            timeout=timedelta(minutes=2),
            topics=args["topics"],
            severity=settings.severity,
            runbooks=settings.runbooks,
            environment={"STANDBY": asked},
            schedule=LOOKED_AT_EVERY,
        )
        alarm = self._alarm(settings, args["topics"], called, items)
        self.function_arn = function.arn
        self.function_name = function.name
        self.alarm_name = alarm.alarm_name
        self.register_outputs(
            {
                "functionArn": self.function_arn,
                "functionName": self.function_name,
                "alarmName": self.alarm_name,
            }
        )

    def _alarm(
        self, settings: _Settings, topics: AlertTopics, called: str, items: list[_Item]
    ) -> aws.cloudwatch.CompositeAlarm:
        each = [
            declare_alarm(
                self,
                Watch(
                    part=item.part,
                    says=f"{called} could not take over: {item.name}",
                    severity=settings.severity,
                    metric=Metric(
                        NAMESPACE, METRIC, {"Standby": called, "Item": item.name}, "Minimum"
                    ),
                    comparison="LessThanThreshold",
                    threshold=1,
                    period=timedelta(hours=1),
                    periods=1,
                    missing_data="breaching",
                    runbook=PAGE,
                ),
                topics,
                settings.runbooks,
                silent=True,
            )
            for item in items
        ]
        # What the plan says of this one alert comes first.
        how = told(Alert(f"{self.name}-not-prepared", settings.severity, "alarm"))
        actions = None if how.silenced else [topics[how.severity]]
        return aws.cloudwatch.CompositeAlarm(
            f"{self.name}-not-prepared",
            aws.cloudwatch.CompositeAlarmArgs(
                alarm_name=physical_name(self.name, "not-prepared", limit=ALARM_NAME_LIMIT),
                alarm_rule=pulumi.Output.all(*(alarm.name for alarm in each)).apply(
                    lambda names: " OR ".join(f'ALARM("{name}")' for name in sorted(names))
                ),
                alarm_description=(
                    f"{how.severity.upper()}: {called} could not take over; the alarms that "
                    f"its state's reason names say what is missing. Runbook: "
                    f"{runbook_page(settings.runbooks, PAGE)}"
                ),
                alarm_actions=actions,
                ok_actions=actions,
                tags={"severity": how.severity},
            ),
            self.child(),
        )


def _items(settings: _Settings) -> Iterator[_Item]:
    yield _Item("image", "image", {"id": settings.image})
    yield _Item(
        "launch template",
        "template",
        {"id": settings.launch_template, "image": settings.image},
    )
    yield _Item("group", "group", {"name": settings.group, "at_most": settings.at_most})
    yield _Item("certificate", "certificate", {"arn": settings.certificate})
    (families,) = (known for known in QUOTAS if settings.instance_type[0] in known)
    yield _Item(
        "quota",
        "quota",
        {
            "code": QUOTAS[families],
            "families": families,
            "others": [*OTHER_QUOTAS],
            "type": settings.instance_type,
            "at_most": settings.at_most,
            "group": settings.group,
        },
    )
    for secret in sorted(settings.secrets):
        yield _Item(f"secret {secret}", "secret", {"name": secret})
    for group, kept in sorted(settings.log_groups.items()):
        yield _Item(f"log group {group}", "log-group", {"name": group, "days": kept.days})
    for used_for, arn in sorted(settings.keys.items()):
        yield _Item(f"key of {used_for}", "key", {"arn": arn})
    for document in sorted(settings.runbook_documents):
        yield _Item(f"runbook {document}", "document", {"name": document})
    if settings.state_bucket is not None:
        yield _Item("state", "state", {"bucket": settings.state_bucket})
    if settings.version_parameter is not None:
        yield _Item("version", "version", {"parameter": settings.version_parameter})


def _statements(
    settings: _Settings, account: pulumi.Output[Account]
) -> Iterator[pulumi.Input[policy.Statement]]:
    """What the function may do: look at the items, and publish."""

    def of(sid: str, action: str, service: str, resources: list[str]) -> Any:
        return account.apply(
            lambda found: policy.allow(
                sid,
                [action],
                resources=[
                    f"arn:{found.partition}:{service}:*:{found.id}:{each}" for each in resources
                ],
            )
        )

    def given(sid: str, action: str, arns: list[Any]) -> Any:
        return pulumi.Output.all(*arns).apply(
            lambda found: policy.allow(sid, [action], resources=sorted(found))
        )

    # Operations that know no resources [Service Authorization Reference].
    yield policy.allow(
        "Look",
        [
            "autoscaling:DescribeAutoScalingGroups",
            "ec2:DescribeImages",
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeLaunchTemplateVersions",
            "servicequotas:GetServiceQuota",
        ],
        resources=["*"],
    )
    yield given("LookAtCertificate", "acm:DescribeCertificate", [settings.certificate])
    yield policy.publish_figures(NAMESPACE)
    if settings.secrets:
        # Behind a secret's name stand six characters of the service's own.
        secrets = [f"secret:{name}-??????" for name in sorted(settings.secrets)]
        yield of("LookAtSecrets", "secretsmanager:DescribeSecret", "secretsmanager", secrets)
    if settings.log_groups:
        # Groups are listed by the beginning of their names: the operation asks for all of them.
        yield of("LookAtLogGroups", "logs:DescribeLogGroups", "logs", ["log-group:*"])
    if settings.keys:
        keys = [settings.keys[name] for name in sorted(settings.keys)]
        yield given("LookAtKeys", "kms:DescribeKey", keys)
    if settings.runbook_documents:
        documents = [f"document/{name}" for name in sorted(settings.runbook_documents)]
        yield of("LookAtRunbooks", "ssm:DescribeDocument", "ssm", documents)
    if settings.version_parameter is not None:
        parameter = f"parameter/{settings.version_parameter.lstrip('/')}"
        yield of("ReadVersion", "ssm:GetParameter", "ssm", [parameter])
    if settings.state_bucket is not None:
        bucket = settings.state_bucket
        yield account.apply(
            lambda found: policy.allow(
                "LookAtState",
                ["s3:ListBucket"],
                resources=[f"arn:{found.partition}:s3:::{bucket}"],
            )
        )
