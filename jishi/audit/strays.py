"""Rows that no event of the log made: counted owner by owner, and looked for by key only where there are more."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from jishi.audit.facts import PLANS
from jishi.audit.query import Side, Tally
from jishi.audit.reading import events_of
from jishi.audit.snapshot import Snapshot, all_rows
from jishi.audit.violation import Violation

# Each of these events makes one row.
MAKERS = (
    "LinePlaced", "LegOpened", "PaymentCaptured", "NoticeRecorded", "CheckoutNoticeRecorded", "RefundRequested",
    "ShareSettled", "ShareReclaimed", "ShareBooked", "ShareTakenBack", "ParcelShipped", "ClaimOpened",
    "CheckoutPlaced", "SurplusBooked",
)  # fmt: skip
TABLES = {name: PLANS[name][0].table for name in MAKERS}


class Strays:
    """Counts what the log of an owner made, beside the rows he has."""

    def __init__(self, snapshot: Snapshot, tally: Tally):
        self.snapshot, self.tally, self.owner = snapshot, tally, 0
        self.made: Counter[str] = Counter()
        sizes = 'SELECT owner, COUNT(*) AS size FROM "{}" GROUP BY owner ORDER BY owner'
        tables = dict.fromkeys(TABLES.values())
        self.sides = {table: Side(snapshot.rows(sizes.format(table)), "owner") for table in tables}

    async def see(self, row: Any, events: list[dict] | None) -> AsyncIterator[Violation]:
        """One log row; when it is the first of another owner, the rows of the one before are compared."""
        if row["owner"] != self.owner:
            async for violation in self.compare():
                yield violation
            self.owner = row["owner"]
        self.made.update([TABLES[event["type"]] for event in events or () if event["type"] in TABLES])

    async def compare(self) -> AsyncIterator[Violation]:
        """Where an owner has more rows than events that make one, those of no event are named."""
        made, self.made = self.made, Counter()
        for table, side in self.sides.items():
            self.tally.facts += 1
            strays, mine = await side.up_to((self.owner,))
            for found in [*strays, *mine]:
                if found["owner"] != self.owner or found["size"] > made[table]:
                    async for violation in self.name(table, found["owner"]):
                        yield violation

    async def name(self, table: str, owner: int) -> AsyncIterator[Violation]:
        """Read one owner's log again, for the keys of this table."""
        told = set()
        async for row in self.snapshot.rows("SELECT seq, events FROM log WHERE owner = ? ORDER BY seq", owner):
            for event in events_of(row) or ():
                if TABLES.get(event["type"]) == table:
                    _, key, _ = PLANS[event["type"]]
                    told.add(tuple([(event | {"seq": row["seq"]})[field] for _, field in key]))
        columns = next([column for column, _ in PLANS[name][1]] for name in MAKERS if TABLES[name] == table)
        listed = ", ".join(f'"{column}"' for column in columns)
        for row in await all_rows(self.snapshot, f'SELECT {listed} FROM "{table}" WHERE owner = ?', owner):
            if tuple([row[column] for column in columns]) not in told:
                key = {"owner": owner} | {column: row[column] for column in columns}
                yield Violation("row_by_event", table, key, "no event of the log made it")

    async def finish(self) -> AsyncIterator[Violation]:
        """The last owner's rows, and those of owners after him."""
        async for violation in self.compare():
            yield violation
        for table, side in self.sides.items():
            strays, _ = await side.up_to(None)
            for found in strays:
                async for violation in self.name(table, found["owner"]):
                    yield violation
