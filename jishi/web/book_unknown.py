"""The payments behind the books' figure "not known yet": which, for which order, since when, and what happens next."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id
from jishi.kernel.orders import Order
from jishi.kernel.owners import LogRow
from jishi.kernel.payments import Leg
from jishi.kernel.trade import trade_of
from jishi.store.query import under
from jishi.web.asking import database_of
from jishi.web.judging import operator_with
from jishi.web.languages import mark
from jishi.web.rendering import page
from jishi.web.saying import gettext_of
from jishi.web.words import TIMERS

SHOWN_MOST = 50
LEGS = {
    "full": mark("The whole order"), "deposit": mark("Deposit"), "balance": mark("The rest"), "bond": mark("Bond"),
}  # fmt: skip
NOTHING_SET = mark("Nothing is set: the auditor must be asked")
# The timer goes with the answer, so every unknown payment has one; it also says where in the log to look back from.
_UNKNOWN = """
SELECT l.owner AS owner, l."order" AS "order", l.n AS n, l.asks AS asks, t.due_ms AS due_ms, t.set_seq AS set_seq
FROM legs l LEFT JOIN timers t ON t.owner = l.owner AND t.subject = l."order" AND t.kind = 'ask_payment' AND t.n = l.n
WHERE l.state = 'unknown' ORDER BY t.due_ms, l.owner, l."order", l.n LIMIT :most
"""
_STARTED = "WHERE owner = :owner AND seq <= :seq AND events LIKE :told ORDER BY seq DESC LIMIT 1"


async def show(request: Request) -> Response:
    """Who went to the cashier and has not been heard of since; the one that is asked about next comes first."""
    operator_with(request, "books", "judge")
    gettext = gettext_of(request)
    columns = [
        {"key": "trade", "label": gettext("Payment"), "kind": "id"},
        {"key": "kind", "label": gettext("What for"), "kind": "text"},
        {"key": "order", "label": gettext("Deal"), "kind": "id"},
        {"key": "amount", "label": gettext("Amount"), "kind": "money"},
        {"key": "since", "label": gettext("Since"), "kind": "time"},
        {"key": "asks", "label": gettext("Asked so far"), "kind": "number"},
        {"key": "next", "label": gettext("What happens next"), "kind": "text"},
        {"key": "due_ms", "label": gettext("When"), "kind": "time"},
    ]
    found = await database_of(request).fetch(_UNKNOWN, most=SHOWN_MOST)
    rows = [await unknown_row(request, gettext, row) for row in found]
    context = {"head": gettext("Payments not known yet"), "columns": columns, "rows": rows, "more": ""}
    return page(request, "operator/book_rows.html", context)


async def unknown_row(request: Request, gettext: Any, row: Any) -> dict[str, Any]:
    """One payment in words."""
    database = database_of(request)
    (order,) = await under(database, Order, (row.owner, row.order))
    (leg,) = await under(database, Leg, (row.owner, row.order, row.n))
    deal, asked = public_id(row.owner, row.order), TIMERS["ask_payment"]
    return {
        "trade": trade_of(order, leg.n), "kind": gettext(LEGS.get(leg.kind, leg.kind)), "order": deal,
        "order_href": f"/deals/{deal}", "amount": leg.amount_minor, "currency": leg.currency,
        "since": await started_ms(database, row), "asks": row.asks, "due_ms": row.due_ms,
        "next": gettext(asked if row.due_ms else NOTHING_SET),
    }  # fmt: skip


async def started_ms(database: Any, row: Any) -> int | None:
    """When the payer last went to the cashier: read backwards from what set the timer, so that it is found soon."""
    told = f'%LegStarted%"order":{row.order},"leg":{row.n},%'
    found = await database.read(LogRow, _STARTED, owner=row.owner, seq=row.set_seq or 0, told=told)
    return found[0].at if found else None


routes = [Route("/operator/books/unknown", show)]
