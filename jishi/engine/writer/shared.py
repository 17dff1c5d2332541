"""Writers as one: the engine asks them as it asks a lane, and each does its part."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from jishi.engine.firing import Fired
from jishi.engine.request import Item, Stopping
from jishi.engine.writer.client import Writer
from jishi.engine.writer.process import SERVERS, Forked


class Writers:
    """One writer, or one for what people ask for and another for background work.

    When one has left, `task` is done, and the other takes no more either: whoever watches over the server starts it
    again.
    """

    server_ids = SERVERS

    def __init__(self, each: list[Writer]):
        self.each, self.people, self.background = each, each[0], each[-1]
        self.turn, self.monotonic = self.people.turn, time.monotonic
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
        return self.who_does(item.background).put(item)

    async def fire_due(self) -> Fired:
        """Have due timers fired."""
        return await self.who_does(background=True).fire_due()

    def who_does(self, background: bool) -> Writer:
        """The writer for background work, or for people's. Raises Stopping once one of them has left."""
        if self.task.done():
            raise Stopping
        return self.background if background else self.people

    async def chore(self, work: Callable) -> Any:
        """Run `await work(session)` in a transaction of its own, here."""
        return await self.people.chore(work)

    async def stop(self) -> None:
        """Take no more; let them finish what they have, and leave."""
        for writer in self.each:
            await writer.stop()
