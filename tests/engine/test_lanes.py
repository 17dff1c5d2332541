"""Lanes beside each other do not wait for one another's locks while they could do something else.

Reason: one shop's background work kept everybody waiting who stood behind a buyer of that shop.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest

from jishi.engine.batch import Batch
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.lane import PASSED_MOST, REST_MOST_S, Lane
from jishi.kernel.grammar import Principal
from jishi.store import migrate, open_database
from tests.support.market import Market

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
SOON_S = 5


class Two:
    """A market with a lane for people and one for background work, as two writers have them."""

    def __init__(self, market: Market, lanes: list[Lane]):
        self.market, (self.people, self.background) = market, lanes

    def ask(self, who: Principal, *, background: bool = False) -> asyncio.Future:
        """Queue a command that locks this person's rows."""
        return self.market.queue(self.background if background else self.people, who, background=background)

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
    lanes[1].holds = lanes[0].avoid
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


async def test_an_owner_has_a_rest_from_background_work_while_others_want_it(postgres_url):
    """People may wait for a shop of which there is a lot to do."""
    async with two_lanes(postgres_url) as two:
        first, second = await two.market.person(), await two.market.person()
        lane = two.background
        asked = [two.ask(who, background=True) for who in [first] * 12 + [second] * 4]
        lane.rate, lane.size = 8 / lane.background_s, 64
        batches = []
        while lane.background:
            batches.append([item.owners[0] for item in lane.next_items()])
        assert batches == [[first.party] * 8, [second.party] * 4, [first.party] * 4]
        for future in asked:
            future.cancel()


async def test_one_owner_alone_has_no_rest(postgres_url):
    async with two_lanes(postgres_url) as two:
        who = await two.market.person()
        two.background.rate = 1.0  # eight at a time
        asked = [two.ask(who, background=True) for _ in range(40)]
        await asyncio.wait_for(asyncio.gather(*asked), SOON_S)


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
        who, begun = await two.market.person(), []
        two.people.session.probe = begun.append
        two.people.avoid({who.party})  # as beside work on a shop that never ends
        waiting = two.ask(who)
        await asyncio.sleep(0)
        assert not begun
        for _ in range(PASSED_MOST * 4):  # the lane's turn may take more than one of the loop
            two.people.avoid({who.party})
            await asyncio.sleep(0)
        await asyncio.wait_for(waiting, SOON_S)


async def test_what_was_passed_over_keeps_its_order(postgres_url):
    async with two_lanes(postgres_url) as two:
        who, others = await two.market.person(), [await two.market.person() for _ in range(3)]
        two.people.avoid({who.party})
        asked = [two.ask(one) for one in (who, others[0], who, others[1], who, others[2])]
        await asyncio.wait_for(asyncio.gather(*asked[1::2]), SOON_S)
        two.people.avoid(set())
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


async def test_background_work_rests_only_while_it_is_done_in_time(postgres_url):
    """It leaves rows and cores to people for a moment after each batch, but none once it is late."""
    async with two_lanes(postgres_url) as two:
        who, lane = await two.market.person(), two.background
        now = lane.monotonic()
        lane.monotonic, lane.rate, lane.rest_least_s = lambda: now, 40.0, 0
        asked = [two.ask(who, background=True) for _ in range(100)]  # 2.5 seconds of work, with five seconds for it
        assert lane.rest_s(0.0005) == pytest.approx(0.0005), "half of the time"
        assert lane.rest_s(10) == REST_MOST_S, "never for long"
        lane.rate = 10.0  # ten seconds of work
        assert lane.rest_s(10) == 0
        lane.rest_least_s = 0.001  # where people's requests need the same loop
        assert lane.rest_s(10) == 0.001
        lane.background.clear()
        for future in asked:
            future.cancel()
