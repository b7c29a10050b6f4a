"""Whether a standby could take over: the deployed function, its role and its alarms, in the
sandbox; with everything there, and with any one thing gone."""

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pulumi_upkeep import StandbyReadiness

from sandbox.clients import Cloud
from sandbox.providers.archives import zipped
from sandbox.server import Sandbox
from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import Recording

# Starts a server, and processes.
pytestmark = pytest.mark.slow

PRIMARY, RECOVERY = "us-east-1", "us-west-2"
FUNCTION = "bynomi-prod-web-ready-looks"
STANDBY = "bynomi-prod-standby-web"
ALARM = "bynomi-prod-web-ready-not-prepared"
SECRET, GROUP, LOGS = "bynomi-prod-database", "bynomi-prod-standby-web", "/bynomi/prod/web"
RUNBOOK, VERSION, STATE = "bynomi-prod-complete-outage", "/bynomi/prod/web/version", "bynomi-state"
ITEMS = {
    "image",
    "launch template",
    "group",
    "certificate",
    "quota",
    f"secret {SECRET}",
    f"log group {LOGS}",
    "key of orders-usw2-1",
    f"runbook {RUNBOOK}",
    "state",
    "version",
}


@dataclass
class World:
    """A standby in a sandbox, with its readiness deployed."""

    endpoint: str
    cloud: Cloud
    ids: dict[str, Any] = field(default_factory=dict)

    def here(self, service: str) -> Any:
        return self.cloud(service, RECOVERY)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.endpoint}/_upkeep/{path}",
            json.dumps(body).encode() if body is not None else b"{}",
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def looks(self) -> Mapping[str, str]:
        """What is not ready now, and why: a runbook's question."""
        answer = self.here("lambda").invoke(FunctionName=FUNCTION)
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        assert {item["item"] for item in payload["items"]} == ITEMS
        gone = {item["item"]: item["says"] for item in payload["items"] if not item["ready"]}
        assert payload["ready"] is not bool(gone)
        return gone

    def ringing(self) -> set[str]:
        """The items whose alarms ring."""
        self.control("POST", "alarms", {})
        alarms = self.here("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
        return {
            dimension["Value"]
            for alarm in alarms
            for dimension in alarm["Dimensions"]
            if dimension["Name"] == "Item"
        }

    def speaker(self) -> Mapping[str, Any]:
        """The alarm that speaks for all items."""
        asked = {"AlarmNames": [ALARM], "AlarmTypes": ["CompositeAlarm"]}
        (alarm,) = self.here("cloudwatch").describe_alarms(**asked)["CompositeAlarms"]
        return dict(alarm)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        endpoint = sandbox.addresses.aws_endpoint_url
        made = World(endpoint, Cloud(endpoint))
        _stand_by(made)
        _deploy(made, _declared(made))
        yield made


def _stand_by(world: World) -> None:
    """Everything that a move takes, in the recovery region."""
    here, ids = world.here, world.ids
    ids["image"] = here("ec2").register_image(
        Name="web", Architecture="x86_64", RootDeviceName="/dev/xvda"
    )["ImageId"]
    ids["template"] = here("ec2").create_launch_template(
        LaunchTemplateName=GROUP,
        LaunchTemplateData={"ImageId": ids["image"], "InstanceType": "m6i.large"},
    )["LaunchTemplate"]["LaunchTemplateId"]
    vpc = here("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = here("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    here("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchTemplate={"LaunchTemplateId": ids["template"], "Version": "$Default"},
        MinSize=1,
        MaxSize=4,
        DesiredCapacity=1,
        VPCZoneIdentifier=subnet,
    )
    ids["certificate"] = here("acm").request_certificate(DomainName="www.bynomi.com")[
        "CertificateArn"
    ]
    here("acm").describe_certificate(CertificateArn=ids["certificate"])
    world.cloud("secretsmanager", PRIMARY).create_secret(
        Name=SECRET, SecretString="one", AddReplicaRegions=[{"Region": RECOVERY}]
    )
    here("logs").create_log_group(logGroupName=LOGS)
    here("logs").put_retention_policy(logGroupName=LOGS, retentionInDays=30)
    ids["key"] = here("kms").create_key()["KeyMetadata"]["Arn"]
    _runbook(world)
    for region in (PRIMARY, RECOVERY):
        world.cloud("ssm", region).put_parameter(Name=VERSION, Value="2026.11.1", Type="String")
    here("s3").create_bucket(
        Bucket=STATE, CreateBucketConfiguration={"LocationConstraint": RECOVERY}
    )
    here("s3").put_object(Bucket=STATE, Key="prod.json", Body=b"{}")


def _runbook(world: World) -> None:
    step = {"name": "wait", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}
    content = {"schemaVersion": "0.3", "mainSteps": [step]}
    world.here("ssm").create_document(
        Name=RUNBOOK,
        Content=json.dumps(content),
        DocumentType="Automation",
        DocumentFormat="JSON",
    )


def _declared(world: World) -> Recording:
    args: Any = {
        "standby": "standby-web",
        "primary_region": PRIMARY,
        "image": world.ids["image"],
        "launch_template": world.ids["template"],
        "group": GROUP,
        "at_most": 4,
        "instance_type": "m6i.large",
        "certificate": world.ids["certificate"],
        "secrets": [SECRET],
        "log_groups": {LOGS: "30 days"},
        "keys": {"orders-usw2-1": world.ids["key"]},
        "runbook_documents": [RUNBOOK],
        "version_parameter": VERSION,
        "state_bucket": STATE,
        "topics": topics(RECOVERY),
        "runbooks": RUNBOOKS,
    }
    return declared(lambda opts: StandbyReadiness("web-ready", args, opts), region=RECOVERY)


def _deploy(world: World, recording: Recording) -> None:
    """What was declared, by boto3: the role with its policy, the function, the alarms."""
    named = recording.one("aws:iam/role:Role", "web-ready-looks").props
    role = world.cloud("iam").create_role(
        RoleName=named["name"], AssumeRolePolicyDocument=named["assumeRolePolicy"]
    )["Role"]["Arn"]
    world.cloud("iam").put_role_policy(
        RoleName=named["name"],
        PolicyName="looks",
        PolicyDocument=recording.one("aws:iam/rolePolicy:RolePolicy", "web-ready-looks").props[
            "policy"
        ],
    )
    function = recording.one("aws:lambda/function:Function").props
    world.here("lambda").create_function(
        FunctionName=function["name"],
        Role=role,
        Runtime=function["runtime"],
        Handler=function["handler"],
        Code={"ZipFile": zipped(function["code"])},
        Environment={"Variables": function["environment"]["variables"]},
        Timeout=int(function["timeout"]),
    )
    cloudwatch = world.here("cloudwatch")
    for alarm in recording.of("aws:cloudwatch/metricAlarm:MetricAlarm").values():
        if "alarmActions" in alarm.props:
            continue  # that of the function's own errors
        props = alarm.props
        cloudwatch.put_metric_alarm(
            AlarmName=props["name"],
            Namespace=props["namespace"],
            MetricName=props["metricName"],
            Dimensions=[{"Name": k, "Value": v} for k, v in props["dimensions"].items()],
            Statistic=props["statistic"],
            Period=int(props["period"]),
            EvaluationPeriods=int(props["evaluationPeriods"]),
            Threshold=props["threshold"],
            ComparisonOperator=props["comparisonOperator"],
            TreatMissingData=props["treatMissingData"],
        )
    speaker = recording.one("aws:cloudwatch/compositeAlarm:CompositeAlarm").props
    cloudwatch.put_composite_alarm(AlarmName=speaker["alarmName"], AlarmRule=speaker["alarmRule"])


def test_silence_rings_for_every_item(world: World) -> None:
    """Before the function has run for the first time, or where it runs no more."""
    assert world.ringing() == ITEMS
    assert world.speaker()["StateValue"] == "ALARM"


def test_a_standby_with_everything_there_is_ready(world: World) -> None:
    assert world.looks() == {}
    assert world.ringing() == set()
    assert world.speaker()["StateValue"] == "OK"


@dataclass(frozen=True)
class Loss:
    """One thing that goes missing, how it comes back, and what is said of it."""

    item: str
    says: str
    take: Callable[[World], object]
    mend: Callable[[World], object]


def _certificate(world: World, **changed: Any) -> None:
    """What only time, or its authority, does to a certificate."""
    from moto.acm.models import acm_backends

    bundle: Any = acm_backends["123456789012"][RECOVERY]._certificates[world.ids["certificate"]]
    for name, value in changed.items():
        setattr(bundle, name, value)


def _own_secret(world: World) -> None:
    """A secret of the same name, made by hand where the replica was."""
    _replicate(world, on=False)
    world.here("secretsmanager").create_secret(Name=SECRET, SecretString="by hand")


def _replicated_secret(world: World) -> None:
    world.here("secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    _replicate(world, on=True)


def _replicate(world: World, *, on: bool) -> None:
    secrets = world.cloud("secretsmanager", PRIMARY)
    if on:
        secrets.replicate_secret_to_regions(
            SecretId=SECRET, AddReplicaRegions=[{"Region": RECOVERY}]
        )
    else:
        secrets.remove_regions_from_replication(SecretId=SECRET, RemoveReplicaRegions=[RECOVERY])


def _template(world: World, image: str) -> None:
    ec2 = world.here("ec2")
    version = ec2.create_launch_template_version(
        LaunchTemplateId=world.ids["template"], LaunchTemplateData={"ImageId": image}
    )["LaunchTemplateVersion"]["VersionNumber"]
    ec2.modify_launch_template(LaunchTemplateId=world.ids["template"], DefaultVersion=str(version))


def _quota(world: World, value: float) -> None:
    asked = {"region": RECOVERY, "code": "L-1216C47A", "value": value}
    world.control("POST", "quota", asked)


def _group(world: World, **changed: Any) -> None:
    world.here("autoscaling").update_auto_scaling_group(AutoScalingGroupName=GROUP, **changed)


def _logs(world: World, days: int) -> None:
    logs = world.here("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=LOGS)["logGroups"]:
        logs.create_log_group(logGroupName=LOGS)
    logs.put_retention_policy(logGroupName=LOGS, retentionInDays=days)


def _version(world: World, value: str) -> None:
    world.here("ssm").put_parameter(Name=VERSION, Value=value, Type="String", Overwrite=True)


LOSSES = {
    "no room in the quota": Loss(
        "quota", "take 8 vCPUs", lambda w: _quota(w, 6), lambda w: _quota(w, 64)
    ),
    "the group may not grow": Loss(
        "group", "grows to 2", lambda w: _group(w, MaxSize=2), lambda w: _group(w, MaxSize=4)
    ),
    "the group starts nothing": Loss(
        "group",
        "does not start servers",
        lambda w: w.here("autoscaling").suspend_processes(
            AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"]
        ),
        lambda w: w.here("autoscaling").resume_processes(
            AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"]
        ),
    ),
    "another image in the template": Loss(
        "launch template",
        "starts ami-other",
        lambda w: _template(w, "ami-other"),
        lambda w: _template(w, w.ids["image"]),
    ),
    "the certificate is revoked": Loss(
        "certificate",
        "is REVOKED",
        lambda w: _certificate(w, status="REVOKED"),
        lambda w: _certificate(w, status="ISSUED"),
    ),
    "no log group": Loss(
        f"log group {LOGS}",
        "is gone",
        lambda w: w.here("logs").delete_log_group(logGroupName=LOGS),
        lambda w: _logs(w, 30),
    ),
    "a log group that keeps otherwise": Loss(
        f"log group {LOGS}", "keeps 7", lambda w: _logs(w, 7), lambda w: _logs(w, 30)
    ),
    "a key that is switched off": Loss(
        "key of orders-usw2-1",
        "is Disabled",
        lambda w: w.here("kms").disable_key(KeyId=w.ids["key"].rpartition("/")[2]),
        lambda w: w.here("kms").enable_key(KeyId=w.ids["key"].rpartition("/")[2]),
    ),
    "no runbook": Loss(
        f"runbook {RUNBOOK}",
        "does not exist",
        lambda w: w.here("ssm").delete_document(Name=RUNBOOK),
        _runbook,
    ),
    "no copy of the state": Loss(
        "state",
        "is empty",
        lambda w: w.here("s3").delete_object(Bucket=STATE, Key="prod.json"),
        lambda w: w.here("s3").put_object(Bucket=STATE, Key="prod.json", Body=b"{}"),
    ),
    "no version": Loss(
        "version",
        "ParameterNotFound",
        lambda w: w.here("ssm").delete_parameter(Name=VERSION),
        lambda w: _version(w, "2026.11.1"),
    ),
    "another version": Loss(
        "version",
        "2026.10.7 is deployed here, 2026.11.1 in the primary region",
        lambda w: _version(w, "2026.10.7"),
        lambda w: _version(w, "2026.11.1"),
    ),
    "another secret than the primary's": Loss(
        f"secret {SECRET}", "another version", _own_secret, _replicated_secret
    ),
    "no secret": Loss(
        f"secret {SECRET}",
        "find the specified secret",
        lambda w: _replicate(w, on=False),
        lambda w: _replicate(w, on=True),
    ),
    # It does not come back: last.
    "no image": Loss(
        "image",
        "is gone",
        lambda w: w.here("ec2").deregister_image(ImageId=w.ids["image"]),
        lambda _: None,
    ),
}


def test_it_is_no_less_ready_because_the_primary_is_gone(world: World) -> None:
    world.control("POST", "outage", {"region": PRIMARY, "on": True})
    try:
        assert world.looks() == {}
    finally:
        world.control("POST", "outage", {"region": PRIMARY, "on": False})


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_any_one_thing_that_is_missing_rings(world: World, loss: Loss) -> None:
    loss.take(world)
    try:
        (found,) = world.looks().items()
        assert found[0] == loss.item
        assert loss.says in found[1]
        assert loss.item in world.ringing()
        speaker = world.speaker()
        assert speaker["StateValue"] == "ALARM"
    finally:
        loss.mend(world)
