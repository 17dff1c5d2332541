"""Every timer, on one screen: which event sets it, to which time, and which one removes it."""

from jishi.kernel.aftersale import (
    ClaimAgreed,
    ClaimClosed,
    ClaimEscalated,
    ClaimGranted,
    ClaimOpened,
    ClaimRejected,
    ClaimSentBack,
    ClaimWithdrawn,
)
from jishi.kernel.checkout import CheckoutNoticeRecorded
from jishi.kernel.grammar import Arm, Disarm, clocks
from jishi.kernel.orders import (
    OrderClosed,
    OrderPaid,
    OrderPlaced,
    OrderReceived,
    OrderRefunded,
    OrderReleased,
    OrderSettled,
    OrderShipped,
)
from jishi.kernel.payments import LegPaid, LegStarted, LegUnpaid, PaymentAsked
from jishi.kernel.payouts import PaidOut, PayoutAsked, PayoutRequested, PayoutReturned
from jishi.kernel.refunds import RefundAsked, RefundFailed, RefundRequested, RefundRetried, RefundSucceeded
from jishi.kernel.surplus import SurplusAsked, SurplusBooked, SurplusReturned, SurplusUndone
from jishi.kernel.waits import ASK_FIRST_MS

# -- the order --------------------------------------------------------------------------------------


@clocks(OrderPlaced)
def _placed(e, stamp):
    return (Arm("close_unpaid", e.order, e.pay_by_ms),)


@clocks(OrderPaid)
def _paid(e, stamp):
    return (Disarm("close_unpaid", e.order),)


@clocks(OrderReleased)
def _released(e, stamp):
    return (Arm("ship_late", e.order, e.ship_by_ms),)


@clocks(OrderShipped)
def _shipped(e, stamp):
    return (Disarm("ship_late", e.order), Arm("auto_receive", e.order, e.receive_by_ms))


@clocks(OrderReceived)
def _received(e, stamp):
    return (Disarm("auto_receive", e.order), Arm("settle", e.order, e.settle_at_ms))


@clocks(OrderSettled)
def _settled(e, stamp):
    return (Disarm("settle", e.order),)


@clocks(OrderClosed)
def _closed(e, stamp):
    return (Disarm("close_unpaid", e.order), Disarm("ship_late", e.order))


@clocks(OrderRefunded)
def _refunded(e, stamp):
    return (Disarm("ship_late", e.order), Disarm("auto_receive", e.order), Disarm("settle", e.order))


# -- money on its way: asked about until it is known -------------------------------------------------


@clocks(LegStarted)
def _started(e, stamp):
    return (Arm("ask_payment", e.order, e.ask_ms, e.leg),)


@clocks(PaymentAsked)
def _payment_asked(e, stamp):
    return (Arm("ask_payment", e.order, e.again_ms, e.leg),)


@clocks(LegPaid, LegUnpaid)
def _leg_known(e, stamp):
    return (Disarm("ask_payment", e.order, e.leg),)


@clocks(RefundRequested)
def _refund_requested(e, stamp):
    return (Arm("ask_refund", e.order, stamp.at + ASK_FIRST_MS, e.refund),)


@clocks(RefundAsked)
def _refund_asked(e, stamp):
    return (Arm("ask_refund", e.order, e.again_ms, e.refund),)


@clocks(RefundSucceeded)
def _refund_succeeded(e, stamp):
    return (Disarm("ask_refund", e.order, e.refund),)


@clocks(RefundFailed)
def _refund_failed(e, stamp):
    return (Disarm("ask_refund", e.order, e.refund), Arm("retry_refund", e.order, e.again_ms, e.refund))


@clocks(RefundRetried)
def _refund_retried(e, stamp):
    return (Disarm("retry_refund", e.order, e.refund),)


@clocks(PayoutRequested)
def _payout_requested(e, stamp):
    return (Arm("ask_payout", e.payout, stamp.at + ASK_FIRST_MS),)


@clocks(PayoutAsked)
def _payout_asked(e, stamp):
    return (Arm("ask_payout", e.payout, e.again_ms),)


@clocks(PaidOut, PayoutReturned)
def _payout_known(e, stamp):
    return (Disarm("ask_payout", e.payout),)


@clocks(CheckoutNoticeRecorded)
def _undone_in_part(e, stamp):
    waits = e.outcome == "waiting"
    return (Arm("split_undone", e.checkout, stamp.at + ASK_FIRST_MS, stamp.seq),) if waits else ()


@clocks(SurplusBooked)
def _surplus_booked(e, stamp):
    return (Arm("ask_surplus", e.surplus, stamp.at + ASK_FIRST_MS),)


@clocks(SurplusAsked)
def _surplus_asked(e, stamp):
    return (Arm("ask_surplus", e.surplus, e.again_ms),)


@clocks(SurplusReturned, SurplusUndone)
def _surplus_gone(e, stamp):
    return (Disarm("ask_surplus", e.surplus),)


# -- claims: whoever has to act has until then -------------------------------------------------------


@clocks(ClaimOpened)
def _claim_opened(e, stamp):
    return (Arm("claim_due", e.order, e.due_ms, e.claim),) if e.due_ms else ()


@clocks(ClaimAgreed, ClaimSentBack, ClaimRejected, ClaimEscalated)
def _claim_waits(e, stamp):
    return (Arm("claim_due", e.order, e.due_ms, e.claim),)


@clocks(ClaimGranted, ClaimWithdrawn, ClaimClosed)
def _claim_over(e, stamp):
    return (Disarm("claim_due", e.order, e.claim),)
