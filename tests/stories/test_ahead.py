"""One deal runs ahead of the world: each of its timers in turn, while every other order keeps real time."""

import pytest

from jishi.kernel.aftersale import Claim
from jishi.kernel.ahead import RunAhead
from jishi.kernel.claims import OpenClaim
from jishi.kernel.grammar import system
from jishi.kernel.owners import Timer
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import Refused
from jishi.modes.gift import Gift
from tests.support.market import DAY, HOUR, MINUTE, open_market

pytestmark = pytest.mark.anyio
DEMO = system("demo")


async def run_next(market, stall, order):
    """What the button does: step to the next timer, and let it fire."""
    told = await market.do(RunAhead(stall.shop, order), DEMO)
    await market.engine.settle_down()
    return told["ahead_ms"]


async def test_an_unpaid_order_closes_and_its_neighbour_stays(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall)
        mine, other = [await market.place(stall, buyer, (tea, 1)) for _ in range(2)]
        waits = await market.rows(Timer, owner=stall.shop, subject=other)

        assert await run_next(market, stall, mine) == 30 * MINUTE

        assert (await market.order(stall, mine)).reason == "unpaid"
        assert (await market.order(stall, other)).state == "placed"
        assert await market.rows(Timer, owner=stall.shop, subject=other) == waits
        with pytest.raises(Refused, match="nothing_waits"):
            await market.do(RunAhead(stall.shop, mine), DEMO)


async def test_a_parcel_is_received_and_the_order_settled(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall)
        mine, other = [await market.paid(stall, buyer, (tea, 1)) for _ in range(2)]
        for order in (mine, other):
            await market.do(ShipParcel(stall.shop, order, "SF", f"SF{order}"), stall.keeper)

        assert await run_next(market, stall, mine) == 10 * DAY
        received = await market.order(stall, mine)
        assert (received.state, received.settle_at_ms) == ("received", market.clock.at + 17 * DAY)
        (settle,) = await market.rows(Timer, owner=stall.shop, subject=mine)
        assert (settle.kind, settle.due_ms) == ("settle", market.clock.at + 7 * DAY)

        assert await run_next(market, stall, mine) == 17 * DAY
        assert (await market.order(stall, mine)).state == "settled"
        assert (await market.order(stall, other)).state == "shipped"


async def test_time_passing_and_running_ahead_add_up(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        await run_next(market, stall, order)
        await market.pass_time(7 * DAY - 1)
        assert (await market.order(stall, order)).state == "received"
        await market.pass_time(1)
        assert (await market.order(stall, order)).state == "settled"


async def test_a_gift_expires_and_its_refund_is_asked_for(database_url):
    async with open_market(database_url) as market:
        stall, giver = await market.shop(), await market.person()
        tea = await market.goods(stall)
        order = await market.paid(stall, giver, (tea, 1), mode="gift")

        assert await run_next(market, stall, order) == 24 * HOUR
        assert (await market.row(Gift, order=order)).state == "expired"
        assert (await market.order(stall, order)).reason == "gift_expired"

        assert await run_next(market, stall, order) == 24 * HOUR + MINUTE
        assert (await market.row(Refund, order=order)).asks == 1
        assert await run_next(market, stall, order) == 24 * HOUR + 2 * MINUTE
        assert (await market.row(Refund, order=order)).asks == 2


async def test_the_other_timers_of_the_deal_come_forward_by_as_much(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall)
        order = await market.paid(stall, buyer, (tea, 2))
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        await market.do(OpenClaim(stall.shop, order, 1, "refund", 1, "damaged"), buyer)

        assert await run_next(market, stall, order) == 2 * DAY  # the shop was silent: the money is granted
        assert (await market.row(Claim, order=order)).state == "refunding"
        waits = {row.kind: row.due_ms - market.clock.at for row in await market.rows(Timer, subject=order)}
        assert waits == {"ask_refund": MINUTE, "settle": 5 * DAY}


async def test_only_the_demo_may_run_a_deal_ahead(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall)
        order = await market.place(stall, buyer, (tea, 1))
        for who in (buyer, stall.keeper, await market.operator(), system("job")):
            with pytest.raises(Refused, match="forbidden"):
                await market.do(RunAhead(stall.shop, order), who)
