"""StandbyServers: servers that wait, a name that moves, and no move to where none can serve."""

from typing import Any

import pytest
from pulumi_upkeep import StandbyServers

from tests.components.recovery import RUNBOOKS, declared, known, refusal, topics
from tests.components.support import ACCOUNT, Recording, Registration

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CHECK = "aws:route53/healthCheck:HealthCheck"
RECORD = "aws:route53/record:Record"
GROUP = "aws:autoscaling/group:Group"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RULE = "aws:lb/listenerRule:ListenerRule"
CERTIFICATE = f"arn:aws:acm:us-west-2:{ACCOUNT}:certificate/1"
NAME = "web-standby"
SWITCH = "/.well-known/upkeep/standby-open"

WARM: dict[str, Any] = {
    "running": 1,
    "at_most": 4,
    "network": "vpc-1",
    "private_subnets": ["subnet-a", "subnet-b"],
    "public_subnets": ["subnet-public-a", "subnet-public-b"],
    "image": "ami-1",
    "instance_type": "t4g.large",
    "instance_profile": "bynomi-prod-web",
    "security_groups": ["sg-web"],
    "certificate": CERTIFICATE,
    "serves": "www.bynomi.com",
    "zone": "Z1",
    "primary": {"dns_name": "primary.elb.example.com", "zone_id": "ZPRIMARY"},
    "health": {"path": "/api/health", "every": "30 seconds", "failures": 3},
    "topics": topics("us-west-2"),
    "route53_topics": topics("us-east-1"),
    "runbooks": RUNBOOKS,
}
PILOT_LIGHT = {**WARM, "running": 0}


def standby(args: dict[str, Any], preview: bool = False) -> Recording:
    given: Any = args
    return declared(
        lambda opts: StandbyServers(NAME, given, opts), preview=preview, region="us-west-2"
    )


def refused(**more: Any) -> str:
    given: Any = {**WARM, **more}
    return refusal(lambda opts: StandbyServers(NAME, given, opts))


def children(recording: Recording) -> list[Registration]:
    return [each for each in recording.registrations if each.parent]


@pytest.mark.slow
def test_registers_everything_below_itself_in_the_recovery_region(preview: bool) -> None:
    found = children(standby(WARM, preview))
    assert [(each.type, each.name) for each in found] == [
        (GROUP, NAME),
        (ALARM, f"{NAME}-not-ready"),
        (ALARM, f"{NAME}-primary-down"),
        (ALARM, f"{NAME}-too-few"),
        (ALARM, f"{NAME}-unhealthy"),
        ("aws:ec2/launchTemplate:LaunchTemplate", NAME),
        ("aws:ec2/securityGroup:SecurityGroup", f"{NAME}-load-balancer"),
        ("aws:ec2/securityGroup:SecurityGroup", f"{NAME}-servers"),
        (LISTENER, f"{NAME}-http"),
        (LISTENER, f"{NAME}-https"),
        (RULE, f"{NAME}-switch"),
        (BALANCER, NAME),
        ("aws:lb/targetGroup:TargetGroup", NAME),
        (CHECK, f"{NAME}-primary"),
        (CHECK, f"{NAME}-switch-closed"),
        (CHECK, f"{NAME}-switch-open"),
        (RECORD, f"{NAME}-primary"),
        (RECORD, f"{NAME}-standby"),
        (EGRESS, f"{NAME}-load-balancer-to-servers"),
        (EGRESS, f"{NAME}-servers-https"),
        (INGRESS, f"{NAME}-load-balancer-http"),
        (INGRESS, f"{NAME}-load-balancer-https"),
        (INGRESS, f"{NAME}-servers-from-load-balancer"),
    ]
    assert {each.parent for each in found} == {f"upkeep:index:StandbyServers::{NAME}"}
    assert {each.provider for each in found} == {"aws-us-west-2"}
    assert [each.type for each in found if each.protect] == [BALANCER]


