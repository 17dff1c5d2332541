"""The writing session on SQLite: the hot verbs, inline, on the one writing connection."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from typing import Any

import apsw

from jishi.kernel.ledger import Balance
from jishi.kernel.owners import Head
from jishi.kernel.rows import Row
from jishi.store import sqlite_statements as statements
from jishi.store.balances import summed
from jishi.store.database import Probe, Seen
from jishi.store.errors import Conflict, MissingRow, Transient
from jishi.store.portable import for_sqlite, record, sqlite_values
from jishi.store.shape import encoder, heads, key_values, raced, reader, spec_of

TAKEN = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_ROWID)


class Answered:
    """What has been asked: on SQLite the rows are there at once, and become an answer for who awaits it."""

    __slots__ = ("found", "read")

    def __init__(self, found: list[tuple], read: Callable[[list[tuple]], Any]):
        self.found, self.read = found, read

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.read(self.found)
        yield  # never: it makes this a generator, and nothing is waited for


class SqliteSession:
    """See `database.Session`. BEGIN IMMEDIATE locks the whole file, so `lock` only reads."""

    def __init__(self, connection: apsw.Connection, turn: asyncio.Lock):
        self.connection, self.turn = connection, turn
        self.mine = False
        self.probe: Probe | None = None

    async def begin(self) -> None:
        """Wait for our turn and start."""
        assert not self.mine, "this session has begun already"
        await self.turn.acquire()
        self.mine = True
        try:
            self._run("begin", "BEGIN IMMEDIATE")
        except BaseException:
            self._leave()
            raise

    async def commit(self) -> None:
        """Make it durable, or give it up and raise."""
        assert self.mine, "this session has not begun"
        try:
            self._run("commit", "COMMIT")
        except BaseException:
            await self.rollback()
            raise
        self._leave()
        if self.probe:
            self.probe("after:commit")

    async def rollback(self) -> None:
        """Give up what was begun, if anything was."""
        if not self.mine:
            return
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        finally:
            self._leave()

    async def close(self) -> None:
        """Give up what is open; the connection belongs to the database."""
        await self.rollback()

    def lock(self, owners: Sequence[int]) -> Answered:
        """The heads of these owners."""
        found = self._many("lock:heads", statements.load(Head), [(owner,) for owner in sorted(set(owners))])
        return Answered(found, heads)

    def seen(self, keys: Sequence[tuple[int, str, str]]) -> Answered:
        """Accepted commands by (owner, principal, command id)."""
        return Answered(self._many("seen:log", statements.SEEN, keys), _seen)

    def load(self, row_type: type[Row], keys: Sequence[tuple]) -> Answered:
        """The rows with these full keys."""
        found = self._many(f"load:{spec_of(row_type).name}", statements.load(row_type), keys)
        return Answered(found, reader(row_type))

    def load_under(self, row_type: type[Row], prefixes: Sequence[tuple]) -> Answered:
        """The rows under these prefixes, in key order."""
        ordered = sorted(set(prefixes))
        width = len(ordered[0]) if ordered else 1
        name = f"load_under:{spec_of(row_type).name}"
        found = self._many(name, statements.load_under(row_type, width), ordered)
        found.sort(key=key_values(row_type))
        return Answered(found, reader(row_type, width))

    async def insert(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """New rows."""
        self._many(f"insert:{spec_of(row_type).name}", statements.insert(row_type), list(map(encoder(row_type), rows)))

    async def update(self, row_type: type[Row], rows: Sequence[Row], names: tuple[str, ...] = ()) -> None:
        """Changed rows."""
        spec, before = spec_of(row_type), self.connection.total_changes()
        names = names or spec.changes
        values = list(map(encoder(row_type, (*names, *spec.key)), rows))
        self._many(f"update:{spec.name}", statements.update(row_type, names), values)
        if self.connection.total_changes() - before != len(rows):
            raise MissingRow(f"{spec.name}: a row to change is not there")

    async def upsert(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """New or changed rows."""
        self._many(f"upsert:{spec_of(row_type).name}", statements.upsert(row_type), list(map(encoder(row_type), rows)))

    async def delete(self, row_type: type[Row], keys: Sequence[tuple]) -> None:
        """Rows that go, by full key."""
        self._many(f"delete:{spec_of(row_type).name}", statements.delete(row_type), keys)

    async def add_balances(self, deltas: Sequence[Balance]) -> None:
        """Add to the balances of accounts."""
        self._many("add_balances:balances", statements.ADD_BALANCE, summed(deltas))

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL inside the transaction."""
        self._step("fetch")
        return fetch(self.connection, sql, params)

    def _step(self, name: str) -> None:
        if self.probe:
            self.probe(f"before:{name}")

    def _leave(self) -> None:
        self.mine = False
        self.turn.release()

    def _run(self, name: str, sql: str) -> None:
        self._step(name)
        try:
            self.connection.execute(sql)
        except (apsw.BusyError, apsw.LockedError) as fault:
            raise Transient(str(fault)) from fault

    def _many(self, name: str, sql: str, values: Sequence[tuple]) -> list[tuple]:
        assert self.mine, "this session has not begun"
        if not values:
            return []
        self._step(name)
        try:
            return self.connection.executemany(sql, values).fetchall()
        except (apsw.BusyError, apsw.LockedError) as fault:
            raise Transient(str(fault)) from fault
        except apsw.ConstraintError as fault:
            if fault.extendedresult in TAKEN and raced(name.rpartition(":")[2]):
                raise Conflict(str(fault)) from fault
            raise


def _seen(found: list[tuple]) -> dict[tuple[int, str, str], Seen]:
    return {row[:3]: Seen(*row[3:]) for row in found}


def rows_of(connection: apsw.Connection, sql: str, values: dict[str, Any]) -> list[tuple]:
    """Run one statement; a busy file is transient."""
    try:
        return connection.execute(sql, values).fetchall()
    except (apsw.BusyError, apsw.LockedError) as fault:
        raise Transient(str(fault)) from fault


def fetch(connection: apsw.Connection, sql: str, params: dict[str, Any]) -> list[Any]:
    """Portable SQL to named tuples."""
    translated, lists = for_sqlite(sql)
    try:
        cursor = connection.execute(translated, sqlite_values(params, lists))
        names = tuple([column[0] for column in cursor.get_description()])
        return list(map(record(names), cursor))
    except apsw.ExecutionCompleteError:  # it gives no rows
        return []
    except (apsw.BusyError, apsw.LockedError) as fault:
        raise Transient(str(fault)) from fault
