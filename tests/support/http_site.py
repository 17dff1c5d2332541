"""A real server of a small site, and everything that it says to whoever asks."""

import asyncio
from collections.abc import Awaitable, Callable

from jishi.api.wire import Call, Reply
from jishi.http.server import Server, listen
from jishi.http.site import Answers, Site
from tests.support.ports import free_port


async def answer(send: Callable, *parts: bytes, status: int = 200, headers: tuple = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    for place, part in enumerate(parts, 1):
        await send({"type": "http.response.body", "body": part, "more_body": place < len(parts)})


async def no_page(scope: dict, receive: Callable, send: Callable) -> None:
    await answer(send, b"a page", status=404)


async def echo(call: Call) -> Reply:
    return Reply(200, await call.read(1_000) or call.path.encode())


def served(app: Callable, story: Callable[[int], Awaitable[None]], **places: Answers) -> None:
    """Tell a story to a real server of this application, and of who answers calls at these places."""

    async def whole() -> None:
        port = free_port()
        server = Server(Site(places, app), listen("127.0.0.1", port))
        running = asyncio.create_task(server.serve())
        try:
            await story(port)
        finally:
            server.stop()
            await running

    asyncio.run(whole())


async def said(port: int, request: bytes) -> bytes:
    """Everything a server says to a request that ends its connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    told = await reader.read()
    writer.close()
    return told
