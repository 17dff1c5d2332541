"""After-sale: what may be claimed, how much of it goes back, and how a claim holds up the settlement."""

import pytest

from jishi.kernel.aftersale import Claim
from jishi.kernel.claims import AnswerClaim, OpenClaim, ReceiveReturn, SendBack, WithdrawClaim
from jishi.kernel.orders import Line, escrow_of
from jishi.kernel.owners import PLATFORM, Timer
from jishi.kernel.parcels import ConfirmReceipt, Packed, ShipParcel
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import Refused
from jishi.kernel.stock import Sku
from tests.support.market import DAY, HOUR, open_market

pytestmark = pytest.mark.anyio


def claim(stall, order, quantity=1, line=1, kind="refund", amount_minor=None) -> OpenClaim:
    return OpenClaim(stall.shop, order, line, kind, quantity, "changed_mind", amount_minor)


async def test_before_shipping_it_is_granted_at_once(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, 9_900, stock=3)
        order = await market.paid(stall, buyer, (tea, 3))

        assert (await market.refuses(claim(stall, order, kind="return"), buyer)).code == "nothing_to_return"
        little = claim(stall, order, 3, amount_minor=1)
        assert (await market.refuses(little, buyer)).facts == {"least_minor": 29_700}
        told = await market.do(claim(stall, order, 2), buyer)
        assert (told["goods_minor"], told["freight_minor"]) == (19_800, 0), "freight is for what is still to come"
        await market.refunds_arrive(stall, order)
        assert (await market.row(Sku, id=tea)).free == 2
        assert (await market.refuses(claim(stall, order, 2), buyer)).facts == {"left": 1}

        told = await market.do(claim(stall, order, 1), buyer)
        assert (told["goods_minor"], told["freight_minor"]) == (9_900, 800), "the last piece takes the freight with it"
        assert (
            await market.refuses(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        ).code == "nothing_to_ship"
        await market.refunds_arrive(stall, order)
        row = await market.order(stall, order)
        assert (row.state, row.refunded_minor, escrow_of(row)) == ("refunded", 30_500, 0)
        assert (await market.row(Sku, id=tea)).free == 3


async def test_partly_sent_and_the_rest_claimed(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea, cup = await market.goods(stall, 9_900), await market.goods(stall, 2_000)
        order = await market.paid(stall, buyer, (tea, 2), (cup, 1))
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1", (Packed(1, 1),)), stall.keeper)

        more = await market.refuses(claim(stall, order, 2), buyer)
        assert (more.code, more.facts) == ("claim_unsent_first", {"left": 1})
        told = await market.do(claim(stall, order, 1), buyer)
        assert told["freight_minor"] == 0, "a piece of this line was sent"
        assert (await market.order(stall, order)).state == "partly_shipped"
        cups = await market.do(claim(stall, order, 1, line=2), buyer)
        assert cups["freight_minor"] > 0, "nothing of this line was sent"
        assert (await market.order(stall, order)).state == "shipped"

        await market.refunds_arrive(stall, order)
        await market.do(claim(stall, order, 1, kind="return"), buyer)
        assert (await market.refuses(claim(stall, order, 1), buyer)).code == "claim_too_many"
        assert (await market.row(Claim, order=order, n=3)).state == "requested", "the shop answers for what it sent"


async def test_parts_of_the_price(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall, 9_900), 2))
        high = await market.refuses(claim(stall, order, amount_minor=9_901), buyer)
        assert (high.code, high.facts) == ("claim_amount_too_high", {"most_minor": 9_900})
        told = await market.do(claim(stall, order, amount_minor=1_000), buyer)
        assert (told["goods_minor"], told["freight_minor"]) == (1_000, 0)
        await market.do(AnswerClaim(stall.shop, order, 1, 1), stall.keeper)
        await market.refunds_arrive(stall, order)
        await market.do(claim(stall, order), buyer)
        await market.do(AnswerClaim(stall.shop, order, 2, 1), stall.keeper)
        await market.refunds_arrive(stall, order)
        assert (await market.row(Line, order=order)).given_back_minor == 10_900

        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        await market.pass_time(7 * DAY)
        row = await market.order(stall, order)
        assert (row.state, row.settled_minor) == ("settled", 20_600 - 10_900)
        fee = await market.balance(PLATFORM, "fees")
        ppm = market.engine.world.rulebook.of(row.rules).category("food.tea.green").fee_ppm
        assert fee == (19_800 - 10_900) * ppm // 1_000_000, "no fee on what went back"
        assert await market.balance(stall.shop, "available") == row.settled_minor - fee


