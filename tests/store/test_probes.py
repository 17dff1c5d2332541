"""A crash at any step leaves all of a batch or nothing of it, and the next batch runs."""

from collections.abc import Callable

import pytest

from jishi.kernel.ledger import Balance, EntryRow
from jishi.kernel.owners import Head
from jishi.store import Session
from tests.store.samples import entry, head

STEPS = [
    "before:begin",
    "before:lock:heads",
    "before:seen:log",
    "before:load:entries",
    "before:load_under:entries",
    "before:insert:heads",
    "before:update:heads",
    "before:upsert:heads",
    "before:delete:entries",
    "before:add_balances:balances",
    "before:fetch",
    "before:commit",
    "after:commit",
]


class Crash(Exception):
    """Stands for the death of the process."""


async def batch(session: Session) -> None:
    """One of each verb."""
    await session.begin()
    try:
        await session.lock([1])
        await session.seen([(1, "p", "c")])
        await session.load(EntryRow, [(1, 1, 0)])
        await session.load_under(EntryRow, [(1,)])
        await session.insert(Head, [head(1)])
        await session.update(Head, [head(1, 1)])
        await session.upsert(Head, [head(1, 2)])
        await session.delete(EntryRow, [(1, 1, 0)])
        await session.add_balances([Balance(1, "escrow", "CNY", 1)])
        await session.fetch("SELECT 1 AS one")
    except BaseException:
        await session.rollback()
        raise
    await session.commit()


def test_the_probe_hears_every_step(tell: Callable) -> None:
    async def story(_, session):
        heard: list[str] = []
        session.probe = heard.append
        await batch(session)
        assert heard == STEPS

    tell(story)


def test_a_crash_at_any_step(tell: Callable) -> None:
    async def story(database, session):
        for step in STEPS:

            def crash(name: str, at: str = step) -> None:
                if name == at:
                    raise Crash

            session.probe = crash
            with pytest.raises(Crash):
                await batch(session)
            stored = len(await database.read(Head)) + len(await database.read(Balance))
            assert stored == (2 if step == "after:commit" else 0), step

    tell(story)


def test_a_given_up_batch_leaves_the_session_usable(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.insert(EntryRow, [entry(1, 1, 0)])
        await session.rollback()
        await session.rollback()
        await batch(session)
        assert await database.read(EntryRow) == []
        assert await database.read(Head) == [head(1, 2)]

    tell(story)
