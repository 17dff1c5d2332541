"""Gifts: as who holds the claim link sees one, without its price; and as its giver does, without the address."""

from msgspec import Struct

from jishi.kernel.catalog import Axis, Product
from jishi.kernel.grammar import many, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.orders import Line
from jishi.kernel.parties import Language
from jishi.kernel.refused import require
from jishi.kernel.roles import PAYER
from jishi.kernel.stock import OrderId, ProductId, SkuId
from jishi.modes.gift import Gift, GiftNote, link_parts
from jishi.store.queries.goods import FILES, sight
from jishi.store.queries.orders import THE_ORDER
from jishi.store.queries.people import name_of
from jishi.store.queries.roles import EVERYONE
from jishi.store.query import Query, View, answers

THE_GIFT = one("gift", Gift, lambda q, k: (q.shop, q.order))
THE_NOTE = one("note", GiftNote, lambda q, k: (q.shop, q.order))
THE_LINES = many("lines", Line, lambda q, k: (q.shop, q.order))


class Kind(Struct, frozen=True):
    """A kind the gift may be swapped to: of the same product and price. left: 1 when there is any."""

    sku: SkuId
    options: tuple[int, ...]
    left: int


class OpenedGift(View, frozen=True):
    """A gift as its recipient opens it."""

    shop: OwnerId
    order: OrderId
    shop_name: str
    state: str
    cover: str
    note: str
    title: str
    thumb: str
    quantity: int
    product: ProductId
    sku: SkuId
    axes: tuple[Axis, ...]
    kinds: tuple[Kind, ...]
    expires_ms: int


class OpenGift(Query, frozen=True, kw_only=True):
    """Open a gift by its claim link; no sign-in is needed to look."""

    shop: OwnerId
    order: OrderId
    proof: Code
    language: Language = "zh-Hans"


@answers(OpenGift, "gifts/open", who=(EVERYONE,), needs=(THE_ORDER, THE_GIFT, THE_NOTE, THE_LINES), view=OpenedGift)
async def open_gift(database, q, case) -> OpenedGift:
    require(case.proves(q.proof, *link_parts(q.shop, q.order)), "proof_wrong")
    require(case.gift and case.order, "not_found")
    gift, (line,) = case.gift, case.lines
    rows = await database.read(Product, "WHERE owner = :shop AND id = :product", shop=q.shop, product=line.product)
    seen = await sight(database, rows, q.language)
    text, pictures = seen.text(rows[0]), seen.pictures.get((q.shop, line.product), [])
    kinds = tuple(
        Kind(sku.id, sku.options, int(sku.free >= line.quantity or sku.id == line.sku))
        for sku in seen.skus[q.shop, line.product]
        if sku.price_minor == line.price_minor
    )
    return OpenedGift(
        q.shop, q.order, await name_of(database, q.shop, q.language), gift.state, gift.cover,
        case.note.note if case.note else "", text.title, FILES + pictures[0].thumb if pictures else "", line.quantity,
        line.product, line.sku, text.axes, kinds, gift.expires_ms,
    )  # fmt: skip


class GivenGift(View, frozen=True):
    """A gift as its giver sees it. proof: for the claim link, "" unless the gift waits to be taken."""

    shop: OwnerId
    order: OrderId
    state: str
    cover: str
    note: str
    recipient: OwnerId
    expires_ms: int
    done_ms: int
    proof: str


class ShowGift(Query, frozen=True, kw_only=True):
    """A gift I gave."""

    shop: OwnerId
    order: OrderId


@answers(ShowGift, "gifts/show", who=(PAYER,), needs=(THE_ORDER, THE_GIFT, THE_NOTE), view=GivenGift)
async def show_gift(database, q, case) -> GivenGift:
    require(case.gift, "not_found")
    gift = case.gift
    proof = case.seal(*link_parts(q.shop, q.order)) if gift.state == "offered" else ""
    return GivenGift(
        q.shop, q.order, gift.state, gift.cover, case.note.note if case.note else "", gift.recipient, gift.expires_ms,
        gift.done_ms, proof,
    )  # fmt: skip
