"""Notices: maintenance windows are announced by banner and mail, and corrected when they change."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..aws import cloudfront
from ..component import UpkeepComponent
from ..function import declare_function
from ..function_code import TIME_ZONES, missing_packages
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.faults import Fault
from ..plan.given_window import GivenWindow
from ..plan.notices import Addresses, Notice, Sites, announcement_faults, nobody
from ..plan.words import Later, Name, Severity, TimeZone, Url, Words
from ..private_bucket import PrivateBucket, declare_private_bucket
from .banner_cdn import Named, declare_banner_cdn

NAMESPACE = "Upkeep/Operate"
AGE = "BannerAge"
BANNER = "banner.json"
ROUND = "rate(5 minutes)"
# Three rounds: one may fail, and the CDN keeps what it has for a minute.
OLDEST_MINUTES = 15
AGE_PERIOD = timedelta(minutes=15)
PAGE = "notices"
# What was told stands for longer than anybody asks of it; the banner is written again all the time.
TOLD_KEPT = timedelta(days=400)
REPLACED_KEPT = timedelta(days=7)
# SNS: a display name has 100 characters.
TOPIC_DISPLAY_LIMIT = 100
TIMEOUT = timedelta(minutes=1)


class NoticeArgs(TypedDict):
    """How a window is announced."""

    ahead: str
    """How long before it opens, in hours as they pass: ``24 hours``."""
    by: NotRequired[list[str]]
    """``banner``, ``email``. Default: the banner."""
    level: NotRequired[str]
    """``info`` (default) or ``warning``."""
    title: NotRequired[str]
    """Of the banner, and a mail's subject. Default: ``Scheduled maintenance on {day}``."""
    text: NotRequired[str]
    """What it says. Default: that parts of the company's systems may be unavailable, and when."""
    cancelled: NotRequired[str]
    """What it says when an announced opening is called off."""
    moved: NotRequired[str]
    """What it says when an announced opening is moved, to ``{new}``."""


class AnnouncedWindowArgs(TypedDict):
    """A window, and how it is announced."""

    on: str
    """``Wednesday`` (every week) or ``first Sunday`` (every month)."""
    opens: str
    """Clock time, ``03:00``."""
    closes: str
    """Clock time; on the next day where it is not after ``opens``."""
    notice: NoticeArgs
    """How it is announced."""
    cancelled: NotRequired[list[str]]
    """Days, ``2026-12-23``, on which it would open and does not. Default: none."""
    moved: NotRequired[dict[str, str]]
    """Days on which it would open -> days on which it does instead. Default: none."""


class NamedNoticesArgs(TypedDict):
    """The company's own name of the banner."""

    host: str
    """Such as ``notices.example.com``."""
    zone: pulumi.Input[str]
    """Id of the public zone."""
    certificate: pulumi.Input[str]
    """ARN of a certificate for it in us-east-1, wherever the rest is [CloudFront]."""


class NoticesArgs(TypedDict):
    """Arguments of Notices."""

    company: str
    """As customers call it."""
    timezone: str
    """The clocks that windows are read on, and told on."""
    windows: dict[str, AnnouncedWindowArgs]
    """The windows by name."""
    sites: list[str]
    """Origins of the pages that may read the banner: ``https://www.example.com``."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each alert has its page."""
    email: NotRequired[list[str]]
    """Who is mailed; the address of a mailing list. Default: nobody."""
    key: NotRequired[pulumi.Input[str]]
    """ARN of the key that encrypts the mails' topic, whose policy leaves its use to the account's
    own. Default: the topic has none."""
    named: NotRequired[NamedNoticesArgs]
    """Default: a name of CloudFront's own, under which it also takes TLS 1.0."""
    severity: NotRequired[str]
    """Of the alarms. Default: p2."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete what was told. Default: true."""


