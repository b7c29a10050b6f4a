"""ResourceAlarms: the plan's thresholds in the units of the cloud, and what silence means."""

import copy
import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import ResourceAlarms, connection_capacity

from tests.components.support import Recording, arn, deploy, providers

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ASSOCIATION = "aws:ssm/association:Association"
GIB = 1024**3
THRESHOLDS_OF_SERVICES = ["response_time", "error_rate"]
PARAMETER = "AmazonCloudWatch-bynomi-prod-resources-server-web"
TOPICS = {
    key: f"arn:aws:sns:us-east-1:123456789012:alerts-{key}" for key in ("p0", "p1", "p2", "p3")
}
EVERYTHING: dict[str, Any] = {
    "topics": TOPICS,
    "runbooks": "https://internal.bynomi.com/docs/runbooks/",
    "alert_when": {
        "response_time": {"above": "1000 ms", "percentile": 95, "severity": "p1"},
        "error_rate": {"above": "1 %", "of_at_least": 100, "severity": "p1"},
        "cpu": {"above": "80 %", "severity": "p2"},
        "memory": {"above": "80 %", "severity": "p2"},
        "database_connections": {"above": "80 %", "severity": "p1"},
        "storage": {"above": "80 %", "severity": "p2"},
        "replica_lag": {"above": "5 minutes", "severity": "p1"},
    },
    "databases": {
        "orders": {
            "identifier": "orders-prod-use1-1",
            "memory": 16 * GIB,
            "connections": 1802,
            "storage": 100 * GIB,
            "proxy": "bynomi-prod-orders",
            "replica": True,
        }
    },
    "servers": {"web": {"group": "bynomi-prod-web", "role": "bynomi-prod-web"}},
    "load_balancers": {
        "web": {"load_balancer": "app/bynomi-prod-web/1", "target_group": "targetgroup/web/2"}
    },
    "pools": {
        "api": {
            "namespace": "Bynomi",
            "used": "PoolUsed",
            "capacity": "PoolSize",
            "dimensions": {"service": "api"},
        }
    },
}
# part -> severity, metric (or expression), statistic, comparison and threshold, seconds x periods,
# silence, page of the runbook
DATABASE = {"DBInstanceIdentifier": "orders-prod-use1-1"}
EXPECTED = {
    "database-orders-cpu": (
        "p2", "AWS/RDS CPUUtilization Average", ">", 80.0, (60, 5), "missing", "database-cpu"
    ),
    "database-orders-memory": (
        "p2", "AWS/RDS FreeableMemory Average", "<", 3435973836.8, (60, 5), "missing",
        "database-memory",
    ),
    "database-orders-connections": (
        "p1", "AWS/RDS DatabaseConnections Average", ">", 1441.6, (60, 5), "breaching",
        "database-connections",
    ),
    "database-orders-proxy-connections": (
        "p1", "100 * used / allowed", ">", 80.0, (60, 5), "missing", "database-connections"
    ),
    "database-orders-storage": (
        "p2", "AWS/RDS FreeStorageSpace Average", "<", 21474836480.0, (60, 5), "missing",
        "database-storage",
    ),
    "database-orders-replica-lag": (
        "p1", "IF(lag < 0, 86400, lag)", ">", 300.0, (60, 5), "breaching", "replica-lag"
    ),
    "server-web-cpu": (
        "p2", "AWS/EC2 CPUUtilization Average", ">", 80.0, (300, 1), "missing", "server-cpu"
    ),
    "server-web-memory": (
        "p2", "CWAgent mem_used_percent Average", ">", 80.0, (60, 5), "breaching", "server-memory"
    ),
    "server-web-storage": (
        "p2", "CWAgent disk_used_percent Maximum", ">", 80.0, (60, 5), "breaching",
        "server-storage",
    ),
    "server-web-status": (
        "p1", "AWS/EC2 StatusCheckFailed Maximum", ">", 0.0, (60, 3), "breaching", "server-status"
    ),
    "load-balancer-web-response-time": (
        "p1", "AWS/ApplicationELB TargetResponseTime p95", ">", 1.0, (60, 5), "notBreaching",
        "response-time",
    ),
    "load-balancer-web-error-rate": (
        "p1",
        "IF(MAX([FILL(requests, 0), (FILL(from_targets, 0) + FILL(from_balancer, 0))]) >= 100, "
        "100 * (FILL(from_targets, 0) + FILL(from_balancer, 0)) / "
        "MAX([FILL(requests, 0), (FILL(from_targets, 0) + FILL(from_balancer, 0))]), 0)",
        ">", 1.0, (300, 1), "notBreaching", "error-rate",
    ),
    "load-balancer-web-unhealthy": (
        "p1", "AWS/ApplicationELB UnHealthyHostCount Maximum", ">", 0.0, (60, 5), "breaching",
        "unhealthy-targets",
    ),
    "pool-api-connections": (
        "p1", "100 * used / capacity", ">", 80.0, (60, 5), "breaching", "database-connections"
    ),
}  # fmt: skip


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        west = providers("us-east-1", "us-west-2")["us-west-2"]
        ResourceAlarms("resources", args, pulumi.ResourceOptions(providers=[west]))

    return deploy(program, preview=preview)


