"""A tiny real receiver of notices: keeps what arrives, answers as told."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import msgspec

WAIT_S = 10.0


class Received(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, object]:
        return msgspec.json.decode(self.body)


class Receiver:
    """`statuses` are the answers in order; when they are used up, 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.changed = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/notices"

    def take(self, notice: Received) -> int:
        with self.changed:
            self.received.append(notice)
            self.changed.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def wait_for(self, count: int, kind: Callable[[Received], bool] = lambda notice: True) -> list[Received]:
        """The first `count` notices of that sort; fails when they do not come in time."""
        with self.changed:
            came = self.changed.wait_for(lambda: sum(map(kind, self.received)) >= count, WAIT_S)
            kinds = [notice.fields["kind"] for notice in self.received]
            assert came, f"waited for {count}, got {kinds}"
            return [notice for notice in self.received if kind(notice)][:count]

    def kinds(self, count: int) -> list[object]:
        return [notice.fields["kind"] for notice in self.wait_for(count)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(WAIT_S)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.take(Received(headers, body)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the tests look at `received`."""

        return Handler
