"""A shop's own goods: all states, with stock and its history, and the freight templates."""

from jishi.kernel.catalog import Product
from jishi.kernel.freight import FreightTemplate, Rate, TemplateId
from jishi.kernel.ids import OwnerId
from jishi.kernel.parties import Language
from jishi.kernel.refused import require
from jishi.kernel.roles import staff
from jishi.kernel.stock import OrderId, ProductId, Sku, SkuId, StockMove
from jishi.store.queries.goods import THE_PRODUCT, GoodsView, sight
from jishi.store.query import Page, Paged, View, answers, before, beyond, under


class OwnGoodsView(GoodsView, frozen=True):
    """A product of the shop, listed or not. free, held, taken: over all of its SKUs."""

    promoter_ppm: int
    freight: TemplateId
    free: int
    held: int
    taken: int


class ShopGoods(Paged, frozen=True, kw_only=True):
    """All goods of a shop, newest first."""

    shop: OwnerId
    language: Language = "zh-Hans"


@answers(ShopGoods, "goods/own", who=(staff("goods"),), view=OwnGoodsView)
async def shop_goods(database, q, case) -> Page:
    rows = await database.read(
        Product,
        "WHERE owner = :shop AND id < :before ORDER BY id DESC LIMIT :most",
        shop=q.shop, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    shown = rows[: q.limit]
    seen = await sight(database, shown, q.language)
    views = []
    for row in shown:
        skus = seen.skus[row.owner, row.id]
        stock = [sum(getattr(sku, name) for sku in skus) for name in ("free", "held", "taken")]
        views.append(OwnGoodsView(*seen.view(row), row.promoter_ppm, row.freight, *stock))
    return Page(views, str(shown[-1].id) if len(rows) > q.limit else "")


class StockView(View, frozen=True):
    """One SKU with its stock."""

    shop: OwnerId
    sku: SkuId
    product: ProductId
    code: str
    options: tuple[int, ...]
    price_minor: int
    currency: str
    free: int
    held: int
    taken: int
    stocked: int
    state: str


class ProductStock(Paged, frozen=True, kw_only=True):
    """The SKUs of a product with their stock, in the order they were made."""

    shop: OwnerId
    product: ProductId


@answers(ProductStock, "stock/skus", who=(staff("goods"),), needs=(THE_PRODUCT,), view=StockView)
async def product_stock(database, q, case) -> Page:
    require(case.product, "not_found")
    rows = await database.read(
        Sku,
        "WHERE owner = :shop AND product = :product AND id > :last ORDER BY id LIMIT :most",
        shop=q.shop, product=q.product, last=beyond(q.after), most=q.limit + 1,
    )  # fmt: skip
    views = [
        StockView(
            row.owner, row.id, row.product, row.code, row.options, row.price_minor, row.currency, row.free, row.held,
            row.taken, row.stocked, row.state,
        )
        for row in rows[: q.limit]
    ]  # fmt: skip
    return Page(views, str(views[-1].sku) if len(rows) > q.limit else "")


class MoveView(View, frozen=True):
    """One movement of stock. kind: held, released, taken, returned or counted."""

    shop: OwnerId
    sku: SkuId
    kind: str
    quantity: int
    order: OrderId
    at: int


class StockHistory(Paged, frozen=True, kw_only=True):
    """What happened to the stock of a SKU, newest first."""

    shop: OwnerId
    sku: SkuId


@answers(StockHistory, "stock/history", who=(staff("goods"),), view=MoveView)
async def stock_history(database, q, case) -> Page:
    rows = await database.read(
        StockMove,
        "WHERE owner = :shop AND sku = :sku AND seq < :before ORDER BY seq DESC, n, kind LIMIT :most",
        shop=q.shop, sku=q.sku, before=before(q.after), most=q.limit + 100,
    )  # fmt: skip
    shown, after = whole_steps(rows, q.limit)
    return Page([MoveView(row.owner, row.sku, row.kind, row.quantity, row.order, row.at) for row in shown], after)


def whole_steps(rows: list, limit: int) -> tuple[list, str]:
    """At least `limit` rows, never a part of one log row's; and the cursor of what follows."""
    if len(rows) <= limit:
        return rows, ""
    last = rows[limit - 1].seq
    shown = [row for row in rows if row.seq >= last]
    return shown, str(last) if len(shown) < len(rows) else ""


class FreightView(View, frozen=True):
    """A freight template."""

    shop: OwnerId
    template: TemplateId
    code: str
    by: str
    rates: tuple[Rate, ...]
    free_over_minor: int
    excluded: tuple[str, ...]
    gift_dearer: str


class FreightTemplates(Paged, frozen=True, kw_only=True):
    """The freight templates of a shop."""

    shop: OwnerId


@answers(FreightTemplates, "freight/templates", who=(staff("goods"),), view=FreightView)
async def freight_templates(database, q, case) -> Page:
    rows = await under(
        database,
        FreightTemplate,
        (q.shop,),
        "AND id < :before ORDER BY id DESC LIMIT :most",
        before=before(q.after),
        most=q.limit + 1,
    )
    views = [
        FreightView(row.owner, row.id, row.code, row.by, row.rates, row.free_over_minor, row.excluded, row.gift_dearer)
        for row in rows[: q.limit]
    ]
    return Page(views, str(views[-1].template) if len(rows) > q.limit else "")