def without(args: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in args.items() if key not in keys}


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


def queries(props: Any) -> list[Any]:
    found: list[Any] = props.get("metricQueries", [])
    return found


def described(props: Any) -> tuple[Any, ...]:
    """An alarm's registration in the shape of ``EXPECTED``."""
    measured = [query["metric"] for query in queries(props) if "metric" in query]
    if measured:
        what = queries(props)[0]["expression"]
        (period,) = {metric["period"] for metric in measured}
    else:
        statistic = props.get("statistic") or props["extendedStatistic"]
        what = f"{props['namespace']} {props['metricName']} {statistic}"
        period = props["period"]
    sign = {"GreaterThanThreshold": ">", "LessThanThreshold": "<"}[props["comparisonOperator"]]
    page = props["alarmDescription"].rpartition("Runbook: ")[2]
    assert page.startswith("https://internal.bynomi.com/docs/runbooks/")
    assert props["datapointsToAlarm"] == props["evaluationPeriods"]
    return (
        props["tags"]["severity"],
        what,
        sign,
        props["threshold"],
        (period, props["evaluationPeriods"]),
        props["treatMissingData"],
        page.rpartition("/")[2],
    )


@pytest.mark.slow
def test_watches_exactly_this(preview: bool) -> None:
    recording = declare(EVERYTHING, preview)

    alarms = {name.removeprefix("resources-"): each for name, each in recording.of(ALARM).items()}
    assert {part: described(each.props) for part, each in alarms.items()} == EXPECTED
    assert {part: each.props["name"] for part, each in alarms.items()} == {
        part: f"bynomi-prod-resources-{part}" for part in EXPECTED
    }


def test_every_alarm_tells_its_severity_when_it_begins_and_ends() -> None:
    for alarm in declare(EVERYTHING).of(ALARM).values():
        topic = [TOPICS[alarm.props["tags"]["severity"]]]
        assert (alarm.props["alarmActions"], alarm.props["okActions"]) == (topic, topic)
        assert "insufficientDataActions" not in alarm.props


@pytest.mark.slow
def test_children_inherit_parent_and_provider(preview: bool) -> None:
    recording = declare(EVERYTHING, preview)

    assert {(each.parent, each.provider) for each in recording.children()} == {
        ("upkeep:index:ResourceAlarms::resources", "aws-us-west-2")
    }
    assert recording.one("upkeep:index:ResourceAlarms").providers == {"aws": "aws-us-west-2"}


def test_metrics_carry_the_dimensions_they_are_published_with() -> None:
    alarms = declare(EVERYTHING).of(ALARM)

    def of(part: str) -> Any:
        return alarms[f"resources-{part}"].props["dimensions"]

    def in_queries(part: str) -> dict[str, Any]:
        found = queries(alarms[f"resources-{part}"].props)
        return {
            query["id"]: (query["metric"]["metricName"], query["metric"]["dimensions"])
            for query in found
            if "metric" in query
        }

    group, balancer = (
        {"AutoScalingGroupName": "bynomi-prod-web"},
        {"LoadBalancer": "app/bynomi-prod-web/1"},
    )
    assert of("database-orders-memory") == DATABASE
    assert of("server-web-memory") == group
    assert of("server-web-storage") == group | {"path": "/"}
    assert of("load-balancer-web-response-time") == balancer
    assert of("load-balancer-web-unhealthy") == balancer | {"TargetGroup": "targetgroup/web/2"}
    proxy = {
        "ProxyName": "bynomi-prod-orders",
        "TargetGroup": "default",
        "Target": "db:orders-prod-use1-1",
    }
    assert in_queries("database-orders-proxy-connections") == {
        "used": ("DatabaseConnections", proxy),
        "allowed": ("MaxDatabaseConnectionsAllowed", proxy),
    }
    assert in_queries("load-balancer-web-error-rate") == {
        "requests": ("RequestCount", balancer),
        "from_targets": ("HTTPCode_Target_5XX_Count", balancer),
        "from_balancer": ("HTTPCode_ELB_5XX_Count", balancer),
    }
    assert in_queries("pool-api-connections") == {
        "used": ("PoolUsed", {"service": "api"}),
        "capacity": ("PoolSize", {"service": "api"}),
    }


