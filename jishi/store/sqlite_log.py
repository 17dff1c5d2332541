"""SQLite's log of what was written: copied into the file beside the work, and begun anew."""

import asyncio
from typing import NamedTuple

import apsw

COPY_PAGES = 8_000  # 32 MB: a page that many batches change is copied once
LEFT_PAGES = 500  # 2 MB: the writer copies no more itself, as whoever waits then waits longer
COPIES_MOST = 4  # one after the other beside a writer who writes as quickly, or a reader who keeps them from it
TRUNCATE_PAGES = 32_000  # 128 MB: a reader has kept the log from beginning anew
PASSIVE, TRUNCATE = apsw.SQLITE_CHECKPOINT_PASSIVE, apsw.SQLITE_CHECKPOINT_TRUNCATE


class Copied(NamedTuple):
    """How many pages the log had, and how many of them are in the file."""

    pages: int
    copied: int

    @property
    def left(self) -> int:
        """How many are in the log only."""
        return self.pages - self.copied


class SqliteLog:
    """The log of one file's writing connection. A database in memory has none, and its `pages` stay 0."""

    def __init__(self, name: str, writer: apsw.Connection):
        self.name, self.writer = name, writer
        self.pages = self.copies = 0
        self.beside: asyncio.Future[Copied] | None = None
        writer.set_wal_hook(self._written)

    async def tidy(self) -> None:
        """Between two batches: copy the log once it is worth it; never waits for readers.

        Another thread copies the most of it while the writer goes on, and then most of what was written meanwhile. A
        log begins anew only when all of it is copied, so what little is left is copied here, before the next batch.
        """
        if self.pages < COPY_PAGES or self.writer.in_transaction:
            return
        if self.beside is None:
            self.copy()
        elif self.beside.done():
            there = await self.settled()
            if self.pages - there.copied > LEFT_PAGES and self.copies < COPIES_MOST:
                self.copy()
            else:
                self.end()

    def copy(self) -> None:
        """Have another thread copy what the log holds by now."""
        self.copies += 1
        self.beside = asyncio.get_running_loop().run_in_executor(None, copy_beside, self.name)

    def end(self) -> None:
        """Copy the rest, so that the log begins anew; one that readers have kept from it for long is cut."""
        self.copies, left = 0, checkpoint(self.writer, PASSIVE).left
        if self.pages > TRUNCATE_PAGES and not left:
            left = checkpoint(self.writer, TRUNCATE).left
        self.pages = self.pages if left else 0

    async def empty(self) -> bool:
        """Copy all of it and leave no byte in the log; False while another process reads."""
        await self.settled()
        if checkpoint(self.writer, TRUNCATE).left:
            return False
        self.pages = self.copies = 0
        return True

    async def settled(self) -> Copied:
        """Wait for the copy beside the work, if there is one; raises what it met."""
        beside, self.beside = self.beside, None
        return await beside if beside is not None else Copied(self.pages, 0)

    def _written(self, _: apsw.Connection, __: str, pages: int) -> int:
        self.pages = pages
        return apsw.SQLITE_OK


def copy_beside(name: str) -> Copied:
    """Copy what the log holds by now, over a connection of its own."""
    connection = apsw.Connection(name, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.pragma("synchronous", "full")  # on the disk before the log that it came from is written over
        return checkpoint(connection, PASSIVE)
    finally:
        connection.close()


def checkpoint(connection: apsw.Connection, mode: int) -> Copied:
    """Copy without waiting for anybody; where others are at it, nothing is copied."""
    kept = connection.pragma("busy_timeout")
    connection.set_busy_timeout(0)
    try:
        return Copied(*connection.wal_checkpoint(mode=mode))
    except apsw.BusyError:
        return Copied(1, 0)
    finally:
        connection.set_busy_timeout(kept)
