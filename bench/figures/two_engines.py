"""Two engines on one PostgreSQL: orders a second when each shop's requests go to one engine, and when they go anywhere;
by turns with one engine alone, and with pgbench.
"""

import msgspec

from bench.frame import Frame
from bench.ordering import Orders

WAYS = ("routed", "anywhere", "one")


async def run(frame: Frame) -> None:
    """Both run all the time; alone means that the other one gets nothing to do."""
    sizes, tpcb = frame.sizes, []
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    async with frame.served("pg", engines=2) as (place, servers):
        orders = Orders(place.market, servers, 8)
        await round_of(orders, sizes.round // 4, "routed")
        for _ in range(sizes.rounds):
            for way in WAYS:
                rates[way].append(await round_of(orders, sizes.round, way))
            tpcb.append(frame.pgbench())
    for way, values in rates.items():
        frame.put(f"two_engines_{way}_orders_per_s", values, 0)
    frame.put("two_engines_pgbench_tpcb_tps", tpcb, 0)
    frame.put_ratio("two_engines_routed_to_one", rates["routed"], rates["one"])


async def round_of(orders: Orders, count: int, way: str) -> float:
    """Orders a second, each order's two requests sent to an engine by the way they are routed."""
    wanted = [orders.order() for _ in range(count)]

    def engine(shop: int) -> int:
        return {"routed": shop % 2, "anywhere": orders.random.randrange(2), "one": 0}[way]

    placed = await orders.send_to([(engine(one.shop), one.request) for one in wanted])
    told = [orders.notice(msgspec.json.decode(body)) for body in placed.bodies]
    paid = await orders.send_to([(engine(one.shop), notice) for one, notice in zip(wanted, told, strict=True)])
    return count / (placed.seconds + paid.seconds)
