"""Scenes: for every command of the market, a database just before it was taken, found by letting the simulator play."""

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.request import Answer
from jishi.kernel.grammar import GRAMMAR, Command, Lapsed, Principal
from jishi.kernel.owners import Timer
from jishi.sim.databases import Databases, in_memory
from jishi.sim.loop import SimClock, run_virtually
from jishi.sim.run import RULEBOOK, Run, Watched
from jishi.store import Database

SEEDS_MOST, STEPS = 400, 300
# Delivered webhooks and erasures at other owners do not come up here; a split has to wait too seldom to count on it.
NEVER = {"ReplayDelivery", "EraseAccount", "EraseKeyName", "SplitUndone", "EraseText", "EraseTitle"}


@dataclass
class Scene:
    """What was sent, when, and what the database was before."""

    name: str
    commands: list[tuple[Command, Principal, str]]
    timer: Timer | None
    at_ms: int
    before: bytes

    async def send(self, engine: Engine) -> list[Answer]:
        """Send it, for the first time or again."""
        background = self.commands[0][1].kind == "system"
        return await engine.bundle(self.commands, background=background, timer=self.timer)

    def numbers(self) -> list[tuple[int, str, str]]:
        return [(command.owner, by.label, id) for command, by, id in self.commands]


class Recorder(Watched):
    """Keeps the first scene of each command that came in a batch of one item that did something."""

    async def run(self, session: Any, items: list, between: Any = None) -> list:
        names = [type(request.command).__name__ for request in items[0].requests]
        new = [name for name in names if name not in self.watcher.scenes] if len(items) == 1 else []
        before = self.watcher.database.writer.serialize("main") if new else b""
        results = await super().run(session, items, between)
        if new and isinstance(results[0], list) and not results[0][0].replayed and all(map(did, results[0])):
            commands = [(request.command, request.by, request.id) for request in items[0].requests]
            timer, at_ms = items[0].requests[0].timer, self.watcher.clock.now_ms()  # the wall may have been set back
            for name in new:
                self.watcher.scenes[name] = Scene(name, commands, timer, at_ms, before)
        return results


def did(answer: Answer) -> bool:
    return bool(answer.news) and answer.news[0] is not Lapsed


class Quiet(Run):
    """A run whose transactions never fail, one action at a time. Keeps scenes if it is given where."""

    together_most = 1
    scenes: dict[str, Scene] | None = None

    async def open(self) -> None:
        await super().open()
        self.engine.lane.monotonic = lambda: 0.0
        if self.scenes is not None:
            self.engine.lane.batch = Recorder(self.engine.lane.batch.batch, self)

    def arm(self) -> None:
        """No faults inside transactions."""


def record() -> dict[str, Scene]:
    """Play seeds until every command has its scene."""
    scenes: dict[str, Scene] = {}
    wanted = {command.__name__ for command in GRAMMAR.handlers} - NEVER
    for seed in range(SEEDS_MOST):
        if wanted <= set(scenes):
            return scenes
        run_virtually(lambda seed=seed: one(seed, scenes))
    raise AssertionError(f"no scene for {sorted(wanted - set(scenes))}")


async def one(seed: int, scenes: dict[str, Scene]) -> None:
    async with Databases().fresh(seed) as database:
        run = Quiet(database, seed)
        run.scenes = scenes
        await run.whole(STEPS)


@asynccontextmanager
async def database_before(scene: Scene):
    """The database of a scene, in memory."""
    database = in_memory(scene.before)
    try:
        yield database
    finally:
        await database.close()


async def engine_on(database: Database, scene: Scene) -> Engine:
    """An engine at the instant of a scene."""
    options = EngineOptions(clock=SimClock(scene.at_ms), rulebook=RULEBOOK, pumps=False)
    return await Engine.open(database, options)


async def log_rows(database: Database) -> int:
    return (await database.fetch("SELECT COUNT(*) AS n FROM log"))[0].n


async def kept_answers(database: Database, scene: Scene) -> list[bytes]:
    """What the log keeps as answers of a scene's commands."""
    query = "SELECT answer FROM log WHERE owner = :owner AND principal = :principal AND command_id = :id"
    found = []
    for owner, principal, id in scene.numbers():
        found += [row.answer.encode() for row in await database.fetch(query, owner=owner, principal=principal, id=id)]
    return found
