"""Leases on wall-clock time: an engine's number, and who runs timers, reactions and outer calls."""

import time
from collections.abc import Callable
from typing import Any

import structlog

from jishi.kernel.ids import ENGINE_BITS

log = structlog.get_logger("jishi.leases")

LEASE_MS = 10_000
RENEW_S = 5.0  # what was taken or renewed less long ago is believed without asking, by a clock that nobody sets
NUMBER_MS = 86_400_000

_TAKE = """
INSERT INTO leases (name, holder, until_ms) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
WHERE leases.holder = :holder OR leases.until_ms < :now
RETURNING holder
"""
_NUMBER = """
INSERT INTO engines (number, holder, until_ms) VALUES (:number, :holder, :until)
ON CONFLICT (number) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
WHERE engines.holder = :holder OR engines.until_ms < :now
RETURNING holder
"""


class Leases:
    """What this process holds."""

    def __init__(self, holder: str, wall_ms: Callable[[], int]):
        self.holder, self.wall_ms = holder, wall_ms
        self.number = 0
        self.number_until_ms = 0
        self.renumbered: Callable[[int], None] = lambda number: None
        self.monotonic = time.monotonic
        self.sure_until_s = float("-inf")

    def sure(self) -> bool:
        """Whether it leads for certain, and need not renew that yet."""
        return self.monotonic() < self.sure_until_s

    async def engine_number(self, session: Any) -> int:
        """Take the lowest free number; it makes this engine's ids unlike any other's."""
        await session.begin()
        await self.take_any(session)
        await session.commit()
        return self.number

    async def take(self, session: Any, number: int) -> bool:
        """In a transaction: take or keep a number for a day, unless it is another's."""
        now = self.wall_ms()
        return bool(await session.fetch(_NUMBER, number=number, holder=self.holder, until=now + NUMBER_MS, now=now))

    async def take_any(self, session: Any) -> None:
        """In a transaction: take the lowest free number."""
        for number in range(1, 1 << ENGINE_BITS):
            if await self.take(session, number):
                self.number = number
                return
        raise RuntimeError("All engine numbers are taken. Stop an engine, or wait a day for a lost one's number.")

    async def keep_number(self, session: Any) -> None:
        """In a transaction: keep the number. Another engine has it if this one slept for a day: then take a new one."""
        if await self.take(session, self.number):
            return
        lost = self.number
        await self.take_any(session)
        log.error("engine_number_lost", lost=lost, taken=self.number)
        self.renumbered(self.number)

    async def lead(self, session: Any) -> bool:
        """In a transaction: take or renew the lease of the pumps."""
        now, asked_s = self.wall_ms(), self.monotonic()
        taken = await session.fetch(_TAKE, name="pumps", holder=self.holder, until=now + LEASE_MS, now=now)
        self.sure_until_s = asked_s + RENEW_S if taken else float("-inf")
        if now + NUMBER_MS // 2 > self.number_until_ms:  # who does not lead keeps his number as well
            await self.keep_number(session)
            self.number_until_ms = now + NUMBER_MS
        return bool(taken)

    async def give_back(self, session: Any) -> None:
        """Let others take over at once."""
        self.sure_until_s = float("-inf")
        await session.begin()
        try:
            await session.fetch("DELETE FROM leases WHERE holder = :holder RETURNING name", holder=self.holder)
            await session.fetch("DELETE FROM engines WHERE holder = :holder RETURNING number", holder=self.holder)
        except BaseException:
            await session.rollback()
            raise
        await session.commit()
