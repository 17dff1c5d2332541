"""What becomes of a refund: heard from the provider, asked about when nothing is heard, tried anew when it failed."""

from typing import Literal

from jishi.kernel.aftersale import THE_CLAIMS, ClaimRefunded
from jishi.kernel.grammar import Command, Event, handles, timer
from jishi.kernel.ids import OwnerId
from jishi.kernel.orders import RELEASED, THE_LINES, THE_ORDER, THE_SKUS, escrow_of, less, lines_left, spread
from jishi.kernel.parcels import over
from jishi.kernel.payments import THE_CAPTURES
from jishi.kernel.refunds import (
    OWED,
    THE_REFUND,
    THE_REFUNDS,
    LineGivenBack,
    Refund,
    RefundAsked,
    RefundFailed,
    RefundRetried,
    RefundSucceeded,
    Why,
    request,
)
from jishi.kernel.refused import require
from jishi.kernel.roles import PROVIDER, TIMER, operator
from jishi.kernel.settling import THE_BALANCES, THE_MOVES, take_back
from jishi.kernel.stock import OrderId
from jishi.kernel.waits import wait_ms

RETRY_FIRST_MS, RETRY_MOST_MS = 3_600_000, 86_400_000  # our default: how soon and how seldom a refund is tried anew
TRIES_MOST = 12  # our default: after so many, about a week, it waits for an operator


class RecordRefund(Command, frozen=True):
    """The provider says what became of a refund."""

    shop: OwnerId
    order: OrderId
    refund: int
    outcome: Literal["succeeded", "failed"]


class AskRefund(Command, frozen=True):
    """A refund has been on its way for long: ask for it."""

    shop: OwnerId
    order: OrderId
    refund: int


class RetryRefund(Command, frozen=True):
    """A refund failed: ask for it again, as a new one. After many tries only an operator does."""

    shop: OwnerId
    order: OrderId
    refund: int


timer("ask_refund", AskRefund)
timer("retry_refund", RetryRefund)


@handles(
    RecordRefund,
    who=(PROVIDER,),
    needs=(
        THE_ORDER,
        THE_LINES,
        THE_SKUS,
        THE_CAPTURES,
        THE_REFUND,
        THE_REFUNDS,
        THE_CLAIMS,
        THE_MOVES,
        THE_BALANCES,
    ),
    state=("refund", ("requested",)),
)
def record_refund(c, case, now, ids):
    order, refund = case.order, case.refund
    if c.outcome == "failed":
        again_ms = now + wait_ms(tried(case), RETRY_FIRST_MS, RETRY_MOST_MS)
        return [RefundFailed(c.order, c.refund, refund.txn, refund.amount_minor, again_ms)]
    backs = given_back(case.lines, refund) if refund.line else {}
    given = [LineGivenBack(c.order, line, *amounts) for line, amounts in backs.items() if any(amounts)]
    twice = gone_twice(case.captures, refund)
    reclaimed = take_back(case, backs if order.state == "settled" else {}, twice)
    done = [RefundSucceeded(c.order, c.refund, refund.txn, refund.amount_minor, refund.currency)]
    claim = claim_done(case, refund)
    ended = order.state in RELEASED and escrow_of(order) + twice == refund.amount_minor
    return [*reclaimed, *given, *done, *claim, *(over(order, case.lines) if ended else [])]


@handles(AskRefund, who=(TIMER,), needs=(THE_ORDER, THE_REFUND), state=("refund", ("requested",)))
def ask_refund(c, case, now, ids):
    return [RefundAsked(c.order, c.refund, now + wait_ms(case.refund.asks))]


@handles(
    RetryRefund,
    who=(TIMER, operator("books")),
    needs=(THE_ORDER, THE_CAPTURES, THE_REFUND, THE_REFUNDS, THE_CLAIMS),
    state=("refund", ("failed",)),
)
def retry_refund(c, case, now, ids):
    refund = case.refund
    require(case.me or tried(case) < TRIES_MOST, "refund_stuck")
    captures = [capture for capture in case.captures if capture.txn == refund.txn]
    why = Why("again", refund.claim, refund.line)
    again = request(
        case.order, captures, case.refunds, why, refund.amount_minor - refund.freight_minor, refund.freight_minor
    )
    return [RefundRetried(c.order, c.refund), *(again or claim_done(case, refund))]


def tried(case) -> int:
    """How often the money of this refund was asked for before."""
    for_it = (case.refund.txn, case.refund.claim, case.refund.line)
    return sum(row.state == "retried" and (row.txn, row.claim, row.line) == for_it for row in case.refunds)


def gone_twice(captures: tuple, refund: Refund) -> int:
    """What of a refund the payer's bank had taken back already: he has it twice, and the shop owes it."""
    capture = next(capture for capture in captures if capture.txn == refund.txn)
    return max(0, capture.refunded_minor + capture.undone_minor + refund.amount_minor - capture.amount_minor)


def given_back(lines: tuple, refund: Refund) -> dict[int, tuple[int, int]]:
    """What goes back of each line: of the refund's own first; of others only where a bank has taken that already."""
    own = next(line for line in lines if line.n == refund.line)
    goods_left, freight_left = lines_left((own,))
    goods, freight = min(refund.goods_minor, goods_left), min(refund.freight_minor, freight_left)
    rest = refund.amount_minor - goods - freight
    if not rest:
        return {own.n: (goods, freight)}
    backs = spread(less(lines, {own.n: (goods, freight)}), rest)
    return backs | {own.n: (backs[own.n][0] + goods, backs[own.n][1] + freight)}


def claim_done(case, refund: Refund) -> list[Event]:
    """The claim is done when nothing of it has still to go back."""
    claim = next((claim for claim in case.claims if claim.n == refund.claim and claim.state == "refunding"), None)
    owed = any(row.claim == refund.claim and row.n != refund.n and row.state in OWED for row in case.refunds)
    return [ClaimRefunded(refund.order, claim.n)] if claim and not owed else []
