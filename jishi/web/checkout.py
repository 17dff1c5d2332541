"""Checkout: address, freight and sum as the server quotes them, differences to accept, and one order per shop."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.engine.checkout import Basket, Placed, Wish, flat, place_checkout
from jishi.kernel.cart import CartLine, SetCart
from jishi.kernel.catalog import Product
from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id, read_id
from jishi.kernel.refused import Refused, require
from jishi.kernel.stock import Sku
from jishi.store.queries import page_goods
from jishi.store.query import under
from jishi.web.addresses import Entry, entries_of
from jishi.web.asking import (
    SignInNeeded,
    command_id,
    database_of,
    engine_of,
    fields,
    language_of,
    me,
    missing,
    number_in,
    send,
)
from jishi.web.goods import sku_of
from jishi.web.market import picture_url
from jishi.web.payment import begin
from jishi.web.refusals import saying_of
from jishi.web.rendering import page, see_other

SHOWN_MOST = 50


class Quote(NamedTuple):
    """What the server says it costs now: the orders' answers, or every difference from what was shown."""

    orders: list[dict]
    differences: list[Refused]


async def show(request: Request) -> Response:
    """What is to be ordered: one SKU of the address, or the cart."""
    by = me(request)
    return await review(request, by, await wishes_of(request, by), request.query_params.get("address", ""))


async def wishes_of(request: Request, by: Principal) -> list[Wish]:
    """One SKU bought at once, or the cart's lines that can be bought."""
    text = request.query_params.get("sku", "")
    if text:
        sku, _ = await sku_of(request, text)
        return [Wish(sku.owner, sku.id, max(1, number_in(request.query_params, "quantity", 1)), sku.price_minor)]
    lines = await database_of(request).read(CartLine, "WHERE owner = :me ORDER BY shop, sku", me=by.id)
    goods = await goods_of(request, {(line.shop, line.sku) for line in lines})
    return [
        Wish(line.shop, line.sku, line.quantity, goods[line.shop, line.sku][0].price_minor)
        for line in lines[:SHOWN_MOST]
        if (line.shop, line.sku) in goods and can_buy(*goods[line.shop, line.sku])
    ]


def can_buy(sku: Sku, product: Product) -> bool:
    """Whether a SKU is on sale with anything left."""
    return sku.state == "on" and product.state == "listed" and sku.free > 0


async def goods_of(request: Request, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], tuple[Sku, Product]]:
    """(shop, SKU) -> the SKU and its product."""
    database, found = database_of(request), {}
    for shop, number in sorted(wanted):
        for sku in await under(database, Sku, (shop, number)):
            found[shop, number] = sku, (await under(database, Product, (shop, sku.product)))[0]
    return found


async def review(
    request: Request,
    by: Principal,
    wishes: list[Wish],
    address: str,
    status: int = 200,
    differ: tuple[Refused, ...] = (),
) -> Response:
    """The checkout page, with what differs from before on top."""
    if not wishes:
        return see_other(request, "/cart")
    entries = await entries_of(request, by)
    entry = next((entry for entry in entries if entry.id == address), entries[0] if entries else None)
    quoted = await quote(request, by, wishes, entry) if entry else Quote([], [])
    lines = await lines_for(request, wishes)
    context = {
        "groups": lines,
        "entries": entries,
        "chosen": entry.id if entry else "",
        "orders": quoted.orders,
        "goods_minor": sum(order["goods_minor"] for order in quoted.orders),
        "freight_minor": sum(order["freight_minor"] for order in quoted.orders),
        "total_minor": sum(order["total_minor"] for order in quoted.orders),
        "differences": [*said(request, differ, wishes), *said(request, quoted.differences, wishes)],
        "can_place": bool(quoted.orders),
        "lines": ",".join(f"{public_id(w.shop, w.sku)}:{w.quantity}:{w.price_minor}" for w in wishes),
        "query": urlencode(
            [(name, value) for name, value in request.query_params.items() if name in ("sku", "quantity")]
        ),
        "from_cart": "" if request.query_params.get("sku") else "1",
    }
    return page(request, "buyer/checkout.html", context, status=status)


async def quote(request: Request, by: Principal, wishes: list[Wish], entry: Entry) -> Quote:
    """A dry run of the very command that places the order."""
    basket = Basket(tuple(wishes), entry.number)
    try:
        placed = await place_checkout(engine_of(request), by, engine_of(request).fresh_id(), basket, dry=True)
    except Refused as refused:
        return Quote([], list(flat(refused)))
    return Quote([answer.told for answer in placed.orders], [])


