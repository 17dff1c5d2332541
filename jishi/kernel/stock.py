"""Stock: what a shop has of each SKU. Hold → take | free, checked and changed in the same decision."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, evolves, handles, one
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.refused import require
from jishi.kernel.roles import DEMO, staff
from jishi.kernel.rows import Row, table

SkuId = id_type("sku")
OrderId = id_type("order")
ProductId = id_type("product")


@table(
    "skus",
    ("owner", "id"),
    changes=("price_minor", "free", "held", "taken", "stocked", "state"),
    indexes=(("product", "owner"),),
    checks=("free >= 0", "held >= 0", "taken >= 0", "stocked = free + held + taken", "price_minor > 0"),
)
class Sku(Row, frozen=True):
    """One thing that can be bought. options: its place on each axis of the product. state: on.

    stocked = free + held + taken: all that ever came in, less what was taken out by hand.
    """

    owner: int
    id: SkuId
    product: ProductId
    code: str
    options: tuple[int, ...]
    price_minor: int
    currency: str
    weight_g: int
    free: int
    held: int
    taken: int
    stocked: int
    state: str


@table("stock_moves", ("owner", "sku", "seq", "n", "kind"))
class StockMove(Row, frozen=True):
    """The history of a SKU's stock. kind: held, released, taken, returned or counted."""

    owner: int
    sku: SkuId
    seq: int
    n: int
    kind: str
    quantity: int
    order: OrderId
    at: int


class StockHeld(Event, frozen=True):
    """Set aside for an order line, out of what is free."""

    move: ClassVar[str] = "held"
    sku: SkuId
    order: OrderId
    n: int
    quantity: int


class StockReleased(Event, frozen=True):
    """Set aside no longer: free again."""

    move: ClassVar[str] = "released"
    sku: SkuId
    order: OrderId
    n: int
    quantity: int


class StockTaken(Event, frozen=True):
    """Held goods leave with the order."""

    move: ClassVar[str] = "taken"
    sku: SkuId
    order: OrderId
    n: int
    quantity: int


class StockReturned(Event, frozen=True):
    """Taken goods are back on the shelf."""

    move: ClassVar[str] = "returned"
    sku: SkuId
    order: OrderId
    n: int
    quantity: int


class StockCounted(Event, frozen=True):
    """Goods came in, or were taken out by hand (negative)."""

    move: ClassVar[str] = "counted"
    sku: SkuId
    n: int
    quantity: int


# event -> change of (free, held, taken, stocked) per unit
MOVES = {
    StockHeld: (-1, +1, 0, 0),
    StockReleased: (+1, -1, 0, 0),
    StockTaken: (0, -1, +1, 0),
    StockReturned: (+1, 0, -1, 0),
    StockCounted: (+1, 0, 0, +1),
}


@evolves(Sku, *MOVES, key=("sku",))
def _moved(row, e, stamp):
    free, held, taken, stocked = MOVES[type(e)]
    moved = replace(
        row,
        free=row.free + free * e.quantity,
        held=row.held + held * e.quantity,
        taken=row.taken + taken * e.quantity,
        stocked=row.stocked + stocked * e.quantity,
    )
    assert min(moved.free, moved.held, moved.taken) >= 0, f"stock of {row.id} below zero"
    return moved


@evolves(StockMove, *MOVES, key=("sku", "seq", "n", "move"))
def _history(row, e, stamp):
    return StockMove(stamp.owner, e.sku, stamp.seq, e.n, e.move, e.quantity, getattr(e, "order", 0), stamp.at)


class CountStock(Command, frozen=True):
    """Add goods to what is free, or take some out by hand (a negative change)."""

    shop: OwnerId
    sku: SkuId
    change: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]


@handles(
    CountStock,
    who=(staff("goods"), DEMO),
    needs=(one("sku", Sku, lambda c, k: (c.shop, c.sku)),),
    state=("sku", ("on",)),
)
def count_stock(c, case, now, ids):
    require(c.change, "nothing_to_change")
    require(case.sku.free + c.change >= 0, "stock_short", left=case.sku.free)
    require(case.sku.stocked + c.change <= 10**9, "amount_too_large")
    return [StockCounted(c.sku, 0, c.change)]
