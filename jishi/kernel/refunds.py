"""Refunds: money on its way back to the payer. Rows, events, asking; what becomes of one is in `refund_results.py`."""

from typing import NamedTuple

from msgspec.structs import replace

from jishi.kernel.grammar import Event, evolves, many, one
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code
from jishi.kernel.orders import Line, Order
from jishi.kernel.payments import Capture
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import OrderId


@table(
    "refunds",
    ("owner", "order", "n"),
    changes=("state", "asks", "done_ms"),
    indexes=(("state",),),
    checks=("amount_minor > 0",),
)
class Refund(Row, frozen=True):
    """One refund of one transaction.

    amount = goods + freight + what belongs to no line (surplus, closed order: line 0).

    claim, line: the after-sale claim and line it is for, or 0. kind: claim, late, surplus, gate, cancelled or again.
    """

    owner: int
    order: OrderId
    n: int
    state: str
    kind: str
    txn: str
    trade: str
    claim: int
    line: int
    amount_minor: int
    goods_minor: int
    freight_minor: int
    currency: str
    asks: int
    asked_ms: int
    done_ms: int


class RefundRequested(Event, frozen=True):
    order: OrderId
    refund: int
    kind: Code
    txn: Code
    trade: Code
    claim: int
    line: int
    amount_minor: int
    goods_minor: int
    freight_minor: int
    currency: Code


class RefundAsked(Event, frozen=True):
    """Nothing final was heard: ask the provider, and send the refund again if it has never seen it."""

    order: OrderId
    refund: int
    again_ms: int


class RefundSucceeded(Event, frozen=True):
    """The payer has his money. Books: escrow to provider."""

    order: OrderId
    refund: int
    txn: Code
    amount_minor: int
    currency: Code


class RefundFailed(Event, frozen=True):
    order: OrderId
    refund: int
    txn: Code
    amount_minor: int
    again_ms: int


class RefundRetried(Event, frozen=True):
    """A failed refund was asked for again as a new one, or nothing was left of what it was for."""

    order: OrderId
    refund: int


class LineGivenBack(Event, frozen=True):
    """So much of a line has gone back to the payer, or was taken back by his bank."""

    order: OrderId
    line: int
    goods_minor: int
    freight_minor: int


REFUND = Machine(
    "refund",
    start="requested",
    moves={
        RefundAsked: (("requested",), "requested"),
        RefundSucceeded: (("requested",), "succeeded"),
        RefundFailed: (("requested",), "failed"),
        RefundRetried: (("failed",), "retried"),
    },
    final=("succeeded", "retried"),
)
OWED = ("requested", "failed")  # the money has still to go back


@evolves(Refund, RefundRequested, key=("order", "refund"))
def _requested(row, e, stamp):
    return Refund(
        stamp.owner, e.order, e.refund, REFUND.start, e.kind, e.txn, e.trade, e.claim, e.line, e.amount_minor,
        e.goods_minor,
        e.freight_minor, e.currency, 0, stamp.at, 0,
    )  # fmt: skip


@evolves(Refund, RefundAsked, key=("order", "refund"))
def _asked(row, e, stamp):
    return replace(row, asks=row.asks + 1)


@evolves(Refund, RefundSucceeded, RefundFailed, key=("order", "refund"))
def _done(row, e, stamp):
    return replace(row, state=REFUND.after(row.state, e), done_ms=stamp.at)


@evolves(Refund, RefundRetried, key=("order", "refund"))
def _retried(row, e, stamp):
    return replace(row, state=REFUND.after(row.state, e))


@evolves(Order, RefundRequested, RefundSucceeded, RefundFailed, key=("order",))
@evolves(Capture, RefundRequested, RefundSucceeded, RefundFailed, key=("order", "txn"))
def _sums(row, e, stamp):
    if isinstance(e, RefundRequested):
        return replace(row, refunding_minor=row.refunding_minor + e.amount_minor)
    refunded = row.refunded_minor + (e.amount_minor if isinstance(e, RefundSucceeded) else 0)
    return replace(row, refunding_minor=row.refunding_minor - e.amount_minor, refunded_minor=refunded)


@evolves(Line, LineGivenBack, key=("order", "line"))
def _given_back(row, e, stamp):
    given, freight = row.given_back_minor + e.goods_minor, row.freight_back_minor + e.freight_minor
    return replace(row, given_back_minor=given, freight_back_minor=freight)


# -- asking for a refund ----------------------------------------------------------------------------


class Why(NamedTuple):
    """What a refund is for."""

    kind: str
    claim: int = 0
    line: int = 0


def refundable(capture: Capture) -> int:
    """What of a capture can still go back."""
    left = capture.amount_minor - capture.refunding_minor - capture.refunded_minor - capture.undone_minor
    return max(0, left)  # below zero while a refund is on its way of what was undone meanwhile


def request(order: Order, captures, refunds, why: Why, goods_minor: int, freight_minor: int) -> list[Event]:
    """Refunds for an amount, taken from the order's captures in order; less where less is left."""
    events, n = [], len(refunds)
    for capture in captures:
        part = min(refundable(capture), goods_minor + freight_minor)
        if part <= 0:
            continue
        n, goods = n + 1, min(part, goods_minor)
        events.append(
            RefundRequested(
                order.id,
                n,
                why.kind,
                capture.txn,
                capture.trade,
                why.claim,
                why.line,
                part,
                goods,
                part - goods,
                capture.currency,
            )
        )
        goods_minor, freight_minor = goods_minor - goods, freight_minor - (part - goods)
    return events


def request_all(order: Order, captures, refunds, kind: str) -> list[Event]:
    """Everything that came in and has not gone back, goes back."""
    return request(order, captures, refunds, Why(kind), sum(refundable(capture) for capture in captures), 0)


THE_REFUND = one("refund", Refund, lambda c, k: (c.shop, c.order, c.refund))
THE_REFUNDS = many("refunds", Refund, lambda c, k: (c.shop, c.order))
