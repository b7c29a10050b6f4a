"""Care of a database, against a real PostgreSQL with data: what it does, and what it survives."""

import gzip
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.postgres import Cluster, House
from tests.unit import care_database as shop
from tests.unit.care_database import DAY, ORDERS, Folder

# Starts a server.
pytestmark = pytest.mark.slow

OLD = 400  # days
# Order n was placed ORDERS - n days ago.
OLD_ORDERS = ORDERS - OLD - 1
CLEANUP: dict[str, Any] = {
    "replicas_behind": 30,
    "rules": [{"table": "sessions", "column": "expires_at", "keep": 30 * DAY}],
}
ARCHIVE: dict[str, Any] = {
    "replicas_behind": 30,
    "rules": [
        {
            "table": "orders",
            "column": "placed_at",
            "keep": OLD * DAY + DAY / 2,
            "with": {"order_lines": "order_id"},
        }
    ],
}
_NUMBERS = itertools.count(1)
Run = Callable[..., tuple[bool, dict[str, Any]]]


@pytest.fixture(scope="module")
def modules() -> Iterator[Callable[[str], ModuleType]]:
    with shop.imported() as get:
        yield get


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as made:
        yield made


@dataclass(frozen=True)
class Shop:
    """A database of a test's own, on the server of all."""

    cluster: Cluster
    name: str

    def connect(self, user: str = shop.USER, password: str = shop.PASSWORD) -> Any:
        return shop.connect(self.cluster, self.name, user, password)


@pytest.fixture(scope="module")
def server(house: House) -> Cluster:
    cluster = house.empty("care")
    cluster.start()
    shop.fill(cluster)
    return cluster


@pytest.fixture
def cluster(server: Cluster) -> Shop:
    made = Shop(server, f"shop_{next(_NUMBERS)}")
    server.sql(f"create database {made.name} template {shop.NAME} owner {shop.USER}")
    return made