@pytest.mark.slow
def test_the_group_keeps_what_the_plan_says_and_lets_runbooks_scale(preview: bool) -> None:
    group = standby(WARM, preview).one(GROUP)
    later = known(preview)
    assert group.ignore_changes == ("desiredCapacity",)
    assert group.props == {
        "name": "bynomi-prod-web-standby",
        "minSize": 1,
        "desiredCapacity": 1,
        "maxSize": 4,
        "vpcZoneIdentifiers": ["subnet-a", "subnet-b"],
        "targetGroupArns": [later(f"arn:aws:lb:us-east-1:{ACCOUNT}:TargetGroup/{NAME}")],
        "healthCheckType": "ELB",
        "healthCheckGracePeriod": 300,
        # A new template version replaces what runs, a new server before an old one goes.
        "instanceRefresh": {
            "strategy": "Rolling",
            "preferences": {
                "minHealthyPercentage": 100,
                "maxHealthyPercentage": 200,
                "skipMatching": True,
            },
        },
        "launchTemplate": {"id": later(f"{NAME}-id"), "version": later("3")},
        "enabledMetrics": ["GroupDesiredCapacity", "GroupInServiceInstances"],
        "metricsGranularity": "1Minute",
        "waitForCapacityTimeout": "0",
        "tags": [{"key": "Name", "value": "bynomi-prod-web-standby", "propagateAtLaunch": True}],
    }


def test_servers_are_private_encrypted_and_guard_their_metadata() -> None:
    assert standby(WARM).one("aws:ec2/launchTemplate:LaunchTemplate").props == {
        "name": "bynomi-prod-web-standby",
        "imageId": "ami-1",
        "instanceType": "t4g.large",
        "iamInstanceProfile": {"name": "bynomi-prod-web"},
        "updateDefaultVersion": True,
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "monitoring": {"enabled": True},
        "networkInterfaces": [
            {
                "deviceIndex": 0,
                "associatePublicIpAddress": "false",
                "deleteOnTermination": "true",
                "securityGroups": [f"{NAME}-servers-id", "sg-web"],
            }
        ],
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {
                    "encrypted": "true",
                    "volumeType": "gp3",
                    "volumeSize": 30,
                    "deleteOnTermination": "true",
                },
            }
        ],
    }


@pytest.mark.slow
def test_the_load_balancer_alone_asks_the_servers(preview: bool) -> None:
    recording, later = standby(WARM, preview), known(preview)
    rules = {
        each.name.removeprefix(f"{NAME}-"): each.props
        for each in children(recording)
        if each.type.startswith("aws:vpc/")
    }
    balancer, servers = later(f"{NAME}-load-balancer-id"), later(f"{NAME}-servers-id")

    def door(group: str, port: int, **other: str) -> dict[str, Any]:
        return {
            "securityGroupId": group,
            "ipProtocol": "tcp",
            "fromPort": port,
            "toPort": port,
            **other,
        }

    assert {
        name: {key: value for key, value in props.items() if key != "description"}
        for name, props in rules.items()
    } == {
        "load-balancer-http": door(balancer, 80, cidrIpv4="0.0.0.0/0"),
        "load-balancer-https": door(balancer, 443, cidrIpv4="0.0.0.0/0"),
        "load-balancer-to-servers": door(balancer, 80, referencedSecurityGroupId=servers),
        "servers-from-load-balancer": door(servers, 80, referencedSecurityGroupId=balancer),
        "servers-https": door(servers, 443, cidrIpv4="0.0.0.0/0"),
    }


def test_the_load_balancer_speaks_modern_tls_and_nothing_else() -> None:
    recording = standby({**WARM, "access_logs": "logs-bucket"})
    assert recording.one(BALANCER).props == {
        "name": "bynomi-prod-web-standby",
        "loadBalancerType": "application",
        "internal": False,
        "subnets": ["subnet-public-a", "subnet-public-b"],
        "securityGroups": [f"{NAME}-load-balancer-id"],
        "dropInvalidHeaderFields": True,
        "enableDeletionProtection": True,
        "accessLogs": {"bucket": "logs-bucket", "prefix": NAME, "enabled": True},
    }
    balancer = f"arn:aws:lb:us-east-1:{ACCOUNT}:LoadBalancer/{NAME}"
    assert recording.one(LISTENER, f"{NAME}-https").props == {
        "loadBalancerArn": balancer,
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificateArn": CERTIFICATE,
        "defaultActions": [
            {
                "type": "forward",
                "targetGroupArn": f"arn:aws:lb:us-east-1:{ACCOUNT}:TargetGroup/{NAME}",
            }
        ],
    }
    assert recording.one(LISTENER, f"{NAME}-http").props["defaultActions"] == [
        {
            "type": "redirect",
            "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
        }
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "asked"), [({}, "/api/health"), ({"server_path": "/alive"}, "/alive")]
)
def test_servers_are_asked_by_the_load_balancer(more: dict[str, Any], asked: str) -> None:
    props = standby({**WARM, **more}).one("aws:lb/targetGroup:TargetGroup").props
    assert props["healthCheck"] == {
        "enabled": True,
        "path": asked,
        "protocol": "HTTP",
        "matcher": "200",
        "interval": 30,
        "timeout": 5,
        "healthyThreshold": 3,
        "unhealthyThreshold": 3,
    }


