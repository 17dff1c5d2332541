"""Lock-out: so many failures under one login or from one address, and nothing more is heard for a while.

Kept as rows, by the wall clock, so that neither another process nor a restart gives new tries. A try is counted before
the password is looked at, so that many at once gain nothing.
"""

from typing import Any, NamedTuple

from jishi.kernel.refused import Refused
from jishi.store import Session, Tries

MINUTE_MS = 60_000


class Limit(NamedTuple):
    """So many failures within a time lock for a while. All three are our default."""

    most: int
    within_ms: int
    lock_ms: int


LOGIN = Limit(5, 15 * MINUTE_MS, 15 * MINUTE_MS)
ADDRESS = Limit(30, 15 * MINUTE_MS, 15 * MINUTE_MS)
LETTERS = Limit(20, 60 * MINUTE_MS, 60 * MINUTE_MS)  # letters asked for from one address

_COUNT = """
INSERT INTO tries (mark, failures, since_ms, locked_ms) VALUES (:mark, 1, :now, 0)
ON CONFLICT (mark) DO UPDATE SET
  failures = CASE WHEN tries.since_ms < :since THEN 1 ELSE tries.failures + 1 END,
  since_ms = CASE WHEN tries.since_ms < :since THEN :now ELSE tries.since_ms END,
  locked_ms = CASE WHEN tries.since_ms >= :since AND tries.failures + 1 >= :most THEN CAST(:until AS BIGINT) ELSE 0 END
WHERE tries.locked_ms <= :now
RETURNING failures, locked_ms
"""


async def count(engine: Any, mark: str, limit: Limit) -> bool:
    """Count one try; returns whether it was the last one allowed. Refuses `locked_out` while nothing is heard."""
    now = engine.world.clock.wall()

    async def work(session: Session) -> list:
        told = {"mark": mark, "now": now, "since": now - limit.within_ms}
        counted = await session.fetch(_COUNT, **told, most=limit.most, until=now + limit.lock_ms)
        return counted or await session.load(Tries, [(mark,)])

    (row,) = await engine.lane.chore(work)
    if isinstance(row, Tries):
        raise Refused("locked_out", wait_s=-(-(row.locked_ms - now) // 1000))
    return row.locked_ms > now


_TAKE_BACK = """
UPDATE tries SET failures = failures - 1, locked_ms = CASE WHEN failures > :most THEN locked_ms ELSE 0 END
WHERE mark = :mark AND failures > 0
"""


async def take_back(engine: Any, mark: str, limit: Limit) -> None:
    """It was no failure: this one try counts no more. Those of others from the same place do."""
    await engine.lane.chore(lambda session: session.fetch(_TAKE_BACK, mark=mark, most=limit.most))


async def forget(engine: Any, mark: str) -> None:
    """It went well: the failures before count no more."""
    await engine.lane.chore(lambda session: session.delete(Tries, [(mark,)]))
