"""Conversations: the list, one room with its composer, and what is sent from it. Plain forms; live with scripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_owner, read_id
from jishi.kernel.refused import Refused
from jishi.ports.social import Card
from jishi.scenes.messages import SendText
from jishi.scenes.rooms import MarkRead
from jishi.store.queries.chats import MyRooms, RoomShown, RoomView
from jishi.web import live
from jishi.web.asking import (
    command_id,
    engine_of,
    fields,
    language_of,
    me,
    missing,
    now_of,
    number_in,
    owner_in,
    put,
    send,
)
from jishi.web.chat_live import room_stream
from jishi.web.chat_names import names_of, titles_of
from jishi.web.chat_view import LATEST_N, Looker, folds_of, room_context, room_shown, since_of, told_of
from jishi.web.formats import MARKET_ZONE
from jishi.web.friends import contacts_of, friends_of
from jishi.web.refusals import saying_of
from jishi.web.rendering import environment_of, page, render_block, see_other, shared_context, wants_block
from jishi.web.saying import gettext_of

ROOMS_AT_ONCE = 50
BUYER = "layouts/buyer.html"


async def show_all(request: Request) -> Response:
    """My conversations, the last talked in first; live at their beginning."""
    after = request.query_params.get("after", "")
    context, _ = await list_context(request, me(request), after)
    told = {"layout": BUYER, "live_at": "" if after else "/chats/live"}
    return page(request, "chat/list.html", context | told)


async def list_context(request: Request, by: Principal, after: str = "") -> tuple[dict[str, Any], set[int]]:
    """What the list shows, and the owners whose changes change it."""
    found = await put(request, MyRooms(party=by.id, limit=ROOMS_AT_ONCE, after=after))
    rooms = await rows_for(request, found.views, by.id, "/chats")
    asking = [one for one in await contacts_of(request, by.id) if one["state"] == "asking" and not one["blocked"]]
    context = {"rooms": rooms, "more": found.after, "here": "/chats", "asking": len(asking)}
    return context, {by.id, *[row.room for row in found.views]}


async def rows_for(request: Request, rooms: list[RoomView], me_id: int, base: str, as_shop: bool = False) -> list[dict]:
    """Conversations for the list."""
    called, gettext = await titles_of(request, rooms, me_id, as_shop), gettext_of(request)
    return [
        {
            "href": f"{base}/{public_owner(row.room)}", "name": called[row.room], "kind": row.kind,
            "unread": row.unread, "at_ms": row.last_ms, "time": short_time(row.last_ms, now_of(request)),
            "text": row.text or (gettext("A card") if row.last_n else gettext("Say hello")),
        }
        for row in rooms
    ]  # fmt: skip


def short_time(at_ms: int, now_ms: int) -> str:
    """The hour of today, the day of anything earlier."""
    at, now = [datetime.fromtimestamp(ms / 1000, MARKET_ZONE) for ms in (at_ms, now_ms)]
    return at.strftime("%H:%M" if at.date() == now.date() else "%m-%d" if at.year == now.year else "%Y-%m-%d")


def looker_of(request: Request) -> Looker:
    """Who looks at a room of his own."""
    by = me(request)
    return Looker(by.id, by.id, f"/chats/{request.path_params['room']}")


async def show(request: Request) -> Response:
    """One conversation. To look at it is to have read it."""
    return await room_page(request, looker_of(request), {"layout": BUYER, "back": "/chats"})


async def room_page(request: Request, looker: Looker, context: dict[str, Any], status: int = 200) -> Response:
    """The page of a room, for a buyer or at a shop's desk."""
    room = owner_in(request, "room")
    shown = await room_shown(request, room)
    if shown.last_n > shown.read_n:
        await engine_of(request).send(MarkRead(room, shown.last_n), Principal("party", looker.party))
        shared = request.state.shared["person"]
        request.state.shared["person"] = shared._replace(
            unread=max(0, shared.unread - (0 if looker.staff else shown.last_n - shown.read_n))
        )
    return page(request, "chat/room.html", await whole_context(request, shown, looker) | context, status=status)


