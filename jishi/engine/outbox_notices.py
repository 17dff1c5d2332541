"""What the provider says, as the command that records it; its notices and its statement come this way."""

from collections.abc import Callable
from typing import Any

from jishi.kernel import trade
from jishi.kernel.checkout import RecordCheckoutNotice
from jishi.kernel.grammar import Command, system
from jishi.kernel.notices import RecordNotice
from jishi.kernel.payouts import Payout, RecordPayout
from jishi.kernel.refund_results import RecordRefund
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import Refused, require
from jishi.kernel.rows import Row
from jishi.kernel.surplus import RecordSurplusReturn, Surplus
from jishi.kernel.trade import Reference
from jishi.ports.pay import Notice
from jishi.store import Database

PROVIDER = system("provider")
# Outcomes of a recorded payment notice that mean: this does not fit what we asked for.
NOT_OURS = frozenset({"order_differs", "currency_differs", "amount_differs", "amount_exceeds"})


def told_payment(notice: Notice, number: Reference) -> Command:
    """A payment of one order."""
    return RecordNotice(
        number.owner, number.id, number.n, notice.kind, notice.txn or notice.reference, notice.reference,
        notice.amount_minor, notice.currency, notice.at_ms,
    )  # fmt: skip


def told_checkout(notice: Notice, number: Reference) -> Command:
    """A payment of a checkout."""
    return RecordCheckoutNotice(
        number.owner, number.id, notice.kind, notice.txn or notice.reference, notice.reference,
        notice.amount_minor, notice.currency, notice.at_ms,
    )  # fmt: skip


def told_refund(notice: Notice, number: Reference) -> Command:
    """The end of a refund."""
    outcome = "succeeded" if notice.kind == "refunded" else "failed"
    return RecordRefund(number.owner, number.id, number.n, outcome)


def told_surplus(notice: Notice, number: Reference) -> Command:
    """The end of surplus sent back."""
    outcome = "succeeded" if notice.kind == "refunded" else "failed"
    return RecordSurplusReturn(number.owner, number.id, outcome)


def told_payout(notice: Notice, number: Reference) -> Command:
    """The end of a payout. One word tells that it failed and that it came back; either way the money is ours again."""
    return RecordPayout(number.owner, number.id, "succeeded" if notice.kind == "paid_out" else "returned")


PAYMENT = ("paid", "failed", "closed", "reversed", "charged_back")
# (kind of number, kind of notice) -> the command.
COMMANDS: dict[tuple[str, str], Callable[[Notice, Reference], Command]] = {
    **{("O", kind): told_payment for kind in PAYMENT},
    **{("C", kind): told_checkout for kind in PAYMENT},
    **{("R", kind): told_refund for kind in ("refunded", "refund_failed")},
    **{("S", kind): told_surplus for kind in ("refunded", "refund_failed")},
    **{("P", kind): told_payout for kind in ("paid_out", "payout_failed")},
}


async def command_of(database: Database, notice: Notice) -> Command:
    """The command that records a notice; refuses `order_differs` for a number that is none of ours, and what
    `check_transfer` refuses.
    """
    try:
        number = trade.read(notice.reference)
    except Refused as refused:
        raise Refused("order_differs") from refused
    build = COMMANDS.get((number.kind, notice.kind))
    require(build, "order_differs")
    command = build(notice, number)
    await check_transfer(database, notice, number)
    return command


async def take(engine: Any, notice: Notice, id: str, *, background: bool = True) -> str:
    """Record what the provider says, however it came; returns the outcome, "" if none is told.

    What does not fit is refused, or recorded with an outcome of NOT_OURS: a person has to look at it.
    background: whether nobody waits for it; behind a notice stands a payer who looks at his order.
    """
    command = await command_of(engine.database, notice)
    (answer,) = await engine.bundle([(command, PROVIDER, id)], background=background)
    return answer.told.get("outcome", "")


async def check_transfer(database: Database, notice: Notice, number: Reference) -> None:
    """Refuse what is told of a refund or payout that we did not ask for, or not with this amount."""
    if number.kind in "OC":
        return
    row = await transfer(database, number)
    require(row, "order_differs")
    require(row.currency == notice.currency, "currency_differs")
    require(row.amount_minor == notice.amount_minor, "amount_differs")


async def transfer(database: Database, number: Reference) -> Row | None:
    """The refund, surplus or payout that a number stands for."""
    if number.kind == "R":
        tail, more = 'WHERE owner = :owner AND "order" = :id AND n = :n', {"n": number.n}
    else:
        tail, more = "WHERE owner = :owner AND id = :id", {}
    row_type = {"R": Refund, "S": Surplus, "P": Payout}[number.kind]
    rows = await database.read(row_type, tail, owner=number.owner, id=number.id, **more)
    return rows[0] if rows else None
