"""The provider's statement, read now and then by cursor: what moved there, though its notice never came."""

from typing import Any

import structlog

from jishi.engine.outbox_notices import NOT_OURS, take
from jishi.engine.pump import Pump
from jishi.engine.request import Busy
from jishi.kernel.refused import Refused
from jishi.ports.pay import Notice, Pay, PayRefused, StatementRow, Unknown
from jishi.store import Meta

log = structlog.get_logger("jishi.outbox")
EVERY_MS = 300_000  # our default
PAGES_AT_ONCE = 20
CURSOR = "statement_cursor"
NUMBERS = {
    "paid": ("paid", "trade_no"),
    "reversed": ("reversed", "trade_no"),
    "charged_back": ("charged_back", "trade_no"),
    "refunded": ("refunded", "refund_no"),
    "paid_out": ("paid_out", "payout_no"),
    "payout_returned": ("payout_failed", "payout_no"),
}


class StatementReader(Pump):
    """Sends what each new row of the statement says; rows we knew of change nothing."""

    name = "statement"

    def __init__(self, engine: Any, pay: Pay):
        super().__init__(engine)
        self.pay = pay
        self.next_ms = 0

    async def turn(self) -> int:
        """Read on when it is time to; returns how many rows were read."""
        wall = self.engine.world.clock.wall()
        if self.next_ms - EVERY_MS <= wall < self.next_ms:  # a wall clock that was set back makes nobody wait
            return 0
        self.next_ms = wall + EVERY_MS
        try:
            return await self.read_on()
        except (Unknown, PayRefused) as error:
            log.warning("statement_unknown", code=error.code)
        except Busy:
            log.warning("statement_waits")
        return 0

    async def read_on(self) -> int:
        """Page by page from the kept cursor, which moves once a page's rows are recorded."""
        kept = await self.engine.database.read(Meta, "WHERE key = :key", key=CURSOR)
        cursor, done = kept[0].value if kept else None, 0
        for _ in range(PAGES_AT_ONCE):
            page = await self.pay.statement(cursor)
            for row in page.rows:
                await self.record(row)
            if page.rows:
                cursor, done = page.cursor, done + len(page.rows)
                mark = Meta(CURSOR, cursor)
                await self.engine.lane.chore(lambda session, mark=mark: session.upsert(Meta, [mark]))
            if not page.more:
                return done
        self.next_ms = 0
        return done

    async def record(self, row: StatementRow) -> None:
        """One row as the notice that should have told it. What is not ours is for a person to look at."""
        kind, field = NUMBERS[row.kind]
        told = {field: row.reference, "amount_minor": abs(row.amount_minor), "currency": row.currency}
        notice = Notice(id=f"statement-{row.seq}", kind=kind, merchant="", at_ms=row.at_ms, txn=row.txn, **told)
        try:
            code = await take(self.engine, notice, f"statement.{row.seq}")
        except Busy:
            raise
        except Refused as refused:
            log.error("statement_row_not_ours", seq=row.seq, kind=row.kind, code=refused.code)
            return
        if code in NOT_OURS:
            log.error("statement_row_not_ours", seq=row.seq, kind=row.kind, code=code)
