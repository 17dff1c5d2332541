"""One payment for orders of two shops: told once it pays each; paid twice, the surplus goes back."""

import pytest

from jishi.kernel.checkout import Checkout, Part, PlaceCheckout
from jishi.kernel.owners import PLATFORM
from jishi.kernel.payments import Capture, Leg
from jishi.kernel.surplus import Surplus
from jishi.kernel.trade import trade_of
from tests.support.faulty_network import FAULTS
from tests.support.market import HOUR, MINUTE
from tests.support.paying_market import open_paying_market

pytestmark = pytest.mark.anyio


async def checkout(market):
    """Orders at two shops under one payment; the buyer and what each shop's order is."""
    buyer, placed = await market.person(), []
    number = market.engine.ids.next()
    for price in (9_900, 4_000):
        stall = await market.shop()
        tea = await market.goods(stall, price)
        placed.append((stall, await market.place(stall, buyer, (tea, 1), checkout=number)))
    parts = tuple(Part(stall.shop, order) for stall, order in placed)
    await market.do(PlaceCheckout(buyer.id, number, parts), buyer)
    return buyer, number, placed


async def all_to_ship(market, placed) -> bool:
    return all([(await market.order(stall, order)).state == "to_ship" for stall, order in placed])


@pytest.mark.parametrize("told", ["once", "twice", "never"])
async def test_one_payment_pays_both(database_url, local_provider, told):
    async with open_paying_market(database_url, local_provider) as market:
        buyer, number, placed = await checkout(market)
        stall, order = placed[1]
        link = await market.link(buyer, stall, order)
        assert {leg.state for leg in await market.rows(Leg)} == {"unknown"}
        await market.behave(stall, order, notice=told)
        await market.pays_link(link)
        if told == "never":
            await market.pass_time(MINUTE)
        await market.until(lambda: all_to_ship(market, placed))
        assert (await market.row(Checkout, id=number)).state == "paid"
        assert [await market.balance(stall.shop, "escrow") for stall, _ in placed] == [10_700, 4_800]
        assert len(await market.rows(Capture)) == 2


async def test_nobody_pays_a_checkout(database_url, local_provider):
    async with open_paying_market(database_url, local_provider) as market:
        buyer, _, placed = await checkout(market)
        stall, order = placed[0]
        await market.link(buyer, stall, order)
        await market.pass_time((await market.order(stall, order)).pay_by_ms - market.clock.at)
        await market.pass_time(HOUR)
        assert {leg.state for leg in await market.rows(Leg)} == {"due"}
        assert {(await market.order(stall, order)).reason for stall, order in placed} == {"unpaid"}


@pytest.mark.parametrize("fault", [*FAULTS, "fails"])
async def test_paid_twice(database_url, local_provider, fault):
    """A number that failed at the provider stays failed: the surplus goes back under another."""
    async with open_paying_market(database_url, local_provider) as market:
        buyer, _, placed = await checkout(market)
        stall, order = placed[0]
        link = await market.link(buyer, stall, order)
        await market.behave(stall, order, allow_double=True, refund="fails" if fault == "fails" else "ok")
        await market.pays_link(link)
        await market.until(lambda: all_to_ship(market, placed))
        await market.network.cut(fault, "POST /v1/refunds")
        second = await market.pays_link(link)

        async def booked() -> bool:
            return bool(await market.rows(Surplus))

        await market.until(booked)
        (surplus,) = await market.rows(Surplus)
        assert surplus.txn == second
        if fault != "answer_lost":  # else the provider has done it, and may have told so already
            assert surplus.state == "booked"
        await market.network.heal()
        await market.behave(stall, order, refund="ok")
        await market.pass_time(HOUR)
        assert (await market.row(Surplus, txn=second)).state == "returned"
        payments = await market.pay.query_payment(trade_of(await market.order(stall, order), 1))
        assert {payment.txn: payment.refunded_minor for payment in payments if payment.refunded_minor} == {
            second: 15_500
        }
        assert await market.balance(PLATFORM, "suspense") == 0
