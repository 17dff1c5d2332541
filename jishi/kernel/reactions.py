"""Every reaction, on one screen: what an event makes necessary at another owner, and what it asks of the outside."""

from jishi.kernel.checkout import CheckoutOverpaid, CheckoutSurplusUndone, PartTold
from jishi.kernel.grammar import effect, reacts
from jishi.kernel.ids import derived_id
from jishi.kernel.notices import RecordNotice
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import PartyErased
from jishi.kernel.payments import PaymentAsked
from jishi.kernel.payouts import PayoutAsked, PayoutRequested
from jishi.kernel.refunds import RefundAsked, RefundRequested
from jishi.kernel.settle import BookShare
from jishi.kernel.settling import ShareReclaimed, ShareSettled
from jishi.kernel.surplus import BookSurplus, SurplusAsked, SurplusBooked, UndoSurplus


@reacts("book_share", ShareSettled, ShareReclaimed)
def _book_share(e, stamp):
    if e.role == "merchant":
        return []
    kind = "settled" if isinstance(e, ShareSettled) else "reclaimed"
    return [BookShare(e.payee, stamp.owner, e.order, e.move, kind, e.role, e.amount_minor, e.currency)]


@reacts("capture_part", PartTold)
def _capture_part(e, stamp):
    return [RecordNotice(e.shop, e.order, 1, e.kind, e.txn, e.trade, e.amount_minor, e.currency, e.told_ms)]


@reacts("book_surplus", CheckoutOverpaid)
def _book_surplus(e, stamp):
    return [BookSurplus(PLATFORM, derived_id(e.checkout, e.txn), e.txn, e.trade, e.amount_minor, e.currency)]


@reacts("undo_surplus", CheckoutSurplusUndone)
def _undo_surplus(e, stamp):
    return [UndoSurplus(PLATFORM, derived_id(e.checkout, e.txn))]


# What the outbox does with an event, by name.
effect(PaymentAsked, "query_payment")
effect(RefundRequested, "send_refund")
effect(RefundAsked, "ask_refund")
effect(PayoutRequested, "send_payout")
effect(PayoutAsked, "ask_payout")
effect(SurplusBooked, "send_surplus")
effect(SurplusAsked, "send_surplus")
effect(PartyErased, "finish_erasure")
