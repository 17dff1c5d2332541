"""This deal's own time, in demo databases: one order runs ahead to its next timer while the world keeps real time.

An order's own time is business time plus its `ahead_ms`. Its rows, events and decisions speak in its own time; its
timers are kept in business time, like all others, so they are due earlier by as much as the order is ahead.
"""

import msgspec
from msgspec.structs import replace

from jishi.kernel.grammar import Arm, Command, Event, clocks, evolves, handles, many
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.orders import THE_ORDER, Order
from jishi.kernel.owners import Timer
from jishi.kernel.refused import require
from jishi.kernel.roles import DEMO
from jishi.kernel.stock import OrderId


class RunAhead(Command, frozen=True):
    """Move an order's own time to the due instant of its next timer."""

    shop: OwnerId
    order: OrderId


class Waiting(msgspec.Struct, frozen=True):
    """One timer of the order, due in the order's own time."""

    kind: Code
    n: int
    due_ms: int


class OrderAhead(Event, frozen=True):
    """The order is so far ahead of business time; its timers stay where they were in its own time."""

    order: OrderId
    ahead_ms: int
    timers: tuple[Waiting, ...]


@evolves(Order, OrderAhead, key=("order",))
def _ahead(row, e, stamp):
    return replace(row, ahead_ms=e.ahead_ms)


@clocks(OrderAhead)
def _nearer(e, stamp):
    return tuple(Arm(timer.kind, e.order, timer.due_ms, timer.n) for timer in e.timers)


@handles(
    RunAhead,
    who=(DEMO,),
    needs=(THE_ORDER, many("timers", Timer, lambda c, k: (c.shop, c.order))),
    answer=("order", "ahead_ms"),
)
def run_ahead(c, case, now, ids):
    """`now` is the order's own time. A timer that was due already needs no step: it is only left to fire."""
    require(case.order, "not_found")
    require(case.timers, "nothing_waits")
    ahead = case.order.ahead_ms
    waiting = tuple(Waiting(timer.kind, timer.n, timer.due_ms + ahead) for timer in case.timers)
    step = max(0, min(timer.due_ms for timer in waiting) - now)
    return [OrderAhead(c.order, ahead + step, waiting)]
