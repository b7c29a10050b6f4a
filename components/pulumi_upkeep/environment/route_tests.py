"""A test of every route, every week, and an alarm by another one for each that is dead."""

from collections.abc import Iterator

import pulumi

from .. import RouteTests
from ..observe.route_tests import RouteTestsArgs, TestedRouteArgs
from ..observe.teams import team_handle
from ..plan import Plan
from ..plan.route_tests import told_by
from ..plan.words import Severity, say_duration
from .providers import Providers
from .routing import Routes


def declare_route_tests(plan: Plan, providers: Providers, routes: Routes) -> RouteTests | None:
    """In the recovery region where that has routes: it has to see that the other one is silent."""
    tests = plan.route_tests
    if tests is None:
        return None
    recovery, primary = plan.regions.recovery, plan.regions.primary
    region = recovery if recovery in routes else primary
    args: RouteTestsArgs = {
        "routes": {
            name: route
            for severity in tests.severities
            for name, route in _routes(plan, routes, severity)
        },
        "keys": [routes[each].key_arn for each in sorted(routes)],
        "every": str(tests.every),
        "at": f"{tests.at:%H:%M}",
        "on": str(tests.on),
        "timezone": plan.timezone,
        "topics": routes[region].alert_topics(),
        "runbooks": plan.runbooks,
        "acknowledged_within": say_duration(tests.oldest),
    }
    if tests.datadog_keys is not None:
        args["datadog_keys"] = tests.datadog_keys
    return RouteTests("route-tests", args, pulumi.ResourceOptions(provider=providers.aws[region]))


def _routes(
    plan: Plan, routes: Routes, severity: Severity
) -> Iterator[tuple[str, TestedRouteArgs]]:
    """The routes of a severity: the topic of each region, and Datadog's two."""
    other = told_by(plan, severity)
    for region in sorted(routes):
        topic = routes[region].alert_topics()[severity]
        yield f"{severity}-{region}", {"topic": topic, "told_by": other}
    if plan.route_tests is None or plan.route_tests.datadog_keys is None:
        return
    handles = routes[plan.regions.primary].handles()[severity]
    yield f"{severity}-datadog", {"handles": handles, "told_by": other}
    on_call = plan.severities[severity].on_call
    if on_call is not None:
        yield f"{severity}-on-call", {"team": team_handle(on_call), "told_by": other}
