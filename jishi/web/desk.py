"""The shop's desk: what is to be shipped, orders, and claims by deadline."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.aftersale import Claim
from jishi.kernel.claims import AnswerClaim, ReceiveReturn
from jishi.kernel.closing import CancelOversold
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Order
from jishi.kernel.parcels import Packed, ShipParcel, to_send
from jishi.kernel.refused import require
from jishi.kernel.review import ReviewNote, ShopReview
from jishi.kernel.shops import Shop
from jishi.store.queries import desk_counts, page_deals, page_goods
from jishi.store.queries.deal_rows import deal_of, order_of
from jishi.store.queries.in_states import in_states
from jishi.store.queries.roles import shop_sees
from jishi.store.query import number_of, under
from jishi.web.asking import database_of, fields, language_of, me, missing, now_of, number_in, owned, owner_in, send
from jishi.web.chat_names import names_of
from jishi.web.links import link
from jishi.web.order_search import found, words_in
from jishi.web.orders import delivery, lines_for, order_cards, parcel_for
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import CARRIERS, REJECT_REASONS, carriers
from jishi.web.words import ORDER as ORDER_WORDS

AT_ONCE = 30
TO_SHIP = ("to_ship", "partly_shipped")
SEEN = (*TO_SHIP, "shipped", "received", "settled", "refunded", "closed")
FILTERS = {"to_ship": TO_SHIP}
SOON_MS = 12 * 3_600_000  # our default
WAITING = ("requested", "returning")


def shop_of(request: Request, duty: str) -> int:
    """The shop of the address, for its staff with this duty."""
    me(request)
    shop = owner_in(request)
    held = request.state.visitor.duties.get(shop, ())
    if duty not in held and not (duty == "any" and held):
        raise HTTPException(403)
    return shop


async def desk_context(request: Request, shop: int) -> dict[str, Any]:
    """What every page of a shop's desk is told."""
    names = await page_goods.shop_names(database_of(request), [shop], language_of(request))
    return {"desk": "merchant", "desk_base": f"/desk/{public_owner(shop)}", "shop_name": names.get(shop, "")}


async def choose(request: Request) -> Response:
    """The desks I may sit at."""
    me(request)
    shops = request.state.visitor.shops
    if len(shops) == 1:
        return see_other(request, f"/desk/{public_owner(shops[0])}")
    names = await page_goods.shop_names(database_of(request), shops, language_of(request))
    return page(
        request, "merchant/choose.html", {"shops": [(public_owner(shop), names.get(shop, "")) for shop in shops]}
    )


async def show(request: Request) -> Response:
    """Orders to ship, the one with the nearest deadline first."""
    shop, (by_ms, _, number) = shop_of(request, "orders"), request.query_params.get("after", "0.0").partition(".")
    rows = await database_of(request).read(
        Order,
        f"WHERE owner = :shop AND {in_states(TO_SHIP)} AND (ship_by_ms, id) > (:by_ms, :number)"
        " ORDER BY ship_by_ms, id LIMIT :most",
        shop=shop, states=list(TO_SHIP), by_ms=number_of(by_ms), number=number_of(number), most=AT_ONCE + 1,
    )  # fmt: skip
    base, last = f"/desk/{public_owner(shop)}", rows[AT_ONCE - 1] if len(rows) > AT_ONCE else None
    context = {
        "orders": await order_cards(request, rows[:AT_ONCE], f"{base}/orders"),
        "more": f"{base}?after={last.ship_by_ms}.{last.id}" if last else "",
        "shipping": True,
        "todo": await todo(request, shop),
        "door": await door(request, shop),
    }
    return page(request, "merchant/orders.html", context | await desk_context(request, shop))