def test_the_agent_is_installed_then_configured_for_the_group() -> None:
    recording = declare(EVERYTHING)

    targets = [{"key": "tag:aws:autoscaling:groupName", "values": ["bynomi-prod-web"]}]
    assert {name: each.props for name, each in recording.of(ASSOCIATION).items()} == {
        "resources-server-web-agent-install": {
            "name": "AWS-ConfigureAWSPackage",
            "associationName": "bynomi-prod-resources-server-web-agent-install",
            "parameters": {"action": "Install", "name": "AmazonCloudWatchAgent"},
            "targets": targets,
            "scheduleExpression": "rate(30 minutes)",
        },
        "resources-server-web-agent-configure": {
            "name": "AmazonCloudWatch-ManageAgent",
            "associationName": "bynomi-prod-resources-server-web-agent-configure",
            "parameters": {
                "action": "configure",
                "mode": "ec2",
                "optionalConfigurationSource": "ssm",
                "optionalConfigurationLocation": PARAMETER,
                "optionalRestart": "yes",
            },
            "targets": targets,
            "scheduleExpression": "rate(30 minutes)",
        },
    }
    configure = recording.one(ASSOCIATION, "resources-server-web-agent-configure")
    assert "resources-server-web-agent-install" in configure.depends_on
    configuration = json.loads(recording.one("aws:ssm/parameter:Parameter").props["value"])
    assert configuration["metrics"]["aggregation_dimensions"] == [
        ["AutoScalingGroupName"],
        ["AutoScalingGroupName", "path"],
    ]
    granted = recording.one("aws:iam/rolePolicy:RolePolicy", "resources-server-web-agent").props
    assert (granted["role"], granted["name"]) == (
        "bynomi-prod-web",
        "bynomi-prod-resources-server-web-agent",
    )
    statements = {each["Sid"]: each for each in json.loads(granted["policy"])["Statement"]}
    assert statements.keys() == {"BeManaged", "KnowItself", "ReadConfiguration", "Report"}
    assert statements["Report"]["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "CWAgent"}
    }
    (parameter,) = recording.of("aws:ssm/parameter:Parameter")
    assert statements["ReadConfiguration"]["Resource"] == arn(
        "aws:ssm/parameter:Parameter", parameter
    )


def test_what_the_plan_leaves_out_is_not_watched() -> None:
    only_cpu = EVERYTHING | {
        "alert_when": {"cpu": {"above": "90 %", "severity": "p3", "lasting": "10 minutes"}},
        "databases": {"orders": without(EVERYTHING["databases"]["orders"], "replica", "proxy")},
    }
    recording = declare(only_cpu)

    assert sorted(recording.of(ALARM)) == [
        "resources-database-orders-cpu",
        "resources-load-balancer-web-unhealthy",
        "resources-server-web-cpu",
        "resources-server-web-status",
    ]
    assert not recording.of(ASSOCIATION)
    cpu = recording.one(ALARM, "resources-database-orders-cpu").props
    assert (cpu["threshold"], cpu["evaluationPeriods"], cpu["tags"]) == (90, 10, {"severity": "p3"})
    assert cpu["alarmDescription"] == (
        "P3: the processor of database orders is above 90 % (looked at over 10 minutes). "
        "Runbook: https://internal.bynomi.com/docs/runbooks/database-cpu"
    )


@pytest.mark.slow
@pytest.mark.parametrize("elsewhere", [["response_time"], ["error_rate"], THRESHOLDS_OF_SERVICES])
def test_what_services_watch_is_not_watched_at_the_load_balancer_too(elsewhere: list[str]) -> None:
    args = copy.deepcopy(EVERYTHING)
    args["load_balancers"]["web"]["watched_elsewhere"] = elsewhere
    left = {name.removeprefix("resources-") for name in declare(args).of(ALARM)}
    gone = {f"load-balancer-web-{key.replace('_', '-')}" for key in elsewhere}
    assert left == set(EXPECTED) - gone
    # Targets that are gone are seen without Datadog.
    assert "load-balancer-web-unhealthy" in left


