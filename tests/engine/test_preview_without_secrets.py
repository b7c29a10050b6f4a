"""The real engine, an S3 backend, a KMS key, and a user who may do what a pull request's role may.

The role's permissions are those of docs/ci.md, enforced by the sandbox's IAM.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import grpc
import pytest
import requests
from google.protobuf import empty_pb2, json_format
from moto.server import ThreadedMotoServer
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tools.upkeep import preview_without_secrets
from tools.upkeep.engine import engine
from tools.upkeep.preview_report import changes, report

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
BUCKET, ALIAS = "bynomi-upkeep-state", "alias/bynomi-prod-upkeep-secrets"
API_KEY, PHONE = "5ec2e7a91k3y", "+14155550123"

PROGRAM = """
import pulumi
config = pulumi.Config("upkeep")
class Datadog(pulumi.ProviderResource):
    def __init__(self):
        super().__init__("datadog", "datadog", {"apiKey": config.require_secret("datadogApiKey")})
options = pulumi.ResourceOptions(provider=Datadog())
phone = config.require_secret("onCallPhone")
def thing(name, **properties):
    pulumi.CustomResource("datadog:index:Thing", name, properties, options)
thing("alarm", threshold=config.require_int("threshold"))
thing("subscription", endpoint=phone)
thing("mixed", text=pulumi.Output.concat("call ", phone))
if config.get_bool("broken"):
    raise pulumi.RunError("the plan has 1 fault\\n  uptime.every: 7 seconds")
"""


class Echo(provider_pb2_grpc.ResourceProviderServicer):
    """A provider whose cloud is what it was told; it remembers how it was configured."""

    def __init__(self) -> None:
        self.configured: list[str] = []

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    Cancel = Attach

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="9.9.9")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    Check = CheckConfig

    def Configure(self, request: Any, context: Any) -> Any:
        self.configured.append(json.dumps(json_format.MessageToDict(request.args)))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True
        )

    def Diff(self, request: Any, context: Any) -> Any:
        old, new = (json_format.MessageToDict(each) for each in (request.old_inputs, request.news))
        different = sorted(key for key in old | new if old.get(key) != new.get(key))
        kind = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(
            changes=kind.DIFF_SOME if different else kind.DIFF_NONE, diffs=different
        )

    DiffConfig = Diff

    def Create(self, request: Any, context: Any) -> Any:
        return provider_pb2.CreateResponse(
            id="" if request.preview else request.name, properties=request.properties
        )

    def Update(self, request: Any, context: Any) -> Any:
        return provider_pb2.UpdateResponse(properties=request.news)


@dataclass(frozen=True)
class Stack:
    """A deployed stack; the environments of its owner and of a pull request."""

    project: Path
    owner: dict[str, str]
    reader: dict[str, str]
    provider: Echo

    def pulumi(
        self, environment: dict[str, str], *arguments: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [engine().pulumi, "--non-interactive", "--color", "never", *arguments],
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
        )

    def set(self, key: str, value: str) -> None:
        path = self.project / "Pulumi.prod.yaml"
        rest = re.sub(rf"^  upkeep:{key}:.*\n", "", path.read_text(), flags=re.MULTILINE)
        path.write_text(rest.replace("config:\n", f'config:\n  upkeep:{key}: "{value}"\n', 1))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("blank")
    project = folder / "project"
    (project / "infra").mkdir(parents=True)
    (project / "infra" / "__main__.py").write_text(PROGRAM)
    (project / "Pulumi.yaml").write_text("name: bynomi\nmain: infra\nruntime: python\n")
    (project / "Pulumi.prod.yaml").write_text('config:\n  upkeep:threshold: "80"\n')

    provider = Echo()
    plugin = grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, plugin)
    plugin_port = plugin.add_insecure_port("127.0.0.1:0")
    plugin.start()
    cloud = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    cloud.start()
    host, port = cloud.get_host_and_port()
    url = f"http://{host}:{port}"
    environment = {
        "PATH": os.pathsep.join(
            [str(Path(sys.executable).parent), str(engine().pulumi.parent), os.environ["PATH"]]
        ),
        "HOME": str(folder),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DEBUG_PROVIDERS": f"datadog:{plugin_port}",
        "PULUMI_BACKEND_URL": f"s3://{BUCKET}?region=us-east-1&endpoint={host}:{port}"
        "&disableSSL=true&s3ForcePathStyle=true",
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
    }
    owner = environment | {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    try:
        reader = environment | _prepared(url)
        deployed = Stack(project, owner, reader, provider)
        provided = f"--secrets-provider=awskms://{ALIAS}?region=us-east-1"
        for arguments in (
            ["stack", "init", "prod", provided],
            ["config", "set", "--secret", "upkeep:datadogApiKey", API_KEY, "-s", "prod"],
            ["config", "set", "--secret", "upkeep:onCallPhone", PHONE, "-s", "prod"],
            ["up", "--yes", "--skip-preview", "-s", "prod"],
        ):
            done = deployed.pulumi(owner, *arguments)
            assert done.returncode == 0, done.stdout + done.stderr
        assert API_KEY in provider.configured[-1]
        provider.configured.clear()
        # From here on, the sandbox's IAM is asked.
        _enforce(url, "0")
        yield deployed
    finally:
        # For all of this process, so for the tests that follow, too.
        _enforce(url, "inf")
        requests.post(f"{url}/moto-api/reset", timeout=10)
        cloud.stop()
        plugin.stop(None)


def _enforce(url: str, after: str) -> None:
    requests.post(
        f"{url}/moto-api/reset-auth",
        data=after,
        headers={"Content-Type": "text/plain"},
        timeout=10,
    ).raise_for_status()


def _prepared(url: str) -> dict[str, str]:
    """Bucket, key, and a user with the permissions that docs/ci.md gives to pull requests."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    s3, kms, iam = (session.client(name, endpoint_url=url) for name in ("s3", "kms", "iam"))
    s3.create_bucket(Bucket=BUCKET)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=key)
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    policy = re.search(r"role=upkeep-preview policy=permissions\n(.*?)```", text, re.DOTALL)
    assert policy
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="preview", PolicyDocument=policy[1])
    made = iam.create_access_key(UserName="reader")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
    }


