"""Payouts: settled money leaves once, comes back when the bank returns it, and what is not heard of is asked about."""

import asyncio

import pytest

from jishi.kernel.grammar import system
from jishi.kernel.ids import read_id
from jishi.kernel.ledger import EntryRow
from jishi.kernel.owners import PLATFORM, LogRow, Timer
from jishi.kernel.payouts import Payout, RecordPayout, Withdraw
from tests.support.market import HOUR, MINUTE, open_market

pytestmark = pytest.mark.anyio
PROVIDER = system("provider")


async def earned(market) -> tuple:
    """A shop with settled money; returns it and how much."""
    stall, buyer = await market.shop(), await market.person()
    await market.settled(stall, buyer, (await market.goods(stall, 10_000), 1))
    return stall, await market.balance(stall.shop, "available")


async def withdrawn(market, stall, amount_minor: int) -> int:
    told = await market.do(Withdraw(stall.shop, amount_minor, "bank-1"), stall.keeper)
    return read_id(told["payout"])[1]


async def test_paid_out(database_url):
    async with open_market(database_url) as market:
        stall, money = await earned(market)
        payout = await withdrawn(market, stall, money)
        assert await market.balance(stall.shop, "payout") == money
        assert await market.balance(stall.shop, "available") == 0
        for _ in range(2):
            await market.do(RecordPayout(stall.shop, payout, "succeeded"), PROVIDER)
        assert await market.balance(stall.shop, "payout") == 0
        assert (await market.row(Payout)).state == "paid"
        assert await market.provider_minor() == 10_800 - money == await market.balance(PLATFORM, "fees")


@pytest.mark.parametrize(
    "told", [["failed"], ["succeeded", "returned"], ["returned", "succeeded"], ["failed", "failed"]]
)
async def test_not_paid_out_in_the_end(database_url, told):
    """Refused, or sent and returned, told in any order: the money stands in the shop's account again, once."""
    async with open_market(database_url) as market:
        stall, money = await earned(market)
        payout = await withdrawn(market, stall, money)
        for outcome in told:
            await market.do(RecordPayout(stall.shop, payout, outcome), PROVIDER)
        assert (await market.row(Payout)).state == "returned"
        assert await market.balance(stall.shop, "available") == money
        assert not await market.rows(Timer, kind="ask_payout")
        assert await market.provider_minor() == 10_800


async def test_a_failure_told_after_success_is_not_believed(database_url):
    """Only forward: what was paid out can be returned, not fail."""
    async with open_market(database_url) as market:
        stall, money = await earned(market)
        payout = await withdrawn(market, stall, money)
        await market.do(RecordPayout(stall.shop, payout, "succeeded"), PROVIDER)
        told = await market.do(RecordPayout(stall.shop, payout, "failed"), PROVIDER)
        assert told["lapsed"] == "paid_before"
        assert await market.balance(stall.shop, "available") == 0


async def test_the_same_money_cannot_be_withdrawn_twice(database_url):
    async with open_market(database_url) as market:
        stall, money = await earned(market)
        asked = [market.do(Withdraw(stall.shop, money, "bank-1"), stall.keeper) for _ in range(8)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
        assert {outcome.code for outcome in outcomes if not isinstance(outcome, dict)} == {"balance_short"}
        assert len(await market.rows(EntryRow, code="payout.requested")) == 1


async def test_who_may_withdraw(database_url):
    """A shop's money: its own staff with that duty. A party's earnings: he himself."""
    async with open_market(database_url) as market:
        stall, money = await earned(market)
        stranger = await market.person()
        assert (await market.refuses(Withdraw(stall.shop, money, "bank-9"), stranger)).code == "forbidden"
        assert (await market.refuses(Withdraw(stranger.id, 1, "bank-9"), stall.keeper)).code == "forbidden"
        assert (await market.refuses(Withdraw(stranger.id, 1, "bank-9"), stranger)).code == "balance_short"


async def test_an_unknown_payout_is_asked_about(database_url):
    """Nothing is heard for two hours: asked after 1, 2, 4 … minutes, never assumed failed."""
    async with open_market(database_url) as market:
        stall, money = await earned(market)
        payout = await withdrawn(market, stall, money)
        for _ in range(24):
            await market.pass_time(5 * MINUTE)
        asked = [row for row in await market.rows(LogRow, owner=stall.shop) if row.command == "AskPayout"]
        assert 5 <= len(asked) <= 8
        assert await market.balance(stall.shop, "payout") == money
        await market.do(RecordPayout(stall.shop, payout, "succeeded"), PROVIDER)
        await market.pass_time(HOUR)
        assert not await market.rows(Timer, kind="ask_payout")
