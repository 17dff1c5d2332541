"""Orders as buyers and shops see them: lists by cursor, and one order with its lines, parcels, claims and next step."""

from typing import Annotated

import msgspec
from msgspec import Meta

from jishi.kernel.grammar import one
from jishi.kernel.ids import ID_MAX, OwnerId
from jishi.kernel.orders import Order, escrow_of, outside_code
from jishi.kernel.refused import require
from jishi.kernel.roles import ANYONE, BENEFICIARY, PAYER, operator, staff
from jishi.kernel.stock import OrderId
from jishi.store.queries.for_whom import comes_to
from jishi.store.queries.in_states import in_states
from jishi.store.queries.roles import BACK_OFFICE, VISIBLE_TO_SHOP, order_staff
from jishi.store.query import Page, Paged, Query, View, answers, number_of

THE_ORDER = one("order", Order, lambda q, k: (q.shop, q.order))
NEWEST = "(placed_ms, id) < (:at, :before) ORDER BY placed_ms DESC, id DESC LIMIT :most"


SUMS = (
    "paid_minor", "refunding_minor", "reversed_minor", "charged_back_minor", "settled_minor", "reclaimed_minor",
)  # fmt: skip


class OrderView(View, frozen=True):
    """One order in a list. code: its state for the outside; next_ms: when the next deadline falls, 0 for none.

    What it cost is None for who was given the goods.
    """

    shop: OwnerId
    order: OrderId
    mode: str
    state: str
    code: int
    reason: str
    currency: str
    goods_minor: int | None
    freight_minor: int | None
    total_minor: int | None
    refunded_minor: int | None
    placed_ms: int
    next_ms: int


class OrderDetail(OrderView, frozen=True):
    """One order with its sums, as its people may see it."""

    payer: OwnerId
    beneficiary: OwnerId
    paid_minor: int | None
    refunding_minor: int | None
    reversed_minor: int | None
    charged_back_minor: int | None
    settled_minor: int | None
    reclaimed_minor: int | None
    escrow_minor: int | None


def next_ms(order: Order) -> int:
    """The deadline the order waits for now, in its own time."""
    due = {
        "placed": order.pay_by_ms,
        "to_ship": order.ship_by_ms,
        "partly_shipped": order.ship_by_ms,
        "shipped": order.receive_by_ms,
        "received": order.settle_at_ms,
    }.get(order.state, 0)
    return due - order.ahead_ms if due else 0


def was_given(order: Order, case) -> bool:
    """Whether who asks was given the goods by somebody else: what they cost is not his to know."""
    return case.me != 0 and case.me == order.beneficiary != order.payer


def prices(order: Order, case, *names: str) -> list[int | None]:
    """These sums of an order, each None where the asker was given the goods."""
    return [None] * len(names) if was_given(order, case) else [getattr(order, name) for name in names]


def view_of(order: Order, case) -> OrderView:
    """An order as a list shows it."""
    code = outside_code(order, case.modes[order.mode].gate)
    sums = prices(order, case, "goods_minor", "freight_minor", "total_minor", "refunded_minor")
    return OrderView(
        order.owner, order.id, order.mode, order.state, code, order.reason, order.currency, *sums, order.placed_ms,
        next_ms(order),
    )  # fmt: skip


def page_of(orders: list[Order], limit: int, case) -> Page:
    """A page of orders; one more than asked for was read, to know whether there is another."""
    shown = orders[:limit]
    return Page([view_of(order, case) for order in shown], mark_of(shown[-1]) if len(orders) > limit else "")


def mark_of(order: Order) -> str:
    """The cursor of what comes after this order.

    Ids alone would not do: those of a checkout are not ordered by time.
    """
    return f"{order.placed_ms}.{order.id}"


def since(after: str) -> dict[str, int]:
    """What a page begins below: the parameters of `NEWEST`. Refuses a cursor that is not ours."""
    if not after:
        return {"at": ID_MAX, "before": ID_MAX}
    at, _, number = after.partition(".")
    return {"at": number_of(at), "before": number_of(number)}


class OrdersBought(Paged, frozen=True, kw_only=True):
    """What I ordered, in all shops, newest first."""


@answers(OrdersBought, "orders/bought", who=(ANYONE,), view=OrderView)
async def orders_bought(database, q, case) -> Page:
    rows = await database.read(
        Order, f"WHERE payer = :me AND {NEWEST}", me=case.me, **since(q.after), most=q.limit + 1
    )
    return page_of(rows, q.limit, case)


class OrdersReceived(Paged, frozen=True, kw_only=True):
    """Gifts and goods that come to me, newest first."""


@answers(OrdersReceived, "orders/received", who=(ANYONE,), view=OrderView)
async def orders_received(database, q, case) -> Page:
    rows = await database.read(
        Order, f"WHERE {comes_to(':me')} AND {NEWEST}", me=case.me, **since(q.after), most=q.limit + 1
    )
    return page_of(rows, q.limit, case)


class ShopOrders(Paged, frozen=True, kw_only=True):
    """The orders of a shop that it may see: those whose gate is open or was, newest first."""

    shop: OwnerId
    state: Annotated[str, Meta(max_length=20)] = ""


@answers(ShopOrders, "orders/sold", who=(staff("orders"), BACK_OFFICE), view=OrderView)
async def shop_orders(database, q, case) -> Page:
    states = [q.state] if q.state in VISIBLE_TO_SHOP else list(VISIBLE_TO_SHOP)
    rows = await database.read(
        Order,
        f"WHERE owner = :shop AND {in_states(states)} AND (state <> 'closed' OR ship_by_ms > 0) AND {NEWEST}",
        shop=q.shop, states=states, **since(q.after), most=q.limit + 1,
    )  # fmt: skip
    return page_of(rows, q.limit, case)


class ShowOrder(Query, frozen=True, kw_only=True):
    """One order."""

    shop: OwnerId
    order: OrderId


@answers(
    ShowOrder,
    "orders/show",
    who=(PAYER, BENEFICIARY, order_staff("orders"), operator("judge"), operator("books"), BACK_OFFICE),
    needs=(THE_ORDER,),
    view=OrderDetail,
)
async def show_order(database, q, case) -> OrderDetail:
    require(case.order, "not_found")
    order, seen = case.order, view_of(case.order, case)
    sums = prices(order, case, *SUMS)
    held = None if was_given(order, case) else escrow_of(order)
    return OrderDetail(*msgspec.structs.astuple(seen), order.payer, order.beneficiary, *sums, held)
