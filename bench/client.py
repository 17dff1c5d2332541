"""A raw HTTP client for loads: keep-alive connections, requests made before the clock starts."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from bench.link import ANSWER_S, Link, answer_in, connect
from bench.machine import as_load

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


class Sending:
    """What a load has sent and got so far."""

    def __init__(self, requests: list[bytes]):
        self.requests = requests
        self.bodies, self.latencies = [b""] * len(requests), [0.0] * len(requests)
        self.failed: list[bytes] = []
        self.answered = self.again = 0


class Runner(asyncio.Protocol):
    """A connection that sends one request after the other, with no task, future or timer for each: the load shares its
    cores with the server. numbers: of its requests; several may take turns at them.
    """

    def __init__(self, sending: Sending, numbers: Iterator[int]):
        self.sending, self.numbers = sending, numbers
        self.loop = asyncio.get_running_loop()
        self.ended = self.loop.create_future()
        self.number, self.began, self.tries, self.received = -1, 0.0, 0, b""

    def go_on(self) -> None:
        """Send the next one, if one is left."""
        self.number = next(self.numbers, -1)
        if self.number < 0:
            self.ended.set_result(None)
            self.transport.close()
            return
        self.began, self.tries = time.perf_counter(), 0
        self.send()

    def leave(self) -> None:
        """Hang up; nobody waits for what is still to come."""
        if not self.ended.cancel():
            self.ended.exception()
        self.transport.close()

    def send(self) -> None:
        self.received = b""
        self.transport.write(self.sending.requests[self.number])

    # -- what the event loop calls ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(ConnectionResetError("the connection was closed before the answer"))

    def data_received(self, data: bytes) -> None:
        self.received += data
        found = answer_in(self.received)
        if found is None:
            return
        (status, body), sending = found, self.sending
        if status == BUSY and self.tries < TRIES_MOST:
            self.tries, sending.again = self.tries + 1, sending.again + 1
            self.loop.call_later(BUSY_WAIT_S, self.send)
            return
        sending.latencies[self.number] = time.perf_counter() - self.began
        sending.bodies[self.number], sending.answered = body, sending.answered + 1
        if status != 200:
            sending.failed.append(body)
        self.go_on()


async def load(port: int, requests: list[bytes], connections: int = CONNECTIONS) -> Result:
    """Send all requests over so many connections, each waiting for its answer before the next."""
    return await spread_over([port], [(0, request) for request in requests], connections)


async def spread_over(ports: list[int], requests: list[tuple[int, bytes]], connections: int = CONNECTIONS) -> Result:
    """`load` to several servers: each request names its server by its place; the connections are shared out evenly."""
    each, loop = max(1, min(connections, len(requests)) // len(ports)), asyncio.get_running_loop()
    sending, runners = Sending([request for _, request in requests]), []
    for place, port in enumerate(ports):
        numbers = iter([n for n, (at, _) in enumerate(requests) if at == place])
        for _ in range(each):
            _, runner = await loop.create_connection(partial(Runner, sending, numbers), "127.0.0.1", port)
            runners.append(runner)
    began = time.perf_counter()
    with as_load():
        for runner in runners:
            runner.go_on()
        try:
            await all_of(runners, sending)
        finally:
            for runner in runners:
                runner.leave()
    seconds = time.perf_counter() - began
    return Result(sending.bodies, seconds, sending.latencies, sending.failed, sending.again)


async def all_of(runners: list[Runner], sending: Sending) -> None:
    """Until each has ended. Raises what went wrong first, or TimeoutError when no answer comes any more."""
    left, answered = {runner.ended for runner in runners}, -1
    while left:
        done, left = await asyncio.wait(left, timeout=ANSWER_S, return_when=asyncio.FIRST_EXCEPTION)
        for ended in done:
            ended.result()
        if left and sending.answered == answered:
            raise TimeoutError(f"no answer within {ANSWER_S} s")
        answered = sending.answered


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
