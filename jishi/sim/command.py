"""`jishi simulate`: many seeds, on both cores; the last line tells what was run and what was found."""

import asyncio
import json
import logging
import multiprocessing
import os
import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import structlog

from jishi.sim.databases import Databases, choose
from jishi.sim.loop import run_virtually
from jishi.sim.run import Run

PROCESSES_MOST = 2  # the engine under test is one process; more seeds at once only help where there are cores
CHUNK = 5


@dataclass
class Told:
    """What a seed, or many, came to. violations: (seed, step, what)."""

    commands: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    violations: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, other: "Told") -> None:
        self.commands.update(other.commands)
        self.faults.update(other.faults)
        self.violations += other.violations

    @property
    def sent(self) -> int:
        """Commands that were taken, by whoever sent them."""
        return sum(n for (_, outcome), n in self.commands.items() if outcome == "logged")


async def play(databases: Databases, seed: int, steps: int) -> Told:
    """One seed on a database of its own."""
    told = Told()
    async with databases.fresh(seed) as database:
        run = Run(database, seed)
        try:
            await run.whole(steps)
            await run.engine.lane.stop()
        except Exception as error:  # noqa: BLE001  whatever stops a run is what it found
            told.violations.append((seed, run.step, what(error)))
    if not told.violations:
        told.violations += [(seed, run.step, found) for found in await databases.audit(seed)]
    await databases.remove(seed)
    told.commands, told.faults = run.commands, run.faults
    return told


def what(error: Exception) -> str:
    """A violation in one line, with where it was noticed."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    cause = f" <- {what(error.__cause__)}" if isinstance(error.__cause__, Exception) else ""
    return f"{type(error).__name__}: {error} ({where}){cause}"


def quiet() -> None:
    """Faults that are made on purpose need no log lines."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def seed_told(seed: int, steps: int, url: str | None = None) -> Told:
    """One seed, in whatever process: on virtual time, unless a database outside has to be waited for."""
    databases = choose(url)
    run = asyncio.run if databases.waits else _virtually
    return run(play(databases, seed, steps))


def _virtually(coroutine) -> Told:
    return run_virtually(lambda: coroutine)


def simulate(seeds: range, steps: int, url: str | None = None) -> Told:
    """Run seeds, on two processes where they keep their databases to themselves."""
    one, whole = partial(seed_told, steps=steps, url=url), Told()
    processes = min(PROCESSES_MOST, os.cpu_count() or 1, len(seeds))
    if processes < 2 or url:
        for seed in seeds:
            whole.add(one(seed))
        return whole
    with multiprocessing.get_context("spawn").Pool(processes, quiet) as pool:
        for told in pool.imap_unordered(one, seeds, CHUNK):
            whole.add(told)
    whole.violations.sort()
    return whole


def main(seeds: int, steps: int, url: str | None = None, as_json: bool = False, first_seed: int = 0) -> int:
    """Run the command; returns its exit code."""
    quiet()
    told = simulate(range(first_seed, first_seed + seeds), steps, url)
    for seed, step, found in told.violations:
        print(f"seed {seed}, step {step}: {found}", file=sys.stderr)
        database = f" --db {url.partition('@')[0].partition('//')[0]}//…" if url else ""
        print(f"  replay: jishi simulate --seeds 1 --first-seed {seed} --steps {steps}{database}", file=sys.stderr)
    figures = {
        "seeds": seeds,
        "steps": steps,
        "commands": told.sent,
        "faults": sum(told.faults.values()),
        "violations": len(told.violations),
    }
    if as_json:
        print(json.dumps(figures))
    else:
        print(", ".join(f"{number} {name}" for name, number in figures.items()))
    return 1 if told.violations else 0
