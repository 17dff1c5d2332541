"""Live pages: one stream a page, told by the engine's commits, at most four frames a second, ended with the server."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from jishi.engine.metrics import METRICS
from jishi.engine.request import Answer
from jishi.store.queries.deal_rows import order_of
from jishi.web.asking import database_of, engine_of, missing, owned
from jishi.web.deals import deal_context
from jishi.web.market import may_watch
from jishi.web.rendering import environment_of, render_block, shared_context

FRAME_S = 0.25
# Drawn again at least so often: another engine's commit gives no hint here, and proxies close quiet streams.
BEAT_S = 2.0
QUIET = ": quiet\n\n"  # nothing new: keeps proxies from closing the stream, and finds out who has left
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Watchers:
    """Who waits for news of which owner. A commit wakes them; what changed they read themselves."""

    def __init__(self) -> None:
        self.waiting: dict[int, set[asyncio.Event]] = defaultdict(set)

    def __call__(self, answers: Iterable[Answer]) -> None:
        for owner in {answer.owner for answer in answers if not answer.replayed}:
            for event in self.waiting.get(owner, ()):
                event.set()

    def watch(self, owners: Iterable[int], event: asyncio.Event) -> bool:
        """Wake this event for these owners; whether one of them is new to it."""
        fresh = [owner for owner in owners if event not in self.waiting[owner]]
        for owner in fresh:
            self.waiting[owner].add(event)
        return bool(fresh)

    def leave(self, event: asyncio.Event) -> None:
        for owner in [owner for owner, events in self.waiting.items() if event in events]:
            self.waiting[owner].discard(event)
            if not self.waiting[owner]:
                del self.waiting[owner]


def start_watching(app: Starlette) -> None:
    """Let the engine tell this application's streams of every commit."""
    app.state.watchers = Watchers()
    app.state.engine.listeners.append(app.state.watchers)


def frame(html: str) -> str:
    """An unnamed message: htmx puts it where the stream stands."""
    return "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"


async def stream(
    request: Request, owners: Callable[[], Iterable[int]], draw: Callable[[], Awaitable[str]]
) -> AsyncIterator[str]:
    """A frame at once, and one after each change of these owners by which the page looks different."""
    engine, watchers, news = engine_of(request), request.app.state.watchers, asyncio.Event()
    shown = None
    METRICS.open_streams.inc()
    try:
        while not engine.stopping.is_set():
            watchers.watch(owners(), news)
            news.clear()
            before, shown = shown, await draw()
            yield frame(shown) if shown != before else QUIET
            if watchers.watch(owners(), news):
                news.set()  # whoever joined the deal may have done something before we watched
            await asyncio.sleep(FRAME_S)
            await woken(news, engine.stopping)
    finally:
        METRICS.open_streams.dec()
        watchers.leave(news)


async def woken(news: asyncio.Event, stopping: asyncio.Event) -> bool:
    """Wait for news or for the end of the server; False when neither came for a while."""
    waits = [asyncio.ensure_future(event.wait()) for event in (news, stopping)]
    try:
        done, _ = await asyncio.wait(waits, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return bool(done)


async def deal(request: Request) -> Response:
    """The life of one deal, as it happens."""
    if not may_watch(request):
        missing()
    shop, number = owned(request)
    order = await order_of(database_of(request), shop, number)
    if order is None:
        missing()
    owners = {shop, order.payer}
    template = environment_of(request).get_template("deal/show.html")
    shared = shared_context(request)

    async def draw() -> str:
        context = await deal_context(request, shop, number)
        owners.update(context["owners"])
        return render_block(template, "live", {**shared, **context, "path": f"/deals/{request.path_params['id']}"})

    return StreamingResponse(stream(request, lambda: owners, draw), media_type="text/event-stream", headers=HEADERS)


routes = [Route("/deals/{id}/live", deal)]
