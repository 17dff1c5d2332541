"""Claims, step by step: who may open, answer, send back, judge, and what happens when a deadline passes."""

from typing import Annotated, Literal

from msgspec import Meta

from jishi.kernel.aftersale import (
    OPEN,
    THE_CLAIM,
    THE_CLAIMS,
    Claim,
    ClaimAgreed,
    ClaimClosed,
    ClaimEscalated,
    ClaimGranted,
    ClaimOpened,
    ClaimRefunded,
    ClaimRejected,
    ClaimSentBack,
    ClaimWithdrawn,
)
from jishi.kernel.grammar import Command, Event, handles, timer
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code, Positive, Quantity
from jishi.kernel.orders import THE_LINES, THE_ORDER, THE_SKUS, Line, OrderShipped
from jishi.kernel.parcels import to_send
from jishi.kernel.payments import THE_CAPTURES
from jishi.kernel.refunds import OWED, THE_REFUNDS, Why, request
from jishi.kernel.refused import require
from jishi.kernel.roles import BENEFICIARY, TIMER, operator, staff
from jishi.kernel.stock import OrderId, StockReturned

# Words to choose from, not free text: they stand in the log for ever.
Reason = Literal["damaged", "wrong_item", "not_as_described", "too_late", "changed_mind", "other"]
Rejection = Literal["used", "not_received", "no_fault", "unspecified"]
N = Annotated[int, Meta(ge=1, le=10_000)]
CLAIMABLE = ("to_ship", "partly_shipped", "shipped", "received")


class OpenClaim(Command, frozen=True):
    """Who gets the goods asks for money back, for some pieces of a line; `amount_minor` for less than all they cost."""

    shop: OwnerId
    order: OrderId
    line: N
    kind: Literal["refund", "return"]
    quantity: Quantity
    reason: Reason
    amount_minor: Positive | None = None


class AnswerClaim(Command, frozen=True):
    """The shop agrees or refuses; a refusal names its reason."""

    shop: OwnerId
    order: OrderId
    claim: N
    agree: Annotated[int, Meta(ge=0, le=1)]
    reason: Rejection = "unspecified"


class SendBack(Command, frozen=True):
    """The goods are on their way back to the shop."""

    shop: OwnerId
    order: OrderId
    claim: N
    carrier: Code
    number: Code


class ReceiveReturn(Command, frozen=True):
    """The shop has the goods again and accepts them, back on the shelf if they can be sold."""

    shop: OwnerId
    order: OrderId
    claim: N
    restock: Annotated[int, Meta(ge=0, le=1)] = 0


class WithdrawClaim(Command, frozen=True):
    """Who opened the claim drops it."""

    shop: OwnerId
    order: OrderId
    claim: N


class EscalateClaim(Command, frozen=True):
    """Who opened the claim asks the platform to judge the shop's refusal."""

    shop: OwnerId
    order: OrderId
    claim: N


class JudgeClaim(Command, frozen=True):
    """The platform decides an escalated claim."""

    shop: OwnerId
    order: OrderId
    claim: N
    grant: Annotated[int, Meta(ge=0, le=1)]


class ClaimDue(Command, frozen=True):
    """A claim's deadline has passed for whoever had to act."""

    shop: OwnerId
    order: OrderId
    claim: N


timer("claim_due", ClaimDue)
_MONEY = (THE_ORDER, THE_LINES, THE_SKUS, THE_CLAIM, THE_CAPTURES, THE_REFUNDS)


@handles(
    OpenClaim,
    who=(BENEFICIARY,),
    needs=(THE_ORDER, THE_LINES, THE_SKUS, THE_CLAIMS, THE_CAPTURES, THE_REFUNDS),
    state=("order", CLAIMABLE),
    answer=("order", "claim", "goods_minor", "freight_minor", "due_ms"),
)
def open_claim(c, case, now, ids):
    order, rules = case.order, case.rulebook.of(case.order.rules)
    line = next((line for line in case.lines if line.n == c.line), None)
    require(line, "not_found")
    require(order.state != "received" or now < order.settle_at_ms, "claim_window_over")
    mine = [claim for claim in case.claims if claim.line == c.line]
    require(len(mine) < rules.claims_most, "claims_too_many", most=rules.claims_most)
    require(c.quantity <= line.quantity - line.claimed, "claim_too_many", left=line.quantity - line.claimed)
    unsent = to_send(line) > 0
    require(not unsent or c.quantity <= to_send(line), "claim_unsent_first", left=to_send(line))
    require(c.kind == "refund" or not unsent, "nothing_to_return")
    goods, freight = asked_amount(c, line, unsent, mine)
    number = len(case.claims) + 1
    due = 0 if unsent else now + rules.merchant_answers_ms
    opened = ClaimOpened(c.order, number, c.line, c.kind, c.quantity, goods, freight, c.reason, due)
    if not unsent:
        return [opened]
    claim = Claim(
        c.shop, c.order, number, c.line, c.kind, c.quantity, goods, freight, c.reason, "requested", now, 0, "", ""
    )
    returned = [StockReturned(line.sku, c.order, line.n, c.quantity)]
    return [opened, *grant(case, claim, "unshipped"), *returned, *rest_is_sent(case, c, now)]


