"""Opening a shop: its name, what kind it is, and what sending costs. It sells once the market has looked it over."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.ids import derived_id, public_owner, read_owner
from jishi.kernel.refused import require
from jishi.kernel.reviewing import AskShopReview
from jishi.kernel.shops import Named, OpenShop
from jishi.web.asking import command_id, fields, language_of, me, owner_in, send
from jishi.web.claims import minor_of
from jishi.web.desk import shop_of
from jishi.web.rendering import page, see_other
from jishi.web.words import SHOP_KINDS

NAME_MOST = 60


async def show(request: Request) -> Response:
    """The form."""
    me(request)
    return page(request, "merchant/open.html", {"kinds": list(SHOP_KINDS.items())})


async def take(request: Request) -> Response:
    """Open it, with one freight template for everywhere."""
    by, form = me(request), await fields(request)
    name, kind = form.get("name", ""), form.get("kind", "")
    text = form.get("freight", "")
    freight = 0 if text.strip("0.") == "" else minor_of(text)
    require(0 < len(name) <= NAME_MOST and kind in SHOP_KINDS and freight is not None, "input_malformed")
    fresh = derived_id("shop", by.id, command_id(request, form))  # a double tap opens one shop
    told = await send(request, OpenShop(fresh, kind, (Named(language_of(request), name),)), form)
    shop = read_owner(told["shop"])
    await send(request, SaveFreight(shop, "piece", (Rate((), 1, freight, 1, 0),), code="standard"), form, n=1)
    return see_other(request, f"/desk/{public_owner(shop)}")


async def ask_again(request: Request) -> Response:
    """After a rejection: please look once more."""
    me(request)
    shop = shop_of(request, "manage")
    await send(request, AskShopReview(owner_in(request)), await fields(request))
    return see_other(request, f"/desk/{public_owner(shop)}")


routes = [
    Route("/desk/new", show),
    Route("/desk/new", take, methods=["POST"]),
    Route("/desk/{shop}/ask-review", ask_again, methods=["POST"]),
]
