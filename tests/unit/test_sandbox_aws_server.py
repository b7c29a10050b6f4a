"""The sandbox's AWS server: its ledger, its ordered failures, and how it starts and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import PROJECT, Sandbox, SandboxError, alive, read_state, running_sandbox

# Sandboxes in processes of their own start and end here.
pytestmark = pytest.mark.slow


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with Sandbox(
        aws_port=0,
        datadog_port=0,
        state=tmp_path / "sandbox.json",
        providers=False,
        estate=False,
    ) as sandbox:
        yield sandbox.addresses.aws_endpoint_url


@pytest.fixture
def cloud(url: str) -> Cloud:
    return Cloud(url, config=Config(retries={"total_max_attempts": 1}))


def creates(url: str) -> list[tuple[str, str, str, int]]:
    return [
        (call["service"], call["operation"], call["region"], call["status"])
        for call in httpx.get(f"{url}/_upkeep/creates").json()
    ]


def test_ledger_lists_changes_of_every_protocol_and_no_reads(url: str, cloud: Cloud) -> None:
    cloud("sns").create_topic(Name="t")  # query
    cloud("ssm").put_parameter(Name="/p", Type="String", Value="v")  # JSON
    cloud("backup", "us-west-2").create_backup_vault(BackupVaultName="near")  # REST, JSON
    cloud("route53").create_hosted_zone(Name="bynomi.com", CallerReference="r")  # REST, XML
    cloud("s3").create_bucket(Bucket="images")
    cloud("ec2").describe_vpcs()
    cloud("s3").list_objects_v2(Bucket="images")
    cloud("backup").list_backup_vaults()
    cloud("sts").get_caller_identity()
    with pytest.raises(ClientError):
        cloud("iam").attach_role_policy(RoleName="gone", PolicyArn="arn:aws:iam::aws:policy/x")
    assert creates(url) == [
        ("sns", "CreateTopic", "us-east-1", 200),
        ("ssm", "PutParameter", "us-east-1", 200),
        ("backup", "CreateBackupVault", "us-west-2", 200),
        ("route53", "CreateHostedZone", "us-east-1", 201),
        ("s3", "CreateBucket", "us-east-1", 200),
        ("iam", "AttachRolePolicy", "us-east-1", 404),
    ]
    httpx.delete(f"{url}/_upkeep/creates")
    assert creates(url) == []


def test_ordered_failure_meets_the_call_it_is_for(url: str, cloud: Cloud) -> None:
    order = {"operation": "CreateTopic", "region": "us-east-1", "after": 1, "times": 2}
    assert httpx.post(f"{url}/_upkeep/fail", json=order).status_code == 200

    def make(name: str, region: str = "us-east-1") -> str:
        try:
            cloud("sns", region).create_topic(Name=name)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "made"

    assert [make("a"), make("b", "us-west-2"), make("c"), make("d"), make("e")] == [
        "made",
        "made",
        "InternalFailure",
        "InternalFailure",
        "made",
    ]
    topics = cloud("sns").list_topics()["Topics"]
    assert [topic["TopicArn"].rpartition(":")[2] for topic in topics] == ["a", "e"]


def test_ordered_delay_lets_the_call_through_afterwards(url: str, cloud: Cloud) -> None:
    order = {"operation": "CreateTopic", "status": 0, "delay": 0.3}
    httpx.post(f"{url}/_upkeep/fail", json=order)
    begin = time.monotonic()
    cloud("sns").create_topic(Name="slow")
    assert time.monotonic() - begin >= 0.3
    assert len(cloud("sns").list_topics()["Topics"]) == 1


def test_quiet_is_counted_from_the_last_answer(url: str, cloud: Cloud) -> None:
    def quiet() -> float:
        return float(httpx.get(f"{url}/_upkeep/quiet").json()["seconds"])

    httpx.post(f"{url}/_upkeep/fail", json={"operation": "CreateTopic", "status": 0, "delay": 0.5})
    slow = threading.Thread(target=lambda: cloud("sns").create_topic(Name="slow"))
    slow.start()
    time.sleep(0.3)
    assert quiet() == 0
    slow.join()
    answered = time.monotonic()
    cloud("sns").list_topics()  # reads do not count
    time.sleep(0.1)
    assert 0.1 <= quiet() <= time.monotonic() - answered + 0.2


@pytest.mark.parametrize("wrong", [{}, {"operation": "X", "times": 0}, {"operation": "X", "at": 1}])
def test_wrong_order_is_refused(url: str, wrong: dict[str, Any]) -> None:
    assert httpx.post(f"{url}/_upkeep/fail", json=wrong).status_code == 400


@pytest.mark.parametrize(
    ("service", "call", "parameters"),
    [
        ("chatbot", "describe_slack_channel_configurations", {}),
        ("ssm", "list_nodes", {}),
        ("rds", "describe_integrations", {}),
    ],
)
def test_what_is_lacking_says_so_at_once(
    cloud: Cloud, service: str, call: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(cloud(service), call)(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == "NotImplemented"
    assert error["Message"].startswith("The sandbox has no ")


def test_state_file_lives_as_long_as_the_sandbox(tmp_path: Path) -> None:
    state = tmp_path / "deeper" / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        assert read_state(state) == sandbox.addresses
        assert alive(sandbox.addresses)
        assert set(json.loads(state.read_text())) == {
            "version",
            "id",
            "pid",
            "aws_endpoint_url",
            "dd_api_url",
            "dns",
            "providers",
            "started",
        }
    assert not state.exists()
    assert not alive(sandbox.addresses)


def test_taken_port_is_one_line_and_exit_code_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "sandbox",
                "--aws-port",
                str(port),
                "--dd-port",
                "0",
                "--state",
                str(tmp_path / "sandbox.json"),
            ],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"sandbox: port {port} for AWS is taken or not allowed (Address already in use); stop "
        "what listens there or choose another with --aws-port\n"
    )


def children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


def gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_foreground_prints_its_addresses_and_ends_on_a_signal(
    tmp_path: Path, signum: signal.Signals
) -> None:
    state = tmp_path / "sandbox.json"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sandbox",
            "--aws-port",
            "0",
            "--dd-port",
            "0",
            "--state",
            str(state),
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline().rstrip("\n") for _ in range(5)]
    addresses = read_state(state)
    assert addresses is not None
    assert lines == [
        f"AWS_ENDPOINT_URL={addresses.aws_endpoint_url}",
        f"DD_API_URL={addresses.dd_api_url}",
        f"DNS={addresses.dns}",
        "PULUMI_DEBUG_PROVIDERS="
        f"aws:{addresses.providers['aws']},datadog:{addresses.providers['datadog']}",
        "ready; Ctrl-C stops it",
    ]
    (child,) = children(process.pid)
    process.send_signal(signum)
    out, err = process.communicate(timeout=15)
    assert (process.returncode, out, err) == (0, "", "")
    assert gone(child)
    assert not state.exists()


def test_signal_while_it_starts_leaves_nothing_and_says_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sandbox",
            "--aws-port",
            "0",
            "--dd-port",
            "0",
            "--state",
            str(tmp_path / "sandbox.json"),
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(started := children(process.pid)) < 2:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert (process.returncode, out, err) == (0, "", "")
    assert all(gone(child) for child in started)
    assert list(tmp_path.iterdir()) == []


def test_killed_sandbox_leaves_no_child(tmp_path: Path) -> None:
    with running_sandbox(state=tmp_path / "sandbox.json") as addresses:
        (child,) = children(addresses.pid)
        os.kill(addresses.pid, signal.SIGKILL)
        assert gone(child)


def test_sandbox_with_parent_ends_with_it(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    # The parent ends as soon as its child is ready, without a word to it.
    parent = subprocess.run(
        [
            sys.executable,
            "-c",
            "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-m', 'sandbox', '--aws-port', '0',"
            " '--dd-port', '0', '--with-parent', '--without-providers', '--without-estate',"
            f" '--state', {str(state)!r}], stdout=subprocess.PIPE, text=True)\n"
            "[child.stdout.readline() for _ in range(5)]\n"
            "print(child.pid, flush=True)\n"
            "import os; os._exit(0)",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert gone(int(parent.stdout))
    assert not state.exists()


def test_running_sandbox_says_why_it_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr("sandbox.server.PROJECT", tmp_path)
    with (
        pytest.raises(SandboxError, match=r"did not get ready: .*No module named sandbox"),
        running_sandbox(state=tmp_path / "sandbox.json"),
    ):
        pass
