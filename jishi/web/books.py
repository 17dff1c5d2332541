"""The books: a trial balance per kind of owner and account, which must net to zero; transit; and what is open."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.web.asking import database_of, now_of
from jishi.web.auditing import last_run, running
from jishi.web.book_rows import uneven
from jishi.web.deal_money import ACCOUNTS
from jishi.web.judging import operator_with
from jishi.web.languages import mark
from jishi.web.rendering import page
from jishi.web.saying import gettext_of

KINDS = {"platform": mark("Platform"), "shop": mark("Shops"), "party": mark("People")}
_BALANCES = """
SELECT h.kind AS kind, b.account AS account, b.currency AS currency,
  CAST(SUM(b.balance_minor) AS BIGINT) AS balance_minor
FROM balances b JOIN heads h ON h.owner = b.owner GROUP BY h.kind, b.account, b.currency ORDER BY h.kind, b.account
"""
OPEN = {
    "unknown": "SELECT COUNT(*) AS n FROM legs WHERE state = 'unknown'",
    "refunds": "SELECT COUNT(*) AS n FROM refunds WHERE state = 'requested'",
    "payouts": "SELECT COUNT(*) AS n FROM payouts WHERE state = 'requested'",
    "late": "SELECT COUNT(*) AS n FROM timers WHERE due_ms < :now",
}
LEADS = {
    "refunds": "/operator/books/accounts/escrow", "payouts": "/operator/books/accounts/payout",
    "late": "/operator/health", "unknown": "/operator/health",
}  # fmt: skip
OPEN_WORDS = {
    "unknown": mark("Payments not known yet"), "refunds": mark("Refunds on their way"),
    "payouts": mark("Withdrawals under way"), "late": mark("Timers that are due"),
}  # fmt: skip


async def show(request: Request) -> Response:
    """All books at a glance."""
    operator_with(request, "books", "judge")
    rows, odd = await database_of(request).fetch(_BALANCES), await uneven(request)
    gettext = gettext_of(request)
    columns = [
        {"key": "account", "label": gettext("Account"), "kind": "text"},
        *[{"key": kind, "label": gettext(label), "kind": "money"} for kind, label in KINDS.items()],
        {"key": "sum", "label": gettext("Together"), "kind": "money"},
    ]
    table = {"columns": columns, "rows": trial(rows, gettext)}
    sums = {kind: sum(row.balance_minor for row in rows if row.kind == kind) for kind in KINDS}
    transit = sum(row.balance_minor for row in rows if row.account == "transit")
    context = {
        "table": table,
        "balanced": not any(sums.values()) and not odd,
        "uneven": odd,
        "found": await last_run(request),
        "checking": running(request),
        "may_check": "books" in request.state.visitor.operator,
        "transit_minor": transit,
        "provider_minor": sum(row.balance_minor for row in rows if row.account == "provider"),
        "open": [
            {"label": gettext(OPEN_WORDS[name]), "value": await _count(request, name), "href": LEADS.get(name, "")}
            for name in OPEN
        ],
    }
    return page(request, "operator/books.html", context)


async def _count(request: Request, name: str) -> int:
    told = {"now": now_of(request)} if name == "late" else {}
    (row,) = await database_of(request).fetch(OPEN[name], **told)
    return row.n


def trial(rows: list, gettext: Any) -> list[dict[str, Any]]:
    """One row per account, debits less credits, and the sum of all, which must be zero in each column."""
    accounts = [account for account in ACCOUNTS if any(row.account == account for row in rows)]
    shown = []
    for account in accounts:
        found = {row.kind: row.balance_minor for row in rows if row.account == account}
        shown.append(
            {
                "account": gettext(ACCOUNTS[account]),
                **{kind: found.get(kind, 0) for kind in KINDS},
                **{f"{kind}_href": f"/operator/books/accounts/{account}?kind={kind}" for kind in found},
                "sum": sum(found.values()),
                "sum_href": f"/operator/books/accounts/{account}",
            }
        )
    if shown:
        shown.append({"account": gettext("Sum"), **{key: sum(row[key] for row in shown) for key in (*KINDS, "sum")}})
    return shown


routes = [Route("/operator/books", show)]
