"""A raw HTTP client for loads: keep-alive connections, requests made before the clock starts, nothing parsed but the
length.
"""

import asyncio
import time
from typing import NamedTuple

CONNECTIONS = 200
ANSWER_S = 30  # no answer is waited for longer


class Result(NamedTuple):
    """What a timed load gave: answers by request, seconds, each request's latency in seconds, and statuses that were
    not 200.
    """

    bodies: list[bytes]
    seconds: float
    latencies: list[float]
    failed: list[bytes]


Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request as it goes over the wire."""
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n{told}\r\n".encode() + body


def get(path: str, **headers: str) -> bytes:
    """A request for a page."""
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\n{told}\r\n".encode()


async def connect(port: int, count: int) -> list[Link]:
    """So many connections."""
    return [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]


def close(links: list[Link]) -> None:
    for _, writer in links:
        writer.close()


async def load(port: int, requests: list[bytes], connections: int = CONNECTIONS) -> Result:
    """Send all requests over so many connections, each waiting for its answer before the next."""
    return await spread_over([port], [(0, request) for request in requests], connections)


async def spread_over(ports: list[int], requests: list[tuple[int, bytes]], connections: int = CONNECTIONS) -> Result:
    """`load` to several servers: each request names its server by its place; the connections are shared out evenly."""
    each = max(1, min(connections, len(requests)) // len(ports))
    links = [await connect(port, each) for port in ports]
    bodies, latencies, failed = [b""] * len(requests), [0.0] * len(requests), []
    queues = [iter([n for n, (at, _) in enumerate(requests) if at == place]) for place in range(len(ports))]

    async def work(place: int, link: Link) -> None:
        for number in queues[place]:
            began = time.perf_counter()
            link[1].write(requests[number][1])
            status, bodies[number] = await answer(link[0])
            latencies[number] = time.perf_counter() - began
            if status != 200:
                failed.append(bodies[number])

    began = time.perf_counter()
    await asyncio.gather(*[work(place, link) for place, mine in enumerate(links) for link in mine])
    seconds = time.perf_counter() - began
    for mine in links:
        close(mine)
    return Result(bodies, seconds, latencies, failed)


async def paced(port: int, requests: list[bytes], per_s: float, connections: int) -> Result:
    """Send requests at a given rate. A latency counts from when its request was due, so that a stall is not hidden."""
    links, bodies, latencies, failed = await connect(port, connections), [], [], []
    numbers, began = iter(range(len(requests))), time.perf_counter()

    async def work(link: Link) -> None:
        for number in numbers:
            due = began + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            link[1].write(requests[number])
            status, body = await answer(link[0])
            latencies.append(time.perf_counter() - due)
            bodies.append(body)
            if status != 200:
                failed.append(body)

    try:
        await asyncio.gather(*[work(link) for link in links])
    finally:
        close(links)
    return Result(bodies, time.perf_counter() - began, latencies, failed)


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one answer, by content-length or chunks."""
    async with asyncio.timeout(ANSWER_S):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        place = head.find(b"content-length:")
        if place >= 0:
            length = int(head[place + 15 : head.index(b"\r\n", place)])
            return status, await reader.readexactly(length)
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return status, body
