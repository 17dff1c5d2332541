"""A pump: work that is read from the database and sent to the lane, by the one process that holds the lease."""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from jishi.engine.request import Answer
from jishi.store.errors import Transient

log = structlog.get_logger("jishi.pump")


class Pump:
    """Turns when hinted, and at least every `poll_s` while it leads."""

    name = "pump"
    poll_s = 0.25

    def __init__(self, engine):
        self.engine = engine
        self.hinted = asyncio.Event()

    def start(self) -> asyncio.Task:
        """Run by itself until cancelled."""
        return asyncio.get_running_loop().create_task(self.run(), name=self.name)

    async def run(self) -> None:
        # Cancelling alone is not enough: `wait_for` of Python 3.11 swallows it when a hint comes at the same moment.
        while not self.engine.stopping.is_set():
            try:
                await self.drain()
            except Transient as error:
                log.warning("pump_waits", pump=self.name, error=type(error).__name__)
            except Exception as error:
                log.error("pump_failed", pump=self.name, exc_info=error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.hinted.wait(), self.poll_s)
            self.hinted.clear()

    async def drain(self) -> None:
        """Turn until nothing is left, looking at the lease before each turn."""
        while await self.leads():
            if not await self.turn():
                return
            await asyncio.sleep(0)  # others get their turn in between

    async def leads(self) -> bool:
        """Whether this process runs the pumps; takes or renews the lease in time."""
        leases = self.engine.leases
        return leases.sure() or await self.engine.lane.chore(leases.lead)

    def hint(self, answers: Sequence[Answer]) -> None:
        """A batch was committed in this process; the poll finds what it means in time."""

    async def close(self) -> None:
        """Give back what it holds, when it turns no more."""

    async def turn(self) -> int:
        """Do what is there; returns how much."""
        raise NotImplementedError
