"""The cart: over several shops, nothing held, nothing promised, and nobody else's business."""

import pytest

from jishi.kernel.cart import CART_MOST, CartLine, SetCart
from jishi.kernel.stock import Sku
from tests.support.market import open_market

pytestmark = pytest.mark.anyio


async def test_a_cart_over_two_shops(database_url):
    async with open_market(database_url) as market:
        here, there, buyer = await market.shop(), await market.shop(), await market.person()
        tea, cup = await market.goods(here, stock=2), await market.goods(there)
        for stall, sku, quantity in ((here, tea, 1), (there, cup, 3), (here, tea, 5)):
            await market.do(SetCart(buyer.id, stall.shop, sku, quantity), buyer)
        assert {(line.shop, line.quantity) for line in await market.rows(CartLine)} == {(here.shop, 5), (there.shop, 3)}
        assert (await market.row(Sku, id=tea)).free == 2, "a cart holds nothing"

        await market.do(SetCart(buyer.id, here.shop, tea, 0), buyer)
        assert [line.sku for line in await market.rows(CartLine)] == [cup]
        gone = SetCart(buyer.id, here.shop, tea, 0)
        assert (await market.refuses(gone, buyer)).code == "not_found"
        other = await market.person()
        assert (await market.refuses(SetCart(buyer.id, here.shop, tea, 1), other)).code == "forbidden"


async def test_a_cart_is_full_at_some_time(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        puts = [(SetCart(buyer.id, stall.shop, sku, 1), buyer) for sku in range(1, CART_MOST + 3)]
        results = await market.at_once(*puts)
        refused = [result for result in results if isinstance(result, Exception)]
        assert [one.code for one in refused] == ["cart_full"] * 2
        await market.do(SetCart(buyer.id, stall.shop, 1, 9), buyer)
        assert len(await market.rows(CartLine)) == CART_MOST
