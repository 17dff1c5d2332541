"""The writing session on PostgreSQL: the hot verbs for a whole batch, on one connection that comes back by itself.

What brings nothing back is sent and not waited for: `begin` and the verbs that write. Whether it went well shows at the
next question, or at the commit, which travels with them: PostgreSQL skips what comes after a failure, the commit too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from itertools import starmap
from typing import Any

from psycopg import errors
from psycopg.pq import TransactionStatus

from jishi.kernel.ledger import Balance
from jishi.kernel.owners import LogRow
from jishi.kernel.rows import Row
from jishi.store import postgres_statements as statements
from jishi.store.balances import summed
from jishi.store.database import Probe, Seen
from jishi.store.errors import MissingRow
from jishi.store.portable import for_postgres
from jishi.store.postgres_faults import FAULTS, raise_ours
from jishi.store.postgres_text import as_text
from jishi.store.postgres_wire import Wire
from jishi.store.shape import encoder, heads, reader, spec_of

ROLLBACK_SECONDS = 5
Reading = Callable[[list[tuple]], Any]


class Question:
    """What has been asked: awaited, it is answered."""

    __slots__ = ("future", "read", "session")

    def __init__(self, session: "PostgresSession", future: asyncio.Future | None, read: Reading):
        """future: None, where nothing had to be asked. read: makes of the rows what is wanted."""
        self.session, self.future, self.read = session, future, read

    def __await__(self) -> Generator[Any, Any, Any]:
        found = (yield from self.session.answer(self.future).__await__()) if self.future else []
        return self.read(found)


class PostgresSession:
    """See `database.Session`. `connect` makes a connection; a lost one is replaced at the next begin."""

    def __init__(self, connect: Callable[[], Awaitable[Wire]]):
        self.connect = connect
        self.wire: Wire | None = None
        self.sent: list[tuple[str, asyncio.Future]] = []
        self.probe: Probe | None = None

    async def begin(self) -> None:
        """Connect if need be, and start."""
        self._step("begin")
        if self.wire is None or self.wire.closed:
            self.wire = await self.connect()
        self.sent = [("begin", self.wire.ask("BEGIN"))]

    async def commit(self) -> None:
        """Make it durable, or give it up and raise; UnknownCommit if nobody can tell."""
        try:
            self._step("commit")
            if self.wire.state == TransactionStatus.INERROR:
                raise RuntimeError("The transaction had failed before it was committed; nothing was changed.")
            self.sent.append(("commit", self.wire.ask("COMMIT")))
            await self._settle(committing=True)
        except BaseException:
            await self.rollback()
            raise
        if self.probe:
            self.probe("after:commit")

    async def rollback(self) -> None:
        """Give up what was begun; a connection that cannot even do that is dropped."""
        self.sent = []
        if self.wire is None:
            return
        try:
            async with asyncio.timeout(ROLLBACK_SECONDS):
                await self.wire.quiet()
                if self.wire.state != TransactionStatus.IDLE:
                    await self.wire.ask("ROLLBACK")
        except FAULTS:
            self.wire.close()
        if self.wire.closed:
            self.wire = None

    async def close(self) -> None:
        """Give up what is open and disconnect."""
        await self.rollback()
        if self.wire is not None:
            self.wire.close()
            self.wire = None

    def lock(self, owners: Sequence[int]) -> Question:
        """Lock the heads in key order."""
        keys = [(owner,) for owner in sorted(set(owners))]
        return self._ask("lock:heads", statements.lock(), keys, heads)

    def seen(self, keys: Sequence[tuple[int, str, str]]) -> Question:
        """Accepted commands by (owner, principal, command id)."""
        return self._ask("seen:log", statements.seen(), keys, _seen)

    def load(self, row_type: type[Row], keys: Sequence[tuple]) -> Question:
        """The rows with these full keys."""
        return self._ask(f"load:{spec_of(row_type).name}", statements.load(row_type), keys, reader(row_type))

    def load_under(self, row_type: type[Row], prefixes: Sequence[tuple]) -> Question:
        """The rows under these prefixes, in key order."""
        ordered = sorted(set(prefixes))
        width = len(ordered[0]) if ordered else 1
        statement = statements.load_under(row_type, width)
        return self._ask(f"load_under:{spec_of(row_type).name}", statement, ordered, reader(row_type, width))

    async def insert(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """New rows."""
        self._send(f"insert:{spec_of(row_type).name}", statements.insert(row_type), list(map(encoder(row_type), rows)))

    async def update(self, row_type: type[Row], rows: Sequence[Row], names: tuple[str, ...] = ()) -> None:
        """Changed rows."""
        made = statements.update(row_type, names or spec_of(row_type).changes)
        self._send(f"update:{spec_of(row_type).name}", made, list(map(encoder(row_type, made.names), rows)))

    async def upsert(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """New or changed rows."""
        self._send(f"upsert:{spec_of(row_type).name}", statements.upsert(row_type), list(map(encoder(row_type), rows)))

    async def delete(self, row_type: type[Row], keys: Sequence[tuple]) -> None:
        """Rows that go, by full key."""
        self._send(f"delete:{spec_of(row_type).name}", statements.delete(row_type), keys)

    async def add_balances(self, deltas: Sequence[Balance]) -> None:
        """Add to the balances of accounts."""
        self._send("add_balances:balances", statements.add_balances(), summed(deltas))

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL inside the transaction."""
        self._step("fetch")
        translated_sql, names = for_postgres(sql)
        return await self.answer(self.wire.ask(translated_sql, [as_text(params[name]) for name in names], named=True))

    def _step(self, name: str) -> None:
        if self.probe:
            self.probe(f"before:{name}")

    def _ask(self, name: str, keyed: statements.Statement, tuples: Sequence[tuple], read: Reading) -> Question:
        """Ask about all of these, if there are any."""
        if not tuples:
            return Question(self, None, read)
        self._step(name)
        return Question(self, self.wire.ask(keyed.sql, keyed.parameters(tuples), keyed.formats), read)

    def _send(self, name: str, keyed: statements.Statement, tuples: Sequence[tuple]) -> None:
        """Have something done to all of these, if there are any; `_settle` hears how it went."""
        if not tuples:
            return
        self._step(name)
        self.sent.append((name, self.wire.ask(keyed.sql, keyed.parameters(tuples), keyed.formats)))

    async def _settle(self, committing: bool = False) -> None:
        """Wait for what was sent; raises what went wrong first."""
        sent, self.sent = self.sent, []
        for name, future in sent:
            try:
                await future
            except errors.DivisionByZero as fault:
                raise MissingRow(f"{name.removeprefix('update:')}: a row to change is not there") from fault
            except FAULTS as fault:
                raise_ours(fault, closed=self.wire.closed, committing=committing)

    async def answer(self, future: asyncio.Future) -> list[Any]:
        """What a question brings, or our name for its fault; one of what was sent before it comes first."""
        try:
            return await future
        except FAULTS as fault:
            await self._settle()
            raise_ours(fault, closed=self.wire.closed)


def _seen(found: list[tuple]) -> dict[tuple[int, str, str], Seen]:
    rows = starmap(LogRow, found)
    return {(row.owner, row.principal, row.command_id): Seen(row.fingerprint, row.answer, row.seq) for row in rows}
