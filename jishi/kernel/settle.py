"""Settling an order when its time for claims is over, and booking each share in its receiver's own book."""

from typing import Literal

from jishi.kernel.aftersale import OPEN, THE_CLAIMS
from jishi.kernel.grammar import Command, Event, evolves, handles, many, nothing_to_do, one, timer
from jishi.kernel.ids import OwnerId
from jishi.kernel.ledger import Balance, amount_of
from jishi.kernel.money import Code, Currency, Positive
from jishi.kernel.orders import THE_LINES, THE_ORDER, OrderSettled, escrow_of
from jishi.kernel.owners import PLATFORM
from jishi.kernel.refunds import OWED, THE_REFUNDS
from jishi.kernel.refused import require
from jishi.kernel.roles import REACTION, TIMER
from jishi.kernel.rows import Row, table
from jishi.kernel.settling import THE_BALANCES, THE_MOVES, settle
from jishi.kernel.stock import OrderId


class SettleOrder(Command, frozen=True):
    """Received, and the time for claims is over."""

    shop: OwnerId
    order: OrderId


timer("settle", lambda owner, order, n: SettleOrder(owner, order))


@handles(
    SettleOrder,
    who=(TIMER,),
    needs=(THE_ORDER, THE_LINES, THE_CLAIMS, THE_REFUNDS, THE_MOVES, THE_BALANCES),
    state=("order", ("received",)),
)
def settle_order(c, case, now, ids):
    """Not while a claim is open or money is on its way back: the timer asks again."""
    require(now >= case.order.settle_at_ms, "not_yet")
    require(all(claim.state not in OPEN for claim in case.claims), "claim_open")
    require(all(refund.state not in OWED for refund in case.refunds), "refund_open")
    shares = settle(case, case.lines)
    assert sum(share.amount_minor for share in shares) == escrow_of(case.order), "shares are not the escrow"
    return [*shares, OrderSettled(c.order)]


# -- the other side: a share in its receiver's book -------------------------------------------------


@table("transfers", ("owner", "shop", "order", "n"), checks=("amount_minor > 0",))
class Transfer(Row, frozen=True):
    """A share that came from a shop's transit, or was taken back into it, once per movement there."""

    owner: int
    shop: OwnerId
    order: int
    n: int
    kind: str
    role: str
    amount_minor: int
    offset_minor: int
    currency: str
    at: int


class BookShare(Command, frozen=True):
    """Book a share that a shop has settled or reclaimed in the book of who earns it."""

    payee: OwnerId
    shop: OwnerId
    order: int
    move: int
    kind: Literal["settled", "reclaimed"]
    role: Code
    amount_minor: Positive
    currency: Currency


class ShareBooked(Event, frozen=True):
    """A share arrived. Books: transit to fees or earnings, netting what the payee owes."""

    shop: OwnerId
    order: int
    move: int
    role: Code
    account: Code
    amount_minor: int
    offset_minor: int
    currency: Code


class ShareTakenBack(Event, frozen=True):
    """A share left again. Books: fees or earnings, then a receivable, to transit."""

    shop: OwnerId
    order: int
    move: int
    role: Code
    account: Code
    amount_minor: int
    offset_minor: int
    currency: Code


@evolves(Transfer, ShareBooked, ShareTakenBack, key=("shop", "order", "move"))
def _transfer(row, e, stamp):
    kind = "settled" if isinstance(e, ShareBooked) else "reclaimed"
    return Transfer(
        stamp.owner, e.shop, e.order, e.move, kind, e.role, e.amount_minor, e.offset_minor, e.currency, stamp.at
    )


@handles(
    BookShare,
    who=(REACTION,),
    needs=(
        one("transfer", Transfer, lambda c, k: (c.payee, c.shop, c.order, c.move)),
        many("balances", Balance, lambda c, k: (c.payee,)),
    ),
)
def book_share(c, case, now, ids) -> list[Event]:
    if case.transfer:
        return nothing_to_do("booked_before")
    account = "fees" if c.payee == PLATFORM else "earnings"
    held = amount_of(case.balances, c.payee, account, c.currency)
    owed = amount_of(case.balances, c.payee, "receivable", c.currency)
    if c.kind == "settled":
        offset = min(owed, c.amount_minor)
        return [ShareBooked(c.shop, c.order, c.move, c.role, account, c.amount_minor, offset, c.currency)]
    offset = max(0, c.amount_minor - max(0, held))
    return [ShareTakenBack(c.shop, c.order, c.move, c.role, account, c.amount_minor, offset, c.currency)]
