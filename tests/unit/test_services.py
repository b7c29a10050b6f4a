"""Services in the plan: what they name, whose thresholds hold, and what every one must have."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.observe.queries.condition import Condition
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.observe.service_watches import FillingServers, service_watches
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.monitoring import AlertWhen
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import prove
from pulumi_upkeep.plan.proofs.coverage import NOTICE, coverage
from pulumi_upkeep.plan.services import (
    ASPECTS,
    RunsOn,
    Service,
    Watched,
    filling,
    watched_by_services,
)
from pulumi_upkeep.plan.words import say_duration

from tests.unit.plans import chapters, secrets

TODAY = date(2027, 3, 1)
SECRETS = secrets()
WEB: dict[str, Any] = {
    "means": "The shop",
    "owner": "shop",
    "datadog": "bynomi-web",
    "operation": "web.request",
    "runs_on": {"servers": ["web"], "databases": ["orders"]},
    "importance": "critical",
    "checks": ["homepage"],
    "runbook": "application-server-failure-web",
}
LEVELS = {"critical": {"availability": "99.9 %"}}


# The chapters that services refer to, and what these need; nothing else that refers to services.
BESIDE = (
    *("company", "environment", "timezone", "regions", "runbooks", "estate", "severities", "slack"),
    *("people", "teams", "on_call", "tickets", "monitoring", "uptime", "backups", "objectives"),
    *("bucket_replicas", "replicas", "writers", "standby", "recovery"),
)


def plan(services: dict[str, Any], **other: Any) -> Plan:
    """Production's plan with other services, and only with the chapters that they refer to."""
    written = {key: value for key, value in chapters().items() if key in BESIDE}
    return Plan.from_config(written | {"services": services} | other, SECRETS)


def web(**changed: Any) -> dict[str, Any]:
    """One service, with some keys changed; None takes a key away."""
    return {"web": {k: v for k, v in (WEB | changed).items() if v is not None}}


def faults(services: dict[str, Any], **other: Any) -> list[str]:
    with pytest.raises(PlanError) as error:
        plan(services, **other)
    return [str(fault) for fault in error.value.faults if fault.path.startswith("services")]


# ---- what other chapters must have ---------------------------------------------------------------


def test_every_name_that_is_not_there_is_told_at_once() -> None:
    wrong = web(
        owner="shopp",
        runs_on={"servers": ["wep"], "databases": ["carts"]},
        importance="critcal",
        checks=["homepage", "homepge"],
        runbook="application-server-failure-wep",
    )
    assert faults(wrong) == [
        "services.web.checks.1 = homepge: no such check in `uptime.checks`; did you mean "
        "`homepage`?",
        "services.web.importance = critcal: no such class in `objectives.functions`; did you mean "
        "`critical`?",
        "services.web.owner = shopp: no such team in `teams`; did you mean `shop`?",
        "services.web.runbook = application-server-failure-wep: no such runbook in `recovery`; did "
        "you mean `application-server-failure-web`?",
        "services.web.runs_on.databases.0 = carts: no such database in `estate.databases`; known: "
        "orders",
        "services.web.runs_on.servers.0 = wep: no such server group in `estate.servers`; did you "
        "mean `web`?",
    ]


def test_a_page_of_ones_own_is_no_fault() -> None:
    assert plan(web(runbook="web-is-down")).services["web"].runbook == "web-is-down"


@pytest.mark.parametrize(
    ("services", "says"),
    [
        (
            {**web(), "shop": WEB},
            "services.web.datadog = bynomi-web: `services.shop` is the same operation of the same "
            "service: two watchers of one condition; leave one of them out",
        ),
        (
            web(runs_on=None, saturation={"severity": "p2"}),
            "services.web.saturation: it runs on nothing of the estate that could be full; name it "
            "in `runs_on`, or leave it out",
        ),
        (
            web(exempt=[{"from": "owner", "because": "x", "until": "2027-01-01"}] * 2),
            "services.web: is exempt from `owner` twice; leave one of them out",
        ),
        (
            web(exempt=[{"from": "owner", "because": "x", "until": "1 March"}]),
            "services.web.exempt.0.until = 1 March: not a date; write year, month and day in "
            'quotes, such as `"2026-11-01"`',
        ),
        (
            web(latency={"recovers_at": "100 %"}),
            "services.web.latency.recovers_at = 100 %: lies on the healthy side of the threshold, "
            "so below the whole of it [Datadog]; such as `90 %`",
        ),
    ],
)
def test_what_cannot_stand(services: dict[str, Any], says: str) -> None:
    assert says in faults(services)


