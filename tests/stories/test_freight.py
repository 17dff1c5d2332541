"""Freight: by piece and by weight, by region, free over an amount, several templates in one order; no cent is lost."""

import pytest

from jishi.kernel.freight import FreightTemplate, Rate, SaveFreight
from jishi.kernel.ids import read_id
from jishi.kernel.orders import Line
from jishi.kernel.placing import LineAsk, PlaceOrder
from tests.support.market import open_market

pytestmark = pytest.mark.anyio
PIECES = (Rate((), 1, 800, 2, 300), Rate(("CN-XZ", "CN-XJ"), 1, 1_500, 1, 500))
GRAMS = (Rate((), 500, 1_000, 250, 201), Rate(("CN-XZ",), 500, 2_000, 500, 700))


async def freight(market, stall, buyer, *wanted: tuple[int, int], region: str = "CN-BJ") -> int:
    """What sending costs, as the order says and as its lines add up to."""
    order = await market.place(stall, buyer, *wanted, address=await market.address(buyer, region))
    row, lines = await market.order(stall, order), await market.rows(Line, order=order)
    assert sum(line.freight_minor for line in lines) == row.freight_minor
    assert row.total_minor == row.freight_minor + sum(line.amount_minor for line in lines)
    return row.freight_minor


async def test_by_piece_and_by_region(database_url):
    async with open_market(database_url) as market:
        stall, buyer = (
            await market.shop(rates=PIECES, free_over_minor=50_000, excluded=("CN-HK",)),
            await market.person(),
        )
        tea = await market.goods(stall, 1_000, stock=1_000)
        costs = [await freight(market, stall, buyer, (tea, n)) for n in (1, 2, 3, 4)]
        assert costs == [800, 1_100, 1_100, 1_400], "each two further pieces, begun, cost a step"
        assert await freight(market, stall, buyer, (tea, 3), region="CN-XJ") == 2_500
        assert await freight(market, stall, buyer, (tea, 49)) == 800 + 24 * 300
        assert await freight(market, stall, buyer, (tea, 50)) == 0
        assert await freight(market, stall, buyer, (tea, 50), region="CN-XZ") == 0
        there = PlaceOrder(stall.shop, (LineAsk(tea, 50, 999),), address=await market.address(buyer, "CN-HK"))
        told = await market.refuses(there, buyer)
        assert [one.code for one in told.refusals] == ["price_changed", "region_excluded"], "all told at once"


async def test_by_weight(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(rates=GRAMS, by="weight"), await market.person()
        tea = await market.goods(stall, 1_000, stock=100)
        costs = [await freight(market, stall, buyer, (tea, n)) for n in (1, 2, 3, 4)]
        assert costs == [1_000, 1_000, 1_201, 1_402], "200 g a piece: 500 g, then each 250 g begun"
        assert await freight(market, stall, buyer, (tea, 3), region="CN-XZ") == 2_700


async def test_several_templates_in_one_order(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(rates=PIECES), await market.person()
        tea = await market.goods(stall, 3_333)
        cup = await market.goods(stall, 1_001)
        save = SaveFreight(stall.shop, "weight", GRAMS, free_over_minor=30_000, code="heavy")
        stall.freight = read_id((await market.do(save, stall.keeper))["template"])[1]
        pot = await market.goods(stall, 9_999)
        assert await freight(market, stall, buyer, (tea, 1), (pot, 2), (cup, 2)) == 1_100 + 1_000
        assert await freight(market, stall, buyer, (tea, 1), (pot, 4), (cup, 2)) == 1_100, (
            "only the heavy ones are free"
        )


async def test_templates_are_checked(database_url):
    async with open_market(database_url) as market:
        stall = await market.shop()

        async def code(*rates: Rate, **wrong) -> str:
            return (await market.refuses(SaveFreight(stall.shop, "piece", rates, **wrong), stall.keeper)).code

        assert await code(Rate(("CN-BJ",), 1, 1, 1, 1)) == "freight_no_default"
        assert await code(PIECES[0], Rate((), 1, 1, 1, 1)) == "region_missing"
        assert await code(*PIECES, Rate(("CN-XJ",), 1, 1, 1, 1)) == "region_twice"
        assert await code(*PIECES, template=4_711) == "not_found"
        (first,) = await market.rows(FreightTemplate)
        assert first.code == "freight.1"
        assert await code(*PIECES, code="freight.1") == "freight_code_taken"
        rename = SaveFreight(stall.shop, "piece", PIECES, template=first.id, code="standard")
        await market.do(rename, stall.keeper)
        assert [row.code for row in await market.rows(FreightTemplate)] == ["standard"]
        assert (await market.refuses(rename, await market.person())).code == "forbidden"


async def test_no_sum_leaves_the_range(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(rates=(Rate((), 1, 10**13, 1, 10**13),)), await market.person()
        tea = await market.goods(stall, 10**13, stock=10)
        where = await market.address(buyer)
        for quantity in (1, 2):
            ask = PlaceOrder(stall.shop, (LineAsk(tea, quantity, 10**13),), address=where)
            assert (await market.refuses(ask, buyer)).code == "amount_too_large"
