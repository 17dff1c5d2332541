"""Firing due timers: read without locks, in due order, and queued as ordinary commands where commands are decided.

Firing checks again: the state of what a timer is about decides, not the timer.
"""

import asyncio
from typing import Any, NamedTuple

import structlog

from jishi.engine.batch import kept
from jishi.engine.clock import Clock
from jishi.engine.lane import Lane
from jishi.engine.request import Busy, Item, Request, fingerprint
from jishi.kernel.grammar import GRAMMAR, system
from jishi.kernel.ids import IdSource, IdSupply
from jishi.kernel.owners import Timer
from jishi.kernel.refused import Refused
from jishi.kernel.rows import key_of
from jishi.store import Database
from jishi.store.futures import finish

log = structlog.get_logger("jishi.timers")
MOST = 10_000
READ_AT_A_TIME, PUT_AT_A_TIME = 250, 25  # others get their turn in between
WITHIN_S = 2.0  # in which what is due should be done: beside people it hurries no more than that needs
_DUE = """
WHERE due_ms <= :now AND (due_ms, owner, subject, kind, n) > (:due_ms, :owner, :subject, :kind, :n)
ORDER BY due_ms, owner, subject, kind, n LIMIT :most
"""
BY = system("timer")


class Fired(NamedTuple):
    """How many timers were done, and for how many ms the oldest of them had waited."""

    done: int
    late_ms: int


class Firing(NamedTuple):
    """What firing needs: where timers are read, where their commands wait, and what requests are made of."""

    database: Database
    lane: Lane
    clock: Clock
    ids: IdSource
    secret: bytes

    async def fire_due(self) -> Fired:
        """Fire what is due now, oldest first, but not more than `MOST`."""
        now = self.clock.now_ms()
        due = await self.due(now)
        return Fired(await self.fire(due), now - due[0].due_ms if due else 0)

    async def due(self, now: int) -> list[Timer]:
        """What is due, read in parts: each holds the loop while its rows are made."""
        due, after = [], {"due_ms": -1, "owner": 0, "subject": 0, "kind": "", "n": 0}
        while len(due) < MOST:
            part = await self.database.read(Timer, _DUE, now=now, most=READ_AT_A_TIME, **after)
            due += part
            if len(part) < READ_AT_A_TIME:
                break
            await asyncio.sleep(0)
            after = {name: getattr(part[-1], name) for name in after}
        return due

    async def fire(self, due: list[Timer]) -> int:
        """Fire these: an owner's together, as they lock and change the same rows, and queued a few at a time. Returns
        how many were done; a refusal has been kept on the timer's row.
        """
        ordered, waiting = sorted(due, key=lambda timer: timer.owner), []
        for number, timer in enumerate(ordered, 1):
            waiting.append(self.put(timer))
            if number % PUT_AT_A_TIME == 0:
                await asyncio.sleep(0)
        return sum([await self.done(timer, future) for timer, future in zip(ordered, waiting, strict=True)])

    async def done(self, timer: Timer, future: asyncio.Future) -> bool:
        """Whether it was done, once it has had its turn."""
        try:
            await future
        except (Refused, Busy):
            return False
        except Exception as error:  # noqa: BLE001  it is what became of this timer
            await self.failed(timer, error)
            return False
        return True

    def put(self, timer: Timer) -> asyncio.Future:
        """Queue a timer's command."""
        try:
            return self.lane.put(self.item(timer))
        except Exception as error:  # noqa: BLE001  it is what became of this timer
            future = asyncio.get_running_loop().create_future()
            finish(future, error)
            return future

    async def failed(self, timer: Timer, error: Exception) -> None:
        """Put off a timer that met a fault of ours, or is of a kind that nobody knows any more: others go on."""
        log.error("timer_failed", kind=timer.kind, owner=timer.owner, subject=timer.subject, exc_info=error)
        await self.lane.chore(lambda session: self.keep(session, timer))

    def item(self, timer: Timer) -> Item:
        """A timer's command, as it waits."""
        command = GRAMMAR.timers[timer.kind](timer.owner, timer.subject, timer.n)
        mark = fingerprint(self.secret, command)
        request = Request(command, BY, timer_id(timer), IdSupply(self.ids), mark, timer)
        future, deadline = asyncio.get_running_loop().create_future(), self.lane.monotonic() + WITHIN_S
        return Item([request], future, deadline, background=True)

    async def keep(self, session: Any, timer: Timer) -> None:
        """In a transaction: try a failed timer again later, unless it has been set anew or removed meanwhile."""
        await session.lock([timer.owner])
        if timer in await session.load(Timer, [key_of(timer)]):
            await session.upsert(Timer, [kept(timer, "failed", self.clock.now_ms())])


def timer_id(timer: Timer) -> str:
    """The command id of a timer: the same however often it is sent, another when it is set anew."""
    return f"{timer.kind}.{timer.subject}.{timer.n}.{timer.set_seq}.{timer.due_ms}"
