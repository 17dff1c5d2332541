"""The lane: takes what has queued, runs it as one batch, retries what is transient, bisects what is poison."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from jishi.engine.batch import Batch
from jishi.engine.metrics import METRICS, Tally
from jishi.engine.request import Answer, Busy, Item, Later, Stopping
from jishi.kernel.refused import Refused
from jishi.store import Database
from jishi.store.errors import Conflict, Transient, UnknownCommit
from jishi.store.futures import finish

log = structlog.get_logger("jishi.lane")
BATCH_LEAST, BATCH_MOST = 16, 512
BATCH_TARGET_S = 0.1  # smaller ones make the same round trips for fewer people, who then all wait longer
# Of measured work, so that a full batch of it hardly keeps whoever comes waiting: who needs the same rows, or anyone,
# where a transaction that writes has the database to itself.
BACKGROUND_S, BACKGROUND_ONE_WRITER_S = 0.005, 0.003
REST_MOST_S = 0.002  # between two batches of background work
PASSED_MOST = 20  # then an item waits for the database's lock, which lets everyone have his turn
LOOK_MOST = 512  # of a queue, in one turn, for whom to pass over
WAIT_MOST_S = 2.0  # more queued than this much measured work is refused
TRIES = 6
FOREVER = 2**62


class Lane:
    """One queue, one batch in flight.

    `committed` is called with the answers of each batch after its commit, `tell` with what was counted, and `holds`
    with the owners a batch is about to lock, and with none after it. People who need an owner whom a lane beside this
    one has locked let others go first: all would wait for that lock.
    """

    def __init__(self, session: Any, batch: Batch, committed, database: Database):
        self.session, self.batch, self.committed, self.checkpoint = session, batch, committed, database.checkpoint
        self.people: deque[Item] = deque()
        self.background: deque[Item] = deque()
        self.chores: deque[tuple[Any, asyncio.Future]] = deque()
        self.waiting = asyncio.Event()
        self.avoided: set[int] = set()  # the owners that a lane beside this one has locked
        self.rest: set[int] = set()  # the owners of the last background work: others' goes first
        self.holds: Callable[[set[int]], None] = lambda owners: None
        self.size, self.rate = 64, 2000.0
        self.background_s = BACKGROUND_ONE_WRITER_S if database.one_writer else BACKGROUND_S
        self.rest_least_s = REST_MOST_S  # the loop may have nothing to do but lanes, and needs none then
        self.monotonic = time.monotonic  # seconds; the simulator puts its own clock here
        self.tally, self.tell = Tally(), METRICS.add
        self.stopping = False
        self.copying: asyncio.Future[None] | None = None  # of the database's log, beside the work
        self.task = asyncio.get_running_loop().create_task(self.run(), name="lane")

    @property
    def queued(self) -> int:
        """How many items wait."""
        return len(self.people) + len(self.background)

    @property
    def queues(self) -> dict[str, int]:
        """The same by whose they are, for who counts."""
        return {"people": len(self.people), "background": len(self.background)}

    def put(self, item: Item) -> asyncio.Future:
        """Queue an item; refuses at once when its turn would come too late."""
        if self.stopping:
            raise Stopping
        if not item.background and len(self.people) > self.rate * WAIT_MOST_S + self.size:
            self.tally.busy += 1
            raise Busy(retry_after_s=2)
        (self.background if item.background else self.people).append(item)
        self.waiting.set()
        return item.future

    def chore(self, work) -> asyncio.Future:
        """Run `await work(session)` in a transaction of its own between two batches (cursors, leases, meta)."""
        if self.stopping and self.task.done():
            raise Stopping
        future = asyncio.get_running_loop().create_future()
        self.chores.append((work, future))
        self.waiting.set()
        return future

    async def run(self) -> None:
        """Until stopped and drained."""
        while True:
            await self.waiting.wait()
            if self.background and not self.people:
                await give_way()
            while self.chores:
                await self.do_chore(*self.chores.popleft())
            await self.tidy()
            items = self.next_items()
            if items:
                await self.do_batch(items)
            elif not self.chores:
                if self.stopping and not self.queued:
                    return
                self.waiting.clear()

    def avoid(self, owners: set[int]) -> None:
        """From now on a lane beside this one has locked these; what was passed over may be possible now."""
        self.avoided = owners
        self.waiting.set()

    def next_items(self) -> list[Item]:
        """What is done next: a little background work, at most half of a batch, and the people who wait.

        Background work leaves the disk to a copy beside it, and comes before the next one; else people would wait for
        its commit, which waits for the copy. An owner of whom there is a lot to do has a rest between two batches of
        it, as people may wait for him. Expired items are never run.
        """
        taken: list[Item] = []
        if self.background and not self.copying:
            most = min(max(int(self.rate * self.background_s), BATCH_LEAST // 2), self.size // 2)
            self.take(self.background, most, self.rest, taken, enough=most // 2)
            if not taken:  # nobody else has any
                self.take(self.background, most, set(), taken)
            self.rest = {owner for item in taken for owner in item.owners}
        self.take(self.people, self.size, self.avoided, taken)
        return taken

    def take(
        self, queue: deque[Item], most: int, avoided: set[int], taken: list[Item], enough: int = FOREVER
    ) -> None:
        """Move items from a queue to those taken, up to so many; who needs one of these owners stays where he is. Once
        there are enough, another owner than the last one's is left for the next batch: it would be held for little.
        """
        now, stay = self.monotonic(), []
        while queue and len(taken) < most and len(stay) < LOOK_MOST:
            if len(taken) >= enough and queue[0].owners != taken[-1].owners:
                break
            item = queue.popleft()
            if avoided and item.passed < PASSED_MOST and not avoided.isdisjoint(item.owners):
                item.passed += 1
                stay.append(item)
            elif item.deadline < now and not item.background:
                finish(item.future, Busy(retry_after_s=2))
            elif not item.future.cancelled():
                taken.append(item)
        queue.extendleft(reversed(stay))

    async def do_batch(self, items: list[Item]) -> None:
        """One batch, its results and the adaptive size: smaller when it took longer than aimed at."""
        began = self.monotonic()
        self.holds({owner for item in items for owner in item.owners})
        results = await self.execute(items)
        self.holds(set())
        took = self.monotonic() - began
        self.count(len(items), took)
        self.rate += 0.1 * (len(items) / max(took, 1e-4) - self.rate)
        self.size = max(BATCH_LEAST, int(self.size * 0.7)) if took > BATCH_TARGET_S else min(BATCH_MOST, self.size + 16)
        for item, result in zip(items, results, strict=True):
            finish(item.future, result)
        self.afterwards([answer for result in results if isinstance(result, list) for answer in result])
        await self.let_others(self.rest_s(took) if items[0].background else 0)

    async def let_others(self, rest_s: float) -> None:
        """Let the answers leave, and after background work whatever people sent come all the way into the queue, before
        the next batch: on SQLite it holds the loop from its first step to its last.

        Answers leave in two of the loop's rounds: in one each is put with others of its moment, in the next they are
        sent. After one round only they would wait for another batch, and server and writer would work by turns.
        """
        await asyncio.sleep(rest_s)
        await asyncio.sleep(0)

    def rest_s(self, took_s: float) -> float:
        """How long to stand still after a batch of background work that took so long, so that whoever waits for a row
        or a core gets it: for as long as what is queued is done by its deadline nevertheless, but not for long.
        """
        if not self.background:
            return self.rest_least_s
        left_s = self.background[0].deadline - self.monotonic()
        spare = left_s * self.rate / len(self.background) - 1
        return min(max(took_s * spare, self.rest_least_s), REST_MOST_S)

    def count(self, commands: int, took_s: float) -> None:
        """Tell what the batch was, and what happened since the last one."""
        tally, self.tally = self.tally, Tally()
        tally.commands, tally.queue = commands, self.queues
        tally.batches_ms.append(took_s * 1000)
        self.tell(tally)

    def afterwards(self, answers: list[Answer]) -> None:
        """Tell who listens. What is committed stays so whatever fails here, and the lane goes on."""
        try:
            self.committed([answer for answer in answers if answer.news])
        except Exception as error:
            log.error("after_commit_failed", exc_info=error)

    async def tidy(self) -> None:
        """Between two batches: the database's log. Whatever fails there, the lane goes on."""
        before, self.copying = self.copying, None
        try:
            self.copying = await self.checkpoint()
        except Exception as error:
            log.error("checkpoint_failed", exc_info=error)
        if self.copying and self.copying is not before:
            self.copying.add_done_callback(lambda _: self.waiting.set())

    async def execute(self, items: list[Item], tries: int = 0, unknown: bool = False) -> list[list[Answer] | Exception]:
        """Run items as one transaction; whole again after a transient error, in halves after any other.

        unknown: a commit of these items was lost on the way; while no other is seen to end, nobody may say it was not.
        """
        try:
            return await self.batch.run(self.session, items, give_way if items[0].background else None)
        except (Transient, Conflict) as error:
            self.tally.retries += 1
            unknown = unknown or isinstance(error, UnknownCommit)
            if tries >= TRIES:
                return [Later(Refused("outcome_unknown"), 5) if unknown else Busy(5) for _ in items]
            log.warning("batch_retry", error=type(error).__name__, tries=tries, items=len(items))
            await asyncio.sleep(random.random() * 0.02 * 2**tries)
            return await self.execute(items, tries + 1, unknown)
        except Exception as error:
            self.tally.bisects += 1
            if len(items) == 1:
                log.error("command_failed", command=type(items[0].requests[0].command).__name__, exc_info=error)
                return [error]
        half = len(items) // 2
        halves = items[:half], items[half:]
        return [result for part in halves for result in await self.execute(part, 0, unknown)]

    async def do_chore(self, work, future: asyncio.Future) -> None:
        try:
            result = await transact(self.session, work)
        except Exception as error:  # noqa: BLE001  whoever asked for the chore hears of it
            result = error
        finish(future, result)

    async def stop(self) -> None:
        """Take no more; finish what is queued."""
        self.stopping = True
        self.waiting.set()
        await self.task


async def give_way() -> None:
    """Between steps of background work: let others have the loop."""
    await asyncio.sleep(0)


async def transact(session: Any, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """`await work(session)` in a transaction of its own."""
    await session.begin()
    try:
        result = await work(session)
    except BaseException:
        await session.rollback()
        raise
    await session.commit()
    return result
