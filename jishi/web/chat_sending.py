"""Carrying goods into conversations: "send to a friend" on other pages, and what the plus of a room offers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id, public_owner, read_owner
from jishi.kernel.orders import Order
from jishi.kernel.refused import Refused
from jishi.kernel.stock import Sku
from jishi.modes.gift import AcceptGift, DeclineGift, Gift, link_parts
from jishi.scenes.messages import Message
from jishi.store.queries import page_goods
from jishi.store.queries.for_whom import concerns
from jishi.store.query import under
from jishi.web.addresses import entries_of
from jishi.web.asking import (
    command_id,
    database_of,
    engine_of,
    fields,
    language_of,
    me,
    missing,
    owner_in,
    send,
)
from jishi.web.chat_names import names_of
from jishi.web.chat_view import Looker, room_shown
from jishi.web.chats import BUYER, card_in, looker_of
from jishi.web.friends import friends_of
from jishi.web.goods import card_of
from jishi.web.links import link
from jishi.web.orders import order_cards
from jishi.web.refusals import saying_of
from jishi.web.rendering import page, see_other, wants_block
from jishi.web.saying import gettext_of
from jishi.web.words import CARD_KIND

GOODS_AT_ONCE, ORDERS_AT_ONCE = 12, 30


# -- send to a friend -------------------------------------------------------------------------------


async def choose(request: Request) -> Response:
    """Where to: conversations I have, then friends I have not talked with."""
    by, query = me(request), dict(request.query_params)
    card_in(query)
    social = request.app.state.social
    rooms = await social.conversations(by)
    names = await names_of(request, [room.other for room in rooms if room.other])
    met = {room.other for room in rooms}
    friends = [one for one in await friends_of(request, by.id) if one["number"] not in met]
    context = {
        "kind": query["kind"], "of": query["of"], "back": "/goods" if query["kind"] == "product" else "/orders",
        "rooms": [
            {"id": public_owner(room.room), "name": room.title or names.get(room.other, ""), "kind": room.kind}
            for room in rooms
        ],
        "friends": friends,
    }  # fmt: skip
    return page(request, "chat/send.html", context)


async def carry(request: Request) -> Response:
    """Send it there, and go there."""
    by, form, social = me(request), await fields(request), request.app.state.social
    to, card = form.get("to", ""), card_in(form)
    try:
        owner = read_owner(to)
    except Refused:
        missing()
    room = await social.conversation_with(by, owner) if form.get("who") == "friend" else owner
    await social.post_card(by, room, card, command_id(request, form))
    return see_other(request, f"/chats/{public_owner(room)}#end")


# -- the plus of a room -----------------------------------------------------------------------------


async def add(request: Request) -> Response:
    """What I can put into this room: goods on sale, gifts of mine that wait, orders."""
    looker = looker_of(request)
    return await add_page(request, looker, {"layout": BUYER})


async def add_page(request: Request, looker: Looker, context: dict[str, Any]) -> Response:
    """The same for a buyer and at a desk, where the orders are those of the buyer in this shop."""
    kind, shown = request.query_params.get("kind", "product"), await room_shown(request, owner_in(request, "room"))
    kinds = {"direct": ("product", "gift", "order"), "group": ("product", "gift"), "service": ("product", "order")}
    allowed = kinds[shown.kind]
    if kind not in allowed:
        missing()
    search = request.query_params.get("q", "").strip()[:60]
    whose = shown.guest if looker.staff else looker.party
    items = await (goods(request, search, shown.shop) if kind == "product" else deals(request, kind, shown.shop, whose))
    context |= {
        "base": looker.base, "back": looker.base, "kind": kind, "items": items, "search": search,
        "staff": looker.staff,
        "tabs": [
            {"href": f"{looker.base}/add?kind={one}", "label": gettext_of(request)(CARD_KIND[one])} for one in allowed
        ],
    }  # fmt: skip
    return page(request, "chat/add.html", context)


async def goods(request: Request, search: str, shop: int) -> list[dict[str, Any]]:
    """Goods on sale, by their cheapest SKU; with a shop only its own."""
    database, language = database_of(request), language_of(request)
    found = await page_goods.find_listed(database, page_goods.Wanted(search, shop=shop), 2**62, GOODS_AT_ONCE)
    if not found:
        return []
    shops = await page_goods.shop_names(database, {row.owner for row in found}, language)
    cheapest = await cheapest_of(database, found)
    return [
        card_of(request, card, shops) | {"of": public_id(card.product.owner, sku.id)}
        for card in await page_goods.cards(database, found, language)
        if (sku := cheapest.get((card.product.owner, card.product.id)))
    ]


async def cheapest_of(database: Any, products: list[Any]) -> dict[tuple[int, int], Sku]:
    """Product -> the SKU whose price its cards show."""
    owners, ids = sorted({row.owner for row in products}), sorted({row.id for row in products})
    rows = await database.read(
        Sku, "WHERE owner IN (:owners*) AND product IN (:ids*) AND state = 'on'", owners=owners, ids=ids
    )
    found: dict[tuple[int, int], Sku] = {}
    for row in sorted(rows, key=lambda row: (row.price_minor, row.id)):
        found.setdefault((row.owner, row.product), row)
    return found


async def deals(request: Request, kind: str, shop: int, whose: int) -> list[dict[str, Any]]:
    """Somebody's gifts that wait to be accepted, or his orders; with a shop only those there."""
    database = database_of(request)
    where = "payer = :me AND mode = 'gift' AND state = 'paid'" if kind == "gift" else concerns(":me")
    if shop:
        where = f"({where}) AND owner = :shop AND (state = 'placed' OR ship_by_ms > 0)"
    tail = f"WHERE ({where}) ORDER BY placed_ms DESC, id DESC LIMIT {ORDERS_AT_ONCE}"
    rows = await database.read(Order, tail, me=whose, **({"shop": shop} if shop else {}))
    cards = await order_cards(request, rows)
    return [card | {"of": card["id"]} for card in cards]


