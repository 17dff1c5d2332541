"""What hangs on an order: its lines, where it goes, its parcels, and its payments and refunds."""

from jishi.kernel.catalog import ProductText
from jishi.kernel.grammar import many, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.orders import Line
from jishi.kernel.parcels import Packed, Parcel
from jishi.kernel.parties import Address, Language
from jishi.kernel.payments import Capture, Leg
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import require
from jishi.kernel.roles import BENEFICIARY, PAYER, operator
from jishi.kernel.stock import OrderId, ProductId, SkuId
from jishi.kernel.trade import trade_of
from jishi.store.queries.orders import THE_ORDER, was_given
from jishi.store.queries.roles import BACK_OFFICE, order_staff
from jishi.store.query import Page, Paged, Query, View, answers, beyond, cursor_known

LINES = many("lines", Line, lambda q, k: (q.shop, q.order))
PARCELS = many("parcels", Parcel, lambda q, k: (q.shop, q.order))
LEGS = many("legs", Leg, lambda q, k: (q.shop, q.order))
CAPTURES = many("captures", Capture, lambda q, k: (q.shop, q.order))
REFUNDS = many("refunds", Refund, lambda q, k: (q.shop, q.order))
ITS_ADDRESS = one("address", Address, lambda q, k: _address(k.order), of="order")


def _address(order):
    return (order.beneficiary, order.address) if order and order.beneficiary and order.address else None


def children(rows: list | tuple, q, key: str = "n") -> tuple[list, str]:
    """A page of an order's children by number, and the cursor of the next."""
    last = beyond(q.after)
    rest = [row for row in rows if getattr(row, key) > last]
    return rest[: q.limit], str(getattr(rest[q.limit - 1], key)) if len(rest) > q.limit else ""


class OfOrder(Paged, frozen=True, kw_only=True):
    """What belongs to one order, by number."""

    shop: OwnerId
    order: OrderId


class LineView(View, frozen=True):
    """One line of an order. The prices are None for who was given the goods."""

    shop: OwnerId
    order: OrderId
    line: int
    sku: SkuId
    product: ProductId
    title: str
    quantity: int
    shipped: int
    claimed: int
    price_minor: int | None
    amount_minor: int | None
    freight_minor: int | None
    given_back_minor: int | None


class OrderLines(OfOrder, frozen=True, kw_only=True):
    """The lines of an order, with the text that was bought."""

    language: Language = "zh-Hans"


@answers(
    OrderLines,
    "orders/lines",
    who=(PAYER, BENEFICIARY, order_staff("orders"), operator("judge"), operator("books"), BACK_OFFICE),
    needs=(THE_ORDER, LINES),
    view=LineView,
)
async def order_lines(database, q, case) -> Page:
    require(case.order, "not_found")
    rows, after = children(case.lines, q)
    given = was_given(case.order, case)
    views = []
    for row in rows:
        texts = await database.read(
            ProductText, "WHERE owner = :shop AND product = :product", shop=q.shop, product=row.product
        )
        told = {text.language: text.title for text in texts if text.version == row.texts}
        title = told.get(q.language) or next(iter(told.values()), "")
        money = (row.price_minor, row.amount_minor, row.freight_minor, row.given_back_minor)
        views.append(
            LineView(
                q.shop, q.order, row.n, row.sku, row.product, title, row.quantity, row.shipped, row.claimed,
                *((None,) * 4 if given else money),
            )
        )  # fmt: skip
    return Page(views, after)


class ParcelView(View, frozen=True):
    """One parcel."""

    shop: OwnerId
    order: OrderId
    parcel: int
    state: str
    carrier: str
    number: str
    packed: tuple[Packed, ...]
    shipped_ms: int
    delivered_ms: int


class OrderParcels(OfOrder, frozen=True, kw_only=True):
    """The parcels of an order; not for the giver of a gift, because their numbers tell where they go."""


