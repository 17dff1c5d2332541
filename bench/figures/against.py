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
    """Both databases, one after the other."""
    await against(frame, "pg", "", frame.postgres().process.pid)
    await against(frame, "sqlite", "sqlite_", 0)


async def against(frame: Frame, kind: str, prefix: str, database: int) -> None:
    """Pairs of rounds, each pair in the other order than the one before; this version ÷ the other."""
    count = frame.sizes.round // PAIRS
    async with frame.served(kind) as (here, mine), frame.served(kind, root=other_checkout()) as (there, theirs):
        sides = Orders(here.market, mine, 9, database), Orders(there.market, theirs, 9, database)
        for side in sides:
            await side.round(count)
        pairs = [await pair(sides, number, count) for number in range(frame.sizes.rounds * PAIRS)]
    for name in ("per_s", "server_us", "database_us") if database else ("per_s", "server_us"):
        frame.put(f"{prefix}against_{name}", [getattr(one, name) / getattr(two, name) for one, two in pairs], 3)


def other_checkout() -> Path:
    """Where it is; KeyError where nobody says."""
    return Path(os.environ["BENCH_AGAINST"]).resolve()


async def pair(sides: tuple[Orders, Orders], number: int, count: int) -> tuple[Round, Round]:
    """A round of each side."""
    first = number % 2
    done = {first: await sides[first].round(count)}
    done[1 - first] = await sides[1 - first].round(count)
    return done[0], done[1]
