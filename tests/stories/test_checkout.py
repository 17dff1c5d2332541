"""Checkout: three shops, one payment. Placed together or not at all, paid once; then each part goes its own way."""

import pytest

from jishi.engine.checkout import Basket as Wanted
from jishi.engine.checkout import Wish, place_checkout
from jishi.engine.request import Answer
from jishi.kernel.catalog import PriceSku, WithdrawProduct
from jishi.kernel.checkout import Checkout, CheckoutNotice, Part, PlaceCheckout, RecordCheckoutNotice
from jishi.kernel.closing import CancelOrder, CancelOversold, CloseUnpaid
from jishi.kernel.grammar import system
from jishi.kernel.ids import derived_id
from jishi.kernel.orders import Order
from jishi.kernel.owners import PLATFORM, LogRow, Timer
from jishi.kernel.payments import Notice
from jishi.kernel.placing import LINES_MOST, LineAsk, PlaceOrder
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import Differences, Refused
from jishi.kernel.stock import Sku
from jishi.kernel.surplus import RecordSurplusReturn, Surplus
from jishi.kernel.trade import write
from tests.support.market import DAY, HOUR, MINUTE, open_market

pytestmark = pytest.mark.anyio
PRICES, FREIGHT = (1_000, 2_000, 3_000), 800
TOTAL = sum(PRICES) + 3 * FREIGHT
CHECKOUT = 555_000
PROVIDER = system("provider")


class Basket:
    """A buyer with one piece of each of three shops."""

    def __init__(self, market, buyer, stalls, skus):
        self.market, self.buyer, self.stalls, self.skus = market, buyer, stalls, skus
        self.address = 0
        self.orders = [derived_id(CHECKOUT, stall.shop) for stall in stalls]

    @classmethod
    async def fill(cls, market, stock: int = 5) -> "Basket":
        stalls = [await market.shop() for _ in PRICES]
        skus = [await market.goods(stall, price, stock) for stall, price in zip(stalls, PRICES, strict=True)]
        return cls(market, await market.person(), stalls, skus)

    async def place(self, dry: bool = False) -> list[Answer]:
        """One bundle: an order at each shop, and the checkout that joins them."""
        self.address = self.address or await self.market.address(self.buyer)
        placed = [
            PlaceOrder(stall.shop, (LineAsk(sku, 1, price),), address=self.address, order=order, checkout=CHECKOUT)
            for stall, sku, price, order in zip(self.stalls, self.skus, PRICES, self.orders, strict=True)
        ]
        parts = tuple(Part(stall.shop, order) for stall, order in zip(self.stalls, self.orders, strict=True))
        commands = [*placed, PlaceCheckout(self.buyer.id, CHECKOUT, parts)]
        bundle = [(command, self.buyer, f"place.{n}") for n, command in enumerate(commands)]
        return await self.market.engine.bundle(bundle, dry=dry)

    async def told(self, kind: str = "paid", txn: str = "T1", amount_minor: int = TOTAL, currency: str = "CNY") -> dict:
        """What the provider tells of the one payment, and what follows from it."""
        trade = write("C", self.buyer.id, CHECKOUT)
        command = RecordCheckoutNotice(
            self.buyer.id, CHECKOUT, kind, txn, trade, amount_minor, currency, self.market.clock.at
        )
        answer = await self.market.do(command, PROVIDER)
        await self.market.engine.settle_down()
        return answer

    async def states(self) -> list[str]:
        rows = {row.id: row.state for row in await self.market.rows(Order)}
        return [rows[order] for order in self.orders]


async def test_a_basket_with_too_many_lines_is_refused(database_url):
    """However it is sent: an order has a bounded number of lines."""
    async with open_market(database_url) as market:
        wishes = tuple(Wish(1_000, sku, 1, 100) for sku in range(1, LINES_MOST + 2))
        with pytest.raises(Refused, match="lines_too_many"):
            await place_checkout(market.engine, await market.person(), "key", Wanted(wishes))


async def test_three_shops_one_payment(database_url):
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        answers = await basket.place()
        assert answers[-1].told["total_minor"] == TOTAL
        assert await basket.states() == ["placed"] * 3

        assert (await basket.told())["outcome"] == "applied"
        assert (await basket.told())["lapsed"] == "told_before"
        assert await basket.states() == ["to_ship"] * 3
        held = [await market.balance(stall.shop, "escrow") for stall in basket.stalls]
        assert held == [price + FREIGHT for price in PRICES]
        assert await market.provider_minor() == TOTAL

        again = await basket.place()
        assert [answer.body for answer in again] == [answer.body for answer in answers]
        assert all(answer.replayed for answer in again)


