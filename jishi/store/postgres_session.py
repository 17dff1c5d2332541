"""The writing session on PostgreSQL: the hot verbs for a whole batch, on one connection that comes back by itself."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import starmap
from typing import Any

import asyncpg

from jishi.kernel.ledger import Balance
from jishi.kernel.owners import Head, LogRow
from jishi.kernel.rows import Row
from jishi.store import postgres_statements as statements
from jishi.store.balances import summed
from jishi.store.database import Probe, Seen
from jishi.store.errors import MissingRow
from jishi.store.portable import for_postgres, record
from jishi.store.postgres_faults import FAULTS, translated
from jishi.store.shape import check_many, decoder, encoder, spec_of

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class PostgresSession:
    """See `database.Session`. `connect` makes a connection; a lost one is replaced at the next begin."""

    def __init__(self, connect: Connect):
        self.connect = connect
        self.connection: asyncpg.Connection | None = None
        self.probe: Probe | None = None

    async def begin(self) -> None:
        """Connect if need be, and start."""
        self._step("begin")
        if self.connection is None or self.connection.is_closed():
            self.connection = await self.connect()
        await self._call(self.connection.execute, "BEGIN")

    async def commit(self) -> None:
        """Make it durable, or give it up and raise; UnknownCommit if nobody can tell."""
        try:
            self._step("commit")
            status = await self._call(self.connection.execute, "COMMIT", committing=True)
        except BaseException:
            await self.rollback()
            raise
        if status != "COMMIT":
            raise RuntimeError("The transaction had failed before it was committed; nothing was changed.")
        if self.probe:
            self.probe("after:commit")

    async def rollback(self) -> None:
        """Give up what was begun; a connection that cannot even do that is dropped."""
        connection = self.connection
        if connection is None:
            return
        try:
            if not connection.is_closed() and connection.is_in_transaction():
                await connection.execute("ROLLBACK", timeout=5)
        except FAULTS:
            connection.terminate()
        if connection.is_closed():
            self.connection = None

    async def close(self) -> None:
        """Give up what is open and disconnect."""
        await self.rollback()
        if self.connection is not None:
            await close(self.connection)
            self.connection = None

    async def lock(self, owners: Sequence[int]) -> dict[int, Head]:
        """Lock the heads in key order."""
        keys = [(owner,) for owner in sorted(set(owners))]
        return {row[0]: Head(*row) for row in await self._keyed("lock:heads", statements.lock(), keys)}

    async def seen(self, keys: Sequence[tuple[int, str, str]]) -> dict[tuple[int, str, str], Seen]:
        """Accepted commands by (owner, principal, command id)."""
        found = starmap(LogRow, await self._keyed("seen:log", statements.seen(), keys))
        return {(row.owner, row.principal, row.command_id): Seen(row.fingerprint, row.answer, row.seq) for row in found}

    async def load(self, row_type: type[Row], keys: Sequence[tuple]) -> list[Row]:
        """The rows with these full keys."""
        found = await self._keyed(f"load:{spec_of(row_type).name}", statements.load(row_type), keys)
        return list(starmap(decoder(row_type), found))

    async def load_under(self, row_type: type[Row], prefixes: Sequence[tuple]) -> list[Row]:
        """The rows under these prefixes, in key order."""
        ordered = sorted(set(prefixes))
        if not ordered:
            return []
        statement = statements.load_under(row_type, len(ordered[0]))
        found = await self._keyed(f"load_under:{spec_of(row_type).name}", statement, ordered)
        check_many(row_type, len(ordered[0]), found)
        return list(starmap(decoder(row_type), found))

    async def insert(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """New rows, by COPY."""
        if not rows:
            return
        spec = spec_of(row_type)
        self._step(f"insert:{spec.name}")
        values = list(map(encoder(row_type), rows))
        await self._call(self.connection.copy_records_to_table, spec.name, records=values, columns=spec.names)

    async def update(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """Changed rows."""
        name, values = spec_of(row_type).name, list(map(encoder(row_type), rows))
        found = await self._keyed(f"update:{name}", statements.update(row_type), values)
        if found and found[0][0]:
            raise MissingRow(f"{name}: {found[0][0]} rows to change are not there")

    async def upsert(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """New or changed rows."""
        values = list(map(encoder(row_type), rows))
        await self._keyed(f"upsert:{spec_of(row_type).name}", statements.upsert(row_type), values)

    async def delete(self, row_type: type[Row], keys: Sequence[tuple]) -> None:
        """Rows that go, by full key."""
        await self._keyed(f"delete:{spec_of(row_type).name}", statements.delete(row_type), keys)

    async def add_balances(self, deltas: Sequence[Balance]) -> None:
        """Add to the balances of accounts."""
        await self._keyed("add_balances:balances", statements.add_balances(), summed(deltas))

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL inside the transaction."""
        self._step("fetch")
        translated_sql, names = for_postgres(sql)
        return named(await self._call(self.connection.fetch, translated_sql, *[params[name] for name in names]))

    def _step(self, name: str) -> None:
        if self.probe:
            self.probe(f"before:{name}")

    async def _keyed(self, name: str, keyed: statements.Statement, tuples: Sequence[tuple]) -> list[asyncpg.Record]:
        """Run a statement about all of these, if there are any."""
        if not tuples:
            return []
        self._step(name)
        return await self._call(self.connection.fetch, keyed.sql, *keyed.parameters(tuples))

    async def _call(self, method: Callable, *args: Any, committing: bool = False, **options: Any) -> Any:
        try:
            return await method(*args, **options)
        except FAULTS as fault:
            ours = translated(fault, closed=self.connection.is_closed(), committing=committing)
            if ours is fault:
                raise
            raise ours from fault


def named(found: list[asyncpg.Record]) -> list[Any]:
    """Records as named tuples."""
    return list(map(record(tuple(found[0].keys())), found)) if found else []


async def close(connection: asyncpg.Connection) -> None:
    """Say good-bye, or hang up when the other side does not answer."""
    try:
        await connection.close(timeout=2)
    except FAULTS:
        connection.terminate()
