"""PostgreSQL: connections that only read, and one of its own for each writing session."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import Any

from jishi.kernel.rows import TABLES, Row
from jishi.store.errors import Transient
from jishi.store.portable import for_postgres
from jishi.store.postgres_faults import FAULTS, raise_ours
from jishi.store.postgres_session import PostgresSession
from jishi.store.postgres_text import as_text
from jishi.store.postgres_wire import Wire
from jishi.store.shape import decoder, quoted

READERS_MAX = 8
READER_WAIT_SECONDS = 5
EVERYONE = {"jit": "off", "statement_timeout": "30000"}
READERS = EVERYONE | {"default_transaction_read_only": "on"}
# Plans are made once, whatever the values: every batch statement looks rows up by their key, and no other index begins
# as a key does.
WRITERS = EVERYONE | {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
}


class Readers:
    """Connections for reads, made when all others are busy."""

    def __init__(self, url: str):
        self.url = url
        self.free: list[Wire] = []
        self.places = asyncio.Semaphore(READERS_MAX)

    async def read(self, sql: str, params: dict[str, Any], named: bool) -> list[tuple]:
        """Run a read; on another connection if the free one had been lost meanwhile, for instance at a restart."""
        translated_sql, names = for_postgres(sql)
        given = [as_text(params[name]) for name in names]
        try:
            return await self._once(translated_sql, given, named)
        except Transient:
            return await self._once(translated_sql, given, named)

    async def _once(self, sql: str, given: list[bytes | None], named: bool) -> list[tuple]:
        try:
            await asyncio.wait_for(self.places.acquire(), READER_WAIT_SECONDS)
        except TimeoutError as fault:
            raise Transient("Every connection that reads has been busy for too long.") from fault
        wire = None
        try:
            wire = self._free() or await Wire.open(self.url, READERS)
            return await wire.ask(sql, given, named=named)
        except FAULTS as fault:
            raise_ours(fault, closed=wire is not None and wire.closed)
        finally:
            if wire and not wire.closed:
                self.free.append(wire)
            self.places.release()

    def _free(self) -> Wire | None:
        """The one used last, so that those that are not needed stay quiet."""
        while self.free:
            wire = self.free.pop()
            if not wire.closed:
                return wire
        return None

    def close(self) -> None:
        for wire in self.free:
            wire.close()


class PostgresDatabase:
    """See `database.Database`."""

    dialect, one_writer = "postgres", False

    def __init__(self, url: str, writer: bool):
        self.url, self.writer, self.readers = url, writer, Readers(url)
        self.sessions: list[PostgresSession] = []

    @classmethod
    async def open(cls, url: str, writer: bool, *_: Any) -> "PostgresDatabase":
        """Open by URL; see `open_database`. Writers need not take turns here."""
        (await Wire.open(url, READERS)).close()  # tells of a wrong address or password at once
        return cls(url, writer)

    async def session(self) -> PostgresSession:
        """A writing session of its own."""
        if not self.writer:
            raise RuntimeError("This database was opened for reading only.")
        session = PostgresSession(lambda: Wire.open(self.url, WRITERS))
        self.sessions.append(session)
        return session

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL on the read pool."""
        return await self.readers.read(sql, params, named=True)

    async def read(self, row_type: type[Row], sql_tail: str = "", **params: Any) -> list[Any]:
        """Rows of a table."""
        spec = TABLES[row_type]
        sql = f'SELECT {quoted(spec.names)} FROM "{spec.name}" {sql_tail}'
        found = await self.readers.read(sql, params, named=False)
        return list(starmap(decoder(row_type), found))

    async def checkpoint(self) -> None:
        """Nothing to do: the server does it by itself."""

    async def scrub(self, row_types: Sequence[type[Row]]) -> None:
        """Rewrite the tables without their dead rows. The server's own log keeps what it wrote until it is recycled."""
        wire = await Wire.open(self.url, EVERYONE | {"statement_timeout": "0", "lock_timeout": "5000"})
        try:
            for row_type in row_types:
                await wire.ask(f'VACUUM (FULL) "{TABLES[row_type].name}"')
        except FAULTS as fault:
            raise_ours(fault, closed=wire.closed)
        finally:
            wire.close()

    async def scrub_copies(self, where: Mapping[type[Row], str], party: int) -> int:
        """Migrations make no copies here."""
        return 0

    async def close(self) -> None:
        """Close all connections."""
        for session in self.sessions:
            await session.close()
        self.readers.close()
