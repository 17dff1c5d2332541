"""Goods as a buyer meets them: what is on sale, one product with its options, and where its buttons lead."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.cart import SetCart
from jishi.kernel.catalog import Product
from jishi.kernel.ids import public_id, public_owner, read_id, read_owner
from jishi.kernel.refused import Refused, require
from jishi.kernel.stock import Sku
from jishi.kernel.touch import RecordTouch
from jishi.store.queries import page_buyer, page_goods
from jishi.store.query import before, under
from jishi.web.asking import database_of, engine_of, fields, language_of, missing, number_in, owned
from jishi.web.browsing import act, acted, keep, shopper
from jishi.web.categories import below, category_names
from jishi.web.links import link
from jishi.web.market import picture_url
from jishi.web.rendering import page, see_other
from jishi.web.tour import looked

AT_ONCE = 24
SHOPS_AT_START = 6


async def show_all(request: Request) -> Response:
    """The start of the market: what is new, by category, and where I bought before; or what a text finds."""
    database, query, language = database_of(request), request.query_params, language_of(request)
    search, category = query.get("q", "").strip()[:60], query.get("category", "")
    if category and category not in category_names(language):
        missing()
    found, more = await listed(request, page_goods.Wanted(search, category), {"q": search, "category": category})
    context = {
        "products": found,
        "search": search,
        "category": category,
        "categories": category_links(language, category, await page_goods.listed_categories(database)),
        "shops": [] if search or category else await shops_bought_from(request, SHOPS_AT_START),
        "more": more,
    }
    return page(request, "buyer/goods.html", context)


async def listed(request: Request, wanted: page_goods.Wanted, told: dict[str, str]) -> tuple[list[dict], str]:
    """One page of cards, and the query of the next one; "" at the end. told: what the address says besides."""
    database, language = database_of(request), language_of(request)
    found = await page_goods.find_listed(database, wanted, before(request.query_params.get("after", "")), AT_ONCE + 1)
    shown = found[:AT_ONCE]
    shops = await page_goods.shop_names(database, {row.owner for row in shown}, language)
    cards = [card_of(request, card, shops) for card in await page_goods.cards(database, shown, language)]
    return cards, link("", **told, after=shown[-1].id) if len(found) > AT_ONCE else ""


def category_links(language: str, category: str, used: list[str]) -> list[dict]:
    """The way up, and the categories one level below; a category with none below it stands among its neighbours."""
    names, parent = category_names(language), category.rpartition(".")[0]
    codes = sorted(below(category, used) or below(parent, used), key=list(names).index)
    top = category if below(category, used) else parent
    up = [{"href": f"/goods?category={parent}" if parent else "/goods", "label": "", "now": False}] if category else []
    here = [{"href": f"/goods?category={top}", "label": names[top], "now": top == category}] if top else []
    links = [
        {"href": f"/goods?category={code}", "label": names.get(code, code), "now": code == category} for code in codes
    ]
    return up + here + links


async def shops_bought_from(request: Request, most: int) -> list[dict]:
    """The shops I bought from, for pages; nobody has none."""
    if not request.state.party:
        return []
    rows = await page_buyer.bought_from(database_of(request), request.state.party, most)
    names = await page_goods.shop_names(database_of(request), [row.shop for row in rows], language_of(request))
    return [
        {
            "href": f"/shops/{public_owner(row.shop)}",
            "name": names.get(row.shop, ""),
            "orders": row.orders,
            "last_ms": row.last_ms,
        }
        for row in rows
    ]


def card_of(request: Request, card: page_goods.Card, shops: dict[int, str]) -> dict:
    """One product for the component."""
    product = card.product
    return {
        "href": f"/goods/{public_id(product.owner, product.id)}",
        "title": card.text.title,
        "lang": card.text.language,
        "picture": picture_url(request, card.thumb),
        "price_minor": card.price_minor,
        "currency": card.currency,
        "from": card.several,
        "note": shops.get(product.owner, ""),
        "giftable": bool(product.giftable),
        "sold_out": not card.free,
    }


async def offer(request: Request) -> page_goods.Offer:
    """The product of the address, as everyone may see it: on sale."""
    found = await page_goods.offer_of(database_of(request), *owned(request), language_of(request))
    if found is None or found.product.state != "listed":
        missing()
    return found


async def show(request: Request) -> Response:
    """One product."""
    return looked(request, page(request, "buyer/product.html", await product_context(request, await offer(request))))


async def product_context(request: Request, found: page_goods.Offer) -> dict:
    """What the product page and its sheet show."""
    product = found.product
    rules = engine_of(request).world.rulebook.at(engine_of(request).world.clock.now_ms())
    names = await page_goods.shop_names(database_of(request), [product.owner], language_of(request))
    skus = [sku for sku in found.skus if sku.state == "on"]
    axes = [
        {
            "label": axis.name,
            "options": [{"value": str(place), "label": value} for place, value in enumerate(axis.values)],
        }
        for axis in found.text.axes
    ]
    first = skus[0].options if len(skus) == 1 else ()
    return {
        "id": public_id(product.owner, product.id),
        "text": found.text,
        "shop": names.get(product.owner, ""),
        "shop_id": public_owner(product.owner),
        "pictures": [picture_url(request, picture.file) for picture in found.pictures],
        "card_sku": public_id(product.owner, min(skus, key=lambda sku: (sku.price_minor, sku.id)).id),
        "giftable": bool(product.giftable and rules.category(product.category).giftable),
        "promoter_ppm": product.promoter_ppm,
        "return_window_ms": rules.category(product.category).return_window_ms,
        "ship_within_ms": rules.ship_within_ms,
        "price_minor": min(sku.price_minor for sku in skus),
        "dearest_minor": max(sku.price_minor for sku in skus),
        "currency": skus[0].currency,
        "free": sum(sku.free for sku in skus),
        "axes": axes,
        "skus": [
            {"options": [str(place) for place in sku.options], "free": sku.free, "price_minor": sku.price_minor}
            for sku in skus
        ],
        "chosen": {f"axis_{n}": str(place) for n, place in enumerate(first)},
        "sheet": {
            "title": found.text.title,
            "price_minor": min(sku.price_minor for sku in skus),
            "picture": picture_url(request, found.pictures[0].thumb) if found.pictures else "",
        },
    }


async def chosen(request: Request, found: page_goods.Offer, form: dict[str, str]) -> Sku:
    """The SKU that the sheet's radios name; refuses `option_unknown`."""
    places = tuple(number_in(form, f"axis_{n}", -1) for n in range(len(found.text.axes)))
    sku = next((sku for sku in found.skus if sku.options == places and sku.state == "on"), None)
    require(sku, "option_unknown", language=language_of(request))
    return sku


