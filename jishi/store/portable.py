"""Portable SQL: `:name` parameters, and `IN (:name*)` for a list, on both databases.

On PostgreSQL a list becomes `= ANY($n)`, on SQLite a `json_each`, so that a statement's text never depends on values.
Lists hold ints or texts. Write CAST(x AS BIGINT), never x::bigint.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec

_PIECES = re.compile(r"('(?:[^']|'')*')|\b(NOT\s+)?IN\s*\(\s*:(\w+)\*\s*\)|(?<![:\w]):([A-Za-z_]\w*)", re.IGNORECASE)


@lru_cache(maxsize=1000)
def for_postgres(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with $1, $2 …, and the parameters' names in that order."""
    names: list[str] = []

    def place(name: str) -> str:
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    def piece(found: re.Match) -> str:
        literal, negated, many, name = found.groups()
        if many:
            return f"<> ALL({place(many)})" if negated else f"= ANY({place(many)})"
        return literal or place(name)

    return _PIECES.sub(piece, sql), tuple(names)


@lru_cache(maxsize=1000)
def for_sqlite(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with lists as `json_each`, and the names of those lists."""
    lists: list[str] = []

    def piece(found: re.Match) -> str:
        literal, negated, many, name = found.groups()
        if many:
            lists.append(many)
            return f"{negated or ''}IN (SELECT value FROM json_each(:{many}))"
        return literal or f":{name}"

    return _PIECES.sub(piece, sql), tuple(lists)


def sqlite_values(params: dict[str, Any], lists: tuple[str, ...]) -> dict[str, Any]:
    """The parameters with lists as JSON."""
    return params | {name: msgspec.json.encode(list(params[name])).decode() for name in lists} if lists else params


@lru_cache(maxsize=1000)
def record(names: tuple[str, ...]) -> Callable[[Iterable], tuple]:
    """What `fetch` gives back: a named tuple with the statement's column names."""
    return namedtuple("Record", names)._make
