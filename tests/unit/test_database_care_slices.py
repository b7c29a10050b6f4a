"""Slices of care: the handlers as Lambda calls them, with the login that docs/care.md makes."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from sandbox.postgres import Cluster, House
from tests.unit import care_database as shop
from tests.unit.care_database import DAY, ORDERS, Folder

# Starts a server.
pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "care.md"
RULES: dict[str, Any] = {
    "indexes": {"bloat_above": 30, "at_least": 8192},
    "analysis": {"slower_than": 500},
    "cleanup": {
        "replicas_behind": 30,
        "rules": [{"table": "sessions", "column": "expires_at", "keep": 30 * DAY}],
    },
    "archive": {
        "replicas_behind": 30,
        "months": list(range(1, 13)),
        "rules": [
            {
                "table": "orders",
                "column": "placed_at",
                "keep": 900 * DAY,
                "with": {"order_lines": "order_id"},
            }
        ],
    },
}


class Cloud:
    """boto3, as far as the function calls it."""

    def __init__(self, s3: Folder) -> None:
        self.s3 = s3
        self.metrics: dict[tuple[str, str], float] = {}
        self.invoked: list[dict[str, Any]] = []
        self.password = "change-me"

    def client(self, service: str, **_: Any) -> Any:
        return self.s3 if service == "s3" else self

    def get_secret_value(self, SecretId: str) -> Any:
        secret = {"username": "upkeep_care", "password": self.password}
        return {"SecretString": json.dumps(secret)}

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        assert Namespace == "Upkeep/Operate"
        for each in MetricData:
            dimensions = {every["Name"]: every["Value"] for every in each["Dimensions"]}
            assert dimensions["Care"] == "bynomi-prod-orders-care"
            self.metrics[each["MetricName"], dimensions["Job"]] = each["Value"]

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> None:
        assert (FunctionName, InvocationType) == ("work", "Event")
        self.invoked.append(json.loads(Payload))


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with House() as house:
        cluster = house.empty("slices")
        cluster.start()
        shop.fill(cluster)
        cluster.sql("drop schema upkeep", database=shop.NAME)
        # What the page says, as a master user of RDS would; the sessions' table has its names.
        (page,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
        cluster.owner("master", "s3cret")
        cluster.sql("grant shop to master; grant pg_maintain to rds_superuser with admin option")
        cluster.sql(f"grant create on database {shop.NAME} to master")
        master = shop.connect(cluster, shop.NAME, "master", "s3cret")
        master.run(page)
        master.close()
        yield cluster


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(Folder(tmp_path))


@pytest.fixture
def main(server: Cluster, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    with shop.imported() as get:
        module = get("main")
        monkeypatch.setattr(module, "boto3", cloud)
        for name, value in {
            "CARE": json.dumps(
                {"jobs": RULES, "owner": "operations", "timezone": "America/New_York"}
            ),
            "CREDENTIALS": "care",
            "DATABASE": shop.NAME,
            "HOST": server.address,
            "PORT": str(server.port),
            "REPORTS": "reports",
            "ARCHIVE": "archive",
            "JOBS": "indexes,analysis,cleanup,archive",
            "NAME": "bynomi-prod-orders-care",
            "WORK": "work",
            # So that the connection needs no TLS, which this server has not.
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        }.items():
            monkeypatch.setenv(name, value)
        yield module


def read(cloud: Cloud, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cloud.s3.root / "reports" / key).read_text())
    return found


def within(hours: float = 1) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def test_the_login_of_the_page_is_enough_for_every_job(
    main: ModuleType, cloud: Cloud, server: Cluster
) -> None:
    for job in RULES:
        answer = main.work({"job": job, "until": within()}, None)
        assert answer["outcome"] == "done", answer
        last = read(cloud, f"last/{job}.json")
        report = read(cloud, f"reports/{job}/{last['run']}.json")
        assert "faults" not in report
        text = (cloud.s3.root / "reports" / f"reports/{job}/{last['run']}.txt").read_text()
        assert text.startswith(main_title(job))
        assert read(cloud, f"pending/{job}.json") == {}
        if job == "cleanup":
            assert report["vacuumed"].keys() == {"sessions"}
            assert f"deleted  sessions: {report['rows']} rows" in text
        if job == "archive":
            assert report["tables"] == {"orders": ORDERS - 900, "order_lines": 2 * (ORDERS - 900)}
        if job == "indexes":
            assert report["looked_at"] > 0
    answer = main.rounds({}, None)
    assert answer["invoked"] is None
    for job in RULES:
        assert cloud.metrics["CareAge", job] < 0.01
        assert cloud.metrics["CareFailed", job] == 0
    assert cloud.metrics["CareRows", "cleanup"] > 1000
    assert cloud.metrics["CareBytes", "archive"] > 100


def main_title(job: str) -> str:
    return {
        "indexes": "Index optimisation of shop: done",
        "analysis": "Query analysis of shop: done",
        "cleanup": "Storage clean-up of shop: done",
        "archive": "Archiving of shop: done",
    }[job]


def test_the_login_of_the_page_may_do_no_more(main: ModuleType, server: Cluster) -> None:
    connection = shop.connect(server, shop.NAME, "upkeep_care", "change-me")
    for statement in (
        "update orders set total = 0",
        "insert into orders (id, total) values (-1, 0)",
        "drop index orders_placed_at",
        "truncate sessions",
    ):
        with pytest.raises(Exception, match="42501"):
            connection.run(statement)
    # The way around the owner drops what is not valid, and nothing else.
    connection.run("select upkeep.drop_leftover('orders_placed_at'::regclass::oid)")
    assert connection.run("select to_regclass('orders_placed_at') is not null") == [[True]]
    connection.close()


def test_what_an_interrupted_rebuild_left_is_dropped_without_owning_it(
    main: ModuleType, cloud: Cloud, server: Cluster
) -> None:
    owner = shop.connect(server, shop.NAME)
    with pytest.raises(Exception, match="23505"):
        owner.run("create unique index concurrently kind_ccnew on sessions (kind)")
    answer = main.work({"job": "indexes", "until": within()}, None)
    report = read(cloud, f"reports/indexes/{answer['run']}.json")
    assert [each["index"] for each in report["leftovers"]] == ["public.kind_ccnew"]
    assert "kept" not in report["leftovers"][0]
    assert owner.run("select to_regclass('kind_ccnew')") == [[None]]
    owner.close()


def test_one_at_a_time_and_the_others_are_taken_up(
    main: ModuleType, cloud: Cloud, server: Cluster
) -> None:
    other = shop.connect(server, shop.NAME)
    other.run("select pg_advisory_lock({}, {})".format(*main_lock()))
    until = within()
    for job in ("analysis", "cleanup"):
        assert main.work({"job": job, "until": until}, None)["outcome"] == "waits"
    assert main.rounds({}, None)["invoked"] in ("analysis", "cleanup")
    assert cloud.invoked[-1].keys() == {"job", "run", "until"}
    other.close()
    # Whoever was taken up and is done is pending no more; then the other one has its turn.
    for _ in range(2):
        cloud.invoked.clear()
        main.rounds({}, None)
        assert main.work(cloud.invoked[0], None)["outcome"] == "done"
    assert main.rounds({}, None)["invoked"] is None


def main_lock() -> tuple[int, int]:
    with shop.imported() as get:
        lock: tuple[int, int] = get("connection")._LOCK
        return lock


def test_a_slice_ends_before_its_function_does_and_goes_on(
    main: ModuleType, cloud: Cloud, server: Cluster
) -> None:
    owner = shop.connect(server, shop.NAME)
    owner.run(
        "insert into sessions select n, 'web', now() - interval '60 days' "
        "from generate_series(100000, 103000) n"
    )
    # Thirty seconds are kept back of the function's time, and twenty of a clean-up's.
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 49_000)
    event = {"job": "cleanup", "until": within()}
    first = main.work(event, context)
    assert first["outcome"] == "goes on"
    assert main.rounds({}, None)["invoked"] == "cleanup"
    again = main.work(cloud.invoked[-1], None)
    assert (again["outcome"], again["run"], again["rows"]) == ("done", first["run"], 3001)
    # The window is over: what is left is not done, and ages.
    owner.run("insert into sessions values (200000, 'web', now() - interval '60 days')")
    late = main.work({"job": "cleanup", "until": within(1 / 3600)}, context)
    assert late["outcome"] == "unfinished"
    assert main.rounds({}, None)["invoked"] is None
    assert main.work({"job": "cleanup", "until": within()}, None)["rows"] == 1
    owner.close()


def test_a_failure_is_told_and_nothing_of_the_secret(
    main: ModuleType, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.password = "not-the-password"
    answer = main.work({"job": "analysis", "until": within()}, None)
    assert answer["outcome"] == "failed"
    assert "28P01" in answer["faults"][0]
    main.rounds({}, None)
    assert cloud.metrics["CareFailed", "analysis"] == 1
    said = capsys.readouterr().out + json.dumps(read(cloud, "last/analysis.json"))
    assert "not-the-password" not in said + json.dumps(answer)


def test_it_rests_without_a_look_at_anything(
    main: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTS", "true")
    monkeypatch.delenv("HOST", raising=False)
    task = {"job": "indexes", "closes": "04:00"}
    assert main.work(task, None) == {"job": "indexes", "outcome": "rests"}


def test_only_in_its_months_and_until_the_cutoff(
    main: ModuleType, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = datetime.now(UTC).month
    others = [each for each in range(1, 13) if abs(each - month) % 11 > 1]
    rules = {**RULES, "archive": {**RULES["archive"], "months": others}}
    monkeypatch.setenv(
        "CARE", json.dumps({"jobs": rules, "owner": "x", "timezone": "America/New_York"})
    )
    task = {"job": "archive", "closes": "04:00"}
    assert main.work(task, None) == {"job": "archive", "outcome": "not this month"}
    assert cloud.s3.keys("reports") == []
    # Whatever was begun in its month goes on beyond the month's end.
    assert main.work({**task, "until": within()}, None)["outcome"] == "done"


@pytest.mark.parametrize(
    ("now", "closes", "expected"),
    [
        ("2027-01-06 08:00+00", "04:00", "2027-01-06T08:55:00+00:00"),
        ("2027-01-06 04:30+00", "00:30", "2027-01-06T05:25:00+00:00"),
        # The clocks go back: 01:00 comes twice, and the window is an hour longer.
        ("2026-11-01 05:00+00", "04:00", "2026-11-01T08:55:00+00:00"),
        ("2027-03-14 06:00+00", "04:00", "2027-03-14T07:55:00+00:00"),
    ],
)
def test_when_the_cutoff_is_by_the_plans_clocks(
    main: ModuleType, server: Cluster, now: str, closes: str, expected: str
) -> None:
    class At:
        def execute(self, statement: str) -> list[Any]:
            connection = shop.connect(server, shop.NAME)
            try:
                moved = statement.replace("now()", f"timestamptz '{now}'")
                rows: list[Any] = connection.run(moved)
                return rows
            finally:
                connection.close()

    until, _ = main._window(At(), {"closes": closes}, "America/New_York")
    assert until.isoformat() == expected
