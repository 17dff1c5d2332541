"""What the provider tells us of payments, in any order: each notice is recorded once, and only facts move the state."""

from typing import Literal

from msgspec.structs import replace

from jishi.kernel.closing import freed
from jishi.kernel.grammar import Command, Event, Need, handles, many, nothing_to_do
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code, Currency, Millis, Positive
from jishi.kernel.orders import (
    RELEASED,
    THE_LINES,
    THE_ORDER,
    THE_SKUS,
    Order,
    OrderClosed,
    OrderPaid,
    OrderReopened,
    escrow_of,
    free_stock,
    less,
    spread,
    unpack_stock,
)
from jishi.kernel.parcels import over
from jishi.kernel.payments import (
    THE_CAPTURES,
    THE_LEGS,
    Capture,
    LegPaid,
    Notice,
    NoticeRecorded,
    PaymentCaptured,
    PaymentChargedBack,
    PaymentReversed,
)
from jishi.kernel.refunds import THE_REFUNDS, LineGivenBack, Why, refundable, request
from jishi.kernel.roles import PROVIDER, REACTION
from jishi.kernel.settling import THE_BALANCES, THE_MOVES, take_back
from jishi.kernel.stock import OrderId, StockHeld

UNDO = {"reversed": PaymentReversed, "charged_back": PaymentChargedBack}


class RecordNotice(Command, frozen=True):
    """The provider says what happened to a payment. trade: the number it was paid under."""

    shop: OwnerId
    order: OrderId
    leg: int
    kind: Literal["paid", "failed", "closed", "reversed", "charged_back"]
    txn: Code
    trade: Code
    amount_minor: Positive
    currency: Currency
    told_ms: Millis


def to_undo(need: Need) -> Need:
    """What only a notice of something undone needs; most are of something paid."""
    return need._replace(keys=lambda c, k: need.keys(c, k) if c.kind in UNDO else None)


@handles(
    RecordNotice,
    who=(PROVIDER, REACTION),
    needs=(
        THE_ORDER,
        THE_LINES,
        THE_SKUS,
        THE_LEGS,
        THE_REFUNDS,
        *map(to_undo, (THE_CAPTURES, THE_MOVES, THE_BALANCES)),
        many("notices", Notice, lambda c, k: (c.shop, c.order, c.txn)),
    ),
    modal=True,
    answer=("order", "outcome"),
)
def record_notice(c, case, now, ids):
    earlier = [notice for notice in case.notices if notice.kind == c.kind]
    if any(heard(notice, c) for notice in earlier):
        return nothing_to_do("told_before")
    if any(notice.outcome in ("applied", "early") for notice in earlier):
        return [recorded_as(c, "amount_differs")]
    if c.kind == "paid":
        return paid(c, case, now)
    if c.kind in UNDO:
        return undone(c, case)
    return [recorded_as(c, "ignored")]


def heard(notice: Notice, c: RecordNotice) -> bool:
    """Whether a notice adds nothing to an earlier one of its kind. What was refused may be told again, and rightly."""
    same = (notice.leg, notice.amount_minor, notice.currency) == (c.leg, c.amount_minor, c.currency)
    return same or (c.kind not in UNDO and notice.outcome in ("applied", "ignored"))


def recorded_as(c: RecordNotice | Notice, outcome: str) -> NoticeRecorded:
    """The notice itself, as a fact."""
    told_ms = c.told_ms if isinstance(c, RecordNotice) else c.at_ms
    return NoticeRecorded(c.order, c.txn, c.kind, c.leg, c.amount_minor, c.currency, told_ms, outcome)


# -- paid -------------------------------------------------------------------------------------------


def mismatch(c: RecordNotice, case) -> str:
    """Why a paid notice does not fit what we asked for; "" when it fits."""
    leg = next((leg for leg in case.legs if leg.n == c.leg), None)
    if case.order is None or leg is None:
        return "order_differs"
    if leg.currency != c.currency:
        return "currency_differs"
    return "" if leg.amount_minor == c.amount_minor else "amount_differs"


def paid(c: RecordNotice, case, now: int) -> list[Event]:
    """Money came in: capture it, undo what we heard was undone before, then see what the rest means for the order."""
    why = mismatch(c, case)
    if why:
        return [recorded_as(c, why)]
    leg = next(leg for leg in case.legs if leg.n == c.leg)
    surplus = int(leg.state == "paid")
    captured = PaymentCaptured(c.order, c.leg, c.txn, c.trade, c.amount_minor, c.currency, surplus)
    capture = Capture(c.shop, c.order, c.txn, c.leg, c.trade, c.amount_minor, c.currency, 0, 0, 0, surplus)
    events = [recorded_as(c, "applied"), captured, *([] if surplus else [LegPaid(c.order, c.leg)])]
    lines = case.lines
    for kind in UNDO:
        told = heard_early(case, kind, capture)
        if told is None:
            continue
        why = cannot_undo(told, capture)
        events.append(recorded_as(told, why or "applied"))
        if not why:
            backs = {} if surplus else spread(lines, told.amount_minor)
            events += undo(told, backs)
            lines, capture = less(lines, backs), replace(capture, undone_minor=capture.undone_minor + told.amount_minor)
    return [*events, *consequence(c, case, capture, now)]


