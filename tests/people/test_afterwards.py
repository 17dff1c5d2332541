"""After an erasure: what was under way goes on for everyone else, and nothing can be done any more in his name."""

import pytest

from jishi.audit.report import audit
from jishi.engine import erasure
from jishi.kernel.claims import OpenClaim
from jishi.kernel.parcels import ShipParcel
from jishi.kernel.parties import ADDRESSES_MOST, Address, EraseParty, SaveAddress
from jishi.kernel.payouts import Payout, PayoutAccount, Withdraw
from jishi.kernel.rows import TABLES
from jishi.modes.gift import Gift, GiftNote, WrapGift
from tests.stories.test_provider_faults import settled_shop
from tests.support.market import DAY, HOUR, open_market
from tests.support.paying_market import open_paying_market

pytestmark = pytest.mark.anyio


async def test_orders_under_way_go_on(database_url):
    """The shop ships what it packed already, the order settles by its timers; claims in his name are over."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.paid(stall, buyer, (await market.goods(stall), 1))
        await erasure.erase(market.engine, buyer.id)
        row = await market.order(stall, order)
        assert await market.row(Address, owner=buyer.id, id=row.address) is None
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        claim = OpenClaim(stall.shop, order, 1, "refund", 1, "damaged")
        assert (await market.refuses(claim, buyer)).code == "party_erased"
        assert (await market.refuses(claim, stall.keeper)).code == "forbidden"
        await market.pass_time(30 * DAY)
        await market.pass_time(30 * DAY)
        assert (await market.order(stall, order)).state == "settled"


async def test_his_gift_can_still_be_accepted(database_url):
    """The friend finds the gift without a note; the giver cannot write another one."""
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        order = await market.gift(stall, giver, await market.goods(stall))
        await market.do(WrapGift(stall.shop, order, "plum", "Soon gone"), giver)
        await erasure.erase(market.engine, giver.id)
        assert await market.rows(GiftNote) == []
        again = WrapGift(stall.shop, order, "plum", "Here again")
        assert (await market.refuses(again, giver)).code == "party_erased"
        await market.do(await market.accepts(stall, order, friend), friend)
        assert (await market.row(Gift, order=order)).state == "accepted"


async def test_his_gift_that_nobody_takes_goes_back_to_him(database_url):
    async with open_market(database_url) as market:
        stall, giver = await market.shop(), await market.person()
        order = await market.gift(stall, giver, await market.goods(stall))
        await erasure.erase(market.engine, giver.id)
        await market.pass_time(DAY)
        assert await market.refunds_arrive(stall, order) == 1
        assert (await market.order(stall, order)).state in ("closed", "refunded")
        assert await market.provider_minor() == 0


async def test_a_payout_without_its_account_is_never_assumed_failed(database_url, local_provider):
    """Who named the account is erased first, unknown to the provider: a person has to look, and no money moves."""
    async with open_paying_market(database_url, local_provider) as market:
        stall = await settled_shop(market)
        money = await market.balance(stall.shop, "available")
        await market.do(Withdraw(stall.shop, money, "bank-1"), stall.keeper)
        await erasure.erase(market.engine, stall.keeper.id)
        assert await market.rows(PayoutAccount) == []
        await market.engine.settle_down()
        assert (await market.row(Payout)).state == "requested"
        assert await market.balance(stall.shop, "payout") == money


async def test_a_payout_that_the_provider_has_is_asked_about(database_url, local_provider):
    """Sent, the answer lost, the account erased: what became of it is known without the account."""
    async with open_paying_market(database_url, local_provider) as market:
        stall = await settled_shop(market)
        await market.steer("/v1/behaviour", notice="never")
        await market.network.cut("answer_lost", "POST /v1/payouts")
        await market.do(Withdraw(stall.shop, 100, "bank-1"), stall.keeper)
        await market.engine.settle_down()
        assert (await market.row(Payout)).state == "requested"
        await erasure.erase(market.engine, stall.keeper.id)
        await market.network.heal()
        await market.pass_time(HOUR)
        assert (await market.row(Payout)).state == "paid"
        assert await market.balance(stall.shop, "payout") == 0


async def test_a_full_address_book_is_erased_in_one_command(sqlite_url):
    async with open_market(sqlite_url) as market:
        who = await market.person()
        save = SaveAddress(who.id, "CN-SC", "Somebody", "+86 190 0000 0002", "Full Street 1")
        for _ in range(ADDRESSES_MOST):
            await market.do(save, who)
        assert (await market.refuses(save, who)).code == "addresses_too_many"
        await market.do(EraseParty(who.id), who)
        assert await market.rows(Address, owner=who.id) == []


async def test_asked_for_by_himself_the_rest_follows(database_url):
    """The outbox takes away what he wrote in others' books."""
    async with open_market(database_url, effects=erasure.EFFECTS) as market:
        stall, giver = await market.shop(), await market.person()
        order = await market.gift(stall, giver, await market.goods(stall))
        await market.do(WrapGift(stall.shop, order, "plum", "Soon gone"), giver)
        await market.do(EraseParty(giver.id), giver)
        assert await market.rows(GiftNote)
        await market.engine.settle_down()
        left = {spec.name for row_type, spec in TABLES.items() if spec.personal for _ in await market.rows(row_type)}
        assert "gift_notes" not in left
        assert not (await audit(database_url)).violations
