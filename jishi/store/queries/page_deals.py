"""The deals of all shops, newest first, for the first page of the demo world and for operators."""

from typing import Any

from jishi.kernel.events import decode_events
from jishi.kernel.orders import Line, Order
from jishi.kernel.owners import Head, LogRow, Timer
from jishi.modes.gift import Gift
from jishi.store.queries.in_states import in_states
from jishi.store.queries.orders import NEWEST, since
from jishi.store.query import under

TOUCHED_MOST = 20


async def deals(database: Any, state: str, shop: int, after: str, most: int) -> list[Order]:
    """Orders, newest first; state "" and shop 0 for all."""
    tests = [in_states([state])] if state else []
    tests += ["owner = :shop"] if shop else []
    tail = f"WHERE {' AND '.join([*tests, NEWEST])}"
    told = since(after) | {"most": most} | ({"states": [state]} if state else {}) | ({"shop": shop} if shop else {})
    return await database.read(Order, tail, **told)


async def counts(database: Any) -> dict[str, int]:
    """State -> how many orders are in it."""
    rows = await database.fetch("SELECT state, COUNT(*) AS n FROM orders GROUP BY state")
    return {row.state: row.n for row in rows}


async def next_timers(database: Any, orders: list[Order]) -> dict[tuple[int, int], Timer]:
    """(shop, order) -> the timer that is due first."""
    rows = await database.read(
        Timer, "WHERE owner IN (:owners*) AND subject IN (:ids*) ORDER BY due_ms",
        owners=sorted({row.owner for row in orders}), ids=sorted({row.id for row in orders}),
    )  # fmt: skip
    found: dict[tuple[int, int], Timer] = {}
    for row in rows:
        found.setdefault((row.owner, row.subject), row)
    return found


async def gates(database: Any, orders: list[Order]) -> dict[tuple[int, int], Gift]:
    """(shop, order) -> its gift, for those that are gifts."""
    wanted = [row for row in orders if row.mode == "gift"]
    rows = await database.read(
        Gift, 'WHERE owner IN (:owners*) AND "order" IN (:ids*)',
        owners=sorted({row.owner for row in wanted}), ids=sorted({row.id for row in wanted}),
    )  # fmt: skip
    return {(row.owner, row.order): row for row in rows}


async def lines_of(database: Any, orders: list[Order]) -> dict[tuple[int, int], list[Line]]:
    """(shop, order) -> its lines."""
    rows = await database.read(
        Line, 'WHERE owner IN (:owners*) AND "order" IN (:ids*) ORDER BY owner, "order", n',
        owners=sorted({row.owner for row in orders}), ids=sorted({row.id for row in orders}),
    )  # fmt: skip
    found: dict[tuple[int, int], list[Line]] = {}
    for row in rows:
        found.setdefault((row.owner, row.order), []).append(row)
    return found


async def touched_last(database: Any) -> Order | None:
    """The order about which something was done last, in any shop; None before anything was.

    What a timer did while nobody touched the order does not count: an old order that expires does not push a new one
    aside. A deal that runs ahead of the world is told by its own time, so what it is ahead is taken off.
    """
    found: list[tuple[int, Order]] = []
    heads = await database.read(Head, "WHERE kind = 'shop' ORDER BY touched_ms DESC LIMIT :most", most=TOUCHED_MOST)
    for head in heads:
        rows = await under(database, LogRow, (head.owner,), "ORDER BY seq DESC LIMIT :most", most=TOUCHED_MOST)
        for row in rows:
            order = await order_told(database, row) if row.principal != "timer" else None
            if order:
                found.append((row.at - (order.ahead_ms if row.command != "RunAhead" else 0), order))
                break
    return max(found, key=lambda one: one[0])[1] if found else None


async def order_told(database: Any, row: LogRow) -> Order | None:
    """The order that a log row's events speak of, or None."""
    told = [event.order for event in decode_events(row.events) if getattr(event, "order", 0)]
    return next(iter(await under(database, Order, (row.owner, told[-1]))), None) if told else None
