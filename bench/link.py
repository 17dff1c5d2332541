"""One keep-alive connection of a load: a request goes out, its answer comes back, and nothing is parsed but the length.

Streams would cost the load more processor time than the server needs for an answer; the two share the same cores.
"""

import asyncio

ANSWER_S = 30  # no answer is waited for longer


class Link(asyncio.Protocol):
    """Made by `connect`. One request at a time."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.waiting: asyncio.Future | None = None
        self.received = b""

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises ConnectionError when the other side hangs up, TimeoutError."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self.waiting, self.received = self.loop.create_future(), b""
        late = self.loop.call_later(ANSWER_S, self.fail, TimeoutError(f"no answer within {ANSWER_S} s"))
        self.transport.write(request)
        try:
            return await self.waiting
        finally:
            late.cancel()
            self.waiting = None

    def close(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.close()

    def fail(self, error: Exception) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(error)

    # -- what the event loop calls ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(ConnectionResetError("the connection was closed before the answer"))

    def data_received(self, data: bytes) -> None:
        self.received += data
        found = answer_in(self.received)
        if found is not None and self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(found)


def answer_in(received: bytes) -> tuple[int, bytes] | None:
    """Status and body, by content-length or chunks; None while some of it is still to come."""
    end = received.find(b"\r\n\r\n") + 4
    if end < 4:
        return None
    head = received[:end].lower()
    status, place = int(head[9:12]), head.find(b"content-length:")
    if place < 0:
        body = unchunked(received, end)
        return None if body is None else (status, body)
    last = end + int(head[place + 15 : head.index(b"\r\n", place)])
    return (status, received[end:last]) if len(received) >= last else None


def unchunked(received: bytes, place: int) -> bytes | None:
    """The body whose chunks begin there; None while the last one is still to come."""
    body = b""
    while (line := received.find(b"\r\n", place)) >= 0:
        size = int(received[place:line], 16)
        first, last = line + 2, line + 2 + size
        if len(received) < last + 2:
            return None
        if not size:
            return body
        body, place = body + received[first:last], last + 2
    return None


async def connect(port: int) -> Link:
    """A connection to a server of this machine."""
    _, link = await asyncio.get_running_loop().create_connection(Link, "127.0.0.1", port)
    return link
