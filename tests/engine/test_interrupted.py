"""An `up` that ends half way is finished by the next one, and leaves one of each."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox.server import Addresses
from tests.engine.conftest import (
    MakeProject,
    MakePulumi,
    clear_creates,
    client,
    creates,
    failing,
)
from tools.upkeep import interrupted
from tools.upkeep.deploy import deploy
from tools.upkeep.pulumi import Pulumi
from tools.upkeep.stop import Stop

PROGRAM = """
    import pulumi
    import pulumi_aws as aws

    aws_east = aws.Provider("aws-us-east-1", region="us-east-1")
    opts = pulumi.ResourceOptions(provider=aws_east)
    topic = aws.sns.Topic("alerts", name="NAME-alerts", opts=opts)
    vault = aws.backup.Vault("vault", name="NAME-vault", opts=opts)
    aws.cloudwatch.MetricAlarm(
        "cpu",
        name="NAME-cpu",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        metric_name="CPUUtilization",
        namespace="AWS/EC2",
        period=60,
        statistic="Average",
        threshold=80,
        alarm_actions=[topic.arn],
        # After the vault, so that a vault that waits is all that is under way.
        opts=pulumi.ResourceOptions(provider=aws_east, depends_on=[vault]),
    )
"""


@pytest.fixture
def name() -> str:
    """What this test's resources are called; the sandbox is shared."""
    return f"tiny-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def tiny(name: str, project: MakeProject, pulumi: MakePulumi, sandbox: Addresses) -> Pulumi:
    """A project that was never deployed, in the shared sandbox, whose ledger is empty."""
    clear_creates(sandbox)
    return pulumi(project(PROGRAM.replace("NAME", name)), sandbox)


@pytest.fixture
def quiet() -> Console:
    return Console(width=200)  # pytest shows it where a test fails


def counted(addresses: Addresses, name: str) -> dict[str, int]:
    """What boto3 finds of the program's resources."""
    topics = client(addresses, "sns").list_topics()["Topics"]
    vaults = client(addresses, "backup").list_backup_vaults()["BackupVaultList"]
    # By its prefix: others have more alarms here than one page holds.
    cloudwatch = client(addresses, "cloudwatch")
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{name}-cpu")["MetricAlarms"]
    return {
        "topics": sum(topic["TopicArn"].endswith(f":{name}-alerts") for topic in topics),
        "vaults": sum(vault["BackupVaultName"] == f"{name}-vault" for vault in vaults),
        "alarms": sum(alarm["AlarmName"] == f"{name}-cpu" for alarm in alarms),
    }


ONE_OF_EACH = {"topics": 1, "vaults": 1, "alarms": 1}
UP = """
import os, sys
from pathlib import Path
from typing import Any
from rich.console import Console
from tools.upkeep.engine import Engine
from tools.upkeep.pulumi import Pulumi
from tools.upkeep.deploy import deploy
import json
given = json.loads(sys.argv[1])
engine = Engine(Path(given["pulumi"]), given["version"], False)
pulumi = Pulumi(engine, Path(given["state"]), given["cloud"], Path(given["project"]))
deploy(Console(), pulumi, "prod")
"""


