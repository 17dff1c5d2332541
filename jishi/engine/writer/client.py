"""The writer's end in the server: what the engine asks of a lane, asked of another process."""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

import structlog

from jishi.engine.firing import Fired
from jishi.engine.lane import transact
from jishi.engine.metrics import METRICS
from jishi.engine.request import Answer, Item, Later, Stopping
from jishi.engine.writer.pipe import Pipe
from jishi.engine.writer.process import SERVERS, Forked
from jishi.engine.writer.words import (
    Done,
    Fire,
    News,
    Open,
    Opened,
    Run,
    Stop,
    Told,
    Turn,
    Turned,
    asked_of,
    result_of,
)
from jishi.kernel.refused import Refused
from jishi.store.futures import finish

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
        self.asked: dict[int, asyncio.Future] = {}
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
        self.asked[self.number] = item.future
        run = Run(self.number, *self.with_work(), asked_of(item), item.deadline, item.background, item.dry)
        self.pipe.say(run)
        return item.future

    async def fire_due(self) -> Fired:
        """Have it fire the timers that are due, as `Firing.fire_due` says. Raises Transient, or what went wrong."""
        if self.stopping or self.task.done():
            raise Stopping
        self.number += 1
        fired = self.asked[self.number] = asyncio.get_running_loop().create_future()
        self.pipe.say(Fire(self.number, *self.with_work()))
        return await fired

    def with_work(self) -> tuple[int, int]:
        """What travels with work that is asked for: business time, and the engine's number."""
        return self.engine.world.clock.offset_ms, self.engine.ids.engine

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
        committed: list[Answer] = []
        for message in messages:
            match message:
                case Done():
                    finish(self.asked.pop(message.number), result_of(message.result))
                case News():
                    committed += [Answer(b"", owner, seq, news=news) for owner, seq, news in message.rows]
                case Told():
                    METRICS.add(message.tally, self.pid)
                case Turn():
                    self.turn.come()
                case Opened():
                    self.opened.set_result(message.error)
        if committed:
            self.tell(committed)

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
        for future in self.asked.values():
            finish(future, Later(Refused("outcome_unknown"), 5))
        self.asked.clear()
