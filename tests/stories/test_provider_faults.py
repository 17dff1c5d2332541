"""The network to the provider is cut in six ways at each of our calls; once it is healed, every outcome is known."""

import pytest

from jishi.kernel.closing import CancelOversold
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.payments import Leg
from jishi.kernel.payouts import Payout, Withdraw
from jishi.kernel.refunds import Refund
from jishi.kernel.trade import trade_of, write
from tests.support.faulty_network import FAULTS
from tests.support.market import DAY, HOUR, MINUTE
from tests.support.paying_market import open_paying_market

pytestmark = pytest.mark.anyio


async def shelf(market):
    stall, buyer = await market.shop(), await market.person()
    return stall, buyer, await market.goods(stall, 9_900, stock=100)


async def unknown_legs(market) -> list:
    return await market.rows(Leg, state="unknown")


async def paid_by_link(market, stall, buyer, tea) -> int:
    order = await market.place(stall, buyer, (tea, 1))
    await market.pays(buyer, stall, order)
    await market.until_state(stall, order, "to_ship")
    return order


async def test_asking_for_a_payment(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, tea = await shelf(market)
        for fault in FAULTS:
            order = await market.place(stall, buyer, (tea, 1))
            link = await market.link(buyer, stall, order)
            await market.behave(stall, order, notice="never")
            await market.pays_link(link)
            await market.network.cut(fault, "GET /v1/payments")
            await market.pass_time(MINUTE)
            assert (await market.order(stall, order)).state == "placed", fault
            assert market.network.met or fault == "refuse"
            await market.network.heal()
            await market.pass_time(15 * MINUTE)
            assert (await market.order(stall, order)).state == "to_ship", fault
        assert await unknown_legs(market) == []


async def test_closing_a_payment(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, tea = await shelf(market)
        for fault in FAULTS:
            order = await market.place(stall, buyer, (tea, 1))
            await market.link(buyer, stall, order)
            await market.network.cut(fault, "POST /v1/payments/close")
            await market.pass_time((await market.order(stall, order)).pay_by_ms - market.clock.at)
            assert [leg.order for leg in await unknown_legs(market)] == [order], fault
            await market.network.heal()
            await market.pass_time(15 * MINUTE)
            assert await unknown_legs(market) == [], fault
            await market.pass_time(HOUR)
            assert (await market.order(stall, order)).reason == "unpaid", fault


async def test_sending_a_refund(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, tea = await shelf(market)
        for fault in FAULTS:
            order = await paid_by_link(market, stall, buyer, tea)
            await market.behave(stall, order, notice="never")
            await market.network.cut(fault, "POST /v1/refunds")
            await market.do(CancelOversold(stall.shop, order), stall.keeper)
            await market.engine.settle_down()
            assert (await market.row(Refund, order=order)).state == "requested", fault
            await market.network.heal()
            await market.pass_time(HOUR)
            await once_refunded(market, stall, order)
        assert await market.balance(stall.shop, "escrow") == 0


async def test_asking_for_a_refund(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, tea = await shelf(market)
        for fault in FAULTS:
            order = await paid_by_link(market, stall, buyer, tea)
            await market.behave(stall, order, notice="never", refund="unknown")
            await market.do(CancelOversold(stall.shop, order), stall.keeper)
            await market.engine.settle_down()
            await market.network.cut(fault, "GET /v1/refunds")
            await market.pass_time(MINUTE)
            assert (await market.row(Refund, order=order)).state == "requested", fault
            await market.network.heal()
            await market.pass_time(HOUR)
            await once_refunded(market, stall, order)


async def once_refunded(market, stall, order) -> None:
    assert [refund.state for refund in await market.rows(Refund, order=order)] == ["succeeded"]
    (payment,) = await market.pay.query_payment(trade_of(await market.order(stall, order), 1))
    assert payment.refunded_minor == payment.amount_minor


@pytest.mark.parametrize(("refund", "tries"), [("ok", 1), ("slow", 1), ("unknown", 1), ("lost", 1), ("fails", 2),
                                               ("fails_later", 2)])  # fmt: skip
async def test_a_refund_that_the_provider_handles_in_its_own_way(database_url, local_provider, refund, tries):
    async with open_paying_market(database_url, local_provider) as market:
        stall, buyer, tea = await shelf(market)
        order = await paid_by_link(market, stall, buyer, tea)
        await market.behave(stall, order, refund=refund, slow_ms=10 * MINUTE)
        await market.do(CancelOversold(stall.shop, order), stall.keeper)
        await market.engine.settle_down()
        await market.behave(stall, order, refund="ok")
        await market.pass_time(20 * MINUTE)
        await market.pass_time(3 * HOUR)

        async def refunded() -> bool:
            return (await market.order(stall, order)).refunded_minor == 10_700

        await market.until(refunded)
        assert len(await market.rows(Refund, order=order)) == tries
        assert await market.balance(stall.shop, "escrow") == 0


async def settled_shop(market):
    """A shop with money to withdraw."""
    stall, buyer, tea = await shelf(market)
    order = await paid_by_link(market, stall, buyer, tea)
    await market.do(ShipParcel(stall.shop, order, "SF", "SF100000001"), stall.keeper)
    await market.do(ConfirmReceipt(stall.shop, order), buyer)
    await market.pass_time(8 * DAY)
    assert (await market.order(stall, order)).state == "settled"
    return stall


@pytest.mark.parametrize("where", ["POST /v1/payouts", "GET /v1/payouts"])
async def test_payouts(database_url, local_provider, where):
    async with open_paying_market(database_url, local_provider) as market:
        stall = await settled_shop(market)
        start = await market.balance(stall.shop, "available")
        if where.startswith("GET"):
            await market.steer("/v1/behaviour", notice="never", payout="unknown")
        for done, fault in enumerate(FAULTS):
            await market.network.cut(fault, where)
            await market.do(Withdraw(stall.shop, 100, "shop-tea"), stall.keeper)
            await market.pass_time(MINUTE)
            waiting = await market.rows(Payout, owner=stall.shop, state="requested")
            assert len(waiting) == 1 or where.startswith("POST"), fault
            await market.network.heal()
            await market.pass_time(HOUR)  # what was refused is sent again, and its answer lost
            await market.pass_time(HOUR)
            payouts = await market.rows(Payout, owner=stall.shop)
            assert [payout.state for payout in payouts] == ["paid"] * (done + 1), fault
        assert await market.balance(stall.shop, "available") == start - 100 * len(FAULTS)
        assert await market.balance(stall.shop, "payout") == 0


@pytest.mark.parametrize("told", ["once", "never"])
async def test_a_payout_comes_back(database_url, local_provider, told):
    """Told by a notice, or found in the statement."""
    async with open_paying_market(database_url, local_provider) as market:
        stall = await settled_shop(market)
        start = await market.balance(stall.shop, "available")
        await market.do(Withdraw(stall.shop, 100, "shop-tea"), stall.keeper)
        await market.engine.settle_down()
        (payout,) = await market.rows(Payout, owner=stall.shop)
        assert payout.state == "paid"
        number = write("P", stall.shop, payout.id)
        await market.steer("/v1/behaviour", payout_no=number, notice=told)
        await market.steer(f"/v1/payouts/{number}/return")
        if told == "never":
            await market.read_statement()

        async def returned() -> bool:
            return (await market.row(Payout, id=payout.id)).state == "returned"

        await market.until(returned)
        assert await market.balance(stall.shop, "available") == start


async def test_a_payout_that_fails_goes_back_to_the_shop(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        stall = await settled_shop(market)
        start = await market.balance(stall.shop, "available")
        await market.steer("/v1/behaviour", payout="fails")
        await market.do(Withdraw(stall.shop, 100, "shop-tea"), stall.keeper)
        await market.engine.settle_down()
        assert [payout.state for payout in await market.rows(Payout)] == ["returned"]
        assert await market.balance(stall.shop, "available") == start
