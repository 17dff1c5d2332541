"""The operator's review desk: shops and goods that wait, the longest wait first, and one product with its verdict."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.catalog import BlockProduct, Product, UnblockProduct
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.refused import require
from jishi.kernel.review import ReviewNote
from jishi.kernel.reviewing import ReviewProduct, ReviewShop
from jishi.kernel.shops import Shop
from jishi.store.queries import page_goods
from jishi.store.queries.reviews import products_of, waiting_products, waiting_shops
from jishi.store.query import before, under
from jishi.web.asking import database_of, fields, language_of, missing, now_of, number_in, owned, owner_in, send
from jishi.web.desk_goods import category_name
from jishi.web.judging import operator_with
from jishi.web.market import picture_url
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import PRODUCT, REVIEW_REASONS

AT_ONCE = 30
TABS = ("in_review", "listed", "rejected", "blocked")


async def show_all(request: Request) -> Response:
    """What waits; or goods on sale, sent back or blocked, newest first."""
    operator_with(request, "review")
    database, query = database_of(request), request.query_params
    tab = query.get("tab", "in_review")
    if tab not in TABS:
        missing()
    if tab == "in_review":
        reviews = await waiting_products(database, before(query["after"]) if "after" in query else 0, AT_ONCE + 1)
        found = await products_of(database, reviews[:AT_ONCE])
        products = [found[row.owner, row.product] for row in reviews[:AT_ONCE]]
        waits, more = {(row.owner, row.product): row.waits_ms for row in reviews}, len(reviews) > AT_ONCE
        last = reviews[AT_ONCE - 1].waits_ms if more else 0
    else:
        rows = await database.read(
            Product, "WHERE state = :state AND id < :before ORDER BY id DESC LIMIT :most",
            state=tab, before=before(query.get("after", "")), most=AT_ONCE + 1,
        )  # fmt: skip
        products, waits, more = rows[:AT_ONCE], {}, len(rows) > AT_ONCE
        last = products[-1].id if more else 0
    context = {
        "products": await listed(request, products, waits), "tab": f"/operator/reviews?tab={tab}",
        "shops": await doors(request) if tab == "in_review" else [], "tabs": await tabs(request),
        "more": f"?tab={tab}&after={last}" if more else "", "waiting": tab == "in_review",
    }  # fmt: skip
    return page(request, "operator/reviews.html", context)


async def tabs(request: Request) -> list[dict[str, Any]]:
    """The states, with how many wait."""
    gettext = gettext_of(request)
    rows = await database_of(request).fetch("SELECT COUNT(*) AS n FROM product_reviews WHERE waits_ms > 0")
    counts = {"in_review": rows[0].n}
    return [
        {"href": f"/operator/reviews?tab={tab}", "label": gettext(PRODUCT[tab].label), "count": counts.get(tab, 0)}
        for tab in TABS
    ]


async def listed(request: Request, products: list[Product], waits: dict) -> list[dict[str, Any]]:
    """Products for the list, with how long each waits."""
    if not products:
        return []
    database, language = database_of(request), language_of(request)
    shops = await page_goods.shop_names(database, {row.owner for row in products}, language)
    return [
        {
            "href": f"/operator/reviews/{public_id(card.product.owner, card.product.id)}", "title": card.text.title,
            "picture": picture_url(request, card.thumb), "price_minor": card.price_minor, "currency": card.currency,
            "shop": shops.get(card.product.owner, ""), "state": card.product.state,
            "category": category_name(language, card.product.category),
            "waited_ms": now_of(request) - waits.get((card.product.owner, card.product.id), now_of(request)),
        }
        for card in await page_goods.cards(database, products, language)
    ]  # fmt: skip


async def doors(request: Request) -> list[dict[str, Any]]:
    """Shops that wait to be let in."""
    rows = await waiting_shops(database_of(request), 0, AT_ONCE)
    names = await page_goods.shop_names(database_of(request), {row.owner for row in rows}, language_of(request))
    shown = []
    for row in rows:
        (shop,) = await under(database_of(request), Shop, (row.owner,))
        shown.append(
            {
                "id": public_owner(row.owner), "name": names.get(row.owner, ""), "kind": shop.kind,
                "waited_ms": now_of(request) - row.waits_ms,
            }
        )  # fmt: skip
    return shown


async def show(request: Request) -> Response:
    """One product as its buyers would see it, and what can be said about it."""
    operator_with(request, "review")
    owner, number = owned(request)
    found = await page_goods.offer_of(database_of(request), owner, number, language_of(request))
    if found is None:
        missing()
    names = await page_goods.shop_names(database_of(request), [owner], language_of(request))
    notes = await under(database_of(request), ReviewNote, (owner, number))
    context = {
        "id": request.path_params["id"], "product": found.product, "text": found.text,
        "shop": names.get(owner, ""), "category": category_name(language_of(request), found.product.category),
        "skus": [(page_goods.option_of(found.text, sku.options) or sku.code, sku) for sku in found.skus],
        "pictures": [picture_url(request, picture.file) for picture in found.pictures],
        "note": notes[0].note if notes else "", "reasons": list(REVIEW_REASONS.items()),
    }  # fmt: skip
    return page(request, "operator/review.html", context)


async def decide(request: Request) -> Response:
    """Approve, reject, block or free."""
    operator_with(request, "review")
    (owner, number), form = owned(request), await fields(request)
    action, reason, note = form.get("action"), form.get("reason", "other"), form.get("note", "")
    require(action in ("approve", "reject", "block", "free"), "input_malformed")
    require(reason in REVIEW_REASONS and len(note) <= 500, "input_malformed")
    command: Any = UnblockProduct(owner, number)
    if action in ("approve", "reject"):
        texts = number_in(form, "texts", 1)
        note = "" if action == "approve" else note
        command = ReviewProduct(owner, number, int(action == "approve"), texts, reason, note)
    elif action == "block":
        command = BlockProduct(owner, number, reason, note)
    await send(request, command, form)
    if action in ("approve", "reject"):
        return see_other(request, "/operator/reviews")
    return see_other(request, f"/operator/reviews/{request.path_params['id']}")


async def let_in(request: Request) -> Response:
    """A shop's verdict."""
    operator_with(request, "review")
    shop, form = owner_in(request), await fields(request)
    action, reason, note = form.get("action"), form.get("reason", "other"), form.get("note", "")
    require(action in ("approve", "reject") and reason in REVIEW_REASONS and len(note) <= 500, "input_malformed")
    yes = action == "approve"
    await send(request, ReviewShop(shop, int(yes), reason, "" if yes else note), form)
    return see_other(request, "/operator/reviews")


routes = [
    Route("/operator/reviews", show_all),
    Route("/operator/reviews/shops/{shop}", let_in, methods=["POST"]),
    Route("/operator/reviews/{id}", show),
    Route("/operator/reviews/{id}", decide, methods=["POST"]),
]
