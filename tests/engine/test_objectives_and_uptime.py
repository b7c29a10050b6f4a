"""Objectives, journeys and a status page on the real engine: Datadog's own client reads them back,
and a second preview has nothing to do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.service_level_objective_corrections_api import (
    ServiceLevelObjectiveCorrectionsApi,
)
from datadog_api_client.v1.api.service_level_objectives_api import ServiceLevelObjectivesApi
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from pulumi_upkeep.observe.queries.reading import read

from sandbox.server import Addresses
from tests.engine.conftest import MakePulumi, client

PROGRAM = """
    import json
    from pathlib import Path

    import pulumi
    from pulumi_upkeep import ServiceObjectives, StatusPage, UptimeChecks
    from pulumi_upkeep.aws import Provider, ProviderArgs as AwsProviderArgs
    from pulumi_upkeep.datadog import Provider as DatadogProvider, ProviderArgs

    datadog = DatadogProvider("datadog", ProviderArgs(api_key="0" * 32, app_key="0" * 40))
    opts = pulumi.ResourceOptions(provider=datadog)
    args = json.loads(Path("args.json").read_text())
    secret = pulumi.Output.secret("open sesame")
    checks = UptimeChecks("uptime", args["uptime"] | {"secret_values": {"shopper": secret}}, opts)
    web = args["objectives"]["services"]["web"]
    web["monitors"] = {
        name: checks.monitors.apply(lambda ids, name=name: ids[name])
        for name in ("homepage", "journey-buy")
    }
    ServiceObjectives("objectives", args["objectives"], opts)
    aws = Provider("aws", AwsProviderArgs(region="us-west-2"))
    args["status"]["monitors"] = {
        name: checks.monitors.apply(lambda ids, name=name: ids[name])
        for name in ("homepage", "journey-buy", "browser-pay")
    }
    StatusPage("status", args["status"], pulumi.ResourceOptions(providers=[datadog, aws]))
    pulumi.export("workers", checks.private_locations)
