"""A person's right to see his data: each row that is his, names him or is of his deals, by the tables' declarations."""

import re
from typing import Any

from msgspec.structs import replace

from jishi.engine.erasure import HIS
from jishi.kernel.aftersale import Claim
from jishi.kernel.ids import public_owner
from jishi.kernel.logins import Password
from jishi.kernel.orders import Line, Order
from jishi.kernel.owners import LogRow
from jishi.kernel.parcels import Parcel
from jishi.kernel.parties import Party
from jishi.kernel.payments import Capture, Leg
from jishi.kernel.public import id_fields
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import require
from jishi.kernel.rows import TABLES, Row, Table, key_of
from jishi.kernel.surplus import Surplus
from jishi.modes.gift import Gift
from jishi.store import Database
from jishi.store.queries.for_whom import comes_to

# Texts in which ids stand, as numbers or in their public form.
TEXTS: dict[type[Row], tuple[str, ...]] = {
    LogRow: ("principal", "events", "answer"),
    Line: ("shares",),
    Capture: ("trade",),
    Refund: ("trade",),
    Surplus: ("trade",),
}
# What else belongs to a deal. Who pays does not see how the goods reach someone else; who gets them, not the money.
OF_PAYER: tuple[type[Row], ...] = (Line, Leg, Capture, Refund, Gift)
OF_BENEFICIARY: tuple[type[Row], ...] = (Line, Parcel, Claim, Gift)
# What opens doors is no answer to what is known of him, and a copy of it in a file is a danger: only that it is set.
SECRET: dict[type[Row], str] = {Password: "hash"}
_DEAL = 't WHERE EXISTS (SELECT 1 FROM orders o WHERE o.owner = t.owner AND o.id = t."order" AND {whose})'


async def export(database: Database, party: int) -> dict[str, Any]:
    """Everything that is kept of a party, by table. Of others it holds ids at most, never what tells of them."""
    require(await database.read(Party, "WHERE owner = :party", party=party), "not_found")
    told: dict[str, list] = {}
    for row_type, spec in TABLES.items():
        found = {key_of(row): row for row in await rows_of(database, row_type, party)}
        if found:
            told[spec.name] = [as_told(seen_by(found[key], party), spec) for key in sorted(found)]
    return {"party": public_owner(party), "tables": told}


async def rows_of(database: Database, row_type: type[Row], party: int) -> list[Row]:
    """The rows of one table; some may come twice. Rows with personal columns only if they tell of himself."""
    if row_type in HIS:
        return await database.read(row_type, f"t WHERE {HIS[row_type]}", party=party)
    rows = []
    if columns := places_of(row_type):
        where = " OR ".join(f'"{name}" = :party' for name in columns)
        rows += await database.read(row_type, f"WHERE {where}", party=party)
    for whose, deal in (("o.payer = :party", OF_PAYER), (comes_to(":party", "o."), OF_BENEFICIARY)):
        if row_type in deal:
            rows += await database.read(row_type, _DEAL.format(whose=whose), party=party)
    return rows + await rows_naming(database, row_type, party)


def places_of(row_type: type[Row]) -> list[str]:
    """The columns of a table that may hold a party's id."""
    named = [name for name, noun in id_fields(row_type).items() if noun == "owner"]
    return list(dict.fromkeys([*(["owner"] if "owner" in row_type.__struct_fields__ else []), *named]))


async def rows_naming(database: Database, row_type: type[Row], party: int) -> list[Row]:
    """Rows with a text in which his id stands as a whole. Reads the whole table: an export may take its time."""
    names = TEXTS.get(row_type, ())
    if not names:
        return []
    like = " OR ".join(f'"{name}" LIKE :{form}' for name in names for form in ("number", "public"))
    public = public_owner(party)[:-1]  # so begin his own id and the ids of all that is his
    rows = await database.read(row_type, f"WHERE {like}", number=f"%{party}%", public=f"%{public}%")
    whole = re.compile(rf"(?<!\d){party}(?!\d)|{public}")
    return [row for row in rows if any(whole.search(str(getattr(row, name))) for name in names)]


def seen_by(row: Row, party: int) -> Row:
    """A row without what its table's other party keeps from him: where a gift goes is not its giver's to know."""
    if isinstance(row, Order) and row.beneficiary != party:
        return replace(row, address=0, region="")
    return row


def as_told(row: Row, spec: Table) -> dict[str, Any]:
    """A row as it stands; bytes as hex digits, ids beyond 2**53 as strings, and of a secret whether there is one."""
    told, secret = {}, SECRET.get(type(row), "")
    for name in spec.names:
        value = getattr(row, name)
        if name == secret:
            told["is_set"] = bool(value)
            continue
        if isinstance(value, bytes):
            value = value.hex()
        elif isinstance(value, int) and abs(value) > 2**53:
            value = str(value)
        told[name] = value
    return told
