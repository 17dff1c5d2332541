"""The hot statements on PostgreSQL, one per verb for a whole batch, from the declarations.

Parameters are one array per column. No statement joins a table: a load looks each key up by itself
(LATERAL … LIMIT 1), and an update is an insert that meets its row, so that no plan, made when a table was small, can
ever read all of it.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from psycopg import pq

from jishi.kernel.ledger import Balance
from jishi.kernel.owners import Head, LogRow
from jishi.kernel.rows import Column, Row
from jishi.store.postgres_binary import binaries, numbers, texts
from jishi.store.shape import MANY_MAX, quoted, spec_of

ARRAYS = {int: "bigint[]", str: "text[]", bytes: "bytea[]"}
GIVEN = {int: numbers, str: texts, bytes: binaries}
LOG_KEY = ("owner", "principal", "command_id")
ANYTHING = {int: "1::bigint", str: "''::text", bytes: "''::bytea"}  # in a column that is not written in the end


class Statement(NamedTuple):
    """SQL, the columns it is given, and how each of them becomes a parameter; formats: in binary, for each of them."""

    sql: str
    names: tuple[str, ...]
    given: tuple[Callable[[tuple], bytes], ...]
    formats: list[pq.Format]

    def parameters(self, tuples: Sequence[tuple]) -> list[bytes]:
        """One per column of these rows or keys, of which there is at least one."""
        return [give(column) for give, column in zip(self.given, zip(*tuples, strict=True), strict=True)]


def _statement(row_type: type[Row], names: tuple[str, ...], sql: str) -> Statement:
    """A statement about these columns of rows."""
    types = {column.name: column.type for column in spec_of(row_type).columns}
    return Statement(sql, names, tuple([GIVEN[types[name]] for name in names]), [pq.Format.BINARY] * len(names))


def _arrays(row_type: type[Row], names: tuple[str, ...]) -> str:
    """`SELECT unnest($1::bigint[]) AS k0, …`: the arrays side by side. `FROM unnest($1, …)` means the same, and writes
    every array down as a table of its own before it reads the first row: for the 33 columns of an order three times
    the work.
    """
    types = {column.name: ARRAYS[column.type] for column in spec_of(row_type).columns}
    return "SELECT " + ", ".join([f"unnest(${n + 1}::{types[name]}) AS k{n}" for n, name in enumerate(names)])


def _each(row_type: type[Row], key: tuple[str, ...], names: tuple[str, ...], ending: str) -> Statement:
    """For each key in the arrays, in their order, these columns of the rows it finds."""
    spec = spec_of(row_type)
    matched = " AND ".join([f't."{name}" = given.k{n}' for n, name in enumerate(key)])
    sql = (
        f"SELECT {quoted(names, 'found.')} FROM ({_arrays(row_type, key)}) AS given CROSS JOIN LATERAL "
        f'(SELECT {quoted(names, "t.")} FROM "{spec.name}" AS t WHERE {matched} {ending}) AS found'
    )
    return _statement(row_type, key, sql)


@cache
def load(row_type: type[Row]) -> Statement:
    """Rows by full keys."""
    spec = spec_of(row_type)
    return _each(row_type, spec.key, spec.names, "LIMIT 1")


@cache
def load_under(row_type: type[Row], length: int) -> Statement:
    """Rows whose key begins with `length` values, one more than allowed at most for each."""
    spec = spec_of(row_type)
    return _each(row_type, spec.key[:length], spec.names, f"ORDER BY {quoted(spec.key, 't.')} LIMIT {MANY_MAX + 1}")


@cache
def lock() -> Statement:
    """Heads, locked in the order of the keys given."""
    return _each(Head, ("owner",), spec_of(Head).names, "LIMIT 1 FOR UPDATE")


@cache
def seen() -> Statement:
    """Log rows by the key of their command."""
    return _each(LogRow, LOG_KEY, spec_of(LogRow).names, "LIMIT 1")


@cache
def insert(row_type: type[Row]) -> Statement:
    """New rows."""
    return _insert(row_type, spec_of(row_type).names)


def _insert(row_type: type[Row], given: tuple[str, ...], rest: Sequence[Column] = ()) -> Statement:
    """Rows with these columns as given, and `ANYTHING` in the rest."""
    columns = quoted([*given, *[column.name for column in rest]])
    values = ", ".join([_arrays(row_type, given), *[ANYTHING[column.type] for column in rest]])
    return _statement(row_type, given, f'INSERT INTO "{spec_of(row_type).name}" AS t ({columns}) {values}')


def _put(row_type: type[Row], made: Statement, change: str) -> Statement:
    """Insert rows; do this to those that are there."""
    return made._replace(sql=f"{made.sql} ON CONFLICT ({quoted(spec_of(row_type).key)}) DO {change}")


def _takes(names: tuple[str, ...]) -> str:
    return ", ".join([f'"{name}" = excluded."{name}"' for name in names])


def _checked(row_type: type[Row]) -> set[str]:
    """Columns that a row cannot hold `ANYTHING` in, as a check speaks of them that a 1 does not satisfy."""
    checks = " ".join([check for check in spec_of(row_type).checks if not re.fullmatch(r"\w+ >=? 0", check)])
    return set(re.findall(r"\w+", checks))


@cache
def update(row_type: type[Row], names: tuple[str, ...]) -> Statement:
    """Rows that are there take these columns; the others only make up a row that could be inserted. It fails, by a
    division by zero, where some were not there (their xmax is 0): what was sent after it, a commit perhaps, must not
    be done then.
    """
    spec = spec_of(row_type)
    wanted = {*spec.key, *names, *_checked(row_type)}
    given = tuple([name for name in spec.names if name in wanted])
    rest = [column for column in spec.columns if column.name not in wanted and not column.nullable]
    put = _put(row_type, _insert(row_type, given, rest), f"UPDATE SET {_takes(names)} RETURNING (t.xmax = 0) AS fresh")
    return put._replace(sql=f"WITH put AS ({put.sql}) SELECT 1 / (count(*) = 0)::int FROM put WHERE fresh")


@cache
def upsert(row_type: type[Row]) -> Statement:
    """New rows, or the changing columns of stored ones."""
    changes = _takes(spec_of(row_type).changes)
    return _put(row_type, insert(row_type), f"UPDATE SET {changes}" if changes else "NOTHING")


@cache
def delete(row_type: type[Row]) -> Statement:
    """Rows by their full keys: looked up as a load does, then taken where they lie, as a join might read the table."""
    spec = spec_of(row_type)
    found = _each(row_type, spec.key, ("ctid",), "LIMIT 1")
    return found._replace(sql=f'DELETE FROM "{spec.name}" WHERE ctid = ANY (ARRAY({found.sql}))')


@cache
def add_balances() -> Statement:
    """Add to balances."""
    return _put(Balance, insert(Balance), 'UPDATE SET "balance_minor" = t."balance_minor" + excluded."balance_minor"')
