"""A conversation as it happens: one stream a page. Two hundred who look at one room share what was read for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from jishi.engine.metrics import METRICS
from jishi.kernel.grammar import Principal
from jishi.kernel.refused import Refused
from jishi.scenes.messages import day_of
from jishi.scenes.rooms import MarkRead
from jishi.store.queries.chats import RoomShown
from jishi.web import live
from jishi.web.asking import database_of, engine_of, language_of, now_of
from jishi.web.chat_names import titles_of
from jishi.web.chat_view import Folds, Looker, Told, folds_of, room_context, room_shown, since_of, told_of
from jishi.web.rendering import environment_of, render_block, shared_context

KEPT_MOST = 256
QUIET = ": quiet\n\n"  # nothing new: keeps proxies from closing the stream, and finds out who has left
_ROOM = """
SELECT r.last_n AS last_n, r.members AS members,
    (SELECT COALESCE(SUM(c.held), 0) FROM card_counts c WHERE c.owner = r.owner AND c.day = :day) AS held
FROM rooms r WHERE r.owner = :room
"""


class Shared:
    """What was read of a room, for all who look at it in one language: read once for each state it is in."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, str], tuple[Any, asyncio.Task[Told]]] = {}

    async def told(self, request: Request, room: int, state: Any) -> Told:
        place = (room, language_of(request))
        kept = self.kept.get(place)
        if kept is None or kept[0] != state or (kept[1].done() and kept[1].exception()):
            kept = (state, asyncio.get_running_loop().create_task(told_of(request, room)))
            self.kept.pop(place, None)
            self.kept[place] = kept
            while len(self.kept) > KEPT_MOST:
                del self.kept[next(iter(self.kept))]
        return await asyncio.shield(kept[1])


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
        (room,) = await database.fetch(_ROOM, room=self.shown.room, day=day)
        rows = await database.fetch(
            "SELECT owner, seq FROM heads WHERE owner IN (:owners*)", owners=sorted(self.owners - {self.shown.room})
        )
        seqs = {row.owner: row.seq for row in rows}
        own = seqs.pop(self.looker.party, 0)
        state = (room.last_n, room.members, room.held, day, tuple(sorted(seqs.items())))
        if (state, own) == self.state:
            return ""
        told = await self.request.app.state.rooms_seen.told(self.request, self.shown.room, state)
        self.owners |= told.goods_of
        since = await since_of(self.request, self.shown.room, self.looker)
        if self.mine[0] != own:
            self.mine = (own, await folds_of(self.request, self.looker.party))
        self.state, self.last_n = (state, own), room.last_n
        context = room_context(self.request, self.shown, self.looker, told, (since, self.mine[1]), self.title)
        return render_block(self.template, "live", {**self.shared, **context, "path": self.looker.base})

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
            html = await sight.frame()
            yield live.frame(html) if html else QUIET
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
