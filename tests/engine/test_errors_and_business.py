"""Errors and business metrics, deployed: Datadog's own client finds the figures, nothing drifts."""

import json
from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v2.api.downtimes_api import DowntimesApi
from datadog_api_client.v2.api.rum_api import RUMApi
from pulumi_upkeep.observe.queries.reading import read

from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi

PROGRAM = """
    import pulumi
    from pulumi_upkeep import BusinessMetrics, ErrorTracking
    from pulumi_upkeep.datadog import Provider, ProviderArgs

    keys = ProviderArgs(api_key="a", app_key="b", validate="false")
    opts = pulumi.ResourceOptions(provider=Provider("datadog", keys))
    shared = {
        "environment": "prod",
        "runbooks": "https://runbooks.example.com",
        "handles": {
            each: f"@{each}@bynomi.com" for each in ("p0", "p1", "p2", "p3")
        },
        "timezone": "America/New_York",
    }
    errors = ErrorTracking(
        "tracking",
        {
            **shared,
            "front_end": {"site": {"datadog": "bynomi-site"}},
            "back_end": {"web": {"datadog": "bynomi-web", "owner": "shop"}},
            "new": {"severity": "p2"},
            "frequent": {"above": FREQUENT, "severity": "p1"},
            "routes": [{"type": ["Payment*"], "owner": "shop", "severity": "p0"}],
        },
        opts,
    )
    BusinessMetrics(
        "counted",
        {
            **shared,
            "metrics": {
                "orders": {
                    "metric": "bynomi.orders",
                    "falls": {"below": "50 %", "by_at_least": 20, "severity": "p1"},
                    "stops": {"lasting": "30 minutes", "hours": "business", "severity": "p0"},
                }
            },
        },
        opts,
    )
    pulumi.export("snippets", errors.snippets)
"""


def _client(addresses: Addresses) -> ApiClient:
    keys = {"apiKeyAuth": "testing", "appKeyAuth": "testing"}
    configuration: Any = Configuration
    return ApiClient(configuration(host=addresses.dd_api_url, api_key=keys))


def _monitors(client: ApiClient) -> dict[str, Any]:
    api: Any = MonitorsApi
    return {
        each.name.removeprefix("tiny-prod-"): each
        for each in api(client).list_monitors()
        if each.name.startswith(("tiny-prod-tracking-", "tiny-prod-counted-"))
    }


def test_what_is_deployed_is_what_was_said_and_stays(
    sandbox: Addresses, project: MakeProject, pulumi: MakePulumi
) -> None:
    folder = project(PROGRAM.replace("FREQUENT", "50"))
    run = pulumi(folder, sandbox)
    run.run("stack", "init", "prod")
    run.run("up", "--yes", "--skip-preview")

    client = _client(sandbox)
    monitors = _monitors(client)
    said = {name: read(each.query) for name, each in monitors.items()}
    assert {
        name: (each.compares, f"{each.window}", each.options.get("source"))
        for name, each in said.items()
    } == {
        "tracking-payment-new": ((">", 0), "1 day, 0:00:00", "all"),
        "tracking-payment-frequent": ((">", 50), "1:00:00", "all"),
        "tracking-rest-new": ((">", 0), "1 day, 0:00:00", "browser"),
        "tracking-rest-frequent": ((">", 50), "1:00:00", "browser"),
        "tracking-rest-shop-new": ((">", 0), "1 day, 0:00:00", "backend"),
        "tracking-rest-shop-frequent": ((">", 50), "1:00:00", "backend"),
        "counted-orders-falls": ((">=", 20), "1:00:00", None),
        "counted-orders-stops": (("<=", 0), "0:30:00", None),
    }
    assert {name: each.options.thresholds.critical for name, each in monitors.items()} == {
        name: each.compares[1] for name, each in said.items()
    }

    # Outside business hours one of them is quiet, and no other.
    downtimes: Any = DowntimesApi
    quiet = {
        name
        for name, each in monitors.items()
        if downtimes(client).list_monitor_downtimes(each.id).data
    }
    assert quiet == {"counted-orders-stops"}

    rum: Any = RUMApi
    (site,) = [
        each
        for each in rum(client).get_rum_applications().data
        if each.attributes.name == "tiny-prod-tracking-site"
    ]
    token = rum(client).get_rum_application(site.id).data.attributes.client_token
    shown = json.loads(run.run("stack", "output", "--json", "--show-secrets").stdout)
    assert f'applicationId: "{site.id}"' in shown["snippets"]["site"]
    assert f'clientToken: "{token}"' in shown["snippets"]["site"]
    # Nobody who reads a log or the state's file reads it.
    assert token not in run.run("stack", "output", "--json").stdout
    assert token not in run.run("stack", "export").stdout

    run.run("preview", "--expect-no-changes")
    run.run("preview", "--refresh", "--expect-no-changes")

    program = folder / "infra" / "__main__.py"
    program.write_text(program.read_text(encoding="utf-8").replace("50,", "60,"), encoding="utf-8")
    run.run("up", "--yes", "--skip-preview")
    changed = {
        name: read(each.query).compares[1]
        for name, each in _monitors(client).items()
        if name.endswith("-frequent")
    }
    assert set(changed.values()) == {60}
    run.run("destroy", "--yes", "--skip-preview")
    assert _monitors(client) == {}
