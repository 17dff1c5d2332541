"""Serves the provider in this process with uvicorn, until SIGTERM or SIGINT."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from jishi.provider.app import make_app
from jishi.provider.office import open_office
from jishi.provider.settings import RETRY_DELAYS_MS, Settings, read_secret

GRACE_S = 10  # for what is under way when it is told to stop


class Server(uvicorn.Server):
    """Serves until `stop`; signals are heard by the loop."""

    def stop(self) -> None:
        """Take no more."""
        self.should_exit = True

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:
        """None are: after them uvicorn would end the process before the database is closed."""
        return contextlib.nullcontext()


async def serve(settings: Settings) -> None:
    office = open_office(settings)
    server = Server(uvicorn.Config(
        make_app(office), host=settings.host, port=settings.port, http="httptools", loop="none", ws="none",
        lifespan="on", timeout_graceful_shutdown=GRACE_S, proxy_headers=False, access_log=False, log_config=None,
        log_level="error",
    ))  # fmt: skip
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    if settings.stop_with_stdin:
        await watch_stdin(server.stop)
    try:
        await server.serve()
    finally:
        office.database.close()


async def watch_stdin(stop: Callable[[], None]) -> None:
    """Call `stop` when standard input ends."""

    class Ending(asyncio.Protocol):
        def connection_lost(self, error: Exception | None) -> None:
            stop()

    await asyncio.get_running_loop().connect_read_pipe(Ending, sys.stdin)


def run(settings: Settings) -> None:
    """Blocks until stopped; makes the database and the key on first start."""
    asyncio.run(serve(settings))


def parse(arguments: Sequence[str] | None = None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m jishi.provider", description="The local payment provider.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--file", type=Path, required=True, help="its SQLite file; the key is kept beside it")
    parser.add_argument("--secret-file", type=Path, required=True, help="the secret shared with the merchant")
    parser.add_argument("--merchant", default="jishi", help="the merchant's name at the provider")
    parser.add_argument("--notify-url", help="where payouts are told if they name no address of their own")
    parser.add_argument("--allow-double", action="store_true", help="one trade can be paid twice, as real channels can")
    parser.add_argument("--retry-ms", default=",".join(map(str, RETRY_DELAYS_MS)), help="waits between deliveries")
    parser.add_argument("--notice-timeout-ms", type=int, default=5_000)
    parser.add_argument("--hold-ms", type=int, default=2_000, help="how long out_of_order holds a notice at most")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    given = parser.parse_args(arguments)
    try:
        return Settings(
            port=given.port, host=given.host, file=given.file, secret=read_secret(given.secret_file),
            merchant=given.merchant, notify_url=given.notify_url, allow_double=given.allow_double,
            retry_delays_ms=tuple(int(delay) for delay in given.retry_ms.split(",") if delay),
            notice_timeout_ms=given.notice_timeout_ms, hold_ms=given.hold_ms,
            stop_with_stdin=given.stop_with_stdin,
        )  # fmt: skip
    except ValueError as error:
        parser.error(str(error))


def main(arguments: Sequence[str] | None = None) -> int:
    settings = parse(arguments)
    try:
        run(settings)
    except ValueError as error:
        print(error)
        return 1
    return 0
