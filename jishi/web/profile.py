"""Me: the ways to my orders, gifts, addresses and earnings; how pages look; and what I earned, with its rows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id
from jishi.kernel.ledger import Balance, amount_of
from jishi.kernel.payouts import Payout, Withdraw
from jishi.kernel.refused import Refused, require
from jishi.kernel.settle import Transfer
from jishi.store.queries import page_goods
from jishi.web.asking import database_of, fields, language_of, me, send
from jishi.web.claims import minor_of
from jishi.web.refusals import saying_of
from jishi.web.rendering import page, see_other

ACCOUNT_MOST = 60


async def show(request: Request) -> Response:
    """Who is signed in, and where to go from here."""
    me(request)
    return page(request, "buyer/me.html")


async def earnings(request: Request) -> Response:
    """What I earned for bringing buyers: balance, every share with its deal, withdrawals."""
    return await _earnings(request)


async def _earnings(request: Request, why: tuple | None = None) -> Response:
    by, database = me(request), database_of(request)
    balances = await database.read(Balance, "WHERE owner = :me", me=by.id)
    held = {(row.owner, row.account, row.currency): row for row in balances}
    rows = await database.read(Transfer, "WHERE owner = :me ORDER BY at DESC LIMIT 100", me=by.id)
    shops = await page_goods.shop_names(database, {row.shop for row in rows}, language_of(request))
    context = {
        "available_minor": amount_of(held, by.id, "earnings", "CNY"),
        "under_way_minor": amount_of(held, by.id, "payout", "CNY"),
        "owed_minor": amount_of(held, by.id, "receivable", "CNY"),
        "shares": [(row, shops.get(row.shop, ""), public_id(row.shop, row.order)) for row in rows],
        "payouts": await database.read(Payout, "WHERE owner = :me ORDER BY id DESC LIMIT 20", me=by.id),
        "why": why,
    }
    return page(request, "buyer/earnings.html", context, status=409 if why else 200)


async def withdraw(request: Request) -> Response:
    """Send earnings to my account outside."""
    by, form = me(request), await fields(request)
    try:
        await send(request, withdrawal(by.id, form), form)
    except Refused as refused:
        return await _earnings(request, saying_of(refused.code, language_of(request)))
    return see_other(request, "/me/earnings")


def withdrawal(owner: int, form: dict[str, str]) -> Withdraw:
    """The command of a withdrawal's form."""
    amount, account = minor_of(form.get("amount", "")), form.get("account", "")
    fits = account.isascii() and account.replace("-", "").isalnum() and len(account) <= ACCOUNT_MOST
    require(amount and fits, "input_malformed")
    return Withdraw(owner, amount, account)


routes = [
    Route("/me", show),
    Route("/me/earnings", earnings),
    Route("/me/earnings", withdraw, methods=["POST"]),
]
