"""The account of the clauses against a running cloud: changed there, a clause falls."""

# mypy: disable-error-code="no-untyped-call"
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from datadog_api_client.v1.api.logs_indexes_api import LogsIndexesApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.model.logs_index_update_request import LogsIndexUpdateRequest
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest

from sandbox.clients import Cloud
from tests.engine.deployed import Deployed
from tools.upkeep import coverage
from tools.upkeep.account.clauses import clauses
from tools.upkeep.account.companies import COMPANIES, seen
from tools.upkeep.account.judge import Judged, judge_one
from tools.upkeep.account.look import Places
from tools.upkeep.account.running.clients import sandbox_client
from tools.upkeep.account.seen import KINDS

# Later chapters of the plans bring these; here as elsewhere they are missing until then.
BYNOMI = next(each for each in COMPANIES if each.plan == "bynomi")
CLAUSES = {each.id: each for each in clauses()}


@pytest.fixture(scope="module")
def cloud(deployed: Deployed) -> Cloud:
    return Cloud(deployed.addresses.aws_endpoint_url)


@pytest.fixture(scope="module")
def datadog(deployed: Deployed) -> Any:
    return sandbox_client(deployed.addresses.dd_api_url)


@pytest.fixture(scope="module", autouse=True)
def handbook() -> None:
    """Documents are judged by their pages, written of today's plan."""
    coverage.seen_declared(BYNOMI)


def look(cloud: Cloud, datadog: Any, id_: str) -> Judged:
    """A clause, by what runs now."""
    return judge_one(CLAUSES[id_], seen(BYNOMI, partial(coverage._running, cloud, datadog)))


def test_what_runs_is_what_is_declared(cloud: Cloud, datadog: Any) -> None:
    """Both readers tell the same of everything that their predicates judge by."""
    running = seen(BYNOMI, partial(coverage._running, cloud, datadog))
    by_file = coverage.seen_declared(BYNOMI)
    for clause in CLAUSES.values():
        if clause.plan != "bynomi":
            continue
        by_run, by_declaration = judge_one(clause, running), judge_one(clause, by_file)
        assert by_run.missing == by_declaration.missing, clause.id
    assert {kind for kind in KINDS if not running.prod.of(kind) and by_file.prod.of(kind)} == set()


def test_everything_that_keeps_a_clause_can_be_looked_at(cloud: Cloud, datadog: Any) -> None:
    running = seen(BYNOMI, partial(coverage._running, cloud, datadog))
    places = Places(running)
    for clause in CLAUSES.values():
        if clause.plan == "bynomi":
            for says, look in judge_one(clause, running, places).pieces:
                assert look, says


def as_given(client: Any, operation: str, was: Mapping[str, Any]) -> dict[str, Any]:
    """What puts a thing back as it was: others look at the same cloud afterwards."""
    takes = client.meta.service_model.operation_model(operation).input_shape.members
    return {key: was[key] for key in takes if was.get(key)}


@contextlib.contextmanager
def retention(datadog: Any, days: int) -> Iterator[None]:
    api = LogsIndexesApi(datadog)
    was = api.get_logs_index("bynomi-prod").to_dict()

    given = {key: was[key] for key in LogsIndexUpdateRequest.attribute_map if key in was}

    def keep(number: int) -> None:
        body = LogsIndexUpdateRequest(**given | {"num_retention_days": number})
        api.update_logs_index("bynomi-prod", body)

    keep(days)
    yield
    keep(was["num_retention_days"])


