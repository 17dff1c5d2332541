"""The hot statements on PostgreSQL, one per verb for a whole batch, from the declarations. New rows go by COPY.

Parameters are one array per column. No statement joins a table: a load looks each key up by itself (LATERAL … LIMIT 1),
and an update is an insert that meets its row, so that no plan, made when a table was small, can ever read all of it.
"""

from functools import cache

from jishi.kernel.ledger import Balance
from jishi.kernel.owners import Head, LogRow
from jishi.kernel.rows import Row
from jishi.store.shape import MANY_MAX, quoted, spec_of

ARRAYS = {int: "bigint[]", str: "text[]", bytes: "bytea[]"}
LOG_KEY = ("owner", "principal", "command_id")


def _arrays(row_type: type[Row], names: tuple[str, ...]) -> str:
    """`unnest($1::bigint[], …)` for these columns."""
    types = {column.name: ARRAYS[column.type] for column in spec_of(row_type).columns}
    return f"unnest({', '.join([f'${n}::{types[name]}' for n, name in enumerate(names, 1)])})"


def _each(row_type: type[Row], key: tuple[str, ...], ending: str) -> str:
    """For each key in the arrays, in their order, the rows it finds."""
    spec = spec_of(row_type)
    given = ", ".join([f"k{n}" for n in range(len(key))])
    matched = " AND ".join([f't."{name}" = given.k{n}' for n, name in enumerate(key)])
    return (
        f"SELECT {quoted(spec.names, 'found.')} FROM {_arrays(row_type, key)} AS given ({given}) CROSS JOIN LATERAL "
        f'(SELECT {quoted(spec.names, "t.")} FROM "{spec.name}" AS t WHERE {matched} {ending}) AS found'
    )


@cache
def load(row_type: type[Row]) -> str:
    """Rows by full keys."""
    return _each(row_type, spec_of(row_type).key, "LIMIT 1")


@cache
def load_under(row_type: type[Row], length: int) -> str:
    """Rows whose key begins with `length` values, one more than allowed at most for each."""
    spec = spec_of(row_type)
    return _each(row_type, spec.key[:length], f"ORDER BY {quoted(spec.key, 't.')} LIMIT {MANY_MAX + 1}")


@cache
def lock() -> str:
    """Heads, locked in the order of the keys given."""
    return _each(Head, ("owner",), "LIMIT 1 FOR UPDATE")


@cache
def seen() -> str:
    """Log rows by the key of their command."""
    return _each(LogRow, LOG_KEY, "LIMIT 1")


def _put(row_type: type[Row], change: str) -> str:
    spec = spec_of(row_type)
    values = f"SELECT * FROM {_arrays(row_type, spec.names)}"
    return (
        f'INSERT INTO "{spec.name}" AS t ({quoted(spec.names)}) {values} ON CONFLICT ({quoted(spec.key)}) DO {change}'
    )


def _takes(row_type: type[Row]) -> str:
    return ", ".join([f'"{name}" = excluded."{name}"' for name in spec_of(row_type).changes])


@cache
def update(row_type: type[Row]) -> str:
    """Rows that are there take the changing columns; counts those that were not (their xmax is 0)."""
    change = f"UPDATE SET {_takes(row_type)} RETURNING (t.xmax = 0) AS fresh"
    return f"WITH put AS ({_put(row_type, change)}) SELECT count(*) FROM put WHERE fresh"


@cache
def upsert(row_type: type[Row]) -> str:
    """New rows, or the changing columns of stored ones."""
    changes = _takes(row_type)
    return _put(row_type, f"UPDATE SET {changes}" if changes else "NOTHING")


@cache
def delete(row_type: type[Row]) -> str:
    """One row by its full key."""
    spec = spec_of(row_type)
    matched = " AND ".join([f'"{name}" = ${n}' for n, name in enumerate(spec.key, 1)])
    return f'DELETE FROM "{spec.name}" WHERE {matched}'


@cache
def add_balances() -> str:
    """Add to balances."""
    return _put(Balance, 'UPDATE SET "balance_minor" = t."balance_minor" + excluded."balance_minor"')
