"""Payments: told twice, late or in the wrong order, one payment is one capture, and no money stays by chance."""

import asyncio
from itertools import permutations
from operator import attrgetter

import pytest

from jishi.kernel.closing import CancelOrder
from jishi.kernel.freight import Rate
from jishi.kernel.grammar import system
from jishi.kernel.ledger import EntryRow
from jishi.kernel.notices import RecordNotice
from jishi.kernel.orders import Line
from jishi.kernel.owners import LogRow, Timer
from jishi.kernel.payments import Capture, Leg, Notice, RecordUnpaid, StartPayment
from jishi.kernel.refunds import Refund
from jishi.kernel.stock import Sku
from tests.support.market import HOUR, MINUTE, open_market

pytestmark = pytest.mark.anyio
PRICE, FREIGHT = 9_900, 800
TOTAL = PRICE + FREIGHT
told_at = attrgetter("seq")


async def test_told_by_the_browser_and_by_the_notice_at_once(database_url):
    """R3, R4: the same success reaches us twice at the same moment."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.place(stall, buyer, (tea, 1))

        told = await asyncio.gather(*[market.notice(stall, order, txn="T1") for _ in range(5)])

        assert [one.get("lapsed") for one in told] == [None, *["told_before"] * 4]
        assert len(await market.rows(Capture)) == 1
        assert [row.code for row in await market.rows(EntryRow, owner=stall.shop)] == ["captured"]
        assert not await market.rows(Refund)
        assert (await market.order(stall, order)).state == "to_ship"
        assert await market.provider_minor() == TOTAL


async def test_two_tabs_pay_one_order(database_url):
    """R5: the second payment is captured as surplus and goes back by itself; the order is not touched."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))

        await market.notice(stall, order, txn="second")
        assert await market.provider_minor() == 2 * TOTAL
        (refund,) = await market.rows(Refund)
        assert (refund.kind, refund.txn, refund.amount_minor) == ("surplus", "second", TOTAL)
        await market.refunds_arrive(stall, order)

        row = await market.order(stall, order)
        assert (row.state, row.paid_minor, row.refunded_minor) == ("to_ship", 2 * TOTAL, TOTAL)
        assert await market.provider_minor() == TOTAL


async def test_a_late_failure_changes_nothing(database_url):
    """R6: `failed` and `closed` arrive after `paid`."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        for kind in ("failed", "closed"):
            assert (await market.notice(stall, order, kind))["outcome"] == "ignored"
        assert (await market.order(stall, order)).state == "to_ship"


@pytest.mark.parametrize("kind", ["reversed", "charged_back"])
async def test_undone_before_the_goods_left(database_url, kind):
    """R7, R8: paid, failed and undone in every order end the same: closed, goods on the shelf, no money held."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE, stock=10)
        for told in permutations(["failed", "paid", kind]):
            order = await market.place(stall, buyer, (tea, 1))
            for one in told:
                await market.notice(stall, order, one)
            row = await market.order(stall, order)
            assert (row.state, row.reason, row.paid_minor) == ("closed", "payment_undone", TOTAL), told
            assert row.reversed_minor + row.charged_back_minor == TOTAL, told
            notices = {row.kind: row.outcome for row in sorted(await market.rows(Notice, order=order), key=told_at)}
            assert notices == {"failed": "ignored", "paid": "applied", kind: "applied"}, told
        assert (await market.row(Sku, id=tea)).free == 10
        assert await market.provider_minor() == 0


async def test_a_part_is_charged_back_before_we_hear_of_the_payment(database_url):
    """R7: the order goes on with the rest, and the shop settles the rest."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.place(stall, buyer, (tea, 1))
        await market.notice(stall, order, "charged_back", amount_minor=700)
        await market.notice(stall, order)
        await market.received(stall, buyer, order)
        await market.pass_time(8 * 24 * HOUR)
        row = await market.order(stall, order)
        assert (row.state, row.settled_minor) == ("settled", TOTAL - 700)
        assert await market.provider_minor() == TOTAL - 700


@pytest.mark.parametrize(
    ("differs", "outcome"),
    [
        ({"amount_minor": 1}, "amount_differs"),
        ({"currency": "USD"}, "currency_differs"),
        ({"leg": 2}, "order_differs"),
    ],
)
async def test_a_notice_that_does_not_fit(database_url, differs, outcome):
    """It is recorded and refused, and the right one for the same transaction still counts."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.place(stall, buyer, (tea, 1))

        assert (await market.notice(stall, order, **differs))["outcome"] == outcome
        assert (await market.notice(stall, order, **differs))["lapsed"] == "told_before"
        assert (await market.order(stall, order)).state == "placed"
        assert not await market.rows(EntryRow)

        assert (await market.notice(stall, order))["outcome"] == "applied"
        notice = max(await market.rows(Notice), key=told_at)
        assert (notice.amount_minor, notice.currency, notice.leg, notice.outcome) == (TOTAL, "CNY", 1, "applied")
        assert await market.provider_minor() == TOTAL


