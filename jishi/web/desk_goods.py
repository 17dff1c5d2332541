"""The shop's goods: list and withdraw, price and stock, a simple new product, and its picture."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.catalog import (
    PRODUCT,
    DraftProduct,
    ListProduct,
    PriceSku,
    Product,
    ReviseProduct,
    SkuAsk,
    Text,
    WithdrawProduct,
)
from jishi.kernel.freight import FreightTemplate
from jishi.kernel.ids import public_id, public_owner, read_id
from jishi.kernel.pictures import AddPicture
from jishi.kernel.refused import Refused, require
from jishi.kernel.review import ProductReview, ReviewNote
from jishi.kernel.stock import CountStock
from jishi.ports.pictures import PictureRefused, clean
from jishi.store.queries import desk_counts, page_goods
from jishi.store.query import before, under
from jishi.web.asking import database_of, engine_of, fields, language_of, missing, now_of, number_in, owned, send
from jishi.web.categories import category_name
from jishi.web.claims import minor_of
from jishi.web.desk import desk_context, shop_of
from jishi.web.market import picture_url
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import PRODUCT as WORDS

AT_ONCE = 30


@cache
def workers() -> ProcessPoolExecutor:
    """One process that decodes pictures, so that no upload holds up the pages."""
    return ProcessPoolExecutor(max_workers=1)


async def show_all(request: Request) -> Response:
    """The shop's products, newest first."""
    shop, query = shop_of(request, "goods"), request.query_params
    state, gettext = query.get("state", ""), gettext_of(request)
    if state not in ("", *PRODUCT.states):
        missing()
    rows = await database_of(request).read(
        Product, "WHERE owner = :shop AND state IN (:states*) AND id < :before ORDER BY id DESC LIMIT :most",
        shop=shop, states=[state] if state else list(PRODUCT.states), before=before(query.get("after", "")),
        most=AT_ONCE + 1,
    )  # fmt: skip
    counts = await desk_counts.goods_by_state(database_of(request), shop)
    cards = await page_goods.cards(database_of(request), rows[:AT_ONCE], language_of(request))
    base = f"/desk/{public_owner(shop)}/goods"
    shown = [
        {
            "href": f"{base}/{public_id(shop, card.product.id)}", "title": card.text.title, "state": card.product.state,
            "picture": picture_url(request, card.thumb), "price_minor": card.price_minor, "several": card.several,
            "currency": card.currency, "free": card.free, "giftable": card.product.giftable,
        }
        for card in cards
    ]  # fmt: skip
    more = f"{base}?state={state}&after={rows[AT_ONCE - 1].id}" if len(rows) > AT_ONCE else ""
    tabs = [{"href": base, "label": gettext("All")}] + [
        {"href": f"{base}?state={name}", "label": gettext(WORDS[name].label), "count": counts[name]}
        for name in PRODUCT.states
        if counts.get(name)
    ]
    current = f"{base}?state={state}" if state else base
    context = {"products": shown, "more": more, "tabs": tabs, "current": current, "state": state}
    return page(request, "merchant/goods.html", context | await desk_context(request, shop))


async def show(request: Request) -> Response:
    """One product: SKUs with price and stock, pictures, on or off sale."""
    shop = shop_of(request, "goods")
    owner, number = owned(request)
    found = (
        await page_goods.offer_of(database_of(request), shop, number, language_of(request)) if owner == shop else None
    )
    if found is None:
        missing()
    skus = [
        {"id": public_id(shop, sku.id), "option": page_goods.option_of(found.text, sku.options), "sku": sku}
        for sku in found.skus
    ]
    context = {
        "id": request.path_params["id"], "product": found.product, "text": found.text, "skus": skus,
        "pictures": [picture_url(request, picture.thumb) for picture in found.pictures],
    }  # fmt: skip
    context |= await review_of(request, found.product) | await choices(request, shop)
    return page(request, "merchant/product.html", context | await desk_context(request, shop))


async def review_of(request: Request, product: Product) -> dict[str, Any]:
    """What the platform said of it, and for how long it has been looked at."""
    found = await under(database_of(request), ProductReview, (product.owner, product.id))
    notes = await under(database_of(request), ReviewNote, (product.owner, product.id))
    waits_ms = found[0].waits_ms if found else 0
    told = bool(found) and product.state in ("rejected", "blocked")
    return {
        "why": found[0].reason if told else "",
        "note": notes[0].note if told and notes else "",
        "waited_ms": now_of(request) - waits_ms if waits_ms else 0,
    }


