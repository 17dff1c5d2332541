"""A promoter's link of a product: what it earns, for how long it counts, and the link itself, signed by us."""

from __future__ import annotations

from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.money import PPM
from jishi.kernel.touch import Scene, touch_parts
from jishi.web.asking import engine_of, me, missing, now_of
from jishi.web.goods import offer
from jishi.web.languages import mark
from jishi.web.market import picture_url
from jishi.web.rendering import page
from jishi.web.saying import gettext_of

SCENES = {
    "chat": mark("In a chat"),
    "moments": mark("In Moments"),
    "article": mark("In an article"),
    "video": mark("Under a video"),
    "live": mark("In a live room"),
    "search": mark("Found by search"),
    "shopfront": mark("In a shop window"),
}
assert set(SCENES) == set(get_args(Scene))


def link_of(request: Request, shop: int, product: int, promoter: int, scene: str) -> str:
    """The address that `goods.come` takes: whose link it is and where it stands cannot be changed."""
    world, told = engine_of(request).world, (scene, "link", now_of(request))
    proof = world.seal(*touch_parts(shop, product, promoter, *told))
    place = f"{public_id(shop, product)}/{public_owner(promoter)}/{'.'.join(map(str, told))}.{proof}"
    return f"{request.app.state.own_url}/t/{place}"


async def show(request: Request) -> Response:
    """The link, for the scene that was chosen, and what it earns."""
    by, found = me(request), await offer(request)
    scene, product = request.query_params.get("scene", "chat"), found.product
    if scene not in SCENES or not product.promoter_ppm:
        missing()
    gettext, cheapest = gettext_of(request), min(found.skus, key=lambda sku: sku.price_minor)
    rules = engine_of(request).world.rulebook.at(now_of(request))
    context = {
        "id": request.path_params["id"], "title": found.text.title, "lang": found.text.language,
        "picture": picture_url(request, found.pictures[0].thumb) if found.pictures else "",
        "link": link_of(request, product.owner, product.id, by.id, scene),
        "scene": scene, "scenes": [(code, gettext(label)) for code, label in SCENES.items()],
        "rate_ppm": product.promoter_ppm, "window_ms": rules.touch_window_ms,
        "price_minor": cheapest.price_minor, "currency": cheapest.currency,
        "earns_minor": cheapest.price_minor * product.promoter_ppm // PPM,
    }  # fmt: skip
    return page(request, "buyer/promote.html", context)


routes = [Route("/goods/{id}/share", show)]