def test_half_a_threshold_is_refused_where_the_company_states_none() -> None:
    alone = {"alert_when": {"cpu": {"above": "80 %", "severity": "p2"}}}
    services = web(latency={"above": "1 second"}, errors={"of_at_least": 10})
    assert faults(services, monitoring=alone) == [
        "services.web.errors.above: nobody says from when: neither the service nor "
        "`monitoring.alert_when`; such as `1 %`",
        "services.web.latency.severity: nobody says who hears of it; such as `p1`",
    ]


# ---- whose threshold it is -----------------------------------------------------------------------

COMPANY = AlertWhen.model_validate(
    {
        "response_time": {"above": "1000 ms", "percentile": 99, "severity": "p1"},
        "error_rate": {"above": "1 %", "of_at_least": 50, "severity": "p1", "lasting": "1 hour"},
    }
)


def test_the_company_s_thresholds_hold_unless_a_service_states_its_own() -> None:
    theirs = Service.model_validate(WEB)
    slow, failing = theirs.slow(COMPANY), theirs.failing(COMPANY)
    assert slow is not None
    assert failing is not None
    assert (slow.above, slow.percentile, slow.severity) == (timedelta(seconds=1), 99, "p1")
    assert (failing.above, failing.severity, failing.lasting) == (1, "p1", timedelta(hours=1))
    assert theirs.enough(COMPANY) == (50, timedelta(hours=1))

    own = {"above": "200 ms", "severity": "p2"}
    stated = Service.model_validate(WEB | {"latency": own, "errors": {"of_at_least": 10}})
    slow = stated.slow(COMPANY)
    assert slow is not None
    assert (slow.above, slow.percentile, slow.severity) == (timedelta(milliseconds=200), 99, "p2")
    assert stated.enough(COMPANY) == (10, timedelta(hours=1))

    assert theirs.slow(AlertWhen()) is None
    assert theirs.failing(AlertWhen()) is None


def test_a_load_balancer_is_left_to_the_services_that_run_behind_it() -> None:
    assert watched_by_services(plan(web()), "web") == ["response_time", "error_rate"]
    assert watched_by_services(plan(web(runs_on={"databases": ["orders"]})), "web") == []
    assert watched_by_services(plan({}), "web") == []
    one = {"alert_when": {"error_rate": {"above": "1 %", "severity": "p1"}}}
    assert watched_by_services(plan(web(), monitoring=one), "web") == ["error_rate"]


def test_what_two_services_share_fills_up_once() -> None:
    calm = WEB | {"datadog": "a", "saturation": {"severity": "p3"}}
    grave = WEB | {"datadog": "b", "saturation": {"severity": "p2"}}
    silent = WEB | {"datadog": "c"}
    none, all_ = RunsOn(), RunsOn(servers=("web",), databases=("orders",))
    assert filling(plan({"a": calm, "b": grave, "c": silent})) == {"a": none, "b": all_, "c": none}
    # Among equals the first by name, in whichever order they stand.
    equal = plan({"b": calm | {"datadog": "b"}, "a": calm})
    assert filling(equal) == {"a": all_, "b": none}


parts = st.integers(1, 99).map(lambda share: f"{share} %")


