"""DependencyReview: people look through what an application stands on, reminded by the clock."""

from typing import NotRequired, TypedDict

import pulumi

from ..component import UpkeepComponent
from ..observe.alarm import AlertTopics, Topics
from ..observe.runbook import runbook_page
from ..plan.releases import Owner
from ..plan.updates import DependencyReview as Planned
from ..plan.words import TimeZone, Url
from ..reminder import Agenda, Reminded, declare_reminder

PAGE = "dependency-review"


class DependencyReviewArgs(TypedDict):
    """Arguments of DependencyReview."""

    owner: str
    """The team that answers for it."""
    every: str
    """``week``, ``month`` or ``quarter``."""
    at: str
    """Clock time."""
    timezone: str
    """The clocks that it is read on."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each alert has its page."""
    on: NotRequired[str]
    """The day, as ``every`` asks for it: ``Monday``, ``first Monday``."""
    severity: NotRequired[str]
    """By whose topic the reminder goes. Default ``p3``."""


class DependencyReview(UpkeepComponent):
    """The review of an application's dependencies, which comes back.

    Its owner is reminded over a severity's topic, and an item (OpsCenter) is opened, which stays
    open until somebody resolves it; while it is open no second one is made.
    """

    title: str
    """The title of the reminder and of its items."""

    def __init__(
        self, name: str, args: DependencyReviewArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.title = f"{pulumi.get_project()}-{pulumi.get_stack()}: review of dependencies"
        declare_reminder(
            self,
            "review",
            Reminded(
                what="review of dependencies",
                owner=settings.owner,
                severity=settings.severity,
                says=settings.says(),
                cron=settings.cron(),
                timezone=settings.timezone,
            ),
            Agenda(self.title, {}, runbook_page(settings.runbooks, PAGE)),
            args["topics"][settings.severity],
        )
        self.register_outputs({"title": self.title})


class _Settings(Planned):
    owner: Owner
    timezone: TimeZone
    topics: Topics
    runbooks: Url