async def whole_context(request: Request, shown: RoomShown, looker: Looker) -> dict[str, Any]:
    """What the page of a room shows: the last messages, or those before a number."""
    before_n = number_in(request.query_params, "before", LATEST_N)
    told = await told_of(request, shown.room, before_n)
    mine = (await since_of(request, shown.room, looker), await folds_of(request, looker.party))
    title = (await titles_of(request, [shown], looker.party, looker.staff))[shown.room]
    context = room_context(request, shown, looker, told, mine, title)
    return context | {"latest": before_n == LATEST_N, "why": None, "text": ""}


async def say(request: Request) -> Response:
    """Say something. With a script only the composer comes back, and the stream brings the words."""
    return await said(request, looker_of(request), {"layout": BUYER, "back": "/chats"})


async def said(request: Request, looker: Looker, context: dict[str, Any]) -> Response:
    """The same for a buyer and at a desk; a refusal keeps what was written."""
    form, room = await fields(request), owner_in(request, "room")
    try:
        await send(request, SendText(room, form.get("text", "")), form)
    except Refused as refused:
        if refused.code == "not_found":
            missing()
        context |= {"why": saying_of(refused.code, language_of(request)), "text": form.get("text", "")[:2000]}
        if wants_block(request):
            return page(request, "chat/composer.html", context | {"base": looker.base, "staff": looker.staff})
        shown = await room_shown(request, room)
        context = await whole_context(request, shown, looker) | context
        return page(request, "chat/room.html", context, status=409)
    if wants_block(request):
        told = {"base": looker.base, "why": None, "text": "", "staff": looker.staff}
        return page(request, "chat/composer.html", context | told)
    return see_other(request, f"{looker.base}#end")


async def post_card(request: Request) -> Response:
    """Put a card into the room."""
    return await posted(request, looker_of(request))


async def posted(request: Request, looker: Looker) -> Response:
    """The same for a buyer and at a desk."""
    form, room = await fields(request), owner_in(request, "room")
    await request.app.state.social.post_card(me(request), room, card_in(form), command_id(request, form))
    return see_other(request, f"{looker.base}#end")


def card_in(form: dict[str, str]) -> Card:
    """The card that a form names: its kind, and the public id of a SKU or an order."""
    kind = form.get("kind", "")
    try:
        shop, number = read_id(form.get("of", ""))
    except Refused:
        missing()
    if kind not in ("product", "gift", "order"):
        missing()
    return Card(kind, shop, number, 0) if kind == "product" else Card(kind, shop, 0, number)


# -- live -------------------------------------------------------------------------------------------


async def list_stream(request: Request) -> Response:
    """My conversations, as they come."""
    by, template, shared = me(request), environment_of(request).get_template("chat/list.html"), shared_context(request)
    owners = {by.id}

    async def draw() -> str:
        context, now = await list_context(request, by)
        owners.update(now)
        return render_block(template, "live", {**shared, **context})

    frames = live.stream(request, lambda: owners, draw)
    return StreamingResponse(frames, media_type="text/event-stream", headers=live.HEADERS)


async def stream(request: Request) -> Response:
    """What is new in the room, as it happens."""
    return await room_stream(request, owner_in(request, "room"), looker_of(request))


# -- who is in it -----------------------------------------------------------------------------------


async def show_members(request: Request) -> Response:
    """Who sits in a group; whom I could invite; the way out."""
    by, room = me(request), owner_in(request, "room")
    shown = await room_shown(request, room)
    if shown.kind == "service":
        missing()
    here = await request.app.state.social.members(by, room)
    names = await names_of(request, here)
    others = [one for one in await friends_of(request, by.id) if one["number"] not in here]
    context = {
        "room": shown, "base": f"/chats/{request.path_params['room']}", "back": f"/chats/{request.path_params['room']}",
        "members": [{"id": public_owner(one), "name": names[one], "me": one == by.id} for one in here],
        "others": others if shown.kind == "group" else [], "founder": shown.founder == by.id,
        "title": (await titles_of(request, [shown], by.id))[room],
    }  # fmt: skip
    return page(request, "chat/members.html", context)


routes = [
    Route("/chats", show_all),
    Route("/chats/live", list_stream),
    Route("/chats/{room}", show),
    Route("/chats/{room}/say", say, methods=["POST"]),
    Route("/chats/{room}/card", post_card, methods=["POST"]),
    Route("/chats/{room}/live", stream),
    Route("/chats/{room}/members", show_members),
]
