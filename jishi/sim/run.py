"""One run: a seed, so many steps with faults, then calm. The real engine, turned by hand; one random decides it all."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from random import Random
from typing import Any

from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.outbox_notices import PROVIDER, command_of
from jishi.engine.outbox_pay import pay_effects
from jishi.engine.outbox_statement import StatementReader
from jishi.engine.request import Answer, Busy
from jishi.engine.rulebook import read_rulebook
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.ids import derived_id
from jishi.kernel.refused import Refused
from jishi.ports.pay import Notice
from jishi.sim import invariants, paying
from jishi.sim.alphabet import Hand
from jishi.sim.calm import calm_down
from jishi.sim.draw import Draw
from jishi.sim.faults import Crashed, Fault, Violated
from jishi.sim.loop import SimClock
from jishi.sim.post import DAY, HOUR, Post
from jishi.sim.provider import Provider
from jishi.sim.view import look
from jishi.sim.world import found
from jishi.store import Database, Meta
from jishi.store.errors import Conflict, Transient

CHECK_EVERY, LOOK_EVERY = 25, 12
FAULTY = 0.12  # of rounds in which something inside a transaction goes wrong
RULEBOOK = read_rulebook(demo=True)  # with reviews


class Watched:
    """A batch that tells the run of every fault of ours, which the engine itself logs and survives."""

    def __init__(self, batch: Any, run: "Run"):
        self.batch, self.watcher = batch, run

    async def run(self, session: Any, items: list, between: Any = None) -> list:
        try:
            return await self.batch.run(session, items, between)
        except (Transient, Conflict):
            raise
        except Exception as error:
            self.watcher.failed = error
            raise


class Run:
    """What one seed is doing. `commands` counts answers by command and outcome, `faults` what was done to it."""

    together_most = 8  # actions in one round, so that batches of several commands occur

    def __init__(self, database: Database, seed: int):
        self.database, self.seed = database, seed
        self.random = Random(seed)
        self.clock = SimClock()
        self.commands: Counter = Counter()
        self.faults: Counter = Counter()
        self.post = Post(self.random, self.clock, self.faults)
        self.provider = Provider(self.random, self.clock, self.faults, self.post)
        self.answers: dict[tuple[int, str, str], bytes] = {}
        self.sent: list[tuple[Command, Principal, str]] = []
        self.in_doubt: dict[str, list[tuple[Command, Principal, str]]] = {}
        self.step, self.numbers = 0, 0
        self.engine: Any = None
        self.failed: Exception | None = None
        self.view: Any = None
        self.draw = Draw(self)

    # -- opening and crashing ---------------------------------------------------------------------

    async def start(self) -> None:
        """A database of its own secret, so that a seed always makes the same rows; then the market's first hour."""
        session = await self.database.session()
        await session.begin()
        await session.insert(Meta, [Meta("secret", f"{self.seed:064x}"), Meta("created_ms", str(self.clock.at))])
        await session.commit()
        await session.close()
        await self.open()
        await found(self)
        self.view = await look(self.database)

    async def open(self) -> None:
        """An engine on the database, as at the first start or after a crash."""
        options = EngineOptions(clock=self.clock, rulebook=RULEBOOK, effects=pay_effects(self.provider), pumps=False)
        self.engine = await Engine.open(self.database, options)
        self.engine.lane.monotonic = asyncio.get_running_loop().time
        self.engine.lane.batch = Watched(self.engine.lane.batch, self)
        self.statement = StatementReader(self.engine, self.provider)

    async def guarded(self, actions: list[Awaitable[Any]]) -> None:
        """Run actions together. If the lane dies, all of the process dies with it, and a new one is started."""
        lane = self.engine.lane
        self.failed = None
        work = asyncio.gather(*actions, return_exceptions=True)
        await asyncio.wait({work, lane.task}, return_when=asyncio.FIRST_COMPLETED)
        if not lane.task.done():
            lane.session.probe = None
            for result in work.result():
                if isinstance(result, BaseException):
                    raise result
            self.must_not_have_failed()
            return
        died = lane.task.exception()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        if not isinstance(died, Crashed):
            raise Violated(f"the lane died: {died!r}")
        lane.session.probe = None
        await self.let_go()
        await lane.session.close()
        await self.open()
        await self.ask_again()

    async def let_go(self) -> None:
        """What the engine's followers were at ends with it: nobody answers them any more, and left alone they would be
        thrown away while they still wait.
        """
        for pump in (*self.engine.pumps, self.statement):
            await pump.close()

    def must_not_have_failed(self) -> None:
        """The engine survives a fault of ours; a run does not."""
        if self.failed:
            raise Violated(f"a command failed: {self.failed!r}") from self.failed

    async def ask_again(self) -> None:
        """Who got no answer asks again under the same number, unless he has gone away."""
        waiting, self.in_doubt = self.in_doubt, {}
        for commands in waiting.values():
            if self.random.random() < 0.8:
                self.faults["asked_again"] += 1
                await self.send(commands)
        self.view = await look(self.database)

    # -- steps ------------------------------------------------------------------------------------

    async def play(self, steps: int) -> None:
        """The part with faults."""
        checked = looked = 0
        while self.step < steps:
            self.pass_time()
            if self.clock.wall() > self.engine.leases.number_until_ms - DAY // 2:
                await self.engine.lane.chore(self.engine.leases.lead)  # as the pumps do while they run
            together = min(self.random.randint(1, self.together_most), steps - self.step)
            actions = [self.draw.action() for _ in range(together)]
            self.arm()
            self.step += together
            await self.guarded(actions)
            if self.step - looked >= LOOK_EVERY:
                looked, self.view = self.step, await look(self.database)
            if self.step - checked >= CHECK_EVERY:
                checked = self.step
                await self.check()

    def pass_time(self) -> None:
        """Mostly seconds or minutes; now and then up to 90 days, or the wall clock set back by up to an hour."""
        chance = self.random.random()
        if chance < 0.006:
            self.faults["clock_jump"] += 1
            self.clock.pass_by(self.random.randint(DAY, 90 * DAY))
        elif chance < 0.08:
            self.faults["clock_jump"] += 1
            self.clock.pass_by(self.random.randint(HOUR, 3 * DAY))
        elif chance < 0.09:
            self.faults["clock_back"] += 1
            self.clock.pass_by(-self.random.randint(1, HOUR))
        else:
            self.clock.pass_by(self.random.choice((1, 1_000, 20_000, 60_000, 600_000)))

    def arm(self) -> None:
        """Perhaps let the process crash, or the database stumble, at a step of the coming transactions."""
        if self.random.random() < FAULTY:
            kind = self.random.choice(("crash", "crash", "transient", "unknown_commit"))
            only = "after:commit" if kind == "crash" and self.random.random() < 0.3 else ""
            self.engine.lane.session.probe = Fault(kind, self.random.randint(0, 0 if only else 40), self.faults, only)

    async def check(self) -> None:
        """What must hold at any time."""
        wrong = await invariants.broken(self.database, self.provider)
        if wrong:
            raise Violated("; ".join(wrong))

    # -- sending ----------------------------------------------------------------------------------

    def fresh(self) -> int:
        """A number nobody has used in this run."""
        self.numbers += 1
        return derived_id("sim", self.seed, self.numbers)

    def hand(self) -> Hand:
        """What a generator works with now."""
        return Hand(self.random, self.view, self.clock.now_ms(), self.engine.world.seal, self.fresh)

    async def send(self, commands: list[tuple[Command, Principal, str]]) -> list[Answer]:
        """Send one command or a bundle and judge the answer; [] when it was refused."""
        name = type(commands[-1][0]).__name__
        self.in_doubt[commands[0][2]] = commands
        try:
            answers = await self.engine.bundle(commands)
        except (Refused, Busy) as refused:
            self.commands[name, "refused"] += 1
            self.commands["code", getattr(refused, "code", "busy")] += 1
            answers = []
        for (command, by, id), answer in zip(commands, answers, strict=False):
            self.judge(command, by, id, answer)
        if answers:
            self.commands[name, "accepted"] += 1
        self.in_doubt.pop(commands[0][2], None)
        if answers:
            paying.after(self, commands[0], answers[0])
        return answers

    def judge(self, command: Command, by: Principal, id: str, answer: Answer) -> None:
        """One key has one answer, byte for byte, for ever."""
        key = (command.owner, by.label, id)
        first = self.answers.setdefault(key, answer.body)
        if first != answer.body:
            raise Violated(f"{type(command).__name__} {id}: {answer.body!r} after {first!r}")
        if not answer.replayed:
            self.sent.append((command, by, id))

    async def deliver(self, notice: Notice) -> None:
        """A notice arrives at the edge, which is what `api/hooks.py` does with it."""
        try:
            command = await command_of(self.database, notice)
            await self.engine.send(command, PROVIDER, f"notice.{notice.id}")
        except (Refused, Busy) as refused:
            self.commands["notice", getattr(refused, "code", "busy")] += 1

    async def turn(self, name: str) -> int:
        """Turn a pump, which waits for the next turn when the database stumbles."""
        pump = self.statement if name == "statement" else getattr(self.engine, name)
        try:
            return await pump.turn()
        except Transient:
            return 0

    async def whole(self, steps: int) -> None:
        """Faults, calm, and the last checks."""
        try:
            await self.start()
            await self.play(steps)
            await calm_down(self)
        finally:
            if self.engine:
                await self.let_go()
        for row in await self.database.fetch(
            "SELECT command, COUNT(*) AS n FROM log GROUP BY command ORDER BY command"
        ):
            self.commands[row.command, "logged"] = row.n