@pytest.fixture
def s3(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@contextmanager
def database(
    modules: Callable[[str], ModuleType], cluster: Shop, seconds: float = 100.0
) -> Iterator[Any]:
    end = time.monotonic() + seconds
    opened = modules("connection").Database(
        cluster.cluster.address,
        cluster.cluster.port,
        cluster.name,
        shop.USER,
        shop.PASSWORD,
        lambda: end - time.monotonic(),
        encrypted=False,
    )
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def run(modules: Callable[[str], ModuleType], cluster: Shop, s3: Folder) -> Run:
    """One slice of a job: whether all is done, and its report."""

    def run(
        job: str, rules: dict[str, Any], seconds: float = 100.0, **how: Any
    ) -> tuple[bool, dict[str, Any]]:
        report: dict[str, Any] = {"run": how.pop("run", "run-1")}
        if job in ("cleanup", "archive"):
            how.setdefault("pause", 0)
        if job == "archive":
            how["store"] = modules("archive").Store(how.pop("s3", s3), "archive")
        with database(modules, cluster, seconds) as opened:
            done = modules(job).run(opened, rules, report, lambda _: None, **how)
        return done, report

    return run


@pytest.fixture
def sql(cluster: Shop) -> Iterator[Callable[[str], list[Any]]]:
    connection = cluster.connect()
    yield lambda statement: connection.run(statement)
    connection.close()


Sql = Callable[[str], list[Any]]

# ---- indexes -------------------------------------------------------------------------------------


def bloated(sql: Sql) -> None:
    """Every page of the index half empty and more, by updates that leave their old entries."""
    for _ in range(5):
        sql("update orders set placed_at = placed_at + interval '1 microsecond'")
    sql("vacuum analyze orders")


def size(sql: Sql, index: str) -> int:
    return int(sql(f"select pg_relation_size('{index}')")[0][0])


def test_a_bloated_index_is_rebuilt_and_the_figures_are_sqls(run: Run, sql: Sql) -> None:
    bloated(sql)
    before = size(sql, "orders_placed_at")
    done, report = run("indexes", {"bloat_above": 30, "at_least": 40_000})
    assert done
    rebuilt = {each["index"]: each for each in report["rebuilt"]}
    assert "public.orders_placed_at" in rebuilt
    each = rebuilt["public.orders_placed_at"]
    after = size(sql, "orders_placed_at")
    assert (each["bytes"], each["bytes_after"]) == (before, after)
    assert after < before / 2
    # The estimate said so beforehand, and says that it is one.
    assert abs((1 - after / before) * 100 - each["bloat_percent"]) < 15
    assert each["measured"] == "estimated from statistics"
    assert report["bytes"] == sum(x["bytes"] - x["bytes_after"] for x in report["rebuilt"])
    # The smallest first.
    sizes = [x["bytes"] for x in report["rebuilt"]]
    assert sizes == sorted(sizes)
    # Nothing is left to do: what is fresh is not rebuilt again.
    done, again = run("indexes", {"bloat_above": 30, "at_least": 40_000})
    assert (done, again["rebuilt"], again["left"]) == (True, [], [])


def test_bloat_is_measured_where_the_extension_is_there(run: Run, sql: Sql) -> None:
    sql(
        "create function pgstatindex(regclass, out leaf_pages bigint, out empty_pages bigint, "
        "out deleted_pages bigint, out avg_leaf_density float8) language sql as "
        "$$ select 10::bigint, 0::bigint, 0::bigint, case when $1::text = 'orders_placed_at' "
        "then 45.0::float8 else 90.0::float8 end $$"
    )
    _, report = run("indexes", {"bloat_above": 30, "at_least": 8192})
    assert report["measured_by"] == ["pgstattuple"]
    assert {x["index"]: x["bloat_percent"] for x in report["rebuilt"]} == {
        "public.orders_placed_at": 50.0
    }


def test_writers_never_wait_for_a_rebuild(run: Run, sql: Sql, cluster: Shop) -> None:
    bloated(sql)
    stop, longest, wrote = threading.Event(), [0.0], [0]

    def write() -> None:
        mine = cluster.connect()
        while not stop.is_set():
            began = time.monotonic()
            mine.run("update orders set note = note || '.' where id = 1 + (random() * 998)::int")
            longest[0] = max(longest[0], time.monotonic() - began)
            wrote[0] += 1
        mine.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    try:
        for _ in range(3):
            _, report = run("indexes", {"bloat_above": 0.1, "at_least": 8192})
            assert len(report["rebuilt"]) >= 2
    finally:
        stop.set()
        for each in writers:
            each.join()
    assert wrote[0] > 50
    assert longest[0] < 1.0


def test_a_rebuild_gives_way_to_a_long_transaction(run: Run, sql: Sql, cluster: Shop) -> None:
    bloated(sql)
    other = cluster.connect()
    other.run("begin")
    other.run("update orders set note = 'held' where id = 7")
    began = time.monotonic()
    done, report = run("indexes", {"bloat_above": 30, "at_least": 90_000})
    assert time.monotonic() - began < 15
    assert not done
    assert "lock timeout (55P03)" in report["left"][0]["why"]
    other.run("commit")
    other.close()
    # What it left behind is gone after the next run, and the index is rebuilt.
    done, report = run("indexes", {"bloat_above": 30, "at_least": 90_000})
    assert done
    assert [x["index"] for x in report["rebuilt"]] == ["public.orders_placed_at"]
    assert not sql("select indexrelid::regclass from pg_index where not indisvalid")


def test_leftovers_of_others_stay(run: Run, sql: Sql) -> None:
    with pytest.raises(Exception, match="23505"):
        sql("create unique index concurrently half_made on sessions (kind)")
    _, report = run("indexes", {"bloat_above": 30})
    assert [(x["index"], "kept" in x) for x in report["leftovers"]] == [("public.half_made", True)]
    assert sql("select to_regclass('half_made')")[0][0]


def test_no_index_is_begun_that_there_is_no_time_for(run: Run, sql: Sql) -> None:
    bloated(sql)
    done, report = run("indexes", {"bloat_above": 30, "at_least": 90_000}, seconds=9.0)
    assert not done
    assert report["rebuilt"] == []
    assert report["left"][0]["why"].startswith("takes about 10 seconds")


# ---- clean-up ------------------------------------------------------------------------------------


def over(sql: Sql) -> int:
    return int(
        sql("select count(*) from sessions where expires_at < now() - interval '30 days'")[0][0]
    )


def test_what_is_over_is_deleted_and_nothing_else(run: Run, sql: Sql) -> None:
    sql("insert into sessions values (-1, 'web', null)")
    expected, total = over(sql), int(sql("select count(*) from sessions")[0][0])
    done, report = run("cleanup", CLEANUP, batch=100)
    assert done
    assert report["tables"] == {"sessions": expected}
    assert report["rows"] == expected > 1000
    assert over(sql) == 0
    assert int(sql("select count(*) from sessions")[0][0]) == total - expected
    assert report["over_and_left"] == {"sessions": 0}
    assert list(report["vacuumed"]) == ["sessions"]


def test_a_rule_may_ask_for_more(run: Run, sql: Sql) -> None:
    before = int(sql("select count(*) from sessions where kind = 'app'")[0][0])
    rules = {
        **CLEANUP,
        "rules": [{**CLEANUP["rules"][0], "where": {"kind": ["web", "it's"]}}],
    }
    done, report = run("cleanup", rules)
    assert done
    assert int(sql("select count(*) from sessions where kind = 'app'")[0][0]) == before
    assert over(sql) == sum(
        1 for _ in sql("select from sessions where expires_at < now() - interval '30 days'")
    )
    assert report["rows"] > 0


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"table": "sesions"}, "there is no table sesions"),
        ({"column": "expired"}, "sessions has no column expired; it has expires_at, id, kind"),
        ({"column": "kind"}, "sessions.kind is of type text: no date and no timestamp"),
        ({"where": {"sort": ["x"]}}, "sessions has no column sort; it has expires_at, id, kind"),
        ({"table": 'x"; drop table orders; --'}, 'there is no table x"; drop table orders; --'),
    ],
)
def test_a_rule_that_does_not_fit_deletes_nothing(
    run: Run, sql: Sql, rule: dict[str, Any], says: str
) -> None:
    before = over(sql)
    wrong = {**CLEANUP["rules"][0], **rule}
    _, report = run("cleanup", {**CLEANUP, "rules": [wrong]})
    assert report["faults"] == [says]
    assert over(sql) == before
    assert len(sql("select from orders")) == ORDERS


