"""Buying again: what is still on sale goes into the cart at today's price, and the cart says what is not."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.cart import CartLine, SetCart
from jishi.kernel.ids import public_id, read_id
from jishi.kernel.orders import Line, Order
from jishi.kernel.refused import Refused
from jishi.store.queries import page_goods
from jishi.store.queries.deal_rows import order_of
from jishi.store.query import under
from jishi.web.asking import database_of, fields, language_of, me, missing, send
from jishi.web.checkout import can_buy, goods_of
from jishi.web.orders import mine
from jishi.web.rendering import see_other


class Again(NamedTuple):
    """One line of an old order as it can be bought today. price_minor: today's, 0 when it cannot be bought."""

    line: Line
    quantity: int
    price_minor: int


async def look(request: Request, order: Order) -> list[Again]:
    """Every line of an order: how many of it can be bought now, and at what price."""
    lines = await under(database_of(request), Line, (order.owner, order.id))
    goods = await goods_of(request, {(line.owner, line.sku) for line in lines})
    found = []
    for line in lines:
        sku, product = goods[line.owner, line.sku]
        can = can_buy(sku, product)
        found.append(Again(line, min(line.quantity, sku.free) if can else 0, sku.price_minor if can else 0))
    return found


async def put(request: Request) -> Response:
    """Put it in the cart. Where more of it lies there already, that stays; so a double tap changes nothing."""
    by, order = await mine(request)
    if order.payer != by.id:
        missing()
    form = await fields(request)
    held = await under(database_of(request), CartLine, (by.id, order.owner))
    lying = {line.sku: line.quantity for line in held}
    for again in await look(request, order):
        if again.quantity:
            quantity = max(again.quantity, lying.get(again.line.sku, 0))
            await send(request, SetCart(by.id, order.owner, again.line.sku, quantity), form, n=again.line.n)
    return see_other(request, f"/cart?again={request.path_params['id']}")


async def told(request: Request) -> list[dict]:
    """What the cart says of an order that was bought again; nothing for any other order."""
    by, text = me(request), request.query_params.get("again", "")
    try:
        key = read_id(text) if text else None
    except Refused:
        missing()
    order = await order_of(database_of(request), *key) if key else None
    if order is None or order.payer != by.id:
        return []
    found = await look(request, order)
    names = await page_goods.names_of(database_of(request), [again.line for again in found], language_of(request))
    return [
        {
            "title": names[again.line.owner, again.line.order, again.line.n].title,
            "id": public_id(again.line.owner, again.line.sku),
            "quantity": again.quantity,
            "wanted": again.line.quantity,
            "price_minor": again.price_minor,
            "was_minor": again.line.price_minor,
            "currency": order.currency,
        }
        for again in found
    ]


routes = [Route("/orders/{id}/again", put, methods=["POST"])]
