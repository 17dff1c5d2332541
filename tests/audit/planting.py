"""Planting faults: a change made behind the kernel's back, with nothing to hold it, audited and taken back."""

from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import apsw
import psycopg

from jishi.audit.report import examine
from jishi.audit.snapshot import PostgresSnapshot, SqliteSnapshot, all_rows
from jishi.audit.violation import Violation
from jishi.kernel.rows import TABLES
from jishi.kernel.vocabulary import GRAMMAR
from jishi.modes import load_modes
from jishi.store import Cursor

load_modes()
assert GRAMMAR and Cursor  # importing them declares every table
KEYS = {spec.name: spec.key for spec in TABLES.values()}
COLUMNS = {spec.name: spec.names for spec in TABLES.values()}
CHECKS = (
    "SELECT conname AS name, conrelid::regclass::text AS owner FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
)


class Fault(NamedTuple):
    """One change to the first row that fits. how: change, drop or copy; set: column -> SQL.

    The auditor must name that row (of a copy, the copy), or the one that `names` tells: a table, and the columns of
    its key as SQL over the chosen row.
    """

    how: str
    table: str
    where: str
    set: dict[str, str] = {}
    names: tuple[str, dict[str, str]] | None = None

    def __str__(self) -> str:
        told = ", ".join(f"{column} = {value}" for column, value in self.set.items())
        return f"{self.how} {self.table} where {self.where}: {told}"


class FileHand:
    """Changes an SQLite file through a connection of its own."""

    def __init__(self, connection: apsw.Connection):
        self.connection, self.snapshot = connection, SqliteSnapshot(connection)

    async def run(self, sql: str) -> None:
        self.connection.execute(sql)


class ServerHand:
    """Changes a PostgreSQL database through a connection of its own."""

    def __init__(self, connection: psycopg.AsyncConnection):
        self.connection, self.snapshot = connection, PostgresSnapshot(connection)

    async def run(self, sql: str) -> None:
        await self.connection.execute(sql)


@asynccontextmanager
async def free_hand(url: str):
    """A hand that no condition of the schema holds, inside a transaction that is never committed."""
    if url.startswith("sqlite"):
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA ignore_check_constraints = ON")
        hand = FileHand(connection)
        await hand.run("BEGIN IMMEDIATE")
        try:
            yield hand
        finally:
            connection.close(True)
        return
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    hand = ServerHand(connection)
    try:
        await hand.run("BEGIN")
        for name, table in await (await connection.execute(CHECKS)).fetchall():
            await hand.run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        yield hand
    finally:
        await connection.close()


def quoted(names) -> str:
    return ", ".join(f'"{name}"' for name in names)


def literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def where_key(key: dict[str, Any]) -> str:
    return " AND ".join(f'"{column}" = {literal(value)}' for column, value in key.items())


async def plant(hand, fault: Fault) -> tuple[str, dict[str, Any]]:
    """Make the change; returns the table and key that must be named."""
    key_columns, table = KEYS[fault.table], fault.table
    found = await all_rows(
        hand.snapshot, f'SELECT * FROM "{table}" WHERE {fault.where} ORDER BY {quoted(key_columns)} LIMIT 1'
    )
    assert found, f"no row to {fault}"
    key = {column: found[0][column] for column in key_columns}
    chosen = where_key(key)
    told = {column: f'"{column}"' for column in key_columns}
    if fault.how == "copy":
        told |= {column: value for column, value in fault.set.items() if column in key_columns}
    named, telling = fault.names or (table, told)
    cells = ", ".join(f'{value} AS "{column}"' for column, value in telling.items())
    (expected,) = await all_rows(hand.snapshot, f'SELECT {cells} FROM "{table}" WHERE {chosen}')
    expected = {column: expected[column] for column in telling}
    if fault.how == "drop":
        await hand.run(f'DELETE FROM "{table}" WHERE {chosen}')
    elif fault.how == "copy":
        values = ", ".join(fault.set.get(column, f'"{column}"') for column in COLUMNS[table])
        await hand.run(
            f'INSERT INTO "{table}" ({quoted(COLUMNS[table])}) SELECT {values} FROM "{table}" WHERE {chosen}'
        )
    else:
        changes = ", ".join(f'"{column}" = {value}' for column, value in fault.set.items())
        await hand.run(f'UPDATE "{table}" SET {changes} WHERE {chosen}')
    return named, expected


async def planted(hand, fault: Fault) -> tuple[tuple[str, dict[str, Any]], list[Violation]]:
    """What must be named, and what the auditor names; the database is as before afterwards."""
    await hand.run("SAVEPOINT before")
    expected = await plant(hand, fault)
    report = await examine(hand.snapshot)
    await hand.run("ROLLBACK TO SAVEPOINT before")
    return expected, report.violations