def test_rows_that_somebody_holds_are_left_for_later(run: Run, sql: Sql, cluster: Shop) -> None:
    expected = over(sql)
    other = cluster.connect()
    other.run("begin")
    other.run("select * from sessions where id = 1500 for update")
    done, report = run("cleanup", CLEANUP)
    assert (done, report["rows"]) == (False, expected - 1)
    other.run("rollback")
    other.close()
    done, report = run("cleanup", CLEANUP)
    assert (done, report["rows"]) == (True, expected)


def test_it_ends_with_its_time_and_goes_on_in_the_next_slice(run: Run, sql: Sql) -> None:
    expected = over(sql)
    # Twenty seconds are kept back for what comes after.
    done, first = run("cleanup", CLEANUP, seconds=20.6, batch=50, pause=0.1)
    assert not done
    assert 0 < first["rows"] < expected
    assert first["rows"] + over(sql) == expected
    done, second = run("cleanup", CLEANUP, batch=500)
    assert (done, second["rows"]) == (True, expected)


def test_it_waits_for_replicas(
    run: Run, sql: Sql, cluster: Shop, house: House, modules: Callable[[str], ModuleType]
) -> None:
    standby = house.standby_of(cluster.cluster, "care-standby", "standby")
    standby.start()
    try:
        standby.pause_replication()
        expected = over(sql)
        rules = {**CLEANUP, "replicas_behind": 0.5}
        done, report = run("cleanup", rules, seconds=21.5, batch=50, pause=0.05)
        assert not done
        assert 0 < report["rows"] < expected
        assert report["replicas_worst_lag_seconds"] >= 0.5
        standby.resume_replication()
        done, report = run("cleanup", rules, batch=500)
        assert (done, report["rows"]) == (True, expected)
        # A standby is refused, whatever asks for it.
        with (
            database(modules, Shop(standby, cluster.name)) as opened,
            pytest.raises(modules("connection").NotTheWriter, match="a standby"),
        ):
            opened.require_writer()
    finally:
        standby.destroy()
        cluster.cluster.drop_slot("standby")


