"""Due timers, read without locks in due order and sent as ordinary commands; firing checks again, the state decides."""

import asyncio
from typing import Any

import structlog

from jishi.engine.batch import kept
from jishi.engine.clock_moves import keep_up
from jishi.engine.metrics import METRICS
from jishi.engine.pump import Pump
from jishi.engine.request import Busy
from jishi.kernel.grammar import GRAMMAR, system
from jishi.kernel.owners import Timer
from jishi.kernel.refused import Refused
from jishi.kernel.rows import key_of

log = structlog.get_logger("jishi.timers")
AT_ONCE, AT_A_TIME = 2_000, 25
BY = system("timer")


class Timers(Pump):
    """Sends what is due."""

    name = "timers"

    async def turn(self) -> int:
        """Send all that is due now, oldest first, in chunks; returns how many were done."""
        if self.engine.demo:
            await keep_up(self.engine)
        now = self.engine.world.clock.now_ms()
        due = await self.engine.database.read(
            Timer, "WHERE due_ms <= :now ORDER BY due_ms, owner, subject, kind, n LIMIT :most", now=now, most=AT_ONCE
        )
        METRICS.oldest_timer_ms.set(now - due[0].due_ms if due else 0)
        return sum(await asyncio.gather(*await self.start_all(due)))

    async def start_all(self, due: list[Timer]) -> list[asyncio.Task]:
        """Begin with all of them: an owner's together, as they lock and change the same rows, and a few at a time, so
        that others get their turn in between.
        """
        tasks, ordered = [], sorted(due, key=lambda timer: timer.owner)
        for first in range(0, len(ordered), AT_A_TIME):
            tasks += [asyncio.create_task(self.fire(timer)) for timer in ordered[first : first + AT_A_TIME]]
            await asyncio.sleep(0)
        return tasks

    async def fire(self, timer: Timer) -> int:
        """Send one timer's command. A refusal has been kept on the timer's row with its next time; 0 then."""
        try:
            command = GRAMMAR.timers[timer.kind](timer.owner, timer.subject, timer.n)
            await self.engine.send(command, BY, timer_id(timer), timer=timer)
        except (Refused, Busy):
            return 0
        except Exception as error:  # a fault of ours, or a kind that nobody knows any more; others must not wait for it
            log.error("timer_failed", kind=timer.kind, owner=timer.owner, subject=timer.subject, exc_info=error)
            await self.engine.lane.chore(lambda session: self.keep(session, timer))
            return 0
        return 1

    async def keep(self, session: Any, timer: Timer) -> None:
        """In a transaction: try a failed timer again later, unless it has been set anew or removed meanwhile."""
        await session.lock([timer.owner])
        if timer in await session.load(Timer, [key_of(timer)]):
            await session.upsert(Timer, [kept(timer, "failed", self.engine.world.clock.now_ms())])


def timer_id(timer: Timer) -> str:
    """The command id of a timer: the same however often it is sent, another when it is set anew."""
    return f"{timer.kind}.{timer.subject}.{timer.n}.{timer.set_seq}.{timer.due_ms}"
