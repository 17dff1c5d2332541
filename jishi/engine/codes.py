"""Codes of six digits that prove an e-mail address or a phone: derived by a keyed hash, good once, for ten minutes.

What is kept is only that one was sent, under a keyed hash of purpose and login. Whether somebody has the login makes no
difference here: the same row is written, and a code is derived that only its letter tells.
"""

import hmac
import secrets
from typing import Any

import structlog
from msgspec.structs import replace

from jishi.kernel.logins import Named
from jishi.kernel.refused import Refused, require
from jishi.store import CodeRow, Session

security = structlog.get_logger("jishi.security")
GOOD_MS, TRIES_MOST = 10 * 60_000, 5
SENT_MOST, SENT_WITHIN_MS = 5, 60 * 60_000  # our default


class Codes:
    """Makes and checks them."""

    def __init__(self, engine: Any):
        self.engine, self.wall, self.seal = engine, engine.world.clock.wall, engine.world.seal

    def mark(self, purpose: str, login: Named) -> str:
        return self.seal("code", purpose, login.kind, login.text)

    def code(self, mark: str, row: CodeRow) -> str:
        """Its six digits."""
        number = int(self.seal("digits", mark, str(row.serial), str(row.sent_ms)), 16)
        return f"{number % 1_000_000:06}"

    async def make(self, purpose: str, login: Named) -> str:
        """A new code; the one before is worth nothing any more. Refuses more than a few within an hour."""
        mark, now = self.mark(purpose, login), self.wall()

        async def work(session: Session) -> CodeRow:
            known = next(iter(await session.load(CodeRow, [(mark,)])), None)
            fresh = known is None or known.since_ms < now - SENT_WITHIN_MS
            sent, since = (1, now) if fresh else (known.sent + 1, known.since_ms)
            require(sent <= SENT_MOST, "codes_too_many")
            row = CodeRow(mark, secrets.randbelow(2**62) + 1, now, 0, sent, since)
            await session.upsert(CodeRow, [row])
            return row

        row = await self.engine.lane.chore(work)
        security.info("code_sent", purpose=purpose, mark=mark[:12])
        return self.code(mark, row)

    async def prove(self, purpose: str, login: Named, told: str, *, use: bool = True) -> None:
        """Count the try and compare. Refuses what is wrong, late, used before or tried too often."""
        mark, now = self.mark(purpose, login), self.wall()

        async def work(session: Session) -> str:
            row = next(iter(await session.load(CodeRow, [(mark,)])), None)
            if row is None or not row.serial:
                return "code_wrong"
            if not 0 <= now - row.sent_ms < GOOD_MS:
                return "code_late"
            if row.tries >= TRIES_MOST:
                return "code_tries"
            right = hmac.compare_digest(self.code(mark, row).encode(), told.encode())
            left = replace(row, tries=row.tries if right else row.tries + 1, serial=0 if right and use else row.serial)
            await session.upsert(CodeRow, [left])
            return "" if right else "code_wrong"

        why = await self.engine.lane.chore(work)
        if why == "code_wrong":
            security.warning("code_refused", purpose=purpose, mark=mark[:12], why=why)
            raise Refused("code_wrong")
        require(why != "code_late", "code_late")
        require(why != "code_tries", "code_tries")
