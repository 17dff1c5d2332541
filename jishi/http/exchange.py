"""One request to a place: its call, whose body may still be coming, and its reply, written at once."""

import re
from functools import lru_cache

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from jishi.api.wire import Call, Reply
from jishi.http.site import Answers
from jishi.kernel.refused import require

log = structlog.get_logger("jishi.http")
BODILESS = (204, 304)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE, END = b"connection: close\r\n\r\n", b"\r\n"
LENGTH = b"%bcontent-length: %d\r\n%b%b%b"
_UNSOUND = re.compile(r"[\r\n\0]")


@lru_cache(256)
def head_of(status: int, media: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """The status line and the headers of such a reply, without those that the connection adds. ValueError where one
    would end its line.
    """
    lines = [f"{name}: {value}" for name, value in Reply(status, b"", headers, media).told]
    if _UNSOUND.search("".join(lines)):
        raise ValueError("A header cannot hold the end of a line.")
    return STATUS_LINE[status] + "".join([f"{line}\r\n" for line in lines]).encode("latin-1")


class Exchange(RequestResponseCycle):
    """Takes the place of uvicorn's cycle, which does the same by ASGI's messages."""

    call: "HttpCall | None" = None

    async def run_asgi(self, place: Answers) -> None:
        """Ask the place, and write what it replies; whoever has gone misses it. uvicorn calls it by this name."""
        call, self.call = self.call, None  # they would keep each other until the collector comes
        try:
            reply = await place(call)
            head = head_of(reply.status, reply.media, reply.headers)
        except Exception as error:
            log.error("answer_failed", exc_info=error)
            reply = Reply(500)
            head = head_of(reply.status, reply.media, reply.headers)
        if self.waiting_for_100_continue:  # whether the body comes nevertheless is not known
            self.keep_alive = False
        if self.flow.write_paused:
            await self.flow.drain()
        if self.disconnected:
            self.on_response = nothing
            return
        self.transport.write(self.told(head, reply, bodiless=call.method == "HEAD"))
        self.ended()

    def told(self, head: bytes, reply: Reply, bodiless: bool) -> bytes:
        """A reply as it goes over the wire."""
        dates = b"".join([b"%b: %b\r\n" % header for header in self.default_headers])
        end = END if self.keep_alive else CLOSE
        if reply.status in BODILESS:
            return head + dates + end
        return LENGTH % (head, len(reply.body), dates, end, b"" if bodiless else reply.body)

    def ended(self) -> None:
        """The reply is written: let the next request come, or hang up, once what is left of the body has come."""
        self.response_started = self.response_complete = True
        coming = self.more_body and not self.waiting_for_100_continue
        if not self.keep_alive and not coming:
            self.transport.close()
        on_response, self.on_response = self.on_response, nothing
        on_response()

    async def whole(self, most: int) -> bytes:
        """The body once all of it is there. Refuses `body_too_large` as soon as it is, and `body_malformed` when the
        sender has gone.
        """
        if self.waiting_for_100_continue:
            self.waiting_for_100_continue = False
            self.transport.write(CONTINUE)
        while True:
            require(len(self.body) <= most, "body_too_large")
            if not self.more_body:
                return bytes(self.body)
            require(not self.disconnected, "body_malformed")
            self.message_event.clear()
            self.flow.resume_reading()
            await self.message_event.wait()


def nothing() -> None:
    """In the place of what has been called."""


class HttpCall(Call):
    """A call whose body comes by an exchange, which whoever makes both tells it."""

    __slots__ = ("exchange",)

    async def read(self, most: int) -> bytes:
        """Where it says how much it is, too much is not waited for."""
        require(int(self.headers.get("content-length", 0)) <= most, "body_too_large")
        return await self.exchange.whole(most)
