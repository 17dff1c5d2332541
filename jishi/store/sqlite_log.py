"""SQLite's log of what was written: copied into the file beside the work, and begun anew."""

import asyncio
import os

import apsw

COPY_PAGES = 2_000  # 8 MB: while the disk takes them a commit waits
COPY_COMMITS = 8  # and so many have written them: what most of them change is copied once
ANEW_PAGES = 8_000  # 32 MB: then what is left to copy is little beside what has been
TRUNCATE_PAGES = 32_000  # 128 MB: a reader has kept the log from beginning anew
PASSIVE, TRUNCATE = apsw.SQLITE_CHECKPOINT_PASSIVE, apsw.SQLITE_CHECKPOINT_TRUNCATE
to_disk = getattr(os, "fdatasync", os.fsync)  # not every system has the quicker one


class SqliteLog:
    """The log of one file's writing connection. A database in memory has none, and its `pages` stay 0."""

    def __init__(self, name: str, writer: apsw.Connection, in_memory: bool = False):
        self.name, self.writer = name, writer
        self.pages = self.copying = self.copied = self.commits = 0
        self.beside: asyncio.Future[None] | None = None
        self.file = None if in_memory else os.open(name, os.O_RDONLY)
        writer.set_wal_hook(self._written)

    async def tidy(self) -> asyncio.Future[None] | None:
        """Between two batches: copy the log a part at a time; never waits for readers. Returns what is under way.

        Another thread does that while the writer goes on, and has each part on the disk before the next. A log begins
        anew only when all of it is copied, so what is left in the end is copied here, before the next batch.
        """
        if not self.writer.in_transaction:
            await self._go_on()
        return self.beside if self.beside and not self.beside.done() else None

    async def _go_on(self) -> None:
        if self.beside is None:
            if self._worth_it(self.pages - self.copied):
                self.copying, self.commits = self.pages, 0
                self.beside = asyncio.get_running_loop().run_in_executor(None, copy_beside, self.name, self.file)
        elif self.beside.done():
            await self.settled()
            self.copied = self.copying
            if self.pages >= ANEW_PAGES:
                self._begin_anew()

    def _worth_it(self, pages: int) -> bool:
        """Whether to copy so many: where few commits write as much, nobody waits for one of them alone."""
        return pages >= ANEW_PAGES or (pages >= COPY_PAGES and self.commits >= COPY_COMMITS)

    def _begin_anew(self) -> None:
        """Copy what is left. Where a reader needs the log, it is tried again once there is another part."""
        left = checkpoint(self.writer, PASSIVE)
        if self.pages > TRUNCATE_PAGES and not left:
            left = checkpoint(self.writer, TRUNCATE)
        if not left:
            self.pages = self.copied = 0

    async def empty(self) -> bool:
        """Copy all of it and leave no byte in the log; False while another process reads."""
        await self.settled()
        if checkpoint(self.writer, TRUNCATE):
            return False
        self.pages = self.copied = 0
        return True

    async def settled(self) -> None:
        """Wait for the copy beside the work; raises what it met."""
        beside, self.beside = self.beside, None
        if beside is not None:
            await beside

    def close(self) -> None:
        """Once SQLite's own connections are closed: who closes a file gives up the locks that the process has on it."""
        if self.file is not None:
            os.close(self.file)
            self.file = None

    def _written(self, _: apsw.Connection, __: str, pages: int) -> int:
        if pages < self.pages:  # it has begun anew by itself
            self.copied = 0
        self.pages = pages
        self.commits += 1
        return apsw.SQLITE_OK


def copy_beside(name: str, file: int) -> None:
    """Copy what the log holds by now, over a connection of its own, and have it on the disk.

    SQLite itself waits for the disk only with the end of the log, and then for all of it.
    """
    connection = apsw.Connection(name, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.pragma("synchronous", "full")  # the log is on the disk before the file is changed
        checkpoint(connection, PASSIVE)
    finally:
        connection.close()
    to_disk(file)


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
