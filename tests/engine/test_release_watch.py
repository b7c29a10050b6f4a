"""The closer watch after a deployment as Datadog's own client shows it."""

import re
from datetime import timedelta
from typing import Any

from datadog_api_client.v1.api.monitors_api import MonitorsApi
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.plan.releases import MARKER
from pulumi_upkeep.plan.services import company_thresholds

from tests.engine.deployed import Deployed

PREFIX = "bynomi-prod-release-watch-"


def monitors(deployed: Deployed, prefix: str) -> dict[str, dict[str, Any]]:
    api: Any = MonitorsApi
    return {
        found.name.removeprefix(prefix): found.to_dict()
        for found in api(deployed.datadog).list_monitors()
        if found.name.startswith(prefix)
    }


def test_its_limits_are_the_plans_share_of_the_services_own(deployed: Deployed) -> None:
    plan = deployed.plan("prod")
    releases, company = plan.releases, company_thresholds(plan)
    assert releases is not None
    assert releases.watch is not None
    share = releases.watch.at / 100
    found = monitors(deployed, PREFIX)
    for name, service in plan.services.items():
        slow, failing = service.slow(company), service.failing(company)
        assert slow is not None
        assert failing is not None
        for part, critical in (
            ("latency", slow.above.total_seconds() * share),
            ("errors", failing.above * share),
        ):
            query = read(found[f"{name}-{part}-part"]["query"])
            assert query.compares == (">", critical)
            assert f"{{env:prod,service:{service.datadog}}}" in query.metric
            assert f"severity:{releases.watch.severity}" in found[f"{name}-{part}"]["tags"]


def test_each_is_joined_with_what_ends_it_and_only_that_tells_somebody(
    deployed: Deployed,
) -> None:
    plan = deployed.plan("prod")
    found = monitors(deployed, PREFIX)
    names = {monitor["id"]: part for part, monitor in found.items()}
    told = {part for part, monitor in found.items() if "@" in monitor["message"]}
    assert told == {f"{name}-{part}" for name in plan.services for part in ("latency", "errors")}
    for part in told:
        joined = [names[int(id_)] for id_ in re.findall(r"\d+", found[part]["query"])]
        service = part.rpartition("-")[0]
        assert joined == [f"{part}-part", f"{service}-few-requests", "nothing-deployed"]
    ends = read(found["nothing-deployed"]["query"])
    assert MARKER in ends.metric
    assert (ends.compares, ends.window) == (("<", 1), timedelta(hours=24))


def test_staging_is_not_watched_more_closely(deployed: Deployed) -> None:
    assert deployed.plan("staging").releases is None
    assert monitors(deployed, "bynomi-staging-release-watch-") == {}
