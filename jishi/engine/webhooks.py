"""Webhooks: reads the logs of owners with endpoints, keeps a delivery per event and endpoint, sends them in order."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from msgspec.structs import replace

from jishi.engine.follower import BEHIND, ROWS, ROWS_AT_ONCE, Follower
from jishi.engine.outbox_message import Message, message_of
from jishi.engine.outbox_sender import Outcome, Sender
from jishi.engine.request import Answer, Busy
from jishi.kernel.events import decode_events
from jishi.kernel.grammar import Event, Stamp, system
from jishi.kernel.owners import PLATFORM
from jishi.kernel.refused import Refused
from jishi.kernel.rows import key_of
from jishi.kernel.webhooks import (
    ROTATION_MS,
    Delivery,
    DeliveryReplayed,
    DisableEndpoint,
    Endpoint,
    EndpointHealth,
    EndpointUrl,
    hears,
    secret_of,
)
from jishi.store import Session

log = structlog.get_logger("jishi.webhooks")
AT_ONCE = 32  # messages on their way
WAIT_S = 0.25
SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000
# Our defaults: quick at first, then patient, three days in all; five days of nothing but failures disable an endpoint.
WAITS_MS = (5 * SECOND, 30 * SECOND, 120 * SECOND, 600 * SECOND, HOUR // 2, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR)
GIVE_UP_MS, DISABLE_MS, KEEP_MS = 3 * DAY, 5 * DAY, 30 * DAY

_HEARD = "EXISTS (SELECT 1 FROM endpoints e WHERE (e.owner = h.owner OR e.owner = 1) AND e.state <> 'removed')"
_BEHIND = BEHIND.replace("ORDER BY", f"AND {_HEARD} ORDER BY")
_SINCE = ROWS.replace("ORDER BY", "AND at >= :at ORDER BY")
_LISTENING = """
SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM endpoints WHERE state <> 'removed')
OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'waiting')
"""
# The first that waits of each endpoint and source, if its time has come: order is kept by never passing it.
_HEADS = """d WHERE d.state = 'waiting' AND d.next_ms <= :now AND EXISTS (
SELECT 1 FROM endpoints p WHERE p.owner = d.owner AND p.id = d.endpoint AND p.state IN ('active', 'removed')
) AND NOT EXISTS (
SELECT 1 FROM deliveries e WHERE e.state = 'waiting' AND e.owner = d.owner AND e.endpoint = d.endpoint
AND e.source = d.source AND (e.seq, e.n) < (d.seq, d.n)) ORDER BY d.next_ms, d.id LIMIT :most"""
_HIDDEN = "SELECT id AS id FROM orders WHERE owner = :owner AND id IN (:orders*) AND ship_by_ms = 0"
_PRUNE = "DELETE FROM deliveries WHERE state <> 'waiting' AND queued_ms < :before RETURNING owner"


class Webhooks(Follower):
    """One pump for both halves: log to deliveries, deliveries to the outside."""

    name = "webhooks"
    behind_sql = _BEHIND

    def __init__(self, engine: Any, sender: Sender):
        super().__init__(engine)
        self.sender = sender
        self.listening, self.prune_ms = False, 0
        self.flying: dict[tuple, asyncio.Task] = {}

    def hint(self, answers: Sequence[Answer]) -> None:
        """Woken by commits only while somebody listens; the poll finds the first endpoint in time."""
        if self.listening and answers:
            self.hinted.set()

    async def turn(self) -> int:
        """Queue what is new, send what is due, write what became of it."""
        self.listening = bool(await self.engine.database.fetch(_LISTENING))
        if not self.listening:
            return 0
        queued = await super().turn()
        await self.prune()
        await self.start_due()
        return queued + await self.finish()

    async def close(self) -> None:
        """What is on its way is cut, and sent again after the next start."""
        for task in self.flying.values():
            task.cancel()
        await asyncio.gather(*self.flying.values(), return_exceptions=True)
        await super().close()
        await self.sender.close()

    # -- from the log to deliveries ---------------------------------------------------------------

    async def endpoints_of(self, owner: int) -> list[Endpoint]:
        """Who may hear of an owner: its own endpoints and the platform's."""
        return await self.engine.database.read(
            Endpoint, "WHERE owner IN (:owners*) AND state <> 'removed'", owners=sorted({owner, PLATFORM})
        )

    async def read_on(self, owner: int, seq: int) -> int:
        """Queue an owner's events after `seq`; those from before the first endpoint are passed over in the database."""
        endpoints = await self.endpoints_of(owner)
        if not endpoints:
            return seq
        head = await self.engine.database.fetch("SELECT seq FROM heads WHERE owner = :owner", owner=owner)
        own = all(endpoint.owner == owner for endpoint in endpoints)
        floor = max(seq, min(endpoint.since_seq for endpoint in endpoints)) if own else seq
        since = min(endpoint.made_ms for endpoint in endpoints)
        rows = await self.engine.database.fetch(_SINCE, owner=owner, seq=floor, at=since, most=ROWS_AT_ONCE)
        if rows:
            # Read again: whoever was made before a row was committed is seen now.
            await self.queue(owner, rows, await self.endpoints_of(owner))
        return rows[-1].seq if len(rows) == ROWS_AT_ONCE else max(head[0].seq, floor, *[row.seq for row in rows])

    async def queue(self, owner: int, rows: list, endpoints: list[Endpoint]) -> None:
        """Keep a delivery for everyone who hears of each event; and wake those that are to be sent again."""
        fresh, again = [], []
        told_of = [(row, decode_events(row.events)) for row in rows]
        hidden = await self.hidden(owner, {getattr(event, "order", 0) for _, events in told_of for event in events})
        for row, events in told_of:
            for n, event in enumerate(events):
                if isinstance(event, DeliveryReplayed):
                    again.append((owner, event.endpoint, event.source, event.event_seq, event.n))
                stamp = Stamp(owner, row.seq, row.at)
                fresh += [self.delivery(one, stamp, n, event) for one in endpoints if told(one, stamp, event, hidden)]
        if fresh or again:
            await self.engine.lane.chore(lambda session: self.write_queue(session, fresh, again))

    async def hidden(self, owner: int, orders: set[int]) -> set[int]:
        """Those of these orders that their shop may not see: never released to it, such as a gift nobody took yet."""
        rows = await self.engine.database.fetch(_HIDDEN, owner=owner, orders=sorted(orders - {0}) or [0])
        return {row.id for row in rows}

    def delivery(self, endpoint: Endpoint, stamp: Stamp, n: int, event: Event) -> Delivery:
        wall = self.engine.world.clock.wall()
        return Delivery(
            endpoint.owner, endpoint.id, stamp.owner, stamp.seq, n, self.engine.ids.next(), type(event).__name__,
            "waiting", 0, wall, 0, "", wall, 0,
        )  # fmt: skip

    async def write_queue(self, session: Session, fresh: list[Delivery], again: list[tuple]) -> None:
        """In a transaction; what is there already stays as it is."""
        keys = [key_of(row) for row in fresh]
        known = {key_of(row): row for row in await session.load(Delivery, list(dict.fromkeys([*keys, *again])))}
        new = [row for row in fresh if key_of(row) not in known]
        if new:
            await session.insert(Delivery, new)
        wall = self.engine.world.clock.wall()
        woken = [
            replace(known[key], state="waiting", attempts=0, next_ms=wall, queued_ms=wall, done_ms=0)
            for key in dict.fromkeys(again)
            if key in known
        ]
        if woken:
            await session.upsert(Delivery, woken)

    # -- from deliveries to the outside -----------------------------------------------------------

    async def start_due(self) -> None:
        """Send the first waiting message of each endpoint and source that has none on its way."""
        wall = self.engine.world.clock.wall()
        heads = await self.engine.database.read(Delivery, _HEADS, now=wall, most=AT_ONCE + len(self.flying))
        free = [head for head in heads if stream(head) not in self.flying][: AT_ONCE - len(self.flying)]
        if not free:
            return
        owners = sorted({head.owner for head in free})
        endpoints = {
            (row.owner, row.id): row
            for row in await self.engine.database.read(Endpoint, "WHERE owner IN (:owners*)", owners=owners)
        }
        loop = asyncio.get_running_loop()
        for head in free:
            endpoint = endpoints[head.owner, head.endpoint]
            if endpoint.state in ("active", "removed"):
                self.flying[stream(head)] = loop.create_task(self.deliver(endpoint, head), name="webhook")

    async def deliver(self, endpoint: Endpoint, delivery: Delivery) -> tuple[Delivery, Outcome]:
        """One try; what becomes of it is written by `finish`."""
        if endpoint.state == "removed":
            return delivery, Outcome(0, "removed")
        (address,) = await self.engine.database.read(
            EndpointUrl, "WHERE owner = :owner AND id = :id", owner=endpoint.owner, id=endpoint.id
        )
        message = await self.message(endpoint, delivery)
        return delivery, await self.sender.send(address.url, message)

    async def message(self, endpoint: Endpoint, delivery: Delivery) -> Message:
        """Read from the log at each try: nothing of it is kept twice."""
        rows = await self.engine.database.fetch(ROWS, owner=delivery.source, seq=delivery.seq - 1, most=1)
        event = decode_events(rows[0].events)[delivery.n]
        now, seal = self.engine.world.clock.now_ms(), self.engine.world.seal
        both = endpoint.rotation and now < endpoint.rotated_ms + ROTATION_MS
        rotations = [endpoint.rotation, endpoint.rotation - 1] if both else [endpoint.rotation]
        secrets = tuple(secret_of(seal, endpoint.owner, endpoint.id, rotation) for rotation in rotations)
        return message_of(Stamp(delivery.source, delivery.seq, rows[0].at), delivery.n, event, secrets)

    async def finish(self) -> int:
        """Wait a moment for what is on its way and write its outcome. While any is on its way there is more to do."""
        if not self.flying:
            return 0
        await asyncio.wait(self.flying.values(), timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        done = {key: task for key, task in self.flying.items() if task.done()}
        for key in done:
            del self.flying[key]
        results = []
        for key, task in done.items():
            if task.exception():
                log.error("webhook_failed", stream=key, exc_info=task.exception())
            else:
                results.append(task.result())
        if results:
            for failed in await self.engine.lane.chore(lambda session: self.write_results(session, results)):
                await self.disable(*failed)
        return len(results) + len(self.flying)

    async def write_results(self, session: Session, results: list[tuple[Delivery, Outcome]]) -> list[tuple]:
        """In a transaction: the deliveries, and since when each endpoint fails. Returns those to disable, and why."""
        wall = self.engine.world.clock.wall()
        await session.upsert(Delivery, [after(delivery, outcome, wall) for delivery, outcome in results])
        keys = list(dict.fromkeys((delivery.owner, delivery.endpoint) for delivery, _ in results))
        known = {key_of(row): row.failing_ms for row in await session.load(EndpointHealth, keys)}
        health, ended = dict(known), []
        for delivery, outcome in results:
            key = (delivery.owner, delivery.endpoint)
            since = 0 if outcome.delivered else health.get(key, 0) or wall
            if outcome.code == "gone" or (since and wall - since >= DISABLE_MS):
                ended.append((*key, outcome.code if outcome.code == "gone" else "failing", wall))
                since = 0
            health[key] = since
        changed = [EndpointHealth(*key, since) for key, since in health.items() if known.get(key) != since]
        if changed:
            await session.upsert(EndpointHealth, changed)
        return ended

    async def disable(self, owner: int, endpoint: int, why: str, at_ms: int) -> None:
        """Nothing is sent there until its owner says so."""
        log.warning("endpoint_disabled", owner=owner, endpoint=endpoint, why=why)
        try:
            command = DisableEndpoint(owner, endpoint, why)
            await self.engine.send(command, system("job"), f"disable.{endpoint}.{at_ms}")
        except (Refused, Busy) as error:
            log.warning("endpoint_not_disabled", endpoint=endpoint, error=type(error).__name__)

    async def prune(self) -> None:
        """Once an hour, forget deliveries that are long over."""
        wall = self.engine.world.clock.wall()
        if wall < self.prune_ms:
            return
        self.prune_ms = wall + HOUR
        await self.engine.lane.chore(lambda session: session.fetch(_PRUNE, before=wall - KEEP_MS))


def told(endpoint: Endpoint, stamp: Stamp, event: Event, hidden: set[int]) -> bool:
    """Whether an endpoint hears of this event, and was there when it happened."""
    later = stamp.seq > endpoint.since_seq if endpoint.owner == stamp.owner else stamp.at >= endpoint.made_ms
    return later and hears(endpoint, stamp.owner, event, hidden)


def stream(delivery: Delivery) -> tuple:
    """Messages of one source for one endpoint, which keep their order."""
    return (delivery.owner, delivery.endpoint, delivery.source)


def after(delivery: Delivery, outcome: Outcome, wall: int) -> Delivery:
    """A delivery after one more try."""
    tried = replace(delivery, attempts=delivery.attempts + 1, status=outcome.status, code=outcome.code)
    if outcome.delivered:
        return replace(tried, state="delivered", done_ms=wall)
    if outcome.code == "removed":
        return replace(delivery, state="cancelled", code="removed", done_ms=wall)
    wait = WAITS_MS[min(delivery.attempts, len(WAITS_MS) - 1)]
    if wall + wait > delivery.queued_ms + GIVE_UP_MS:
        return replace(tried, state="given_up", done_ms=wall)
    return replace(tried, next_ms=wall + wait)