def test_only_what_services_can_watch_is_left_to_them() -> None:
    args = copy.deepcopy(EVERYTHING)
    args["load_balancers"]["web"]["watched_elsewhere"] = ["cpu"]
    assert "load_balancers.web.watched_elsewhere.0 = cpu: " in refusal(args)


@pytest.mark.slow
def test_identifiers_may_be_outputs(preview: bool) -> None:
    def program() -> None:
        import pulumi_aws as aws

        primary = providers("us-east-1")["us-east-1"]
        topic = aws.sns.Topic("t", name="t", opts=pulumi.ResourceOptions(provider=primary))
        args = EVERYTHING | {
            "topics": dict.fromkeys(TOPICS, topic.arn),
            "databases": {"orders": EVERYTHING["databases"]["orders"] | {"identifier": topic.name}},
        }
        ResourceAlarms("resources", args, pulumi.ResourceOptions(providers=[primary]))  # type: ignore[arg-type]

    recording = deploy(program, preview=preview)
    assert {name.removeprefix("resources-") for name in recording.of(ALARM)} == set(EXPECTED)


def test_gives_the_alarms_by_part() -> None:
    assert declare(EVERYTHING).outputs_of("resources")["alarms"] == {
        part: arn(ALARM, f"resources-{part}") for part in EXPECTED
    }


def test_names_all_faults_at_once() -> None:
    args = EVERYTHING | {
        "topics": without(TOPICS, "p3"),
        "alert_when": {
            "cpu": {"above": "180 %", "severity": "p2"},
            "memory": {"above": 80, "severity": "p2"},
            "response_times": {"above": "1 second", "severity": "p1"},
            "storage": {"above": "80 %", "severity": "p2", "lasting": "90 seconds"},
        },
        "databases": {"orders": EVERYTHING["databases"]["orders"] | {"memory": 0}},
    }

    assert refusal(args) == (
        "ResourceAlarms 'resources': 6 faults\n"
        "  alert_when.cpu.above = 180 %: a percentage lies above 0 and at most at 100; "
        "at most `100 %`\n"
        "  alert_when.memory.above = 80: not a percentage; write `80 %`\n"
        "  alert_when.response_times: not a word of the plan; did you mean `response_time`?\n"
        "  alert_when.storage.lasting = 90 seconds: metrics are looked at by the minute; "
        "nearest: `2 minutes`\n"
        "  databases.orders.memory = 0: must be above 0\n"
        "  topics.p3: missing; required here"
    )


def test_refuses_a_replica_whose_lag_nobody_is_told_of() -> None:
    args = EVERYTHING | {"alert_when": without(EVERYTHING["alert_when"], "replica_lag")}

    assert refusal(args) == (
        "ResourceAlarms 'resources': 1 fault\n"
        "  databases.orders.replica = true: a replica whose lag nobody is told of; "
        "add `alert_when.replica_lag`"
    )


def test_refuses_to_watch_nothing() -> None:
    args = without(EVERYTHING, "databases", "servers", "load_balancers", "pools")

    assert refusal(args) == (
        "ResourceAlarms 'resources': 1 fault\n"
        "  databases: nothing is watched; name a database, servers, a load balancer or a pool, "
        "and a threshold for it"
    )


@pytest.mark.parametrize(
    ("engine", "memory", "connections"),
    [
        ("postgres", 1 * GIB, 112),
        ("postgres", 4 * GIB, 450),
        ("postgres", 16 * GIB, 1802),
        ("postgres", 64 * GIB, 5000),  # the formula's own ceiling
        ("mysql", 16 * GIB, 1365),
        ("mariadb", 16 * GIB, 1365),
        ("mariadb", 256 * GIB, 12000),
    ],
)
def test_connection_capacity_is_the_parameter_groups_default(
    engine: str, memory: int, connections: int
) -> None:
    assert connection_capacity(engine, memory) == connections


def test_connection_capacity_says_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"max_connections.*'oracle-ee' is not known"):
        connection_capacity("oracle-ee", GIB)
    with pytest.raises(ValueError, match="above 0 bytes, not 0"):
        connection_capacity("postgres", 0)
