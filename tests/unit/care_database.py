"""A PostgreSQL server with a shop's tables for the tests of care, and a bucket that is a folder."""

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi_upkeep

from sandbox.postgres import Cluster

FUNCTIONS = Path(pulumi_upkeep.__file__).parent / "functions"
FOLDER = FUNCTIONS / "database_care"
MODULES = (
    "analysis",
    "archive",
    "cleanup",
    "connection",
    "indexes",
    "main",
    "memory",
    "remembered",
    "replicas",
    "tables",
    "text",
)
USER, PASSWORD, NAME = "shop", "s3cret", "shop"
DAY = 86_400
# Orders are a day apart, the newest placed now; each has two lines. Sessions are an hour apart.
ORDERS, SESSIONS = 1000, 2000
SCHEMA = f"""
create schema upkeep;
create table orders (
  id bigint primary key, note text, total numeric not null, tags text[], about jsonb,
  photo bytea, weight float8, placed_at timestamptz
);
create table order_lines (
  order_id bigint references orders (id), line int, price numeric, primary key (order_id, line)
);
create table sessions (id bigint primary key, kind text, expires_at timestamp);
insert into orders
  select n, E'it''s "n" \\\\ o\\nte — ' || n, n * 1.10, array['a', n::text],
         jsonb_build_object('n', n), decode(md5(n::text), 'hex'), n / 3.0::float8,
         now() - interval '1 day' * ({ORDERS} - n)
  from generate_series(1, {ORDERS}) n;
insert into order_lines select n, l, n * l * 0.01
  from generate_series(1, {ORDERS}) n cross join generate_series(1, 2) l;
insert into sessions select n, case when n % 2 = 0 then 'web' else 'app' end,
  now() - interval '1 hour' * n from generate_series(1, {SESSIONS}) n;
create index orders_placed_at on orders (placed_at)
"""


@contextmanager
def imported() -> Iterator[Callable[[str], ModuleType]]:
    """The function's modules as Lambda imports them: its files at the root."""
    paths = [str(FOLDER), str(FUNCTIONS)]
    sys.path[:0] = paths
    for name in MODULES:
        sys.modules.pop(name, None)
    try:
        yield importlib.import_module
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in MODULES:
            sys.modules.pop(name, None)


def fill(cluster: Cluster) -> None:
    """The tables and rows, owned by a login that is no superuser."""
    cluster.owner(USER, PASSWORD)
    cluster.create_database(NAME, USER)
    connection = connect(cluster, NAME)
    for statement in SCHEMA.split(";\n"):
        connection.run(statement)
    connection.run("vacuum analyze")
    connection.close()


def connect(cluster: Cluster, name: str, user: str = USER, password: str = PASSWORD) -> Any:
    """A connection like anybody's."""
    import pg8000.native

    return pg8000.native.Connection(
        user,
        host=cluster.address,
        port=cluster.port,
        database=name,
        password=password,
        timeout=30,
    )


class Missing(Exception):
    """What S3 says of an object that is not there."""


class Folder:
    """A bucket in a folder, for several processes; as much of S3's client as care calls."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.exceptions = type("Exceptions", (), {"NoSuchKey": Missing})
        self.log: list[tuple[str, str]] = []

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: Any) -> None:
        self.log.append(("put", Key))
        path = self.root / Bucket / Key
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".draft")
        draft.write_bytes(Body)
        draft.replace(path)

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        self.log.append(("get", Key))
        path = self.root / Bucket / Key
        if not path.exists():
            raise Missing(Key)
        return {"Body": path.open("rb")}

    def keys(self, bucket: str) -> list[str]:
        """All keys, sorted."""
        root = self.root / bucket
        return sorted(
            str(path.relative_to(root))
            for path in root.rglob("*")
            if path.is_file() and not path.name.endswith(".draft")
        )


def column(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """The first column."""
    return [row[0] for row in rows]
