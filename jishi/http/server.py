"""A server of a site, in our own event loop."""

import contextlib
import socket

import uvicorn

from jishi.http.protocol import CONNECTIONS_MOST, Protocol
from jishi.http.site import Site

KEEP_ALIVE_S = 75  # an idle connection; longer than what stands before a server usually keeps its own
GRACE_S = 10  # for what is under way when it is told to stop


def listen(host: str, port: int) -> socket.socket:
    """A socket at this address, which is ours from now on: who comes waits until it is served. OSError where it cannot
    be had.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(CONNECTIONS_MOST)
    except OSError:
        made.close()
        raise
    return made


class Server(uvicorn.Server):
    """Serves until `stop`. Signals are for whoever runs it."""

    def __init__(self, site: Site, at: socket.socket):
        """at: where, as `listen` gives it; closed in the end."""
        self.at = at
        super().__init__(uvicorn.Config(
            site, interface="asgi3", http=Protocol, loop="none", ws="none", lifespan="off", backlog=CONNECTIONS_MOST,
            timeout_keep_alive=KEEP_ALIVE_S, timeout_graceful_shutdown=GRACE_S, proxy_headers=False,
            server_header=False, access_log=False, log_config=None, log_level="error",
        ))  # fmt: skip

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Take requests; when told to stop, end what is under way, then return."""
        await super().serve(sockets or [self.at])

    def stop(self) -> None:
        """Take no more."""
        self.should_exit = True

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:
        """None are: uvicorn would take them from the loop's own handlers."""
        return contextlib.nullcontext()
