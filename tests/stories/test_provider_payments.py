"""A buyer pays at the provider: told once, twice, late, out of order or never, the order is paid exactly once."""

import asyncio

import pytest

from jishi.kernel.payments import Capture, Leg, Notice
from jishi.kernel.refunds import Refund
from jishi.kernel.trade import trade_of
from tests.support.market import HOUR, MINUTE
from tests.support.paying_market import open_paying_market

pytestmark = pytest.mark.anyio


async def ordered(market):
    """A shop, a buyer and an order that waits to be paid."""
    stall, buyer = await market.shop(), await market.person()
    return stall, buyer, await market.place(stall, buyer, (await market.goods(stall, 9_900), 2))


async def escrow(market, stall) -> int:
    return await market.balance(stall.shop, "escrow")


@pytest.mark.parametrize("told", ["once", "twice"])
async def test_paid_by_link_and_told(database_url, local_provider, told):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        link = await market.link(buyer, stall, order)
        assert (await market.row(Leg, order=order)).state == "unknown"
        await market.behave(stall, order, notice=told)
        await market.pays_link(link)
        await market.until_state(stall, order, "to_ship")
        await market.until(lambda: says(len(market.told) == (2 if told == "twice" else 1)))
        assert set(market.told) == {200}
        assert len(await market.rows(Capture, order=order)) == 1
        assert await escrow(market, stall) == 20_600


async def says(fact: bool) -> bool:
    return fact


