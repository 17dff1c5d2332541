"""After the payment: parcels, receipt, cancelling, and claims on both sides."""

from jishi.kernel.ahead import RunAhead
from jishi.kernel.claims import (
    AnswerClaim,
    EscalateClaim,
    JudgeClaim,
    OpenClaim,
    ReceiveReturn,
    SendBack,
    WithdrawClaim,
)
from jishi.kernel.closing import CancelOversold
from jishi.kernel.grammar import system
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parcels import ConfirmReceipt, Packed, RecordDelivery, ShipParcel
from jishi.kernel.refund_results import RetryRefund
from jishi.sim.alphabet import Hand, generates, party


def lines_of(hand: Hand, order) -> list:
    return [line for line in hand.view.lines if (line.owner, line.order) == (order.owner, order.id)]


@generates(ShipParcel, 18)
def ship_parcel(hand: Hand):
    """All of it, or some pieces of one line."""
    order = hand.pick(hand.view.state("to_ship", "partly_shipped"))
    line = hand.pick(lines_of(hand, order)) if order else None
    if line is None:
        return None
    packed = () if hand.chance(0.6) else (Packed(line.n, hand.random.randint(1, line.quantity)),)
    return ShipParcel(order.owner, order.id, "SF", f"SF{hand.random.randint(1, 10**9)}", packed), hand.keeper(
        order.owner
    )


@generates(CancelOversold, 4)
def cancel_oversold(hand: Hand):
    order = hand.pick(hand.view.state("to_ship"))
    return order and (CancelOversold(order.owner, order.id), hand.keeper(order.owner))


@generates(RecordDelivery, 4)
def record_delivery(hand: Hand):
    row = hand.pick(hand.view.parcels)
    return row and (RecordDelivery(row.owner, row.order, row.n), system("carrier"))


@generates(ConfirmReceipt, 8)
def confirm_receipt(hand: Hand):
    order = hand.pick(hand.view.state("shipped"))
    return order and (ConfirmReceipt(order.owner, order.id), party(order.beneficiary))


@generates(OpenClaim, 12)
def open_claim(hand: Hand):
    order = hand.pick(hand.view.state("to_ship", "partly_shipped", "shipped", "received"))
    line = hand.pick(lines_of(hand, order)) if order else None
    if line is None:
        return None
    amount = hand.random.randint(1, 5_000) if hand.chance(0.3) else None
    kind, pieces = hand.pick(("refund", "return")), hand.random.randint(1, line.quantity)
    return OpenClaim(order.owner, order.id, line.n, kind, pieces, "damaged", amount), party(order.beneficiary)


def a_claim(hand: Hand, *states: str):
    return hand.pick([claim for claim in hand.view.claims if claim.state in states])


@generates(AnswerClaim, 6)
def answer_claim(hand: Hand):
    claim = a_claim(hand, "requested", "returning")
    agree = int(hand.chance(0.5))
    return claim and (AnswerClaim(claim.owner, claim.order, claim.n, agree, "used"), hand.keeper(claim.owner))


@generates(SendBack, 5)
def send_back(hand: Hand):
    claim = a_claim(hand, "awaiting_return")
    return claim and (SendBack(claim.owner, claim.order, claim.n, "SF", "SF77"), party(claim.beneficiary))


@generates(ReceiveReturn, 7)
def receive_return(hand: Hand):
    claim = a_claim(hand, "returning")
    restock = int(hand.chance(0.7))
    return claim and (ReceiveReturn(claim.owner, claim.order, claim.n, restock), hand.keeper(claim.owner))


@generates(WithdrawClaim, 2)
def withdraw_claim(hand: Hand):
    claim = a_claim(hand, "requested", "awaiting_return", "rejected")
    return claim and (WithdrawClaim(claim.owner, claim.order, claim.n), party(claim.beneficiary))


@generates(EscalateClaim, 7)
def escalate_claim(hand: Hand):
    claim = a_claim(hand, "rejected")
    return claim and (EscalateClaim(claim.owner, claim.order, claim.n), party(claim.beneficiary))


@generates(JudgeClaim, 7)
def judge_claim(hand: Hand):
    claim = a_claim(hand, "judging")
    judges = [row for row in hand.view.staff if row.owner == PLATFORM]
    if claim is None or not judges:
        return None
    return JudgeClaim(claim.owner, claim.order, claim.n, int(hand.chance(0.5))), party(judges[0].party)


@generates(RetryRefund, 2)
def retry_refund(hand: Hand):
    """An operator does not wait for the timer."""
    refund = hand.pick(hand.view.failed)
    operators = [row for row in hand.view.staff if row.owner == PLATFORM]
    if refund is None or not operators:
        return None
    return RetryRefund(refund.owner, refund.order, refund.n), party(operators[0].party)


@generates(RunAhead, 2)
def run_ahead(hand: Hand):
    """One deal's own time goes on to its next timer."""
    order = hand.pick(hand.view.state("placed", "paid", "shipped", "received"))
    return order and (RunAhead(order.owner, order.id), system("demo"))
