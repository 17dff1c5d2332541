"""The one write path: everything that queued while the last commit ran becomes one transaction."""

from collections import defaultdict
from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

from msgspec.structs import replace

from jishi.engine.clock import Clock
from jishi.engine.decide import decide
from jishi.engine.request import Answer, Item, Request
from jishi.engine.workspace import Between, Group, Wanted, Wave, Workspace
from jishi.kernel.grammar import GRAMMAR, Case, Handler, Need, Role, in_waves, one
from jishi.kernel.mode import Mode
from jishi.kernel.owners import Timer
from jishi.kernel.parties import Party
from jishi.kernel.refused import Differences, Refused, require
from jishi.kernel.rows import key_of
from jishi.kernel.rules import Rulebook

ACTOR = one("actor", Party, lambda c, k: (k.me,) if k.me else None)
FILLED_AT_A_TIME, DECIDED_AT_A_TIME = 16, 4  # of background work: some hundred microseconds of either
RETRY_FIRST_MS, RETRY_MOST_MS = 30_000, 3_600_000  # our default: a timer that is not possible yet is tried again


class World(NamedTuple):
    """What decisions see besides rows: the rules, the modes, business and wall time, and our own signature."""

    rulebook: Rulebook
    modes: dict[str, Mode]
    clock: Clock
    seal: Callable[..., str]


def waves_of(handler: Handler, modes: dict[str, Mode]) -> tuple[Wave, ...]:
    """What a handler's case holds, by waves: who acts, and for a modal one what its order's mode needs."""
    needs = [ACTOR, *handler.needs]
    if handler.modal:
        slots: dict[str, tuple[Need, list[str]]] = {}
        for mode in modes.values():
            for need in mode.needs:
                known, names = slots.setdefault(need.slot, (need, []))
                assert known == need, f"two modes mean different rows by {need.slot}"
                assert need.of in ("", "order"), f"{need.slot} is needed by a mode, and of more than the order"
                names.append(mode.name)
        own = {need.slot: need for need in needs}
        for slot, (need, _) in slots.items():
            assert own.get(slot, need) == need, f"{handler.command.__name__} has less in {slot} than a mode needs"
        needs += [_for_modes(need, tuple(names)) for slot, (need, names) in slots.items() if slot not in own]
    sources = {need.of for need in needs}
    waves = in_waves(needs)
    before = [[], *[[need for need in wave if need.slot in sources] for wave in waves]]
    return tuple([Wave(tuple(wave), tuple(known)) for wave, known in zip(waves, before, strict=False)])


def _for_modes(need: Need, modes: tuple[str, ...]) -> Need:
    def keys(command: Any, case: Any) -> Any:
        return need.keys(command, case) if case.order is not None and case.order.mode in modes else None

    return need._replace(keys=keys, of="order")


