"""Gifts accepted a second at one hot shop, by turns with orders of one hot SKU and with pgbench."""

from bench.frame import Frame
from bench.ordering import Orders


async def run(frame: Frame) -> None:
    """Gifts are placed and paid while the clock stands; each is then taken by a friend through its link."""
    sizes, accepted, hot, tpcb = frame.sizes, [], [], []
    async with frame.served("pg") as (place, servers):
        orders = Orders(place.market, servers, 6)
        await orders.round(sizes.gifts // 4)
        for _ in range(sizes.rounds):
            gifts = await orders.paid_gifts(sizes.gifts)
            requests = [orders.accept(gift) for gift in gifts]
            accepted.append(sizes.gifts / (await orders.send(requests)).seconds)
            hot.append((await orders.round(sizes.gifts, hot=True)).per_s)
            tpcb.append(frame.pgbench())
    frame.put("gifts_accepted_per_s", accepted, 0)
    frame.put("gifts_hot_orders_per_s", hot, 0)
    frame.put("gifts_pgbench_tpcb_tps", tpcb, 0)
