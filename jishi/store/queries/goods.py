"""Goods as people find them: what is on sale, in the language asked for, and one product with its SKUs and pictures."""

from collections.abc import Iterable
from typing import Any

import msgspec

from jishi.kernel.catalog import Axis, Product, ProductText
from jishi.kernel.grammar import one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.parties import Language
from jishi.kernel.pictures import Picture
from jishi.kernel.refused import require
from jishi.kernel.stock import ProductId, Sku, SkuId
from jishi.store.queries.roles import EVERYONE
from jishi.store.query import Page, Paged, Query, View, answers, before, cursor_known

FREE_SHOWN_MOST = 100  # our default: more than this is not told to strangers
FILES = "/files/"
THE_PRODUCT = one("product", Product, lambda q, k: (q.shop, q.product))


class GoodsView(View, frozen=True):
    """One product in a list. The prices are the lowest and the highest of its SKUs."""

    shop: OwnerId
    product: ProductId
    category: str
    state: str
    title: str
    subtitle: str
    price_from_minor: int
    price_to_minor: int
    currency: str
    giftable: int
    thumb: str


class SkuView(msgspec.Struct, frozen=True):
    """One SKU as a buyer sees it. free: how many are left, at most as many as we tell."""

    sku: SkuId
    options: tuple[int, ...]
    price_minor: int
    currency: str
    free: int
    weight_g: int


class PictureView(msgspec.Struct, frozen=True):
    """The addresses of a picture and of its small form."""

    n: int
    url: str
    thumb: str


class GoodsDetail(GoodsView, frozen=True):
    """One product with what is needed to choose from it."""

    detail: str
    axes: tuple[Axis, ...]
    skus: tuple[SkuView, ...]
    pictures: tuple[PictureView, ...]


class Sight:
    """What a few products look like: texts, SKUs and pictures by (shop, product), read in three queries."""

    def __init__(self, language: str, texts: dict, skus: dict, pictures: dict):
        self.language, self.texts, self.skus, self.pictures = language, texts, skus, pictures

    def text(self, product: Product) -> ProductText:
        """The product's text in the language asked for, or in another one it has."""
        told = {row.language: row for row in self.texts[product.owner, product.id] if row.version == product.texts}
        return told.get(self.language) or told.get("zh-Hans") or next(iter(told.values()))

    def view(self, product: Product) -> tuple[Any, ...]:
        """The fields of a `GoodsView`."""
        text, skus = self.text(product), self.skus[product.owner, product.id]
        prices = [sku.price_minor for sku in skus]
        shown = self.pictures.get((product.owner, product.id), [])
        return (
            product.owner, product.id, product.category, product.state, text.title, text.subtitle, min(prices),
            max(prices), skus[0].currency, product.giftable, FILES + shown[0].thumb if shown else "",
        )  # fmt: skip


async def sight(database: Any, products: Iterable[Product], language: str) -> Sight:
    """Read what these products look like."""
    keys = {"owners": sorted({row.owner for row in products}), "products": sorted({row.id for row in products})}
    if not keys["owners"]:
        return Sight(language, {}, {}, {})
    where = "WHERE owner IN (:owners*) AND product IN (:products*)"
    texts = await database.read(ProductText, where, **keys)
    skus = await database.read(Sku, f"{where} AND state = 'on' ORDER BY owner, id", **keys)
    pictures = await database.read(Picture, f"{where} AND removed_ms = 0 ORDER BY owner, product, n", **keys)
    return Sight(language, *[by_product(rows) for rows in (texts, skus, pictures)])


def by_product(rows: list) -> dict[tuple[int, int], list]:
    found: dict[tuple[int, int], list] = {}
    for row in rows:
        found.setdefault((row.owner, row.product), []).append(row)
    return found


class ListGoods(Paged, frozen=True, kw_only=True):
    """Goods on sale, newest first; of one shop or category if asked."""

    shop: OwnerId | None = None
    category: Code | None = None
    language: Language = "zh-Hans"


@answers(ListGoods, "goods/listed", who=(EVERYONE,), view=GoodsView)
async def list_goods(database, q, case) -> Page:
    narrow = (" AND owner = :shop" if q.shop else "") + (" AND category = :category" if q.category else "")
    params = {"shop": q.shop} if q.shop else {}
    params |= {"category": q.category} if q.category else {}
    rows = await database.read(
        Product,
        f"WHERE state = 'listed' AND id < :before{narrow} ORDER BY id DESC LIMIT :most",
        before=before(q.after), most=q.limit + 1, **params,
    )  # fmt: skip
    shown = rows[: q.limit]
    seen = await sight(database, shown, q.language)
    return Page([GoodsView(*seen.view(row)) for row in shown], str(shown[-1].id) if len(rows) > q.limit else "")


class ShowGoods(Query, frozen=True, kw_only=True):
    """One product that is on sale."""

    shop: OwnerId
    product: ProductId
    language: Language = "zh-Hans"


@answers(ShowGoods, "goods/show", who=(EVERYONE,), needs=(THE_PRODUCT,), view=GoodsDetail)
async def show_goods(database, q, case) -> GoodsDetail:
    require(case.product and case.product.state == "listed", "not_found")
    return await detail_of(database, case.product, q.language)


async def detail_of(database: Any, product: Product, language: str) -> GoodsDetail:
    """A product with its SKUs and pictures."""
    seen = await sight(database, [product], language)
    key, text = (product.owner, product.id), seen.text(product)
    skus = tuple(
        SkuView(sku.id, sku.options, sku.price_minor, sku.currency, min(sku.free, FREE_SHOWN_MOST), sku.weight_g)
        for sku in seen.skus[key]
    )
    pictures = tuple(PictureView(row.n, FILES + row.file, FILES + row.thumb) for row in seen.pictures.get(key, []))
    return GoodsDetail(*seen.view(product), text.detail, text.axes, skus, pictures)


class CategoryView(View, frozen=True):
    """A category goods can stand in. fee_ppm: the platform's fee; return_window_ms: 0 for no return without reason."""

    code: str
    fee_ppm: int
    return_window_ms: int
    giftable: int


class Categories(Paged, frozen=True, kw_only=True):
    """The categories and the rules that hold for them now, by code."""


@answers(Categories, "goods/categories", who=(EVERYONE,), view=CategoryView)
async def categories(database, q, case) -> Page:
    rules = case.rulebook.at(case.now).categories
    cursor_known(not q.after or q.after in rules)
    codes = [code for code in sorted(rules) if code > q.after]
    shown = [CategoryView(code, *msgspec.structs.astuple(rules[code])) for code in codes[: q.limit]]
    return Page(shown, shown[-1].code if len(codes) > q.limit else "")