async def test_an_open_claim_holds_the_settlement(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall), 1))
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        await market.pass_time(7 * DAY - HOUR)
        await market.do(claim(stall, order), buyer)
        await market.pass_time(HOUR)
        timer = await market.row(Timer, subject=order, kind="settle")
        assert (timer.code, timer.attempts) == ("claim_open", 1) and timer.due_ms > market.clock.at
        await market.pass_time(20 * HOUR)
        assert (await market.order(stall, order)).state == "received"

        late = await market.refuses(claim(stall, order), buyer)
        assert late.code == "claim_window_over"
        await market.do(WithdrawClaim(stall.shop, order, 1), buyer)
        await market.pass_time(2 * HOUR)
        row = await market.order(stall, order)
        assert (row.state, escrow_of(row)) == ("settled", 0)
        assert (await market.refuses(claim(stall, order), buyer)).code == "state_forbids"
        assert await market.row(Timer, subject=order, kind="settle") is None


async def test_money_on_its_way_back_holds_the_settlement_too(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall), 2))
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        await market.do(claim(stall, order, kind="return"), buyer)
        await market.do(AnswerClaim(stall.shop, order, 1, 1), stall.keeper)
        await market.do(SendBack(stall.shop, order, 1, "SF", "SF9"), buyer)
        await market.pass_time(7 * DAY)
        assert (await market.row(Claim, order=order)).state == "refunding", "the shop said nothing: the buyer has it"
        await market.pass_time(DAY)
        assert (await market.order(stall, order)).state == "received"
        await market.refunds_arrive(stall, order)
        await market.pass_time(2 * HOUR)
        row = await market.order(stall, order)
        assert (row.state, row.refunded_minor, row.settled_minor) == ("settled", 9_900, 10_700)


async def test_five_attempts_and_no_more(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall), 1))
        for n in range(1, 6):
            await market.do(claim(stall, order), buyer)
            assert (await market.refuses(claim(stall, order), buyer)).code in ("claim_too_many", "claims_too_many")
            await market.do(WithdrawClaim(stall.shop, order, n), buyer)
        sixth = await market.refuses(claim(stall, order), buyer)
        assert (sixth.code, sixth.facts) == ("claims_too_many", {"most": 5})


async def test_two_claims_at_once_for_the_last_piece(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        for sent in (True, False):
            sku = await market.goods(stall)
            order = await (market.shipped if sent else market.paid)(stall, buyer, (sku, 1))
            first, second = await market.at_once((claim(stall, order), buyer), (claim(stall, order), buyer))
            assert not isinstance(first, Refused) and second.code == "claim_too_many"
            assert len(await market.rows(Claim, order=order)) == 1
            assert len(await market.rows(Refund, order=order)) == (0 if sent else 1)


async def test_back_on_the_shelf_if_it_can_be_sold(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        for restock in (0, 1):
            tea = await market.goods(stall, stock=1)
            order = await market.shipped(stall, buyer, (tea, 1))
            await market.do(claim(stall, order, kind="return"), buyer)
            await market.do(AnswerClaim(stall.shop, order, 1, 1), stall.keeper)
            await market.do(SendBack(stall.shop, order, 1, "SF", "SF9"), buyer)
            await market.do(ReceiveReturn(stall.shop, order, 1, restock), stall.keeper)
            row = await market.row(Sku, id=tea)
            assert (row.free, row.taken) == (restock, 1 - restock)
            await market.refunds_arrive(stall, order)
            row = await market.order(stall, order)
            assert (row.state, row.refunded_minor, escrow_of(row)) == ("shipped", 9_900, 800), "the freight was used"


async def test_a_bank_took_the_money_before_the_shop_agreed(database_url):
    """One unit of money leaves once: what was charged back is not refunded as well, and no claim stays open for it."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall), 1), (await market.goods(stall), 1))
        await market.do(claim(stall, order), buyer)
        await market.do(claim(stall, order, line=2), buyer)
        await market.notice(stall, order, "charged_back", amount_minor=10_600)
        await market.do(AnswerClaim(stall.shop, order, 1, 1), stall.keeper)
        await market.do(AnswerClaim(stall.shop, order, 2, 1), stall.keeper)
        await market.refunds_arrive(stall, order)
        assert {row.state for row in await market.rows(Claim, order=order)} == {"refunded"}
        for line in await market.rows(Line, order=order):
            assert line.given_back_minor <= line.amount_minor and line.freight_back_minor <= line.freight_minor
        await market.pass_time(10 * DAY)
        await market.pass_time(7 * DAY)
        row = await market.order(stall, order)
        assert row.state in ("settled", "refunded") and escrow_of(row) == 0


async def test_all_charged_back_before_the_shop_agreed(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall), 1))
        await market.do(claim(stall, order), buyer)
        await market.notice(stall, order, "charged_back")
        await market.do(AnswerClaim(stall.shop, order, 1, 1), stall.keeper)
        assert (await market.row(Claim, order=order)).state == "refunded"
        assert await market.rows(Refund, order=order) == []
        await market.pass_time(10 * DAY)
        await market.pass_time(7 * DAY)
        assert escrow_of(await market.order(stall, order)) == 0
        assert (await market.order(stall, order)).state == "refunded"
