"""Growth: orders a second with many orders stored ÷ with few, by turns on one machine, both databases."""

import time

import psycopg

from bench.frame import Frame, Place
from bench.loader import load_orders
from bench.ordering import Orders
from bench.postgres_warm import keep_log
from bench.served import quiet, serving

FIRST = 100  # orders placed through the API, as patterns for the loader
# Rounds that are not counted: after the load's checkpoint each page that is touched is written to PostgreSQL's log
# whole for once, 8 KB each. With a million orders that is 4.2 pages an order in the first round, 1.4 in the fifth and
# 0.4 in the eleventh; with few it is none from the second on. A server at work has a checkpoint every five minutes, or
# half a million orders, over which so many pages are nothing.
WARM = 10


async def run(frame: Frame) -> None:
    """PostgreSQL, then SQLite."""
    for kind in ("pg", "sqlite"):
        few, many = await frame.place(kind), await frame.place(kind)
        try:
            await fill(frame, few, frame.sizes.few)
            await fill(frame, many, frame.sizes.many)
            await by_turns(frame, kind, few, many)
            for place in (few, many):
                await frame.audit(place)
        finally:
            frame.leave(few)
            frame.leave(many)


async def fill(frame: Frame, place: Place, count: int) -> None:
    """So many orders, the first of them real."""
    with serving(place.url, place.folder) as servers:
        await Orders(place.market, servers, 3).round(FIRST)
    began = time.monotonic()
    await load_orders(place.url, place.market, count - FIRST, seed=3)
    frame.say(f"  {count} orders on {place.kind} in {time.monotonic() - began:.0f} s")
    if place.kind == "pg":
        async with await psycopg.AsyncConnection.connect(place.url, autocommit=True) as connection:
            await connection.execute("VACUUM (ANALYZE)")
        keep_log(place.url)


async def by_turns(frame: Frame, kind: str, few: Place, many: Place) -> None:
    """Both servers stay up; only one of them has work at a time."""
    rates: dict[str, list[float]] = {"few": [], "many": []}
    with serving(few.url, few.folder) as one, serving(many.url, many.folder) as other:
        places = {"few": Orders(few.market, one, 4), "many": Orders(many.market, other, 4)}
        for number in range(WARM + frame.sizes.runs):
            for name in sorted(places, reverse=bool(number % 2)):
                await quiet([*one, *other])
                rates[name].append((await places[name].round(frame.sizes.growth_round)).per_s)
    rates = {name: values[WARM:] for name, values in rates.items()}
    for name, values in rates.items():
        frame.put(f"{kind}_{name}_stored_orders_per_s", values, 0)
    frame.put_ratio(f"{kind}_growth", rates["many"], rates["few"])
