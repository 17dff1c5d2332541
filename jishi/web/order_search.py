"""Looking for orders by words: part of an order's number, of what was bought, or of a name.

No more than `LOOKED_MOST` orders are gone through for one page; from there the reader looks further back by the cursor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.requests import Request

from jishi.kernel.ids import public_id
from jishi.kernel.orders import Order
from jishi.store.queries import page_deals, page_goods
from jishi.store.queries.orders import NEWEST, mark_of, since
from jishi.web.asking import database_of, language_of

LOOKED_MOST, WORDS_MOST = 500, 60  # our defaults
_TITLES = """
SELECT owner, product, version, title FROM product_texts
WHERE owner IN (:owners*) AND product IN (:products*) AND version IN (:versions*)
"""


class Found(NamedTuple):
    """A page of orders. more: where the next one begins, "" at the end; partly: there may be hits further back.

    names: (shop, order) -> the name it was looked for by; empty where no words were asked for.
    """

    orders: list[Order]
    more: str
    partly: bool
    names: dict[tuple[int, int], str]


def words_in(request: Request) -> str:
    """What is looked for, as it was typed."""
    return request.query_params.get("q", "").strip()[:WORDS_MOST]


async def found(request: Request, where: str, most: int, named: Callable, **told: Any) -> Found:
    """Orders of a condition, newest first, that hold each of the words asked for. named: orders -> (shop, order) ->
    the name a reader knows each by.
    """
    words = words_in(request).replace("…", " ").casefold().split()
    looked = LOOKED_MOST if words else most
    rows = await database_of(request).read(
        Order, f"WHERE {where} AND {NEWEST}",
        **told, **since(request.query_params.get("after", "")), most=looked + 1,
    )  # fmt: skip
    further = mark_of(rows[looked - 1]) if len(rows) > looked else ""
    rows = rows[:looked]
    if not words:
        return Found(rows, further, False, {})
    names = await named(rows)
    texts = await _texts(request, rows, names)
    hits = [row for row in rows if all(word in texts[row.owner, row.id] for word in words)]
    if len(hits) > most:
        return Found(hits[:most], mark_of(hits[most - 1]), False, names)
    return Found(hits, further, bool(further), names)


async def _texts(request: Request, rows: list[Order], names: dict[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """(shop, order) -> all that may be looked for in it: its number, what was bought in every language, its name."""
    if not rows:
        return {}
    database = database_of(request)
    lines = await page_deals.lines_of(database, rows)
    bought = [line for found in lines.values() for line in found]
    titles: dict[tuple[int, int, int], list[str]] = {}
    for row in await database.fetch(
        _TITLES, owners=sorted({line.owner for line in bought}), products=sorted({line.product for line in bought}),
        versions=sorted({line.texts for line in bought}),
    ):  # fmt: skip
        titles.setdefault((row.owner, row.product, row.version), []).append(row.title)
    told = {}
    for row in rows:
        key = (row.owner, row.id)
        mine = [title for line in lines.get(key, []) for title in titles.get((row.owner, line.product, line.texts), [])]
        told[key] = " ".join([public_id(*key), names.get(key, ""), *mine]).casefold()
    return told


async def shops_of(request: Request, rows: list[Order]) -> dict[tuple[int, int], str]:
    """A buyer knows an order by its shop."""
    shops = await page_goods.shop_names(database_of(request), {row.owner for row in rows}, language_of(request))
    return {(row.owner, row.id): shops.get(row.owner, "") for row in rows}
