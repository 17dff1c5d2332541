"""The books as their owner reads them: balances, statement, settlement lines, withdrawals, earnings."""

from jishi.kernel.grammar import Role
from jishi.kernel.ids import OwnerId
from jishi.kernel.ledger import ACCOUNTS, Balance, EntryRow
from jishi.kernel.payouts import Payout, PayoutId
from jishi.kernel.refused import require
from jishi.kernel.roles import SELF, operator, staff
from jishi.kernel.settle import Transfer
from jishi.kernel.settling import ShareMove
from jishi.kernel.stock import OrderId
from jishi.store.queries.order_parts import OfOrder, children
from jishi.store.queries.orders import THE_ORDER
from jishi.store.queries.roles import BACK_OFFICE
from jishi.store.queries.shop_goods import whole_steps
from jishi.store.query import Page, Paged, View, answers, before, cursor_known

OWN_BOOK = Role(SELF.name, lambda q, case: case.me != 0 and case.me == q.owner)
BOOKKEEPERS = (staff("money"), operator("books"), BACK_OFFICE)
READERS = (OWN_BOOK, *BOOKKEEPERS)


class OfBook(Paged, frozen=True, kw_only=True):
    """What stands in one owner's book."""

    owner: OwnerId


class BalanceView(View, frozen=True):
    """One account of a book, as money that its name says: `available` is ready to withdraw."""

    owner: OwnerId
    account: str
    currency: str
    balance_minor: int


class Balances(OfBook, frozen=True, kw_only=True):
    """What stands on each account of a shop's or party's book."""


@answers(Balances, "books/balances", who=READERS, view=BalanceView)
async def balances(database, q, case) -> Page:
    cursor_known(not q.after)  # all of it is one page
    rows = await database.read(Balance, "WHERE owner = :owner ORDER BY account, currency", owner=q.owner)
    return Page(
        [BalanceView(row.owner, row.account, row.currency, row.balance_minor * ACCOUNTS[row.account]) for row in rows],
        "",
    )


class EntryView(View, frozen=True):
    """One movement between two accounts of a book. seq: the row of the log that booked it."""

    owner: OwnerId
    seq: int
    n: int
    order: OrderId
    debit: str
    credit: str
    amount_minor: int
    currency: str
    code: str


class Statement(OfBook, frozen=True, kw_only=True):
    """Every movement in a shop's or party's book, newest first."""


@answers(Statement, "books/statement", who=READERS, view=EntryView)
async def statement(database, q, case) -> Page:
    rows = await database.read(
        EntryRow,
        "WHERE owner = :owner AND seq < :before ORDER BY seq DESC, n LIMIT :most",
        owner=q.owner, before=before(q.after), most=q.limit + 500,
    )  # fmt: skip
    shown, after = whole_steps(rows, q.limit)
    views = [
        EntryView(row.owner, row.seq, row.n, row.order, row.debit, row.credit, row.amount_minor, row.currency, row.code)
        for row in shown
    ]
    return Page(views, after)


class ShareView(View, frozen=True):
    """One movement of a share of an order. kind: settled or reclaimed; role: merchant, platform, promoter …"""

    shop: OwnerId
    order: OrderId
    n: int
    kind: str
    line: int
    role: str
    payee: OwnerId
    amount_minor: int
    offset_minor: int
    currency: str
    rule: str
    at: int


class OrderShares(OfOrder, frozen=True, kw_only=True):
    """How an order was settled: each share of each line."""


@answers(OrderShares, "books/shares", who=BOOKKEEPERS, needs=(THE_ORDER,), view=ShareView)
async def order_shares(database, q, case) -> Page:
    require(case.order, "not_found")
    rows = await database.read(
        ShareMove, 'WHERE owner = :shop AND "order" = :order ORDER BY n', shop=q.shop, order=q.order
    )
    shown, after = children(rows, q)
    views = [
        ShareView(
            row.owner,
            row.order,
            row.n,
            row.kind,
            row.line,
            row.role,
            row.payee,
            row.amount_minor,
            row.offset_minor,
            row.currency,
            row.rule,
            row.at,
        )
        for row in shown
    ]
    return Page(views, after)


class PayoutView(View, frozen=True):
    """One withdrawal."""

    owner: OwnerId
    payout: PayoutId
    state: str
    source: str
    amount_minor: int
    currency: str
    asked_ms: int
    done_ms: int


class Payouts(OfBook, frozen=True, kw_only=True):
    """The withdrawals from a shop's or party's book, newest first."""


@answers(Payouts, "payouts/listed", who=READERS, view=PayoutView)
async def payouts(database, q, case) -> Page:
    rows = await database.read(
        Payout,
        "WHERE owner = :owner AND id < :before ORDER BY id DESC LIMIT :most",
        owner=q.owner, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    views = [
        PayoutView(row.owner, row.id, row.state, row.source, row.amount_minor, row.currency, row.asked_ms, row.done_ms)
        for row in rows[: q.limit]
    ]
    return Page(views, str(views[-1].payout) if len(rows) > q.limit else "")


class EarningView(View, frozen=True):
    """A share booked in my book, or taken back out of it, for an order of this shop."""

    shop: OwnerId
    order: OrderId
    n: int
    kind: str
    role: str
    amount_minor: int
    currency: str
    at: int


class Earnings(Paged, frozen=True, kw_only=True):
    """What I earned by bringing buyers, newest first."""

    party: OwnerId


@answers(Earnings, "books/earnings", who=(SELF,), needs=(), view=EarningView)
async def earnings(database, q, case) -> Page:
    rows = await database.read(
        Transfer,
        'WHERE owner = :party AND at < :before ORDER BY at DESC, shop, "order", n LIMIT :most',
        party=q.party, before=before(q.after), most=q.limit + 500,
    )  # fmt: skip
    shown, after = rows, ""
    if len(rows) > q.limit:
        last = rows[q.limit - 1].at
        shown = [row for row in rows if row.at >= last]
        after = str(last) if len(shown) < len(rows) else ""
    return Page(
        [
            EarningView(row.shop, row.order, row.n, row.kind, row.role, row.amount_minor, row.currency, row.at)
            for row in shown
        ],
        after,
    )
