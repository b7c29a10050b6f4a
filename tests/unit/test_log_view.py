"""How logs are called and looked at: names, addresses, panels with the monitors' own figures."""

from urllib.parse import parse_qs, urlsplit

import pytest
from pulumi_upkeep.observe.log_view import ERRORS, LogNames, explorer, log_panels
from pulumi_upkeep.observe.log_watches import fallen_silent, nearly_used, repeated, used_up
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.plan.logs import Logs

RUNBOOKS = "https://runbooks.example.com"
PROD, STAGING = LogNames("bynomi", "prod"), LogNames("bynomi", "staging")
LOGS = Logs.model_validate(
    {
        "daily_quota": {"at_most": 1000, "warn_at": "75 %"},
        "silence": {"after": "90 minutes"},
        "patterns": {
            "declined": {
                "means": "payments are declined",
                "query": "declined",
                "alert": {"above": 50, "warn_above": 20, "severity": "p1", "lasting": "2 hours"},
            },
            "all": {
                "means": "x",
                "query": "y",
                "alert": {"above": 0, "severity": "p2", "by_service": False},
            },
            "slow": {"means": "statements take long", "query": "slow", "runbook": "slow"},
        },
    }
)


@pytest.mark.parametrize(
    ("project", "index", "metric"),
    [
        ("bynomi", "bynomi-prod", "bynomi.prod.logs.pay_ment"),
        ("Prize_Draw", "prize-draw-prod", "prize_draw.prod.logs.pay_ment"),
        ("2shop", "logs-2shop-prod", "logs.2shop.prod.logs.pay_ment"),
        ("_x.y", "logs-x-y-prod", "logs.x_y.prod.logs.pay_ment"),
    ],
)
def test_names_are_such_as_datadog_takes(project: str, index: str, metric: str) -> None:
    names = LogNames(project, "prod")
    assert names.index == index
    assert Logs.model_validate({"daily_quota": {"at_most": 1}, "index": names.index}).index == index
    assert names.metric("pay-ment") == metric


def test_the_plans_index_is_taken_as_it_is() -> None:
    assert LogNames("bynomi", "prod", "bynomi-prod-2").index == "bynomi-prod-2"


def test_no_name_and_no_search_of_two_environments_is_alike() -> None:
    def all_names(names: LogNames) -> set[str]:
        return {
            names.index,
            names.filter,
            names.metric("a"),
            names.search("a"),
            names.search("a b"),
        }

    assert not all_names(PROD) & all_names(STAGING)


def test_a_search_stays_within_its_environment() -> None:
    # Without parentheses the second half would find the logs of every environment.
    assert PROD.search("a OR b") == "env:prod (a OR b)"
    assert PROD.search("a") == "env:prod a"


def test_an_address_holds_the_whole_search() -> None:
    address = urlsplit(explorer(PROD, ERRORS, days=7, patterns=True))
    assert (address.netloc, address.path) == ("app.datadoghq.com", "/logs")
    assert {key: value for key, (value,) in parse_qs(address.query).items()} == {
        "query": f"env:prod ({ERRORS})",
        "index": "bynomi-prod",
        "from_ts": "now-7d",
        "to_ts": "now",
        "live": "true",
        "viz": "pattern",
    }


def test_what_is_compiled_reads_back_to_the_plans_figures() -> None:
    found = {
        "quota": read(nearly_used(LOGS, PROD).query),
        "silence": read(fallen_silent(LOGS, PROD).query),
        "declined": read(repeated(LOGS, PROD, "declined").query),
        "all": read(repeated(LOGS, PROD, "all").query),
    }
    assert {
        name: (each.compares, each.reduced, each.window.total_seconds() / 60)
        for name, each in found.items()
    } == {
        "quota": ((">", 750), "sum", 1440),
        "silence": (("<", 1), "sum", 90),
        "declined": ((">", 50), "sum", 120),
        "all": ((">", 0), "sum", 15),
    }
    assert "by {service}" in found["declined"].metric
    assert "by {service}" not in found["all"].metric
    assert repeated(LOGS, PROD, "declined").thresholds.__dict__ == {
        "critical": "50",
        "warning": "20",
    }
    assert "datadog_index:bynomi-prod)" in used_up(PROD).query.replace('")', ")")


def test_what_the_plan_does_not_watch_is_not_compiled() -> None:
    few = Logs.model_validate({"daily_quota": {"at_most": 1}})
    with pytest.raises(ValueError, match="silence"):
        fallen_silent(few, PROD)
    with pytest.raises(ValueError, match="counted alone"):
        repeated(LOGS, PROD, "slow")


def test_panels_show_the_plans_figures() -> None:
    panels = {panel.title: panel for panel in log_panels(LOGS, PROD, RUNBOOKS)}
    assert list(panels) == [
        "Logs by level",
        "Logs by service",
        "Services with the most errors in logs",
        "Pattern all: x",
        "Pattern declined: payments are declined",
        "Pattern slow: statements take long",
        "Logs indexed within a day, against the quota",
        "Newest errors in logs",
        "Read on in the logs",
    ]
    declined = panels["Pattern declined: payments are declined"]
    assert [(marker.value, marker.level) for marker in declined.markers] == [
        (50, "critical"),
        (20, "warning"),
    ]
    assert declined.runbook == f"{RUNBOOKS}/log-pattern"
    assert panels["Pattern slow: statements take long"].markers == ()
    assert panels["Pattern slow: statements take long"].runbook == f"{RUNBOOKS}/slow"
    quota = panels["Logs indexed within a day, against the quota"]
    assert [marker.value for marker in quota.markers] == [1000, 750]
    for panel in panels.values():
        for query in panel.queries:
            assert "env:prod" in str(query.text) or "datadog_index:bynomi-prod" in str(query.text)