async def todo(request: Request, shop: int) -> list[dict[str, Any]]:
    """What waits for somebody here; each number leads to its rows."""
    gettext, base, database = gettext_of(request), f"/desk/{public_owner(shop)}", database_of(request)
    counts, goods = await desk_counts.orders_by_state(database, shop), await desk_counts.goods_by_state(database, shop)
    waits = await desk_counts.to_do(database, shop, now_of(request), SOON_MS)
    held = request.state.visitor.duties.get(shop, ())
    tiles = [
        ("orders", gettext("To ship"), sum(counts.get(state, 0) for state in TO_SHIP), "/orders?state=to_ship"),
        ("orders", gettext("Within 12 hours or late"), waits["soon"], "/orders?state=to_ship"),
        ("aftersale", gettext("Claims to answer"), waits["claims"], "/claims"),
        ("goods", gettext("In review"), goods.get("in_review", 0), "/goods?state=in_review"),
        ("goods", gettext("Sent back by the platform"), goods.get("rejected", 0), "/goods?state=rejected"),
        ("goods", gettext("On sale, but sold out"), waits["sold_out"], "/goods?state=listed"),
    ]
    return [
        {"label": label, "value": value, "href": base + href, "note": gettext("%(n)s late", n=waits["late"])}
        if n == 0 and waits["late"]
        else {"label": label, "value": value, "href": base + href}
        for n, (duty, label, value, href) in enumerate(tiles)
        if duty in held
    ]


async def door(request: Request, shop: int) -> dict[str, Any] | None:
    """Why the shop cannot sell yet; None when it can."""
    (row,) = await under(database_of(request), Shop, (shop,))
    if row.state not in ("in_review", "rejected"):
        return None
    reviews = await under(database_of(request), ShopReview, (shop,))
    notes = await under(database_of(request), ReviewNote, (shop, 0))
    return {"state": row.state, "reason": reviews[0].reason, "note": notes[0].note if notes else ""}


async def show_orders(request: Request) -> Response:
    """Every order the shop may see, newest first."""
    shop, query = shop_of(request, "orders"), request.query_params
    state, gettext = query.get("state", ""), gettext_of(request)
    if state not in ("", *SEEN):
        missing()
    counts, words = await desk_counts.orders_by_state(database_of(request), shop), words_in(request)
    states = list(FILTERS.get(state, (state,)) if state else SEEN)
    hits = await found(
        request, f"owner = :shop AND {in_states(states)} AND (state <> 'closed' OR ship_by_ms > 0)", AT_ONCE,
        partial(_buyers, request), shop=shop, states=states,
    )  # fmt: skip
    base = f"/desk/{public_owner(shop)}/orders"
    tabs = [{"href": link(base, q=words), "label": gettext("All")}] + [
        {"href": link(base, state=name, q=words), "label": gettext(ORDER_WORDS[name].label)}
        | ({} if words else {"count": count})
        for name in SEEN
        if name != "partly_shipped" and (count := sum(counts.get(one, 0) for one in FILTERS.get(name, (name,))))
    ]
    cards = await order_cards(request, hits.orders, base)
    for card, order in zip(cards, hits.orders, strict=True):
        card["buyer"] = hits.names.get((order.owner, order.id), "")
    context = {
        "orders": cards, "more": link(base, state=state, q=words, after=hits.more) if hits.more else "",
        "shipping": False, "tabs": tabs, "current": link(base, state=state, q=words), "state": state, "search": words,
        "partly": hits.partly,
    }  # fmt: skip
    return page(request, "merchant/orders.html", context | await desk_context(request, shop))


async def _buyers(request: Request, orders: list[Order]) -> dict[tuple[int, int], str]:
    """(shop, order) -> how whom the shop talks with about it is called: who receives it, or pays it."""
    names = await names_of(request, {row.beneficiary or row.payer for row in orders})
    return {(row.owner, row.id): names[row.beneficiary or row.payer] for row in orders}


async def order_in(request: Request, shop: int) -> Order:
    """An order of this shop that its staff may see."""
    owner, number = owned(request)
    order = await order_of(database_of(request), owner, number) if owner == shop else None
    if not shop_sees(order):
        missing()
    return order


async def show_order(request: Request) -> Response:
    """One order: where to, what is still to be sent, parcels, claims."""
    shop = shop_of(request, "orders")
    order = await order_in(request, shop)
    database, gettext = database_of(request), gettext_of(request)
    deal = await deal_of(database, order)
    names = await page_goods.names_of(database, deal.lines, language_of(request))
    lines = lines_for(request, deal.lines, names)
    left = {line.n: to_send(line) for line in deal.lines} if order.state in TO_SHIP else {}
    (card,) = await order_cards(request, [order])
    context = {
        "order": order, "card": card, "id": card["id"], "lines": lines, "left": left,
        "address": await delivery(request, order), "parcels": [parcel_for(row, order, gettext) for row in deal.parcels],
        "claims": deal.claims, "back_ms": order.ahead_ms, "carriers": carriers(gettext),
        "reasons": list(REJECT_REASONS.items()),
    }  # fmt: skip
    return page(request, "merchant/order.html", context | await desk_context(request, shop))


