"""What every synthetic test has: name, tags, message, where from, how often, how it is repeated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pulumi

from ...component import UpkeepComponent
from ...datadog import (
    SyntheticsGlobalVariable,
    SyntheticsPrivateLocation,
    SyntheticsTest,
    SyntheticsTestApiStepArgs,
    SyntheticsTestArgs,
    SyntheticsTestAssertionArgs,
    SyntheticsTestBrowserStepArgs,
    SyntheticsTestBrowserVariableArgs,
    SyntheticsTestConfigVariableArgs,
    SyntheticsTestOptionsListArgs,
    SyntheticsTestOptionsListMonitorOptionsArgs,
    SyntheticsTestOptionsListRetryArgs,
    SyntheticsTestRequestDefinitionArgs,
)
from ...naming import physical_name
from ...plan.variables import renamed
from ...plan.words import Severity
from ..alert_book import check_told
from ..handles import DATADOG_PRIORITY
from ..message import Message, once_known
from ..message_faults import message_faults
from ..tags import datadog_tags
from .places import environment, global_name, located
from .settings import Serves, Settings

# Datadog shows at most so many characters of a test's name.
NAME_LIMIT = 250


@dataclass(frozen=True)
class Synthetic:
    """One test.

    part              names it within the component: ``homepage``, ``journey-buy``
    says, over        what is wrong when it fails, and what holds again; sentences without ends
    page              the page below ``runbooks`` that it leads to
    locations         as the plan names them
    subtype           of an API test; None of a browser test
    follow_redirects  None where there are none
    """

    part: str
    says: str
    over: str
    page: str
    severity: Severity
    every: timedelta
    locations: tuple[str, ...]
    subtype: str | None
    request: SyntheticsTestRequestDefinitionArgs | None = None
    assertions: tuple[SyntheticsTestAssertionArgs, ...] = ()
    follow_redirects: bool | None = None
    steps: tuple[SyntheticsTestApiStepArgs, ...] = ()
    browser_steps: tuple[SyntheticsTestBrowserStepArgs, ...] = ()
    devices: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What the tests of a component share."""

    owner: UpkeepComponent
    settings: Settings
    private: Mapping[str, SyntheticsPrivateLocation]
    variables: Mapping[str, SyntheticsGlobalVariable]

    def named(self, text: str) -> str:
        """A text with the variables by the names that Datadog knows them by."""
        names = {each: global_name(self.settings, each) for each in self.variables}
        return renamed(text, names)

    def declare(self, test: Synthetic) -> SyntheticsTest:
        """Declares a test as a child of the component."""
        settings = self.settings
        name = f"{self.owner.name}-{test.part}"
        how = check_told(name, test.part, test.severity)
        test = replace(test, severity=how.severity)
        browser = test.subtype is None
        return SyntheticsTest(
            name,
            SyntheticsTestArgs(
                name=physical_name(self.owner.name, test.part, limit=NAME_LIMIT),
                type="browser" if browser else "api",
                subtype=test.subtype,
                status="live",
                locations=located(test.locations, self.private),
                message=self._message(test, silenced=how.silenced),
                tags=self._tags(test, how.tags),
                request_definition=test.request,
                assertions=list(test.assertions) or None,
                api_steps=list(test.steps) or None,
                browser_steps=list(test.browser_steps) or None,
                device_ids=list(test.devices) or None,
                config_variables=None if browser else self._config_variables(test),
                browser_variables=self._browser_variables(test) if browser else None,
                options_list=SyntheticsTestOptionsListArgs(
                    tick_every=round(test.every.total_seconds()),
                    follow_redirects=test.follow_redirects,
                    # With fewer locations it would never alert.
                    min_location_failed=min(settings.failed_from, len(test.locations)),
                    retry=SyntheticsTestOptionsListRetryArgs(
                        count=settings.retries,
                        interval=round(settings.retry_after / timedelta(milliseconds=1)),
                    ),
                    monitor_name=physical_name(self.owner.name, test.part, limit=NAME_LIMIT),
                    monitor_options=SyntheticsTestOptionsListMonitorOptionsArgs(
                        renotify_interval=round(settings.remind_every / timedelta(minutes=1))
                    ),
                    monitor_priority=DATADOG_PRIORITY[test.severity],
                ),
            ),
            opts=self.owner.child(),
        )

    def _serves(self, test: Synthetic) -> Serves:
        return self.settings.serves.get(test.part, Serves())

    def _tags(self, test: Synthetic, further: Iterable[str]) -> list[str]:
        serves = self._serves(test)
        return datadog_tags(
            environment(self.settings),
            *self.settings.tags,
            *further,
            f"check:{test.part}",
            f"severity:{test.severity}",
            service=serves.service,
            owner=serves.owner,
        )

    def _message(self, test: Synthetic, *, silenced: bool) -> pulumi.Input[str]:
        settings, serves = self.settings, self._serves(test)
        message = Message(
            happened=test.says,
            over=test.over,
            severity=test.severity,
            runbooks=settings.runbooks,
            page=test.page,
            since=settings.timezone,
            owner=serves.owner or "",
            service=serves.service or "",
            environment=environment(settings),
        )

        def text(handles: str, owner_handles: str, dashboard: str) -> str:
            written = replace(message, owner_handles=owner_handles, dashboard=dashboard)
            said = written.text(handles)
            self.owner.refuse(message_faults(said, "", at=f"{test.part}.message"))
            return said

        handles = "" if silenced else settings.handles.by_severity()[test.severity]
        owned = "" if silenced or not serves.owner else settings.owners.get(serves.owner, "")
        return once_known(text, handles, owned, settings.dashboard or "")

    def _config_variables(self, test: Synthetic) -> list[SyntheticsTestConfigVariableArgs] | None:
        return [
            SyntheticsTestConfigVariableArgs(
                name=global_name(self.settings, variable),
                type="global",
                id=self.variables[variable].id,
            )
            for variable in sorted(test.variables)
        ] or None

    def _browser_variables(self, test: Synthetic) -> list[SyntheticsTestBrowserVariableArgs] | None:
        return [
            SyntheticsTestBrowserVariableArgs(
                name=global_name(self.settings, variable),
                type="global",
                id=self.variables[variable].id,
            )
            for variable in sorted(test.variables)
        ] or None


def milliseconds(length: timedelta) -> str:
    """A response time as an assertion takes it."""
    return str(round(length / timedelta(milliseconds=1)))


def answered(status: int, within: timedelta, body_contains: str | None) -> list[Any]:
    """Status and response time, and the text that the body must contain."""
    assertions = [
        SyntheticsTestAssertionArgs(type="statusCode", operator="is", target=str(status)),
        SyntheticsTestAssertionArgs(
            type="responseTime", operator="lessThan", target=milliseconds(within)
        ),
    ]
    if body_contains is not None:
        assertions.append(
            SyntheticsTestAssertionArgs(type="body", operator="contains", target=body_contains)
        )
    return assertions
