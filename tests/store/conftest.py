"""Fixtures: an open database with all tables and one row type of the tests' own, on both kinds."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from jishi.kernel.rows import TABLES
from jishi.store import Database, Session, migrate, open_database
from jishi.store.metadata import create_statements, metadata
from tests.store.samples import SAMPLE, Sample

Story = Callable[[Database, Session], Awaitable[None]]


def teller(url: str) -> Callable[[Story], None]:
    """Return the function that runs a story on the database at `url`."""

    async def whole(story: Story) -> None:
        await migrate(url)
        await create_samples(url)
        database = await open_database(url)
        try:
            await story(database, await database.session())
        finally:
            await database.close()

    return lambda story: asyncio.run(whole(story))


@pytest.fixture
def tell(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], None]:
    """Return a function that runs an async story on a fresh database with an open session, on both kinds."""
    monkeypatch.setitem(TABLES, Sample, SAMPLE)
    return teller(database_url)


@pytest.fixture
def tell_sqlite(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], None]:
    """The same on SQLite alone."""
    monkeypatch.setitem(TABLES, Sample, SAMPLE)
    return teller(sqlite_url)


async def create_samples(url: str) -> None:
    """Make the tests' own table, which no revision makes."""
    database = await open_database(url)
    try:
        session = await database.session()
        await session.begin()
        for statement in sample_ddl(database.dialect):
            await session.fetch(statement)
        await session.commit()
    finally:
        await database.close()


def sample_ddl(dialect: str) -> list[str]:
    """Return the statements that make the tests' own table."""
    made = metadata({Sample: SAMPLE})
    statements = create_statements({"sqlite": sqlite, "postgres": postgresql}[dialect].dialect(), made)
    return [text.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ") for text in statements]
