"""A buyer's orders: what was ordered or given, what happens next and by when, and what can be done about it."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.closing import CancelOrder
from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Order
from jishi.kernel.parcels import ConfirmReceipt
from jishi.kernel.parties import Address
from jishi.store.queries import page_buyer, page_deals, page_goods
from jishi.store.queries.deal_rows import Deal, deal_of, order_of
from jishi.store.queries.for_whom import concerns
from jishi.store.query import under
from jishi.web.addresses import entry_of
from jishi.web.asking import database_of, engine_of, fields, language_of, me, missing, owned, send
from jishi.web.links import link
from jishi.web.market import picture_url
from jishi.web.order_search import found, shops_of, words_in
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import ORDER, PARCEL, carrier_name, carriers, next_step, order_word

AT_ONCE = 15
TABS = {
    "": ("placed", "paid", "to_ship", "partly_shipped", "shipped", "received", "settled", "closed", "refunded"),
    "pay": ("placed",),
    "ship": ("paid", "to_ship", "partly_shipped"),
    "receive": ("shipped",),
    "done": ("received", "settled"),
    "over": ("closed", "refunded"),
}
# Where something is still to come; of the others nobody needs the number.
OPEN_TABS = ("pay", "ship", "receive")


async def show_all(request: Request) -> Response:
    """What I ordered and what comes to me, newest first."""
    by, query = me(request), request.query_params
    tab = query.get("tab", "")
    if tab not in TABS:
        missing()
    words, gettext = words_in(request), gettext_of(request)
    hits = await found(
        request, f"{concerns(':me')} AND state IN (:states*)", AT_ONCE, partial(shops_of, request),
        me=by.id, states=list(TABS[tab]),
    )  # fmt: skip
    counts = await page_buyer.order_counts(database_of(request), by.id)
    labels = {
        "": gettext("All"),
        "pay": gettext("To pay"),
        "ship": gettext("To ship"),
        "receive": gettext("On the way"),
        "done": gettext("Done"),
        "over": gettext("Closed"),
    }
    context = {
        "orders": await order_cards(request, hits.orders),
        "tabs": [
            {
                "href": link("/orders", tab=name, q=words),
                "label": label,
                "count": sum(counts.get(state, 0) for state in TABS[name]) if name in OPEN_TABS and not words else 0,
            }
            for name, label in labels.items()
        ],
        "current": link("/orders", tab=tab, q=words),
        "more": link("/orders", tab=tab, q=words, after=hits.more) if hits.more else "",
        "tab": tab,
        "search": words,
        "partly": hits.partly,
    }
    return page(request, "buyer/orders.html", context)


async def order_cards(request: Request, orders: list[Order], folder: str = "/orders") -> list[dict]:
    """Orders for the component."""
    database, language, gettext = database_of(request), language_of(request), gettext_of(request)
    lines = await page_deals.lines_of(database, orders)
    names = await page_goods.names_of(database, [line for rows in lines.values() for line in rows], language)
    shops = await page_goods.shop_names(database, {order.owner for order in orders}, language)
    gates = await page_deals.gates(database, orders)
    cards = []
    for order in orders:
        gift = gates.get((order.owner, order.id))
        word = order_word(order, gift.state if gift else "")
        step = next_step(order, gift.expires_ms if gift else 0)
        cards.append(
            {
                "id": public_id(order.owner, order.id),
                "href": f"{folder}/{public_id(order.owner, order.id)}",
                "shop": shops.get(order.owner, ""),
                "shop_id": public_owner(order.owner),
                "status": gettext(word.label),
                "status_kind": word.kind,
                "lines": lines_for(request, lines.get((order.owner, order.id), []), names),
                "total_minor": order.total_minor,
                "currency": order.currency,
                "next_step": gettext(step.text),
                "due_ms": step.due_ms,
                "state": order.state,
                "mine": order.payer == request.state.party,
                "gift": order.mode == "gift",
            }
        )
    return cards


def lines_for(request: Request, lines: list, names: dict) -> list[dict]:
    """Order lines for the component."""
    shown = []
    for line in lines:
        name = names[line.owner, line.order, line.n]
        shown.append(
            {
                "n": line.n,
                "title": name.title,
                "option": name.option,
                "picture": picture_url(request, name.thumb),
                "quantity": line.quantity,
                "price_minor": line.price_minor,
                "left": line.quantity - line.claimed,
            }
        )
    return shown


async def mine(request: Request) -> tuple[Principal, Order]:
    """The order of the address, for who paid it or gets it."""
    by = me(request)
    order = await order_of(database_of(request), *owned(request))
    if order is None or by.id not in (order.payer, order.beneficiary):
        missing()
    return by, order


async def show(request: Request) -> Response:
    """One order."""
    by, order = await mine(request)
    deal = await deal_of(database_of(request), order)
    return page(request, "buyer/order.html", await order_context(request, by, deal))


async def order_context(request: Request, by: Principal, deal: Deal) -> dict[str, Any]:
    """What an order's page says; price and payment are for the payer, address and claims for who gets the goods."""
    order, gettext = deal.order, gettext_of(request)
    (card,) = await order_cards(request, [order])
    receives, pays = by.id == order.beneficiary, by.id == order.payer
    address = await delivery(request, order) if receives else None
    return {
        "card": card,
        "id": card["id"],
        "order": order,
        "gift": deal.gift,
        "pays": pays,
        "receives": receives,
        "address": address,
        "parcels": [parcel_for(row, order, gettext) for row in deal.parcels],
        "claims": deal.claims if receives else [],
        "claimable": receives and order.state in ("to_ship", "partly_shipped", "shipped", "received"),
        "refunds": deal.refunds if pays else [],
        "started": any(leg.state == "unknown" for leg in deal.legs),
        "money": [
            {"label": gettext("Goods"), "amount_minor": order.goods_minor},
            {"label": gettext("Freight"), "amount_minor": order.freight_minor},
        ],
        "carriers": carriers(gettext),
        "back_ms": order.ahead_ms,
        "demo": engine_of(request).demo,
    }


async def delivery(request: Request, order: Order) -> Any:
    """Where an order goes, for who gets it."""
    found = await under(database_of(request), Address, (order.beneficiary, order.address)) if order.address else []
    return entry_of(found[0], language_of(request)) if found else None


def parcel_for(row: Any, order: Order, gettext: Any) -> dict[str, Any]:
    """A parcel for the component. Who has received everything is not told that it is on the way."""
    events = [{"title": gettext("Sent"), "at_ms": row.shipped_ms}]
    if row.delivered_ms:
        events.insert(0, {"title": gettext("Delivered"), "at_ms": row.delivered_ms})
    word = ORDER["received"] if order.state in ("received", "settled") else PARCEL[row.state]
    return {
        "carrier": carrier_name(row.carrier, gettext),
        "number": row.number,
        "status": gettext(word.label),
        "status_kind": word.kind,
        "events": events,
    }


async def cancel(request: Request) -> Response:
    """Give up an order that is not paid."""
    return await _act(request, CancelOrder)


async def confirm(request: Request) -> Response:
    """The goods have arrived."""
    return await _act(request, ConfirmReceipt)


async def _act(request: Request, command: type) -> Response:
    me(request)
    form, (shop, number) = await fields(request), owned(request)
    await send(request, command(shop, number), form)
    return see_other(request, f"/orders/{request.path_params['id']}")


routes = [
    Route("/orders", show_all),
    Route("/orders/{id}", show),
    Route("/orders/{id}/cancel", cancel, methods=["POST"]),
    Route("/orders/{id}/confirm", confirm, methods=["POST"]),
]