# ---- archive -------------------------------------------------------------------------------------


def everything(sql: Sql, s3: Folder) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Table -> its rows as lines: those in the database, and those of batches that the database
    remembers as deleted. Both sorted."""
    left: dict[str, list[str]] = {}
    archived: dict[str, list[str]] = {}
    for table in ("orders", "order_lines"):
        left[table] = sorted(
            shop.column(sql(f"select row_to_json(t)::text from {table} t")),
        )
        archived[table] = []
    if sql("select to_regclass('upkeep.archived')")[0][0]:
        for prefix, tables in sql(
            "select prefix, tables from upkeep.archived where state = 'deleted'"
        ):
            for table, about in tables.items():
                content = (s3.root / "archive" / prefix / f"{table}.jsonl.gz").read_bytes()
                lines = gzip.decompress(content).decode().splitlines()
                assert len(lines) == about["rows"]
                archived[table] += lines
    return left, {table: sorted(lines) for table, lines in archived.items()}


def same_rows(before: dict[str, list[str]], sql: Sql, s3: Folder) -> None:
    """Each row is in the table or in the archive, never in both and never in neither."""
    left, archived = everything(sql, s3)
    for table, rows in before.items():
        assert sorted(left[table] + archived[table]) == rows, table


def test_old_rows_move_with_what_belongs_to_them(run: Run, sql: Sql, s3: Folder) -> None:
    before, _ = everything(sql, s3)
    done, report = run("archive", ARCHIVE, batch=250)
    assert done
    assert report["tables"] == {"orders": OLD_ORDERS, "order_lines": 2 * OLD_ORDERS}
    assert (report["rows"], report["batches"]) == (3 * OLD_ORDERS, 3)
    assert report["old_and_left"] == {"orders": 0}
    same_rows(before, sql, s3)
    assert sql("select count(*), min(id) from orders")[0] == [ORDERS - OLD_ORDERS, OLD_ORDERS + 1]
    keys = s3.keys("archive")
    manifests = [
        json.loads((s3.root / "archive" / key).read_text())
        for key in keys
        if key.endswith("manifest.json")
    ]
    assert len(manifests) == 3
    assert sum(each["tables"]["orders"]["rows"] for each in manifests) == OLD_ORDERS
    objects = [about["object"] for each in manifests for about in each["tables"].values()]
    assert sum((s3.root / "archive" / key).stat().st_size for key in objects) == report["bytes"]
    assert sum(key.endswith("/committed.json") for key in keys) == 3
    # Nothing is left for the next one.
    done, report = run("archive", ARCHIVE, run="run-2")
    assert (done, report["rows"], report["resumed"]) == (True, 0, [])


def test_what_was_archived_can_be_put_back(run: Run, sql: Sql, s3: Folder, cluster: Shop) -> None:
    before, _ = everything(sql, s3)
    run("archive", ARCHIVE)
    for table in ("orders", "order_lines"):
        for key in s3.keys("archive"):
            if key.endswith(f"/{table}.jsonl.gz"):
                lines = gzip.decompress((s3.root / "archive" / key).read_bytes()).decode()
                connection = cluster.connect()
                # As its manifest says.
                connection.run(
                    f"insert into {table} select (json_populate_record(null::{table}, "
                    "line::json)).* from unnest(string_to_array(:lines, chr(10))) line",
                    lines=lines.rstrip("\n"),
                )
                connection.close()
    left, _ = everything(sql, s3)
    assert left == before


def test_rows_of_other_tables_are_neither_lost_nor_in_the_way(run: Run, sql: Sql) -> None:
    rule = {key: value for key, value in ARCHIVE["rules"][0].items() if key != "with"}
    _, report = run("archive", {**ARCHIVE, "rules": [rule]})
    assert report["faults"] == [
        "orders is referred to by order_lines (order_id): archive it along, "
        "`with: {order_lines: order_id}`"
    ]
    sql("alter table order_lines drop constraint order_lines_order_id_fkey")
    _, report = run("archive", ARCHIVE)
    assert report["faults"] == ["no foreign key leads from order_lines.order_id to orders"]
    sql("alter table orders drop constraint orders_pkey")
    _, report = run("archive", {**ARCHIVE, "rules": [rule]})
    assert report["faults"] == ["orders has no primary key: its rows cannot be told apart"]
    assert len(sql("select from orders")) == ORDERS


class Damaging(Folder):
    """A bucket that loses a byte, or answers with another object."""

    def __init__(self, root: Path, how: str) -> None:
        super().__init__(root)
        self.how = how

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if self.how == "rows" and Key.endswith("/orders.jsonl.gz"):
            import io

            lines = gzip.decompress(super().get_object(Bucket, Key)["Body"].read())
            return {"Body": io.BytesIO(gzip.compress(lines.replace(b'"total":1.10', b'"total":9')))}
        if self.how == "cut" and Key.endswith(".gz"):
            import io

            return {"Body": io.BytesIO(super().get_object(Bucket, Key)["Body"].read()[:-9])}
        if self.how == "manifest" and Key.endswith("manifest.json"):
            import io

            return {"Body": io.BytesIO(b"{}")}
        return super().get_object(Bucket, Key)


@pytest.mark.parametrize("how", ["rows", "cut", "manifest"])
def test_what_does_not_come_back_as_it_was_is_not_deleted(
    run: Run, sql: Sql, s3: Folder, how: str
) -> None:
    before, _ = everything(sql, s3)
    _, report = run("archive", ARCHIVE, s3=Damaging(s3.root, how))
    assert len(report["faults"]) == 1
    assert report["rows"] == 0
    assert len(sql("select from orders")) == ORDERS
    same_rows(before, sql, s3)
    # Mended, the next run goes on, and says what became of the batch before.
    done, report = run("archive", ARCHIVE, run="run-2")
    assert done
    assert [x["was"] for x in report["resumed"]] == ["abandoned: nothing was deleted"]
    assert sum(key.endswith("/abandoned.json") for key in s3.keys("archive")) == 1
    same_rows(before, sql, s3)


def test_rows_that_change_meanwhile_wait_for_the_batch(
    run: Run, sql: Sql, s3: Folder, cluster: Shop
) -> None:
    """Whoever writes to an old row or refers to it does so before it is read, or not at all."""
    stop, refused = threading.Event(), [0]

    def write() -> None:
        mine = cluster.connect()
        n = 0
        while not stop.is_set():
            n += 1
            mine.run(f"update orders set total = total + 1 where id = {1 + n % OLD_ORDERS}")
            try:
                mine.run(f"insert into order_lines values ({1 + n % OLD_ORDERS}, {n + 10}, 1)")
            except Exception:
                refused[0] += 1
        mine.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done, _ = run("archive", ARCHIVE, batch=50)
        for _ in range(20):
            if done:
                break
            done, _ = run("archive", ARCHIVE, batch=50)
    finally:
        stop.set()
        writer.join()
    left, archived = everything(sql, s3)
    ids = [json.loads(line)["id"] for line in left["orders"] + archived["orders"]]
    assert sorted(ids) == list(range(1, ORDERS + 1))
    lines = [json.loads(line) for line in left["order_lines"] + archived["order_lines"]]
    keys = [(line["order_id"], line["line"]) for line in lines]
    assert len(keys) == len(set(keys)) >= 2 * ORDERS
    # No line without its order, on either side.
    for side in (left, archived):
        orders = {json.loads(line)["id"] for line in side["orders"]}
        assert {json.loads(line)["order_id"] for line in side["order_lines"]} <= orders
    assert refused[0] > 0


class Planted(Exception):
    """A failure that the test planted."""


@settings(
    max_examples=16,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(step=st.integers(1, 70), after=st.booleans())
def test_whatever_fails_each_row_is_somewhere_once(
    cluster: Shop,
    modules: Callable[[str], ModuleType],
    tmp_path_factory: pytest.TempPathFactory,
    step: int,
    after: bool,
) -> None:
    """A failure before or after any statement and any call of S3: archived and left are all."""
    connection = cluster.connect()
    for statement in ("truncate orders, order_lines", "drop table if exists upkeep.archived"):
        connection.run(statement)
    connection.run(
        "insert into orders (id, total, placed_at) select n, n, now() - interval '500 days' "
        "from generate_series(1, 12) n"
    )
    connection.run("insert into order_lines select n, 1, n from generate_series(1, 12) n")
    s3 = Folder(tmp_path_factory.mktemp("planted"))
    before, _ = everything(connection.run, s3)
    count = [0]

    def planted(call: Callable[..., Any]) -> Callable[..., Any]:
        def perhaps(*given_: Any, **named: Any) -> Any:
            count[0] += 1
            if count[0] == step and not after:
                raise Planted()
            answer = call(*given_, **named)
            if count[0] == step and after:
                raise Planted()
            return answer

        return perhaps

    failing = Folder(s3.root)
    failing.put_object = planted(s3.put_object)  # type: ignore[method-assign]
    failing.get_object = planted(s3.get_object)  # type: ignore[method-assign]
    store = modules("archive").Store(failing, "archive")
    with database(modules, cluster) as opened:
        opened.execute = planted(opened.execute)
        with suppress(Planted):
            modules("archive").run(
                opened, ARCHIVE, {"run": "1"}, lambda _: None, store=store, batch=5, pause=0
            )
    same_rows(before, connection.run, s3)
    # Then nothing fails, and all is archived.
    with database(modules, cluster) as opened:
        store = modules("archive").Store(s3, "archive")
        report: dict[str, Any] = {"run": "2"}
        done = modules("archive").run(
            opened, ARCHIVE, report, lambda _: None, store=store, batch=5, pause=0
        )
    assert done, report
    same_rows(before, connection.run, s3)
    assert not connection.run("select from orders")
    assert not connection.run("select from upkeep.archived where not marked")
    connection.close()


# ---- killed in the middle ------------------------------------------------------------------------

_PROGRAM = """
import sys, time
sys.path[:0] = {paths!r}
import connection
from tests.unit.care_database import Folder
module = __import__({job!r})
database = connection.Database({host!r}, {port!r}, {name!r}, {user!r}, {password!r},
                               lambda: 100.0, encrypted=False)
