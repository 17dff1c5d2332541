"""The deal that was touched last, small enough to stand beside other faces; it moves on to the next deal by itself."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from jishi.kernel.shops import Shop
from jishi.store.queries import page_deals
from jishi.web.asking import database_of, engine_of, missing, now_of
from jishi.web.deals import deal_context
from jishi.web.live import HEADERS, stream
from jishi.web.rendering import environment_of, page, render_block, shared_context

SHOPS_MOST = 200
LOG_SHOWN = 8


async def show(request: Request) -> Response:
    """The deal, as it stands now."""
    in_demo(request)
    return page(request, "deal/latest.html", await latest_context(request))


def in_demo(request: Request) -> None:
    """Everybody's deals stand open in demo databases only."""
    if not engine_of(request).demo:
        missing()


async def latest_context(request: Request) -> dict[str, Any]:
    """What the page says; `deal` is None before anything was ordered."""
    touched = await page_deals.touched_last(database_of(request))
    if touched is None:
        return {"deal": None}
    deal = await deal_context(request, touched.owner, touched.id)
    tables = {table["id"]: table for table in deal["tables"]}
    log = tables.get("log", {"rows": []})["rows"]
    return {"deal": deal, "shares": tables.get("share_moves"), "log": log[-LOG_SHOWN:][::-1]}


async def live(request: Request) -> Response:
    """One stream for whatever deal is the newest."""
    in_demo(request)
    shops = await database_of(request).read(Shop, "ORDER BY owner LIMIT :most", most=SHOPS_MOST)
    owners = {shop.owner for shop in shops}
    template, shared = environment_of(request).get_template("deal/latest.html"), shared_context(request)

    async def draw() -> str:
        context = await latest_context(request)
        owners.update(context["deal"]["owners"] if context["deal"] else ())
        return render_block(template, "live", {**shared, "now_ms": now_of(request), **context})

    return StreamingResponse(stream(request, lambda: owners, draw), media_type="text/event-stream", headers=HEADERS)


routes = [Route("/deals/latest", show), Route("/deals/latest/live", live)]
