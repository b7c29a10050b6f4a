"""What the catalogue says of the tables that the plan's rules name, before anything is done."""

# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

from collections.abc import Sequence
from dataclasses import dataclass

from connection import Database, Refused, literal, quoted

_MOMENTS = ("date", "timestamp without time zone", "timestamp with time zone")


@dataclass(frozen=True)
class Table:
    """A table as the catalogue has it.

    name      as the plan writes it: ``orders``, ``sales.orders``
    oid       PostgreSQL's number of it
    columns   name -> type as PostgreSQL writes it
    key       the columns of its primary key; empty without one
    rows      an estimate of its rows
    size      bytes, with indexes and what is stored beside its rows
    """

    name: str
    oid: int
    columns: dict[str, str]
    key: tuple[str, ...]
    rows: float
    size: int

    @property
    def sql(self) -> str:
        """Its name, quoted."""
        return quoted(self.name)

    def require_moment(self, column: str) -> None:
        """Raises where the column says no moment."""
        self.require(column)
        if self.columns[column] not in _MOMENTS:
            raise Refused(
                f"{self.name}.{column} is of type {self.columns[column]}: no date and no timestamp"
            )

    def require(self, column: str) -> None:
        """Raises where there is no such column."""
        if column not in self.columns:
            known = ", ".join(sorted(self.columns))
            raise Refused(f"{self.name} has no column {column}; it has {known}")

    def require_key(self) -> None:
        """Raises where its rows have no key to be deleted by."""
        if not self.key:
            raise Refused(f"{self.name} has no primary key: its rows cannot be told apart")

    def key_of(self, alias: str) -> str:
        """The key's columns: ``a."id", a."line"``."""
        return ", ".join(f"{alias}.{quoted(each)}" for each in self.key)

    def among(self, alias: str, keys: Sequence[Sequence[str]]) -> str:
        """A condition: its key is one of these, each as text."""
        values = ", ".join("(" + ", ".join(literal(part) for part in key) + ")" for key in keys)
        return f"({self.key_of(alias)}) in ({values})"


@dataclass(frozen=True)
class Reference:
    """A foreign key from another table.

    table, columns    which
    to                the columns it refers to
    on_delete         ``no action``, ``restrict``, ``cascade``, ``set null``, ``set default``
    """

    name: str
    table: int
    says: str
    columns: tuple[str, ...]
    to: tuple[str, ...]
    on_delete: str


def table(database: Database, name: str) -> Table:
    """A table by its name; :class:`Refused` where there is none."""
    found = database.execute(
        "select c.oid::bigint, c.relkind::text, c.reltuples::float8, "
        "pg_total_relation_size(c.oid)::bigint "
        f"from pg_class c where c.oid = to_regclass({literal(quoted(name))})"
    )
    if not found:
        raise Refused(f"there is no table {name}")
    oid, kind, rows, size = found[0]
    if kind not in ("r", "p"):
        raise Refused(f"{name} is no table")
    columns = database.execute(
        "select attname::text, format_type(atttypid, null) from pg_attribute "
        f"where attrelid = {int(oid)} and attnum > 0 and not attisdropped order by attnum"
    )
    key = database.execute(
        "select a.attname::text from pg_index i "
        "cross join lateral unnest(i.indkey::int2[]) with ordinality k (number, place) "
        "join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number "
        f"where i.indrelid = {int(oid)} and i.indisprimary and k.place <= i.indnkeyatts "
        "order by k.place"
    )
    return Table(
        name,
        int(oid),
        {str(column): str(type_) for column, type_ in columns},
        tuple(str(column) for (column,) in key),
        max(0.0, float(rows)),
        int(size),
    )


_ON_DELETE = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}


def references_to(database: Database, target: Table) -> list[Reference]:
    """The foreign keys that refer to a table, from wherever."""
    found = database.execute(
        "select con.conname::text, con.conrelid::bigint, con.conrelid::regclass::text, "
        "con.confdeltype::text, "
        "(select array_agg(a.attname::text order by k.place) "
        " from unnest(con.conkey) with ordinality k (number, place) "
        " join pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.number), "
        "(select array_agg(a.attname::text order by k.place) "
        " from unnest(con.confkey) with ordinality k (number, place) "
        " join pg_attribute a on a.attrelid = con.confrelid and a.attnum = k.number) "
        f"from pg_constraint con where con.contype = 'f' and con.confrelid = {target.oid} "
        "and con.conparentid = 0 order by 1, 2"
    )
    return [
        Reference(str(name), int(oid), str(says), tuple(columns), tuple(to), _ON_DELETE[str(rule)])
        for name, oid, says, rule, columns, to in found
    ]
