"""Orders: one deal at one shop. Rows, events and the machine; `placing.py` places, every other step is in its noun."""

import msgspec
from msgspec.structs import replace

from jishi.kernel.grammar import Event, each, evolves, many, one, recorded
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code, allot
from jishi.kernel.parties import AddressId, Region
from jishi.kernel.rows import Index, Row, table
from jishi.kernel.stock import OrderId, ProductId, Sku, SkuId, StockReleased, StockReturned, StockTaken

CheckoutId = id_type("checkout")

SUMS = ("paid_minor", "refunded_minor", "refunding_minor", "reversed_minor", "charged_back_minor", "forfeited_minor",
        "settled_minor", "reclaimed_minor")  # fmt: skip
LATER = ("paid_ms", "ship_by_ms", "receive_by_ms", "settle_at_ms", "done_ms")

# Where a shop's orders are looked for: pile -> its condition, and the states of the orders that lie on it. No index
# holds the state, so that PostgreSQL changes an order in its place when it is paid, and writes none of its indexes.
PILES = {
    "open": ("receive_by_ms = 0 AND done_ms = 0", ("placed", "paid", "to_ship", "partly_shipped")),
    "sent": ("receive_by_ms > 0 AND done_ms = 0", ("shipped", "received")),
    "over": ("done_ms > 0 AND reason = ''", ("settled", "refunded")),
    "closed": ("done_ms > 0 AND reason <> ''", ("closed",)),
}


@table(
    "orders",
    ("owner", "id"),
    changes=("state", "reason", "beneficiary", "address", "ahead_ms", *LATER, *SUMS),
    indexes=(
        ("payer", "placed_ms"),
        Index(("beneficiary", "placed_ms"), where="beneficiary <> payer"),  # paid for somebody else: few of all
        *[Index(("owner", "placed_ms"), condition, pile) for pile, (condition, _) in PILES.items()],
    ),
    checks=tuple(f"{name} >= 0" for name in (*SUMS, "total_minor", "ahead_ms")),
)  # fmt: skip
class Order(Row, frozen=True):
    """One order. payer pays, beneficiary receives and may claim (0 while a gift is unaccepted). region: "" for a gift.

    What is still in escrow is `escrow_of`; every sum is also the sum of its entries. reason: why it was closed.
    Deadlines are 0 until known. rules: the version it is bound to. ahead_ms: demo only, this deal's own time.
    """

    owner: int
    id: OrderId
    payer: OwnerId
    beneficiary: OwnerId
    mode: str
    delivery: str
    state: str
    reason: str
    currency: str
    goods_minor: int
    freight_minor: int
    total_minor: int
    subsidy_minor: int
    paid_minor: int
    refunded_minor: int
    refunding_minor: int
    reversed_minor: int
    charged_back_minor: int
    forfeited_minor: int
    settled_minor: int
    reclaimed_minor: int
    checkout: CheckoutId
    address: AddressId
    region: str
    rules: int
    ahead_ms: int
    placed_ms: int
    pay_by_ms: int
    paid_ms: int
    ship_by_ms: int
    receive_by_ms: int
    settle_at_ms: int
    done_ms: int


class Share(msgspec.Struct, frozen=True):
    """Who earns from a line besides the merchant: role, payee's book, rate and its rule. Frozen when placed."""

    role: Code
    payee: OwnerId
    share_ppm: int
    rule: Code


@table(
    "order_lines",
    ("owner", "order", "n"),
    changes=("sku", "shipped", "claimed", "given_back_minor", "freight_back_minor"),
    checks=(
        "quantity > 0",
        "given_back_minor >= 0",
        "given_back_minor <= amount_minor",
        "freight_back_minor <= freight_minor",
    ),
)
class Line(Row, frozen=True):
    """What was bought. amount_minor: goods; freight_minor: its part of the order's freight.

    shipped, claimed: pieces sent, and pieces under an open or granted claim. given_back_minor, freight_back_minor: what
    went
    back to the payer, by refund, reversal or chargeback. texts: the version of the product's texts that was bought.
    """

    owner: int
    order: OrderId
    n: int
    sku: SkuId
    product: ProductId
    texts: int
    category: str
    quantity: int
    price_minor: int
    amount_minor: int
    freight_minor: int
    shares: tuple[Share, ...]
    shipped: int
    claimed: int
    given_back_minor: int
    freight_back_minor: int


