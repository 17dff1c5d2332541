"""Where a run keeps its market: in memory, in a file of its own, or on a PostgreSQL that was empty before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from jishi.audit.report import audit
from jishi.kernel.rows import TABLES
from jishi.kernel.vocabulary import GRAMMAR
from jishi.modes import load_modes
from jishi.store import Database, migrate, open_database
from jishi.store.postgres_wire import Wire
from jishi.store.sqlite import SqliteDatabase

MEMORY = "sqlite:///:memory:"
assert GRAMMAR.handlers and load_modes()  # every table is declared before the first one is made


class NotEmpty(ValueError):
    """The database is in use. The simulator throws away what it makes, so give it an empty one of its own."""

    def __init__(self):
        super().__init__(self.__doc__)


def in_memory(content: bytes) -> Database:
    """A database in memory with the content of another."""
    database = SqliteDatabase(":memory:", True, None)
    database.writer.deserialize("main", content)
    return database


class Databases:
    """In memory: gone when it is closed. The auditor opens files by name, so here the run's own checks must do."""

    waits = False
    empty: ClassVar[list[bytes]] = []

    @asynccontextmanager
    async def fresh(self, seed: int) -> AsyncIterator[Database]:
        """An empty database for one seed: a copy of the first one, which is far quicker than making its tables."""
        if not self.empty:
            first = await open_database(MEMORY)
            self.empty.append(first.writer.serialize("main"))
            await first.close()
        database = in_memory(self.empty[0])
        try:
            yield database
        finally:
            await database.close()

    async def audit(self, seed: int) -> list[str]:
        """What the auditor says of a seed's database."""
        return []

    async def remove(self, seed: int) -> None:
        """Leave nothing behind."""


class Files(Databases):
    """A file for each seed, beside the one that was named and is never touched."""

    def __init__(self, url: str):
        self.path = Path(url.removeprefix("sqlite:///"))
        if self.path.exists():
            raise NotEmpty

    def path_of(self, seed: int) -> Path:
        return self.path.with_name(f"{self.path.name}.seed{seed}")

    def url_of(self, seed: int) -> str:
        return f"sqlite:///{self.path_of(seed)}"

    @asynccontextmanager
    async def fresh(self, seed: int) -> AsyncIterator[Database]:
        if self.path_of(seed).exists():
            raise NotEmpty
        await migrate(self.url_of(seed))
        database = await open_database(self.url_of(seed))
        try:
            yield database
        finally:
            await database.close()

    async def audit(self, seed: int) -> list[str]:
        return [str(violation) for violation in (await audit(self.url_of(seed))).violations]

    async def remove(self, seed: int) -> None:
        for end in ("", "-wal", "-shm", ".lock"):
            self.path_of(seed).with_name(self.path_of(seed).name + end).unlink(missing_ok=True)


class Server(Databases):
    """A PostgreSQL database that was empty: its tables are made for each seed and dropped again."""

    waits = True

    def __init__(self, url: str):
        self.url = url

    @asynccontextmanager
    async def fresh(self, seed: int) -> AsyncIterator[Database]:
        if await self._run("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()"):
            raise NotEmpty
        await migrate(self.url)
        database = await open_database(self.url)
        try:
            yield database
        finally:
            await database.close()

    async def audit(self, seed: int) -> list[str]:
        return [str(violation) for violation in (await audit(self.url)).violations]

    async def remove(self, seed: int) -> None:
        """Drop what `fresh` made, by name."""
        names = ", ".join(f'"{spec.name}"' for spec in TABLES.values())
        await self._run(f"DROP TABLE IF EXISTS {names}, alembic_version")

    async def _run(self, sql: str) -> int | None:
        wire = await Wire.open(self.url, {})
        try:
            return next(iter(await wire.ask(sql)), (None,))[0]
        finally:
            wire.close()


def choose(url: str | None) -> Databases:
    """By URL; in memory unless told."""
    if not url or url == MEMORY:
        return Databases()
    return Files(url) if url.startswith("sqlite:") else Server(url)
