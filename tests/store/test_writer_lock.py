"""One SQLite file has one writer; a second is told who it is; a dead one blocks nobody."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jishi.kernel.owners import Head
from jishi.store import migrate, open_database
from jishi.store.errors import SecondEngine
from tests.store.samples import head

ROOT = Path(__file__).parents[2]
WRITER = """
import asyncio, sys
from jishi.kernel.owners import Head
from jishi.store import open_database

async def hold():
    database = await open_database(sys.argv[1])
    session = await database.session()
    await session.begin()
    await session.insert(Head, [Head(1, "shop", 0, bytes(32), 0)])
    await session.commit()
    await session.begin()
    await session.insert(Head, [Head(2, "shop", 0, bytes(32), 0)])
    print("open", flush=True)
    sys.stdin.read()

asyncio.run(hold())
"""


def start_writer(url: str) -> subprocess.Popen:
    """Start another process that has the file open for writing, in the middle of a transaction."""
    arguments = [sys.executable, "-c", WRITER, url]
    process = subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    return process


def end(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate(timeout=10)


async def heads(url: str, *, writer: bool) -> list[Head]:
    database = await open_database(url, writer=writer)
    try:
        return await database.read(Head, "ORDER BY owner")
    finally:
        await database.close()


def test_a_second_writer_is_refused_and_a_reader_is_not(sqlite_url: str) -> None:
    asyncio.run(migrate(sqlite_url))
    process = start_writer(sqlite_url)
    try:
        with pytest.raises(SecondEngine, match=str(process.pid)):
            asyncio.run(open_database(sqlite_url))
        with pytest.raises(SecondEngine):
            asyncio.run(migrate(sqlite_url))
        assert asyncio.run(heads(sqlite_url, writer=False)) == [head(1)]
    finally:
        end(process)


def test_after_kill_9_the_next_one_opens_and_finds_what_was_committed(sqlite_url: str) -> None:
    asyncio.run(migrate(sqlite_url))
    end(start_writer(sqlite_url))
    assert asyncio.run(heads(sqlite_url, writer=True)) == [head(1)]


def test_the_lock_is_given_back_at_close(sqlite_url: str) -> None:
    async def twice() -> None:
        await migrate(sqlite_url)
        first = await open_database(sqlite_url)
        with pytest.raises(SecondEngine, match=str(os.getpid())):
            await open_database(sqlite_url)
        await first.close()
        await (await open_database(sqlite_url)).close()

    asyncio.run(twice())


def test_a_reader_cannot_have_a_session_and_reads_when_no_writer_runs(sqlite_url: str) -> None:
    async def story() -> None:
        await migrate(sqlite_url)
        database = await open_database(sqlite_url, writer=False)
        with pytest.raises(RuntimeError):
            await database.session()
        assert await database.read(Head) == []
        await database.close()

    asyncio.run(story())


def test_a_missing_file_is_explained(sqlite_url: str) -> None:
    with pytest.raises(FileNotFoundError, match="jishi migrate"):
        asyncio.run(open_database(sqlite_url, writer=False))
