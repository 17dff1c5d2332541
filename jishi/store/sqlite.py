"""SQLite: one writer, inline on the event loop, durable at every commit; reads on a connection of their own."""

import asyncio
import glob
import os
from collections.abc import Mapping, Sequence
from itertools import starmap
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy.dialects import sqlite as dialect

from jishi.kernel.rows import TABLES, Row
from jishi.store.database import Turn
from jishi.store.errors import Transient
from jishi.store.metadata import create_statements, metadata
from jishi.store.portable import for_sqlite, sqlite_values
from jishi.store.shape import decoder, quoted
from jishi.store.sqlite_log import SqliteLog
from jishi.store.sqlite_session import SqliteSession, fetch, rows_of
from jishi.store.writer_lock import WriterLock

BUSY_TIMEOUT_MS = 1_000  # only a foreign tool can hold the file; waiting stops the event loop
STATEMENTS_KEPT = 500
CACHE_KIB = 64_000  # SQLite's own is 2 MB: less than a batch changes, which is then written twice
READ_WRITE = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
READ_ONLY = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
MEMORY = ":memory:"


def file_of(url: str) -> str:
    """The path an SQLite URL names: three slashes for a relative one, four for an absolute one."""
    path = url.removeprefix("sqlite:///")
    if path == url or not path:
        raise ValueError("An SQLite address looks like sqlite:///relative/file.db or sqlite:////absolute/file.db.")
    return path


def path_of(url: str) -> Path:
    """The absolute path of an SQLite URL's file."""
    return Path(file_of(url)).absolute()


def connect(name: str, *, writer: bool) -> apsw.Connection:
    """A connection with the settings every one of ours has."""
    try:
        connection = apsw.Connection(name, READ_WRITE if writer else READ_ONLY, statementcachesize=STATEMENTS_KEPT)
    except apsw.CantOpenError as fault:
        told = f"The database {name} cannot be opened. Make it with `jishi migrate`, or check its path."
        raise FileNotFoundError(told) from fault
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # else a look-up is planned anew for every kind of timer
    connection.pragma("foreign_keys", True)
    if writer:
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("secure_delete", True)  # an erased name leaves the page at once
        connection.pragma("cache_size", -CACHE_KIB)
        connection.wal_autocheckpoint(0)
    return connection


def rewrite(connection: apsw.Connection, name: str) -> None:
    """Move a table's rows out and in again: pages that become free on the way are cleared as a whole."""
    with connection:
        connection.execute(f'CREATE TABLE "{name}_moving" AS SELECT * FROM "{name}"')
        connection.execute(f'DELETE FROM "{name}"')
        connection.execute(f'INSERT INTO "{name}" SELECT * FROM "{name}_moving"')
        connection.execute(f'DROP TABLE "{name}_moving"')


def copies_of(name: str) -> list[Path]:
    """The copies that migrations made of a file before they took something away."""
    if name == MEMORY:
        return []
    path = Path(name)
    return sorted(path.parent.glob(f"{glob.escape(path.name)}.before-*[0-9]"))


def forget(connection: apsw.Connection, where: Mapping[type[Row], str], party: int) -> None:
    """Delete rows from the tables that this copy has, under the columns that it has, and clear their pages."""
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    tables = {TABLES[row_type].name: text for row_type, text in where.items() if TABLES[row_type].name in present}
    for name, text in tables.items():
        connection.execute(f'DELETE FROM "{name}" AS t WHERE {text}', {"party": party})
        rewrite(connection, name)
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


class SqliteDatabase:
    """One file, or a database in memory that lives as long as it is open."""

    dialect, one_writer = "sqlite", True

    def __init__(self, name: str, writer: bool, lock: WriterLock | None, turn: Turn | None = None):
        self.name, self.lock = name, lock
        self.turn = turn or asyncio.Lock()
        self.writer = connect(name, writer=True) if writer else None
        self.reader = self.writer if name == MEMORY else connect(name, writer=False)
        self.log = SqliteLog(name, self.writer, in_memory=name == MEMORY) if self.writer else None

    @classmethod
    async def open(
        cls, url: str, writer: bool, turn: Turn | None = None, locked: bool = False
    ) -> "SqliteDatabase":
        """Open by URL; see `open_database`."""
        if file_of(url) == MEMORY:
            return cls._in_memory()
        path = path_of(url)
        lock = None
        if writer:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = None if locked else WriterLock(path)
        try:
            if writer:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            return cls(str(path), writer, lock, turn)
        except BaseException:
            if lock:
                lock.release()
            raise

    @classmethod
    def _in_memory(cls) -> "SqliteDatabase":
        database = cls(MEMORY, True, None)
        for statement in create_statements(dialect.dialect(), metadata()):
            database.writer.execute(statement)
        return database

    async def session(self) -> SqliteSession:
        """A writing session; all share the one connection, in turns."""
        if self.writer is None:
            raise RuntimeError("This database was opened for reading only.")
        return SqliteSession(self.writer, self.turn)

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL on the reading connection."""
        return fetch(self.reader, sql, params)

    async def read(self, row_type: type[Row], sql_tail: str = "", **params: Any) -> list[Any]:
        """Rows of a table."""
        spec = TABLES[row_type]
        sql, lists = for_sqlite(f'SELECT {quoted(spec.names)} FROM "{spec.name}" {sql_tail}')
        return list(starmap(decoder(row_type), rows_of(self.reader, sql, sqlite_values(params, lists))))

    async def checkpoint(self) -> asyncio.Future[None] | None:
        """Copy the log into the file once it is worth it; never waits for readers."""
        return await self.log.tidy() if self.log else None

    async def scrub(self, row_types: Sequence[type[Row]]) -> None:
        """Rewrite the tables and empty the log. Transient while another process reads.

        `secure_delete` clears what is deleted, but not the copies that balancing a tree leaves behind in its pages.
        """
        assert self.log, "only the writer scrubs"
        async with self.turn:
            for row_type in row_types:
                rewrite(self.writer, TABLES[row_type].name)
            emptied = await self.log.empty()
        if not emptied:
            raise Transient("Another process reads the database, so the log could not be emptied.")

    async def scrub_copies(self, where: Mapping[type[Row], str], party: int) -> int:
        """Delete these rows from the whole copies beside the file, and rewrite their tables."""
        copies = copies_of(self.name)
        for copy in copies:
            connection = connect(str(copy), writer=True)
            try:
                forget(connection, where, party)
            finally:
                connection.close()
        return len(copies)

    async def close(self) -> None:
        """Close the connections; the last one tidies the log away."""
        try:
            if self.log:
                await self.log.settled()
        finally:
            self.reader.close()
            if self.writer:
                self.writer.close()
            if self.log:
                self.log.close()
            if self.lock:
                self.lock.release()
                self.lock = None
