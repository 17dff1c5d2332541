"""The life of a deal: one page per order with its touch, gate, parcels, money, shares, timers and log, live."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.engine.firing import timer_id
from jishi.kernel.ahead import RunAhead
from jishi.kernel.grammar import GRAMMAR, system
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import escrow_of, outside_code
from jishi.kernel.refused import Refused
from jishi.store.queries import page_goods
from jishi.store.queries.deal_rows import deal_of, order_of, timers_of
from jishi.web import deal_money, deal_people, deal_rows, deal_tables, deal_trace
from jishi.web.asking import (
    command_id,
    database_of,
    engine_of,
    fields,
    language_of,
    missing,
    now_of,
    owned,
)
from jishi.web.deal_machines import machines
from jishi.web.links import own_path
from jishi.web.market import may_watch, picture_url
from jishi.web.rendering import page, see_other, wants_block
from jishi.web.saying import gettext_of
from jishi.web.words import next_step, order_word

DEMO = system("demo")


async def show(request: Request) -> Response:
    """One deal."""
    if not may_watch(request):
        missing()
    return page(request, "deal/show.html", await deal_context(request, *owned(request)))


async def deal_context(request: Request, shop: int, number: int) -> dict[str, Any]:
    """Everything the page says; `owners` are those whose commits change it."""
    database, language, gettext = database_of(request), language_of(request), gettext_of(request)
    order = await order_of(database, shop, number)
    if order is None:
        missing()
    deal = await deal_of(database, order)
    trace = await deal_trace.trace(database, deal)
    names = await page_goods.names_of(database, deal.lines, language)
    people = await deal_people.people_of(database, deal, language)
    word = order_word(order, deal.gift.state if deal.gift else "")
    step = next_step(order, deal.gift.expires_ms if deal.gift else 0)
    address = f"/deals/{public_id(shop, number)}"
    view = deal_tables.View(deal, trace, gettext, address, names, people)
    return {
        "id": public_id(shop, number),
        "address": address,
        "order": order,
        "now_ms": now_of(request),
        "code": outside_code(order, engine_of(request).world.modes[order.mode].gate),
        "word": word,
        "step": step,
        "people": deal_people.cells(view),
        "machines": machines(deal, gettext),
        "lines": deal_lines(request, view),
        "tables": deal_tables.tables(view),
        "equation": deal_money.equation(view),
        "proof": deal_money.proof(view),
        "entries": deal_money.entries(view),
        "escrow_minor": escrow_of(order),
        "waiting": bool(deal.timers),
        "owners": {shop, order.payer, *[move.payee for move in deal.moves]},
        "shop_id": public_owner(shop),
    }


def deal_lines(request: Request, view: deal_tables.View) -> list[dict]:
    """What was bought, for the eye."""
    shown = []
    for line in view.deal.lines:
        name = view.names[line.owner, line.order, line.n]
        picture = picture_url(request, name.thumb)
        shown.append(
            {
                "title": name.title,
                "option": name.option,
                "picture": picture,
                "quantity": line.quantity,
                "price_minor": line.price_minor,
            }
        )
    return shown


async def rows(request: Request) -> Response:
    """The rows behind a figure, as they are stored."""
    if not may_watch(request):
        missing()
    database = database_of(request)
    order = await order_of(database, *owned(request))
    if order is None:
        missing()
    shown = deal_rows.table_of(await deal_of(database, order), request.path_params["table"])
    if shown is None:
        missing()
    context = {"back": f"/deals/{request.path_params['id']}", "table": shown, "order_id": request.path_params["id"]}
    return page(request, "deal/rows.html", context)


async def run_next(request: Request) -> Response:
    """Run this deal's next timer now; the rest of the world keeps real time. In demo databases only."""
    engine, form = engine_of(request), await fields(request)
    if not engine.demo:
        missing()
    shop, number = owned(request)
    answer = await engine.send(RunAhead(shop, number), DEMO, command_id(request, form))
    if not answer.replayed:
        await fire_due(engine, shop, number)
    if wants_block(request):
        return Response(status_code=204)  # the page is live and shows it by itself
    return see_other(request, own_path(form.get("next", "")) or f"/deals/{request.path_params['id']}")


async def fire_due(engine: Any, shop: int, number: int) -> None:
    """Fire what this order has due now; what cannot be done yet stays with its reason, as with any timer."""
    order = await order_of(engine.database, shop, number)
    now = engine.world.clock.now_ms()
    for timer in await timers_of(engine.database, order):
        if timer.due_ms <= now:
            command = GRAMMAR.timers[timer.kind](timer.owner, timer.subject, timer.n)
            try:
                await engine.send(command, system("timer"), timer_id(timer), timer=timer)
            except Refused:
                return


routes = [
    Route("/deals/{id}", show),
    Route("/deals/{id}/rows/{table}", rows),
    Route("/deals/{id}/next", run_next, methods=["POST"]),
]
