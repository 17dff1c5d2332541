"""A real HTTP receiver of webhooks on the loopback address; keeps what arrives and answers as told."""

import asyncio
import ssl
from typing import NamedTuple

import msgspec


class Heard(NamedTuple):
    path: str
    headers: dict[str, str]
    body: str

    @property
    def told(self) -> dict:
        return msgspec.json.decode(self.body)


class WebhookReceiver:
    """`statuses` are the answers in order, then 200; `silent` swallows requests; `extra` are further header lines."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.context = context
        self.heard: list[Heard] = []
        self.statuses: list[int] = []
        self.status, self.silent, self.extra, self.port = 200, False, "", 0
        self.server: asyncio.Server | None = None
        self.came = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    @property
    def kinds(self) -> list[str]:
        return [heard.told["type"] for heard in self.heard]

    async def __aenter__(self) -> "WebhookReceiver":
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self.server.close()
        await self.server.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
        self.heard.append(Heard(head[0].split()[1], headers, body))
        self.came.set()
        if self.silent:
            await reader.read()  # until the sender gives up
        else:
            status = self.statuses.pop(0) if self.statuses else self.status
            writer.write(f"HTTP/1.1 {status} Answer\r\n{self.extra}content-length: 2\r\n\r\nok".encode())
            await writer.drain()
        writer.close()
