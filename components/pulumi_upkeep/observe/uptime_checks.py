"""UptimeChecks: what customers reach, asked from outside by Datadog."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi

from ..component import UpkeepComponent
from ..datadog.synthetics_test import (
    SyntheticsTest,
    SyntheticsTestArgs,
    SyntheticsTestAssertionArgs,
    SyntheticsTestOptionsListArgs,
    SyntheticsTestOptionsListMonitorOptionsArgs,
    SyntheticsTestOptionsListRetryArgs,
    SyntheticsTestRequestDefinitionArgs,
)
from ..naming import physical_name
from ..plan.faults import Fault
from ..plan.uptime import Check, Uptime
from ..plan.words import Later, Severity, Url, Words, say_duration
from .handles import DATADOG_PRIORITY, DatadogHandles
from .message import Message

# A certificate loses a day a day: asked once an hour it is noticed soon enough.
CERTIFICATE_EVERY = timedelta(hours=1)
_HTTPS_PORT = 443
# Datadog shows at most so many characters of a test's name.
_NAME_LIMIT = 250


class UptimeCheckArgs(TypedDict):
    """One address that is asked."""

    url: str
    """With its scheme: ``https://www.example.com/``."""
    body_contains: NotRequired[str]
    """Text that the answer must contain. Default: the body is not read."""
    status: NotRequired[int]
    """Status that the answer must have. Default: 200."""
    within: NotRequired[str]
    """Response time that it must keep. Default: that of all checks."""
    severity: NotRequired[str]
    """``p0`` to ``p3``. Default: that of all checks."""


