"""Every movement of money, on one screen: each money event and the entries it makes in its owner's book."""

from jishi.kernel.grammar import GRAMMAR
from jishi.kernel.ledger import Entry, entry
from jishi.kernel.payments import PaymentCaptured, PaymentChargedBack, PaymentReversed
from jishi.kernel.payouts import PaidOut, PayoutRequested, PayoutReturned
from jishi.kernel.refunds import RefundSucceeded
from jishi.kernel.settle import ShareBooked, ShareTakenBack
from jishi.kernel.settling import ShareReclaimed, ShareSettled
from jishi.kernel.surplus import SurplusBooked, SurplusReturned, SurplusUndone


def _share_settled(e: ShareSettled) -> list[Entry]:
    if e.role != "merchant":
        return entry("escrow", "transit", e.amount_minor, e.currency, f"settled.{e.role}", e.order)
    netted = entry("escrow", "receivable", e.offset_minor, e.currency, "settled.netted", e.order)
    return netted + entry(
        "escrow", "available", e.amount_minor - e.offset_minor, e.currency, "settled.merchant", e.order
    )


def _share_reclaimed(e: ShareReclaimed) -> list[Entry]:
    if e.role != "merchant":
        return entry("transit", "escrow", e.amount_minor, e.currency, f"reclaimed.{e.role}", e.order)
    owed = entry("receivable", "escrow", e.offset_minor, e.currency, "reclaimed.owed", e.order)
    return (
        entry("available", "escrow", e.amount_minor - e.offset_minor, e.currency, "reclaimed.merchant", e.order) + owed
    )


def _share_booked(e: ShareBooked) -> list[Entry]:
    netted = entry("transit", "receivable", e.offset_minor, e.currency, "transferred.netted")
    return netted + entry("transit", e.account, e.amount_minor - e.offset_minor, e.currency, f"transferred.{e.role}")


def _share_taken_back(e: ShareTakenBack) -> list[Entry]:
    owed = entry("receivable", "transit", e.offset_minor, e.currency, "taken_back.owed")
    return entry(e.account, "transit", e.amount_minor - e.offset_minor, e.currency, f"taken_back.{e.role}") + owed


def _payout_returned(e: PayoutReturned) -> list[Entry]:
    source = "provider" if e.paid else "payout"
    return entry(source, e.source, e.amount_minor, e.currency, "payout.returned")


GRAMMAR.postings.update(
    {
        PaymentCaptured: lambda e: entry("provider", "escrow", e.amount_minor, e.currency, "captured", e.order),
        PaymentReversed: lambda e: entry("escrow", "provider", e.amount_minor, e.currency, "reversed", e.order),
        PaymentChargedBack: lambda e: entry("escrow", "provider", e.amount_minor, e.currency, "charged_back", e.order),
        RefundSucceeded: lambda e: entry("escrow", "provider", e.amount_minor, e.currency, "refunded", e.order),
        ShareSettled: _share_settled,
        ShareReclaimed: _share_reclaimed,
        ShareBooked: _share_booked,
        ShareTakenBack: _share_taken_back,
        PayoutRequested: lambda e: entry(e.source, "payout", e.amount_minor, e.currency, "payout.requested"),
        PaidOut: lambda e: entry("payout", "provider", e.amount_minor, e.currency, "payout.paid"),
        PayoutReturned: _payout_returned,
        SurplusBooked: lambda e: entry("provider", "suspense", e.amount_minor, e.currency, "surplus.booked"),
        SurplusReturned: lambda e: entry("suspense", "provider", e.amount_minor, e.currency, "surplus.returned"),
        SurplusUndone: lambda e: entry("suspense", "provider", e.amount_minor, e.currency, "surplus.undone"),
    }
)
