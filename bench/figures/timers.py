"""Unpaid orders closed by their timers with their stock released: seconds, while people go on ordering; and what this
does to people's slowest answers, against the same load without timers. Both databases.
"""

import asyncio
import time
from typing import NamedTuple

import msgspec

from bench.client import Pace, load, post
from bench.frame import Frame, Place
from bench.machine import Stolen, percentile
from bench.ordering import Orders
from bench.served import Served, quiet
from jishi.store import open_database
from jishi.store.database import Database

PEOPLE_PER_S, CONNECTIONS = 200, 50
CALM_S, BUSY_S = 5, 60  # on a slow machine people leave before all timers are done
CLOSED_S = 300
AHEAD_MS = 31 * 60_000  # a minute more than there is time to pay
LOOK_S, LEAD_S = 0.02, 0.5  # people are there before the timers
# In the order of the index: PostgreSQL would read the whole table instead, fifty times a second.
LEFT = "SELECT 1 AS one FROM timers WHERE kind = 'close_unpaid' AND due_ms <= :now ORDER BY due_ms LIMIT 1"
HELD = "SELECT SUM(held) AS held FROM skus"


class Closing(NamedTuple):
    """One run: seconds until all were closed, and people's p99 in ms before and meanwhile."""

    seconds: float
    calm_ms: float
    busy_ms: float

    def told(self) -> str:
        """For people."""
        return f"{self.seconds:.2f} s, people's p99 {self.calm_ms:.1f} ms before and {self.busy_ms:.1f} ms meanwhile"


async def run(frame: Frame) -> None:
    """PostgreSQL with pgbench by turns, then SQLite."""
    for kind, prefix in (("pg", ""), ("sqlite", "sqlite_")):
        runs, tpcb = [], []
        async with frame.served(kind) as (place, servers):
            reader = await open_database(place.url, writer=False)
            try:
                orders = Orders(place.market, servers, 5)
                for _ in range(frame.sizes.runs):
                    stolen = Stolen()
                    runs.append(await closing(frame, place, orders, reader))
                    frame.say(f"    {runs[-1].told()}; the host kept {stolen.percent()} % of the cores")
                    tpcb += [frame.pgbench()] if kind == "pg" else []
            finally:
                await reader.close()
        frame.put(f"{prefix}timers_10k_s", [one.seconds for one in runs])
        frame.put(f"{prefix}timers_p99_calm_ms", [one.calm_ms for one in runs])
        frame.put(f"{prefix}timers_p99_busy_ms", [one.busy_ms for one in runs])
        if tpcb:
            frame.put("timers_pgbench_tpcb_tps", tpcb, 0)


async def closing(frame: Frame, place: Place, orders: Orders, reader: Database) -> Closing:
    """Unpaid orders, a calm load, then the same load while business time jumps past their time to pay."""
    (server,) = orders.servers
    await orders.send([orders.order().request for _ in range(frame.sizes.timers)])
    await quiet([server])
    calm = Pace(server.port, people(orders, CALM_S), PEOPLE_PER_S)
    await calm.run(CONNECTIONS)
    await pay(orders, calm)
    await quiet([server])
    busy = Pace(server.port, people(orders, BUSY_S), PEOPLE_PER_S)
    load_task = asyncio.create_task(busy.run(CONNECTIONS))
    try:
        await asyncio.sleep(LEAD_S)
        began = time.perf_counter()
        await until_closed(reader, await jump(server))
        ended = time.perf_counter()
    finally:
        busy.stop()
        await load_task
    await pay(orders, busy)
    (row,) = await reader.fetch(HELD)
    assert row.held == 0, f"{row.held} pieces are still held"
    calm_ms, busy_ms = list(calm.latencies.values()), busy.between(began, ended)
    return Closing(ended - began, percentile(calm_ms, 99) * 1000, percentile(busy_ms, 99))


def people(orders: Orders, seconds: int) -> list[bytes]:
    """What people ask for in so many seconds."""
    return [orders.order().request for _ in range(PEOPLE_PER_S * seconds)]


async def pay(orders: Orders, pace: Pace) -> None:
    """People pay what they ordered, so that no timer closes it."""
    await orders.send([orders.notice(msgspec.json.decode(body)) for body in pace.bodies])


async def jump(server: Served) -> int:
    """Move business time on; returns it."""
    result = await load(server.port, [post("/bench/ahead", b'{"ms":%d}' % AHEAD_MS, {})])
    return msgspec.json.decode(result.bodies[0])["now_ms"]


async def until_closed(reader: Database, now: int) -> None:
    """Until no timer of an unpaid order that was due at the jump is left."""
    ends = time.perf_counter() + CLOSED_S
    while time.perf_counter() < ends:
        if not await reader.fetch(LEFT, now=now):
            return
        await asyncio.sleep(LOOK_S)
    raise TimeoutError(f"timers are still left after {CLOSED_S} s")
