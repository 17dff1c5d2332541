"""Behind granian's own interface calls and an ASGI application are told what was asked, over real connections."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from jishi.api.wire import Call, Reply
from jishi.kernel.refused import Refused
from jishi.rsgi import WHOLE_BYTES_MAX, Answers, Rsgi
from tests.support.ports import free_port

Told = list[dict[str, Any]]


async def body_of(receive: Callable) -> tuple[bytes, int]:
    """A whole body, and in how many messages it came."""
    parts, more = [], True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        parts.append(message["body"])
        more = message["more_body"]
    return b"".join(parts), len(parts)


async def answer(send: Callable, *parts: bytes, status: int = 200, headers: tuple = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    for place, part in enumerate(parts, 1):
        await send({"type": "http.response.body", "body": part, "more_body": place < len(parts)})


def served(app: Callable, story: Callable[[int], Awaitable[None]], **places: Answers) -> None:
    """Tell a story to a real server of this application, and of who answers calls at these places."""

    async def whole() -> None:
        port = free_port()
        server = Server(
            Rsgi(places, app), address="127.0.0.1", port=port, interface=Interfaces.RSGI, http=HTTPModes.http1,
            websockets=False, log_level=LogLevels.error,
        )  # fmt: skip
        running = asyncio.create_task(server.serve())
        try:
            await story(port)
        finally:
            server.stop()
            await running

    asyncio.run(whole())


async def said(port: int, request: bytes) -> bytes:
    """Everything a server says to a request that ends its connection."""
    for tries_left in reversed(range(200)):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except ConnectionRefusedError:
            if not tries_left:
                raise
            await asyncio.sleep(0.02)
    writer.write(request)
    told = await reader.read()
    writer.close()
    return told


def test_a_request_is_told_as_asgi_tells_it() -> None:
    told: Told = []

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        told.append(scope)
        body, _ = await body_of(receive)
        await answer(send, body, status=201, headers=((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")))

    async def story(port: int) -> None:
        request = (
            b"POST /a%20b/%E4%B8%AD?q=%20 HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Two: 1\r\nX-Two: 2\r\n"
            b"Idempotency-Key: \xe4\xb8\xad\r\nContent-Length: 3\r\n\r\nabc"
        )
        answered = await said(port, request)
        assert answered.startswith(b"HTTP/1.1 201") and answered.endswith(b"\r\n\r\nabc")
        assert answered.count(b"set-cookie: ") == 2
        (scope,) = told
        assert (scope["method"], scope["path"], scope["query_string"]) == ("POST", "/a b/中", b"q=%20")
        assert (scope["client"][0], scope["server"]) == ("127.0.0.1", ("127.0.0.1", port))
        assert [value for name, value in scope["headers"] if name == b"x-two"] == [b"1", b"2"]
        key = dict(scope["headers"])[b"idempotency-key"].decode("latin-1")
        assert not key.isascii(), "a value that is not ASCII is no absent one"

    served(app, story)


@pytest.mark.parametrize("length", [0, 5, WHOLE_BYTES_MAX, WHOLE_BYTES_MAX + 1, 3_000_000])
def test_a_body_comes_complete(length: int) -> None:
    sizes: list[tuple[int, int]] = []

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        body, messages = await body_of(receive)
        sizes.append((len(body), messages))
        await answer(send, b"", status=204)

    async def story(port: int) -> None:
        declared = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length
        assert b" 204 " in await said(port, declared + b"x" * length)
        halves = (length // 2, length - length // 2)
        pieces = b"".join([b"%x\r\n%s\r\n" % (size, b"y" * size) for size in halves if size])
        chunked = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 204 " in await said(port, chunked + pieces + b"0\r\n\r\n")
        assert [size for size, _ in sizes] == [length, length]
        assert (sizes[0][1] == 1) == (length <= WHOLE_BYTES_MAX)

    served(app, story)


def test_an_application_can_stop_a_body_that_is_too_large() -> None:
    taken: list[int] = []

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        taken.append(len((await receive())["body"]))
        await answer(send, b"too large", status=413)

    async def story(port: int) -> None:
        head = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 413 " in await said(port, head + b"%x\r\n" % 100_000 + b"x" * 100_000 + b"\r\n")
        assert taken[0] <= 100_000

    served(app, story)


def test_an_answer_in_parts_is_streamed() -> None:
    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        await answer(send, b"one ", b"two ", b"", headers=((b"content-type", b"text/plain"),))

    async def story(port: int) -> None:
        told = await said(port, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert b"transfer-encoding: chunked" in told
        assert b"one " in told and b"two " in told and told.endswith(b"0\r\n\r\n")

    served(app, story)


def test_who_has_gone_is_told_of() -> None:
    heard: list[str] = []
    gone = asyncio.Event()

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        if scope["path"] == "/ready":
            return await answer(send, b"")
        await body_of(receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here", "more_body": True})
        heard.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b"too late", "more_body": True})
        gone.set()
        return None

    async def story(port: int) -> None:
        await said(port, b"GET /ready HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"here")
        writer.close()
        await asyncio.wait_for(gone.wait(), 20)
        assert heard == ["http.disconnect"]

    served(app, story)


async def no_page(scope: dict, receive: Callable, send: Callable) -> None:
    await answer(send, b"a page", status=404)


def test_a_call_is_told_what_was_asked_and_its_reply_goes_back() -> None:
    calls: list[Call] = []

    async def place(call: Call) -> Reply:
        calls.append(call)
        call.body = await call.read(10)
        return Reply(201, call.body, (("x-more", "1"), ("x-more", "2")), "text/plain")

    async def story(port: int) -> None:
        request = (
            b"POST /v1/%E4%B8%AD?q=%20&r HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Two: 1\r\nX-Two: 2\r\n"
            b"Authorization: Bearer \xe4\xb8\xad\r\nContent-Length: 3\r\n\r\nabc"
        )
        head, _, body = (await said(port, request)).partition(b"\r\n\r\n")
        assert (head[:12], body) == (b"HTTP/1.1 201", b"abc")
        lines = head.lower().split(b"\r\n")
        assert {b"content-length: 3", b"content-type: text/plain", b"cache-control: no-store"} <= set(lines)
        assert [line for line in lines if line.startswith(b"x-more")] == [b"x-more: 1", b"x-more: 2"]
        (call,) = calls
        assert (call.method, call.path, call.query, call.ip) == ("POST", "/v1/中", "q=%20&r", "127.0.0.1")
        assert call.headers["x-two"] == "2"
        assert not call.headers["authorization"].isascii(), "a value that is not ASCII is no absent one"
        assert b" 404 " in await said(port, b"GET /v2/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert b" 404 " in await said(port, b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

    served(no_page, story, v1=place)


@pytest.mark.parametrize("length", [0, 5, 100_000, 3_000_000])
def test_the_body_of_a_call_is_whole_or_refused(length: int) -> None:
    async def place(call: Call) -> Reply:
        try:
            return Reply(200, str(len(await call.read(100_000))).encode())
        except Refused as refused:
            return Reply(413, refused.code.encode())

    async def story(port: int) -> None:
        fits = length <= 100_000
        answered = (b" 200 ", str(length).encode()) if fits else (b" 413 ", b"body_too_large")
        declared = b"POST /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length
        chunked = b"POST /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        halves = [size for size in (length // 2, length - length // 2) if size]
        pieces = b"".join([b"%x\r\n%s\r\n" % (size, b"y" * size) for size in halves])
        whole = [declared + b"x" * length, chunked + pieces + b"0\r\n\r\n"] if fits else [declared, chunked + pieces]
        for request in whole:
            told = await said(port, request)
            assert answered[0] in told and told.endswith(b"\r\n\r\n" + answered[1])

    served(no_page, story, v1=place)


def test_half_a_body_is_none() -> None:
    heard: list[str] = []
    ended = asyncio.Event()

    async def place(call: Call) -> Reply:
        if call.path == "/v1/ready":
            return Reply(200)
        try:
            heard.append(str(len(await call.read(100))))
        except Refused as refused:
            heard.append(refused.code)
        ended.set()
        return Reply(200)

    async def story(port: int) -> None:
        await said(port, b"GET /v1/ready HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhalf")
        await writer.drain()
        writer.close()
        await asyncio.wait_for(ended.wait(), 20)
        assert heard == ["body_malformed"]

    served(no_page, story, v1=place)
