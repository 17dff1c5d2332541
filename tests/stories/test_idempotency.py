"""Idempotency: one id is one deed. The same answer comes back, byte for byte, wherever and whenever one asks again."""

import asyncio

import pytest

from jishi.engine.request import Busy
from jishi.kernel.catalog import PriceSku
from jishi.kernel.grammar import Principal
from jishi.kernel.orders import Order
from jishi.kernel.owners import LogRow
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refused import Refused
from jishi.kernel.shops import SetDuties
from jishi.kernel.stock import Sku
from jishi.store.errors import Transient, UnknownCommit
from tests.support.market import DAY, open_market

pytestmark = pytest.mark.anyio
PRICE = 9_900


async def wish(market, stock: int = 10) -> tuple[PlaceOrder, Principal]:
    """A command and its sender."""
    stall, buyer = await market.shop(), await market.person()
    tea = await market.goods(stall, PRICE, stock)
    return PlaceOrder(stall.shop, (LineAsk(tea, 1, PRICE),), address=await market.address(buyer)), buyer


async def test_the_same_id_many_times_in_one_batch(database_url):
    """R23: one order, and twenty equal answers."""
    async with open_market(database_url) as market:
        command, buyer = await wish(market)
        answers = await asyncio.gather(*[market.engine.send(command, buyer, "same") for _ in range(20)])
        assert len({answer.body for answer in answers}) == 1
        assert [answer.replayed for answer in answers] == [False] + [True] * 19
        assert len(await market.rows(Order)) == 1

        await market.pass_time(40 * DAY)
        later = await market.engine.send(command, buyer, "same")
        assert (later.body, later.seq, later.replayed) == (answers[0].body, answers[0].seq, True)


async def test_the_same_id_with_another_body(database_url):
    """R23: refused, in one batch and afterwards; the first deed stands."""
    async with open_market(database_url) as market:
        command, buyer = await wish(market)
        (line,) = command.lines
        other = PlaceOrder(command.shop, (LineAsk(line.sku, 2, PRICE),), address=command.address)
        outcomes = await asyncio.gather(
            *[market.engine.send(one, buyer, "same") for one in (command, other, command)], return_exceptions=True
        )
        assert outcomes[0].body == outcomes[2].body
        assert outcomes[1].code == "id_reused"
        assert (await market.refuses(other, buyer, "same")).code == "id_reused"
        assert (await market.row(Sku)).held == 1


async def test_a_bundle_says_so_too(database_url):
    """R23: all of a bundle is known, or none of it is done."""
    async with open_market(database_url) as market:
        command, buyer = await wish(market)
        await market.engine.send(command, buyer, "a")
        other = PlaceOrder(command.shop, (LineAsk(command.lines[0].sku, 2, PRICE),), address=command.address)
        with pytest.raises(Refused) as told:
            await market.engine.bundle([(command, buyer, "b"), (other, buyer, "a")])
        assert told.value.code == "id_reused"
        assert len(await market.rows(Order)) == 1


async def test_two_senders_may_use_the_same_id(database_url):
    async with open_market(database_url) as market:
        command, buyer = await wish(market)
        other = await market.person()
        theirs = PlaceOrder(command.shop, command.lines, address=await market.address(other))
        await asyncio.gather(market.engine.send(command, buyer, "1"), market.engine.send(theirs, other, "1"))
        assert {order.payer for order in await market.rows(Order)} == {buyer.id, other.id}


async def test_a_stored_answer_is_not_for_who_may_no_longer_see_it(database_url):
    """A shop's employee repeats an old request: answered while he works there, refused once his duties are gone."""
    async with open_market(database_url) as market:
        stall, worker = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        await market.do(SetDuties(stall.shop, worker.id, ("goods",)), stall.keeper)
        command = PriceSku(stall.shop, tea, 120)
        first = await market.do(command, worker, "mine")
        assert await market.do(command, worker, "mine") == first
        await market.do(SetDuties(stall.shop, worker.id, ()), stall.keeper)
        assert (await market.refuses(command, worker, "mine")).code == "forbidden"


async def test_a_refusal_is_decided_afresh(database_url):
    """Sold out in the morning, in stock at noon: the same id is taken then."""
    async with open_market(database_url) as market:
        stall, first, buyer = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, PRICE, 1)
        taken = await market.place(stall, first, (tea, 1))
        command = PlaceOrder(stall.shop, (LineAsk(tea, 1, PRICE),), address=await market.address(buyer))
        assert (await market.refuses(command, buyer, "mine")).code == "stock_short"
        await market.pass_time(DAY)
        assert (await market.order(stall, taken)).state == "closed"
        await market.do(command, buyer, "mine")
        assert (await market.row(Sku)).held == 1


async def test_a_commit_nobody_knows_of_is_answered_once(database_url):
    """The connection is lost after COMMIT was sent: the batch runs again, finds its own deeds, and answers them."""
    async with open_market(database_url) as market:
        command, buyer = await wish(market)
        lost = []

        def lose(step: str) -> None:
            if step == "after:commit" and not lost:
                lost.append(step)
                raise UnknownCommit("the connection was lost")

        market.engine.lane.session.probe = lose
        answers = await asyncio.gather(*[market.engine.send(command, buyer, f"id{n}") for n in range(3)])
        market.engine.lane.session.probe = None
        assert lost
        assert [answer.replayed for answer in answers] == [True] * 3
        assert len(await market.rows(Order)) == 3
        assert (await market.row(Sku)).held == 3


async def test_a_commit_nobody_knows_of_is_never_called_undone(database_url):
    """The connection is lost after COMMIT was sent, and stays lost: we cannot tell, and say so. The id tells later."""
    async with open_market(database_url) as market:
        command, buyer = await wish(market)
        lost = []

        def away(step: str) -> None:
            if step == "after:commit":
                lost.append(step)
                raise UnknownCommit("the connection was lost")
            if lost:
                raise Transient("the database is away")

        market.engine.lane.session.probe = away
        refused = await market.refuses(command, buyer, "mine")
        market.engine.lane.session.probe = None
        assert (refused.code, isinstance(refused, Busy)) == ("outcome_unknown", True)
        assert (await market.engine.send(command, buyer, "mine")).replayed is True
        assert len(await market.rows(Order)) == 1


@pytest.mark.postgres
async def test_two_engines_get_the_same_command(postgres_url):
    """R23: one PostgreSQL, two engines, one id: one order, and the same answer from both."""
    async with open_market(postgres_url) as market, open_market(postgres_url, market.clock) as other:
        command, buyer = await wish(market)
        engines = [market.engine, other.engine] * 8
        answers = await asyncio.gather(*[engine.send(command, buyer, "same") for engine in engines])
        assert len({answer.body for answer in answers}) == 1
        assert len(await market.rows(Order)) == 1
        placed = [row for row in await market.rows(LogRow, owner=command.shop) if row.command == "PlaceOrder"]
        assert len(placed) == 1
