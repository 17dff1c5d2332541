"""Reviews: what waits to be looked over, oldest first, and what a shop was told of its goods."""

from jishi.kernel.catalog import Product
from jishi.kernel.ids import OwnerId
from jishi.kernel.parties import Language
from jishi.kernel.review import ProductReview, ReviewNote, ShopReview
from jishi.kernel.roles import operator, staff
from jishi.kernel.shops import Shop, ShopName
from jishi.kernel.stock import ProductId
from jishi.store.queries.goods import sight
from jishi.store.query import Page, Paged, View, answers, before


class WaitingProductView(View, frozen=True):
    """A product that waits for its verdict. texts: the version to be judged."""

    shop: OwnerId
    product: ProductId
    category: str
    title: str
    texts: int
    waits_ms: int


class ReviewsWaiting(Paged, frozen=True, kw_only=True):
    """Products that wait to be looked over, those first that have waited longest."""

    language: Language = "zh-Hans"


@answers(ReviewsWaiting, "reviews/waiting", who=(operator("review"),), view=WaitingProductView)
async def reviews_waiting(database, q, case) -> Page:
    rows = await waiting_products(database, before(q.after) if q.after else 0, q.limit + 1)
    shown = rows[: q.limit]
    found = await products_of(database, shown)
    seen = await sight(database, found.values(), q.language)
    views = [
        WaitingProductView(
            row.owner, row.product, product.category, seen.text(product).title, product.texts, row.waits_ms
        )
        for row in shown
        if (product := found[row.owner, row.product])
    ]
    return Page(views, str(shown[-1].waits_ms) if len(rows) > q.limit else "")


async def waiting_products(database, last: int, most: int) -> list[ProductReview]:
    """Reviews that wait since after this instant; those of one instant are told together."""
    return await database.read(
        ProductReview, "WHERE waits_ms > :last ORDER BY waits_ms, owner, product LIMIT :most", last=last, most=most
    )


async def products_of(database, reviews: list[ProductReview]) -> dict[tuple[int, int], Product]:
    """The products of these reviews."""
    if not reviews:
        return {}
    owners, ids = sorted({row.owner for row in reviews}), sorted({row.product for row in reviews})
    rows = await database.read(Product, "WHERE owner IN (:owners*) AND id IN (:ids*)", owners=owners, ids=ids)
    return {(row.owner, row.id): row for row in rows}


class WaitingShopView(View, frozen=True):
    """A new shop that waits for its verdict."""

    shop: OwnerId
    kind: str
    name: str
    waits_ms: int


class ShopsWaiting(Paged, frozen=True, kw_only=True):
    """Shops that wait to be looked over, those first that have waited longest."""


@answers(ShopsWaiting, "reviews/shops", who=(operator("review"),), view=WaitingShopView)
async def shops_waiting(database, q, case) -> Page:
    rows = await waiting_shops(database, before(q.after) if q.after else 0, q.limit + 1)
    shown = rows[: q.limit]
    views = []
    for row in shown:
        (shop,) = await database.read(Shop, "WHERE owner = :owner", owner=row.owner)
        names = await database.read(ShopName, "WHERE owner = :owner ORDER BY language DESC", owner=row.owner)
        views.append(WaitingShopView(row.owner, shop.kind, names[0].name, row.waits_ms))
    return Page(views, str(shown[-1].waits_ms) if len(rows) > q.limit else "")


async def waiting_shops(database, last: int, most: int) -> list[ShopReview]:
    """Shops that wait since after this instant."""
    return await database.read(
        ShopReview, "WHERE waits_ms > :last ORDER BY waits_ms, owner LIMIT :most", last=last, most=most
    )


class ReviewView(View, frozen=True):
    """Where a product stands with the platform. reason and note: why it was rejected or blocked, "" when it was not."""

    shop: OwnerId
    product: ProductId
    state: str
    reason: str
    note: str
    waits_ms: int
    decided_ms: int


class OwnReviews(Paged, frozen=True, kw_only=True):
    """What the platform said of a shop's goods, newest product first."""

    shop: OwnerId


@answers(OwnReviews, "reviews/own", who=(staff("goods"),), view=ReviewView)
async def own_reviews(database, q, case) -> Page:
    rows = await database.read(
        ProductReview,
        "WHERE owner = :shop AND product < :before ORDER BY product DESC LIMIT :most",
        shop=q.shop, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    shown = rows[: q.limit]
    products, notes = await products_of(database, shown), await notes_of(database, shown)
    views = [
        ReviewView(
            row.owner, row.product, products[row.owner, row.product].state, row.reason,
            notes.get((row.owner, row.product), ""), row.waits_ms, row.decided_ms,
        )
        for row in shown
    ]  # fmt: skip
    return Page(views, str(shown[-1].product) if len(rows) > q.limit else "")


async def notes_of(database, reviews: list[ProductReview]) -> dict[tuple[int, int], str]:
    """What was said to the shops about these products."""
    if not reviews:
        return {}
    owners, products = sorted({row.owner for row in reviews}), sorted({row.product for row in reviews})
    rows = await database.read(
        ReviewNote, "WHERE owner IN (:owners*) AND product IN (:products*)", owners=owners, products=products
    )
    return {(row.owner, row.product): row.note for row in rows}