async def test_a_notice_for_an_order_that_is_not_there(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.place(stall, buyer, (tea, 1))
        there = await market.order(stall, order)
        command = RecordNotice(stall.shop, 12345, 1, "paid", "T1", "O1", TOTAL, "CNY", there.placed_ms)
        assert (await market.do(command, system("provider")))["outcome"] == "order_differs"
        assert await market.provider_minor() == 0


async def test_paid_after_closing_while_there_is_stock(database_url):
    """R9: the goods are taken again."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE, stock=1)
        order = await market.place(stall, buyer, (tea, 1))
        await market.pass_time(30 * MINUTE)
        assert (await market.order(stall, order)).reason == "unpaid"
        assert (await market.row(Sku, id=tea)).free == 1

        await market.notice(stall, order)
        assert (await market.order(stall, order)).state == "to_ship"
        assert (await market.row(Sku, id=tea)).taken == 1


async def test_paid_after_closing_when_the_goods_are_gone(database_url):
    """R9: the money goes back; nobody has paid for nothing."""
    async with open_market(database_url) as market:
        stall, buyer, other = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, PRICE, stock=1)
        order = await market.place(stall, buyer, (tea, 1))
        await market.pass_time(30 * MINUTE)
        await market.paid(stall, other, (tea, 1))

        await market.notice(stall, order)
        (refund,) = await market.rows(Refund)
        assert (refund.kind, refund.amount_minor) == ("late", TOTAL)
        await market.refunds_arrive(stall, order)
        row = await market.order(stall, order)
        assert (row.state, row.refunded_minor, row.refunding_minor) == ("closed", TOTAL, 0)
        assert await market.provider_minor() == TOTAL


async def test_unknown_is_asked_about_until_it_is_known(database_url):
    """At the cashier at 10:00; nothing is heard. At 10:30 the order may not close yet, for nothing is assumed."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE, stock=1)
        order = await market.place(stall, buyer, (tea, 1))
        await market.do(StartPayment(stall.shop, order), buyer)
        assert (await market.refuses(CancelOrder(stall.shop, order), buyer)).code == "payment_unknown"
        for _ in range(29):
            await market.pass_time(MINUTE)
        unpaid = RecordUnpaid(stall.shop, order, 1)
        assert (await market.do(unpaid, system("provider")))["lapsed"] == "time_to_pay_left"
        await market.pass_time(MINUTE)

        asked = [row for row in await market.rows(LogRow, owner=stall.shop) if row.command == "AskPayment"]
        assert len(asked) == 5  # after 1, 2, 4, 8 and 16 minutes
        close = await market.row(Timer, kind="close_unpaid")
        assert (close.code, close.attempts) == ("payment_unknown", 1)

        await market.do(unpaid, system("provider"))
        await market.pass_time(MINUTE)
        assert (await market.order(stall, order)).reason == "unpaid"
        assert (await market.row(Leg)).state == "due"
        assert not await market.rows(Timer)


async def test_an_unknown_payment_is_found_late(database_url):
    """The provider had the money all along: asked at 11:00, it says so, and the order goes its way."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE, stock=1)
        order = await market.place(stall, buyer, (tea, 1))
        await market.do(StartPayment(stall.shop, order), buyer)
        for _ in range(12):
            await market.pass_time(5 * MINUTE)
        assert (await market.order(stall, order)).state == "placed"
        await market.notice(stall, order)
        await market.pass_time(HOUR)
        assert (await market.order(stall, order)).state == "to_ship"
        assert [timer.kind for timer in await market.rows(Timer)] == ["ship_late"]


async def test_two_parts_are_undone_before_we_hear_of_the_payment(database_url):
    """One fen is reversed and the other charged back: each line goes back once, and the order closes."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(rates=(Rate((), 1, 0, 1, 0),)), await market.person()
        goods = [await market.goods(stall, 1) for _ in range(2)]
        order = await market.place(stall, buyer, *[(sku, 1) for sku in goods])
        for kind in ("reversed", "charged_back"):
            await market.notice(stall, order, kind, amount_minor=1)
        assert (await market.notice(stall, order))["outcome"] == "applied"
        row = await market.order(stall, order)
        assert (row.state, row.reversed_minor, row.charged_back_minor) == ("closed", 1, 1)
        assert [line.given_back_minor for line in await market.rows(Line)] == [1, 1]
        assert await market.provider_minor() == 0


async def test_a_second_chargeback_of_another_amount_is_for_a_person(database_url):
    """It is neither taken for the first one told again nor believed: it is recorded as not fitting."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall, PRICE), 1))
        assert (await market.notice(stall, order, "charged_back", amount_minor=50))["outcome"] == "applied"
        assert (await market.notice(stall, order, "charged_back", amount_minor=50))["lapsed"] == "told_before"
        assert (await market.notice(stall, order, "charged_back", amount_minor=150))["outcome"] == "amount_differs"
        assert (await market.order(stall, order)).charged_back_minor == 50
        assert await market.provider_minor() == TOTAL - 50


async def test_a_wrong_reversal_told_early_does_not_hide_the_right_one(database_url):
    """Two amounts were told before the payment: the one that fits it is applied."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.place(stall, buyer, (await market.goods(stall, PRICE), 1))
        assert (await market.notice(stall, order, "reversed", amount_minor=TOTAL + 1))["outcome"] == "early"
        assert (await market.notice(stall, order, "reversed"))["outcome"] == "amount_differs"
        await market.notice(stall, order)
        row = await market.order(stall, order)
        assert (row.state, row.reversed_minor, row.paid_minor) == ("closed", TOTAL, TOTAL)


async def test_an_order_that_is_reopened_has_not_ended(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.place(stall, buyer, (await market.goods(stall, PRICE), 1))
        await market.do(CancelOrder(stall.shop, order), buyer)
        await market.notice(stall, order)
        row = await market.order(stall, order)
        assert (row.state, row.done_ms) == ("to_ship", 0)
