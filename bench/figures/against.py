"""This version and another one by turns on one machine: orders a second, and the processor time of server and database.

BENCH_AGAINST names the other checkout, whose tables must be the same. On a machine that others use too, the rate of
one round says little; the ratio of many pairs, above all of processor time, says what a change is worth.
"""

import os
from pathlib import Path

from bench.frame import Frame
from bench.ordering import Orders, Round

PAIRS = 4  # for each of the usual rounds, and as much shorter


async def run(frame: Frame) -> None:
    """Pairs of rounds, each pair in the other order than the one before; this version ÷ the other."""
    sizes, database = frame.sizes, frame.postgres().process.pid
    async with frame.served("pg") as (here, mine), frame.served("pg", root=other_checkout()) as (there, theirs):
        sides = Orders(here.market, mine, 9, database), Orders(there.market, theirs, 9, database)
        for side in sides:
            await side.round(sizes.round // 4)
        pairs = [await pair(sides, number, sizes.round // PAIRS) for number in range(sizes.rounds * PAIRS)]
    for name in ("per_s", "server_us", "database_us"):
        frame.put(f"against_{name}", [getattr(one, name) / getattr(two, name) for one, two in pairs], 3)


def other_checkout() -> Path:
    """Where it is; KeyError where nobody says."""
    return Path(os.environ["BENCH_AGAINST"]).resolve()


async def pair(sides: tuple[Orders, Orders], number: int, count: int) -> tuple[Round, Round]:
    """A round of each side."""
    first = number % 2
    done = {first: await sides[first].round(count)}
    done[1 - first] = await sides[1 - first].round(count)
    return done[0], done[1]
