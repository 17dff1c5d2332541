"""The engine: one process's way to change anything.

Opens the database, runs the lane and the pumps, and takes commands.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog

from jishi.engine.batch import Batch, World
from jishi.engine.clock import Clock
from jishi.engine.firing import Firing
from jishi.engine.lane import Lane
from jishi.engine.leases import Leases
from jishi.engine.outbox import Outbox
from jishi.engine.pump import Pump
from jishi.engine.reactions import Reactions
from jishi.engine.request import Answer, Item, Request, fingerprint
from jishi.engine.rulebook import keep_versions, read_rulebook
from jishi.engine.seal import seal_of
from jishi.engine.timers import Timers
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.ids import COUNTERS, IdSource, IdSupply
from jishi.kernel.owners import GENESIS, PLATFORM, Head, Timer
from jishi.kernel.rules import Rulebook
from jishi.kernel.vocabulary import GRAMMAR
from jishi.modes import load_modes
from jishi.store import Database, Meta
from jishi.store.errors import Transient

log = structlog.get_logger("jishi.engine")
ANSWER_WITHIN_S = 4.0  # what waits longer in the queue is never run


@dataclass
class EngineOptions:
    """What an engine is given besides its database. `effects` does what events ask of the outside; see `outbox.py`.

    secret: 64 hex digits that signatures derive from; "" for one kept in the database.
    pumps: whether timers, reactions and outer calls run by themselves; stories and the simulator turn them by hand.
    more: makers of further pumps: webhooks, the provider's statement.
    writer: the process that runs the lane, as `writer/` makes it; None: this one does.
    """

    clock: Clock | None = None
    rulebook: Rulebook | None = None
    effects: dict[str, Callable] = field(default_factory=dict)
    secret: str = ""
    pumps: bool = True
    more: tuple[Callable[["Engine"], Pump], ...] = ()
    writer: Any = None


class Start(NamedTuple):
    """What an engine begins with, read from its database or made there."""

    world: World
    secret: bytes
    demo: bool
    leases: Leases


class Engine:
    """Open with `await Engine.open(database)`, close with `await engine.stop()`."""

    def __init__(self, database: Database, session: Any, start: "Start", options: EngineOptions):
        """Use `open`. The session is for what is written; start: what was read from the database or made."""
        self.database, self.world, self.secret, self.demo = database, start.world, start.secret, start.demo
        counters = options.writer.server_ids if options.writer else COUNTERS
        self.leases, self.ids = start.leases, IdSource(start.leases.number, start.world.clock.wall, counters)
        self.leases.renumbered = self.renumber
        self.listeners: list[Callable[[list[Answer]], None]] = []
        self.stopping = asyncio.Event()
        self.lane = options.writer or Lane(session, Batch(start.world), self.committed, database)
        self.firing = options.writer or Firing(database, self.lane, start.world.clock, self.ids, start.secret)
        self.timers, self.reactions, self.outbox = Timers(self), Reactions(self), Outbox(self, options.effects)
        self.more = [make(self) for make in options.more]
        self.running: list[asyncio.Task] = []

    @classmethod
    async def open(cls, database: Database, options: EngineOptions | None = None) -> "Engine":
        """Read or make what the database keeps of itself, take an engine number, and start."""
        options = options or EngineOptions()
        try:
            return await cls._open(database, options)
        except BaseException:
            await database.close()
            raise

    @classmethod
    async def _open(cls, database: Database, options: EngineOptions) -> "Engine":
        session = await database.session()
        demo = bool(await database.read(Meta, "WHERE key = 'demo' AND value = '1'"))
        clock, rulebook = options.clock or Clock(), options.rulebook or read_rulebook(demo=demo)
        meta = await first_facts(session, rulebook, clock, options.secret)
        clock.offset_ms = max(clock.offset_ms, int(meta.get("offset_ms", "0")))
        secret = bytes.fromhex(meta["secret"])
        holder = f"{os.getpid()}.{secrets.token_hex(4)}"
        leases = Leases(holder, clock.wall)
        await leases.engine_number(session)
        world = World(rulebook, load_modes(), clock, seal_of(secret))
        engine = cls(database, session, Start(world, secret, meta.get("demo") == "1", leases), options)
        if options.writer:
            await options.writer.open(engine, session)
        if options.pumps:
            engine.start_pumps()
        return engine

    # -- taking commands --------------------------------------------------------------------------

    async def send(self, command: Command, by: Principal, id: str = "", *, timer: Timer | None = None) -> Answer:
        """Run one command and wait for its durable answer. Raises Refused, Busy, or what went wrong."""
        (answer,) = await self.bundle(
            [(command, by, id or self.fresh_id())], background=by.kind == "system", timer=timer
        )
        return answer

    async def bundle(
        self,
        commands: list[tuple[Command, Principal, str]],
        *,
        background: bool = False,
        timer: Timer | None = None,
        dry: bool = False,
    ) -> list[Answer]:
        """Run commands together: all or none. A dry run answers as if, and changes nothing."""
        requests = [self.request(command, by, id, timer) for command, by, id in commands]
        future = asyncio.get_running_loop().create_future()
        item = Item(requests, future, self.lane.monotonic() + ANSWER_WITHIN_S, background, dry)
        return await self.lane.put(item)

    def request(self, command: Command, by: Principal, id: str, timer: Timer | None = None) -> Request:
        """A request with its fingerprint and its own supply of ids."""
        assert type(command) in GRAMMAR.handlers, f"{type(command).__name__} is not a command of this market"
        return Request(command, by, id, IdSupply(self.ids), fingerprint(self.secret, command), timer)

    def fresh_id(self) -> str:
        """A command id for a sender that brings none."""
        return secrets.token_hex(12)

    def id_of(self, key: str) -> str:
        """The command id of a key that a sender chose: a keyed hash, as it may say anything and the log is for ever."""
        return self.world.seal("idempotency", key)

    def committed(self, answers: list[Answer]) -> None:
        """After each commit: tell the pumps and whoever watches."""
        for pump in self.pumps:
            pump.hint(answers)
        for listener in self.listeners:
            listener(answers)

    # -- running ----------------------------------------------------------------------------------

    def start_pumps(self) -> None:
        """Run timers, reactions and outer calls by themselves."""
        self.running = [pump.start() for pump in self.pumps]

    @property
    def pumps(self) -> list[Pump]:
        """All that turns: timers, reactions, outer calls and what the options add."""
        return [self.timers, self.reactions, self.outbox, *self.more]

    def renumber(self, number: int) -> None:
        """The engine's number was lost to another while this process slept: it has a new one from now on."""
        self.ids.engine = number

    async def settle_down(self, rounds: int = 400) -> int:
        """Turn the pumps by hand until nothing moves: due timers, reactions, outer calls. Returns how much was done."""
        done = 0
        for _ in range(rounds):
            moved = sum([await pump.turn() for pump in self.pumps])
            if not moved:
                return done
            done += moved
        raise AssertionError("the pumps never come to rest")

    async def stop(self) -> None:
        """Stop the pumps, drain the queue, give back leases once nothing is made any more, close the database."""
        self.stopping.set()
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        try:
            for pump in self.pumps:
                await pump.close()
            await self.lane.stop()
            await self.leases.give_back(self.lane.session)
        except Transient as error:
            log.warning("leases_kept", error=type(error).__name__)  # they end by themselves
        finally:
            await self.database.close()


# Engines that start together on a new database wait for each other here, and the others then find what the first made.
_FIRST = "INSERT INTO meta (key, value) VALUES ('created_ms', :value) ON CONFLICT (key) DO NOTHING RETURNING key"


async def first_facts(session: Any, rulebook: Rulebook, clock: Clock, secret: str) -> dict[str, str]:
    """What the database says of itself, made on the first start: secret, platform, rules in force."""
    await session.begin()
    try:
        await session.fetch(_FIRST, value=str(clock.wall()))
        keys = [(key,) for key in ("secret", "demo", "offset_ms", "created_ms")]
        meta = {row.key: row.value for row in await session.load(Meta, keys)}
        if not secret and "secret" not in meta:
            meta["secret"] = secrets.token_hex(32)
            await session.insert(Meta, [Meta("secret", meta["secret"])])
        meta["secret"] = secret or meta["secret"]
        if not await session.lock([PLATFORM]):
            await session.insert(Head, [Head(PLATFORM, "platform", 0, GENESIS, clock.wall())])
        await keep_versions(session, rulebook, clock.now_ms())
    except BaseException:
        await session.rollback()
        raise
    await session.commit()
    return meta
