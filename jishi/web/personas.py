"""Signing in with one click as a simulated person of a demo database. Anywhere else this page does not exist."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_owner
from jishi.store import Persona
from jishi.store.queries import page_goods
from jishi.web.asking import database_of, engine_of, fields, language_of, missing, owner_in
from jishi.web.languages import mark
from jishi.web.links import own_path
from jishi.web.rendering import page
from jishi.web.signing import signed_in
from jishi.web.visitor import NAME_COLUMN

ROLES = {
    "giver": mark("Buys and gives"),
    "friend": mark("Receives gifts"),
    "promoter": mark("Promoter"),
    "staff": mark("Works in a shop"),
    "operator": mark("Operator"),
}


class Someone(NamedTuple):
    """One simulated person as the list shows him. home: where he is led after the click."""

    id: str
    name: str
    role: str
    shop: str
    home: str


async def personas_of(database: Any, language: str) -> list[Someone]:
    """Whom a visitor may be."""
    rows = await database.read(Persona, "ORDER BY role, code")
    names = await page_goods.shop_names(database, {row.shop for row in rows if row.shop}, language)
    order = list(ROLES)
    return [
        Someone(
            public_owner(row.party),
            getattr(row, NAME_COLUMN[language]),
            ROLES.get(row.role, row.role),
            names.get(row.shop, ""),
            home_of(row),
        )
        for row in sorted(rows, key=lambda row: (order.index(row.role) if row.role in order else 9, row.code))
    ]


def home_of(row: Persona) -> str:
    """Where a persona's own pages begin."""
    if row.shop:
        return f"/desk/{public_owner(row.shop)}"
    return {"operator": "/operator", "promoter": "/me/earnings"}.get(row.role, "/goods")


async def show(request: Request) -> Response:
    """Who are you?"""
    if not engine_of(request).demo:
        missing()
    people = await personas_of(database_of(request), language_of(request))
    return page(
        request, "deal/personas.html", {"people": people, "next": own_path(request.query_params.get("next", ""))}
    )


async def become(request: Request) -> Response:
    """Be this person from now on."""
    engine = engine_of(request)
    party, form = owner_in(request, "party"), await fields(request)
    known = await engine.database.read(Persona, "WHERE party = :party", party=party)
    if not engine.demo or not known:
        missing()
    return await signed_in(request, party, "persona", own_path(form.get("next", "")) or home_of(known[0]))


routes = [
    Route("/personas", show, name="personas"),
    Route("/personas/{party}", become, methods=["POST"]),
]
