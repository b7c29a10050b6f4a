"""What a function is declared with: archive, rights, log, alarm, and what invokes it."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import function_code, policy
from pulumi_upkeep.component import UpkeepComponent
from pulumi_upkeep.function import declare_function
from pulumi_upkeep.function_code import missing_packages, source_archive

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Recording

FUNCTION = "aws:lambda/function:Function"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
SCHEDULE = "aws:scheduler/schedule:Schedule"
PERMISSION = "aws:lambda/permission:Permission"
RULE = "aws:cloudwatch/eventRule:EventRule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


class Watcher(UpkeepComponent):
    """A component with a function."""

    def __init__(self, more: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("watcher", opts)
        given: dict[str, Any] = {
            "package": "readiness",
            "says": "Looks",
            "statements": [policy.allow("Look", ["ec2:DescribeImages"], resources=["*"])],
            "timeout": timedelta(minutes=2),
            "topics": topics("us-west-2"),
            "severity": "p1",
            "runbooks": RUNBOOKS,
        }
        # An Output can only be made while a program runs.
        later = {key: value() if callable(value) else value for key, value in more.items()}
        declare_function(self, "looks", **{**given, **later})
        self.register_outputs({})


def watcher(preview: bool = False, **more: Any) -> Recording:
    return declared(lambda opts: Watcher(more, opts), preview=preview, region="us-west-2")


def statements(recording: Recording, name: str = "watcher-looks") -> dict[str, Any]:
    document = json.loads(recording.one(ROLE_POLICY, name).props["policy"])
    return {each["Sid"]: each for each in document["Statement"]}


def test_it_has_a_log_that_forgets_and_an_alarm_and_nothing_that_invokes_it(preview: bool) -> None:
    recording = watcher(preview)
    assert [(each.type.rpartition(":")[2], each.name) for each in recording.children()] == [
        ("LogGroup", "watcher-looks"),
        ("MetricAlarm", "watcher-looks-errors"),
        ("Role", "watcher-looks"),
        ("RolePolicy", "watcher-looks"),
        ("Function", "watcher-looks"),
        ("FunctionEventInvokeConfig", "watcher-looks"),
    ]
    assert recording.one("aws:cloudwatch/logGroup:LogGroup").props == {
        "name": "/aws/lambda/bynomi-prod-watcher-looks",
        "retentionInDays": 30,
    }
    alarm = recording.one(ALARM).props
    assert (alarm["metricName"], alarm["threshold"], alarm["treatMissingData"]) == (
        "Errors",
        0,
        "notBreaching",
    )
    assert alarm["alarmActions"] == [topics("us-west-2")["p1"]]


def test_the_function_itself() -> None:
    props = dict(watcher(environment={"B": "2", "A": "1"}).one(FUNCTION).props)
    props.pop("code")
    assert props == {
        "name": "bynomi-prod-watcher-looks",
        "description": "Looks",
        "role": f"arn:aws:iam:us-east-1:{ACCOUNT}:Role/watcher-looks",
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "handler": "main.handler",
        "timeout": 120,
        "memorySize": 256,
        "environment": {"variables": {"A": "1", "B": "2"}},
        "tracingConfig": {"mode": "PassThrough"},
    }


def test_it_may_do_what_is_stated_and_write_its_log() -> None:
    found = statements(watcher())
    assert set(found) == {"Look", "WriteLog"}
    assert found["WriteLog"]["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_a_key_and_a_network_are_used_with_rights_of_their_own() -> None:
    key = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/1"
    recording = watcher(key=key, subnets=["subnet-a"], security_groups=["sg-1"])
    found = statements(recording)
    assert set(found) == {"Look", "WriteLog", "ReadEnvironment", "StandInNetwork"}
    assert found["ReadEnvironment"]["Resource"] == key
    props = recording.one(FUNCTION).props
    assert props["kmsKeyArn"] == key
    assert props["vpcConfig"] == {"subnetIds": ["subnet-a"], "securityGroupIds": ["sg-1"]}


def test_a_schedule_has_a_time_zone_and_a_role_that_may_invoke_it_alone() -> None:
    recording = watcher(
        schedule="cron(0 6 ? * SUN *)",
        timezone="America/New_York",
        schedule_input={"why": "Sunday"},
    )
    props = recording.one(SCHEDULE).props
    assert props["scheduleExpression"] == "cron(0 6 ? * SUN *)"
    assert props["scheduleExpressionTimezone"] == "America/New_York"
    assert json.loads(props["target"]["input"]) == {"why": "Sunday"}
    (invoke,) = statements(recording, "watcher-looks-clock").values()
    assert invoke["Action"] == "lambda:InvokeFunction"
    assert invoke["Resource"] == props["target"]["arn"]


def test_events_reach_it_by_a_rule_that_its_own_policy_lets_in() -> None:
    recording = watcher(
        events=lambda: {
            "source": ["aws.backup"],
            "detail": {"state": [pulumi.Output.from_input("A")]},
        }
    )
    assert json.loads(recording.one(RULE).props["eventPattern"]) == {
        "source": ["aws.backup"],
        "detail": {"state": ["A"]},
    }
    permission = recording.one(PERMISSION).props
    assert permission["principal"] == "events.amazonaws.com"
    assert (
        permission["sourceArn"] == f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:EventRule/watcher-looks"
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"timeout": timedelta(minutes=16)}, "between a second and 15 minutes"),
        ({"retries": 3}, "again twice at most"),
        ({"subnets": ["subnet-a"]}, "go together"),
    ],
)
def test_lambdas_own_limits(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        watcher(**more)


CLOCKS = """
import sys
sys.path[:] = [sys.argv[1], *(path for path in sys.path if "site-packages" not in path)]
import zoneinfo
print(zoneinfo.ZoneInfo("America/New_York"))
try:
    zoneinfo.ZoneInfo("Europe/London")
