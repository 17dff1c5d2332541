"""Trades and their payments: opened by a link, paid, closed, undone by the bank."""

import sqlite3
from typing import Any

from jishi.provider import statement
from jishi.provider.behaviour import behaviour_of
from jishi.provider.database import transaction
from jishi.provider.links import Link
from jishi.provider.notices import Fact, enqueue
from jishi.provider.office import Office
from jishi.provider.refusal import Refusal

UNDONE = {"reverse": "reversed", "charge_back": "charged_back"}


def open_trade(office: Office, link: Link) -> sqlite3.Row:
    """The trade of this link, made when it is opened first; the same number with other figures is refused."""
    if is_barred(office, link.trade_no):
        raise Refusal("trade_closed")
    with transaction(office.database) as database:
        database.execute(
            "INSERT OR IGNORE INTO trade VALUES (?, ?, ?, ?, ?, ?, 'open', ?)",
            (link.trade_no, link.merchant, link.amount_minor, link.currency, link.notify_url, link.expires_ms,
             office.now_ms()),
        )  # fmt: skip
    trade = find_trade(office, link.trade_no)
    if (trade["amount_minor"], trade["currency"]) != (link.amount_minor, link.currency):
        raise Refusal("trade_differs")
    return trade


def is_barred(office: Office, trade_no: str) -> bool:
    """Closed before anybody opened it."""
    return office.database.execute("SELECT 1 FROM barred WHERE trade_no = ?", (trade_no,)).fetchone() is not None


def find_trade(office: Office, trade_no: str) -> sqlite3.Row:
    trade = office.database.execute("SELECT * FROM trade WHERE trade_no = ?", (trade_no,)).fetchone()
    if trade is None:
        raise Refusal("not_found")
    return trade


def pay(office: Office, link: Link) -> sqlite3.Row:
    """Takes the money. A trade paid before gives the same payment again, unless double payments are allowed."""
    trade = open_trade(office, link)
    behaviour = behaviour_of(office, link.trade_no)
    earlier = _paid_payment(office, link.trade_no)
    if earlier is not None and not behaviour.allow_double:
        return earlier
    if trade["state"] == "closed" and not behaviour.pay_after_expiry:
        raise Refusal("trade_closed")
    if office.now_ms() >= trade["expires_ms"] and not behaviour.pay_after_expiry:
        raise Refusal("trade_expired")
    if behaviour.pay == "fails":
        _record_payment(office, trade, "failed")
        raise Refusal("pay_failed")
    return _record_payment(office, trade, "paid")


def _paid_payment(office: Office, trade_no: str) -> sqlite3.Row | None:
    """A payment that went through, even one that the bank undid later."""
    return office.database.execute(
        "SELECT * FROM payment WHERE trade_no = ? AND state <> 'failed' ORDER BY paid_ms, txn", (trade_no,)
    ).fetchone()


def _record_payment(office: Office, trade: sqlite3.Row, state: str) -> sqlite3.Row:
    txn, now_ms = office.new_number("T"), office.now_ms()
    with transaction(office.database) as database:
        database.execute(
            "INSERT INTO payment (txn, trade_no, amount_minor, currency, state, paid_ms) VALUES (?, ?, ?, ?, ?, ?)",
            (txn, trade["trade_no"], trade["amount_minor"], trade["currency"], state, now_ms),
        )
        payment = find_payment(office, txn)
        if state == "paid":
            database.execute("UPDATE trade SET state = 'paid' WHERE trade_no = ?", (trade["trade_no"],))
            statement.write(office, "paid", trade["trade_no"], txn, payment["amount_minor"], trade["currency"])
        _tell(office, trade, state, payment["amount_minor"], txn)
    office.bell.set()
    return payment


def _tell(office: Office, trade: sqlite3.Row, kind: str, amount_minor: int, txn: str | None) -> None:
    enqueue(
        office,
        Fact(kind=kind, subject=trade["trade_no"], url=trade["notify_url"], reference_name="trade_no",
             reference=trade["trade_no"], amount_minor=amount_minor, currency=trade["currency"], txn=txn),
    )  # fmt: skip


def find_payment(office: Office, txn: str) -> sqlite3.Row:
    payment = office.database.execute("SELECT * FROM payment WHERE txn = ?", (txn,)).fetchone()
    if payment is None:
        raise Refusal("not_found")
    return payment


def query(office: Office, trade_no: str) -> dict[str, Any]:
    """The trade's state and all its payments; a link that was never opened is `unknown` and has none."""
    rows = office.database.execute("SELECT * FROM payment WHERE trade_no = ? ORDER BY paid_ms, txn", (trade_no,))
    trade = office.database.execute("SELECT state FROM trade WHERE trade_no = ?", (trade_no,)).fetchone()
    unopened = "closed" if is_barred(office, trade_no) else "unknown"
    return {
        "trade_no": trade_no,
        "state": trade["state"] if trade else unopened,
        "payments": [dict(row) for row in rows],
    }


def close(office: Office, trade_no: str) -> dict[str, Any]:
    """Nobody can pay an unpaid trade afterwards, opened or not; closing a closed one changes nothing."""
    state = query(office, trade_no)["state"]
    if state == "paid":
        raise Refusal("trade_paid")
    if state == "unknown":
        with transaction(office.database) as database:
            database.execute("INSERT INTO barred VALUES (?)", (trade_no,))
    if state == "open":
        _close(office, find_trade(office, trade_no))
    return query(office, trade_no)


def close_expired(office: Office) -> None:
    """Closes what nobody paid in time, a few at a time."""
    rows = office.database.execute(
        "SELECT * FROM trade WHERE state = 'open' AND expires_ms <= ? LIMIT 100", (office.now_ms(),)
    ).fetchall()
    for trade in rows:
        _close(office, trade)


def _close(office: Office, trade: sqlite3.Row) -> None:
    with transaction(office.database) as database:
        database.execute("UPDATE trade SET state = 'closed' WHERE trade_no = ?", (trade["trade_no"],))
        _tell(office, trade, "closed", trade["amount_minor"], None)
    office.bell.set()


def undo(office: Office, txn: str, verb: str) -> sqlite3.Row:
    """`reverse` or `charge_back`: the bank takes back what is not refunded yet; the same again changes nothing."""
    payment, state = find_payment(office, txn), UNDONE[verb]
    if payment["state"] == state:
        return payment
    left_minor = payment["amount_minor"] - payment["refunded_minor"]
    if payment["state"] != "paid" or left_minor == 0:
        raise Refusal("not_captured")
    with transaction(office.database) as database:
        database.execute("UPDATE payment SET state = ? WHERE txn = ?", (state, txn))
        statement.write(office, state, payment["trade_no"], txn, -left_minor, payment["currency"])
        _tell(office, find_trade(office, payment["trade_no"]), state, left_minor, txn)
    office.bell.set()
    return find_payment(office, txn)