def heard_early(case, kind: str, capture: Capture) -> Notice | None:
    """What undid a payment before we heard of it: of several that were told, the first that fits."""
    told = [notice for notice in case.notices if notice.kind == kind and notice.outcome in ("early", "amount_differs")]
    return next((notice for notice in told if not cannot_undo(notice, capture)), told[0] if told else None)


def consequence(c: RecordNotice, case, capture: Capture, now: int) -> list[Event]:
    """What a capture means for the order: paid in full, paid twice, paid after it was closed, or undone already."""
    order = case.order
    if capture.surplus:
        return give_back(order, capture, case, "surplus")
    if not refundable(capture):
        return [OrderClosed(order.id, "payment_undone"), *freed(case)] if order.state == "placed" else []
    if any(leg.state != "paid" and leg.n != c.leg for leg in case.legs):
        return []
    mode = case.modes[order.mode]
    if order.state == "placed":
        late_hold = mode.hold_at == "pay"
        if late_hold and not stock_left(case):
            return [OrderClosed(order.id, "oversold"), *give_back(order, capture, case, "late")]
        return [OrderPaid(order.id), *(hold(case) if late_hold else []), *mode.on_paid(order, case, now)]
    if order.state == "closed" and order.reason in ("unpaid", "cancelled") and stock_left(case):
        return [OrderReopened(order.id), *hold(case), *mode.on_paid(order, case, now)]
    return give_back(order, capture, case, "late")


def give_back(order: Order, capture: Capture, case, kind: str) -> list[Event]:
    """All of one capture goes back by itself."""
    return request(order, [capture], case.refunds, Why(kind), refundable(capture), 0)


def stock_left(case) -> bool:
    """Whether every line could be held now; the same SKU on two lines counts twice."""
    wanted: dict[tuple, int] = {}
    for line in case.lines:
        wanted[line.owner, line.sku] = wanted.get((line.owner, line.sku), 0) + line.quantity
    return all(case.skus[key].free >= quantity for key, quantity in wanted.items())


def hold(case) -> list[Event]:
    """Set the order's goods aside now."""
    return [StockHeld(line.sku, line.order, line.n, line.quantity) for line in case.lines]


# -- undone -----------------------------------------------------------------------------------------


def undone(c: RecordNotice, case) -> list[Event]:
    """The provider undid a capture or the payer's bank took it back: one unit of money leaves once."""
    capture = next((capture for capture in case.captures if capture.txn == c.txn), None)
    if capture is None:
        return [recorded_as(c, "early")]
    why = cannot_undo(c, capture)
    if why:
        return [recorded_as(c, why)]
    backs = {} if capture.surplus else spread(case.lines, c.amount_minor)
    reclaimed = take_back(case, backs) if case.order.state == "settled" else []
    return [recorded_as(c, "applied"), *reclaimed, *undo(c, backs), *ended(c, case, capture)]


def cannot_undo(told: RecordNotice | Notice, capture: Capture) -> str:
    """Why a capture cannot be undone by so much; "" when it can."""
    if told.currency != capture.currency:
        return "currency_differs"
    left = capture.amount_minor - capture.refunded_minor - capture.undone_minor
    return "amount_exceeds" if told.amount_minor > left else ""


def undo(told: RecordNotice | Notice, backs: dict[int, tuple[int, int]]) -> list[Event]:
    """The money leaves, and so much of each line with it."""
    given = [LineGivenBack(told.order, line, *amounts) for line, amounts in backs.items() if any(amounts)]
    return [*given, UNDO[told.kind](told.order, told.txn, told.amount_minor, told.currency)]


def ended(c: RecordNotice, case, capture: Capture) -> list[Event]:
    """When all of the money is gone, what has not left stays: before that the order closes, later it is over."""
    order = case.order
    if capture.surplus:  # it was all that kept an order open whose goods had been given back
        return over(order, case.lines) if order.state in RELEASED and escrow_of(order) == c.amount_minor else []
    left = sum(refundable(row) for row in case.captures if not row.surplus) - c.amount_minor
    if order.state in ("paid", "to_ship") and left <= 0:
        stock = free_stock(case.lines) if order.state == "paid" else unpack_stock(case.lines)
        return [OrderClosed(order.id, "payment_undone"), *stock]
    return over(order, case.lines) if order.state in RELEASED[1:] and escrow_of(order) == c.amount_minor else []
