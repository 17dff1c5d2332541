"""The seam between the engine and a database: what both kinds offer."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from jishi.kernel.ledger import Balance
from jishi.kernel.owners import Head
from jishi.kernel.rows import Row


class Seen(NamedTuple):
    """What is kept of an accepted command, to answer it again."""

    fingerprint: str
    answer: str
    seq: int


Probe = Callable[[str], None]


class Turn(Protocol):
    """The turn to write where there is only one writer: an `asyncio.Lock`, or one that reaches another process."""

    async def acquire(self) -> Any: ...
    def release(self) -> None: ...


class Session(Protocol):
    """One writing connection. In one call a key occurs at most once; keys are tuples in the order of the table's key.

    `lock`, `seen` and the loads ask at once, and are answered when they are awaited. On PostgreSQL all that is asked
    before anything is awaited goes in one journey; if one of several fails, the others need not be awaited.

    What cannot be written is told by the verb, or by a later question, or by `commit`, which then commits nothing.

    `probe` hears of every step before it is done (`before:insert:orders`, `before:commit`) and of `after:commit`;
    a test lets it raise, to stand for a crash at that point.
    """

    probe: Probe | None

    async def begin(self) -> None: ...
    async def commit(self) -> None: ...

    async def rollback(self) -> None:
        """Give up the transaction. Never fails: a lost connection has given it up already."""

    def lock(self, owners: Sequence[int]) -> Awaitable[dict[int, Head]]:
        """Lock the owners' heads in key order. Owners without a head are absent."""

    def seen(self, keys: Sequence[tuple[int, str, str]]) -> Awaitable[dict[tuple[int, str, str], Seen]]:
        """Accepted commands by (owner, principal, command id)."""

    def load(self, row_type: type[Row], keys: Sequence[tuple]) -> Awaitable[list[Row]]:
        """The rows with these full keys; missing ones are absent."""

    def load_under(self, row_type: type[Row], prefixes: Sequence[tuple]) -> Awaitable[list[Row]]:
        """All rows whose key begins with one of the prefixes (all of one length), in key order. Raises TooManyRows."""

    async def insert(self, row_type: type[Row], rows: Sequence[Row]) -> None: ...

    async def update(self, row_type: type[Row], rows: Sequence[Row], names: tuple[str, ...] = ()) -> None:
        """Write these columns, or all that may change. MissingRow, if a row is not there."""

    async def upsert(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """Insert, or write the columns that may change; with none that may, the stored row stays as it is."""

    async def delete(self, row_type: type[Row], keys: Sequence[tuple]) -> None: ...

    async def add_balances(self, deltas: Sequence[Balance]) -> None:
        """Add to the balances of accounts. An account may occur more than once."""

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL inside the transaction (`portable.py`); also what RETURNING gives."""

    async def close(self) -> None: ...


class Database(Protocol):
    """An open database: a read pool, and writing sessions if it was opened as a writer."""

    dialect: str
    one_writer: bool  # whether a transaction that writes keeps all others waiting

    async def session(self) -> Session:
        """A writing session. On SQLite all share the one writer, and `begin` waits for the other's end."""

    async def fetch(self, sql: str, **params: Any) -> list[Any]:
        """Portable SQL on the read pool; named tuples."""

    async def scrub(self, row_types: Sequence[type[Row]]) -> None:
        """After an erasure: leave nothing of deleted rows in the tables' files. Between transactions; may be slow."""

    async def scrub_copies(self, where: Mapping[type[Row], str], party: int) -> int:
        """The same in the copies that migrations keep: there, these rows go too. Returns how many copies there are."""

    async def read(self, row_type: type[Row], sql_tail: str = "", **params: Any) -> list[Any]:
        """Rows of a table; the tail is `WHERE … ORDER BY … LIMIT :n`."""

    async def checkpoint(self) -> Future[None] | None:
        """Between batches: move SQLite's write-ahead log into the file, a part at a time. Returns what is under way
        beside the work and keeps the disk busy. Nothing on PostgreSQL.
        """

    async def close(self) -> None: ...
