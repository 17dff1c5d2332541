"""Payments: what an order has to be paid, what the provider told us, what was captured. Unknown is no failure."""

from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, evolves, handles, many, nothing_to_do, one, timer
from jishi.kernel.ids import OwnerId
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code
from jishi.kernel.orders import THE_ORDER, Order
from jishi.kernel.refused import require
from jishi.kernel.roles import PAYER, PROVIDER, TIMER
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import OrderId
from jishi.kernel.waits import wait_ms

ASK_MOST_MS = 900_000  # our default: how seldom we ask about an unknown payment


@table("legs", ("owner", "order", "n"), changes=("state", "asks"), checks=("amount_minor > 0",))
class Leg(Row, frozen=True):
    """One payment an order needs (kind full, deposit, balance or bond), paid once."""

    owner: int
    order: OrderId
    n: int
    kind: str
    state: str
    amount_minor: int
    currency: str
    asks: int


@table(
    "captures",
    ("owner", "order", "txn"),
    changes=("refunding_minor", "refunded_minor", "undone_minor"),
    checks=(
        "amount_minor > 0",
        "refunded_minor >= 0",
        "refunding_minor >= 0",
        "refunded_minor + refunding_minor <= amount_minor",
    ),
)
class Capture(Row, frozen=True):
    """Money that came in by one transaction at the provider. trade: under which number it was paid.

    undone_minor: reversed or charged back. surplus: 1 when the leg had been paid already.
    """

    owner: int
    order: OrderId
    txn: str
    leg: int
    trade: str
    amount_minor: int
    currency: str
    refunding_minor: int
    refunded_minor: int
    undone_minor: int
    surplus: int


@table("notices", ("owner", "order", "txn", "kind", "seq"))
class Notice(Row, frozen=True):
    """What the provider told us of a transaction, by log row; the same told again makes no new one.

    outcome: applied, ignored, early (its cause is not here yet; then it is recorded again) or a refusal's code.
    """

    owner: int
    order: OrderId
    txn: str
    kind: str
    seq: int
    leg: int
    amount_minor: int
    currency: str
    at_ms: int
    outcome: str


class LegOpened(Event, frozen=True):
    order: OrderId
    leg: int
    kind: Code
    amount_minor: int
    currency: Code


class LegStarted(Event, frozen=True):
    """The payer went to the cashier: from now on the outcome is unknown until we are told."""

    order: OrderId
    leg: int
    ask_ms: int


class LegPaid(Event, frozen=True):
    order: OrderId
    leg: int


class LegUnpaid(Event, frozen=True):
    """The provider says that nothing was paid, and the time to pay is over."""

    order: OrderId
    leg: int


class PaymentAsked(Event, frozen=True):
    """We ask the provider what became of a payment, and shall ask again."""

    order: OrderId
    leg: int
    again_ms: int


class NoticeRecorded(Event, frozen=True):
    order: OrderId
    txn: Code
    kind: Code
    leg: int
    amount_minor: int
    currency: Code
    told_ms: int
    outcome: Code


class PaymentCaptured(Event, frozen=True):
    """Money came in. Books: provider to escrow."""

    order: OrderId
    leg: int
    txn: Code
    trade: Code
    amount_minor: int
    currency: Code
    surplus: int


class PaymentReversed(Event, frozen=True):
    """The provider undid a capture. Books: escrow to provider."""

    order: OrderId
    txn: Code
    amount_minor: int
    currency: Code


class PaymentChargedBack(Event, frozen=True):
    """The payer's bank took the money back. Books: escrow to provider."""

    order: OrderId
    txn: Code
    amount_minor: int
    currency: Code


LEG = Machine(
    "payment leg",
    start="due",
    moves={
        LegStarted: (("due", "unknown"), "unknown"),
        LegUnpaid: (("unknown",), "due"),
        LegPaid: (("due", "unknown"), "paid"),
    },
    final=("paid",),
)


@evolves(Leg, LegOpened, key=("order", "leg"))
def _opened(row, e, stamp):
    return Leg(stamp.owner, e.order, e.leg, e.kind, LEG.start, e.amount_minor, e.currency, 0)


