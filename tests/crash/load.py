"""Buyers who place orders over HTTP and never give up: a request without an answer is sent again under the same key."""

import asyncio
from collections.abc import Callable

import httpx

from tests.crash.serving import Seeded

WORKERS = 16
TRIES_MOST = 3_000


class Load:
    """Places `count` orders.

    `answers` maps each key to every answer it got; `reached(n)` waits for that many acknowledged.
    """

    def __init__(self, origin: str, seeded: Seeded, count: int):
        self.origin, self.seeded, self.count = origin, seeded, count
        self.answers: dict[str, list[bytes]] = {}
        self.again: set[str] = set()
        self.progress = asyncio.Condition()

    async def run(self) -> None:
        """All workers until every order is acknowledged."""
        numbers = iter(range(self.count))
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False, timeout=10) as client:
            await asyncio.gather(*[self.work(client, numbers) for _ in range(WORKERS)])

    async def work(self, client: httpx.AsyncClient, numbers) -> None:
        for number in numbers:
            await self.place(client, number)

    async def place(self, client: httpx.AsyncClient, number: int) -> None:
        """One order, until it is acknowledged."""
        buyer = self.seeded.buyers[number % len(self.seeded.buyers)]
        line = {"sku": self.seeded.skus[number % 5], "quantity": 1, "price_minor": self.seeded.price_minor}
        headers = {"authorization": f"Bearer {buyer.token}", "idempotency-key": f"load-{number}"}
        for _ in range(TRIES_MOST):
            try:
                answer = await client.post(
                    "/v1/orders/place", json={"lines": [line], "address": buyer.address}, headers=headers
                )
            except httpx.TransportError:
                self.again.add(f"load-{number}")
                await asyncio.sleep(0.02)
                continue
            if answer.status_code == 503:
                await asyncio.sleep(0.02)
                continue
            assert answer.status_code == 200, answer.text
            await self.acknowledge(f"load-{number}", answer.content)
            return
        raise AssertionError(f"order {number} was never acknowledged")

    async def acknowledge(self, key: str, body: bytes) -> None:
        async with self.progress:
            self.answers.setdefault(key, []).append(body)
            self.progress.notify_all()

    async def reached(self, count: int) -> None:
        """Wait until so many orders are acknowledged."""
        async with self.progress:
            await self.progress.wait_for(lambda: len(self.answers) >= count)

    async def ask_again(self) -> None:
        """Send every order once more under its key."""
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False, timeout=10) as client:
            for number in range(self.count):
                await self.place(client, number)


async def with_kills(load: Load, kills: int, kill: Callable[[], None]) -> None:
    """Run the load, and kill so many times, evenly over the orders."""
    running = asyncio.create_task(load.run())
    for number in range(1, kills + 1):
        reached = asyncio.create_task(load.reached(number * load.count // (kills + 1)))
        await asyncio.wait({reached, running}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.to_thread(kill)
    await running