async def test_all_differences_are_told_together(database_url):
    """One price rose, one thing is sold out, one was taken off sale: nothing is placed, and all three are told."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market, stock=1)
        first, second, third = basket.stalls
        await market.do(PriceSku(first.shop, basket.skus[0], 1_100), first.keeper)
        await market.place(second, await market.person(), (basket.skus[1], 1))
        product = (await market.row(Sku, id=basket.skus[2])).product
        await market.do(WithdrawProduct(third.shop, product), third.keeper)
        before = len(await market.rows(LogRow))

        with pytest.raises(Differences) as told:
            await basket.place()
        codes = [(refusal.code, refusal.facts.get("sku")) for refusal in told.value.refusals]
        assert codes == list(zip(["price_changed", "stock_short", "goods_gone"], basket.skus, strict=True))
        assert not await market.rows(Checkout)
        assert len(await market.rows(Order)) == 1
        assert (await market.row(Sku, id=basket.skus[0])).held == 0
        assert len(await market.rows(LogRow)) == before + 1  # the buyer's address


async def test_a_dry_run_changes_nothing(database_url):
    """It tells the total, and leaves no trace in any table, nor with anyone who listens."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market, stock=1)
        heard = []
        market.engine.listeners.append(heard.extend)
        answers = await basket.place(dry=True)
        assert answers[-1].told["total_minor"] == TOTAL
        assert [answer.news for answer in heard if answer.owner != basket.buyer.id] == []
        assert not await market.rows(Order)
        assert not await market.rows(Checkout)
        assert [sku.free for sku in await market.rows(Sku)] == [1, 1, 1]
        assert [row.command for row in await market.rows(LogRow, owner=basket.buyer.id)] == [
            "CreateParty",
            "SaveAddress",
        ]
        assert (await basket.place())[-1].told["total_minor"] == TOTAL


@pytest.mark.parametrize(
    ("wrong", "outcome"),
    [({"amount_minor": TOTAL - 1}, "amount_differs"), ({"currency": "USD"}, "currency_differs")],
)
async def test_a_notice_that_does_not_fit(database_url, wrong, outcome):
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        assert (await basket.told(**wrong))["outcome"] == outcome
        assert await basket.states() == ["placed"] * 3
        assert (await basket.told())["outcome"] == "applied"
        assert await basket.states() == ["to_ship"] * 3
        assert await market.provider_minor() == TOTAL


async def test_a_part_that_cannot_be_had_any_more_goes_back_alone(database_url):
    """Paid at 10:40, after closing at 10:30; at 10:35 someone else bought the last piece of the second shop."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market, stock=1)
        await basket.place()
        await market.pass_time(35 * MINUTE)
        assert await basket.states() == ["closed"] * 3
        await market.paid(basket.stalls[1], await market.person(), (basket.skus[1], 1))
        await market.pass_time(5 * MINUTE)
        await basket.told()
        assert await basket.states() == ["to_ship", "closed", "to_ship"]
        (refund,) = await market.rows(Refund)
        assert (refund.owner, refund.amount_minor, refund.kind) == (basket.stalls[1].shop, 2_800, "late")
        await market.refunds_arrive(basket.stalls[1], basket.orders[1])
        assert await market.provider_minor() == TOTAL  # the other buyer's 2,800 took its place


async def test_paid_twice(database_url):
    """The second payment belongs to no order: it stands in the platform's book until it is back."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        await basket.told()
        for _ in range(2):
            await basket.told(txn="T2")
        surplus = await market.row(Surplus)
        assert (surplus.txn, surplus.amount_minor, surplus.state) == ("T2", TOTAL, "booked")
        assert await market.balance(PLATFORM, "suspense") == TOTAL
        assert await market.provider_minor() == 2 * TOTAL

        await market.do(RecordSurplusReturn(PLATFORM, surplus.id, "failed"), PROVIDER)
        await market.pass_time(MINUTE)
        assert (await market.row(Surplus)).asks == 1
        await market.do(RecordSurplusReturn(PLATFORM, surplus.id, "succeeded"), PROVIDER)
        assert await market.balance(PLATFORM, "suspense") == 0
        assert await basket.states() == ["to_ship"] * 3
        assert await market.provider_minor() == TOTAL


