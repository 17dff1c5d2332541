"""After-sale claims: of one order, of a shop that has to answer, and those the platform has to judge."""

from typing import Annotated

from msgspec import Meta

from jishi.kernel.aftersale import Claim
from jishi.kernel.grammar import many
from jishi.kernel.ids import OwnerId
from jishi.kernel.refused import require
from jishi.kernel.roles import BENEFICIARY, PAYER, operator, staff
from jishi.kernel.stock import OrderId
from jishi.store.queries.order_parts import OfOrder, children
from jishi.store.queries.orders import THE_ORDER
from jishi.store.queries.roles import order_staff
from jishi.store.query import Page, Paged, View, answers, beyond

CLAIMS = many("claims", Claim, lambda q, k: (q.shop, q.order))


class ClaimView(View, frozen=True):
    """One claim. due_ms: until when the next one has to act, 0 for nobody. carrier, number: of what is sent back."""

    shop: OwnerId
    order: OrderId
    claim: int
    line: int
    kind: str
    state: str
    quantity: int
    goods_minor: int
    freight_minor: int
    reason: str
    opened_ms: int
    due_ms: int
    carrier: str
    number: str


def view_of(row: Claim) -> ClaimView:
    return ClaimView(
        row.owner, row.order, row.n, row.line, row.kind, row.state, row.quantity, row.goods_minor, row.freight_minor,
        row.reason, row.opened_ms, row.due_ms, row.carrier, row.number,
    )  # fmt: skip


class OrderClaims(OfOrder, frozen=True, kw_only=True):
    """The claims of an order."""


@answers(
    OrderClaims,
    "claims/listed",
    who=(PAYER, BENEFICIARY, order_staff("aftersale"), operator("judge")),
    needs=(THE_ORDER, CLAIMS),
    view=ClaimView,
)
async def order_claims(database, q, case) -> Page:
    require(case.order, "not_found")
    rows, after = children(case.claims, q)
    return Page([view_of(row) for row in rows], after)


class ShopClaims(Paged, frozen=True, kw_only=True):
    """The claims of a shop in one state, those first whose time runs out first."""

    shop: OwnerId
    state: Annotated[str, Meta(max_length=20)] = "requested"


@answers(ShopClaims, "claims/shop", who=(staff("aftersale"),), view=ClaimView)
async def shop_claims(database, q, case) -> Page:
    rows = await database.read(
        Claim,
        'WHERE owner = :shop AND state = :state AND due_ms >= :last ORDER BY due_ms, "order", n LIMIT :most',
        shop=q.shop, state=q.state, last=beyond(q.after), most=q.limit + 100,
    )  # fmt: skip
    return _by_due(rows, q.limit)


class ClaimsToJudge(Paged, frozen=True, kw_only=True):
    """The claims that the platform is asked to judge, those first whose time runs out first."""


@answers(ClaimsToJudge, "claims/judging", who=(operator("judge"),), view=ClaimView)
async def claims_to_judge(database, q, case) -> Page:
    rows = await database.read(
        Claim,
        "WHERE state = 'judging' AND due_ms >= :last ORDER BY due_ms, owner, \"order\", n LIMIT :most",
        last=beyond(q.after), most=q.limit + 100,
    )  # fmt: skip
    return _by_due(rows, q.limit)


def _by_due(rows: list[Claim], limit: int) -> Page:
    """At least `limit` claims; those due at the same time stay together."""
    if len(rows) <= limit:
        return Page([view_of(row) for row in rows], "")
    last = rows[limit - 1].due_ms
    shown = [row for row in rows if row.due_ms <= last]
    return Page([view_of(row) for row in shown], str(last + 1) if len(shown) < len(rows) else "")
