"""Parcels: an order leaves in several of them; receipt by the buyer, or by time; what is late is noted."""

import pytest

from jishi.kernel.events import decode_events
from jishi.kernel.grammar import system
from jishi.kernel.orders import Line, ShipmentLate, outside_code
from jishi.kernel.owners import LogRow, Timer
from jishi.kernel.parcels import ConfirmReceipt, Packed, Parcel, RecordDelivery, ShipParcel
from tests.support.market import DAY, HOUR, open_market

pytestmark = pytest.mark.anyio


async def lates(market, stall) -> int:
    rows = await market.rows(LogRow, owner=stall.shop)
    return sum(isinstance(event, ShipmentLate) for row in rows for event in decode_events(row.events))


async def test_several_parcels(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.paid(stall, buyer, (await market.goods(stall), 3), (await market.goods(stall), 1))

        async def refused(*packed: Packed) -> str:
            command = ShipParcel(stall.shop, order, "SF", "SF0", packed)
            return (await market.refuses(command, stall.keeper)).code

        assert await refused(Packed(1, 4)) == "shipped_too_many"
        assert await refused(Packed(1, 1), Packed(1, 1)) == "line_twice"
        assert await refused(Packed(3, 1)) == "not_found"
        confirm = ConfirmReceipt(stall.shop, order)
        assert (await market.refuses(confirm, buyer)).code == "state_forbids"

        first = await market.do(ShipParcel(stall.shop, order, "SF", "SF1", (Packed(1, 2),)), stall.keeper)
        row = await market.order(stall, order)
        assert (first["parcel"], row.state, outside_code(row, 20), row.receive_by_ms) == (1, "partly_shipped", 21, 0)
        assert await refused(Packed(1, 2)) == "shipped_too_many"
        assert (await market.refuses(confirm, buyer)).code == "state_forbids", "not before all of it is sent"
        second = await market.do(ShipParcel(stall.shop, order, "YTO", "YT2", (Packed(2, 1),)), stall.keeper)
        assert (second["parcel"], (await market.order(stall, order)).state) == (2, "partly_shipped")
        await market.do(ShipParcel(stall.shop, order, "SF", "SF3"), stall.keeper)
        row = await market.order(stall, order)
        assert (row.state, outside_code(row, 20), row.receive_by_ms) == ("shipped", 30, market.clock.at + 10 * DAY)
        assert (await market.row(Parcel, order=order, n=3)).packed == (Packed(1, 1),)
        assert [line.shipped for line in await market.rows(Line, order=order)] == [3, 1]
        assert (await market.refuses(ShipParcel(stall.shop, order, "SF", "SF4"), stall.keeper)).code == "state_forbids"


async def test_only_who_may(database_url):
    async with open_market(database_url) as market:
        stall, buyer, stranger = await market.shop(), await market.person(), await market.person()
        order = await market.paid(stall, buyer, (await market.goods(stall), 1))
        ship = ShipParcel(stall.shop, order, "SF", "SF1")
        assert (await market.refuses(ship, buyer)).code == "forbidden"
        await market.do(ship, stall.keeper)
        for who in (stranger, stall.keeper):
            assert (await market.refuses(ConfirmReceipt(stall.shop, order), who)).code == "forbidden"
        assert (await market.refuses(RecordDelivery(stall.shop, order, 1), stranger)).code == "forbidden"
        await market.do(RecordDelivery(stall.shop, order, 1), system("carrier"))
        parcel = await market.row(Parcel, order=order)
        assert (parcel.state, parcel.delivered_ms) == ("delivered", market.clock.at)
        await market.do(RecordDelivery(stall.shop, order, 1), system("carrier"))
        assert (await market.row(Parcel, order=order)) == parcel, "told twice, delivered once"
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        assert (await market.refuses(ConfirmReceipt(stall.shop, order), buyer)).code == "state_forbids"


async def test_received_by_time(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall), 1))
        await market.pass_time(10 * DAY - 1)
        assert (await market.order(stall, order)).state == "shipped"
        await market.pass_time(1)
        row = await market.order(stall, order)
        assert (row.state, row.settle_at_ms) == ("received", market.clock.at + 7 * DAY)
        assert await market.row(Timer, subject=order, kind="auto_receive") is None
        await market.pass_time(7 * DAY)
        assert (await market.order(stall, order)).state == "settled"
        assert await market.rows(Timer, subject=order) == [], "nothing waits any more"


async def test_late_is_noted_once(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall)
        order, prompt = await market.paid(stall, buyer, (tea, 1)), await market.shipped(stall, buyer, (tea, 1))
        await market.pass_time(48 * HOUR - 1)
        assert await lates(market, stall) == 0
        await market.pass_time(1)
        await market.pass_time(2 * DAY)
        assert await lates(market, stall) == 1
        assert (await market.order(stall, order)).state == "to_ship", "late is a fact, not the end"
        assert (await market.order(stall, prompt)).state == "shipped"
        await market.do(ShipParcel(stall.shop, order, "SF", "SF9"), stall.keeper)
        assert (await market.order(stall, order)).state == "shipped"
