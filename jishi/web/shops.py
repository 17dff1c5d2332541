"""A shop as a buyer meets it: its name and what it has on sale; and the shops he bought from."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.shops import Shop
from jishi.store.queries import page_goods
from jishi.store.query import under
from jishi.web.asking import database_of, language_of, me, missing, owner_in
from jishi.web.goods import listed, shops_bought_from
from jishi.web.languages import mark
from jishi.web.rendering import page

SHOPS_MOST = 60
KINDS = {
    "enterprise": mark("A company's shop"),
    "individual": mark("A sole trader's shop"),
    "person": mark("A person's own shop"),
}


async def show(request: Request) -> Response:
    """One shop: what it is called and what it sells, newest first."""
    shop = owner_in(request)
    found = await under(database_of(request), Shop, (shop,))
    if not found:
        missing()
    names = await page_goods.shop_names(database_of(request), [shop], language_of(request))
    products, more = await listed(request, page_goods.Wanted(shop=shop), {})
    context = {
        "name": names.get(shop, ""),
        "kind": KINDS.get(found[0].kind, ""),
        "open": found[0].state == "open",
        "opened_ms": found[0].opened_ms,
        "products": products,
        "more": more,
        "mine": shop in (request.state.visitor.shops if request.state.visitor else ()),
        "desk": f"/desk/{request.path_params['shop']}",
    }
    return page(request, "buyer/shop.html", context)


async def show_mine(request: Request) -> Response:
    """The shops I bought from, the latest first."""
    me(request)
    return page(request, "buyer/shops.html", {"shops": await shops_bought_from(request, SHOPS_MOST)})


routes = [Route("/shops", show_mine), Route("/shops/{shop}", show)]
