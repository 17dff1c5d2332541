"""Calm: faults are over, shops send what was ordered, time goes from one due instant to the next: all must end."""

from typing import Any

from jishi.engine.outbox_statement import CURSOR
from jishi.kernel.grammar import Principal
from jishi.kernel.parcels import ShipParcel
from jishi.sim import invariants
from jishi.sim.faults import Violated
from jishi.sim.post import DAY
from jishi.sim.view import look

CALM_MS = 60 * DAY
ROUNDS_MOST = 20_000
TO_SHIP = "SELECT owner, id FROM orders WHERE state IN ('to_ship', 'partly_shipped') ORDER BY owner, id"
TURNS = ("timers", "reactions", "outbox", "statement")


async def calm_down(sim: Any) -> None:
    """Let everything come to its end within sixty days, and check that it did."""
    sim.provider.calm = sim.post.calm = True
    end = sim.clock.at + CALM_MS
    for _ in range(ROUNDS_MOST):
        await rest(sim)
        due = await next_ms(sim)
        if due is None or due > end:
            break
        sim.clock.pass_by(max(1, due - sim.clock.at))
    sim.clock.pass_by(max(0, end - sim.clock.at))
    await rest(sim)
    wrong = await invariants.broken(sim.database, sim.provider) + await invariants.open_ends(sim.database, sim.provider)
    if wrong:
        raise Violated("; ".join(wrong))


async def rest(sim: Any) -> None:
    """Do all that can be done at this instant."""
    for _ in range(200):
        sim.provider.bring_to_end()
        moved = 0
        while notices := sim.post.arrived(20):
            for notice in notices:
                moved += 1
                await sim.deliver(notice)
        for name in TURNS:
            moved += await sim.turn(name)
        moved += await ship(sim)
        sim.must_not_have_failed()
        if not moved:
            return
    raise Violated("the pumps never come to rest")


async def ship(sim: Any) -> int:
    """Shops send what is to be sent."""
    orders, done = await sim.database.fetch(TO_SHIP), 0
    if not orders:
        return 0
    view = sim.view = await look(sim.database)
    for order in orders:
        keepers = [row.party for row in view.staff if row.owner == order.owner and "orders" in row.duties]
        command = ShipParcel(order.owner, order.id, "SF", f"SF{sim.fresh()}")
        done += len(await sim.send([(command, Principal("party", keepers[0]), f"calm.{sim.fresh()}")]))
    return done


async def next_ms(sim: Any) -> int | None:
    """When the next thing happens."""
    timers = await sim.database.fetch("SELECT MIN(due_ms) AS due_ms FROM timers")
    waiting = await sim.database.fetch("SELECT MIN(due_ms) AS due_ms FROM waiting")
    unread = [sim.statement.next_ms] if await behind(sim) else []
    known = [*unread, timers[0].due_ms, waiting[0].due_ms, sim.post.next_ms()]
    return min([due for due in known if due is not None], default=None)


async def behind(sim: Any) -> bool:
    """Whether the provider's statement has rows that we have not read."""
    kept = await sim.database.fetch("SELECT value FROM meta WHERE key = :key", key=CURSOR)
    return int(kept[0].value if kept else 0) < len(sim.provider.rows)
