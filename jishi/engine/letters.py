"""The letters of the local post: kept for a day, with the party they are for, so that they are found and erased."""

from typing import Any

from jishi.kernel.logins import Login, Named
from jishi.store import LetterRow, Session
from jishi.store.query import under

KEPT_MS = 24 * 3_600_000  # our default: a code is worth nothing after ten minutes
SHOWN_MOST = 50


async def keep(engine: Any, way: str, address: str, subject: str, text: str) -> None:
    """Keep one, and drop those of yesterday."""
    mark, now = Named(way, address).mark(engine.world.seal), engine.world.clock.wall()
    known = await under(engine.database, Login, (mark,))
    row = LetterRow(engine.ids.next(), known[0].party if known else 0, mark, way, address, subject, text, now)

    async def work(session: Session) -> None:
        await session.fetch("DELETE FROM letters WHERE at_ms < :before", before=now - KEPT_MS)
        await session.insert(LetterRow, [row])

    await engine.lane.chore(work)


async def latest(database: Any) -> list[LetterRow]:
    """The newest letters, for the outbox of a demo."""
    return await database.read(LetterRow, "ORDER BY id DESC LIMIT :most", most=SHOWN_MOST)
