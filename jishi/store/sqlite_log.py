"""SQLite's log of what was written: copied into the file beside the work, and begun anew."""

import asyncio

import apsw

COPY_PAGES = 8_000  # 32 MB: a page that many batches change is copied once
TRUNCATE_PAGES = 32_000  # 128 MB: a reader has kept the log from beginning anew
PASSIVE, TRUNCATE = apsw.SQLITE_CHECKPOINT_PASSIVE, apsw.SQLITE_CHECKPOINT_TRUNCATE


class SqliteLog:
    """The log of one file's writing connection. A database in memory has none, and its `pages` stay 0."""

    def __init__(self, name: str, writer: apsw.Connection):
        self.name, self.writer = name, writer
        self.pages = 0
        self.beside: asyncio.Future[None] | None = None
        writer.set_wal_hook(self._written)

    async def tidy(self) -> None:
        """Between two batches: copy the log once it is worth it; never waits for readers.

        Another thread copies the most of it while the writer goes on. A log begins anew only when all of it is copied,
        so what was written meanwhile is copied here, before the next batch.
        """
        if self.pages < COPY_PAGES or self.writer.in_transaction:
            return
        if self.beside is None:
            self.beside = asyncio.get_running_loop().run_in_executor(None, copy_beside, self.name)
        elif self.beside.done():
            await self.settled()
            left = checkpoint(self.writer, PASSIVE)
            if self.pages > TRUNCATE_PAGES and not left:
                left = checkpoint(self.writer, TRUNCATE)
            self.pages = self.pages if left else 0

    async def empty(self) -> bool:
        """Copy all of it and leave no byte in the log; False while another process reads."""
        await self.settled()
        if checkpoint(self.writer, TRUNCATE):
            return False
        self.pages = 0
        return True

    async def settled(self) -> None:
        """Wait for the copy beside the work; raises what it met."""
        beside, self.beside = self.beside, None
        if beside is not None:
            await beside

    def _written(self, _: apsw.Connection, __: str, pages: int) -> int:
        self.pages = pages
        return apsw.SQLITE_OK


def copy_beside(name: str) -> None:
    """Copy what the log holds by now, over a connection of its own."""
    connection = apsw.Connection(name, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.pragma("synchronous", "full")  # on the disk before the log that it came from is written over
        checkpoint(connection, PASSIVE)
    finally:
        connection.close()


def checkpoint(connection: apsw.Connection, mode: int) -> int:
    """Copy without waiting for anybody; returns how many pages are still in the log only, 1 where others are at it."""
    kept = connection.pragma("busy_timeout")
    connection.set_busy_timeout(0)
    try:
        pages, copied = connection.wal_checkpoint(mode=mode)
    except apsw.BusyError:
        return 1
    finally:
        connection.set_busy_timeout(kept)
    return pages - copied
