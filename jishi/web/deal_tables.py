"""The tables of a deal's page: shares, payment, parcels, claims, refunds, settlement, timers and log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jishi.kernel.owners import PLATFORM
from jishi.store.queries.deal_rows import Deal
from jishi.store.queries.page_goods import Named
from jishi.web.deal_trace import Trace
from jishi.web.saying import Gettext
from jishi.web.words import (
    CLAIM,
    CLAIM_KIND,
    LEG,
    NOTICES,
    OUTCOMES,
    PARCEL,
    REFUND,
    ROLE,
    SENDERS,
    TIMERS,
    carrier_name,
)

MERCHANT = "merchant"


@dataclass(frozen=True)
class View:
    """A deal with the words and names of its reader. address: the page's own."""

    deal: Deal
    trace: Trace
    gettext: Gettext
    address: str
    names: dict[tuple[int, int, int], Named]
    people: dict[int, str]

    def name(self, owner: int) -> str:
        """What an owner is called."""
        return self.gettext("Platform") if owner == PLATFORM else self.people.get(owner, "–")

    def sender(self, principal: str) -> str:
        """Who sent a command, by the principal kept in the log."""
        kind, _, number = principal.partition(":")
        if kind == "party":
            return self.name(int(number))
        return self.gettext(SENDERS[kind]) if kind in SENDERS else self.gettext("A program")

    def table(self, name: str, caption: str, columns: list[tuple[str, str, str]], rows: list[dict]) -> dict[str, Any]:
        """A table for the component, with the address of the rows behind it."""
        told = [{"key": key, "label": label, "kind": kind} for key, label, kind in columns]
        return {"id": name, "caption": caption, "columns": told, "rows": rows, "href": f"{self.address}/rows/{name}"}

    def business(self, own_ms: int) -> int | None:
        """A moment of the order's own time in business time; None for none."""
        return own_ms - self.deal.order.ahead_ms if own_ms else None


def tables(view: View) -> list[dict[str, Any]]:
    """All tables that have something to gettext, in the order of the loop."""
    made = [
        shares(view),
        legs(view),
        notices(view),
        parcels(view),
        claims(view),
        refunds(view),
        moves(view),
        timers(view),
        log(view),
    ]
    return [table for table in made if table["rows"]]


def shares(view: View) -> dict[str, Any]:
    """Who earns from each line, as it was frozen when the order was placed."""
    gettext, rows = view.gettext, []
    for line in view.deal.lines:
        base = {
            "line": line.n,
            "goods": line.amount_minor,
            "given_back": line.given_back_minor,
            "currency": view.deal.order.currency,
        }
        for share in line.shares:
            role = gettext(ROLE.get(share.role, share.role))
            rows.append(
                base | {"role": role, "payee": view.name(share.payee), "rate": share.share_ppm, "rule": share.rule}
            )
        rest = 1_000_000 - sum(share.share_ppm for share in line.shares)
        rows.append(
            base | {"role": gettext(ROLE[MERCHANT]), "payee": view.name(line.owner), "rate": rest, "rule": "rest"}
        )
    columns = [
        ("line", gettext("Line"), "number"),
        ("role", gettext("Role"), "text"),
        ("payee", gettext("Payee"), "text"),
        ("rate", gettext("Rate"), "percent"),
        ("rule", gettext("Rule version"), "text"),
        ("goods", gettext("Goods"), "money"),
        ("given_back", gettext("Given back"), "money"),
    ]
    return view.table("order_lines", gettext("Shares, frozen when placed"), columns, rows)


def legs(view: View) -> dict[str, Any]:
    """What the order has to be paid, and what came in for it."""
    gettext, rows = view.gettext, []
    for leg in view.deal.legs:
        came = [row for row in view.deal.captures if row.leg == leg.n]
        base = {"leg": leg.n, "state": gettext(LEG[leg.state].label), "due": leg.amount_minor, "currency": leg.currency}
        rows += [
            base | {"txn": row.txn, "came": row.amount_minor, "back": row.refunded_minor + row.undone_minor}
            for row in came
        ]
        rows += [] if came else [base | {"txn": "–", "came": 0, "back": 0}]
    columns = [
        ("leg", gettext("Leg"), "number"),
        ("state", gettext("State"), "text"),
        ("due", gettext("To pay"), "money"),
        ("txn", gettext("Transaction"), "text"),
        ("came", gettext("Captured"), "money"),
        ("back", gettext("Gone back"), "money"),
    ]
    return view.table("captures", gettext("Payment"), columns, rows)


def notices(view: View) -> dict[str, Any]:
    """What the provider told us, and what we made of it."""
    gettext = view.gettext
    rows = [
        {
            "kind": gettext(NOTICES.get(row.kind, row.kind)),
            "txn": row.txn,
            "amount": row.amount_minor,
            "currency": row.currency,
            "at": row.at_ms,
            "outcome": gettext(OUTCOMES.get(row.outcome, row.outcome)),
        }
        for row in view.deal.notices
    ]
    columns = [
        ("kind", gettext("Notice"), "text"),
        ("txn", gettext("Transaction"), "text"),
        ("amount", gettext("Amount"), "money"),
        ("at", gettext("Told"), "time"),
        ("outcome", gettext("Outcome"), "text"),
    ]
    return view.table("notices", gettext("Notices of the payment provider"), columns, rows)


