"""Refunds: never more than came in, counted only when the payer has his money, and once for every cent."""

import asyncio

import msgspec
import pytest

from jishi.kernel.aftersale import Claim
from jishi.kernel.claims import OpenClaim
from jishi.kernel.closing import CancelOversold
from jishi.kernel.freight import Rate
from jishi.kernel.grammar import system
from jishi.kernel.owners import Timer
from jishi.kernel.parcels import Packed, ShipParcel
from jishi.kernel.payments import Capture, Notice
from jishi.kernel.refund_results import RecordRefund, RetryRefund
from jishi.kernel.refunds import Refund
from jishi.kernel.stock import Sku
from tests.support.market import DAY, HOUR, open_market

pytestmark = pytest.mark.anyio
PRICE, FREIGHT = 9_900, 800
PROVIDER = system("provider")


async def test_everyone_asks_for_the_same_money_at_once(database_url):
    """R10: ten claims for one piece, and the shop cancels in the same moment; what came in goes back once."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        asked = [market.do(OpenClaim(stall.shop, order, 1, "refund", 1, "changed_mind"), buyer) for _ in range(10)]

        outcomes = await asyncio.gather(
            *asked, market.do(CancelOversold(stall.shop, order), stall.keeper), return_exceptions=True
        )
        assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
        assert sum(refund.amount_minor for refund in await market.rows(Refund)) == PRICE + FREIGHT
        await market.refunds_arrive(stall, order)
        row = await market.order(stall, order)
        assert (row.state, row.refunded_minor, row.refunding_minor) == ("refunded", PRICE + FREIGHT, 0)
        assert (await market.row(Sku, id=tea)).free == 10
        assert await market.provider_minor() == 0


def test_a_negative_refund_is_no_command():
    """R10: it does not even decode."""
    body = {"shop": 1, "order": 2, "line": 1, "kind": "refund", "quantity": 1, "reason": "damaged"}
    assert msgspec.convert(body | {"amount_minor": 1}, OpenClaim).amount_minor == 1
    for amount_minor in (0, -1, 10**14):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(body | {"amount_minor": amount_minor}, OpenClaim)


async def test_a_failed_refund_is_not_counted_and_tried_again(database_url):
    """R11: on 1 February the bank refuses a refund. The order may not settle before the money is really back."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.received(stall, buyer, order)
        await market.claim(stall, buyer, order, amount_minor=3_000)
        await market.refunds_arrive(stall, order, "failed")
        row = await market.order(stall, order)
        assert (row.refunded_minor, row.refunding_minor) == (0, 0)
        capture = await market.row(Capture)
        assert (capture.refunding_minor, capture.refunded_minor) == (0, 0)

        await market.pass_time(HOUR)
        first, second = sorted(await market.rows(Refund), key=lambda refund: refund.n)
        assert (first.state, second.state, second.kind, second.amount_minor) == ("retried", "requested", "again", 3_000)
        await market.pass_time(8 * DAY)
        assert (await market.order(stall, order)).state == "received"
        assert (await market.row(Timer, kind="settle")).code == "claim_open"

        await market.refunds_arrive(stall, order)
        assert (await market.row(Claim)).state == "refunded"
        await market.pass_time(HOUR)
        row = await market.order(stall, order)
        assert (row.state, row.refunded_minor, row.settled_minor) == ("settled", 3_000, PRICE + FREIGHT - 3_000)
        assert await market.provider_minor() == PRICE + FREIGHT - 3_000


