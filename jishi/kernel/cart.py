"""The cart: what a visitor means to buy, over several shops. Nothing is held and no price is promised."""

from typing import Annotated

from msgspec import Meta

from jishi.kernel.grammar import Command, Event, evolves, handles, many, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.parties import Party
from jishi.kernel.refused import require
from jishi.kernel.roles import SELF
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import SkuId

CART_MOST = 200
QUANTITY_MOST = 10_000


@table("cart_lines", ("owner", "shop", "sku"), changes=("quantity", "since_ms"))
class CartLine(Row, frozen=True):
    """So many of one SKU in a visitor's cart."""

    owner: int
    shop: OwnerId
    sku: int
    quantity: int
    since_ms: int


class SetCart(Command, frozen=True):
    """Put so many of a SKU in the cart; 0 takes it out."""

    party: OwnerId
    shop: OwnerId
    sku: SkuId
    quantity: Annotated[int, Meta(ge=0, le=QUANTITY_MOST)]


class CartSet(Event, frozen=True):
    shop: OwnerId
    sku: int
    quantity: int


@evolves(CartLine, CartSet, key=("shop", "sku"))
def _set(row, e, stamp):
    return CartLine(stamp.owner, e.shop, e.sku, e.quantity, stamp.at) if e.quantity else None


@handles(
    SetCart,
    who=(SELF,),
    needs=(
        one("party", Party, lambda c, k: (c.party,)),
        many("lines", CartLine, lambda c, k: (c.party,)),
    ),
    state=("party", ("active",)),
    answer=("quantity",),
)
def set_cart(c, case, now, ids):
    held = any((line.shop, line.sku) == (c.shop, c.sku) for line in case.lines)
    require(held or not c.quantity or len(case.lines) < CART_MOST, "cart_full", most=CART_MOST)
    require(held or c.quantity, "not_found")
    return [CartSet(c.shop, c.sku, c.quantity)]
