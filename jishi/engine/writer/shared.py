"""Writers as one: the engine asks them as it asks a lane, and each does its part."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from zlib import crc32

from jishi.engine.firing import Fired
from jishi.engine.request import Item, Stopping
from jishi.engine.writer.client import Writer
from jishi.engine.writer.process import SERVERS, Forked


class Writers:
    """One writer, or some for what people ask for, who share the owners out, and another for background work.

    When one has left, `task` is done, and the others take no more either: whoever watches over the server starts it
    again.
    """

    server_ids = SERVERS

    def __init__(self, each: list[Writer]):
        self.each, self.people, self.background = each, each[:-1] or each, each[-1]
        self.turn, self.monotonic = each[0].turn, time.monotonic
        self.session: Any = None
        tasks = [writer.task for writer in each]
        self.task = asyncio.ensure_future(asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))

    @classmethod
    async def meet(cls, forked: list[Forked], url: str) -> "Writers":
        """Speak with writers that wait for their `Open`."""
        return cls([await Writer.meet(one, url) for one in forked])

    async def open(self, engine: Any, session: Any) -> None:
        """Let them begin, as `Writer.open` says."""
        self.session = session
        for writer in self.each:
            await writer.open(engine, session)

    @property
    def queued(self) -> int:
        """How many items have no answer yet."""
        return sum(writer.queued for writer in self.each)

    def put(self, item: Item) -> asyncio.Future:
        """Send an item to who does such work."""
        if item.background:
            return self.working(self.background).put(item)
        return self.working(self.people[share_of(item.owners[0], len(self.people))]).put(item)

    async def fire_due(self) -> Fired:
        """Have due timers fired."""
        return await self.working(self.background).fire_due()

    def working(self, writer: Writer) -> Writer:
        """This writer. Raises Stopping once one of them has left."""
        if self.task.done():
            raise Stopping
        return writer

    async def chore(self, work: Callable) -> Any:
        """Run `await work(session)` in a transaction of its own, here."""
        return await self.each[0].chore(work)

    async def stop(self) -> None:
        """Take no more; let them finish what they have, and leave."""
        for writer in self.each:
            await writer.stop()


def share_of(owner: int, among: int) -> int:
    """Which of so many writers does what people ask of an owner: always the same one, as two would wait for each
    other. By a checksum, as the last bits of ids are those of counters, and mostly alike.
    """
    return crc32(owner.to_bytes(8)) % among
