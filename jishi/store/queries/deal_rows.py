"""Everything the books and tables know of one order, for the page that shows its life."""

from typing import Any, NamedTuple

from jishi.kernel.aftersale import Claim
from jishi.kernel.checkout import Checkout
from jishi.kernel.ledger import EntryRow
from jishi.kernel.orders import Line, Order
from jishi.kernel.owners import LogRow, Timer
from jishi.kernel.parcels import Parcel
from jishi.kernel.payments import Capture, Leg, Notice
from jishi.kernel.refunds import Refund
from jishi.kernel.settle import Transfer
from jishi.kernel.settling import ShareMove
from jishi.kernel.stock import StockMove
from jishi.kernel.touch import Touch
from jishi.modes.gift import Gift
from jishi.store.query import under

LOG_MOST = 300


class Deal(NamedTuple):
    """One order with all of its rows. log: newest last; transfers: the other side of its shares."""

    order: Order
    lines: list[Line]
    gift: Gift | None
    legs: list[Leg]
    captures: list[Capture]
    notices: list[Notice]
    refunds: list[Refund]
    parcels: list[Parcel]
    claims: list[Claim]
    moves: list[ShareMove]
    transfers: list[Transfer]
    entries: list[EntryRow]
    timers: list[Timer]
    touches: list[Touch]
    stock: list[StockMove]
    log: list[LogRow]
    checkout: Checkout | None


async def order_of(database: Any, shop: int, order: int) -> Order | None:
    """One order, or None."""
    return next(iter(await under(database, Order, (shop, order))), None)


async def deal_of(database: Any, order: Order) -> Deal:
    """All rows of an order."""
    key = (order.owner, order.id)
    lines = await under(database, Line, key)
    moves = await under(database, ShareMove, key)
    checkouts = await under(database, Checkout, (order.payer, order.checkout)) if order.checkout else []
    return Deal(
        order,
        lines,
        next(iter(await under(database, Gift, key)), None),
        await under(database, Leg, key),
        await under(database, Capture, key),
        await under(database, Notice, key),
        await under(database, Refund, key),
        await under(database, Parcel, key),
        await under(database, Claim, key),
        moves,
        await transfers_of(database, order, sorted({move.payee for move in moves} - {order.owner})),
        await database.read(
            EntryRow, 'WHERE owner = :shop AND "order" = :order ORDER BY owner, "order", seq, n',
            shop=order.owner, order=order.id,
        ),
        await timers_of(database, order),
        await touches_of(database, order, sorted({line.product for line in lines})),
        await database.read(
            StockMove,
            'WHERE owner = :shop AND sku IN (:skus*) AND "order" = :order ORDER BY seq, n, kind',
            shop=order.owner, skus=sorted({line.sku for line in lines}), order=order.id,
        ),
        await log_of(database, order),
        next(iter(checkouts), None),
    )  # fmt: skip


async def timers_of(database: Any, order: Order) -> list[Timer]:
    """What waits for this order, the next one first."""
    return await under(database, Timer, (order.owner, order.id), "ORDER BY due_ms, kind, n")


async def transfers_of(database: Any, order: Order, payees: list[int]) -> list[Transfer]:
    """The shares of this order as their receivers booked them."""
    found = [await under(database, Transfer, (payee, order.owner, order.id)) for payee in payees]
    return [row for rows in found for row in rows]


async def touches_of(database: Any, order: Order, products: list[int]) -> list[Touch]:
    """How the payer came to these products, as it stands now; what earns was frozen when the order was placed."""
    return await database.read(
        Touch, "WHERE owner = :payer AND shop = :shop AND product IN (:products*) ORDER BY product",
        payer=order.payer, shop=order.owner, products=products,
    )  # fmt: skip


async def log_of(database: Any, order: Order) -> list[LogRow]:
    """The shop's log rows that speak of this order, oldest first. Reads all of its log since: for operators."""
    needle = f'%"order":{order.id},%', f'%"order":{order.id}}}%'
    return await database.read(
        LogRow,
        "WHERE owner = :shop AND at >= :placed AND (events LIKE :inside OR events LIKE :last) ORDER BY seq LIMIT :most",
        shop=order.owner, placed=order.placed_ms, inside=needle[0], last=needle[1], most=LOG_MOST,
    )  # fmt: skip


async def answered_by(database: Any, owner: int, principal: str, command_ids: list[str]) -> list[LogRow]:
    """Log rows by the ids of their commands: what a reaction became at another owner."""
    return await database.read(
        LogRow, "WHERE owner = :owner AND principal = :principal AND command_id IN (:ids*) ORDER BY seq",
        owner=owner, principal=principal, ids=command_ids,
    )  # fmt: skip


async def entries_at(database: Any, owner: int, seqs: list[int]) -> list[EntryRow]:
    """The entries that some log rows of an owner booked."""
    return await database.read(
        EntryRow, "WHERE owner = :owner AND seq IN (:seqs*) ORDER BY seq, n", owner=owner, seqs=seqs
    )
