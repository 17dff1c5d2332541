"""The rows behind a deal's figures, column by column, with ids in their public form."""

from __future__ import annotations

from typing import Any

import msgspec

from jishi.kernel.ids import public_owner
from jishi.kernel.public import id_fields, public_value
from jishi.kernel.rows import TABLES, Row
from jishi.store.queries.deal_rows import Deal

NAMES = {
    "orders": lambda deal: [deal.order],
    "order_lines": lambda deal: deal.lines,
    "gifts": lambda deal: [deal.gift] if deal.gift else [],
    "legs": lambda deal: deal.legs,
    "captures": lambda deal: deal.captures,
    "notices": lambda deal: deal.notices,
    "refunds": lambda deal: deal.refunds,
    "parcels": lambda deal: deal.parcels,
    "claims": lambda deal: deal.claims,
    "share_moves": lambda deal: deal.moves,
    "transfers": lambda deal: deal.transfers,
    "entries": lambda deal: deal.entries,
    "timers": lambda deal: deal.timers,
    "touches": lambda deal: deal.touches,
    "stock_moves": lambda deal: deal.stock,
    "log": lambda deal: deal.log,
    "checkouts": lambda deal: [deal.checkout] if deal.checkout else [],
}


def table_of(deal: Deal, name: str) -> dict[str, Any] | None:
    """One table as the component shows it; None for no such table. Names and addresses are in none of them."""
    if name not in NAMES:
        return None
    found = NAMES[name](deal)
    columns = [column.name for column in TABLES[type(found[0])].columns] if found else []
    return {
        "caption": name,
        "columns": [{"key": column, "label": column, "kind": kind_of(column)} for column in columns],
        "rows": [{column: shown(row, column) for column in columns} for row in found],
    }


def kind_of(column: str) -> str:
    """How the component writes a column, by the unit at the end of its name."""
    if column.endswith("_minor"):
        return "money"
    if column.endswith("_ppm"):
        return "percent"
    return "time" if column == "at" or (column.endswith("_ms") and not column.startswith("ahead")) else "text"


def shown(row: Row, column: str) -> Any:
    """A value for people: public ids, hex for bytes, JSON for lists; a moment of 0 is none."""
    value = getattr(row, column)
    if column in id_fields(type(row)):
        return public_value(row, column, row.owner)
    if column == "owner":
        return public_owner(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return msgspec.json.encode(value).decode()
    return None if kind_of(column) == "time" and not value else value
