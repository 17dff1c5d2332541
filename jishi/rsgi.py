"""An ASGI application behind granian's own interface, RSGI: the same request costs half of the server's time that way.

What is asked and answered is ASGI's; here it only changes its clothes. Bodies that say how small they are come whole.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope

Asgi = Callable[[dict, Callable, Callable], Awaitable[None]]
VERSIONS = {"version": "3.0", "spec_version": "2.3"}
WHOLE_BYTES_MAX = 65_536  # a body that does not say it is so small comes in pieces, so that the application can stop it
GONE = {"type": "http.disconnect"}
NOT_ASCII = b"\xff"  # instead of a header's value that granian does not hand over; nothing takes it for a sound one


class Rsgi:
    """What granian calls."""

    def __init__(self, app: Asgi):
        self.app = app

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        exchange = Exchange(protocol, scope.headers.get("content-length") or "")
        await self.app(asgi_scope(scope), exchange.receive, exchange.send)


def asgi_scope(scope: Scope) -> dict[str, Any]:
    """A request as ASGI tells it."""
    given, names = scope.headers.items(), scope.headers.keys()
    headers = [(name.encode(), value.encode()) for name, value in given]
    if len(names) != len({name for name, _ in given}):
        headers += [(name.encode(), NOT_ASCII) for name in names if scope.headers.get(name) is None]
    return {
        "type": "http",
        "asgi": VERSIONS,
        "http_version": scope.http_version,
        "method": scope.method,
        "scheme": scope.scheme,
        "path": scope.path,
        "root_path": "",
        "query_string": scope.query_string.encode(),
        "headers": headers,
        "client": address(scope.client),
        "server": address(scope.server),
    }


def address(text: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class Exchange:
    """One request's body and its answer, by ASGI's messages."""

    __slots__ = ("headers", "pieces", "protocol", "read", "status", "stream", "whole")

    def __init__(self, protocol: HTTPProtocol, length: str):
        self.protocol, self.read = protocol, False
        self.whole = length.isdigit() and int(length[:15]) <= WHOLE_BYTES_MAX
        self.pieces: AsyncIterator[bytes] | None = None
        self.stream: Any = None
        self.status, self.headers = 500, []

    async def receive(self) -> dict[str, Any]:
        """The body, in one message or more; then, that the client has gone."""
        if self.read:
            await self.protocol.client_disconnect()
            return GONE
        try:
            if self.whole:
                body = await self.protocol()
                self.read = True
            else:
                self.pieces = self.pieces or aiter(self.protocol)
                body = await anext(self.pieces, b"")
                self.read = not body
        except (ProtocolClosed, ProtocolError):
            self.read = True
            return GONE
        return {"type": "http.request", "body": body, "more_body": not self.read}

    async def send(self, message: dict[str, Any]) -> None:
        """The answer: its beginning, then its body; whoever has gone misses it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self.stream is None and not more:
            self.protocol.response_bytes(self.status, self.headers, body)
            return
        try:
            self.stream = self.stream or self.protocol.response_stream(self.status, self.headers)
            if body:
                await self.stream.send_bytes(body)
        except (ProtocolClosed, ProtocolError):
            self.read = True
