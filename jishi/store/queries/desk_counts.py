"""What a shop's desk counts: orders by state, goods by state, claims that wait for it, and when settled money comes."""

from functools import partial
from typing import Any

from jishi.kernel.orders import Order
from jishi.store.queries.in_states import in_states

SEEN = "(state <> 'closed' OR ship_by_ms > 0)"
_ORDERS = f"SELECT state, COUNT(*) AS n FROM orders WHERE owner = :shop AND {SEEN} GROUP BY state"
_TO_SHIP, _SENT = ("to_ship", "partly_shipped"), ("shipped", "received")
_LATE = f"""
SELECT COUNT(*) AS n FROM orders WHERE owner = :shop AND {in_states(_TO_SHIP)} AND ship_by_ms - ahead_ms < :by
"""
_GOODS = "SELECT state, COUNT(*) AS n FROM products WHERE owner = :shop GROUP BY state"
_SOLD_OUT = """
SELECT COUNT(*) AS n FROM products p WHERE p.owner = :shop AND p.state = 'listed' AND NOT EXISTS (
  SELECT 1 FROM skus s WHERE s.owner = p.owner AND s.product = p.id AND s.state = 'on' AND s.free > 0)
"""
_CLAIMS = "SELECT COUNT(*) AS n FROM claims WHERE owner = :shop AND state IN ('requested', 'returning')"


async def _by_state(database: Any, sql: str, shop: int) -> dict[str, int]:
    return {row.state: row.n for row in await database.fetch(sql, shop=shop)}


async def _one(database: Any, sql: str, **told: Any) -> int:
    return (await database.fetch(sql, **told))[0].n


async def orders_by_state(database: Any, shop: int) -> dict[str, int]:
    """How many orders the shop may see are in each state."""
    return await _by_state(database, _ORDERS, shop)


async def goods_by_state(database: Any, shop: int) -> dict[str, int]:
    """How many products are in each state."""
    return await _by_state(database, _GOODS, shop)


async def to_do(database: Any, shop: int, now_ms: int, soon_ms: int) -> dict[str, int]:
    """What waits for somebody of the shop. soon: to be sent by then."""
    late = partial(_one, database, _LATE, shop=shop, states=list(_TO_SHIP))
    return {
        "late": await late(by=now_ms),
        "soon": await late(by=now_ms + soon_ms),
        "claims": await _one(database, _CLAIMS, shop=shop),
        "sold_out": await _one(database, _SOLD_OUT, shop=shop),
    }


async def maturing(database: Any, shop: int, most: int) -> list[Order]:
    """Orders whose money is still in escrow, those first that are settled first; 0 for not received yet comes last."""
    found: list[Order] = []
    for states in (_TO_SHIP, _SENT):
        found += await database.read(
            Order,
            f"WHERE owner = :shop AND {in_states(states)}"
            " ORDER BY CASE WHEN settle_at_ms = 0 THEN 1 ELSE 0 END, settle_at_ms - ahead_ms, id LIMIT :most",
            shop=shop, states=list(states), most=most,
        )  # fmt: skip
    return sorted(found, key=_matures)[:most]


def _matures(order: Order) -> tuple[bool, int, int]:
    return order.settle_at_ms == 0, order.settle_at_ms - order.ahead_ms, order.id
