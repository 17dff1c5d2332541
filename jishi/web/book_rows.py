"""The rows behind the figures of the books: who holds what on an account, an owner's entries, what is in transit."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.ledger import EntryRow
from jishi.kernel.owners import Head
from jishi.store.query import before, under
from jishi.web.asking import database_of, missing, owner_in
from jishi.web.deal_money import ACCOUNTS
from jishi.web.desk_money import whole_rows
from jishi.web.entry_words import entry_word
from jishi.web.judging import operator_with
from jishi.web.languages import mark
from jishi.web.rendering import page
from jishi.web.saying import gettext_of
from jishi.web.words import ROLE

SHOWN_MOST = 100
_HOLDERS = """
SELECT b.owner AS owner, h.kind AS kind, b.currency AS currency, b.balance_minor AS balance_minor
FROM balances b JOIN heads h ON h.owner = b.owner
WHERE b.account = :account AND b.balance_minor <> 0 ORDER BY h.kind, b.balance_minor DESC, b.owner LIMIT :most
"""
_UNEVEN = """
SELECT owner, currency, CAST(SUM(balance_minor) AS BIGINT) AS balance_minor FROM balances
GROUP BY owner, currency HAVING SUM(balance_minor) <> 0 ORDER BY owner LIMIT :most
"""
_TRANSIT = """
SELECT m.owner AS owner, m."order" AS "order", m.kind AS kind, m.role AS role, m.amount_minor AS amount_minor,
  m.currency AS currency, m.at AS at
FROM share_moves m WHERE m.role <> 'merchant' AND NOT EXISTS (
  SELECT 1 FROM transfers t WHERE t.owner = m.payee AND t.shop = m.owner AND t."order" = m."order" AND t.n = m.n)
ORDER BY m.at, m.owner, m."order", m.n LIMIT :most
"""
WAYS = {"settled": mark("To who earned it"), "reclaimed": mark("Back to the order")}


def rows_page(
    request: Request, head: str, columns: list[tuple[str, str, str]], rows: list[dict[str, Any]], more: str = ""
) -> Response:
    """The page of rows behind a figure. columns: key, label and kind; more: the query of the next page."""
    told = [{"key": key, "label": label, "kind": kind} for key, label, kind in columns]
    return page(request, "operator/book_rows.html", {"head": head, "columns": told, "rows": rows, "more": more})


async def holders(request: Request) -> Response:
    """Whose balances make up an account's figure, the largest first."""
    operator_with(request, "books", "judge")
    gettext, account = gettext_of(request), request.path_params["account"]
    if account not in ACCOUNTS:
        missing()
    kind, currency = request.query_params.get("kind", ""), request.query_params.get("currency", "")
    found = await database_of(request).fetch(_HOLDERS, account=account, most=1_000)
    rows = [
        {
            "owner": public_owner(row.owner), "kind": gettext(row.kind), "currency": row.currency,
            "balance": row.balance_minor, "owner_href": f"/operator/books/owners/{public_owner(row.owner)}",
        }
        for row in found
        if kind in ("", row.kind) and currency in ("", row.currency)
    ]  # fmt: skip
    columns = [
        ("owner", gettext("Whose"), "id"),
        ("balance", gettext("Debits less credits"), "money"),
    ]
    return rows_page(request, gettext(ACCOUNTS[account]), columns, rows[:SHOWN_MOST])


async def uneven(request: Request) -> list[Any]:
    """Books that do not net to zero, by owner and currency: there must be none."""
    return await database_of(request).fetch(_UNEVEN, most=SHOWN_MOST)


async def owner(request: Request) -> Response:
    """An owner's entries, newest first, each with its deal."""
    operator_with(request, "books", "judge")
    gettext, owner = gettext_of(request), owner_in(request, "owner")
    if not await under(database_of(request), Head, (owner,)):
        missing()
    entries = await database_of(request).read(
        EntryRow, "WHERE owner = :owner AND seq < :before ORDER BY seq DESC, n DESC LIMIT :most",
        owner=owner, before=before(request.query_params.get("after", "")), most=70,
    )  # fmt: skip
    shown, more = whole_rows(entries)
    columns = [
        ("seq", gettext("Log"), "number"),
        ("code", gettext("What"), "text"),
        ("debit", gettext("Debit"), "text"),
        ("credit", gettext("Credit"), "text"),
        ("amount", gettext("Amount"), "money"),
        ("order", gettext("Deal"), "id"),
    ]
    rows = [entry_row(gettext, owner, row) for row in shown]
    return rows_page(request, public_owner(owner), columns, rows, f"?after={more}" if more else "")


def entry_row(gettext: Any, owner: int, row: EntryRow) -> dict[str, Any]:
    """One entry. An order's number belongs to the shop's own book; elsewhere it names no deal by itself."""
    order = public_id(owner, row.order) if row.order else None
    return {
        "seq": row.seq, "code": entry_word(gettext, row.code), "debit": gettext(ACCOUNTS[row.debit]), "order": order,
        "credit": gettext(ACCOUNTS[row.credit]), "amount": row.amount_minor, "currency": row.currency,
        "order_href": f"/deals/{order}" if order and row.debit in ("provider", "escrow") else "",
    }  # fmt: skip


async def transit(request: Request) -> Response:
    """Shares that have left a shop's book and are not in their receiver's yet, the oldest first."""
    operator_with(request, "books", "judge")
    gettext = gettext_of(request)
    found = await database_of(request).fetch(_TRANSIT, most=SHOWN_MOST)
    columns = [
        ("at", gettext("Since"), "time"),
        ("way", gettext("Where to"), "text"),
        ("role", gettext("Whose"), "text"),
        ("amount", gettext("Amount"), "money"),
        ("order", gettext("Deal"), "id"),
    ]
    rows = []
    for row in found:
        deal = public_id(row.owner, row.order)
        rows.append(
            {
                "at": row.at, "way": gettext(WAYS[row.kind]), "amount": row.amount_minor,
                "role": gettext(ROLE.get(row.role, row.role)), "currency": row.currency, "order": deal,
                "order_href": f"/deals/{deal}",
            }
        )  # fmt: skip
    return rows_page(request, gettext("Between books now"), columns, rows)


routes = [
    Route("/operator/books/transit", transit),
    Route("/operator/books/accounts/{account}", holders),
    Route("/operator/books/owners/{owner}", owner),
]
