"""Logs with the real engine: declared, seen by other clients, changed, and taken over."""

# mypy: disable-error-code="no-untyped-call"
import json
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.logs_indexes_api import LogsIndexesApi
from datadog_api_client.v1.api.logs_pipelines_api import LogsPipelinesApi
from datadog_api_client.v2.api.logs_archives_api import LogsArchivesApi
from datadog_api_client.v2.api.logs_metrics_api import LogsMetricsApi
from datadog_api_client.v2.api.sensitive_data_scanner_api import SensitiveDataScannerApi

from sandbox.server import Addresses
from tests.components.test_log_aggregation import BYNOMI
from tests.engine.conftest import MakeProject, MakePulumi, client
from tests.engine.test_stand_in_engine import changes, up
from tools.upkeep.pulumi import Pulumi

pytestmark = pytest.mark.slow

# The estate's role, and the severities' topics, which the stack would make.
PROGRAM = """
    import pulumi
    from pulumi_upkeep import LogAggregation
    from pulumi_upkeep.adopt import adopt
    from pulumi_upkeep.aws import Provider as Aws, ProviderArgs as AwsArgs
    from pulumi_upkeep.datadog import Provider as Datadog, ProviderArgs as DatadogArgs
    from pulumi_upkeep.plan.adopt import Adopt

    both = [
        Aws("aws", AwsArgs(region="us-east-1")),
        Datadog("datadog", DatadogArgs(api_key="a", app_key="b")),
    ]
    adopt(Adopt(log_groups={"logs-bynomi-prod-old": "/bynomi/prod/old"}))
    args = pulumi.Config("logs").require_object("args")
    LogAggregation("logs", args, pulumi.ResourceOptions(providers=both))
"""
OLD = "/bynomi/prod/old"


def write(folder: Path, **changed: Any) -> None:
    """The arguments, in the stack's file, which is YAML and so may be JSON."""
    config = {"config": {"logs:args": {**BYNOMI, "protected": False, **changed}}}
    (folder / "Pulumi.prod.yaml").write_text(json.dumps(config), encoding="utf-8")


@pytest.fixture
def logs(project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses) -> Pulumi:
    # The fixture takes a name, which its short type does not say.
    make: Any = project
    folder: Path = make(PROGRAM, name="bynomi")
    write(folder)
    made: Pulumi = pulumi(folder, own_sandbox)
    made.run("stack", "init", "prod")
    return made


def datadog(addresses: Addresses) -> ApiClient:
    """Datadog's own client."""
    configuration = Configuration(host=addresses.dd_api_url)
    configuration.api_key = {"apiKeyAuth": "a", "appKeyAuth": "b"}
    return ApiClient(configuration)


def test_logs_live_their_life(logs: Pulumi, own_sandbox: Addresses) -> None:
    cloudwatch = client(own_sandbox, "logs")
    cloudwatch.create_log_group(logGroupName=OLD)
    cloudwatch.create_log_stream(logGroupName=OLD, logStreamName="before")

    up(logs)
    assert changes(logs) == {}
    assert changes(logs, "--refresh") == {}
    _as_datadogs_client_sees_it(datadog(own_sandbox))

    # What was there keeps what is in it, and is then kept as the plan says.
    groups = {each["logGroupName"]: each for each in cloudwatch.describe_log_groups()["logGroups"]}
    assert {name: each["retentionInDays"] for name, each in groups.items()} == {
        OLD: 30,
        "/bynomi/prod/web": 30,
    }
    assert len({each["kmsKeyId"] for each in groups.values()}) == 1
    streams = cloudwatch.describe_log_streams(logGroupName=OLD)["logStreams"]
    assert [each["logStreamName"] for each in streams] == ["before"]

    # A quota, a retention and a level change in place; another name is another index.
    folder = logs.project
    write(folder, keep="60 days", daily_quota={"at_most": 5}, contract=["60 days"])
    assert changes(logs) == {
        "update": {
            "LogGroup logs-bynomi-prod-old",
            "LogGroup logs-bynomi-prod-web",
            "LogsIndex logs",
            "Monitor logs-quota-nearly-used",
        }
    }
    write(folder, index="bynomi-prod-2")
    replaced = changes(logs)["replace"]
    assert replaced == {"LogsIndex logs"}

    write(folder)
    logs.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    left = [each["logGroupName"] for each in cloudwatch.describe_log_groups()["logGroups"]]
    assert left == []


def _as_datadogs_client_sees_it(api: ApiClient) -> None:
    (index,) = LogsIndexesApi(api).list_log_indexes().indexes
    assert (index.name, index.num_retention_days, index.daily_limit) == (
        "bynomi-prod",
        30,
        20_000_000,
    )
    assert index.daily_limit_reset.reset_utc_offset == "-05:00"
    assert [each.filter.query for each in index.exclusion_filters] == ["status:debug"]
    (pipeline,) = LogsPipelinesApi(api).list_logs_pipelines().value
    assert pipeline.filter.query == "env:prod"
    assert [str(each.type) for each in pipeline.processors] == [
        "grok-parser",
        "category-processor",
        "status-remapper",
        "category-processor",
        "category-processor",
        "service-remapper",
        "date-remapper",
        "message-remapper",
    ]
    (archive,) = LogsArchivesApi(api).list_logs_archives().data
    assert archive.attributes.query == "env:prod -status:debug"
    metrics = LogsMetricsApi(api).list_logs_metrics().data
    assert {each.id for each in metrics} == {
        f"bynomi.prod.logs.{name}" for name in ("lines", "payment_declined", "slow_query")
    }
    scanner = SensitiveDataScannerApi(api).list_scanning_groups()
    assert sorted(str(each.attributes.name) for each in scanner.included.value) == [
        "bynomi-prod-logs",
        *(
            f"bynomi-prod-logs-{rule}"
            for rule in (
                "access-key",
                "authorization",
                "authorization-attribute",
                "card-number",
                "customer",
                "email",
                "secret",
                "secret-attribute",
            )
        ),
    ]
