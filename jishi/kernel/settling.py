"""Settlement: escrow becomes the shares frozen at placing. What goes back later is taken back at the same rates."""

from typing import NamedTuple

from msgspec.structs import replace

from jishi.kernel.grammar import Event, evolves, many
from jishi.kernel.ids import OwnerId
from jishi.kernel.ledger import Balance, amount_of
from jishi.kernel.money import Code
from jishi.kernel.orders import Line, Order
from jishi.kernel.rows import Row, table
from jishi.kernel.shares import line_shares
from jishi.kernel.stock import OrderId


@table("share_moves", ("owner", "order", "n"), checks=("amount_minor > 0", "offset_minor >= 0"))
class ShareMove(Row, frozen=True):
    """One movement of one share. kind: settled or reclaimed. offset_minor: netted against, or left as, a receivable."""

    owner: int
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


class ShareSettled(Event, frozen=True):
    """A share is paid. Books: escrow to the shop's receivable and available money, or to transit for other payees."""

    order: OrderId
    move: int
    line: int
    role: Code
    payee: OwnerId
    amount_minor: int
    offset_minor: int
    currency: Code
    rule: Code


class ShareReclaimed(Event, frozen=True):
    """A share is taken back. Books: the shop's available money, then a receivable, or transit, to escrow.

    Line 0 with the rule gone_twice: the payer got money by refund and by his bank, and the shop puts it back.
    """

    order: OrderId
    move: int
    line: int
    role: Code
    payee: OwnerId
    amount_minor: int
    offset_minor: int
    currency: Code
    rule: Code


@evolves(ShareMove, ShareSettled, ShareReclaimed, key=("order", "move"))
def _moved(row, e, stamp):
    kind = "settled" if isinstance(e, ShareSettled) else "reclaimed"
    return ShareMove(
        stamp.owner,
        e.order,
        e.move,
        kind,
        e.line,
        e.role,
        e.payee,
        e.amount_minor,
        e.offset_minor,
        e.currency,
        e.rule,
        stamp.at,
    )


@evolves(Order, ShareSettled, ShareReclaimed, key=("order",))
def _sums(row, e, stamp):
    if isinstance(e, ShareSettled):
        return replace(row, settled_minor=row.settled_minor + e.amount_minor)
    return replace(row, reclaimed_minor=row.reclaimed_minor + e.amount_minor)


THE_MOVES = many("moves", ShareMove, lambda c, k: (c.shop, c.order))
THE_BALANCES = many("balances", Balance, lambda c, k: (c.shop,))


class Purse(NamedTuple):
    """What the shop's book holds for netting, as the events of one decision use it up."""

    available: list[int]
    receivable: list[int]


def purse_of(case, currency: str) -> Purse:
    owner = case.order.owner
    return Purse(
        [amount_of(case.balances, owner, "available", currency)],
        [amount_of(case.balances, owner, "receivable", currency)],
    )


def settle_share(order: Order, n: int, line: int, share: tuple[str, int, int, str], purse: Purse) -> ShareSettled:
    """Pay one share; the merchant's first fills what his shop owes."""
    role, payee, amount, rule = share
    offset = min(purse.receivable[0], amount) if role == "merchant" else 0
    purse.receivable[0] -= offset
    if role == "merchant":
        purse.available[0] += amount - offset
    return ShareSettled(order.id, n, line, role, payee, amount, offset, order.currency, rule)


def reclaim_share(order: Order, n: int, line: int, share: tuple[str, int, int, str], purse: Purse) -> ShareReclaimed:
    """Take one share back; what the shop's available money does not cover becomes a receivable."""
    role, payee, amount, rule = share
    offset = max(0, amount - max(0, purse.available[0])) if role == "merchant" else 0
    if role == "merchant":
        purse.available[0] -= amount - offset
        purse.receivable[0] += offset
    return ShareReclaimed(order.id, n, line, role, payee, amount, offset, order.currency, rule)


def settle(case, lines: tuple[Line, ...]) -> list[Event]:
    """Pay every share of what is left of every line."""
    purse, events, n = purse_of(case, case.order.currency), [], len(case.moves)
    for line in lines:
        for share in line_shares(line, line.given_back_minor, line.freight_back_minor):
            if share[2]:
                n += 1
                events.append(settle_share(case.order, n, line.n, share, purse))
    return events


def take_back(case, backs: dict[int, tuple[int, int]], twice_minor: int = 0) -> list[Event]:
    """Take back the shares of what goes back now: line -> (goods, freight), at the line's rates on its cumulative sum.

    twice_minor: what leaves though it has left before, for no line; the shop puts it back.
    """
    purse, events, n = purse_of(case, case.order.currency), [], len(case.moves)
    for line in case.lines:
        goods, freight = backs.get(line.n, (0, 0))
        before = line_shares(line, line.given_back_minor, line.freight_back_minor)
        after = line_shares(line, line.given_back_minor + goods, line.freight_back_minor + freight)
        for (role, payee, was, rule), (_, _, now, _) in zip(before, after, strict=True):
            if was > now:
                n += 1
                events.append(reclaim_share(case.order, n, line.n, (role, payee, was - now, rule), purse))
            elif now > was:  # two payees' cents came free at once: one of them is the merchant's
                n += 1
                events.append(settle_share(case.order, n, line.n, (role, payee, now - was, rule), purse))
    if twice_minor:
        share = ("merchant", case.order.owner, twice_minor, "gone_twice")
        events.append(reclaim_share(case.order, n + 1, 0, share, purse))
    return events
