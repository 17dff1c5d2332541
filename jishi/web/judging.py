"""The operator's desk: claims that the platform is asked to judge, by deadline."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.aftersale import Claim, ClaimRejected
from jishi.kernel.claims import JudgeClaim
from jishi.kernel.events import decode_events
from jishi.kernel.ids import public_id
from jishi.kernel.orders import Order
from jishi.kernel.refused import require
from jishi.store.queries import page_deals, page_goods
from jishi.store.queries.deal_rows import log_of, order_of
from jishi.web.asking import database_of, fields, language_of, me, number_in, owned, send
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import carrier_name

AT_ONCE = 30  # by deadline: what is judged makes room for the next


def operator_with(request: Request, *duties: str) -> None:
    """Operators with one of these duties may go on."""
    me(request)
    if not set(duties) & set(request.state.visitor.operator):
        raise HTTPException(403)


async def show(request: Request) -> Response:
    """What waits to be judged."""
    operator_with(request, "judge")
    database, language = database_of(request), language_of(request)
    rows = await database.read(Claim, "WHERE state = 'judging' ORDER BY due_ms LIMIT :most", most=AT_ONCE)
    orders = {(row.owner, row.order): await order_of(database, row.owner, row.order) for row in rows}
    lines = await page_deals.lines_of(database, list(orders.values()))
    names = await page_goods.names_of(database, [line for found in lines.values() for line in found], language)
    shops = await page_goods.shop_names(database, {row.owner for row in rows}, language)
    shown = [
        {
            "claim": row, "id": public_id(row.owner, row.order), "shop": shops.get(row.owner, ""),
            "title": names[row.owner, row.order, row.line].title, "currency": orders[row.owner, row.order].currency,
            "due_ms": row.due_ms - orders[row.owner, row.order].ahead_ms,
            "order": orders[row.owner, row.order], "carrier": carrier_name(row.carrier, gettext_of(request)),
            "refusal": await refusal_of(request, orders[row.owner, row.order], row.n),
        }
        for row in rows
    ]  # fmt: skip
    return page(request, "operator/judging.html", {"claims": shown})


async def refusal_of(request: Request, order: Order, claim: int) -> str:
    """Why the shop refused, as the log has it; "" where it gave no reason that is known."""
    events = [event for row in await log_of(database_of(request), order) for event in decode_events(row.events)]
    said = [event.reason for event in events if isinstance(event, ClaimRejected) and event.claim == claim]
    return said[-1] if said else ""


async def judge(request: Request) -> Response:
    """For the buyer, or for the shop."""
    operator_with(request, "judge")
    (shop, order), form = owned(request), await fields(request)
    require(form.get("grant") in ("0", "1"), "input_malformed")
    await send(request, JudgeClaim(shop, order, request.path_params["claim"], number_in(form, "grant")), form)
    return see_other(request, "/operator")


routes = [Route("/operator", show), Route("/operator/claims/{id}/{claim:int}", judge, methods=["POST"])]