print(database.take_turn(), flush=True)
how = {how!r}
if {job!r} == "archive":
    how["store"] = module.Store(Folder(__import__("pathlib").Path({root!r})), "archive")
module.run(database, {rules!r}, {{"run": "killed"}}, lambda _: None, **how)
"""


def killed(
    cluster: Shop,
    s3: Folder,
    job: str,
    rules: dict[str, Any],
    when: Callable[[], bool],
    **how: Any,
) -> None:
    """Runs a job in a process of its own and kills it (SIGKILL) once something is so."""
    program = _PROGRAM.format(
        paths=[str(Path(__file__).parents[2]), str(shop.FOLDER), str(shop.FUNCTIONS)],
        job=job,
        rules=rules,
        how=how,
        host=cluster.cluster.address,
        port=cluster.cluster.port,
        name=cluster.name,
        user=shop.USER,
        password=shop.PASSWORD,
        root=str(s3.root),
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        deadline = time.monotonic() + 20
        while not when():
            assert process.poll() is None, "it was done too soon"
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
        process.stdout.close() if process.stdout else None


def free_again(cluster: Shop, modules: Callable[[str], ModuleType]) -> None:
    """Waits until the turn of what was killed is over: seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with database(modules, cluster) as opened:
            if opened.take_turn():
                return
        time.sleep(0.1)
    raise AssertionError("the lock of a killed process is still held")


