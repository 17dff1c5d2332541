"""The money of a deal: its entries with escrow after each, and the equation of its sums, every figure with its rows."""

from __future__ import annotations

from typing import Any

from jishi.kernel.orders import escrow_of
from jishi.web.deal_tables import View
from jishi.web.entry_words import entry_word
from jishi.web.languages import mark

ACCOUNTS = {
    "provider": mark("Payment provider"),
    "escrow": mark("Escrow"),
    "available": mark("Available to the shop"),
    "earnings": mark("Earnings"),
    "fees": mark("Platform fees"),
    "payout": mark("Withdrawals under way"),
    "receivable": mark("Owed after refunds"),
    "transit": mark("Transit"),
    "subsidy": mark("Subsidy"),
    "deposit": mark("Deposit"),
    "forfeits": mark("Forfeited deposits"),
    "suspense": mark("Surplus"),
    "corrections": mark("Corrections"),
}


def equation(view: View) -> dict[str, Any]:
    """paid + subsidy = refunded + reversed + charged back + forfeited + (settled − reclaimed) + in escrow."""
    order, gettext = view.deal.order, view.gettext
    left = [
        _term(view, gettext("Paid"), order.paid_minor, "captures"),
        _term(view, gettext("Subsidy"), order.subsidy_minor, "entries"),
    ]
    right = [
        _term(view, gettext("Refunded"), order.refunded_minor, "refunds"),
        _term(view, gettext("Reversed"), order.reversed_minor, "notices"),
        _term(view, gettext("Charged back"), order.charged_back_minor, "notices"),
        _term(view, gettext("Forfeited"), order.forfeited_minor, "entries"),
        _term(view, gettext("Settled"), order.settled_minor, "share_moves"),
        _term(view, gettext("Taken back"), -order.reclaimed_minor, "share_moves"),
        _term(view, gettext("In escrow"), in_escrow(view), "entries"),
    ]
    sums = sum(term["amount_minor"] for term in left), sum(term["amount_minor"] for term in right)
    return {"left": left, "right": right, "left_minor": sums[0], "right_minor": sums[1], "holds": sums[0] == sums[1]}


def _term(view: View, label: str, amount_minor: int, table: str) -> dict[str, Any]:
    return {"label": label, "amount_minor": amount_minor, "href": f"{view.address}/rows/{table}"}


def in_escrow(view: View) -> int:
    """What the entries leave in escrow: added up from the books, not from the order's own sums."""
    signs = [
        (entry.amount_minor if entry.credit == "escrow" else 0) - (entry.amount_minor if entry.debit == "escrow" else 0)
        for entry in view.deal.entries
    ]
    return sum(signs)


def proof(view: View) -> list[tuple[str, bool]]:
    """What must be true of this deal now, and whether it is."""
    deal, gettext = view.deal, view.gettext
    shares = sum(move.amount_minor for move in deal.moves if move.role != "merchant" and move.kind == "settled")
    booked = sum(row.amount_minor for row in deal.transfers if row.kind == "settled")
    refunds = sum(row.amount_minor for row in deal.refunds if row.state == "succeeded")
    return [
        (gettext("The entries' escrow is the order's escrow"), in_escrow(view) == escrow_of(deal.order)),
        (
            gettext("The captures add up to what was paid"),
            sum(row.amount_minor for row in deal.captures) == deal.order.paid_minor,
        ),
        (gettext("The refunds that arrived add up to what was refunded"), refunds == deal.order.refunded_minor),
        (gettext("Every share of others has arrived in their books"), shares == booked),
    ]


def entries(view: View) -> dict[str, Any]:
    """The order's entries, oldest first, with escrow after each; then those its shares made in other books."""
    gettext, escrow, rows = view.gettext, 0, []
    for entry in view.deal.entries:
        escrow += entry.amount_minor * ((entry.credit == "escrow") - (entry.debit == "escrow"))
        rows.append(_row(view, entry, escrow))
    rows += [_row(view, entry, None) for entry in view.trace.booked]
    columns = [
        ("book", gettext("Book"), "text"),
        ("seq", gettext("Log"), "number"),
        ("debit", gettext("Debit"), "text"),
        ("credit", gettext("Credit"), "text"),
        ("amount", gettext("Amount"), "money"),
        ("code", gettext("What"), "text"),
        ("escrow", gettext("Escrow after it"), "money"),
    ]
    return view.table("entries", gettext("Entries"), columns, rows)


def _row(view: View, entry: Any, escrow: int | None) -> dict[str, Any]:
    return {
        "book": view.name(entry.owner),
        "seq": entry.seq,
        "seq_href": f"#log-{entry.owner}-{entry.seq}",
        "debit": view.gettext(ACCOUNTS[entry.debit]),
        "credit": view.gettext(ACCOUNTS[entry.credit]),
        "amount": entry.amount_minor,
        "code": entry_word(view.gettext, entry.code),
        "escrow": escrow,
        "currency": entry.currency,
    }
