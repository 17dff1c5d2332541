"""`jishi serve` with two addresses more, for benchmarks: one that only echoes, one that moves business time.

    python -m bench.launcher --db URL --port N

With BENCH_METER=FILE the instrument of `meter.py` runs too. Everything else is the product as it is.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bench import meter
from jishi import cli, main
from jishi.api.hooks import read_body


def with_bench(house: main.House, app: main.Asgi) -> main.Asgi:
    """The product's application, and `/bench/…` beside it."""

    async def composed(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/bench/"):
            return await app(scope, receive, send)
        asked = msgspec.json.decode(await read_body(receive) or b"{}")
        if scope["path"] == "/bench/ahead":
            house.engine.world.clock.offset_ms += asked["ms"]
            house.engine.timers.hinted.set()
        body = msgspec.json.encode({"told": asked, "now_ms": house.engine.world.clock.now_ms()})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return composed


def launch(arguments: list[str]) -> int:
    """Serve."""
    compose = main.compose
    main.compose = lambda house: with_bench(house, compose(house))
    if file := os.environ.get("BENCH_METER"):
        meter.wrap(Path(file))
    return cli.main(["serve", *arguments])


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))
