"""The way to the cashier: payment is started first, so that we ask until its outcome is known; then a signed link."""

from typing import Any, NamedTuple

from jishi.kernel.checkout import Checkout
from jishi.kernel.grammar import Principal
from jishi.kernel.orders import Order
from jishi.kernel.payments import Leg, StartPayment
from jishi.kernel.refused import require
from jishi.kernel.trade import trade_of
from jishi.ports.pay import Pay, PaymentAsk


class Till(NamedTuple):
    """Who is paid through what: the engine and the provider's port. dry: the payment is only tried, not started."""

    engine: Any
    pay: Pay
    dry: bool = False

    async def start(self, by: Principal, *commands: StartPayment) -> None:
        """Start the payments: all or none."""
        told = [(command, by, self.engine.fresh_id()) for command in commands]
        await self.engine.bundle(told, dry=self.dry)


class Back(NamedTuple):
    """Where the buyer returns to, and the language he reads."""

    return_url: str
    lang: str = "zh-Hans"


async def order_link(till: Till, by: Principal, shop: int, order: int, back: Back) -> str:
    """The cashier's link for what an order has to be paid next; of a checkout's order, for the whole checkout."""
    row = await order_of(till, shop, order)
    require(row.payer == by.party, "forbidden")
    if row.checkout:
        return await checkout_link(till, by, row.checkout, back)
    legs = await till.engine.database.read(
        Leg, 'WHERE owner = :owner AND "order" = :order ORDER BY n', owner=shop, order=order
    )
    leg = next((leg for leg in legs if leg.state != "paid"), None)
    require(leg, "leg_paid")
    await till.start(by, StartPayment(shop, order, leg.n))
    subject = "order" if leg.kind == "full" else leg.kind
    return till.pay.cashier_url(ask_of(row, trade_of(row, leg.n), leg.amount_minor, subject, back))


async def checkout_link(till: Till, by: Principal, checkout: int, back: Back) -> str:
    """The cashier's link for all orders of a checkout."""
    rows = await till.engine.database.read(Checkout, "WHERE owner = :owner AND id = :id", owner=by.party, id=checkout)
    require(rows, "forbidden")
    parts = rows[0].parts
    await till.start(by, *[StartPayment(part.shop, part.order, 1) for part in parts])
    first = await order_of(till, parts[0].shop, parts[0].order)
    return till.pay.cashier_url(ask_of(first, trade_of(first, 1), rows[0].total_minor, "checkout", back))


async def order_of(till: Till, shop: int, order: int) -> Order:
    """The order; refuses `forbidden`, as for an order of somebody else: it does not tell which there are."""
    rows = await till.engine.database.read(Order, "WHERE owner = :owner AND id = :id", owner=shop, id=order)
    require(rows, "forbidden")
    return rows[0]


def ask_of(order: Order, trade_no: str, amount_minor: int, subject: str, back: Back) -> PaymentAsk:
    """What the link says. It is good for as long as the order waits to be paid."""
    return PaymentAsk(
        trade_no=trade_no, amount_minor=amount_minor, currency=order.currency, subject_code=subject,
        return_url=back.return_url, expires_ms=order.pay_by_ms - order.ahead_ms, lang=back.lang,
    )  # fmt: skip
