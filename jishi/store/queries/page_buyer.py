"""What a buyer's own pages ask: where he bought, how many orders stand in which state, and what asks him to act."""

from typing import Any, NamedTuple

from jishi.kernel.aftersale import Claim
from jishi.kernel.orders import Order
from jishi.store.queries.for_whom import comes_to, concerns
from jishi.store.queries.in_states import in_states


class BoughtFrom(NamedTuple):
    """A shop somebody paid, how often, and when last."""

    shop: int
    orders: int
    last_ms: int


async def bought_from(database: Any, party: int, most: int) -> list[BoughtFrom]:
    """The shops a party has paid, the latest first."""
    rows = await database.fetch(
        "SELECT owner AS shop, COUNT(*) AS orders, MAX(placed_ms) AS last_ms FROM orders"
        " WHERE payer = :party AND paid_ms > 0 GROUP BY owner ORDER BY last_ms DESC, shop LIMIT :most",
        party=party, most=most,
    )  # fmt: skip
    return [BoughtFrom(row.shop, row.orders, row.last_ms) for row in rows]


async def order_counts(database: Any, party: int) -> dict[str, int]:
    """State -> how many orders somebody paid or receives are in it."""
    rows = await database.fetch(
        f"SELECT state, COUNT(*) AS n FROM orders WHERE {concerns(':party')} GROUP BY state",
        party=party,
    )
    return {row.state: row.n for row in rows}


async def orders_in(database: Any, role: str, party: int, state: str, most: int) -> list[Order]:
    """Orders in one state that a party pays (`payer`) or receives (`beneficiary`), the oldest first."""
    his = {"payer": "payer = :party", "beneficiary": comes_to(":party")}[role]
    return await database.read(
        Order, f"WHERE {his} AND state = :state ORDER BY placed_ms LIMIT :most",
        party=party, state=state, most=most,
    )  # fmt: skip


async def shop_orders_in(database: Any, shop: int, states: tuple[str, ...], most: int) -> list[Order]:
    """A shop's orders in these states, the nearest deadline to ship first."""
    return await database.read(
        Order, f"WHERE owner = :shop AND {in_states(states)} ORDER BY ship_by_ms, id LIMIT :most",
        shop=shop, states=list(states), most=most,
    )  # fmt: skip


async def claims_of(database: Any, party: int, states: tuple[str, ...], most: int) -> list[Claim]:
    """Claims in these states on what a party receives."""
    return await database.read(
        Claim,
        "WHERE state IN (:states*) AND EXISTS (SELECT 1 FROM orders o WHERE o.owner = claims.owner"
        ' AND o.id = claims."order" AND o.beneficiary = :party) ORDER BY due_ms LIMIT :most',
        party=party, states=list(states), most=most,
    )  # fmt: skip


async def claims_in(database: Any, shop: int, states: tuple[str, ...], most: int) -> list[Claim]:
    """Claims in these states, at one shop or, for 0, at all, the nearest deadline first."""
    test = "owner = :shop AND " if shop else ""
    told = {"shop": shop} if shop else {}
    return await database.read(
        Claim, f"WHERE {test}state IN (:states*) ORDER BY due_ms LIMIT :most", states=list(states), most=most, **told
    )