class Batch:
    """Turns a list of items into one transaction and a result per item: answers, or the exception for its sender."""

    def __init__(self, world: World):
        self.world = world
        self.waves = {command: waves_of(handler, world.modes) for command, handler in GRAMMAR.handlers.items()}
        self.needs = {command: tuple(chain(*[wave.needs for wave in waves])) for command, waves in self.waves.items()}

    async def run(
        self, session: Any, items: list[Item], between: Between | None = None
    ) -> list[list[Answer] | Exception]:
        """lock, seen before?, load the cases → decide each in order → write and commit. `between` is awaited every few
        commands, where a batch should not hold the loop for all of its time.
        """
        requests = [request for item in items for request in item.requests]
        await session.begin()
        try:
            work, groups = await self.open(session, requests, between)
            await self.prefetch(work, groups, between)
            now, wall = self.world.clock.now_ms(), self.world.clock.wall()
            results = []
            for item in items:
                if between and len(results) % DECIDED_AT_A_TIME == 0:
                    await between()
                results.append(await self.take(work, item, now, wall))
            await work.flush(between)
        except BaseException:
            await session.rollback()
            raise
        await session.commit()
        return results

    async def open(
        self, session: Any, requests: list[Request], between: Between | None = None
    ) -> tuple[Workspace, list[Group]]:
        """Lock the owners in key order, read what was answered before, and load the first wave, which travels with the
        lock and is read after it. Returns the requests whose cases may lack more.
        """
        work, groups = Workspace(session), self.groups(requests, FILLED_AT_A_TIME if between else len(requests))
        timers = [key_of(request.timer) for request in requests if request.timer]
        wanted: Wanted = {(Timer, 0): dict.fromkeys(timers, True)} if timers else {}
        groups = await self.lacking(work, groups, wanted, between)
        owners, keys = sorted({request.owner for request in requests}), [request.key for request in requests]
        heads, seen, loads = session.lock(owners), session.seen(keys), work.ask(wanted)
        work.heads = await heads
        for head in work.heads.values():
            work.stored[type(head)][head.owner,] = head
        work.told = {key: (row.fingerprint, _replay(key, row)) for key, row in (await seen).items()}
        await work.take(loads)
        if work.told:
            groups = [
                Group([request for request in requests if self.decides(work, request)], waves)
                for requests, waves in groups
            ]
        return work, groups

    def groups(self, requests: list[Request], most: int) -> list[Group]:
        """The requests by their kind, so many in each group at most, with cases to be filled."""
        now, kinds = self.world.clock.now_ms(), defaultdict(list)  # good enough for what to load, not to decide by
        for request in requests:
            request.case = Case(request.by, now, self.world.rulebook, self.world.modes, self.world.seal)
            kinds[type(request.command)].append(request)
        return [
            Group(alike[first : first + most], self.waves[kind])
            for kind, alike in kinds.items()
            for first in range(0, len(alike), most)
        ]

    async def prefetch(self, work: Workspace, groups: list[Group], between: Between | None = None) -> None:
        """Load what these cases need because of what they have, one query per table and wave for the whole batch."""
        while groups:
            wanted: Wanted = {}
            groups = await self.lacking(work, groups, wanted, between)
            await work.load(wanted)

    async def lacking(
        self, work: Workspace, groups: list[Group], wanted: Wanted, between: Between | None
    ) -> list[Group]:
        """Note what they lack next; returns what may lack more then."""
        left = []
        for group in groups:
            if between:
                await between()
            left.append(work.lacking(group, wanted))
        return [group for group in left if group.requests and group.waves]

    async def take(self, work: Workspace, item: Item, now: int, wall: int) -> list[Answer] | Exception:
        """Decide one item.

        A single command that is refused has changed nothing; a bundle, or a dry run, is undone as a whole.
        """
        if len(item.requests) == 1 and not item.dry:
            try:
                return [await self.one(work, item.requests[0], now, wall)]
            except Refused as refused:
                return self.postpone(work, item.requests[0], refused, now)
        work.begin_bundle()
        answers, refusals = await self.together(work, item.requests, now, wall)
        work.end_bundle(keep=not refusals and not item.dry)
        if refusals:
            return Differences(refusals)
        return [replace(answer, news=()) for answer in answers] if item.dry else answers

    async def together(self, work: Workspace, requests: list[Request], now: int, wall: int) -> tuple[list, list]:
        """Decide the commands of a bundle in order; returns the answers and every refusal.

        After a refusal only commands like the first are still asked, for their differences: others may build on them.
        """
        answers, refusals = [], []
        for request in requests:
            if refusals and type(request.command) is not type(requests[0].command):
                continue
            try:
                answers.append(await self.one(work, request, now, wall))
            except Differences as differences:
                refusals += differences.refusals
            except Refused as refused:
                if refused.code == "id_reused":
                    return answers, [refused]
                refusals.append(refused)
        return answers, refusals

    async def one(self, work: Workspace, request: Request, now: int, wall: int) -> Answer:
        """Replay, or complete the case with what earlier commands of this batch made, and decide."""
        told = work.told.get(request.key)
        if told is not None:
            if told[0] != request.fingerprint:
                raise Refused("id_reused")
            if self.decides(work, request):
                case = await self.complete(work, request, now)
                require(any(role.test(request.command, case) for role in self.roles(request)), "forbidden")
            return Answer(told[1].body, told[1].owner, told[1].seq, replayed=True)
        if request.timer and not self.still_due(work, request.timer):
            return Answer(b"{}", request.owner, 0, replayed=True)
        case = await self.complete(work, request, now)
        order = getattr(case, "order", None)
        case.now = now + (getattr(order, "ahead_ms", 0) if order else 0)
        return decide(work, request, case, wall)

    def decides(self, work: Workspace, request: Request) -> bool:
        """Whether a case is needed: to decide, or to see whether a stored answer may still be told to who asks.

        That is asked only where a duty can be taken away: of persons and programs, by roles that need rows. Who was
        erased is told his own answer once more; else the erasure itself, asked for again, would seem to have failed.
        """
        if request.key not in work.told:
            return True
        return request.by.kind != "system" and any(role.needs for role in self.roles(request))

    @staticmethod
    def roles(request: Request) -> tuple[Role, ...]:
        return GRAMMAR.handlers[type(request.command)].who

    async def complete(self, work: Workspace, request: Request, now: int) -> Case:
        """The case of a request, with what earlier commands of this batch made."""
        request.case.now, needs = now, self.needs[type(request.command)]
        while wanted := work.fill(request, needs):
            await work.load(wanted)
        return request.case

    @staticmethod
    def still_due(work: Workspace, timer: Timer) -> bool:
        """A timer is a hint: what was moved or removed since it was read is not run."""
        key = key_of(timer)
        row = work.timers[key] if key in work.timers else work.rows[Timer].get(key)
        return row is not None and row.set_seq == timer.set_seq and row.due_ms == timer.due_ms

    @staticmethod
    def postpone(work: Workspace, request: Request, refused: Refused, now: int) -> Refused:
        """A timer's command is never refused: it is kept with its code, its tries and its next time."""
        if request.timer:
            work.put(work.timers, key_of(request.timer), kept(request.timer, refused.code, now))
        return refused


def kept(timer: Timer, code: str, now: int) -> Timer:
    """A timer that could not be run: with why, its tries and its next time."""
    wait = min(RETRY_FIRST_MS << min(timer.attempts, 8), RETRY_MOST_MS)
    return Timer(*key_of(timer), now + wait, timer.set_seq, timer.attempts + 1, code)


def _replay(key: tuple, row: Any) -> Answer:
    return Answer(row.answer.encode(), key[0], row.seq, replayed=True)
