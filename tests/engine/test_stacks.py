"""What the shipped program deploys, as boto3 and Datadog's own client see it, figure by figure.

The figures come from the shipped plans; what the plans only imply (a class's memory, a database's
connections, a cron expression) is worked out here once more, from the vendors' own figures.
"""

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.words import SEVERITIES, Severity

from tests.engine.cloud import REGIONS, listed
from tests.engine.deployed import ACCOUNT, PLANTED, STACKS, Deployed

GIB = 1024**3
# AWS, "Amazon RDS instance types": memory of a class.
MEMORY = {"db.r6g.large": 16 * GIB, "db.t4g.medium": 4 * GIB}
CLASS = {"prod": "db.r6g.large", "staging": "db.t4g.medium"}
# RDS for PostgreSQL: max_connections is LEAST(DBInstanceClassMemory / 9531392, 5000).
CONNECTIONS = {"prod": 1802, "staging": 450}
ALLOCATED = 100 * GIB
PUBLISHERS = {"backup.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"}
DATADOG_ROLE = f"arn:aws:iam::{ACCOUNT}:role/bynomi-datadog"

VAULT_ACCOUNT = "210987654321"


def asked_of(addresses: Any, path: str, body: dict[str, Any]) -> Any:
    """What a control of the sandbox answers."""
    request = urllib.request.Request(
        f"{addresses.aws_endpoint_url}/_upkeep/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


both = pytest.mark.parametrize("stack", STACKS)


def arn(service: str, region: str, rest: str) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


# ---- topics ------------------------------------------------------------------------------------


def alert_topics(stack: str) -> dict[str, dict[str, str]]:
    """Region -> severity -> name of the topic its alarms tell."""
    return {
        "us-east-1": {level: f"bynomi-{stack}-alerts-{level}" for level in SEVERITIES},
        "us-west-2": {level: f"bynomi-{stack}-alerts-us-west-2-{level}" for level in SEVERITIES},
    }


def sms_topics(stack: str, plan: Plan) -> dict[str, str]:
    """Severity -> name of the topic by which Datadog reaches its phones."""
    return {
        level: f"bynomi-{stack}-alerts-{level}-sms"
        for level, definition in plan.severities.by_severity().items()
        # Where On-Call keeps business hours, which SNS does not know, phones are left to it.
        if definition.sms and not (definition.on_call and definition.hours == "business")
    }


def mailed(plan: Plan) -> tuple[str, ...]:
    """To whom notices of maintenance are mailed."""
    return plan.notices.email if plan.notices else ()


def found_topics(deployed: Deployed, stack: str, region: str) -> dict[str, str]:
    """Name -> ARN of a stack's topics."""
    topics = listed(deployed.aws("sns", region), "list_topics", "Topics")
    names = {topic["TopicArn"].rpartition(":")[2]: topic["TopicArn"] for topic in topics}
    return {name: arn for name, arn in names.items() if name.startswith(f"bynomi-{stack}-")}


@both
def test_topics_are_encrypted_and_open_to_those_who_alert_alone(
    deployed: Deployed, stack: str
) -> None:
    wanted = alert_topics(stack)
    sms = set(sms_topics(stack, deployed.plan(stack)).values())
    # Customers' own, which nothing but the function of the notices may use.
    told = {f"bynomi-{stack}-notices"} if mailed(deployed.plan(stack)) else set()
    for region in REGIONS:
        names = set(wanted.get(region, {}).values())
        names |= sms | told if region == "us-east-1" else set()
        found = found_topics(deployed, stack, region)
        assert found.keys() == names
        client = deployed.aws("sns", region)
        for name, topic in found.items():
            if name in told:
                continue
            attributes = client.get_topic_attributes(TopicArn=topic)["Attributes"]
            allowed = publishers(json.loads(attributes["Policy"]), topic)
            assert allowed == ({DATADOG_ROLE} if name in sms else PUBLISHERS)
            key = deployed.aws("kms", region).describe_key(KeyId=attributes["KmsMasterKeyId"])
            assert key["KeyMetadata"]["KeyManager"] == "CUSTOMER"
            assert key["KeyMetadata"]["KeyState"] == "Enabled"
            assert key["KeyMetadata"]["Arn"].split(":")[3] == region


def publishers(policy: dict[str, Any], topic: str) -> set[str]:
    """Whom a topic's policy lets in; it lets nobody do anything but publish."""
    found = set()
    for statement in policy["Statement"]:
        assert statement["Resource"] == topic
        assert statement["Action"] == "sns:Publish"
        if statement["Effect"] == "Allow":
            (principal,) = statement["Principal"].values()
            found.add(principal)
    return found


@both
def test_everybody_that_the_plan_names_is_subscribed(deployed: Deployed, stack: str) -> None:
    plan = deployed.plan(stack)
    wanted = set()
    for region, topics in alert_topics(stack).items():
        for level, definition in plan.severities.by_severity().items():
            name = topics[level]
            wanted |= {(region, name, "email", address) for address in definition.email}
            wanted |= {(region, name, "sms", PLANTED["onCallPhone"]) for _ in definition.sms}
    for address in mailed(plan):
        wanted.add(("us-east-1", f"bynomi-{stack}-notices", "email", address))
    for name in sms_topics(stack, plan).values():
        wanted.add(("us-east-1", name, "sms", PLANTED["onCallPhone"]))
    found = {
        (region, each["TopicArn"].rpartition(":")[2], each["Protocol"], each["Endpoint"])
        for region in REGIONS
        for each in listed(deployed.aws("sns", region), "list_subscriptions", "Subscriptions")
        if f":bynomi-{stack}-" in each["TopicArn"]
    }
    assert found == wanted


# ---- alarms ------------------------------------------------------------------------------------

ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"
# Ages are published every hour and looked at over a quarter of a day.
AGED = 6 * 3600
# An alarm in short: severity, comparison, threshold, metric or expression, statistic, seconds of
# period, periods, what silence means.
Short = tuple[str, str, float, str, str | None, int | None, int, str]


def wanted_alarms(stack: str, plan: Plan) -> dict[str, dict[str, Short]]:
    """Region -> name -> alarm, worked out from the plan."""
    alarms: dict[str, dict[str, Short]] = {region: {} for region in REGIONS}
    here = alarms["us-east-1"]
    here.update(resource_alarms(stack, plan))
    here.update(missing_backups(plan))
    here.update(ages_of_backups(stack, plan))
    for name, files in plan.bucket_replicas.items():
        level, behind = files.lag.severity, files.lag.above.total_seconds()
        # S3 reports the latency where the replica is, and failures where the source is.
        alarms["us-west-2"][f"{name}-behind"] = (
            *(level, ABOVE, behind, "ReplicationLatency", "Maximum", 60, 3, "notBreaching"),
        )
        here[f"{name}-failed"] = (
            *(level, ABOVE, 0, "OperationsFailedReplication", "Sum", 300, 1, "notBreaching"),
        )
    for name, replica in plan.replicas.items():
        region = plan.regions.recovery if replica.in_ == "recovery" else plan.regions.primary
        lag = replica.lag
        seconds = lag.above.total_seconds()
        alarms[region][f"{name}-lag"] = (
            *(lag.severity, ABOVE, seconds, "IF(lag < 0, 86400, lag)", None, None, 5),
            "breaching",
        )
        alarms[region][f"{name}-down"] = (
            *("p1", BELOW, 0, "DatabaseConnections", "Minimum", 60, 5),
            "breaching",
        )
    for name, standby in plan.standby.items():
        there = alarms[plan.regions.recovery]
        part = f"standby-{name}"
        # Route 53's metrics are in us-east-1 alone.
        here[f"{part}-primary-down"] = (
            *(standby.severity, BELOW, 1, "HealthCheckStatus", "Minimum", 60, 1, "breaching"),
        )
        there[f"{part}-too-few"] = (
            *("p1", BELOW, standby.running, "GroupInServiceInstances", "Minimum", 60, 5),
            "breaching",
        )
        there[f"{part}-not-ready"] = (
            *("p1", BELOW, standby.running, "HealthyHostCount", "Minimum", 60, 5, "breaching"),
        )
        there[f"{part}-unhealthy"] = (
            *("p1", ABOVE, 0, "UnHealthyHostCount", "Maximum", 60, 5, "notBreaching"),
        )
        there[f"ready-{name}-looks-errors"] = (
            *("p1", ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching"),
        )
    here.update(restore_proofs(plan))
    alarms[plan.regions.recovery].update(evidence(plan))
    alarms[plan.regions.recovery].update(writers(stack, plan))
    alarms[plan.regions.recovery].update(routes_and_status(plan))
    alarms[plan.regions.recovery].update(reviews_of_incidents(plan))
    here.update(database_care(plan))
    here.update(patches_and_scans(plan))
    here.update(notices(plan))
    for region, found in alarms.items():
        found.update(runbook_functions(plan, region))
    return {
        region: {f"bynomi-{stack}-{name}": alarm for name, alarm in found.items()}
        for region, found in alarms.items()
    }


def resource_alarms(stack: str, plan: Plan) -> Iterator[tuple[str, Short]]:
    assert plan.monitoring is not None
    when: Any = plan.monitoring.alert_when
    assert None not in dict(when).values()
    memory, connections = MEMORY[CLASS[stack]], CONNECTIONS[stack]

    def of(limit: Any, *rest: Any) -> Any:
        return (limit.severity, *rest)

    def free(whole: int, limit: Any) -> float:
        return whole * (100 - float(limit.above)) / 100

    def minutes(limit: Any) -> int:
        return int(limit.lasting / timedelta(minutes=1))

    cpu, many = when.cpu, when.database_connections
    database, server, balancer = (
        "resources-database-orders",
        "resources-server-web",
        "resources-load-balancer-web",
    )
    yield (
        f"{database}-cpu",
        of(cpu, ABOVE, cpu.above, "CPUUtilization", "Average", 60, minutes(cpu), "missing"),
    )
    yield (
        f"{database}-memory",
        of(
            *(when.memory, BELOW, free(memory, when.memory), "FreeableMemory", "Average", 60),
            *(minutes(when.memory), "missing"),
        ),
    )
    yield (
        f"{database}-storage",
        of(
            *(
                when.storage,
                BELOW,
                free(ALLOCATED, when.storage),
                "FreeStorageSpace",
                "Average",
                60,
            ),
            *(minutes(when.storage), "missing"),
        ),
    )
    yield (
        f"{database}-connections",
        of(
            *(many, ABOVE, connections * many.above / 100, "DatabaseConnections", "Average", 60),
            *(minutes(many), "breaching"),
        ),
    )
    if plan.estate.databases["orders"].proxy:
        yield (
            f"{database}-proxy-connections",
            of(
                *(many, ABOVE, many.above, "100 * used / allowed", None, None, minutes(many)),
                "missing",
            ),
        )
    # EC2 reports its processors every five minutes.
    yield (
        f"{server}-cpu",
        of(cpu, ABOVE, cpu.above, "CPUUtilization", "Average", 300, minutes(cpu) // 5, "missing"),
    )
    yield (
        f"{server}-memory",
        of(
            *(when.memory, ABOVE, when.memory.above, "mem_used_percent", "Average", 60),
            *(minutes(when.memory), "breaching"),
        ),
    )
    yield (
        f"{server}-storage",
        of(
            *(when.storage, ABOVE, when.storage.above, "disk_used_percent", "Maximum", 60),
            *(minutes(when.storage), "breaching"),
        ),
    )
    yield f"{server}-status", ("p1", ABOVE, 0, "StatusCheckFailed", "Maximum", 60, 3, "breaching")
    # Response time and errors are Datadog's to tell, of the service behind it.
    unhealthy = ("p1", ABOVE, 0.0, "UnHealthyHostCount", "Maximum", 60, 5, "breaching")
    yield f"{balancer}-unhealthy", unhealthy


def missing_backups(plan: Plan) -> Iterator[tuple[str, Short]]:
    """No backup within the hours that the most frequent tier may take, and one for good measure."""
    hour = timedelta(hours=1)
    for name, entry in plan.backups.items():
        longest = min(
            (timedelta(days=1) if tier.every == "day" else tier.every)
            + tier.start_within
            + tier.complete_within
            for tier in entry.tiers.values()
        )
        kind = "databases" if entry.protects.databases else "buckets"
        yield (
            f"{name}-use1-missing-backups-{kind}",
            (
                *("p1", BELOW, 1, "NumberOfBackupJobsCompleted", "Sum", 3600),
                *(int(longest / hour) + 1, "breaching"),
            ),
        )


def ages_of_backups(stack: str, plan: Plan) -> Iterator[tuple[str, Short]]:
    """Of each tier and each place of it: interval, the clocks' change, windows, an hour."""
    for name, entry in plan.backups.items():
        for tier_name, tier in entry.tiers.items():
            hours = 24 if tier.every == "day" else tier.every / timedelta(hours=1)
            hours += 1 + tier.complete_within / timedelta(hours=1) + 1
            for place in ("backups", *(copy.to for copy in tier.copies)):
                limit = hours if place == "backups" else hours + 1
                yield (
                    f"{name}-use1-age-{tier_name}-{place}",
                    ("p1", ABOVE, limit, "BackupAge", "Maximum", 3600, 2, "breaching"),
                )
        late = ("p1", ABOVE, 0, "LateJobs", "Maximum", 3600, 2, "notBreaching")
        yield f"{name}-use1-late-jobs", late
        errors = ("p1", ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching")
        yield f"{name}-use1-ages-errors", errors


def restore_proofs(plan: Plan) -> Iterator[tuple[str, Short]]:
    """Of each restore test: its proof is old, it failed, its copy was left, its functions fail."""
    for name, test in plan.restore_tests.items():
        level, days = test.severity, test.proof_at_most / timedelta(days=1)
        yield f"{name}-proof-age", (level, ABOVE, days, "ProofAge", "Maximum", AGED, 1, "breaching")
        yield (
            f"{name}-failed",
            (level, ABOVE, 0, "ProofsFailed", "Sum", 3600, 1, "notBreaching"),
        )
        yield (
            f"{name}-copies-left",
            (level, ABOVE, 0, "CopiesLeft", "Maximum", AGED, 1, "breaching"),
        )
        for function in ("checks", "verdict"):
            yield (
                f"{name}-{function}-errors",
                (level, ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching"),
            )


def evidence(plan: Plan) -> Iterator[tuple[str, Short]]:
    """Of the ledger: somebody changed it, or nothing looks."""
    assert plan.evidence is not None
    level = plan.evidence.severity
    yield "evidence-tampered", (level, ABOVE, 0, "LedgerProblems", "Maximum", AGED, 1, "breaching")
    yield "evidence-ages-errors", (level, ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching")
    # Of each scenario that is rehearsed: the last rehearsal is too old.
    if plan.drills is None:
        return
    oldest = plan.drills.oldest / timedelta(days=1)
    for scenario in plan.drills.scenarios:
        yield (
            f"evidence-{scenario}-age",
            (plan.drills.severity, ABOVE, oldest, "DrillAge", "Maximum", AGED, 1, "breaching"),
        )


def writers(stack: str, plan: Plan) -> Iterator[tuple[str, Short]]:
    """Who takes the writes of a database: two are a P0, and so is nobody who looks."""
    for database in plan.estate.databases:
        yield (
            f"writers-two-writers-{database}",
            ("p0", ABOVE, 1, "Writers", "Maximum", 60, 1, "notBreaching"),
        )
        yield (
            f"writers-unseen-{database}",
            ("p1", ABOVE, 0, "UnknownMembers", "Minimum", 60, 10, "breaching"),
        )
        successor = plan.successor_member(database)
        assert successor is not None
        # The name follows this one's metric: what was said last holds.
        yield (
            f"{database}-writer-taken-over-by-bynomi-{stack}-{successor.name}",
            ("p1", ABOVE, 0, "TakenOver", "Maximum", 60, 1, "ignore"),
        )
    yield "writers-count-errors", ("p1", ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching")


# How long it may be from one time to the next: of a week 7 days, from one first (fourth) Sunday to
# another 35, of every third month 98; and a day.
CARE_DAYS = {"indexes": 8, "analysis": 36, "cleanup": 36, "archive": 99}


def database_care(plan: Plan) -> Iterator[tuple[str, Short]]:
    """Of each job on each database: it failed, or was not done for too long."""
    for name, care in plan.database_care.items():
        level = care.severity
        for job in care.jobs():
            days = CARE_DAYS[job]
            yield (
                f"{name}-care-{job}-late",
                (level, ABOVE, days, "CareAge", "Maximum", 3600, 1, "breaching"),
            )
            yield (
                f"{name}-care-{job}-failed",
                (level, ABOVE, 0, "CareFailed", "Maximum", 3600, 1, "notBreaching"),
            )
        for part in ("work", "rounds"):
            errors = (level, ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching")
            yield f"{name}-care-{part}-errors", errors


def patches_and_scans(plan: Plan) -> Iterator[tuple[str, Short]]:
    """Of servers: what they lack, and how old their last patches are: from one first Sunday to
    another there are 35 days, and two for good measure. Of scans and reviews: that they were."""
    day = 86400
    for name, patched in plan.patching.items():
        level = patched.severity
        overdue = ("PatchesOverdue", "Maximum", day, 1, "breaching")
        yield f"patching-{name}-overdue", (level, ABOVE, 0, *overdue)
        yield f"patching-{name}-age", (level, ABOVE, 37, "PatchAge", "Maximum", day, 1, "breaching")
        yield "patching-compliance-errors", fails(level)
    if plan.images is not None:
        level = plan.images.severity
        unseen = ("ImagesNotScanned", "Maximum", day, 1, "notBreaching")
        yield "image-scans-not-scanned", (level, ABOVE, 0, *unseen)
        yield "image-scans-again-errors", fails(level)
    if plan.security is None:
        return
    if plan.security.scans is not None:
        level = plan.security.scans.severity
        unseen = ("NotScanned", "Maximum", day, 1, "breaching")
        yield "security-scans-not-scanned", (level, ABOVE, 0, *unseen)
        yield "security-scans-report-errors", fails(level)
    for name, review in plan.security.reviews.items():
        overdue = ("ReviewOverdue", "Maximum", day, 1, "breaching")
        yield f"security-reviews-{name}", (review.severity, ABOVE, 0, *overdue)
        yield "security-reviews-ages-errors", fails(review.severity)


def notices(plan: Plan) -> Iterator[tuple[str, Short]]:
    """The banner is written every five minutes: a quarter of an hour is too old, twice."""
    if plan.notices is not None:
        level = plan.notices.severity
        yield "notices-old", (level, ABOVE, 15, "BannerAge", "Maximum", 900, 2, "breaching")
        yield "notices-keep-errors", fails(level)


def reviews_of_incidents(plan: Plan) -> Iterator[tuple[str, Short]]:
    """A review that is owed for longer than the plan's process gives it."""
    if plan.incidents is not None:
        level, days = plan.incidents.review.severity, plan.incidents.process.review.within
        assert days is not None
        owed = ("ReviewOwedAge", "Maximum", 7200, 1, "breaching")
        yield "incidents-review-owed", (level, ABOVE, days / timedelta(days=1), *owed)
        yield "incidents-reviews-errors", fails(level)


def fails(level: Severity) -> Short:
    """Of a function: its errors."""
    return (level, ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching")


def routes_and_status(plan: Plan) -> Iterator[tuple[str, Short]]:
    """Of each route that is tested: nobody acknowledged it in time, told by another severity."""
    functions = ["status-keep"] if plan.status_page and plan.status_page.credentials else []
    if plan.route_tests is not None:
        functions += [f"route-tests-{part}" for part in ("acknowledge", "ages", "send")]
        days = plan.route_tests.oldest / timedelta(days=1)
        for severity in plan.route_tests.severities:
            ways = [
                *REGIONS,
                "datadog",
                *(["on-call"] if plan.severities[severity].on_call else []),
            ]
            for way in ways:
                yield (
                    f"route-tests-{severity}-{way}",
                    ("p2", ABOVE, days, "RouteTestAge", "Maximum", 7200, 1, "breaching"),
                )
    for function in functions:
        errors = ("p2", ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching")
        yield f"{function}-errors", errors


def runbook_functions(plan: Plan, region: str) -> Iterator[tuple[str, Short]]:
    """The functions by which runbooks of a region look inside the network, and are kept."""
    recovery, is_recovery = plan.recovery, region == plan.regions.recovery
    if recovery is None:
        return
    successors = {name: plan.successor_member(name) for name in recovery.database_failure}
    here = [
        name for name, each in successors.items() if each and plan.region_of(each.place) == region
    ]
    servers = [*recovery.application_server_failure] if is_recovery else []
    looked_into = [
        name for name in here if is_recovery and recovery.database_failure[name].credentials
    ]
    parts = [f"looks-into-{name}" for name in (*looked_into, *servers)]
    if plan.evidence is not None and (here or servers):
        parts.append("ledger")
    for part in parts:
        yield (
            f"runbooks{'' if is_recovery else f'-{region}'}-{part}-errors",
            ("p2", ABOVE, 0, "Errors", "Sum", 300, 1, "notBreaching"),
        )


def in_short(alarm: dict[str, Any], level: str) -> Short:
    expressions = [each["Expression"] for each in alarm.get("Metrics", []) if "Expression" in each]
    return (
        level,
        alarm["ComparisonOperator"],
        alarm["Threshold"],
        *(expressions or [alarm.get("MetricName")]),
        alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
        alarm.get("Period"),
        alarm["EvaluationPeriods"],
        alarm["TreatMissingData"],
    )


def spoken_for(deployed: Deployed, region: str) -> set[str]:
    """The alarms that composite alarms of a region name."""
    found = deployed.aws("cloudwatch", region).describe_alarms(AlarmTypes=["CompositeAlarm"])
    rules = (alarm["AlarmRule"] for alarm in found["CompositeAlarms"] if alarm["AlarmActions"])
    return {name for rule in rules for name in re.findall(r'"([^"]+)"', rule)}


@both
def test_alarms_have_the_plans_figures_and_tell_those_they_should(
    deployed: Deployed, stack: str
) -> None:
    plan = deployed.plan(stack)
    for region, wanted in wanted_alarms(stack, plan).items():
        topics = {
            arn("sns", region, name): level
            for level, name in alert_topics(stack).get(region, {}).items()
        }
        found = {}
        for alarm in listed(deployed.aws("cloudwatch", region), "describe_alarms", "MetricAlarms"):
            if not alarm["AlarmName"].startswith(f"bynomi-{stack}-"):
                continue
            if not alarm["AlarmActions"]:
                # One of those that a composite alarm speaks for.
                assert alarm["AlarmName"] in spoken_for(deployed, region)
                continue
            # The same hears of the beginning and of the end, and is told what to do.
            (topic,) = alarm["AlarmActions"]
            assert alarm["OKActions"] == [topic]
            level = topics[topic]
            assert alarm["AlarmDescription"].startswith(f"{level.upper()}: ")
            assert f"Runbook: {plan.runbooks}/" in alarm["AlarmDescription"]
            found[alarm["AlarmName"]] = in_short(alarm, level)
        assert found == wanted


def test_productions_alarms_in_plain_figures(deployed: Deployed) -> None:
    """The clauses of Bynomi's plan as anybody can read them, beside what is worked out above."""
    alarms = {
        alarm["AlarmName"].removeprefix("bynomi-prod-resources-"): alarm
        for alarm in listed(deployed.aws("cloudwatch"), "describe_alarms", "MetricAlarms")
        if alarm["AlarmName"].startswith("bynomi-prod-resources-")
    }
    thresholds = {name: alarm["Threshold"] for name, alarm in alarms.items()}
    assert thresholds == {
        "database-orders-connections": 1441.6,  # 80 % of 1,802
        "database-orders-cpu": 80,
        "database-orders-memory": 3435973836.8,  # 20 % of 16 GiB are free
        "database-orders-proxy-connections": 80,
        "database-orders-storage": 21474836480,  # 20 % of 100 GiB are free
        "load-balancer-web-unhealthy": 0,
        "server-web-cpu": 80,
        "server-web-memory": 80,
        "server-web-status": 0,
        "server-web-storage": 80,
    }


# ---- backups -----------------------------------------------------------------------------------


def rules(plan: Plan, stack: str, name: str) -> dict[str, dict[str, Any]]:
    """The rules that a plan's entry should have become, by name."""
    entry = plan.backups[name]
    wanted = {}
    for tier_name, tier in entry.tiers.items():
        wanted[tier_name] = {
            "vault": f"bynomi-{stack}-{name}-use1",
            "schedule": tier.cron(),
            "timezone": plan.timezone,
            "start": tier.start_within / timedelta(minutes=1),
            "complete": tier.complete_within / timedelta(minutes=1),
            "lifecycle": {"DeleteAfterDays": tier.keep.days},
            "continuous": False,
            "copies": [],
        }
        own = f"backup-vault:bynomi-{stack}-{name}"
        vaults = {
            "account": f"arn:aws:backup:us-east-1:{VAULT_ACCOUNT}:{own}-use1-{VAULT_ACCOUNT}",
            "recovery": arn("backup", "us-west-2", f"{own}-usw2"),
        }
        wanted[tier_name]["copies"] = sorted(
            (vaults[copy.to], {"DeleteAfterDays": (copy.keep or tier.keep).days})
            for copy in tier.copies
        )
    if entry.point_in_time is not None:
        at = entry.point_in_time.at
        wanted["point-in-time"] = {
            "vault": f"bynomi-{stack}-{name}-use1",
            "schedule": f"cron({at.minute} {at.hour} * * ? *)",
            "timezone": plan.timezone,
            # AWS Backup's own windows.
            "start": 60,
            "complete": 180,
            "lifecycle": {"DeleteAfterDays": entry.point_in_time.keep.days},
            "continuous": True,
            "copies": [],
        }
    return wanted


def found_plans(deployed: Deployed, stack: str) -> dict[str, dict[str, Any]]:
    """A stack's backup plans by name, each with its id and its rules."""
    client = deployed.aws("backup")
    found = {}
    for each in listed(client, "list_backup_plans", "BackupPlansList"):
        if each["BackupPlanName"].startswith(f"bynomi-{stack}-"):
            plan = client.get_backup_plan(BackupPlanId=each["BackupPlanId"])
            found[each["BackupPlanName"]] = plan
    return found


@both
def test_backup_plans_have_the_plans_tiers(deployed: Deployed, stack: str) -> None:
    plan = deployed.plan(stack)
    found = {
        name: {
            rule["RuleName"]: {
                "vault": rule["TargetBackupVaultName"],
                "schedule": rule["ScheduleExpression"],
                "timezone": rule["ScheduleExpressionTimezone"],
                "start": rule["StartWindowMinutes"],
                "complete": rule["CompletionWindowMinutes"],
                "lifecycle": rule["Lifecycle"],
                "continuous": rule["EnableContinuousBackup"],
                "copies": sorted(
                    (copy["DestinationBackupVaultArn"], copy["Lifecycle"])
                    for copy in rule.get("CopyActions", [])
                ),
            }
            for rule in each["BackupPlan"]["Rules"]
        }
        for name, each in found_plans(deployed, stack).items()
    }
    assert found == {
        f"bynomi-{stack}-{name}-use1": rules(plan, stack, name) for name in plan.backups
    }
    # No other region has plans: copies are made by the rules.
    assert listed(deployed.aws("backup", "us-west-2"), "list_backup_plans", "BackupPlansList") == []


def test_productions_backups_in_plain_figures(deployed: Deployed) -> None:
    said = {
        (name, rule["RuleName"]): (rule["ScheduleExpression"], rule["Lifecycle"]["DeleteAfterDays"])
        for name, plan in found_plans(deployed, "prod").items()
        for rule in plan["BackupPlan"]["Rules"]
    }
    assert said == {
        ("bynomi-prod-database-use1", "daily"): ("cron(0 2 * * ? *)", 30),
        ("bynomi-prod-database-use1", "six-hourly"): ("cron(0 5/6 * * ? *)", 30),
        ("bynomi-prod-database-use1", "point-in-time"): ("cron(0 0 * * ? *)", 30),
        ("bynomi-prod-files-use1", "point-in-time"): ("cron(0 0 * * ? *)", 14),
        ("bynomi-prod-files-use1", "daily"): ("cron(0 4 * * ? *)", 90),
        ("bynomi-prod-files-use1", "two-hourly"): ("cron(0 1/2 * * ? *)", 7),
    }


@both
def test_backup_plans_select_what_the_plan_protects(deployed: Deployed, stack: str) -> None:
    plan, client = deployed.plan(stack), deployed.aws("backup")
    for name, entry in plan.backups.items():
        id_ = found_plans(deployed, stack)[f"bynomi-{stack}-{name}-use1"]["BackupPlanId"]
        (selection,) = [
            client.get_backup_selection(BackupPlanId=id_, SelectionId=each["SelectionId"])
            for each in listed(
                client, "list_backup_selections", "BackupSelectionsList", BackupPlanId=id_
            )
        ]
        selected = selection["BackupSelection"]
        databases = [plan.estate.databases[each].instance for each in entry.protects.databases]
        buckets = [plan.estate.buckets[each] for each in entry.protects.buckets]
        assert sorted(selected["Resources"]) == sorted(
            [arn("rds", "us-east-1", f"db:{database}") for database in databases]
            + [f"arn:aws:s3:::{bucket}" for bucket in buckets]
        )
        assert not selected.get("ListOfTags")
        role = selected["IamRoleArn"].rpartition("/")[2]
        trusted = deployed.aws("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        assert [each["Principal"] for each in trusted["Statement"]] == [
            {"Service": "backup.amazonaws.com"}
        ]


@both
def test_vaults_have_keys_and_policies_of_their_own(deployed: Deployed, stack: str) -> None:
    plan = deployed.plan(stack)
    copied = {
        name
        for name, entry in plan.backups.items()
        if any(tier.copy_in("recovery") for tier in entry.tiers.values())
    }
    # Where a database has a member a vault stands ready, whoever writes.
    copied |= {
        name
        for name, entry in plan.backups.items()
        for replica in plan.replicas.values()
        if replica.of in entry.protects.databases and replica.in_ == "recovery"
    }
    wanted = {
        "us-east-1": {f"bynomi-{stack}-{name}-use1" for name in plan.backups},
        "us-west-2": {f"bynomi-{stack}-{name}-usw2" for name in copied},
    }
    keys = []
    for region in REGIONS:
        client = deployed.aws("backup", region)
        vaults = {
            vault["BackupVaultName"]: vault
            for vault in listed(client, "list_backup_vaults", "BackupVaultList")
            if vault["BackupVaultName"].startswith(f"bynomi-{stack}-")
        }
        assert vaults.keys() == wanted[region]
        for name, vault in vaults.items():
            key = vault["EncryptionKeyArn"]
            keys.append(key)
            rotates = deployed.aws("kms", region).get_key_rotation_status(KeyId=key)
            assert rotates["KeyRotationEnabled"]
            policy = json.loads(
                client.get_backup_vault_access_policy(BackupVaultName=name)["Policy"]
            )
            assert {each["Effect"] for each in policy["Statement"]} == {"Deny"}
            lock = plan.backups[name.removeprefix(f"bynomi-{stack}-").rpartition("-")[0]].lock
            described = client.describe_backup_vault(BackupVaultName=name)
            assert lock is not None
            assert lock.at_least is not None
            assert lock.at_most is not None
            assert (described["MinRetentionDays"], described["MaxRetentionDays"]) == (
                lock.at_least.days,
                lock.at_most.days,
            )
            # A governance lock has no day from which on nobody can lift it.
            assert described["Locked"]
            assert "LockDate" not in described
    assert len(set(keys)) == len(keys)


@both
def test_copies_reach_a_vault_of_another_account_that_lets_this_one_in(
    deployed: Deployed, stack: str
) -> None:
    plan = deployed.plan(stack)
    away = deployed.aws.assuming(f"arn:aws:iam::{VAULT_ACCOUNT}:role/upkeep-backup")
    assert away("sts").get_caller_identity()["Account"] == VAULT_ACCOUNT
    client = away("backup", "us-east-1")
    for name in plan.backups:
        vault = f"bynomi-{stack}-{name}-use1-{VAULT_ACCOUNT}"
        described = client.describe_backup_vault(BackupVaultName=vault)
        assert described["BackupVaultArn"].split(":")[4] == VAULT_ACCOUNT
        assert described["EncryptionKeyArn"].split(":")[4] == VAULT_ACCOUNT
        policy = json.loads(client.get_backup_vault_access_policy(BackupVaultName=vault)["Policy"])
        allowed = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
        assert [(each["Action"], each["Principal"]) for each in allowed] == [
            ("backup:CopyIntoBackupVault", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        ]
    # And nothing of them is in this account.
    ours = listed(deployed.aws("backup"), "list_backup_vaults", "BackupVaultList")
    assert not [each for each in ours if each["BackupVaultName"].endswith(VAULT_ACCOUNT)]


@both
def test_what_a_rule_takes_is_copied_where_the_plan_says(deployed: Deployed, stack: str) -> None:
    done = asked_of(
        deployed.addresses, f"backup-rules/bynomi-{stack}-files-use1/daily/run", {"hours_ago": 1}
    )
    states = [job["State"] for job in done["jobs"]]
    copies = len(deployed.plan(stack).backups["files"].tiers["daily"].copies)
    assert states == ["COMPLETED"] * (1 + copies) * 2, done["jobs"]
    away = deployed.aws.assuming(f"arn:aws:iam::{VAULT_ACCOUNT}:role/upkeep-backup")
    points = away("backup").list_recovery_points_by_backup_vault(
        BackupVaultName=f"bynomi-{stack}-files-use1-{VAULT_ACCOUNT}"
    )["RecoveryPoints"]
    assert {point["ResourceArn"].rpartition(":")[2] for point in points} == {
        f"bynomi-{stack}-product-images",
        f"bynomi-{stack}-user-uploads",
    }


@both
def test_the_audit_checks_what_the_plan_says_and_reports_every_day(
    deployed: Deployed, stack: str
) -> None:
    client = deployed.aws("backup")
    name = f"bynomi_{stack}_backup_audit"
    framework = client.describe_framework(FrameworkName=name)
    controls = {
        each["ControlName"]: {
            given["ParameterName"]: given["ParameterValue"]
            for given in each.get("ControlInputParameters") or []
        }
        for each in framework["FrameworkControls"]
    }
    copied = {"BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION": {"crossRegionList": "us-west-2"}}
    figures = {
        "prod": ({"hours": "6"}, "7", {"hours": "8"}),
        "staging": ({"hours": "24"}, "7", {"days": "2"}),
    }
    (often, keep, age) = figures[stack]
    ((unit, value),) = often.items()
    ((age_unit, age_value),) = age.items()
    assert controls == {
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN": {},
        "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK": {
            "requiredFrequencyUnit": unit,
            "requiredFrequencyValue": value,
            "requiredRetentionDays": keep,
        },
        "BACKUP_LAST_RECOVERY_POINT_CREATED": {
            "recoveryPointAgeUnit": age_unit,
            "recoveryPointAgeValue": age_value,
        },
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK": {},
        **(copied if stack == "prod" else {}),
        "BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT": {"crossAccountList": VAULT_ACCOUNT},
        "BACKUP_RECOVERY_POINT_ENCRYPTED": {},
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED": {},
    }
    plans = {
        each["ReportPlanName"]: each
        for each in client.list_report_plans()["ReportPlans"]
        if each["ReportPlanName"].startswith(name)
    }
    assert {key: each["ReportSetting"]["ReportTemplate"] for key, each in plans.items()} == {
        f"{name}_controls": "CONTROL_COMPLIANCE_REPORT",
        f"{name}_resources": "RESOURCE_COMPLIANCE_REPORT",
    }
    (bucket,) = {each["ReportDeliveryChannel"]["S3BucketName"] for each in plans.values()}
    assert bucket.endswith(ACCOUNT)
    s3 = deployed.aws("s3")
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


@both
def test_what_is_written_to_a_replicated_bucket_is_in_the_recovery_region(
    deployed: Deployed, stack: str
) -> None:
    s3, source = deployed.aws("s3"), f"bynomi-{stack}-product-images"
    document = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
    (rule,) = document["Rules"]
    assert (rule["Status"], rule["DeleteMarkerReplication"]) == (
        "Enabled",
        {"Status": "Disabled"},
    )
    assert rule["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}
    assert rule["Destination"]["Metrics"]["EventThreshold"] == {"Minutes": 15}
    replica = rule["Destination"]["Bucket"].rpartition(":")[2]
    assert s3.get_bucket_location(Bucket=replica)["LocationConstraint"] == "us-west-2"
    s3.put_object(Bucket=source, Key="shoe.jpg", Body=b"a shoe")
    there = deployed.aws("s3", "us-west-2")
    assert there.get_object(Bucket=replica, Key="shoe.jpg")["Body"].read() == b"a shoe"
    # A deletion stays where it was made.
    s3.delete_object(Bucket=source, Key="shoe.jpg")
    assert there.get_object(Bucket=replica, Key="shoe.jpg")["Body"].read() == b"a shoe"


@both
def test_ages_of_backups_are_published_by_the_function_that_was_deployed(
    deployed: Deployed, stack: str
) -> None:
    answer = deployed.aws("lambda").invoke(FunctionName=f"bynomi-{stack}-files-use1-ages")
    told = json.load(answer["Payload"])
    assert "FunctionError" not in answer, told
    assert told["late"] == []
    daily = deployed.plan(stack).backups["files"].tiers["daily"]
    places = {"backups", *(copy.to for copy in daily.copies)}
    assert {key for key in told["ages"] if key.endswith("/daily")} == {
        f"{place}/daily" for place in places
    }
    metrics = deployed.aws("cloudwatch").list_metrics(
        Namespace="Upkeep/Recovery", MetricName="BackupAge"
    )["Metrics"]
    entries = {
        dimension["Value"]
        for metric in metrics
        for dimension in metric["Dimensions"]
        if dimension["Name"] == "Entry"
    }
    assert f"bynomi-{stack}-files-use1" in entries


@both
def test_failed_jobs_of_each_vault_are_told(deployed: Deployed, stack: str) -> None:
    for region in REGIONS:
        events = deployed.aws("events", region)
        wanted = {
            f"{vault['BackupVaultName']}-{jobs}"
            for vault in listed(
                deployed.aws("backup", region), "list_backup_vaults", "BackupVaultList"
            )
            if vault["BackupVaultName"].startswith(f"bynomi-{stack}-")
            for jobs in ("backup-jobs", "copy-jobs")
        }
        found = [
            rule["Name"]
            for rule in listed(events, "list_rules", "Rules")
            if rule["Name"].startswith(f"bynomi-{stack}-")
            and rule["Name"].endswith(("-backup-jobs", "-copy-jobs"))
        ]
        assert set(found) == wanted
        for rule in found:
            (target,) = events.list_targets_by_rule(Rule=rule)["Targets"]
            assert target["Arn"] == arn("sns", region, alert_topics(stack)[region]["p1"])


# ---- replicas, standby servers, failover -------------------------------------------------------


@both
def test_replicas_follow_their_source_as_the_plan_says(deployed: Deployed, stack: str) -> None:
    plan = deployed.plan(stack)
    found = {
        instance["DBInstanceIdentifier"]: (region, instance)
        for region in REGIONS
        for instance in listed(deployed.aws("rds", region), "describe_db_instances", "DBInstances")
        if instance["DBInstanceIdentifier"].startswith(f"bynomi-{stack}-")
    }
    assert found.keys() == {f"bynomi-{stack}-{name}" for name in plan.replicas}
    for name, replica in plan.replicas.items():
        region, instance = found[f"bynomi-{stack}-{name}"]
        away = replica.in_ == "recovery"
        assert region == (plan.regions.recovery if away else plan.regions.primary)
        source = plan.estate.databases[replica.of]
        source_arn = arn("rds", plan.regions.primary, f"db:{source.instance}")
        assert instance["ReadReplicaSourceDBInstanceIdentifier"] == (
            source_arn if away else source.instance
        )
        assert instance["DBInstanceClass"] == replica.class_
        assert instance["MultiAZ"] == replica.multi_az
        assert instance["StorageEncrypted"]
        assert instance["DeletionProtection"]
        assert not instance["PubliclyAccessible"]
        assert instance["DBSubnetGroup"]["DBSubnetGroupName"] == source.subnet_group
        (sources,) = deployed.aws("rds").describe_db_instances(
            DBInstanceIdentifier=source.instance
        )["DBInstances"]
        # Across regions a key of its own region; within one the source's, as RDS demands.
        assert (instance["KmsKeyId"] == sources["KmsKeyId"]) == (not away)
        assert instance["KmsKeyId"].split(":")[3] == region
        assert sources["ReadReplicaDBInstanceIdentifiers"] == [
            instance["DBInstanceArn"] if away else instance["DBInstanceIdentifier"]
        ]


def test_the_standby_waits_in_the_recovery_region(deployed: Deployed) -> None:
    plan = deployed.plan("prod")
    standby = plan.standby["web"]
    ec2, elb = deployed.aws("ec2", "us-west-2"), deployed.aws("elbv2", "us-west-2")
    (group,) = listed(
        deployed.aws("autoscaling", "us-west-2"),
        "describe_auto_scaling_groups",
        "AutoScalingGroups",
    )
    assert group["AutoScalingGroupName"] == "bynomi-prod-standby-web"
    assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == (
        *(standby.running, standby.running),
        standby.at_most,
    )
    assert len(group["Instances"]) == standby.running
    (balancer,) = listed(elb, "describe_load_balancers", "LoadBalancers")
    assert balancer["LoadBalancerName"] == "bynomi-prod-standby-web"
    (targets,) = listed(elb, "describe_target_groups", "TargetGroups")
    assert group["TargetGroupARNs"] == [targets["TargetGroupArn"]]
    assert group["HealthCheckType"] == "ELB"
    subnets = group["VPCZoneIdentifier"].split(",")
    found = ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in found}) == 3
    template = group["LaunchTemplate"]
    (version,) = ec2.describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
    )["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]
    assert data["InstanceType"] == standby.type
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    (image,) = ec2.describe_images(ImageIds=[data["ImageId"]])["Images"]
    assert image["Name"] == standby.image


def test_the_name_fails_over_by_health_checks(deployed: Deployed) -> None:
    plan = deployed.plan("prod")
    standby, client = plan.standby["web"], deployed.aws("route53")
    names = {
        region: deployed.aws("elbv2", region).describe_load_balancers(Names=[name])[
            "LoadBalancers"
        ][0]["DNSName"]
        for region, name in (
            ("us-east-1", plan.estate.servers["web"].load_balancer),
            ("us-west-2", "bynomi-prod-standby-web"),
        )
    }
    (zone,) = [
        each
        for each in listed(client, "list_hosted_zones", "HostedZones")
        if each["Name"] == f"{plan.estate.zone}."
    ]
    records = {
        each["Failover"]: each
        for each in listed(
            client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]
        )
        if "Failover" in each
    }
    assert {role: each["Name"] for role, each in records.items()} == dict.fromkeys(
        ("PRIMARY", "SECONDARY"), f"{standby.serves}."
    )
    assert {role: each["AliasTarget"]["DNSName"] for role, each in records.items()} == {
        "PRIMARY": names["us-east-1"],
        "SECONDARY": f"return.{standby.serves}",
    }
    # Where all are over here, until they go back in steps.
    weights = {
        each["AliasTarget"]["DNSName"]: each["Weight"]
        for each in listed(
            client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]
        )
        if each["Name"] == f"return.{standby.serves}." and "Weight" in each
    }
    assert weights == {names["us-east-1"]: 0, names["us-west-2"]: 100}
    checks = {
        each["Id"]: each["HealthCheckConfig"]
        for each in listed(client, "list_health_checks", "HealthChecks")
        # The names of the databases follow metrics.
        if each["HealthCheckConfig"]["Type"] != "CLOUDWATCH_METRIC"
    }
    for record in records.values():
        assert record["HealthCheckId"] in checks
        assert record["AliasTarget"]["EvaluateTargetHealth"]
    for check in checks.values():
        assert check["Type"] == "HTTPS"
        assert check["RequestInterval"] == standby.health.every.total_seconds()
        assert check["FailureThreshold"] == standby.health.failures
    # One asks the primary itself; by the others a person opens and closes the way over here.
    assert sorted(
        (check["FullyQualifiedDomainName"], check["ResourcePath"], check["Inverted"])
        for check in checks.values()
    ) == sorted(
        [
            (names["us-east-1"], standby.health.path, False),
            (names["us-west-2"], "/.well-known/upkeep/standby-open", False),
            (names["us-west-2"], "/.well-known/upkeep/standby-open", True),
        ]
    )


# ---- uptime ------------------------------------------------------------------------------------


@both
def test_datadog_asks_what_the_plan_says(deployed: Deployed, stack: str) -> None:
    plan = deployed.plan(stack)
    uptime = plan.uptime
    assert uptime is not None
    prefix = f"bynomi-{stack}-uptime-"
    tests = {
        test["name"].removeprefix(prefix): test
        for test in deployed.synthetics()
        if test["name"].startswith(prefix)
    }
    hosts = {check.url.split("/")[2] for check in uptime.checks.values()}
    others = {f"journey-{name}" for name in uptime.journeys}
    others |= {f"browser-{name}" for name in uptime.browsers} | {
        f"dns-{name}" for name in uptime.dns
    }
    certificates = {f"certificate-{host}": host for host in hosts}
    assert tests.keys() == {*uptime.checks, *certificates, *others}
    for name in uptime.checks:
        test = tests[name]
        check = uptime.checks[name]
        within = check.within or uptime.within
        asserted = {(each["type"], each["operator"]): each["target"] for each in assertions(test)}
        body = {} if check.body_contains is None else {("body", "contains"): check.body_contains}
        assert asserted == {
            ("statusCode", "is"): check.status,
            ("responseTime", "lessThan"): within / timedelta(milliseconds=1),
            **body,
        }
        assert test["config"]["request"] == {"method": "GET", "url": check.url}
        assert test["options"]["tick_every"] == uptime.every.total_seconds()
        assert test["subtype"] == "http"
        if check.locations is None:
            assert test["locations"] == sorted(uptime.locations)
    for name, host in certificates.items():
        certificate = tests[name]
        assert [
            (each["type"], each["operator"], each["target"]) for each in assertions(certificate)
        ] == [("certificate", "isInMoreThan", uptime.certificate_expires_in.days)]
        assert certificate["config"]["request"] == {"host": host, "port": "443"}
        assert certificate["subtype"] == "ssl"
    # Journeys, names and browsers: tests/engine/test_objectives_and_uptime.py.
    for name in (*uptime.checks, *certificates):
        test = tests[name]
        assert test["status"] == "live"
        options = test["options"]
        assert options["retry"] == {"count": uptime.retries, "interval": 1000}
        assert options["min_location_failed"] == min(uptime.failed_from, len(test["locations"]))
        assert options["monitor_options"] == {"renotify_interval": 60}
        # A certificate is as grave as the gravest check of its host: "p0" sorts first.
        level = min(
            each.severity or uptime.severity
            for key, each in uptime.checks.items()
            if key == name or each.url.split("/")[2] == certificates.get(name)
        )
        owner = owner_handles(plan, name)
        assert handles(test["message"]) == wanted_handles(stack, plan, level) | owner
        assert f"Runbook: {plan.runbooks}/" in test["message"]


def test_the_five_checks_of_production_run_every_minute(deployed: Deployed) -> None:
    prefix = "bynomi-prod-uptime-"
    tests = [test for test in deployed.synthetics() if test["name"].startswith(prefix)]
    assert {
        test["name"].removeprefix(prefix): test["options"]["tick_every"]
        for test in tests
        if test.get("subtype") == "http"
    } == dict.fromkeys(("homepage", "product-pages", "cart", "checkout", "api-health"), 60)
    assert all(len(test["locations"]) >= 3 for test in tests)


def assertions(test: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = test["config"]["assertions"]
    return found


def handles(message: str) -> set[str]:
    return {word for word in message.split() if word.startswith("@")}


def owner_handles(plan: Plan, check: str) -> set[str]:
    """The channel of the team whose service a check speaks for."""
    assert plan.slack is not None
    owners = {each.owner for each in plan.services.values() if check in each.checks} - {None}
    channels = {plan.teams[owner].slack for owner in owners if owner} - {None}
    return {f"@slack-{plan.slack.account}-{channel}" for channel in channels}


def wanted_handles(stack: str, plan: Plan, level: Severity) -> set[str]:
    """By e-mail, in Slack, by telephone through SNS, by On-Call, and in a tracker."""
    assert plan.slack is not None
    definition = plan.severities.by_severity()[level]
    sms = sms_topics(stack, plan)
    return {
        *(f"@{address}" for address in definition.email),
        *(f"@slack-{plan.slack.account}-{channel}" for channel in definition.slack),
        *([f"@sns-{sms[level]}"] if level in sms else []),
        *([f"@oncall-bynomi-{stack}-{definition.on_call}"] if definition.on_call else []),
        *([f"@webhook-bynomi-{stack}-tickets-{definition.tickets}"] if definition.tickets else []),
    }
