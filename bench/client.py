"""A raw HTTP client for loads: keep-alive connections, requests made before the clock starts."""

import asyncio
import time
from typing import NamedTuple

from bench.link import Link, connect

CONNECTIONS = 200
BUSY, BUSY_WAIT_S, TRIES_MOST = 503, 0.5, 60


class Result(NamedTuple):
    """What a timed load gave: answers by request, seconds, each request's latency in seconds, and what was refused.

    again: how often the server was too busy, and the same request was sent again, as it asks for; its latency goes on.
    """

    bodies: list[bytes]
    seconds: float
    latencies: list[float]
    failed: list[bytes]
    again: int = 0


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request as it goes over the wire."""
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n{told}\r\n".encode() + body


def get(path: str, **headers: str) -> bytes:
    """A request for a page."""
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\n{told}\r\n".encode()


async def connections_to(port: int, count: int) -> list[Link]:
    """So many connections."""
    return [await connect(port) for _ in range(count)]


def close(links: list[Link]) -> None:
    for link in links:
        link.close()


async def load(port: int, requests: list[bytes], connections: int = CONNECTIONS) -> Result:
    """Send all requests over so many connections, each waiting for its answer before the next."""
    return await spread_over([port], [(0, request) for request in requests], connections)


async def spread_over(ports: list[int], requests: list[tuple[int, bytes]], connections: int = CONNECTIONS) -> Result:
    """`load` to several servers: each request names its server by its place; the connections are shared out evenly."""
    each = max(1, min(connections, len(requests)) // len(ports))
    links = [await connections_to(port, each) for port in ports]
    bodies, latencies, failed, again = [b""] * len(requests), [0.0] * len(requests), [], 0
    queues = [iter([n for n, (at, _) in enumerate(requests) if at == place]) for place in range(len(ports))]

    async def work(place: int, link: Link) -> None:
        nonlocal again
        for number in queues[place]:
            began = time.perf_counter()
            status, bodies[number], tries = await ask(link, requests[number][1])
            again += tries
            latencies[number] = time.perf_counter() - began
            if status != 200:
                failed.append(bodies[number])

    began = time.perf_counter()
    await asyncio.gather(*[work(place, link) for place, mine in enumerate(links) for link in mine])
    seconds = time.perf_counter() - began
    for mine in links:
        close(mine)
    return Result(bodies, seconds, latencies, failed, again)


async def ask(link: Link, request: bytes) -> tuple[int, bytes, int]:
    """Status and body of the answer, and how often the server was too busy before."""
    for tries in range(TRIES_MOST):
        status, body = await link.ask(request)
        if status != BUSY:
            return status, body, tries
        await asyncio.sleep(BUSY_WAIT_S)
    return status, body, TRIES_MOST


class Pace:
    """Requests sent at a given rate until they are all sent or `stop` is called.

    A latency counts from when its request was due, so that a stall is not hidden. `sent` tells how many were sent.
    """

    def __init__(self, port: int, requests: list[bytes], per_s: float):
        self.port, self.requests, self.per_s = port, requests, per_s
        self.numbers = iter(range(len(requests)))
        self.bodies: list[bytes] = []
        self.latencies: dict[int, float] = {}
        self.failed: list[bytes] = []
        self.stopped = False
        self.began = 0.0

    async def run(self, connections: int) -> None:
        """Send them."""
        links = await connections_to(self.port, connections)
        self.began = time.perf_counter()
        try:
            await asyncio.gather(*[self.work(link) for link in links])
        finally:
            close(links)
        assert not self.failed, f"{len(self.failed)} failed: {self.failed[0]!r}"

    async def work(self, link: Link) -> None:
        for number in self.numbers:
            due = self.began + number / self.per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if self.stopped:
                return
            status, body, _ = await ask(link, self.requests[number])
            self.latencies[number] = time.perf_counter() - due
            (self.bodies if status == 200 else self.failed).append(body)

    def stop(self) -> None:
        """Send nothing more; what is under way is answered."""
        self.stopped = True

    def between(self, first: float, last: float) -> list[float]:
        """Latencies in ms of the requests that were due between two moments."""
        moments = {number: self.began + number / self.per_s for number in self.latencies}
        return [1000 * self.latencies[number] for number, due in moments.items() if first <= due <= last]
