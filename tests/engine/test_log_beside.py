"""Beside a copy of SQLite's log people go on, and background work leaves the disk to it.

Reason: commits wait for the disk meanwhile, and people stood behind those of background work.
"""

import asyncio
import threading
from pathlib import Path

import pytest

from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.lane import Lane
from jishi.kernel.grammar import Principal
from jishi.store import migrate, open_database, sqlite_log
from tests.support.market import Market

pytestmark = pytest.mark.anyio
SOON_S = 5


@pytest.fixture
async def market(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/jishi.db"
    await migrate(url)
    engine = await Engine.open(await open_database(url), EngineOptions(pumps=False))
    yield Market(engine, engine.world.clock)
    await engine.stop()


@pytest.fixture
async def who(market: Market) -> Principal:
    return await market.person()


@pytest.fixture
def disk(who: Principal, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """From now on a disk that takes each page of the log as soon as this is set."""
    free, real = threading.Event(), sqlite_log.copy_beside

    def late(name: str, file: int) -> None:
        assert free.wait(SOON_S)
        real(name, file)

    monkeypatch.setattr(sqlite_log, "copy_beside", late)
    monkeypatch.setattr(sqlite_log, "ANEW_PAGES", 1)
    return free


def ask(market: Market, who: Principal, *, background: bool = False) -> asyncio.Future:
    """Queue a command in the engine's lane."""
    return market.queue(market.engine.lane, who, background=background)


async def test_background_work_waits_for_a_copy_and_people_do_not(
    market: Market, who: Principal, disk: threading.Event
) -> None:
    await asyncio.wait_for(ask(market, who), SOON_S)
    behind = ask(market, who, background=True)
    for _ in range(3):
        await asyncio.wait_for(ask(market, who), SOON_S)
    assert not behind.done() and market.engine.lane.copying
    disk.set()
    await asyncio.wait_for(behind, SOON_S)


async def test_a_copy_that_has_ended_holds_nobody_up(market: Market, who: Principal, disk: threading.Event) -> None:
    """Also where somebody else's transaction keeps the lane from looking at it."""
    await asyncio.wait_for(ask(market, who), SOON_S)
    log = market.engine.database.log
    disk.set()
    await asyncio.wait([log.beside])
    other = await market.engine.database.session()
    await other.begin()
    assert await log.tidy() is None
    await other.rollback()


async def test_a_lane_that_stops_finishes_what_waits_for_a_copy(
    market: Market, who: Principal, disk: threading.Event
) -> None:
    await asyncio.wait_for(ask(market, who), SOON_S)
    behind, lane = ask(market, who, background=True), market.engine.lane
    assert isinstance(lane, Lane)
    stopping = asyncio.create_task(lane.stop())
    await asyncio.sleep(0)
    assert not behind.done()
    disk.set()
    await asyncio.wait_for(asyncio.gather(behind, stopping), SOON_S)


async def test_a_copy_that_failed_keeps_nobody_waiting(
    market: Market, who: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str, file: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(sqlite_log, "copy_beside", broken)
    monkeypatch.setattr(sqlite_log, "ANEW_PAGES", 1)
    for background in (False, True, False, True):
        await asyncio.wait_for(ask(market, who, background=background), SOON_S)