@contextlib.contextmanager
def threshold(cloud: Cloud, name: str, limit: float) -> Iterator[None]:
    client = cloud("cloudwatch")
    (alarm,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    given = as_given(client, "PutMetricAlarm", alarm)
    client.put_metric_alarm(**given | {"Threshold": limit})
    yield
    client.put_metric_alarm(**given)


@contextlib.contextmanager
def query(datadog: Any, name: str, old: str, new: str) -> Iterator[None]:
    api = MonitorsApi(datadog)
    (monitor,) = [each for each in api.list_monitors() if each.name == name]
    changed = api.get_monitor(monitor.id).options
    changed.thresholds.critical = float(new.split()[-1])
    other = monitor.query.replace(old, new)
    api.update_monitor(monitor.id, MonitorUpdateRequest(query=other, options=changed))
    yield
    as_it_was = MonitorUpdateRequest(query=monitor.query, options=monitor.options)
    api.update_monitor(monitor.id, as_it_was)


@contextlib.contextmanager
def backup(cloud: Cloud, rule: str, **becomes: Any) -> Iterator[None]:
    client = cloud("backup")
    (id_,) = [
        each["BackupPlanId"]
        for each in client.list_backup_plans()["BackupPlansList"]
        if each["BackupPlanName"] == "bynomi-prod-database-use1"
    ]
    plan = client.get_backup_plan(BackupPlanId=id_)["BackupPlan"]
    clean = [{k: v for k, v in each.items() if k != "RuleId"} for each in plan["Rules"]]
    changed = [each | becomes if each["RuleName"] == rule else each for each in clean]
    name = {"BackupPlanName": plan["BackupPlanName"]}
    client.update_backup_plan(BackupPlanId=id_, BackupPlan={**name, "Rules": changed})
    yield
    client.update_backup_plan(BackupPlanId=id_, BackupPlan={**name, "Rules": clean})


@contextlib.contextmanager
def unscheduled(cloud: Cloud, name: str) -> Iterator[None]:
    client = cloud("scheduler")
    given = as_given(client, "UpdateSchedule", client.get_schedule(Name=name))
    client.update_schedule(**given | {"State": "DISABLED"})
    yield
    client.update_schedule(**given)


@contextlib.contextmanager
def announced(cloud: Cloud, name: str, window: str, ahead: float) -> Iterator[None]:
    client = cloud("scheduler")
    given = as_given(client, "UpdateSchedule", client.get_schedule(Name=name))
    told = json.loads(given["Target"]["Input"])
    told["windows"][window]["notice"]["ahead"] = ahead
    client.update_schedule(**given | {"Target": given["Target"] | {"Input": json.dumps(told)}})
    yield
    client.update_schedule(**given)


@contextlib.contextmanager
def told_to(cloud: Cloud, topic: str, address: str) -> Iterator[None]:
    client = cloud("sns")
    (arn,) = {
        each["TopicArn"]
        for each in client.get_paginator("list_topics").paginate().search("Topics")
        if each["TopicArn"].endswith(f":{topic}")
    }
    made = client.subscribe(
        TopicArn=arn, Protocol="email", Endpoint=address, ReturnSubscriptionArn=True
    )
    yield
    client.unsubscribe(SubscriptionArn=made["SubscriptionArn"])


Change = Callable[[Cloud, Any], contextlib.AbstractContextManager[None]]

CHANGES: list[tuple[str, Change]] = [
    ("BY-2.3", lambda aws, _: threshold(aws, "bynomi-prod-resources-server-web-cpu", 85)),
    ("BY-2.3", lambda _, dd: query(dd, "bynomi-prod-services-web-latency-part", "> 1", "> 2")),
    ("BY-2.9", lambda _, dd: retention(dd, 15)),
    ("BY-2.11", lambda aws, _: unscheduled(aws, "bynomi-prod-logs-review-item")),
    ("BY-3.2", lambda aws, _: announced(aws, "bynomi-prod-notices-keep", "weekly", 12 * 3600)),
    ("BY-3.5", lambda aws, _: backup(aws, "daily", ScheduleExpression="cron(0 3 * * ? *)")),
    ("BY-3.7", lambda aws, _: backup(aws, "six-hourly", Lifecycle={"DeleteAfterDays": 29})),
    ("BY-6.2", lambda aws, _: backup(aws, "point-in-time", EnableContinuousBackup=False)),
    ("BY-7.3", lambda aws, _: told_to(aws, "bynomi-prod-alerts-p1", "stranger@bynomi.com")),
]


@pytest.mark.parametrize(("id_", "change"), CHANGES)
def test_a_figure_that_is_changed_in_the_cloud_makes_its_clause_fall(
    cloud: Cloud, datadog: Any, id_: str, change: Change
) -> None:
    assert look(cloud, datadog, id_).missing == ()
    with change(cloud, datadog):
        assert look(cloud, datadog, id_).missing != ()
    assert look(cloud, datadog, id_).missing == ()
