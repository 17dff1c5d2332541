"""Goods as pages show them: cards of what is on sale, one product, and the names of order lines."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from jishi.kernel.catalog import Product, ProductText
from jishi.kernel.orders import Line
from jishi.kernel.pictures import Picture
from jishi.kernel.shops import ShopName
from jishi.kernel.stock import Sku
from jishi.store.query import under

FALLBACK = ("zh-Hans", "zh-Hant", "en")
_TITLED = """EXISTS (
  SELECT 1 FROM product_texts t
  WHERE t.owner = products.owner AND t.product = products.id AND t.version = products.texts
  AND (LOWER(t.title) LIKE :like ESCAPE '!' OR LOWER(t.subtitle) LIKE :like ESCAPE '!'))"""


class Card(NamedTuple):
    """One product in a list: its lowest price, and whether there are higher ones."""

    product: Product
    text: ProductText
    price_minor: int
    currency: str
    several: bool
    free: int
    thumb: str


class Named(NamedTuple):
    """What an order line is called in the reader's language."""

    title: str
    option: str
    language: str
    thumb: str


def like(search: str) -> str:
    """A LIKE pattern that finds a text anywhere; its own wildcards mean themselves."""
    plain = search.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{plain}%"


class Wanted(NamedTuple):
    """What to look for among the goods on sale: a text, a category with all below it, a shop; empty for any."""

    search: str = ""
    category: str = ""
    shop: int = 0


async def find_listed(database: Any, wanted: Wanted, before: int, most: int) -> list[Product]:
    """Products on sale that are wanted, newest first."""
    tests, told = ["state = 'listed'", "id < :before"], {}
    if wanted.search:
        tests, told = [*tests, _TITLED], told | {"like": like(wanted.search)}
    if wanted.category:
        below = like(wanted.category).strip("%") + ".%"
        tests.append("(category = :category OR category LIKE :below ESCAPE '!')")
        told |= {"category": wanted.category, "below": below}
    if wanted.shop:
        tests, told = [*tests, "owner = :shop"], told | {"shop": wanted.shop}
    return await database.read(
        Product, f"WHERE {' AND '.join(tests)} ORDER BY id DESC LIMIT :most", before=before, most=most, **told
    )


async def listed_categories(database: Any) -> list[str]:
    """The categories in which something is on sale."""
    rows = await database.fetch("SELECT DISTINCT category FROM products WHERE state = 'listed'")
    return sorted(row.category for row in rows)


async def cards(database: Any, products: list[Product], language: str) -> list[Card]:
    """The cards of some products, in their order."""
    owners, ids = sorted({row.owner for row in products}), sorted({row.id for row in products})
    texts = await texts_of(database, {(row.owner, row.id, row.texts) for row in products}, language)
    skus = await database.read(
        Sku, "WHERE owner IN (:owners*) AND product IN (:ids*) AND state = 'on'", owners=owners, ids=ids
    )
    thumbs = await thumbs_of(database, {(row.owner, row.id) for row in products})
    shown = []
    for product in products:
        mine = [sku for sku in skus if (sku.owner, sku.product) == (product.owner, product.id)]
        text = texts.get((product.owner, product.id, product.texts))
        if mine and text:
            prices = sorted({sku.price_minor for sku in mine})
            free = sum(sku.free for sku in mine)
            thumb = thumbs.get((product.owner, product.id), "")
            shown.append(Card(product, text, prices[0], mine[0].currency, len(prices) > 1, free, thumb))
    return shown


async def texts_of(
    database: Any, wanted: Iterable[tuple[int, int, int]], language: str
) -> dict[tuple[int, int, int], ProductText]:
    """(shop, product, version) -> its text in a language, or in the first one it has."""
    keys = set(wanted)
    rows = await database.read(
        ProductText,
        "WHERE owner IN (:owners*) AND product IN (:products*) AND version IN (:versions*)",
        owners=sorted({key[0] for key in keys}),
        products=sorted({key[1] for key in keys}),
        versions=sorted({key[2] for key in keys}),
    )
    order = (language, *FALLBACK)
    found: dict[tuple[int, int, int], ProductText] = {}
    for row in sorted(rows, key=lambda row: order.index(row.language)):
        found.setdefault((row.owner, row.product, row.version), row)
    return found


async def thumbs_of(database: Any, products: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """(shop, product) -> the file of its first picture's thumbnail."""
    keys = set(products)
    rows = await database.read(
        Picture,
        "WHERE owner IN (:owners*) AND product IN (:products*) AND removed_ms = 0 ORDER BY n",
        owners=sorted({key[0] for key in keys}), products=sorted({key[1] for key in keys}),
    )  # fmt: skip
    found: dict[tuple[int, int], str] = {}
    for row in rows:
        found.setdefault((row.owner, row.product), row.thumb)
    return found


def option_of(text: ProductText | None, places: tuple[int, ...]) -> str:
    """A SKU's options in words: "Ink black · A5"."""
    axes = text.axes if text else ()
    return " · ".join(axis.values[place] for axis, place in zip(axes, places, strict=False))


async def names_of(database: Any, lines: list[Line], language: str) -> dict[tuple[int, int, int], Named]:
    """(shop, order, line) -> what it is called, as it was bought."""
    texts = await texts_of(database, {(line.owner, line.product, line.texts) for line in lines}, language)
    thumbs = await thumbs_of(database, {(line.owner, line.product) for line in lines})
    skus = await database.read(
        Sku,
        "WHERE owner IN (:owners*) AND id IN (:skus*)",
        owners=sorted({line.owner for line in lines}), skus=sorted({line.sku for line in lines}),
    )  # fmt: skip
    places = {(sku.owner, sku.id): sku.options for sku in skus}
    named = {}
    for line in lines:
        text = texts.get((line.owner, line.product, line.texts))
        option = option_of(text, places.get((line.owner, line.sku), ()))
        thumb = thumbs.get((line.owner, line.product), "")
        named[line.owner, line.order, line.n] = Named(
            text.title if text else "", option, text.language if text else "", thumb
        )
    return named


async def shop_names(database: Any, shops: Iterable[int], language: str) -> dict[int, str]:
    """Shop -> its name in a language, or in the first one it has."""
    rows = await database.read(ShopName, "WHERE owner IN (:shops*)", shops=sorted(set(shops)))
    order = (language, *FALLBACK)
    found: dict[int, str] = {}
    for row in sorted(rows, key=lambda row: order.index(row.language)):
        found.setdefault(row.owner, row.name)
    return found


class Offer(NamedTuple):
    """One product with all that its page needs."""

    product: Product
    text: ProductText
    skus: list[Sku]
    pictures: list[Picture]


async def offer_of(database: Any, shop: int, product: int, language: str) -> Offer | None:
    """One product, whatever its state; None when there is none."""
    found = await under(database, Product, (shop, product))
    if not found:
        return None
    row = found[0]
    text = (await texts_of(database, {(shop, product, row.texts)}, language))[shop, product, row.texts]
    skus = await database.read(
        Sku, "WHERE owner = :shop AND product = :product ORDER BY id", shop=shop, product=product
    )
    pictures = [picture for picture in await under(database, Picture, (shop, product)) if not picture.removed_ms]
    return Offer(row, text, sorted(skus, key=lambda sku: sku.options), pictures)
