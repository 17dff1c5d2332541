"""The catalogue: products with their SKU matrix, texts by language, listing and withdrawal.

Whether it may go on sale: `listing.py`. Pictures: `pictures.py`.
"""

from typing import Annotated, get_args

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.freight import FreightTemplate, TemplateId
from jishi.kernel.grammar import Command, Event, Keep, each, evolves, handles, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code, Positive, Ppm
from jishi.kernel.parties import Language
from jishi.kernel.refused import require
from jishi.kernel.review import (
    NOTE_MOST,
    ProductApproved,
    ProductRecalled,
    ProductRejected,
    ProductSubmitted,
    ReviewReason,
)
from jishi.kernel.roles import DEMO, staff
from jishi.kernel.rows import Row, table
from jishi.kernel.shops import Shop
from jishi.kernel.stock import ProductId, Sku, SkuId, StockCounted

SKUS_MOST, VERSIONS_MOST = 200, 1_000  # our defaults
LANGUAGES: tuple[str, ...] = get_args(Language)
Title = Annotated[str, Meta(min_length=5, max_length=60)]
Option = Annotated[str, Meta(min_length=1, max_length=40)]


class Axis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which SKUs differ, such as colour, with its values in order."""

    name: Option
    values: Annotated[tuple[Option, ...], Meta(min_length=1, max_length=50)]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a product says of itself in one language."""

    language: Language
    title: Title
    subtitle: Annotated[str, Meta(max_length=60)] = ""
    detail: Annotated[str, Meta(max_length=10_000)] = ""
    axes: Annotated[tuple[Axis, ...], Meta(max_length=4)] = ()


class SkuAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One SKU of a new product: code of the shop's own, place on each axis, price, weight and first stock."""

    code: Code
    price_minor: Positive
    options: Annotated[tuple[Annotated[int, Meta(ge=0, le=49)], ...], Meta(max_length=4)] = ()
    weight_g: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    stock: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


@table(
    "products",
    ("owner", "id"),
    changes=("category", "state", "promoter_ppm", "giftable", "freight", "texts", "pictures", "listed_ms"),
)
class Product(Row, frozen=True):
    """A product. texts: the version of its texts; pictures: how many were ever added; giftable: 1 or 0.

    state: draft, in_review, rejected, listed, withdrawn (by its shop) or blocked (by an operator).
    """

    owner: int
    id: ProductId
    category: str
    state: str
    promoter_ppm: int
    giftable: int
    freight: TemplateId
    texts: int
    pictures: int
    listed_ms: int


@table("product_texts", ("owner", "product", "language", "version"))
class ProductText(Row, frozen=True):
    """A product's text in one language. Versions stay, so that an order shows what was bought."""

    owner: int
    product: ProductId
    language: str
    version: int
    title: str
    subtitle: str
    detail: str
    axes: tuple[Axis, ...]


# -- commands ---------------------------------------------------------------------------------------


class DraftProduct(Command, frozen=True):
    """Describe a new product with its SKUs; it is not on sale before it is listed."""

    shop: OwnerId
    category: Code
    texts: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=3)]
    skus: Annotated[tuple[SkuAsk, ...], Meta(min_length=1, max_length=SKUS_MOST)]
    freight: TemplateId
    giftable: Annotated[int, Meta(ge=0, le=1)] = 1
    promoter_ppm: Ppm = 0


class ReviseProduct(Command, frozen=True):
    """Change texts, freight template, gift flag or promoter's rate. Orders already placed keep theirs.

    category: only before it was on sale, or after it was rejected.
    """

    shop: OwnerId
    product: ProductId
    texts: Annotated[tuple[Text, ...], Meta(max_length=3)] = ()
    freight: TemplateId | None = None
    giftable: Annotated[int, Meta(ge=0, le=1)] | None = None
    promoter_ppm: Ppm | None = None
    category: Code | None = None


class PriceSku(Command, frozen=True):
    """Change the price of a SKU."""

    shop: OwnerId
    sku: SkuId
    price_minor: Positive


class ListProduct(Command, frozen=True):
    """Put a product on sale; where the market looks goods over first, ask for that."""

    shop: OwnerId
    product: ProductId


