"""What the events of a log row booked: its entries and its stock moves, compared both ways, row by row."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from jishi.audit.query import Side
from jishi.audit.snapshot import Snapshot
from jishi.audit.violation import Violation

ENTRY = ("order", "debit", "credit", "amount_minor", "currency", "code")
ENTRIES = f"""SELECT owner, seq, n, "{'", "'.join(ENTRY)}" FROM entries ORDER BY owner, seq, n"""
MOVES = 'SELECT owner, seq, sku, n, kind, quantity, "order" FROM stock_moves ORDER BY owner, seq, sku, n, kind'
STOCK = {
    "StockHeld": "held",
    "StockReleased": "released",
    "StockTaken": "taken",
    "StockReturned": "returned",
    "StockCounted": "counted",
}


def plain(debit: str, credit: str, code: str, of_order: bool = True) -> Callable[[dict], list[tuple]]:
    """An event that moves its whole amount."""
    return lambda e: [(debit, credit, e["amount_minor"], code, e["order"] if of_order else 0)]


def settled(e: dict) -> list[tuple]:
    amount, offset, order = e["amount_minor"], e["offset_minor"], e["order"]
    if e["role"] != "merchant":
        return [("escrow", "transit", amount, f"settled.{e['role']}", order)]
    return [
        ("escrow", "receivable", offset, "settled.netted", order),
        ("escrow", "available", amount - offset, "settled.merchant", order),
    ]


def reclaimed(e: dict) -> list[tuple]:
    amount, offset, order = e["amount_minor"], e["offset_minor"], e["order"]
    if e["role"] != "merchant":
        return [("transit", "escrow", amount, f"reclaimed.{e['role']}", order)]
    return [
        ("available", "escrow", amount - offset, "reclaimed.merchant", order),
        ("receivable", "escrow", offset, "reclaimed.owed", order),
    ]


def arrived(e: dict) -> list[tuple]:
    return [
        ("transit", "receivable", e["offset_minor"], "transferred.netted", 0),
        ("transit", e["account"], e["amount_minor"] - e["offset_minor"], f"transferred.{e['role']}", 0),
    ]


def taken_back(e: dict) -> list[tuple]:
    return [
        (e["account"], "transit", e["amount_minor"] - e["offset_minor"], f"taken_back.{e['role']}", 0),
        ("receivable", "transit", e["offset_minor"], "taken_back.owed", 0),
    ]


MONEY: dict[str, Callable[[dict], list[tuple]]] = {
    "PaymentCaptured": plain("provider", "escrow", "captured"),
    "PaymentReversed": plain("escrow", "provider", "reversed"),
    "PaymentChargedBack": plain("escrow", "provider", "charged_back"),
    "RefundSucceeded": plain("escrow", "provider", "refunded"),
    "ShareSettled": settled,
    "ShareReclaimed": reclaimed,
    "ShareBooked": arrived,
    "ShareTakenBack": taken_back,
    "PayoutRequested": lambda e: [(e["source"], "payout", e["amount_minor"], "payout.requested", 0)],
    "PaidOut": plain("payout", "provider", "payout.paid", of_order=False),
    "PayoutReturned": lambda e: [
        ("provider" if e["paid"] else "payout", e["source"], e["amount_minor"], "payout.returned", 0)
    ],
    "SurplusBooked": plain("provider", "suspense", "surplus.booked", of_order=False),
    "SurplusReturned": plain("suspense", "provider", "surplus.returned", of_order=False),
    "SurplusUndone": plain("suspense", "provider", "surplus.undone", of_order=False),
}


def entries_of(events: list[dict]) -> dict[tuple, tuple]:
    """The entries that events make, by their place; an amount of zero makes none."""
    made: dict[tuple, tuple] = {}
    for event in events:
        for debit, credit, amount, code, order in MONEY.get(event["type"], lambda e: [])(event):
            if amount:
                made[len(made),] = (order, debit, credit, amount, event["currency"], code)
    return made


def moves_of(events: list[dict]) -> dict[tuple, tuple]:
    """The stock moves that events make, by (SKU, line, kind)."""
    moved = [event for event in events if event["type"] in STOCK]
    return {(e["sku"], e["n"], STOCK[e["type"]]): (e["quantity"], e.get("order", 0)) for e in moved}


class Booked:
    """Reads entries and stock moves beside the log."""

    def __init__(self, snapshot: Snapshot):
        self.entries = Side(snapshot.rows(ENTRIES), "owner", "seq")
        self.moves = Side(snapshot.rows(MOVES), "owner", "seq")
        self.kinds = (
            (self.entries, "entries", ("n",), ENTRY, entries_of),
            (self.moves, "stock_moves", ("sku", "n", "kind"), ("quantity", "order"), moves_of),
        )

    async def see(self, row: Any, events: list[dict] | None) -> AsyncIterator[Violation]:
        """Compare what one log row booked. What stands before it belongs to no log row; `references` names it."""
        for side, table, names, columns, derive in self.kinds:
            _, mine = await side.up_to((row["owner"], row["seq"]))
            if events is None:
                continue
            found = {tuple([one[name] for name in names]): tuple([one[column] for column in columns]) for one in mine}
            made = derive(events)
            for place in sorted(found.keys() | made.keys()):
                if found.get(place) != made.get(place):
                    key = {"owner": row["owner"], "seq": row["seq"], **dict(zip(names, place, strict=True))}
                    told = f"is {found.get(place, 'missing')}, the event tells of {made.get(place, 'none')}"
                    yield Violation(f"{table}_by_events", table, key, told)

    async def finish(self) -> AsyncIterator[Violation]:
        """Read the sides to their end."""
        for side, *_ in self.kinds:
            await side.up_to(None)
        return
        yield
