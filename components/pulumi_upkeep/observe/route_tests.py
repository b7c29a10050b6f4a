"""RouteTests: every route of alerts is tested, acknowledged by a person, or alarmed by another."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..account import account_of
from ..component import UpkeepComponent
from ..function import declare_function
from ..naming import physical_name
from ..plan.faults import Fault
from ..plan.route_tests import DAY, SecretId
from ..plan.route_tests import RouteTests as Planned
from ..plan.words import Later, Name, Severity, TimeZone, Url, Words
from .alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from .sites import API, PAGING

NAMESPACE = "Upkeep/Observe"
AGE = "RouteTestAge"
# The age is published every hour; two hours without it are a fault of the test itself.
ROUND = "rate(1 hour)"
AGE_PERIOD = timedelta(hours=2)
PAGE = "route-test"


class TestedRouteArgs(TypedDict):
    """A route. One of ``topic``, ``handles`` and ``team``."""

    told_by: str
    """The severity whose topic tells that this route is dead: another one than its own."""
    topic: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic, of any region."""
    handles: NotRequired[pulumi.Input[str]]
    """Datadog's handles, as AlertRoutes gives them."""
    team: NotRequired[str]
    """Handle of a Datadog team, which On-Call pages."""


class RouteTestsArgs(TypedDict):
    """Arguments of RouteTests."""

    routes: dict[str, TestedRouteArgs]
    """The routes, by a name for their tests: ``p0-us-east-1``."""
    keys: list[pulumi.Input[str]]
    """ARNs of the keys that encrypt the topics."""
    every: str
    """``week`` or ``month``."""
    at: str
    """Clock time."""
    on: str
    """The day: ``Monday``, or of a month ``first Monday``."""
    timezone: str
    """The clocks that it is read on."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each alert has its page."""
    acknowledged_within: NotRequired[str]
    """How old the last acknowledged test may be. Default: the interval and a day."""
    datadog_keys: NotRequired[str]
    """Name of a secret in Secrets Manager, ``{"api_key", "app_key"}``; required for routes with
    ``handles`` or ``team``."""
    datadog_url: NotRequired[str]
    """Datadog's API, by the site. Default: ``https://api.datadoghq.com``."""
    paging_url: NotRequired[str]
    """Datadog's server of On-Call pages, by the site. Default:
    ``https://navy.oncall.datadoghq.com``."""


