"""Friends: who asks, whom I know, my link; groups begin here."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.grammar import Principal
from jishi.kernel.ids import derived_id, public_owner, read_owner
from jishi.kernel.refused import Refused, require
from jishi.scenes.friends import AnswerAsk, AskFriend, Contact, EndFriend, SetBlock, friend_parts
from jishi.scenes.rooms import Invite, LeaveRoom, OpenGroup, RemoveMember, invited
from jishi.store import Persona
from jishi.store.query import under
from jishi.web.asking import (
    command_id,
    database_of,
    engine_of,
    fields,
    me,
    missing,
    owner_in,
    send,
)
from jishi.web.chat_names import names_of
from jishi.web.rendering import page, see_other

FRIENDS_SHOWN = 500


def proof_of(request: Request, party: int) -> str:
    """What a party's own link proves."""
    return engine_of(request).world.seal(*friend_parts(party))


async def contacts_of(request: Request, me_id: int) -> list[dict[str, Any]]:
    """Whom I know, in whatever way, with names."""
    tail = f"ORDER BY other LIMIT {FRIENDS_SHOWN}"
    rows = await under(database_of(request), Contact, (me_id,), tail)
    names = await names_of(request, [row.other for row in rows])
    shown = [
        {
            "number": row.other, "id": public_owner(row.other), "name": names[row.other], "state": row.state,
            "blocked": bool(row.blocked_ms),
        }
        for row in rows
    ]  # fmt: skip
    return sorted(shown, key=lambda one: one["name"])


async def friends_of(request: Request, me_id: int) -> list[dict[str, Any]]:
    """My friends whom I hear."""
    return [one for one in await contacts_of(request, me_id) if one["state"] == "friends" and not one["blocked"]]


async def show(request: Request) -> Response:
    """Asks, friends, whom I blocked, and my own link."""
    by = me(request)
    known = await contacts_of(request, by.id)
    place = f"/friends/ask/{public_owner(by.id)}/{proof_of(request, by.id)}"
    groups = {
        "asking": [one for one in known if one["state"] == "asking" and not one["blocked"]],
        "asked": [one for one in known if one["state"] == "asked" and not one["blocked"]],
        "friends": [one for one in known if one["state"] == "friends" and not one["blocked"]],
        "blocked": [one for one in known if one["blocked"]],
    }
    taken = {one["number"] for one in known if one["state"] != "ended" or one["blocked"]} | {by.id}
    context = {
        **groups, "link": request.app.state.own_url + place, "back": "/chats",
        "people": await simulated(request, taken),
    }  # fmt: skip
    return page(request, "chat/friends.html", context)


async def simulated(request: Request, taken: set[int]) -> list[dict[str, Any]]:
    """In a demo world: its people, to be asked by name."""
    if not engine_of(request).demo:
        return []
    rows = [row for row in await database_of(request).read(Persona, "ORDER BY code") if row.party not in taken]
    names = await names_of(request, [row.party for row in rows])
    return [{"id": public_owner(row.party), "name": names[row.party]} for row in rows]


async def show_ask(request: Request) -> Response:
    """Somebody's own link: who he is, and one button."""
    other, proof = owner_in(request, "party"), request.path_params["proof"]
    case_ok = proof_of(request, other) == proof
    if not case_ok:
        missing()
    by = me(request)
    rows = await under(database_of(request), Contact, (by.id, other))
    names = await names_of(request, [other])
    context = {
        "name": names[other], "id": request.path_params["party"], "proof": proof, "own": other == by.id,
        "state": rows[0].state if rows else "none", "back": "/friends",
    }  # fmt: skip
    return page(request, "chat/ask.html", context)


async def ask(request: Request) -> Response:
    """Ask by a link."""
    by, form = me(request), await fields(request)
    await send(request, AskFriend(by.id, owner_in(request, "party"), request.path_params["proof"]), form)
    return see_other(request, "/friends")


async def act(request: Request) -> Response:
    """A button beside a person."""
    by, form, other = me(request), await fields(request), owner_in(request, "party")
    action = request.path_params["action"]
    if action == "talk":
        room = await request.app.state.social.conversation_with(by, other)
        return see_other(request, f"/chats/{public_owner(room)}")
    if action == "ask":
        require(await may_ask(request, by, other), "proof_wrong")
    commands = {
        "ask": AskFriend(by.id, other, proof_of(request, other)),
        "accept": AnswerAsk(by.id, other, 1),
        "decline": AnswerAsk(by.id, other, 0),
        "end": EndFriend(by.id, other),
        "block": SetBlock(by.id, other, 1),
        "unblock": SetBlock(by.id, other, 0),
    }
    if action not in commands:
        missing()
    await send(request, commands[action], form)
    return see_other(request, "/friends")


async def may_ask(request: Request, by: Principal, other: int) -> bool:
    """Without a link: the people of a demo world, and who sits in a group with me."""
    database = database_of(request)
    if engine_of(request).demo and await database.read(Persona, "WHERE party = :other", other=other):
        return True
    sql = """SELECT a.owner AS room FROM members a JOIN members b ON b.owner = a.owner
    WHERE a.party = :me AND b.party = :other AND a.left_ms = 0 AND b.left_ms = 0 LIMIT 1"""
    return bool(await database.fetch(sql, me=by.id, other=other))


# -- groups -----------------------------------------------------------------------------------------


async def new_group(request: Request) -> Response:
    """Choose friends and a name."""
    by = me(request)
    context = {"friends": await friends_of(request, by.id), "back": "/chats", "title": ""}
    return page(request, "chat/group.html", context)


def chosen(form: dict[str, str]) -> tuple[int, ...]:
    """Whom the checkboxes name."""
    try:
        return tuple([read_owner(name.removeprefix("with_")) for name in sorted(form) if name.startswith("with_")])
    except Refused:
        missing()


async def open_group(request: Request) -> Response:
    """Open it, and go there."""
    by, form = me(request), await fields(request)
    members = chosen(form)
    require(members, "nobody_chosen")
    id = command_id(request, form)
    room = derived_id("group", by.label, id)
    await engine_of(request).send(OpenGroup(room, form.get("title", ""), invited(*members)), by, id)
    return see_other(request, f"/chats/{public_owner(room)}")


async def invite(request: Request) -> Response:
    """Bring more friends into it."""
    room, form = owner_in(request, "room"), await fields(request)
    members = chosen(form)
    require(members, "nobody_chosen")
    await send(request, Invite(room, invited(*members)), form)
    return see_other(request, f"/chats/{request.path_params['room']}/members")


async def leave(request: Request) -> Response:
    """Leave a group."""
    await send(request, LeaveRoom(owner_in(request, "room")), await fields(request))
    return see_other(request, "/chats")


async def remove(request: Request) -> Response:
    """Take somebody out of one's own group."""
    form = await fields(request)
    await send(request, RemoveMember(owner_in(request, "room"), owner_in(request, "party")), form)
    return see_other(request, f"/chats/{request.path_params['room']}/members")


routes = [
    Route("/friends", show),
    Route("/friends/ask/{party}/{proof}", show_ask),
    Route("/friends/ask/{party}/{proof}", ask, methods=["POST"]),
    Route("/friends/{party}/{action}", act, methods=["POST"]),
    Route("/groups/new", new_group),
    Route("/groups/new", open_group, methods=["POST"]),
    Route("/chats/{room}/members", invite, methods=["POST"]),
    Route("/chats/{room}/leave", leave, methods=["POST"]),
    Route("/chats/{room}/members/{party}/remove", remove, methods=["POST"]),
]
