"""Queries: what may be read, declared like commands: parameters, who may see it, the view it gives, and whether it
comes in pages.

Queries never decide. A noun's queries stand in `queries/<noun>.py`; importing `jishi.store.queries` fills the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from jishi.kernel.grammar import Case, Need, Role, in_waves
from jishi.kernel.ids import ID_MAX
from jishi.kernel.refused import require
from jishi.kernel.rows import TABLES, Row, key_of

PAGE_MOST = 100
DIGITS_MOST = len(str(ID_MAX))


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question.

    Its fields are the parameters; `owner` is the first of them that names one, for the roles of its staff.
    """

    @property
    def owner(self) -> int:
        for name in ("shop", "party"):
            if hasattr(self, name):
                return getattr(self, name)
        return 0


class Paged(Query, frozen=True, kw_only=True):
    """A question whose answer comes in pages, newest first unless the query says otherwise.

    after: the cursor of the page before, "" for the first; cursors are opaque.
    """

    after: Annotated[str, Meta(max_length=200)] = ""
    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST)] = 20


class View(msgspec.Struct, frozen=True):
    """One thing as it is shown. Owned ids are told with the owner in the view's first field."""


class Page(NamedTuple):
    """Some views and the cursor of the next page, "" at the end."""

    views: list[View]
    after: str


@dataclass(frozen=True)
class Asked:
    """A declared query. path: noun and what is listed, as in `orders/bought`."""

    query: type[Query]
    path: str
    who: tuple[Role, ...]
    needs: tuple[Need, ...]
    view: type[View]
    answer: Callable[..., Any]

    @property
    def paged(self) -> bool:
        return issubclass(self.query, Paged)


QUERIES: dict[type[Query], Asked] = {}


def answers(query: type[Query], path: str, *, who: tuple[Role, ...], view: type[View], needs: tuple[Need, ...] = ()):
    """Declare how a query is answered: `async (database, query, case)` -> a View, or a Page for a paged one."""

    def declare(answer: Callable) -> Callable:
        assert query not in QUERIES, f"{query.__name__}: answered twice"
        slots: dict[str, Need] = {}
        for need in (*needs, *(need for role in who for need in role.needs)):
            slots.setdefault(need.slot, need)
        ordered = tuple(chain(*in_waves(slots.values())))
        QUERIES[query] = Asked(query, path, who, ordered, view, answer)
        return answer

    return declare


async def ask(database: Any, case: Case, query: Query) -> View | Page:
    """Answer a query for whom `case.by` names; refuses `forbidden` or what the query itself refuses."""
    asked = QUERIES[type(query)]
    for need in asked.needs:
        setattr(case, need.slot, await load(database, need, need.keys(query, case)))
    require(any(role.test(query, case) for role in asked.who), "forbidden")
    return await asked.answer(database, query, case)


async def load(database: Any, need: Need, keys: Any) -> Any:
    """One slot of a query's case, read outside of any transaction."""
    if keys is None:
        return None if need.shape == "one" else {} if need.shape == "each" else ()
    if need.shape == "one":
        return next(iter(await under(database, need.row, keys)), None)
    if need.shape == "many":
        return tuple(await under(database, need.row, keys))
    found = [row for key in keys for row in await under(database, need.row, key)]
    return {key_of(row): row for row in found}


async def under(database: Any, row_type: type[Row], beginning: tuple, tail: str = "", **params: Any) -> list:
    """Rows whose key begins with these values, in key order unless the tail says otherwise."""
    names = TABLES[row_type].key
    where = " AND ".join(f'"{name}" = :k{place}' for place, name in enumerate(names[: len(beginning)]))
    order = tail or "ORDER BY " + ", ".join(f'"{name}"' for name in names)
    return await database.read(
        row_type, f"WHERE {where} {order}", **params, **{f"k{n}": v for n, v in enumerate(beginning)}
    )


def cursor_known(known: bool) -> None:
    """A cursor that is none of ours is refused: who goes on from the start would see things twice."""
    require(known, "query_invalid", field="after")


def number_of(text: str) -> int:
    """A number of a cursor."""
    cursor_known(text.isascii() and text.isdecimal() and len(text) <= DIGITS_MOST and int(text) <= ID_MAX)
    return int(text)


def before(after: str) -> int:
    """The id a page begins below; such a cursor of ours is the last id of the page before."""
    return number_of(after) if after else ID_MAX


def beyond(after: str) -> int:
    """The number a page begins above, where the smallest comes first."""
    return number_of(after) if after else 0