def test_a_killed_clean_up_is_carried_on(
    run: Run, sql: Sql, cluster: Shop, s3: Folder, modules: Callable[[str], ModuleType]
) -> None:
    expected = over(sql)
    killed(cluster, s3, "cleanup", CLEANUP, lambda: over(sql) < expected - 60, batch=20, pause=0.01)
    free_again(cluster, modules)
    left = over(sql)
    assert 0 < left < expected
    # What it deleted is remembered to the row.
    assert sql("select rows from upkeep.deleted where run = 'killed'") == [[expected - left]]
    done, report = run("cleanup", CLEANUP, run="killed")
    assert (done, report["rows"], over(sql)) == (True, expected, 0)


@pytest.mark.parametrize("after", [1, 3, 6, 9])
def test_a_killed_archive_is_carried_on(
    run: Run,
    sql: Sql,
    cluster: Shop,
    s3: Folder,
    modules: Callable[[str], ModuleType],
    after: int,
) -> None:
    before, _ = everything(sql, s3)
    killed(
        cluster,
        s3,
        "archive",
        ARCHIVE,
        lambda: len(s3.keys("archive")) >= after,
        batch=40,
        pause=0.01,
    )
    free_again(cluster, modules)
    same_rows(before, sql, s3)
    done, _ = run("archive", ARCHIVE, run="next")
    assert done
    same_rows(before, sql, s3)
    assert len(sql("select from orders")) == ORDERS - OLD_ORDERS
    assert not sql("select from upkeep.archived where not marked or state = 'begun'")