except zoneinfo.ZoneInfoNotFoundError:
    print("no-other")
"""


class TestArchives:
    def test_a_folder_is_the_root_and_what_is_shared_stands_beside_it(self) -> None:
        names = set(source_archive("readiness").assets)
        assert {"main.py", "__init__.py", "common/__init__.py"} <= names
        assert not {name for name in names if "__pycache__" in name or name.endswith(".pyc")}
        assert not {name for name in names if name.startswith("readiness/")}

    def test_another_folder_keeps_its_name(self, monkeypatch: Any, tmp_path: Path) -> None:
        for name in ("common/shared.py", "one/main.py", "two/other.py", "two/__pycache__/x.pyc"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("")
        monkeypatch.setattr(function_code, "FUNCTIONS", tmp_path)
        names = [*source_archive("one", uses=("two",)).assets]
        assert names == ["common/shared.py", "main.py", "two/other.py"]

    def test_a_package_comes_with_what_it_needs_itself(self) -> None:
        names = set(source_archive("readiness", needs=("pg8000",)).assets)
        tops = {name.partition("/")[0] for name in names}
        assert {"pg8000", "scramp", "asn1crypto", "dateutil", "six.py"} <= tops
        assert "boto3" not in tops

    def test_the_clocks_of_a_zone_come_alone(self, tmp_path: Path) -> None:
        assets = source_archive("readiness", zones=["America/New_York"]).assets
        clocks = {name: asset for name, asset in assets.items() if name.startswith("tzdata")}
        assert len(clocks) < 10
        for name, asset in clocks.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            assert isinstance(asset, pulumi.FileAsset)
            (tmp_path / name).write_bytes(Path(asset.path).read_bytes())
        # It is enough for `zoneinfo` where the system knows no zone.
        found = subprocess.run(
            [sys.executable, "-c", CLOCKS, str(tmp_path)],
            env={"PYTHONTZPATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.split() == ["America/New_York", "no-other"]

    def test_a_zone_that_nobody_knows(self) -> None:
        with pytest.raises(LookupError, match="tzdata knows no time zone Mars/Olympus"):
            source_archive("readiness", zones=["Mars/Olympus"])

    def test_what_is_not_pure_python_is_refused(self) -> None:
        with pytest.raises(ValueError, match="pydantic-core is not pure Python"):
            source_archive("readiness", needs=("pydantic-core",))

    def test_a_folder_that_is_not_there(self) -> None:
        with pytest.raises(LookupError, match="no folder functions/nothing"):
            source_archive("nothing")

    def test_a_missing_package_is_told_with_what_brings_it(self) -> None:
        (fault,) = missing_packages(["pg8000", "not-there-at-all"], "checks")
        assert str(fault) == (
            "checks: not-there-at-all is not installed; pip install 'pulumi-upkeep[functions]'"
        )
