"""`jishi serve` with two addresses more, for benchmarks: one that only echoes, one that moves business time.

    python -m bench.launcher --db URL --port N

With BENCH_METER=FILE the instrument of `meter.py` runs too. Everything else is the product as it is.
"""

import os
import sys
from pathlib import Path

import msgspec

from bench import meter
from jishi import cli, main
from jishi.api.wire import Call, Reply
from jishi.http.site import Site

BODY_BYTES_MOST = 65_536


def with_bench(house: main.House, made: Site) -> Site:
    """The product, and `/bench/…` beside it."""

    async def answer(call: Call) -> Reply:
        asked = msgspec.json.decode(await call.read(BODY_BYTES_MOST) or b"{}")
        if call.path == "/bench/ahead":
            house.engine.world.clock.offset_ms += asked["ms"]
            house.engine.timers.hinted.set()
        return Reply(200, msgspec.json.encode({"told": asked, "now_ms": house.engine.world.clock.now_ms()}))

    return made._replace(places=made.places | {"bench": answer})


def launch(arguments: list[str]) -> int:
    """Serve."""
    compose = main.compose
    main.compose = lambda house: with_bench(house, compose(house))
    if file := os.environ.get("BENCH_METER"):
        meter.wrap(Path(file))
    return cli.main(["serve", *arguments])


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))