def test_a_killed_rebuild_is_ended_and_carried_on(
    run: Run, sql: Sql, cluster: Shop, s3: Folder, modules: Callable[[str], ModuleType]
) -> None:
    bloated(sql)
    # A transaction that is open holds the rebuild in its last but one step.
    other = cluster.connect()
    other.run("begin")
    other.run("update orders set note = 'held' where id = 7")

    def building() -> bool:
        return bool(sql("select to_regclass('orders_placed_at_ccnew')")[0][0])

    killed(cluster, s3, "indexes", {"bloat_above": 30, "at_least": 90_000}, building)
    free_again(cluster, modules)
    left = shop.column(sql("select indexrelid::regclass::text from pg_index where not indisvalid"))
    assert left == ["orders_placed_at_ccnew"]
    other.run("rollback")
    other.close()
    done, report = run("indexes", {"bloat_above": 30, "at_least": 90_000})
    assert done
    assert [x["index"] for x in report["leftovers"]] == ["public.orders_placed_at_ccnew"]
    assert "kept" not in report["leftovers"][0]
    assert [x["index"] for x in report["rebuilt"]] == ["public.orders_placed_at"]
    assert not sql("select from pg_index where not indisvalid")


# ---- analysis ------------------------------------------------------------------------------------


def test_the_report_says_what_the_statistics_say(run: Run, sql: Sql, cluster: Shop) -> None:
    cluster.cluster.sql("select pg_stat_reset()", database=cluster.name)
    sql("update orders set note = 'x' where id <= 50")
    sql("select pg_stat_force_next_flush()")
    sql("select 1")
    done, report = run("analysis", {"slower_than": 500})
    assert done
    assert report["statements"] is None
    assert "lacks the extension pg_stat_statements" in report["statements_missing"]
    dead = {each["table"]: each for each in report["dead_rows"]}
    expected = sql(
        "select n_live_tup, n_dead_tup from pg_stat_user_tables where relname = 'orders'"
    )[0]
    assert [dead["public.orders"]["rows"], dead["public.orders"]["dead"]] == expected
    assert [(x["index"], x["bytes"]) for x in report["unused_indexes"]] == [
        ("public.orders_placed_at", size(sql, "orders_placed_at"))
    ]


def test_slow_statements_without_any_value(run: Run, sql: Sql) -> None:
    sql(
        "create view pg_stat_statements as select * from (values "
        "('select * from orders where note = ''secret'' and id = 4711', 3, 900.04, 2000.0, "
        " 2700.1, 3, 1), ('ALTER ROLE shop PASSWORD ''hunter2''', 1, 600.0, 600.0, 600.0, 0, 2), "
        "('select 1', 5, 499.9, 500.0, 2499.5, 5, 3)) s (query, calls, mean_exec_time, "
        "max_exec_time, total_exec_time, rows, queryid), "
        "(select oid as dbid from pg_database where datname = current_database()) d"
    )
    _, report = run("analysis", {"slower_than": 500})
    assert report["statements"] == [
        {
            "statement": "select * from orders where note = ? and id = ?",
            "calls": 3,
            "mean_ms": 900.0,
            "longest_ms": 2000.0,
            "total_ms": 2700.1,
            "rows": 3,
        },
        {
            "statement": "alter role ...",
            "calls": 1,
            "mean_ms": 600.0,
            "longest_ms": 600.0,
            "total_ms": 600.0,
            "rows": 0,
        },
    ]