def check(part: str, host: str, path: str, inverted: bool) -> dict[str, Any]:
    return {
        "type": "HTTPS",
        "fqdn": host,
        "port": 443,
        "resourcePath": path,
        "requestInterval": 30,
        "failureThreshold": 3,
        "regions": ["eu-west-1", "us-east-1", "us-west-2"],
        "enableSni": True,
        "invertHealthcheck": inverted,
        "tags": {"Name": f"bynomi-prod-{NAME}-{part}"},
    }


def record(part: str, role: str, health_check: str, host: str, zone: str) -> dict[str, Any]:
    return {
        "zoneId": "Z1",
        "name": "www.bynomi.com",
        "type": "A",
        "setIdentifier": part,
        "failoverRoutingPolicies": [{"type": role}],
        "healthCheckId": health_check,
        "aliases": [{"name": host, "zoneId": zone, "evaluateTargetHealth": True}],
    }


@pytest.mark.slow
@pytest.mark.parametrize("args", [WARM, PILOT_LIGHT], ids=["warm", "pilot light"])
def test_by_default_a_runbook_moves_traffic_by_the_switch(
    args: dict[str, Any], preview: bool
) -> None:
    recording, later = standby(args, preview), known(preview)
    own = later(f"{NAME}.elb.example.com")
    assert {name: each.props for name, each in recording.of(CHECK).items()} == {
        f"{NAME}-primary": check("primary", "primary.elb.example.com", "/api/health", False),
        f"{NAME}-switch-closed": check("switch-closed", own, SWITCH, True),
        f"{NAME}-switch-open": check("switch-open", own, SWITCH, False),
    }
    # PRIMARY holds while the switch is closed, whether it answers or not; SECONDARY is healthy
    # only once the switch is open and servers are.
    assert {name: each.props for name, each in recording.of(RECORD).items()} == {
        f"{NAME}-primary": record(
            "primary",
            "PRIMARY",
            later(f"{NAME}-switch-closed-id"),
            "primary.elb.example.com",
            "ZPRIMARY",
        ),
        f"{NAME}-standby": record(
            "standby", "SECONDARY", later(f"{NAME}-switch-open-id"), own, later(f"zone-of-{NAME}")
        ),
    }


def test_the_switch_begins_closed_and_deployments_leave_it() -> None:
    recording = standby(WARM)
    switch = recording.one(RULE)
    assert switch.ignore_changes == ("actions",)
    assert switch.props == {
        "listenerArn": f"arn:aws:lb:us-east-1:{ACCOUNT}:Listener/{NAME}-https",
        "priority": 1,
        "conditions": [{"pathPattern": {"values": [SWITCH]}}],
        "actions": [
            {
                "type": "fixed-response",
                "fixedResponse": {
                    "contentType": "text/plain",
                    "messageBody": "closed",
                    "statusCode": "503",
                },
            }
        ],
        "tags": {"Name": f"bynomi-prod-{NAME}-switch"},
    }


@pytest.mark.slow
def test_where_the_standby_can_serve_traffic_moves_by_itself(preview: bool) -> None:
    recording, later = standby({**WARM, "moves_by_itself": True}, preview), known(preview)
    assert list(recording.of(CHECK)) == [f"{NAME}-primary"]
    assert recording.of(RULE) == {}
    records = recording.of(RECORD)
    assert records[f"{NAME}-primary"].props["healthCheckId"] == later(f"{NAME}-primary-id")
    assert "healthCheckId" not in records[f"{NAME}-standby"].props
    assert records[f"{NAME}-standby"].props["aliases"][0]["evaluateTargetHealth"] is True
    assert recording.outputs_of(NAME).get("switchArn") is None


@pytest.mark.slow
def test_the_primarys_alarm_lives_where_route_53_reports(preview: bool) -> None:
    alarm = standby(WARM, preview).one(ALARM, f"{NAME}-primary-down").props
    assert alarm == {
        "name": f"bynomi-prod-{NAME}-primary-down",
        "region": "us-east-1",
        "alarmDescription": (
            "P0: the primary of www.bynomi.com does not answer; traffic stays there (looked at "
            "over 1 minute). Runbook: https://runbooks.example.com/primary-down"
        ),
        "namespace": "AWS/Route53",
        "metricName": "HealthCheckStatus",
        "dimensions": {"HealthCheckId": known(preview)(f"{NAME}-primary-id")},
        "statistic": "Minimum",
        "comparisonOperator": "LessThanThreshold",
        "threshold": 1,
        "period": 60,
        "evaluationPeriods": 1,
        "datapointsToAlarm": 1,
        "treatMissingData": "breaching",
        "alarmActions": [topics("us-east-1")["p0"]],
        "okActions": [topics("us-east-1")["p0"]],
        "tags": {"severity": "p0"},
    }


