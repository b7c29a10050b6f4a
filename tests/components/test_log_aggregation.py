"""LogAggregation: what it keeps, counts, takes out, and whom it reminds."""

import functools
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pulumi
import pytest
from pulumi_upkeep import LogAggregation

from tests.components.recovery import ANSWERS, IDENTITY, topics
from tests.components.support import ACCOUNT, Recording, deploy, providers

INDEX = "datadog:index/logsIndex:LogsIndex"
PIPELINE = "datadog:index/logsCustomPipeline:LogsCustomPipeline"
ARCHIVE = "datadog:index/logsArchive:LogsArchive"
METRIC = "datadog:index/logsMetric:LogsMetric"
GROUP = "datadog:index/sensitiveDataScannerGroup:SensitiveDataScannerGroup"
RULE = "datadog:index/sensitiveDataScannerRule:SensitiveDataScannerRule"
MONITOR = "datadog:index/monitor:Monitor"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SCHEDULE = "aws:scheduler/schedule:Schedule"
RUNBOOKS = "https://runbooks.example.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/bynomi-datadog"
VIEW = "https://app.datadoghq.com/logs"
DASHBOARD = "https://monitoring.bynomi.com/production"

BYNOMI: dict[str, Any] = {
    "environment": "prod",
    "timezone": "America/New_York",
    "region": "us-east-1",
    "runbooks": RUNBOOKS,
    "handles": {"p0": "@a", "p1": "@b", "p2": "@c", "p3": "@d"},
    "topics": topics(),
    "datadog_role_arn": ROLE,
    "dashboard": DASHBOARD,
    "owners": {"shop": "@slack-bynomi-alerts"},
    "services": {"web": "bynomi-web"},
    "keep": "30 days",
    "daily_quota": {"at_most": 20_000_000, "warn_at": "80 %"},
    "silence": {"after": "30 minutes", "owner": "shop"},
    "archive": {"keep": "1 year"},
    "scrub_also": {"customer": {"pattern": r"\bKD-[0-9]{8}\b", "example": "KD-12345678"}},
    "patterns": {
        "payment-declined": {
            "means": "payments are declined",
            "query": '"payment declined"',
            "owner": "shop",
            "alert": {"above": 50, "warn_above": 20, "severity": "p1"},
        },
        "slow-query": {
            "means": "statements take long",
            "query": 'service:postgres "slow statement"',
        },
    },
    "review": {"every": "week", "on": "Monday", "at": "10:00", "owner": "operations"},
    "groups": {"/bynomi/prod/web": {"service": "web"}, "/bynomi/prod/old": {}},
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        datadog = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        both = [providers("us-east-1")["us-east-1"], datadog]
        LogAggregation("logs", args, pulumi.ResourceOptions(providers=both))

    return deploy(program, preview=preview, estate=IDENTITY, answers=ANSWERS)


def bynomi(preview: bool = False, **changed: Any) -> Recording:
    """What Bynomi's logs declare; the same question is answered once."""
    return _declared(preview, json.dumps(changed))


@functools.cache
def _declared(preview: bool, changed: str) -> Recording:
    given = {**BYNOMI, **json.loads(changed)}
    return declare({key: value for key, value in given.items() if value is not None}, preview)


def refusal(**changed: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        bynomi(**changed)
    return str(refused.value)


@pytest.mark.slow
def test_declares_exactly_this(preview: bool) -> None:
    recording = bynomi(preview)
    s3 = ["bucket:Bucket", "bucketLifecycleConfiguration:BucketLifecycleConfiguration"]
    s3 += ["bucketPolicy:BucketPolicy", "bucketPublicAccessBlock:BucketPublicAccessBlock"]
    s3 += ["bucketVersioning:BucketVersioning"]
    encryption = "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    rules = ["access-key", "authorization", "authorization-attribute", "card-number", "customer"]
    rules += ["email", "secret", "secret-attribute"]
    watches = ["pattern-payment-declined", "quota-nearly-used", "quota-used-up", "silence"]

    assert sorted(recording.names()) == sorted(
        [
            ("upkeep:index:LogAggregation", "logs"),
            *((kind, "logs") for kind in (INDEX, PIPELINE, ARCHIVE, GROUP)),
            *((f"aws:s3/{kind}", "logs-archive") for kind in [*s3, encryption]),
            *((RULE, f"logs-{rule}") for rule in rules),
            *((METRIC, f"logs-{name}") for name in ("lines", "payment-declined", "slow-query")),
            *((MONITOR, f"logs-{watch}") for watch in watches),
            ("aws:kms/key:Key", "logs-key"),
            ("aws:kms/alias:Alias", "logs-key"),
            (LOG_GROUP, "logs-bynomi-prod-old"),
            (LOG_GROUP, "logs-bynomi-prod-web"),
            ("aws:iam/role:Role", "logs-review"),
            ("aws:iam/rolePolicy:RolePolicy", "logs-review"),
            (SCHEDULE, "logs-review-item"),
            (SCHEDULE, "logs-review-reminder"),
        ]
    )
    assert {(each.parent, each.provider) for each in recording.children()} == {
        ("upkeep:index:LogAggregation::logs", "datadog"),
        ("upkeep:index:LogAggregation::logs", "aws-us-east-1"),
    }


def test_the_index_is_exactly_this(preview: bool) -> None:
    index = bynomi(preview).one(INDEX)
    assert index.protect is True
    assert index.props == {
        "name": "bynomi-prod",
        "filters": [{"query": "env:prod"}],
        "exclusionFilters": [
            {
                "name": "no debug",
                "isEnabled": True,
                "filters": [{"query": "status:debug", "sampleRate": 1}],
            }
        ],
        "retentionDays": 30,
        "dailyLimit": 20_000_000,
        "disableDailyLimit": False,
        "dailyLimitReset": {"resetTime": "00:00", "resetUtcOffset": "-05:00"},
        "dailyLimitWarningThresholdPercentage": 80,
        "tags": ["env:prod", "project:bynomi"],
    }


@pytest.mark.slow
def test_in_development_debug_is_kept() -> None:
    recording = bynomi(environment="dev", levels=["debug", "info", "warn", "error"])
    assert "exclusionFilters" not in recording.one(INDEX).props
    assert recording.one(METRIC, "logs-lines").props["filter"] == {"query": "env:dev"}
    assert recording.one(ARCHIVE).props["query"] == "env:dev"


@pytest.mark.slow
def test_two_environments_have_nothing_in_common() -> None:
    prod, staging = bynomi(), bynomi(environment="staging")

    def claimed(recording: Recording, type_: str) -> set[str]:
        props = [each.props for each in recording.of(type_).values()]
        searches = [
            each["filters"][0] if "filters" in each else each.get("filter") for each in props
        ]
        return {
            *(each["name"] for each in props if type_ in (INDEX, METRIC)),
            *(found["query"].split(" ")[0] for found in searches if found),
            *(each["query"].split(" ")[0] for each in props if type_ == ARCHIVE),
        }

    for type_ in (INDEX, PIPELINE, ARCHIVE, METRIC, GROUP):
        assert claimed(prod, type_)
        assert not claimed(prod, type_) & claimed(staging, type_)


def test_the_orders_of_the_organisation_are_left_alone() -> None:
    assert not [kind for kind, _ in bynomi().names() if "Order" in kind]


def test_a_metric_counts_by_service_and_level() -> None:
    assert bynomi().one(METRIC, "logs-slow-query").props == {
        "name": "bynomi.prod.logs.slow_query",
        "compute": {"aggregationType": "count"},
        "filter": {"query": 'env:prod (service:postgres "slow statement") -status:debug'},
        "groupBies": [
            {"path": "env", "tagName": "env"},
            {"path": "service", "tagName": "service"},
            {"path": "status", "tagName": "status"},
        ],
    }


def test_the_monitors_watch_the_plans_figures() -> None:
    found = bynomi().of(MONITOR)
    assert {
        name: (each.props["type"], each.props["query"], each.props["onMissingData"])
        for name, each in found.items()
    } == {
        "logs-quota-nearly-used": (
            "query alert",
            "sum(last_1d):sum:datadog.estimated_usage.logs.ingested_events"
            "{datadog_index:bynomi-prod,datadog_is_excluded:false}.as_count() > 16000000",
            "resolve",
        ),
        "logs-quota-used-up": (
            "event-v2 alert",
            'events("source:datadog \\"daily quota reached\\" datadog_index:bynomi-prod")'
            '.rollup("count").last("15m") > 0',
            "default",
        ),
        "logs-silence": (
            "query alert",
            "sum(last_30m):sum:bynomi.prod.logs.lines{env:prod}.as_count() < 1",
            "show_and_notify_no_data",
        ),
        "logs-pattern-payment-declined": (
            "query alert",
            "sum(last_15m):sum:bynomi.prod.logs.payment_declined{env:prod} by {service}.as_count()"
            " > 50",
            "resolve",
        ),
    }
    pattern = found["logs-pattern-payment-declined"].props
    assert pattern["monitorThresholds"] == {"critical": "50", "warning": "20"}
    assert pattern["tags"] == ["env:prod", "project:bynomi", "severity:p1", "team:shop"]
    assert "P1: payments are declined in {{service.name}}" in pattern["message"]
    assert f"{RUNBOOKS}/log-pattern" in pattern["message"]
    assert "@b" in pattern["message"]
    assert "@slack-bynomi-alerts" in pattern["message"]


def test_datadog_may_write_and_read_below_one_path_and_list_and_no_more() -> None:
    recording = bynomi()
    document = json.loads(recording.one("aws:s3/bucketPolicy:BucketPolicy").props["policy"])
    bucket = "arn:aws:s3:us-east-1:123456789012:Bucket/logs-archive"
    assert [each for each in document["Statement"] if each["Effect"] == "Allow"] == [
        {
            "Sid": "DatadogLists",
            "Effect": "Allow",
            "Principal": {"AWS": ROLE},
            "Action": "s3:ListBucket",
            "Resource": bucket,
        },
        {
            "Sid": "DatadogWritesAndReads",
            "Effect": "Allow",
            "Principal": {"AWS": ROLE},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": f"{bucket}/logs/*",
        },
    ]
    (rule,) = recording.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    ).props["rules"]
    assert rule["expiration"] == {"days": 366}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    archive = recording.one(ARCHIVE)
    assert archive.props == {
        "name": "bynomi-prod-logs",
        "query": "env:prod -status:debug",
        "includeTags": True,
        "rehydrationTags": ["env:prod", "from:archive"],
        "s3Archive": {
            "bucket": f"bynomi-prod-logs-archive-{ACCOUNT}",
            "path": "logs",
            "accountId": ACCOUNT,
            "roleName": "bynomi-datadog",
            "encryptionType": "SSE_S3",
        },
    }
    # Datadog tries the bucket at once.
    assert "logs-archive" in archive.depends_on


@pytest.mark.slow
def test_log_groups_keep_as_long_and_are_encrypted_with_one_key() -> None:
    recording = bynomi()
    groups = recording.of(LOG_GROUP)
    key = "arn:aws:kms:us-east-1:123456789012:Key/logs-key"
    assert {name: each.props for name, each in groups.items()} == {
        "logs-bynomi-prod-old": {
            "name": "/bynomi/prod/old",
            "retentionInDays": 30,
            "kmsKeyId": key,
        },
        "logs-bynomi-prod-web": {
            "name": "/bynomi/prod/web",
            "retentionInDays": 30,
            "kmsKeyId": key,
        },
    }
    assert {(each.protect, each.retain_on_delete) for each in groups.values()} == {(True, False)}
    kept = bynomi(protected=False, retained=True).of(LOG_GROUP).values()
    assert {(each.protect, each.retain_on_delete) for each in kept} == {(False, True)}
    document = json.loads(recording.one("aws:kms/key:Key").props["policy"])
    (used,) = [each for each in document["Statement"] if each["Sid"] == "LogsEncrypt"]
    assert used["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/bynomi/prod"
    assert used["Condition"] == {
        "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": [f"{arn}/old", f"{arn}/web"]}
    }


def test_the_review_reminds_on_the_plans_clocks_and_opens_one_item() -> None:
    recording = bynomi()
    schedules = recording.of(SCHEDULE)
    assert {
        name: (
            each.props["scheduleExpression"],
            each.props["scheduleExpressionTimezone"],
            each.props["target"]["arn"],
        )
        for name, each in schedules.items()
    } == {
        "logs-review-item": (
            "cron(0 10 ? * 2 *)",
            "America/New_York",
            "arn:aws:scheduler:::aws-sdk:ssm:createOpsItem",
        ),
        "logs-review-reminder": (
            "cron(0 10 ? * 2 *)",
            "America/New_York",
            "arn:aws:scheduler:::aws-sdk:sns:publish",
        ),
    }
    reminder = json.loads(schedules["logs-review-reminder"].props["target"]["input"])
    assert reminder["TopicArn"] == topics()["p3"]
    assert reminder["Subject"] == "bynomi-prod: review of the logs"
    said = json.loads(reminder["Message"])
    assert set(said) == {"default", "https", "sms"}
    assert "Owner: operations." in said["default"]
    assert DASHBOARD in said["default"]
    assert f"{RUNBOOKS}/log-review" in said["default"]
    links = [word for word in said["default"].split() if word.startswith(VIEW)]
    asked = parse_qs(urlsplit(links[0]).query)
    assert asked["query"] == ["env:prod (status:(error OR critical OR alert OR emergency))"]
    assert asked["index"] == ["bynomi-prod"]
    # What AWS's chat application shows in Slack has a form of its own.
    shown = json.loads(said["https"])
    assert (shown["version"], shown["source"]) == ("1.0", "custom")
    assert shown["content"]["description"] == said["default"]

    item = json.loads(schedules["logs-review-item"].props["target"]["input"])
    assert item["Severity"] == "4"
    dedup = json.loads(item["OperationalData"]["/aws/dedup"]["Value"])
    assert dedup == {"dedupString": "bynomi-prod-logs-review"}


def test_the_review_may_do_two_things_and_no_more() -> None:
    policy = bynomi().one("aws:iam/rolePolicy:RolePolicy").props["policy"]
    remind, encrypt, item = json.loads(policy)["Statement"]
    assert (remind["Action"], remind["Resource"]) == ("sns:Publish", topics()["p3"])
    assert encrypt["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topics()["p3"]}
    }
    assert item["Action"] == "ssm:CreateOpsItem"
    assert item["Resource"] == f"arn:aws:ssm:us-east-1:{ACCOUNT}:opsitem/*"


def test_what_the_plan_leaves_out_is_not_declared() -> None:
    few = bynomi(
        archive=None, review=None, groups=None, patterns=None, silence=None, scrub=[], scrub_also={}
    )
    assert sorted(few.names()) == sorted(
        [
            ("upkeep:index:LogAggregation", "logs"),
            (INDEX, "logs"),
            (PIPELINE, "logs"),
            (METRIC, "logs-lines"),
            (MONITOR, "logs-quota-nearly-used"),
            (MONITOR, "logs-quota-used-up"),
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"keep": "31 days"}, "keep = 31 days: the contract with Datadog offers"),
        ({"keep": "15 days", "contract": ["30 days"]}, "nearest: `30 days`"),
        ({"index": "Bynomi"}, "index = Bynomi: an index's name begins with a lower-case letter"),
        ({"index": "main"}, "index = main: the organisation's own index"),
        ({"levels": ["error"]}, "levels = [error]: drops warn, info"),
        (
            {"levels": ["error", "warn", "info", "debug"]},
            "DEBUG is for development only, and this is prod; `[error, warn, info]`",
        ),
        ({"daily_quota": {"at_most": 0}}, "daily_quota.at_most = 0"),
        (
            {"daily_quota": {"at_most": 1, "resets_at": "00:20"}},
            "daily_quota.resets_at = 00:20: a quota begins anew on a whole hour of UTC [Datadog, "
            'daily_limit_reset]; nearest: `"00:00"`',
        ),
        ({"datadog_role_arn": None}, "datadog_role_arn: Datadog writes to an archive by a role"),
        ({"topics": None}, "topics: a review's reminder goes by a topic"),
        ({"archive": {"keep": "29 days"}}, "archive.keep = 29 days: shorter than logs"),
        ({"groups": {"/a": {"service": "wob"}}, "services": {"web": "w"}}, "did you mean `web`?"),
        ({"patterns": {"a": {"means": "x"}}}, "patterns.a.query: missing"),
        (
            {"patterns": {"a": {"means": "x", "query": "env:staging error"}}},
            "patterns.a.query = env:staging error: names an environment",
        ),
        (
            {"review": {"every": "week", "on": "Sunday", "at": "02:30", "owner": "o"}},
            "review.at = 02:30: does not exist on 2027-03-14 in America/New_York, and nobody would "
            'be reminded; nearest: `"03:30"`',
        ),
        (
            {"review": {"every": "6 hours", "owner": "o"}},
            "review.every = 6 hours: people take part in a review",
        ),
    ],
)
def test_refuses(changed: dict[str, Any], said: str) -> None:
    message = refusal(**changed)
    assert message.startswith("LogAggregation 'logs': ")
    assert said in message


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {"review": {"every": "week", "on": "Monday", "at": "02:30", "owner": "o"}},
        {"daily_quota": {"at_most": 1, "resets_at": "00:30"}, "timezone": "Asia/Kolkata"},
        {"keep": "15 days", "groups": None},
        {"index": "bynomi-prod-2"},
    ],
)
def test_takes(changed: dict[str, Any]) -> None:
    assert bynomi(**changed).one(INDEX)