async def test_a_surplus_that_failed_to_go_back_holds_up_settlement(database_url):
    """R11: what belongs to the payer is never settled."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.notice(stall, order, txn="second")
        await market.received(stall, buyer, order)
        await market.pass_time(7 * DAY - HOUR)
        await market.refunds_arrive(stall, order, "failed")
        await market.engine.settle_down()
        market.clock.pass_by(HOUR)
        await market.engine.timers.turn()
        assert (await market.row(Timer, kind="settle")).code == "refund_open"
        await market.refunds_arrive(stall, order)
        await market.pass_time(HOUR)
        row = await market.order(stall, order)
        assert (row.state, row.settled_minor) == ("settled", PRICE + FREIGHT)
        assert await market.provider_minor() == PRICE + FREIGHT


async def test_a_chargeback_while_a_refund_is_on_its_way(database_url):
    """R13: the bank takes all of it; the refund then fails, and is not tried for money that is gone."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.received(stall, buyer, order)
        await market.claim(stall, buyer, order, amount_minor=3_000)
        await market.notice(stall, order, "charged_back")
        await market.refunds_arrive(stall, order, "failed")
        await market.pass_time(HOUR)
        (refund,) = await market.rows(Refund)
        assert refund.state == "retried"
        assert (await market.row(Claim)).state == "refunded"
        await market.pass_time(8 * DAY)
        row = await market.order(stall, order)
        assert (row.state, row.settled_minor, row.charged_back_minor) == ("refunded", 0, PRICE + FREIGHT)
        assert await market.balance(stall.shop, "receivable") == 0
        assert await market.provider_minor() == 0


@pytest.mark.parametrize("refund_first", [True, False])
async def test_a_refund_and_a_chargeback_of_the_rest(database_url, refund_first):
    """R13: 3,000 were refunded and 7,700 charged back; whichever is told first, each cent goes once."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea, cup = await market.goods(stall, 3_000), await market.goods(stall, 6_900)
        order = await market.paid(stall, buyer, (tea, 1), (cup, 1))
        await market.received(stall, buyer, order)
        await market.claim(stall, buyer, order)
        if refund_first:
            await market.refunds_arrive(stall, order)
        await market.notice(stall, order, "charged_back", amount_minor=7_700)
        await market.refunds_arrive(stall, order)
        row = await market.order(stall, order)
        assert (row.refunded_minor, row.charged_back_minor, row.state) == (3_000, 7_700, "refunded")
        assert not await market.rows(Timer)
        assert await market.provider_minor() == 0


async def test_charged_back_when_half_is_sent(database_url):
    """R8: one parcel is on its way; what has not left stays on the shelf, and nothing waits for the shop any more."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 2))
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1", (Packed(1, 1),)), stall.keeper)
        await market.notice(stall, order, "charged_back")
        row = await market.order(stall, order)
        assert (row.state, row.charged_back_minor) == ("refunded", 2 * PRICE + FREIGHT)
        sku = await market.row(Sku, id=tea)
        assert (sku.free, sku.taken) == (9, 1)
        refused = await market.refuses(ShipParcel(stall.shop, order, "SF", "SF2"), stall.keeper)
        assert refused.code == "state_forbids"
        assert not await market.rows(Timer)
        assert await market.provider_minor() == 0


async def test_a_chargeback_of_refunded_money_is_refused(database_url):
    """R13: the shop pays once."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.do(CancelOversold(stall.shop, order), stall.keeper)
        await market.refunds_arrive(stall, order)
        assert (await market.notice(stall, order, "charged_back"))["outcome"] == "amount_exceeds"
        assert (await market.row(Notice, kind="charged_back")).outcome == "amount_exceeds"
        assert await market.provider_minor() == 0


async def test_line_by_line_everything_goes_back(database_url):
    """R16: three lines of odd prices and one freight; the refunds sum to what was paid."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        skus = [await market.goods(stall, price) for price in (333, 1, 9_999)]
        order = await market.paid(stall, buyer, *[(sku, 1) for sku in skus])
        for line in (2, 3, 1):
            await market.do(OpenClaim(stall.shop, order, line, "refund", 1, "changed_mind"), buyer)
        await market.refunds_arrive(stall, order)
        row = await market.order(stall, order)
        assert (row.state, row.refunded_minor) == ("refunded", 333 + 1 + 9_999 + FREIGHT)
        assert await market.provider_minor() == 0