def asked_amount(c: OpenClaim, line: Line, unsent: bool, mine: list[Claim]) -> tuple[int, int]:
    """Goods and freight of a claim. What is not sent goes back in full, the freight with a line's last piece."""
    under_way = sum(claim.goods_minor for claim in mine if claim.state in OPEN)
    most = min(line.price_minor * c.quantity, line.amount_minor - line.given_back_minor - under_way)
    require(most > 0, "nothing_to_refund")
    require(c.amount_minor is None or c.amount_minor <= most, "claim_amount_too_high", most_minor=most)
    require(not unsent or c.amount_minor in (None, most), "claim_amount_too_low", least_minor=most)
    whole = unsent and not line.shipped and c.quantity == to_send(line)
    return c.amount_minor or most, line.freight_minor - line.freight_back_minor if whole else 0


def rest_is_sent(case, c: OpenClaim, now: int) -> list[Event]:
    """A partly sent order is wholly sent when what is missing was claimed."""
    waiting = sum(to_send(line) - (c.quantity if line.n == c.line else 0) for line in case.lines)
    if case.order.state != "partly_shipped" or waiting:
        return []
    return [OrderShipped(c.order, now + case.rulebook.of(case.order.rules).receive_after_ms)]


def grant(case, claim: Claim, how: str) -> list[Event]:
    """The money of a claim goes back, less what the payer's bank has taken back of the line meanwhile."""
    line = next(line for line in case.lines if line.n == claim.line)
    mine = [row for row in case.refunds if row.line == line.n and row.state in OWED]
    goods = line.amount_minor - line.given_back_minor - sum(row.goods_minor for row in mine)
    freight = line.freight_minor - line.freight_back_minor - sum(row.freight_minor for row in mine)
    why = Why("claim", claim.n, claim.line)
    back = (min(claim.goods_minor, max(0, goods)), min(claim.freight_minor, max(0, freight)))
    captures = [capture for capture in case.captures if not capture.surplus]  # what was paid twice goes back by itself
    refunds = request(case.order, captures, case.refunds, why, *back)
    return [ClaimGranted(claim.order, claim.n, how), *(refunds or [ClaimRefunded(claim.order, claim.n)])]


def close(claim: Claim, how: str) -> list[Event]:
    return [ClaimClosed(claim.order, claim.n, claim.line, claim.quantity, how)]


def agree(case, claim: Claim, how: str, now: int) -> list[Event]:
    """A refund is granted at once, as is a return whose goods are on their way; else a return waits for the goods."""
    if claim.kind == "refund" or claim.carrier:
        return grant(case, claim, how)
    return [ClaimAgreed(claim.order, claim.n, how, now + case.rulebook.of(case.order.rules).buyer_returns_ms)]


@handles(AnswerClaim, who=(staff("aftersale"),), needs=_MONEY, state=("claim", ("requested", "returning")))
def answer_claim(c, case, now, ids):
    if not c.agree:
        due = now + case.rulebook.of(case.order.rules).escalate_within_ms
        return [ClaimRejected(c.order, c.claim, c.reason, due)]
    require(case.claim.state == "requested", "state_forbids", state=case.claim.state)
    return agree(case, case.claim, "merchant", now)


@handles(SendBack, who=(BENEFICIARY,), needs=(THE_ORDER, THE_CLAIM), state=("claim", ("awaiting_return",)))
def send_back(c, case, now, ids):
    due = now + case.rulebook.of(case.order.rules).merchant_receives_ms
    return [ClaimSentBack(c.order, c.claim, c.carrier, c.number, due)]


@handles(ReceiveReturn, who=(staff("aftersale"),), needs=_MONEY, state=("claim", ("returning",)))
def receive_return(c, case, now, ids):
    line = next(line for line in case.lines if line.n == case.claim.line)
    shelf = [StockReturned(line.sku, c.order, line.n, case.claim.quantity)] if c.restock else []
    return [*grant(case, case.claim, "merchant"), *shelf]


@handles(
    WithdrawClaim,
    who=(BENEFICIARY,),
    needs=(THE_ORDER, THE_LINES, THE_CLAIM),
    state=("claim", ("requested", "awaiting_return", "rejected")),
)
def withdraw_claim(c, case, now, ids):
    return [ClaimWithdrawn(c.order, c.claim, case.claim.line, case.claim.quantity)]


@handles(EscalateClaim, who=(BENEFICIARY,), needs=(THE_ORDER, THE_CLAIM), state=("claim", ("rejected",)))
def escalate_claim(c, case, now, ids):
    return [ClaimEscalated(c.order, c.claim, now + case.rulebook.of(case.order.rules).escalate_within_ms)]


@handles(JudgeClaim, who=(operator("judge"),), needs=_MONEY, state=("claim", ("judging",)))
def judge_claim(c, case, now, ids):
    return agree(case, case.claim, "judged", now) if c.grant else close(case.claim, "judged")


@handles(
    ClaimDue,
    who=(TIMER,),
    needs=_MONEY,
    state=("claim", ("requested", "awaiting_return", "returning", "rejected", "judging")),
)
def claim_due(c, case, now, ids):
    """Silence of the shop or of the platform is for the buyer; silence of the buyer ends the claim."""
    claim = case.claim
    require(now >= claim.due_ms, "not_yet")
    if claim.state in ("awaiting_return", "rejected"):
        return close(claim, "time")
    return agree(case, claim, "time", now)
