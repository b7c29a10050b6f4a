"""Notices: where the banner stands, who may read and write it, and what the function is told."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import Notices

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, REGION, Recording

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
FUNCTION = "aws:lambda/function:Function"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
RECORD = "aws:route53/record:Record"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
# What the mocks answer for ARNs.
BUCKET = f"arn:aws:s3:{REGION}:{ACCOUNT}:Bucket/notices"
CDN = f"arn:aws:cloudfront:{REGION}:{ACCOUNT}:Distribution/notices"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1"
ARGS: dict[str, Any] = {
    "company": "Bynomi",
    "timezone": "America/New_York",
    "windows": {
        "weekly": {
            "on": "Wednesday",
            "opens": "03:00",
            "closes": "05:00",
            "notice": {"ahead": "24 hours"},
            "cancelled": ["2026-12-23"],
        },
        "monthly": {
            "on": "first Sunday",
            "opens": "01:00",
            "closes": "05:00",
            "notice": {"ahead": "72 hours", "by": ["banner", "email"]},
            "moved": {"2027-03-07": "2027-03-14"},
        },
    },
    "sites": ["https://www.x.example", "https://shop.x.example"],
    "topics": topics(REGION),
    "runbooks": RUNBOOKS,
    "email": ["customers@lists.x.example"],
    "key": KEY,
    "named": {"host": "notices.x.example", "zone": "Z1", "certificate": CERTIFICATE},
}


def declaration(preview: bool = False, **changes: Any) -> Recording:
    given: Any = {key: value for key, value in {**ARGS, **changes}.items() if value is not None}
    return declared(lambda opts: Notices("notices", given, opts), preview=preview, region=REGION)


@pytest.mark.slow
def test_the_banner_is_read_by_tls_by_the_companys_pages_alone(preview: bool) -> None:
    found = declaration(preview)
    distribution = found.one(DISTRIBUTION).props
    behavior = distribution["defaultCacheBehavior"]
    assert behavior["viewerProtocolPolicy"] == "https-only"
    assert (behavior["allowedMethods"], behavior["cachedMethods"]) == (["GET", "HEAD"],) * 2
    assert distribution["aliases"] == ["notices.x.example"]
    assert distribution["viewerCertificate"] == {
        "acmCertificateArn": CERTIFICATE,
        "minimumProtocolVersion": "TLSv1.2_2021",
        "sslSupportMethod": "sni-only",
    }
    control = found.one(CONTROL).props
    assert (control["signingBehavior"], control["originAccessControlOriginType"]) == (
        "always",
        "s3",
    )
    cors = found.one(HEADERS).props["corsConfig"]
    assert cors["accessControlAllowOrigins"] == {
        "items": ["https://shop.x.example", "https://www.x.example"]
    }
    assert cors["accessControlAllowCredentials"] is False
    records = {name: each.props for name, each in found.of(RECORD).items()}
    assert {each["type"] for each in records.values()} == {"A", "AAAA"}
    assert {each["name"] for each in records.values()} == {"notices.x.example"}


@pytest.mark.slow
def test_the_bucket_is_public_to_nobody_and_read_by_this_cdn() -> None:
    found = declaration()
    block = found.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").props
    assert {key: value for key, value in block.items() if key != "bucket"} == dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    written = json.loads(found.one("aws:s3/bucketPolicy:BucketPolicy").props["policy"])
    only_encrypted, read = written["Statement"]
    assert (only_encrypted["Effect"], only_encrypted["Action"]) == ("Deny", "s3:*")
    assert read == {
        "Sid": "ReadByCdn",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/banner.json",
        "Condition": {"StringEquals": {"AWS:SourceArn": CDN}},
    }


@pytest.mark.slow
def test_the_function_may_do_its_work_and_no_more() -> None:
    found = declaration()
    written = found.one("aws:iam/rolePolicy:RolePolicy", "notices-keep").props["policy"]
    allowed = {
        each["Sid"]: (each["Action"], each["Resource"])
        for each in json.loads(written)["Statement"]
        if each["Sid"] != "WriteLog"
    }
    assert allowed == {
        "ListTold": ("s3:ListBucket", BUCKET),
        "RememberTold": (
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            f"{BUCKET}/announced/*",
        ),
        "WriteBanner": ("s3:PutObject", f"{BUCKET}/banner.json"),
        "Publish": ("cloudwatch:PutMetricData", "*"),
        "Mail": ("sns:Publish", allowed["Mail"][1]),
        "EncryptMails": (["kms:Decrypt", "kms:GenerateDataKey*"], KEY),
    }


@pytest.mark.slow
def test_the_function_is_handed_the_recurrence_and_no_dates() -> None:
    found = declaration()
    schedule = found.one(SCHEDULE, "notices-keep").props
    assert schedule["scheduleExpression"] == "rate(5 minutes)"
    event = json.loads(schedule["target"]["input"])
    assert (event["company"], event["timezone"]) == ("Bynomi", "America/New_York")
    weekly, monthly = event["windows"]["weekly"], event["windows"]["monthly"]
    assert {key: weekly[key] for key in ("on", "from", "to", "cancelled", "moved")} == {
        "on": "Wednesday",
        "from": "03:00",
        "to": "05:00",
        "cancelled": ["2026-12-23"],
        "moved": {},
    }
    assert monthly["moved"] == {"2027-03-07": "2027-03-14"}
    assert (weekly["notice"]["ahead"], weekly["notice"]["by"]) == (86_400, ["banner"])
    assert (monthly["notice"]["ahead"], monthly["notice"]["by"]) == (
        259_200,
        ["banner", "email"],
    )
    environment = found.one(FUNCTION).props["environment"]["variables"]
    assert environment["BANNER_URL"] == "https://notices.x.example/banner.json"


@pytest.mark.slow
def test_mails_have_a_topic_of_their_own() -> None:
    found = declaration()
    topic = found.one(TOPIC).props
    assert (topic["displayName"], topic["kmsMasterKeyId"]) == ("Bynomi", KEY)
    (heard,) = found.of(SUBSCRIPTION).values()
    assert (heard.props["protocol"], heard.props["endpoint"]) == (
        "email",
        "customers@lists.x.example",
    )


@pytest.mark.slow
def test_who_mails_nobody_has_no_topic() -> None:
    windows = {"weekly": ARGS["windows"]["weekly"]}
    found = declaration(email=None, key=None, named=None, windows=windows)
    assert found.of(TOPIC) == {} == found.of(SUBSCRIPTION) == found.of(RECORD)
    assert found.one(FUNCTION).props["environment"]["variables"]["TOPIC"] == ""
    distribution = found.one(DISTRIBUTION).props
    assert distribution["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert "aliases" not in distribution


@pytest.mark.slow
def test_silence_and_an_old_banner_ring(preview: bool) -> None:
    alarms = {name: each.props for name, each in declaration(preview).of(ALARM).items()}
    assert alarms.keys() == {"notices-old", "notices-keep-errors"}
    old = alarms["notices-old"]
    assert (old["namespace"], old["metricName"], old["dimensions"]) == (
        "Upkeep/Operate",
        "BannerAge",
        {"Banner": "bynomi-prod-notices"},
    )
    assert (old["threshold"], old["treatMissingData"]) == (15, "breaching")
    assert {each["alarmActions"][0] for each in alarms.values()} == {topics(REGION)["p2"]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"email": None},
            "windows.monthly.notice.by = [banner, email]: an email to nobody: `email` names no "
            "address; name one there, such as a mailing list's, or write `[banner]`",
        ),
        (
            {"sites": ["http://www.x.example/shop"]},
            "sites.0 = http://www.x.example/shop: not an origin: a browser asks for scheme and "
            "host, without a path, and only over TLS; nearest: `https://www.x.example`",
        ),
        (
            {"windows": {"weekly": {**ARGS["windows"]["weekly"], "notice": {"ahead": "7 days"}}}},
            "windows.weekly.notice.ahead = 7 days: longer than the time between two openings "
            "(6 days 21 hours): two of them would be announced at once; at most `165 hours`",
        ),
    ],
)
def test_what_cannot_be_announced_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        declaration(**changes)
    assert str(refused.value) == f"Notices 'notices': 1 fault\n  {said}"
