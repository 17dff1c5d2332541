"""What is said on one connection: requests to places become calls, all others go uvicorn's way as ASGI.

It follows uvicorn's own protocol from inside, and is tested over real connections.
"""

import asyncio
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from jishi.http.exchange import Exchange, HttpCall
from jishi.http.site import Answers

CONNECTIONS_MOST = 4096
HEAD_S, HEAD_BYTES_MOST = 30, 65_536  # a head is waited for no longer, and read no further
UNREAD_S = 30  # so long what is left of a body may come that nobody wants: who still sends would not read the answer
BUSY = STATUS_LINE[503] + b"retry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def parts_of(url: bytes) -> tuple[str, str]:
    """Path and query of a request's target, a path or a whole address. ValueError where it is neither."""
    if url.startswith(b"/"):
        path, _, query = url.decode("ascii").partition("?")
    else:
        parsed = httptools.parse_url(url)
        path, query = (parsed.path or b"/").decode("ascii"), (parsed.query or b"").decode("ascii")
    return unquote(path) if "%" in path else path, query


class Protocol(HttpToolsProtocol):
    """One connection. Its `app` is a `Site`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.in_head = False
        self.head_bytes, self.head_until = 0, 0.0
        self.unread: asyncio.TimerHandle | None = None

    # -- what asyncio calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:
        """One too many is told so; who says nothing is not waited for long."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MOST:
            transport.write(BUSY)
            transport.close()
        else:
            self.hang_up_at(self.loop.time() + HEAD_S)

    def data_received(self, data: bytes) -> None:
        """Nearly every head comes in one piece; one that does not has to end soon."""
        begun = self.in_head
        super().data_received(data)
        if not self.in_head:
            return
        if not begun:
            self.head_bytes, self.head_until = 0, self.loop.time() + HEAD_S
        else:
            self.head_bytes += len(data)
        if self.head_bytes > HEAD_BYTES_MOST:
            self.transport.close()
        else:
            self.hang_up_at(self.head_until)

    def hang_up_at(self, moment: float) -> None:
        """Hang up then, by the loop's clock, unless a word comes before."""
        self.timeout_keep_alive_task = self.loop.call_at(moment, self.timeout_keep_alive_handler)

    # -- what the parser calls --------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self.url, self.headers, self.in_head = b"", [], True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.in_head:  # what stands behind a body is nobody's
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Whoever the path belongs to is asked, also before the body is there."""
        self.in_head = False
        path, query = parts_of(self.url)
        place = self.app.places.get(path[1:].partition("/")[0])
        if place is None:
            self.tell_asgi()
        else:
            self.begin(self.exchange(path, query), place)

    def on_message_complete(self) -> None:
        """All of the body is here, wanted or not."""
        exchange = self.cycle
        exchange.more_body = False
        exchange.message_event.set()
        if self.unread:
            self.unread.cancel()
            self.unread = None
            if not exchange.keep_alive:
                self.transport.close()

    # -- requests ---------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        """What was asked is answered; the body may not be here yet."""
        super().on_response_complete()
        exchange = self.cycle  # or already the next one, which waited behind it
        if exchange.response_complete and exchange.more_body and not self.transport.is_closing():
            self.unread = self.loop.call_later(UNREAD_S, self.transport.close)

    def tell_asgi(self) -> None:
        """All that was heard so far, once more as uvicorn wants it."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.on_url(url)
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def exchange(self, path: str, query: str) -> Exchange:
        """An exchange with its call."""
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in self.headers}
        parser = self.parser
        made = Exchange(
            {}, self.transport, self.flow, self.logger, self.access_logger, False,
            self.server_state.default_headers, asyncio.Event(), headers.get("expect", "").lower() == "100-continue",
            parser.get_http_version() != "1.0" and parser.should_keep_alive(), self.on_response_complete,
        )  # fmt: skip
        made.call = HttpCall(parser.get_method().decode("ascii"), path, query, headers, self.client[0])
        made.call.exchange = made
        return made

    def begin(self, exchange: Exchange, place: Answers) -> None:
        """Begin with it, or once what was asked before it is answered."""
        before, self.cycle = self.cycle, exchange
        if before is None or before.response_complete:
            self._start_asgi_task(exchange, place)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((exchange, place))
