"""Looking goods and shops over: an operator approves, or says what is wrong; who is told can mend it and ask again."""

from typing import Annotated

from msgspec import Meta

from jishi.kernel.catalog import THE_PRODUCT, VERSIONS_MOST
from jishi.kernel.grammar import Command, handles
from jishi.kernel.ids import OwnerId
from jishi.kernel.refused import require
from jishi.kernel.review import (
    NOTE_MOST,
    SHOP_NOTE,
    SHOP_REVIEW,
    THE_NOTE,
    THE_REVIEW,
    ProductApproved,
    ProductRejected,
    ReviewReason,
    ShopApproved,
    ShopAskedAgain,
    ShopRejected,
    noted,
)
from jishi.kernel.roles import operator, staff
from jishi.kernel.shops import THE_SHOP
from jishi.kernel.stock import ProductId

Verdict = Annotated[int, Meta(ge=0, le=1)]
Note = Annotated[str, Meta(max_length=NOTE_MOST)]


class ReviewProduct(Command, frozen=True):
    """Let a product go on sale, or send it back with a reason. texts: the version that was read."""

    shop: OwnerId
    product: ProductId
    approve: Verdict
    texts: Annotated[int, Meta(ge=1, le=VERSIONS_MOST)]
    reason: ReviewReason = "other"
    note: Note = ""


class ReviewShop(Command, frozen=True):
    """Open a new shop to the public, or say what is wrong."""

    shop: OwnerId
    approve: Verdict
    reason: ReviewReason = "other"
    note: Note = ""


class AskShopReview(Command, frozen=True):
    """A rejected shop asks to be looked at again."""

    shop: OwnerId


@handles(
    ReviewProduct,
    who=(operator("review"),),
    needs=(THE_PRODUCT, THE_REVIEW, THE_NOTE),
    state=("product", ("in_review",)),
    answer=("product",),
)
def review_product(c, case, now, ids):
    require(c.texts == case.product.texts, "texts_changed")
    if c.approve:
        return [ProductApproved(c.product, c.texts), *noted(c.shop, c.product, c.note)]
    require(c.note.strip() or c.reason != "other", "note_missing")
    return [ProductRejected(c.product, c.reason), *noted(c.shop, c.product, c.note)]


@handles(
    ReviewShop,
    who=(operator("review"),),
    needs=(THE_SHOP, SHOP_REVIEW, SHOP_NOTE),
    state=("shop", ("in_review",)),
    answer=("shop",),
)
def review_shop(c, case, now, ids):
    if c.approve:
        return [ShopApproved(c.shop), *noted(c.shop, 0, c.note)]
    require(c.note.strip() or c.reason != "other", "note_missing")
    return [ShopRejected(c.shop, c.reason), *noted(c.shop, 0, c.note)]


@handles(
    AskShopReview,
    who=(staff("manage"),),
    needs=(THE_SHOP, SHOP_REVIEW),
    state=("shop", ("rejected",)),
    answer=("shop",),
)
def ask_shop_review(c, case, now, ids):
    return [ShopAskedAgain(c.shop)]
