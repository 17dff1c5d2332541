"""Checkout: several orders, one payment. A row of the payer; each part of a notice goes on to its order's shop."""

from typing import Literal

import msgspec
from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, each, evolves, handles, many, nothing_to_do, one, recorded, timer
from jishi.kernel.ids import OwnerId
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code, Currency, Millis, Positive, allot
from jishi.kernel.orders import CheckoutId, Order
from jishi.kernel.payments import Capture
from jishi.kernel.refused import require
from jishi.kernel.roles import PROVIDER, SELF, TIMER
from jishi.kernel.rows import Row, table
from jishi.kernel.trade import write


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One order of a checkout: at which shop, and what it has to be paid."""

    shop: OwnerId
    order: int
    amount_minor: int = 0


@table("checkouts", ("owner", "id"), changes=("state", "txn"), checks=("total_minor > 0",))
class Checkout(Row, frozen=True):
    """One payment for several orders. txn: the transaction that paid it."""

    owner: int
    id: CheckoutId
    state: str
    total_minor: int
    currency: str
    parts: tuple[Part, ...]
    txn: str
    placed_ms: int


@table("checkout_notices", ("owner", "checkout", "txn", "kind", "seq"))
class CheckoutNotice(Row, frozen=True):
    """What the provider told us of a checkout's transaction, by log row; the same told again makes no new one.

    outcome: applied, surplus (it concerns money paid a second time), early, ignored or a refusal's code; waiting while
    refunds are on their way to tell what of which part was undone.
    """

    owner: int
    checkout: CheckoutId
    txn: str
    kind: str
    seq: int
    amount_minor: int
    currency: str
    at_ms: int
    outcome: str


class PlaceCheckout(Command, frozen=True):
    """Join orders, placed in the same bundle, under one payment."""

    party: OwnerId
    checkout: CheckoutId
    parts: tuple[Part, ...]


class RecordCheckoutNotice(Command, frozen=True):
    """The provider says what happened to a checkout's payment."""

    party: OwnerId
    checkout: CheckoutId
    kind: Literal["paid", "failed", "closed", "reversed", "charged_back"]
    txn: Code
    trade: Code
    amount_minor: Positive
    currency: Currency
    told_ms: Millis


class SplitUndone(Command, frozen=True):
    """A payment was undone while refunds of several parts were on their way: see whether they tell how now."""

    party: OwnerId
    checkout: CheckoutId
    notice: int


timer("split_undone", SplitUndone)


class CheckoutPlaced(Event, frozen=True):
    checkout: CheckoutId
    total_minor: int
    currency: Code
    parts: tuple[Part, ...]


class CheckoutPaid(Event, frozen=True):
    checkout: CheckoutId
    txn: Code


class PartTold(Event, frozen=True):
    """The part of a notice that concerns one order; a reaction records it at the order's shop."""

    checkout: CheckoutId
    shop: OwnerId
    order: int
    kind: Code
    txn: Code
    trade: Code
    amount_minor: int
    currency: Code
    told_ms: int


class CheckoutOverpaid(Event, frozen=True):
    """Paid a second time: a reaction books the surplus at the platform and sends it back."""

    checkout: CheckoutId
    txn: Code
    trade: Code
    amount_minor: int
    currency: Code


class CheckoutSurplusUndone(Event, frozen=True):
    """The provider undid what was paid a second time: a reaction tells the platform."""

    checkout: CheckoutId
    txn: Code


class CheckoutNoticeRecorded(Event, frozen=True):
    """A notice, as a fact."""

    checkout: CheckoutId
    txn: Code
    kind: Code
    amount_minor: int
    currency: Code
    told_ms: int
    outcome: Code


UNDO = ("reversed", "charged_back")
recorded(PartTold, CheckoutOverpaid, CheckoutSurplusUndone)
CHECKOUT = Machine("checkout", start="placed", moves={CheckoutPaid: (("placed",), "paid")}, final=("paid",))


@evolves(Checkout, CheckoutPlaced, key=("checkout",))
def _placed(row, e, stamp):
    return Checkout(stamp.owner, e.checkout, CHECKOUT.start, e.total_minor, e.currency, e.parts, "", stamp.at)


@evolves(Checkout, CheckoutPaid, key=("checkout",))
def _paid(row, e, stamp):
    return replace(row, state=CHECKOUT.after(row.state, e), txn=e.txn)


