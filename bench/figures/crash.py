"""Killed under load: server and PostgreSQL end with kill -9 while orders are placed and paid; no order that was
acknowledged may be lost, none may be there twice.
"""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from bench.client import CONNECTIONS, load
from bench.frame import Frame, Place
from bench.ordering import Orders
from bench.served import Served, start, stop
from bench.stubborn import Stubborn
from jishi.kernel.ids import read_id
from jishi.kernel.orders import Order
from jishi.kernel.payments import Capture
from jishi.store import open_database
from tests.support.ports import free_port
from tests.support.provider_process import ProviderProcess

STOP_S = 10


async def run(frame: Frame) -> None:
    """PostgreSQL with both kills, SQLite with the server's."""
    for kind in ("pg", "sqlite"):
        place = await frame.place(kind)
        try:
            with ProviderProcess(place.folder) as provider:
                lost, doubled, again = await killed(frame, place, House(place, provider))
            await frame.audit(place)
        finally:
            frame.leave(place)
        frame.put(f"{kind}_killed_orders_lost", [lost], 0)
        frame.put(f"{kind}_killed_orders_doubled", [doubled], 0)
        frame.put(f"{kind}_killed_requests_sent_again", [again], 0)
        assert not lost and not doubled, "orders were lost or doubled by a crash"


class House:
    """A server that is killed and comes back on its port."""

    def __init__(self, place: Place, provider: ProviderProcess):
        self.place, self.provider, self.port = place, provider, free_port()
        self.served: Served | None = None

    def start(self) -> Served:
        self.served = start(self.place.url, self.place.folder, self.provider, self.port)
        return self.served

    def kill(self) -> None:
        """kill -9, and start again."""
        self.served.process.kill()
        self.served.process.wait(STOP_S)
        self.start()

    def stop(self) -> None:
        if self.served:
            stop(self.served.process)


async def killed(frame: Frame, place: Place, house: House) -> tuple[int, int, int]:
    """Orders, then their notices, each with kills on the way; returns lost, doubled, and requests sent again."""
    kills: list[Callable[[], None]] = [house.kill]
    if place.kind == "pg":
        kills.append(lambda: pull_the_plug(frame))
    count = frame.sizes.round // 2
    with contextlib.ExitStack() as stack:
        stack.callback(house.stop)
        orders = Orders(place.market, [await asyncio.to_thread(house.start)], 9)
        placing = Stubborn(house.port, [orders.order().request for _ in range(count)])
        await through(placing, kills)
        paying = Stubborn(house.port, [orders.notice(msgspec.json.decode(body)) for body in placing.bodies])
        await through(paying, kills)
        replayed = (await load(house.port, placing.requests)).bodies
    lost, doubled = await compare(place, placing.bodies, replayed)
    return lost, doubled, placing.again + paying.again


async def through(sending: Stubborn, kills: list[Callable[[], None]]) -> None:
    """Send all, and kill so many times, evenly over the requests."""
    running = asyncio.create_task(sending.run(CONNECTIONS))
    try:
        for number, kill in enumerate(kills, 1):
            reached = asyncio.create_task(sending.reached(number * len(sending.requests) // (len(kills) + 1)))
            await asyncio.wait([running, reached], return_when=asyncio.FIRST_COMPLETED)
            reached.cancel()
            await asyncio.to_thread(kill)
        await running
    finally:
        running.cancel()


def pull_the_plug(frame: Frame) -> None:
    """Kill every process of PostgreSQL at once, and start it again on its port."""
    cluster = frame.postgres()
    cluster.kill9()
    cluster.start()


async def compare(place: Place, told: list[bytes], replayed: list[bytes]) -> tuple[int, int]:
    """What was acknowledged against the rows: (orders or payments lost, orders or payments there twice)."""
    database = await open_database(place.url, writer=False)
    try:
        stored = [(row.owner, row.id) for row in await database.read(Order)]
        paid = [(row.owner, row.order) for row in await database.read(Capture)]
    finally:
        await database.close()
    asked = {read_id(msgspec.json.decode(body)["order"]) for body in told}
    lost = len(asked - set(stored)) + len(asked - set(paid))
    doubled = (len(stored) - len(asked)) + (len(paid) - len(set(paid)))
    other = sum(first != second for first, second in zip(told, replayed, strict=True))
    assert not other, f"{other} orders were answered otherwise when asked for again"
    return lost, doubled
