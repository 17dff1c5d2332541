"""Thirty days in one move: what was shipped is settled, what waited is over, what was not paid is closed."""

import pytest

from jishi.engine.clock_moves import go_on, move_of, next_timers, plan
from jishi.kernel.orders import Order
from jishi.kernel.owners import Timer
from jishi.kernel.refused import Refused
from jishi.modes.gift import Gift
from jishi.store import Meta
from tests.support.market import DAY, HOUR, Market, open_market

pytestmark = pytest.mark.anyio


async def moved(market: Market, ms: int, steps: int = 200):
    market.engine.demo = True
    await plan(market.engine, market.engine.world.clock.now_ms() + ms)
    return await go_on(market.engine, steps)


async def test_thirty_days_close_everything(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        sku = await market.goods(stall)
        shipped = await market.shipped(stall, buyer, (sku, 1))
        unpaid = await market.place(stall, buyer, (sku, 1))
        gift = await market.gift(stall, buyer, sku)
        begin = market.clock.now_ms()
        first = (await next_timers(market.engine.database, 1))[0].due_ms

        move = await moved(market, 30 * DAY, 1)
        assert (move.steps, move.done, market.clock.now_ms()) == (1, 0, first)  # one due instant at a time
        assert (await market.order(stall, unpaid)).state == "closed"
        assert (await market.order(stall, gift)).state == "paid"
        move = await go_on(market.engine, 3)
        assert (await market.order(stall, gift)).state == "closed" and move.done == 0
        assert await market.refunds_arrive(stall, gift) == 1
        move = await go_on(market.engine, 200)
        assert move.done == 1 and market.clock.now_ms() == begin + 30 * DAY
        assert (await market.row(Gift, order=gift)).state == "expired"
        assert (await market.order(stall, shipped)).state == "settled"
        assert {row.state for row in await market.rows(Order)} == {"settled", "closed"}
        assert await market.rows(Timer) == []
        assert (await go_on(market.engine)).done == 1  # once more does nothing
        assert market.clock.now_ms() == begin + 30 * DAY


async def test_a_move_that_was_cut_goes_on_and_time_never_goes_back(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        sku = await market.goods(stall)
        orders = [await market.place(stall, buyer, (sku, 1)) for _ in range(2)]
        begin = market.clock.now_ms()
        await moved(market, 2 * HOUR, 0)
        assert market.clock.now_ms() == begin and not (await move_of(market.engine.database)).done
        await plan(market.engine, begin + HOUR)  # a nearer goal does not shorten what is under way
        assert (await go_on(market.engine)).to_ms == begin + 2 * HOUR
        assert {(await market.order(stall, order)).state for order in orders} == {"closed"}
        kept = int((await market.row(Meta, key="offset_ms")).value)
        assert kept == market.clock.offset_ms >= 2 * HOUR
        for wrong in (market.clock.now_ms() - 1, market.clock.now_ms() + 401 * DAY):
            with pytest.raises(Refused) as refused:
                await plan(market.engine, wrong)
            assert refused.value.code == "clock_range"


async def test_other_engines_see_it(database_url):
    async with open_market(database_url) as market:
        await moved(market, DAY)
        market.clock.offset_ms = 0  # as another process would still have it
        await market.engine.timers.turn()
        assert market.clock.offset_ms == DAY


async def test_only_a_demo_has_such_a_clock(database_url):
    async with open_market(database_url) as market:
        with pytest.raises(Refused) as refused:
            await plan(market.engine, market.clock.now_ms() + DAY)
        assert refused.value.code == "not_found" and await market.row(Meta, key="offset_ms") is None