# -- events -----------------------------------------------------------------------------------------


class OrderPlaced(Event, frozen=True):
    order: OrderId
    payer: OwnerId
    mode: Code
    delivery: Code
    currency: Code
    goods_minor: int
    freight_minor: int
    total_minor: int
    checkout: CheckoutId
    address: AddressId
    region: Region | None
    rules: int
    pay_by_ms: int


class LinePlaced(Event, frozen=True):
    order: OrderId
    n: int
    sku: SkuId
    product: ProductId
    texts: int
    category: Code
    quantity: int
    price_minor: int
    amount_minor: int
    freight_minor: int
    shares: tuple[Share, ...]


class OrderPaid(Event, frozen=True):
    order: OrderId


class OrderReopened(Event, frozen=True):
    """Paid after it was closed, and there is stock again."""

    order: OrderId


class OrderAddressed(Event, frozen=True):
    """Who receives is known now. Where he lives stays in his own address book: the payer reads the order too."""

    order: OrderId
    beneficiary: OwnerId
    address: AddressId


class OrderReleased(Event, frozen=True):
    """The gate is open: the shop sees the order and its clock runs."""

    order: OrderId
    ship_by_ms: int


class OrderPartlyShipped(Event, frozen=True):
    order: OrderId


class OrderShipped(Event, frozen=True):
    order: OrderId
    receive_by_ms: int


class OrderReceived(Event, frozen=True):
    order: OrderId
    settle_at_ms: int
    how: Code


class OrderSettled(Event, frozen=True):
    order: OrderId


class OrderClosed(Event, frozen=True):
    """Ended before the goods left. What was paid goes back."""

    order: OrderId
    reason: Code


class OrderRefunded(Event, frozen=True):
    """All that was paid has gone back after the order was released."""

    order: OrderId


class ShipmentLate(Event, frozen=True):
    """The promised time has passed and something is not sent yet."""

    order: OrderId


recorded(ShipmentLate)

ORDER = Machine(
    "order",
    start="placed",
    moves={
        OrderPaid: (("placed",), "paid"),
        OrderReopened: (("closed",), "paid"),
        OrderReleased: (("paid",), "to_ship"),
        OrderPartlyShipped: (("to_ship", "partly_shipped"), "partly_shipped"),
        OrderShipped: (("to_ship", "partly_shipped"), "shipped"),
        OrderReceived: (("shipped",), "received"),
        OrderSettled: (("received",), "settled"),
        OrderClosed: (("placed", "paid", "to_ship"), "closed"),
        OrderRefunded: (("to_ship", "partly_shipped", "shipped", "received"), "refunded"),
    },
    final=("settled", "refunded"),
)

RELEASED = ("to_ship", "partly_shipped", "shipped", "received")  # the shop is at it, and it is not settled

# The codes outside follow WeChat Shop's; a paid order's code is its gate's, a closed one's depends on the reason.
CODES = {
    "placed": 10,
    "paid": 20,
    "to_ship": 20,
    "partly_shipped": 21,
    "shipped": 30,
    "received": 100,
    "settled": 100,
    "refunded": 200,
}


def outside_code(order: Order, gate: int) -> int:
    """The order's code for the outside (10, 12, 13, 20, 21, 30, 100, 190, 200, 250)."""
    if order.state == "paid":
        return gate
    if order.state == "closed":
        return 190 if order.reason == "oversold" else 250
    return CODES[order.state]


def escrow_of(order: Order) -> int:
    """What is still held for this order, in minor units."""
    went = order.refunded_minor + order.reversed_minor + order.charged_back_minor + order.forfeited_minor
    return order.paid_minor + order.subsidy_minor - went - (order.settled_minor - order.reclaimed_minor)


def lines_left(lines: tuple) -> list[int]:
    """What is left of each line's goods and of its freight, one after the other."""
    return [
        part
        for line in lines
        for part in (line.amount_minor - line.given_back_minor, line.freight_minor - line.freight_back_minor)
    ]


def spread(lines: tuple, amount_minor: int) -> dict[int, tuple[int, int]]:
    """An amount over what is left of the lines' goods and freight, by largest remainder."""
    left = lines_left(lines)
    parts = allot(min(amount_minor, sum(left)), left)
    return {line.n: (parts[2 * place], parts[2 * place + 1]) for place, line in enumerate(lines)}


