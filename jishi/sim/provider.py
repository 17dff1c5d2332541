"""A payment provider of the simulator: its own accounts, its own mind, and answers that get lost.

It knows of us only what we ask through the payment port and what payers do at its cashier. What it says by itself goes
out as notices that arrive late, twice, in another order, wrong, or never.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from jishi.ports.pay import (
    Notice,
    PayoutAnswer,
    PayoutAsk,
    ProviderPayment,
    RefundAnswer,
    RefundAsk,
    Statement,
    StatementRow,
    Unknown,
)
from jishi.sim.loop import SimClock
from jishi.sim.post import Post

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
FAILS, SILENT, RETURNED = 0.10, 0.20, 0.05  # of refunds and payouts
UNREACHABLE = 0.10  # of all calls, half of them after the call was obeyed
ROWS_AT_ONCE = 50


@dataclass
class Txn:
    """Money that a payer sent. state: paid, reversed or charged_back; refunding counts as refunded, as at real ones."""

    id: str
    trade: str
    amount_minor: int
    currency: str
    paid_ms: int
    state: str = "paid"
    refunded_minor: int = 0

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.refunded_minor if self.state == "paid" else 0


@dataclass
class Move:
    """What we asked it to do: a refund (with txn) or a payout. state: accepted, succeeded, failed or returned."""

    number: str
    amount_minor: int
    currency: str
    txn: Txn | None = None
    state: str = "accepted"


@dataclass
class Provider:
    """The port's methods and what happens at the provider. While `calm` it obeys at once and loses nothing."""

    random: Random
    clock: SimClock
    faults: Counter
    post: Post
    calm: bool = False
    txns: dict[str, list[Txn]] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    rows: list[StatementRow] = field(default_factory=list)

    # -- what happens there by itself -------------------------------------------------------------

    def pay(self, trade: str, amount_minor: int, currency: str) -> None:
        """A payer pays at the cashier, unless the trade was closed meanwhile."""
        if trade in self.closed:
            return
        txn = Txn(f"T{len(self.rows)}", trade, amount_minor, currency, self.clock.now_ms())
        self.txns.setdefault(trade, []).append(txn)
        self.happened("paid", trade, amount_minor, txn)

    def fail(self, trade: str, amount_minor: int, currency: str) -> None:
        """A payer's card is refused; nothing moves."""
        self.post.send(self.notice("failed", trade, amount_minor, currency, f"X{len(self.rows)}"))

    def undo(self, kind: str) -> None:
        """What is left of some payment is reversed, or charged back by the payer's bank."""
        trades = [txns for txns in self.txns.values() if len(txns) > 1] if self.random.random() < 0.3 else []
        found = [txn for txns in trades or self.txns.values() for txn in txns if txn.left_minor > 0]
        if found:
            txn = self.random.choice(found)
            self.faults[kind] += 1
            left, txn.state = txn.left_minor, kind
            self.happened(kind, txn.trade, left, txn)

    def bring_to_end(self) -> None:
        """Decide what was accepted and not done yet."""
        for move in self.moves.values():
            if move.state == "accepted" and (self.calm or self.random.random() < 0.5):
                self.end(move)

    def give_back(self) -> None:
        """Some payouts that had arrived come back."""
        for move in self.moves.values():
            if move.txn is None and move.state == "succeeded" and self.random.random() < RETURNED:
                self.faults["returned"] += 1
                move.state = "returned"
                self.happened("payout_returned", move.number, move.amount_minor, move)

    # -- the port ---------------------------------------------------------------------------------

    async def query_payment(self, trade_no: str) -> list[ProviderPayment]:
        self.line()
        return [
            ProviderPayment(
                txn=txn.id, trade_no=trade_no, amount_minor=txn.amount_minor, currency=txn.currency, state=txn.state,
                refunded_minor=txn.refunded_minor, paid_ms=txn.paid_ms,
            )
            for txn in self.txns.get(trade_no, ())
        ]  # fmt: skip

    async def close_payment(self, trade_no: str) -> bool:
        self.line()
        if not self.txns.get(trade_no):
            self.closed.add(trade_no)
        self.line()
        return trade_no in self.closed

    async def refund(self, ask: RefundAsk) -> RefundAnswer:
        txn = next(txn for txn in self.txns[ask.trade_no] if txn.id == ask.txn)
        self.line()
        if ask.refund_no not in self.moves:
            move = Move(ask.refund_no, ask.amount_minor, ask.currency, txn)
            move.state = "accepted" if txn.left_minor >= ask.amount_minor else "failed"
            if move.state == "accepted":
                txn.refunded_minor += ask.amount_minor
            self.begin(move)
        self.line()
        return await self.query_refund(ask.refund_no)

    async def query_refund(self, refund_no: str) -> RefundAnswer:
        self.line()
        move = self.moves.get(refund_no)
        return RefundAnswer(refund_no=refund_no, state=move.state if move else "unknown")

    async def payout(self, ask: PayoutAsk) -> PayoutAnswer:
        self.line()
        if ask.payout_no not in self.moves:
            self.begin(Move(ask.payout_no, ask.amount_minor, ask.currency))
        self.line()
        return await self.query_payout(ask.payout_no)

    async def query_payout(self, payout_no: str) -> PayoutAnswer:
        self.line()
        move = self.moves.get(payout_no)
        return PayoutAnswer(payout_no=payout_no, state=move.state if move else "unknown")

    async def statement(self, cursor: str | None = None) -> Statement:
        self.line()
        start = int(cursor or 0)
        page = self.rows[start : start + ROWS_AT_ONCE]
        end = start + len(page)
        return Statement(
            balance_minor={"CNY": self.balance_minor()}, rows=page, cursor=str(end), more=end < len(self.rows)
        )

    # -- inside -----------------------------------------------------------------------------------

    def line(self) -> None:
        """The line breaks now and then, on the way there or on the way back."""
        if not self.calm and self.random.random() < UNREACHABLE / 2:
            self.faults["unreachable"] += 1
            raise Unknown("simulated")

    def begin(self, move: Move) -> None:
        """Take an ask; some are done at once, some later, some fail."""
        self.moves[move.number] = move
        if move.state == "failed":
            self.tell_end(move)
        elif self.calm or self.random.random() >= SILENT:
            self.end(move)
        else:
            self.faults["silent"] += 1

    def end(self, move: Move) -> None:
        """Do it, or fail. A refund under way of a payment that was undone has been taken out of what was undone."""
        undone = move.txn is not None and move.txn.state != "paid"
        if not self.calm and not undone and self.random.random() < FAILS:
            self.faults["failed"] += 1
            move.state = "failed"
        else:
            move.state = "succeeded"
        if move.txn and move.state == "failed":
            move.txn.refunded_minor -= move.amount_minor
        self.tell_end(move)

    def tell_end(self, move: Move) -> None:
        kinds = ("refunded", "refund_failed") if move.txn else ("paid_out", "payout_failed")
        if move.state == "succeeded":
            self.happened(kinds[0], move.number, move.amount_minor, move)
        else:
            txn = move.txn.id if move.txn else None
            self.post.send(self.notice(kinds[1], move.number, move.amount_minor, move.currency, txn))

    def happened(self, kind: str, number: str, amount_minor: int, what: Txn | Move) -> None:
        """Money moved: a row of the statement, and a notice."""
        sign = 1 if kind in ("paid", "payout_returned") else -1
        txn = what if isinstance(what, Txn) else what.txn
        self.rows.append(
            StatementRow(
                seq=len(self.rows) + 1, at_ms=self.clock.now_ms(), kind=kind, reference=number,
                txn=txn.id if txn else None, amount_minor=sign * amount_minor, currency=what.currency,
            )
        )  # fmt: skip
        told = "payout_failed" if kind == "payout_returned" else kind
        self.post.send(self.notice(told, number, amount_minor, what.currency, txn.id if txn else None))

    def notice(self, kind: str, number: str, amount_minor: int, currency: str, txn: str | None) -> Notice:
        """What is told of one thing that happened."""
        told: dict[str, Any] = {"amount_minor": amount_minor, "currency": currency, "at_ms": self.clock.now_ms()}
        field_name = {"refund": "refund_no", "payout": "payout_no", "paid_out": "payout_no"}
        number_field = next((name for start, name in field_name.items() if kind.startswith(start)), "trade_no")
        self.post.made += 1
        return Notice(
            id=f"N{self.post.made}", kind=kind, merchant="simulated", txn=txn, **{number_field: number}, **told
        )

    def balance_minor(self) -> int:
        """What it holds for us."""
        return sum(row.amount_minor for row in self.rows)
