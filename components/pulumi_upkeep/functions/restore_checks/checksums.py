"""Checksums of a closed period of a table: recorded where it is written, computed anew on a copy.

A copy cannot be held against its primary, which has moved on. What no longer changes can: the
writer's side records a checksum of each period that is closed (a day, a month), by
:func:`recording`, into a table that is backed up with the rest; on a restored copy the same formula
has to give the same. It does not depend on the order of the rows, and a session's settings that
change how values are written as text are fixed by :data:`SETTINGS` on both sides.
"""

from collections.abc import Sequence

# Of one period of one table. `rows` and `checksum` are what is compared.
RECORD_TABLE = """\
create table if not exists {recorded_in} (
  name text not null,
  from_value text not null,
  to_value text not null,
  rows bigint not null,
  checksum text not null,
  recorded_at timestamptz not null default now(),
  primary key (name, from_value, to_value)
)"""

# How values are written as text.
SETTINGS = (
    "set timezone to 'UTC'",
    "set datestyle to 'ISO, YMD'",
    "set intervalstyle to 'postgres'",
    "set bytea_output to 'hex'",
    "set extra_float_digits to 1",
)


def quoted(name: str) -> str:
    """``sales.orders`` as PostgreSQL takes it: ``"sales"."orders"``."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def literal(value: str) -> str:
    """Text as PostgreSQL takes it."""
    if "\\" in value:
        return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + value.replace("'", "''") + "'"


def formula(table: str, columns: Sequence[str], by: str, start: str, end: str) -> str:
    """``rows`` and ``checksum`` of the rows with ``start <= by < end`` (SQL expressions)."""
    row = ", ".join(quoted(column) for column in columns)
    return (
        "select count(*) as rows, "
        "coalesce(sum(('x' || left(md5(row(" + row + ")::text), 15))::bit(60)::bigint), 0)::text "
        f"as checksum from {quoted(table)} where {quoted(by)} >= {start} and {quoted(by)} < {end}"
    )


def recording(
    name: str, table: str, columns: Sequence[str], by: str, recorded_in: str, start: str, end: str
) -> str:
    """The statement that the writer's side runs once for each closed period.

    start, end   the period's ends as text: ``2026-11-01``, ``2026-12-01``
    """
    values = ", ".join(literal(each) for each in (name, start, end))
    # Literals without a type become the column's own.
    checksum = formula(table, columns, by, literal(start), literal(end))
    return (
        f"insert into {quoted(recorded_in)} (name, from_value, to_value, rows, checksum) "
        f"select {values}, rows, checksum from ({checksum}) as computed "
        "on conflict do nothing"
    )
