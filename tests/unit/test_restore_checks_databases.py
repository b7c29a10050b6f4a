"""The checks on a restored database, against real PostgreSQL: good, truncated, stale, corrupted."""

import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumi_upkeep
import pytest

from sandbox.postgres import Cluster, House

# Starts a server.
pytestmark = pytest.mark.slow

FUNCTIONS = Path(pulumi_upkeep.__file__).parent / "functions"
USER, PASSWORD = "reader", "s3cret"
SCHEMA = """
create table customers (id bigint primary key, email text not null);
create table orders (
  id bigint primary key, customer bigint references customers (id), total numeric not null,
  placed_at timestamptz not null
);
create index orders_placed_at on orders (placed_at);
insert into customers select n, 'customer-' || n || '@bynomi.com' from generate_series(1, 50) n;
insert into orders select n, 1 + n % 50, n * 1.25, now() - interval '1 hour' * (400 - n)
  from generate_series(1, 400) n;
"""
CHECKS: dict[str, Any] = {
    "pages": True,
    "rows": {"orders": 400, "customers": 50},
    "fresh": {"orders.placed_at": 2 * 3600},
    "checksums": {
        "orders": {
            "columns": ["id", "customer", "total"],
            "by": "placed_at",
            "recorded_in": "upkeep_checksums",
        }
    },
    "foreign_keys": True,
    "references": {"orders.customer": "customers.id"},
    "indexes": True,
    "expect": {
        "no free orders": {"query": "select count(*) from orders where total <= 0", "is": "0"},
        "customers": {"query": "select count(*) from customers", "at_least": 50, "at_most": 60},
    },
}


