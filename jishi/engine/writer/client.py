"""The writer's end in the server: what the engine asks of a lane, asked of another process."""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

import structlog

from jishi.engine.lane import finish, transact
from jishi.engine.metrics import METRICS
from jishi.engine.request import Answer, Item, Later, Stopping
from jishi.engine.writer.pipe import Pipe
from jishi.engine.writer.process import SERVERS, Forked
from jishi.engine.writer.words import Done, Open, Opened, Run, Stop, Told, Turn, Turned, asked_of, result_of
from jishi.kernel.refused import Refused

log = structlog.get_logger("jishi.writer")


class WriterTurn:
    """The turn to write on SQLite, whose one file two processes share. Another database never asks for it."""

    def __init__(self, writer: "Writer"):
        self.writer, self.lock = writer, asyncio.Lock()
        self.granted: asyncio.Future | None = None

    async def acquire(self) -> None:
        """Wait until the writer lets us; when it has left, only for each other."""
        await self.lock.acquire()
        if self.writer.task.done():
            return
        self.granted = asyncio.get_running_loop().create_future()
        self.writer.pipe.say(Turn())
        try:
            await asyncio.shield(self.granted)
        except asyncio.CancelledError:  # the turn comes nevertheless, and is given back then
            self.granted.add_done_callback(lambda _: self.release())
            raise

    def release(self) -> None:
        """The writer goes on."""
        self.writer.pipe.say(Turned())
        self.lock.release()

    def come(self) -> None:
        """It is our turn."""
        if self.granted is not None and not self.granted.done():
            self.granted.set_result(None)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: Any) -> None:
        self.release()


class Writer:
    """What the engine asks of a lane. Chores run here, in a session of the server's, as they are made of closures."""

    server_ids = SERVERS

    def __init__(self, forked: Forked, url: str):
        self.pid, self.url = forked.pid, url
        self.turn, self.pipe = WriterTurn(self), None
        self.asked: dict[int, Item] = {}
        self.number = 0
        self.monotonic = time.monotonic
        self.stopping, self.choring = False, asyncio.Lock()
        loop = asyncio.get_running_loop()
        self.opened, self.task = loop.create_future(), loop.create_future()
        self.engine: Any = None
        self.session: Any = None

    @classmethod
    async def meet(cls, forked: Forked, url: str) -> "Writer":
        """Speak with a writer that waits for its `Open`."""
        writer = cls(forked, url)
        writer.pipe = await Pipe.over(forked.end, writer.heard, writer.ended)
        return writer

    async def open(self, engine: Any, session: Any) -> None:
        """Let it begin with what this engine has read from the database. Raises RuntimeError when it cannot."""
        self.engine, self.session = engine, session
        self.pipe.say(Open(self.url, engine.secret, engine.world.rulebook.versions))
        error = await self.opened
        if error:
            await self.task
            raise RuntimeError(f"The writer could not open the database: {error}")

    @property
    def queued(self) -> int:
        """How many items have no answer yet."""
        return len(self.asked)

    def put(self, item: Item) -> asyncio.Future:
        """Send an item; the writer refuses it when its turn would come too late."""
        if self.stopping or self.task.done():
            raise Stopping
        self.number += 1
        self.asked[self.number] = item
        offset_ms, engine = self.engine.world.clock.offset_ms, self.engine.ids.engine
        run = Run(self.number, offset_ms, engine, asked_of(item), item.deadline, item.background, item.dry)
        self.pipe.say(run)
        return item.future

    async def chore(self, work: Callable) -> Any:
        """Run `await work(session)` in a transaction of its own."""
        if self.stopping and self.task.done():
            raise Stopping
        async with self.choring:
            return await transact(self.session, work)

    async def stop(self) -> None:
        """Take no more; let it finish what it has, and leave."""
        self.stopping = True
        self.pipe.say(Stop())
        await self.task
        await asyncio.to_thread(os.waitpid, self.pid, 0)

    # -- what it says -----------------------------------------------------------------------------

    def heard(self, messages: list) -> None:
        """Give everyone his answer, then tell who listens to commits."""
        answers: list[Answer] = []
        for message in messages:
            match message:
                case Done():
                    result = result_of(message.result)
                    finish(self.asked.pop(message.number), result)
                    answers += result if isinstance(result, list) else []
                case Told():
                    METRICS.add(message.tally)
                case Turn():
                    self.turn.come()
                case Opened():
                    self.opened.set_result(message.error)
        if answers:
            self.tell([answer for answer in answers if answer.news])

    def tell(self, answers: list[Answer]) -> None:
        """Whatever fails here, the answers stand."""
        try:
            self.engine.committed(answers)
        except Exception as error:
            log.error("after_commit_failed", exc_info=error)

    def ended(self) -> None:
        """It has left; unless it was told to, nobody can say what became of what it had."""
        self.task.set_result(None)
        self.turn.come()
        if not self.opened.done():
            self.opened.set_result("it ended before it began")
        if not self.stopping:
            log.error("writer_lost", commands=len(self.asked))
        for item in self.asked.values():
            finish(item, Later(Refused("outcome_unknown"), 5))
        self.asked.clear()
