"""Orders that end before the goods leave: given up, not paid in time, or cancelled by the shop that cannot deliver."""

from jishi.kernel.aftersale import OPEN, THE_CLAIMS
from jishi.kernel.grammar import Command, handles, timer
from jishi.kernel.ids import OwnerId
from jishi.kernel.orders import THE_LINES, THE_ORDER, THE_SKUS, OrderClosed, free_stock, unpack_stock
from jishi.kernel.payments import THE_CAPTURES, THE_LEGS
from jishi.kernel.refunds import THE_REFUNDS, request_all
from jishi.kernel.refused import require
from jishi.kernel.roles import PAYER, TIMER, staff
from jishi.kernel.stock import OrderId


class CancelOrder(Command, frozen=True):
    """The payer gives up an order he has not paid. One that is paid together with others waits for its time."""

    shop: OwnerId
    order: OrderId


class CloseUnpaid(Command, frozen=True):
    """The time to pay has passed."""

    shop: OwnerId
    order: OrderId


class CancelOversold(Command, frozen=True):
    """The shop sold the goods elsewhere: it gives all of the money back. Counts against the shop (code 190)."""

    shop: OwnerId
    order: OrderId


timer("close_unpaid", lambda owner, order, n: CloseUnpaid(owner, order))
_HELD = (THE_ORDER, THE_LINES, THE_SKUS, THE_LEGS)


@handles(CancelOrder, who=(PAYER,), needs=_HELD, state=("order", ("placed",)), answer=("order", "reason"))
def cancel_order(c, case, now, ids):
    require(not case.order.checkout, "paid_together")  # the others could not be paid any more
    require(all(leg.state != "unknown" for leg in case.legs), "payment_unknown")
    return [OrderClosed(c.order, "cancelled"), *freed(case)]


@handles(CloseUnpaid, who=(TIMER,), needs=_HELD, state=("order", ("placed",)))
def close_unpaid(c, case, now, ids):
    require(now >= case.order.pay_by_ms, "not_yet")
    require(all(leg.state != "unknown" for leg in case.legs), "payment_unknown")
    return [OrderClosed(c.order, "unpaid"), *freed(case)]


@handles(
    CancelOversold,
    who=(staff("orders"),),
    needs=(THE_ORDER, THE_LINES, THE_SKUS, THE_CLAIMS, THE_CAPTURES, THE_REFUNDS),
    state=("order", ("to_ship",)),
    answer=("order", "reason"),
)
def cancel_oversold(c, case, now, ids):
    require(all(claim.state not in OPEN for claim in case.claims), "claim_open")
    back = request_all(case.order, case.captures, case.refunds, "cancelled")
    return [OrderClosed(c.order, "oversold"), *unpack_stock(case.lines), *back]


def freed(case) -> list:
    """What was held at placing is free again; a mode that holds at payment has nothing to free."""
    return free_stock(case.lines) if case.modes[case.order.mode].hold_at == "place" else []
