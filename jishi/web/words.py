"""States and codes in words for people. A state's kind is the colour of its tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from jishi.kernel.orders import Order
from jishi.web.languages import mark


class Word(NamedTuple):
    """A state as people say it."""

    label: str
    kind: str = "plain"


ORDER = {
    "placed": Word(mark("To pay"), "warn"),
    "paid": Word(mark("Paid"), "info"),
    "to_ship": Word(mark("To ship"), "warn"),
    "partly_shipped": Word(mark("Partly shipped"), "info"),
    "shipped": Word(mark("On the way"), "info"),
    "received": Word(mark("Received"), "good"),
    "settled": Word(mark("Done"), "good"),
    "closed": Word(mark("Closed")),
    "refunded": Word(mark("Refunded"), "price"),
}
GIFT = {
    "wrapped": Word(mark("Wrapped"), "warn"),
    "offered": Word(mark("Waits to be accepted"), "warn"),
    "accepted": Word(mark("Accepted"), "good"),
    "declined": Word(mark("Declined"), "plain"),
    "expired": Word(mark("Not accepted in time"), "plain"),
    "called_off": Word(mark("Called off"), "plain"),
}
CARD = {
    "price_changed": Word(mark("Price changed"), "warn"),
    "sold_out": Word(mark("Sold out"), "plain"),
    "withdrawn": Word(mark("Taken off sale"), "plain"),
}
CARD_KIND = {"product": mark("Goods"), "gift": mark("Gift"), "order": mark("Order")}
FOLDED = {
    "product": mark("A product card you chose not to see"),
    "gift": mark("A gift card you chose not to see"),
    "order": mark("An order card you chose not to see"),
    "shop": mark("From a shop you muted"),
    "person": mark("From somebody you muted"),
}
CLAIM = {
    "requested": Word(mark("The shop has to answer"), "warn"),
    "awaiting_return": Word(mark("To be sent back"), "warn"),
    "returning": Word(mark("On the way back"), "info"),
    "rejected": Word(mark("Refused by the shop"), "price"),
    "judging": Word(mark("The platform decides"), "warn"),
    "refunding": Word(mark("The money is on its way back"), "info"),
    "refunded": Word(mark("Refunded"), "good"),
    "withdrawn": Word(mark("Withdrawn")),
    "closed": Word(mark("Closed")),
}
LEG = {
    "due": Word(mark("Not paid yet"), "warn"),
    "unknown": Word(mark("Outcome not known yet"), "warn"),
    "paid": Word(mark("Paid"), "good"),
}
REFUND = {
    "requested": Word(mark("On its way"), "info"),
    "succeeded": Word(mark("Arrived"), "good"),
    "failed": Word(mark("Failed, asked for again"), "price"),
}
PAYOUT = {
    "requested": Word(mark("On its way"), "info"),
    "paid": Word(mark("Paid out"), "good"),
    "returned": Word(mark("Sent back"), "price"),
}
PARCEL = {"shipped": Word(mark("On the way"), "info"), "delivered": Word(mark("Delivered"), "good")}
PRODUCT = {
    "draft": Word(mark("Draft"), "warn"),
    "in_review": Word(mark("In review"), "info"),
    "rejected": Word(mark("Sent back by the platform"), "price"),
    "listed": Word(mark("On sale"), "good"),
    "withdrawn": Word(mark("Taken off sale")),
    "blocked": Word(mark("Blocked by the platform"), "price"),
}
SHOP = {
    "in_review": Word(mark("In review"), "info"),
    "rejected": Word(mark("Sent back by the platform"), "price"),
    "open": Word(mark("Open"), "good"),
    "closed": Word(mark("Closed")),
}
SHOP_KINDS = {
    "person": mark("A person's own shop"),
    "individual": mark("A sole trader"),
    "enterprise": mark("A company"),
}
REVIEW_REASONS = {
    "category_wrong": mark("Stands in the wrong category"),
    "text_misleading": mark("The text misleads"),
    "picture_poor": mark("The picture is missing or poor"),
    "not_allowed": mark("May not be sold here"),
    "rights": mark("Rights or papers are missing"),
    "safety": mark("Not safe, or not proven to be"),
    "other": mark("Another reason"),
}
ROLE = {
    "merchant": mark("Shop"),
    "platform": mark("Platform fee"),
    "promoter": mark("Promoter"),
}
MODE = {"shelf": mark("Shelf"), "gift": mark("Gift")}
CLOSED = {
    "unpaid": mark("Not paid in time."),
    "cancelled": mark("Cancelled before payment."),
    "oversold": mark("The shop could not deliver; all of the money goes back."),
    "gift_declined": mark("The gift was declined; the money goes back to the giver."),
    "gift_expired": mark("The gift was not accepted in time; the money goes back to the giver."),
    "payment_undone": mark("The payment was undone."),
}
CLAIM_KIND = {"refund": mark("Refund"), "return": mark("Return and refund")}
CLAIM_REASONS = {
    "damaged": mark("Arrived damaged"),
    "wrong_item": mark("Not what was ordered"),
    "not_as_described": mark("Not as described"),
    "too_late": mark("Comes too late"),
    "changed_mind": mark("Changed my mind"),
    "other": mark("Another reason"),
}
REJECT_REASONS = {
    "used": mark("The goods were used"),
    "not_received": mark("The goods did not come back"),
    "no_fault": mark("There is no fault"),
    "unspecified": mark("Another reason"),
}
SCENE = {
    "chat": mark("Chat"), "moments": mark("Moments"), "article": mark("Article"), "video": mark("Video"),
    "live": mark("Live room"), "search": mark("Search"), "shopfront": mark("Shopfront"),
}  # fmt: skip
MEDIUM = {"card": mark("Card"), "link": mark("Link"), "qr": mark("QR code"), "room": mark("Room")}
CARRIERS = {
    "SF": mark("SF Express"), "ZTO": mark("ZTO Express"), "YTO": mark("YTO Express"), "EMS": mark("EMS"),
}  # fmt: skip
NOTICES = {
    "paid": mark("Paid"),
    "failed": mark("Payment failed"),
    "closed": mark("Payment closed"),
    "reversed": mark("Undone by the provider"),
    "charged_back": mark("Taken back by the bank"),
}
OUTCOMES = {
    "applied": mark("Booked"),
    "early": mark("Kept until its cause is here"),
    "waiting": mark("Kept until refunds under way are known"),
    "ignored": mark("Nothing to do"),
    "amount_differs": mark("Refused: another amount"),
    "amount_exceeds": mark("Refused: more than was paid"),
    "currency_differs": mark("Refused: another currency"),
    "order_differs": mark("Refused: another order"),
}
SENDERS = {
    "timer": mark("A timer"),
    "reaction": mark("What happened elsewhere"),
    "provider": mark("The payment provider"),
    "demo": mark("The demo"),
    "job": mark("The house"),
}
TIMERS = {
    "split_undone": mark("Split what was undone"),
    "close_unpaid": mark("Close if not paid"),
    "ask_payment": mark("Ask about the payment"),
    "expire_gift": mark("The gift expires"),
    "ship_late": mark("Note a late shipment"),
    "auto_receive": mark("Count as received"),
    "settle": mark("Settle"),
    "claim_due": mark("The claim's deadline"),
    "ask_refund": mark("Ask about the refund"),
    "retry_refund": mark("Ask for the refund again"),
    "ask_payout": mark("Ask about the withdrawal"),
    "ask_surplus": mark("Ask about the surplus"),
}


class Step(NamedTuple):
    """What happens next, and by when (0 when no time is set)."""

    text: str
    due_ms: int = 0


def carrier_name(code: str, gettext: Callable[[str], str]) -> str:
    """A carrier as people call it; one we do not know keeps its code."""
    return gettext(CARRIERS[code]) if code in CARRIERS else code


def carriers(gettext: Callable[[str], str]) -> list[tuple[str, str]]:
    """Every carrier to choose from: code and name."""
    return [(code, carrier_name(code, gettext)) for code in CARRIERS]


def order_word(order: Order, gate: str = "") -> Word:
    """The word of an order's state; a paid gift says what it waits for."""
    if order.state == "paid" and gate in GIFT:
        return GIFT[gate]
    return ORDER[order.state]


def next_step(order: Order, gate_due_ms: int = 0) -> Step:
    """What happens next to an order, for everyone who may see it. Times are business time."""
    back = order.ahead_ms
    steps = {
        "placed": Step(mark("Pay, or the order closes by itself"), order.pay_by_ms - back),
        "paid": Step(mark("Your friend accepts, or the money goes back"), gate_due_ms - back if gate_due_ms else 0),
        "to_ship": Step(mark("The shop ships"), order.ship_by_ms - back),
        "partly_shipped": Step(mark("The shop ships the rest"), order.ship_by_ms - back),
        "shipped": Step(mark("Confirm when it arrives, or it counts as received"), order.receive_by_ms - back),
        "received": Step(mark("The money is settled when the time for claims is over"), order.settle_at_ms - back),
        "settled": Step(mark("Everyone has his share. Nothing is left to do.")),
        "refunded": Step(mark("All of the money has gone back.")),
        "closed": Step(CLOSED.get(order.reason, mark("Closed"))),
    }
    return steps[order.state]