def said(request: Request, differences: Any, wishes: list[Wish]) -> list[dict]:
    """Differences in words; `what` anchors the line."""
    shown = []
    for refused in differences:
        saying = saying_of(refused.code, language_of(request))
        facts = refused.facts
        shown.append(
            {
                "text": saying.title,
                "next": saying.next_step,
                "price_minor": facts.get("price_minor"),
                "left": facts.get("left"),
            }
        )
    return shown


async def lines_for(request: Request, wishes: list[Wish]) -> list[dict]:
    """The lines by shop, for the eye."""
    database, language = database_of(request), language_of(request)
    goods = await goods_of(request, {(wish.shop, wish.sku) for wish in wishes})
    shops = await page_goods.shop_names(database, {wish.shop for wish in wishes}, language)
    texts = await page_goods.texts_of(database, {(p.owner, p.id, p.texts) for _, p in goods.values()}, language)
    thumbs = await page_goods.thumbs_of(database, {(p.owner, p.id) for _, p in goods.values()})
    groups: dict[int, list[dict]] = {}
    for wish in wishes:
        sku, product = goods[wish.shop, wish.sku]
        text = texts[product.owner, product.id, product.texts]
        groups.setdefault(wish.shop, []).append(
            {
                "title": text.title,
                "option": page_goods.option_of(text, sku.options),
                "quantity": wish.quantity,
                "price_minor": wish.price_minor,
                "picture": picture_url(request, thumbs.get((product.owner, product.id), "")),
            }
        )
    return [{"shop": shops.get(shop, ""), "lines": lines} for shop, lines in groups.items()]


def read_lines(text: str) -> list[Wish]:
    """The hidden field of the page: SKU, quantity and price as they were shown."""
    wishes = []
    for part in text.split(",")[:SHOWN_MOST]:
        pieces = part.split(":")
        if len(pieces) != 3 or not all(piece.isdecimal() and len(piece) < 16 for piece in pieces[1:]):
            missing()
        try:
            wishes.append(Wish(*read_id(pieces[0]), int(pieces[1]), int(pieces[2])))
        except Refused:
            missing()
    return wishes


async def place(request: Request) -> Response:
    """Order. What differs from what was shown comes back as a page with the new sums, to accept or not."""
    form = await fields(request)
    if not request.state.party:
        raise SignInNeeded(here(request, form))
    by = me(request)
    wishes, engine = read_lines(form.get("lines", "")), engine_of(request)
    entries = await entries_of(request, by)
    entry = next((entry for entry in entries if entry.id == form.get("address")), None)
    require(entry, "address_missing")
    require(all(wish.quantity and wish.price_minor for wish in wishes), "goods_gone")
    try:
        placed = await place_checkout(engine, by, command_id(request, form), Basket(tuple(wishes), entry.number))
    except Refused as refused:
        now = await wishes_now(request, wishes)
        return await review(request, by, now, entry.id, 409, tuple(flat(refused)))
    if form.get("from_cart"):
        await empty_cart(request, by, wishes, form)
    return see_other(request, await begin(request, by, address_of(placed, by)))


def here(request: Request, form: dict[str, str]) -> str:
    """This checkout, with the address that was chosen: who must sign in again in its middle comes back to it."""
    told = [(name, value) for name, value in request.query_params.items() if name in ("sku", "quantity")]
    told += [("address", form["address"])] if form.get("address") else []
    return f"/checkout?{urlencode(told)}" if told else ""


async def wishes_now(request: Request, wishes: list[Wish]) -> list[Wish]:
    """The same wishes at today's prices, no more than there is; what is gone is left out."""
    goods = await goods_of(request, {(wish.shop, wish.sku) for wish in wishes})
    return [
        wish._replace(
            price_minor=goods[wish.shop, wish.sku][0].price_minor,
            quantity=min(wish.quantity, goods[wish.shop, wish.sku][0].free),
        )
        for wish in wishes
        if (wish.shop, wish.sku) in goods and can_buy(*goods[wish.shop, wish.sku])
    ]


def address_of(placed: Placed, by: Principal) -> str:
    """The address of the payment page: of the checkout, or of its only order."""
    if placed.checkout:
        return f"/pay/checkouts/{public_id(by.party, placed.checkout)}"
    return f"/pay/orders/{placed.orders[0].told['order']}"


async def empty_cart(request: Request, by: Principal, wishes: list[Wish], form: dict[str, str]) -> None:
    """What was ordered leaves the cart; a line that has gone meanwhile is no fault."""
    for n, wish in enumerate(wishes, 1):
        try:
            await send(request, SetCart(by.id, wish.shop, wish.sku, 0), form, n=n)
        except Refused:
            continue


routes = [Route("/checkout", show), Route("/checkout", place, methods=["POST"])]
