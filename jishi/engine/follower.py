"""Followers: consumers that read each owner's log in order by a cursor of their own, woken by hints and by a poll."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import structlog

from jishi.engine.metrics import METRICS
from jishi.engine.pump import Pump
from jishi.engine.request import Answer, Busy
from jishi.kernel.events import decode_events
from jishi.kernel.grammar import Event, Stamp
from jishi.kernel.owners import MARK_MS
from jishi.store import Cursor
from jishi.store.errors import Transient

log = structlog.get_logger("jishi.follower")
ROWS_AT_ONCE = 200
OWNERS_AT_ONCE = 200
OWNERS_BESIDE = 32  # so many are followed side by side
WAIT_S = 0.1  # for those being followed; who takes longer holds up nobody else
# A commit may become visible five seconds after its mark, or be marked by a slower clock; marks are whole seconds.
OVERLAP_MS = 5_000 + MARK_MS
FOREVER_MS = 2**62
# Looks further back: how often, and how far. They take some owners a turn, since each has its cursor looked up and
# SQLite answers nobody meanwhile, and seldom go far, since in a busy market many owners have changed within minutes.
LOOKS_MS = ((15_000, 30_000), (60_000, 300_000), (3_600_000, FOREVER_MS))
LOOKED_AT_ONCE = 5_000
KINDS_KEPT = 1_000  # sets of events of which it is known whether they matter

# Each head looks its cursor up by key: as a join, a plan made on young tables read all cursors for every head.
DONE = "COALESCE((SELECT c.seq FROM cursors c WHERE c.consumer = :consumer AND c.owner = h.owner), 0)"
BEHIND = f"""
SELECT h.owner AS owner, h.seq AS seq, {DONE} AS done, h.touched_ms AS touched_ms
FROM heads h WHERE h.touched_ms >= :since AND h.touched_ms < :until AND h.seq > {DONE}
ORDER BY h.touched_ms LIMIT :most
"""
_NEXT = "SELECT touched_ms FROM heads WHERE touched_ms >= :since ORDER BY touched_ms LIMIT 1 OFFSET :looked"
ROWS = (
    "SELECT seq, at, command, principal, events FROM log WHERE owner = :owner AND seq > :seq ORDER BY seq LIMIT :most"
)


class Told(NamedTuple):
    """One log row as followers see it."""

    stamp: Stamp
    command: str
    principal: str
    events: list[Event]


class Every:
    """Done at intervals by two clocks: one may be set back, the other stands still while the machine sleeps."""

    def __init__(self, every_ms: int):
        self.every_ms, self.ticks_ms, self.wall_ms = every_ms, 0, 0

    def due(self, ticks_ms: int, wall_ms: int) -> bool:
        """Whether it is time, by either clock; it is then done."""
        if ticks_ms < self.ticks_ms and wall_ms < self.wall_ms:
            return False
        self.ticks_ms, self.wall_ms = ticks_ms + self.every_ms, wall_ms + self.every_ms
        return True


class Follower(Pump):
    """Base of reactions, outbox and webhooks. `follow` must be safe to run twice."""

    behind_sql = BEHIND
    # Rows of this engine that matter are hinted; those of others, and cursors that pass rows over, can wait so long.
    poll_s = 1.0

    def __init__(self, engine):
        super().__init__(engine)
        self.since_ms = self.wall_ms = 0
        self.back_ms = FOREVER_MS  # what a look further back has come to; FOREVER_MS when none is under way
        self.looks = [(Every(every_ms), far_ms) for every_ms, far_ms in LOOKS_MS]
        self.reading: dict[int, asyncio.Task] = {}
        self.stuck: set[int] = set()
        self.passed: dict[int, tuple[int, int]] = {}
        self.beside = asyncio.Semaphore(OWNERS_BESIDE)
        self.wants_any = lru_cache(KINDS_KEPT)(lambda kinds: any(map(self.wants, kinds)))

    def wants(self, event_type: type) -> bool:
        """Whether rows with this event matter; others are passed over."""
        raise NotImplementedError

    async def follow(self, told: Told) -> bool:
        """Do what a row asks for. False: it cannot be done now; read it again later, and go on with other owners."""
        raise NotImplementedError

    def hint(self, answers: Sequence[Answer]) -> None:
        """A batch was committed in this process. Rows that do not matter are remembered, so that nobody reads them."""
        for answer in answers:
            if self.wants_any(answer.news):
                self.passed.pop(answer.owner, None)
                self.hinted.set()
                continue
            first, last = self.passed.get(answer.owner, (answer.seq, answer.seq))
            self.passed[answer.owner] = (first if answer.seq <= last + 1 else answer.seq, answer.seq)

    async def turn(self) -> int:
        """Read on for owners that have more than the cursor says; returns how much was finished or is under way."""
        await self.start_behind()
        return await self.land()

    async def start_behind(self) -> None:
        """Begin with owners that nobody reads yet; those that did not get on last time come after the others."""
        behind = await self.behind()
        METRICS.lag.labels(self.name).set(sum(row.seq - row.done for row in behind))
        behind = await self.pass_over(behind)
        free = sorted((row for row in behind if row.owner not in self.reading), key=lambda row: row.owner in self.stuck)
        loop = asyncio.get_running_loop()
        for row in free[: max(0, OWNERS_AT_ONCE - len(self.reading))]:
            self.reading[row.owner] = loop.create_task(self.one(row.owner, row.done), name=self.name)

    async def pass_over(self, behind: list) -> list:
        """Write the cursors of owners of whom this process knows that nothing new matters; returns the others.

        Only a row seen to follow directly on the cursor counts: what another engine has written is read.
        """
        passed, self.passed = self.passed, {}
        over = {}
        for row in behind:
            first, last = passed.get(row.owner, (0, 0))
            if row.owner not in self.reading and first <= row.done + 1 and last >= row.seq:
                over[row.owner] = last
        if over:
            await self.keep(over)
        return [row for row in behind if row.owner not in over]

    async def one(self, owner: int, done: int) -> tuple[int, int]:
        """Follow one owner; returns where it was and where it is now."""
        async with self.beside:
            return done, await self.try_on(owner, done)

    async def land(self) -> int:
        """Wait a moment for those being read, and write the cursors of those who got on."""
        if not self.reading:
            return 0
        await asyncio.wait(self.reading.values(), timeout=WAIT_S)
        landed = {owner: task for owner, task in self.reading.items() if task.done()}
        for owner in landed:
            del self.reading[owner]
        results = {owner: task.result() for owner, task in landed.items() if not task.exception()}
        self.stuck = self.stuck - set(landed) | {owner for owner, (done, last) in results.items() if last == done}
        finished = {owner: last for owner, (done, last) in results.items() if last > done}
        if finished:
            await self.keep(finished)
        for task in landed.values():
            task.result()  # raises what is transient, for the pump to wait
        return sum(last - done for done, last in results.values()) + len(self.reading)

    async def close(self) -> None:
        """What is being read is cut, and read again after the next start."""
        for task in self.reading.values():
            task.cancel()
        await asyncio.gather(*self.reading.values(), return_exceptions=True)

    async def behind(self) -> list:
        """Owners whose log is longer than what this consumer has read, of those changed lately and of some others."""
        wall = self.engine.world.clock.wall()
        since = self.since_ms = self.since(wall)  # kept first: what fails here is looked at by the next turn
        rows = await self.look(since, FOREVER_MS) + await self.look_back(since)
        self.since_ms = min([wall - OVERLAP_MS, *[row.touched_ms for row in rows]])  # nothing earlier is behind
        return rows

    async def look(self, since: int, until: int) -> list:
        """Owners that are behind, of those changed between these marks."""
        most = OWNERS_AT_ONCE + len(self.reading) + len(self.stuck)
        return await self.engine.database.fetch(
            self.behind_sql, consumer=self.name, since=since, until=until, most=most
        )

    async def look_back(self, since: int) -> list:
        """The next part of a look further back, if one is under way. What it finds, each turn looks at."""
        if self.back_ms == FOREVER_MS:
            return []
        beyond = await self.engine.database.fetch(_NEXT, since=self.back_ms, looked=LOOKED_AT_ONCE)
        until = min([since, *[row.touched_ms + 1 for row in beyond]])
        rows = await self.look(self.back_ms, until)
        self.back_ms = until if until < since else FOREVER_MS
        return rows

    def since(self, wall: int) -> int:
        """From which mark on heads are looked at. A wall clock that was set back makes all marks unsure: then all."""
        ticks_ms, before = int(self.engine.lane.monotonic() * 1000), self.wall_ms
        self.wall_ms = wall
        if wall < before:
            return 0
        for every, far_ms in self.looks:
            if every.due(ticks_ms, wall):
                self.back_ms = min(self.back_ms, max(0, wall - far_ms))
        return self.since_ms

    async def try_on(self, owner: int, seq: int) -> int:
        """`read_on`; a fault of ours holds up this owner alone."""
        try:
            return await self.read_on(owner, seq)
        except Transient:
            raise
        except Busy:
            log.warning("follower_waits", consumer=self.name, owner=owner, seq=seq)
        except Exception as error:
            log.error("follower_failed", consumer=self.name, owner=owner, seq=seq, exc_info=error)
        return seq

    async def told(self, owner: int, seq: int) -> Told:
        """One log row, by where it stands."""
        (row,) = await self.engine.database.fetch(ROWS, owner=owner, seq=seq - 1, most=1)
        return Told(Stamp(owner, row.seq, row.at), row.command, row.principal, decode_events(row.events))

    async def read_on(self, owner: int, seq: int) -> int:
        """Follow an owner's rows after `seq`; returns the last that is finished."""
        for told in await self.rows(owner, seq, ROWS_AT_ONCE):
            if any(self.wants(type(event)) for event in told.events) and not await self.follow(told):
                return seq
            seq = told.stamp.seq
        return seq

    async def rows(self, owner: int, seq: int, most: int) -> list[Told]:
        """An owner's log rows after `seq`."""
        found = await self.engine.database.fetch(ROWS, owner=owner, seq=seq, most=most)
        return [
            Told(Stamp(owner, row.seq, row.at), row.command, row.principal, decode_events(row.events)) for row in found
        ]

    async def keep(self, finished: dict[int, int]) -> None:
        """Write the cursors."""
        cursors = [Cursor(self.name, owner, seq) for owner, seq in sorted(finished.items())]
        await self.engine.lane.chore(lambda session: session.upsert(Cursor, cursors))
