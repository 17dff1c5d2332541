"""A conversation as it happens: one stream a page. Two hundred who look at one room share what was read for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from jishi.engine.metrics import METRICS
from jishi.kernel.grammar import Principal
from jishi.kernel.refused import Refused, require
from jishi.scenes.messages import day_of
from jishi.scenes.rooms import MarkRead
from jishi.store.queries.chats import RoomShown
from jishi.web import live
from jishi.web.asking import database_of, engine_of, language_of, now_of
from jishi.web.chat_names import titles_of
from jishi.web.chat_view import (
    Folds,
    Looker,
    Told,
    differences,
    folds_of,
    require_staff,
    room_context,
    room_shown,
    told_of,
)
from jishi.web.rendering import environment_of, render_block, shared_context

KEPT_MOST = 256
_ROOM = """
SELECT r.last_n AS last_n, r.members AS members, m.joined_n AS since, h.seq AS own,
    (SELECT COALESCE(SUM(c.held), 0) FROM card_counts c WHERE c.owner = r.owner AND c.day = :day) AS held
FROM rooms r JOIN members m ON m.owner = r.owner JOIN heads h ON h.owner = :me
WHERE r.owner = :room AND m.party = :seat AND m.left_ms = 0
"""
_HEADS = "SELECT owner, seq FROM heads WHERE owner IN (:owners*) ORDER BY owner"


class Seen(NamedTuple):
    """A room in one state: what was read of it, and the frames drawn from that, by what differs among who looks."""

    state: Any
    told: asyncio.Task[Told]
    frames: dict[Any, str]


class Shared:
    """What was read of a room, for all who look at it in one language: read once for each state it is in."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, str], Seen] = {}

    def seen(self, request: Request, room: int, state: Any) -> Seen:
        """The room in this state; read by whoever asks first."""
        place = (room, language_of(request))
        kept = self.kept.get(place)
        if kept is None or kept.state != state or (kept.told.done() and kept.told.exception()):
            kept = Seen(state, asyncio.get_running_loop().create_task(told_of(request, room)), {})
            self.kept.pop(place, None)
            self.kept[place] = kept
            while len(self.kept) > KEPT_MOST:
                del self.kept[next(iter(self.kept))]
        return kept


class Sight:
    """One page that looks at a room: what it has shown, and what it has to show next."""

    def __init__(self, request: Request, shown: RoomShown, looker: Looker, title: str):
        self.request, self.shown, self.looker, self.title = request, shown, looker, title
        self.template, self.shared = environment_of(request).get_template("chat/room.html"), shared_context(request)
        self.owners = {shown.room, looker.party}
        self.state: Any = None
        self.mine: tuple[int, Folds | None] = (-1, None)
        self.read_n, self.last_n = shown.read_n, 0

    async def frame(self) -> str:
        """The next frame, or "" when nothing changed since the last one. Refuses who has left."""
        database, day = database_of(self.request), day_of(now_of(self.request))
        who = {"room": self.shown.room, "seat": self.looker.seat, "me": self.looker.party}
        found = await database.fetch(_ROOM, **who, day=day)
        require(found, "not_found")
        (room,), own = found, found[0].own
        goods = sorted(self.owners - {self.shown.room, self.looker.party})
        seqs = await database.fetch(_HEADS, owners=goods) if goods else []
        state = (room.last_n, room.members, room.held, day, tuple([(row.owner, row.seq) for row in seqs]))
        if (state, own) == self.state:
            return ""
        if self.looker.staff:
            await require_staff(database, self.looker)
        seen = self.request.app.state.rooms_seen.seen(self.request, self.shown.room, state)
        told = await asyncio.shield(seen.told)
        self.owners |= told.goods_of
        if self.mine[0] != own:
            self.mine = (own, await folds_of(self.request, self.looker.party))
        self.state, self.last_n = (state, own), room.last_n
        return self.drawn(seen.frames, told, room.since, self.mine[1])

    def drawn(self, frames: dict[Any, str], told: Told, since: int, folds: Folds) -> str:
        """A frame; most of two hundred who look at a room are shown the very same one."""
        differs = differences(told, self.looker, since, folds)
        if differs not in frames:
            context = room_context(self.request, self.shown, self.looker, told, (since, folds), self.title)
            values = {**self.shared, "now_ms": now_of(self.request), **context, "path": self.looker.base}
            frames[differs] = live.frame(render_block(self.template, "live", values))
        return frames[differs]

    async def read(self) -> None:
        """Once nothing new comes, what was shown is read: many readers of one message do not all write at once."""
        if self.last_n > self.read_n:
            self.read_n = self.last_n
            by = Principal("party", self.looker.party)
            await engine_of(self.request).send(MarkRead(self.shown.room, self.last_n), by)


async def room_stream(request: Request, room: int, looker: Looker) -> Response:
    """The stream of a room, for who is in it."""
    shown = await room_shown(request, room)
    title = (await titles_of(request, [shown], looker.party, looker.staff))[room]
    frames = stream(request, Sight(request, shown, looker, title))
    return StreamingResponse(frames, media_type="text/event-stream", headers=live.HEADERS)


async def stream(request: Request, sight: Sight) -> AsyncIterator[str]:
    """A frame at once and after each change, at most four a second; ends when who looks is not in the room any more."""
    engine, watchers, news = engine_of(request), request.app.state.watchers, asyncio.Event()
    METRICS.open_streams.inc()
    try:
        while not engine.stopping.is_set():
            watchers.watch(sight.owners, news)
            news.clear()
            yield await sight.frame() or live.QUIET
            if watchers.watch(sight.owners, news):
                continue  # a shop that came into sight may have done something before we watched
            await asyncio.sleep(live.FRAME_S)
            if not await live.woken(news, engine.stopping):
                await sight.read()
    except Refused:
        return
    finally:
        METRICS.open_streams.dec()
        watchers.leave(news)
