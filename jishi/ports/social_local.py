"""Our own conversations as the social host: the same commands that the pages and the API send."""

from typing import Any

from jishi.kernel.grammar import Principal
from jishi.kernel.refused import Refused
from jishi.ports.social import Card, Conversation, Posted
from jishi.scenes.messages import SendCard
from jishi.scenes.rooms import OpenDirect
from jishi.scenes.seats import Member, Room, RoomTitle, direct_room


class LocalSocial:
    """Works over an engine: whatever can send commands and has a database to read."""

    def __init__(self, engine: Any):
        self.engine = engine

    async def conversations(self, by: Principal, most: int = 50) -> list[Conversation]:
        """His direct rooms and groups; rooms with shops are not for cards to friends."""
        rows = await self.engine.database.read(
            Room,
            "r WHERE kind <> 'service' AND EXISTS (SELECT 1 FROM members m WHERE m.owner = r.owner AND m.party = :me"
            " AND m.left_ms = 0) ORDER BY last_ms DESC LIMIT :most",
            me=by.party, most=most,
        )  # fmt: skip
        groups = sorted(row.owner for row in rows if row.kind == "group")
        titles = await self.engine.database.read(RoomTitle, "WHERE owner IN (:rooms*)", rooms=groups) if groups else []
        called = {row.owner: row.title for row in titles}
        return [
            Conversation(row.owner, row.kind, other_of(row, by.party), called.get(row.owner, ""), row.last_ms)
            for row in rows
        ]

    async def members(self, by: Principal, room: int) -> list[int]:
        where = "WHERE owner = :room AND left_ms = 0 ORDER BY joined_ms, party"
        found = [row.party for row in await self.engine.database.read(Member, where, room=room)]
        return found if by.party in found else []

    async def conversation_with(self, by: Principal, other: int) -> int:
        room = direct_room(by.party, other)
        if not await self.engine.database.read(Room, "WHERE owner = :room", room=room):
            try:
                await self.engine.send(OpenDirect(room, other), by)
            except Refused as refused:
                if refused.code != "owner_exists":  # the other has just opened it
                    raise
        return room

    async def post_card(self, by: Principal, room: int, card: Card, id: str) -> Posted:
        answer = await self.engine.send(SendCard(room, card.kind, card.shop, card.sku, card.order), by, id)
        return Posted(room, answer.told.get("n", 0))


def other_of(row: Room, me: int) -> int:
    """The other of two friends; 0 in a group."""
    if row.kind != "direct":
        return 0
    return row.guest if row.founder == me else row.founder
