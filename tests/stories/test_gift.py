"""Gift: on 1 February a giver pays for tea; his friend takes it or leaves it, and no one learns what is not his."""

import pytest

from jishi.kernel.aftersale import Claim
from jishi.kernel.claims import OpenClaim
from jishi.kernel.closing import CancelOrder
from jishi.kernel.grammar import system
from jishi.kernel.orders import Order, outside_code
from jishi.kernel.owners import LogRow
from jishi.kernel.parties import Address, SaveAddress
from jishi.kernel.payments import Capture
from jishi.kernel.refunds import Refund
from jishi.kernel.rows import TABLES
from jishi.kernel.stock import Sku
from jishi.modes.gift import GIFT as MODE
from jishi.modes.gift import AcceptGift, DeclineGift, EraseNote, Gift, GiftNote, WrapGift
from tests.support.market import DAY, HOUR, MINUTE, open_market

pytestmark = pytest.mark.anyio
SECRETS = ("Zhao Planted", "+86 190 5555 0123", "Hidden Lane 77")


async def stock(market, sku: int) -> tuple[int, int, int]:
    row = await market.row(Sku, id=sku)
    return row.free, row.held, row.taken


async def test_wrapped_paid_swapped_accepted_and_claimed(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        green, white = await market.variants(stall, (9_900, 9_900), stock=3)
        order = await market.place(stall, giver, (green, 1), mode="gift")
        await market.do(WrapGift(stall.shop, order, "plum", "Happy new year"), giver)
        await market.notice(stall, order)

        row, gift = await market.order(stall, order), await market.row(Gift, order=order)
        assert (row.state, outside_code(row, MODE.gate), row.total_minor) == ("paid", 12, 10_700)
        assert (gift.state, gift.cover, gift.expires_ms) == ("offered", "plum", market.clock.at + DAY)
        assert (row.beneficiary, row.ship_by_ms, await stock(market, green)) == (0, 0, (2, 1, 0))

        await market.pass_time(23 * HOUR)
        await market.do(await market.accepts(stall, order, friend, sku=white), friend)
        row = await market.order(stall, order)
        assert (row.state, row.beneficiary, row.ship_by_ms) == ("to_ship", friend.id, market.clock.at + 48 * HOUR)
        assert await stock(market, green) == (3, 0, 0) and await stock(market, white) == (2, 0, 1)

        claim = OpenClaim(stall.shop, order, 1, "refund", 1, "changed_mind")
        assert (await market.refuses(claim, giver)).code == "forbidden"
        await market.do(claim, friend)
        assert await market.refunds_arrive(stall, order) == 1
        (refund,), (capture,) = await market.rows(Refund, order=order), await market.rows(Capture, order=order)
        assert refund.txn == capture.txn and capture.refunded_minor == 10_700, "back the way the giver paid"
        assert (await market.order(stall, order)).state == "refunded"
        assert (await market.row(Claim, order=order)).state == "refunded"
        assert await stock(market, white) == (3, 0, 0)
        assert await market.log_reads_back() > 10


async def test_only_its_friend_with_the_link_takes_it(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        tea, dear, gone = await market.variants(stall, (9_900, 12_900, 9_900), stock=1)
        other = await market.goods(stall, 9_900)
        order = await market.gift(stall, giver, tea)
        taken = await market.gift(stall, await market.person(), gone)
        await market.do(await market.accepts(stall, taken, friend), friend)
        address, link = await market.address(friend), market.proof(stall, order)

        async def code(by=friend, proof=link, where=address, sku=None):
            return (await market.refuses(AcceptGift(stall.shop, order, proof, where, sku), by)).code

        assert await code(by=giver, where=await market.address(giver)) == "gift_own"
        assert await code(proof="0" * 32) == "not_found"
        assert await code(proof=market.proof(stall, taken)) == "not_found"
        assert await code(where=await market.address(giver)) == "address_unknown"
        assert await code(sku=dear) == "swap_price_differs"
        assert await code(sku=other) == "swap_unknown"
        assert await code(sku=gone) == "stock_short"
        wrong = DeclineGift(stall.shop, order, "0" * 32)
        assert (await market.refuses(wrong, friend)).code == "not_found"
        assert (await market.refuses(CancelOrder(stall.shop, order), giver)).code == "state_forbids"
        assert (await market.row(Gift, order=order)).state == "offered"

        again = await market.accepts(stall, taken, giver)
        assert (await market.refuses(again, giver)).code == "state_forbids", "once accepted it is nobody else's"


async def test_without_the_link_an_order_is_as_good_as_none(database_url):
    """Whatever an order is and however far it has come, who does not hold its link is told the same as for no order."""
    async with open_market(database_url) as market:
        stall, giver, stranger = await market.shop(), await market.person(), await market.person()
        tea, address = await market.goods(stall), await market.address(stranger)
        orders = [
            await market.shipped(stall, giver, (tea, 1)),
            await market.place(stall, giver, (tea, 1)),
            await market.gift(stall, giver, tea),
            12_345,
        ]
        for order in orders:
            for command in (AcceptGift(stall.shop, order, "f" * 32, address), DeclineGift(stall.shop, order, "f" * 32)):
                told = await market.refuses(command, stranger)
                assert (told.code, told.facts) == ("not_found", {})
        held = AcceptGift(stall.shop, orders[0], market.proof(stall, orders[0]), address)
        assert (await market.refuses(held, stranger)).code == "state_forbids", "with the link it is told why"


async def test_the_giver_never_learns_where_it_goes(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        order = await market.gift(stall, giver, await market.goods(stall))
        name, phone, street = SECRETS
        await market.do(SaveAddress(friend.id, "CN-YN", name, phone, street), friend)
        (address,) = [row.id for row in await market.rows(Address, owner=friend.id)]
        told = await market.do(AcceptGift(stall.shop, order, market.proof(stall, order), address), friend)
        assert set(told) == {"owner", "seq", "at_ms", "order", "ship_by_ms"}

        for row_type, spec in TABLES.items():
            if spec.kind == "owner":
                for row in await market.rows(row_type):
                    if row.owner != friend.id:
                        assert not any(secret in str(row) for secret in (*SECRETS, "CN-YN")), row
        assert (await market.row(Order, id=order)).region == ""


async def test_nobody_takes_it_and_the_money_goes_back_by_itself(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, stock=1)
        order = await market.gift(stall, giver, tea)
        await market.pass_time(DAY - 1)
        assert (await market.row(Gift, order=order)).state == "offered"
        await market.pass_time(1)
        row = await market.order(stall, order)
        assert (row.state, row.reason, outside_code(row, 12)) == ("closed", "gift_expired", 250)
        assert (await market.row(Gift, order=order)).state == "expired"
        assert await stock(market, tea) == (1, 0, 0)
        assert await market.refunds_arrive(stall, order) == 1
        assert (await market.order(stall, order)).refunded_minor == row.paid_minor
        assert await market.balance(stall.shop, "escrow") == 0
        late = await market.accepts(stall, order, friend)
        assert (await market.refuses(late, friend)).code == "state_forbids"


async def test_no_thank_you(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, stock=1)
        order = await market.gift(stall, giver, tea)
        no = DeclineGift(stall.shop, order, market.proof(stall, order))
        assert (await market.refuses(no, giver)).code == "gift_own"
        await market.do(no, friend)
        row = await market.order(stall, order)
        assert (row.state, row.reason, row.refunding_minor) == ("closed", "gift_declined", row.paid_minor)
        await market.refunds_arrive(stall, order)
        assert await stock(market, tea) == (1, 0, 0) and await market.balance(stall.shop, "escrow") == 0
        await market.pass_time(2 * DAY)
        assert (await market.row(Gift, order=order)).state == "declined", "its timer went with it"


async def test_paid_after_it_was_closed(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, stock=1)
        order = await market.place(stall, giver, (tea, 1), mode="gift")
        await market.do(WrapGift(stall.shop, order, "dusk", "For you"), giver)
        await market.pass_time(31 * MINUTE)
        assert (await market.order(stall, order)).reason == "unpaid"
        await market.notice(stall, order)
        gift = await market.row(Gift, order=order)
        assert (gift.state, gift.cover, gift.expires_ms) == ("offered", "dusk", market.clock.at + DAY)
        await market.do(await market.accepts(stall, order, friend), friend)
        assert (await market.order(stall, order)).state == "to_ship"

        second = await market.place(stall, giver, (await market.goods(stall, stock=1), 1), mode="gift")
        sku = (await market.rows(Sku, owner=stall.shop))[-1].id
        await market.pass_time(31 * MINUTE)
        await market.paid(stall, friend, (sku, 1))
        await market.notice(stall, second)
        row = await market.order(stall, second)
        assert (row.state, row.refunding_minor) == ("closed", row.paid_minor), "no stock any more: the money goes back"
        assert await market.row(Gift, order=second) is None


async def test_an_undone_payment_ends_the_gift(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, stock=1)
        order = await market.gift(stall, giver, tea)
        await market.notice(stall, order, "reversed")
        assert (await market.order(stall, order)).reason == "payment_undone"
        assert await stock(market, tea) == (1, 0, 0)
        late = await market.accepts(stall, order, friend)
        assert (await market.refuses(late, friend)).code == "state_forbids"
        await market.pass_time(DAY)
        assert (await market.row(Gift, order=order)).state == "expired"
        assert await market.rows(Refund, order=order) == [], "money that was undone does not go back twice"


async def test_the_note_is_the_givers(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        order = await market.gift(stall, giver, await market.goods(stall))
        words = "planted words of the giver"
        await market.do(WrapGift(stall.shop, order, note=words), giver)
        assert (await market.refuses(WrapGift(stall.shop, order, note="mine"), friend)).code == "forbidden"
        assert (await market.row(GiftNote, order=order)).note == words
        await market.do(await market.accepts(stall, order, friend), friend)
        rewrite = WrapGift(stall.shop, order, note="too late")
        assert (await market.refuses(rewrite, giver)).code == "state_forbids"
        assert (await market.refuses(EraseNote(stall.shop, order), friend)).code == "forbidden"
        await market.do(EraseNote(stall.shop, order), system("job"))
        assert await market.row(GiftNote, order=order) is None
        assert not [row for row in await market.rows(LogRow) if "planted" in row.events + row.answer]
