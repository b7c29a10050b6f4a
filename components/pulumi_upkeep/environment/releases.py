"""What is watched more closely for a while after each deployment."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from .. import ReleaseWatch
from ..operate.release_watch import ReleasedServiceArgs, ReleaseWatchArgs
from ..plan import Plan
from ..plan.services import company_thresholds
from ..plan.words import say_duration
from .monitored import monitored
from .providers import Providers
from .routing import Routes


def declare_release_watch(plan: Plan, providers: Providers, routes: Routes) -> ReleaseWatch | None:
    """Every service's own limits, at a share of them."""
    releases = plan.releases
    if releases is None or releases.watch is None or not plan.services:
        return None
    company = company_thresholds(plan).in_words()
    args: ReleaseWatchArgs = {
        **monitored(plan, routes),
        "alert_when": _only(company, ("response_time", "error_rate")),
        "services": {name: _watched(plan, name) for name in sorted(plan.services)},
        "lasting": say_duration(releases.watch.lasting),
        "at": f"{releases.watch.at:g} %",
        "severity": releases.watch.severity,
    }
    return ReleaseWatch("release-watch", args, pulumi.ResourceOptions(provider=providers.datadog))


def _watched(plan: Plan, name: str) -> ReleasedServiceArgs:
    watched: ReleasedServiceArgs = _only(
        plan.services[name].in_words(), ReleasedServiceArgs.__annotations__
    )
    return watched


def _only(written: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """A block of the plan with those of its keys that a component takes."""
    return {key: written[key] for key in keys if key in written}