@pytest.fixture(scope="module")
def code() -> Iterator[Any]:
    """The package as Lambda imports it: its files at the root."""
    path = str(FUNCTIONS / "restore_checks")
    sys.path.insert(0, path)
    yield importlib.import_module("databases")
    sys.path.remove(path)
    for name in ("databases", "checksums", "findings", "files", "main"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as made:
        yield made


@pytest.fixture(scope="module")
def backup(house: House, code: Any) -> Path:
    """The good database, as a base backup: every test restores it and does its harm."""
    cluster = house.empty("good")
    cluster.start()
    cluster.owner(USER, PASSWORD)
    cluster.create_database("orders", USER)
    for statement in filter(str.strip, SCHEMA.split(";")):
        cluster.sql(statement, database="orders")
    checksums = importlib.import_module("checksums")

    cluster.sql(checksums.RECORD_TABLE.format(recorded_in="upkeep_checksums"), database="orders")
    today = datetime.now(UTC).date()
    for days in range(10, 2, -1):
        start, end = (str(today - timedelta(days=each)) for each in (days, days - 1))
        cluster.sql(
            checksums.recording(
                "orders",
                "orders",
                ["id", "customer", "total"],
                "placed_at",
                "upkeep_checksums",
                start,
                end,
            ),
            database="orders",
        )
    cluster.sql("vacuum analyze", database="orders")
    folder = house.new_folder("backup")
    cluster.stop()
    cluster.backup_at_rest(folder)
    return folder


@pytest.fixture
def restored(house: House, backup: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    cluster = house.copy_of(request.node.name.partition("[")[0], backup)
    cluster.start()
    yield cluster
    cluster.destroy()


Look = Callable[..., dict[str, tuple[bool, str]]]


@pytest.fixture
def look(code: Any, restored: Cluster) -> Look:
    def run(
        at: datetime | None = None, checks: dict[str, Any] = CHECKS, **limits: Any
    ) -> dict[str, tuple[bool, str]]:
        database = code.Database(
            code.Target(restored.address, restored.port, "orders", [(USER, PASSWORD)]),
            limits.get("statement_seconds", 30.0),
            limits.get("remaining", lambda: 600.0),
        )
        try:
            found = code.look(database, checks, at or datetime.now(UTC))
            return {finding.check: (finding.passed, finding.found) for finding in found}
        finally:
            database.close()

    return run


def failed(found: dict[str, tuple[bool, str]]) -> dict[str, str]:
    return {check: said for check, (passed, said) in found.items() if not passed}


def test_a_good_copy_passes_every_check(look: Look) -> None:
    found = look()
    assert failed(found) == {}
    assert list(found) == [
        "pages",
        "rows of orders",
        "rows of customers",
        "newest orders.placed_at",
        "checksums of orders",
        "foreign keys",
        "orders.customer in customers.id",
        "indexes",
        "no free orders",
        "customers",
    ]
    assert found["rows of orders"] == (True, "400")
    assert found["checksums of orders"] == (True, "the same in 8 periods")
    assert found["foreign keys"] == (True, "1 looked at, none without")
    assert found["indexes"][1].startswith("4 looked at")


def test_a_truncated_table_fails(look: Look, restored: Cluster) -> None:
    restored.sql("delete from orders where id <= 100", database="orders")
    # The oldest ones: from before any period that was recorded, so nothing else can see it.
    assert failed(look()) == {"rows of orders": "300"}


def test_an_empty_table_fails_and_so_does_a_missing_one(look: Look, restored: Cluster) -> None:
    restored.sql("drop table orders", database="orders")
    found = look()
    assert found["rows of orders"] == (False, 'relation "orders" does not exist (42P01)')
    assert found["rows of customers"] == (True, "50")


def test_stale_data_fails(look: Look) -> None:
    assert failed(look(at=datetime.now(UTC) + timedelta(hours=3))) == {
        "newest orders.placed_at": "3 hours old"
    }
    assert failed(look(at=datetime.now(UTC) + timedelta(hours=1))) == {}


def test_a_wrong_row_in_a_closed_period_fails(look: Look, restored: Cluster) -> None:
    restored.sql(
        "update orders set total = total + 1 where id = "
        "(select max(id) from orders where placed_at < current_date - 5)",
        database="orders",
    )
    found = failed(look())
    assert list(found) == ["checksums of orders"]
    assert found["checksums of orders"].startswith("another one in 1 of 8 periods: ")


def test_a_lost_row_in_a_closed_period_is_counted(look: Look, restored: Cluster) -> None:
    restored.sql(
        "delete from orders where id = "
        "(select max(id) from orders where placed_at < current_date - 5)",
        database="orders",
    )
    found = failed(look())
    assert set(found) == {"rows of orders", "checksums of orders"}
    assert "rows instead of" in found["checksums of orders"]


def test_checksums_that_were_never_recorded_fail(look: Look, restored: Cluster) -> None:
    restored.sql("delete from upkeep_checksums", database="orders")
    assert failed(look()) == {"checksums of orders": "nothing was recorded in upkeep_checksums"}


def test_a_broken_reference_fails(look: Look, restored: Cluster) -> None:
    # As it happens where pages of one table are older than those of another.
    restored.sql("alter table orders disable trigger all", database="orders")
    restored.sql("update orders set customer = 999 where id = 400", database="orders")
    assert failed(look()) == {
        "foreign keys": "orders_customer_fkey: 1 without",
        "orders.customer in customers.id": "1 without",
    }


def damage(cluster: Cluster, relation: str) -> None:
    """Overwrites a piece of the relation's first page, while the server is down."""
    (path,) = cluster.sql(f"select pg_relation_filepath('{relation}')", database="orders")[0]
    cluster.stop()
    with (cluster.data / path).open("r+b") as file:
        file.seek(8192 * (1 if relation.endswith("placed_at") else 0) + 4096)
        file.write(b"\xde\xad\xbe\xef" * 64)
    cluster.start()


def test_a_damaged_page_of_a_table_fails(look: Look, restored: Cluster) -> None:
    damage(restored, "orders")
    found = failed(look())
    assert "orders: invalid page in block 0" in found["pages"]


def test_a_damaged_page_of_an_index_fails(look: Look, restored: Cluster) -> None:
    damage(restored, "orders_placed_at")
    found = failed(look(checks={"pages": True, "indexes": True, "rows": {"orders": 400}}))
    assert list(found) == ["indexes"]
    assert "orders_placed_at: invalid page in block 1" in found["indexes"]


def test_an_index_that_misses_rows_fails(look: Look, restored: Cluster) -> None:
    # An index that is told to be valid and holds nothing of what came before it.
    for statement in (
        "update pg_index set indisready = false, indisvalid = false "
        "where indexrelid = 'orders_placed_at'::regclass",
        "insert into orders select 1000 + n, 1, 5, now() - interval '1 minute' "
        "from generate_series(1, 7) n",
        "update pg_index set indisready = true, indisvalid = true "
        "where indexrelid = 'orders_placed_at'::regclass",
    ):
        restored.sql(statement, database="orders")
    found = failed(look())
    assert list(found) == ["indexes"]
    assert found["indexes"].startswith("public.orders_placed_at: 400 entries for 407 rows")


def test_an_expectation_that_does_not_hold_fails(look: Look, restored: Cluster) -> None:
    restored.sql("insert into orders values (1001, 1, 0, now())", database="orders")
    assert failed(look()) == {"no free orders": "1"}


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"query": "select 1, 2", "is": "1"}, "1 rows of 2 columns, not one value"),
        ({"query": "select n from generate_series(1, 3) n", "is": "1"}, "3 rows of 1 columns"),
        ({"query": "select 'x'", "at_least": 1}, "x, which is no number"),
        ({"query": "selec", "is": "1"}, 'syntax error at or near "selec" (42601)'),
        ({"query": "select 5", "at_most": 4}, "5"),
    ],
)
def test_an_expectation_answers_with_one_value(
    look: Look, expected: dict[str, Any], said: str
) -> None:
    ((passed, found),) = look(checks={"expect": {"it": expected}}).values()
    assert not passed
    assert found.startswith(said)


