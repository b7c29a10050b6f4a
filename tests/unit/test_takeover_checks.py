"""What a runbook looks at inside the network, against real PostgreSQL: good, not to be written to,
missing rows, broken references, old data, invalid indexes."""

import importlib
import json
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
create table customers (id bigint primary key);
create table orders (
  id bigint primary key, customer bigint not null, total numeric not null,
  placed_at timestamptz not null
);
create index orders_placed_at on orders (placed_at);
insert into customers select n from generate_series(1, 50) n;
insert into orders select n, 1 + n % 50, n * 1.25, now() - interval '1 minute' * (400 - n)
  from generate_series(1, 400) n;
"""
CHECKS: list[dict[str, Any]] = [
    {
        "pages": True,
        "indexes": True,
        "rows": {"orders": 400},
        "fresh": {"orders.placed_at": 2 * 3600},
        "references": {"orders.customer": "customers.id"},
        "expect": {
            "no free orders": {"query": "select count(*) from orders where total <= 0", "is": "0"}
        },
    },
    {"rows": {"customers": 50}},
]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def code() -> Iterator[Any]:
    """The package as Lambda imports it: its files at the root, the plan's checks in a folder."""
    before = list(sys.path)
    sys.path[:0] = [str(FUNCTIONS / "takeover_checks"), str(FUNCTIONS / "restore_checks")]
    sys.modules.pop("main", None)

    yield importlib.import_module("main")
    sys.path[:] = before
    for name in ("databases", "checksums", "findings", "files", "main"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as made:
        yield made


@pytest.fixture(scope="module")
def server(house: House) -> Iterator[Cluster]:
    cluster = house.empty("taken-over")
    cluster.start()
    cluster.owner(USER, PASSWORD)
    yield cluster
    cluster.destroy()


@pytest.fixture
def database(server: Cluster) -> Iterator[Cluster]:
    """The good database, new for each test, which does its harm."""
    server.create_database("orders", USER)
    for statement in filter(str.strip, SCHEMA.split(";")):
        server.sql(statement, database="orders")
    server.sql("grant select on all tables in schema public to " + USER, database="orders")
    yield server
    server.sql("drop database orders with (force)")


@pytest.fixture
def ask(code: Any, database: Cluster, monkeypatch: pytest.MonkeyPatch) -> Ask:
    class Secrets:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:
            assert SecretId == "bynomi-prod-database"
            return {"SecretString": json.dumps({"username": USER, "password": PASSWORD})}

        def describe_db_instances(self, DBInstanceIdentifier: str) -> dict[str, Any]:
            address = {"Address": database.address, "Port": database.port}
            return {"DBInstances": [{"Endpoint": address}]}

    monkeypatch.setattr(code.boto3, "client", lambda service: Secrets())
    monkeypatch.setenv("CREDENTIALS", "bynomi-prod-database")
    monkeypatch.setenv("DATABASE", "orders")
    monkeypatch.setenv("CHECKS", json.dumps(CHECKS))
    where = {"look": "data", "host": database.address, "port": str(database.port)}
    return lambda **asked: code.handler({**where, **asked}, None)


def test_a_good_database_passes(ask: Ask, database: Cluster) -> None:
    # Of two tests of the plan, without what reads everything: five checks.
    assert ask() == {
        "passed": True,
        "reason": f"{database.address} takes writes, 2 tables can be read, 5 checks pass",
    }


def test_of_a_restored_copy_everything_is_read(ask: Ask, database: Cluster) -> None:
    found = ask(instance="orders-restored-2026112205")
    # This server keeps checksums of its pages or says that it does not: either is an answer.
    if found["passed"]:
        assert found["reason"].endswith("7 checks pass")
    else:
        assert found["reason"].startswith("pages: the database has no page checksums")


def test_one_that_takes_no_writes(ask: Ask, database: Cluster) -> None:
    database.sql("alter database orders set default_transaction_read_only = on")
    assert ask() == {"passed": False, "reason": f"{database.address} takes no writes"}


def test_rows_that_are_missing(ask: Ask, database: Cluster) -> None:
    database.sql("delete from orders where id <= 7", database="orders")
    assert ask() == {"passed": False, "reason": "rows of orders: 393; expected 400 at least"}


def test_a_check_of_the_second_test_counts_too(ask: Ask, database: Cluster) -> None:
    database.sql("insert into customers values (51)", database="orders")
    assert ask()["passed"]
    database.sql("delete from customers where id > 48", database="orders")
    reason = ask()["reason"]
    assert "rows of customers: 48; expected 50 at least" in reason


def test_a_reference_without_its_partner(ask: Ask, database: Cluster) -> None:
    database.sql("update orders set customer = 999 where id in (3, 4)", database="orders")
    assert ask() == {
        "passed": False,
        "reason": (
            "orders.customer in customers.id: 2 without; expected every reference has its partner"
        ),
    }


def test_what_the_plan_expects_by_a_query(ask: Ask, database: Cluster) -> None:
    database.sql("update orders set total = 0 where id = 9", database="orders")
    assert ask()["reason"] == "no free orders: 1; expected 0"


def test_data_is_as_old_as_the_moment_that_was_restored(ask: Ask, database: Cluster) -> None:
    database.sql("update orders set placed_at = placed_at - interval '1 day'", database="orders")
    assert ask()["reason"].startswith("newest orders.placed_at: 1 day")
    # A copy of yesterday is held against yesterday.
    then = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert ask(at=then)["passed"]


def test_a_server_that_is_not_there_is_an_answer(ask: Ask) -> None:
    found = ask(host="127.0.0.1", port="1")
    assert not found["passed"]
    assert found["reason"].startswith("InterfaceError: ")


def test_an_index_that_is_not_valid_is_built_anew(ask: Ask, database: Cluster) -> None:
    database.sql(f"alter table orders owner to {USER}", database="orders")
    assert ask(look="indexes")["reason"].startswith("0 indexes were built anew")
    database.sql(
        "update pg_index set indisvalid = false where indexrelid = 'orders_placed_at'::regclass",
        database="orders",
    )
    assert ask(look="indexes") == {
        "passed": True,
        "reason": "1 indexes were built anew, statistics are taken",
    }
