"""StatusPage: what customers are told of how things stand, by the names they use."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import datadog, policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import declare_function
from ..plan.faults import Fault
from ..plan.status_page import StatusPage as Chapter
from ..plan.words import Later, Url
from .alarm import AlertTopics, Topics
from .sites import API

# A function's clock has no finer grain [EventBridge Scheduler].
EVERY = "rate(1 minute)"
# Shows each thing's past beside its present.
VISUALIZATION = "bars_and_uptime_percentage"


class ShownArgs(TypedDict):
    """One thing that customers know."""

    name: str
    """As they call it."""
    judged_by: list[str]
    """The tests that see it."""


class StatusPageArgs(TypedDict):
    """Arguments of StatusPage."""

    name: str
    """Heading of the page."""
    address: str
    """Before ``.statuspage.datadoghq.com``; nobody else's."""
    shows: list[ShownArgs]
    """What customers know, in the order of the page."""
    audience: NotRequired[str]
    """``public``, or ``internal`` for people of the organisation. Default: ``public``."""
    subscriptions: NotRequired[bool]
    """Whether customers may have themselves told by mail. Default: true."""
    credentials: NotRequired[str]
    """The secret (Secrets Manager, in the region of the AWS provider) with Datadog's keys by which
    a function keeps the page. Default: people keep it."""
    monitors: NotRequired[dict[str, pulumi.Input[int]]]
    """Each test -> the id of its monitor. Required with ``credentials``."""
    topics: NotRequired[AlertTopics]
    """Who hears that the function failed. Required with ``credentials``."""
    runbooks: NotRequired[str]
    """Address below which ``status-page`` is the page of that alarm. Required, likewise."""


class StatusPage(UpkeepComponent):
    """A page for customers, with what the checks judge as its components.

    Datadog ties no component to a test: a component is as its notices say. With ``credentials`` a
    function publishes them, every minute, as the tests see it: partly down where some alert, down
    where all do, resolved when none does. Notices of people stay as they are. The page itself is
    published once by hand: Datadog's provider has no word for it.
    """

    url: pulumi.Output[str]
    """Address of the page."""
    components: pulumi.Output[Mapping[str, str]]
    """What customers know by name -> id of its component."""
    judged_by: pulumi.Output[Mapping[str, str]]
    """Name of each test -> the component it speaks for."""

    def __init__(
        self, name: str, args: StatusPageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        page = datadog.StatusPage(
            name,
            datadog.StatusPageArgs(
                name=settings.name,
                domain_prefix=settings.address,
                type=settings.audience,
                visualization_type=VISUALIZATION,
                subscriptions_enabled=settings.subscriptions,
            ),
            opts=self.child(),
        )
        components: dict[str, datadog.StatusPageComponent] = {}
        for position, thing in enumerate(each.name for each in settings.shows):
            # A place is at most one past the last, so each waits for the one before it.
            before = list(components.values())[-1:]
            components[thing] = datadog.StatusPageComponent(
                f"{name}-{_key(thing)}",
                datadog.StatusPageComponentArgs(
                    name=thing, page_id=page.id, position=position, type="component"
                ),
                opts=self.child(depends_on=before),
            )
        ids: dict[str, Any] = {thing: each.id for thing, each in components.items()}
        judged: dict[str, str] = {
            test: thing.name for thing in settings.shows for test in thing.judged_by
        }
        if settings.credentials is not None:
            self._keeper(settings, args, page, components)
        self.url = page.page_url
        self.components = pulumi.Output.from_input(ids)
        self.judged_by = pulumi.Output.from_input(judged)
        self.register_outputs(
            {"url": self.url, "components": self.components, "judged_by": self.judged_by}
        )

    def _keeper(
        self,
        settings: "_Settings",
        args: StatusPageArgs,
        page: datadog.StatusPage,
        components: Mapping[str, datadog.StatusPageComponent],
    ) -> None:
        """The function that publishes what the tests see."""
        secret = str(settings.credentials)
        kept = {
            "page": page.id,
            "site": API,
            "secret": secret,
            "notify": settings.subscriptions,
            "components": [
                {
                    "id": components[thing.name].id,
                    "name": thing.name,
                    "monitors": [settings.monitors[test] for test in sorted(thing.judged_by)],
                }
                for thing in settings.shows
            ],
        }
        declare_function(
            self,
            "keep",
            package="status_page",
            says="Keeps the status page as the uptime checks see it",
            environment={"KEPT": pulumi.Output.json_dumps(kept, sort_keys=True)},
            statements=[account_of(self).apply(lambda account: _read(account, secret))],
            timeout=timedelta(seconds=50),
            topics=args["topics"],
            severity="p2",
            runbooks=str(settings.runbooks),
            runbook="status-page",
            schedule=EVERY,
            # The next minute looks again.
            retries=0,
        )


class _Settings(Chapter):
    monitors: dict[str, Later] = Field(default_factory=dict)
    topics: Topics | None = None
    runbooks: Url | None = None


def _faults(settings: _Settings) -> Iterator[Fault]:
    if settings.credentials is None:
        return
    for name in ("topics", "runbooks"):
        if getattr(settings, name) is None:
            yield Fault(name, "missing", None, "required with `credentials`")
    for thing in settings.shows:
        for test in thing.judged_by:
            if test not in settings.monitors:
                yield Fault(
                    f"monitors.{test}",
                    "missing",
                    None,
                    f"the id of its monitor judges {thing.name}",
                )


def _read(account: Account, secret: str) -> policy.Statement:
    read = ["secretsmanager:GetSecretValue"]
    return policy.allow("ReadKeys", read, resources=[account.secret(secret)])


def _key(thing: str) -> str:
    """``Cart and checkout`` as ``cart-and-checkout``."""
    words = "".join(letter if letter.isalnum() else " " for letter in thing.lower()).split()
    return "-".join(words)
