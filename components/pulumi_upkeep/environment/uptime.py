"""What is asked from outside, and what customers are told of it."""

import pulumi

from .. import StatusPage, UptimeChecks
from ..observe.status_page import StatusPageArgs
from ..observe.uptime_checks import CheckedServiceArgs, UptimeChecksArgs
from ..plan import Plan
from .monitored import monitored
from .providers import Providers
from .routing import Routes


def declare_uptime(plan: Plan, providers: Providers, routes: Routes) -> UptimeChecks | None:
    """The checks of what customers reach."""
    if plan.uptime is None:
        return None
    config = pulumi.Config("upkeep")
    args: UptimeChecksArgs = plan.uptime.in_words() | {
        **monitored(plan, routes),
        "serves": _serves(plan),
        "secret_values": {
            secret: config.require_secret(secret) for secret in sorted(plan.uptime.secrets())
        },
    }
    return UptimeChecks("uptime", args, pulumi.ResourceOptions(provider=providers.datadog))


def _serves(plan: Plan) -> dict[str, CheckedServiceArgs]:
    """Each test with the service that it speaks for, and that service's owner."""
    found: dict[str, CheckedServiceArgs] = {}
    for service in plan.services.values():
        for check in service.checks:
            speaks: CheckedServiceArgs = {"service": service.datadog}
            if service.owner:
                speaks["owner"] = service.owner
            found.setdefault(check, speaks)
    return dict(sorted(found.items()))


def declare_status_page(
    plan: Plan, providers: Providers, routes: Routes, checks: UptimeChecks | None
) -> StatusPage | None:
    """The page for customers. What keeps it works where the primary region's outage is survived."""
    page = plan.status_page
    if page is None:
        return None
    region = plan.regions.recovery if plan.regions.recovery in routes else plan.regions.primary
    args: StatusPageArgs = page.in_words()
    if page.credentials and checks:
        args["topics"] = routes[region].alert_topics()
        args["runbooks"] = plan.runbooks
        args["monitors"] = {
            test: monitor_of(checks, test)
            for thing in page.shows
            for test in sorted(thing.judged_by)
        }
    return StatusPage(
        "status",
        args,
        pulumi.ResourceOptions(providers=[providers.datadog, providers.aws[region]]),
    )


def monitor_of(checks: UptimeChecks, test: str) -> pulumi.Output[int]:
    """The id of the monitor that Datadog made with a test."""
    return checks.monitors.apply(lambda ids: ids[test])
