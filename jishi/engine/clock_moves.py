"""Moving business time forward, in demo databases: from one due instant to the next, firing in order, never back.

A move is a plan kept in the database: each call takes a bounded number of steps, and a move that was cut goes on where
it was. The offset is kept before anything is fired under it, and other engines read it as they turn.
"""

import asyncio
from typing import Any

import msgspec
import structlog

from jishi.engine.follower import DONE
from jishi.kernel.owners import Timer
from jishi.kernel.refused import require
from jishi.store import Meta

log = structlog.get_logger("jishi.clock")
DAYS_MOST, STEPS_AT_ONCE = 400, 40
DAY_MS = 86_400_000
QUIET_WITHIN_S, LOOK_EVERY_S = 4.0, 0.02
OFFSET, MOVE = "offset_ms", "clock_move"
_NEXT = "ORDER BY due_ms, owner, subject, kind, n LIMIT :most"
_BEHIND = f"SELECT COUNT(*) AS n FROM heads h WHERE h.seq > {DONE}"


class Move(msgspec.Struct, frozen=True):
    """A plan: where business time stood, where it goes, how many due instants it has passed, and whether it is there.
    """

    from_ms: int
    to_ms: int
    steps: int = 0
    done: int = 0


async def next_timers(database: Any, most: int) -> list[Timer]:
    """What is due next in the whole market."""
    return await database.read(Timer, _NEXT, most=most)


async def move_of(database: Any) -> Move | None:
    """The last move that was asked for, or None."""
    rows = await database.read(Meta, "WHERE key = :key", key=MOVE)
    return msgspec.json.decode(rows[0].value, type=Move) if rows else None


async def keep_up(engine: Any) -> None:
    """Take over the offset that another engine has moved business time to."""
    rows = await engine.database.read(Meta, "WHERE key = :key", key=OFFSET)
    if rows:
        engine.world.clock.offset_ms = max(engine.world.clock.offset_ms, int(rows[0].value))


async def plan(engine: Any, to_ms: int) -> Move:
    """Begin a move, or make the one under way longer; refuses outside of demo databases and backwards."""
    require(engine.demo, "not_found")
    now = engine.world.clock.now_ms()
    require(now <= to_ms <= now + DAYS_MOST * DAY_MS, "clock_range")
    before = await move_of(engine.database)
    going = before if before and not before.done else Move(now, to_ms)
    move = msgspec.structs.replace(going, to_ms=max(going.to_ms, to_ms))
    await keep(engine, move)
    return move


async def go_on(engine: Any, steps_most: int = STEPS_AT_ONCE, outside: Any = None) -> Move | None:
    """Take the next steps of the move under way. outside: `await outside(offset_ms)` tells the local provider."""
    require(engine.demo, "not_found")
    move = await move_of(engine.database)
    for _ in range(steps_most):
        if move is None or move.done:
            break
        move = await step(engine, move, outside)
    return move


async def step(engine: Any, move: Move, outside: Any) -> Move:
    """To the next due instant, or to the end when nothing is due before it; and all that follows from it."""
    await quiet(engine)
    clock = engine.world.clock
    due = await next_timers(engine.database, 1)
    now = clock.now_ms()
    ends = not due or due[0].due_ms > move.to_ms or now >= move.to_ms
    at = max(now, move.to_ms if ends else due[0].due_ms)
    clock.forward_to(at)
    move = msgspec.structs.replace(move, steps=move.steps + (not ends), done=int(ends))
    await keep(engine, move)
    if outside is not None:
        await outside(clock.offset_ms)
    log.info("clock_moved", at_ms=at, to_ms=move.to_ms, steps=move.steps)
    for pump in engine.pumps:
        pump.hinted.set()
    await quiet(engine)
    return move


async def keep(engine: Any, move: Move) -> None:
    """Write the plan and the offset in one transaction; an offset never becomes smaller."""

    async def write(session: Any) -> None:
        kept = {row.key: row.value for row in await session.load(Meta, [(OFFSET,)])}
        offset = max(int(kept.get(OFFSET, "0")), engine.world.clock.offset_ms)
        told = msgspec.json.encode(move).decode()
        await session.upsert(Meta, [Meta(OFFSET, str(offset)), Meta(MOVE, told)])

    await engine.lane.chore(write)


async def quiet(engine: Any) -> None:
    """Until nothing is due any more and reactions and outer calls have followed; what hangs outside is not waited for.
    """
    if not engine.running:
        await engine.settle_down()
        return
    for _ in range(int(QUIET_WITHIN_S / LOOK_EVERY_S)):
        if not await busy(engine):
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def busy(engine: Any) -> bool:
    """Whether something is due, or a follower of the log is behind."""
    due = await next_timers(engine.database, 1)
    if due and due[0].due_ms <= engine.world.clock.now_ms():
        return True
    behind = [(await engine.database.fetch(_BEHIND, consumer=name))[0].n for name in ("reactions", "outbox")]
    return any(behind)