async def test_a_partial_reversal_and_then_the_rest_close_the_order(database_url):
    """R8: nothing leaves the shop when no money is left for it."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.notice(stall, order, "reversed", amount_minor=700)
        assert (await market.order(stall, order)).state == "to_ship"
        await market.notice(stall, order, "charged_back", amount_minor=PRICE + FREIGHT - 700)
        row = await market.order(stall, order)
        assert (row.state, row.reason) == ("closed", "payment_undone")
        assert (await market.row(Sku, id=tea)).free == 10
        assert await market.provider_minor() == 0


async def test_a_refund_that_keeps_failing_waits_for_an_operator(database_url):
    """It is tried ever more seldom, and about a week later only by a person; the order stays usable all the while."""
    async with open_market(database_url) as market:
        stall, buyer, operator = await market.shop(), await market.person(), await market.operator()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.do(CancelOversold(stall.shop, order), stall.keeper)
        for _ in range(20):
            await market.refunds_arrive(stall, order, "failed")
            await market.pass_time(DAY)
        refunds = await market.rows(Refund)
        assert len(refunds) == 13
        assert (await market.row(Timer, kind="retry_refund")).code == "refund_stuck"
        assert (await market.refuses(RetryRefund(stall.shop, order, 13), buyer)).code == "forbidden"

        await market.do(RetryRefund(stall.shop, order, 13), operator)
        await market.refunds_arrive(stall, order)
        assert (await market.order(stall, order)).refunded_minor == PRICE + FREIGHT
        assert not await market.rows(Timer)
        assert await market.provider_minor() == 0


@pytest.mark.parametrize("surplus", [False, True])
async def test_what_was_not_sent_is_back_when_refunds_end_the_order(database_url, surplus):
    """A part was reversed, so the claim for one of two pieces takes all that is left: both are on the shelf again."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(rates=(Rate((), 1, 0, 1, 0),)), await market.person()
        tea = await market.goods(stall, 100)
        order = await market.paid(stall, buyer, (tea, 2))
        if surplus:
            await market.notice(stall, order, txn="second")
        await market.notice(stall, order, "reversed", amount_minor=100)
        await market.do(OpenClaim(stall.shop, order, 1, "refund", 1, "changed_mind"), buyer)
        (claimed,) = await market.rows(Refund, claim=1)
        await market.do(RecordRefund(stall.shop, order, claimed.n, "succeeded"), PROVIDER)
        if surplus:
            await market.notice(stall, order, "charged_back", txn="second")
        assert (await market.order(stall, order)).state == "refunded"
        sku = await market.row(Sku, id=tea)
        assert (sku.free, sku.taken) == (10, 0)


@pytest.mark.parametrize("settled_before", [False, True])
async def test_a_refund_arrives_after_the_bank_took_everything(database_url, settled_before):
    """The payer has 60 twice: the shop owes them, out of what it has or earns next; escrow is never short."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(rates=(Rate((), 1, 0, 1, 0),)), await market.person()
        tea = await market.goods(stall, 100)
        earned = 0
        if settled_before:
            await market.settled(stall, buyer, (tea, 1))
            earned = await market.balance(stall.shop, "available")
        order = await market.shipped(stall, buyer, (tea, 2))
        await market.claim(stall, buyer, order, amount_minor=60)
        await market.notice(stall, order, "charged_back")
        await market.refunds_arrive(stall, order)
        row = await market.order(stall, order)
        assert (row.state, row.refunded_minor, row.charged_back_minor, row.reclaimed_minor) == ("refunded", 60, 200, 60)
        assert await market.balance(stall.shop, "escrow") == 0
        assert await market.balance(stall.shop, "available") == max(0, earned - 60)
        assert await market.balance(stall.shop, "receivable") == max(0, 60 - earned)
        assert (await market.row(Claim)).state == "refunded"
        assert await market.provider_minor() == 100 * settled_before - 60
