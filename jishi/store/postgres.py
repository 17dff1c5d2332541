"""PostgreSQL: a pool for reads, and a connection of its own for each writing session."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import Any

import asyncpg

from jishi.kernel.rows import TABLES, Row
from jishi.store.errors import Transient
from jishi.store.portable import for_postgres
from jishi.store.postgres_faults import FAULTS, translated
from jishi.store.postgres_session import PostgresSession, close, named
from jishi.store.shape import decoder, quoted

CONNECT_SECONDS = 10
READERS_MAX = 8
READER_WAIT_SECONDS = 5
STATEMENTS_KEPT = 500
EVERYONE = {"application_name": "jishi", "jit": "off", "statement_timeout": "30000"}
READERS = EVERYONE | {"default_transaction_read_only": "on"}
# Plans are made once, whatever the values; no batch statement joins a table, so that an index is always right.
WRITERS = EVERYONE | {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
}


async def as_it_is(connection: asyncpg.Connection) -> None:
    """Readers only read, each statement by itself: there is nothing to reset, and asking costs as much as a read."""


async def connect(url: str, settings: dict[str, str]) -> asyncpg.Connection:
    """A connection; when there is none to be had now, Transient."""
    try:
        return await asyncpg.connect(
            url, timeout=CONNECT_SECONDS, statement_cache_size=STATEMENTS_KEPT, server_settings=settings
        )
    except FAULTS as fault:
        ours = translated(fault)
        if ours is fault:
            raise
        raise ours from fault


class PostgresDatabase:
    """See `database.Database`."""

    dialect, one_writer = "postgres", False

    def __init__(self, url: str, writer: bool, pool: asyncpg.Pool):
        self.url, self.writer, self.pool = url, writer, pool
        self.sessions: list[PostgresSession] = []

    @classmethod
    async def open(cls, url: str, writer: bool, *_: Any) -> "PostgresDatabase":
        """Open by URL; see `open_database`. Writers need not take turns here."""
        (await connect(url, READERS)).terminate()  # tells of a wrong address or password at once
        pool = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=READERS_MAX,
            timeout=CONNECT_SECONDS,
            statement_cache_size=STATEMENTS_KEPT,
            server_settings=READERS,
            reset=as_it_is,
        )
        return cls(url, writer, await pool)

    async def session(self) -> PostgresSession:
        """A writing session of its own."""
        if not self.writer:
            raise RuntimeError("This database was opened for reading only.")
        session = PostgresSession(lambda: connect(self.url, WRITERS))
        self.sessions.append(session)
        return session

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL on the read pool."""
        return named(await self._rows(sql, params))

    async def read(self, row_type: type[Row], sql_tail: str = "", **params: Any) -> list[Any]:
        """Rows of a table."""
        spec = TABLES[row_type]
        found = await self._rows(f'SELECT {quoted(spec.names)} FROM "{spec.name}" {sql_tail}', params)
        return list(starmap(decoder(row_type), found))

    async def checkpoint(self) -> None:
        """Nothing to do: the server does it by itself."""

    async def scrub(self, row_types: Sequence[type[Row]]) -> None:
        """Rewrite the tables without their dead rows. The server's own log keeps what it wrote until it is recycled."""
        connection = await connect(self.url, EVERYONE | {"statement_timeout": "0", "lock_timeout": "5000"})
        try:
            for row_type in row_types:
                await connection.execute(f'VACUUM (FULL) "{TABLES[row_type].name}"')
        except FAULTS as fault:
            ours = translated(fault, closed=connection.is_closed())
            if ours is fault:
                raise
            raise ours from fault
        finally:
            await close(connection)

    async def scrub_copies(self, where: Mapping[type[Row], str], party: int) -> int:
        """Migrations make no copies here."""
        return 0

    async def close(self) -> None:
        """Close all connections."""
        for session in self.sessions:
            await session.close()
        try:
            await asyncio.wait_for(self.pool.close(), 5)
        except TimeoutError:
            self.pool.terminate()

    async def _rows(self, sql: str, params: dict[str, Any]) -> list[asyncpg.Record]:
        """Run a read; a second time if the pool's connection had been lost meanwhile, for instance at a restart."""
        try:
            return await self._rows_once(sql, params)
        except Transient:
            return await self._rows_once(sql, params)

    async def _rows_once(self, sql: str, params: dict[str, Any]) -> list[asyncpg.Record]:
        translated_sql, names = for_postgres(sql)
        try:
            async with self.pool.acquire(timeout=READER_WAIT_SECONDS) as connection:
                return await connection.fetch(translated_sql, *[params[name] for name in names])
        except FAULTS as fault:
            ours = translated(fault)
            if ours is fault:
                raise
            raise ours from fault