@evolves(CheckoutNotice, CheckoutNoticeRecorded, key=("checkout", "txn", "kind", "seq"))
def _noticed(row, e, stamp):
    return CheckoutNotice(
        stamp.owner, e.checkout, e.txn, e.kind, stamp.seq, e.amount_minor, e.currency, e.told_ms, e.outcome
    )


_CHECKOUT = one("checkout", Checkout, lambda c, k: (c.party, c.checkout))


@handles(
    PlaceCheckout,
    who=(SELF,),
    needs=(_CHECKOUT, each("orders", Order, lambda c, k: [(part.shop, part.order) for part in c.parts])),
    answer=("checkout", "total_minor", "currency"),
)
def place_checkout(c, case, now, ids):
    require(not case.checkout, "checkout_exists")
    require(len(c.parts) > 1 and len(case.orders) == len(c.parts), "checkout_parts")
    orders = [case.orders[part.shop, part.order] for part in c.parts]
    fits = all(order.payer == c.party and order.checkout == c.checkout and order.state == "placed" for order in orders)
    require(fits, "checkout_parts")
    require(len({order.currency for order in orders}) == 1, "currency_differs")
    parts = tuple(Part(order.owner, order.id, order.total_minor) for order in orders)
    return [CheckoutPlaced(c.checkout, sum(part.amount_minor for part in parts), orders[0].currency, parts)]


def _captures(checkout: Checkout | None, txn: str) -> list[tuple]:
    return [(part.shop, part.order, txn) for part in checkout.parts] if checkout else []


@handles(
    RecordCheckoutNotice,
    who=(PROVIDER,),
    needs=(
        _CHECKOUT,
        many("notices", CheckoutNotice, lambda c, k: (c.party, c.checkout, c.txn)),
        each("captures", Capture, lambda c, k: _captures(k.checkout, c.txn), of="checkout"),
    ),
    answer=("checkout", "outcome"),
)
def record_checkout_notice(c, case, now, ids):
    """A transaction pays the checkout or comes on top of it. What undoes one is told to whom it paid, once we know."""
    checkout, told = case.checkout, {notice.kind: notice for notice in case.notices}
    earlier = [notice for notice in case.notices if notice.kind == c.kind]
    if any(heard(notice, c) for notice in earlier):
        return nothing_to_do("told_before")
    if any(notice.outcome in ("applied", "surplus", "early", "waiting") for notice in earlier):
        return [recorded_as(c, "amount_differs")]
    wrong = mismatch(c, checkout)
    if wrong:
        return [recorded_as(c, wrong)]
    if c.kind == "paid":
        return paid(c, case)
    if c.kind not in UNDO:
        return [recorded_as(c, "ignored")]
    if checkout.txn == c.txn:
        if unclear(case, c.amount_minor):
            return [recorded_as(c, "waiting")]
        return [recorded_as(c, "applied"), *tell(case, c)]
    if "paid" in told and told["paid"].outcome == "surplus":
        return surplus_undone(c, told["paid"].amount_minor)
    return [recorded_as(c, "early")]


@handles(
    SplitUndone,
    who=(TIMER,),
    needs=(
        _CHECKOUT,
        many("notices", CheckoutNotice, lambda c, k: (c.party, c.checkout)),
        each("captures", Capture, lambda c, k: k.checkout and _captures(k.checkout, k.checkout.txn), of="checkout"),
    ),
)
def split_undone(c, case, now, ids):
    told = next(notice for notice in case.notices if notice.seq == c.notice)
    require(not unclear(case, told.amount_minor), "refund_open")
    return [recorded_as(told, "applied"), *tell(case, told, write("C", c.party, c.checkout))]


def paid(c: RecordCheckoutNotice, case) -> list[Event]:
    """The first transaction pays the parts, a second one is surplus; what undid it before we heard of it follows."""
    early = heard_early(c, case)
    if case.checkout.state == "paid":
        events = [recorded_as(c, "surplus"), CheckoutOverpaid(c.checkout, c.txn, c.trade, c.amount_minor, c.currency)]
        return events + [event for notice in early for event in surplus_undone(notice, c.amount_minor)]
    events = [recorded_as(c, "applied"), CheckoutPaid(c.checkout, c.txn), *tell(case, c)]
    for notice in early:
        events += [recorded_as(notice, "applied"), *tell(case, notice, c.trade)]
    return events


