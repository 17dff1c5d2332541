"""Senders that never give up: a request without an answer, or told to come again, is sent again as it is."""

import asyncio

from bench.link import connect

WAIT_S, TRIES_MOST = 0.05, 2_000
AGAIN = 503


class Stubborn:
    """Sends each request until it is acknowledged, whatever happens to the server meanwhile."""

    def __init__(self, port: int, requests: list[bytes]):
        self.port, self.requests = port, requests
        self.bodies: list[bytes] = [b""] * len(requests)
        self.acknowledged = self.again = 0
        self.numbers = iter(range(len(requests)))
        self.progress = asyncio.Condition()

    async def run(self, connections: int) -> None:
        """All of them."""
        await asyncio.gather(*[self.work() for _ in range(min(connections, len(self.requests)))])

    async def reached(self, count: int) -> None:
        """Wait until so many are acknowledged."""
        async with self.progress:
            await self.progress.wait_for(lambda: self.acknowledged >= count)

    async def work(self) -> None:
        link = None
        for number in self.numbers:
            for _ in range(TRIES_MOST):
                try:
                    link = link or await connect(self.port)
                    status, body = await link.ask(self.requests[number])
                except OSError:
                    if link:
                        link.close()
                    link, status = None, AGAIN
                if status != AGAIN:
                    break
                self.again += 1
                await asyncio.sleep(WAIT_S)
            assert status == 200, body
            await self.acknowledge(number, body)
        if link:
            link.close()

    async def acknowledge(self, number: int, body: bytes) -> None:
        self.bodies[number] = body
        async with self.progress:
            self.acknowledged += 1
            self.progress.notify_all()
