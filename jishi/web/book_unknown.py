"""The payments behind the books' figure "not known yet": which, for which order, since when, and what happens next."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id
from jishi.kernel.owners import LogRow
from jishi.kernel.trade import trade_of
from jishi.store.queries import unknown_payments
from jishi.store.queries.deal_rows import order_of
from jishi.web.asking import database_of
from jishi.web.book_rows import rows_page
from jishi.web.judging import operator_with
from jishi.web.languages import mark
from jishi.web.saying import gettext_of
from jishi.web.words import TIMERS

SHOWN_MOST = 50
LEGS = {
    "full": mark("The whole order"), "deposit": mark("Deposit"), "balance": mark("The rest"), "bond": mark("Bond"),
}  # fmt: skip
_STARTED = "WHERE owner = :owner AND seq <= :seq AND events LIKE :told ORDER BY seq DESC LIMIT 1"


async def show(request: Request) -> Response:
    """Who went to the cashier and has not been heard of since; the one that is asked about next comes first."""
    operator_with(request, "books", "judge")
    gettext = gettext_of(request)
    columns = [
        ("trade", gettext("Payment"), "id"),
        ("kind", gettext("What for"), "text"),
        ("order", gettext("Deal"), "id"),
        ("amount", gettext("Amount"), "money"),
        ("since", gettext("Since"), "time"),
        ("asks", gettext("Asked so far"), "number"),
        ("next", gettext("What happens next"), "text"),
        ("due_ms", gettext("When"), "time"),
    ]
    found = await unknown_payments.asked_next(database_of(request), SHOWN_MOST)
    rows = [await unknown_row(request, gettext, row) for row in found]
    return rows_page(request, gettext("Payments not known yet"), columns, rows)


async def unknown_row(request: Request, gettext: Any, row: Any) -> dict[str, Any]:
    """One payment in words."""
    database = database_of(request)
    order = await order_of(database, row.owner, row.order)
    deal = public_id(row.owner, row.order)
    return {
        "trade": trade_of(order, row.n), "kind": gettext(LEGS.get(row.kind, row.kind)), "order": deal,
        "order_href": f"/deals/{deal}", "amount": row.amount_minor, "currency": row.currency,
        "since": await started_ms(database, row), "asks": row.asks, "due_ms": row.due_ms,
        "next": gettext(TIMERS["ask_payment"]),
    }  # fmt: skip


async def started_ms(database: Any, row: Any) -> int | None:
    """When the payer last went to the cashier: read backwards from what set the timer, so that it is found soon."""
    told = f'%LegStarted%"order":{row.order},"leg":{row.n},%'
    found = await database.read(LogRow, _STARTED, owner=row.owner, seq=row.set_seq, told=told)
    return found[0].at if found else None


routes = [Route("/operator/books/unknown", show)]
