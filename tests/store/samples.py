"""A row type of the tests' own, with every kind of column, and small makers of real rows."""

import msgspec

from jishi.kernel.ledger import EntryRow
from jishi.kernel.owners import GENESIS, Head, LogRow, Timer
from jishi.kernel.rows import TABLES, Row, table


class Part(msgspec.Struct, frozen=True):
    """A part of a sample."""

    sku: int
    name: str


@table("samples", ("owner", "name", "n"), changes=("parts", "note"), checks=("n >= 0",))
class Sample(Row, frozen=True):
    """Texts in the key, JSON, bytes, and columns that may be empty."""

    owner: int
    name: str
    n: int
    parts: tuple[Part, ...]
    first: Part | None
    note: str | None
    raw: bytes | None


SAMPLE = TABLES.pop(Sample)  # other tests shall not meet it


def head(owner: int, seq: int = 0) -> Head:
    """A shop's head."""
    return Head(owner, "shop", seq, GENESIS, 0)


def log_row(owner: int, seq: int, command_id: str = "c1", principal: str = "party:7") -> LogRow:
    """An accepted command."""
    return LogRow(owner, seq, command_id, principal, "PlaceOrder", "f", '{"order":1}', "[]", 1_000, GENESIS)


def entry(owner: int, seq: int, n: int, amount_minor: int = 100) -> EntryRow:
    """A booked movement."""
    return EntryRow(owner, seq, n, 5, "provider", "escrow", amount_minor, "CNY", "captured")


def timer(owner: int, subject: int, kind: str = "order.expire", n: int = 0) -> Timer:
    """A timer of an order."""
    return Timer(owner=owner, kind=kind, subject=subject, n=n, due_ms=9_000, set_seq=1, attempts=0, code="")


def least(row_type: type[Row]) -> Row:
    """The emptiest row that a table's checks let in."""
    spec, empty = TABLES[row_type], {int: 0, str: "", bytes: b""}

    def value(column):
        if column.nullable:
            return None
        if column.json is not None:
            return ()
        return 1 if f"{column.name} > 0" in spec.checks else empty[column.type]

    return row_type(*[value(column) for column in spec.columns])
