"""Acceptance against expiry: whoever is first and wherever a crash falls, a gift is taken or given back, never both.

What was funded is what was claimed plus what was returned: a past failure of others was a gift that was both.
"""

import time

import pytest

from jishi.engine.firing import BY, timer_id
from jishi.engine.request import Item
from jishi.kernel.owners import Timer
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import Refused
from jishi.kernel.stock import Sku
from jishi.modes.gift import ExpireGift, Gift
from tests.support.market import DAY, open_market

pytestmark = pytest.mark.anyio


class Crash(Exception):
    """Stands for the death of the process."""


class Table:
    """A shop with gifts on offer, and a friend to take them."""

    async def laid(self, market) -> "Table":
        self.market, self.stall = market, await market.shop()
        self.giver, self.friend = await market.person(), await market.person()
        self.tea = await market.goods(self.stall, stock=1_000)
        self.funded = 0
        return self

    async def offer(self) -> int:
        order = await self.market.gift(self.stall, self.giver, self.tea)
        self.funded += (await self.market.order(self.stall, order)).paid_minor
        return order

    async def requests(self, order: int) -> dict:
        """Both commands as the engine takes them, with the ids they would have at any try."""
        engine = self.market.engine
        timer = await self.market.row(Timer, kind="expire_gift", subject=order)
        accept = await self.market.accepts(self.stall, order, self.friend)
        expire = ExpireGift(self.stall.shop, order)
        return {
            "accept": engine.request(accept, self.friend, f"accept.{order}"),
            "expire": engine.request(expire, BY, timer_id(timer), timer),
        }

    async def run(self, *batch) -> list:
        """One batch of single commands, in this order."""
        lane = self.market.engine.lane
        items = [Item([request], None, time.monotonic() + 60, False) for request in batch]
        return [first(result) for result in await lane.batch.run(lane.session, items)]

    async def outcome(self, order: int) -> str:
        """accepted or returned; asserts that it is exactly one of them."""
        row, gift = await self.market.order(self.stall, order), await self.market.row(Gift, order=order)
        refunds = await self.market.rows(Refund, order=order)
        if gift.state == "accepted":
            assert (row.state, refunds, row.beneficiary) == ("to_ship", [], self.friend.id)
            return "accepted"
        assert (gift.state, row.state, row.beneficiary) == ("expired", "closed", 0)
        assert sum(refund.amount_minor for refund in refunds) == row.paid_minor
        return "returned"

    async def adds_up(self, claimed: int, returned: int) -> None:
        """claimed + returned = funded, in money, in stock and in the books."""
        each = self.funded // (claimed + returned)
        for order in {refund.order for refund in await self.market.rows(Refund)}:
            await self.market.refunds_arrive(self.stall, order)
        assert await self.market.balance(self.stall.shop, "escrow") == claimed * each
        assert await self.market.balance(self.stall.shop, "provider") == self.funded - returned * each
        tea = await self.market.row(Sku, id=self.tea)
        assert (tea.free, tea.held, tea.taken) == (1_000 - claimed, 0, claimed)


def first(result):
    return result[0].told if isinstance(result, list) else result


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize("order_of", [("accept", "expire"), ("expire", "accept")])
async def test_in_both_orders_at_the_very_moment(database_url, order_of, batches):
    """One ms before expiry the friend has it; from expiry on he has not, whoever was first in the queue."""
    async with open_market(database_url) as market:
        table = await Table().laid(market)
        for ahead, winner in ((DAY - 1, "accepted"), (DAY, "returned")):
            order = await table.offer()
            requests = await table.requests(order)
            market.clock.pass_by(ahead)
            taken = [requests[name] for name in order_of]
            if batches == 1:
                results = dict(zip(order_of, await table.run(*taken), strict=True))
            else:
                results = {name: (await table.run(requests[name]))[0] for name in order_of}
            lost = results["expire" if winner == "accepted" else "accept"]
            assert not isinstance(lost, Refused) or lost.code in ("not_yet", "gift_expired", "state_forbids")
            assert not isinstance(results["accept" if winner == "accepted" else "expire"], Refused)
            await market.engine.settle_down()
            assert await table.outcome(order) == winner
        await market.pass_time(2 * DAY)
        await table.adds_up(claimed=1, returned=1)


async def steps_of(table: Table, name: str) -> list[str]:
    """Every step of a command's transaction, as the session hears it."""
    order, heard = await table.offer(), []
    requests = await table.requests(order)
    if name == "expire":
        table.market.clock.pass_by(DAY)
    table.market.engine.lane.session.probe = heard.append
    await table.run(requests[name])
    table.market.engine.lane.session.probe = None
    return heard


def crash_at(place: int):
    """A probe that lets the process die before its n-th step."""
    count = iter(range(1_000))

    def probe(_: str) -> None:
        if next(count) == place:
            raise Crash

    return probe


@pytest.mark.parametrize("name", ["accept", "expire"])
async def test_a_crash_at_any_statement(database_url, name):
    """The command dies at each of its statements; it is tried again after the other one had its chance."""
    async with open_market(database_url) as market:
        table = await Table().laid(market)
        steps = await steps_of(table, name)
        assert len(steps) > 10 and steps[-1] == "after:commit"
        outcomes = ["accepted" if name == "accept" else "returned"]
        for place in range(len(steps)):
            order = await table.offer()
            requests = await table.requests(order)
            market.clock.pass_by(DAY if name == "expire" else DAY - 1)
            market.engine.lane.session.probe = crash_at(place)
            with pytest.raises(Crash):
                await table.run(requests[name])
            market.engine.lane.session.probe = None
            committed = steps[place] == "after:commit"
            if place % 2:
                market.clock.pass_by(1)
                await market.engine.settle_down()
            again = (await table.run(requests[name]))[0]
            await market.engine.settle_down()
            outcomes.append(await table.outcome(order))
            if name == "accept":
                taken = committed or not place % 2
                assert outcomes[-1] == ("accepted" if taken else "returned"), steps[place]
                assert isinstance(again, Refused) != taken
        await table.adds_up(outcomes.count("accepted"), outcomes.count("returned"))
