"""Stock: held when ordered, taken when paid, free when not; each move is in its history, nothing is sold twice."""

import pytest

from jishi.kernel.closing import CancelOrder, CancelOversold
from jishi.kernel.parcels import ShipParcel
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refused import Refused
from jishi.kernel.stock import MOVES, CountStock, Sku, StockMove
from tests.support.market import MINUTE, open_market

pytestmark = pytest.mark.anyio
CHANGES = {event.move: change for event, change in MOVES.items()}


async def holds(market, sku: int) -> tuple[int, int, int]:
    """(free, held, taken), which is what the history adds up to."""
    row, moves = await market.row(Sku, id=sku), await market.rows(StockMove, sku=sku)
    sums = [sum(CHANGES[move.kind][place] * move.quantity for move in moves) for place in range(4)]
    assert sums == [row.free, row.held, row.taken, row.stocked], "the history is the stock"
    return row.free, row.held, row.taken


async def test_a_piece_through_its_life(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, stock=5)
        order = await market.place(stall, buyer, (tea, 2), (tea, 1))
        assert await holds(market, tea) == (2, 3, 0)
        await market.do(CancelOrder(stall.shop, order), buyer)
        assert await holds(market, tea) == (5, 0, 0)

        await market.place(stall, buyer, (tea, 4))
        await market.pass_time(30 * MINUTE)
        assert await holds(market, tea) == (5, 0, 0), "not paid in time"

        order = await market.paid(stall, buyer, (tea, 4))
        assert await holds(market, tea) == (1, 0, 4)
        await market.do(CancelOversold(stall.shop, order), stall.keeper)
        assert await holds(market, tea) == (5, 0, 0)
        await market.refunds_arrive(stall, order)

        order = await market.paid(stall, buyer, (tea, 5))
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        assert await holds(market, tea) == (0, 0, 5)
        kinds = [move.kind for move in await market.rows(StockMove, sku=tea)]
        assert set(kinds) == set(CHANGES)


async def test_counting(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, stock=5)
        await market.place(stall, buyer, (tea, 2))
        await market.do(CountStock(stall.shop, tea, 10), stall.keeper)
        assert await holds(market, tea) == (13, 2, 0)
        out = await market.refuses(CountStock(stall.shop, tea, -14), stall.keeper)
        assert (out.code, out.facts) == ("stock_short", {"left": 13}), "what is held is not to be taken out"
        await market.do(CountStock(stall.shop, tea, -13), stall.keeper)
        assert await holds(market, tea) == (0, 2, 0)
        assert (await market.refuses(CountStock(stall.shop, tea, 0), stall.keeper)).code == "nothing_to_change"
        assert (await market.refuses(CountStock(stall.shop, tea, 1), buyer)).code == "forbidden"
        assert (await market.refuses(CountStock(stall.shop, 999, 1), stall.keeper)).code == "not_found"


async def test_many_want_the_last_pieces(database_url):
    async with open_market(database_url) as market:
        stall = await market.shop()
        tea = await market.goods(stall, stock=7)
        asks = []
        for _ in range(10):
            buyer = await market.person()
            lines = (LineAsk(tea, 2, 9_900),)
            asks.append((PlaceOrder(stall.shop, lines, address=await market.address(buyer)), buyer))
        results = await market.at_once(*asks)
        lost = [result for result in results if isinstance(result, Refused)]
        assert len(results) - len(lost) == 3
        assert {(one.code, one.facts["left"]) for one in lost} == {("stock_short", 1)}
        assert await holds(market, tea) == (1, 6, 0)