def watched(recording: Recording) -> dict[str, tuple[Any, ...]]:
    """What the alarms on the standby look at."""
    return {
        name.removeprefix(f"{NAME}-"): (
            alarm.props["metricName"],
            tuple(sorted(alarm.props["dimensions"].items())),
            alarm.props["comparisonOperator"],
            alarm.props["threshold"],
            alarm.props["treatMissingData"],
            alarm.props["alarmActions"],
        )
        for name, alarm in recording.of(ALARM).items()
        if "region" not in alarm.props
    }


BEHIND = (("LoadBalancer", f"app/{NAME}/1"), ("TargetGroup", f"targetgroup/{NAME}/1"))
UNHEALTHY = (
    "UnHealthyHostCount",
    BEHIND,
    "GreaterThanThreshold",
    0,
    "notBreaching",
    [topics("us-west-2")["p1"]],
)


def test_a_warm_standby_alarms_when_it_is_not_what_it_promises() -> None:
    assert watched(standby({**WARM, "running": 2})) == {
        "unhealthy": UNHEALTHY,
        "not-ready": (
            "HealthyHostCount",
            BEHIND,
            "LessThanThreshold",
            2,
            "breaching",
            [topics("us-west-2")["p1"]],
        ),
        "too-few": (
            "GroupInServiceInstances",
            (("AutoScalingGroupName", "bynomi-prod-web-standby"),),
            "LessThanThreshold",
            2,
            "breaching",
            [topics("us-west-2")["p1"]],
        ),
    }


def test_a_pilot_light_does_not_alarm_for_having_no_servers() -> None:
    recording = standby(PILOT_LIGHT)
    assert watched(recording) == {"unhealthy": UNHEALTHY}
    assert recording.one(GROUP).props["minSize"] == 0


@pytest.mark.slow
def test_outputs(preview: bool) -> None:
    later = known(preview)
    assert standby(WARM, preview).outputs_of(NAME) == {
        "loadBalancerDnsName": later(f"{NAME}.elb.example.com"),
        "loadBalancerArn": later(f"arn:aws:lb:us-east-1:{ACCOUNT}:LoadBalancer/{NAME}"),
        "targetGroupArn": later(f"arn:aws:lb:us-east-1:{ACCOUNT}:TargetGroup/{NAME}"),
        "groupName": "bynomi-prod-web-standby",
        "launchTemplateId": later(f"{NAME}-id"),
        "securityGroupId": later(f"{NAME}-servers-id"),
        "recordFqdn": later("www.bynomi.com"),
        "primaryHealthCheckId": later(f"{NAME}-primary-id"),
        "switchArn": later(f"arn:aws:lb:us-east-1:{ACCOUNT}:ListenerRule/{NAME}-switch"),
        "switchUrl": later(f"https://{NAME}.elb.example.com{SWITCH}"),
    }


def weights(recording: Recording) -> dict[str, tuple[str, int]]:
    """Of the way back: set identifier -> where it leads, its weight."""
    return {
        record.props["setIdentifier"]: (
            record.props["aliases"][0]["name"],
            record.props["weightedRoutingPolicies"][0]["weight"],
        )
        for record in recording.of(RECORD).values()
        if "weightedRoutingPolicies" in record.props
    }


