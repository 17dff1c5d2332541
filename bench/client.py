"""A raw HTTP client for loads: keep-alive connections, requests made before the clock starts, nothing parsed but the
length.
"""

import asyncio
import time
from typing import NamedTuple

CONNECTIONS = 200


class Result(NamedTuple):
    """What a timed load gave: answers by request, seconds, each request's latency in seconds, and statuses that were
    not 200.
    """

    bodies: list[bytes]
    seconds: float
    latencies: list[float]
    failed: list[bytes]


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request as it goes over the wire."""
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n{told}\r\n".encode() + body


async def load(port: int, requests: list[bytes], connections: int = CONNECTIONS) -> Result:
    """Send all requests over so many connections, each waiting for its answer before the next."""
    links = [await asyncio.open_connection("127.0.0.1", port) for _ in range(min(connections, len(requests)))]
    bodies, latencies, failed = [b""] * len(requests), [0.0] * len(requests), []
    numbers = iter(range(len(requests)))

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in numbers:
            began = time.perf_counter()
            writer.write(requests[number])
            status, body = await answer(reader)
            latencies[number] = time.perf_counter() - began
            bodies[number] = body
            if status != 200:
                failed.append(body)

    began = time.perf_counter()
    await asyncio.gather(*[work(*link) for link in links])
    seconds = time.perf_counter() - began
    for _, writer in links:
        writer.close()
    return Result(bodies, seconds, latencies, failed)


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one answer, by content-length or chunks."""
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
