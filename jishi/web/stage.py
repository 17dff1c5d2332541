"""The first page of a demo: two phones, a desk and the deal that was touched last, all alive, side by side."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_owner
from jishi.scenes.seats import Room, direct_room
from jishi.store import Persona
from jishi.store.queries import page_goods
from jishi.store.query import under
from jishi.web import tour
from jishi.web.asking import database_of, engine_of, language_of, now_of
from jishi.web.panes import MARK, pane_of
from jishi.web.personas import ROLES, home_of
from jishi.web.rendering import page, see_other, wants_block
from jishi.web.session import LEFT
from jishi.web.visitor import NAME_COLUMN

# Who stands on the stage, if the demo world knows them; otherwise the first of the role.
PREFERRED = ("linxiao", "zhouyu", "staff-kiln")
NEEDED = {"giver", "friend", "staff"}
FACES = ("giver", "friend", "desk", "deal")


class Actor(NamedTuple):
    """One simulated person on the stage. pane: the prefix of his pages; home: where his pane begins."""

    code: str
    party: int
    shop: int
    name: str
    role: str
    home: str

    @property
    def pane(self) -> str:
        return MARK + self.code


async def cast_of(request: Request) -> dict[str, Actor]:
    """Role -> who plays it; a demo world without people has nobody."""
    rows = await database_of(request).read(Persona, "ORDER BY role, code")
    rows.sort(key=lambda row: row.code not in PREFERRED)
    found: dict[str, Actor] = {}
    for row in rows:
        found.setdefault(row.role, actor_of(request, row))
    return await met(request, found)


async def met(request: Request, cast: dict[str, Actor]) -> dict[str, Actor]:
    """Giver and friend begin in the room in which they talk, if they have one."""
    if not {"giver", "friend"} <= set(cast):
        return cast
    room = direct_room(cast["giver"].party, cast["friend"].party)
    if not await under(database_of(request), Room, (room,)):
        return cast
    place = f"/chats/{public_owner(room)}"
    return cast | {role: cast[role]._replace(home=cast[role].pane + place) for role in ("giver", "friend")}


def actor_of(request: Request, row: Persona) -> Actor:
    """A persona as an actor; friends meet in their chats where there are any."""
    home = home_of(row)
    if row.role in ("giver", "friend") and leads_to(request, "/chats"):
        home = "/chats"
    name = getattr(row, NAME_COLUMN[language_of(request)])
    return Actor(row.code, row.party, row.shop, name, ROLES.get(row.role, row.role), MARK + row.code + home)


def leads_to(request: Request, path: str) -> bool:
    """Whether one of the application's routes has this very path."""
    return any(getattr(route, "path", "") == path for route in request.app.routes)


async def show(request: Request) -> Response:
    """The stage; in a pane the person's own pages, and outside of a demo the market."""
    if pane := pane_of(request):
        rows = await database_of(request).read(Persona, "WHERE code = :code", code=pane.removeprefix(MARK))
        return see_other(request, actor_of(request, rows[0]).home)
    if not engine_of(request).demo:
        return see_other(request, on(request, "/goods"))
    cast = await cast_of(request)
    if not set(cast) >= NEEDED:
        return see_other(request, on(request, "/deals"))
    kept = tour.kept_in(request)
    if chosen := tour.chosen_in(request, kept):
        return tour.keep(see_other(request, "/"), chosen, request)
    face = request.query_params.get("face", "")
    context = {
        "cast": cast,
        "desks": await desks_of(request),
        "face": face if face in FACES else FACES[0],
        **await tour.tour_context(request, cast, kept),
    }
    answer = page(request, "stage/show.html", context)
    return answer if kept else tour.keep(answer, tour.Kept(now_of(request), True), request)


def on(request: Request, path: str) -> str:
    """Another page instead of this one, which then says what this one had to say."""
    return path + (f"?{LEFT}=1" if request.query_params.get(LEFT) == "1" else "")


async def desks_of(request: Request) -> list[dict]:
    """Every desk one may sit at: the shops', and the operator's."""
    rows = await database_of(request).read(Persona, "WHERE role IN (:roles*) ORDER BY role DESC, code",
                                           roles=["staff", "operator"])  # fmt: skip
    rows.sort(key=lambda row: row.code not in PREFERRED)
    shops = await page_goods.shop_names(
        database_of(request), {row.shop for row in rows if row.shop}, language_of(request)
    )
    return [
        {
            "href": MARK + row.code + home_of(row),
            "label": shops.get(row.shop, ""),
            "operator": row.role == "operator",
        }
        for row in sorted(rows, key=lambda row: row.role == "operator")
    ]


async def show_tour(request: Request) -> Response:
    """The strip of the tour alone: asked for again and again, and to leave it or go on while the panes stay."""
    cast = await cast_of(request) if engine_of(request).demo else {}
    if not wants_block(request) or not set(cast) >= NEEDED:
        return see_other(request, "/")
    kept = tour.kept_in(request)
    chosen = tour.chosen_in(request, kept)
    told = await tour.tour_context(request, cast, chosen or kept)
    answer = page(request, "stage/show.html", told, block="tour")
    return tour.keep(answer, chosen, request) if chosen else answer


routes = [Route("/", show), Route("/tour", show_tour)]