def preview(stack: Stack, into: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Preview as the reader; the exit code and all that was written."""
    monkeypatch.setattr(preview_without_secrets, "PROJECT", stack.project)
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in stack.reader.items():
        monkeypatch.setenv(name, value)
    exit_code = preview_without_secrets.preview("prod", into)
    return exit_code, "".join(path.read_text() for path in sorted(into.iterdir()))


def test_an_ordinary_preview_is_refused_for_want_of_the_key(stack: Stack) -> None:
    done = stack.pulumi(stack.reader, "preview", "-s", "prod")
    assert done.returncode != 0
    assert "KMS: Decrypt" in done.stderr
    assert stack.provider.configured == []


def test_the_reader_cannot_write_the_state(stack: Stack) -> None:
    done = stack.pulumi(stack.reader, "stack", "tag", "set", "a", "b", "-s", "prod")
    assert done.returncode != 0
    assert "AccessDenied" in done.stderr


def test_an_unchanged_plan_shows_no_change_but_the_mixed_secret(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack_file = (stack.project / "Pulumi.prod.yaml").read_bytes()
    exit_code, written = preview(stack, tmp_path, monkeypatch)
    assert exit_code == 0, written
    preview_json = json.loads((tmp_path / "preview.json").read_text())
    found = changes(preview_json)
    assert [(each.kind, each.name, each.only_secrets) for each in found] == [
        ("update", "mixed", True)
    ]
    comment = report("prod", preview_json, "", 0, secrets_blank=True)
    assert "### `prod`: nothing changes" in comment
    assert "placeholder: `mixed`" in comment
    # Neither what was written nor what the provider was told held a secret; no file was touched.
    told = "".join(stack.provider.configured)
    assert preview_without_secrets.PLACEHOLDER in told
    for secret in (API_KEY, PHONE):
        assert secret not in written + told
    assert (stack.project / "Pulumi.prod.yaml").read_bytes() == stack_file


def test_a_changed_figure_shows_as_one_change(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.set("threshold", "90")
    exit_code, written = preview(stack, tmp_path, monkeypatch)
    stack.set("threshold", "80")
    assert exit_code == 0, written
    found = changes(json.loads((tmp_path / "preview.json").read_text()))
    assert [
        (each.kind, each.name, str(each.differences[0])) for each in found if not each.only_secrets
    ] == [("update", "alarm", "`threshold`: `80` → `90`")]


def test_a_broken_plan_fails_with_its_faults(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.set("broken", "true")
    exit_code, _ = preview(stack, tmp_path, monkeypatch)
    stack.set("broken", "false")
    assert exit_code != 0
    comment = report("prod", json.loads((tmp_path / "preview.json").read_text()), "", exit_code)
    assert "```text\nthe plan has 1 fault\n  uptime.every: 7 seconds\n```" in comment
    assert str(stack.project) not in comment
