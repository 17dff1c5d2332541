"""Reactions: what an event makes necessary at another owner, read from the log by a cursor, sent at least once."""

import asyncio
import hashlib

import structlog

from jishi.engine.follower import Follower, Told
from jishi.engine.request import Busy
from jishi.kernel.grammar import GRAMMAR, Command, system
from jishi.kernel.refused import Refused
from jishi.store import Waiting
from jishi.store.errors import Transient

log = structlog.get_logger("jishi.reactions")
BY = system("reaction")
RETRY_FIRST_MS, RETRY_MOST_MS = 1_000, 3_600_000  # our default
WAITING_AT_ONCE = 100
FAILED = "failed"


class Reactions(Follower):
    """Follows every owner's log. A reaction that must wait becomes a row, so that it blocks no other."""

    name = "reactions"

    def wants(self, event_type: type) -> bool:
        return event_type in GRAMMAR.reactions

    async def turn(self) -> int:
        """Read on, then try again what waits and is due."""
        return await super().turn() + await self.try_again()

    async def follow(self, told: Told) -> bool:
        """Send all commands of one log row; those refused for now, or broken by a fault of ours, are kept as rows."""
        sent = [self.send(command, id) for id, command in commands_of(told)]
        codes = await asyncio.gather(*sent, return_exceptions=True)
        for code in codes:
            if isinstance(code, BaseException):
                raise code  # after all were sent, so that none is sent behind our back
        wall = self.engine.world.clock.wall()
        kept = [
            Waiting(told.stamp.owner, told.stamp.seq, n, wall + RETRY_FIRST_MS, 1, code)
            for n, code in enumerate(codes)
            if code
        ]
        if kept:
            await self.engine.lane.chore(lambda session: session.upsert(Waiting, kept))
        return True

    async def send(self, command: Command, id: str) -> str:
        """Send one; "" when it was taken, else the code of why not: `failed` for a fault of ours, which is logged."""
        try:
            await self.engine.send(command, BY, id)
        except (Busy, Transient):
            raise
        except Refused as refused:
            return refused.code
        except Exception as error:
            log.error("reaction_failed", command=type(command).__name__, owner=command.owner, exc_info=error)
            return FAILED
        return ""

    async def try_again(self) -> int:
        """Send what waits and is due; returns how many were taken."""
        wall = self.engine.world.clock.wall()
        tail = "WHERE due_ms <= :wall ORDER BY due_ms LIMIT :most"
        rows = await self.engine.database.read(Waiting, tail, wall=wall, most=WAITING_AT_ONCE)
        return sum([await self.try_row(row, wall) for row in rows])

    async def try_row(self, row: Waiting, wall: int) -> int:
        """Send one waiting reaction; gone when taken, later when not."""
        try:
            code = await self.again(row)
        except Busy:
            return 0
        if not code:
            await self.engine.lane.chore(lambda session: session.delete(Waiting, [(row.owner, row.seq, row.n)]))
            return 1
        wait = min(RETRY_FIRST_MS << min(row.attempts, 12), RETRY_MOST_MS)
        later = Waiting(row.owner, row.seq, row.n, wall + wait, row.attempts + 1, code)
        await self.engine.lane.chore(lambda session: session.upsert(Waiting, [later]))
        return 0

    async def again(self, row: Waiting) -> str:
        """`send` for what waits; a fault in reading it anew is kept on its row as well."""
        try:
            id, command = commands_of(await self.told(row.owner, row.seq))[row.n]
        except Transient:
            raise
        except Exception as error:
            log.error("reaction_failed", owner=row.owner, seq=row.seq, n=row.n, exc_info=error)
            return FAILED
        return await self.send(command, id)


def commands_of(told: Told) -> list[tuple[str, Command]]:
    """The commands a log row makes necessary, each with its id."""
    found = []
    for event in told.events:
        for name, rule in GRAMMAR.reactions.get(type(event), ()):
            for command in rule(event, told.stamp):
                found.append((reaction_id(told, name, len(found)), command))
    return found


def reaction_id(told: Told, name: str, n: int) -> str:
    """hash(owner, seq, reaction, n): the same however often the row is read."""
    parts = f"{told.stamp.owner}.{told.stamp.seq}.{name}.{n}"
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
