"""What is special to SQLite: durable settings, a log that does not grow, a database in memory, no traces."""

import asyncio
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jishi.kernel.owners import Head, LogRow
from jishi.store import Meta, open_database, sqlite_log
from jishi.store.metadata import metadata
from tests.store.samples import head, log_row


def test_every_commit_is_durable_and_deleted_text_is_cleared(tell_sqlite: Callable) -> None:
    async def story(database, _):
        settings = {name: database.writer.pragma(name) for name in EXPECTED}
        assert settings == EXPECTED

    EXPECTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "wal_autocheckpoint": 0}
    tell_sqlite(story)


def test_only_the_owner_of_the_process_may_read_the_files(tell_sqlite: Callable, tmp_path: Path) -> None:
    async def story(_, __):
        assert mode(tmp_path / "jishi.db") == mode(tmp_path / "jishi.db-wal") == 0o600

    tell_sqlite(story)


def test_the_log_is_moved_into_the_file_and_begins_anew(
    tell_sqlite: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(database, session):
        sizes = []
        for seq in range(40):
            await session.begin()
            await session.insert(LogRow, [log_row(seq + 1, n, f"c{n}") for n in range(1_000)])
            await session.commit()
            await database.checkpoint()
            await copied(database)
            await database.checkpoint()
            sizes.append((tmp_path / "jishi.db-wal").stat().st_size)
        assert max(sizes) < 16_000_000, "the log begins anew once it has been copied"
        assert (tmp_path / "jishi.db").stat().st_size > 2_000_000

    monkeypatch.setattr(sqlite_log, "COPY_PAGES", 200)
    monkeypatch.setattr(sqlite_log, "ANEW_PAGES", 1_000)
    tell_sqlite(story)


def test_small_commits_are_copied_in_small_parts_and_the_log_goes_on(
    tell_sqlite: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(database, session):
        log = database.log
        for owner in (1, 2):
            await write(session, owner)
            assert await database.checkpoint() is None, "it is not worth it yet"
        await write(session, 3)
        assert await database.checkpoint() is log.beside is not None
        await copied(database)
        assert await database.checkpoint() is None
        assert log.copied == log.pages > 0, "it begins anew when it is larger"

    monkeypatch.setattr(sqlite_log, "COPY_PAGES", 1)
    monkeypatch.setattr(sqlite_log, "COPY_COMMITS", 3)
    tell_sqlite(story)


def test_what_is_written_while_the_log_is_copied_stays(
    tell_sqlite: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(database, session):
        for owner in range(1, 8):
            await write(session, owner)
            await database.checkpoint()  # beside the first, further ones find a copy on its way
        before = (tmp_path / "jishi.db-wal").stat().st_size
        waits.set()
        await copied(database)
        await database.checkpoint()
        assert database.log.pages == 0 and database.log.beside is None
        await write(session, 8)
        assert (tmp_path / "jishi.db-wal").stat().st_size == before, "the log has begun anew"
        assert [row.owner for row in await database.read(Head, "ORDER BY owner")] == list(range(1, 9))

    def late(*arguments: Any) -> None:
        assert waits.wait(10)
        real(*arguments)

    waits, real = threading.Event(), sqlite_log.copy_beside
    monkeypatch.setattr(sqlite_log, "copy_beside", late)
    anew_at_once(monkeypatch)
    tell_sqlite(story)


def test_a_copy_that_failed_is_told_and_tried_again(tell_sqlite: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(database, session):
        await write(session, 1)
        monkeypatch.setattr(sqlite_log, "copy_beside", broken)
        await database.checkpoint()
        await copied(database)
        with pytest.raises(OSError, match="full"):
            await database.checkpoint()
        monkeypatch.setattr(sqlite_log, "copy_beside", real)
        for _ in range(2):
            await database.checkpoint()
            await copied(database)
        assert database.log.pages == 0

    def broken(*_: Any) -> None:
        raise OSError("the disk is full")

    real = sqlite_log.copy_beside
    anew_at_once(monkeypatch)
    tell_sqlite(story)


def test_a_reader_does_not_stop_a_checkpoint(tell_sqlite: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(database, session):
        await write(session, 1)
        database.reader.execute("BEGIN")
        database.reader.execute("SELECT count(*) FROM heads").fetchall()
        await write(session, 2)
        for _ in range(2):
            await database.checkpoint()
            await copied(database)
        assert database.log.pages, "the reader keeps what came after it in the log"
        database.reader.execute("COMMIT")
        await write(session, 3)
        for _ in range(2):
            await database.checkpoint()
            await copied(database)
        assert database.log.pages == 0
        assert len(await database.read(Head)) == 3

    anew_at_once(monkeypatch)
    monkeypatch.setattr(sqlite_log, "TRUNCATE_PAGES", 1)
    tell_sqlite(story)


def anew_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of one page is copied, and begins anew."""
    monkeypatch.setattr(sqlite_log, "ANEW_PAGES", 1)


async def copied(database) -> None:
    """Until no copy is made beside the work, without taking its outcome away."""
    if database.log.beside:
        await asyncio.wait([database.log.beside])


async def write(session, owner: int) -> None:
    await session.begin()
    await session.insert(Head, [head(owner)])
    await session.commit()


def test_each_database_in_memory_is_one_of_its_own() -> None:
    async def story() -> None:
        database = await open_database("sqlite:///:memory:")
        other = await open_database("sqlite:///:memory:")
        session = await database.session()
        await write(session, 1)
        await session.begin()
        await session.insert(Head, [head(2)])
        await session.rollback()
        await database.checkpoint()
        assert await database.read(Head) == [head(1)]
        assert await other.read(Head) == []
        await database.close()
        await other.close()

    asyncio.run(story())


def test_an_erased_text_leaves_no_trace_in_the_files(tell_sqlite: Callable, tmp_path: Path) -> None:
    planted = b"Invented-Name-4711"

    async def story(database, session):
        await session.begin()
        await session.insert(Meta, [Meta(f"k{n}", planted.decode() * 40) for n in range(200)])
        await session.commit()
        assert holds(tmp_path, planted)
        await session.begin()
        await session.delete(Meta, [(f"k{n}",) for n in range(200)])
        await session.commit()
        await database.scrub([Meta])
        assert not holds(tmp_path, planted)

    tell_sqlite(story)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def holds(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_numbers_stay_numbers(tell_sqlite: Callable) -> None:
    async def story(_, session):
        await session.begin()
        with pytest.raises(Exception, match="cannot store"):
            await session.insert(Head, [Head(1, "shop", "no number", b"", 0)])
        await session.rollback()

    tell_sqlite(story)


def test_every_table_is_strict() -> None:
    assert all(table.dialect_options["sqlite"]["strict"] for table in metadata().tables.values())