class WithdrawProduct(Command, frozen=True):
    """Take a product off sale, or back from review; orders already placed go on."""

    shop: OwnerId
    product: ProductId


class BlockProduct(Command, frozen=True):
    """An operator takes a product off sale; its shop cannot list it again before it is unblocked."""

    shop: OwnerId
    product: ProductId
    reason: ReviewReason = "other"
    note: Annotated[str, Meta(max_length=NOTE_MOST)] = ""


class UnblockProduct(Command, frozen=True):
    """An operator lets a shop list a product again."""

    shop: OwnerId
    product: ProductId


# -- events -----------------------------------------------------------------------------------------


class ProductDrafted(Event, frozen=True):
    product: ProductId
    category: Code
    freight: TemplateId
    giftable: int
    promoter_ppm: int


class SkuDrafted(Event, frozen=True):
    sku: SkuId
    product: ProductId
    code: Code
    options: tuple[int, ...]
    price_minor: int
    currency: Code
    weight_g: int


class ProductRevised(Event, frozen=True):
    product: ProductId
    texts: int
    freight: TemplateId
    giftable: int
    promoter_ppm: int


class ProductMoved(Event, frozen=True):
    """It stands in another category now."""

    product: ProductId
    category: Code


class SkuPriced(Event, frozen=True):
    sku: SkuId
    price_minor: int


class ProductListed(Event, frozen=True):
    product: ProductId


class ProductWithdrawn(Event, frozen=True):
    product: ProductId


class ProductBlocked(Event, frozen=True):
    product: ProductId


class ProductUnblocked(Event, frozen=True):
    product: ProductId


PRODUCT = Machine(
    "product",
    start="draft",
    moves={
        ProductListed: (("draft", "withdrawn", "rejected"), "listed"),
        ProductSubmitted: (("draft", "withdrawn", "rejected"), "in_review"),
        ProductRecalled: (("in_review",), "draft"),
        ProductApproved: (("in_review",), "listed"),
        ProductRejected: (("in_review",), "rejected"),
        ProductWithdrawn: (("listed",), "withdrawn"),
        ProductBlocked: (("draft", "in_review", "rejected", "listed", "withdrawn"), "blocked"),
        ProductUnblocked: (("blocked",), "withdrawn"),
    },
    final=(),
)


@evolves(Product, ProductDrafted, key=("product",))
def _drafted(row, e, stamp):
    return Product(stamp.owner, e.product, e.category, PRODUCT.start, e.promoter_ppm, e.giftable, e.freight, 1, 0, 0)


@evolves(Product, ProductRevised, key=("product",))
def _revised(row, e, stamp):
    return replace(row, texts=e.texts, freight=e.freight, giftable=e.giftable, promoter_ppm=e.promoter_ppm)


@evolves(Product, ProductMoved, key=("product",))
def _moved(row, e, stamp):
    return replace(row, category=e.category)


@evolves(Product, *PRODUCT.moves, key=("product",))
def _listed(row, e, stamp):
    listed = stamp.at if isinstance(e, (ProductListed, ProductApproved)) else row.listed_ms
    return replace(row, state=PRODUCT.after(row.state, e), listed_ms=listed)


@evolves(Sku, SkuDrafted, key=("sku",))
def _sku(row, e, stamp):
    return Sku(
        stamp.owner, e.sku, e.product, e.code, e.options, e.price_minor, e.currency, e.weight_g, 0, 0, 0, 0, "on"
    )


@evolves(Sku, SkuPriced, key=("sku",))
def _priced(row, e, stamp):
    return replace(row, price_minor=e.price_minor)


# -- decisions --------------------------------------------------------------------------------------

THE_PRODUCT = one("product", Product, lambda c, k: (c.shop, c.product))
_ANY = ("product", PRODUCT.states)


def check_texts(texts: tuple[Text, ...], options: set[tuple[int, ...]]) -> None:
    """The texts speak each language once, and every SKU has a place on every axis."""
    require(len({text.language for text in texts}) == len(texts), "language_twice")
    for text in texts:
        sizes = [len(axis.values) for axis in text.axes]
        require(
            all(len(set(axis.values)) == len(axis.values) for axis in text.axes), "option_twice", language=text.language
        )
        for places in options:
            fits = len(places) == len(sizes) and all(place < size for place, size in zip(places, sizes, strict=True))
            require(fits, "option_unknown", language=text.language)
        require(sizes == [len(axis.values) for axis in texts[0].axes], "axes_differ", language=text.language)


