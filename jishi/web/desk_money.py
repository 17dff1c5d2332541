"""The shop's money: what is there, what is on its way, and the statement, each line with its deal and its rule."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.ledger import Balance, EntryRow, amount_of
from jishi.kernel.orders import Order, escrow_of
from jishi.kernel.payouts import Payout
from jishi.kernel.refused import Refused
from jishi.kernel.settling import ShareMove
from jishi.store.queries import desk_counts
from jishi.store.queries.roles import shop_sees
from jishi.store.query import before
from jishi.web.asking import database_of, fields, language_of, send
from jishi.web.deal_money import ACCOUNTS
from jishi.web.desk import desk_context, shop_of
from jishi.web.entry_words import entry_word, rule_word, version_day
from jishi.web.formats import money
from jishi.web.profile import withdrawal
from jishi.web.refusals import saying_of
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import ORDER

AT_ONCE, PENDING_MOST = 50, 20
OWED = "receivable"


async def show(request: Request) -> Response:
    """Balances, withdrawals, and the statement."""
    return await _money(request)


async def _money(request: Request, why: tuple | None = None) -> Response:
    shop, database = shop_of(request, "money"), database_of(request)
    balances = await database.read(Balance, "WHERE owner = :shop", shop=shop)
    held = {(row.owner, row.account, row.currency): row for row in balances}
    last = before(request.query_params.get("after", ""))
    entries = await database.read(
        EntryRow,
        "WHERE owner = :shop AND seq < :before ORDER BY seq DESC, n DESC LIMIT :most",
        shop=shop,
        before=last,
        most=AT_ONCE + 20,
    )
    shown, more = whole_rows(entries)
    context = {
        "kpis": _kpis(request, held, shop),
        "available_minor": amount_of(held, shop, "available", "CNY"),
        "rows": await statement(request, shop, shown),
        "more": f"?after={more}" if more else "",
        "payouts": await database.read(Payout, "WHERE owner = :shop ORDER BY id DESC LIMIT 20", shop=shop),
        "pending": await pending(request, shop),
        "why": why,
    }
    return page(request, "merchant/money.html", context | await desk_context(request, shop), status=409 if why else 200)


async def pending(request: Request, shop: int) -> list[dict[str, Any]]:
    """Money of orders that is still in escrow, and when it becomes the shop's: after receipt and the time for claims.
    """
    gettext, base = gettext_of(request), f"/desk/{public_owner(shop)}/orders"
    rows = await desk_counts.maturing(database_of(request), shop, PENDING_MOST)
    return [
        {
            "order": public_id(shop, row.id), "order_href": f"{base}/{public_id(shop, row.id)}",
            "amount": escrow_of(row), "currency": row.currency, "state": gettext(ORDER[row.state].label),
            "due_ms": row.settle_at_ms - row.ahead_ms if row.settle_at_ms else None,
            "rule": version_day(row.rules), "rule_href": f"/rules/{row.rules}",
        }
        for row in rows
        if escrow_of(row)
    ]  # fmt: skip


def whole_rows(entries: list[EntryRow]) -> tuple[list[EntryRow], int]:
    """A page of entries that never parts those of one log row, and the row after which the next page begins."""
    if len(entries) <= AT_ONCE:
        return entries, 0
    last = entries[AT_ONCE - 1].seq
    shown = [entry for entry in entries if entry.seq >= last]
    return shown, last if len(shown) < len(entries) else 0


def _kpis(request: Request, held: dict, shop: int) -> list[dict[str, Any]]:
    gettext = gettext_of(request)
    notes = {
        "available": gettext("Settled: it can be withdrawn"),
        "escrow": gettext("Paid, not settled: not the shop's yet"),
        "transit": gettext("On its way to others who share"),
        "payout": gettext("Asked for, not confirmed yet"),
    }
    shown = [
        {"label": gettext(ACCOUNTS[name]), "value": money(amount_of(held, shop, name, "CNY")), "note": note}
        for name, note in notes.items()
    ]
    owed = amount_of(held, shop, OWED, "CNY")
    return shown + ([{"label": gettext(ACCOUNTS[OWED]), "value": money(owed)}] if owed else [])


async def statement(request: Request, shop: int, entries: list[EntryRow]) -> list[dict[str, Any]]:
    """Entries for the table, each with its order and the rule that decided it."""
    numbers = sorted({entry.order for entry in entries if entry.order})
    database = database_of(request)
    moves = await database.read(
        ShareMove, 'WHERE owner = :shop AND "order" IN (:orders*) ORDER BY "order", n', shop=shop, orders=numbers
    )
    orders = await database.read(Order, "WHERE owner = :shop AND id IN (:orders*)", shop=shop, orders=numbers)
    bound, rules = {order.id: order for order in orders}, {}
    for move in moves:
        rules.setdefault((move.order, f"{move.kind}.{move.role}"), move.rule)
    return [
        _line(request, entry, bound.get(entry.order), rules.get((entry.order, entry.code), "")) for entry in entries
    ]


def _line(request: Request, entry: EntryRow, order: Order | None, share_rule: str) -> dict[str, Any]:
    """One entry. A share follows a rule of its own, frozen with it; whatever else moves an order's money follows the
    version of the rules the order was bound to when it was placed. A withdrawal is the shop's own will: no rule.
    """
    gettext = gettext_of(request)
    told = {
        "seq": entry.seq, "code": entry_word(gettext, entry.code), "debit": gettext(ACCOUNTS[entry.debit]),
        "credit": gettext(ACCOUNTS[entry.credit]), "amount": entry.amount_minor, "currency": entry.currency,
        "rule": None, "order": None,
    }  # fmt: skip
    if order is None:
        return told
    number = public_id(entry.owner, order.id)
    seen = shop_sees(order)  # a gift that nobody has accepted yet is money, but no order of the shop's
    return told | {
        "rule": rule_word(gettext, share_rule, order.rules), "rule_href": f"/rules/{order.rules}", "order": number,
        "order_href": f"/desk/{public_owner(entry.owner)}/orders/{number}" if seen else "",
    }  # fmt: skip


async def withdraw(request: Request) -> Response:
    """Send available money to the shop's account outside."""
    shop, form = shop_of(request, "money"), await fields(request)
    try:
        await send(request, withdrawal(shop, form), form)
    except Refused as refused:
        return await _money(request, saying_of(refused.code, language_of(request)))
    return see_other(request, f"/desk/{public_owner(shop)}/money")


routes = [Route("/desk/{shop}/money", show), Route("/desk/{shop}/money", withdraw, methods=["POST"])]
