"""The books: a trial balance per currency, by account and kind of owner, which must net to zero; and what is open."""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.store.queries import unknown_payments
from jishi.web.asking import database_of, now_of
from jishi.web.auditing import last_run, running
from jishi.web.book_rows import uneven
from jishi.web.deal_money import ACCOUNTS
from jishi.web.formats import money
from jishi.web.judging import operator_with
from jishi.web.languages import mark
from jishi.web.rendering import page
from jishi.web.saying import gettext_of

STATED = "CNY"  # the currency of the provider's statement
KINDS = {"platform": mark("Platform"), "shop": mark("Shops"), "party": mark("People")}
_BALANCES = """
SELECT h.kind AS kind, b.account AS account, b.currency AS currency,
  CAST(SUM(b.balance_minor) AS BIGINT) AS balance_minor
FROM balances b JOIN heads h ON h.owner = b.owner GROUP BY h.kind, b.account, b.currency ORDER BY h.kind, b.account
"""
OPEN = {
    "unknown": unknown_payments.COUNT,
    "refunds": "SELECT COUNT(*) AS n FROM refunds WHERE state = 'requested'",
    "payouts": "SELECT COUNT(*) AS n FROM payouts WHERE state = 'requested'",
    "late": "SELECT COUNT(*) AS n FROM timers WHERE due_ms < :now",
}
LEADS = {
    "refunds": "/operator/books/accounts/escrow", "payouts": "/operator/books/accounts/payout",
    "late": "/operator/health", "unknown": "/operator/books/unknown",
}  # fmt: skip
OPEN_WORDS = {
    "unknown": mark("Payments not known yet"), "refunds": mark("Refunds on their way"),
    "payouts": mark("Withdrawals under way"), "late": mark("Timers that are due"),
}  # fmt: skip


async def show(request: Request) -> Response:
    """All books at a glance. Amounts of different currencies are never added up: each has a balance of its own."""
    operator_with(request, "books", "judge")
    rows, odd = await database_of(request).fetch(_BALANCES), await uneven(request)
    gettext = gettext_of(request)
    columns = [
        {"key": "account", "label": gettext("Account"), "kind": "text"},
        *[{"key": kind, "label": gettext(label), "kind": "money"} for kind, label in KINDS.items()],
        {"key": "sum", "label": gettext("Together"), "kind": "money"},
    ]
    context = {
        "columns": columns,
        "balances": [(currency, trial(rows, currency, gettext)) for currency in currencies(rows)],
        "balanced": balanced(rows) and not odd,
        "uneven": odd,
        "found": await last_run(request),
        "checking": running(request),
        "may_check": "books" in request.state.visitor.operator,
        "provider_minor": dict(sums_of(rows, "provider")).get(STATED, 0),
        "kpis": [
            *held(rows, gettext),
            *[
                {"label": gettext(OPEN_WORDS[name]), "value": await _count(request, name), "href": LEADS[name]}
                for name in OPEN
            ],
        ],
    }
    return page(request, "operator/books.html", context)


def currencies(rows: list) -> list[str]:
    """Which currencies the books know."""
    return sorted({row.currency for row in rows})


def sums_of(rows: list, account: str) -> list[tuple[str, int]]:
    """What all books together have on an account, a figure for each currency."""
    return [
        (currency, sum(row.balance_minor for row in rows if (row.account, row.currency) == (account, currency)))
        for currency in currencies(rows) or [STATED]
    ]


def held(rows: list, gettext: Any) -> list[dict[str, Any]]:
    """What the provider holds, and what is on its way between books, in each currency."""
    provider = [
        {
            "label": gettext("At the payment provider"), "value": money(minor, currency),
            "href": f"/operator/books/accounts/provider?currency={currency}",
        }
        for currency, minor in sums_of(rows, "provider")
    ]  # fmt: skip
    between = [
        {
            "label": gettext("Between books now"), "value": money(minor, currency), "note": gettext("zero at rest"),
            "href": "/operator/books/transit",
        }
        for currency, minor in sums_of(rows, "transit")
    ]  # fmt: skip
    return provider + between


def balanced(rows: list) -> bool:
    """Whether each kind of book nets to zero in each currency."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in rows:
        sums[row.kind, row.currency] += row.balance_minor
    return not any(sums.values())


async def _count(request: Request, name: str) -> int:
    told = {"now": now_of(request)} if name == "late" else {}
    (row,) = await database_of(request).fetch(OPEN[name], **told)
    return row.n


def trial(rows: list, currency: str, gettext: Any) -> list[dict[str, Any]]:
    """One row per account of a currency, debits less credits, and their sum, which must be zero in each column."""
    rows = [row for row in rows if row.currency == currency]
    accounts = [account for account in ACCOUNTS if any(row.account == account for row in rows)]
    shown = []
    for account in accounts:
        found = {row.kind: row.balance_minor for row in rows if row.account == account}
        address = f"/operator/books/accounts/{account}?currency={currency}"
        shown.append(
            {
                "account": gettext(ACCOUNTS[account]), "currency": currency,
                **{kind: found.get(kind, 0) for kind in KINDS},
                **{f"{kind}_href": f"{address}&kind={kind}" for kind in found},
                "sum": sum(found.values()), "sum_href": address,
            }
        )  # fmt: skip
    sums = {key: sum(row[key] for row in shown) for key in (*KINDS, "sum")}
    return [*shown, {"account": gettext("Sum"), "currency": currency, **sums}]


routes = [Route("/operator/books", show)]
