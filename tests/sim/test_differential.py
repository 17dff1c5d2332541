"""The same log of commands on SQLite and on PostgreSQL leaves the same rows in every table, to the last column."""

import asyncio
from hashlib import sha256
from typing import Any, NamedTuple

import pytest

from jishi.engine.engine import Engine, EngineOptions
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.owners import Timer
from jishi.kernel.rows import TABLES
from jishi.sim.databases import choose
from jishi.sim.loop import SimClock, run_virtually
from jishi.sim.run import RULEBOOK, Watched
from jishi.store import Cursor, Database, EngineNumber, Lease, Meta
from jishi.store.local import Waiting
from tests.sim.scenes import Quiet

LOGS, STEPS = 20, 200
OF_THE_PROCESS = {EngineNumber, Lease, Cursor, Waiting, Meta}  # who holds what, and how far who has read


class Sent(NamedTuple):
    """One item of a batch."""

    commands: list[tuple[Command, Principal, str]]
    timer: Timer | None


class Taken(NamedTuple):
    """One batch, at a business and a wall time."""

    now_ms: int
    wall_ms: int
    items: list[Sent]


class Tape(Watched):
    """Keeps every batch as it was sent, refused commands as well."""

    async def run(self, session: Any, items: list, between: Any = None) -> list:
        clock = self.watcher.clock
        sent = [Sent([(r.command, r.by, r.id) for r in item.requests], item.requests[0].timer) for item in items]
        self.watcher.tape.append(Taken(clock.now_ms(), clock.at, sent))
        return await super().run(session, items, between)


class Recorded(Quiet):
    """A run that keeps its tape."""

    async def open(self) -> None:
        self.tape: list[Taken] = []
        await super().open()
        self.engine.lane.batch = Tape(self.engine.lane.batch.batch, self)


async def rows_of(database: Database) -> dict[str, str]:
    """A hash of each table."""
    found = {}
    for row_type, spec in TABLES.items():
        if row_type not in OF_THE_PROCESS:
            keys = ", ".join(f'"{name}"' for name in spec.key)
            rows = await database.read(row_type, f"ORDER BY {keys}")
            found[spec.name] = f"{len(rows)} {sha256(repr(rows).encode()).hexdigest()}"
    return found


async def record(seed: int) -> tuple[list[Taken], dict[str, str]]:
    """Play a seed on SQLite: what was sent, and what it left."""
    async with choose(None).fresh(seed) as database:
        run = Recorded(database, seed)
        await run.whole(STEPS)
        return run.tape, await rows_of(database)


async def replay(tape: list[Taken], seed: int, url: str) -> dict[str, str]:
    """Send the same batches at the same instants."""
    databases, clock = choose(url), SimClock()
    async with databases.fresh(seed) as database:
        session = await database.session()
        await session.begin()
        await session.insert(Meta, [Meta("secret", f"{seed:064x}")])
        await session.commit()
        engine = await Engine.open(database, EngineOptions(clock=clock, rulebook=RULEBOOK, pumps=False))
        engine.lane.monotonic = lambda: 0.0
        for batch in tape:
            clock.at, clock.last_ms = batch.wall_ms, batch.now_ms
            sending = [engine.bundle(sent.commands, background=True, timer=sent.timer) for sent in batch.items]
            await asyncio.gather(*sending, return_exceptions=True)
        await engine.lane.stop()
        rows = await rows_of(database)
    await databases.remove(seed)
    return rows


@pytest.mark.slow
@pytest.mark.postgres
def test_both_databases_end_with_the_same_rows(postgres_url: str) -> None:
    for seed in range(LOGS):
        tape, here = run_virtually(lambda seed=seed: record(seed))
        there = asyncio.run(replay(tape, seed, postgres_url))
        assert here == there, f"seed {seed}"
        assert not here["orders"].startswith("0 ")
