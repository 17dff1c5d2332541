"""Checks of two kinds: a query that finds the rows that break a rule, and a walk that reads tables side by side."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from jishi.audit.snapshot import Snapshot, all_rows
from jishi.audit.violation import Violation


class Tally:
    """How many single facts were looked at."""

    def __init__(self) -> None:
        self.facts = 0
        self.sizes: dict[str, int] = {}

    async def size(self, snapshot: Snapshot, table: str) -> int:
        """The number of rows of a table, counted once."""
        if table not in self.sizes:
            (row,) = await all_rows(snapshot, f'SELECT COUNT(*) AS size FROM "{table}"')
            self.sizes[table] = row["size"]
        return self.sizes[table]


class Query(NamedTuple):
    """A rule as SQL: it selects what breaks it. key: the columns that name the row; told: a sentence over the columns.

    Each row of the table counts as one fact.
    """

    name: str
    table: str
    key: tuple[str, ...]
    sql: str
    told: str

    async def run(self, snapshot: Snapshot, tally: Tally) -> AsyncIterator[Violation]:
        tally.facts += await tally.size(snapshot, self.table)
        async for row in snapshot.rows(self.sql):
            key = {column: row[column] for column in self.key}
            yield Violation(self.name, self.table, key, self.told.format_map(row))


class Walk(NamedTuple):
    """A rule in code, which counts its own facts."""

    name: str
    run: Callable[[Snapshot, Tally], AsyncIterator[Violation]]


class Side:
    """A sorted stream read beside another one, by the same leading columns."""

    def __init__(self, rows: AsyncIterator[Any], *columns: str):
        self.rows, self.columns, self.ahead = rows, columns, None
        self.started = False

    def key(self, row: Any) -> tuple:
        return tuple([row[column] for column in self.columns])

    async def _next(self) -> None:
        self.ahead = await anext(self.rows, None)

    async def up_to(self, key: tuple | None) -> tuple[list[Any], list[Any]]:
        """Rows before the key, which nothing on the other side matches, and rows at it. None: all that is left."""
        if not self.started:
            self.started = True
            await self._next()
        strays, mine = [], []
        while self.ahead is not None and (key is None or self.key(self.ahead) <= key):
            (mine if key is not None and self.key(self.ahead) == key else strays).append(self.ahead)
            await self._next()
        return strays, mine
