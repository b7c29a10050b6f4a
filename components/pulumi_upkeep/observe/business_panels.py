"""What a dashboard shows of the business: how much there is, beside what there was last week."""

from collections.abc import Iterator

from ..plan.business import Business, called
from ..plan.words import say_duration
from .dashboard.panel import Panel, Query
from .queries.counts import counted, counted_a_week_before


def business_panels(business: Business, environment: str, runbooks: str) -> Iterator[Panel]:
    """One panel for each thing that is counted, sorted by name: it and last week's, as bars and a
    line of one colour would not tell more. Where falling away is watched, the title says from when.
    """
    for name in sorted(business):
        entry = business[name]
        what = called(name)
        title = what[:1].upper() + what[1:]
        if entry.falls:
            title += f", told below {entry.falls.below:g} % of last week's"
        elif entry.stops:
            title += f", told after {say_duration(entry.stops.lasting)} without any"
        watched = entry.falls or entry.stops
        page = "business-falls" if entry.falls else "business-stops"
        yield Panel(
            title=title,
            kind="timeseries",
            group="customers",
            queries=(
                Query(counted(entry.metric, environment), name="now"),
                Query(counted_a_week_before(entry.metric, environment), name="a week before"),
            ),
            unit=entry.counted_in(name),
            runbook=f"{runbooks.rstrip('/')}/{page}" if watched else "",
        )