@pytest.mark.slow
@given(
    above=st.integers(1, 600_000),
    percentile=st.sampled_from((50, 90, 95, 99, 99.9)),
    share=st.decimals("0.01", "100", places=2),
    lasting=st.integers(1, 24 * 60),
    warns_at=parts,
    recovers_at=parts,
)
def test_every_threshold_that_can_be_said_has_its_values_on_the_healthy_side(
    above: int, percentile: float, share: Any, lasting: int, warns_at: str, recovers_at: str
) -> None:
    both = {
        "severity": "p1",
        "lasting": f"{lasting} minutes",
        "warns_at": warns_at,
        "recovers_at": recovers_at,
    }
    service = Watched.model_validate(
        {
            "datadog": "web",
            "operation": "web.request",
            "latency": both | {"above": f"{above} ms", "percentile": percentile},
            "errors": both | {"above": f"{share} %"},
        }
    )
    watches = service_watches("web", service, AlertWhen(), "prod", "UTC", {}, {})
    for watch, critical in zip(watches.parts, (above / 1000, float(share)), strict=False):
        limits = watch.compiled.thresholds
        assert limits is not None
        found = read(watch.compiled.query)
        comparison, value = found.compares
        assert (comparison, value) == (">", float(f"{critical:.9f}"))
        assert found.window == timedelta(minutes=lasting)
        # Refuses every value that lies on the wrong side.
        Condition(
            ">",
            *(
                float(str(value))
                for value in (
                    limits.critical,
                    limits.warning,
                    limits.critical_recovery,
                    limits.warning_recovery,
                )
            ),
        )


@given(minutes=st.integers(0, 3 * 24 * 60), hours=st.integers(0, 120 * 24))
def test_an_illegal_window_cannot_be_said(minutes: int, hours: int) -> None:
    written = {
        "datadog": "web",
        "operation": "web.request",
        "traffic": {"severity": "p1", "lasting": f"{minutes} minutes"},
        "saturation": {"severity": "p2", "full_within": f"{hours} hours"},
    }
    possible = 15 <= minutes <= 24 * 60 and 12 <= hours <= 90 * 24
    try:
        service = Watched.model_validate(written)
    except ValueError:
        assert not possible
        return
    assert possible
    watches = service_watches(
        "web", service, AlertWhen(), "prod", "UTC", {}, {"web": FillingServers(group="web")}
    )
    assert len(watches.told) == 2


# ---- coverage ------------------------------------------------------------------------------------


def states(services: dict[str, Any], today: date = TODAY, **other: Any) -> dict[str, str]:
    """Aspect -> state of the only service."""
    (row,) = coverage(plan(services, **other), today)
    return {cell.aspect: cell.state for cell in row.cells}


def findings(services: dict[str, Any], today: date = TODAY, **other: Any) -> list[str]:
    found = prove(plan(services, **other), today=today).findings
    return [str(each) for each in found if each.at.startswith("services")]


def test_a_service_that_has_everything() -> None:
    assert states(web(), service_levels=LEVELS) == dict.fromkeys(ASPECTS, "covered")
    assert findings(web(), service_levels=LEVELS) == []