async def change(request: Request) -> Response:
    """A button of the product's page: on sale, off sale, price, stock."""
    shop, form = shop_of(request, "goods"), await fields(request)
    owner, number = owned(request)
    require(owner == shop, "not_found")
    if form.get("action") == "revise":
        await send(request, await revision(request, shop, number, form), form)
    else:
        await send(request, _change(shop, number, form), form)
    return see_other(request, f"/desk/{public_owner(shop)}/goods/{request.path_params['id']}")


async def revision(request: Request, shop: int, number: int, form: dict[str, str]) -> ReviseProduct:
    """Other words in the language that the page shows; the options stay as they are."""
    found = await page_goods.offer_of(database_of(request), shop, number, language_of(request))
    title = form.get("title", "")
    require(found and 5 <= len(title) <= 60, "input_malformed")
    old = found.text
    text = Text(old.language, title, form.get("subtitle", "")[:60], form.get("detail", "")[:10_000], old.axes)
    same = (old.title, old.subtitle, old.detail) == (text.title, text.subtitle, text.detail)
    return ReviseProduct(shop, number, () if same else (text,), category=form.get("category") or None)


def _change(shop: int, product: int, form: dict[str, str]) -> Any:
    action = form.get("action")
    if action in ("list", "withdraw"):
        return ListProduct(shop, product) if action == "list" else WithdrawProduct(shop, product)
    owner, sku = _sku(form.get("sku", ""))
    require(owner == shop, "not_found")
    if action == "price":
        price = minor_of(form.get("price", ""))
        require(price, "input_malformed")
        return PriceSku(shop, sku, price)
    text = form.get("change", "").replace("+", "").replace("−", "-")
    require(action == "stock" and text.removeprefix("-").isdecimal() and len(text) < 8, "input_malformed")
    return CountStock(shop, sku, int(text))


def _sku(text: str) -> tuple[int, int]:
    try:
        return read_id(text)
    except Refused:
        missing()


async def draft(request: Request) -> Response:
    """The form of a new product with one option."""
    shop = shop_of(request, "goods")
    context = {"values": {}, "why": None} | await choices(request, shop)
    return page(request, "merchant/draft.html", context | await desk_context(request, shop))


async def choices(request: Request, shop: int) -> dict[str, Any]:
    """Categories that rules are known of, and the shop's freight templates."""
    rules = engine_of(request).world.rulebook.at(engine_of(request).world.clock.now_ms())
    templates = await under(database_of(request), FreightTemplate, (shop,))
    return {
        "categories": [(code, category_name(language_of(request), code)) for code in sorted(rules.categories)],
        "templates": [(public_id(shop, row.id), row.code) for row in templates],
    }


async def add(request: Request) -> Response:
    """Draft it and put it on sale at once."""
    shop, form = shop_of(request, "goods"), await fields(request)
    price, template = minor_of(form.get("price", "")), _sku(form.get("freight", ""))[1]
    title = form.get("title", "")
    require(price and 5 <= len(title) <= 60, "input_malformed")
    text = Text(language_of(request), title, form.get("subtitle", "")[:60], form.get("detail", "")[:10_000])
    sku = SkuAsk("single", price, (), number_in(form, "weight_g"), number_in(form, "stock"))
    gift = int(form.get("giftable") == "1")
    told = await send(request, DraftProduct(shop, form.get("category", ""), (text,), (sku,), template, gift), form)
    await send(request, ListProduct(shop, read_id(told["product"])[1]), form, n=1)
    return see_other(request, f"/desk/{public_owner(shop)}/goods/{told['product']}")


async def upload(request: Request) -> Response:
    """A picture: encoded anew in a process of its own, stored by its content, then told to the engine."""
    shop = shop_of(request, "goods")
    owner, number = owned(request)
    require(owner == shop, "not_found")
    async with request.form() as form:
        file = form.get("picture")
        data = await file.read() if isinstance(file, UploadFile) else b""
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        made = await asyncio.get_running_loop().run_in_executor(workers(), clean, data)
    except PictureRefused as refused:
        raise Refused(refused.code) from refused
    files = request.app.state.files
    main, thumb = (
        await asyncio.to_thread(files.put, made.main, "webp"),
        await asyncio.to_thread(files.put, made.thumb, "webp"),
    )
    await send(request, AddPicture(shop, number, main, thumb), texts)
    return see_other(request, f"/desk/{public_owner(shop)}/goods/{request.path_params['id']}")


routes = [
    Route("/desk/{shop}/goods", show_all),
    Route("/desk/{shop}/goods/new", draft),
    Route("/desk/{shop}/goods/new", add, methods=["POST"]),
    Route("/desk/{shop}/goods/{id}", show),
    Route("/desk/{shop}/goods/{id}", change, methods=["POST"]),
    Route("/desk/{shop}/goods/{id}/picture", upload, methods=["POST"]),
]
