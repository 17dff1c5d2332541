"""Money that leaves: refunds and payouts, each idempotent by its number."""

import hashlib
import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from jishi.provider import statement
from jishi.provider.behaviour import OUTCOMES, Outcome, behaviour_of
from jishi.provider.database import transaction
from jishi.provider.links import Amount, Currency, Number, Url
from jishi.provider.notices import Fact, enqueue
from jishi.provider.office import Office
from jishi.provider.refusal import Refusal
from jishi.provider.trades import find_payment, find_trade


class RefundRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    refund_no: Number
    trade_no: Number
    txn: str
    amount_minor: Amount
    currency: Currency


class PayoutRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`account` is an opaque name of the receiver's account, never a person's data."""

    payout_no: Number
    amount_minor: Amount
    currency: Currency
    account: Number
    notify_url: Url | None = None


class Kind(NamedTuple):
    """What differs between the two; `told` are the notices by end state."""

    number_name: str
    outcome_name: str
    booked: str
    told: dict[str, str]
    reserve: Callable[[Office, Any], None]
    release: Callable[[Office, sqlite3.Row], None]


def _reserve_refund(office: Office, ask: RefundRequest) -> None:
    """The reserved part counts as refunded at once, so that two refunds can never exceed the capture."""
    payment = find_payment(office, ask.txn)
    if payment["trade_no"] != ask.trade_no:
        raise Refusal("not_found")
    if payment["currency"] != ask.currency:
        raise Refusal("currency_differs")
    if payment["state"] != "paid":
        raise Refusal("not_captured")
    changed = office.database.execute(
        "UPDATE payment SET refunded_minor = refunded_minor + ? WHERE txn = ? AND refunded_minor + ? <= amount_minor",
        (ask.amount_minor, ask.txn, ask.amount_minor),
    ).rowcount
    if changed == 0:
        raise Refusal("over_refund")


def _release_refund(office: Office, row: sqlite3.Row) -> None:
    office.database.execute(
        "UPDATE payment SET refunded_minor = refunded_minor - ? WHERE txn = ?", (row["amount_minor"], row["txn"])
    )


def _reserve_payout(office: Office, ask: PayoutRequest) -> None:
    if statement.available_minor(office, ask.currency) < ask.amount_minor:
        raise Refusal("balance_short")


def _release_payout(office: Office, row: sqlite3.Row) -> None:
    """Nothing to give back: an ended payout no longer counts as pending."""


KINDS = {
    "refund": Kind("refund_no", "refund", "refunded", {"succeeded": "refunded", "failed": "refund_failed"},
                   _reserve_refund, _release_refund),
    "payout": Kind("payout_no", "payout", "paid_out", {"succeeded": "paid_out", "failed": "payout_failed"},
                   _reserve_payout, _release_payout),
}  # fmt: skip


def find(office: Office, kind: str, number: str) -> sqlite3.Row:
    row = _find(office, kind, number)
    if row is None:
        raise Refusal("not_found")
    return row


def _find(office: Office, kind: str, number: str) -> sqlite3.Row | None:
    return office.database.execute("SELECT * FROM transfer WHERE kind = ? AND number = ?", (kind, number)).fetchone()


def answer(row: sqlite3.Row) -> dict[str, Any]:
    return {
        KINDS[row["kind"]].number_name: row["number"],
        "state": row["state"],
        "code": row["code"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "at_ms": row["at_ms"],
    }


def ask_transfer(office: Office, kind: str, ask: RefundRequest | PayoutRequest) -> sqlite3.Row:
    """Takes a refund or payout, or gives the earlier answer to the same number; another body is refused."""
    number = getattr(ask, KINDS[kind].number_name)
    fingerprint = _fingerprint(ask)
    earlier = _find(office, kind, number)
    if earlier is not None:
        if earlier["fingerprint"] != fingerprint:
            raise Refusal("other_body")
        return earlier
    outcome = _outcome(office, kind, getattr(ask, "trade_no", number))
    if outcome.recorded:
        _record(office, kind, ask, fingerprint, outcome)
    if not outcome.answered:
        raise Refusal("unavailable")
    return find(office, kind, number)


def _fingerprint(ask: RefundRequest | PayoutRequest) -> str:
    """Of all but the address to tell, which may change between two tries."""
    fields = msgspec.to_builtins(ask) | {"notify_url": None}
    return hashlib.sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()


def _outcome(office: Office, kind: str, scope: str) -> Outcome:
    return OUTCOMES[getattr(behaviour_of(office, scope), KINDS[kind].outcome_name)]


def _record(office: Office, kind: str, ask: Any, fingerprint: str, outcome: Outcome) -> None:
    number, trade_no = getattr(ask, KINDS[kind].number_name), getattr(ask, "trade_no", None)
    slow_ms = 0 if outcome.at_once else behaviour_of(office, trade_no or number).slow_ms
    now_ms = office.now_ms()
    with transaction(office.database) as database:
        KINDS[kind].reserve(office, ask)
        database.execute(
            "INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'accepted', ?, NULL, ?, ?)",
            (kind, number, trade_no, getattr(ask, "txn", None), getattr(ask, "account", None), ask.amount_minor,
             ask.currency, getattr(ask, "notify_url", None), fingerprint, outcome.end_state, now_ms + slow_ms, now_ms),
        )  # fmt: skip
        if outcome.at_once:
            _end(office, find(office, kind, number))
    office.bell.set()


def end_due(office: Office) -> None:
    """Ends the slow transfers whose time has come, a few at a time."""
    rows = office.database.execute(
        "SELECT * FROM transfer WHERE state = 'accepted' AND due_ms <= ? ORDER BY due_ms LIMIT 100", (office.now_ms(),)
    ).fetchall()
    for row in rows:
        with transaction(office.database):
            _end(office, row)
        office.bell.set()


def _end(office: Office, row: sqlite3.Row) -> None:
    kind, state = KINDS[row["kind"]], row["end_state"]
    code = "bank_refused" if state == "failed" else None
    _change(office, row, state, code)
    if state == "succeeded":
        reference = row["number"]
        statement.write(office, kind.booked, reference, row["txn"], -row["amount_minor"], row["currency"])
    else:
        kind.release(office, row)
    _tell(office, row, kind.told[state])


def return_payout(office: Office, number: str) -> sqlite3.Row:
    """The receiver's bank sends a payout back after it had succeeded; told as `payout_failed`."""
    row = find(office, "payout", number)
    if row["state"] == "returned":
        return row
    if row["state"] != "succeeded":
        raise Refusal("not_paid_out")
    with transaction(office.database):
        _change(office, row, "returned", "returned")
        statement.write(office, "payout_returned", number, None, row["amount_minor"], row["currency"])
        _tell(office, row, "payout_failed")
    office.bell.set()
    return find(office, "payout", number)


def _change(office: Office, row: sqlite3.Row, state: str, code: str | None) -> None:
    office.database.execute(
        "UPDATE transfer SET state = ?, code = ?, at_ms = ? WHERE kind = ? AND number = ?",
        (state, code, office.now_ms(), row["kind"], row["number"]),
    )


def _tell(office: Office, row: sqlite3.Row, told: str) -> None:
    """A refund is told where its trade is told; a payout where it asked, or at the merchant's usual address."""
    if row["kind"] == "refund":
        subject, url = row["trade_no"], find_trade(office, row["trade_no"])["notify_url"]
    else:
        subject, url = row["number"], row["notify_url"] or office.settings.notify_url
    if url is None:
        return
    enqueue(
        office,
        Fact(kind=told, subject=subject, url=url, reference_name=KINDS[row["kind"]].number_name,
             reference=row["number"], amount_minor=row["amount_minor"], currency=row["currency"], txn=row["txn"]),
    )  # fmt: skip
