"""What a dashboard shows of errors: the issues of each environment, front end and back end."""

from collections.abc import Collection, Iterator

from ..plan.errors import Share
from .dashboard.panel import Panel, Query
from .queries.error_tracking import errors_of

_ALL = Share((), ())


def error_panels(
    environment: str, front_end: Collection[str], back_end: Collection[str], runbooks: str
) -> Iterator[Panel]:
    """A list of issues for the sites and one for the services, by Datadog's names of them."""
    for title, names in (
        ("Errors in visitors' browsers", front_end),
        ("Errors of services", back_end),
    ):
        if names:
            yield Panel(
                title=title,
                kind="errors",
                group="where",
                queries=(Query(errors_of(environment, dict.fromkeys(names, _ALL))),),
                runbook=f"{runbooks.rstrip('/')}/frequent-error",
            )
