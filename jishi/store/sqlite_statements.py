"""The hot statements on SQLite, one per verb, from the declarations. Run once per row, kept prepared."""

from functools import cache

from jishi.kernel.rows import Row
from jishi.store.shape import MANY_MAX, quoted, spec_of


def _matched(names: tuple[str, ...]) -> str:
    return " AND ".join([f'"{name}" = ?' for name in names])


@cache
def load(row_type: type[Row]) -> str:
    """One row by its full key."""
    spec = spec_of(row_type)
    return f'SELECT {quoted(spec.names)} FROM "{spec.name}" WHERE {_matched(spec.key)}'


@cache
def load_under(row_type: type[Row], length: int) -> str:
    """The rows whose key begins with `length` values, one more than allowed at most.

    Without ORDER BY, which costs four times as much; the session sorts them.
    """
    spec = spec_of(row_type)
    matched = _matched(spec.key[:length])
    return f'SELECT {quoted(spec.names)} FROM "{spec.name}" WHERE {matched} LIMIT {MANY_MAX + 1}'


@cache
def insert(row_type: type[Row]) -> str:
    """One new row, all columns in order."""
    spec = spec_of(row_type)
    marks = ", ".join("?" * len(spec.names))
    return f'INSERT INTO "{spec.name}" ({quoted(spec.names)}) VALUES ({marks})'


@cache
def update(row_type: type[Row], names: tuple[str, ...]) -> str:
    """These columns, then the key. SQLite writes anew the indexes of all columns that are named."""
    spec = spec_of(row_type)
    changes = ", ".join([f'"{name}" = ?' for name in names])
    return f'UPDATE "{spec.name}" SET {changes} WHERE {_matched(spec.key)}'


@cache
def upsert(row_type: type[Row]) -> str:
    """One row, all columns; a stored one takes the changing columns."""
    spec = spec_of(row_type)
    changes = ", ".join([f'"{name}" = excluded."{name}"' for name in spec.changes])
    then = f"UPDATE SET {changes}" if changes else "NOTHING"
    return f"{insert(row_type)} ON CONFLICT ({quoted(spec.key)}) DO {then}"


@cache
def delete(row_type: type[Row]) -> str:
    """One row by its full key."""
    spec = spec_of(row_type)
    return f'DELETE FROM "{spec.name}" WHERE {_matched(spec.key)}'


SEEN = (
    'SELECT "owner", "principal", "command_id", "fingerprint", "answer", "seq" FROM "log" '
    'WHERE "owner" = ? AND "principal" = ? AND "command_id" = ?'
)
ADD_BALANCE = (
    'INSERT INTO "balances" ("owner", "account", "currency", "balance_minor") VALUES (?, ?, ?, ?) '
    'ON CONFLICT ("owner", "account", "currency") '
    'DO UPDATE SET "balance_minor" = "balance_minor" + excluded."balance_minor"'
)