def test_nothing_is_written(look: Look, restored: Cluster) -> None:
    checks = {"expect": {"it": {"query": "delete from orders returning id", "is": "1"}}}
    ((_, found),) = look(checks=checks).values()
    assert found == "cannot execute DELETE in a read-only transaction (25006)"
    assert restored.sql("select count(*) from orders", database="orders") == [[400]]


def test_a_statement_that_takes_too_long_fails_and_the_others_are_still_looked_at(
    look: Look,
) -> None:
    checks = {
        "expect": {
            "slow": {"query": "select pg_sleep(5)", "is": ""},
            "quick": {"query": "select 1", "is": "1"},
        }
    }
    found = look(checks=checks, statement_seconds=0.3)
    assert found["slow"] == (False, "canceling statement due to statement timeout (57014)")
    assert found["quick"] == (True, "1")


def test_what_no_time_is_left_for_has_failed(look: Look) -> None:
    statements = iter(range(100))

    def remaining() -> float:
        # Connecting takes seven statements, the first count one.
        return 600.0 if next(statements) < 8 else 5.0

    found = look(checks={"rows": {"orders": 400, "customers": 50}}, remaining=remaining)
    assert found == {
        "rows of orders": (True, "400"),
        "rows of customers": (False, "no time was left for it"),
    }


def test_wrong_credentials_are_said(code: Any, restored: Cluster) -> None:
    target = code.Target(restored.address, restored.port, "orders", [(USER, "wrong")])
    with pytest.raises(code.Unreachable, match="refuses the credentials: password authentication"):
        code.Database(target, 10.0, lambda: 60.0)


def test_a_rotated_secret_opens_a_copy_from_before_with_its_previous_version(
    code: Any, restored: Cluster
) -> None:
    pairs = [(USER, "new since the backup"), (USER, PASSWORD)]
    target = code.Target(restored.address, restored.port, "orders", pairs)
    database = code.Database(target, 10.0, lambda: 60.0)
    assert database.value("select count(*) from orders") == 400
    database.close()


def test_a_server_that_cannot_be_reached_is_said(
    code: Any, restored: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "REACHABLE_WITHIN_SECONDS", 0.0)
    restored.stop()
    target = code.Target(restored.address, restored.port, "orders", [(USER, PASSWORD)])
    with pytest.raises(code.Unreachable, match=r":5432 cannot be reached: .*refused"):
        code.Database(target, 10.0, lambda: 60.0)


def test_a_server_without_page_checksums_is_said(look: Look, restored: Cluster) -> None:
    restored.stop()
    house = restored._house
    house.run([str(house.programs / "pg_checksums"), "--disable", f"--pgdata={restored.data}"])
    restored.start()
    assert failed(look()) == {
        "pages": "the database has no page checksums: `pg_checksums --enable`"
    }