@evolves(Leg, LegStarted, LegPaid, LegUnpaid, key=("order", "leg"))
def _leg(row, e, stamp):
    return replace(row, state=LEG.after(row.state, e))


@evolves(Leg, PaymentAsked, key=("order", "leg"))
def _asked(row, e, stamp):
    return replace(row, asks=row.asks + 1)


@evolves(Notice, NoticeRecorded, key=("order", "txn", "kind", "seq"))
def _noticed(row, e, stamp):
    return Notice(
        stamp.owner, e.order, e.txn, e.kind, stamp.seq, e.leg, e.amount_minor, e.currency, e.told_ms, e.outcome
    )


@evolves(Capture, PaymentCaptured, key=("order", "txn"))
def _captured(row, e, stamp):
    return Capture(stamp.owner, e.order, e.txn, e.leg, e.trade, e.amount_minor, e.currency, 0, 0, 0, e.surplus)


@evolves(Capture, PaymentReversed, PaymentChargedBack, key=("order", "txn"))
def _undone(row, e, stamp):
    return replace(row, undone_minor=row.undone_minor + e.amount_minor)


@evolves(Order, PaymentCaptured, key=("order",))
def _paid_sum(row, e, stamp):
    return replace(row, paid_minor=row.paid_minor + e.amount_minor)


@evolves(Order, PaymentReversed, key=("order",))
def _reversed_sum(row, e, stamp):
    return replace(row, reversed_minor=row.reversed_minor + e.amount_minor)


@evolves(Order, PaymentChargedBack, key=("order",))
def _charged_back_sum(row, e, stamp):
    return replace(row, charged_back_minor=row.charged_back_minor + e.amount_minor)


# -- on the way to the cashier, and asking when nothing is heard ------------------------------------


class StartPayment(Command, frozen=True):
    """The payer goes to the cashier for one leg."""

    shop: OwnerId
    order: OrderId
    leg: int = 1


class AskPayment(Command, frozen=True):
    """Nothing was heard of a payment: ask the provider."""

    shop: OwnerId
    order: OrderId
    leg: int


class RecordUnpaid(Command, frozen=True):
    """The provider knows of no payment for this leg."""

    shop: OwnerId
    order: OrderId
    leg: int


timer("ask_payment", AskPayment)
THE_LEG = one("leg", Leg, lambda c, k: (c.shop, c.order, c.leg))
THE_LEGS = many("legs", Leg, lambda c, k: (c.shop, c.order))
THE_CAPTURES = many("captures", Capture, lambda c, k: (c.shop, c.order))


def first_ask_ms(case) -> int:
    """How soon after the cashier we ask for the first time."""
    return case.rulebook.of(case.order.rules).query_after_ms


@handles(StartPayment, who=(PAYER,), needs=(THE_ORDER, THE_LEG), state=("order", ("placed",)), answer=("order", "leg"))
def start_payment(c, case, now, ids):
    require(case.leg, "not_found")
    require(case.leg.state in ("due", "unknown"), "leg_paid")
    require(now < case.order.pay_by_ms, "pay_time_over")
    return [LegStarted(c.order, c.leg, now + first_ask_ms(case))]


@handles(AskPayment, who=(TIMER,), needs=(THE_ORDER, THE_LEG), state=("leg", ("unknown",)))
def ask_payment(c, case, now, ids):
    wait = wait_ms(case.leg.asks, first_ask_ms(case), ASK_MOST_MS)
    return [PaymentAsked(c.order, c.leg, now + wait)]


@handles(RecordUnpaid, who=(PROVIDER,), needs=(THE_ORDER, THE_LEG), state=("leg", ("unknown",)))
def record_unpaid(c, case, now, ids):
    """Before the time to pay is over the payer may still be at the cashier: the next question is set already."""
    if now < case.order.pay_by_ms:
        return nothing_to_do("time_to_pay_left")
    return [LegUnpaid(c.order, c.leg)]
