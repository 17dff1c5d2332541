"""Lanes beside each other do not wait for one another's locks while they could do something else.

Reason: one shop's background work kept everybody waiting who stood behind a buyer of that shop.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest

from jishi.engine.batch import Batch
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.lane import PASSED_MOST, Lane, side_by_side
from jishi.engine.request import Item
from jishi.kernel.grammar import Principal
from jishi.kernel.parties import SaveAddress
from jishi.store import migrate, open_database
from tests.support.market import Market

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
SOON_S = 5


class Two:
    """A market with a lane for people and one for background work, as the writer has them."""

    def __init__(self, market: Market, lanes: list[Lane]):
        self.market, (self.people, self.background) = market, lanes

    def ask(self, who: Principal, *, background: bool = False) -> asyncio.Future:
        """Queue a command that locks this person's rows."""
        engine = self.market.engine
        command = SaveAddress(who.party, "CN-BJ", "simulated", "+86 190 0000 0000", "Market Road 1")
        request = engine.request(command, who, engine.fresh_id())
        future = asyncio.get_running_loop().create_future()
        lane = self.background if background else self.people
        return lane.put(Item([request], future, lane.monotonic() + SOON_S, background))

    async def begun(self, who: Principal, *, background: bool = True) -> asyncio.Future:
        """The same, once its batch waits for the lock."""
        began, lane = asyncio.Event(), self.background if background else self.people
        lane.session.probe = lambda step: began.set() if step == "before:lock:heads" else None
        future = self.ask(who, background=background)
        await asyncio.wait_for(began.wait(), SOON_S)
        return future


@asynccontextmanager
async def two_lanes(url: str):
    """On a fresh database."""
    await migrate(url)
    database = await open_database(url)
    engine = await Engine.open(database, EngineOptions(pumps=False))
    lanes = [Lane(await database.session(), Batch(engine.world), lambda answers: None, database) for _ in range(2)]
    side_by_side(lanes)
    try:
        yield Two(Market(engine, engine.world.clock), lanes)
    finally:
        for lane in lanes:
            await lane.stop()
            await lane.session.close()
        await engine.stop()


@asynccontextmanager
async def locked(two: Two, who: Principal):
    """Somebody else has locked this person's rows, so that a batch that wants them waits."""
    session = await two.market.engine.database.session()
    await session.begin()
    await session.lock([who.party])
    try:
        yield
    finally:
        await session.rollback()
        await session.close()


async def test_who_needs_what_another_lane_has_locked_lets_others_go_first(postgres_url):
    async with two_lanes(postgres_url) as two:
        busy, free = await two.market.person(), await two.market.person()
        async with locked(two, busy):
            held = await two.begun(busy)
            behind, other = two.ask(busy), two.ask(free)
            await asyncio.wait_for(other, SOON_S)
            assert not behind.done() and not held.done()
        await asyncio.wait_for(asyncio.gather(held, behind), SOON_S)


async def test_background_work_leaves_an_owner_to_the_people_who_wait_for_him(postgres_url):
    async with two_lanes(postgres_url) as two:
        who, done = await two.market.person(), []
        later, sooner = two.ask(who, background=True), two.ask(who)
        for name, future in (("background", later), ("people", sooner)):
            future.add_done_callback(lambda _, name=name: done.append(name))
        await asyncio.wait_for(asyncio.gather(later, sooner), SOON_S)
        assert done == ["people", "background"]


async def test_background_work_stands_still_while_people_beside_it_have_a_batch(postgres_url):
    async with two_lanes(postgres_url) as two:
        busy, free = await two.market.person(), await two.market.person()
        two.background.background_s = SOON_S
        async with locked(two, busy):
            mine = await two.begun(busy, background=False)
            behind = two.ask(free, background=True)
            await two.background.session.begin()  # a journey of one that works shows that there was time enough
            await two.background.session.rollback()
            assert not behind.done() and not two.background.held
        await asyncio.wait_for(asyncio.gather(mine, behind), SOON_S)


async def test_background_work_stands_still_no_longer_than_its_turn(postgres_url):
    """People may never rest, or wait for the very owner that it has locked."""
    async with two_lanes(postgres_url) as two:
        busy, free = await two.market.person(), await two.market.person()
        async with locked(two, busy):
            mine = await two.begun(busy, background=False)
            await asyncio.wait_for(two.ask(free, background=True), SOON_S)
            assert not mine.done()
        await asyncio.wait_for(mine, SOON_S)


async def test_a_batch_of_background_work_holds_few_owners(postgres_url):
    """Once there is enough of it, the next owner is left for the next batch."""
    async with two_lanes(postgres_url) as two:
        first, second = await two.market.person(), await two.market.person()
        asked = [two.ask(who, background=True) for who in [first] * 5 + [second] * 5]
        two.background.rate, two.background.size = 8 / two.background.background_s, 64
        batch = two.background.next_items()
        assert [item.owners for item in batch] == [[first.party]] * 5
        two.background.background.extendleft(reversed(batch))
        await asyncio.wait_for(asyncio.gather(*asked), SOON_S)


async def test_nobody_is_passed_over_for_ever(postgres_url):
    async with two_lanes(postgres_url) as two:
        who = await two.market.person()
        two.people.held = {who.party}  # as on a shop where batches of people never end
        waiting = two.ask(who, background=True)
        await asyncio.sleep(0)
        assert not two.background.held
        for _ in range(PASSED_MOST * 4):  # the lane's turn may take more than one of the loop
            two.people.wake_others()
            await asyncio.sleep(0)
        await asyncio.wait_for(waiting, SOON_S)


async def test_what_was_passed_over_keeps_its_order(postgres_url):
    async with two_lanes(postgres_url) as two:
        who, others = await two.market.person(), [await two.market.person() for _ in range(3)]
        two.background.held = {who.party}
        asked = [two.ask(one) for one in (who, others[0], who, others[1], who, others[2])]
        await asyncio.wait_for(asyncio.gather(*asked[1::2]), SOON_S)
        two.background.held = set()
        two.background.wake_others()
        told = [answer.seq for (answer,) in await asyncio.wait_for(asyncio.gather(*asked[::2]), SOON_S)]
        assert told == sorted(told) and len(set(told)) == 3


async def test_a_lane_that_is_asked_to_stop_finishes_what_it_passed_over(postgres_url):
    async with two_lanes(postgres_url) as two:
        who = await two.market.person()
        async with locked(two, who):
            held = await two.begun(who)
            behind, stopping = two.ask(who), asyncio.create_task(two.people.stop())
            await asyncio.sleep(0)
            assert not behind.done()
        await asyncio.wait_for(asyncio.gather(held, behind, stopping), SOON_S)
