"""The status page: what customers are told, by the names they use, of what the checks see."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from .faults import Fault, NotInWords
from .spelling import Spelling, dashed
from .teams import unknown
from .words import Words

if TYPE_CHECKING:
    from .plan import Plan

# Datadog: globally unique; lower case letters, digits and hyphens.
Prefix = Annotated[
    str,
    Spelling(
        r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        "what stands before `.statuspage.datadoghq.com`: lower-case letters, digits and hyphens, "
        "63 at most [Datadog]",
        "bynomi",
        lambda written: dashed(written.partition(".")[0]),
    ),
]

# Of Secrets Manager.
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]{1,512}$")]


class Shown(Words):
    """One thing that customers know.

    name        as they call it
    judged_by   the tests of ``uptime`` that see it: a check's name, ``journey-<name>``,
                ``browser-<name>`` or ``dns-<name>``
    """

    name: str
    judged_by: Annotated[tuple[str, ...], Field(min_length=1)]


class StatusPage(Words):
    """A page for customers.

    name            its heading
    address         before ``.statuspage.datadoghq.com``; nobody else's
    shows           what customers know, in the order of the page
    audience        ``public``, or ``internal`` for people of the organisation; default public
    subscriptions   whether customers may have themselves told by mail; default true
    credentials     the secret of Secrets Manager, in the recovery region, with Datadog's keys
                    (``{"api_key": ..., "app_key": ...}``) by which a function keeps the page as the
                    tests see it; default: people keep it
    """

    name: str
    address: Prefix
    shows: tuple[Shown, ...]
    audience: Literal["public", "internal"] = "public"
    subscriptions: bool = True
    credentials: SecretName | None = None

    @model_validator(mode="after")
    def _judges_once(self) -> "StatusPage":
        if not self.shows:
            raise NotInWords("shows nothing", "name what customers know")
        names = [thing.name for thing in self.shows]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise NotInWords(f"shows `{twice[0]}` twice", "give each a name of its own")
        first: dict[str, str] = {}
        for thing in self.shows:
            for test in thing.judged_by:
                if test in first:
                    raise NotInWords(
                        f"`{test}` stands under `{first[test]}` and `{thing.name}`",
                        "let each test speak for one thing",
                    )
                first[test] = thing.name
        return self


def status_page_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Things that are judged by a test that there is not."""
    page = plan.status_page
    if page is None or "uptime" in broken:
        return
    known = plan.uptime.test_names() if plan.uptime else []
    for place, thing in enumerate(page.shows):
        for index, test in enumerate(thing.judged_by):
            if test not in known:
                path = f"status_page.shows.{place}.judged_by.{index}"
                yield unknown(path, test, "test", "uptime", known)
