"""Gifts: wrapped by the giver, opened by whoever holds the link, accepted with an address that the giver never sees."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.engine.checkout import flat
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.ids import derived_id, public_id, read_id
from jishi.kernel.orders import Order
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refused import Refused, require
from jishi.modes.gift import AcceptGift, DeclineGift, WrapGift
from jishi.store.queries import page_goods
from jishi.store.queries.for_whom import comes_to
from jishi.store.queries.gifts import OpenedGift, OpenGift, ShowGift
from jishi.web.addresses import entries_of
from jishi.web.asking import (
    command_id,
    database_of,
    engine_of,
    fields,
    language_of,
    me,
    missing,
    number_in,
    owned,
    put,
    send,
)
from jishi.web.goods import sku_of
from jishi.web.links import link
from jishi.web.market import picture_url
from jishi.web.orders import mine, order_cards
from jishi.web.payment import begin
from jishi.web.refusals import saying_of
from jishi.web.rendering import page, see_other
from jishi.web.visitor import name_of

COVERS = ("jade", "plum", "dusk", "paper")
NOTE_MOST = 100


async def wrap(request: Request) -> Response:
    """Choose cover and note, see what it costs, and pay."""
    query = request.query_params
    return await _wrap_page(request, me(request), query.get("sku", ""), max(1, number_in(query, "quantity", 1)))


async def _wrap_page(
    request: Request,
    by: Principal,
    text: str,
    quantity: int,
    form: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Response:
    sku, product = await sku_of(request, text)
    database, language = database_of(request), language_of(request)
    offer = await page_goods.offer_of(database, product.owner, product.id, language)
    names = await page_goods.shop_names(database, [product.owner], language)
    quoted, why = await quote(request, by, PlaceOrder(sku.owner, (LineAsk(sku.id, quantity, sku.price_minor),), "gift"))
    why = refused or why
    context = {
        "sku": text,
        "quantity": quantity,
        "price_minor": sku.price_minor,
        "line": {
            "title": offer.text.title,
            "option": page_goods.option_of(offer.text, sku.options),
            "quantity": quantity,
            "price_minor": sku.price_minor,
            "picture": picture_url(request, offer.pictures[0].thumb) if offer.pictures else "",
        },
        "shop": names.get(product.owner, ""),
        "quoted": quoted,
        "currency": sku.currency,
        "why": saying_of(why.code, language) if why else None,
        "form": form or {},
        "claim_ms": engine_of(request).world.rulebook.at(engine_of(request).world.clock.now_ms()).gift_claim_ms,
        "covers": COVERS,
        "back": f"/goods/{public_id(product.owner, product.id)}",
    }
    return page(request, "buyer/wrap.html", context, status=409 if refused else 200)


async def quote(request: Request, by: Principal, command: Command) -> tuple[dict | None, Refused | None]:
    """What the gift costs now, by a dry run of the very command; or why it cannot be given."""
    try:
        (answer,) = await engine_of(request).bundle([(command, by, engine_of(request).fresh_id())], dry=True)
    except Refused as refused:
        return None, next(flat(refused))
    return answer.told, None


async def give(request: Request) -> Response:
    """Place and wrap it in one go, then pay."""
    by, form = me(request), await fields(request)
    sku, _ = await sku_of(request, form.get("sku", ""))
    quantity, price = max(1, number_in(form, "quantity", 1)), number_in(form, "price_minor")
    cover, note = form.get("cover", ""), form.get("note", "")[:NOTE_MOST]
    require(cover in COVERS and price, "input_malformed")
    id = command_id(request, form)
    order = derived_id("gift", by.label, id)
    placed = PlaceOrder(sku.owner, (LineAsk(sku.id, quantity, price),), "gift", order=order)
    try:
        await engine_of(request).bundle([(placed, by, id), (WrapGift(sku.owner, order, cover, note), by, f"{id}.wrap")])
    except Refused as refused:
        return await _wrap_page(request, by, form["sku"], quantity, form, next(flat(refused)))
    return see_other(request, await begin(request, by, f"/pay/orders/{public_id(sku.owner, order)}", id))


async def show_given(request: Request) -> Response:
    """A gift I gave: its state, and the link to send while it waits."""
    _, order = await mine(request)
    given = await put(request, ShowGift(shop=order.owner, order=order.id))
    link = f"{request.app.state.own_url}/gift/{request.path_params['id']}/{given.proof}" if given.proof else ""
    (card,) = await order_cards(request, [order])
    due = given.expires_ms - order.ahead_ms if given.expires_ms else 0
    return page(request, "buyer/given.html", {"given": given, "link": link, "card": card, "due_ms": due})


async def show_all(request: Request) -> Response:
    """Gifts I gave, and gifts I got."""
    by, database = me(request), database_of(request)
    got = request.query_params.get("tab") == "got"
    mine = comes_to(":me") if got else "payer = :me"
    where = f"WHERE {mine} AND mode = 'gift' ORDER BY placed_ms DESC, id DESC LIMIT 60"
    orders = await database.read(Order, where, me=by.id)
    return page(request, "buyer/gifts.html", {"orders": await order_cards(request, orders), "got": got})


# -- the recipient's side ---------------------------------------------------------------------------


async def opened_of(request: Request) -> OpenedGift:
    """The gift behind a claim link; no sign-in is needed to look."""
    shop, order = owned(request)
    return await put(
        request, OpenGift(shop=shop, order=order, proof=request.path_params["proof"], language=language_of(request))
    )


async def look(request: Request) -> Response:
    """The closed cover; with ?open=1 what lies inside."""
    gift = await opened_of(request)
    if request.query_params.get("open") != "1" and gift.state == "offered":
        return page(request, "buyer/closed.html", {"gift": gift, "giver": await giver_of(request, gift)})
    return await _inside(request, gift)


async def giver_of(request: Request, gift: OpenedGift) -> str:
    """What the giver is called."""
    rows = await database_of(request).read(
        Order, "WHERE owner = :shop AND id = :order", shop=gift.shop, order=gift.order
    )
    return await name_of(database_of(request), rows[0].payer, language_of(request))


async def _inside(request: Request, gift: OpenedGift, why: Any = None) -> Response:
    party = request.state.party
    entries = await entries_of(request, Principal("party", party)) if party else []
    rows = await database_of(request).read(
        Order, "WHERE owner = :shop AND id = :order", shop=gift.shop, order=gift.order
    )
    here = f"/gift/{request.path_params['id']}/{request.path_params['proof']}"
    kinds = [
        (
            public_id(gift.shop, kind.sku),
            " · ".join(axis.values[place] for axis, place in zip(gift.axes, kind.options, strict=False)),
            kind.left,
        )
        for kind in gift.kinds
    ]
    context = {
        "gift": gift,
        "giver": await giver_of(request, gift),
        "entries": entries,
        "here": here,
        "kinds": kinds,
        "chosen": public_id(gift.shop, gift.sku),
        "due_ms": gift.expires_ms - rows[0].ahead_ms,
        "own": rows[0].payer == party,
        "recipient": rows[0].beneficiary == party and party != 0,
        "why": why,
        "sign_in": link("/sign-in", next=f"{here}?open=1"),
        "id": request.path_params["id"],
        "add_address": link("/me/addresses", next=f"{here}?open=1"),
    }
    return page(request, "buyer/opened.html", context, status=409 if why else 200)


async def take(request: Request) -> Response:
    """Accept with an address, perhaps as another option; or decline politely."""
    by, form = me(request), await fields(request)
    gift, proof = await opened_of(request), request.path_params["proof"]
    try:
        await send(request, await _answer(request, by, gift, form), form)
    except Refused as refused:
        return await _inside(request, await opened_of(request), saying_of(refused.code, language_of(request)))
    if form.get("action") == "decline":
        return see_other(request, f"/gift/{request.path_params['id']}/{proof}?open=1")
    return see_other(request, f"/orders/{request.path_params['id']}")


async def _answer(request: Request, by: Principal, gift: OpenedGift, form: dict[str, str]) -> Command:
    proof = request.path_params["proof"]
    if form.get("action") == "decline":
        return DeclineGift(gift.shop, gift.order, proof)
    entry = next((entry for entry in await entries_of(request, by) if entry.id == form.get("address")), None)
    require(entry, "address_missing")
    shop, sku = _sku(form.get("sku", "")) if form.get("sku") else (gift.shop, gift.sku)
    require(shop == gift.shop, "swap_unknown")
    return AcceptGift(gift.shop, gift.order, proof, entry.number, None if sku == gift.sku else sku)


def _sku(text: str) -> tuple[int, int]:
    try:
        return read_id(text)
    except Refused:
        missing()


routes = [
    Route("/gifts", show_all),
    Route("/gifts/new", wrap),
    Route("/gifts/new", give, methods=["POST"]),
    Route("/gifts/{id}", show_given),
    Route("/gift/{id}/{proof}", look),
    Route("/gift/{id}/{proof}", take, methods=["POST"]),
]