async def take(request: Request) -> Response:
    """A button of the sheet: into the cart, to the checkout, or on to a gift."""
    found, form = await offer(request), await fields(request)
    sku, quantity = await chosen(request, found, form), max(1, number_in(form, "quantity", 1))
    told = link("", sku=public_id(sku.owner, sku.id), quantity=quantity)
    if form.get("action") == "gift":
        return see_other(request, f"/gifts/new{told}")
    if form.get("action") == "buy":
        return see_other(request, f"/checkout{told}")
    answer = see_other(request, "/cart")
    return await acted(request, form, lambda party: SetCart(party, sku.owner, sku.id, quantity), answer)


async def come(request: Request) -> Response:
    """A promoter's link: /t/<product>/<promoter>/<scene>.<medium>.<ms>.<proof>; remembers who brought the visitor."""
    (shop, product), who = owned(request), await shopper(request)
    try:
        scene, medium, issued, proof = request.path_params["told"].split(".")
        promoter = read_owner(request.path_params["promoter"])
        command = RecordTouch(who.by.id, shop, product, promoter, scene, medium, int(issued), proof)
        await act(request, who, command, f"{proof}.{who.by.id}")
    except (ValueError, Refused):
        missing()
    return keep(request, see_other(request, f"/goods/{request.path_params['id']}"), who)


async def sku_of(request: Request, text: str) -> tuple[Sku, Product]:
    """The SKU of a public id and its product."""
    try:
        shop, number = read_id(text)
    except Refused:
        missing()
    skus = await under(database_of(request), Sku, (shop, number))
    if not skus:
        missing()
    return skus[0], (await under(database_of(request), Product, (shop, skus[0].product)))[0]


routes = [
    Route("/goods", show_all),
    Route("/goods/{id}", show),
    Route("/goods/{id}", take, methods=["POST"]),
    Route("/t/{id}/{promoter}/{told}", come),
]
