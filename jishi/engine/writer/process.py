"""The writer's own process: lanes that take their items from the pipe and answer into it."""

import asyncio
import os
import signal
import socket
from typing import Any, NamedTuple

import structlog
import uvloop

from jishi.engine.batch import Batch, World
from jishi.engine.clock import Clock
from jishi.engine.collector import quieten_collector
from jishi.engine.firing import Firing
from jishi.engine.lane import Lane, side_by_side
from jishi.engine.metrics import Tally
from jishi.engine.request import Answer, Busy, Item, Request
from jishi.engine.seal import seal_of
from jishi.engine.writer.pipe import Pipe
from jishi.engine.writer.words import Done, Fire, News, Open, Opened, Run, Stop, Told, Turn, Turned, told_of
from jishi.kernel.ids import COUNTERS, IdSource, IdSupply
from jishi.kernel.rules import Rulebook
from jishi.modes import load_modes
from jishi.store import Database, open_database

log = structlog.get_logger("jishi.writer")
# Server and writer share an engine's number, and share out the ids of each millisecond.
SERVERS, WRITERS = COUNTERS[:1024], COUNTERS[1024:]


class Forked(NamedTuple):
    """A writer that waits for its `Open`: its process, and our end of the pair."""

    pid: int
    end: socket.socket


def fork() -> Forked:
    """Make the writer's process, before this one has a loop, threads or connections.

    It leaves by itself when this process is gone, however that ended.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return Forked(pid, ours)
    ours.close()
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):  # they reach all processes; the server says when to leave
            signal.signal(number, signal.SIG_IGN)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(WriterProcess().live(theirs))
        code = 0
    except BaseException as error:
        log.error("writer_failed", exc_info=error)
    finally:
        os._exit(code)  # nothing of the server that was copied here is ours to tidy up


class WriterProcess:
    """The writer: from the first word to the last."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.clock = Clock()
        self.ids = IdSource(0, self.clock.wall, WRITERS)
        self.lanes: list[Lane] = []  # for people, for background work
        self.firing: Firing | None = None
        self.pipe: Pipe | None = None
        self.said: asyncio.Queue[Any] = asyncio.Queue()

    async def live(self, end: socket.socket) -> None:
        """Open, run what comes, and end when told to."""
        self.pipe = await Pipe.over(end, self.heard, self.ended)
        opening = await self.said.get()
        try:
            database = await open_database(opening.url, turn=self.turn, locked=True)
        except Exception as error:
            self.pipe.say(Opened(f"{type(error).__name__}: {error}"))
            self.pipe.close()
            raise
        world = World(Rulebook(opening.rules), load_modes(), self.clock, seal_of(opening.secret))
        self.lanes = [await self.lane(database, world) for _ in range(2)]
        if not database.one_writer:  # else any batch keeps all others waiting
            side_by_side(self.lanes)
        self.firing = Firing(database, self.lanes[1], self.clock, self.ids, opening.secret)
        quieten_collector()
        self.pipe.say(Opened())
        await self.said.get()
        for lane in self.lanes:
            await lane.stop()
        await database.close()
        self.pipe.close()

    async def lane(self, database: Database, world: World) -> Lane:
        """A lane with a session of its own. People have one, background work another, so that neither waits for the
        other's batch; where both want one owner, or there is one writer only, the database lets them take turns.
        """
        lane = Lane(await database.session(), Batch(world), self.committed, database)
        lane.tell, lane.breath_s = self.tell, 0
        return lane

    def committed(self, answers: list[Answer]) -> None:
        """Say what kinds of events came where; what was answered, only who asked has to know."""
        if answers:
            self.pipe.say(News([(answer.owner, answer.seq, answer.news) for answer in answers]))

    def tell(self, tally: Tally) -> None:
        """Say what a batch counted; how long the queue is, is said of both lanes."""
        tally.queue = sum(lane.queued for lane in self.lanes)
        self.pipe.say(Told(tally))

    def heard(self, messages: list) -> None:
        """Do what the server says."""
        for message in messages:
            match message:
                case Run():
                    self.run(message)
                case Fire():
                    self.fire(message)
                case Turn():
                    asyncio.ensure_future(self.lend())  # noqa: RUF006  it ends with the word it says
                case Turned():
                    self.turn.release()
                case Open() | Stop():
                    self.said.put_nowait(message)

    def ended(self) -> None:
        """The server is gone, and nobody waits for an answer: what is not committed yet never will be."""
        os._exit(1)

    def run(self, run: Run) -> None:
        """Queue an item; the answer is said when its batch is committed."""
        self.follow(run)
        requests = [
            Request(one.command, one.by, one.id, IdSupply(self.ids), one.fingerprint, one.timer) for one in run.asked
        ]
        future = self.pipe.loop.create_future()
        self.answers(run.number, future)
        try:
            self.lanes[run.background].put(Item(requests, future, run.deadline, run.background, run.dry))
        except Busy as busy:
            future.set_exception(busy)

    def fire(self, fire: Fire) -> None:
        """Fire what is due; the answer is said when all of it has had its turn."""
        self.follow(fire)
        self.answers(fire.number, asyncio.ensure_future(self.firing.fire_due()))

    def follow(self, work: Run | Fire) -> None:
        """Take over business time and the engine's number."""
        self.clock.offset_ms, self.ids.engine = max(self.clock.offset_ms, work.offset_ms), work.engine

    def answers(self, number: int, future: asyncio.Future) -> None:
        """Say what became of it, once it is done."""
        future.add_done_callback(lambda done: self.pipe.say(Done(number, told_of(done.exception() or done.result()))))

    async def lend(self) -> None:
        """Give the server the turn to write, when it has come."""
        await self.turn.acquire()
        self.pipe.say(Turn())