def heard_early(c: RecordCheckoutNotice, case) -> list[CheckoutNotice]:
    """What undid a payment before we heard of it: of several amounts told for a kind, the first that can be."""
    told = [notice for notice in reversed(case.notices) if notice.outcome in ("early", "amount_differs")]
    fits = [one for one in told if one.currency == c.currency and one.amount_minor <= c.amount_minor]
    return list({notice.kind: notice for notice in fits if notice.kind in UNDO}.values())


def surplus_undone(told: RecordCheckoutNotice | CheckoutNotice, paid_minor: int) -> list[Event]:
    """Surplus is undone as a whole or not at all."""
    if told.amount_minor != paid_minor:
        return [recorded_as(told, "amount_differs")]
    return [recorded_as(told, "surplus"), CheckoutSurplusUndone(told.checkout, told.txn)]


def tell(case, told: RecordCheckoutNotice | CheckoutNotice, trade: str = "") -> list[PartTold]:
    """A notice split over the parts. What was refunded of a part before cannot be undone any more."""
    parts = case.checkout.parts
    amounts = allot(told.amount_minor, [part.amount_minor for part in parts])
    if told.kind in UNDO:
        amounts = undone(told.amount_minor, *in_parts(case))
    at_ms = told.told_ms if isinstance(told, RecordCheckoutNotice) else told.at_ms
    number = trade or told.trade
    return [
        PartTold(told.checkout, part.shop, part.order, told.kind, told.txn, number, amount, told.currency, at_ms)
        for part, amount in zip(parts, amounts, strict=True)
        if amount
    ]


def in_parts(case) -> tuple[list[int], list[int]]:
    """Of each part: what the provider can still undo, and how much of that we have asked back."""
    parts = case.checkout.parts
    captures = {key[:2]: capture for key, capture in case.captures.items()}
    mine = [captures.get((part.shop, part.order)) for part in parts]
    left = [left_of(capture, part) for capture, part in zip(mine, parts, strict=True)]
    return left, [capture.refunding_minor if capture else 0 for capture in mine]


def unclear(case, amount_minor: int) -> bool:
    """Whether refunds on their way in several parts leave open which of them were taken out of what was undone."""
    left, refunding = in_parts(case)
    several = sum(asked > 0 for asked in refunding) > 1
    return several and sum(left) - sum(refunding) < amount_minor < sum(left)


def undone(amount_minor: int, left: list[int], refunding: list[int]) -> list[int]:
    """What is undone of each part: first what nobody asked back, then what was asked back."""
    free = [whole - asked for whole, asked in zip(left, refunding, strict=True)]
    if amount_minor <= sum(free):
        return allot(amount_minor, free)
    rest = allot(amount_minor - sum(free), refunding)
    return [first + more for first, more in zip(free, rest, strict=True)]


def left_of(capture: Capture | None, part: Part) -> int:
    """What of a part the provider can still undo."""
    return capture.amount_minor - capture.refunded_minor - capture.undone_minor if capture else part.amount_minor


def recorded_as(told: RecordCheckoutNotice | CheckoutNotice, outcome: str) -> CheckoutNoticeRecorded:
    """The notice itself, as a fact."""
    at_ms = told.told_ms if isinstance(told, RecordCheckoutNotice) else told.at_ms
    return CheckoutNoticeRecorded(told.checkout, told.txn, told.kind, told.amount_minor, told.currency, at_ms, outcome)


def heard(notice: CheckoutNotice, c: RecordCheckoutNotice) -> bool:
    """Whether a notice adds nothing to an earlier one of its kind. What was refused may be told again, and rightly."""
    same = (notice.amount_minor, notice.currency) == (c.amount_minor, c.currency)
    return same or (c.kind not in UNDO and notice.outcome in ("applied", "surplus", "ignored"))


def mismatch(c: RecordCheckoutNotice, checkout: Checkout | None) -> str:
    """Why a notice does not fit the checkout; "" when it fits."""
    if checkout is None:
        return "order_differs"
    if c.currency != checkout.currency:
        return "currency_differs"
    wrong = c.amount_minor != checkout.total_minor if c.kind == "paid" else c.amount_minor > checkout.total_minor
    return "amount_differs" if wrong else ""