class Notices(UpkeepComponent):
    """A banner that web pages read, mails, and a function that writes, sends and withdraws them.

    The banner is a JSON document in a private bucket behind CloudFront, over TLS only, kept there a
    minute at most. The function looks every five minutes, and reads the recurrence itself on the
    clocks of the zone: nothing depends on the day of a deployment. What was announced it remembers
    in the bucket, so that a mail leaves once, and what is moved or cancelled afterwards is
    corrected. Mails go over a topic of their own to addresses that stand in the plan: the one of a
    mailing list, since customers' own belong into no plan.
    """

    banner_url: pulumi.Output[str]
    """Where pages read the banner."""
    bucket_name: pulumi.Output[str]
    """The bucket of the banner and of what was told."""
    topic_arn: pulumi.Output[str | None]
    """The topic of the mails; None where none are sent."""
    function_name: pulumi.Output[str]
    """The function that keeps the banner."""
    unproven: pulumi.Output[Sequence[str]]
    """What no deployment can know, a sentence each."""

    def __init__(
        self, name: str, args: NoticesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse([*_faults(settings), *missing_packages([TIME_ZONES])])
        made: list[cloudfront.Distribution] = []

        def read_by(bucket: aws.s3.Bucket) -> Sequence[pulumi.Output[dict[str, Any]]]:
            made.append(declare_banner_cdn(self, bucket, settings.sites, settings.named))
            return [
                pulumi.Output.all(bucket.arn, made[0].arn).apply(
                    lambda known: policy.allow(
                        "ReadByCdn",
                        ["s3:GetObject"],
                        principal={"Service": "cloudfront.amazonaws.com"},
                        resources=[f"{known[0]}/{BANNER}"],
                        conditions={"StringEquals": {"AWS:SourceArn": known[1]}},
                    )
                )
            ]

        bucket = declare_private_bucket(
            self,
            protect=settings.protect,
            expires=TOLD_KEPT,
            earlier_versions=REPLACED_KEPT,
            grants=read_by,
        )
        (distribution,) = made
        host = settings.named.host if settings.named else distribution.domain_name
        self.banner_url = pulumi.Output.concat("https://", host, f"/{BANNER}")
        topic = self._topic(settings) if settings.email else None
        function = self._function(settings, args, bucket, topic)
        declare_alarm(self, self._old(settings), args["topics"], settings.runbooks)
        self.bucket_name = bucket.bucket.bucket
        self.topic_arn = pulumi.Output.from_input(topic.arn if topic else None)
        self.function_name = function.name
        self.unproven = pulumi.Output.from_input([*_unproven(settings)])
        self.register_outputs(
            {
                "bannerUrl": self.banner_url,
                "bucketName": self.bucket_name,
                "topicArn": self.topic_arn,
                "functionName": self.function_name,
                "unproven": self.unproven,
            }
        )

    def _topic(self, settings: "_Settings") -> aws.sns.Topic:
        topic = aws.sns.Topic(
            self.name,
            aws.sns.TopicArgs(
                name=physical_name(self.name, limit=256),
                # The sender's name of the mails.
                display_name=settings.company[:TOPIC_DISPLAY_LIMIT],
                kms_master_key_id=settings.key,
            ),
            self.child(),
        )
        for address in sorted(settings.email):
            aws.sns.TopicSubscription(
                f"{self.name}-{address}",
                aws.sns.TopicSubscriptionArgs(topic=topic.arn, protocol="email", endpoint=address),
                self.child(),
            )
        return topic

    def _function(
        self,
        settings: "_Settings",
        args: NoticesArgs,
        bucket: PrivateBucket,
        topic: aws.sns.Topic | None,
    ) -> aws.lambda_.Function:
        return declare_function(
            self,
            "keep",
            package="notices",
            says="Announces maintenance windows by banner and mail, and takes it back",
            handler="main.keep",
            statements=_may(bucket.bucket, topic, settings.key),
            environment={
                "BANNER": physical_name(self.name),
                "BANNER_URL": self.banner_url,
                "BUCKET": bucket.bucket.bucket,
                "TOPIC": topic.arn if topic else "",
            },
            timeout=TIMEOUT,
            schedule=ROUND,
            # Lambda's environment holds 4 KB; what a schedule hands over 256.
            schedule_input={
                "company": settings.company,
                "timezone": settings.timezone,
                "windows": {
                    name: each.as_data() for name, each in sorted(settings.windows.items())
                },
            },
            zones=[settings.timezone],
            topics=args["topics"],
            severity=settings.severity,
            runbooks=settings.runbooks,
            runbook=PAGE,
            # The next round is five minutes away.
            retries=0,
        )

    def _old(self, settings: "_Settings") -> Watch:
        return Watch(
            part="old",
            says=f"readers get a banner that is older than {OLDEST_MINUTES} minutes, or none: "
            "maintenance may be announced too late, or not be withdrawn",
            severity=settings.severity,
            metric=Metric(NAMESPACE, AGE, {"Banner": physical_name(self.name)}, "Maximum"),
            threshold=float(OLDEST_MINUTES),
            period=AGE_PERIOD,
            periods=2,
            # Published every five minutes: silence is a fault of the function.
            missing_data="breaching",
            runbook=PAGE,
        )


def _may(
    bucket: aws.s3.Bucket, topic: aws.sns.Topic | None, key: pulumi.Input[str] | None
) -> list[pulumi.Input[dict[str, Any]]]:
    statements: list[pulumi.Input[dict[str, Any]]] = [
        bucket.arn.apply(lambda arn: policy.allow("ListTold", ["s3:ListBucket"], resources=[arn])),
        bucket.arn.apply(
            lambda arn: policy.allow(
                "RememberTold",
                ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                resources=[f"{arn}/announced/*"],
            )
        ),
        bucket.arn.apply(
            lambda arn: policy.allow("WriteBanner", ["s3:PutObject"], resources=[f"{arn}/{BANNER}"])
        ),
        policy.publish_figures(NAMESPACE),
    ]
    if topic is not None:
        statements.append(
            topic.arn.apply(lambda arn: policy.allow("Mail", ["sns:Publish"], resources=[arn]))
        )
        if key is not None:
            statements.append(
                pulumi.Output.from_input(key).apply(
                    lambda arn: policy.allow(
                        "EncryptMails", ["kms:Decrypt", "kms:GenerateDataKey*"], resources=[arn]
                    )
                )
            )
    return statements


def _unproven(settings: "_Settings") -> Iterator[str]:
    for address in sorted(settings.email):
        yield (
            f"email {address}: hears of no maintenance until its owner confirms the subscription, "
            "and no more once a reader of a list takes the link at a mail's end: confirm it with "
            "`aws sns confirm-subscription --authenticate-on-unsubscribe true`"
        )
    for site in sorted(settings.sites):
        yield f"{site}: shows notices once its pages carry the banner's script"


# ---- arguments, checked ------------------------------------------------------------------------


class _Announced(GivenWindow):
    notice: Notice

    def beside(self) -> dict[str, Any]:
        return {"notice": self.notice}

    def as_data(self) -> dict[str, Any]:
        """What the function is handed: see ``functions/notices/openings.py``."""
        notice = self.notice.model_dump(mode="json")
        return {
            "on": str(self.window().on),
            "from": self.opens,
            "to": self.closes,
            "cancelled": sorted(day.isoformat() for day in self.cancelled),
            "moved": {on.isoformat(): to.isoformat() for on, to in sorted(self.moved.items())},
            "notice": {**notice, "ahead": round(self.notice.ahead.total_seconds())},
        }


class _Settings(Words):
    company: Annotated[str, Field(min_length=1)]
    timezone: TimeZone
    windows: Annotated[dict[Name, _Announced], Field(min_length=1)]
    sites: Sites
    topics: Topics
    runbooks: Url
    email: Addresses = ()
    key: Later = None
    named: Named | None = None
    severity: Severity = "p2"
    protect: bool = True


def _faults(settings: _Settings) -> Iterator[Fault]:
    for name, each in settings.windows.items():
        window, path = each.window(), f"windows.{name}.notice"
        yield from announcement_faults(path, window, settings.company)
        if "email" in each.notice.by and not settings.email:
            yield nobody(f"{path}.by", each.notice, "email")
