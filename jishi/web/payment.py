"""The way to the cashier and back: our own page with a plain link, and one that waits for the provider's word."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.api.cashier import Back, ask_of
from jishi.kernel.checkout import Checkout
from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id, read_id
from jishi.kernel.orders import Order
from jishi.kernel.payments import Leg, StartPayment
from jishi.kernel.refused import Refused, require
from jishi.kernel.trade import trade_of
from jishi.store.queries.deal_rows import order_of
from jishi.store.query import under
from jishi.web.asking import command_id, database_of, engine_of, fields, language_of, me, missing
from jishi.web.panes import pane_of
from jishi.web.rendering import page, see_other, wants_block

# A pane's cashier is a tab of its own, for it may not be framed; the page it comes back to says that it may be closed.
TAB = "?tab=1"


class Due(NamedTuple):
    """What has to be paid at once: the orders, the leg of the first, the sum, and what the cashier calls it."""

    orders: list[Order]
    leg: Leg
    total_minor: int
    subject: str
    address: str

    @property
    def paid(self) -> bool:
        return all(order.state not in ("placed", "closed") for order in self.orders)

    @property
    def closed(self) -> bool:
        return any(order.state == "closed" for order in self.orders)

    @property
    def started(self) -> bool:
        return self.leg.state == "unknown"


async def due_of(request: Request, by: Principal, address: str) -> Due:
    """The payment behind an address, for its payer alone."""
    database = database_of(request)
    _, _, kind, text = address.split("/")[:4]
    try:
        owner, number = read_id(text)
    except Refused:
        missing()
    if kind == "checkouts":
        found = await under(database, Checkout, (owner, number)) if owner == by.party else []
        if not found:
            missing()
        orders = [order for part in found[0].parts if (order := await order_of(database, part.shop, part.order))]
        total, subject = found[0].total_minor, "checkout"
    else:
        order = await order_of(database, owner, number)
        if order is None or order.payer != by.party:
            missing()
        if order.checkout:
            return await due_of(request, by, f"/pay/checkouts/{public_id(by.party, order.checkout)}")
        orders, total, subject = [order], order.total_minor, "gift" if order.mode == "gift" else "order"
    legs = await under(database, Leg, (orders[0].owner, orders[0].id))
    return Due(orders, legs[0], total, subject, address)


async def begin(request: Request, by: Principal, address: str, key: str = "") -> str:
    """Start the payment, so that we ask until its outcome is known; returns where its page is."""
    engine, due = engine_of(request), await due_of(request, by, address)
    key = key or engine.fresh_id()
    await engine.bundle([(StartPayment(order.owner, order.id, 1), by, f"pay.{key}") for order in due.orders])
    return due.address


async def start(request: Request) -> Response:
    """The button of an order that waits to be paid."""
    by, form = me(request), await fields(request)
    due = await due_of(request, by, request.url.path)
    if due.paid or due.closed:  # in another tab, or by time
        return see_other(request, f"{due.address}/return")
    return see_other(request, await begin(request, by, due.address, command_id(request, form)))


def link_to(request: Request, due: Due) -> str:
    """The signed link to the provider's cashier; refuses where none is configured."""
    pay = request.app.state.pay
    require(pay is not None, "cashier_missing")
    first = due.orders[0]
    pane = pane_of(request)
    back = Back(f"{request.app.state.own_url}{pane}{due.address}/return{TAB if pane else ''}", language_of(request))
    return pay.cashier_url(ask_of(first, trade_of(first, due.leg.n), due.total_minor, due.subject, back))


async def show(request: Request) -> Response:
    """Go on to the cashier: the sum, the time left, and a plain link to another host; then on, once it is paid."""
    due = await due_of(request, me(request), request.url.path)
    if due.paid or due.closed:
        return see_other(request, f"{due.address}/return")
    if wants_block(request):
        return Response(status_code=204)
    first = due.orders[0]
    context = {
        "due": due,
        "link": link_to(request, due) if due.started else "",
        "currency": first.currency,
        "pay_by_ms": first.pay_by_ms - first.ahead_ms,
        "order_id": public_id(first.owner, first.id),
        "several": len(due.orders) > 1,
    }
    return page(request, "buyer/pay.html", context)


async def come_back(request: Request) -> Response:
    """From the cashier: still confirming until the provider has told us; nothing is said to have failed too early."""
    due = await due_of(request, me(request), request.url.path.removesuffix("/return"))
    first = due.orders[0]
    context = {
        "due": due,
        "order_id": public_id(first.owner, first.id),
        "gift": first.mode == "gift",
        "several": len(due.orders) > 1,
        "shown": request.url.path + (TAB if request.query_params.get("tab") == "1" else ""),
        "tab": request.query_params.get("tab") == "1",
    }
    return page(request, "buyer/paid.html", context)


routes = [
    Route("/pay/orders/{id}", show),
    Route("/pay/orders/{id}", start, methods=["POST"]),
    Route("/pay/orders/{id}/return", come_back),
    Route("/pay/checkouts/{id}", show),
    Route("/pay/checkouts/{id}", start, methods=["POST"]),
    Route("/pay/checkouts/{id}/return", come_back),
]