def text_keys(product: Product) -> list[tuple]:
    """Where the texts of a product stand that hold now, whatever languages it speaks."""
    return [(product.owner, product.id, language, product.texts) for language in LANGUAGES]


def _texts(shop: int, product: int, version: int, texts: tuple[Text, ...]) -> list[Keep]:
    return [Keep(ProductText(shop, product, t.language, version, t.title, t.subtitle, t.detail, t.axes)) for t in texts]


@handles(
    DraftProduct,
    who=(staff("goods"), DEMO),
    needs=(
        one("shop", Shop, lambda c, k: (c.shop,)),
        one("template", FreightTemplate, lambda c, k: (c.shop, c.freight)),
    ),
    state=("shop", ("open",)),
    answer=("product",),
)
def draft_product(c, case, now, ids):
    rules = case.rulebook.at(now)
    require(rules.category(c.category).giftable or not c.giftable, "category_no_gift", category=c.category)
    require(c.promoter_ppm <= rules.promoter_most_ppm, "promoter_rate_too_high", most_ppm=rules.promoter_most_ppm)
    require(case.template, "freight_unknown")
    places = {sku.options for sku in c.skus}
    require(len(places) == len(c.skus), "sku_twice")
    require(len({sku.code for sku in c.skus}) == len(c.skus), "sku_twice")
    check_texts(c.texts, places)
    product, currency = ids.next(), case.shop.currency
    events = [ProductDrafted(product, c.category, c.freight, c.giftable, c.promoter_ppm)]
    for sku in c.skus:
        made = ids.next()
        events.append(SkuDrafted(made, product, sku.code, sku.options, sku.price_minor, currency, sku.weight_g))
        events += [StockCounted(made, 0, sku.stock)] if sku.stock else []
    return [*events, *_texts(c.shop, product, 1, c.texts)]


@handles(
    ReviseProduct,
    who=(staff("goods"), DEMO),
    needs=(
        THE_PRODUCT,
        one("template", FreightTemplate, lambda c, k: (c.shop, c.freight) if c.freight else None),
        each("texts", ProductText, lambda c, k: text_keys(k.product) if k.product else (), of="product"),
    ),
    state=_ANY,
    answer=("product",),
)
def revise_product(c, case, now, ids):
    product, rules = case.product, case.rulebook.at(now)
    giftable = product.giftable if c.giftable is None else c.giftable
    rate = product.promoter_ppm if c.promoter_ppm is None else c.promoter_ppm
    category = c.category or product.category
    require(rules.category(category).giftable or not giftable, "category_no_gift", category=category)
    require(category == product.category or product.state in ("draft", "rejected"), "category_fixed")
    require(rate <= rules.promoter_most_ppm, "promoter_rate_too_high", most_ppm=rules.promoter_most_ppm)
    require(not c.freight or case.template, "freight_unknown")
    version = product.texts + 1 if c.texts else product.texts
    told = {text.language: text for text in c.texts}
    require(version <= VERSIONS_MOST, "changed_too_often")
    before = list(case.texts.values())
    sizes = [len(axis.values) for axis in before[0].axes]
    require(all([len(axis.values) for axis in text.axes] == sizes for text in c.texts), "axes_differ")
    stays = [row for row in before if c.texts and row.language not in told]
    kept = [Keep(replace(row, version=version)) for row in stays]
    revised = ProductRevised(c.product, version, c.freight or product.freight, giftable, rate)
    moved = [ProductMoved(c.product, category)] if category != product.category else []
    return [revised, *moved, *_texts(c.shop, c.product, version, c.texts), *kept]


@handles(
    PriceSku,
    who=(staff("goods"), DEMO),
    needs=(one("sku", Sku, lambda c, k: (c.shop, c.sku)),),
    state=("sku", ("on",)),
)
def price_sku(c, case, now, ids):
    return [SkuPriced(c.sku, c.price_minor)]
