"""On sale and off: a shop lists and withdraws, an operator blocks and frees; what is looked over first waits."""

from jishi.kernel.catalog import (
    PRODUCT,
    THE_PRODUCT,
    BlockProduct,
    ListProduct,
    ProductBlocked,
    ProductListed,
    ProductUnblocked,
    ProductWithdrawn,
    UnblockProduct,
    WithdrawProduct,
)
from jishi.kernel.grammar import handles
from jishi.kernel.review import (
    SHOP_REVIEW,
    THE_NOTE,
    THE_REVIEW,
    ProductReasoned,
    ProductRecalled,
    ProductSubmitted,
    noted,
)
from jishi.kernel.roles import DEMO, operator, staff


@handles(
    ListProduct,
    who=(staff("goods"), DEMO),
    needs=(THE_PRODUCT, THE_REVIEW, SHOP_REVIEW),
    state=("product", ("draft", "withdrawn", "rejected")),
)
def list_product(c, case, now, ids):
    """A shop of the rules of review asks first, for the first time and whenever the texts are not those approved."""
    bound, seen = case.shop_review, case.review
    asks = bound and bound.goods and case.by.kind != "system" and (not seen or seen.texts != case.product.texts)
    return [ProductSubmitted(c.product) if asks else ProductListed(c.product)]


@handles(
    WithdrawProduct,
    who=(staff("goods"),),
    needs=(THE_PRODUCT, THE_REVIEW),
    state=("product", ("listed", "in_review")),
)
def withdraw_product(c, case, now, ids):
    return [ProductRecalled(c.product) if case.product.state == "in_review" else ProductWithdrawn(c.product)]


@handles(
    BlockProduct,
    who=(operator("review"),),
    needs=(THE_PRODUCT, THE_REVIEW, THE_NOTE),
    state=("product", tuple(state for state in PRODUCT.states if state != "blocked")),
)
def block_product(c, case, now, ids):
    return [ProductBlocked(c.product), ProductReasoned(c.product, c.reason), *noted(c.shop, c.product, c.note)]


@handles(
    UnblockProduct,
    who=(operator("review"),),
    needs=(THE_PRODUCT, THE_REVIEW, THE_NOTE),
    state=("product", ("blocked",)),
)
def unblock_product(c, case, now, ids):
    return [ProductUnblocked(c.product), ProductReasoned(c.product, "none"), *noted(c.shop, c.product, "")]
