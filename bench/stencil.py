"""A real order's rows as a stencil: what names it, its shop, its buyer, its goods and its times is cut out, the rest
stays as the engine wrote it.
"""

import re
from typing import Any, NamedTuple

from jishi.kernel.catalog import Product
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Line, Order
from jishi.kernel.owners import LogRow, Timer
from jishi.kernel.rows import TABLES, Row
from jishi.store.shape import encoder

TIME = range(1_600_000_000_000, 2_200_000_000_000)
LARGE = 1 << 40  # no amount, count or version is so large: it is an id, and must be known
SEQ_COLUMNS = ("seq", "set_seq")
FIXED = {LogRow: ("fingerprint", "chain")}  # the chain is made anew; a fingerprint only tells of a body sent again


class Unknown(Exception):
    """The engine writes something that the stencil does not know; cut it out too, or rows would be wrong."""


class Cell(NamedTuple):
    """One value: kept as it is, looked up by name, or a text to fill."""

    how: str
    told: Any

    def fill(self, values: dict[str, Any]) -> Any:
        if self.how == "kept":
            return self.told
        return values[self.told] if self.how == "named" else self.told % values


class Stencil:
    """The rows of one paid order of one line, log rows apart."""

    def __init__(self, rows: list[Row]):
        """rows: all that the order brought, log rows in order of seq."""
        self.log = [row for row in rows if type(row) is LogRow]
        (order,) = [row for row in rows if type(row) is Order]
        (line,) = [row for row in rows if type(row) is Line]
        self.placed_ms = order.placed_ms
        self.numbers = {
            order.owner: "shop", order.id: "order", order.payer: "payer", order.address: "address", line.sku: "sku",
            line.product: "product",
        }  # fmt: skip
        self.seqs = {row.seq: f"seq{n}" for n, row in enumerate(self.log)}
        self.texts = {str(number): name for number, name in self.numbers.items()}
        self.texts |= {public_id(order.owner, order.id): "public_order", public_owner(order.owner): "public_shop"}
        self.texts |= {row.command_id: f"command{n}" for n, row in enumerate(self.log)}
        known = "|".join(re.escape(text) for text in sorted(self.texts, key=len, reverse=True))
        self.pattern = re.compile(rf'{known}|"seq":\d+|\d{{13,}}')
        self.deltas: set[int] = set()
        self.log_cells = [self.cells(row) for row in self.log]
        self.rows = [(type(row), self.cells(row)) for row in rows if type(row) is not LogRow]

    def cells(self, row: Row) -> list[Cell]:
        """A row, cut."""
        names, fixed = TABLES[type(row)].names, FIXED.get(type(row), ())
        pairs = zip(names, encoder(type(row))(row), strict=True)
        return [Cell("kept", value) if name in fixed else self.cell(name, value) for name, value in pairs]

    def cell(self, name: str, value: Any) -> Cell:
        """One value, cut."""
        if name in SEQ_COLUMNS:
            return Cell("named", self.seqs[value])
        if type(value) is int:
            named = self.name(value)
            return Cell("named", named) if named else Cell("kept", value)
        if type(value) is str:
            text = self.pattern.sub(self.cut, value.replace("%", "%%"))
            return Cell("kept", value) if text == value else Cell("filled", text)
        return Cell("kept", value)

    def cut(self, found: re.Match) -> str:
        """What stands for a found text in the form to fill."""
        text = found[0]
        if text in self.texts:
            return f"%({self.texts[text]})s"
        if text.startswith('"seq":'):
            return f'"seq":%({self.seqs[int(text[6:])]})d'
        return f"%({self.name(int(text))})d"

    def name(self, number: int) -> str:
        """What stands for a number, "" when it is the same in every order."""
        if number in self.numbers and number:
            return self.numbers[number]
        if number in TIME:
            self.deltas.add(number - self.placed_ms)
            return f"time{number - self.placed_ms}"
        if number > LARGE:
            raise Unknown(f"{number} is an id that belongs to nothing the stencil knows")
        return ""


def rows_to_find() -> list[tuple[type[Row], str]]:
    """The tables an order of one shop may have rows in, and the column that names it."""
    found: list[tuple[type[Row], str]] = [(Order, "id"), (Timer, "subject")]
    found += [(row, "order") for row, spec in TABLES.items() if "order" in spec.names]
    return found


def goods_are_alike(products: list[Product]) -> bool:
    """Whether a line of one product may stand for a line of any other: the same category and version of texts."""
    return len({(product.category, product.texts, product.promoter_ppm) for product in products}) <= 1
