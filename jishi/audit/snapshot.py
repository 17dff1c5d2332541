"""One unchanging view of a database, read-only, while others go on writing: all the auditor knows comes from it."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import apsw
import psycopg
from psycopg.rows import dict_row

ROWS_AT_ONCE = 500
CONNECT_SECONDS = 10
BUSY_TIMEOUT_MS = 5_000
ADDRESS = "A database address begins with sqlite:/// or postgresql://."


class CannotOpen(Exception):
    """The database cannot be opened."""


class Snapshot(Protocol):
    """What checks read from. Portable SQL with `?` for each value; rows are read by column name, a few at a time."""

    def rows(self, sql: str, *values: Any) -> AsyncIterator[Mapping[str, Any]]: ...


async def all_rows(snapshot: Snapshot, sql: str, *values: Any) -> list[Mapping[str, Any]]:
    """All rows of a query that has few."""
    return [row async for row in snapshot.rows(sql, *values)]


class SqliteSnapshot:
    """A view through one connection that is inside a transaction."""

    def __init__(self, connection: apsw.Connection):
        self.connection = connection

    async def rows(self, sql: str, *values: Any) -> AsyncIterator[Mapping[str, Any]]:
        cursor = self.connection.cursor()
        names: list[str] = []
        for place, row in enumerate(cursor.execute(sql, values)):
            if not names:
                names = [name for name, *_ in cursor.get_description()]
            if place % ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)  # whoever shares the loop goes on; the view stays as it is
            yield dict(zip(names, row, strict=True))


class PostgresSnapshot:
    """A view through one connection that is inside a transaction."""

    def __init__(self, connection: psycopg.AsyncConnection):
        self.connection, self.cursors = connection, itertools.count(1)

    async def rows(self, sql: str, *values: Any) -> AsyncIterator[Mapping[str, Any]]:
        numbers, name = itertools.count(1), f"rows_{next(self.cursors)}"
        sql = re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
        async with psycopg.AsyncRawServerCursor(self.connection, name, row_factory=dict_row) as cursor:
            cursor.itersize = ROWS_AT_ONCE
            await cursor.execute(sql, values)
            async for row in cursor:
                yield row


@asynccontextmanager
async def open_snapshot(url: str) -> AsyncIterator[Snapshot]:
    """Open a database by its URL for one audit. Raises CannotOpen."""
    if url.startswith("sqlite:///"):
        connection = _file(url.removeprefix("sqlite:///"))
        try:
            yield SqliteSnapshot(connection)
        finally:
            connection.close(True)
    elif url.startswith(("postgresql://", "postgres://")):
        connection = await _server(url)
        try:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)
            async with connection.transaction():
                yield PostgresSnapshot(connection)
        finally:
            await connection.close()
    else:
        raise CannotOpen(ADDRESS)


def _file(name: str) -> apsw.Connection:
    """With the library the engine uses: two of them in one process would undo each other's locks."""
    path = Path(name).absolute()
    try:
        connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM heads LIMIT 1").fetchall()
    except apsw.Error as fault:
        told = f"The database {path} cannot be read ({fault}). Check its path, or run `jishi migrate`."
        raise CannotOpen(told) from None
    return connection


async def _server(url: str) -> psycopg.AsyncConnection:
    settings = {"connect_timeout": CONNECT_SECONDS, "options": "-c jit=off"}
    try:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True, **settings)
        await connection.execute("SELECT 1 FROM heads LIMIT 1")
    except (OSError, psycopg.Error) as fault:
        why = type(fault).__name__
        told = f"The database or its tables cannot be read ({why}). Check its address, or run `jishi migrate`."
        raise CannotOpen(told) from None
    return connection
