"""The cart over several shops: quantities, what stands in the way of a line, and the way to the checkout."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.cart import SetCart
from jishi.kernel.ids import public_id
from jishi.store.queries import page_goods
from jishi.store.queries.cart import CartLineView, ShowCart
from jishi.web import again
from jishi.web.asking import database_of, fields, language_of, number_in, owned, put
from jishi.web.browsing import acted, forget, link_late, looking
from jishi.web.market import picture_url
from jishi.web.rendering import page, see_other


async def show(request: Request) -> Response:
    """What lies in the cart, by shop, at today's prices."""
    linked, by = await link_late(request), await looking(request)
    if by is None:
        return page(request, "buyer/cart.html", {"groups": [], "again": [], "can_order": False})
    view = await put(request, ShowCart(party=by.id, language=language_of(request)), by)
    shops = await page_goods.shop_names(database_of(request), {line.shop for line in view.lines}, language_of(request))
    wanted = {(line.shop, line.product) for line in view.lines}
    thumbs = await page_goods.thumbs_of(database_of(request), wanted) if wanted else {}
    groups: dict[int, list[dict]] = {}
    for line in view.lines:
        groups.setdefault(line.shop, []).append(line_for(request, line, thumbs))
    context = {
        "groups": [(shops.get(shop, ""), lines) for shop, lines in groups.items()],
        "goods_minor": view.goods_minor,
        "again": await again.told(request) if request.state.party else [],
        "can_order": any(not line.differences for line in view.lines),
    }
    answer = page(request, "buyer/cart.html", context)
    return forget(request, answer) if linked else answer


def line_for(request: Request, line: CartLineView, thumbs: dict[tuple[int, int], str]) -> dict:
    """One line for the page."""
    return {
        "id": public_id(line.shop, line.sku),
        "href": f"/goods/{public_id(line.shop, line.product)}",
        "title": line.title,
        "option": line.option,
        "picture": picture_url(request, thumbs.get((line.shop, line.product), "")),
        "quantity": line.quantity,
        "price_minor": line.price_minor,
        "amount_minor": line.amount_minor,
        "currency": line.currency,
        "free": line.free,
        "difference": line.differences[0] if line.differences else "",
    }


async def change(request: Request) -> Response:
    """Set how many of one SKU; 0 takes it out."""
    form, (shop, sku) = await fields(request), owned(request)
    quantity = 0 if form.get("action") == "remove" else number_in(form, "quantity")
    return await acted(request, form, lambda party: SetCart(party, shop, sku, quantity), see_other(request, "/cart"))


routes = [Route("/cart", show), Route("/cart/{id}", change, methods=["POST"])]
