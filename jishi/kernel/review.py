"""What is kept of looking goods and shops over (审核), and the facts of it. Who may, and when: `reviewing.py`."""

from typing import Literal

from msgspec.structs import replace

from jishi.kernel.grammar import Event, Keep, evolves, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import ProductId

# Why an operator says no; the words for people stand in the pages' word lists.
ReviewReason = Literal["category_wrong", "text_misleading", "picture_poor", "not_allowed", "rights", "safety", "other"]
NOTE_MOST = 500


@table("shop_reviews", ("owner",), changes=("waits_ms", "decided_ms", "reason"), indexes=(("waits_ms",),))
class ShopReview(Row, frozen=True):
    """A shop that was opened under rules that want to see it, or its goods; a shop without such a row sells freely.

    goods: 1 when each of its products is looked over first. waits_ms: since when the shop itself waits, 0 when it does
    not.
    """

    owner: int
    goods: int
    waits_ms: int
    decided_ms: int
    reason: str


@table(
    "product_reviews",
    ("owner", "product"),
    changes=("waits_ms", "decided_ms", "texts", "reason"),
    indexes=(("waits_ms",),),
)
class ProductReview(Row, frozen=True):
    """Where a product stands with the platform.

    waits_ms: since when it waits to be looked at, 0 when it does not. texts: the version that was approved, 0 for none.
    reason: why it was rejected or blocked last.
    """

    owner: int
    product: ProductId
    waits_ms: int
    decided_ms: int
    texts: int
    reason: str


@table("review_notes", ("owner", "product"), changes=("note",))
class ReviewNote(Row, frozen=True):
    """What the operator said to the shop about a product; product 0 is the shop itself."""

    owner: int
    product: int
    note: str


# -- events -----------------------------------------------------------------------------------------


class ShopBound(Event, frozen=True):
    """Opened under rules of review. goods: 1 when its products are looked over too; waits: 1 when the shop itself is.
    """

    goods: int
    waits: int


class ShopEntered(Event, frozen=True):
    """Opened, but closed to the public until it has been looked at."""

    shop: OwnerId
    kind: Code
    currency: Code


class ShopApproved(Event, frozen=True):
    shop: OwnerId


class ShopRejected(Event, frozen=True):
    shop: OwnerId
    reason: Code


class ShopAskedAgain(Event, frozen=True):
    shop: OwnerId


class ProductSubmitted(Event, frozen=True):
    """The shop asks for it to be looked at."""

    product: ProductId


class ProductRecalled(Event, frozen=True):
    """The shop takes it back before it was looked at."""

    product: ProductId


class ProductApproved(Event, frozen=True):
    """Good to sell as it is written in this version of its texts: it is on sale from now on."""

    product: ProductId
    texts: int


class ProductRejected(Event, frozen=True):
    product: ProductId
    reason: Code


class ProductReasoned(Event, frozen=True):
    """Why it was blocked; reason `none` when it is free again."""

    product: ProductId
    reason: Code


@evolves(ShopReview, ShopBound, key=())
def _bound(row, e, stamp):
    return ShopReview(stamp.owner, e.goods, stamp.at if e.waits else 0, 0, "")


@evolves(ShopReview, ShopApproved, ShopRejected, ShopAskedAgain, key=())
def _shop_seen(row, e, stamp):
    if isinstance(e, ShopAskedAgain):
        return replace(row, waits_ms=stamp.at)
    return replace(row, waits_ms=0, decided_ms=stamp.at, reason=getattr(e, "reason", ""))


@evolves(
    ProductReview, ProductSubmitted, ProductRecalled, ProductApproved, ProductRejected, ProductReasoned,
    key=("product",),
)  # fmt: skip
def _seen(row, e, stamp):
    row = row or ProductReview(stamp.owner, e.product, 0, 0, 0, "")
    match e:
        case ProductSubmitted():
            return replace(row, waits_ms=stamp.at)
        case ProductRecalled():
            return replace(row, waits_ms=0)
        case ProductApproved():
            return replace(row, waits_ms=0, decided_ms=stamp.at, texts=e.texts, reason="")
        case ProductReasoned(reason="none"):
            return replace(row, reason="")
    return replace(row, waits_ms=0, decided_ms=stamp.at, reason=e.reason)


THE_REVIEW = one("review", ProductReview, lambda c, k: (c.shop, c.product))
THE_NOTE = one("review_note", ReviewNote, lambda c, k: (c.shop, c.product))
SHOP_REVIEW = one("shop_review", ShopReview, lambda c, k: (c.shop,))
SHOP_NOTE = one("review_note", ReviewNote, lambda c, k: (c.shop, 0))


def noted(owner: int, product: int, note: str) -> list[Keep]:
    """The operator's words, beside the events that never carry any."""
    return [Keep(ReviewNote(owner, product, note))]