@contextmanager
def deploying(pulumi: Pulumi) -> Iterator["subprocess.Popen[bytes]"]:
    """`deploy` in a process of its own, which a test may kill."""
    given = {
        "pulumi": str(pulumi.engine.pulumi),
        "version": pulumi.engine.version,
        "state": str(pulumi.state),
        "cloud": dict(pulumi.cloud),
        "project": str(pulumi.project),
    }
    process = subprocess.Popen([sys.executable, "-c", UP, json.dumps(given)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def soon(what: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


def engines(pulumi: Pulumi) -> list[int]:
    """Processes of this machine that work on the project's state."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            text = environment.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"PULUMI_BACKEND_URL={pulumi.backend.as_uri()}" in text:
            found.append(int(environment.parent.name))
    return found


def deployment(pulumi: Pulumi) -> Any:
    """What the state in files says, while an engine may be writing it."""
    file = pulumi.backend / ".pulumi" / "stacks" / "tiny" / "prod.json"
    return json.loads(file.read_text())["checkpoint"]["latest"]


def pending(pulumi: Pulumi) -> list[str]:
    """Names of the creates that the state says are under way."""
    state = {"deployment": deployment(pulumi)}
    return [create.urn.rpartition("::")[2] for create in interrupted.pending_creates(state)]


def named(pids: list[int], name: str) -> int:
    for pid in pids:
        if Path(f"/proc/{pid}/comm").read_text().strip() == name:
            return pid
    raise AssertionError(f"no process {name} among {pids}")


def arrived(addresses: Addresses, operation: str) -> Callable[[], bool]:
    return lambda: any(call["operation"] == operation for call in creates(addresses))


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_an_engine_killed_during_a_create_is_finished(
    tiny: Pulumi, sandbox: Addresses, name: str, quiet: Console, made: bool
) -> None:
    # The vault's create waits in the cloud while the engine dies: then it is made, or it fails.
    with (
        failing(sandbox, "CreateBackupVault", delay=4.0, status=0 if made else 400),
        deploying(tiny) as process,
    ):
        soon(lambda: pending_vault(tiny))
        os.kill(named(engines(tiny), "pulumi"), signal.SIGKILL)
        process.wait(20)
        soon(arrived(sandbox, "CreateBackupVault"))
    assert process.returncode != 0
    assert engines(tiny) == []
    assert counted(sandbox, name)["vaults"] == int(made)
    assert pending(tiny) == ["vault"]

    deploy(quiet, tiny, "prod")

    assert counted(sandbox, name) == ONE_OF_EACH
    assert pending(tiny) == []


def pending_vault(pulumi: Pulumi) -> bool:
    """Whether the topic is made, and the vault alone is under way."""
    try:
        made = {each["urn"].rpartition("::")[2] for each in deployment(pulumi)["resources"]}
        return "alerts" in made and pending(pulumi) == ["vault"]
    except (OSError, ValueError, KeyError):  # not there yet, or being written
        return False


def test_a_front_door_killed_during_a_create_leaves_no_process_and_is_finished(
    tiny: Pulumi, sandbox: Addresses, name: str, quiet: Console
) -> None:
    with (
        failing(sandbox, "CreateBackupVault", delay=3.0, status=0),
        deploying(tiny) as process,
    ):
        soon(lambda: pending_vault(tiny))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        soon(lambda: engines(tiny) == [])

    deploy(quiet, tiny, "prod")

    assert counted(sandbox, name) == ONE_OF_EACH
    assert pending(tiny) == []


def test_ctrl_c_during_a_create_ends_in_order_and_is_finished(
    tiny: Pulumi, sandbox: Addresses, name: str, quiet: Console
) -> None:
    with (
        failing(sandbox, "CreateBackupVault", delay=3.0, status=0),
        deploying(tiny) as process,
    ):
        soon(lambda: pending_vault(tiny))
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert engines(tiny) == []
    # In order: the create under way was finished and noted, nothing is left to guess.
    assert pending(tiny) == []
    assert counted(sandbox, name)["vaults"] == 1

    deploy(quiet, tiny, "prod")

    assert counted(sandbox, name) == ONE_OF_EACH


def test_a_failing_call_is_said_in_the_clouds_words_and_finished(
    tiny: Pulumi, sandbox: Addresses, name: str, quiet: Console
) -> None:
    with failing(sandbox, "PutMetricAlarm", times=99), pytest.raises(Stop) as stop:
        deploy(quiet, tiny, "prod")
    message = str(stop.value)
    assert message.startswith("prod was not finished:\n")
    assert "A failure ordered by a test." in message
    assert "cloudwatch.MetricAlarm cpu" in message
    assert "Traceback" not in message

    operated = deploy(quiet, tiny, "prod")

    assert counted(sandbox, name) == ONE_OF_EACH
    assert operated.changes["create"] == 1


def test_the_lock_of_a_living_deployment_is_respected(
    tiny: Pulumi, sandbox: Addresses, name: str, quiet: Console
) -> None:
    with (
        failing(sandbox, "CreateBackupVault", delay=3.0, status=0),
        deploying(tiny) as process,
    ):
        soon(lambda: pending_vault(tiny))
        owner = named(engines(tiny), "pulumi")
        with pytest.raises(
            Stop, match=rf"another deployment of prod is running \(process {owner}\)"
        ):
            deploy(quiet, tiny, "prod")
        assert process.wait(30) == 0
    assert counted(sandbox, name) == ONE_OF_EACH


def test_a_second_deployment_changes_nothing(
    tiny: Pulumi, sandbox: Addresses, name: str, quiet: Console
) -> None:
    deploy(quiet, tiny, "prod")
    calls = len(creates(sandbox))

    operated = deploy(quiet, tiny, "prod")

    assert operated.changes == {"same": 5}
    assert len(creates(sandbox)) == calls


def test_an_error_of_the_program_is_shown_as_it_is(
    project: MakeProject, pulumi: MakePulumi, sandbox: Addresses, quiet: Console
) -> None:
    program = 'import pulumi\nraise pulumi.RunError("plan: 1 fault\\n  a.b = 3: too much")\n'
    clear_creates(sandbox)
    broken = pulumi(project(program), sandbox)

    with pytest.raises(Stop) as stop:
        deploy(quiet, broken, "prod")

    assert str(stop.value) == "prod was not finished:\nplan: 1 fault\n  a.b = 3: too much"
    assert creates(sandbox) == []
