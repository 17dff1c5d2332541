"""The cart at today's prices, with what changed about its lines."""

import msgspec

from jishi.kernel.cart import CartLine
from jishi.kernel.catalog import Product, ProductText
from jishi.kernel.ids import OwnerId
from jishi.kernel.parties import Language
from jishi.kernel.roles import SELF
from jishi.kernel.stock import ProductId, Sku, SkuId
from jishi.store.queries.goods import FREE_SHOWN_MOST, sight
from jishi.store.queries.page_goods import option_of
from jishi.store.query import Query, View, answers


class CartLineView(msgspec.Struct, frozen=True):
    """One line. option: the chosen options in words. differences: codes of what stands in its way now, such as
    stock_short or goods_gone.
    """

    shop: OwnerId
    sku: SkuId
    product: ProductId
    title: str
    options: tuple[int, ...]
    option: str
    quantity: int
    price_minor: int
    amount_minor: int
    currency: str
    free: int
    differences: tuple[str, ...]


class CartView(View, frozen=True):
    """A cart. goods_minor: what its lines that can be bought cost now, without freight."""

    party: OwnerId
    lines: tuple[CartLineView, ...]
    goods_minor: int


class ShowCart(Query, frozen=True, kw_only=True):
    """My cart."""

    party: OwnerId
    language: Language = "zh-Hans"


@answers(ShowCart, "cart/show", who=(SELF,), view=CartView)
async def show_cart(database, q, case) -> CartView:
    rows = await database.read(CartLine, "WHERE owner = :party ORDER BY since_ms DESC, sku", party=q.party)
    if not rows:
        return CartView(q.party, (), 0)
    owners, ids = sorted({row.shop for row in rows}), sorted({row.sku for row in rows})
    skus = await database.read(Sku, "WHERE owner IN (:owners*) AND id IN (:ids*)", owners=owners, ids=ids)
    by_id = {(sku.owner, sku.id): sku for sku in skus}
    wanted = sorted({sku.product for sku in skus})
    products = (
        await database.read(Product, "WHERE owner IN (:owners*) AND id IN (:ids*)", owners=owners, ids=wanted)
        if wanted
        else []
    )
    seen = await sight(database, products, q.language)
    by_product = {(row.owner, row.id): row for row in products}
    lines = []
    for row in rows:
        sku = by_id.get((row.shop, row.sku))
        if sku:
            product = by_product[row.shop, sku.product]
            lines.append(line_of(row, sku, product, seen.text(product)))
    return CartView(q.party, tuple(lines), sum(line.amount_minor for line in lines if not line.differences))


def line_of(row: CartLine, sku: Sku, product: Product, text: ProductText) -> CartLineView:
    """A line at today's price, with what stands in its way."""
    gone = sku.state != "on" or product.state != "listed"
    differences = ("goods_gone",) if gone else ("stock_short",) if sku.free < row.quantity else ()
    return CartLineView(
        row.shop, sku.id, product.id, text.title, sku.options, option_of(text, sku.options), row.quantity,
        sku.price_minor, sku.price_minor * row.quantity, sku.currency, min(sku.free, FREE_SHOWN_MOST), differences,
    )  # fmt: skip
