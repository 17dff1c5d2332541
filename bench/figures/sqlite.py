"""Orders a second on SQLite: over all shops, and all at one shop, by turns."""

from bench.figures.orders import echoes, split
from bench.frame import Frame
from bench.machine import percentile
from bench.ordering import Orders


async def run(frame: Frame) -> None:
    """Plain rounds, with the echoing POST as yardstick; then the split."""
    sizes, many, one_shop, echo = frame.sizes, [], [], []
    async with frame.served("sqlite") as (place, servers):
        orders = Orders(place.market, servers, 1)
        await orders.round(sizes.round // 4)
        for _ in range(sizes.rounds):
            many.append(await orders.round(sizes.round))
            one_shop.append(await orders.round(sizes.round, one_shop=True))
            echo.append(await echoes(servers[0], sizes.round))
    frame.put("sqlite_orders_per_s", [one.per_s for one in many], 0)
    frame.put("sqlite_one_shop_orders_per_s", [one.per_s for one in one_shop], 0)
    frame.put("sqlite_p50_ms", [percentile(one.latencies_ms, 50) for one in many])
    frame.put("sqlite_p99_ms", [percentile(one.latencies_ms, 99) for one in many])
    frame.put("sqlite_echo_per_s", echo, 0)
    await split(frame, "sqlite")