NOT = "or an entry of `exempt` with the reason and its last day [not-covered]"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("aspect", "changed", "other", "says"),
    [
        (
            "uptime",
            {"checks": None},
            {},
            "no check asks it from outside; `checks: [<of uptime.checks>]`",
        ),
        (
            "latency",
            {},
            {"response_time": None},
            "nobody hears when it is slow; `monitoring.alert_when.response_time`, or its own "
            "`latency: {above, severity}`",
        ),
        (
            "errors",
            {},
            {"error_rate": None},
            "nobody hears when its requests fail; `monitoring.alert_when.error_rate`, or its own "
            "`errors: {above, severity}`",
        ),
        (
            "saturation",
            {"runs_on": None},
            {},
            "nobody hears when what it runs on has no room left; name what it runs on in `runs_on`",
        ),
        (
            "saturation",
            {},
            {"memory": None, "database_connections": None},
            "nobody hears when web and orders has no room left: no threshold on "
            "database_connections, memory; `monitoring.alert_when.database_connections` and "
            "`monitoring.alert_when.memory`",
        ),
        (
            "objective",
            {"importance": None},
            {},
            "it has no service level; `importance: <of objectives.functions>`",
        ),
        (
            "objective",
            {"importance": "important"},
            {},
            "`service_levels` promises nothing for its importance, important; "
            "`service_levels.important`",
        ),
        (
            "runbook",
            {"runbook": None},
            {},
            "nothing says what is done when it fails; `runbook: <a page below runbooks>`",
        ),
        ("owner", {"owner": None}, {}, "it belongs to nobody; `owner: <of teams>`"),
    ],
)
def test_what_is_missing_is_refused_by_name(
    aspect: str, changed: dict[str, Any], other: dict[str, Any], says: str
) -> None:
    alert_when = chapters()["monitoring"]["alert_when"] | other
    monitoring = {"alert_when": {k: v for k, v in alert_when.items() if v is not None}}
    services = web(**changed)
    whole: dict[str, Any] = {"monitoring": monitoring, "service_levels": LEVELS}

    assert states(services, **whole) == dict.fromkeys(ASPECTS, "covered") | {aspect: "missing"}
    (found,) = findings(services, **whole)
    assert found == f"services.web: web is not covered for {aspect}: {says}, {NOT}"

    # ... unless it is exempt, up to its last day.
    exempt = [{"from": aspect, "because": "It is new", "until": "2027-03-01"}]
    services = web(**changed, exempt=exempt)
    assert states(services, **whole)[aspect] == "exempt"
    assert not [each for each in findings(services, **whole) if "[not-covered]" in each]
    later = TODAY + timedelta(days=1)
    assert states(services, later, **whole)[aspect] == "missing"
    (found,) = findings(services, later, **whole)
    assert f", and its exemption ended on 2027-03-01; {says.split('; ')[-1]}" in found


def test_an_exemption_says_so_before_it_ends() -> None:
    exempt = [{"from": "owner", "because": "It is new", "until": "2027-03-01"}]
    services = web(owner=None, exempt=exempt)
    long_before, last = TODAY - NOTICE, TODAY
    assert findings(services, long_before, service_levels=LEVELS) == []
    for day in (TODAY - NOTICE + timedelta(days=1), last):
        assert findings(services, day, service_levels=LEVELS) == [
            "services.web.exempt.0: 2027-03-01 is the last day on which web is exempt from "
            "`owner`; then it is refused; see to it, or give it a later day [exemption-ends-soon]"
        ]


def test_an_exemption_from_what_is_there_is_told() -> None:
    services = web(exempt=[{"from": "owner", "because": "It was new", "until": "2027-03-01"}])
    unused = "services.web.exempt.0: web is exempt from `owner`, which it has"
    end = "leave the entry out [exemption-unused]"
    assert findings(services, service_levels=LEVELS) == [f"{unused}; {end}"]
    later = TODAY + timedelta(days=1)
    assert findings(services, later, service_levels=LEVELS) == [
        f"{unused}, and that ended on 2027-03-01; {end}"
    ]


def test_the_shipped_plans_are_covered_for_years() -> None:
    from pulumi_upkeep.plan.read import load_plan

    root = Path(__file__).parents[2]
    for file in ("Pulumi.prod.yaml", "Pulumi.staging.yaml", "examples/prize-draw/Pulumi.prod.yaml"):
        shipped = load_plan(root / file)
        rows = coverage(shipped, date.today())
        assert rows, file
        missing = [(row.service, cell) for row in rows for cell in row.cells if not cell.by]
        assert missing == [], file
        ends = [cell.until for row in rows for cell in row.cells if cell.until]
        assert all(end > date(2030, 1, 1) for end in ends), "a clone of later years must deploy"


def test_a_length_in_coverage_is_said_as_the_plan_says_it() -> None:
    (row,) = coverage(plan(web(latency={"above": "1500 ms"})), TODAY)
    assert row["latency"].by == f"above {say_duration(timedelta(milliseconds=1500))}, p1"
