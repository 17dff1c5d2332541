"""Rows that many ask for at the same moment, read by one query per table."""

import asyncio
from typing import Any

from jishi.kernel.rows import TABLES, Row, key_of
from jishi.store.futures import finish


class Together:
    """Reads by full key outside of any transaction; whoever asks before the loop's next round shares one query."""

    def __init__(self, database: Any):
        self.database = database
        self.asked: dict[type[Row], dict[tuple, asyncio.Future]] = {}
        self.reading: set[asyncio.Task] = set()

    async def one(self, row_type: type[Row], key: tuple) -> Row | None:
        """The row with this key, or None. Raises what the database raises."""
        asked = self.asked.get(row_type)
        if asked is None:
            asked = self.asked[row_type] = {}
            self._soon(row_type)
        if key not in asked:
            asked[key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(asked[key])  # one who leaves does not take the answer from the others

    def _soon(self, row_type: type[Row]) -> None:
        task = asyncio.get_running_loop().create_task(self._read(row_type))
        self.reading.add(task)  # the loop alone would forget it
        task.add_done_callback(self.reading.discard)

    async def _read(self, row_type: type[Row]) -> None:
        asked = self.asked.pop(row_type)
        try:
            found = await self._rows(row_type, list(asked))
        except Exception as error:  # noqa: BLE001  whoever asked hears of it
            for future in asked.values():
                finish(future, error)
            return
        for key, future in asked.items():
            future.set_result(found.get(key))

    async def _rows(self, row_type: type[Row], keys: list[tuple]) -> dict[tuple, Row]:
        """Rows by key. Each column is looked up on its own: what only fits together by chance is left out."""
        names = TABLES[row_type].key
        where = " AND ".join(f'"{name}" IN (:k{place}*)' for place, name in enumerate(names))
        params = {f"k{place}": sorted({key[place] for key in keys}) for place in range(len(names))}
        return {key_of(row): row for row in await self.database.read(row_type, f"WHERE {where}", **params)}
