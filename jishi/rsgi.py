"""The server's side of granian's own interface, RSGI: who speaks in calls and replies is asked directly, an ASGI
application in ASGI's words. The same request costs half of the server's time that way.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope

from jishi.api.wire import Call, Reply
from jishi.kernel.refused import Refused, require

Asgi = Callable[[dict, Callable, Callable], Awaitable[None]]
Answers = Callable[[Call], Awaitable[Reply]]
VERSIONS = {"version": "3.0", "spec_version": "2.3"}
WHOLE_BYTES_MAX = 65_536  # a body that does not say it is so small comes in pieces, so that the application can stop it
GONE = {"type": "http.disconnect"}
NOT_ASCII = "\xff"  # instead of a header's value that granian does not hand over; nothing takes it for a sound one


class Rsgi:
    """What granian calls. places: who answers by the first part of a path; faces: the application for all else."""

    def __init__(self, places: dict[str, Answers], faces: Asgi):
        self.places, self.faces = places, faces

    def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> Awaitable[None]:
        place = self.places.get(scope.path.removeprefix("/").partition("/")[0])
        if place is not None:
            return answer(place, scope, protocol)
        exchange = Exchange(protocol, scope.headers.get("content-length") or "")
        return self.faces(asgi_scope(scope), exchange.receive, exchange.send)


def headers_of(scope: Scope) -> list[tuple[str, str]]:
    """All headers; those whose value granian does not hand over are there, too."""
    given, names = scope.headers.items(), scope.headers.keys()
    sound = dict(given)
    return given if len(sound) == len(names) else given + [(name, NOT_ASCII) for name in names if name not in sound]


def address(text: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


# -- calls and replies ------------------------------------------------------------------------------


async def answer(place: Answers, scope: Scope, protocol: HTTPProtocol) -> None:
    """Make a call of a request, and an answer of its reply."""
    reply = await place(RsgiCall(scope, protocol))
    protocol.response_bytes(reply.status, reply.told, reply.body)


class RsgiCall(Call):
    """A call whose body granian has."""

    __slots__ = ("protocol",)

    def __init__(self, scope: Scope, protocol: HTTPProtocol):
        ip, _ = address(scope.client)
        super().__init__(scope.method, scope.path, scope.query_string, dict(headers_of(scope)), ip)
        self.protocol = protocol

    async def read(self, most: int) -> bytes:
        """At once, where it says how much it is; else until it is too much."""
        declared = self.headers.get("content-length", "")
        try:
            if declared.isdigit():
                require(int(declared[:15]) <= most, "body_too_large")
                return await self.protocol()
            pieces, size = [], 0
            async for piece in self.protocol:
                size += len(piece)
                require(size <= most, "body_too_large")
                pieces.append(piece)
            return b"".join(pieces)
        except (ProtocolClosed, ProtocolError):
            raise Refused("body_malformed") from None


# -- ASGI -------------------------------------------------------------------------------------------


def asgi_scope(scope: Scope) -> dict[str, Any]:
    """A request as ASGI tells it."""
    return {
        "type": "http",
        "asgi": VERSIONS,
        "http_version": scope.http_version,
        "method": scope.method,
        "scheme": scope.scheme,
        "path": scope.path,
        "root_path": "",
        "query_string": scope.query_string.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers_of(scope)],
        "client": address(scope.client),
        "server": address(scope.server),
    }


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
