"""Rows that must exist with given values, looked up some hundred at a time."""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from jishi.audit.query import Tally
from jishi.audit.snapshot import Snapshot, all_rows
from jishi.audit.violation import Violation

AT_ONCE = 300
CASTS = {int: "CAST(? AS BIGINT)", str: "CAST(? AS TEXT)"}


class Expected(NamedTuple):
    """A row that must be there: its check, table, key and columns. because: what tells so."""

    check: str
    table: str
    key: dict[str, int | str]
    columns: dict[str, Any]
    because: str


class Lookup:
    """Collects expected rows and compares them, a table at a time."""

    def __init__(self, snapshot: Snapshot, tally: Tally):
        self.snapshot, self.tally = snapshot, tally
        self.waiting: dict[tuple, list[Expected]] = {}

    async def expect(self, expected: Expected) -> AsyncIterator[Violation]:
        """Note an expected row; now and then a full load is looked up, and what is missing or differs is told."""
        kinds = tuple([(column, type(value)) for column, value in expected.key.items()])
        load = self.waiting.setdefault((expected.table, kinds), [])
        load.append(expected)
        if len(load) >= AT_ONCE:
            async for violation in self.look(expected.table, kinds):
                yield violation

    async def finish(self) -> AsyncIterator[Violation]:
        """Look up what is left."""
        for table, kinds in list(self.waiting):
            async for violation in self.look(table, kinds):
                yield violation

    async def look(self, table: str, kinds: tuple) -> AsyncIterator[Violation]:
        load = self.waiting.pop((table, kinds))
        self.tally.facts += len(load)
        names = [column for column, _ in kinds]
        quoted = ", ".join(f'"{name}"' for name in names)
        one = f"({', '.join(CASTS[kind] for _, kind in kinds)})"
        wanted = ", ".join([one] * len(load))
        values = [value for expected in load for value in expected.key.values()]
        sql = f'SELECT * FROM "{table}" WHERE ({quoted}) IN (VALUES {wanted})'
        found = {tuple([row[name] for name in names]): row for row in await all_rows(self.snapshot, sql, *values)}
        for expected in load:
            row = found.get(tuple(expected.key.values()))
            if row is None:
                yield Violation(expected.check, table, expected.key, f"missing, though {expected.because}")
            elif wrong := differences(row, expected.columns):
                yield Violation(expected.check, table, expected.key, f"{wrong}, though {expected.because}")


def differences(row: Any, columns: dict[str, Any]) -> str:
    """Where a row differs from what is expected. Lists are compared with the JSON the column keeps."""
    told = []
    for column, value in columns.items():
        kept = row[column]
        if isinstance(value, list):
            kept = json.loads(kept)
        if kept != value:
            told.append(f"{column} is {kept!r} and not {value!r}")
    return "; ".join(told)
