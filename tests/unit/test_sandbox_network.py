"""DNS, load balancers, health checks and outages of the sandbox, as an independent client sees
them: dnspython for names, the standard library for HTTP, boto3 for everything else."""

import http.client
import json
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import dns.resolver
import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts servers.
pytestmark = pytest.mark.slow

EAST, WEST = "us-east-1", "us-west-2"
PLAIN: dict[str, Any] = {"Protocol": "HTTP", "Port": 80}
LIMITS = {"RequestInterval": 10, "FailureThreshold": 1}


class Client:
    """Somebody outside who knows two addresses: of the API and of the DNS."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url = sandbox.addresses.aws_endpoint_url
        self.aws = Cloud(self.url)
        host, port = sandbox.addresses.dns.split(":")
        self.dns = dns.resolver.Resolver(configure=False)
        self.dns.nameservers, self.dns.port = [host], int(port)
        self.dns.lifetime = 3.0

    def names(self, name: str, kind: str = "A") -> list[str]:
        return [str(each) for each in self.dns.resolve(name, kind)]

    def control(self, method: str, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(
            f"{self.url}/_upkeep/{path}", data, {"content-type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def get(self, name: str, path: str) -> tuple[int, str]:
        port = self.control("GET", "web")["ports"]["80"]
        connection = http.client.HTTPConnection(self.names(name)[0], port, timeout=3)
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def records(self, zone: str, *records: dict[str, Any]) -> None:
        self.aws("route53").change_resource_record_sets(
            HostedZoneId=zone,
            ChangeBatch={
                "Changes": [{"Action": "UPSERT", "ResourceRecordSet": record} for record in records]
            },
        )

    def zone(self, name: str, **more: Any) -> str:
        made = self.aws("route53").create_hosted_zone(
            Name=name, CallerReference=f"{name}{time.time()}", **more
        )
        return str(made["HostedZone"]["Id"])

    def check(self, **config: Any) -> str:
        made = self.aws("route53").create_health_check(
            CallerReference=str(time.time()), HealthCheckConfig=config
        )
        return str(made["HealthCheck"]["Id"])

    def get_securely(self, name: str, path: str, asked: str) -> int:
        """The status that a name answers with over TLS, to who asks for ``asked``."""
        shown = self.control("GET", "web")
        trust = ssl.create_default_context(cafile=shown["authority"])
        place = self.names(name)[0], shown["ports"]["443"]
        with (
            socket.create_connection(place, 3) as plain,
            trust.wrap_socket(plain, server_hostname=asked) as secure,
        ):
            secure.sendall(f"GET {path} HTTP/1.0\r\nHost: {asked}\r\n\r\n".encode())
            return int(secure.recv(100).split()[1])

    def secured(self, domain: str, region: str) -> dict[str, Any]:
        """A listener that speaks TLS."""
        made = self.aws("acm", region).request_certificate(DomainName=domain)
        certificates = [{"CertificateArn": made["CertificateArn"]}]
        return {"Protocol": "HTTPS", "Port": 443, "Certificates": certificates}

    def balancer(self, name: str, region: str, certificate: str = "") -> tuple[str, str]:
        """A load balancer with one server behind it, and a closed switch: its DNS name, its rule.

        certificate: speak TLS, with a certificate for this domain.
        """
        ec2, elb = self.aws("ec2", region), self.aws("elbv2", region)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{region}{zone}"
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate("ab")
        ]
        balancer = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]
        group = elb.create_target_group(
            Name=name, Protocol="HTTP", Port=3000, VpcId=vpc, HealthCheckPath="/api/health"
        )["TargetGroups"][0]["TargetGroupArn"]
        listener = elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            **(self.secured(certificate, region) if certificate else PLAIN),
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )["Listeners"][0]["ListenerArn"]
        rule = elb.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/open"]}],
            Actions=[fixed(503)],
        )["Rules"][0]["RuleArn"]
        image = ec2.register_image(Name=name, RootDeviceName="/dev/xvda")["ImageId"]
        self.aws("autoscaling", region).create_launch_configuration(
            LaunchConfigurationName=name, ImageId=image, InstanceType="t3.micro"
        )
        self.aws("autoscaling", region).create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=name,
            MinSize=0,
            MaxSize=2,
            DesiredCapacity=1,
            VPCZoneIdentifier=",".join(subnets),
            TargetGroupARNs=[group],
        )
        return balancer["DNSName"], rule


def fixed(status: int) -> dict[str, Any]:
    response = {"StatusCode": str(status), "ContentType": "text/plain", "MessageBody": "switch"}
    return {"Type": "fixed-response", "FixedResponseConfig": response}


def alias(name: str, target: str, **more: Any) -> dict[str, Any]:
    where = {"HostedZoneId": "Z1", "DNSName": target, "EvaluateTargetHealth": True}
    return {"Name": name, "Type": "A", "AliasTarget": where, **more}


def address(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 30, "ResourceRecords": [{"Value": value}], **more}


@pytest.fixture
def client(tmp_path: Any) -> Iterator[Client]:
    state = tmp_path / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield Client(sandbox)


def test_names_of_zones(client: Client) -> None:
    public = client.zone("example.com")
    private = client.zone("internal.example.com", VPC={"VPCRegion": EAST, "VPCId": "vpc-1"})
    client.records(
        public,
        address("a.example.com", "192.0.2.1"),
        address("db.internal.example.com", "192.0.2.9"),
        {
            "Name": "c.example.com",
            "Type": "CNAME",
            "TTL": 30,
            "ResourceRecords": [{"Value": "a.example.com"}],
        },
        address("*.wild.example.com", "192.0.2.7"),
    )
    client.records(private, address("db.internal.example.com", "192.0.2.2"))
    assert client.names("a.example.com") == ["192.0.2.1"]
    assert client.names("c.example.com") == ["192.0.2.1"]
    assert client.names("any.wild.example.com") == ["192.0.2.7"]
    # The private zone is nearer.
    assert client.names("db.internal.example.com") == ["192.0.2.2"]
    with pytest.raises(dns.resolver.NXDOMAIN):
        client.names("no.example.com")
    with pytest.raises(dns.resolver.NXDOMAIN):
        client.names("www.elsewhere.org")
    with pytest.raises(dns.resolver.NoAnswer):
        client.names("a.example.com", "TXT")


def test_failover_follows_the_endpoint(client: Client) -> None:
    east, _ = client.balancer("east", EAST)
    west, rule = client.balancer("west", WEST)
    zone = client.zone("example.com")
    well = client.check(
        Type="HTTP", FullyQualifiedDomainName=east, Port=80, ResourcePath="/api/health", **LIMITS
    )
    client.records(
        zone,
        alias("www.example.com", east, SetIdentifier="p", Failover="PRIMARY", HealthCheckId=well),
        alias("www.example.com", west, SetIdentifier="s", Failover="SECONDARY"),
    )
    [here], [there] = client.names(east), client.names(west)
    assert here != there
    assert client.names("www.example.com") == [here]
    assert client.get("www.example.com", "/api/health")[0] == 200
    assert json.loads(client.get("www.example.com", "/api/health")[1])["region"] == EAST

    client.control("POST", "servers/east/fail", on=True)
    assert client.get(east, "/api/health")[0] == 503
    assert client.names("www.example.com") == [there]
    assert json.loads(client.get("www.example.com", "/api/health")[1])["region"] == WEST
    # With neither side well, the answer is the primary again.
    client.control("POST", "servers/west/fail", on=True)
    assert client.names("www.example.com") == [here]
    client.control("POST", "servers/west/fail", on=False)
    assert client.names("www.example.com") == [there]

    # The switch of a listener's rule is what the next request gets.
    assert client.get(west, "/open") == (503, "switch")
    client.aws("elbv2", WEST).modify_rule(RuleArn=rule, Actions=[fixed(200)])
    assert client.get(west, "/open") == (200, "switch")


def test_no_server_no_traffic(client: Client) -> None:
    west, _ = client.balancer("west", WEST)
    zone = client.zone("example.com")
    client.records(
        zone,
        address("www.example.com", "192.0.2.1", SetIdentifier="s", Failover="SECONDARY"),
        alias("www.example.com", west, SetIdentifier="p", Failover="PRIMARY"),
    )
    assert client.names("www.example.com") == client.names(west)
    scaling = client.aws("autoscaling", WEST)
    scaling.set_desired_capacity(AutoScalingGroupName="west", DesiredCapacity=0)
    assert client.names("www.example.com") == ["192.0.2.1"]
    scaling.set_desired_capacity(AutoScalingGroupName="west", DesiredCapacity=1)
    assert client.names("www.example.com") == client.names(west)


def test_an_alias_tree_holds_failover_and_weights(client: Client) -> None:
    zone = client.zone("example.com")
    alarm = {"Region": WEST, "Name": "taken"}
    metric = {"Namespace": "Upkeep/Recovery", "MetricName": "TakenOver"}
    client.aws("cloudwatch", WEST).put_metric_alarm(
        AlarmName="taken",
        **metric,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="missing",
    )
    check = client.check(
        Type="CLOUDWATCH_METRIC",
        AlarmIdentifier=alarm,
        InsufficientDataHealthStatus="LastKnownStatus",
    )
    client.records(
        zone,
        address("tree.example.com", "192.0.2.1", SetIdentifier="old", Weight=0),
        address("tree.example.com", "192.0.2.2", SetIdentifier="new", Weight=100),
        address("other.example.com", "192.0.2.3"),
    )
    client.records(
        zone,
        alias(
            "www.example.com",
            "tree.example.com",
            SetIdentifier="p",
            Failover="PRIMARY",
            HealthCheckId=check,
        ),
        alias("www.example.com", "other.example.com", SetIdentifier="s", Failover="SECONDARY"),
    )
    assert {client.names("www.example.com")[0] for _ in range(20)} == {"192.0.2.2"}
    client.records(zone, address("tree.example.com", "192.0.2.1", SetIdentifier="old", Weight=100))
    assert {client.names("www.example.com")[0] for _ in range(40)} == {"192.0.2.1", "192.0.2.2"}

    def put(value: float) -> None:
        client.aws("cloudwatch", WEST).put_metric_data(
            Namespace="Upkeep/Recovery", MetricData=[{"MetricName": "TakenOver", "Value": value}]
        )

    put(1)
    assert client.names("www.example.com") == ["192.0.2.3"]
    # Its region is cut off: no data, so the last known status stays.
    client.control("POST", "outage", region=WEST, on=True)
    assert client.names("www.example.com") == ["192.0.2.3"]
    client.control("POST", "outage", region=WEST, on=False)


def test_calculated_and_inverted_checks(client: Client) -> None:
    name, _ = client.balancer("west", WEST)
    closed, opened = (
        client.check(
            Type="HTTP",
            FullyQualifiedDomainName=name,
            Port=80,
            ResourcePath="/open",
            Inverted=inverted,
            **LIMITS,
        )
        for inverted in (True, False)
    )
    both = client.check(Type="CALCULATED", ChildHealthChecks=[closed, opened], HealthThreshold=2)
    either = client.check(Type="CALCULATED", ChildHealthChecks=[closed, opened], HealthThreshold=1)
    assert client.control("GET", "health") == {
        closed: True,
        opened: False,
        both: False,
        either: True,
    }


def test_the_clock_counts_failures_and_rings(client: Client) -> None:
    name, _ = client.balancer("east", EAST)
    check = client.check(
        Type="HTTP",
        FullyQualifiedDomainName=name,
        Port=80,
        ResourcePath="/api/health",
        RequestInterval=30,
        FailureThreshold=3,
    )
    topic = client.aws("sns").create_topic(Name="p0")["TopicArn"]
    client.aws("cloudwatch").put_metric_alarm(
        AlarmName="down",
        Namespace="AWS/Route53",
        MetricName="HealthCheckStatus",
        Dimensions=[{"Name": "HealthCheckId", "Value": check}],
        Statistic="Minimum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        AlarmActions=[topic],
    )
    client.control("POST", "clock", speed=60)
    try:
        time.sleep(1)
        assert client.control("GET", "health") == {check: True}
        client.control("POST", "servers/east/fail", on=True)
        failed = time.monotonic()
        while client.control("GET", "health") == {check: True}:
            assert time.monotonic() - failed < 10
            time.sleep(0.05)
        # Three in a row, half a second apart.
        assert time.monotonic() - failed > 1.0
        while not client.control("GET", "alarms"):
            assert time.monotonic() - failed < 10
            time.sleep(0.05)
    finally:
        client.control("POST", "clock", speed=0)
    [rung] = client.control("GET", "alarms")[:1]
    assert (rung["alarm"], rung["state"], rung["action"]) == ("down", "ALARM", topic)
    assert client.aws("cloudwatch").describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"


def test_an_alarm_with_data_is_evaluated_when_it_is_read(client: Client) -> None:
    cloudwatch = client.aws("cloudwatch")
    for name in ("Loud", "Silent"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Upkeep",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="breaching",
        )

    def states() -> dict[str, str]:
        alarms = cloudwatch.describe_alarms()["MetricAlarms"]
        return {each["AlarmName"]: each["StateValue"] for each in alarms}

    assert states() == dict.fromkeys(("Loud", "Silent"), "INSUFFICIENT_DATA")
    cloudwatch.put_metric_data(
        Namespace="Upkeep", MetricData=[{"MetricName": "Loud", "Value": 0.0}]
    )
    assert states() == {"Loud": "OK", "Silent": "INSUFFICIENT_DATA"}
    # Silence counts once everything is evaluated.
    client.control("POST", "alarms")
    assert states() == {"Loud": "OK", "Silent": "ALARM"}


def test_a_region_that_is_cut_off(client: Client) -> None:
    east, _ = client.balancer("east", EAST)
    zone = client.zone("example.com")
    client.records(zone, alias("www.example.com", east))
    assert client.get("www.example.com", "/api/health")[0] == 200
    client.control("POST", "outage", region=EAST, on=True)
    assert client.control("GET", "outage") == {"regions": [EAST]}
    for call in (
        lambda: client.aws("rds", EAST).describe_db_instances(),
        # Route 53's control plane lives there.
        lambda: client.records(zone, address("a.example.com", "192.0.2.1")),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    client.aws("rds", WEST).describe_db_instances()
    # DNS goes on; who answers there does not.
    assert client.names("www.example.com") == client.names(east)
    with pytest.raises((http.client.HTTPException, OSError)):
        client.get("www.example.com", "/api/health")
    client.control("POST", "outage", region=EAST, on=False)
    assert client.get("www.example.com", "/api/health")[0] == 200
    client.aws("rds", EAST).describe_db_instances()


def test_a_metric_put_once_moves_a_name_for_good(client: Client) -> None:
    zone = client.zone("internal.example.com")
    cloudwatch = client.aws("cloudwatch", WEST)
    cloudwatch.put_metric_alarm(
        AlarmName="taken",
        Namespace="Upkeep/Recovery",
        MetricName="TakenOver",
        Dimensions=[{"Name": "Member", "Value": "orders-usw2-1"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    check = client.check(
        Type="CLOUDWATCH_METRIC",
        AlarmIdentifier={"Region": WEST, "Name": "taken"},
        InsufficientDataHealthStatus="LastKnownStatus",
    )
    client.records(
        zone,
        address(
            "db.internal.example.com",
            "192.0.2.1",
            SetIdentifier="p",
            Failover="PRIMARY",
            HealthCheckId=check,
        ),
        address("db.internal.example.com", "192.0.2.2", SetIdentifier="s", Failover="SECONDARY"),
    )
    assert client.names("db.internal.example.com") == ["192.0.2.1"]
    # An hour ago, and nobody has asked since.
    cloudwatch.put_metric_data(
        Namespace="Upkeep/Recovery",
        MetricData=[
            {
                "MetricName": "TakenOver",
                "Dimensions": [{"Name": "Member", "Value": "orders-usw2-1"}],
                "Timestamp": time.time() - 3600,
                "Value": 1,
            }
        ],
    )
    assert client.names("db.internal.example.com") == ["192.0.2.2"]


def test_tls_with_the_listeners_certificate(client: Client) -> None:
    name, _ = client.balancer("west", WEST, certificate="*.example.com")
    zone = client.zone("example.com")
    client.records(zone, alias("www.example.com", name))
    assert client.get_securely("www.example.com", "/api/health", "www.example.com") == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        client.get_securely("www.example.com", "/api/health", name)
    # A health check asks by the load balancer's own name, and does not mind whose the answer is.
    well = client.check(
        Type="HTTPS", FullyQualifiedDomainName=name, Port=443, ResourcePath="/api/health", **LIMITS
    )
    closed = client.check(
        Type="HTTPS", FullyQualifiedDomainName=name, Port=443, ResourcePath="/open", **LIMITS
    )
    # Nothing listens at port 80 of this one.
    plain = client.check(
        Type="HTTP", FullyQualifiedDomainName=name, Port=80, ResourcePath="/api/health", **LIMITS
    )
    assert client.control("GET", "health") == {well: True, closed: False, plain: False}


def test_an_inverted_check_begins_healthy(client: Client) -> None:
    name, _ = client.balancer("west", WEST)
    checks = [
        client.check(
            Type="HTTP",
            FullyQualifiedDomainName=name,
            Port=80,
            ResourcePath="/open",
            RequestInterval=30,
            FailureThreshold=10,
            Inverted=inverted,
        )
        for inverted in (True, False)
    ]
    client.control("POST", "clock", speed=1)
    try:
        assert client.control("GET", "health") == dict.fromkeys(checks, True)
    finally:
        client.control("POST", "clock", speed=0)
