"""AlertRoutes: who hears of an alert of each severity, by email, SMS and Slack."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator, Field, model_validator

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.faults import Fault, NotInWords, nearest
from ..plan.severities import Hours, Slack, parse_phone
from ..plan.words import SEVERITIES, Email, Later, Name, Severity, Words
from . import alert_policies as policies
from .alarm import AlertTopics, Topics
from .handles import DatadogHandles, datadog_handles

# A key that is deleted by mistake can be called back for this long, the longest KMS allows (days).
KEY_DELETION_WINDOW = 30


class SlackArgs(TypedDict):
    """The Slack workspace that alerts are sent to."""

    account: str
    """The name by which Datadog's Slack integration knows the workspace."""
    workspace: str
    """Id of the workspace (``T...``), as AWS's chat application knows it."""
    channels: dict[str, str]
    """Name of a channel -> its id (``C...``)."""


class SeverityRouteArgs(TypedDict):
    """Who hears of one severity. At least one of email, SMS and Slack is needed: alarms of
    CloudWatch reach no others."""

    email: NotRequired[list[str]]
    """Addresses. Each has to confirm once, by a click in the message that AWS sends."""
    sms: NotRequired[dict[str, pulumi.Input[str]]]
    """Whose phone -> its number (E.164, such as ``+12065550100``), which may be a secret."""
    slack: NotRequired[list[str]]
    """Names of Slack channels, as in ``slack.channels``."""
    hours: NotRequired[str]
    """When it is answered: ``always`` or ``business``. Default: ``always``."""
    on_call: NotRequired[str]
    """Handle of the team that Datadog On-Call pages: ``bynomi-prod-operations``. Where a severity
    is answered in business hours, phones are then left to it as far as Datadog's alerts go: it
    knows hours, SNS does not. Default: nobody is paged."""
    tickets: NotRequired[str]
    """Handle of the tracker in which Datadog opens a case: ``@webhook-<name>`` or
    ``@case-<project>``. Default: no case."""


class SeverityRoutesArgs(TypedDict):
    """Who hears of what: all four severities, P0 the gravest."""

    p0: SeverityRouteArgs
    """Service outage, data loss, security breach."""
    p1: SeverityRouteArgs
    """Major functionality broken."""
    p2: SeverityRouteArgs
    """An individual feature does not work."""
    p3: SeverityRouteArgs
    """Minor."""


class AlertRoutesArgs(TypedDict):
    """Arguments of AlertRoutes."""

    account: str
    """Id of the AWS account, twelve digits: on whose behalf services may publish."""
    severities: SeverityRoutesArgs
    """Who hears of each severity."""
    slack: NotRequired[SlackArgs]
    """The Slack workspace; required where a severity names a channel."""
    account_wide: NotRequired[bool]
    """Whether what an account has once is declared here: AWS's chat application is not regional and
    knows each Slack channel once, and Datadog reaches phones by one topic. Where routes stand in
    several regions, one of them does and names the topics of the others in ``other_regions``.
    Default: true."""
    other_regions: NotRequired[list[AlertTopics]]
    """Topics of other regions that Slack hears as well. Default: none."""
    datadog_role_arn: NotRequired[pulumi.Input[str]]
    """ARN of the role that Datadog's AWS integration takes in this account. With it the phones of
    a severity get a topic of their own that Datadog publishes to; without it Datadog's alerts
    cannot reach a phone, which ``unproven`` then says. The role must exist: KMS refuses a key
    whose policy names a stranger."""