async def ship(request: Request) -> Response:
    """Send a parcel with the pieces named; the rest may follow in another one."""
    shop = shop_of(request, "orders")
    order, form = await order_in(request, shop), await fields(request)
    number, carrier = form.get("number", "").replace(" ", ""), form.get("carrier", "")
    require(carrier in CARRIERS and number.isascii() and number.isalnum() and len(number) <= 40, "input_malformed")
    packed = tuple(
        Packed(int(name.removeprefix("line_")), number_in(form, name))
        for name in sorted(form)
        if name.startswith("line_") and name[5:].isdecimal() and number_in(form, name)
    )
    require(packed, "nothing_to_ship")
    await send(request, ShipParcel(shop, order.id, carrier, number, packed), form)
    return see_other(request, f"/desk/{public_owner(shop)}/orders/{request.path_params['id']}")


async def cancel(request: Request) -> Response:
    """The goods were sold elsewhere: all of the money goes back."""
    shop = shop_of(request, "orders")
    order, form = await order_in(request, shop), await fields(request)
    await send(request, CancelOversold(shop, order.id), form)
    return see_other(request, f"/desk/{public_owner(shop)}/orders/{request.path_params['id']}")


async def show_claims(request: Request) -> Response:
    """Claims that wait for the shop, by deadline; then those that wait for someone else."""
    shop = shop_of(request, "aftersale")
    database = database_of(request)
    rows = await database.read(
        Claim, "WHERE owner = :shop AND state IN (:states*) ORDER BY due_ms, opened_ms LIMIT 100",
        shop=shop, states=[*WAITING, "awaiting_return", "rejected", "judging", "refunding"],
    )  # fmt: skip
    orders = {
        row.id: row for number in {claim.order for claim in rows} if (row := await order_of(database, shop, number))
    }
    lines = await page_deals.lines_of(database, list(orders.values()))
    names = await page_goods.names_of(
        database, [line for found in lines.values() for line in found], language_of(request)
    )
    shown = [
        {
            "claim": row, "id": public_id(shop, row.order), "title": names[shop, row.order, row.line].title,
            "due_ms": row.due_ms - orders[row.order].ahead_ms if row.due_ms else 0, "ours": row.state in WAITING,
            "currency": orders[row.order].currency,
        }
        for row in sorted(rows, key=lambda row: (row.state not in WAITING, row.due_ms))
    ]  # fmt: skip
    context = {"claims": shown, "reasons": list(REJECT_REASONS.items())}
    return page(request, "merchant/claims.html", context | await desk_context(request, shop))


async def answer(request: Request) -> Response:
    """Agree, refuse with a reason, or say that the goods are back."""
    shop = shop_of(request, "aftersale")
    (owner, number), form = owned(request), await fields(request)
    action, reason, claim = form.get("action"), form.get("reason", "unspecified"), request.path_params["claim"]
    require(owner == shop and action in ("agree", "refuse", "received") and reason in REJECT_REASONS, "input_malformed")
    if action == "received":
        command = ReceiveReturn(shop, number, claim, number_in(form, "restock"))
    else:
        command = AnswerClaim(shop, number, claim, int(action == "agree"), reason)
    await send(request, command, form)
    return see_other(request, f"/desk/{public_owner(shop)}/claims")


routes = [
    Route("/desk", choose),
    Route("/desk/{shop}", show),
    Route("/desk/{shop}/orders", show_orders),
    Route("/desk/{shop}/orders/{id}", show_order),
    Route("/desk/{shop}/orders/{id}/ship", ship, methods=["POST"]),
    Route("/desk/{shop}/orders/{id}/cancel", cancel, methods=["POST"]),
    Route("/desk/{shop}/claims", show_claims),
    Route("/desk/{shop}/claims/{id}/{claim:int}", answer, methods=["POST"]),
]
