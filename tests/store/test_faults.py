"""What is transient, what is unknown, and that a session works again afterwards."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import apsw
import psycopg
import pytest

from jishi.kernel.owners import Head, LogRow
from jishi.store import migrate, open_database
from jishi.store.errors import Conflict, Transient, UnknownCommit
from jishi.store.postgres_faults import translated
from tests.store.samples import head, log_row


def on_postgres(url: str, story: Callable) -> None:
    async def whole() -> None:
        await migrate(url)
        database = await open_database(url)
        try:
            await story(database, await database.session(), await database.session())
        finally:
            await database.close()

    asyncio.run(whole())


async def write_heads(session, *owners: int) -> None:
    await session.begin()
    await session.insert(Head, [head(owner) for owner in owners])
    await session.commit()


async def kill(url: str, session) -> None:
    """Cut a session's connection at the server, as an administrator would."""
    backend = session.wire.connection.info.backend_pid
    other = await psycopg.AsyncConnection.connect(url, autocommit=True)
    await other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    await other.close()


@pytest.mark.postgres
def test_a_killed_connection_is_transient_and_comes_back(postgres_url: str) -> None:
    async def story(database, session, _):
        await session.begin()
        await kill(postgres_url, session)
        await session.insert(Head, [head(1)])
        with pytest.raises(Transient) as caught:
            await session.load(Head, [(1,)])
        assert not isinstance(caught.value, UnknownCommit)
        await session.rollback()
        await write_heads(session, 1)
        assert await database.read(Head) == [head(1)]

    on_postgres(postgres_url, story)


@pytest.mark.postgres
def test_a_connection_lost_between_transactions_is_replaced(postgres_url: str) -> None:
    async def story(database, session, _):
        await write_heads(session, 1)
        await kill(postgres_url, session)
        try:
            await write_heads(session, 2)
        except Transient:
            await write_heads(session, 2)
        assert len(await database.read(Head)) == 2

    on_postgres(postgres_url, story)


@pytest.mark.postgres
def test_a_connection_lost_in_commit_is_unknown(postgres_url: str) -> None:
    async def story(_, session, __):
        await session.begin()
        await session.insert(Head, [head(1)])
        assert await session.load(Head, [(1,)]) == [head(1)], "all that was sent is answered before it is lost"
        await kill(postgres_url, session)
        with pytest.raises(UnknownCommit):
            await session.commit()
        await write_heads(session, 2)

    on_postgres(postgres_url, story)


@pytest.mark.postgres
def test_a_deadlock_is_transient_for_one_and_nothing_for_the_other(postgres_url: str) -> None:
    async def story(_, one, two):
        await write_heads(one, 1, 2)
        await one.begin()
        await two.begin()
        await one.lock([1])
        await two.lock([2])
        results = await asyncio.gather(one.lock([2]), two.lock([1]), return_exceptions=True)
        assert sorted(type(result) for result in results if isinstance(result, Exception)) == [Transient]
        await one.rollback()
        await two.rollback()

    on_postgres(postgres_url, story)


@pytest.mark.postgres
def test_owners_are_locked_in_key_order(postgres_url: str) -> None:
    async def waits(session) -> None:
        for _ in range(10_000):
            if await session.fetch("SELECT 1 AS one FROM pg_locks WHERE NOT granted"):
                return
        raise AssertionError("nobody waits")

    async def story(_, one, two):
        await write_heads(one, *range(1, 6))
        await one.begin()
        await one.lock([3])
        await two.begin()
        pending = asyncio.ensure_future(two.lock([5, 4, 3, 2, 1]))
        await waits(one)
        free = "SELECT owner FROM heads WHERE owner <> 3 ORDER BY owner FOR UPDATE SKIP LOCKED"
        assert [row.owner for row in await one.fetch(free)] == [4, 5], "1 and 2 are locked, 3 is waited for"
        await one.rollback()
        assert len(await pending) == 5
        await two.rollback()

    on_postgres(postgres_url, story)


@pytest.mark.postgres
def test_two_engines_with_one_command_key(postgres_url: str) -> None:
    async def story(database, one, two):
        await one.begin()
        await two.begin()
        await one.insert(LogRow, [log_row(1, 1)])
        assert not await one.load(Head, [(1,)]), "what was sent before is done"
        await two.insert(LogRow, [log_row(1, 1)])
        pending = asyncio.ensure_future(two.commit())
        await asyncio.sleep(0)
        await one.commit()
        with pytest.raises(Conflict):
            await pending
        assert len(await database.read(LogRow)) == 1

    on_postgres(postgres_url, story)


@pytest.mark.postgres
def test_nobody_listening_is_transient(postgres_url: str) -> None:
    nowhere = "postgresql://jishi@127.0.0.1:1/none"
    with pytest.raises(Transient):
        asyncio.run(open_database(nowhere))


@pytest.mark.postgres
def test_a_failed_transaction_cannot_be_committed(postgres_url: str) -> None:
    async def story(database, session, _):
        await session.begin()
        with pytest.raises(psycopg.errors.UndefinedTable):
            await session.fetch("SELECT x FROM nothing_of_this_name")
        with pytest.raises(RuntimeError, match="nothing was changed"):
            await session.commit()
        await write_heads(session, 1)
        assert len(await database.read(Head)) == 1

    on_postgres(postgres_url, story)


def test_faults_by_their_state() -> None:
    cases = {"40001": Transient, "55P03": Transient, "57014": Transient, "53300": Transient, "57P01": Transient}
    for state, expected in cases.items():
        fault = psycopg.errors.lookup(state)("no")
        assert type(translated(fault)) is expected, state
    shut_down = psycopg.errors.lookup("57P01")("no")
    assert type(translated(shut_down, committing=True)) is UnknownCommit
    serialization = psycopg.errors.lookup("40001")("no")
    assert type(translated(serialization, committing=True)) is Transient
    poison = psycopg.errors.lookup("22P05")("no")
    assert translated(poison) is poison


def test_a_busy_file_is_transient(tell_sqlite: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jishi.store.sqlite.BUSY_TIMEOUT_MS", 1)

    async def story(database, session):
        tool = apsw.Connection(str(tmp_path / "jishi.db"))
        tool.execute("BEGIN IMMEDIATE")
        with pytest.raises(Transient):
            await session.begin()
        tool.execute("ROLLBACK")
        await write_heads(session, 1)
        assert await database.read(Head) == [head(1)]
        tool.close()

    tell_sqlite(story)


def test_sessions_on_one_file_take_turns(tell_sqlite: Callable) -> None:
    async def story(database, one):
        two = await database.session()
        await one.begin()
        pending = asyncio.ensure_future(write_heads(two, 2))
        await asyncio.sleep(0)
        assert not pending.done()
        await one.insert(Head, [head(1)])
        await one.commit()
        await pending
        assert len(await database.read(Head)) == 2

    tell_sqlite(story)