"""
TOLD = {
    "handles": {"p0": "@zero@bynomi.com", "p1": "@one@bynomi.com", "p2": "@two", "p3": "@three"},
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "environment": "prod",
    "timezone": "America/New_York",
}
ARGS: dict[str, Any] = {
    "uptime": TOLD
    | {
        "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
        "severity": "p0",
        "within": "1000 ms",
        "checks": {
            "homepage": {"url": "https://www.bynomi.com/"},
            "admin": {"url": "https://admin.internal/", "locations": ["pl:inside"]},
        },
        "journeys": {
            "buy": {
                "secrets": {"SHOPPER": {"secret": "shopper"}},
                "steps": [
                    {
                        "name": "Fill the cart",
                        "url": "https://www.bynomi.com/api/cart",
                        "method": "POST",
                        "headers": {"X-Shopper": "{{ SHOPPER }}"},
                        "take": {"CART": {"json": "$.id"}},
                    },
                    {
                        "name": "Check out",
                        "url": "https://www.bynomi.com/api/checkout/{{ CART }}",
                        "json": {"$.payable": "true"},
                    },
                ],
            }
        },
        "browsers": {
            "pay": {
                "url": "https://www.bynomi.com/checkout",
                "because": "A script draws the form.",
                "steps": [{"click": "#pay"}, {"see": "Pay now"}],
            }
        },
        "dns": {"www": {"name": "www.bynomi.com", "answers": ["192.0.2.1"]}},
        "private_locations": {"inside": {"means": "The servers' network", "worker": "A container"}},
    },
    "objectives": TOLD
    | {
        "services": {
            "web": {"datadog": "bynomi-web", "operation": "web.request", "importance": "critical"}
        },
        "levels": {
            "critical": {
                "availability": "99.9 %",
                "warning": "99.95 %",
                "latency": {"below": "1000 ms", "of": "99 %"},
            }
        },
        "corrections": {
            "weekly-2026-11-25": {
                "start": 1795593600,
                "end": 1795600800,
                "services": ["web"],
                "description": "Maintenance window weekly",
            }
        },
    },
    "status": {
        "name": "Bynomi",
        "address": "bynomi-engine",
        "shows": [
            {"name": "Shop", "judged_by": ["homepage"]},
            {"name": "Checkout", "judged_by": ["journey-buy", "browser-pay"]},
        ],
        "credentials": "bynomi-prod-datadog",
        "runbooks": TOLD["runbooks"],
        "topics": {
            severity: f"arn:aws:sns:us-west-2:123456789012:alerts-{severity}"
            for severity in ("p0", "p1", "p2", "p3")
        },
    },
}


@pytest.fixture
def reader(own_sandbox: Addresses) -> ApiClient:
    keys = {"apiKeyAuth": "testing", "appKeyAuth": "testing"}
    configuration: Any = Configuration  # without types
    return ApiClient(configuration(host=own_sandbox.dd_api_url, api_key=keys))


def test_what_is_promised_is_there_and_stays_as_it_is(
    project: Callable[..., Path], pulumi: MakePulumi, own_sandbox: Addresses, reader: ApiClient
) -> None:
    folder = project(PROGRAM, name="bynomi")
    (folder / "infra" / "args.json").write_text(json.dumps(ARGS), encoding="utf-8")
    stack = pulumi(folder, own_sandbox)
    stack.run("stack", "init", "prod")
    stack.run("up", "--yes", "--skip-preview", "--stack", "prod")

    objectives = {
        each["name"]: each
        for each in _listed(_api(ServiceLevelObjectivesApi, reader).list_slos().data)
    }
    assert {name.rpartition("-")[2] for name in objectives} == {"availability", "latency", "uptime"}
    availability = objectives["bynomi-prod-objectives-web-availability"]
    (threshold,) = availability["thresholds"]
    assert (threshold["target"], threshold["warning"]) == (99.9, 99.95)
    monitors = {each["id"]: each for each in _listed(_api(MonitorsApi, reader).list_monitors())}
    uptime = objectives["bynomi-prod-objectives-web-uptime"]
    assert {monitors[each]["name"] for each in uptime["monitor_ids"]} == {
        "bynomi-prod-uptime-homepage",
        "bynomi-prod-uptime-journey-buy",
    }
    burning = [read(each["query"]) for each in monitors.values() if each["type"] == "slo alert"]
    ids = {each["id"]: name.rpartition("-")[2] for name, each in objectives.items()}
    assert sorted((ids[each.metric], each.compares[1]) for each in burning) == [
        (kind, rate) for kind in ("availability", "latency") for rate in (1, 3, 6, 14.4)
    ]

    api = _api(ServiceLevelObjectiveCorrectionsApi, reader)
    (correction,) = _listed(api.list_slo_correction().data)
    told = correction["attributes"]
    assert (told["start"], told["end"]) == (1795593600, 1795600800)

    tests = {each["name"]: each for each in _listed(_api(SyntheticsApi, reader).list_tests().tests)}
    assert tests["bynomi-prod-uptime-browser-pay"]["type"] == "browser"
    assert tests["bynomi-prod-uptime-admin"]["locations"][0].startswith("pl:")
    assert tests["bynomi-prod-uptime-dns-www"]["subtype"] == "dns"

    functions = client(own_sandbox, "lambda", "us-west-2")
    kept = functions.get_function_configuration(FunctionName="bynomi-prod-status-keep")
    told = json.loads(kept["Environment"]["Variables"]["KEPT"])
    assert [
        {monitors[number]["name"] for number in each["monitors"]} for each in told["components"]
    ] == [
        {"bynomi-prod-uptime-homepage"},
        {"bynomi-prod-uptime-journey-buy", "bynomi-prod-uptime-browser-pay"},
    ]

    exported = stack.run("stack", "export", "--stack", "prod").stdout
    assert "open sesame" not in exported
    assert json.loads(stack.run("stack", "output", "--json", "--stack", "prod").stdout) == {
        "workers": "[secret]"
    }
    stack.run("preview", "--expect-no-changes", "--stack", "prod")
    stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "prod")


def _api(kind: Any, reader: ApiClient) -> Any:
    """Datadog's client has no types."""
    return kind(reader)


def _listed(models: Any) -> list[dict[str, Any]]:
    return [model.to_dict() for model in models]