# -- a gift, taken where it was sent ----------------------------------------------------------------


async def gift_in(request: Request) -> tuple[Message, Gift, Order]:
    """The gift of a card of this room, for who is in it and did not give it."""
    by, room = me(request), owner_in(request, "room")
    await room_shown(request, room)
    sql = "SELECT joined_n FROM members WHERE owner = :room AND party = :me AND left_ms = 0"
    seat = await database_of(request).fetch(sql, room=room, me=by.id)
    rows = await under(database_of(request), Message, (room, request.path_params["n"]))
    if not rows or not seat or rows[0].kind != "gift" or rows[0].n <= seat[0].joined_n or rows[0].author == by.id:
        missing()
    row = rows[0]
    (gift,) = await under(database_of(request), Gift, (row.shop, row.order))
    (order,) = await under(database_of(request), Order, (row.shop, row.order))
    return row, gift, order


async def open_gift(request: Request) -> Response:
    """Where to send it; with a script a sheet over the conversation, without one a page."""
    return await _gift_page(request, None)


async def _gift_page(request: Request, why: Any, status: int = 200) -> Response:
    row, gift, order = await gift_in(request)
    by, place, looker = me(request), public_id(row.shop, row.order), looker_of(request)
    here = f"{looker.base}/gifts/{row.n}"
    claim = f"/gift/{place}/{engine_of(request).world.seal(*link_parts(row.shop, row.order))}?open=1"
    context = {
        "gift": gift, "here": here, "back": looker.base, "why": why, "claim": claim, "id": place,
        "entries": await entries_of(request, by), "giver": (await names_of(request, [order.payer]))[order.payer],
        "due_ms": gift.expires_ms - order.ahead_ms, "recipient": order.beneficiary == by.id,
        "add_address": link("/me/addresses", next=here),
    }  # fmt: skip
    return page(request, "chat/gift.html", context, status=status)


async def answer_gift(request: Request) -> Response:
    """Accept it with an address, or say no, without leaving the conversation."""
    (row, _, _), by, form = await gift_in(request), me(request), await fields(request)
    proof = engine_of(request).world.seal(*link_parts(row.shop, row.order))
    try:
        if form.get("action") == "decline":
            await send(request, DeclineGift(row.shop, row.order, proof), form)
        else:
            entry = next((one for one in await entries_of(request, by) if one.id == form.get("address")), None)
            if entry is None:
                return await _gift_page(request, saying_of("address_missing", language_of(request)), 409)
            await send(request, AcceptGift(row.shop, row.order, proof, entry.number), form)
    except Refused as refused:
        return await _gift_page(request, saying_of(refused.code, language_of(request)), 409)
    if wants_block(request):
        return await _gift_page(request, None)  # the sheet says what came of it, and the stream redraws the card
    return see_other(request, f"{looker_of(request).base}#end")


routes = [
    Route("/send", choose),
    Route("/send", carry, methods=["POST"]),
    Route("/chats/{room}/add", add),
    Route("/chats/{room}/gifts/{n:int}", open_gift),
    Route("/chats/{room}/gifts/{n:int}", answer_gift, methods=["POST"]),
]