@answers(
    OrderParcels,
    "parcels/listed",
    who=(BENEFICIARY, order_staff("orders"), operator("judge")),
    needs=(THE_ORDER, PARCELS),
    view=ParcelView,
)
async def order_parcels(database, q, case) -> Page:
    require(case.order, "not_found")
    rows, after = children(case.parcels, q)
    return Page(
        [
            ParcelView(
                row.owner,
                row.order,
                row.n,
                row.state,
                row.carrier,
                row.number,
                row.packed,
                row.shipped_ms,
                row.delivered_ms,
            )
            for row in rows
        ],
        after,
    )


class DestinationView(View, frozen=True):
    """Where an order goes."""

    shop: OwnerId
    order: OrderId
    region: str
    name: str
    phone: str
    street: str


class ShowDestination(Query, frozen=True, kw_only=True):
    """Where to send an order; for who gets it and for the shop that sends it."""

    shop: OwnerId
    order: OrderId


@answers(
    ShowDestination,
    "orders/destination",
    who=(BENEFICIARY, order_staff("orders")),
    needs=(THE_ORDER, ITS_ADDRESS),
    view=DestinationView,
)
async def show_destination(database, q, case) -> DestinationView:
    require(case.order and case.address, "not_found")
    row = case.address
    return DestinationView(q.shop, q.order, row.region, row.name, row.phone, row.street)


class LegView(View, frozen=True):
    """One payment an order needs. trade: the number it is paid under at the provider."""

    shop: OwnerId
    order: OrderId
    leg: int
    kind: str
    state: str
    amount_minor: int
    currency: str
    trade: str


MONEY = (PAYER, order_staff("money"), operator("books"), BACK_OFFICE)


class OrderLegs(OfOrder, frozen=True, kw_only=True):
    """What an order has to be paid."""


@answers(OrderLegs, "payments/legs", who=MONEY, needs=(THE_ORDER, LEGS), view=LegView)
async def order_legs(database, q, case) -> Page:
    require(case.order, "not_found")
    rows, after = children(case.legs, q)
    return Page(
        [
            LegView(
                row.owner,
                row.order,
                row.n,
                row.kind,
                row.state,
                row.amount_minor,
                row.currency,
                trade_of(case.order, row.n),
            )
            for row in rows
        ],
        after,
    )


class CaptureView(View, frozen=True):
    """Money that came in by one transaction, and what of it went back or is going."""

    shop: OwnerId
    order: OrderId
    txn: str
    leg: int
    amount_minor: int
    currency: str
    refunding_minor: int
    refunded_minor: int
    undone_minor: int
    surplus: int


class OrderCaptures(OfOrder, frozen=True, kw_only=True):
    """What was paid for an order."""


@answers(OrderCaptures, "payments/captures", who=MONEY, needs=(THE_ORDER, CAPTURES), view=CaptureView)
async def order_captures(database, q, case) -> Page:
    require(case.order, "not_found")
    cursor_known(not q.after or q.after in {row.txn for row in case.captures})
    rest = [row for row in case.captures if row.txn > q.after]
    views = [
        CaptureView(
            row.owner,
            row.order,
            row.txn,
            row.leg,
            row.amount_minor,
            row.currency,
            row.refunding_minor,
            row.refunded_minor,
            row.undone_minor,
            row.surplus,
        )
        for row in rest[: q.limit]
    ]
    return Page(views, views[-1].txn if len(rest) > q.limit else "")


class RefundView(View, frozen=True):
    """One refund. kind: why; claim, line: what for, 0 for none."""

    shop: OwnerId
    order: OrderId
    refund: int
    state: str
    kind: str
    claim: int
    line: int
    amount_minor: int
    currency: str
    asked_ms: int
    done_ms: int


class OrderRefunds(OfOrder, frozen=True, kw_only=True):
    """The refunds of an order."""


@answers(OrderRefunds, "payments/refunds", who=MONEY, needs=(THE_ORDER, REFUNDS), view=RefundView)
async def order_refunds(database, q, case) -> Page:
    require(case.order, "not_found")
    rows, after = children(case.refunds, q)
    return Page(
        [
            RefundView(
                row.owner,
                row.order,
                row.n,
                row.state,
                row.kind,
                row.claim,
                row.line,
                row.amount_minor,
                row.currency,
                row.asked_ms,
                row.done_ms,
            )
            for row in rows
        ],
        after,
    )
