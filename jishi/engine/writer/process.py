"""A writer's own process: lanes that take their items from the pipe and answer into it.

Where several may write to a database at once there are three such processes, two for what people ask for and one for
background work, so that none waits for another's turn; else one does everything.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog
import uvloop

from jishi.engine.batch import Batch, World
from jishi.engine.clock import Clock
from jishi.engine.collector import quieten_collector
from jishi.engine.firing import Firing
from jishi.engine.lane import Lane
from jishi.engine.metrics import Tally
from jishi.engine.request import Answer, Busy, Item, Request
from jishi.engine.seal import seal_of
from jishi.engine.writer.pipe import Pipe
from jishi.engine.writer.words import Done, Fire, Held, News, Open, Opened, Run, Stop, Told, Turn, Turned, told_of
from jishi.kernel.ids import COUNTERS, IdSource, IdSupply
from jishi.kernel.rules import Rulebook
from jishi.modes import load_modes
from jishi.store import Database, kind_of, open_database
from jishi.store.futures import finish

log = structlog.get_logger("jishi.writer")
SERVERS = COUNTERS[:1024]  # server and writers share an engine's number, and share out the ids of each millisecond


class Part(NamedTuple):
    """Whose work a writer does, a lane for each, and which ids of a millisecond are its own."""

    whose: tuple[str, ...]
    ids: range


WHOLE = Part(("people", "background"), COUNTERS[1024:])
PEOPLE = (Part(("people",), COUNTERS[1024:2048]), Part(("people",), COUNTERS[2048:3072]))
BACKGROUND = Part(("background",), COUNTERS[3072:])


class Forked(NamedTuple):
    """A writer that waits for its `Open`: its process, and our end of the pair."""

    pid: int
    end: socket.socket


def fork_writers(url: str) -> list[Forked]:
    """The processes that write to this database: the last does background work, those before it what people ask for."""
    if kind_of(url).one_writer:
        return [fork()]
    pairs = [socket.socketpair() for _ in PEOPLE]  # between each of them and the last one
    hears, says = zip(*pairs, strict=True)
    made: list[Forked] = []
    for part, beside in [*zip(PEOPLE, [[one] for one in hears], strict=True), (BACKGROUND, says)]:
        strange = [end for end in (*hears, *says) if end not in beside]
        made.append(fork(part, beside, [*strange, *[one.end for one in made]]))
    for end in (*hears, *says):
        end.close()
    return made


def fork(part: Part = WHOLE, beside: Sequence[socket.socket] = (), strange: Sequence[socket.socket] = ()) -> Forked:
    """Make a writer's process, before this one has a loop, threads or connections.

    It leaves by itself when this process is gone, however that ended. beside: its ends of pairs with other writers.
    strange: what it must not keep open, as others wait for its end.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return Forked(pid, ours)
    for end in (ours, *strange):
        end.close()
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):  # they reach all processes; the server says when to leave
            signal.signal(number, signal.SIG_IGN)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(WriterProcess(part).live(theirs, beside))
        code = 0
    except BaseException as error:
        log.error("writer_failed", exc_info=error)
    finally:
        os._exit(code)  # nothing of the server that was copied here is ours to tidy up


class WriterProcess:
    """A writer: from the first word to the last."""

    def __init__(self, part: Part) -> None:
        self.turn = asyncio.Lock()
        self.clock = Clock()
        self.part, self.ids = part, IdSource(0, self.clock.wall, part.ids)
        self.lanes: dict[str, Lane] = {}  # by whose work they do
        self.firing: Firing | None = None
        self.pipe: Pipe | None = None
        self.beside: list[Pipe] = []
        self.said: asyncio.Queue[Any] = asyncio.Queue()

    async def live(self, end: socket.socket, beside: Sequence[socket.socket]) -> None:
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
        self.lanes = {whose: await self.lane(database, world) for whose in self.part.whose}
        if "background" in self.lanes:
            self.firing = Firing(database, self.lanes["background"], self.clock, self.ids, opening.secret)
        await self.meet(beside)
        quieten_collector()
        self.pipe.say(Opened())
        await self.said.get()
        for lane in self.lanes.values():
            await lane.stop()
        await database.close()
        self.pipe.close()

    async def lane(self, database: Database, world: World) -> Lane:
        """A lane with a session of its own. People have one, background work another, so that neither waits for the
        other's batch; where both want one owner, or there is one writer only, the database lets them take turns.
        """
        lane = Lane(await database.session(), Batch(world), self.committed, database)
        lane.tell, lane.rest_least_s = self.tell, 0
        return lane

    async def meet(self, beside: Sequence[socket.socket]) -> None:
        """Know the other writers: who does background work says what it locks, so that people let others go first."""
        self.beside = [await Pipe.over(end, self.heard, lambda: self.avoid(set())) for end in beside]
        if "background" in self.lanes:
            self.lanes["background"].holds = self.hold

    def hold(self, owners: set[int]) -> None:
        """Background work is about to lock these."""
        for pipe in self.beside:
            pipe.say(Held(owners))

    def avoid(self, owners: set[int]) -> None:
        """The writer of background work has locked these."""
        if "people" in self.lanes:
            self.lanes["people"].avoid(owners)

    def committed(self, answers: list[Answer]) -> None:
        """Say what kinds of events came where; what was answered, only who asked has to know."""
        if answers:
            self.pipe.say(News([(answer.owner, answer.seq, answer.news) for answer in answers]))

    def tell(self, tally: Tally) -> None:
        """Say what a batch counted, and how long the queues are."""
        tally.queue = {whose: lane.queued for whose, lane in self.lanes.items()}
        self.pipe.say(Told(tally))

    def heard(self, messages: list) -> None:
        """Do what the server says, or another writer."""
        for message in messages:
            match message:
                case Run():
                    self.run(message)
                case Fire():
                    self.fire(message)
                case Held():
                    self.avoid(message.owners)
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
        lane = self.lanes["background" if run.background else "people"]
        try:
            lane.put(Item(requests, future, run.deadline, run.background, run.dry))
        except Busy as busy:
            finish(future, busy)

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
