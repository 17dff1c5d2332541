"""What is special to PostgreSQL: it is restarted under us, and erased rows leave its files."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from jishi.kernel.owners import Head
from jishi.store import Meta, migrate, open_database
from tests.store.samples import head

pytestmark = pytest.mark.postgres


def on_postgres(url: str, story: Callable) -> None:
    async def whole() -> None:
        await migrate(url)
        database = await open_database(url)
        try:
            await story(database, await database.session())
        finally:
            await database.close()

    asyncio.run(whole())


def test_reads_survive_a_restart(postgres_url: str) -> None:
    async def story(database, session):
        await session.begin()
        await session.insert(Head, [head(1)])
        await session.commit()
        assert await database.read(Head) == [head(1)]
        other = await psycopg.AsyncConnection.connect(postgres_url, autocommit=True)
        kill_all = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
        await other.execute(f"{kill_all} AND pid <> pg_backend_pid()")
        await other.close()
        assert await database.read(Head) == [head(1)]

    on_postgres(postgres_url, story)


def holds(path: Path, text: bytes) -> bool:
    return text in path.read_bytes()


def test_an_erased_text_leaves_the_tables_files(postgres_url: str, postgres) -> None:
    planted = "Invented-Name-4711"

    async def file_holds(database) -> bool:
        connection = await psycopg.AsyncConnection.connect(postgres_url, autocommit=True)
        await connection.execute("CHECKPOINT")
        (path,) = await (await connection.execute("SELECT pg_relation_filepath('meta')")).fetchone()
        await connection.close()
        return holds(Path(postgres.data, path), planted.encode())

    async def story(database, session):
        await session.begin()
        await session.insert(Meta, [Meta(f"k{n}", planted) for n in range(200)])
        await session.commit()
        assert await file_holds(database)
        await session.begin()
        await session.delete(Meta, [(f"k{n}",) for n in range(200)])
        await session.commit()
        await database.scrub([Meta])
        assert not await file_holds(database)

    on_postgres(postgres_url, story)