class RouteTests(UpkeepComponent):
    """A test of every route with a code, and an alarm for each route whose code nobody sent back.

    Functions do it: one sends by the plan's schedule, one publishes every hour how many days ago
    the newest acknowledged test of each route was sent, one acknowledges. Only the last may be
    invoked by people, with the policy in ``acknowledging_policy``; it can do nothing else. The
    alarm of a route goes to the topic of another severity. Silence of the tests themselves rings.
    """

    acknowledging_function: pulumi.Output[str]
    """Name of the function whose invocation acknowledges a test."""
    acknowledging_policy: pulumi.Output[str]
    """IAM policy document: what it takes to acknowledge, and nothing else."""
    sending_function: pulumi.Output[str]
    """Name of the function that sends the tests."""
    alarms: pulumi.Output[Mapping[str, str]]
    """Route -> ARN of the alarm that it is dead."""

    def __init__(
        self, name: str, args: RouteTestsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        prefix = "/" + "/".join([pulumi.get_project(), pulumi.get_stack(), self.name])
        for route in sorted(settings.routes):
            self._parameter(prefix, route)
        remember = [self._may_remember(prefix)]
        acknowledge = self._function(
            settings,
            args,
            "acknowledge",
            "Acknowledges a test of a route of alerts",
            remember,
            {"PARAMETERS": prefix},
        )
        send = self._function(
            settings,
            args,
            "send",
            "Sends a test over every route of alerts",
            [*remember, *self._may_send(settings, args)],
            {
                "ACKNOWLEDGE": physical_name(self.name, "acknowledge"),
                "DATADOG_URL": settings.datadog_url,
                "PAGING_URL": settings.paging_url,
                "ENVIRONMENT": f"{pulumi.get_project()}-{pulumi.get_stack()}",
                "KEYS": settings.datadog_keys or "",
                "PARAMETERS": prefix,
                "STACK": pulumi.get_stack(),
                "WITHIN": str(settings.planned().oldest // DAY),
            },
            schedule=settings.planned().cron(),
            timezone=settings.timezone,
        )
        self._function(
            settings,
            args,
            "ages",
            "Says every hour how long ago each route was last acknowledged",
            [
                *remember,
                policy.publish_figures(NAMESPACE),
            ],
            {"PARAMETERS": prefix},
            schedule=ROUND,
        )
        arns: dict[str, Any] = {
            route: declare_alarm(
                self, self._dead(route, settings), args["topics"], settings.runbooks
            ).arn
            for route in sorted(settings.routes)
        }
        self.acknowledging_function = acknowledge.name
        self.acknowledging_policy = acknowledge.arn.apply(
            lambda arn: policy.document(
                policy.allow("AcknowledgeTests", ["lambda:InvokeFunction"], resources=[arn])
            )
        )
        self.sending_function = send.name
        self.alarms = pulumi.Output.from_input(arns)
        self.register_outputs(
            {
                "acknowledging_function": self.acknowledging_function,
                "acknowledging_policy": self.acknowledging_policy,
                "sending_function": self.sending_function,
                "alarms": self.alarms,
            }
        )

    def _parameter(self, prefix: str, route: str) -> None:
        aws.ssm.Parameter(
            f"{self.name}-{route}",
            aws.ssm.ParameterArgs(
                name=f"{prefix}/{route}",
                type="String",
                description=f"The last test of the route {route}; written by its functions",
                value="{}",
            ),
            # What stands in it is the functions'.
            self.child(ignore_changes=["value"]),
        )

    def _may_remember(self, prefix: str) -> Any:
        return account_of(self).apply(
            lambda account: policy.allow(
                "Remember",
                ["ssm:GetParameter", "ssm:PutParameter"],
                resources=[f"arn:{account.partition}:ssm:*:{account.id}:parameter{prefix}/*"],
            )
        )

    def _function(
        self,
        settings: "_Settings",
        args: RouteTestsArgs,
        part: str,
        says: str,
        statements: Sequence[Any],
        environment: Mapping[str, str],
        **clock: Any,
    ) -> aws.lambda_.Function:
        return declare_function(
            self,
            part,
            package="route_tests",
            says=says,
            handler=f"main.{part}",
            statements=statements,
            environment={**environment, "ROUTES": _routes(settings)},
            timeout=timedelta(minutes=5),
            topics=args["topics"],
            severity="p2",
            runbooks=settings.runbooks,
            runbook=PAGE,
            # A second attempt would send every test once more, with another code.
            retries=0,
            **clock,
        )

    def _may_send(self, settings: "_Settings", args: RouteTestsArgs) -> list[Any]:
        topics = [route.topic for route in settings.routes.values() if route.topic is not None]
        statements: list[Any] = []
        if topics:
            statements.append(
                pulumi.Output.all(*topics).apply(
                    lambda arns: policy.allow(
                        "SendTests", ["sns:Publish"], resources=sorted(set(arns))
                    )
                )
            )
        if args["keys"]:
            statements.append(
                pulumi.Output.all(*args["keys"]).apply(
                    lambda arns: policy.allow(
                        "EncryptTests",
                        ["kms:Decrypt", "kms:GenerateDataKey*"],
                        resources=sorted(set(arns)),
                    )
                )
            )
        if (keys := settings.datadog_keys) is not None:
            statements.append(
                account_of(self).apply(
                    lambda account: policy.allow(
                        "ReadDatadogKeys",
                        ["secretsmanager:GetSecretValue"],
                        resources=[account.secret(keys)],
                    )
                )
            )
        return statements

    def _dead(self, route: str, settings: "_Settings") -> Watch:
        days = settings.planned().oldest // DAY
        return Watch(
            part=route,
            says=f"nobody has acknowledged a test of the route {route} for more than {days} days: "
            "alerts may not reach anybody by it",
            severity=settings.routes[route].told_by,
            metric=Metric(NAMESPACE, AGE, {"Route": f"{route}"}, "Maximum"),
            threshold=float(days),
            period=AGE_PERIOD,
            periods=1,
            # Published every hour: silence is a fault of the tests.
            missing_data="breaching",
            runbook=PAGE,
        )


def _routes(settings: "_Settings") -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(
        {name: route.over() for name, route in sorted(settings.routes.items())}, sort_keys=True
    )


# ---- arguments, checked ------------------------------------------------------------------------


class _Route(Words):
    told_by: Severity
    topic: Later = None
    handles: Later = None
    team: str | None = None

    def over(self) -> dict[str, Any]:
        given = {"topic": self.topic, "handles": self.handles, "team": self.team}
        return {key: value for key, value in given.items() if value is not None}


class _Settings(Words):
    routes: Annotated[dict[Name, _Route], Field(min_length=1)]
    keys: tuple[Later, ...]
    every: str
    at: str
    on: Later
    timezone: TimeZone
    topics: Topics
    runbooks: Url
    acknowledged_within: str | None = None
    datadog_keys: SecretId | None = None
    datadog_url: Url = API
    paging_url: Url = PAGING

    def planned(self) -> Planned:
        given = {"every": self.every, "at": self.at, "on": self.on}
        if self.acknowledged_within is not None:
            given["acknowledged_within"] = self.acknowledged_within
        return Planned.model_validate(given)

    def model_post_init(self, _context: Any) -> None:
        # The plan's own rules, before anything is declared.
        self.planned()


def _faults(settings: _Settings) -> Iterator[Fault]:
    for name, route in settings.routes.items():
        ways = sorted(route.over())
        if len(ways) != 1:
            yield Fault(
                f"routes.{name}",
                "goes over several things at once" if ways else "goes over nothing",
                ", ".join(ways) or None,
                "exactly one of `topic`, `handles` and `team`",
            )
        if route.topic is None and settings.datadog_keys is None:
            yield Fault(
                f"routes.{name}",
                "Datadog takes nothing without its keys",
                None,
                "add `datadog_keys`, a secret with `api_key` and `app_key`",
            )
