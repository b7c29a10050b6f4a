"""What a dashboard shows of business and errors: the monitors' own queries and names."""

from pulumi_upkeep.observe.business_panels import business_panels
from pulumi_upkeep.observe.dashboard.panel import Panel, Query
from pulumi_upkeep.observe.error_panels import error_panels
from pulumi_upkeep.observe.queries.counts import Fallen
from pulumi_upkeep.plan.business import Business
from pydantic import TypeAdapter

RUNBOOKS = "https://internal.bynomi.com/docs/runbooks/"
FALLS = {"below": "50 %", "by_at_least": 20, "severity": "p1"}
METRICS = TypeAdapter(Business).validate_python(
    {
        "orders": {"metric": "bynomi.orders", "falls": FALLS},
        "draw-entries": {"metric": "draws.n", "stops": {"lasting": "2 hours", "severity": "p1"}},
        "visits": {"metric": "bynomi.visits"},
    }
)


def test_each_metric_stands_beside_its_last_week() -> None:
    panels = list(business_panels(METRICS, "prod", RUNBOOKS))
    assert [(panel.title, panel.runbook) for panel in panels] == [
        (
            "Draw entries, told after 2 hours without any",
            "https://internal.bynomi.com/docs/runbooks/business-stops",
        ),
        (
            "Orders, told below 50 % of last week's",
            "https://internal.bynomi.com/docs/runbooks/business-falls",
        ),
        ("Visits", ""),
    ]
    assert panels[1] == Panel(
        title=panels[1].title,
        kind="timeseries",
        group="customers",
        queries=(
            Query("sum:bynomi.orders{env:prod}.as_count()", name="now"),
            Query("week_before(sum:bynomi.orders{env:prod}.as_count())", name="a week before"),
        ),
        unit="orders",
        runbook=panels[1].runbook,
    )


def test_a_panel_shows_what_the_monitor_compares() -> None:
    orders = METRICS["orders"]
    assert orders.falls is not None
    falls = orders.falls
    query = Fallen(orders.metric, "prod", falls.below / 100, 20, falls.over).compile().query
    (panel,) = [
        each for each in business_panels(METRICS, "prod", RUNBOOKS) if "Orders" in each.title
    ]
    for shown in panel.queries:
        assert f"default_zero({shown.text})" in query


def test_errors_of_browsers_and_of_services() -> None:
    page = "https://internal.bynomi.com/docs/runbooks/frequent-error"
    assert list(error_panels("prod", ["bynomi-site"], ["bynomi-web", "api"], RUNBOOKS)) == [
        Panel(
            title="Errors in visitors' browsers",
            kind="errors",
            group="where",
            queries=(Query("env:prod service:bynomi-site"),),
            runbook=page,
        ),
        Panel(
            title="Errors of services",
            kind="errors",
            group="where",
            queries=(Query("env:prod service:(api OR bynomi-web)"),),
            runbook=page,
        ),
    ]
    assert [each.title for each in error_panels("prod", [], ["api"], RUNBOOKS)] == [
        "Errors of services"
    ]
