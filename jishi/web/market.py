"""Deals in progress, for everyone in a demo world and for operators elsewhere; and the small things pages share."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id, public_owner, read_owner
from jishi.kernel.orders import ORDER, Order, outside_code
from jishi.kernel.refused import Refused
from jishi.kernel.shops import Shop
from jishi.store.queries import page_deals, page_goods
from jishi.store.queries.orders import mark_of
from jishi.web.asking import database_of, engine_of, language_of, missing, now_of
from jishi.web.links import link
from jishi.web.personas import personas_of
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import MODE, TIMERS, next_step, order_word
from jishi.web.words import ORDER as ORDER_WORDS

AT_ONCE = 30


def may_watch(request: Request) -> bool:
    """Deals of all shops are open in a demo world, and to operators with the duty of the books."""
    visitor = request.state.visitor
    return engine_of(request).demo or bool(visitor and {"books", "judge"} & set(visitor.operator))


async def show(request: Request) -> Response:
    """Deals in progress."""
    if not may_watch(request):
        return see_other(request, "/goods")
    database, language = database_of(request), language_of(request)
    state, shop = request.query_params.get("state", ""), _shop(request)
    if state not in ("", *ORDER.states):
        missing()
    rows = await page_deals.deals(database, state, shop, request.query_params.get("after", ""), AT_ONCE + 1)
    shown = rows[:AT_ONCE]
    shops = await page_goods.shop_names(
        database, [row.owner for row in await database.read(Shop, "ORDER BY owner LIMIT 200")], language
    )
    counts = await page_deals.counts(database)
    context = {
        "deals": await deal_rows(request, shown, shops),
        "tabs": _tabs(request, counts, shop),
        "current": _address(state, shop),
        "more": _address(state, shop, mark_of(shown[-1])) if len(rows) > AT_ONCE else "",
        "shops": [(public_owner(owner), name) for owner, name in shops.items()],
        "shop": public_owner(shop) if shop else "",
        "state": state,
        "personas": await personas_of(database, language) if engine_of(request).demo else [],
    }
    return page(request, "deal/list.html", context)


def _shop(request: Request) -> int:
    text = request.query_params.get("shop", "")
    try:
        return read_owner(text) if text else 0
    except Refused:
        missing()


def _address(state: str, shop: int, after: str = "") -> str:
    return link("/deals", state=state, shop=public_owner(shop) if shop else "", after=after)


def _tabs(request: Request, counts: dict[str, int], shop: int) -> list[dict]:
    gettext = gettext_of(request)
    every = {"href": _address("", shop), "label": gettext("All"), "count": 0}
    return [every] + [
        {
            "href": _address(state, shop),
            "label": gettext(ORDER_WORDS[state].label),
            "count": 0 if shop else counts.get(state, 0),
        }
        for state in ORDER.states
        if counts.get(state)
    ]


async def deal_rows(request: Request, orders: list[Order], shops: dict[int, str]) -> list[dict]:
    """What a list of deals shows of each."""
    database, gettext = database_of(request), gettext_of(request)
    modes = engine_of(request).world.modes
    timers, gates = await page_deals.next_timers(database, orders), await page_deals.gates(database, orders)
    lines = await page_deals.lines_of(database, orders)
    names = await page_goods.names_of(
        database, [line for rows in lines.values() for line in rows], language_of(request)
    )
    shown = []
    for order in orders:
        key = (order.owner, order.id)
        gift, timer, mine = gates.get(key), timers.get(key), lines.get(key, [])
        word, first = order_word(order, gift.state if gift else ""), mine[0] if mine else None
        shown.append(
            {
                "href": f"/deals/{public_id(*key)}",
                "id": public_id(*key),
                "title": names[first.owner, first.order, first.n].title if first else "",
                "thumb": picture_url(request, names[first.owner, first.order, first.n].thumb) if first else "",
                "more": max(0, len(mine) - 1),
                "shop": shops.get(order.owner, ""),
                "mode": gettext(MODE.get(order.mode, order.mode)),
                "status": gettext(word.label),
                "kind": word.kind,
                "code": outside_code(order, modes[order.mode].gate),
                "next": gettext(TIMERS.get(timer.kind, timer.kind)) if timer else gettext(next_step(order).text),
                "due_ms": timer.due_ms if timer else 0,
                "late": bool(timer and timer.due_ms < now_of(request)),
                "total_minor": order.total_minor,
                "currency": order.currency,
                "placed_ms": order.placed_ms,
            }
        )
    return shown


def picture_url(request: Request, file: str) -> str:
    """The address of a picture's file; "" for none."""
    return request.app.state.files.url(file) if file else ""


routes = [Route("/deals", show)]