def less(lines: tuple, backs: dict[int, tuple[int, int]]) -> tuple:
    """The lines once so much of each has gone back: line -> (goods, freight)."""
    return tuple(
        [
            replace(
                line,
                given_back_minor=line.given_back_minor + backs.get(line.n, (0, 0))[0],
                freight_back_minor=line.freight_back_minor + backs.get(line.n, (0, 0))[1],
            )
            for line in lines
        ]
    )


@evolves(Order, OrderPlaced, key=("order",))
def _placed(row, e, stamp):
    known = e.payer if e.address else 0
    return Order(
        owner=stamp.owner, id=e.order, payer=e.payer, beneficiary=known, mode=e.mode, delivery=e.delivery,
        state=ORDER.start, reason="", currency=e.currency, goods_minor=e.goods_minor, freight_minor=e.freight_minor,
        total_minor=e.total_minor, subsidy_minor=0, checkout=e.checkout, address=e.address, region=e.region or "",
        rules=e.rules, ahead_ms=0, placed_ms=stamp.at, pay_by_ms=e.pay_by_ms, **dict.fromkeys((*SUMS, *LATER), 0),
    )  # fmt: skip


@evolves(Order, OrderPaid, OrderReopened, key=("order",))
def _paid(row, e, stamp):
    return replace(row, state=ORDER.after(row.state, e), paid_ms=stamp.at, reason="", done_ms=0)


@evolves(Order, OrderAddressed, key=("order",))
def _addressed(row, e, stamp):
    return replace(row, beneficiary=e.beneficiary, address=e.address)


@evolves(Order, OrderReleased, key=("order",))
def _released(row, e, stamp):
    return replace(row, state=ORDER.after(row.state, e), ship_by_ms=e.ship_by_ms)


@evolves(Order, OrderPartlyShipped, key=("order",))
def _partly(row, e, stamp):
    return replace(row, state=ORDER.after(row.state, e))


@evolves(Order, OrderShipped, key=("order",))
def _shipped(row, e, stamp):
    return replace(row, state=ORDER.after(row.state, e), receive_by_ms=e.receive_by_ms)


@evolves(Order, OrderReceived, key=("order",))
def _received(row, e, stamp):
    return replace(row, state=ORDER.after(row.state, e), settle_at_ms=e.settle_at_ms)


@evolves(Order, OrderSettled, OrderRefunded, key=("order",))
def _done(row, e, stamp):
    return replace(row, state=ORDER.after(row.state, e), done_ms=stamp.at)


@evolves(Order, OrderClosed, key=("order",))
def _closed(row, e, stamp):
    return replace(row, state=ORDER.after(row.state, e), reason=e.reason, done_ms=stamp.at)


@evolves(Line, LinePlaced, key=("order", "n"))
def _line(row, e, stamp):
    return Line(
        stamp.owner, e.order, e.n, e.sku, e.product, e.texts, e.category, e.quantity, e.price_minor, e.amount_minor,
        e.freight_minor, e.shares, 0, 0, 0, 0,
    )  # fmt: skip


THE_ORDER = one("order", Order, lambda c, k: (c.shop, c.order))
THE_LINES = many("lines", Line, lambda c, k: (c.shop, c.order))
THE_SKUS = each("skus", Sku, lambda c, k: [(line.owner, line.sku) for line in k.lines], of="lines")


def free_stock(lines: tuple[Line, ...]) -> list[Event]:
    """What was set aside for these lines is free again."""
    return [StockReleased(line.sku, line.order, line.n, line.quantity) for line in lines]


def unpack_stock(lines: tuple[Line, ...]) -> list[Event]:
    """What was taken for these lines and never sent is back on the shelf."""
    return [
        StockReturned(line.sku, line.order, line.n, line.quantity - line.claimed)
        for line in lines
        if line.quantity > line.claimed
    ]


def release(order: Order, lines: tuple[Line, ...], case, now: int) -> list[Event]:
    """Open the gate: the shop's clock runs, and what was held leaves with the order."""
    taken = [StockTaken(line.sku, line.order, line.n, line.quantity) for line in lines]
    return [OrderReleased(order.id, now + case.rulebook.of(order.rules).ship_within_ms), *taken]
