"""The instrument: where a batch's time goes, and how much processor time the server spends inside batch code.

`wrap(file)` in the server's process puts clocks around the engine's methods; `read(file)` in the benchmark's process
reads them at any time, through a small mapped file. Without it the engine runs as it is.
"""

import mmap
import os
import struct
import time
import types
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from pathlib import Path
from typing import Any

PHASES = ("lock", "load", "decide", "evolve", "write", "commit", "rest")
NAMES = (*PHASES, "batches", "items", "lane_cpu")
SIZE = 8 * len(NAMES)
PROCESSES = 4  # a server has three writers at most


class Meter:
    """Seconds per phase, summed over all batches of this process; each one that is forked has its place in the file."""

    def __init__(self, file: Path):
        file.write_bytes(bytes(SIZE * PROCESSES))
        with file.open("r+b") as opened:
            self.kept = mmap.mmap(opened.fileno(), SIZE * PROCESSES)
        self.told, self.place = dict.fromkeys(NAMES, 0.0), 0
        os.register_at_fork(after_in_parent=self.move)

    def move(self) -> None:
        """The place so far is that of the process just forked."""
        self.place += 1

    def keep(self) -> None:
        """Show the sums to whoever reads the file."""
        struct.pack_into(f"{len(NAMES)}d", self.kept, self.place * SIZE, *self.told.values())


class Phases:
    """The phases that one batch is in, each without what runs inside it."""

    def __init__(self, meter: Meter):
        self.meter, self.stack, self.mark = meter, [], 0.0

    def enter(self, phase: str) -> None:
        """From here on time counts for this phase."""
        self.charge()
        self.stack.append(phase)

    def leave(self) -> None:
        """Time counts for the phase around it again."""
        self.charge()
        self.stack.pop()

    def charge(self) -> None:
        now = time.perf_counter()
        if self.stack:
            self.meter.told[self.stack[-1]] += now - self.mark
        self.mark = now


# The batch that the running task is in; the writer has several under way.
RUNNING: ContextVar[Phases | None] = ContextVar("running", default=None)


def read(file: Path) -> dict[str, float]:
    """The sums of all processes so far, in seconds and counts."""
    rows = struct.iter_unpack(f"{len(NAMES)}d", file.read_bytes())
    return dict(zip(NAMES, map(sum, zip(*rows, strict=True)), strict=True))


def phase(name: str, method: Callable) -> Callable:
    """A method whose time counts for a phase, when it runs inside a batch."""

    async def timed(*args: Any, **options: Any) -> Any:
        phases = RUNNING.get()
        if phases is None:
            return await method(*args, **options)
        phases.enter(name)
        try:
            return await method(*args, **options)
        finally:
            phases.leave()

    return timed


@types.coroutine
def stepped(meter: Meter, work: Coroutine):
    """Run a coroutine and count the processor time of its own steps; what others do while it waits is not its own."""
    told, error = None, None
    while True:
        began = time.thread_time()
        try:
            wanted = work.throw(error) if error else work.send(told)
        except StopIteration as stop:
            return stop.value
        finally:
            meter.told["lane_cpu"] += time.thread_time() - began
        told, error = None, None
        try:
            told = yield wanted
        except BaseException as thrown:  # noqa: BLE001  whatever is thrown in belongs to the coroutine
            error = thrown


def wrap(file: Path) -> Meter:
    """Put the clocks around the batch, its workspace and the sessions of both databases."""
    from jishi.engine import decide as deciding
    from jishi.engine.batch import Batch
    from jishi.engine.lane import Lane
    from jishi.engine.workspace import Workspace
    from jishi.store.postgres_session import PostgresSession
    from jishi.store.sqlite_session import SqliteSession

    meter = Meter(file)
    places = [(Batch, "open", "lock"), (Batch, "prefetch", "load"), (Batch, "take", "decide"),
              (Workspace, "load", "load"), (Workspace, "flush", "write")]  # fmt: skip
    for session in (PostgresSession, SqliteSession):
        places += [(session, "begin", "lock"), (session, "commit", "commit")]
    for owner, name, told in places:
        setattr(owner, name, phase(told, getattr(owner, name)))
    deciding.apply = evolving(deciding.apply)
    Batch.run = whole(meter, Batch.run)
    batch = Lane.do_batch

    async def do_batch(self: Lane, items: list) -> None:
        await stepped(meter, batch(self, items))
        meter.told["batches"] += 1
        meter.told["items"] += len(items)
        meter.keep()

    Lane.do_batch = do_batch
    return meter


def evolving(apply: Callable) -> Callable:
    """Rows evolve, entries are booked and timers set in one plain function."""

    def timed(*args: Any) -> Any:
        phases = RUNNING.get()
        phases.enter("evolve")
        try:
            return apply(*args)
        finally:
            phases.leave()

    return timed


def whole(meter: Meter, run: Callable) -> Callable:
    """A batch as a whole; what no phase counts is the rest."""

    async def timed(*args: Any) -> Any:
        phases = Phases(meter)
        before = RUNNING.set(phases)
        phases.enter("rest")
        try:
            return await run(*args)
        finally:
            phases.leave()
            RUNNING.reset(before)

    return timed