def parcels(view: View) -> dict[str, Any]:
    """What was sent."""
    gettext = view.gettext
    rows = [
        {
            "n": row.n,
            "carrier": carrier_name(row.carrier, gettext),
            "number": row.number,
            "state": gettext(PARCEL[row.state].label),
            "pieces": sum(pack.quantity for pack in row.packed),
            "shipped": row.shipped_ms,
        }
        for row in view.deal.parcels
    ]
    columns = [
        ("n", gettext("Parcel"), "number"),
        ("carrier", gettext("Carrier"), "text"),
        ("number", gettext("Tracking number"), "text"),
        ("pieces", gettext("Pieces"), "number"),
        ("state", gettext("State"), "text"),
        ("shipped", gettext("Sent"), "time"),
    ]
    return view.table("parcels", gettext("Parcels"), columns, rows)


def claims(view: View) -> dict[str, Any]:
    """After-sales claims with their deadlines."""
    gettext = view.gettext
    rows = [
        {
            "n": row.n,
            "line": row.line,
            "kind": gettext(CLAIM_KIND[row.kind]),
            "pieces": row.quantity,
            "amount": row.amount_minor,
            "state": gettext(CLAIM[row.state].label),
            "due": view.business(row.due_ms),
            "currency": view.deal.order.currency,
        }
        for row in view.deal.claims
    ]
    columns = [
        ("n", gettext("Claim"), "number"),
        ("line", gettext("Line"), "number"),
        ("kind", gettext("Kind"), "text"),
        ("pieces", gettext("Pieces"), "number"),
        ("amount", gettext("Amount"), "money"),
        ("state", gettext("State"), "text"),
        ("due", gettext("By when"), "time"),
    ]
    return view.table("claims", gettext("After-sales"), columns, rows)


def refunds(view: View) -> dict[str, Any]:
    """Money on its way back."""
    gettext = view.gettext
    rows = [
        {
            "n": row.n,
            "kind": row.kind,
            "amount": row.amount_minor,
            "currency": row.currency,
            "state": gettext(REFUND[row.state].label),
            "asks": row.asks,
            "asked": row.asked_ms,
            "done": row.done_ms or None,
        }
        for row in view.deal.refunds
    ]
    columns = [
        ("n", gettext("Refund"), "number"),
        ("kind", gettext("Why"), "text"),
        ("amount", gettext("Amount"), "money"),
        ("state", gettext("State"), "text"),
        ("asks", gettext("Asked again"), "number"),
        ("asked", gettext("Requested"), "time"),
        ("done", gettext("Done"), "time"),
    ]
    return view.table("refunds", gettext("Refunds"), columns, rows)


def moves(view: View) -> dict[str, Any]:
    """Shares as they were paid or taken back, and when each arrived in its receiver's own book."""
    gettext = view.gettext
    arrived = {(row.owner, row.n): row.at for row in view.deal.transfers}
    rows = [
        {
            "n": row.n,
            "kind": gettext("Settled") if row.kind == "settled" else gettext("Taken back"),
            "line": row.line,
            "role": gettext(ROLE.get(row.role, row.role)),
            "payee": view.name(row.payee),
            "amount": row.amount_minor,
            "currency": row.currency,
            "rule": row.rule,
            "at": row.at,
            "arrived": row.at if row.role == "merchant" else arrived.get((row.payee, row.n)),
        }
        for row in view.deal.moves
    ]
    columns = [
        ("n", gettext("Move"), "number"),
        ("kind", gettext("Kind"), "text"),
        ("line", gettext("Line"), "number"),
        ("role", gettext("Role"), "text"),
        ("payee", gettext("Payee"), "text"),
        ("amount", gettext("Amount"), "money"),
        ("rule", gettext("Rule version"), "text"),
        ("at", gettext("Settled at"), "time"),
        ("arrived", gettext("In the payee's book"), "time"),
    ]
    return view.table("share_moves", gettext("Settlement"), columns, rows)


def timers(view: View) -> dict[str, Any]:
    """What waits, the next first."""
    gettext = view.gettext
    rows = [
        {
            "kind": gettext(TIMERS.get(row.kind, row.kind)),
            "due": row.due_ms,
            "attempts": row.attempts,
            "code": row.code or None,
        }
        for row in view.deal.timers
    ]
    columns = [
        ("kind", gettext("Timer"), "text"),
        ("due", gettext("Due"), "time"),
        ("attempts", gettext("Tries"), "number"),
        ("code", gettext("Why not yet"), "text"),
    ]
    return view.table("timers", gettext("Timers"), columns, rows)


def log(view: View) -> dict[str, Any]:
    """Every accepted command about the order, newest last, with what it became at other owners."""
    rows = [
        {
            "book": view.name(row.owner),
            "owner": row.owner,
            "seq": row.seq,
            "at": row.at,
            "command": row.command,
            "by": view.sender(row.principal),
            "events": ", ".join(type(event).__name__ for event in events),
            "chain": row.chain.hex()[:8],
            "anchor": f"log-{row.owner}-{row.seq}",
        }
        for row, events in [*view.trace.told, *view.trace.caused]
    ]
    gettext = view.gettext
    columns = [
        ("book", gettext("Log of"), "text"),
        ("seq", gettext("No."), "number"),
        ("at", gettext("When"), "time"),
        ("command", gettext("Command"), "text"),
        ("by", gettext("By"), "text"),
        ("events", gettext("Events"), "text"),
        ("chain", gettext("Chain"), "text"),
    ]
    return view.table("log", gettext("Log"), columns, rows)
