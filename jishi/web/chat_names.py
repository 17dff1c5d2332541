"""How people and shops are called in conversations, many at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from jishi.kernel.parties import Profile
from jishi.store import Persona
from jishi.store.queries import page_goods
from jishi.web.asking import database_of, language_of
from jishi.web.languages import mark
from jishi.web.saying import gettext_in
from jishi.web.visitor import NAME_COLUMN

GONE = mark("Someone who left")


async def names_in(database: Any, parties: Iterable[int], language: str) -> dict[int, str]:
    """Party -> name: a persona in the reader's language, anyone else as he calls himself, the erased by a word."""
    wanted = sorted(set(parties))
    if not wanted:
        return {}
    found = {row.owner: row.name for row in await database.read(Profile, "WHERE owner IN (:all*)", all=wanted)}
    personas = await database.read(Persona, "WHERE party IN (:all*)", all=wanted)
    found |= {row.party: getattr(row, NAME_COLUMN[language]) for row in personas}
    gone = gettext_in(language)(GONE)
    return {party: found.get(party) or gone for party in wanted}


async def names_of(request: Request, parties: Iterable[int]) -> dict[int, str]:
    """The same for a request."""
    return await names_in(database_of(request), parties, language_of(request))


async def titles_of(request: Request, rooms: list[Any], me: int, as_shop: bool = False) -> dict[int, str]:
    """Room -> what it is called for who looks: the friend, the group, the shop or, at its desk, the buyer."""
    language, gettext = language_of(request), gettext_in(language_of(request))
    others = {row.room: row.guest if row.founder == me else row.founder for row in rooms if row.kind == "direct"}
    others |= {row.room: row.guest for row in rooms if row.kind == "service" and as_shop}
    names = await names_of(request, others.values())
    shops = await page_goods.shop_names(database_of(request), {row.shop for row in rooms if row.shop}, language)
    called = {}
    for row in rooms:
        if row.room in others:
            called[row.room] = names[others[row.room]]
        elif row.kind == "service":
            called[row.room] = shops.get(row.shop, "")
        else:
            called[row.room] = row.title or gettext("Group")
    return called
