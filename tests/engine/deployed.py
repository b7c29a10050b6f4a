"""Both of Bynomi's environments, deployed once by the shipped program for every test that looks.

Deployed as `make up` does it, staging first, but with secrets planted that occur nowhere else:
where one of them is found later, it has leaked.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from pulumi_upkeep.plan.drills import at_rest
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.read import load_plan

from sandbox.clients import Cloud
from sandbox.server import Addresses
from tests.engine.cloud import Inventory, inventory
from tools.upkeep import settings
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi, Result

STACKS = ("staging", "prod")
ACCOUNT = "123456789012"
# As long as Datadog's own, and a number that the numbering plan keeps for fiction.
PLANTED: Mapping[str, str] = {
    "datadogApiKey": "0123456789abcdef5ec2e7a91f00d1e5",
    "datadogAppKey": "5ec2e7a91f00d1e50123456789abcdef76543210",
    "onCallPhone": "+12025550173",
    "productOwnerPhone": "+12025550174",
    "leadDeveloperPhone": "+12025550175",
    "supportManagerPhone": "+12025550176",
    "ticketsUrl": "https://hooks.bynomi.com/5ec2e7a9",
    "uptimeShopper": "shopper-5ec2e7a91f00d1e5",
}


@dataclass(frozen=True)
class Deployed:
    """The deployed environments and what one needs to look at them.

    settings   stack -> the stack file that was deployed
    before     what was in AWS before the first deployment
    printed    all that the engine printed, and told by its events, while it deployed
    """

    addresses: Addresses
    pulumi: Pulumi
    settings: Mapping[str, Path]
    before: Inventory
    printed: str

    @property
    def aws(self) -> Cloud:
        """boto3 clients: ``aws("rds", "us-west-2")``."""
        return Cloud(self.addresses.aws_endpoint_url)

    @property
    def datadog(self) -> ApiClient:
        """Datadog's own client."""
        keys = {"apiKeyAuth": "testing", "appKeyAuth": "testing"}
        configuration: Any = Configuration  # without types
        return ApiClient(configuration(host=self.addresses.dd_api_url, api_key=keys))

    def synthetics(self) -> list[dict[str, Any]]:
        """Every synthetic test, whole, as Datadog's own client shows it."""
        api: Any = SyntheticsApi
        synthetics = api(self.datadog)
        return [
            (
                synthetics.get_browser_test(test.public_id)
                if str(test.type) == "browser"
                else synthetics.get_api_test(test.public_id)
            ).to_dict()
            for test in synthetics.list_tests().tests
        ]

    def plan(self, stack: str) -> Plan:
        """The shipped plan of a stack, where the tests take their figures from; as it is deployed
        between two drills."""
        return at_rest(load_plan(PROJECT / f"Pulumi.{stack}.yaml"))

    def state(self, stack: str, *arguments: str) -> dict[str, Any]:
        """The exported state's deployment."""
        exported = self.pulumi.run("stack", "export", "--stack", stack, *arguments)
        deployment: dict[str, Any] = json.loads(exported.stdout)["deployment"]
        return deployment

    def operate(
        self, operation: str, stack: str, *arguments: str, file: Path | None = None
    ) -> tuple[Result, dict[str, set[str]]]:
        """Run ``pulumi <operation>``; how it ended, and what it did to which resources, such as
        ``{"update": {"MetricAlarm resources-server-web-cpu"}}``; what stays the same is left out.

        file: another stack file than the one that was deployed.
        """
        steps: dict[str, set[str]] = {}

        def hear(event: Mapping[str, Any]) -> None:
            step = event.get("resourcePreEvent", {}).get("metadata")
            if step and step["op"] not in ("same", "read", "refresh"):
                name = f"{step['type'].rpartition(':')[2]} {step['urn'].rpartition('::')[2]}"
                steps.setdefault(step["op"], set()).add(name)

        where: list[str | Path] = ["--stack", stack, "--config-file", file or self.settings[stack]]
        result = self.pulumi.watch(operation, *where, *arguments, heard=hear)
        return result, steps


def deploy_both(engine: Engine, addresses: Addresses, folder: Path) -> Deployed:
    """Deploy staging, then prod. AssertionError with the engine's words where that fails."""
    before = inventory(Cloud(addresses.aws_endpoint_url))
    pulumi = Pulumi(engine, folder, addresses.environment)
    files: dict[str, Path] = {}
    printed: list[str] = []

    def hear(event: Mapping[str, Any]) -> None:
        printed.append(json.dumps(event))

    for stack in STACKS:
        files[stack] = settings.prepare(pulumi, stack)
        plant(pulumi, stack, files[stack])
        result = pulumi.watch(
            *("up", "--yes", "--skip-preview", "--stack", stack, "--config-file", files[stack]),
            heard=hear,
        )
        printed += [result.stdout, result.stderr]
        assert result.code == 0, result.stdout + result.stderr
    return Deployed(addresses, pulumi, files, before, "\n".join(printed))


def plant(pulumi: Pulumi, stack: str, file: Path) -> None:
    """Put the planted secrets in the place of those that the file has."""
    pairs = [
        part
        for name, value in PLANTED.items()
        if f"upkeep:{name}:" in file.read_text(encoding="utf-8")
        for part in ("--secret", f"upkeep:{name}={value}")
    ]
    pulumi.run("config", "set-all", "--stack", stack, *pairs, cwd=file.parent)


def resources(deployment: Mapping[str, Any], type_: str) -> Iterator[dict[str, Any]]:
    """The resources of a type in an exported deployment."""
    for resource in deployment.get("resources") or []:
        if resource["type"] == type_:
            yield resource