class AlertRoutes(UpkeepComponent):
    """Who hears of an alert of each severity, by email, SMS and Slack.

    One encrypted SNS topic per severity, in the region of the provider: alarms can only reach
    topics of their own region, so routes are declared once for each region that has alarms.
    CloudWatch, AWS Backup and EventBridge may publish, and nobody else.
    """

    topics: pulumi.Output[AlertTopics]
    """ARN of the topic of each severity, for alarms of this region."""
    sms_topics: pulumi.Output[Mapping[str, str]]
    """Severity -> ARN of the topic by which Datadog reaches phones; only where there is one."""
    datadog_handles: pulumi.Output[DatadogHandles]
    """Whom a Datadog monitor of each severity tells, as the text of its message."""
    key_arn: pulumi.Output[str]
    """ARN of the key that encrypts the topics."""
    unproven: pulumi.Output[Sequence[str]]
    """What no deployment can know: confirmations, limits and authorisations, a sentence each."""

    def __init__(
        self, name: str, args: AlertRoutesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        routes = self.settings(_Routes, args)
        self.refuse(_unknown_channels(routes))
        key = self._key(routes)
        topics = {
            severity: self._topic(severity, route, key, routes.account)
            for severity, route in routes.by_severity().items()
        }
        phones = {
            severity: self._phones(severity, route, key, routes.datadog_role_arn)
            for severity, route in routes.by_severity().items()
            if route.rings_by_datadog
            and routes.account_wide
            and routes.datadog_role_arn is not None
        }
        self._topics: dict[Severity, pulumi.Output[str]] = {
            severity: topic.arn for severity, topic in topics.items()
        }
        self._handles = {
            severity: datadog_handles(
                route.email,
                routes.slack.account if routes.slack else None,
                route.slack,
                [self._topic_name(severity, "sms")] if severity in phones else [],
                route.handles(),
            )
            for severity, route in routes.by_severity().items()
        }
        if routes.account_wide:
            self._slack(routes)
        self.topics = pulumi.Output.from_input(self.alert_topics())
        sms_topics: dict[str, Any] = {severity: topic.arn for severity, topic in phones.items()}
        self.sms_topics = pulumi.Output.from_input(sms_topics)
        self.datadog_handles = pulumi.Output.from_input(self.handles())
        self.key_arn = key.arn
        self.unproven = pulumi.Output.from_input(_unproven(routes))
        self.register_outputs(
            {
                "topics": self.topics,
                "smsTopics": self.sms_topics,
                "datadogHandles": self.datadog_handles,
                "keyArn": self.key_arn,
                "unproven": self.unproven,
            }
        )

    def alert_topics(self) -> AlertTopics:
        """The topics as an argument of other components, which want to see the four keys."""
        topics = self._topics
        return {"p0": topics["p0"], "p1": topics["p1"], "p2": topics["p2"], "p3": topics["p3"]}

    def handles(self) -> DatadogHandles:
        """Datadog's handles as an argument of other components."""
        handles = self._handles
        return {"p0": handles["p0"], "p1": handles["p1"], "p2": handles["p2"], "p3": handles["p3"]}

    def _topic_name(self, *parts: str) -> str:
        # SNS allows 256 characters.
        return physical_name(self.name, *parts, limit=256)

    def _key(self, routes: "_Routes") -> aws.kms.Key:
        def policy(role: str | None) -> str:
            return policies.key_policy(
                routes.account, self._topic_name("p?"), self._topic_name("p?", "sms"), role
            )

        role = routes.datadog_role_arn if routes.account_wide else None
        key = aws.kms.Key(
            f"{self.name}-key",
            aws.kms.KeyArgs(
                description=f"Encrypts the alerts of {pulumi.get_project()}-{pulumi.get_stack()}",
                policy=policy(None)
                if role is None
                else pulumi.Output.from_input(role).apply(policy),
                enable_key_rotation=True,
                deletion_window_in_days=KEY_DELETION_WINDOW,
            ),
            self.child(),
        )
        aws.kms.Alias(
            f"{self.name}-key",
            aws.kms.AliasArgs(
                name=f"alias/{physical_name(self.name, limit=250)}",
                target_key_id=key.key_id,
            ),
            self.child(),
        )
        return key

    def _topic(
        self, severity: Severity, route: "_Route", key: aws.kms.Key, account: str
    ) -> aws.sns.Topic:
        topic = self._encrypted_topic(severity, key, severity)
        aws.sns.TopicPolicy(
            f"{self.name}-{severity}",
            aws.sns.TopicPolicyArgs(
                arn=topic.arn,
                policy=topic.arn.apply(lambda arn: policies.topic_policy(arn, account)),
            ),
            self.child(),
        )
        for address in sorted(route.email):
            self._subscribe(f"{severity}-{address}", topic, "email", address)
        for owner, number in sorted(route.sms.items()):
            self._subscribe(f"{severity}-sms-{owner}", topic, "sms", number)
        return topic

    def _phones(
        self, severity: Severity, route: "_Route", key: aws.kms.Key, role: pulumi.Input[str]
    ) -> aws.sns.Topic:
        """The phones of a severity alone: Datadog tells the others by handles of their own."""
        topic = self._encrypted_topic(f"{severity}-sms", key, severity)
        aws.sns.TopicPolicy(
            f"{self.name}-{severity}-sms",
            aws.sns.TopicPolicyArgs(
                arn=topic.arn,
                policy=pulumi.Output.all(topic.arn, role).apply(
                    lambda known: policies.sms_topic_policy(known[0], known[1])
                ),
            ),
            self.child(),
        )
        for owner, number in sorted(route.sms.items()):
            self._subscribe(f"{severity}-sms-{owner}-datadog", topic, "sms", number)
        return topic

    def _encrypted_topic(self, part: str, key: aws.kms.Key, severity: Severity) -> aws.sns.Topic:
        return aws.sns.Topic(
            f"{self.name}-{part}",
            aws.sns.TopicArgs(
                name=self._topic_name(part),
                # The sender's name on a phone; SMS shows ten characters of it.
                display_name=f"{pulumi.get_project()[:7]} {severity.upper()}",
                kms_master_key_id=key.arn,
                tags={"severity": severity},
            ),
            self.child(),
        )

    def _subscribe(
        self, part: str, topic: aws.sns.Topic, protocol: str, endpoint: pulumi.Input[str]
    ) -> None:
        aws.sns.TopicSubscription(
            f"{self.name}-{part}",
            aws.sns.TopicSubscriptionArgs(
                topic=topic.arn,
                protocol=protocol,
                endpoint=endpoint,
            ),
            self.child(),
        )

    def _slack(self, routes: "_Routes") -> None:
        if routes.slack is None:
            return
        heard = {
            channel: [
                severity
                for severity, route in routes.by_severity().items()
                if channel in route.slack
            ]
            for channel in sorted(routes.slack.channels)
        }
        if not any(heard.values()):
            return
        role = aws.iam.Role(
            f"{self.name}-slack",
            aws.iam.RoleArgs(
                name=physical_name(self.name, "slack"),
                description="AWS's chat application shows alarms in Slack; it changes nothing",
                assume_role_policy=policies.slack_trust(routes.account),
            ),
            self.child(),
        )
        aws.iam.RolePolicy(
            f"{self.name}-slack",
            aws.iam.RolePolicyArgs(
                name="show-alarms",
                role=role.name,
                policy=policies.slack_permissions(),
            ),
            self.child(),
        )
        for channel, severities in heard.items():
            if severities:
                aws.chatbot.SlackChannelConfiguration(
                    f"{self.name}-slack-{channel}",
                    aws.chatbot.SlackChannelConfigurationArgs(
                        configuration_name=physical_name(self.name, "slack", channel, limit=128),
                        slack_team_id=routes.slack.workspace,
                        slack_channel_id=routes.slack.channels[channel],
                        iam_role_arn=role.arn,
                        guardrail_policy_arns=[policies.SLACK_GUARDRAIL],
                        sns_topic_arns=[
                            *(self._topics[severity] for severity in severities),
                            *(
                                getattr(region, severity)
                                for region in routes.other_regions
                                for severity in severities
                            ),
                        ],
                        logging_level="ERROR",
                    ),
                    self.child(),
                )


# ---- arguments, checked ------------------------------------------------------------------------


# A team's handle: small letters, without blanks.
_TEAM = r"^[a-z0-9][a-z0-9._-]*$"


def _phone(number: Any) -> Any:
    return parse_phone(number) if isinstance(number, str) else number


class _Route(Words):
    email: tuple[Email, ...] = ()
    sms: dict[str, Annotated[Later, AfterValidator(_phone)]] = Field(default_factory=dict)
    slack: tuple[Name, ...] = ()
    hours: Hours = "always"
    on_call: Annotated[str, Field(pattern=_TEAM)] | None = None
    tickets: Annotated[str, Field(pattern=r"^@(webhook|case|jira)-[A-Za-z0-9_-]+$")] | None = None

    @property
    def rings_by_datadog(self) -> bool:
        """Whether Datadog's alerts go to phones by SNS; where On-Call keeps hours, it rings."""
        return bool(self.sms) and not (self.on_call and self.hours == "business")

    def handles(self) -> list[str]:
        """Handles that only Datadog knows."""
        page = [f"@oncall-{self.on_call}"] if self.on_call else []
        return [*page, *([self.tickets] if self.tickets else [])]

    @model_validator(mode="after")
    def _reaches_somebody(self) -> "_Route":
        if not (self.email or self.sms or self.slack):
            raise NotInWords("reaches nobody", "name an `email`, an `sms` or a `slack` channel")
        return self


class _Severities(Words):
    p0: _Route
    p1: _Route
    p2: _Route
    p3: _Route


class _Routes(Words):
    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    severities: _Severities
    slack: Slack | None = None
    account_wide: bool = True
    other_regions: tuple[Topics, ...] = ()
    datadog_role_arn: Later = None

    def by_severity(self) -> dict[Severity, _Route]:
        return {severity: getattr(self.severities, severity) for severity in SEVERITIES}


def _unknown_channels(routes: _Routes) -> Iterator[Fault]:
    known = routes.slack.channels if routes.slack else {}
    for severity, route in routes.by_severity().items():
        for channel in route.slack:
            if channel not in known:
                close = nearest(channel, known)
                yield Fault(
                    f"severities.{severity}.slack",
                    "not a channel of `slack.channels`",
                    channel,
                    f"did you mean `{close}`?" if close else "add it there, with its id",
                )


def _unproven(routes: _Routes) -> list[str]:
    """What a deployment cannot know; each with what a person can do about it."""
    each = list(routes.by_severity().values())
    sayings = []
    for email in sorted({email for route in each for email in route.email}):
        told = [key.upper() for key, route in routes.by_severity().items() if email in route.email]
        sayings.append(
            f"email {email}: not told of {', '.join(told)} until its owner confirms each "
            "subscription"
        )
    owners = ", ".join(sorted({owner for route in each for owner in route.sms}))
    if owners:
        sayings.append(
            f"SMS ({owners}): a new account is in the SMS sandbox, which reaches verified numbers "
            "only, and stops at its monthly spend limit (1 USD unless raised)"
        )
    if not routes.account_wide:
        return sayings
    sayings += _on_one_side(routes)
    if owners and routes.datadog_role_arn is None:
        sayings.append(
            f"SMS ({owners}): Datadog's alerts do not reach phones, no Datadog role is given"
        )
    elif owners:
        sayings.append(
            f"SMS ({owners}): Datadog reaches phones once its Amazon SNS integration is "
            "installed and its role may list and publish to the topics"
        )
    if routes.slack is not None and any(route.slack for route in each):
        sayings.append(
            f"Slack workspace {routes.slack.workspace}: authorised once by hand in the console of "
            "AWS's chat application and in Datadog's Slack integration"
        )
    return sayings


def _on_one_side(routes: _Routes) -> Iterator[str]:
    """Who hears of Datadog's alerts and not of CloudWatch's, or the other way round: what each
    cloud forces."""
    for severity, route in routes.by_severity().items():
        grave = severity.upper()
        if route.on_call:
            instead = "they ring the phones of its SMS" if route.sms else "and no phone rings"
            yield (
                f"On-Call ({grave}): alarms of CloudWatch do not page {route.on_call}, {instead}"
            )
        if route.tickets:
            yield f"{route.tickets} ({grave}): alarms of CloudWatch open no case"
        if route.sms and route.hours == "business":
            beside = "" if route.rings_by_datadog else "; of Datadog's, On-Call does in time"
            yield (
                f"SMS ({grave}): SNS knows no hours, so that alarms of CloudWatch ring at any"
                f"{beside}"
            )
