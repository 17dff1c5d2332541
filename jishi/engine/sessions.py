"""Sessions: where a party is signed in, as rows, so that each can be seen and ended. By the wall clock."""

import secrets
from typing import Any

import structlog
from msgspec.structs import replace

from jishi.engine.sign_in import SignIn
from jishi.kernel.ids import public_owner
from jishi.store import Session, SessionRow
from jishi.store.query import under

security = structlog.get_logger("jishi.security")
SESSION_MS = 7 * 24 * 3_600_000  # our default
LISTED_MOST = 50
DAY_MS = 24 * 3_600_000  # tries and codes matter for an hour at most
DEVICE_MOST = 60


class Sessions:
    """Opens, lists and ends them."""

    def __init__(self, engine: Any, sign_in: SignIn):
        self.engine, self.sign_in, self.wall = engine, sign_in, engine.world.clock.wall

    async def open(self, party: int, how: str, device: str) -> str:
        """A new session; returns what its cookie holds. What is over goes by the way."""
        now = self.wall()
        row = SessionRow(
            secrets.randbelow(2**62) + 1, party, "active", how, device[:DEVICE_MOST], now, now + SESSION_MS
        )

        async def work(session: Session) -> None:
            await session.fetch("DELETE FROM sessions WHERE party = :party AND until_ms < :now", party=party, now=now)
            for forgotten in ("tries", "codes"):
                await session.fetch(f"DELETE FROM {forgotten} WHERE since_ms < :before", before=now - DAY_MS)
            await session.insert(SessionRow, [row])

        await self.engine.lane.chore(work)
        security.info("signed_in", by=public_owner(party), how=how)
        return self.sign_in.session_value(row)

    async def of(self, party: int) -> list[SessionRow]:
        """Where the party is signed in now, the newest first."""
        return await self.engine.database.read(
            SessionRow,
            "WHERE party = :party AND state = 'active' AND until_ms > :now ORDER BY made_ms DESC, id DESC LIMIT :most",
            party=party, now=self.wall(), most=LISTED_MOST,
        )  # fmt: skip

    async def end(self, party: int, number: int) -> None:
        """End one of the party's sessions; another's is none of his."""
        rows = [row for row in await under(self.engine.database, SessionRow, (number,)) if row.party == party]
        await self._revoke(rows)

    async def end_others(self, party: int, kept: int = 0) -> int:
        """End all of the party's sessions but one; returns how many."""
        rows = await self.engine.database.read(
            SessionRow, "WHERE party = :party AND state = 'active' AND id <> :kept", party=party, kept=kept
        )
        await self._revoke(rows)
        return len(rows)

    async def _revoke(self, rows: list[SessionRow]) -> None:
        if not rows:
            return
        gone = [replace(row, state="revoked") for row in rows]
        await self.engine.lane.chore(lambda session: session.upsert(SessionRow, gone))
        for row in rows:
            self.sign_in.forget(SessionRow, row.id)
        security.info("sessions_revoked", by=public_owner(rows[0].party), count=len(rows))
