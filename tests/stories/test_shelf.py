"""Shelf: on 1 February a buyer orders tea; it is paid, sent, received, and a week later everyone has his share."""

import pytest

from jishi.kernel.ledger import Balance
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.stock import Sku
from tests.support.market import DAY, open_market

pytestmark = pytest.mark.anyio


async def test_one_order_from_place_to_payout(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, 9_900)

        order = await market.paid(stall, buyer, (tea, 2))
        row = await market.order(stall, order)
        assert (row.state, row.goods_minor, row.freight_minor, row.total_minor) == ("to_ship", 19_800, 800, 20_600)
        assert (await market.row(Sku, id=tea)).taken == 2

        await market.do(ShipParcel(stall.shop, order, "SF", "SF100000001"), stall.keeper)
        await market.pass_time(2 * DAY)
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        assert (await market.order(stall, order)).state == "received"

        await market.pass_time(7 * DAY)
        row = await market.order(stall, order)
        assert (row.state, row.settled_minor) == ("settled", 20_600)
        fee = await market.balance(PLATFORM, "fees")
        assert fee > 0
        assert await market.balance(stall.shop, "available") == 20_600 - fee
        transit = [row.balance_minor for row in await market.rows(Balance, account="transit")]
        assert sum(transit) == 0
