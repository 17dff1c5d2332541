"""Surplus that belongs to no order, such as a checkout paid twice: booked in the platform's book and sent back."""

from typing import Literal

from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, evolves, handles, nothing_to_do, one, timer
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code, Currency, Positive
from jishi.kernel.roles import PROVIDER, REACTION, TIMER
from jishi.kernel.rows import Row, table
from jishi.kernel.waits import wait_ms

SurplusId = id_type("surplus")


@table(
    "surpluses", ("owner", "id"), changes=("state", "asks"), unique=(("owner", "txn"),), checks=("amount_minor > 0",)
)
class Surplus(Row, frozen=True):
    """One surplus transaction. trade: the number it was paid under."""

    owner: int
    id: SurplusId
    state: str
    txn: str
    trade: str
    amount_minor: int
    currency: str
    asks: int


class BookSurplus(Command, frozen=True):
    """Book a surplus transaction and send it back."""

    platform: OwnerId
    surplus: SurplusId
    txn: Code
    trade: Code
    amount_minor: Positive
    currency: Currency


class UndoSurplus(Command, frozen=True):
    """The provider undid a surplus transaction by itself."""

    platform: OwnerId
    surplus: SurplusId


class RecordSurplusReturn(Command, frozen=True):
    """The provider says what became of a surplus sent back; after a failure we ask again."""

    platform: OwnerId
    surplus: SurplusId
    outcome: Literal["succeeded", "failed"]


class AskSurplus(Command, frozen=True):
    """Nothing good was heard of a surplus sent back: ask, and send it again."""

    platform: OwnerId
    surplus: SurplusId


timer("ask_surplus", lambda owner, surplus, n: AskSurplus(owner, surplus))


class SurplusBooked(Event, frozen=True):
    """Books: provider to suspense."""

    surplus: SurplusId
    txn: Code
    trade: Code
    amount_minor: int
    currency: Code


class SurplusAsked(Event, frozen=True):
    surplus: SurplusId
    again_ms: int


class SurplusReturned(Event, frozen=True):
    """Books: suspense to provider."""

    surplus: SurplusId
    amount_minor: int
    currency: Code


class SurplusUndone(Event, frozen=True):
    """Books: suspense to provider."""

    surplus: SurplusId
    amount_minor: int
    currency: Code


SURPLUS = Machine(
    "surplus",
    start="booked",
    moves={
        SurplusAsked: (("booked",), "booked"),
        SurplusReturned: (("booked",), "returned"),
        SurplusUndone: (("booked",), "undone"),
    },
    final=("returned", "undone"),
)


@evolves(Surplus, SurplusBooked, key=("surplus",))
def _booked(row, e, stamp):
    return Surplus(stamp.owner, e.surplus, SURPLUS.start, e.txn, e.trade, e.amount_minor, e.currency, 0)


@evolves(Surplus, SurplusAsked, key=("surplus",))
def _asked(row, e, stamp):
    return replace(row, asks=row.asks + 1)


@evolves(Surplus, SurplusReturned, SurplusUndone, key=("surplus",))
def _gone(row, e, stamp):
    return replace(row, state=SURPLUS.after(row.state, e))


THE_SURPLUS = one("surplus", Surplus, lambda c, k: (c.platform, c.surplus))


@handles(BookSurplus, who=(REACTION,), needs=(THE_SURPLUS,))
def book_surplus(c, case, now, ids):
    if case.surplus:
        return nothing_to_do("booked_before")
    return [SurplusBooked(c.surplus, c.txn, c.trade, c.amount_minor, c.currency)]


@handles(UndoSurplus, who=(REACTION,), needs=(THE_SURPLUS,), state=("surplus", ("booked",)))
def undo_surplus(c, case, now, ids):
    return [SurplusUndone(c.surplus, case.surplus.amount_minor, case.surplus.currency)]


@handles(RecordSurplusReturn, who=(PROVIDER,), needs=(THE_SURPLUS,), state=("surplus", ("booked",)))
def record_surplus_return(c, case, now, ids):
    if c.outcome == "failed":
        return nothing_to_do("asked_again_later")
    return [SurplusReturned(c.surplus, case.surplus.amount_minor, case.surplus.currency)]


@handles(AskSurplus, who=(TIMER,), needs=(THE_SURPLUS,), state=("surplus", ("booked",)))
def ask_surplus(c, case, now, ids):
    return [SurplusAsked(c.surplus, now + wait_ms(case.surplus.asks))]