@pytest.mark.parametrize("order", [["paid", "reversed"], ["reversed", "paid"]])
async def test_the_second_payment_is_undone(database_url, order):
    """Whichever is told first: the orders keep the first payment, the platform's book nets to nothing."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        await basket.told()
        for kind in order:
            await basket.told(kind, txn="T2")
        assert (await market.row(Surplus)).state == "undone"
        assert await market.balance(PLATFORM, "suspense") == 0
        assert await basket.states() == ["to_ship"] * 3
        assert await market.provider_minor() == TOTAL


@pytest.mark.parametrize(
    "order", [["paid", "reversed"], ["reversed", "paid"], ["reversed", "failed", "paid", "reversed"]]
)
async def test_the_payment_is_reversed(database_url, order):
    """In whatever order it is told: every part is closed, and nothing is left."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        for kind in order:
            await basket.told(kind)
        assert await basket.states() == ["closed"] * 3
        assert {row.reason for row in await market.rows(Order)} == {"payment_undone"}
        assert [sku.free for sku in await market.rows(Sku)] == [5, 5, 5]
        last = max(await market.rows(CheckoutNotice, kind="reversed"), key=lambda notice: notice.seq)
        assert last.outcome == "applied"
        assert await market.provider_minor() == 0


async def test_the_rest_is_charged_back_after_one_part_was_refunded(database_url):
    """The bank takes what is left of the payment; each shop loses exactly what it still held."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        await basket.told()
        first = basket.stalls[0]
        await market.do(CancelOversold(first.shop, basket.orders[0]), first.keeper)
        await market.refunds_arrive(first, basket.orders[0])
        for stall, order in list(zip(basket.stalls, basket.orders, strict=True))[1:]:
            await market.received(stall, basket.buyer, order)
        await market.pass_time(8 * DAY)
        assert await basket.states() == ["closed", "settled", "settled"]

        await basket.told("charged_back", amount_minor=TOTAL - 1_800)
        assert {row.outcome for row in await market.rows(Notice, kind="charged_back")} == {"applied"}
        lost = sorted(row.charged_back_minor for row in await market.rows(Order))
        assert lost == [0, PRICES[1] + FREIGHT, PRICES[2] + FREIGHT]
        assert await market.provider_minor() == 0


@pytest.mark.parametrize("taken", [0, 1])
async def test_reversed_while_two_parts_are_on_their_way_back(database_url, taken):
    """The provider took one of two refunds, the other call was lost; nobody guesses which, it is seen at their end."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        await basket.told()
        parts = list(zip(basket.stalls, basket.orders, PRICES, strict=True))
        for stall, order, _ in parts[:2]:
            await market.do(CancelOversold(stall.shop, order), stall.keeper)
        assert (await basket.told("reversed", amount_minor=TOTAL - PRICES[taken] - FREIGHT))["outcome"] == "waiting"
        await market.pass_time(MINUTE)
        assert (await market.row(Timer, kind="split_undone")).code == "refund_open"
        for stall, order, _ in (parts[1 - taken], parts[taken]):
            outcome = "succeeded" if order == basket.orders[taken] else "failed"
            await market.refunds_arrive(stall, order, outcome)
        await market.pass_time(5 * MINUTE)
        assert await market.provider_minor() == 0
        await market.pass_time(HOUR)
        rows = {row.id: (row.refunded_minor, row.reversed_minor) for row in await market.rows(Order)}
        whole = [price + FREIGHT for price in PRICES]
        expected = [(whole[n], 0) if n == taken else (0, whole[n]) for n in range(3)]
        assert [rows[order] for order in basket.orders] == expected
        assert not await market.rows(Timer)


async def test_a_second_reversal_of_another_amount_is_for_a_person(database_url):
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        await basket.told()
        assert (await basket.told("reversed", amount_minor=50))["outcome"] == "applied"
        assert (await basket.told("reversed", amount_minor=150))["outcome"] == "amount_differs"
        assert sum(row.reversed_minor for row in await market.rows(Order)) == 50


async def test_one_part_alone_cannot_be_given_up(database_url):
    """The rest could not be paid any more; all of it closes together when the time to pay is over."""
    async with open_market(database_url) as market:
        basket = await Basket.fill(market)
        await basket.place()
        cancel = CancelOrder(basket.stalls[0].shop, basket.orders[0])
        assert (await market.refuses(cancel, basket.buyer)).code == "paid_together"
        early = CloseUnpaid(basket.stalls[0].shop, basket.orders[0])
        assert (await market.refuses(early, system("timer"))).code == "not_yet"
        await market.pass_time(30 * MINUTE)
        assert await basket.states() == ["closed"] * 3