STEPS = {"returns_at": ["10 %", "50 %", "100 %"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("returned", "primary", "standby_keeps"),
    [({}, 0, 100), ({"returned": "10 %"}, 10, 90), ({"returned": "100 %"}, 100, 0)],
)
def test_users_go_back_by_the_weights_of_a_name_of_its_own(
    returned: dict[str, Any], primary: int, standby_keeps: int
) -> None:
    recording = standby({**WARM, **STEPS, **returned})

    assert weights(recording) == {
        "primary": ("primary.elb.example.com", primary),
        "standby": (f"{NAME}.elb.example.com", standby_keeps),
    }
    failover = recording.one(RECORD, f"{NAME}-standby").props
    assert failover["failoverRoutingPolicies"] == [{"type": "SECONDARY"}]
    # An alias of a name in the same zone, healthy where what it leads to is.
    assert failover["aliases"] == [
        {"name": "return.www.bynomi.com", "zoneId": "Z1", "evaluateTargetHealth": True}
    ]
    assert recording.outputs_of(NAME)["returnFqdn"] == "return.www.bynomi.com"


@pytest.mark.slow
def test_the_failover_name_is_the_same_at_every_step() -> None:
    """Only the other name's weights are edited on the way back."""
    names = (f"{NAME}-primary", f"{NAME}-standby")
    at_first, later = (
        [standby({**WARM, **STEPS, **returned}).one(RECORD, name).props for name in names]
        for returned in ({}, {"returned": "50 %"})
    )
    assert at_first == later


@pytest.mark.slow
def test_without_steps_there_is_no_other_name() -> None:
    assert weights(standby(WARM)) == {}
    assert "returnFqdn" not in standby(WARM).outputs_of(NAME)


def test_a_log_group_keeps_as_long_as_the_service_lets_it() -> None:
    said = refused(log_groups={"/web": "31 days"})
    assert "log_groups./web = 31 days: how long a log group keeps is one of 1 day, 3 days" in said
    assert said.endswith("nearest: `30 days`")


@pytest.mark.slow
def test_log_groups_are_there_before_the_first_server() -> None:
    recording = standby({**WARM, "log_groups": {"/bynomi/prod/web": "30 days"}})
    group = recording.one("aws:cloudwatch/logGroup:LogGroup")
    assert group.name == f"{NAME}-bynomi-prod-web"
    assert group.props == {"name": "/bynomi/prod/web", "retentionInDays": 30}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {**STEPS, "returned": "20 %"},
            "returned = 20 %: no step of `returns_at`; one of 10 %, 50 %, 100 %",
        ),
        (
            {"returned": "10 %"},
            "returned = 10 %: no step of `returns_at`; `returns_at: [10 %, 50 %, 100 %]`",
        ),
        (
            {"returns_at": ["50 %", "10 %", "100 %"]},
            "returns_at = [50 %, 10 %, 100 %]: 10 % after 50 %; each step gives back more than the "
            "one before",
        ),
        (
            {"returns_at": ["10 %", "50 %"]},
            "returns_at = [10 %, 50 %]: does not end with everybody; `100 %` as the last step",
        ),
        (
            {"returns_at": ["12.5 %", "100 %"]},
            "returns_at = [12.5 %, 100 %]: 12.5 % is no whole number; `12 %`",
        ),
        (
            {"running": 5},
            "at_most = 4: 5 are to be running; `at_most: 5` at least",
        ),
        (
            {"running": 0, "moves_by_itself": True},
            "moves_by_itself = True: nothing runs here that could serve, so Route 53 would never "
            "move traffic; `running: 1` at least, or let the runbook start servers and open the "
            "switch",
        ),
        (
            {"health": {"path": "/api/health", "every": "1 minute"}},
            "health.every = 1 minute: a health check's interval is one of 10 seconds, 30 seconds "
            "(Route 53, RequestInterval); nearest: `30 seconds`",
        ),
        (
            {"health": {"path": "/api/health", "failures": 11}},
            "health.failures = 11: a failure threshold lies between 1 and 10 (Route 53, "
            "FailureThreshold); nearest: `10`",
        ),
        (
            {"checked_from": ["us-east-1"]},
            "checked_from = [us-east-1]: one region cannot tell its own trouble from ours "
            "[Route 53]; 3 at least",
        ),
        (
            {"checked_from": ["us-east-1", "us-west-2"]},
            "checked_from = [us-east-1, us-west-2]: one region cannot tell its own trouble from "
            "ours [Route 53]; 3 at least",
        ),
        (
            {"checked_from": ["us-east-1", "us-east-1", "us-west-2"]},
            "checked_from = [us-east-1, us-east-1, us-west-2]: a region stands twice; name each "
            "region once",
        ),
        (
            {"checked_from": ["us-east-1", "us-east-2", "us-west-2"]},
            "checked_from = [us-east-1, us-east-2, us-west-2]: Route 53 does not ask from "
            "`us-east-2`; it asks from ap-northeast-1, ap-southeast-1, ap-southeast-2, eu-west-1, "
            "sa-east-1, us-east-1, us-west-1, us-west-2",
        ),
        (
            {"public_subnets": ["subnet-public-a"]},
            "public_subnets = [subnet-public-a]: a load balancer stands in several zones [Elastic "
            "Load Balancing]; 2 at least",
        ),
        (
            {"severty": "p0"},
            "severty: not a word of the plan; did you mean `severity`?",
        ),
    ],
)
def test_refuses(args: dict[str, Any], message: str) -> None:
    assert refused(**args) == f"StandbyServers '{NAME}': 1 fault\n  {message}"
