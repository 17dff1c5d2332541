"""Orders a second on PostgreSQL, uniform and hot, by turns with pgbench and with a POST that only echoes; latencies;
whose processor time an order takes; and where a batch's time goes.
"""

import os

from bench import meter
from bench.client import load, post
from bench.frame import Frame
from bench.machine import percentile
from bench.ordering import Orders, Round
from bench.served import Served

TOKEN = 89  # characters of a party's token
ECHOES = 2  # requests of an order, so that the yardstick runs about as many


async def run(frame: Frame) -> None:
    """Plain rounds for the rates, then rounds with the instrument for the split.

    Before each of the former and before pgbench, what was left to the system is on disk: it would be written meanwhile.
    """
    sizes, cluster = frame.sizes, frame.postgres()
    uniform, hot, tpcb, echo = [], [], [], []
    async with frame.served("pg") as (place, servers):
        orders = Orders(place.market, servers, 1, cluster.process.pid)
        await orders.round(sizes.round // 4)
        for _ in range(sizes.rounds):
            os.sync()
            uniform.append(await orders.round(sizes.round))
            os.sync()
            hot.append(await orders.round(sizes.round, hot=True))
            os.sync()
            tpcb.append(frame.pgbench())
            echo.append(await echoes(servers[0], sizes.round * ECHOES))
    frame.put("pg_orders_per_s", [one.per_s for one in uniform], 0)
    frame.put("pg_hot_orders_per_s", [one.per_s for one in hot], 0)
    frame.put("pg_p50_ms", [percentile(one.latencies_ms, 50) for one in uniform])
    frame.put("pg_p99_ms", [percentile(one.latencies_ms, 99) for one in uniform])
    frame.put("client_us_per_order", [one.client_us for one in uniform], 0)
    frame.put("pgbench_tpcb_tps", tpcb, 0)
    frame.put("echo_per_s", echo, 0)
    frame.put("pg_orders_per_tpcb", [one.per_s / other for one, other in zip(uniform, tpcb, strict=True)])
    await split(frame, "pg")


async def echoes(server: Served, count: int) -> float:
    """POSTs a second that are parsed and answered by the same server, with an order's headers and body."""
    body = b'{"lines":[{"sku":"000000000000000000000000000","quantity":1,"price_minor":9900}],"address":"0"}'
    request = post("/bench/echo", body, {"authorization": "Bearer " + "x" * TOKEN, "content-type": "application/json"})
    result = await load(server.port, [request] * count)
    assert not result.failed, result.failed[0]
    return count / result.seconds


async def split(frame: Frame, kind: str) -> None:
    """Processor time of an order by web, kernel and database, and a batch's time by phase, with the instrument on."""
    sizes, database = frame.sizes, frame.postgres().process.pid if kind == "pg" else 0
    parts, phases = [], []
    async with frame.served(kind, metered=True) as (place, servers):
        orders = Orders(place.market, servers, 2, database)
        await orders.round(sizes.round // 4)
        for _ in range(sizes.rounds):
            before = meter.read(servers[0].meter)
            done = await orders.round(sizes.round)
            told = {name: value - before[name] for name, value in meter.read(servers[0].meter).items()}
            parts.append(shares(done, told, sizes.round))
            phases.append(by_phase(told))
    frame.put_parts(f"{kind}_cpu_us_per_order", parts)
    frame.put_parts(f"{kind}_batch_ms", phases, 2)


def shares(done: Round, told: dict[str, float], count: int) -> dict[str, float]:
    """kernel: steps of the lane; database: its processes; web: what else the server used."""
    kernel = told["lane_cpu"] * 1_000_000 / count
    return {"web": done.server_us - kernel, "kernel": kernel, "database": done.database_us}


def by_phase(told: dict[str, float]) -> dict[str, float]:
    """Milliseconds of one batch by phase, and how many commands it held."""
    phases = {name: told[name] * 1000 / told["batches"] for name in meter.PHASES}
    return phases | {"commands": told["items"] / told["batches"]}
