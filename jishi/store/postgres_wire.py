"""One connection to PostgreSQL; what is asked on it in one turn of the loop travels together (libpq's pipeline mode).

A round trip costs both sides more than looking up forty rows. So a statement is sent without waiting for the answers
of those before it, and they come back in the order they were asked in. Statements are prepared at their first use.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import errors, pq
from psycopg.adapt import Transformer

from jishi.store.errors import Transient
from jishi.store.futures import finish
from jishi.store.portable import record
from jishi.store.postgres_faults import STALE_STATES

CONNECT_SECONDS = 10
LOOK_SECONDS = 1  # at a socket of which nothing is heard
BINARY = 1
DONE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class Asked(NamedTuple):
    """A statement under way: who waits for its rows, and whether they are wanted by the names of their columns.

    Where nobody does, it is only prepared.
    """

    sql: str
    future: asyncio.Future | None = None
    named: bool = False


async def connect(url: str, settings: dict[str, str]) -> psycopg.AsyncConnection:
    """A connection with these settings of the server; when there is none to be had now, Transient says why."""
    options = " ".join([f"-c {name}={value}" for name, value in settings.items()])
    told = {"connect_timeout": CONNECT_SECONDS, "application_name": "jishi", "options": options}
    try:
        return await psycopg.AsyncConnection.connect(url, autocommit=True, **told)
    except (psycopg.Error, OSError) as fault:
        raise Transient(str(fault)) from fault


class Wire:
    """An open connection. Not more than one transaction runs on it; who begins one has it to himself."""

    @classmethod
    async def open(cls, url: str, settings: dict[str, str]) -> "Wire":
        """Connect. Raises Transient."""
        return cls(await connect(url, settings))

    def __init__(self, connection: psycopg.AsyncConnection):
        self.connection, self.libpq = connection, connection.pgconn
        self.loop = asyncio.get_running_loop()
        self.adapt = Transformer(connection)
        self.names: dict[str, bytes] = {}
        self.made = 0
        self.asked: deque[Asked | asyncio.Future] = deque()  # a future stands for a sync: all before it is answered
        self.answered: list[tuple[asyncio.Future, Any]] = []
        self.result: Any = None  # of the statement whose answer is being read
        self.fault: Exception | None = None  # the first since the last sync: what was sent after it was not run
        self.due, self.full = False, False
        self.lost: Exception | None = None
        self.libpq.nonblocking = 1
        self.libpq.enter_pipeline_mode()
        self.socket = self.libpq.socket
        self.loop.add_reader(self.socket, self._read)
        self.looking = self.loop.call_later(LOOK_SECONDS, self._look)

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked any more."""
        return self.lost is not None

    @property
    def state(self) -> pq.TransactionStatus:
        """Of the transaction, as the last answer left it."""
        return pq.TransactionStatus(self.libpq.transaction_status)

    def ask(
        self,
        sql: str,
        parameters: Sequence[bytes | None] = (),
        formats: list[pq.Format] | None = None,
        named: bool = False,
    ) -> asyncio.Future:
        """Send a statement with its parameters, in these forms, or all as text; the future brings its rows, as tuples.

        It raises psycopg's errors; where one sent with it failed before it, that one's.
        """
        future = self.loop.create_future()
        if self.lost:
            finish(future, self.lost)
            return future
        try:
            name = self.names.get(sql) or self._prepare(sql)
            self.libpq.send_query_prepared(name, parameters, formats, BINARY)
        except psycopg.OperationalError as fault:
            self._leave(fault)
            finish(future, fault)
            return future
        self.asked.append(Asked(sql, future, named))
        if not self.due:
            self.due = True
            self.loop.call_soon(self._sync)
        return future

    async def quiet(self) -> None:
        """Until all that was asked is answered."""
        if self.due:
            self._sync()
        last = next((step for step in reversed(self.asked) if isinstance(step, asyncio.Future)), None)
        if last:
            await asyncio.shield(last)

    def close(self) -> None:
        """Hang up; who still waits hears that the connection is gone."""
        self._leave(psycopg.OperationalError("The connection was closed."))

    def _prepare(self, sql: str) -> bytes:
        self.made += 1
        name = self.names[sql] = f"jishi_{self.made}".encode()
        self.libpq.send_prepare(name, sql.encode(), None)
        self.asked.append(Asked(sql))
        return name

    def _sync(self) -> None:
        """Let the server answer what was sent, and begin anew after a failure."""
        if not self.due or self.lost:
            return
        self.due = False
        try:
            self.libpq.pipeline_sync()
        except psycopg.OperationalError as fault:
            self._leave(fault)
            return
        self.asked.append(self.loop.create_future())
        self._write()

    def _write(self) -> None:
        """Send what is still here; when the socket takes no more, go on as soon as it does."""
        try:
            full = bool(self.libpq.flush())
        except psycopg.OperationalError as fault:
            self._leave(fault)
            return
        if full and not self.full:
            self.loop.add_writer(self.socket, self._write)
        elif self.full and not full:
            self.loop.remove_writer(self.socket)
        self.full = full

    def _read(self) -> None:
        """Take what has come."""
        try:
            self.libpq.consume_input()
            while self.asked and not self.libpq.is_busy():
                self._take(self.libpq.get_result())
        except psycopg.OperationalError as fault:
            self._leave(fault)
        else:
            if self.libpq.status == pq.ConnStatus.BAD:
                self._leave(psycopg.OperationalError(self.libpq.get_error_message()))

    def _look(self) -> None:
        """Read what nobody told of: uvloop calls the reader of a socket that broke once, and libpq may leave the error
        for its next read. Whoever waits would wait for ever.
        """
        if self.asked:
            self._read()
        if not self.lost:
            self.looking = self.loop.call_later(LOOK_SECONDS, self._look)

    def _take(self, result: Any) -> None:
        """A result, the end of a statement's results (None), or a sync, at which all before it is told."""
        step = self.asked[0]
        if result is not None and result.status != pq.ExecStatus.PIPELINE_SYNC:
            self.result = result
            return
        self.asked.popleft()
        if isinstance(step, Asked):
            outcome = self._outcome(step, self.result)
            if step.future:
                self.answered.append((step.future, outcome))
            return
        answered, self.answered, self.fault = self.answered, [], None
        for future, outcome in answered:
            finish(future, outcome)
        step.set_result(None)

    def _outcome(self, step: Asked, result: Any) -> Any:
        """Rows, or the error."""
        if result.status in DONE:
            self.adapt.set_pgresult(result)
            return self.adapt.load_rows(0, result.ntuples, _maker(result) if step.named else tuple)
        if result.status != pq.ExecStatus.PIPELINE_ABORTED:
            self.fault = errors.error_from_result(result)
        if step.future is None or self.fault.sqlstate in STALE_STATES:
            self.names.pop(step.sql, None)  # it is prepared anew when it is asked again
        return self.fault

    def _leave(self, fault: Exception) -> None:
        """The connection is gone, or shall be: tell everyone who waits."""
        if self.lost:
            return
        self.lost = fault
        self.looking.cancel()
        self.loop.remove_reader(self.socket)
        self.loop.remove_writer(self.socket)
        self.libpq.finish()
        for future, _ in self.answered:
            finish(future, fault)
        for step in self.asked:
            if not isinstance(step, Asked):
                step.set_result(None)
            elif step.future:
                finish(step.future, fault)
        self.asked.clear()


def _maker(result: Any) -> Any:
    """What makes named rows of a result."""
    return record(tuple([result.fname(place).decode() for place in range(result.nfields)]))
