"""Fulfilment: parcels with carrier and number, several per order; receipt by who gets the goods, or by time."""

from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, evolves, handles, many, nothing_to_do, one, timer
from jishi.kernel.ids import OwnerId
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code, Quantity
from jishi.kernel.orders import (
    THE_LINES,
    THE_ORDER,
    Line,
    Order,
    OrderPartlyShipped,
    OrderReceived,
    OrderRefunded,
    OrderShipped,
    ShipmentLate,
)
from jishi.kernel.refused import require
from jishi.kernel.roles import BENEFICIARY, TIMER, house, staff
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import OrderId, StockReturned


class Packed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many pieces of one line."""

    line: int
    quantity: Quantity


@table("parcels", ("owner", "order", "n"), changes=("state", "delivered_ms"))
class Parcel(Row, frozen=True):
    """One parcel. state: shipped or delivered."""

    owner: int
    order: OrderId
    n: int
    state: str
    carrier: str
    number: str
    packed: tuple[Packed, ...]
    shipped_ms: int
    delivered_ms: int


class ShipParcel(Command, frozen=True):
    """Send a parcel; without `packed` it holds all that is not sent yet."""

    shop: OwnerId
    order: OrderId
    carrier: Code
    number: Code
    packed: Annotated[tuple[Packed, ...], Meta(max_length=50)] = ()


class RecordDelivery(Command, frozen=True):
    """The carrier handed a parcel over."""

    shop: OwnerId
    order: OrderId
    parcel: int


class ConfirmReceipt(Command, frozen=True):
    """Who gets the goods says that he has them."""

    shop: OwnerId
    order: OrderId


class ReceiveByTime(Command, frozen=True):
    """Nobody said anything for so long that the goods count as received."""

    shop: OwnerId
    order: OrderId


class NoteLate(Command, frozen=True):
    """The promised time to send has passed."""

    shop: OwnerId
    order: OrderId


timer("auto_receive", lambda owner, order, n: ReceiveByTime(owner, order))
timer("ship_late", lambda owner, order, n: NoteLate(owner, order))


class ParcelShipped(Event, frozen=True):
    order: OrderId
    parcel: int
    carrier: Code
    number: Code
    packed: tuple[Packed, ...]


class LineShipped(Event, frozen=True):
    order: OrderId
    line: int
    quantity: int


class ParcelDelivered(Event, frozen=True):
    order: OrderId
    parcel: int


PARCEL = Machine("parcel", start="shipped", moves={ParcelDelivered: (("shipped",), "delivered")}, final=("delivered",))


@evolves(Parcel, ParcelShipped, key=("order", "parcel"))
def _parcel(row, e, stamp):
    return Parcel(stamp.owner, e.order, e.parcel, PARCEL.start, e.carrier, e.number, e.packed, stamp.at, 0)


@evolves(Parcel, ParcelDelivered, key=("order", "parcel"))
def _delivered(row, e, stamp):
    return replace(row, state=PARCEL.after(row.state, e), delivered_ms=stamp.at)


@evolves(Line, LineShipped, key=("order", "line"))
def _line_shipped(row, e, stamp):
    return replace(row, shipped=row.shipped + e.quantity)


THE_PARCELS = many("parcels", Parcel, lambda c, k: (c.shop, c.order))


def to_send(line: Line) -> int:
    """Pieces of a line still to be sent: neither sent nor under a claim."""
    return max(0, line.quantity - max(line.shipped, 0) - line.claimed)


def over(order: Order, lines: tuple[Line, ...]) -> list[Event]:
    """No money is left for the order: it has ended, and what has not left is back on the shelf."""
    kept = [StockReturned(line.sku, line.order, line.n, to_send(line)) for line in lines if to_send(line)]
    return [OrderRefunded(order.id), *kept]


def after_packing(order: Order, lines: tuple[Line, ...], sent: dict[int, int], case, now: int) -> list[Event]:
    """Whether the order is now partly or wholly sent."""
    open_lines = [line for line in lines if to_send(line) > sent.get(line.n, 0)]
    if open_lines:
        return [OrderPartlyShipped(order.id)]
    return [OrderShipped(order.id, now + case.rulebook.of(order.rules).receive_after_ms)]


@handles(
    ShipParcel,
    who=(staff("orders"),),
    needs=(THE_ORDER, THE_LINES, THE_PARCELS),
    state=("order", ("to_ship", "partly_shipped")),
    answer=("order", "parcel"),
)
def ship_parcel(c, case, now, ids):
    left = {line.n: to_send(line) for line in case.lines}
    packed = c.packed or tuple(Packed(n, pieces) for n, pieces in left.items() if pieces)
    require(packed, "nothing_to_ship")
    require(len({pack.line for pack in packed}) == len(packed), "line_twice")
    for pack in packed:
        require(pack.line in left, "not_found")
        require(pack.quantity <= left[pack.line], "shipped_too_many", line=pack.line, left=left[pack.line])
    number = len(case.parcels) + 1
    sent = {pack.line: pack.quantity for pack in packed}
    events = [ParcelShipped(c.order, number, c.carrier, c.number, packed)]
    events += [LineShipped(c.order, pack.line, pack.quantity) for pack in packed]
    return [*events, *after_packing(case.order, case.lines, sent, case, now)]


@handles(
    RecordDelivery,
    who=(house("carrier"), staff("orders")),
    needs=(THE_ORDER, one("parcel", Parcel, lambda c, k: (c.shop, c.order, c.parcel))),
    state=("parcel", ("shipped",)),
)
def record_delivery(c, case, now, ids):
    return [ParcelDelivered(c.order, c.parcel)]


def received(case, now: int, how: str) -> list[Event]:
    """Received: the window for claims runs, the longest of the lines' categories."""
    rules = case.rulebook.of(case.order.rules)
    windows = [rules.category(line.category).return_window_ms for line in case.lines]
    return [OrderReceived(case.order.id, now + max(rules.claim_window_ms, *windows), how)]


@handles(
    ConfirmReceipt,
    who=(BENEFICIARY,),
    needs=(THE_ORDER, THE_LINES),
    state=("order", ("shipped",)),
    answer=("order", "settle_at_ms"),
)
def confirm_receipt(c, case, now, ids):
    return received(case, now, "confirmed")


@handles(ReceiveByTime, who=(TIMER,), needs=(THE_ORDER, THE_LINES), state=("order", ("shipped",)))
def receive_by_time(c, case, now, ids):
    require(now >= case.order.receive_by_ms, "not_yet")
    return received(case, now, "time")


@handles(NoteLate, who=(TIMER,), needs=(THE_ORDER, THE_LINES), state=("order", ("to_ship", "partly_shipped")))
def note_late(c, case, now, ids):
    require(now >= case.order.ship_by_ms, "not_yet")
    if not any(to_send(line) for line in case.lines):
        return nothing_to_do("nothing_to_ship")
    return [ShipmentLate(c.order)]