async def test_a_notice_that_never_comes_is_asked_for(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        link = await market.link(buyer, stall, order)
        await market.behave(stall, order, notice="never")
        await market.pays_link(link)
        await market.pass_time(MINUTE)
        assert (await market.order(stall, order)).state == "to_ship"
        assert (market.told, await escrow(market, stall)) == ([], 20_600)


async def test_a_late_notice_after_we_have_asked_changes_nothing(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        link = await market.link(buyer, stall, order)
        await market.behave(stall, order, notice="once", late_ms=HOUR)
        await market.pays_link(link)
        await market.pass_time(MINUTE)
        assert (await market.order(stall, order)).state == "to_ship"
        await market.pass_time(HOUR)
        await market.until(lambda: says(market.told == [200]))
        assert len(await market.rows(Capture, order=order)) == 1


async def test_nobody_pays_and_nobody_can_any_more(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        link = await market.link(buyer, stall, order)
        row = await market.order(stall, order)
        await market.pass_time(row.pay_by_ms - market.clock.at)
        await market.pass_time(HOUR)
        assert (await market.row(Leg, order=order)).state == "due"
        row = await market.order(stall, order)
        assert (row.state, row.reason) == ("closed", "unpaid")
        with pytest.raises(AssertionError, match=r"trade_closed|trade_expired"):
            await market.pays_link(link)


async def test_a_reversal_overtakes_its_payment(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        link = await market.link(buyer, stall, order)
        await market.behave(stall, order, notice="out_of_order")
        txn = await market.pays_link(link)
        await market.steer(f"/v1/payments/{txn}/reverse")
        await market.until(lambda: says(len(market.told) == 2))
        kinds = {notice.kind: notice.outcome for notice in await market.rows(Notice, order=order)}
        assert kinds == {"paid": "applied", "reversed": "applied"}
        row = await market.order(stall, order)
        assert (row.paid_minor, row.reversed_minor, await escrow(market, stall)) == (20_600, 20_600, 0)


@pytest.mark.parametrize("verb", ["reverse", "charge_back"])
@pytest.mark.parametrize("told", ["once", "never"])
async def test_the_bank_takes_it_back(database_url, local_provider, verb, told):
    """Told by a notice, or found in the statement when none comes."""
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        txn = await market.pays(buyer, stall, order)
        await market.until_state(stall, order, "to_ship")
        await market.behave(stall, order, notice=told)
        await market.steer(f"/v1/payments/{txn}/{verb}")
        if told == "never":
            await market.read_statement()
        await market.until_state(stall, order, "closed")
        row = await market.order(stall, order)
        assert (row.reason, row.reversed_minor + row.charged_back_minor) == ("payment_undone", 20_600)
        assert await escrow(market, stall) == 0
        await market.read_statement()
        assert await escrow(market, stall) == 0


async def test_two_tabs_pay_one_order_and_one_payment_goes_back(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        link = await market.link(buyer, stall, order)
        await market.behave(stall, order, allow_double=True)
        first, second = await market.pays_link(link), await market.pays_link(link)
        assert first != second
        await market.until_state(stall, order, "to_ship")

        async def given_back() -> bool:
            return [refund.state for refund in await market.rows(Refund, order=order)] == ["succeeded"]

        await market.until(given_back)
        assert await escrow(market, stall) == 20_600
        payments = await market.pay.query_payment(trade_of(await market.order(stall, order), 1))
        assert sorted(payment.refunded_minor for payment in payments) == [0, 20_600]


async def test_a_failed_try_and_then_a_good_one(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        link = await market.link(buyer, stall, order)
        await market.behave(stall, order, pay="fails")
        with pytest.raises(AssertionError, match="pay_failed"):
            await market.pays_link(link)
        await market.behave(stall, order, pay="ok")
        await market.pays_link(link)
        await market.until_state(stall, order, "to_ship")
        assert await escrow(market, stall) == 20_600


WRONG = {"amount": ("amount_differs", {"amount_minor": 1}), "currency": ("currency_differs", {"currency": "USD"})}


@pytest.mark.parametrize("what", WRONG)
async def test_a_true_notice_that_does_not_fit_is_refused_and_recorded(database_url, local_provider, what):
    outcome, changed = WRONG[what]
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, order = await ordered(market)
        await market.link(buyer, stall, order)
        number = trade_of(await market.order(stall, order), 1)
        told = {"kind": "paid", "subject": number, "notify_url": market.pay.settings.notify_url, "reference": number,
                "amount_minor": 20_600, "currency": "CNY", "txn": "T-wrong"}  # fmt: skip
        await market.steer("/v1/notices", **(told | changed))
        await market.until(lambda: says(market.told[:1] == [422]))
        assert (await market.row(Notice, order=order)).outcome == outcome
        assert ((await market.order(stall, order)).state, await escrow(market, stall)) == ("placed", 0)


async def test_a_payment_nobody_asked_for_is_refused(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, _, order = await ordered(market)
        number = trade_of(await market.order(stall, order), 1)
        told = {"kind": "paid", "notify_url": market.pay.settings.notify_url, "amount_minor": 20_600,
                "currency": "CNY", "txn": "T-wrong"}  # fmt: skip
        for reference in (number.replace("-1", "-2"), "O-nobody", "C" + number[1:-2]):
            await market.steer("/v1/notices", **told, subject=reference, reference=reference)
        await market.until(lambda: says(len(market.told) >= 3))
        assert set(market.told) == {422}
        assert await market.rows(Capture) == []


async def test_paid_after_it_was_closed(database_url, local_provider):
    """The provider takes money late: the goods are taken again if there are any, else the money goes back by itself."""
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, 9_900, stock=1)
        late = await market.place(stall, buyer, (tea, 1))
        link = await market.link(buyer, stall, late)
        await market.opens(link)
        await market.behave(stall, late, pay_after_expiry=True)
        await market.pass_time((await market.order(stall, late)).pay_by_ms - market.clock.at)
        await market.pass_time(HOUR)
        assert (await market.order(stall, late)).state == "closed"
        other = await market.paid(stall, await market.person(), (tea, 1))
        await market.pays_link(link)

        async def given_back() -> bool:
            return [refund.state for refund in await market.rows(Refund, order=late)] == ["succeeded"]

        await market.until(given_back)
        assert (await market.order(stall, late)).state == "closed"
        assert (await market.order(stall, other)).state == "to_ship"
        assert await escrow(market, stall) == 10_700


async def test_many_notices_at_once(database_url, local_provider):
    """Twenty buyers pay in one moment; each is told of once."""
    async with open_paying_market(database_url, local_provider) as market:
        stall = await market.shop()
        tea = await market.goods(stall, 9_900, stock=100)
        orders = [(buyer := await market.person(), await market.place(stall, buyer, (tea, 1))) for _ in range(20)]
        links = [await market.link(buyer, stall, order) for buyer, order in orders]
        await asyncio.gather(*map(market.pays_link, links))

        async def all_paid() -> bool:
            return len(await market.rows(Capture, owner=stall.shop)) == 20

        await market.until(all_paid)
        assert await escrow(market, stall) == 20 * 10_700
