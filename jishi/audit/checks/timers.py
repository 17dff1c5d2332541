"""Timers: whatever waits for time has its timer, due when it should be; nothing that is over has one."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from jishi.audit.query import Query
from jishi.audit.snapshot import Snapshot

TIMER = ("owner", "subject", "kind", "n")


class Wait(NamedTuple):
    """A kind of timer: the rows `s` that wait for it, which column is its subject and which its n, and when it is due.

    excuse: when a waiting row may be without its timer; `{fired}` is that it went off once already.
    """

    kind: str
    table: str
    waiting: str
    subject: str = 's."order"'
    n: str = "s.n"
    due: str = ""
    excuse: str = ""


JUDGED = "s.state IN ('requested', 'awaiting_return', 'returning', 'rejected', 'judging') AND s.due_ms > 0"
GATE_GONE = """EXISTS (SELECT 1 FROM orders o WHERE o.owner = s.owner AND o.id = s."order" AND o.state <> 'paid')"""

UNSPLIT = """s.outcome = 'waiting' AND NOT EXISTS (SELECT 1 FROM checkout_notices d WHERE d.owner = s.owner
           AND d.checkout = s.checkout AND d.txn = s.txn AND d.kind = s.kind AND d.outcome = 'applied')"""

WAITS = (
    Wait("close_unpaid", "orders", "s.state = 'placed'", "s.id", "0", "pay_by_ms"),
    Wait("ship_late", "orders", "s.state IN ('to_ship', 'partly_shipped')", "s.id", "0", "ship_by_ms", "{fired}"),
    Wait("auto_receive", "orders", "s.state = 'shipped'", "s.id", "0", "receive_by_ms"),
    Wait("settle", "orders", "s.state = 'received'", "s.id", "0", "settle_at_ms"),
    Wait("ask_payment", "legs", "s.state = 'unknown'"),
    Wait("ask_refund", "refunds", "s.state = 'requested'"),
    Wait("retry_refund", "refunds", "s.state = 'failed'", excuse="{fired}"),
    Wait("claim_due", "claims", JUDGED, due="due_ms"),
    Wait("expire_gift", "gifts", "s.state = 'offered'", n="0", due="expires_ms", excuse=GATE_GONE),
    Wait("expire_invitation", "invitations", "s.state = 'open'", "s.id", "0", "expires_ms"),
    Wait("ask_payout", "payouts", "s.state = 'requested'", "s.id", "0"),
    Wait("split_undone", "checkout_notices", UNSPLIT, "s.checkout", "s.seq"),
    Wait("ask_surplus", "surpluses", "s.state = 'booked'", "s.id", "0"),
)


KINDS = ", ".join([f"'{wait.kind}'" for wait in WAITS])


def fired(wait: Wait) -> str:
    """That this timer went off: its command's id begins with its kind, its subject and its n."""
    name = f"'{wait.kind}.' || CAST({wait.subject} AS TEXT) || '.' || CAST({wait.n} AS TEXT) || "
    return f"""EXISTS (SELECT 1 FROM log f WHERE f.owner = s.owner AND f.principal = 'timer'
               AND f.command_id >= {name}'.' AND f.command_id < {name}'/')"""


def same(wait: Wait) -> str:
    return f"t.owner = s.owner AND t.subject = {wait.subject} AND t.n = {wait.n} AND t.kind = '{wait.kind}'"


def missing(wait: Wait) -> Query:
    excuse = f"AND NOT {wait.excuse.format(fired=fired(wait))}" if wait.excuse else ""
    sql = f"""
        SELECT s.owner, {wait.subject} AS subject, '{wait.kind}' AS kind, {wait.n} AS n
        FROM {wait.table} s
        WHERE {wait.waiting} AND NOT EXISTS (SELECT 1 FROM timers t WHERE {same(wait)}) {excuse}
        """
    return Query("timer_set", "timers", TIMER, sql, f"is missing, though a row of {wait.table} waits for it")


def idle(wait: Wait) -> Query:
    sql = f"""
        SELECT t.owner, t.subject, t.kind, t.n FROM timers t WHERE t.kind = '{wait.kind}' AND NOT EXISTS (
            SELECT 1 FROM {wait.table} s WHERE {same(wait)} AND {wait.waiting})
        """
    return Query("timer_has_a_reason", "timers", TIMER, sql, f"is set, though no row of {wait.table} waits for it")


def due(wait: Wait) -> Query:
    """Due when the row says, unless it could not be done then, or the order lives ahead of the market's time."""
    sql = f"""
        SELECT t.owner, t.subject, t.kind, t.n, t.due_ms, s.{wait.due} AS says
        FROM timers t JOIN {wait.table} s ON {same(wait)}
        LEFT JOIN orders d ON d.owner = s.owner AND d.id = {wait.subject}
        WHERE t.due_ms <> s.{wait.due} AND t.attempts = 0 AND COALESCE(d.ahead_ms, 0) = 0
        """
    return Query("timer_due", "timers", TIMER, sql, "is due at {due_ms}, its row says {says}")


CHECKS = (
    Query(
        "timer_known",
        "timers",
        TIMER,
        f"SELECT owner, subject, kind, n FROM timers WHERE kind NOT IN ({KINDS})",
        "{kind} is no timer of ours",
    ),
    *[missing(wait) for wait in WAITS],
    *[idle(wait) for wait in WAITS],
    *[due(wait) for wait in WAITS if wait.due],
)


async def open_timers(snapshot: Snapshot) -> AsyncIterator[str]:
    """Timers that could not be done yet: kept with their code and tries, and no violation."""
    sql = "SELECT owner, subject, kind, attempts, code FROM timers WHERE attempts > 0 ORDER BY owner, subject, kind, n"
    async for row in snapshot.rows(sql):
        yield "{kind} of {subject} at {owner}: {code} after {attempts} tries".format_map(row)