class UptimeChecksArgs(TypedDict):
    """Arguments of UptimeChecks."""

    checks: dict[str, UptimeCheckArgs]
    """The addresses, by name."""
    locations: list[str]
    """Datadog's locations to ask from, at least three: ``aws:us-east-1``."""
    severity: str
    """Who hears of a failure: ``p0`` to ``p3``."""
    within: str
    """Response time that an answer must keep, such as ``1000 ms``."""
    runbooks: str
    """The address below which each check has its page."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    every: NotRequired[str]
    """How often, 30 seconds to a week. Default: ``1 minute``."""
    certificate_expires_in: NotRequired[str]
    """Alert so long before a certificate ends, whole days. Default: ``14 days``."""
    retries: NotRequired[int]
    """Repeats before a location counts as failed, 0 to 3. Default: 2."""
    retry_after: NotRequired[str]
    """The wait before a repeat, at most 5 seconds. Default: ``1 second``."""
    failed_from: NotRequired[int]
    """Locations that must fail together before anybody is told. Default: 2."""
    remind_every: NotRequired[str]
    """How often it is said again while it lasts, 10 minutes to a day. Default: ``1 hour``."""
    tags: NotRequired[list[str]]
    """Tags of every test besides its own, such as ``team:shop``. Default: none."""


class UptimeChecks(UpkeepComponent):
    """What customers reach, asked from outside by Datadog's synthetic tests.

    One test per address: status, response time and body. One test per host whose addresses are
    https: days until its certificate ends, once an hour. A failure is repeated before it counts and
    must be seen from several places before anybody is told.
    """

    tests: pulumi.Output[Mapping[str, str]]
    """Name of each check -> public id of its test; certificates are ``certificate-<host>``."""
    monitors: pulumi.Output[Mapping[str, int]]
    """Name of each check -> id of the monitor that Datadog made with its test."""

    def __init__(
        self, name: str, args: UptimeChecksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_taken_names(settings))
        tests = {check: self._test(settings, check) for check in sorted(settings.checks)}
        tests |= {
            f"certificate-{host}": self._certificate(settings, host, severity)
            for host, severity in settings.hosts().items()
        }
        ids: dict[str, Any] = {part: test.id for part, test in tests.items()}
        monitors: dict[str, Any] = {part: test.monitor_id for part, test in tests.items()}
        self.tests = pulumi.Output.from_input(ids)
        self.monitors = pulumi.Output.from_input(monitors)
        self.register_outputs({"tests": self.tests, "monitors": self.monitors})

    def _test(self, settings: "_Settings", name: str) -> SyntheticsTest:
        check = settings.checks[name]
        severity = check.severity or settings.severity
        within = check.within or settings.within
        assertions = [
            SyntheticsTestAssertionArgs(type="statusCode", operator="is", target=str(check.status)),
            SyntheticsTestAssertionArgs(
                type="responseTime",
                operator="lessThan",
                target=str(round(within / timedelta(milliseconds=1))),
            ),
        ]
        if check.body_contains is not None:
            assertions.append(
                SyntheticsTestAssertionArgs(
                    type="body", operator="contains", target=check.body_contains
                )
            )
        return self._declare(
            settings,
            name,
            severity,
            every=settings.every,
            subtype="http",
            request=SyntheticsTestRequestDefinitionArgs(method="GET", url=check.url),
            assertions=assertions,
            follow_redirects=True,
            message=Message(
                happened=f"{name} does not answer as promised: {_promised(check, within)}",
                over=f"{name} answers again",
                severity=severity,
                runbooks=settings.runbooks,
                page=f"uptime-{name}",
            ),
        )

    def _certificate(self, settings: "_Settings", host: str, severity: Severity) -> SyntheticsTest:
        days = settings.certificate_expires_in.days
        hostname, _, port = host.partition(":")
        return self._declare(
            settings,
            f"certificate-{host}",
            severity,
            every=max(CERTIFICATE_EVERY, settings.every),
            subtype="ssl",
            request=SyntheticsTestRequestDefinitionArgs(
                host=hostname, port=port or str(_HTTPS_PORT)
            ),
            assertions=[
                SyntheticsTestAssertionArgs(
                    type="certificate", operator="isInMoreThan", target=str(days)
                )
            ],
            follow_redirects=None,
            message=Message(
                happened=f"the certificate of {host} is invalid or ends within {days} days",
                over=f"the certificate of {host} is good for more than {days} days",
                severity=severity,
                runbooks=settings.runbooks,
                page="certificate",
            ),
        )

    def _declare(
        self,
        settings: "_Settings",
        part: str,
        severity: Severity,
        *,
        every: timedelta,
        subtype: str,
        request: SyntheticsTestRequestDefinitionArgs,
        assertions: list[SyntheticsTestAssertionArgs],
        follow_redirects: bool | None,
        message: Message,
    ) -> SyntheticsTest:
        handles: Any = getattr(settings.handles, severity)
        tags = {
            *settings.tags,
            f"check:{part}",
            f"env:{pulumi.get_stack()}",
            f"project:{pulumi.get_project()}",
            f"severity:{severity}",
        }
        return SyntheticsTest(
            f"{self.name}-{part}",
            SyntheticsTestArgs(
                name=physical_name(self.name, part, limit=_NAME_LIMIT),
                type="api",
                subtype=subtype,
                status="live",
                locations=sorted(settings.locations),
                message=message.text(handles)
                if isinstance(handles, str)
                else pulumi.Output.from_input(handles).apply(message.text),
                tags=sorted(tags),
                request_definition=request,
                assertions=assertions,
                options_list=SyntheticsTestOptionsListArgs(
                    tick_every=round(every.total_seconds()),
                    follow_redirects=follow_redirects,
                    min_location_failed=settings.failed_from,
                    retry=SyntheticsTestOptionsListRetryArgs(
                        count=settings.retries,
                        interval=round(settings.retry_after / timedelta(milliseconds=1)),
                    ),
                    monitor_name=physical_name(self.name, part, limit=_NAME_LIMIT),
                    monitor_options=SyntheticsTestOptionsListMonitorOptionsArgs(
                        renotify_interval=round(settings.remind_every / timedelta(minutes=1))
                    ),
                    monitor_priority=DATADOG_PRIORITY[severity],
                ),
            ),
            opts=self.child(),
        )


# ---- arguments, checked ------------------------------------------------------------------------


class _Handles(Words):
    p0: Later
    p1: Later
    p2: Later
    p3: Later


class _Settings(Uptime):
    runbooks: Url
    handles: _Handles
    tags: tuple[str, ...] = ()

    def hosts(self) -> dict[str, Severity]:
        """The hosts (with the port, where one is stated) that are asked by https, sorted, each with
        the gravest severity of its checks: "p0" sorts first."""
        found: dict[str, Severity] = {}
        for check in self.checks.values():
            address = urlsplit(check.url)
            if address.scheme == "https" and address.hostname:
                host = address.hostname + (f":{address.port}" if address.port else "")
                severity = check.severity or self.severity
                found[host] = min(severity, found.get(host, severity))
        return dict(sorted(found.items()))


def _taken_names(settings: _Settings) -> Iterator[Fault]:
    for name in settings.checks:
        if name.startswith("certificate-"):
            yield Fault(
                f"checks.{name}",
                "names that begin with `certificate-` are those of the hosts' certificates",
                None,
                f"such as `{name.removeprefix('certificate-')}`",
            )


def _promised(check: Check, within: timedelta) -> str:
    body = "" if check.body_contains is None else ", with the text it should hold"
    return f"status {check.status} within {say_duration(within)}{body}, asked at {check.url}"
