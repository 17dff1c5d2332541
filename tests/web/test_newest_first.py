"""Lists of orders begin with the newest, though ids of gifts and of a checkout's orders are not ordered by time."""

import pytest

from jishi.kernel.ids import public_owner
from tests.support.faces import open_faces, order_path

pytestmark = pytest.mark.anyio


async def test_every_list_of_orders_begins_with_the_newest(database_url, tmp_path):
    async with open_faces(database_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        sku = await market.goods(stall)
        await faces.persona(buyer)
        await faces.persona(stall.keeper, "staff", stall.shop)
        friend = await market.person()
        await market.address(friend)
        paths = []
        for number in (3_000, 2_000, 1_000):  # later orders have smaller ids
            order = await market.paid(stall, buyer, (sku, 1), mode="gift", order=number)
            paths.insert(0, order_path(stall, order))
            await market.do(await market.accepts(stall, order, friend), friend)
            await market.pass_time(60_000)
        person = faces.browser()
        await person.be(buyer)
        for address in ("/", "/orders", "/gifts"):
            await person.get(address)
            places = [person.text.index(path) for path in paths]
            assert places == sorted(places), address
        keeper = faces.browser()
        await keeper.be(stall.keeper)
        await keeper.get(f"/desk/{public_owner(stall.shop)}/orders")
        places = [keeper.text.index(path) for path in paths]
        assert places == sorted(places)
