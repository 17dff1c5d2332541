"""A proxy between us and the provider, in which the network can be cut in every way it is cut in life."""

import asyncio
from contextlib import suppress

FAULTS = ("refuse", "hang", "reset", "answer_lost", "error", "garbage")
ERROR = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\nconnection: close\r\n\r\nno."
GARBAGE = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n<html>\xff\xfe\x00"


class FaultyNetwork:
    """Forwards one request per connection. `fault` holds for requests that begin with `where`: `POST /v1/refunds`.

    answer_lost: the provider acts, and half of its answer arrives. met: how many requests a fault has met.
    """

    def __init__(self, target_port: int):
        self.target_port = target_port
        self.fault, self.where, self.met, self.port = "", "", 0, 0
        self.server: asyncio.Server | None = None
        self.waiting: set[asyncio.Task] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> "FaultyNetwork":
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def cut(self, fault: str, where: str = "") -> None:
        """From now on."""
        self.fault, self.where, self.met = fault, where, 0
        if fault == "refuse":
            await self.close()

    async def heal(self) -> None:
        """All is well again."""
        self.fault = ""
        for task in self.waiting:
            task.cancel()
        if self.server is None:
            await self.open()

    async def close(self) -> None:
        server, self.server = self.server, None
        if server:
            server.close()
            await server.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self.waiting.add(task)
        try:
            await self.handle(reader, writer)
        except (asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self.waiting.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        fault = self.fault if request.startswith(self.where.encode()) else ""
        self.met += bool(fault)
        if fault == "hang":
            await asyncio.Event().wait()
        elif fault == "reset":
            writer.transport.abort()
        elif fault in ("error", "garbage"):
            writer.write(ERROR if fault == "error" else GARBAGE)
            await writer.drain()
        else:
            answer = await self.forward(request)
            writer.write(answer[: len(answer) - 20] if fault else answer)
            await writer.drain()

    async def forward(self, request: bytes) -> bytes:
        """Ask the provider; the whole answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        writer.write(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        await writer.drain()
        answer = await reader.read()
        writer.close()
        return answer


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Head and body, with whatever it says of the connection taken out."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    return b"\r\n".join(lines) + await reader.readexactly(length)
